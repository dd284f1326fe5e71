package runtime

import (
	"errors"
	"unsafe"

	"github.com/dop251/goja"
)

// entry is the border between Go and JavaScript. A macrotask is what the event loop calls: a task, then the nextTick queue,
// then promise jobs, then ticks queued by these, and so on, which is Node's order. The engine runs its promise jobs by itself
// when the outermost script frame returns, before any tick; so one script frame lies under all macrotasks for as long as
// the runtime runs, and the jobs are run from here.
type entry struct {
	base    goja.Callable // the script function under everything
	native  *goja.Object  // what it calls
	body    func()        // what that runs
	restore func()        // goes back to the engine's state at the base
	based   bool
	inside  bool // within a macrotask
	task    func()

	ticks    []tick
	tickHead int

	queue   *[]func() // the engine's promise jobs
	jobs    []func()  // the batch being run
	jobHead int

	rejections rejections

	origin   origin       // of the code that runs, for stacks
	async    any          // the current asynchronous context, carried along by ticks, promises, timers and handles
	reaction any          // the context of the promise reaction that has just run
	tracker  AsyncTracker // nil until a hook of async_hooks is first enabled
}

type tick struct {
	call  func()
	async any
}

var (
	baseSource = "module.exports=function(){binding()}"
	baseScript = NewScript("node:internal/entry", &baseSource)
)

func (rt *Runtime) initEntry() error {
	e := &rt.entry
	queue := engineLayout(rt.vm).jobs
	if queue == 0 {
		return errors.New("the linked version of goja is not one that gonode knows")
	}
	e.queue = at[[]func()](unsafe.Pointer(rt.vm), queue)
	fn, err := rt.vm.RunProgram(baseScript.compile(rt.cfg.Options.Jitless))
	if err != nil {
		return err
	}
	module := rt.vm.NewObject()
	make, _ := goja.AssertFunction(fn)
	e.native = rt.vm.ToValue(func(goja.FunctionCall) goja.Value {
		if rt.engine.layout.ok {
			e.restore = rt.machine().snapshot()
		}
		e.body()
		return goja.Undefined()
	}).(*goja.Object)
	if _, err := make(goja.Undefined(), goja.Undefined(), goja.Undefined(), module, e.native); err != nil {
		return err
	}
	e.base, _ = goja.AssertFunction(module.Get("exports"))
	rt.vm.SetPromiseRejectionTracker(rt.trackRejection)
	rt.loop.OnIdle(func() {
		if rt.engine.layout.ok {
			rt.machine().trimStack()
		}
	})
	return nil
}

// onBase runs body on top of the base frame.
func (rt *Runtime) onBase(body func()) {
	e := &rt.entry
	if e.based {
		body()
		return
	}
	e.based, e.body = true, body
	defer func() { e.based, e.body = false, nil }()
	// The error is an interruption that came when there was nothing left to interrupt.
	e.base(goja.Undefined())
}

// Enter runs f as one macrotask, followed by the nextTick queue, promise jobs and the report of unhandled rejections.
// A JavaScript error that f lets through (by Call or Throw) becomes an uncaught exception. Called from within
// JavaScript it just calls f. Loop goroutine only.
func (rt *Runtime) Enter(f func()) {
	e := &rt.entry
	switch {
	case e.inside:
		f()
		return
	case !e.based:
		rt.onBase(func() { rt.Enter(f) })
		return
	}
	e.inside = true
	defer func() { e.inside = false }()
	e.task = f
	for rt.finishTasks() && rt.exit == nil && len(e.rejections.recent) > 0 {
		e.task = rt.reportRejections
	}
	e.async, e.reaction = nil, nil
	rt.engine.kept = nil
}

// finishTasks runs the task and all that it queues. It returns false when JavaScript was stopped from outside.
func (rt *Runtime) finishTasks() bool {
	e := &rt.entry
	for {
		thrown, stopped := rt.protect(rt.runTasks)
		switch {
		case thrown != nil:
			e.task = func() {
				rt.Uncaught(thrown.Value(), "uncaughtException", thrown)
				if e.tracker != nil {
					e.tracker.Unwind()
				}
			}
		case stopped == nil:
			return true
		case rt.exit != nil:
			rt.loop.Stop()
			return false
		default:
			var overflow *goja.StackOverflowError
			if !errors.As(stopped, &overflow) {
				rt.loop.Stop()
				return false
			}
			// The engine cannot unwind to a catch clause from there: Node's RangeError, uncaught.
			rt.esm.main = nil
			e.task = func() {
				err := rt.NewPlainError("RangeError", "Maximum call stack size exceeded")
				err.DefineDataProperty("stack", rt.vm.ToValue(rt.overflowStack(overflow)), flagTrue, flagTrue, flagFalse)
				rt.Uncaught(err, "uncaughtException", &overflow.Exception)
			}
		}
	}
}

// protect runs f and returns the JavaScript error that leaves it, or what stopped JavaScript from outside: exit,
// cancellation, or too deep a recursion.
func (rt *Runtime) protect(f func()) (thrown *goja.Exception, stopped error) {
	defer func() {
		if x := recover(); x != nil {
			switch x := x.(type) {
			case *goja.InterruptedError:
				stopped = x
			case *goja.StackOverflowError:
				stopped = x
			default:
				panic(x)
			}
			rt.vm.ClearInterrupt()
			if e := &rt.entry; e.restore != nil {
				e.restore()
			}
		}
	}()
	return rt.vm.Try(f), nil
}

// runTasks runs the task, then ticks and promise jobs until there are none. After an error it goes on where it was.
func (rt *Runtime) runTasks() {
	e := &rt.entry
	e.origin = fromElsewhere
	if f := e.task; f != nil {
		e.task = nil
		f()
	}
	e.origin = fromElsewhere
	for rt.exit == nil && (rt.runTicks() || rt.runJobs()) {
	}
}

// runTicks runs the nextTick queue; it returns false if that was empty.
func (rt *Runtime) runTicks() bool {
	e := &rt.entry
	if e.tickHead == len(e.ticks) {
		return false
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
		e.origin = fromTick
		if e.tracker == nil {
			e.async = t.async
			t.call()
		} else {
			scope := rt.EnterAsync(t.async)
			t.call()
			scope.Leave()
			rt.EndAsync(t.async)
		}
	}
	e.origin = fromJob
	rt.runJobs()
	return true
}

// runJobs runs promise jobs, also those that they queue; it returns false if there were none.
func (rt *Runtime) runJobs() bool {
	e := &rt.entry
	ran := false
	for {
		if e.jobHead == len(e.jobs) {
			if len(*e.queue) == 0 {
				return ran
			}
			e.jobs, *e.queue, e.jobHead = *e.queue, e.jobs[:0], 0
		}
		job := e.jobs[e.jobHead]
		e.jobs[e.jobHead] = nil
		e.jobHead++
		ran = true
		e.reaction = nil
		job()
	}
}

// Callback is how the event loop calls a script's function: as one macrotask, see Enter. The result is nil if it threw;
// the error has then been dealt with as an uncaught exception. Called from within JavaScript it calls fn directly and
// lets its error pass. Loop goroutine only.
func (rt *Runtime) Callback(fn goja.Callable, this goja.Value, args ...goja.Value) (result goja.Value) {
	rt.Enter(func() { result = rt.Call(fn, this, args...) })
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
	rt.entry.ticks = append(rt.entry.ticks, tick{f, rt.StartAsync("TickObject", nil)})
}

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
			err, ex = again.Value(), again
			if rt.fatal == nil {
				code = 7
			}
		} else if handled {
			return
		} else if rt.process.Exit != nil && rt.exit == nil {
			code = rt.process.Exit(1)
		}
	}
	if rt.exit != nil {
		return
	}
	if rt.fatal != nil {
		rt.fatal(err, rt.uncaughtPlace(err, ex))
		rt.Exit(code)
		return
	}
	rt.reportUncaught(err, ex)
	rt.Exit(code)
}
