package fs

import (
	"crypto/rand"
	"math"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/runtime"
)

// do makes the work of a system call without a result.
func do(f func() error) func() (any, error) {
	return func() (any, error) { return retry(func() (any, error) { return nil, f() }) }
}

// work is do of a call on a path, see at.
func (m *module) work(real string, follow bool, f func(path string) error) func() (any, error) {
	return do(func() error { return m.at(real, follow, f) })
}

// onPath is an operation on one path that is written to.
func (m *module) onPath(call string, a args, name string, kind runtime.Access, f func(path string) error) *job {
	p := m.path(a.at(0), name, kind)
	real := m.real(p)
	return &job{syscall: call, path: p, work: m.work(real, false, f)}
}

// operations are those with nothing but a path, a descriptor and numbers; the greater ones have files of their own.
var operations = []operation{
	{"access", 3, 2, func(m *module, a args, _ form) *job {
		p := m.path(a.at(0), "path", runtime.AccessRead)
		mode := uint32(0)
		if v := a.at(1); !isNil(v) {
			mode = uint32(m.smallMode(v))
		}
		real := m.real(p)
		return &job{syscall: "access", path: p, work: m.work(real, true, func(path string) error { return unix.Access(path, mode) })}
	}},
	{"exists", 2, 1, func(m *module, a args, form form) *job {
		var p string
		no := &job{ready: m.vm.ToValue(false), verdict: true}
		if ex := m.vm.Try(func() { p = m.plainPath(a.at(0), "path") }); ex != nil {
			return no
		}
		m.rt.Access.DemandFile(runtime.AccessRead, p)
		if p == "" {
			return no
		}
		real := m.real(p)
		return &job{verdict: true, work: func() (any, error) {
			return m.at(real, true, func(path string) error { return unix.Access(path, 0) }) == nil, nil
		},
			value: func(v any) goja.Value { return m.vm.ToValue(v) }}
	}},
	{"chmod", 3, 2, func(m *module, a args, _ form) *job {
		p := m.path(a.at(0), "path", runtime.AccessWrite)
		mode, real := m.mode(a.at(1), "mode", -1), m.real(p)
		return &job{syscall: "chmod", path: p, work: m.work(real, true, func(path string) error { return unix.Chmod(path, mode) })}
	}},
	{"fchmod", 3, 2, func(m *module, a args, _ form) *job {
		mode := m.mode(a.at(1), "mode", -1)
		fd := m.fd(a.at(0))
		m.disabled("fchmod")
		return &job{syscall: "fchmod", work: do(func() error { return unix.Fchmod(fd, mode) })}
	}},
	{"chown", 4, 3, func(m *module, a args, _ form) *job { return m.chown("chown", a, true, unix.Chown) }},
	{"lchown", 4, 3, func(m *module, a args, _ form) *job { return m.chown("lchown", a, false, unix.Lchown) }},
	{"fchown", 4, 3, func(m *module, a args, _ form) *job {
		fd := m.fd(a.at(0))
		uid, gid := m.owner(a)
		m.disabled("fchown")
		return &job{syscall: "fchown", work: do(func() error { return unix.Fchown(fd, uid, gid) })}
	}},
	{"close", 1, 1, func(m *module, a args, _ form) *job {
		fd := m.fd(a.at(0))
		return &job{syscall: "close", work: func() (any, error) {
			m.rt.Files.Forget(fd)
			err := unix.Close(fd)
			if err == unix.EINTR {
				err = nil
			}
			return nil, err
		}}
	}},
	{"fdatasync", 2, 1, func(m *module, a args, _ form) *job {
		fd := m.fd(a.at(0))
		m.disabled("fdatasync")
		return &job{syscall: "fdatasync", work: do(func() error { return fdatasync(fd) })}
	}},
	{"fsync", 2, 1, func(m *module, a args, _ form) *job {
		fd := m.fd(a.at(0))
		m.disabled("fsync")
		return &job{syscall: "fsync", work: do(func() error { return unix.Fsync(fd) })}
	}},
	{"ftruncate", 1, 1, func(m *module, a args, _ form) *job {
		length := m.length(a.at(1))
		fd := m.fd(a.at(0))
		return &job{syscall: "ftruncate", work: do(func() error { return unix.Ftruncate(fd, max(length, 0)) })}
	}},
	{"truncate", 3, 2, func(m *module, a args, form form) *job {
		if m.isNumber(a.at(0)) && form != promise {
			m.warn("DEP0081", "Using fs.truncate with a file descriptor is deprecated. Please use fs.ftruncate with a file descriptor instead.")
			length := m.length(a.at(1))
			fd := m.fd(a.at(0))
			return &job{syscall: "ftruncate", work: do(func() error { return unix.Ftruncate(fd, max(length, 0)) })}
		}
		var length int64
		// But for the callback form the length is looked at when the file is open.
		refused := m.vm.Try(func() { length = m.length(a.at(1)) })
		if refused != nil && form == callback {
			panic(refused)
		}
		p := m.plainPath(a.at(0), "path")
		m.openly(unix.O_RDWR, p)
		real := m.real(p)
		return &job{syscall: "ftruncate", work: func() (any, error) {
			fd, err := m.open(real, unix.O_RDWR, 0)
			if err != nil {
				return nil, &failure{err, "open", p, ""}
			}
			defer unix.Close(fd)
			if refused != nil {
				return nil, &thrown{refused.Value}
			}
			return nil, unix.Ftruncate(fd, max(length, 0))
		}}
	}},
	{"utimes", 4, 3, func(m *module, a args, _ form) *job { return m.utimes("utime", a, 0) }},
	{"lutimes", 4, 3, func(m *module, a args, _ form) *job { return m.utimes("lutime", a, unix.AT_SYMLINK_NOFOLLOW) }},
	{"futimes", 4, 3, func(m *module, a args, _ form) *job {
		fd := m.fd(a.at(0))
		ts := []unix.Timespec{m.time(a.at(1), "atime"), m.time(a.at(2), "mtime")}
		m.disabled("futimes")
		return &job{syscall: "futime", work: do(func() error { return futimes(fd, ts) })}
	}},
	{"rename", 3, 2, func(m *module, a args, _ form) *job {
		return m.onPaths("rename", a, "oldPath", "newPath", runtime.AccessWrite, unix.Rename)
	}},
	{"link", 3, 2, func(m *module, a args, _ form) *job {
		return m.onPaths("link", a, "existingPath", "newPath", runtime.AccessWrite, unix.Link)
	}},
	{"symlink", 4, 3, func(m *module, a args, _ form) *job {
		kind := func() {
			t := a.at(2)
			if m.isString(t) {
				switch t.String() {
				case "dir", "file", "junction":
					return
				}
			} else if isNil(t) {
				return
			}
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "type", t, "must be one of: 'dir', 'file', 'junction', null, undefined"))
		}
		kind()
		target := m.plainPath(a.at(0), "target")
		p := m.plainPath(a.at(1), "path")
		if !m.rt.Access.AllFiles() {
			m.rt.Throw(m.rt.NewError("ERR_ACCESS_DENIED", "fs.symlink API requires full fs.read and fs.write permissions.", "", ""))
		}
		m.rt.Access.DemandFile(runtime.AccessWrite, p)
		real := m.real(p)
		return &job{syscall: "symlink", path: target, dest: p, work: m.work(real, false, func(path string) error { return unix.Symlink(target, path) })}
	}},
	{"unlink", 2, 1, func(m *module, a args, _ form) *job {
		return m.onPath("unlink", a, "path", runtime.AccessWrite, unix.Unlink)
	}},
	{"readlink", 3, 2, func(m *module, a args, _ form) *job {
		o := m.options(a.at(1))
		p := m.path(a.at(0), "oldPath", runtime.AccessRead)
		real := m.real(p)
		return &job{syscall: "readlink", path: p, work: func() (any, error) { return m.readlink(real) },
			value: func(v any) goja.Value { return m.name(v.(string), o.encoding) }}
	}},
	{"mkdtemp", 3, 2, func(m *module, a args, _ form) *job {
		o := m.options(a.at(1))
		prefix := m.plainPath(a.at(0), "prefix")
		m.rt.Access.DemandFile(runtime.AccessWrite, prefix+"XXXXXX")
		if n := len(prefix); n > 0 && prefix[n-1] == 'X' && !m.warned["mkdtemp"] {
			m.warned["mkdtemp"] = true
			m.emitWarning("mkdtemp() templates ending with X are not portable. For details see: https://nodejs.org/api/fs.html")
		}
		return &job{syscall: "mkdtemp", path: prefix + "XXXXXX", work: func() (any, error) { return m.mkdtemp(prefix) },
			value: func(v any) goja.Value { return m.name(v.(string), o.encoding) }}
	}},
	{"copyFile", 4, 3, func(m *module, a args, _ form) *job {
		src, dst := m.plainPath(a.at(0), "src"), m.plainPath(a.at(1), "dest")
		m.rt.Access.DemandFile(runtime.AccessRead, src)
		m.rt.Access.DemandFile(runtime.AccessWrite, dst)
		mode := m.copyMode(a.at(2))
		from, to := m.real(src), m.real(dst)
		return &job{syscall: "copyfile", path: src, dest: dst, work: func() (any, error) { return nil, m.copyFile(from, to, mode) }}
	}},
	{"stat", 1, 1, statOf},
	{"lstat", 1, 1, lstatOf},
	{"fstat", 1, 1, fstatOf},
	{"statfs", 1, 1, statfsOf},
	{"mkdir", 3, 2, mkdirOf},
	{"rmdir", 3, 2, rmdirOf},
	{"rm", 3, 2, rmOf},
	{"readdir", 3, 2, readdirOf},
	{"realpath", 3, 2, realpathOf},
	{"opendir", 3, 2, opendirOf},
	{"open", 4, 3, openOf},
	{"read", 6, 5, readOf},
	{"readv", 4, 3, readvOf},
	{"write", 6, 5, writeOf},
	{"writev", 4, 3, writevOf},
	{"readFile", 3, 2, readFileOf},
	{"writeFile", 4, 3, func(m *module, a args, f form) *job { return writeFileOf(m, a, "w", f) }},
	{"appendFile", 4, 3, func(m *module, a args, f form) *job { return writeFileOf(m, a, "a", f) }},
}

// length is what a file is truncated to.
func (m *module) length(v goja.Value) int64 {
	if goja.IsUndefined(v) {
		return 0
	}
	return m.rt.ValidateInteger(v, "len", -engine.MaxSafeInteger, engine.MaxSafeInteger)
}

func (m *module) copyMode(v goja.Value) int {
	if isNil(v) {
		return 0
	}
	return int(m.smallMode(v))
}

// smallMode checks the modes of access and copyFile, as Node's native half does.
func (m *module) smallMode(v goja.Value) int64 {
	fail := func(class, code, message string) {
		o := m.rt.NewPlainError(class, message)
		o.Set("code", code)
		m.rt.Throw(o)
	}
	f := v.ToFloat()
	switch {
	case !m.isNumber(v) || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32:
		fail("TypeError", "ERR_INVALID_ARG_TYPE", "mode must be int32 or null/undefined")
	case f < 0 || f > 7:
		fail("RangeError", "ERR_OUT_OF_RANGE", "mode is out of range: >= 0 && <= 7")
	}
	return int64(f)
}

func (m *module) owner(a args) (uid, gid int) {
	id := func(v goja.Value, name string) int {
		return int(int32(uint32(m.rt.ValidateInteger(v, name, -1, 1<<32-1))))
	}
	return id(a.at(1), "uid"), id(a.at(2), "gid")
}

func (m *module) chown(call string, a args, follow bool, f func(string, int, int) error) *job {
	p := m.path(a.at(0), "path", runtime.AccessWrite)
	uid, gid := m.owner(a)
	real := m.real(p)
	return &job{syscall: call, path: p, work: m.work(real, follow, func(path string) error { return f(path, uid, gid) })}
}

func (m *module) utimes(call string, a args, flags int) *job {
	p := m.path(a.at(0), "path", runtime.AccessWrite)
	ts := []unix.Timespec{m.time(a.at(1), "time"), m.time(a.at(2), "time")}
	real := m.real(p)
	return &job{syscall: call, path: p, work: m.work(real, flags == 0, func(path string) error { return unix.UtimesNanoAt(unix.AT_FDCWD, path, ts, flags) })}
}

func (m *module) onPaths(call string, a args, first, second string, kind runtime.Access, f func(a, b string) error) *job {
	p, q := m.plainPath(a.at(0), first), m.plainPath(a.at(1), second)
	m.rt.Access.DemandFile(runtime.AccessRead, p)
	m.rt.Access.DemandFile(kind, p)
	m.rt.Access.DemandFile(runtime.AccessWrite, q)
	from, to := m.real(p), m.real(q)
	return &job{syscall: call, path: p, dest: q, work: do(func() error { return m.both(from, to, f) })}
}

func readlink(path string) (string, error) {
	for size := 256; ; size *= 2 {
		b := make([]byte, size)
		n, err := unix.Readlink(path, b)
		if err != nil {
			return "", err
		}
		if n < size {
			return string(b[:n]), nil
		}
	}
}

// mkdtemp fills the six characters behind prefix as mkdtemp(3) does.
func (m *module) mkdtemp(prefix string) (string, error) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for range 100 {
		p := []byte(prefix)
		var random [6]byte
		rand.Read(random[:])
		for _, r := range random {
			p = append(p, letters[int(r)%len(letters)])
		}
		err := m.mkdir(m.real(string(p)), 0o700)
		if err == nil {
			return string(p), nil
		}
		if err != syscall.EEXIST {
			return "", err
		}
	}
	return "", syscall.EEXIST
}

// copyFile is uv_fs_copyfile.
func (m *module) copyFile(from, to string, mode int) error {
	src, err := m.open(from, unix.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer unix.Close(src)
	s, err := statFd(src)
	if err != nil {
		return err
	}
	flags := unix.O_WRONLY | unix.O_CREAT
	if mode&copyExclusive != 0 {
		flags |= unix.O_EXCL
	}
	perm := uint32(s.numbers[statMode]) & 0o7777
	dst, err := m.open(to, flags, perm)
	if err != nil {
		return err
	}
	defer unix.Close(dst)
	d, err := statFd(dst)
	if err != nil {
		return err
	}
	if s.numbers[0] == d.numbers[0] && s.numbers[statIno] == d.numbers[statIno] {
		return nil // onto itself
	}
	if err := unix.Ftruncate(dst, 0); err != nil && err != syscall.EINVAL {
		return err
	}
	if err := unix.Fchmod(dst, perm); err != nil && err != syscall.EPERM {
		return err
	}
	if mode&(copyClone|copyCloneForce) != 0 {
		if err := clone(dst, src); err == nil || mode&copyCloneForce != 0 {
			return err
		}
	}
	if s.numbers[statSize] > 0 && copyRange(dst, src) {
		return nil
	}
	b := make([]byte, 128<<10)
	for {
		n, err := retry(func() (int, error) { return unix.Read(src, b) })
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if _, err := writeAll(dst, b[:n], -1); err != nil {
			return err
		}
	}
}

func (m *module) emitWarning(args ...string) {
	values := make([]goja.Value, len(args))
	for i, a := range args {
		values[i] = m.vm.ToValue(a)
	}
	m.rt.CallMethod(m.rt.Require("process"), "emitWarning", values...)
}

// warn emits a deprecation warning once.
func (m *module) warn(code, text string) {
	if !m.warned[code] {
		m.warned[code] = true
		m.emitWarning(text, "DeprecationWarning", code)
	}
}
