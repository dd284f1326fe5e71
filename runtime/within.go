package runtime

import (
	"context"
	"errors"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
)

// stopTime is how long a script may take to come to a call or a jump before it is interrupted where it is. All but the code that the engine
// alone runs comes there at once, if it is given a processor.
const stopTime = time.Second

// Interrupt stops running JavaScript for good: Run's context must be done by then. Any goroutine.
func (rt *Runtime) Interrupt() { rt.interrupt(rt.ended, context.Canceled) }

// interrupt stops running JavaScript, for a reason that the engine's error then has, until ended is closed.
func (rt *Runtime) interrupt(ended <-chan struct{}, reason any) {
	if !rt.cfg.Options.Jitless && rt.stop(ended, reason) {
		return
	}
	for {
		guard.Interrupt(rt.vm, reason)
		select {
		case <-ended:
			return
		case <-time.After(time.Millisecond): // what ran with a time limit of its own may have cleared it
		}
	}
}

// stop asks for that until the script has ended, or for some time: as long as any runtime is asked, all of them are slower.
func (rt *Runtime) stop(ended <-chan struct{}, reason any) bool {
	const again = 10 * time.Millisecond // another reason may have come before
	defer guard.Stopped(rt.vm)
	for range stopTime / again {
		guard.Stop(rt.vm, reason)
		select {
		case <-ended:
			return true
		case <-time.After(again):
		}
	}
	return false
}

// macrotask is one that may be stopped alone.
type macrotask struct {
	over        chan struct{} // closed when it has ended or was stopped
	interrupted chan struct{} // closed when nothing interrupts it any more
	stopped     bool
}

// EnterWithin is Enter for a macrotask that may be stopped: when ctx is done, f and what it has queued are left where they are, without a
// catch or finally clause of theirs. The error is then ctx's, and the runtime goes on. Within another macrotask f is just called. Loop goroutine
// only.
func (rt *Runtime) EnterWithin(ctx context.Context, f func()) error {
	e := &rt.entry
	if e.inside || ctx.Done() == nil {
		rt.Enter(f)
		return nil
	}
	m := &macrotask{over: make(chan struct{}), interrupted: make(chan struct{})}
	stop := context.AfterFunc(ctx, func() {
		defer close(m.interrupted)
		rt.interrupt(m.over, m)
	})
	e.current = m
	rt.Enter(f)
	e.current = nil
	switch {
	case m.stopped:
		return context.Cause(ctx)
	case !stop():
		m.end(rt) // too late to stop anything
	}
	return nil
}

// end waits for whoever interrupts the macrotask to leave it alone.
func (m *macrotask) end(rt *Runtime) {
	close(m.over)
	<-m.interrupted
	guard.Stopped(rt.vm)
	rt.vm.ClearInterrupt()
}

// stopsCurrent tells whether an error of the engine's is the end of the current macrotask alone, which may then go on with what is left.
func (e *entry) stopsCurrent(stopped error) bool {
	var interrupted *goja.InterruptedError
	m := e.current
	if m == nil || !errors.As(stopped, &interrupted) || interrupted.Value() != any(m) {
		return false
	}
	e.current = nil
	m.stopped = true
	m.end(e.rt)
	return true
}
