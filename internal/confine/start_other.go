//go:build !linux

package confine

import (
	"os"

	"gonode/internal/sys"
)

// Start starts a process, which nothing holds.
func Start(c Command) (*Process, error) {
	if !c.Bare {
		return nil, ErrUnavailable
	}
	pid, _, errno := sys.Spawn(sys.SpawnAttr{File: sys.Executable(), Args: c.Args, Env: c.Env, Cwd: "/", Files: c.Files, Detached: true, DieWith: true})
	if errno != 0 {
		return nil, os.NewSyscallError("execve", errno)
	}
	p := &Process{PID: pid, ended: make(chan struct{}), tree: true}
	go p.wait(-1)
	return p, nil
}
