package handle

import (
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// UDP is a datagram socket. Loop goroutine only.
type UDP struct {
	loop   *loop.Loop
	handle *loop.Handle
	io     *loop.IO
	fd     int
	six    bool

	recv      func(buf []byte, from netip.AddrPort, errno syscall.Errno)
	receiving bool
	queue     []datagram
	queued    int
}

type datagram struct {
	buf  []byte
	to   netip.AddrPort
	done func(syscall.Errno)
}

// NewUDP makes a handle without a socket.
func NewUDP(l *loop.Loop) *UDP { return &UDP{loop: l, handle: l.NewHandle("UDPWrap"), fd: -1} }

// Fd is the descriptor, -1 when there is none. It stays the handle's.
func (u *UDP) Fd() int { return u.fd }

// Ref lets the receiving socket hold the loop open. It is the initial state.
func (u *UDP) Ref() { u.handle.Ref() }

// Unref lets the loop end although the socket receives.
func (u *UDP) Unref() { u.handle.Unref() }

// HasRef tells whether the handle is referenced and not closing.
func (u *UDP) HasRef() bool { return u.handle.HasRef() }

// QueueSize and QueueCount tell what Send has taken and the system has not, in bytes and datagrams.
func (u *UDP) QueueSize() int  { return u.queued }
func (u *UDP) QueueCount() int { return len(u.queue) }

func (u *UDP) attach(fd int, six bool) {
	u.fd, u.six = fd, six
	u.io = u.loop.NewIO(fd, u.ready)
	u.io.Of(u.handle)
}

func (u *UDP) socket(six bool) syscall.Errno {
	if u.handle.Closing() {
		return unix.EBADF
	}
	if u.fd >= 0 {
		return 0
	}
	family := unix.AF_INET
	if six {
		family = unix.AF_INET6
	}
	fd, errno := sys.Socket(family, unix.SOCK_DGRAM)
	if errno == 0 {
		u.attach(fd, six)
	}
	return errno
}

// Open takes over a datagram socket.
func (u *UDP) Open(fd int) syscall.Errno {
	if u.fd >= 0 {
		return unix.EBUSY
	}
	if GuessType(fd) != "UDP" {
		return unix.EINVAL
	}
	if errno := sys.SetNonblock(fd, true); errno != 0 {
		return errno
	}
	addr, errno := sys.LocalAddr(fd)
	if errno == 0 {
		u.attach(fd, !addr.Addr().Is4())
	}
	return errno
}

// Bind gives the socket an address.
func (u *UDP) Bind(addr netip.AddrPort, flags BindFlags) syscall.Errno {
	six := !addr.Addr().Is4()
	if flags&IPv6Only != 0 && !six {
		return unix.EINVAL
	}
	if errno := u.socket(six); errno != 0 {
		return errno
	}
	if flags&ReuseAddr != 0 {
		if errno := reuseUDP(u.fd); errno != 0 {
			return errno
		}
	}
	if flags&ReusePort != 0 {
		if errno := sys.SetOpt(u.fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1); errno != 0 {
			return errno
		}
	}
	if flags&IPv6Only != 0 {
		if errno := sys.SetOpt(u.fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); errno != 0 {
			return errno
		}
	}
	errno := sys.Errno(unix.Bind(u.fd, sys.Sockaddr(addr)))
	if errno == unix.EAFNOSUPPORT {
		return unix.EINVAL
	}
	return errno
}

// Connect fixes the peer: Send takes no address then, and only its datagrams are received.
func (u *UDP) Connect(addr netip.AddrPort) syscall.Errno {
	if errno := u.socket(!addr.Addr().Is4()); errno != 0 {
		return errno
	}
	return sys.Errno(unix.Connect(u.fd, sys.Sockaddr(addr)))
}

// Disconnect undoes Connect.
func (u *UDP) Disconnect() syscall.Errno {
	if u.fd < 0 {
		return unix.EBADF
	}
	return disconnect(u.fd)
}

// SockName is the local address.
func (u *UDP) SockName() (netip.AddrPort, syscall.Errno) {
	if u.fd < 0 {
		return netip.AddrPort{}, unix.EBADF
	}
	return sys.LocalAddr(u.fd)
}

// PeerName is the address given to Connect.
func (u *UDP) PeerName() (netip.AddrPort, syscall.Errno) {
	if u.fd < 0 {
		return netip.AddrPort{}, unix.EBADF
	}
	return sys.PeerAddr(u.fd)
}

// RecvStart begins to receive. buf is valid during the call only. An errno does not end the receiving.
func (u *UDP) RecvStart(f func(buf []byte, from netip.AddrPort, errno syscall.Errno)) syscall.Errno {
	if u.fd < 0 {
		return unix.EBADF
	}
	u.recv = f
	if err := u.io.Set(u.io.Interest() | sys.Readable); err != nil {
		return sys.Errno(err)
	}
	u.receiving = true
	u.handle.Start()
	return 0
}

// RecvStop ends the receiving.
func (u *UDP) RecvStop() {
	if u.receiving {
		u.receiving = false
		u.handle.Stop()
		u.io.Set(u.io.Interest() &^ sys.Readable)
	}
}

// Send sends one datagram: to a connected socket's peer when to is the zero value. As with Stream.Write, async
// tells that done will be called, and that buf must stay as it is until then.
func (u *UDP) Send(buf []byte, to netip.AddrPort, done func(syscall.Errno)) (async bool, errno syscall.Errno) {
	if to.IsValid() {
		if u.fd < 0 {
			any := netip.IPv4Unspecified()
			if !to.Addr().Is4() {
				any = netip.IPv6Unspecified()
			}
			if errno := u.Bind(netip.AddrPortFrom(any, 0), 0); errno != 0 {
				return false, errno
			}
		}
	} else if u.fd < 0 {
		return false, unix.EDESTADDRREQ
	}
	if len(u.queue) == 0 {
		if errno := sys.SendTo(u.fd, buf, to); errno != unix.EAGAIN && errno != unix.ENOBUFS {
			return false, errno
		}
	}
	u.queue = append(u.queue, datagram{buf, to, done})
	u.queued += len(buf)
	u.loop.AddRequest()
	u.io.Set(u.io.Interest() | sys.Writable)
	return true, 0
}

// maxDatagrams bounds the datagrams received for one readiness event.
const maxDatagrams = 32

func (u *UDP) ready(ev sys.Events) {
	if ev&(sys.Readable|sys.Hangup) != 0 {
		for i := 0; i < maxDatagrams && u.receiving && u.fd >= 0; i++ {
			buf := u.loop.Scratch()
			n, from, truncated, errno := sys.RecvFrom(u.fd, buf)
			if errno == unix.EAGAIN {
				break
			}
			if errno == 0 && truncated {
				errno = unix.EMSGSIZE
			}
			u.recv(buf[:n], from, errno)
		}
	}
	if ev&(sys.Writable|sys.Hangup) != 0 {
		for len(u.queue) > 0 && u.fd >= 0 {
			d := &u.queue[0]
			errno := sys.SendTo(u.fd, d.buf, d.to)
			if errno == unix.EAGAIN || errno == unix.ENOBUFS {
				break
			}
			u.pop(errno)
		}
		if len(u.queue) == 0 && u.fd >= 0 {
			u.io.Set(u.io.Interest() &^ sys.Writable)
		}
	}
}

func (u *UDP) pop(errno syscall.Errno) {
	d := u.queue[0]
	u.queue[0] = datagram{}
	u.queue = u.queue[1:]
	u.queued -= len(d.buf)
	u.loop.DoneRequest()
	if d.done != nil {
		d.done(errno)
	}
}

// Close closes the socket and ends what is queued with ECANCELED; onClosed, which may be nil, is called in the close
// phase.
func (u *UDP) Close(onClosed func()) {
	if u.handle.Closing() {
		return
	}
	u.RecvStop()
	if u.fd >= 0 {
		u.io.Close()
		sys.Close(u.fd)
		u.fd = -1
	}
	u.handle.Close(func() {
		for len(u.queue) > 0 {
			u.pop(unix.ECANCELED)
		}
		if onClosed != nil {
			onClosed()
		}
	})
}

// SetBroadcast lets datagrams go to broadcast addresses.
func (u *UDP) SetBroadcast(on bool) syscall.Errno {
	return u.set(unix.SOL_SOCKET, unix.SO_BROADCAST, bit(on))
}

// SetTTL sets the hop limit, 1 to 255.
func (u *UDP) SetTTL(ttl int) syscall.Errno {
	if ttl < 1 || ttl > 255 {
		return unix.EINVAL
	}
	return u.setByFamily(unix.IP_TTL, unix.IPV6_UNICAST_HOPS, ttl)
}

// SetMulticastTTL sets the hop limit of multicasts, 0 to 255.
func (u *UDP) SetMulticastTTL(ttl int) syscall.Errno {
	return u.setByFamily(unix.IP_MULTICAST_TTL, unix.IPV6_MULTICAST_HOPS, ttl)
}

// SetMulticastLoop says whether this host's sockets receive its own multicasts.
func (u *UDP) SetMulticastLoop(on bool) syscall.Errno {
	return u.setByFamily(unix.IP_MULTICAST_LOOP, unix.IPV6_MULTICAST_LOOP, bit(on))
}

func (u *UDP) set(level, name, value int) syscall.Errno {
	if u.fd < 0 {
		return unix.EBADF
	}
	return sys.SetOpt(u.fd, level, name, value)
}

func (u *UDP) setByFamily(name4, name6, value int) syscall.Errno {
	if u.six {
		return u.set(unix.IPPROTO_IPV6, name6, value)
	}
	return u.set(unix.IPPROTO_IP, name4, value)
}

// SetMulticastInterface chooses the interface for multicasts: by one of its addresses, or for IPv6 by the zone of
// one ("::%eth0").
func (u *UDP) SetMulticastInterface(a netip.Addr) syscall.Errno {
	if u.fd < 0 {
		return unix.EBADF
	}
	if u.six {
		if a.Is4() {
			return unix.EINVAL
		}
		return u.set(unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_IF, ifIndex(a))
	}
	if !a.Is4() {
		return unix.EINVAL
	}
	return sys.Errno(unix.SetsockoptInet4Addr(u.fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, a.As4()))
}

func ifIndex(a netip.Addr) int {
	sa, _ := sys.Sockaddr(netip.AddrPortFrom(a, 0)).(*unix.SockaddrInet6)
	if sa == nil {
		return 0
	}
	if sa.ZoneId != 0 || a.IsUnspecified() {
		return int(sa.ZoneId)
	}
	return ifIndexOf(a)
}

// ifIndexOf is the index of the interface that has an address.
func ifIndexOf(a netip.Addr) int {
	ifs, _ := net.Interfaces()
	for _, ifi := range ifs {
		addrs, _ := ifi.Addrs()
		for _, x := range addrs {
			if n, ok := x.(*net.IPNet); ok {
				if b, ok := netip.AddrFromSlice(n.IP); ok && b.Unmap() == a.WithZone("").Unmap() {
					return ifi.Index
				}
			}
		}
	}
	return 0
}

// Membership joins or leaves a multicast group on an interface, the system's choice when iface is the zero value.
func (u *UDP) Membership(group, iface netip.Addr, join bool) syscall.Errno {
	if group.Is4() != !u.six && u.fd >= 0 {
		return unix.EINVAL
	}
	if u.fd < 0 {
		// As in libuv, joining binds the socket.
		any := netip.IPv4Unspecified()
		if !group.Is4() {
			any = netip.IPv6Unspecified()
		}
		if errno := u.Bind(netip.AddrPortFrom(any, 0), ReuseAddr); errno != 0 {
			return errno
		}
	}
	if group.Is4() {
		m := &unix.IPMreq{Multiaddr: group.As4()}
		if iface.Is4() {
			m.Interface = iface.As4()
		}
		name := unix.IP_DROP_MEMBERSHIP
		if join {
			name = unix.IP_ADD_MEMBERSHIP
		}
		return sys.Errno(unix.SetsockoptIPMreq(u.fd, unix.IPPROTO_IP, name, m))
	}
	m := &unix.IPv6Mreq{Multiaddr: group.As16()}
	if iface.IsValid() {
		m.Interface = uint32(ifIndex(iface))
	}
	name := unix.IPV6_LEAVE_GROUP
	if join {
		name = unix.IPV6_JOIN_GROUP
	}
	return sys.Errno(unix.SetsockoptIPv6Mreq(u.fd, unix.IPPROTO_IPV6, name, m))
}

// SourceMembership joins or leaves a group for one source.
func (u *UDP) SourceMembership(source, group, iface netip.Addr, join bool) syscall.Errno {
	if u.fd < 0 {
		return unix.EBADF
	}
	if source.Is4() != group.Is4() || group.Is4() == u.six {
		return unix.EINVAL
	}
	return sourceMembership(u.fd, source, group, iface, join)
}

// BufferSize gives the size of the receive or send buffer after setting it, if size is not 0.
func (u *UDP) BufferSize(size int, receive bool) (int, syscall.Errno) {
	name := unix.SO_SNDBUF
	if receive {
		name = unix.SO_RCVBUF
	}
	if u.fd < 0 {
		return 0, unix.EBADF
	}
	if size != 0 {
		if errno := sys.SetOpt(u.fd, unix.SOL_SOCKET, name, size); errno != 0 {
			return 0, errno
		}
		return size, 0
	}
	n, err := unix.GetsockoptInt(u.fd, unix.SOL_SOCKET, name)
	return n, sys.Errno(err)
}
