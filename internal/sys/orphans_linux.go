package sys

import (
	"os"
	"os/signal"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// orphans knows the children of a process that is the first of its system or container, where those whose parents have ended
// become its children, too, and stay as zombies unless it waits for them.
var orphans struct {
	adopts bool // set before there are children
	mu     sync.Mutex
	own    map[int]struct{} // the children that this process has started, and waits for by itself
}

// ReapOrphans begins to do that if this is process 1.
func ReapOrphans() {
	if os.Getpid() != 1 {
		return
	}
	orphans.adopts, orphans.own = true, map[int]struct{}{}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGCHLD)
	go func() {
		for range ended {
			// A child of this process's own may hide others until it is waited for.
			for tries := 0; tries < 100 && !reapStrangers(); tries++ {
				time.Sleep(10 * time.Millisecond)
			}
		}
	}()
}

// reapStrangers waits for all that has ended and is not this process's to wait for; false if one of its own is in the way.
func reapStrangers() bool {
	orphans.mu.Lock()
	defer orphans.mu.Unlock()
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
		pid := int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), 16))) // si_pid
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || pid == 0:
			return true
		}
		if _, own := orphans.own[pid]; own {
			return false
		}
		unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
}

// startOwn runs start, which starts a child, and remembers that.
func startOwn(start func() int) {
	if !orphans.adopts {
		start()
		return
	}
	orphans.mu.Lock()
	defer orphans.mu.Unlock()
	if pid := start(); pid > 0 {
		orphans.own[pid] = struct{}{}
	}
}

// endOwn forgets a child that was waited for.
func endOwn(pid int) {
	if orphans.adopts {
		orphans.mu.Lock()
		delete(orphans.own, pid)
		orphans.mu.Unlock()
	}
}
