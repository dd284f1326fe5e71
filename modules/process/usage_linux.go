package process

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// residentSize is what the process occupies in memory, in bytes.
func residentSize() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	if f := strings.Fields(string(data)); len(f) > 1 {
		pages, _ := strconv.ParseInt(f[1], 10, 64)
		return pages * int64(os.Getpagesize())
	}
	return 0
}

// maxRSS is in kilobytes.
func maxRSS(u *unix.Rusage) int64 { return int64(u.Maxrss) }

// constrainedMemory is the limit of the control group, 0 for none known.
func constrainedMemory() float64 {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if data, err := os.ReadFile(file); err == nil {
			if text := strings.TrimSpace(string(data)); text != "max" {
				n, _ := strconv.ParseFloat(text, 64)
				return n
			}
			return 18446744073709552000
		}
	}
	return 0
}

func availableMemory() int64 { return field("/proc/meminfo", "MemAvailable:") }
