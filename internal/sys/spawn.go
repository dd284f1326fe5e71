package sys

import (
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// SpawnAttr describes a program to start.
type SpawnAttr struct {
	File     string   // a path, or a name that is looked up in the PATH of Env
	Args     []string // argv, beginning with argv[0]
	Env      []string // "NAME=value"; nil passes on this process's environment
	Cwd      string   // "" is the current directory
	Files    []int    // Files[i] becomes the child's descriptor i; -1 leaves a hole
	Detached bool     // make the child the leader of a new session
	NewGroup bool     // make the child the leader of a new process group
	DieWith  bool     // kill the child when this process ends, where the system can
	UID, GID *uint32  // nil leaves them as they are
	Limits   []Limit  // what the child, and each process that it starts, may use

	Group *ControlGroup // where it starts, nil for this process's own
}

// Limit is one of a process's resource limits (setrlimit(2)).
type Limit struct {
	Resource int // LimitCPU or LimitFiles
	Value    uint64
}

// Spawn starts a program. The child inherits nothing but Files, its signals are at their defaults. pidfd is a
// close-on-exec descriptor that becomes readable when the child ends, or -1 where there is none. The errors are those
// of execvp(3) in the child: ENOENT for a missing program or directory, EACCES, E2BIG, EAGAIN, EMFILE. Any goroutine.
func Spawn(a SpawnAttr) (pid, pidfd int, errno syscall.Errno) {
	env := a.Env
	if env == nil {
		env = os.Environ()
	}
	for _, list := range [2][]string{a.Args, env} {
		for _, s := range list {
			if strings.IndexByte(s, 0) >= 0 {
				return 0, -1, unix.EINVAL
			}
		}
	}
	files := make([]uintptr, len(a.Files))
	for i, fd := range a.Files {
		files[i] = uintptr(fd) // -1 tells the syscall package to leave it closed
	}
	attr := &syscall.ProcAttr{Dir: a.Cwd, Env: env, Files: files}
	attr.Sys = &syscall.SysProcAttr{Setsid: a.Detached, Setpgid: a.NewGroup && !a.Detached}
	if a.DieWith {
		dieWithParent(attr.Sys)
	}
	pidfd = -1
	wantPidFD(attr.Sys, &pidfd)
	if a.Group != nil {
		intoGroup(attr.Sys, a.Group)
	}
	if a.UID != nil || a.GID != nil {
		// Only root may change its groups; anybody may "change" to the user he is.
		c := &syscall.Credential{Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid()), NoSetGroups: os.Geteuid() != 0}
		if a.UID != nil {
			c.Uid = *a.UID
		}
		if a.GID != nil {
			c.Gid = *a.GID
		}
		attr.Sys.Credential = c
	}
	start := func() (int, syscall.Errno) { return execvp(a.File, a.Args, attr) }
	startOwn(func() int {
		if a.Limits != nil {
			pid, errno = spawnLimited(start, attr.Sys, a.Limits)
		} else {
			pid, errno = start()
		}
		return pid
	})
	return pid, pidfd, errno
}

// execvp starts file as execvp(3) does with the child's environment: a name without a slash is tried in each
// directory of PATH, a script without #! runs under /bin/sh.
func execvp(file string, args []string, attr *syscall.ProcAttr) (int, syscall.Errno) {
	if file == "" {
		return 0, unix.ENOENT
	}
	if strings.IndexByte(file, '/') >= 0 {
		return execOrShell(file, args, attr)
	}
	if len(file) > unix.NAME_MAX {
		return 0, unix.ENAMETOOLONG
	}
	path := defaultPath
	for _, kv := range attr.Env {
		if v, ok := strings.CutPrefix(kv, "PATH="); ok {
			path = v
			break
		}
	}
	last := syscall.Errno(unix.ENOENT)
	for _, dir := range strings.Split(path, ":") {
		full := file
		if dir != "" {
			full = dir + "/" + file
		}
		switch errno := executable(full, attr.Dir); errno {
		case 0:
		case unix.EACCES:
			last = errno
			continue
		default:
			continue
		}
		pid, errno := execOrShell(full, args, attr)
		switch errno {
		case unix.EACCES:
			last = errno
		case unix.ENOENT, unix.ENOTDIR, unix.ESTALE, unix.ENODEV, unix.ETIMEDOUT:
		default:
			return pid, errno
		}
	}
	if attr.Dir != "" {
		// The child would have failed on its directory first.
		if err := unix.Access(attr.Dir+"/.", unix.X_OK); err != nil {
			return 0, Errno(err)
		}
	}
	return 0, last
}

// executable spares a fork for each directory that does not hold the program. Relative paths start at dir, as they
// do in the child.
func executable(path, dir string) syscall.Errno {
	if path[0] != '/' && dir != "" {
		path = dir + "/" + path
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return Errno(err)
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR || st.Mode&0o111 == 0 {
		return unix.EACCES
	}
	return 0
}

func execOrShell(path string, args []string, attr *syscall.ProcAttr) (int, syscall.Errno) {
	if len(args) == 0 {
		args = []string{path}
	}
	pid, err := syscall.ForkExec(path, args, attr)
	if err == unix.ENOEXEC {
		pid, err = syscall.ForkExec("/bin/sh", append([]string{"/bin/sh", path}, args[1:]...), attr)
	}
	return pid, Errno(err)
}

// WaitStatus reaps pid without blocking: ok is false while it runs. status is the exit code, or signal the number
// that ended it.
func WaitStatus(pid int) (status, signal int, ok bool) { return wait(pid, unix.WNOHANG) }

// WaitBlocking reaps pid once it has ended. Any goroutine.
func WaitBlocking(pid int) (status, signal int) {
	status, signal, _ = wait(pid, 0)
	return status, signal
}

func wait(pid, flags int) (status, signal int, ok bool) {
	var ws unix.WaitStatus
	for {
		n, err := unix.Wait4(pid, &ws, flags, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			// Somebody else reaped it, or SIGCHLD is ignored; its status is lost.
			return 0, 0, true
		case n == 0:
			return 0, 0, false
		case ws.Signaled():
			endOwn(pid)
			return 0, int(ws.Signal()), true
		default:
			endOwn(pid)
			return ws.ExitStatus(), 0, true
		}
	}
}
