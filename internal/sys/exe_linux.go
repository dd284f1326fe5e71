package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// startedAs is the file that the kernel has been asked to run: getauxval(3), AT_EXECFN.
func startedAs() string {
	const execFn = 31
	vector, _ := unix.Auxv()
	for i := range vector {
		if vector[i][0] == execFn {
			return unix.BytePtrToString(*(**byte)(unsafe.Pointer(&vector[i][1])))
		}
	}
	return ""
}
