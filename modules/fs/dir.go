package fs

import (
	iofs "io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/runtime"
)

func mkdirOf(m *module, a args, form form) *job {
	p := m.path(a.at(0), "path", runtime.AccessWrite)
	mode, recursive := uint32(0o777), false
	switch o, object := a.at(1).(*goja.Object); {
	case object:
		if v := o.Get("recursive"); v != nil && !goja.IsUndefined(v) {
			recursive = m.rt.ValidateBoolean(v, "options.recursive")
		}
		if v := o.Get("mode"); v != nil && !goja.IsUndefined(v) {
			name := "options.mode"
			if form == promise {
				name = "mode"
			}
			mode = m.mode(v, name, -1)
		}
	case !isNil(a.at(1)):
		mode = m.mode(a.at(1), "mode", -1)
	}
	real := m.real(p)
	if !recursive {
		return &job{syscall: "mkdir", path: p, work: do(func() error { return m.mkdir(real, mode) })}
	}
	return &job{syscall: "mkdir", path: p, work: func() (any, error) { return m.mkdirAll(real, p, mode) },
		value: func(v any) goja.Value {
			if v == "" {
				return goja.Undefined()
			}
			return m.vm.ToValue(display(v.(string)))
		}}
}

// mkdirAll makes a directory and those above it, and returns the first that it made.
func (m *module) mkdirAll(real, shown string, mode uint32) (any, error) {
	first := ""
	var todo []string
	next := real
	for {
		err := m.mkdir(next, mode)
		switch err {
		case nil:
			if first == "" {
				first = next
			}
			if len(todo) == 0 {
				if !path.IsAbs(shown) && path.IsAbs(first) { // as it was asked for
					if dir, err := m.rt.Cwd(); err == nil {
						first = strings.TrimPrefix(first, dir+"/")
					}
				}
				return strings.TrimRight(first, "/"), nil
			}
			next, todo = todo[len(todo)-1], todo[:len(todo)-1]
			continue
		case syscall.ENOENT:
			up := path.Dir(strings.TrimRight(next, "/"))
			if up == next || next == "" {
				return nil, err
			}
			todo = append(todo, next)
			next = up
			continue
		case syscall.EEXIST, syscall.EISDIR, syscall.EPERM, syscall.EROFS, syscall.EACCES:
			s, e := m.statPath(next)
			if e == nil && s.kind() == unix.S_IFDIR {
				if len(todo) == 0 {
					return first, nil
				}
				next, todo = todo[len(todo)-1], todo[:len(todo)-1]
				continue
			}
			if e == nil && err == syscall.EEXIST && len(todo) > 0 {
				return nil, &failure{syscall.ENOTDIR, "mkdir", todo[0], ""}
			}
			if e == nil && len(todo) == 0 {
				return nil, &failure{syscall.EEXIST, "mkdir", shown, ""}
			}
			return nil, err
		default:
			return nil, err
		}
	}
}

// removal are the options of rm and rmdir.
type removal struct {
	recursive, force bool
	retries          int
	delay            time.Duration
}

func (m *module) removal(v goja.Value, rm bool) removal {
	r := removal{delay: 100 * time.Millisecond}
	if v == nil || goja.IsUndefined(v) {
		return r
	}
	o := m.rt.ValidateObject(v, "options")
	has := func(name string) (goja.Value, bool) {
		x := o.Get(name)
		return x, x != nil
	}
	if v, ok := has("recursive"); ok {
		r.recursive = m.rt.ValidateBoolean(v, "options.recursive")
	}
	if v, ok := has("retryDelay"); ok {
		r.delay = time.Duration(m.rt.ValidateInt32(v, "options.retryDelay", 0, 1<<31-1)) * time.Millisecond
	}
	if v, ok := has("maxRetries"); ok {
		r.retries = int(m.rt.ValidateUint32(v, "options.maxRetries", false))
	}
	if v, ok := has("force"); ok && rm {
		r.force = m.rt.ValidateBoolean(v, "options.force")
	}
	return r
}

func rmdirOf(m *module, a args, form form) *job {
	p := m.path(a.at(0), "path", runtime.AccessWrite)
	r := m.removal(a.at(1), false)
	real := m.real(p)
	if !r.recursive {
		return &job{syscall: "rmdir", path: p, work: do(func() error { return m.rmdir(real) })}
	}
	m.warn("DEP0147", "In future versions of Node.js, fs.rmdir(path, { recursive: true }) will be removed. "+
		"Use fs.rm(path, { recursive: true }) instead")
	return &job{syscall: "rmdir", path: p, work: func() (any, error) {
		s, err := m.lstatPath(real)
		if err != nil {
			call := "lstat"
			if form == promise {
				call = "stat"
			}
			return nil, &failure{err, call, p, ""}
		}
		if s.kind() != unix.S_IFDIR {
			return nil, m.rmdir(real)
		}
		return nil, m.remove(r, real, p)
	}}
}

func rmOf(m *module, a args, _ form) *job {
	p := m.plainPath(a.at(0), "path")
	m.rt.Access.RefuseFile(runtime.AccessRead, p)
	m.rt.Access.DemandFile(runtime.AccessWrite, p)
	r := m.removal(a.at(1), true)
	real := m.real(p)
	return &job{syscall: "rm", path: p, work: func() (any, error) {
		s, err := m.lstatPath(real)
		if err != nil {
			if r.force && err == syscall.ENOENT {
				return nil, nil
			}
			return nil, &failure{err, "lstat", p, ""}
		}
		if s.kind() == unix.S_IFDIR && !r.recursive {
			return nil, &thrown{func() goja.Value {
				return m.rt.NewContextError("ERR_FS_EISDIR", engine.SystemError{Errno: int(syscall.EISDIR), Syscall: "rm", Path: p}, "is a directory")
			}}
		}
		return nil, m.remove(r, real, p)
	}}
}

// remove takes a tree away. A name that vanishes meanwhile is no error; busy ones are tried again.
func (m *module) remove(r removal, real, shown string) error {
	for try := 0; ; try++ {
		err := m.removeOnce(r, real, shown)
		f, ok := err.(*failure)
		if !ok || try >= r.retries {
			return err
		}
		switch f.errno {
		case syscall.EBUSY, syscall.EMFILE, syscall.ENFILE, syscall.ENOTEMPTY, syscall.EPERM:
			time.Sleep(time.Duration(try+1) * r.delay)
		default:
			return err
		}
	}
}

func (m *module) removeOnce(r removal, real, shown string) error {
	err := m.unlink(real)
	switch err {
	case nil, syscall.ENOENT:
		return nil
	case syscall.EISDIR, syscall.EPERM:
	default:
		return &failure{err, "unlink", shown, ""}
	}
	s, e := m.lstatPath(real)
	if e != nil || s.kind() != unix.S_IFDIR {
		return &failure{err, "unlink", shown, ""}
	}
	for {
		e := m.rmdir(real)
		switch e {
		case nil, syscall.ENOENT:
			return nil
		case syscall.ENOTEMPTY, syscall.EEXIST:
		default:
			return &failure{e, "rmdir", shown, ""}
		}
		entries, err := m.readDir(real)
		if err != nil {
			return &failure{err, "scandir", shown, ""}
		}
		if len(entries) == 0 {
			return &failure{e, "rmdir", shown, ""}
		}
		for _, d := range entries {
			if err := m.remove(r, real+"/"+d.Name(), shown+"/"+d.Name()); err != nil {
				return err
			}
		}
	}
}

// entry is a directory entry, with the directory it is in.
type entry struct {
	name, parent string
	kind         int
}

func direntKind(mode iofs.FileMode) int {
	switch {
	case mode.IsRegular():
		return direntFile
	case mode.IsDir():
		return direntDir
	case mode&iofs.ModeSymlink != 0:
		return direntLink
	case mode&iofs.ModeNamedPipe != 0:
		return direntFIFO
	case mode&iofs.ModeSocket != 0:
		return direntSocket
	case mode&iofs.ModeCharDevice != 0:
		return direntChar
	case mode&iofs.ModeDevice != 0:
		return direntBlock
	}
	return direntUnknown
}

// dirent is the kind of an entry with that state.
func (s *fileStat) dirent() int {
	switch s.kind() {
	case unix.S_IFREG:
		return direntFile
	case unix.S_IFDIR:
		return direntDir
	case unix.S_IFLNK:
		return direntLink
	case unix.S_IFIFO:
		return direntFIFO
	case unix.S_IFSOCK:
		return direntSocket
	case unix.S_IFCHR:
		return direntChar
	case unix.S_IFBLK:
		return direntBlock
	}
	return direntUnknown
}

// defineDirent makes the class Dirent.
func (m *module) defineDirent() *goja.Object {
	m.direntType = goja.NewSymbol("type")
	class, proto := m.rt.Class("Dirent", 3, func(call goja.ConstructorCall) *goja.Object {
		call.This.Set("name", call.Argument(0))
		call.This.Set("parentPath", call.Argument(2))
		call.This.SetSymbol(m.direntType, call.Argument(1))
		return nil
	})
	for _, k := range []struct {
		name string
		kind int64
	}{
		{"isDirectory", direntDir}, {"isFile", direntFile}, {"isBlockDevice", direntBlock}, {"isCharacterDevice", direntChar},
		{"isSymbolicLink", direntLink}, {"isFIFO", direntFIFO}, {"isSocket", direntSocket},
	} {
		m.rt.SetMethod(proto, k.name, 0, func(call goja.FunctionCall) goja.Value {
			v := call.This.ToObject(m.vm).GetSymbol(m.direntType)
			return m.vm.ToValue(v != nil && v.ToInteger() == k.kind)
		})
	}
	m.dirent = proto
	return class
}

// direntValue makes a Dirent. parent is the value of e.parent, where it is known.
func (m *module) direntValue(e entry, encoding string, parent goja.Value) goja.Value {
	if parent == nil {
		parent = m.vm.ToValue(display(e.parent))
	}
	if m.direntRecords == nil {
		m.direntRecords = m.rt.Records("name", "parentPath")
	}
	o := m.direntRecords.New(m.dirent, m.name(e.name, encoding), parent)
	o.SetSymbol(m.direntType, m.vm.ToValue(e.kind))
	return o
}

func readdirOf(m *module, a args, form form) *job {
	o := m.options(a.at(1))
	p := m.path(a.at(0), "path", runtime.AccessRead)
	recursive := false
	if v := o.get("recursive"); !isNil(v) {
		if form == promise {
			recursive = v.ToBoolean()
		} else {
			recursive = m.rt.ValidateBoolean(v, "options.recursive")
		}
	}
	types := truthy(o.get("withFileTypes"))
	return &job{syscall: "scandir", path: p, work: func() (any, error) {
		var list []entry
		// Breadth first, as Node lists.
		for queue := []string{p}; len(queue) > 0; queue = queue[1:] {
			dir := queue[0]
			found, err := m.readDir(m.real(dir))
			if dir == "" {
				err = syscall.ENOENT
			}
			if err != nil {
				return nil, &failure{err, "scandir", dir, ""}
			}
			for _, d := range found {
				e := entry{d.Name(), dir, direntKind(d.Type())}
				if recursive {
					full := path.Join(dir, e.name)
					if e.kind == direntDir {
						queue = append(queue, full)
					} else if !types && e.kind == direntLink {
						if s, err := m.statPath(m.real(full)); err == nil && s.kind() == unix.S_IFDIR {
							queue = append(queue, full)
						}
					}
					if !types {
						e.name = strings.TrimPrefix(strings.TrimPrefix(full, path.Clean(p)), "/")
					}
				}
				list = append(list, e)
			}
		}
		return list, nil
	}, value: func(v any) goja.Value {
		list := v.([]entry)
		items := make([]any, len(list))
		var parent goja.Value // of those before
		for i, e := range list {
			if types {
				if i == 0 || e.parent != list[i-1].parent {
					parent = m.vm.ToValue(display(e.parent))
				}
				items[i] = m.direntValue(e, o.encoding, parent)
			} else {
				items[i] = m.name(e.name, o.encoding)
			}
		}
		return m.vm.NewArray(items...)
	}}
}

// realpathOf resolves links as Node's JavaScript does, one component after the other: its errors name lstat and the
// component.
func realpathOf(m *module, a args, form form) *job {
	o := m.options(a.at(1))
	v := a.at(0)
	if object, ok := v.(*goja.Object); form != promise && (!ok || !isURL(object)) {
		if _, symbol := v.(*goja.Symbol); symbol {
			panic(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
		}
		v = v.ToString() // a primitive
		if _, symbol := v.(*goja.Symbol); symbol {
			panic(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
		}
		v = m.vm.ToValue(v.String())
	}
	p := m.plainPath(v, "path")
	if form != sync || m.rt.Access.Hosted() {
		m.rt.Access.DemandFile(runtime.AccessRead, p)
	}
	value := func(v any) goja.Value { return m.name(v.(string), o.encoding) }
	if form == promise {
		return m.nativeRealpath(p, value)
	}
	return &job{syscall: "lstat", path: p, value: value, work: func() (any, error) {
		cwd, err := m.rt.Cwd()
		if err != nil {
			return nil, err
		}
		return m.resolveLinks(p, cwd)
	}}
}

func absolute(p, cwd string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(cwd, p)
}

func (m *module) resolveLinks(p, cwd string) (string, error) {
	p = absolute(p, cwd)
	known := map[string]bool{}
	links := map[string]string{}
	for done := 0; ; {
		end := strings.IndexByte(p[done+1:], '/')
		last := end < 0
		if last {
			end = len(p)
		} else {
			end += done + 1
		}
		base := p[:end]
		if base == "/" {
			return base, nil
		}
		if !known[base] {
			s, err := m.lstatPath(base)
			if err != nil {
				return "", &failure{err, "lstat", base, ""}
			}
			if s.kind() == unix.S_IFLNK {
				id := strconv.FormatInt(s.numbers[0], 32) + ":" + strconv.FormatInt(s.numbers[statIno], 32)
				target, seen := links[id]
				special := false
				if !seen {
					t, err := m.statPath(base)
					if err != nil {
						return "", &failure{err, "stat", base, ""}
					}
					special = t.kind() == unix.S_IFIFO || t.kind() == unix.S_IFSOCK
					if target, err = m.readlink(base); err != nil {
						return "", &failure{err, "readlink", base, ""}
					}
					links[id] = target
				}
				rest := ""
				if !last {
					rest = p[end:]
				}
				p = path.Clean(absolute(target, path.Dir(base)) + rest)
				if special {
					// A pipe has no place: "/proc/1/fd/pipe:[7]" is as far as it goes.
					return p, nil
				}
				done = 0
				continue
			}
			known[base] = true
		}
		if last {
			return p, nil
		}
		done = end
	}
}

func (m *module) nativeRealpath(p string, value func(any) goja.Value) *job {
	return &job{syscall: "realpath", path: p, value: value, work: func() (any, error) {
		if p == "" {
			return nil, syscall.ENOENT
		}
		cwd, err := m.rt.Cwd()
		if err != nil {
			return nil, err
		}
		r, err := m.resolveLinks(p, cwd)
		if f, ok := err.(*failure); ok {
			err = f.errno
		}
		return r, err
	}}
}

func realpathNativeOf(m *module, a args, _ form) *job {
	o := m.options(a.at(1))
	p := m.path(a.at(0), "path", runtime.AccessRead)
	return m.nativeRealpath(p, func(v any) goja.Value { return m.name(v.(string), o.encoding) })
}
