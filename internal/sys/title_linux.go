package sys

import (
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// argvArea is the memory that ps reads the command line from: the arguments lie one after the other, and os.Args are
// slices of it.
func argvArea() []byte {
	if len(os.Args) == 0 || len(os.Args[0]) == 0 {
		return nil
	}
	start := unsafe.StringData(os.Args[0])
	end := uintptr(unsafe.Pointer(start)) + uintptr(len(os.Args[0]))
	for _, a := range os.Args[1:] {
		if uintptr(unsafe.Pointer(unsafe.StringData(a))) != end+1 {
			break
		}
		end += 1 + uintptr(len(a))
	}
	return unsafe.Slice(start, end-uintptr(unsafe.Pointer(start)))
}

// SetTitle shows title in ps and top, as far as the space of the arguments goes, and returns what fits. The command
// must have copied os.Args before.
func SetTitle(title string) string {
	area := argvArea()
	if len(area) == 0 {
		return title
	}
	title = title[:min(len(title), len(area))]
	clear(area[copy(area, title):])
	if fd, err := unix.Open("/proc/self/task/"+strconv.Itoa(os.Getpid())+"/comm", unix.O_WRONLY|unix.O_CLOEXEC, 0); err == nil {
		unix.Write(fd, []byte(title[:min(len(title), 15)]))
		unix.Close(fd)
	}
	return title
}
