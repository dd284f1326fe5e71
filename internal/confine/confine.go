// Package confine starts processes that may do little besides computing, for strangers' code: on Linux they are held by Landlock, which is in force before they
// run their first instruction, by a filter of system calls that they put on themselves, by resource limits and by no_new_privs. They end with the process that
// has started them, and are killed with all that they have started. The package knows nothing of JavaScript.
package confine

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// Rules are what a confined process may do.
type Rules struct {
	// Read, Write and Run are files, or folders with all that is in them, that may be read, read and written, and read and run.
	Read, Write, Run []string
	// Network allows sockets of TCP and UDP.
	Network bool
}

// ErrUnavailable is what a system says that cannot confine processes at all.
var ErrUnavailable = errors.New("confine: not on this system")

// Command is a process to start: this executable once more.
type Command struct {
	Rules
	Args, Env []string
	Files     []int // Files[i] becomes the child's descriptor i
	// Bare starts it although the system has no Landlock.
	Bare bool
}

// Process is one that was started.
type Process struct {
	PID      int
	Landlock int // the version of the system's, which holds it; 0 for none

	mu             sync.Mutex
	reaped         bool
	ended          chan struct{}
	status, signal int
	tree           bool // it may start others
}

// Ended is closed when the process has ended and was waited for.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Status is how it ended: an exit status, or a signal's number. It is known when it has.
func (p *Process) Status() (status int, signal syscall.Signal) {
	return p.status, syscall.Signal(p.signal)
}

// Kill ends the process with all that it has started.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		return
	}
	if p.tree {
		sys.KillTree(p.PID, int(syscall.SIGKILL), true)
	} else {
		sys.Kill(p.PID, int(syscall.SIGKILL))
	}
}

// Alive calls f if the process was not waited for yet, so that its number is still its own.
func (p *Process) Alive(f func(pid int)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		f(p.PID)
	}
}

// wait waits for the process, whose number belongs to it until reaped says so.
func (p *Process) wait(pidfd int) {
	for pidfd >= 0 {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, -1)
		if err == nil {
			unix.Close(pidfd)
			break
		}
		if err != unix.EINTR {
			unix.Close(pidfd)
			pidfd = -1
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tree { // what is left of its session, which it leads
		sys.Kill(-p.PID, int(unix.SIGKILL))
	}
	p.status, p.signal = p.reap(pidfd < 0)
	p.reaped = true
	close(p.ended)
}

// reap takes the status. Without a descriptor to wait for it asks again and again: whoever wants to kill must not wait for the lock.
func (p *Process) reap(ask bool) (status, signal int) {
	for ask {
		status, signal, ok := sys.WaitStatus(p.PID)
		if ok {
			return status, signal
		}
		p.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
		p.mu.Lock()
	}
	return sys.WaitBlocking(p.PID)
}
