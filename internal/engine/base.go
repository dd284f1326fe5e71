package engine

import (
	"gonode/internal/engine/layout"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/errs"
)

// base is the bottom of the machine's calls while an engine runs. goja runs its promise jobs by itself when its outermost frame returns;
// Node runs the nextTick queue before them. So one frame, of no function, stays for as long as the engine lives, and the host runs the
// jobs.
type base struct {
	restore func() // goes back to the machine's state at the base
	entered bool

	queue *[]func() // the engine's promise jobs
	jobs  []func()  // the batch being run
	next  int
	job   func() // that runs, nil while none does
}

func (e *Engine) initBase() {
	e.base.queue = layout.At[[]func()](unsafe.Pointer(e.vm), e.facts.JobQueue)
}

// OnBase runs body on top of the base frame; on it already, it just calls body. Loop goroutine only.
func (e *Engine) OnBase(body func()) {
	b := &e.base
	if b.entered {
		body()
		return
	}
	b.entered = true
	m := e.machine()
	m.CallStack = append(m.CallStack, layout.Context{PC: m.PC})
	b.restore = m.snapshot()
	defer func() {
		b.restore()
		m.CallStack = m.CallStack[:0]
		m.Stack = nil
		b.entered, b.restore, b.jobs, b.next, *b.queue = false, nil, nil, 0, nil
		if x := recover(); x != nil {
			if _, ok := x.(*goja.InterruptedError); !ok {
				panic(x)
			}
			e.vm.ClearInterrupt() // it came when there was nothing left to interrupt
		}
	}()
	body()
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
		b.job = job
		job()
		b.job = nil
	}
}

// Apart runs f with a queue of promise jobs of its own, which are run as well before it returns. What has been queued before waits. The
// error is that of f, or what has interrupted a job. Loop goroutine only.
func (e *Engine) Apart(f func() error) error {
	b := &e.base
	jobs, next, queue := b.jobs, b.next, *b.queue
	b.jobs, b.next, *b.queue = nil, 0, nil
	defer func() { b.jobs, b.next, *b.queue = jobs, next, queue }()
	if err := f(); err != nil {
		return err
	}
	run, _ := goja.AssertFunction(e.vm.ToValue(func(goja.FunctionCall) goja.Value {
		e.RunJobs(func() {})
		return goja.Undefined()
	}))
	_, err := run(goja.Undefined())
	return err
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
