package handle

import (
	"golang.org/x/sys/unix"
)

const (
	tcpKeepIdle     = unix.TCP_KEEPIDLE
	ioctlGetTermios = unix.TCGETS
	ioctlSetTermios = unix.TCSETS
)

// ttyPath names the terminal of fd for another open. A pseudo-terminal's master has no second way in.
func ttyPath(fd int) string {
	if _, err := unix.IoctlGetInt(fd, unix.TIOCGPTN); err == nil {
		return ""
	}
	return fdPath("/proc/self/fd/", fd)
}
