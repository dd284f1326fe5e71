package sys

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// DefaultSignal gives sig the default action of the operating system instead of the Go runtime's, which for SIGQUIT
// and its kin is a dump of goroutines and exit status 2. Any goroutine.
func DefaultSignal(sig syscall.Signal) {
	switch sig {
	case unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGPIPE, unix.SIGURG, unix.SIGPROF, unix.SIGKILL, unix.SIGSTOP:
		return // the Go runtime lives on these
	}
	signal.Ignore(sig) // makes the runtime forget the signal, so that a later Notify installs its handler again
	setDefault(sig)
}

// DefaultSignals does DefaultSignal for the signals whose default action the Go runtime replaces by a dump of its
// goroutines. A program calls it at its start.
func DefaultSignals() {
	for _, sig := range [...]syscall.Signal{unix.SIGQUIT, unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGSYS} {
		DefaultSignal(sig)
	}
}

// SignalName is the name of a signal number, "" when there is none.
func SignalName(n int) string { return unix.SignalName(syscall.Signal(n)) }

// SignalNumber is the number of a signal's name ("SIGTERM"), 0 when there is none.
func SignalNumber(name string) int {
	switch name {
	case "SIGIOT":
		return int(unix.SIGABRT)
	case "SIGPOLL":
		return int(unix.SIGIO)
	}
	return int(unix.SignalNum(name))
}

// Kill sends a signal; 0 only asks whether pid exists.
func Kill(pid, sig int) syscall.Errno { return Errno(unix.Kill(pid, syscall.Signal(sig))) }
