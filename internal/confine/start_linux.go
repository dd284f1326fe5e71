package confine

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// self is the running executable, also when another stands in its place by now.
const self = "/proc/self/exe"

// Start starts a process. A thread of its own restricts itself, which the process inherits, then waits for it to end and ends, too.
func Start(c Command) (*Process, error) {
	ruleset, version, err := newRuleset(c.Rules)
	if err != nil {
		return nil, err
	}
	if version == 0 && !c.Bare {
		return nil, ErrUnavailable
	}
	p := &Process{Landlock: version, ended: make(chan struct{}), tree: len(c.Run) > 0}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: nothing else may run here
		err := restrict(ruleset, c.Rules)
		if ruleset >= 0 {
			unix.Close(ruleset)
		}
		if err != nil {
			started <- err
			return
		}
		pid, pidfd, errno := sys.Spawn(sys.SpawnAttr{
			File: self, Args: c.Args, Env: c.Env, Cwd: "/", Files: c.Files, Detached: true, DieWith: true,
		})
		if errno != 0 {
			started <- os.NewSyscallError("execve", errno)
			return
		}
		p.PID = pid
		started <- nil
		p.wait(pidfd)
	}()
	return p, <-started
}
