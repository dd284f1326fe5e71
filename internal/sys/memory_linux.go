package sys

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Memory is what bounds the memory of the process: the machine, its control group, or RLIMIT_AS.
type Memory struct {
	Physical uint64
	Group    uint64 // the tightest limit of the control group and those above it, math.MaxUint64 for none
	Space    uint64 // half of what RLIMIT_AS leaves beyond what is mapped, math.MaxUint64 for no limit

	dir string // the control group that has the limit
	v1  bool
}

// Limit is the tightest of the bounds.
func (m *Memory) Limit() uint64 { return min(m.Physical, m.Group, m.Space) }

// FindMemory asks the system. Any goroutine.
func FindMemory() Memory {
	m := Memory{Physical: math.MaxUint64, Group: math.MaxUint64, Space: math.MaxUint64}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		m.Physical = uint64(info.Totalram) * uint64(info.Unit)
	}
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_AS, &limit) == nil && limit.Cur != unix.RLIM_INFINITY {
		m.Space = (limit.Cur - min(limit.Cur, Mapped())) / 2 // what grows is there twice for a while, and may find no gap that fits
	}
	text, _ := os.ReadFile("/proc/self/cgroup")
	m.findGroup("/sys/fs/cgroup", string(text))
	return m
}

// findGroup reads the limits of the control groups in a text like that of /proc/self/cgroup, below the directory where
// they are mounted.
func (m *Memory) findGroup(mount, text string) {
	groups(text, "memory", func(path string, v1 bool) {
		root, files := mount, []string{"memory.max", "memory.high"}
		if v1 {
			root, files = filepath.Join(mount, "memory"), []string{"memory.limit_in_bytes"}
		}
		climb(root, path, func(dir string) {
			for _, file := range files {
				// The first version says that there is no limit by a number near 2^63.
				if n, ok := number(filepath.Join(dir, file)); ok && n < 1<<62 && n < m.Group {
					m.Group, m.dir, m.v1 = n, dir, v1
				}
			}
		})
	})
}

// groups finds the paths of the control groups that have a controller in a text like that of /proc/self/cgroup.
func groups(text, controller string, found func(path string, v1 bool)) {
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		if f[1] == "" {
			found(f[2], false)
		} else if slices.Contains(strings.Split(f[1], ","), controller) {
			found(f[2], true)
		}
	}
}

// climb looks at a control group and all above it. In a container the path may be the host's, which is not there: then the
// directory where they are mounted is the group.
func climb(mount, path string, look func(dir string)) {
	for dir := filepath.Join(mount, filepath.Clean("/"+path)); ; dir = filepath.Dir(dir) {
		look(dir)
		if len(dir) <= len(mount) {
			return
		}
	}
}

// GroupUsed is what the control group occupies at present, without files that the kernel can drop at once.
func (m *Memory) GroupUsed() uint64 {
	used, idle := "memory.current", "inactive_file "
	if m.v1 {
		used, idle = "memory.usage_in_bytes", "total_inactive_file "
	}
	n, _ := number(filepath.Join(m.dir, used))
	text, _ := os.ReadFile(filepath.Join(m.dir, "memory.stat"))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, idle); ok {
			files, _ := strconv.ParseUint(strings.TrimSpace(rest), 10, 64)
			return n - min(n, files)
		}
	}
	return n
}

func number(file string) (uint64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// Processors is how many processors' time the control group may use at most, 0 for no limit. Any goroutine.
func Processors() float64 {
	text, _ := os.ReadFile("/proc/self/cgroup")
	return processors("/sys/fs/cgroup", string(text))
}

func processors(mount, text string) (least float64) {
	groups(text, "cpu", func(path string, v1 bool) {
		root := mount
		if v1 {
			root = filepath.Join(mount, "cpu")
		}
		climb(root, path, func(dir string) {
			var quota, period float64
			if v1 {
				q, ok1 := number(filepath.Join(dir, "cpu.cfs_quota_us")) // -1 is no number of this kind
				p, ok2 := number(filepath.Join(dir, "cpu.cfs_period_us"))
				if ok1 && ok2 {
					quota, period = float64(q), float64(p)
				}
			} else if max, err := os.ReadFile(filepath.Join(dir, "cpu.max")); err == nil {
				if f := strings.Fields(string(max)); len(f) == 2 {
					quota, _ = strconv.ParseFloat(f[0], 64) // "max" is 0
					period, _ = strconv.ParseFloat(f[1], 64)
				}
			}
			if quota > 0 && period > 0 && (least == 0 || quota/period < least) {
				least = quota / period
			}
		})
	})
	return least
}

// Mapped is the size of the process's address space.
func Mapped() uint64 { return statm("self", 0) }

// Resident is what the process occupies in memory; the most that it has had where it may not look at itself.
func Resident() uint64 {
	if now := statm("self", 1); now > 0 {
		return now
	}
	var most unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &most)
	return uint64(most.Maxrss) << 10
}

// ProcessUsage is what a process occupies in memory, in bytes, and the processor time it has used, in seconds; 0 for what the
// system does not tell.
func ProcessUsage(pid int) (memory int64, cpu float64) {
	memory = int64(statm(strconv.Itoa(pid), 1))
	if f := stat(pid); len(f) > 12 {
		user, _ := strconv.ParseFloat(f[11], 64)
		system, _ := strconv.ParseFloat(f[12], 64)
		cpu = (user + system) / clockTicks
	}
	return
}

// stat gives what /proc/PID/stat has from the process's state on: before that is the program's name, in parentheses, which may hold anything.
func stat(pid int) []string {
	data, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}

const clockTicks = 100 // per second, in what the kernel tells of processes

// Monotonic is CLOCK_MONOTONIC.
func Monotonic() time.Duration {
	var ts unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return time.Duration(ts.Nano())
}

func statm(pid string, field int) uint64 {
	data, err := os.ReadFile("/proc/" + pid + "/statm")
	if err != nil {
		return 0
	}
	if f := strings.Fields(string(data)); len(f) > field {
		pages, _ := strconv.ParseUint(f[field], 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	return 0
}
