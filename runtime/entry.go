package runtime

import (
	"errors"

	"github.com/dop251/goja"
)

// entry is the border between Go and JavaScript. The engine runs its promise jobs when the outermost JavaScript frame
// returns, and a Go function as the outermost frame counts as none: so each macrotask enters through a small script
// function that calls back into Go, which runs the task and then the nextTick queue; when it returns, the engine runs
// the promise jobs. That is Node's order: the task, ticks, promise jobs, ticks queued by these, and so on.
type entry struct {
	trampoline goja.Callable
	native     *goja.Object // what the trampoline calls
	inside     bool
	task       func()

	ticks    []tick
	tickHead int

	rejections rejections

	async any // the current asynchronous context, carried along by ticks, promises, timers and handles
}

type tick struct {
	call  func()
	async any
}

var trampoline = NewScript("node:internal/entry", "module.exports=function(){binding()}")

func (rt *Runtime) initEntry() error {
	e := &rt.entry
	fn, err := rt.vm.RunProgram(trampoline.compile())
	if err != nil {
		return err
	}
	module := rt.vm.NewObject()
	make, _ := goja.AssertFunction(fn)
	e.native = rt.vm.ToValue(func(goja.FunctionCall) goja.Value {
		rt.runTask()
		return goja.Undefined()
	}).(*goja.Object)
	if _, err := make(goja.Undefined(), goja.Undefined(), goja.Undefined(), module, e.native); err != nil {
		return err
	}
	e.trampoline, _ = goja.AssertFunction(module.Get("exports"))
	rt.vm.SetPromiseRejectionTracker(rt.trackRejection)
	return nil
}

// Enter runs f as one macrotask, followed by the nextTick queue, promise jobs and the report of unhandled rejections.
// A JavaScript error that f lets through (by Call or Throw) becomes an uncaught exception. Called from within
// JavaScript it just calls f. Loop goroutine only.
func (rt *Runtime) Enter(f func()) {
	e := &rt.entry
	if e.inside {
		f()
		return
	}
	if rt.exit != nil && f == nil {
		return
	}
	e.inside = true
	defer func() { e.inside = false }()
	e.task = f
	for {
		if _, err := e.trampoline(goja.Undefined()); err != nil {
			rt.interrupted(err)
			return
		}
		if rt.exit != nil {
			break
		}
		if e.tickHead < len(e.ticks) {
			continue
		}
		if len(e.rejections.recent) == 0 {
			break
		}
		// Listeners of the report run inside the trampoline like any other task.
		e.task = rt.reportRejections
	}
	e.async = nil
	rt.engine.kept = nil
}

// runTask is called by the trampoline.
func (rt *Runtime) runTask() {
	e := &rt.entry
	if f := e.task; f != nil {
		e.task = nil
		rt.guard(f)
	}
	for e.tickHead < len(e.ticks) && rt.exit == nil {
		t := e.ticks[e.tickHead]
		e.ticks[e.tickHead] = tick{}
		e.tickHead++
		if e.tickHead == len(e.ticks) {
			e.ticks, e.tickHead = e.ticks[:0], 0
		} else if e.tickHead >= 1024 && e.tickHead*2 >= len(e.ticks) {
			// A chain that queues while it runs must not grow the queue for ever.
			n := copy(e.ticks, e.ticks[e.tickHead:])
			clear(e.ticks[n:])
			e.ticks, e.tickHead = e.ticks[:n], 0
		}
		e.async = t.async
		rt.guard(t.call)
	}
}

// guard turns a JavaScript error of f into an uncaught exception.
func (rt *Runtime) guard(f func()) {
	if ex := rt.vm.Try(f); ex != nil {
		rt.Uncaught(ex.Value(), "uncaughtException", ex)
	}
}

// interrupted takes what stopped JavaScript from outside: exit, cancellation, or too deep a recursion.
func (rt *Runtime) interrupted(err error) {
	e := &rt.entry
	e.task = nil
	var overflow *goja.StackOverflowError
	var thrown *goja.Exception
	switch {
	case rt.exit != nil:
		rt.loop.Stop()
	case errors.As(err, &overflow):
		// The engine cannot unwind to a catch clause from here: Node's RangeError, uncaught.
		e.inside = false
		rt.Enter(func() {
			err := rt.NewPlainError("RangeError", "Maximum call stack size exceeded")
			err.DefineDataProperty("stack", rt.vm.ToValue(rt.overflowStack(overflow)), flagTrue, flagTrue, flagFalse)
			rt.Uncaught(err, "uncaughtException", &overflow.Exception)
		})
	case errors.As(err, &thrown):
		e.inside = false
		rt.Enter(func() { rt.Uncaught(thrown.Value(), "uncaughtException", thrown) })
	default:
		rt.loop.Stop()
	}
}

// Callback is how the event loop calls a script's function: as one macrotask, see Enter. The result is nil if it threw;
// the error has then been dealt with as an uncaught exception. Called from within JavaScript it calls fn directly and
// lets its error pass. Loop goroutine only.
func (rt *Runtime) Callback(fn goja.Callable, this goja.Value, args ...goja.Value) (result goja.Value) {
	rt.Enter(func() { result = rt.Call(fn, this, args...) })
	return result
}

// CallbackIn is Callback in an asynchronous context that was taken with AsyncContext.
func (rt *Runtime) CallbackIn(async any, fn goja.Callable, this goja.Value, args ...goja.Value) (result goja.Value) {
	rt.Enter(func() {
		rt.entry.async = async
		result = rt.Call(fn, this, args...)
	})
	return result
}

// Call calls fn from Go that runs inside Enter or a native; an error it throws passes through the caller's Go frames
// up to the next JavaScript frame, as a panic that the engine understands. Loop goroutine only.
func (rt *Runtime) Call(fn goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
	v, err := fn(this, args...)
	if err != nil {
		rt.rethrow(err)
	}
	return v
}

// CallMethod calls a method of o by name, with the rules of Call.
func (rt *Runtime) CallMethod(o *goja.Object, name string, args ...goja.Value) goja.Value {
	fn, ok := goja.AssertFunction(o.Get(name))
	if !ok {
		rt.Throw(rt.vm.NewTypeError("%s is not a function", name))
	}
	return rt.Call(fn, o, args...)
}

// NextTick queues f for the nextTick queue, in the current asynchronous context. From outside of Enter it runs with
// the next macrotask. Loop goroutine only.
func (rt *Runtime) NextTick(f func()) {
	rt.entry.ticks = append(rt.entry.ticks, tick{f, rt.entry.async})
}

// AsyncContext is the current asynchronous context, opaque to all but module async_hooks; what starts an
// operation keeps it and calls back with CallbackIn.
func (rt *Runtime) AsyncContext() any { return rt.entry.async }

// SetAsyncContext replaces the current asynchronous context.
func (rt *Runtime) SetAsyncContext(async any) { rt.entry.async = async }

// Uncaught deals with an error that nothing caught: the 'uncaughtException' listeners get it, or else it is
// reported on Stderr and the script ends with status 1 (7 when a listener itself throws). ex says where it was
// thrown, if known. Loop goroutine only.
func (rt *Runtime) Uncaught(err goja.Value, origin string, ex *goja.Exception) {
	if rt.exit != nil {
		return
	}
	code := 1
	if rt.process.Uncaught != nil {
		handled := false
		if again := rt.vm.Try(func() { handled = rt.process.Uncaught(err, origin) }); again != nil {
			// A listener threw: its error is the one to report, and nobody is asked any more.
			err, ex, code = again.Value(), again, 7
		} else if handled {
			return
		} else if rt.process.Exit != nil && rt.exit == nil {
			code = rt.process.Exit(1)
		}
	}
	if rt.exit != nil {
		return
	}
	rt.reportUncaught(err, ex)
	rt.Exit(code)
}
