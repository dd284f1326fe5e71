package sys

import "syscall"

// Elevated tells whether the process has more rights than who started it: its file is set-uid or set-gid. Any goroutine.
func Elevated() bool {
	return syscall.Getuid() != syscall.Geteuid() || syscall.Getgid() != syscall.Getegid()
}
