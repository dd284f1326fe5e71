package handle

import (
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

func reuseUDP(fd int) syscall.Errno { return sys.SetOpt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) }

func disconnect(int) syscall.Errno { return unix.ENOSYS }

func sourceMembership(int, netip.Addr, netip.Addr, netip.Addr, bool) syscall.Errno {
	return unix.ENOSYS
}
