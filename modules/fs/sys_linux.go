package fs

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func statAt(dir int, path string, flags int) (*fileStat, error) {
	var s unix.Statx_t
	_, err := retry(func() (any, error) {
		return nil, unix.Statx(dir, path, flags, unix.STATX_BASIC_STATS|unix.STATX_BTIME, &s)
	})
	if err != nil {
		return nil, err
	}
	ns := func(t unix.StatxTimestamp) int64 { return t.Sec*1e9 + int64(t.Nsec) }
	return &fileStat{
		numbers: [10]int64{int64(unix.Mkdev(s.Dev_major, s.Dev_minor)), int64(s.Mode), int64(s.Nlink), int64(s.Uid), int64(s.Gid),
			int64(unix.Mkdev(s.Rdev_major, s.Rdev_minor)), int64(s.Blksize), int64(s.Ino), int64(s.Size), int64(s.Blocks)},
		times: [4]int64{ns(s.Atime), ns(s.Mtime), ns(s.Ctime), ns(s.Btime)},
	}, nil
}

// readNow reads what the system has in memory. all tells that it is what was asked for, or all that there is; otherwise there is more to
// wait for behind the n bytes.
func readNow(fd int, b []byte, position int64) (n int, all bool) {
	for n < len(b) {
		at := position
		if at >= 0 {
			at += int64(n)
		}
		more, err := unix.Preadv2(fd, [][]byte{b[n:]}, at, unix.RWF_NOWAIT)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return n, false
		case more == 0:
			return n, true
		}
		n += more
	}
	return n, true
}

func statPath(path string) (*fileStat, error) { return statAt(unix.AT_FDCWD, path, 0) }

func lstatPath(path string) (*fileStat, error) {
	return statAt(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW)
}

func statFd(fd int) (*fileStat, error) { return statAt(fd, "", unix.AT_EMPTY_PATH) }

// futimes is utimensat without a path, which the wrapper cannot say.
func futimes(fd int, ts []unix.Timespec) error {
	_, _, e := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&ts[0])), 0, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

func fdatasync(fd int) error { return unix.Fdatasync(fd) }

// clone shares the blocks of a file with a copy, where the file system can.
func clone(dst, src int) error { return unix.IoctlFileClone(dst, src) }

// copyRange copies a file from the descriptors' positions to its end without bringing it here. Where that cannot be done, or all of it,
// it is false and the positions are behind what has been copied.
func copyRange(dst, src int) bool {
	for {
		n, err := unix.CopyFileRange(src, nil, dst, nil, 1<<30, 0)
		if err != nil && err != unix.EINTR {
			return false
		}
		if err == nil && n == 0 {
			return true
		}
	}
}

var platformConstants = []constant{
	{"O_DIRECT", unix.O_DIRECT}, {"O_NOATIME", unix.O_NOATIME},
}

func fragmentSize(s *unix.Statfs_t) int64 { return int64(s.Frsize) }
