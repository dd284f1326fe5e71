package process

import (
	"math"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// maxRSS is in kilobytes.
func maxRSS(u *unix.Rusage) int64 { return int64(u.Maxrss) }

// constrainedMemory is the limit of the control group; without one it is 2^64, as libuv has it.
func constrainedMemory() float64 {
	m := sys.FindMemory()
	return float64(m.Group)
}

// availableMemory is what the machine has left, or the control group.
func availableMemory() int64 {
	m := sys.FindMemory()
	free := field("/proc/meminfo", "MemAvailable:")
	if m.Group != math.MaxUint64 {
		free = min(free, int64(m.Group-min(m.Group, m.GroupUsed())))
	}
	return free
}
