package runtime

import (
	"context"
	"sync"

	"gonode/internal/engine/guard"
)

// Visit has f called on the runtime's goroutine, wherever that is: at once while it waits for events, in a script at its next call or jump. It
// is false, and f is not called any more, when ctx is done before that: the runtime has ended, or Go code that a script has called takes long.
// f must not run scripts. Any goroutine but the runtime's.
func (rt *Runtime) Visit(ctx context.Context, f func()) bool { return rt.visit(ctx, f, rt.loop.Post) }

// Sample is Visit for who only wants to know what a script does: nothing is called while the runtime waits for events.
func (rt *Runtime) Sample(ctx context.Context, f func()) bool {
	return rt.visit(ctx, f, func(func()) {})
}

func (rt *Runtime) visit(ctx context.Context, f func(), post func(func())) bool {
	var once sync.Once
	visited, done := false, make(chan struct{})
	visit := func() {
		once.Do(func() {
			f()
			visited = true
			close(done)
		})
	}
	withdraw := guard.Visit(rt.vm, visit)
	defer withdraw()
	post(visit)
	select {
	case <-done:
	case <-rt.ended:
	case <-ctx.Done():
	}
	once.Do(func() {}) // waits for f, if it runs
	return visited
}

// SetThreads takes what lists the worker threads that run below a main thread, those below other workers too. list may be called on any goroutine.
func (rt *Runtime) SetThreads(list func() []*Runtime) { rt.threads.Store(&list) }

// Threads are the worker threads that run below a main thread. Any goroutine.
func (rt *Runtime) Threads() []*Runtime {
	if list := rt.threads.Load(); list != nil {
		return (*list)()
	}
	return nil
}
