package runtime

import (
	"errors"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/internal/errs"
)

// entry is the border between Go and JavaScript. A macrotask is what the event loop calls: a task, then the nextTick queue,
// then promise jobs, then ticks queued by these, and so on, which is Node's order. The engine runs its promise jobs by itself
// when the outermost script frame returns, before any tick; so one script frame lies under all macrotasks for as long as
// the runtime runs, and the jobs are run from here.
type entry struct {
	rt     *Runtime
	inside bool // within a macrotask
	task   func()
	faulty bool // a fault is being reported
	later  bool // as in Node, ticks and jobs wait for the next macrotask: a tick, a timer or an immediate has thrown

	current  *macrotask // that may be stopped alone, nil for all others
	ticks    []tick
	tickHead int
	ticked   bool // Node would have queued a tick that does nothing here

	rejections rejections
}

type tick struct {
	call  func()
	async any
	args  int // that Node would call it with
}

func (e *entry) init() {
	rt := e.rt
	rt.vm.SetPromiseRejectionTracker(e.rejections.track)
	rt.loop.OnIdle(rt.TrimStack)
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
	case !rt.Based():
		rt.OnBase(func() { rt.Enter(f) })
		return
	}
	e.inside = true
	rt.beginMacrotask()
	defer func() {
		e.inside = false
		rt.endMacrotask()
	}()
	e.task = f
	e.later = false
	for rt.entry.finishTasks() && rt.exit == nil && !e.later && e.rejections.pending() {
		e.task = rt.entry.rejections.reportAll
	}
	if e.later && rt.exit == nil {
		rt.loop.SetImmediate(func() { rt.Enter(func() {}) })
	}
	rt.Async.current, rt.Async.reaction = nil, nil
	rt.EndMacrotask()
}

// finishTasks runs the task and all that it queues. It returns false when JavaScript was stopped from outside.
func (e *entry) finishTasks() bool {
	rt := e.rt
	for {
		thrown, stopped := rt.Protect(e.runTasks)
		switch {
		case thrown != nil:
			e.later = rt.Origin == FromTimer || rt.Origin == FromImmediate || isTick(rt.Origin)
			e.task = func() {
				rt.Uncaught(thrown.Value(), "uncaughtException", thrown)
				if rt.Async.tracker != nil {
					rt.Async.tracker.Unwind()
				}
			}
		case stopped == nil:
			return true
		case rt.exit != nil:
			rt.loop.Stop()
			return false
		case e.stopsCurrent(stopped):
		default:
			var overflow *goja.StackOverflowError
			if fault, ok := stopped.(*errs.Fault); ok {
				e.task = func() { e.fault(fault) }
				continue
			}
			if !errors.As(stopped, &overflow) {
				rt.loop.Stop()
				return false
			}
			// The engine cannot unwind to a catch clause from there: Node's RangeError, uncaught.
			rt.esm.main = nil
			e.task = func() {
				err := rt.NewPlainError("RangeError", "Maximum call stack size exceeded")
				err.DefineDataProperty("stack", rt.vm.ToValue(rt.report.overflowStack(overflow)), flagTrue, flagTrue, flagFalse)
				rt.Uncaught(err, "uncaughtException", &overflow.Exception)
			}
		}
	}
}

// fault deals with a panic of Go code as with an error that nothing caught.
func (e *entry) fault(f *errs.Fault) {
	rt := e.rt
	err := rt.NewPlainError("Error", f.Error())
	err.DefineDataProperty("stack", rt.vm.ToValue(f.Stack()), flagTrue, flagTrue, flagFalse)
	if e.faulty { // in a listener for the one before
		rt.report.uncaught(err, nil)
		rt.Exit(7)
		return
	}
	e.faulty = true
	rt.Uncaught(err, "uncaughtException", nil)
	e.faulty = false
}

// runTasks runs the task, then ticks and promise jobs until there are none. After an error it goes on where it was.
func (e *entry) runTasks() {
	rt := e.rt
	rt.Origin, e.ticked = fromElsewhere, false
	if f := e.task; f != nil {
		e.task = nil
		f()
	}
	rt.Origin = fromElsewhere
	for rt.exit == nil && !e.later {
		if e.runTicks() {
			continue
		}
		if e.ticked {
			e.ticked = false
			rt.Origin = fromJob
		}
		if !e.runJobs() {
			return
		}
	}
}

// Ticked says that Node would have queued a tick, as it does behind each write to a standard stream. Nothing is to be done in it here, but
// promise jobs come from where ticks are run, and the stacks of errors show that. Loop goroutine only.
func (rt *Runtime) Ticked() { rt.entry.ticked = true }

// runTicks runs the nextTick queue; it returns false if that was empty.
func (e *entry) runTicks() bool {
	rt := e.rt
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
		rt.Origin = fromTick + engine.Origin(t.args)
		if rt.Async.tracker == nil {
			rt.Async.current = t.async
			t.call()
		} else {
			scope := rt.Async.Enter(t.async)
			t.call()
			scope.Leave()
			rt.Async.End(t.async)
		}
	}
	rt.Origin = fromJob
	e.runJobs()
	return true
}

// runJobs runs promise jobs, also those that they queue; it returns false if there were none.
func (e *entry) runJobs() bool {
	return e.rt.RunJobs(func() { e.rt.Async.reaction = nil })
}

// Callback is how the event loop calls a script's function: as one macrotask, see Enter. The result is nil if it threw;
// the error has then been dealt with as an uncaught exception. Called from within JavaScript it calls fn directly and
// lets its error pass. Loop goroutine only.
func (rt *Runtime) Callback(fn goja.Callable, this goja.Value, args ...goja.Value) (result goja.Value) {
	rt.Enter(func() { result = rt.Call(fn, this, args...) })
	return result
}

// NextTick queues f for the nextTick queue, in the current asynchronous context. From outside of Enter it runs with
// the next macrotask. Loop goroutine only.
func (rt *Runtime) NextTick(f func()) { rt.NextTickWith(0, f) }

// NextTickWith is NextTick for what process.nextTick is given with so many arguments: stacks show how many. Loop goroutine only.
func (rt *Runtime) NextTickWith(args int, f func()) {
	rt.entry.ticks = append(rt.entry.ticks, tick{f, rt.Async.Start("TickObject", nil), min(args, mostTickArgs)})
}

// Uncaught deals with an error that nothing caught: the 'uncaughtException' listeners get it, or else it is
// reported on Stderr and the script ends with status 1 (7 when a listener itself throws). ex says where it was
// thrown, if known. Loop goroutine only.
func (rt *Runtime) Uncaught(err goja.Value, origin string, ex *goja.Exception) {
	if rt.exit != nil || guard.IsHalt(err) {
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
		rt.fatal(err, rt.report.place(err, ex))
		rt.Exit(code)
		return
	}
	rt.report.uncaught(err, ex)
	rt.Exit(code)
}
