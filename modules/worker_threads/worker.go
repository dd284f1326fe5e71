package worker_threads

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/dop251/goja"

	"gonode/internal/loop"
	"gonode/internal/profile"
	"gonode/internal/sys"
	"gonode/runtime"
)

// worker is a thread as its parent sees it.
type worker struct {
	rt      *runtime.Runtime // the parent
	cfg     runtime.Config
	shared  *threads
	handle  *loop.Handle
	async   any
	exited  goja.Callable
	limits  limits
	file    string // what to run: a file, or
	text    string // a text, which is
	module  bool   // an ES module
	control *end
	revive  func(*runtime.Runtime) goja.Value // makes control's port
	started bool

	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine and all that it held are gone

	mu      sync.Mutex
	child   *runtime.Runtime // while it runs
	stopped bool
}

// workers are the threads that a runtime has started and that have not ended. Loop goroutine only.
type workers map[*worker]struct{}

// stopAll ends the threads with the runtime that started them, and waits for that.
func (all workers) stopAll() {
	for w := range all {
		w.stop()
	}
	for w := range all {
		<-w.done
	}
}

// workerBinding has
//
//	make(options)                       a thread that is not started: start(port) or drop(), stop(), ref(), unref(), limits(filled), times(), id.
//	                                    options: file or text and module, argv, execArgv, env (a list, "share" or
//	                                    undefined), limits, exited(code, error)
//	environmentData()                   the Map for the thread
//	limitNames
//	postToThread(number, value, transfer, timeout or undefined, done(code))   code is an error's, or undefined
func workerBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	all := workers{}
	rt.AtExit(all.stopAll)
	o := vm.NewObject()
	rt.SetFunc(o, "make", 1, func(call goja.FunctionCall) goja.Value {
		rt.Access.Demand(runtime.AccessWorker, "", "")
		w := newWorker(rt, call.Argument(0).(*goja.Object))
		h := vm.NewObject()
		rt.SetSlot(h, w)
		rt.SetFunc(h, "hasRef", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(w.handle.HasRef()) })
		w.async = rt.Async.Start("WORKER", h)
		h.Set("id", w.cfg.Thread)
		rt.SetFunc(h, "limits", 1, func(call goja.FunctionCall) goja.Value {
			if call.Argument(0).ToBoolean() {
				return w.limits.filled().object(rt)
			}
			return w.limits.object(rt)
		})
		rt.SetFunc(h, "times", 0, func(goja.FunctionCall) goja.Value {
			idle, active := w.times()
			return vm.NewArray(idle, active)
		})
		rt.SetFunc(h, "heapSnapshot", 0, func(goja.FunctionCall) goja.Value { return w.heapSnapshot() })
		rt.SetFunc(h, "startProfile", 1, func(call goja.FunctionCall) goja.Value { return w.startProfile(call.Argument(0).ToBoolean()) })
		method := func(name string, f func(call goja.FunctionCall)) {
			rt.SetFunc(h, name, 0, func(call goja.FunctionCall) goja.Value {
				f(call)
				return goja.Undefined()
			})
		}
		method("start", func(call goja.FunctionCall) {
			p := portOf(rt, call.Argument(0))
			w.control = p.end
			w.revive, _ = p.Transfer(nil)
			w.start(func() { delete(all, w) })
			all[w] = struct{}{}
		})
		method("drop", func(goja.FunctionCall) { w.drop() })
		method("stop", func(goja.FunctionCall) { w.stop() })
		method("ref", func(goja.FunctionCall) { w.handle.Ref() })
		method("unref", func(goja.FunctionCall) { w.handle.Unref() })
		return h
	})
	rt.SetFunc(o, "environmentData", 0, func(goja.FunctionCall) goja.Value { return threadOf(rt).environmentData(rt) })
	o.Set("limitNames", limitNames[:])
	rt.SetFunc(o, "postToThread", 5, func(call goja.FunctionCall) goja.Value {
		postToThread(rt, call)
		return goja.Undefined()
	})
	return o
}

// times are the milliseconds that the thread's loop has waited and worked; none unless it runs.
func (w *worker) times() (idle, active float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.child == nil {
		return 0, 0
	}
	const ms = 1e6
	idle = float64(w.child.Loop().IdleTime()) / ms
	return idle, float64(w.child.Uptime())/ms - idle
}

// startProfile profiles what the thread does, by time or by what it allocates, until the function that it gives is called, which promises the
// profile. It is undefined if the thread has ended.
func (w *worker) startProfile(heap bool) goja.Value {
	w.mu.Lock()
	child := w.child
	w.mu.Unlock()
	if child == nil {
		return goja.Undefined()
	}
	o := profile.Options{}
	if heap {
		o = profile.Options{Kind: profile.Heap, Bytes: 1}
	}
	end := profile.Record(child, o)
	return w.rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		promise, resolve, reject := w.rt.Promise()
		w.rt.Loop().Go(func() func() {
			text, err := end()
			return func() {
				w.rt.Enter(func() {
					if err != nil {
						reject(w.rt.NewPlainError("Error", err.Error()))
						return
					}
					resolve(w.rt.TextValue(string(text)))
				})
			}
		})
		return promise
	})
}

// heapSnapshot promises a snapshot of the thread's heap, once its script comes to a call or a jump.
func (w *worker) heapSnapshot() goja.Value {
	promise, resolve, reject := w.rt.Promise()
	w.mu.Lock()
	child := w.child
	w.mu.Unlock()
	w.rt.Loop().Go(func() func() {
		var b bytes.Buffer
		var err error
		if child == nil || !child.Diagnosis.Visit(context.Background(), func() { err = child.HeapSnapshot(&b) }) {
			err = errors.New("the thread has ended")
		}
		return func() {
			w.rt.Enter(func() {
				if err != nil {
					reject(w.rt.NewError("ERR_WORKER_NOT_RUNNING"))
					return
				}
				resolve(w.rt.NewBuffer(b.Bytes()))
			})
		}
	})
	return promise
}

// newWorker reads the options.
func newWorker(rt *runtime.Runtime, o *goja.Object) *worker {
	text := func(name string) string {
		if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
			return v.String()
		}
		return ""
	}
	list := func(name string) []string {
		v, ok := o.Get(name).(*goja.Object)
		if !ok {
			return nil
		}
		items := []string{}
		rt.ForOf(v, func(item goja.Value) bool {
			items = append(items, item.String())
			return true
		})
		return items
	}
	w := &worker{rt: rt, cfg: *rt.Config(), shared: threadsOf(rt), file: text("file"), text: text("text"), done: make(chan struct{})}
	w.module = o.Get("module") != nil && o.Get("module").ToBoolean()
	w.exited, _ = goja.AssertFunction(o.Get("exited"))
	cfg := &w.cfg
	cfg.OwnsProcess = false
	cfg.Args = list("argv")
	cfg.Sources = w.shared.sources
	cfg.SharedEnv = nil
	if env := o.Get("env"); goja.IsString(env) {
		cfg.SharedEnv = rt.Env()
	} else if cfg.Env = list("env"); cfg.Env == nil {
		cfg.Env = rt.Env().List()
	}
	w.options(rt, list("execArgv"), cfg.SharedEnv == nil && o.Get("env") != nil && !goja.IsUndefined(o.Get("env")))
	cfg.Options.Permissions = rt.Config().Options.Permissions
	cfg.Options.Title = rt.Require("process").Get("title").String()
	if w.module {
		cfg.Options.InputType = "module"
	}
	w.limits = limits{-1, -1, -1, defaultLimits[3]}
	given := o.Get("limits").(*goja.Object)
	for i := range limitNames {
		if v := given.Get([4]string{"0", "1", "2", "3"}[i]); v != nil && goja.IsNumber(v) {
			w.limits[i] = v.ToFloat()
		}
	}
	if old := w.limits[1]; old > 0 && old < 1<<40 {
		cfg.MemoryLimit = uint64(max(old, smallestHeap) * (1 << 20))
	}
	cfg.Thread = w.shared.number()
	cfg.ThreadName = o.Get("name").String()
	w.handle = rt.Loop().NewHandle("Worker")
	w.ctx, w.cancel = context.WithCancel(context.Background())
	return w
}

// options finds the thread's own options: its execArgv and the NODE_OPTIONS of its environment, where it has either.
func (w *worker) options(rt *runtime.Runtime, args []string, ownEnv bool) {
	if args == nil && !ownEnv {
		return
	}
	cfg := &w.cfg
	if cfg.WorkerOptions == nil || rt.Access.Hosted() { // which may name files and open ports
		if len(args) > 0 {
			rt.Throw(rt.NewError("ERR_WORKER_INVALID_EXEC_ARGV", args))
		}
		return
	}
	nodeOptions, _ := rt.Env().Get("NODE_OPTIONS")
	inherited := nodeOptions
	if ownEnv {
		nodeOptions = ""
		for _, kv := range cfg.Env {
			if len(kv) > 13 && kv[:13] == "NODE_OPTIONS=" {
				nodeOptions = kv[13:]
			}
		}
	}
	found := cfg.WorkerOptions(args, nodeOptions)
	if len(found.BadArgs) > 0 {
		rt.Throw(rt.NewError("ERR_WORKER_INVALID_EXEC_ARGV", found.BadArgs))
	}
	if len(found.BadEnv) > 0 && nodeOptions != inherited {
		rt.Throw(rt.NewError("ERR_WORKER_INVALID_EXEC_ARGV", found.BadEnv, "invalid NODE_OPTIONS env variable"))
	}
	openSSL := cfg.Options.UseOpenSSLCA
	cfg.Options = found.Options
	cfg.Options.UseOpenSSLCA = openSSL
	if args != nil {
		cfg.ExecArgv = found.Args
	}
}

// errOutOfMemory is the end of a thread that went beyond its limit.
var errOutOfMemory = errors.New("JS heap out of memory")

// start runs the thread. ended is called on the parent's loop when all of it is gone.
func (w *worker) start(ended func()) {
	parent := w.rt
	thread, ok := sys.ReserveThread()
	if !ok {
		w.drop()
		w.control.close()
		err := parent.NewPlainError("Error", "EAGAIN")
		err.Set("code", "ERR_WORKER_INIT_FAILED")
		parent.Throw(err)
	}
	w.handle.Start()
	go func() {
		code, err := w.run()
		thread.Release()
		w.drop()
		close(w.done)
		parent.Post(func() {
			ended()
			vm := parent.VM()
			var failure goja.Value = goja.Undefined()
			if err != nil {
				code := "ERR_WORKER_INIT_FAILED"
				if err == errOutOfMemory {
					code = "ERR_WORKER_OUT_OF_MEMORY"
				}
				failure = parent.NewError(code, err.Error())
			}
			defer w.handle.Close(func() { parent.Async.End(w.async) })
			parent.Async.Callback(w.async, w.exited, goja.Undefined(), vm.ToValue(code), failure)
		})
	}()
}

// drop lets go of a thread that has ended or never began.
func (w *worker) drop() {
	w.cancel()
	w.shared.ended(w.cfg.Thread)
}

// run is the life of the thread, on its goroutine. The error says why there was none.
func (w *worker) run() (code int, err error) {
	child, err := runtime.New(w.cfg)
	if err != nil {
		w.control.close()
		return 1, err
	}
	child.SetValue(threadsKey{}, w.shared)
	w.shared.started(child)
	t := threadOf(child)
	t.limits = w.limits.filled()
	w.mu.Lock()
	w.child = child
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.child = nil
		w.mu.Unlock()
		child.CloseAll()
	}()
	var exit *runtime.ExitError
	switch err := child.Run(w.ctx, func() { w.boot(child) }); {
	case errors.As(err, &exit) && exit.OutOfMemory:
		return 1, errOutOfMemory
	case errors.As(err, &exit):
		return exit.Code, nil
	case err != nil:
		return 1, nil
	}
	return 0, nil
}

// boot is the first task of the thread.
func (w *worker) boot(rt *runtime.Runtime) {
	main := rt.Require("internal/worker/stdio")
	rt.OnLast(func() { rt.CallMethod(main, "flush") })
	rt.OnFatal(func(err goja.Value, place string) { rt.CallMethod(main, "fatal", err, rt.VM().ToValue(place)) })
	rt.CallMethod(main, "start", w.revive(rt))
	switch {
	case w.file != "":
		rt.LoadMain(w.file)
	default:
		rt.MainScript = "[worker eval]"
		rt.Scripts.EvalMain("[worker eval]", w.text, nil)
	}
}

// stop ends the thread wherever it is. Any goroutine.
func (w *worker) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	w.stopped = true
	w.cancel()
	if w.child != nil {
		go w.child.Interrupt()
	}
}

// threadBinding has set(parentPort, workerData, environmentData).
func threadBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "set", 3, func(call goja.FunctionCall) goja.Value {
		t := threadOf(rt)
		t.parentPort, t.data = call.Argument(0), call.Argument(1)
		t.environment = call.Argument(2).(*goja.Object)
		return goja.Undefined()
	})
	return o
}
