package loader

import (
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	"syscall"
)

// Kind is what stands at a path.
type Kind uint8

// Other covers sockets, pipes and devices, which resolution takes for files as Node does.
const (
	None Kind = iota
	File
	Dir
)

// Files is where modules are looked up and read. Paths are absolute and slash-separated.
type Files interface {
	Stat(path string) Kind
	ReadFile(path string) ([]byte, error)
	// Readlink returns the target of a symbolic link; ok is false for anything else.
	Readlink(path string) (target string, ok bool)
}

// OS is the operating system's files.
type OS struct{}

// Stat asks the system directly: os.Stat would cost three allocations for each of the many paths that do not exist.
func (OS) Stat(path string) Kind {
	var st syscall.Stat_t
	if syscall.Stat(path, &st) != nil {
		return None
	}
	if st.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		return Dir
	}
	return File
}

// ReadFile reads without an os.File, whose first one starts Go's poller: an empty script is all there is to read in many
// a process.
func (OS) ReadFile(path string) ([]byte, error) {
	fd, err := retry(func() (int, error) { return syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	syscall.Fstat(fd, &st)
	buf := make([]byte, 0, max(st.Size, 0)+1)
	for {
		n, err := retry(func() (int, error) { return syscall.Read(fd, buf[len(buf):cap(buf)]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: path, Err: err}
		}
		if n == 0 {
			return buf, nil
		}
		if buf = buf[:len(buf)+n]; len(buf) == cap(buf) {
			buf = slices.Grow(buf, len(buf)+512) // it says it is shorter, as in /proc
		}
	}
}

func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR {
			return n, err
		}
	}
}

func (OS) Readlink(path string) (string, bool) {
	var buf [4096]byte
	n, err := syscall.Readlink(path, buf[:])
	if err != nil || n <= 0 {
		return "", false
	}
	return string(buf[:n]), true
}

// In serves modules from an fs.FS, whose root is "/".
func In(fsys fs.FS) Files { return inFS{fsys} }

type inFS struct{ fs.FS }

func name(p string) string {
	if p = strings.TrimPrefix(path.Clean("/"+p), "/"); p == "" {
		return "."
	}
	return p
}

func (f inFS) Stat(p string) Kind {
	st, err := fs.Stat(f.FS, name(p))
	switch {
	case err != nil:
		return None
	case st.IsDir():
		return Dir
	}
	return File
}

func (f inFS) ReadFile(p string) ([]byte, error) { return fs.ReadFile(f.FS, name(p)) }

func (inFS) Readlink(string) (string, bool) { return "", false }

// realPath resolves symbolic links. Folders that have been resolved once are remembered, as Node does.
func (r *Resolver) realPath(p string) string {
	dir, base := path.Split(p)
	if base == "" || p == "/" {
		return p
	}
	dir = strings.TrimSuffix(dir, "/")
	if dir != "" {
		real, ok := r.realDirs[dir]
		if !ok {
			real = r.realPath(dir)
			if r.realDirs == nil {
				r.realDirs = map[string]string{}
			}
			r.realDirs[dir] = real
		}
		dir = real
	}
	p = strings.TrimSuffix(dir, "/") + "/" + base
	for range 40 { // the system's own bound
		target, ok := r.Files.Readlink(p)
		if !ok {
			return p
		}
		if !path.IsAbs(target) {
			target = dir + "/" + target
		}
		target = path.Clean(target)
		if path.Dir(target) != dir {
			return r.realPath(target)
		}
		p = target
	}
	return p
}

// FileURL writes a path as a file: URL.
func FileURL(p string) string {
	var b strings.Builder
	b.WriteString("file://")
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case c <= ' ', c >= 0x7f, strings.IndexByte("\"#%<>?\\`{}", c) >= 0:
			b.WriteByte('%')
			b.WriteByte("0123456789ABCDEF"[c>>4])
			b.WriteByte("0123456789ABCDEF"[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// PathOfURL gives the path of a file: URL; ok is false for anything else.
func PathOfURL(s string) (p string, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || hasEncodedSeparator(u.EscapedPath()) || u.Path == "" {
		return "", false
	}
	return u.Path, true
}
