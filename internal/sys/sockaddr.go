package sys

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// scope is the interface index in a zone, which may be a number or an interface's name.
func scope(a netip.Addr) uint32 {
	z := a.Zone()
	if z == "" {
		return 0
	}
	if n, err := strconv.ParseUint(z, 10, 32); err == nil {
		return uint32(n)
	}
	if ifi, err := net.InterfaceByName(z); err == nil {
		return uint32(ifi.Index)
	}
	return 0
}

// withScope names the interface, as Node shows link-local addresses ("fe80::1%eth0").
func withScope(a netip.Addr, id uint32) netip.Addr {
	if id == 0 || !a.IsLinkLocalUnicast() {
		return a
	}
	if ifi, err := net.InterfaceByIndex(int(id)); err == nil {
		return a.WithZone(ifi.Name)
	}
	return a.WithZone(strconv.Itoa(int(id)))
}

// Sockaddr is the form of an address that package unix takes. An IPv4-mapped IPv6 address stays IPv6.
func Sockaddr(ap netip.AddrPort) unix.Sockaddr {
	a := ap.Addr()
	if a.Is4() {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: a.As4()}
	}
	return &unix.SockaddrInet6{Port: int(ap.Port()), Addr: a.As16(), ZoneId: scope(a)}
}

// AddrPort is the reverse of Sockaddr; an address of another family gives the zero value.
func AddrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(withScope(netip.AddrFrom16(sa.Addr), sa.ZoneId), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// LocalAddr is the address that fd is bound to.
func LocalAddr(fd int) (netip.AddrPort, syscall.Errno) {
	sa, err := unix.Getsockname(fd)
	return AddrPort(sa), Errno(err)
}

// PeerAddr is the address that fd is connected to.
func PeerAddr(fd int) (netip.AddrPort, syscall.Errno) {
	sa, err := unix.Getpeername(fd)
	return AddrPort(sa), Errno(err)
}

// UnixPath is the path in a unix socket's address, with a leading NUL for an abstract one.
func UnixPath(sa unix.Sockaddr) string {
	if u, ok := sa.(*unix.SockaddrUnix); ok {
		if len(u.Name) > 0 && u.Name[0] == '@' {
			return "\x00" + u.Name[1:]
		}
		return u.Name
	}
	return ""
}

// SocketError takes the pending error off a socket.
func SocketError(fd int) syscall.Errno {
	n, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return Errno(err)
	}
	return syscall.Errno(n)
}

// SetOpt sets an integer socket option.
func SetOpt(fd, level, name, value int) syscall.Errno {
	return Errno(unix.SetsockoptInt(fd, level, name, value))
}

// rights takes the descriptors out of control messages.
func rights(oob []byte) []int {
	msgs, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	var fds []int
	for i := range msgs {
		if r, err := unix.ParseUnixRights(&msgs[i]); err == nil {
			fds = append(fds, r...)
		}
	}
	return fds
}
