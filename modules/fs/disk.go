package fs

import (
	"os"

	"golang.org/x/sys/unix"
)

// at does a system call on a path. Where a policy keeps the script within a root, the path is one to what the name stands for there, whatever becomes of
// names meanwhile. follow tells whether the call follows a link at the path's end. Any goroutine, as all of these.
func (m *module) at(real string, follow bool, f func(path string) error) error {
	if root := m.rt.Access.Root(); root != nil {
		return root.At(real, follow, f)
	}
	return f(real)
}

func (m *module) open(real string, flags int, mode uint32) (int, error) {
	if root := m.rt.Access.Root(); root != nil {
		return root.Open(real, flags, mode)
	}
	return retry(func() (int, error) { return unix.Open(real, flags|unix.O_CLOEXEC, mode) })
}

func (m *module) statPath(real string) (s *fileStat, err error) {
	if m.rt.Access.Root() == nil {
		return statPath(real)
	}
	err = m.at(real, true, func(path string) (err error) { s, err = statPath(path); return err })
	return s, err
}

func (m *module) lstatPath(real string) (s *fileStat, err error) {
	if m.rt.Access.Root() == nil {
		return lstatPath(real)
	}
	err = m.at(real, false, func(path string) (err error) { s, err = lstatPath(path); return err })
	return s, err
}

func (m *module) readlink(real string) (target string, err error) {
	err = m.at(real, false, func(path string) (err error) { target, err = readlink(path); return err })
	return target, err
}

func (m *module) readDir(real string) (list []os.DirEntry, err error) {
	err = m.at(real, true, func(path string) (err error) { list, err = os.ReadDir(path); return err })
	return list, err
}

func (m *module) openDir(real string) (f *os.File, err error) {
	err = m.at(real, true, func(path string) (err error) { f, err = os.Open(path); return err })
	return f, err
}

func (m *module) mkdir(real string, mode uint32) error {
	return m.at(real, false, func(path string) error { return unix.Mkdir(path, mode) })
}

func (m *module) rmdir(real string) error  { return m.at(real, false, unix.Rmdir) }
func (m *module) unlink(real string) error { return m.at(real, false, unix.Unlink) }

// both does a system call on two paths without following a link at the end of either.
func (m *module) both(from, to string, f func(from, to string) error) error {
	return m.at(from, false, func(from string) error {
		return m.at(to, false, func(to string) error { return f(from, to) })
	})
}
