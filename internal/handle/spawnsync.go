package handle

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// SyncStdio is one descriptor of a child that is run to its end.
type SyncStdio struct {
	Pipe     bool   // make a pipe; otherwise Fd is inherited, -1 as in SpawnOptions
	Fd       int    // with Pipe false
	Input    []byte // with Pipe: what the child reads, to its end
	Readable bool   // with Pipe: collect what the child writes
}

// SyncOptions describes a child for SpawnSync. SpawnOptions.Stdio is not used.
type SyncOptions struct {
	SpawnOptions
	Stdio      []SyncStdio
	Timeout    time.Duration // 0 for none
	MaxBuffer  int64         // of output, of all descriptors together; 0 for no limit
	KillSignal int           // what ends the child on timeout or overflow
	Stop       func() bool   // if set, is asked now and then whether the child is to be killed
}

// stopInterval is how often Stop is asked.
const stopInterval = 20 * time.Millisecond

// SyncResult is how a child ended. Errno is 0, what Spawn gave (Pid is 0 then), ETIMEDOUT, ENOBUFS, or what
// the writing of input gave.
type SyncResult struct {
	Pid            int
	Status, Signal int
	Output         [][]byte // for each of Stdio, nil where nothing was collected
	Errno          syscall.Errno
}

// SpawnSync runs a child to its end and until its pipes are closed, without the event loop. Any goroutine.
func SpawnSync(o SyncOptions) SyncResult {
	r := SyncResult{Output: make([][]byte, len(o.Stdio))}
	run := syncRun{opts: &o, result: &r, fds: make([]int, len(o.Stdio))}
	o.SpawnOptions.Stdio = make([]int, len(o.Stdio))
	var theirs []int
	for i := range o.Stdio {
		s := &o.Stdio[i]
		run.fds[i] = -1
		o.SpawnOptions.Stdio[i] = s.Fd
		if !s.Pipe {
			continue
		}
		ours, their, errno := sys.SocketPair()
		if errno != 0 {
			r.Errno = errno
			break
		}
		run.fds[i] = ours
		theirs = append(theirs, their)
		o.SpawnOptions.Stdio[i] = their
		if s.Readable {
			r.Output[i] = []byte{}
		}
	}
	pidfd := -1
	if r.Errno == 0 {
		r.Pid, pidfd, r.Errno = spawn(o.SpawnOptions, nil)
	}
	for _, fd := range theirs {
		sys.Close(fd)
	}
	if r.Errno != 0 {
		run.closeAll()
		return r
	}
	run.loop(pidfd)
	return r
}

type syncRun struct {
	opts    *SyncOptions
	result  *SyncResult
	fds     []int // our ends; -1 when closed
	size    int64 // of all output
	exited  bool
	refused syscall.Errno // of writing input, to be told unless there is worse
	written []int
	buf     []byte
}

func (r *syncRun) loop(pidfd int) {
	r.written = make([]int, len(r.fds))
	r.buf = make([]byte, 64<<10)
	for i := range r.fds {
		r.endInput(i)
	}
	if pidfd < 0 {
		// Without a pidfd a goroutine waits, and closing a pipe tells of its success.
		rd, wr, errno := sys.PipePair(true, false, 0)
		if errno == 0 {
			pidfd = rd
			go func() {
				r.result.Status, r.result.Signal = sys.WaitBlocking(r.result.Pid)
				sys.Close(wr)
			}()
		}
	} else {
		defer func() { r.result.Status, r.result.Signal = sys.WaitBlocking(r.result.Pid) }()
	}
	defer sys.Close(pidfd)
	var deadline time.Time
	if r.opts.Timeout > 0 {
		deadline = time.Now().Add(r.opts.Timeout)
	}
	poll := make([]unix.PollFd, 0, len(r.fds)+1)
	index := make([]int, 0, len(r.fds)+1)
	for {
		poll, index = poll[:0], index[:0]
		if !r.exited {
			poll, index = append(poll, unix.PollFd{Fd: int32(pidfd), Events: unix.POLLIN}), append(index, -1)
		}
		for i, fd := range r.fds {
			if fd < 0 {
				continue
			}
			ev := int16(unix.POLLIN)
			if r.written[i] < len(r.opts.Stdio[i].Input) {
				ev |= unix.POLLOUT
			}
			poll, index = append(poll, unix.PollFd{Fd: int32(fd), Events: ev}), append(index, i)
		}
		if len(poll) == 0 {
			if r.result.Errno == 0 {
				r.result.Errno = r.refused
			}
			return
		}
		wait := -1
		if !deadline.IsZero() {
			left := time.Until(deadline)
			if left <= 0 {
				r.kill(unix.ETIMEDOUT)
				deadline = time.Time{}
				continue
			}
			wait = int((left + time.Millisecond - 1) / time.Millisecond)
		}
		if stop := r.opts.Stop; stop != nil && stop() {
			r.opts.KillSignal, r.opts.Stop = int(unix.SIGKILL), nil
			if !r.exited {
				killChildren(r.result.Pid)
			}
			r.kill(unix.ECANCELED)
			continue
		} else if every := int(stopInterval / time.Millisecond); stop != nil && (wait < 0 || wait > every) {
			wait = every
		}
		if _, err := unix.Poll(poll, wait); err != nil && err != unix.EINTR {
			r.kill(sys.Errno(err))
			return
		}
		for k := range poll {
			ev := poll[k].Revents
			switch i := index[k]; {
			case ev == 0:
			case i < 0:
				r.exited = true
			default:
				if ev&unix.POLLOUT != 0 {
					r.write(i)
				}
				if ev&(unix.POLLIN|unix.POLLHUP|unix.POLLERR) != 0 && r.fds[i] >= 0 {
					r.read(i)
				}
			}
		}
	}
}

func (r *syncRun) write(i int) {
	in := r.opts.Stdio[i].Input
	n, errno := sys.Write(r.fds[i], in[r.written[i]:])
	r.written[i] += n
	if errno != 0 && errno != unix.EAGAIN {
		r.written[i] = len(in) // the child does not want the rest
		r.refused = errno
	}
	r.endInput(i)
}

// endInput gives the child its end of file once all input is out.
func (r *syncRun) endInput(i int) {
	if r.fds[i] >= 0 && r.written[i] == len(r.opts.Stdio[i].Input) {
		unix.Shutdown(r.fds[i], unix.SHUT_WR)
	}
}

func (r *syncRun) read(i int) {
	n, errno := sys.Read(r.fds[i], r.buf)
	switch {
	case errno == unix.EAGAIN:
		return
	case errno != 0 || n == 0:
		sys.Close(r.fds[i])
		r.fds[i] = -1
		return
	case !r.opts.Stdio[i].Readable:
		return
	}
	out := &r.result.Output[i]
	*out = append(*out, r.buf[:n]...)
	if r.size += int64(n); r.opts.MaxBuffer > 0 && r.size > r.opts.MaxBuffer {
		r.kill(unix.ENOBUFS)
	}
}

// kill ends the child and stops collecting: a grandchild may hold the pipes for ever.
func (r *syncRun) kill(errno syscall.Errno) {
	if r.result.Errno == 0 {
		r.result.Errno = errno
	}
	r.closeAll()
	if r.exited {
		return
	}
	if sig := r.opts.KillSignal; sys.Kill(r.result.Pid, sig) != 0 || sig == 0 {
		sys.Kill(r.result.Pid, int(unix.SIGKILL))
	}
}

func (r *syncRun) closeAll() {
	for i, fd := range r.fds {
		if fd >= 0 {
			sys.Close(fd)
			r.fds[i] = -1
		}
	}
}

// killChildren ends what a process has started, where the system tells: a shell's command lives on without it.
func killChildren(pid int) {
	sys.Kill(pid, int(unix.SIGSTOP)) // it starts no more
	list, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	for _, child := range strings.Fields(string(list)) {
		if pid, err := strconv.Atoi(child); err == nil {
			killChildren(pid)
			sys.Kill(pid, int(unix.SIGKILL))
		}
	}
}
