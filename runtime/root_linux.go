package runtime

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Root is a directory that takes the place of the system's root for module fs. Any goroutine.
type Root struct {
	fd   int
	file *os.File // which keeps fd
}

// openRoot opens what an os.Root stands for.
func openRoot(of *os.Root) (*Root, error) {
	f, err := of.Open(".")
	if err != nil {
		return nil, err
	}
	r := &Root{file: f}
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { r.fd = int(fd) })
	}
	if err == nil { // both openat2 and /proc have to be there
		err = r.At("/", true, func(name string) error { return unix.Access(name, unix.F_OK) })
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("runtime: this system cannot keep files within a root: %w", err)
	}
	return r, nil
}

// within is what keeps paths within the root: absolute ones and links begin there, and what the kernel's own links stand for is not reached.
const within = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS

// Open is open(2) within the root.
func (r *Root) Open(name string, flags int, mode uint32) (int, error) {
	how := unix.OpenHow{Flags: uint64(flags) | unix.O_CLOEXEC, Resolve: within}
	if flags&(unix.O_CREAT|unix.O_TMPFILE&^unix.O_DIRECTORY) != 0 {
		how.Mode = uint64(mode & 0o7777)
	}
	for {
		// EAGAIN is for a path that something has changed meanwhile.
		fd, err := unix.Openat2(r.fd, name, &how)
		if err != unix.EINTR && err != unix.EAGAIN {
			return fd, err
		}
	}
}

// At calls f with a path to what name stands for within the root, which stays so whatever becomes of the names meanwhile. follow tells whether a
// link at the end is followed; otherwise f must not follow it either.
func (r *Root) At(name string, follow bool, f func(path string) error) error {
	if name == "" {
		return unix.ENOENT
	}
	dir, base := name, ""
	if trimmed := strings.TrimRight(name, "/"); !follow && trimmed != "" {
		i := strings.LastIndexByte(trimmed, '/') + 1
		if last := trimmed[i:]; last != "." && last != ".." {
			dir, base = name[:i], name[i:]
		}
	}
	if dir == "" {
		dir = "."
	}
	flags := unix.O_PATH
	if base != "" {
		flags |= unix.O_DIRECTORY
	}
	fd, err := r.Open(dir, flags, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	pinned := "/proc/self/fd/" + strconv.Itoa(fd)
	if base != "" {
		pinned += "/" + base
	}
	return f(pinned)
}

func (r *Root) close() { r.file.Close() }
