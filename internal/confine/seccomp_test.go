//go:build linux && (amd64 || arm64)

package confine

import (
	"encoding/binary"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	testPID  = 1234
	allowed  = unix.SECCOMP_RET_ALLOW
	notThere = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	refused  = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
)

// answers makes a function that tells what a filter answers to a call.
func answers(t *testing.T, r Rules, landlock int) func(arch, number uint32, args ...uint32) uint32 {
	t.Helper()
	var code []bpf.Instruction
	for _, in := range program(r, testPID, landlock) {
		code = append(code, bpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}.Disassemble())
	}
	vm, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	return func(arch, number uint32, args ...uint32) uint32 {
		var data [16 + 6*8]byte // the machine reads words of the network's order
		binary.BigEndian.PutUint32(data[offNumber:], number)
		binary.BigEndian.PutUint32(data[offArch:], arch)
		for i, a := range args {
			binary.BigEndian.PutUint32(data[offArgs+8*i:], a)
		}
		n, err := vm.Run(data[:])
		if err != nil {
			t.Fatal(err)
		}
		return uint32(n)
	}
}

// What a process may call depends on its rules; what it may never call does not.
func TestFilter(t *testing.T) {
	for name, r := range map[string]Rules{"nothing": {}, "read": {Read: []string{"/x"}}, "run": {Run: []string{"/x"}}, "network": {Network: true}} {
		answer := answers(t, r, 7)
		is := func(want uint32, number uint32, args ...uint32) {
			t.Helper()
			if got := answer(auditArch, number, args...); got != want {
				t.Errorf("%s: call %d%v: %#x, want %#x", name, number, args, got, want)
			}
		}
		only := func(ok bool) uint32 {
			if ok {
				return allowed
			}
			return refused
		}
		run, network := len(r.Run) > 0, r.Network
		if got := answer(auditArch+1, unix.SYS_READ); got != unix.SECCOMP_RET_KILL_PROCESS {
			t.Errorf("%s: another architecture: %#x", name, got)
		}
		is(notThere, lastCall+1)
		is(notThere, 1<<30|unix.SYS_READ) // x32
		is(notThere, unix.SYS_CLONE3)
		for _, n := range calls {
			is(allowed, n)
		}
		for _, n := range []uint32{
			unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_PIDFD_GETFD, unix.SYS_MOUNT, unix.SYS_UNSHARE,
			unix.SYS_SETNS, unix.SYS_CHROOT, unix.SYS_BPF, unix.SYS_IO_URING_SETUP, unix.SYS_KEYCTL, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_MEMFD_CREATE, unix.SYS_FCHMOD,
			unix.SYS_FCHMODAT, unix.SYS_FCHOWN, unix.SYS_FCHOWNAT, unix.SYS_UTIMENSAT, unix.SYS_SETXATTR, unix.SYS_FSETXATTR, unix.SYS_SETUID, unix.SYS_SETPRIORITY, unix.SYS_SCHED_SETAFFINITY,
			unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO, unix.SYS_TKILL, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_SECCOMP, unix.SYS_EXECVEAT, unix.SYS_SHMGET, unix.SYS_MSGGET, unix.SYS_MQ_OPEN,
		} {
			is(refused, n)
		}
		is(allowed, unix.SYS_TGKILL, testPID, 5)
		is(refused, unix.SYS_TGKILL, testPID+1, 5)
		is(allowed, unix.SYS_KILL, testPID)
		is(only(run), unix.SYS_KILL, 1)
		is(only(run), unix.SYS_KILL, ^uint32(0))
		is(allowed, unix.SYS_PRLIMIT64, 0)
		is(refused, unix.SYS_PRLIMIT64, 1)
		const thread = unix.CLONE_VM | unix.CLONE_THREAD
		is(allowed, unix.SYS_CLONE, thread)
		is(refused, unix.SYS_CLONE, thread|unix.CLONE_NEWUSER)
		is(only(run), unix.SYS_CLONE, uint32(unix.SIGCHLD))
		is(refused, unix.SYS_CLONE, uint32(unix.SIGCHLD)|unix.CLONE_NEWNET)
		is(only(run), unix.SYS_EXECVE)
		is(only(run), unix.SYS_SETSID)
		is(allowed, unix.SYS_PRCTL, unix.PR_SET_NAME)
		is(only(run), unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG) // it ends with its host
		is(refused, unix.SYS_PRCTL, unix.PR_SET_DUMPABLE)
		is(refused, unix.SYS_PRCTL, unix.PR_SET_MM)
		is(allowed, unix.SYS_FCNTL, 0, unix.F_SETFL)
		for _, op := range []uint32{unix.F_SETOWN, unix.F_SETOWN_EX, unix.F_SETSIG, unix.F_SETLEASE, unix.F_NOTIFY} {
			is(refused, unix.SYS_FCNTL, 0, op)
		}
		is(allowed, unix.SYS_IOCTL, 0, unix.TCGETS)
		const setOwner = 0x8901 // FIOSETOWN
		for _, op := range []uint32{unix.TIOCSTI, unix.FS_IOC_SETFLAGS, setOwner, unix.SIOCGIFCONF} {
			is(refused, unix.SYS_IOCTL, 0, op)
		}
		is(allowed, unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC)
		is(refused, unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_DGRAM)
		is(refused, unix.SYS_SOCKETPAIR, unix.AF_UNIX, unix.SOCK_SEQPACKET)
		is(refused, unix.SYS_SOCKETPAIR, unix.AF_INET, unix.SOCK_STREAM)
		for _, n := range networkCalls {
			is(only(network), n)
		}
		for _, family := range []uint32{unix.AF_INET, unix.AF_INET6} {
			is(only(network), unix.SYS_SOCKET, family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
			is(only(network), unix.SYS_SOCKET, family, unix.SOCK_DGRAM, unix.IPPROTO_UDP)
			is(refused, unix.SYS_SOCKET, family, unix.SOCK_RAW, unix.IPPROTO_TCP)
			is(refused, unix.SYS_SOCKET, family, unix.SOCK_DGRAM, unix.IPPROTO_ICMP)
			is(refused, unix.SYS_SOCKET, family, unix.SOCK_STREAM, unix.IPPROTO_SCTP)
		}
		for _, family := range []uint32{unix.AF_UNIX, unix.AF_NETLINK, unix.AF_PACKET, unix.AF_VSOCK, unix.AF_ALG} {
			is(refused, unix.SYS_SOCKET, family, unix.SOCK_STREAM, 0)
		}
		is(only(len(r.Read)+len(r.Run) > 0), unix.SYS_INOTIFY_ADD_WATCH)
		is(allowed, unix.SYS_OPENAT, 0, 0, unix.O_TRUNC)
		is(allowed, unix.SYS_OPENAT2)
		is(allowed, unix.SYS_TRUNCATE)
	}
}

// Where Landlock lets who may not write a file cut it off, the filter does not.
func TestFilterOfOldLandlock(t *testing.T) {
	answer := answers(t, Rules{Read: []string{"/x"}}, 2)
	for flags, want := range map[uint32]uint32{
		unix.O_RDONLY | unix.O_CLOEXEC: allowed, unix.O_RDWR: allowed, unix.O_WRONLY | unix.O_CREAT | unix.O_TRUNC: allowed, unix.O_RDWR | unix.O_TRUNC: allowed,
		unix.O_RDONLY | unix.O_TRUNC: refused, unix.O_ACCMODE | unix.O_TRUNC: refused,
	} {
		for n, arg := range opens {
			args := make([]uint32, 4)
			args[arg] = flags
			if got := answer(auditArch, n, args...); got != want {
				t.Errorf("call %d with flags %#x: %#x, want %#x", n, flags, got, want)
			}
		}
	}
	if got := answer(auditArch, unix.SYS_TRUNCATE); got != refused {
		t.Errorf("truncate: %#x", got)
	}
	if got := answer(auditArch, unix.SYS_OPENAT2); got != notThere {
		t.Errorf("openat2: %#x", got)
	}
}
