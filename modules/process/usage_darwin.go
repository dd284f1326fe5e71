package process

import "golang.org/x/sys/unix"

// maxRSS is in kilobytes.
func maxRSS(u *unix.Rusage) int64 { return u.Maxrss / 1024 }

func constrainedMemory() float64 { return 0 }

func availableMemory() int64 {
	n, _ := unix.SysctlUint64("hw.memsize")
	return int64(n)
}
