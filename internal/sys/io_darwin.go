package sys

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

func again(f func() (int, error)) (int, syscall.Errno) {
	for {
		n, err := f()
		if err == nil {
			return n, 0
		}
		if err != unix.EINTR {
			return 0, Errno(err)
		}
	}
}

// Read reads into buf; 0 bytes without an errno is the end of the stream.
func Read(fd int, buf []byte) (int, syscall.Errno) {
	return again(func() (int, error) { return unix.Read(fd, buf) })
}

// Write writes as much of buf as fd takes.
func Write(fd int, buf []byte) (int, syscall.Errno) {
	return again(func() (int, error) { return unix.Write(fd, buf) })
}

// WriteBlocking is Write for a descriptor without O_NONBLOCK.
func WriteBlocking(fd int, buf []byte) (int, syscall.Errno) { return Write(fd, buf) }

// Writev writes as much of bufs as fd takes.
func Writev(fd int, bufs [][]byte) (int, syscall.Errno) {
	total := 0
	for _, b := range bufs {
		if len(b) == 0 {
			continue
		}
		n, errno := Write(fd, b)
		total += n
		if errno != 0 {
			if total > 0 {
				errno = 0
			}
			return total, errno
		}
		if n < len(b) {
			break
		}
	}
	return total, 0
}

// SendFDs writes as much of buf as the unix socket takes; the descriptors travel with its first byte.
func SendFDs(fd int, buf []byte, fds ...int) (int, syscall.Errno) {
	return again(func() (int, error) { return unix.SendmsgN(fd, buf, unix.UnixRights(fds...), nil, 0) })
}

// RecvFDs reads from a unix socket what bytes and descriptors have arrived; the descriptors are close-on-exec.
func RecvFDs(fd int, buf []byte) (int, []int, syscall.Errno) {
	oob := make([]byte, 1056)
	var oobn int
	n, errno := again(func() (n int, err error) {
		n, oobn, _, _, err = unix.Recvmsg(fd, buf, oob, 0)
		return n, err
	})
	if errno != 0 || oobn == 0 {
		return n, nil, errno
	}
	fds := rights(oob[:oobn])
	for _, f := range fds {
		unix.CloseOnExec(f)
	}
	return n, fds, 0
}

// Accept takes one connection off a listening socket; it is non-blocking and close-on-exec.
func Accept(fd int) (int, syscall.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	n, errno := again(func() (int, error) { n, _, err := unix.Accept(fd); return n, err })
	if errno != 0 {
		return -1, errno
	}
	unix.CloseOnExec(n)
	unix.SetNonblock(n, true)
	return n, 0
}

// RecvFrom reads one datagram. truncated tells that buf was too small for it.
func RecvFrom(fd int, buf []byte) (n int, from netip.AddrPort, truncated bool, errno syscall.Errno) {
	n, errno = again(func() (n int, err error) {
		var flags int
		var sa unix.Sockaddr
		n, _, flags, sa, err = unix.Recvmsg(fd, buf, nil, 0)
		from, truncated = AddrPort(sa), flags&unix.MSG_TRUNC != 0
		return n, err
	})
	return n, from, truncated, errno
}

// SendTo sends one datagram, to the connected peer when to is the zero AddrPort.
func SendTo(fd int, buf []byte, to netip.AddrPort) syscall.Errno {
	_, errno := again(func() (int, error) {
		if !to.IsValid() {
			return unix.Write(fd, buf)
		}
		return 0, unix.Sendto(fd, buf, 0, Sockaddr(to))
	})
	return errno
}

// Socket opens a non-blocking, close-on-exec socket.
func Socket(family, typ int) (int, syscall.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, typ, 0)
	if err != nil {
		return -1, Errno(err)
	}
	unix.CloseOnExec(fd)
	unix.SetNonblock(fd, true)
	return fd, 0
}

// SocketPair makes two connected unix stream sockets, close-on-exec. The first is non-blocking, for us; the second
// blocks, as a program expects of its standard streams.
func SocketPair() (ours, theirs int, errno syscall.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return -1, -1, Errno(err)
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	unix.SetNonblock(p[0], true)
	return p[0], p[1], 0
}

// PipePair makes a pipe, close-on-exec. nonblockRead and nonblockWrite say which ends are ours. The system chooses
// its capacity.
func PipePair(nonblockRead, nonblockWrite bool, size int) (r, w int, errno syscall.Errno) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return -1, -1, Errno(err)
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	unix.SetNonblock(p[0], nonblockRead)
	unix.SetNonblock(p[1], nonblockWrite)
	return p[0], p[1], 0
}

// Dup duplicates fd onto the lowest free number, close-on-exec.
func Dup(fd int) (int, syscall.Errno) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	return n, Errno(err)
}

// CloseOnExecFrom marks the descriptors from first up close-on-exec, so that what this process inherited is not
// inherited further.
func CloseOnExecFrom(first int) {
	for fd, misses := first, 0; misses < 16; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			misses++
		}
	}
}
