// Package fs is module fs and fs/promises on the files of the operating system. Each operation is described once, as
// a function that checks its arguments and returns a job; the sync, callback and promise forms are made from it. Jobs
// work on any goroutine; everything that touches JavaScript runs on the loop goroutine. Descriptors are raw numbers,
// as scripts mix them with those of child processes.
package fs

import (
	"errors"
	"golang.org/x/sys/unix"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/shapes"
	"gonode/internal/errs"
	"gonode/runtime"
)

// Module is "fs"; Promises is "fs/promises".
var (
	Module   = &runtime.Module{Name: "fs", Binding: func(rt *runtime.Runtime) *goja.Object { return of(rt).exports }}
	Promises = &runtime.Module{Name: "fs/promises", Binding: func(rt *runtime.Runtime) *goja.Object {
		return of(rt).exports.Get("promises").(*goja.Object)
	}}
)

// module is the state of fs in one runtime.
type module struct {
	rt        *runtime.Runtime
	vm        *goja.Runtime
	exports   *goja.Object
	dateClass *goja.Object

	stats, bigStats, statFs, dirent *goja.Object // prototypes
	direntType                      *goja.Symbol
	statRecords, direntRecords      *shapes.Records // of what Stats and Dirents own
	read                            goja.Value      // fs.read as it was made
	warned                          map[string]bool
	notifier                        *notifier
	numbered                        bool // the job that is being made is about a descriptor
}

type moduleKey struct{}

func of(rt *runtime.Runtime) *module {
	if m, ok := rt.Value(moduleKey{}).(*module); ok {
		return m
	}
	m := &module{rt: rt, vm: rt.VM(), warned: map[string]bool{}}
	rt.SetValue(moduleKey{}, m)
	m.dateClass = m.rt.Intrinsic("Date")
	m.define()
	return m
}

// job is one operation whose arguments have been checked.
type job struct {
	syscall, path, dest string
	// work does it, on any goroutine. Its error is an errno, a *failure or a *thrown.
	work func() (any, error)
	// value makes the result of what work returned; nil means undefined.
	value func(any) goja.Value
	// extra is a further argument of the callback, there even after an error, with zero for the result.
	extra goja.Value
	// ready holds the result of an operation that needs no work.
	ready goja.Value
	// now does the work if that takes no time to speak of; false leaves it, or what is left of it, to work.
	now func() (v any, done bool)
	// signal aborts it.
	signal *goja.Object
	// verdict is for exists, whose callback gets the answer alone.
	verdict bool
	// caller is what has made a promise of it, for the stack of its error.
	caller caller
}

// failure is an errno of another system call than the job's own.
type failure struct {
	errno               error
	syscall, path, dest string
}

func (f *failure) Error() string { return f.errno.Error() }

// thrown is an error that is no errno's.
type thrown struct{ make func() goja.Value }

func (t *thrown) Error() string { return "error" }

// args are the arguments of a call without its callback.
type args []goja.Value

func (a args) at(i int) goja.Value {
	if i < len(a) && a[i] != nil {
		return a[i]
	}
	return goja.Undefined()
}

// operation is a function of module fs in its three forms.
type operation struct {
	name      string
	callbacks int // length of the callback form; 0 if there is none
	sync      int // length of the sync form
	parse     func(m *module, a args, form form) *job
}

// late tells whether the callback is looked at after the other arguments.
func (op operation) late() bool {
	switch op.name {
	case "access", "chmod", "fchmod", "fchown", "truncate", "ftruncate", "copyFile", "fdatasync", "fsync", "rm", "open",
		"read", "readv", "write", "writev":
		return true
	}
	return false
}

type form uint8

const (
	sync form = iota
	callback
	promise
	descriptor // a promise, for an operation that belongs to a FileHandle
)

// error makes the error of a failed job.
func (m *module) error(j *job, err error) goja.Value {
	call, path, dest := j.syscall, j.path, j.dest
	var t *thrown
	var f *failure
	switch {
	case errors.As(err, &t):
		return t.make()
	case errors.As(err, &f):
		call, path, dest, err = f.syscall, f.path, f.dest, f.errno
	}
	e, _ := errs.Of(err)
	return m.rt.NewFileError(engine.SystemError{Errno: e.Number, Syscall: call, Path: display(path), Dest: display(dest), Paths: pathsOf(call)})
}

// pathsOf is how many paths a system call has.
func pathsOf(call string) int {
	switch call {
	case "access", "chmod", "chown", "lchown", "utime", "lutime", "open", "unlink", "readlink", "stat", "lstat", "statfs", "mkdir",
		"rmdir", "scandir", "rm":
		return 1
	case "rename", "link", "symlink", "copyfile":
		return 2
	}
	return 0
}

func (m *module) result(j *job, v any) goja.Value {
	if j.value == nil {
		return goja.Undefined()
	}
	return j.value(v)
}

// runSync is the sync form.
func (m *module) runSync(j *job) goja.Value {
	m.numbered = false
	if j.ready != nil {
		return j.ready
	}
	v, err := j.work()
	if err == unix.ECANCELED && m.rt.Cancelled() {
		m.rt.Interrupt() // the script may catch no error of it
		return goja.Undefined()
	}
	if err != nil {
		m.rt.Throw(m.error(j, err))
	}
	return m.result(j, v)
}

// aborted is the AbortError of a job whose signal has been raised, or nil.
func (m *module) aborted(signal *goja.Object) goja.Value {
	if signal == nil || !truthy(signal.Get("aborted")) {
		return nil
	}
	options := m.vm.NewObject()
	options.Set("cause", signal.Get("reason"))
	e, err := m.vm.New(m.rt.AbortErrorClass(), goja.Undefined(), options)
	if err != nil {
		panic(err)
	}
	return e
}

// start runs a job elsewhere and then done on the loop, in the caller's asynchronous context.
func (m *module) start(j *job, done func(v, err goja.Value)) {
	async := m.rt.Async.Start("FSREQCALLBACK", nil)
	finish := func(v any, failed error) {
		m.rt.Enter(func() {
			scope := m.rt.Async.Enter(async)
			if err := m.aborted(j.signal); err != nil {
				done(nil, err)
			} else if failed != nil {
				err := m.error(j, failed)
				m.bare(err, j.caller)
				done(nil, err)
			} else {
				done(m.result(j, v), nil)
			}
			scope.Leave()
			m.rt.Async.End(async)
		})
	}
	if err := m.aborted(j.signal); err != nil {
		m.rt.NextTick(func() { done(nil, err) })
		return
	}
	numbered := m.numbered && m.rt.Access.Hosted()
	m.numbered = false
	if numbered {
		// Descriptors are looked at where they are closed: on this goroutine, or a number might stand for another file by then.
		v, err := j.work()
		m.rt.Loop().Complete(func() { finish(v, err) })
		return
	}
	if j.now != nil {
		if v, done := j.now(); done {
			m.rt.Loop().Complete(func() { finish(v, nil) })
			return
		}
	}
	m.rt.Loop().Go(func() func() {
		v, err := j.work()
		return func() { finish(v, err) }
	})
}

// call runs a job for its callback.
func (m *module) call(j *job, fn goja.Callable) {
	if j.ready != nil {
		m.rt.NextTick(func() { m.rt.Call(fn, goja.Undefined(), m.outcome(j, j.ready, nil)...) })
		return
	}
	m.start(j, func(v, err goja.Value) { m.rt.Call(fn, goja.Undefined(), m.outcome(j, v, err)...) })
}

// outcome are the arguments of the callback.
func (m *module) outcome(j *job, v, err goja.Value) []goja.Value {
	switch {
	case j.verdict:
		return []goja.Value{v}
	case err != nil && j.extra != nil:
		return []goja.Value{err, m.vm.ToValue(0), j.extra}
	case err != nil:
		return []goja.Value{err}
	case j.extra != nil:
		return []goja.Value{goja.Null(), v, j.extra}
	case j.value == nil && j.ready == nil:
		return []goja.Value{goja.Null()}
	}
	return []goja.Value{goja.Null(), v}
}

// promised runs a job for a promise. parse may throw, which rejects it. by is the function that returns the promise, if it is one that
// stacks show.
func (m *module) promised(by caller, parse func() *job) goja.Value {
	p, resolve, reject := m.vm.NewPromise()
	var j *job
	m.numbered = false
	if ex := m.vm.Try(func() { j = parse() }); ex != nil {
		reject(ex.Value())
		return m.vm.ToValue(p)
	}
	settle := func(v, err goja.Value) {
		if err != nil {
			reject(err)
		} else {
			resolve(v)
		}
	}
	promise := m.vm.ToValue(p)
	if j.ready != nil {
		settle(j.ready, nil)
	} else {
		by.promise = promise.(*goja.Object)
		j.caller = by
		m.start(j, settle)
	}
	return promise
}

// split takes the callback out of the arguments: the last one that the function has, or, where others may be left out, the first
// function behind the first argument. nil if there is none.
func (op operation) split(list []goja.Value) (args, goja.Callable) {
	last := op.last()
	first := last
	switch op.name {
	case "chmod", "fchmod", "chown", "lchown", "fchown", "utimes", "lutimes", "futimes", "rename", "link", "unlink", "fsync",
		"fdatasync", "exists":
	case "open":
		if first = 1; len(list) < 3 {
			last = 1
		}
	case "read":
		// How many arguments there are says which the callback is.
		if first = last; len(list) < last {
			first = max(len(list)-1, 0)
			last = first
		}
	default:
		first = 1
	}
	for i := first; i < min(len(list), last+1); i++ {
		if fn, ok := goja.AssertFunction(list[i]); ok {
			return append(args(nil), list[:i]...), fn
		}
	}
	return append(args(nil), list[:min(len(list), last)]...), nil
}

// last is the place of the callback behind all other arguments.
func (op operation) last() int {
	if op.callbacks == 1 {
		return 2
	}
	return op.callbacks - 1
}

func (m *module) syncForm(op operation) goja.Value {
	return m.rt.Func(op.name+"Sync", op.sync, func(call goja.FunctionCall) goja.Value {
		return m.runSync(op.parse(m, append(args(nil), call.Arguments...), sync))
	})
}

func (m *module) callbackForm(op operation) goja.Value {
	return m.rt.Func(op.name, op.callbacks, func(call goja.FunctionCall) goja.Value {
		a, fn := op.split(call.Arguments)
		if fn != nil || op.late() {
			j, refused := m.permitted(op, a, fn)
			if refused {
				return goja.Undefined()
			}
			if fn != nil {
				m.call(j, fn)
				return goja.Undefined()
			}
		}
		if op.name == "rm" {
			// It finds out when it calls back.
			j, _ := m.permitted(op, a, fn)
			m.start(j, func(_, _ goja.Value) { panic(m.vm.NewTypeError("callback is not a function")) })
			return goja.Undefined()
		}
		m.rt.ThrowArgType("cb", call.Argument(op.last()), "function")
		return nil
	})
}

// permitted is op.parse for the callback, which it calls at once if the script may not do that; in Node some of the
// functions throw then.
func (m *module) permitted(op operation, a args, fn goja.Callable) (j *job, refused bool) {
	m.numbered = false
	throws := fn == nil || !m.rt.Access.Restricted()
	switch op.name {
	case "chmod", "lutimes", "mkdir", "readlink", "rmdir", "utimes":
		throws = true
	}
	if throws {
		return op.parse(m, a, callback), false
	}
	ex := m.vm.Try(func() { j = op.parse(m, a, callback) })
	if ex == nil {
		return j, false
	}
	e, ok := ex.Value().(*goja.Object)
	if !ok || e.Get("code") == nil || e.Get("code").String() != "ERR_ACCESS_DENIED" {
		panic(ex)
	}
	if op.name == "exists" {
		m.rt.Call(fn, goja.Undefined(), m.vm.ToValue(false))
	} else {
		m.rt.Call(fn, goja.Undefined(), e)
	}
	return nil, true
}

func (m *module) promiseForm(op operation) goja.Value {
	return m.rt.Method(op.name, op.sync, func(call goja.FunctionCall) goja.Value {
		a := append(args(nil), call.Arguments...)
		return m.promised(caller{op.name, call.This, nil}, func() *job { return op.parse(m, a, promise) })
	})
}

// retry repeats a system call that a signal broke off.
func retry[T any](f func() (T, error)) (T, error) {
	for {
		v, err := f()
		if err != syscall.EINTR {
			return v, err
		}
	}
}

func truthy(v goja.Value) bool { return v != nil && v.ToBoolean() }
