package sys

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls below are for descriptors with O_NONBLOCK: they cannot block, so they go past the scheduler, which
// saves a good part of a microsecond each.

// Read reads into buf; 0 bytes without an errno is the end of the stream.
func Read(fd int, buf []byte) (int, syscall.Errno) {
	for {
		n, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)))
		if e == 0 {
			return int(n), 0
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// Write writes as much of buf as fd takes.
func Write(fd int, buf []byte) (int, syscall.Errno) {
	for {
		n, _, e := unix.RawSyscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)))
		if e == 0 {
			return int(n), 0
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// WriteBlocking is Write for a descriptor without O_NONBLOCK: it tells the scheduler that it may block.
func WriteBlocking(fd int, buf []byte) (int, syscall.Errno) {
	for {
		n, _, e := unix.Syscall(unix.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)))
		if e == 0 {
			return int(n), 0
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

func iovecs(iov *[MaxIOV]unix.Iovec, bufs [][]byte) int {
	n := 0
	for _, b := range bufs {
		if len(b) == 0 {
			continue
		}
		if n == len(iov) {
			break
		}
		iov[n].Base = unsafe.SliceData(b)
		iov[n].SetLen(len(b))
		n++
	}
	return n
}

// Writev writes as much of the first MaxIOV bufs as fd takes.
func Writev(fd int, bufs [][]byte) (int, syscall.Errno) {
	var iov [MaxIOV]unix.Iovec
	c := iovecs(&iov, bufs)
	if c == 0 {
		return 0, 0
	}
	for {
		n, _, e := unix.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&iov[0])), uintptr(c))
		if e == 0 {
			return int(n), 0
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// SendFDs writes as much of buf as the unix socket takes; the descriptors travel with its first byte.
func SendFDs(fd int, buf []byte, fds ...int) (int, syscall.Errno) {
	var iov unix.Iovec
	iov.Base = unsafe.SliceData(buf)
	iov.SetLen(len(buf))
	oob := unix.UnixRights(fds...)
	var msg unix.Msghdr
	msg.Iov, msg.Iovlen = &iov, 1
	msg.Control = &oob[0]
	msg.SetControllen(len(oob))
	for {
		n, _, e := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_NOSIGNAL)
		if e == 0 {
			return int(n), 0
		}
		if e != unix.EINTR {
			return 0, e
		}
	}
}

// RecvFDs reads from a unix socket what bytes and descriptors have arrived; the descriptors are close-on-exec.
func RecvFDs(fd int, buf []byte) (int, []int, syscall.Errno) {
	var oob [1056]byte // room for the 253 descriptors that one message can carry
	var iov unix.Iovec
	iov.Base = unsafe.SliceData(buf)
	iov.SetLen(len(buf))
	var msg unix.Msghdr
	msg.Iov, msg.Iovlen = &iov, 1
	msg.Control = &oob[0]
	for {
		msg.SetControllen(len(oob))
		n, _, e := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), unix.MSG_CMSG_CLOEXEC)
		if e == unix.EINTR {
			continue
		}
		if e != 0 {
			return 0, nil, e
		}
		if msg.Controllen == 0 {
			return int(n), nil, 0
		}
		return int(n), rights(append([]byte(nil), oob[:msg.Controllen]...)), 0
	}
}

// Accept takes one connection off a listening socket; it is non-blocking and close-on-exec.
func Accept(fd int) (int, syscall.Errno) {
	for {
		n, _, e := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0, 0)
		if e == 0 {
			return int(n), 0
		}
		if e != unix.EINTR {
			return -1, e
		}
	}
}

// RecvFrom reads one datagram. truncated tells that buf was too small for it.
func RecvFrom(fd int, buf []byte) (n int, from netip.AddrPort, truncated bool, errno syscall.Errno) {
	var iov unix.Iovec
	iov.Base = unsafe.SliceData(buf)
	iov.SetLen(len(buf))
	var rsa unix.RawSockaddrAny
	var msg unix.Msghdr
	msg.Name = (*byte)(unsafe.Pointer(&rsa))
	msg.Iov, msg.Iovlen = &iov, 1
	for {
		msg.Namelen = unix.SizeofSockaddrAny
		r, _, e := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), 0)
		if e == unix.EINTR {
			continue
		}
		if e != 0 {
			return 0, netip.AddrPort{}, false, e
		}
		return int(r), fromRaw(&rsa), msg.Flags&unix.MSG_TRUNC != 0, 0
	}
}

func fromRaw(rsa *unix.RawSockaddrAny) netip.AddrPort {
	switch rsa.Addr.Family {
	case unix.AF_INET:
		sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(rsa))
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), ntohs(sa.Port))
	case unix.AF_INET6:
		sa := (*unix.RawSockaddrInet6)(unsafe.Pointer(rsa))
		return netip.AddrPortFrom(withScope(netip.AddrFrom16(sa.Addr), sa.Scope_id), ntohs(sa.Port))
	}
	return netip.AddrPort{}
}

func ntohs(p uint16) uint16 {
	b := (*[2]byte)(unsafe.Pointer(&p))
	return uint16(b[0])<<8 | uint16(b[1])
}

// SendTo sends one datagram, to the connected peer when to is the zero AddrPort.
func SendTo(fd int, buf []byte, to netip.AddrPort) syscall.Errno {
	var rsa unix.RawSockaddrInet6
	var name, namelen uintptr
	if to.IsValid() {
		name, namelen = uintptr(unsafe.Pointer(&rsa)), unix.SizeofSockaddrInet6
		port := to.Port()
		pb := (*[2]byte)(unsafe.Pointer(&rsa.Port))
		if a := to.Addr(); a.Is4() {
			sa := (*unix.RawSockaddrInet4)(unsafe.Pointer(&rsa))
			sa.Family, sa.Addr, namelen = unix.AF_INET, a.As4(), unix.SizeofSockaddrInet4
		} else {
			rsa.Family, rsa.Addr, rsa.Scope_id = unix.AF_INET6, a.As16(), scope(a)
		}
		pb[0], pb[1] = byte(port>>8), byte(port)
	}
	for {
		_, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(buf))), uintptr(len(buf)), unix.MSG_NOSIGNAL, name, namelen)
		if e != unix.EINTR {
			return e
		}
	}
}

// Socket opens a non-blocking, close-on-exec socket.
func Socket(family, typ int) (int, syscall.Errno) {
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	return fd, Errno(err)
}

// SocketPair makes two connected unix stream sockets, close-on-exec. The first is non-blocking, for us; the second
// blocks, as a program expects of its standard streams.
func SocketPair() (ours, theirs int, errno syscall.Errno) {
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, -1, Errno(err)
	}
	unix.SetNonblock(p[0], true)
	return p[0], p[1], 0
}

// PipePair makes a pipe, close-on-exec. nonblockRead and nonblockWrite say which ends are ours. size, if not 0, is a
// wish for its capacity.
func PipePair(nonblockRead, nonblockWrite bool, size int) (r, w int, errno syscall.Errno) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, Errno(err)
	}
	if size > 0 {
		unix.FcntlInt(uintptr(p[1]), unix.F_SETPIPE_SZ, size)
	}
	if nonblockRead {
		unix.SetNonblock(p[0], true)
	}
	if nonblockWrite {
		unix.SetNonblock(p[1], true)
	}
	return p[0], p[1], 0
}

// Dup duplicates fd onto the lowest free number, close-on-exec.
func Dup(fd int) (int, syscall.Errno) {
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	return n, Errno(err)
}

// CloseOnExecFrom marks all descriptors from first up close-on-exec, so that what this process inherited is not
// inherited further.
func CloseOnExecFrom(first int) {
	if unix.CloseRange(uint(first), ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	for fd, misses := first, 0; misses < 16; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			misses++
		}
	}
}
