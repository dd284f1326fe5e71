package sys

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Memory is what bounds the memory of the process: the machine, its control group, or RLIMIT_AS.
type Memory struct {
	Physical uint64
	Group    uint64 // the tightest limit of the control group and those above it, math.MaxUint64 for none
	Space    uint64 // what RLIMIT_AS leaves beyond what is mapped, math.MaxUint64 for no limit

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
		m.Space = limit.Cur - min(limit.Cur, Mapped())
	}
	text, _ := os.ReadFile("/proc/self/cgroup")
	m.findGroup("/sys/fs/cgroup", string(text))
	return m
}

// findGroup reads the limits of the control groups in a text like that of /proc/self/cgroup, below the directory where
// they are mounted. In a container the path may be the host's, which is not there: then the directory itself is the group.
func (m *Memory) findGroup(mount, text string) {
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		switch {
		case f[1] == "":
			m.climb(mount, f[2], false, "memory.max", "memory.high")
		case f[1] == "memory" || strings.HasPrefix(f[1], "memory,") || strings.HasSuffix(f[1], ",memory"):
			m.climb(filepath.Join(mount, "memory"), f[2], true, "memory.limit_in_bytes")
		}
	}
}

func (m *Memory) climb(mount, path string, v1 bool, files ...string) {
	for dir := filepath.Join(mount, filepath.Clean("/"+path)); ; dir = filepath.Dir(dir) {
		for _, file := range files {
			// The first version says that there is no limit by a number near 2^63.
			if n, ok := number(filepath.Join(dir, file)); ok && n < 1<<62 && n < m.Group {
				m.Group, m.dir, m.v1 = n, dir, v1
			}
		}
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

// Mapped is the size of the process's address space.
func Mapped() uint64 { return statm(0) }

// Resident is what the process occupies in memory.
func Resident() uint64 { return statm(1) }

func statm(field int) uint64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	if f := strings.Fields(string(data)); len(f) > field {
		pages, _ := strconv.ParseUint(f[field], 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	return 0
}
