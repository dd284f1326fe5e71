package runtime

import (
	"io"
	"sync/atomic"
	"time"
)

// Limits bound what a script may take; what is zero is not limited. A script that goes beyond is ended where it is, without catch and finally clauses and
// 'exit' listeners, with a *LimitError. Each worker thread has them for itself.
type Limits struct {
	// Turn is how long one macrotask may take, with what it queues; CPU is how long all of them together may, by the clock.
	Turn, CPU time.Duration
	// Output is how many bytes may be written to the standard streams.
	Output int64
	// Descriptors is how many files, sockets and pipes may be open at a time, Timers how many timers may be set, Children and Workers how many may
	// run.
	Descriptors, Timers, Children, Workers int
}

// LimitError is the end of a script that went beyond one of its limits.
type LimitError struct {
	// Limit is the limit's name: "Turn", "Output".
	Limit string
}

func (e *LimitError) Error() string { return "the script has gone beyond its limit: " + e.Limit }

// limits watches what a script takes.
type limits struct {
	beyond   atomic.Pointer[LimitError] // what has ended the script
	onExceed func(limit string)

	// Of macrotasks, if they are watched.
	watched bool
	began   atomic.Int64 // when the one under way did, in nanoseconds since the start and never 0; 0 between them
	used    atomic.Int64 // by those before
	armed   atomic.Bool  // the timer will fire
	timer   *time.Timer

	output atomic.Int64
}

// Exceed ends the script, which has gone beyond a limit. Any goroutine.
func (rt *Runtime) Exceed(limit string) {
	if !rt.limits.beyond.CompareAndSwap(nil, &LimitError{limit}) {
		return
	}
	rt.loop.Post(rt.loop.Stop)
	go rt.Interrupt()
	if rt.limits.onExceed != nil {
		rt.limits.onExceed(limit)
	}
}

// OnExceed has f called, on any goroutine, when the script has gone beyond one of its Limits, and is to be stopped: for who does not want to wait for Go code that it
// has called. Before Run.
func (rt *Runtime) OnExceed(f func(limit string)) { rt.limits.onExceed = f }

// Within ends the script if it has more of something than it may; max is 0 for as much as it wants. Any goroutine.
func (rt *Runtime) Within(limit string, n, max int) {
	if max > 0 && n > max {
		rt.Exceed(limit)
	}
}

// cut tells whether the script has gone beyond a limit.
func (rt *Runtime) cut() bool { return rt.Memory.full.Load() || rt.limits.beyond.Load() != nil }

// watchLimits begins to look at what the script takes, until what it returns is called.
func (rt *Runtime) watchLimits() (end func()) {
	l, cfg := &rt.limits, &rt.cfg.Limits
	if cfg.Descriptors > 0 || cfg.Children > 0 || cfg.Workers > 0 {
		rt.loop.OnOpen(func(kind string, n int) {
			switch kind {
			case "":
				rt.Files.watched.Store(int32(n))
				rt.Within("Descriptors", n+rt.Files.number(), cfg.Descriptors)
			case "ProcessWrap":
				rt.Within("Children", n, cfg.Children)
			case "Worker":
				rt.Within("Workers", n, cfg.Workers)
			}
		})
	}
	if cfg.Turn <= 0 && cfg.CPU <= 0 {
		return func() {}
	}
	l.watched = true
	l.timer = time.AfterFunc(time.Hour, func() { rt.look() })
	l.timer.Stop()
	return func() { l.timer.Stop() }
}

// beginMacrotask and endMacrotask are called around each. The timer is set only while something runs, and stays set over many of them.
func (rt *Runtime) beginMacrotask() {
	l := &rt.limits
	if !l.watched {
		return
	}
	l.began.Store(int64(time.Since(rt.started)) | 1)
	if !l.armed.Swap(true) {
		l.timer.Reset(rt.left(0))
	}
}

func (rt *Runtime) endMacrotask() {
	l := &rt.limits
	if !l.watched {
		return
	}
	took := int64(time.Since(rt.started)) - l.began.Swap(0)
	if used := l.used.Add(took); rt.cfg.Limits.CPU > 0 && used >= int64(rt.cfg.Limits.CPU) {
		rt.Exceed("CPU")
	}
}

// left is how long the macrotask that has been running for so long may at least go on.
func (rt *Runtime) left(running time.Duration) time.Duration {
	c := &rt.cfg.Limits
	left := c.Turn - running
	if used := time.Duration(rt.limits.used.Load()); c.Turn <= 0 || c.CPU > 0 && c.CPU-used-running < left {
		left = c.CPU - used - running
	}
	return max(left, time.Millisecond)
}

// look ends a macrotask that takes too long. It runs on the timer's goroutine.
func (rt *Runtime) look() {
	l, c := &rt.limits, &rt.cfg.Limits
	used := time.Duration(l.used.Load()) // before began: what has ended meanwhile must not count twice
	began := l.began.Load()
	if began == 0 {
		l.armed.Store(false)
		if began = l.began.Load(); began == 0 || l.armed.Swap(true) {
			return // the next macrotask sets it
		}
	}
	running := time.Since(rt.started) - time.Duration(began)
	switch {
	case c.Turn > 0 && running >= c.Turn:
		rt.Exceed("Turn")
	case c.CPU > 0 && used+running >= c.CPU:
		rt.Exceed("CPU")
	default:
		l.timer.Reset(rt.left(running))
	}
}

// limitedWriter is a standard stream that takes so much and no more.
type limitedWriter struct {
	rt *Runtime
	io.Writer
}

func (w limitedWriter) Write(p []byte) (int, error) {
	if w.rt.limits.output.Add(int64(len(p))) > w.rt.cfg.Limits.Output {
		w.rt.Exceed("Output")
		return 0, io.ErrShortWrite
	}
	return w.Writer.Write(p)
}
