package handle

import (
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// Limits are what a child may use; zero is no limit. It is killed with all that it has started when it uses more.
type Limits struct {
	Memory    int64         // bytes that it and what it has started occupy together; shared memory counts for each
	Processes int           // how many they may be
	Time      time.Duration // since its start
	CPU       time.Duration // processor time of each process, in whole seconds: the system's own limit
	Files     int           // descriptors of each process, which gets EMFILE beyond: the system's own limit
}

// watchEvery is how often a child's memory and processes are looked at.
const watchEvery = 50 * time.Millisecond

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

// exceeded names the limit that a process and what it has started are beyond, "" for none.
func (l *Limits) exceeded(pid int) string {
	all := append(sys.Descendants(pid), pid)
	if l.Processes > 0 && len(all) > l.Processes {
		return "pids"
	}
	if l.Memory > 0 {
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
				if reason = l.exceeded(p.pid); reason == "" {
					continue
				}
			}
			p.reaping.Lock()
			if !p.reaped {
				p.exceeded = reason
				sys.KillTree(p.pid, int(unix.SIGKILL), p.leads)
			}
			p.reaping.Unlock()
			return
		}
	}()
}

// Exceeded names the limit for which the child was ended: "memory", "pids", "time" or "cpu", "" if it was not. It is known when the child has ended.
func (p *Process) Exceeded() string { return p.exceeded }
