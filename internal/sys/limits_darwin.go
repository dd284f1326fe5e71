package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// The resources of Limit.
const (
	LimitCPU   = unix.RLIMIT_CPU
	LimitFiles = unix.RLIMIT_NOFILE
)

// Descendants is empty: the system does not tell without cgo.
func Descendants(int) []int { return nil }

// spawnLimited fails: the system sets no limits of another process.
func spawnLimited(func() (int, syscall.Errno), *syscall.SysProcAttr, []Limit) (int, syscall.Errno) {
	return 0, unix.ENOTSUP
}

// LimitData does nothing: the system sets no limits of another process.
func LimitData(int, uint64) {}
