//go:build amd64 || arm64

package confine

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Instructions of the filter, in classic BPF over struct seccomp_data: the call's number, the architecture, the instruction pointer and six arguments.
const (
	load   = 0x20 // a word at K
	ifEq   = 0x15
	ifGe   = 0x35
	and    = 0x54
	answer = 0x06

	offNumber, offArch, offArgs = 0, 4, 16
)

// filter is a program that grows.
type filter []unix.SockFilter

func (f *filter) add(code uint16, k uint32, jt, jf uint8) {
	*f = append(*f, unix.SockFilter{Code: code, K: k, Jt: jt, Jf: jf})
}

func (f *filter) answer(k uint32) { f.add(answer, k, 0, 0) }

func refuse(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }

// allow lets a call through.
func (f *filter) allow(number uint32) {
	f.add(ifEq, number, 0, 1)
	f.answer(unix.SECCOMP_RET_ALLOW)
}

// check is what an argument's low half has to be, by the bits in mask: one of the values.
type check struct {
	arg    int
	mask   uint32
	values []uint32
}

const allBits = ^uint32(0)

// allowIf lets a call through if all of the checks hold.
func (f *filter) allowIf(number uint32, checks ...check) {
	var tests filter
	for _, c := range checks {
		tests.add(load, uint32(offArgs+8*c.arg), 0, 0)
		if c.mask != allBits {
			tests.add(and, c.mask, 0, 0)
		}
		for i, v := range c.values {
			tests.add(ifEq, v, uint8(len(c.values)-i), 0) // past what is left of the values, and the refusal
		}
		tests.answer(refuse(unix.EPERM))
	}
	tests.answer(unix.SECCOMP_RET_ALLOW)
	f.add(ifEq, number, 0, uint8(len(tests)))
	*f = append(*f, tests...)
}

const (
	newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET
	// lastCall is the newest system call that the lists know of. What is newer does not exist, so that libraries do without.
	lastCall = unix.SYS_LSM_LIST_MODULES
	// socketType are the bits of a socket's type besides its flags.
	socketType = 0xF
	// Of ioctl: FIONBIO, FIOCLEX and FIONCLEX, the same on all architectures here.
	nonBlocking, closeOnExec, openOnExec = 0x5421, 0x5451, 0x5450
	// truncateKept is the version of Landlock that keeps files from being cut off by who may not write them.
	truncateKept = 3
)

// controls are what may be asked of a descriptor by ioctl, and operations by fcntl: not whom signals about it go to, leases of others' files, and their attributes.
var (
	controls = []uint32{
		unix.TIOCINQ, nonBlocking, closeOnExec, openOnExec, unix.FICLONE, unix.TCGETS, unix.TCSETS, unix.TCSETSW, unix.TCSETSF, unix.TIOCGWINSZ, unix.TIOCSWINSZ,
		unix.TIOCGPGRP, unix.TIOCSPGRP, unix.TIOCGPTN,
	}
	operations = []uint32{
		unix.F_DUPFD, unix.F_GETFD, unix.F_SETFD, unix.F_GETFL, unix.F_SETFL, unix.F_GETLK, unix.F_SETLK, unix.F_SETLKW, unix.F_OFD_GETLK, unix.F_OFD_SETLK, unix.F_OFD_SETLKW,
		unix.F_DUPFD_CLOEXEC, unix.F_GETPIPE_SZ, unix.F_SETPIPE_SZ,
	}
)

// program is the filter for the process by that number, on a system with that version of Landlock.
func program(r Rules, pid uint32, landlock int) filter {
	var f filter
	f.add(load, offArch, 0, 0)
	f.add(ifEq, auditArch, 1, 0)
	f.answer(unix.SECCOMP_RET_KILL_PROCESS)
	f.add(load, offNumber, 0, 0)
	f.add(ifGe, lastCall+1, 0, 1) // and the calls of x32
	f.answer(refuse(unix.ENOSYS))
	for _, n := range calls {
		f.allow(n)
	}
	for _, n := range ownCalls {
		f.allow(n)
	}
	f.add(ifEq, unix.SYS_CLONE3, 0, 1) // whose arguments no filter can look at; libraries take clone then
	f.answer(refuse(unix.ENOSYS))
	f.files(r, landlock)
	f.allowIf(unix.SYS_FCNTL, check{1, allBits, operations})
	f.allowIf(unix.SYS_IOCTL, check{1, allBits, controls})
	// A process may signal itself, and set its own limits.
	self := check{0, allBits, []uint32{pid}}
	f.allowIf(unix.SYS_TGKILL, self)
	f.allowIf(unix.SYS_PRLIMIT64, check{0, allBits, []uint32{0, pid}})
	// Datagrams could be sent to any socket with a path.
	f.allowIf(unix.SYS_SOCKETPAIR, check{0, allBits, []uint32{unix.AF_UNIX}}, check{1, socketType, []uint32{unix.SOCK_STREAM}})
	options := []uint32{unix.PR_SET_NAME, unix.PR_GET_NAME, unix.PR_SET_VMA, unix.PR_SET_NO_NEW_PRIVS, unix.PR_GET_DUMPABLE}
	noNamespaces := check{0, newNamespaces, []uint32{0}}
	if len(r.Run) > 0 {
		options = append(options, unix.PR_SET_PDEATHSIG) // of children
		f.allowIf(unix.SYS_CLONE, noNamespaces)
		for _, n := range append(forks, unix.SYS_EXECVE, unix.SYS_SETSID, unix.SYS_SETPGID, unix.SYS_KILL) {
			f.allow(n)
		}
	} else {
		f.allowIf(unix.SYS_CLONE, noNamespaces, check{0, unix.CLONE_THREAD, []uint32{unix.CLONE_THREAD}})
		f.allowIf(unix.SYS_KILL, self)
	}
	f.allowIf(unix.SYS_PRCTL, check{0, allBits, options})
	if r.Network {
		f.allowIf(unix.SYS_SOCKET, check{0, allBits, []uint32{unix.AF_INET, unix.AF_INET6}}, check{1, socketType, []uint32{unix.SOCK_STREAM, unix.SOCK_DGRAM}},
			check{2, allBits, []uint32{unix.IPPROTO_IP, unix.IPPROTO_TCP, unix.IPPROTO_UDP, unix.IPPROTO_MPTCP}})
		for _, n := range networkCalls {
			f.allow(n)
		}
	}
	f.answer(refuse(unix.EPERM))
	return f
}

// files lets through what opens, cuts off and watches files, as far as Landlock keeps it.
func (f *filter) files(r Rules, landlock int) {
	if landlock >= truncateKept {
		for n := range opens {
			f.allow(n)
		}
		f.allow(unix.SYS_OPENAT2)
		f.allow(unix.SYS_TRUNCATE)
	} else {
		for n, arg := range opens {
			f.allowIf(n, check{arg, unix.O_TRUNC | unix.O_ACCMODE, []uint32{
				unix.O_RDONLY, unix.O_WRONLY, unix.O_RDWR, unix.O_TRUNC | unix.O_WRONLY, unix.O_TRUNC | unix.O_RDWR,
			}})
		}
		f.add(ifEq, unix.SYS_OPENAT2, 0, 1) // whose flags no filter can look at
		f.answer(refuse(unix.ENOSYS))
	}
	if len(r.Read)+len(r.Write)+len(r.Run) > 0 { // Landlock keeps nobody from watching
		for _, n := range []uint32{unix.SYS_INOTIFY_INIT1, unix.SYS_INOTIFY_ADD_WATCH, unix.SYS_INOTIFY_RM_WATCH} {
			f.allow(n)
		}
	}
}

// calls are the system calls that Go's runtime, a C library's threads and the modules need, and that reach nothing but the process itself and the files that
// Landlock leaves. Those that change a file's owner, mode, times or attributes are not among them, for Landlock does not know them.
var calls = []uint32{
	// memory, threads, time
	unix.SYS_FUTEX, unix.SYS_MMAP, unix.SYS_MUNMAP, unix.SYS_MPROTECT, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_MINCORE, unix.SYS_BRK, unix.SYS_MSYNC,
	unix.SYS_MLOCK, unix.SYS_MUNLOCK, unix.SYS_MEMBARRIER, unix.SYS_RSEQ, unix.SYS_SET_ROBUST_LIST, unix.SYS_GET_ROBUST_LIST, unix.SYS_SET_TID_ADDRESS,
	unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, unix.SYS_SCHED_GETPARAM, unix.SYS_SCHED_GETSCHEDULER, unix.SYS_GETPRIORITY, unix.SYS_GETCPU,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_CLOCK_GETRES, unix.SYS_GETTIMEOFDAY, unix.SYS_TIMES,
	unix.SYS_TIMER_CREATE, unix.SYS_TIMER_SETTIME, unix.SYS_TIMER_GETTIME, unix.SYS_TIMER_DELETE, unix.SYS_TIMER_GETOVERRUN, unix.SYS_SETITIMER, unix.SYS_GETITIMER,
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_RT_SIGPENDING, unix.SYS_RT_SIGSUSPEND, unix.SYS_RT_SIGTIMEDWAIT,
	unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL, unix.SYS_EXIT, unix.SYS_EXIT_GROUP, unix.SYS_WAIT4, unix.SYS_WAITID,
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_GETPPID, unix.SYS_GETPGID, unix.SYS_GETSID, unix.SYS_GETUID, unix.SYS_GETEUID, unix.SYS_GETGID, unix.SYS_GETEGID,
	unix.SYS_GETRESUID, unix.SYS_GETRESGID, unix.SYS_GETGROUPS, unix.SYS_CAPGET, unix.SYS_UMASK, unix.SYS_UNAME, unix.SYS_SYSINFO, unix.SYS_GETRUSAGE,
	unix.SYS_GETRANDOM,
	// descriptors
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_READV, unix.SYS_WRITEV, unix.SYS_PREAD64, unix.SYS_PWRITE64, unix.SYS_PREADV, unix.SYS_PWRITEV, unix.SYS_PREADV2, unix.SYS_PWRITEV2,
	unix.SYS_CLOSE, unix.SYS_CLOSE_RANGE, unix.SYS_DUP, unix.SYS_DUP3, unix.SYS_PIPE2, unix.SYS_LSEEK, unix.SYS_SPLICE, unix.SYS_TEE, unix.SYS_SENDFILE,
	unix.SYS_COPY_FILE_RANGE, unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT, unix.SYS_EPOLL_PWAIT2, unix.SYS_EVENTFD2, unix.SYS_PPOLL, unix.SYS_PSELECT6,
	// files
	unix.SYS_FSTAT, unix.SYS_STATX, unix.SYS_FACCESSAT, unix.SYS_FACCESSAT2, unix.SYS_READLINKAT, unix.SYS_GETDENTS64, unix.SYS_GETCWD,
	unix.SYS_STATFS, unix.SYS_FSTATFS, unix.SYS_CHDIR, unix.SYS_FCHDIR, unix.SYS_FTRUNCATE, unix.SYS_FALLOCATE, unix.SYS_FADVISE64,
	unix.SYS_FSYNC, unix.SYS_FDATASYNC, unix.SYS_FLOCK, unix.SYS_MKDIRAT, unix.SYS_UNLINKAT, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT, unix.SYS_SYMLINKAT,
	unix.SYS_MKNODAT, // of which Landlock allows regular files, and pipes and sockets where it allows writing
	// what sockets do that there are
	unix.SYS_SENDTO, unix.SYS_RECVFROM, unix.SYS_SENDMSG, unix.SYS_RECVMSG, unix.SYS_SHUTDOWN, unix.SYS_GETSOCKOPT, unix.SYS_SETSOCKOPT,
	unix.SYS_GETSOCKNAME, unix.SYS_GETPEERNAME,
}

var networkCalls = []uint32{
	unix.SYS_BIND, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4, unix.SYS_CONNECT, unix.SYS_SENDMMSG, unix.SYS_RECVMMSG,
}

// seal puts the filter on all threads of this process.
func seal(r Rules) error {
	f := program(r, uint32(os.Getpid()), landlockVersion())
	p := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil { // threads get it with the filter
		return os.NewSyscallError("prctl", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&p))); errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	return nil
}
