package sys

import (
	"os/signal"
	"syscall"
)

// setDefault undoes signal.Ignore: without sigaction at hand the Go runtime's own action has to do.
func setDefault(sig syscall.Signal) { signal.Reset(sig) }
