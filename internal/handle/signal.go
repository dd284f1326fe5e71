package handle

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// Signal watches for a signal to this process. Loop goroutine only.
type Signal struct {
	loop   *loop.Loop
	handle *loop.Handle
	sig    syscall.Signal
	ch     chan os.Signal
}

// watched counts the watchers that are started, by signal: signals belong to the process.
var watched [65]atomic.Int32

// Watched tells whether a script watches for a signal. Any goroutine.
func Watched(sig int) bool { return watched[sig].Load() > 0 }

// NewSignal makes a stopped watcher.
func NewSignal(l *loop.Loop) *Signal { return &Signal{loop: l, handle: l.NewHandle("SignalWrap")} }

// Start calls f for each arrival of sig, of which several in a short time may count as one. Until Stop its default
// action does not happen. It gives EINVAL for what is no signal or cannot be caught.
func (s *Signal) Start(sig int, f func(sig int)) syscall.Errno {
	if sig <= 0 || sig > 64 || sig == int(unix.SIGKILL) || sig == int(unix.SIGSTOP) {
		return unix.EINVAL
	}
	s.Stop()
	ch := make(chan os.Signal, 16)
	s.sig, s.ch = syscall.Signal(sig), ch
	watched[sig].Add(1)
	signal.Notify(ch, s.sig)
	sys.CatchSignal(s.sig)
	s.handle.Start()
	go func() {
		for range ch {
			s.loop.Post(func() {
				if s.ch == ch {
					f(sig)
				}
			})
		}
	}()
	return 0
}

// Stop ends the watching. The caller, who knows whether this was the last watcher of the process, then restores the
// default action with RestoreSignal.
func (s *Signal) Stop() {
	if s.ch != nil {
		watched[s.sig].Add(-1)
		signal.Stop(s.ch)
		close(s.ch)
		s.ch = nil
		s.handle.Stop()
	}
}

// Ref lets the started watcher hold the loop open. It is the initial state.
func (s *Signal) Ref() { s.handle.Ref() }

// Unref lets the loop end although the watcher is started.
func (s *Signal) Unref() { s.handle.Unref() }

// HasRef tells whether the watcher is referenced and not closing.
func (s *Signal) HasRef() bool { return s.handle.HasRef() }

// Close stops; onClosed, which may be nil, is called in the close phase.
func (s *Signal) Close(onClosed func()) {
	s.Stop()
	s.handle.Close(onClosed)
}

// RestoreSignal gives a signal the operating system's default action again. It is for a process whose last watcher of
// the signal has stopped. Any goroutine.
func RestoreSignal(sig int) { sys.DefaultSignal(syscall.Signal(sig)) }

// Raise lets a signal have its default action on this process, also where it is blocked or the Go runtime handles it: it
// returns only if that does not end the process. Any goroutine.
func Raise(sig int) syscall.Errno { return sys.Raise(syscall.Signal(sig)) }

// Abort ends the process by SIGABRT. Any goroutine.
func Abort() { sys.Abort() }

// PrepareProcess does what a program does at its start so that its children and its own end are as of a C program:
// descriptors above 2 that it inherited go no further, and signals have the system's default action instead of the
// Go runtime's.
func PrepareProcess() {
	sys.CloseOnExecFrom(3)
	sys.DefaultSignals()
}

// Kill sends a signal to a process, or as kill(2) has it to a group; 0 only asks whether it exists. Any goroutine.
func Kill(pid, sig int) syscall.Errno { return sys.Kill(pid, sig) }

// SignalName is the name of a signal's number ("SIGTERM"), "" when there is none.
func SignalName(n int) string { return sys.SignalName(n) }

// SignalNumber is the number of a signal's name, 0 when there is none.
func SignalNumber(name string) int { return sys.SignalNumber(name) }
