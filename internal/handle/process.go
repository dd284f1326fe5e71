package handle

import (
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// Process is a child process. Loop goroutine only.
type Process struct {
	loop   *loop.Loop
	handle *loop.Handle
	io     *loop.IO
	pidfd  int
	pid    int
	ended  bool
	leads  bool // a process group
	onExit func(status, signal int)

	limits   *Limits
	group    *sys.ControlGroup // where the child and what it has started are, nil if that is this process's
	over     chan struct{}     // ends watch; nil without limits
	reaping  sync.Mutex
	reaped   bool   // its number may be another's
	exceeded string // under reaping
}

// SpawnOptions describes a child. Its argv is Args; all it inherits is Stdio.
type SpawnOptions struct {
	File     string   // a path, or a name to be found in the PATH of Env
	Args     []string // beginning with argv[0]
	Env      []string // "NAME=value"; nil passes on this process's environment
	Cwd      string   // "" is the current directory
	Stdio    []int    // Stdio[i] becomes the child's descriptor i; -1 is /dev/null for 0 to 2 and a hole above
	Detached bool     // make the child the leader of a new session
	UID, GID *uint32  // nil leaves them as they are
	Tasks    int      // how many threads the child needs to begin with: EAGAIN if the system does not have them for the user

	NewGroup      bool // make the child the leader of a new process group, for KillGroup
	DieWithParent bool // kill the child when this process ends (Linux)
	DieWithLoop   bool // kill the child when the loop is abandoned (where there are pidfds)
	Limits        *Limits
}

// Spawn starts a child. onExit is called exactly once, when it has ended and been reaped: with its status, or the
// number of the signal that ended it. The descriptors of Stdio stay the caller's to close. A running child holds the
// loop open unless Unref'd. The errno is that of the step that failed in the child, ENOENT for a missing program or
// directory; onExit is not called then.
func Spawn(l *loop.Loop, o SpawnOptions, onExit func(status, signal int)) (*Process, syscall.Errno) {
	group, errno := newGroup(o.Limits, o.NewGroup)
	if errno != 0 {
		return nil, errno
	}
	pid, pidfd, errno := spawn(o, group)
	if errno != 0 && group != nil {
		// The system may not know how to start a process there, or not let it. What else was wrong is again.
		group.Close()
		group = nil
		if o.Limits == nil || o.Limits.Share == 0 {
			pid, pidfd, errno = spawn(o, nil)
		}
	}
	if errno != 0 {
		return nil, errno
	}
	p := &Process{loop: l, handle: l.NewHandle("ProcessWrap"), pid: pid, pidfd: pidfd, leads: o.NewGroup || o.Detached, group: group, onExit: onExit}
	if o.Limits != nil {
		p.limits = o.Limits
		p.watch(o.Limits)
	}
	p.handle.Start()
	if pidfd >= 0 {
		// What the child has written comes before its end, as libuv has it: signals last.
		p.io = l.NewIO(pidfd, func(sys.Events) { l.Defer(p.reap) })
		p.io.Of(p.handle)
		if p.io.Set(sys.Readable) == nil {
			p.io.OnAbandon(func() {
				if o.NewGroup && o.DieWithLoop {
					p.KillGroup(int(unix.SIGKILL))
				} else if o.DieWithLoop {
					p.Kill(int(unix.SIGKILL))
				}
				p.Close(nil)
			})
			return p, 0
		}
		p.io.Close()
		p.io = nil
	}
	go func() {
		status, signal := sys.WaitBlocking(pid)
		p.reaping.Lock()
		p.reaped = true
		p.reaping.Unlock()
		l.Post(func() { p.exited(status, signal) })
	}()
	return p, 0
}

func spawn(o SpawnOptions, group *sys.ControlGroup) (pid, pidfd int, errno syscall.Errno) {
	if o.Tasks > 0 && o.UID == nil && !sys.TasksLeft(o.Tasks) {
		return 0, -1, unix.EAGAIN
	}
	files := o.Stdio
	null := -1
	for i := 0; i < 3; i++ {
		if i < len(files) && files[i] >= 0 {
			continue
		}
		if null < 0 {
			var err error
			if null, err = unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0); err != nil {
				return 0, -1, sys.Errno(err)
			}
			defer unix.Close(null)
			files = append(make([]int, 0, max(3, len(files))), files...)
		}
		if i < len(files) {
			files[i] = null
		} else {
			files = append(files, null)
		}
	}
	for i := range 3 {
		// Programs expect their standard streams to block; a stream of the parent's does not.
		if flags, err := unix.FcntlInt(uintptr(files[i]), unix.F_GETFL, 0); err == nil && flags&unix.O_NONBLOCK != 0 {
			sys.SetNonblock(files[i], false)
		}
	}
	return sys.Spawn(sys.SpawnAttr{File: o.File, Args: o.Args, Env: o.Env, Cwd: o.Cwd, Files: files,
		Detached: o.Detached, NewGroup: o.NewGroup, DieWith: o.DieWithParent, UID: o.UID, GID: o.GID, Limits: o.Limits.resources(), Group: group})
}

func (p *Process) reap() {
	if p.io == nil {
		return // closed meanwhile
	}
	cpu := 0.0
	if p.limits != nil && p.limits.CPU > 0 {
		_, cpu = sys.ProcessUsage(p.pid)
	}
	p.reaping.Lock()
	status, signal, ok := sys.WaitStatus(p.pid)
	p.reaped = ok
	if ok && p.exceeded == "" && (signal == int(unix.SIGXCPU) && p.limits != nil || signal == int(unix.SIGKILL) && cpu > 0 && cpu >= p.limits.CPU.Seconds()) {
		p.exceeded = "cpu"
	}
	if ok && p.exceeded == "" && p.group != nil && signal == int(unix.SIGKILL) {
		p.exceeded = p.group.Exceeded()
	} else if ok && p.group != nil && signal == int(unix.SIGABRT) && p.group.Filled() {
		p.exceeded = "memory" // programs that know their group's limit end so before they are killed
	}
	p.reaping.Unlock()
	if ok {
		p.exited(status, signal)
	}
}

func (p *Process) exited(status, signal int) {
	p.ended = true
	p.release()
	p.handle.Stop()
	if f := p.onExit; f != nil {
		p.onExit = nil
		f(status, signal)
	}
}

func (p *Process) release() {
	if p.over != nil {
		close(p.over)
		p.over = nil
	}
	if p.io != nil {
		p.io.Close()
		p.io = nil
	}
	if p.group != nil {
		p.group.Close()
	}
	if p.pidfd >= 0 {
		sys.Close(p.pidfd)
		p.pidfd = -1
	}
}

// Pid is the child's process id, also after its end.
func (p *Process) Pid() int { return p.pid }

// Kill sends the child a signal, 0 to ask whether it runs: ESRCH tells that it has ended. The id of a child that has
// not been reaped is not given to another process, so no stranger is ever hit.
func (p *Process) Kill(sig int) syscall.Errno {
	if p.ended {
		return unix.ESRCH
	}
	return sys.Kill(p.pid, sig)
}

// KillGroup is Kill of the child and all of its process group, which it must lead, and of what it has started and has left the group.
func (p *Process) KillGroup(sig int) syscall.Errno {
	if p.ended {
		return unix.ESRCH
	}
	return p.killTree(sig)
}

// Ref lets the running child hold the loop open. It is the initial state.
func (p *Process) Ref() { p.handle.Ref() }

// Unref lets the loop end although the child runs.
func (p *Process) Unref() { p.handle.Unref() }

// HasRef tells whether the process is referenced and not closing.
func (p *Process) HasRef() bool { return p.handle.HasRef() }

// Close ends the watching; onClosed, which may be nil, is called in the close phase. A child that still runs is left
// to run, its onExit will not be called, and it is reaped when it ends.
func (p *Process) Close(onClosed func()) {
	if p.handle.Closing() {
		return
	}
	p.onExit = nil
	if !p.ended && p.io != nil {
		p.release()
		go sys.WaitBlocking(p.pid)
	}
	p.handle.Close(onClosed)
}
