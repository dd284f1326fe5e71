package handle

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// Limits are what a child may use; zero is no limit. It is killed with all that it has started when it uses more.
type Limits struct {
	Memory    int64         // bytes that it and what it has started occupy together; shared memory counts for each where no control group counts
	Processes int           // how many they may be
	Time      time.Duration // since its start
	Share     float64       // of how many processors they have the time, together: in a control group only
	CPU       time.Duration // processor time of each process, in whole seconds: the system's own limit
	Files     int           // descriptors of each process, which gets EMFILE beyond: the system's own limit
}

// watchEvery is how often a child's memory and processes are looked at.
const watchEvery = 50 * time.Millisecond

// tasksEach is how many threads the kernel lets there be for each process that there may be: it counts threads, and what starts processes in a loop starts
// thousands between two looks.
const tasksEach = 64

// newGroup makes a control group for a child, if that is of use and can be; errno is ENOTSUP if one cannot be done without.
func newGroup(l *Limits, tree bool) (g *sys.ControlGroup, errno syscall.Errno) {
	var in sys.GroupLimits
	if l != nil {
		in = sys.GroupLimits{Memory: l.Memory, Tasks: tasksEach * l.Processes, Processors: l.Share}
	}
	if in != (sys.GroupLimits{}) || tree {
		g = sys.NewControlGroup(in)
	}
	if in.Processors > 0 && (g == nil || g.Keeps().Processors == 0) {
		if g != nil {
			g.Close()
		}
		return nil, unix.ENOTSUP
	}
	return g, 0
}

// resources are those limits that the system keeps.
func (l *Limits) resources() (list []sys.Limit) {
	if l == nil {
		return nil
	}
	if l.CPU > 0 {
		list = append(list, sys.Limit{Resource: sys.LimitCPU, Value: uint64((l.CPU + time.Second - 1) / time.Second)})
	}
	if l.Files > 0 {
		list = append(list, sys.Limit{Resource: sys.LimitFiles, Value: uint64(l.Files)})
	}
	return list
}

// exceeds names the limit that the child and what it has started are beyond, "" for none.
func (p *Process) exceeds(l *Limits) string {
	var all []int
	kept := false
	if p.group != nil {
		if reason := p.group.Exceeded(); reason != "" {
			return reason
		}
		all, kept = p.group.Processes(), p.group.Keeps().Memory > 0
	} else {
		all = append(sys.Descendants(p.pid), p.pid)
	}
	if l.Processes > 0 && len(all) > l.Processes {
		return "pids"
	}
	if l.Memory > 0 && !kept {
		var sum int64
		for _, p := range all {
			memory, _ := sys.ProcessUsage(p)
			sum += memory
		}
		if sum > l.Memory {
			return "memory"
		}
	}
	return ""
}

// watch ends the child when it is beyond a limit. It has a goroutine of its own: the loop may be busy.
func (p *Process) watch(l *Limits) {
	over := make(chan struct{})
	p.over = over
	go func() {
		var looks, late <-chan time.Time
		if l.Memory > 0 || l.Processes > 0 {
			t := time.NewTicker(watchEvery)
			defer t.Stop()
			looks = t.C
		}
		if l.Time > 0 {
			t := time.NewTimer(l.Time)
			defer t.Stop()
			late = t.C
		}
		for {
			reason := "time"
			select {
			case <-over:
				return
			case <-late:
			case <-looks:
				if reason = p.exceeds(l); reason == "" {
					continue
				}
			}
			p.reaping.Lock()
			if !p.reaped {
				p.exceeded = reason
				p.killTree(int(unix.SIGKILL))
			}
			p.reaping.Unlock()
			return
		}
	}()
}

// killTree sends a signal to the child and all that it has started. Any goroutine; the child has not been reaped.
func (p *Process) killTree(sig int) syscall.Errno {
	if p.group == nil {
		return sys.KillTree(p.pid, sig, p.leads)
	}
	if sig == int(unix.SIGKILL) {
		p.group.Kill()
		return 0
	}
	errno := sys.Kill(p.pid, sig)
	for _, pid := range p.group.Processes() {
		if pid != p.pid {
			sys.Kill(pid, sig)
		}
	}
	return errno
}

// Keeper is what keeps a limit.
type Keeper struct {
	Limit string
	By    string // "cgroup", "rlimit" or, for what this process looks at from time to time, "watch"
}

// Keepers are those of the limits that the child has.
func (p *Process) Keepers() (list []Keeper) {
	l, inGroup := p.limits, sys.GroupLimits{}
	if l == nil {
		return nil
	}
	if p.group != nil {
		inGroup = p.group.Keeps()
	}
	keep := func(limit string, has, group bool, otherwise string) {
		if group {
			otherwise = "cgroup"
		}
		if has {
			list = append(list, Keeper{limit, otherwise})
		}
	}
	keep("memory", l.Memory > 0, inGroup.Memory > 0, "watch")
	keep("pids", l.Processes > 0, inGroup.Tasks > 0, "watch")
	keep("time", l.Time > 0, false, "watch")
	keep("cpu", l.CPU > 0, false, "rlimit")
	keep("cpus", l.Share > 0, true, "")
	keep("files", l.Files > 0, false, "rlimit")
	return list
}

// Exceeded names the limit for which the child was ended: "memory", "pids", "time" or "cpu", "" if it was not. It is known when the child has ended.
func (p *Process) Exceeded() string { return p.exceeded }
