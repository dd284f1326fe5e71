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

// CatchSignal has the Go runtime handle sig again where signal.Notify leaves that out, as with SIGBUS or SIGSYS: the
// handler is the same for all signals.
func CatchSignal(sig syscall.Signal) {
	var act [32]byte
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGSEGV), 0, uintptr(unsafe.Pointer(&act)), 8, 0, 0)
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&act)), 0, 8, 0, 0)
}

// raise sends sig, which may be blocked, to the calling thread.
func raise(sig syscall.Signal) syscall.Errno {
	setDefault(sig)
	var set unix.Sigset_t
	set.Val[0] = 1 << (sig - 1)
	unix.PthreadSigmask(unix.SIG_UNBLOCK, &set, nil)
	return Errno(unix.Tgkill(unix.Getpid(), unix.Gettid(), sig))
}
