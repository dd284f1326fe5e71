package loop

import (
	"gonode/internal/errs"
	"gonode/internal/sys"
)

// maxWorkers bounds the goroutines that run blocking work: each may pin an operating system thread.
const maxWorkers = 16

type workers struct {
	loop    *Loop
	running int
	around  func(run func())
	waiting []func() func()
}

// Go runs work on another goroutine and then the function it returns (which may be nil) on the loop, in the poll
// phase. It holds the loop open until that has happened. At most 16 works run at a time, fewer if the system has no threads for them; the
// others wait their turn, in order. Where there is no thread at all, work is done at once. Loop goroutine only.
func (l *Loop) Go(work func() func()) {
	l.AddRequest()
	w := &l.workers
	if w.running >= maxWorkers {
		w.waiting = append(w.waiting, work)
		return
	}
	switch thread, ok := sys.ReserveThread(); {
	case ok:
		w.running++
		w.start(work, thread)
	case w.running > 0:
		w.waiting = append(w.waiting, work)
	default:
		done := safely(work)
		l.Post(func() { l.finish(done) })
	}
}

// finish ends a request of Go.
func (l *Loop) finish(done func()) {
	l.DoneRequest()
	if done != nil {
		done()
	}
}

// Around has the work of Go run inside of f, on its goroutine. Loop goroutine only.
func (l *Loop) Around(f func(run func())) { l.workers.around = f }

func (w *workers) start(work func() func(), thread sys.Thread) {
	if around := w.around; around != nil {
		go around(func() { w.run(work, thread) })
	} else {
		go w.run(work, thread)
	}
}

func (w *workers) run(work func() func(), thread sys.Thread) {
	done := safely(work)
	w.loop.Post(func() {
		if len(w.waiting) > 0 {
			next := w.waiting[0]
			w.waiting[0] = nil
			w.waiting = w.waiting[1:]
			w.start(next, thread)
		} else {
			w.running--
			thread.Release()
		}
		w.loop.finish(done)
	})
}

// safely runs work; a panic happens again on the loop.
func safely(work func() func()) (done func()) {
	defer func() {
		if x := recover(); x != nil {
			fault := errs.NewFault(x)
			done = func() { panic(fault) }
		}
	}()
	return work()
}

// Working is how many works have been given to Go and are not done. Loop goroutine only.
func (l *Loop) Working() int { return l.workers.running + len(l.workers.waiting) }
