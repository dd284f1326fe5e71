package process

import "golang.org/x/sys/unix"

// residentSize is the most that the process has occupied in memory, in bytes: the present size takes a Mach call.
func residentSize() int64 {
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	return u.Maxrss
}

// maxRSS is in kilobytes.
func maxRSS(u *unix.Rusage) int64 { return u.Maxrss / 1024 }

func constrainedMemory() float64 { return 0 }

func availableMemory() int64 {
	n, _ := unix.SysctlUint64("hw.memsize")
	return int64(n)
}
