package confine

import (
	"time"

	"golang.org/x/sys/unix"
)

// Limits are what a process may take; zero is no limit of its own.
type Limits struct {
	// CPU is processor time. Who has used it up is killed, within the second.
	CPU time.Duration
	// Files is how many descriptors may be open.
	Files int
}

// Seal puts a process that Start has started under limits and a filter of system calls, for good: before it does anything for strangers. The error is why there is no
// filter; the limits are there all the same.
func Seal(r Rules, l Limits) error {
	set := func(resource int, value uint64) {
		var old unix.Rlimit
		if unix.Getrlimit(resource, &old) == nil {
			value = min(value, old.Max)
			unix.Setrlimit(resource, &unix.Rlimit{Cur: value, Max: value})
		}
	}
	set(unix.RLIMIT_CORE, 0)
	if l.CPU > 0 {
		set(unix.RLIMIT_CPU, uint64((l.CPU+time.Second-1)/time.Second))
	}
	if l.Files > 0 {
		set(unix.RLIMIT_NOFILE, uint64(l.Files))
	}
	return seal(r)
}
