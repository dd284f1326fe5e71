package sys

import (
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// Memory is what bounds the memory of the process.
type Memory struct {
	Physical, Group, Space uint64 // math.MaxUint64 for no limit
}

// Limit is the tightest of the bounds.
func (m *Memory) Limit() uint64 { return min(m.Physical, m.Group, m.Space) }

// FindMemory asks the system. Any goroutine.
func FindMemory() Memory {
	m := Memory{Physical: math.MaxUint64, Group: math.MaxUint64, Space: math.MaxUint64}
	if n, err := unix.SysctlUint64("hw.memsize"); err == nil {
		m.Physical = n
	}
	return m
}

// GroupUsed is 0: there are no control groups.
func (m *Memory) GroupUsed() uint64 { return 0 }

// Processors is 0, for no limit: there are no control groups.
func Processors() float64 { return 0 }

// Resident is the most that the process has occupied in memory: the present size takes a Mach call.
func Resident() uint64 {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	return uint64(u.Maxrss)
}

// ProcessUsage is nothing: the system does not tell without cgo.
func ProcessUsage(int) (memory int64, cpu float64) { return 0, 0 }

// Monotonic is a clock that nobody sets.
func Monotonic() time.Duration { return time.Since(began) }

var began = time.Now()
