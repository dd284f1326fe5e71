package fs

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func fill(s *unix.Stat_t, err error) (*fileStat, error) {
	if err != nil {
		return nil, err
	}
	ns := func(t unix.Timespec) int64 { return t.Nano() }
	return &fileStat{
		numbers: [10]int64{int64(s.Dev), int64(s.Mode), int64(s.Nlink), int64(s.Uid), int64(s.Gid),
			int64(s.Rdev), int64(s.Blksize), int64(s.Ino), s.Size, s.Blocks},
		times: [4]int64{ns(s.Atim), ns(s.Mtim), ns(s.Ctim), ns(s.Btim)},
	}, nil
}

func statPath(path string) (*fileStat, error) {
	var s unix.Stat_t
	return fill(&s, unix.Stat(path, &s))
}

func lstatPath(path string) (*fileStat, error) {
	var s unix.Stat_t
	return fill(&s, unix.Lstat(path, &s))
}

func statFd(fd int) (*fileStat, error) {
	var s unix.Stat_t
	return fill(&s, unix.Fstat(fd, &s))
}

func futimes(fd int, ts []unix.Timespec) error {
	return unix.Futimes(fd, []unix.Timeval{unix.NsecToTimeval(ts[0].Nano()), unix.NsecToTimeval(ts[1].Nano())})
}

func fdatasync(fd int) error { return unix.Fsync(fd) }

func clone(dst, src int) error { return syscall.ENOTSUP }

// copyRange leaves all copying to reads and writes.
func copyRange(dst, src int) bool { return false }

var platformConstants = []constant{{"O_SYMLINK", unix.O_SYMLINK}}

// readNow leaves all reading to other goroutines: this system cannot read without waiting.
func readNow(int, []byte, int64) (int, bool) { return 0, false }

func fragmentSize(s *unix.Statfs_t) int64 { return int64(s.Bsize) }
