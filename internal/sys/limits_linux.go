package sys

import (
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// The resources of Limit.
const (
	LimitCPU   = unix.RLIMIT_CPU // seconds
	LimitFiles = unix.RLIMIT_NOFILE
)

// spawnLimited starts a program that stops when it has been loaded, as one that is traced does, and sets its limits before it runs.
func spawnLimited(start func() (int, syscall.Errno), attr *syscall.SysProcAttr, limits []Limit) (int, syscall.Errno) {
	runtime.LockOSThread() // which is the tracer
	defer runtime.UnlockOSThread()
	attr.Ptrace = true
	pid, errno := start()
	attr.Ptrace = false
	if errno == unix.EPERM {
		// Tracing may be forbidden. Without it the child may run for a moment before it is limited.
		if pid, errno = start(); errno == 0 {
			errno = limit(pid, limits)
		}
	} else if errno == 0 {
		var ws unix.WaitStatus
		for {
			if _, err := unix.Wait4(pid, &ws, unix.WALL, nil); err != unix.EINTR {
				break
			}
		}
		if !ws.Stopped() {
			return pid, 0 // killed meanwhile; who waits for it finds nothing, as for a status that is lost
		}
		errno = limit(pid, limits)
		unix.PtraceDetach(pid)
	}
	if errno != 0 && pid > 0 {
		unix.Kill(pid, unix.SIGKILL)
		WaitBlocking(pid)
		pid = 0
	}
	return pid, errno
}

func limit(pid int, limits []Limit) syscall.Errno {
	for _, l := range limits {
		var old unix.Rlimit
		if err := unix.Prlimit(pid, l.Resource, nil, &old); err != nil {
			return Errno(err)
		}
		most := l.Value
		if l.Resource == LimitCPU {
			most++ // what does not end by SIGXCPU is killed a second later
		}
		// More than there is cannot be had, nor need it be: it is no error.
		next := unix.Rlimit{Cur: min(l.Value, old.Max), Max: min(most, old.Max)}
		if err := unix.Prlimit(pid, l.Resource, &next, nil); err != nil {
			return Errno(err)
		}
	}
	return 0
}

// LimitData bounds how many bytes more a process, which is this one's child, may have of memory that it writes to; what it asks for beyond is refused. Any goroutine.
func LimitData(pid int, more uint64) {
	most := statm(strconv.Itoa(pid), 5) + more
	unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: most, Max: most}, nil)
}
