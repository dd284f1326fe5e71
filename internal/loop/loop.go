// Package loop is the event loop: phases, timers, immediates, readiness of descriptors, completions of work done
// elsewhere, and handles that hold the loop open. It knows nothing of JavaScript. All of it belongs to the one
// goroutine that calls Run, except Post, which any goroutine may call.
package loop

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gonode/internal/sys"
)

// Loop runs callbacks in the phases of Node's event loop: timers, poll (descriptors and posted completions),
// immediates, close callbacks. See https://nodejs.org/en/learn/asynchronous-work/event-loop-timers-and-nexttick.
type Loop struct {
	metrics Metrics

	poller *sys.Poller
	start  time.Time

	// The time spent waiting, in nanoseconds: when the wait under way began, counted from start, 0 for none; and that of
	// the waits before. Any goroutine reads them.
	turns              *Turns // nil if nobody measures
	waitFrom, idleTime atomic.Int64

	now int64 // milliseconds since start, as of the beginning of this iteration

	timers     timerHeap
	timerSeq   uint64
	immediates []*Immediate
	pending    []func()
	checks     []func() // see Check
	completed  []func() // see Complete
	closing    []func()
	ios        map[uint64]*IO
	ioSeq      uint64

	active  int // what holds the loop open: active and referenced handles, timers, immediates, requests
	stop    bool
	holding *Handle // the latest of the handles that count in active
	held    int     // what keeps it going besides
	quiet   func()  // called when nothing but that does
	idle    func()  // called before the loop blocks
	madeAt  func() []string
	opened  func(kind string, n int) // see OnOpen
	running map[string]int           // handles by kind, for it

	scratch []byte

	mu       sync.Mutex
	posted   []func()
	rest     []func() // of the batch of them that is being run
	released bool

	workers workers
}

// New makes a loop and opens its poller.
func New() (*Loop, error) {
	p, err := sys.NewPoller()
	if err != nil {
		return nil, err
	}
	return newLoop(p), nil
}

// NewShared makes a loop that waits as goroutines do, so that many can wait in one process; see sys.NewSharedPoller.
func NewShared() (*Loop, error) {
	p, err := sys.NewSharedPoller()
	if err != nil {
		return nil, err
	}
	return newLoop(p), nil
}

func newLoop(p *sys.Poller) *Loop {
	l := &Loop{poller: p, start: time.Now(), ios: map[uint64]*IO{}}
	l.workers.loop = l
	return l
}

// Release closes the poller. The loop must not be used afterwards; what is posted to it is dropped.
func (l *Loop) Release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.released {
		return
	}
	l.released, l.posted = true, nil
	l.poller.Close()
}

// Abandon closes the descriptors that are watched, as the end of a process does. Only Release may follow.
func (l *Loop) Abandon() {
	for _, io := range l.ios {
		io.abandon()
	}
}

// Now is the loop's time in milliseconds: it stands still during an iteration, as timers expect. Loop goroutine only.
func (l *Loop) Now() int64 { return l.now }

// UpdateTime brings Now up to date. Loop goroutine only.
func (l *Loop) UpdateTime() { l.now = time.Since(l.start).Milliseconds() }

// Post queues f to run in the poll phase and wakes the loop. It does not hold the loop open. Any goroutine.
func (l *Loop) Post(f func()) {
	l.mu.Lock()
	if !l.released {
		l.posted = append(l.posted, f)
		l.poller.Wake() // while the poller cannot be closed
	}
	l.mu.Unlock()
}

// Defer queues f for the next pass of the pending phase, just before or after the next poll: for the callback of a request
// whose outcome is known at once. It does not hold the loop open. Loop goroutine only.
func (l *Loop) Defer(f func()) { l.pending = append(l.pending, f) }

// Check queues f for the check phase, before all immediates: for the callback of a write whose outcome is known and which does
// not complete at once. It holds the loop open until then. Loop goroutine only.
func (l *Loop) Check(f func()) {
	l.AddRequest()
	l.checks = append(l.checks, f)
}

// runChecks runs what has been queued for this phase until now.
func (l *Loop) runChecks() {
	batch := l.checks
	l.checks = nil
	for i, f := range batch {
		if l.stop {
			l.checks = append(batch[i:len(batch):len(batch)], l.checks...)
			return
		}
		l.DoneRequest()
		f()
	}
	if l.checks == nil {
		clear(batch)
		l.checks = batch[:0]
	}
}

// Complete queues f for the poll phase after the next immediates: for the callback of an operation that needed no other goroutine
// though it might have. It holds the loop open until then. Loop goroutine only.
func (l *Loop) Complete(f func()) {
	l.AddRequest()
	l.completed = append(l.completed, f)
}

// postCompleted makes what Complete has queued due.
func (l *Loop) postCompleted() {
	if len(l.completed) == 0 {
		return
	}
	l.mu.Lock()
	for i, f := range l.completed {
		l.posted = append(l.posted, func() {
			l.DoneRequest()
			f()
		})
		l.completed[i] = nil
	}
	l.mu.Unlock()
	l.completed = l.completed[:0]
}

func (l *Loop) runPending() {
	// Callbacks that defer more get their turn soon, but not for ever.
	for n := 0; n < 8 && len(l.pending) > 0 && !l.stop; n++ {
		batch := l.pending
		l.pending = nil
		for i, f := range batch {
			if l.stop {
				l.pending = append(batch[i:len(batch):len(batch)], l.pending...)
				return
			}
			f()
		}
	}
}

// Scratch is a buffer for what is read and handed on within one callback. Loop goroutine only.
func (l *Loop) Scratch() []byte {
	if l.scratch == nil {
		l.scratch = make([]byte, scratchSize)
	}
	return l.scratch
}

// scratchSize is what one read takes at most.
const scratchSize = 64 << 10

// AddRequest notes an operation under way that holds the loop open until DoneRequest. Loop goroutine only.
func (l *Loop) AddRequest() { l.active++ }

// DoneRequest ends what AddRequest began. Loop goroutine only.
func (l *Loop) DoneRequest() { l.active-- }

// OnClose queues f for the close phase of this iteration; it holds the loop open until then. Loop goroutine only.
func (l *Loop) OnClose(f func()) { l.closing = append(l.closing, f) }

// Hold keeps Run going while there is nothing to do, until Unhold: the loop waits for what is posted. Loop goroutine only.
func (l *Loop) Hold() { l.held++ }

// Unhold undoes one Hold. Loop goroutine only.
func (l *Loop) Unhold() { l.held-- }

// OnQuiet has f called each time that nothing but Hold keeps Run going. Loop goroutine only.
func (l *Loop) OnQuiet(f func()) { l.quiet = f }

// OnIdle sets a function that is called each time before the loop waits. Loop goroutine only.
func (l *Loop) OnIdle(f func()) { l.idle = f }

// Alive says whether anything still holds the loop open. Loop goroutine only.
func (l *Loop) Alive() bool { return l.active > 0 || len(l.closing) > 0 }

// Stop makes Run return after the current callback's phase. Loop goroutine only.
func (l *Loop) Stop() { l.stop = true }

// Stopped tells whether Stop has been called: the callbacks of a batch that has not been run to its end are to wait. Loop
// goroutine only.
func (l *Loop) Stopped() bool { return l.stop }

// Run runs phases until nothing holds the loop open, Stop is called, or ctx is done, whose error it then returns.
// It may be called again afterwards.
func (l *Loop) Run(ctx context.Context) error {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { l.Post(l.Stop) })()
	}
	l.stop = false
	if len(l.rest) > 0 { // a callback has panicked
		l.mu.Lock()
		l.posted, l.rest = append(l.rest, l.posted...), nil
		l.mu.Unlock()
	}
	l.UpdateTime()
	if l.metrics.Began.IsZero() {
		l.metrics.Began = time.Now()
	}
	defer func() { l.metrics.Ended = time.Now() }()
	l.runTimers()
	for !l.stop && (l.Alive() || l.held > 0) {
		l.metrics.Turns++
		l.runPending()
		if l.quiet != nil && !l.stop && !l.Alive() {
			l.quiet()
		}
		if err := l.poll(l.timeout()); err != nil {
			return err
		}
		l.runPending()
		l.runChecks()
		l.runImmediates()
		l.postCompleted()
		l.runClosing()
		l.UpdateTime()
		if !l.stop {
			l.runTimers()
		}
	}
	return ctx.Err()
}

func (l *Loop) timeout() int {
	if l.stop || len(l.pending) > 0 || len(l.checks) > 0 || len(l.completed) > 0 || len(l.closing) > 0 || l.refImmediates() || !l.Alive() && l.held == 0 {
		return 0
	}
	if len(l.timers) == 0 {
		return -1
	}
	d := l.timers[0].when - time.Since(l.start).Milliseconds()
	return int(min(max(d, 0), 1<<30))
}

func (l *Loop) poll(timeoutMs int) error {
	l.mu.Lock()
	if len(l.posted) > 0 {
		timeoutMs = 0
	}
	l.mu.Unlock()
	if timeoutMs != 0 && l.idle != nil {
		l.idle()
	}
	if timeoutMs != 0 {
		now := time.Since(l.start)
		l.waitFrom.Store(max(int64(now), 1))
		if l.turns != nil {
			l.turns.end(now)
		}
	}
	err := l.poller.Wait(timeoutMs, l.dispatch)
	l.waited()
	if timeoutMs != 0 {
		l.UpdateTime()
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	batch := l.posted
	l.posted = nil
	l.mu.Unlock()
	for i, f := range batch {
		if l.stop {
			// What was not run stays queued for the next Run.
			l.mu.Lock()
			l.posted = append(batch[i:len(batch):len(batch)], l.posted...)
			l.mu.Unlock()
			break
		}
		l.rest = batch[i+1 : len(batch) : len(batch)]
		f()
	}
	l.rest = nil
	return nil
}

// waited ends a wait that began at waitFrom.
func (l *Loop) waited() {
	if from := l.waitFrom.Load(); from != 0 {
		now := time.Since(l.start)
		l.idleTime.Add(int64(now) - from)
		l.waitFrom.Store(0)
		if l.turns != nil {
			l.turns.from = now
		}
	}
}

// Metrics is what a loop has done: when Run first began and last returned, how many turns there were, and events of descriptors.
type Metrics struct {
	Began, Ended  time.Time
	Turns, Events uint64
}

// Metrics are those until now. Loop goroutine only.
func (l *Loop) Metrics() Metrics { return l.metrics }

// IdleTime is how long the loop has waited so far. Any goroutine.
func (l *Loop) IdleTime() time.Duration {
	idle := l.idleTime.Load()
	if from := l.waitFrom.Load(); from != 0 {
		idle += int64(time.Since(l.start)) - from
	}
	return time.Duration(idle)
}

func (l *Loop) dispatch(token uint64, ev sys.Events) {
	l.waited()
	// An earlier callback of the same batch may have closed this one, or have stopped the loop.
	if io := l.ios[token]; io != nil && !l.stop {
		l.metrics.Events++
		io.ready(ev)
	}
}

// runClosing runs the close callbacks, the last handle that was closed first, as libuv does. What they close in turn has its
// callback in the next iteration.
func (l *Loop) runClosing() {
	batch := l.closing
	l.closing = nil
	for len(batch) > 0 {
		if l.stop {
			l.closing = append(batch, l.closing...)
			return
		}
		f := batch[len(batch)-1]
		batch = batch[:len(batch)-1]
		f()
	}
}
