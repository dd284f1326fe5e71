package sys

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// nearTaskLimit tells whether the system may soon have no thread for this process. It takes a microsecond.
func nearTaskLimit() bool {
	var limit unix.Rlimit
	var info unix.Sysinfo_t
	return unix.Getrlimit(unix.RLIMIT_NPROC, &limit) == nil && limit.Cur != unix.RLIM_INFINITY && unix.Sysinfo(&info) == nil &&
		limit.Cur < uint64(info.Procs)+fewTasks // all of the system's, of which those of the user that count are some
}

// freeTasks counts how many more tasks the process may have, up to most. What counts is all that the user has. What can be seen of that is
// added up; if it leaves room, this is tried with children that end at once, for in containers there is more than can be seen.
func freeTasks(most int) (n int) {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NPROC, &limit) == nil {
		if most = min(most, int(limit.Cur)-seenTasks()); most <= 0 {
			return 0
		}
	}
	var children []int
	for range most {
		pid := forkNothing()
		if pid <= 0 {
			break
		}
		children = append(children, pid)
	}
	for _, pid := range children { // until then each counts
		for {
			if _, err := unix.Wait4(pid, nil, unix.WALL, nil); err != unix.EINTR {
				break
			}
		}
	}
	return len(children)
}

// seenTasks counts the user's threads in /proc.
func seenTasks() (n int) {
	user := os.Getuid()
	list, _ := os.ReadDir("/proc")
	for _, entry := range list {
		if name := entry.Name(); name[0] >= '1' && name[0] <= '9' {
			var s unix.Stat_t
			if unix.Stat("/proc/"+name, &s) == nil && int(s.Uid) == user {
				tasks, _ := os.ReadDir("/proc/" + name + "/task")
				n += max(1, len(tasks)) // one that has ended counts until its parent knows
			}
		}
	}
	return n
}

// forkNothing makes a process that does nothing but end, and sends no signal. The child has a copy of the memory with one thread, so it
// must not leave this function.
//
//go:nosplit
//go:norace
func forkNothing() int {
	var all, old [8]byte // signal sets: nothing of Go's may run in the child
	for i := range all {
		all[i] = 0xff
	}
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&all)), uintptr(unsafe.Pointer(&old)), 8, 0, 0)
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, 0, 0, 0, 0, 0, 0)
	if pid == 0 && errno == 0 {
		for {
			unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)
		}
	}
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&old)), 0, 8, 0, 0)
	if errno != 0 {
		return -1
	}
	return int(pid)
}
