package sys

import (
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// setDefault undoes signal.Ignore: without sigaction at hand the Go runtime's own action has to do.
func setDefault(sig syscall.Signal) { signal.Reset(sig) }

// CatchSignal does nothing where setDefault leaves the Go runtime's handler in place.
func CatchSignal(syscall.Signal) {}

func raise(sig syscall.Signal) syscall.Errno { return Errno(unix.Kill(unix.Getpid(), sig)) }
