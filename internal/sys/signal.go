package sys

import (
	"os/signal"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// ignored tells the signals that a process of Node's does not mind. SIGUSR1 starts its inspector, which is not there.
func ignored(sig syscall.Signal) bool {
	return sig == unix.SIGPIPE || sig == unix.SIGXFSZ || sig == unix.SIGUSR1
}

// DefaultSignal gives sig the default action of the operating system instead of the Go runtime's, which dumps goroutines
// for some signals and takes no notice of others; but not those that a Node ignores. Any goroutine.
func DefaultSignal(sig syscall.Signal) {
	if ignored(sig) || sig == unix.SIGSEGV || sig == unix.SIGURG { // the Go runtime lives on these two
		return
	}
	signal.Ignore(sig) // makes the runtime forget the signal, so that a later Notify installs its handler again
	setDefault(sig)
}

// DefaultSignals does DefaultSignal for all signals, whatever the process has inherited. A program calls it at its start.
func DefaultSignals() {
	for sig := syscall.Signal(1); sig < 32; sig++ {
		DefaultSignal(sig)
	}
}

// Raise lets sig have its default action on this process. Where that ends the process nothing runs any more: the signal
// goes to the calling thread, which takes it before it returns. Any goroutine.
func Raise(sig syscall.Signal) syscall.Errno {
	if ignored(sig) {
		return 0
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	DefaultSignal(sig)
	return raise(sig)
}

// Abort ends the process by SIGABRT, as abort(3) does. Any goroutine.
func Abort() {
	Raise(unix.SIGABRT)
	unix.Exit(128 + int(unix.SIGABRT)) // the first process of a container is not killed by its own signals
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
