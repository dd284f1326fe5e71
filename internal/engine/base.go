package engine

import (
	"gonode/internal/engine/layout"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/errs"
)

// base is the script frame that lies under all that an engine runs. goja runs its promise jobs by itself when the outermost
// script frame returns; Node runs the nextTick queue before them. So one frame stays for as long as the engine lives, and
// the host runs the jobs.
type base struct {
	call    goja.Callable // the script function under everything
	native  *goja.Object  // what it calls
	body    func()        // what that runs
	restore func()        // goes back to the machine's state at the base
	entered bool

	queue *[]func() // the engine's promise jobs
	jobs  []func()  // the batch being run
	next  int
}

var (
	baseSource = "module.exports=function(){binding()}"
	baseScript = NewScript(baseName, &baseSource)
)

const baseName = "node:internal/entry"

func (e *Engine) initBase() error {
	b := &e.base
	b.queue = layout.At[[]func()](unsafe.Pointer(e.vm), e.facts.JobQueue)
	b.native = e.vm.ToValue(func(goja.FunctionCall) goja.Value {
		b.restore = e.machine().snapshot()
		b.body()
		// goja would run the jobs of a script that has been stopped.
		b.jobs, b.next, *b.queue = nil, 0, nil
		return goja.Undefined()
	}).(*goja.Object)
	module := e.vm.NewObject()
	if err := e.RunScript(baseScript, goja.Undefined(), goja.Undefined(), module, b.native); err != nil {
		return err
	}
	b.call, _ = goja.AssertFunction(module.Get("exports"))
	return nil
}

// OnBase runs body on top of the base frame; on it already, it just calls body. Loop goroutine only.
func (e *Engine) OnBase(body func()) {
	b := &e.base
	if b.entered {
		body()
		return
	}
	b.entered, b.body = true, body
	defer func() { b.entered, b.body = false, nil }()
	// The error is an interruption that came when there was nothing left to interrupt.
	b.call(goja.Undefined())
}

// Based tells whether the base frame is there. Loop goroutine only.
func (e *Engine) Based() bool { return e.base.entered }

// RunJobs runs promise jobs, also those that they queue; it returns false if there were none. before is called ahead of
// each. After an error that a job lets through, another call goes on with the next. Loop goroutine only.
func (e *Engine) RunJobs(before func()) bool {
	b := &e.base
	ran := false
	for {
		if b.next == len(b.jobs) {
			if len(*b.queue) == 0 {
				return ran
			}
			b.jobs, *b.queue, b.next = *b.queue, b.jobs[:0], 0
		}
		job := b.jobs[b.next]
		b.jobs[b.next] = nil
		b.next++
		ran = true
		before()
		guard.Poll(e.vm) // a job may be Go code only, which does not see an interruption
		job()
	}
}

// QueueJob adds a promise job to the queue. Loop goroutine only.
func (e *Engine) QueueJob(job func()) { *e.base.queue = append(*e.base.queue, job) }

// Protect runs f and returns the JavaScript error that leaves it, or what stopped JavaScript from outside: exit,
// cancellation, too deep a recursion, or an *errs.Fault in Go code. Loop goroutine only.
func (e *Engine) Protect(f func()) (thrown *goja.Exception, stopped error) {
	defer func() {
		if x := recover(); x != nil {
			switch x := x.(type) {
			case *goja.InterruptedError:
				stopped = x
			case *goja.StackOverflowError:
				stopped = x
			default:
				stopped = errs.NewFault(x)
			}
			e.reset()
		}
	}()
	thrown = e.vm.Try(f)
	if stopped = guard.Halted(e.vm, thrown); stopped != nil {
		e.reset()
		return nil, stopped
	}
	return thrown, nil
}

// reset goes back to the state at the base after what no script has caught.
func (e *Engine) reset() {
	guard.Stopped(e.vm)
	e.vm.ClearInterrupt()
	if e.base.restore != nil {
		e.base.restore()
	}
}

// TrimStack lets go of what values the machine's stack still holds above its top. Loop goroutine only.
func (e *Engine) TrimStack() { e.machine().trimStack() }
