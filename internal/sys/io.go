package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Errno is the errno inside an error of package unix, 0 for nil; anything else counts as EINVAL.
func Errno(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if e, ok := err.(syscall.Errno); ok {
		return e
	}
	return unix.EINVAL
}

// Close closes fd. The descriptor is gone even when the call is interrupted.
func Close(fd int) { unix.Close(fd) }

// SetNonblock switches O_NONBLOCK of fd's open file description, which all its duplicates share.
func SetNonblock(fd int, on bool) syscall.Errno { return Errno(unix.SetNonblock(fd, on)) }

// WaitWritable blocks until fd takes more data.
func WaitWritable(fd int) {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	unix.Poll(p[:], -1)
}

// InputWaits tells whether a socket has bytes, or the end, that nobody has read.
func InputWaits(fd int) bool {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(p[:], 0)
	return err == nil && n > 0
}

// MaxIOV is how many buffers Writev takes at a time.
const MaxIOV = 64
