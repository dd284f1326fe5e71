package handle

import (
	"encoding/binary"
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

func reuseUDP(fd int) syscall.Errno { return sys.SetOpt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) }

// disconnect connects to no family, which package unix cannot express.
func disconnect(fd int) syscall.Errno {
	var sa unix.RawSockaddr // AF_UNSPEC
	_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&sa)), unsafe.Sizeof(sa))
	return e
}

// sourceMembership fills the kernel's struct ip_mreq_source or group_source_req by hand: package unix has neither.
func sourceMembership(fd int, source, group, iface netip.Addr, join bool) syscall.Errno {
	if group.Is4() {
		var req [12]byte
		g, s := group.As4(), source.As4()
		copy(req[0:], g[:])
		if iface.Is4() {
			i := iface.As4()
			copy(req[4:], i[:])
		}
		copy(req[8:], s[:])
		name := unix.IP_DROP_SOURCE_MEMBERSHIP
		if join {
			name = unix.IP_ADD_SOURCE_MEMBERSHIP
		}
		return sys.Errno(unix.SetsockoptString(fd, unix.IPPROTO_IP, name, string(req[:])))
	}
	const storage = 128 // sizeof(struct sockaddr_storage)
	var req [8 + 2*storage]byte
	if iface.IsValid() {
		binary.NativeEndian.PutUint32(req[0:], uint32(ifIndex(iface)))
	}
	for i, a := range [2]netip.Addr{group, source} {
		sa := req[8+i*storage:]
		b := a.As16()
		binary.NativeEndian.PutUint16(sa, unix.AF_INET6)
		copy(sa[8:], b[:])
	}
	name := unix.MCAST_LEAVE_SOURCE_GROUP
	if join {
		name = unix.MCAST_JOIN_SOURCE_GROUP
	}
	return sys.Errno(unix.SetsockoptString(fd, unix.IPPROTO_IPV6, name, string(req[:])))
}
