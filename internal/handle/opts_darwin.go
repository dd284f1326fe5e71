package handle

import "golang.org/x/sys/unix"

const (
	tcpKeepIdle     = unix.TCP_KEEPALIVE
	ioctlGetTermios = unix.TIOCGETA
	ioctlSetTermios = unix.TIOCSETA
)

// ttyPath names the terminal of fd for another open; /dev/fd would only duplicate it.
func ttyPath(fd int) string {
	if fd <= 2 {
		return "/dev/tty"
	}
	return ""
}
