package runtime

import (
	"context"
	"io"
	goruntime "runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Go code that a script has called may take long and look for no interruption: a library's, a host's. When Run's context is done Run waits
// a little for it and then returns; the runtime is left to its goroutine, which ends it as soon as that code comes back. From then on nothing
// of it reaches the host.

const (
	// patience is how long Run waits for a script that is to end.
	patience = 60 * time.Millisecond
	// maxLeft is how many runtimes may be left in a process at a time. Run waits for further ones, however long that takes.
	maxLeft = 64
)

// patienceWithWriters is how long Run waits for a write to one of the host's streams that is under way when the script is left.
const patienceWithWriters = 100 * time.Millisecond

// leftRuntimes counts those that are left and have not ended.
var leftRuntimes atomic.Int32

// leaving is the state of a runtime that Run may leave.
type leaving struct {
	mu    sync.Mutex
	left  bool
	ended bool
	after []func() // what waits for the end

	writing sync.RWMutex
	deaf    atomic.Bool // the host's streams take nothing any more
}

// leave tells whether Run may return now, though the script has not ended.
func (l *leaving) leave() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	if leftRuntimes.Add(1) > maxLeft {
		leftRuntimes.Add(-1)
		return false
	}
	l.left = true
	l.deaf.Store(true)
	over := make(chan struct{})
	go func() {
		l.writing.Lock() // waits for the host's own code,
		l.writing.Unlock()
		close(over)
	}()
	select {
	case <-over:
	case <-time.After(patienceWithWriters): // unless that waits itself
	}
	return true
}

// end is called when the script has ended.
func (l *leaving) end() {
	l.mu.Lock()
	l.ended = true
	after := l.after
	l.after = nil
	if l.left {
		leftRuntimes.Add(-1)
	}
	l.mu.Unlock()
	for _, f := range after {
		f()
	}
}

// whenEnded calls f, now or, if the runtime was left, when it has ended.
func (l *leaving) whenEnded(f func()) {
	l.mu.Lock()
	if l.left && !l.ended {
		l.after = append(l.after, f)
		l.mu.Unlock()
		return
	}
	l.mu.Unlock()
	f()
}

// hostWriter is a stream of the host's, which gets nothing more once the runtime is left.
type hostWriter struct {
	l *leaving
	w io.Writer
}

func (h hostWriter) Write(p []byte) (int, error) {
	if h.l.deaf.Load() {
		return 0, io.ErrClosedPipe
	}
	h.l.writing.RLock()
	defer h.l.writing.RUnlock()
	if h.l.deaf.Load() {
		return 0, io.ErrClosedPipe
	}
	return h.w.Write(p)
}

// outcome is how the goroutine of a script has ended: with an error, a panic or, where a function of the host's asked for that, goruntime.Goexit.
type outcome struct {
	err    error
	failed any
	exited bool
}

// runOrLeave is Run for a context that may end. The script has a goroutine of its own.
func (rt *Runtime) runOrLeave(ctx context.Context, start func()) error {
	returned := make(chan outcome, 1)
	go func() {
		o := outcome{exited: true}
		defer func() {
			o.failed = recover()
			rt.leaving.end()
			returned <- o
		}()
		o.err = rt.run(ctx, start)
		o.exited = false
	}()
	var o outcome
	select {
	case o = <-returned:
	case <-ctx.Done():
		select {
		case o = <-returned:
		case <-time.After(patience):
			if rt.leaving.leave() {
				return ctx.Err()
			}
			o = <-returned
		}
	}
	switch {
	case o.failed != nil:
		panic(o.failed)
	case o.exited:
		goruntime.Goexit()
	}
	return o.err
}
