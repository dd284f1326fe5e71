package sys

import "golang.org/x/sys/unix"

// Elevated tells whether the process has more rights than who started it: its file is set-uid, set-gid or has capabilities. Any goroutine.
func Elevated() bool {
	const secure = 23 // getauxval(3), AT_SECURE
	vector, _ := unix.Auxv()
	for _, entry := range vector {
		if entry[0] == secure {
			return entry[1] != 0
		}
	}
	return false
}
