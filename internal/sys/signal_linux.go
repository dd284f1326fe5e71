package sys

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func setDefault(sig syscall.Signal) {
	var act [32]byte // the kernel's struct sigaction, all zero: SIG_DFL without flags
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0)
}
