package runtime

import (
	"context"
	"sync"
	"sync/atomic"

	"gonode/internal/engine/guard"
)

// Diagnosis is for who looks at a runtime from outside.
type Diagnosis struct {
	rt      *Runtime
	threads atomic.Pointer[func() []*Runtime]
}

// Visit has f called on the runtime's goroutine, wherever that is: at once while it waits for events, in a script at its next call or jump. It
// is false, and f is not called any more, when ctx is done before that: the runtime has ended, or Go code that a script has called takes long.
// f must not run scripts. Any goroutine but the runtime's.
func (d *Diagnosis) Visit(ctx context.Context, f func()) bool { return d.visit(ctx, f, d.rt.loop.Post) }

// Sample is Visit for who only wants to know what a script does: nothing is called while the runtime waits for events.
func (d *Diagnosis) Sample(ctx context.Context, f func()) bool {
	return d.visit(ctx, f, func(func()) {})
}

func (d *Diagnosis) visit(ctx context.Context, f func(), post func(func())) bool {
	var once sync.Once
	visited, done := false, make(chan struct{})
	visit := func() {
		once.Do(func() {
			f()
			visited = true
			close(done)
		})
	}
	withdraw := guard.Visit(d.rt.vm, visit)
	defer withdraw()
	post(visit)
	select {
	case <-done:
	case <-d.rt.ended:
	case <-ctx.Done():
	}
	once.Do(func() {}) // waits for f, if it runs
	return visited
}

// SetThreads takes what lists the worker threads that run below a main thread, those below other workers too. list may be called on any goroutine.
func (d *Diagnosis) SetThreads(list func() []*Runtime) { d.threads.Store(&list) }

// Threads are the worker threads that run below a main thread. Any goroutine.
func (d *Diagnosis) Threads() []*Runtime {
	if list := d.threads.Load(); list != nil {
		return (*list)()
	}
	return nil
}
