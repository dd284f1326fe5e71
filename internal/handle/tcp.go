package handle

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// TCP is a TCP socket: a connection or a listener. Loop goroutine only.
type TCP struct {
	Stream
	noDelay   bool
	keepAlive *KeepAlive
}

// BindFlags are the options of a Bind.
type BindFlags uint8

const (
	// IPv6Only keeps an IPv6 socket from taking IPv4 peers as mapped addresses.
	IPv6Only BindFlags = 1 << iota
	// ReuseAddr lets several UDP sockets bind one address. TCP sockets always have it.
	ReuseAddr
	// ReusePort lets several sockets share a port, the system spreading the load.
	ReusePort
)

// NewTCP makes a TCP handle without a socket; kind names it for process.getActiveResourcesInfo.
func NewTCP(l *loop.Loop, kind string) *TCP {
	t := &TCP{}
	t.init(l, kind)
	return t
}

// Open takes over a socket.
func (t *TCP) Open(fd int) syscall.Errno { return t.open(fd) }

// OpenAccepted is Open of what a listener's onConnection gave: it is non-blocking already.
func (t *TCP) OpenAccepted(fd int) { t.attach(fd) }

func (t *TCP) socket(a netip.Addr) syscall.Errno {
	if t.Closing() {
		return unix.EBADF
	}
	if t.fd >= 0 {
		return 0
	}
	family := unix.AF_INET6
	if a.Is4() {
		family = unix.AF_INET
	}
	fd, errno := sys.Socket(family, unix.SOCK_STREAM)
	if errno != 0 {
		return errno
	}
	t.attach(fd)
	if t.noDelay {
		t.SetNoDelay(true)
	}
	if t.keepAlive != nil {
		t.SetKeepAlive(true, *t.keepAlive)
	}
	return 0
}

// Bind gives the socket an address. An address in use shows at Listen or Connect, as in Node.
func (t *TCP) Bind(addr netip.AddrPort, flags BindFlags) syscall.Errno {
	if errno := t.socket(addr.Addr()); errno != 0 {
		return errno
	}
	if errno := sys.SetOpt(t.fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); errno != 0 {
		return errno
	}
	if flags&ReusePort != 0 {
		if errno := sys.SetOpt(t.fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); errno != 0 {
			return errno
		}
	}
	if !addr.Addr().Is4() {
		only := 0
		if flags&IPv6Only != 0 {
			only = 1
		}
		if errno := sys.SetOpt(t.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, only); errno != 0 {
			return errno
		}
	}
	errno := sys.Errno(unix.Bind(t.fd, sys.Sockaddr(addr)))
	switch errno {
	case unix.EADDRINUSE:
		t.pendingErr = errno
		return 0
	case unix.EAFNOSUPPORT:
		return unix.EINVAL
	}
	t.pendingErr = 0
	return errno
}

// Listen starts to accept. onConnection gets each connection's descriptor, non-blocking, close-on-exec and its to
// close, or an errno.
func (t *TCP) Listen(backlog int, onConnection func(fd int, errno syscall.Errno)) syscall.Errno {
	if errno := t.socket(netip.IPv4Unspecified()); errno != 0 {
		return errno
	}
	return t.listen(backlog, onConnection)
}

// Connect starts a connection; done is called once, later.
func (t *TCP) Connect(addr netip.AddrPort, done func(syscall.Errno)) syscall.Errno {
	if errno := t.socket(addr.Addr()); errno != 0 {
		return errno
	}
	return t.connect(sys.Sockaddr(addr), done)
}

// SockName is the local address.
func (t *TCP) SockName() (netip.AddrPort, syscall.Errno) {
	switch {
	case t.pendingErr != 0:
		return netip.AddrPort{}, t.pendingErr
	case t.fd < 0:
		return netip.AddrPort{}, unix.EBADF
	}
	return sys.LocalAddr(t.fd)
}

// PeerName is the remote address.
func (t *TCP) PeerName() (netip.AddrPort, syscall.Errno) {
	switch {
	case t.pendingErr != 0:
		return netip.AddrPort{}, t.pendingErr
	case t.fd < 0:
		return netip.AddrPort{}, unix.EBADF
	}
	return sys.PeerAddr(t.fd)
}

// SetNoDelay switches Nagle's algorithm off; it may precede the socket.
func (t *TCP) SetNoDelay(on bool) syscall.Errno {
	t.noDelay = on
	if t.fd < 0 {
		return 0
	}
	return sys.SetOpt(t.fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, bit(on))
}

// KeepAlive says when an idle connection is probed: the first time after Delay seconds, then each Interval seconds, and how many probes
// without an answer end it. Without a delay the system's settings stay; an interval of 0 is one second, a count of 0 is ten.
type KeepAlive struct{ Delay, Interval, Count int }

// SetKeepAlive switches probes of an idle connection; it may precede the socket.
func (t *TCP) SetKeepAlive(on bool, k KeepAlive) syscall.Errno {
	t.keepAlive = nil
	if on {
		t.keepAlive = &k
	}
	if t.fd < 0 {
		return 0
	}
	if errno := sys.SetOpt(t.fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, bit(on)); errno != 0 || !on || k.Delay == 0 {
		return errno
	}
	interval, count := k.Interval, k.Count
	if interval == 0 {
		interval = 1
	}
	if count == 0 {
		count = 10
	}
	if errno := sys.SetOpt(t.fd, unix.IPPROTO_TCP, tcpKeepIdle, k.Delay); errno != 0 {
		return errno
	}
	if errno := sys.SetOpt(t.fd, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, interval); errno != 0 {
		return errno
	}
	return sys.SetOpt(t.fd, unix.IPPROTO_TCP, unix.TCP_KEEPCNT, count)
}

// trafficClass is the option of a socket's traffic class, by its family.
func (t *TCP) trafficClass() (level, option int, errno syscall.Errno) {
	if t.fd < 0 {
		return 0, 0, unix.EBADF
	}
	addr, errno := sys.LocalAddr(t.fd)
	if errno == 0 && addr.Addr().Is4() {
		return unix.IPPROTO_IP, unix.IP_TOS, 0
	}
	return unix.IPPROTO_IPV6, unix.IPV6_TCLASS, errno
}

// SetTypeOfService sets the type of service of packets, or their traffic class in IPv6.
func (t *TCP) SetTypeOfService(class int) syscall.Errno {
	level, option, errno := t.trafficClass()
	if errno != 0 {
		return errno
	}
	return sys.SetOpt(t.fd, level, option, class)
}

// TypeOfService is what SetTypeOfService has set, as far as the system takes it.
func (t *TCP) TypeOfService() (int, syscall.Errno) {
	level, option, errno := t.trafficClass()
	if errno != 0 {
		return 0, errno
	}
	class, err := unix.GetsockoptInt(t.fd, level, option)
	return class, sys.Errno(err)
}

// Detach gives the socket away: what it returns is another descriptor of it, which another loop may take over. The handle is to be
// closed then.
func (t *TCP) Detach() (int, syscall.Errno) {
	if t.fd < 0 || t.Closing() {
		return -1, unix.EBADF
	}
	fd, err := unix.FcntlInt(uintptr(t.fd), unix.F_DUPFD_CLOEXEC, 3)
	return fd, sys.Errno(err)
}

// Reset closes with an RST instead of a FIN. It is an error while a Shutdown is under way.
func (t *TCP) Reset(onClosed func()) syscall.Errno {
	if t.shutdown != nil || t.Closing() {
		return unix.EINVAL
	}
	if t.fd >= 0 {
		err := unix.SetsockoptLinger(t.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		if errno := sys.Errno(err); errno != 0 && errno != unix.EINVAL {
			return errno
		}
	}
	t.Close(onClosed)
	return 0
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}
