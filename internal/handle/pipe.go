package handle

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// Pipe is a unix socket, connected or listening, or an end of a pipe. Loop goroutine only.
type Pipe struct {
	Stream
	path  string // bound to, and to be unlinked at close
	bound bool
}

// NewPipe makes a pipe handle without a descriptor. With ipc it receives descriptors that its peer sends.
func NewPipe(l *loop.Loop, kind string, ipc bool) *Pipe {
	p := &Pipe{}
	p.init(l, kind)
	p.ipc = ipc
	return p
}

// Open takes over a descriptor.
func (p *Pipe) Open(fd int) syscall.Errno { return p.open(fd) }

func (p *Pipe) socket() syscall.Errno {
	if p.Closing() {
		return unix.EBADF
	}
	if p.fd >= 0 {
		return 0
	}
	fd, errno := sys.Socket(unix.AF_UNIX, unix.SOCK_STREAM)
	if errno == 0 {
		p.attach(fd)
	}
	return errno
}

// maxPath is what a socket's address holds.
const maxPath = len(unix.RawSockaddrUnix{}.Path) - 1

// unixAddr is the address of a path; a leading NUL makes it an abstract one. EINVAL is for what is too long, or would be cut by a NUL.
func unixAddr(path string) (unix.Sockaddr, syscall.Errno) {
	if len(path) > maxPath || path != "" && path[0] != 0 && strings.IndexByte(path, 0) > 0 {
		return nil, unix.EINVAL
	}
	switch {
	case path != "" && path[0] == 0:
		path = "@" + path[1:]
	case path != "" && path[0] == '@': // which stands for an abstract one
		path = "./" + path
	}
	return &unix.SockaddrUnix{Name: path}, 0
}

// Bind makes the socket's file, which Close removes. A path that begins with NUL is an abstract name.
func (p *Pipe) Bind(path string) syscall.Errno {
	if p.bound || path == "" {
		return unix.EINVAL
	}
	addr, errno := unixAddr(path)
	if errno == 0 {
		errno = p.socket()
	}
	if errno != 0 {
		return errno
	}
	errno = sys.Errno(unix.Bind(p.fd, addr))
	switch errno {
	case 0:
		p.bound = true
		if path[0] != 0 {
			p.path = path
			p.onClosing = func() { unix.Unlink(path) }
		}
	case unix.ENOENT:
		return unix.EACCES // what libuv makes of it, for the sake of Windows
	}
	return errno
}

// Listen starts to accept, as TCP.Listen.
func (p *Pipe) Listen(backlog int, onConnection func(fd int, errno syscall.Errno)) syscall.Errno {
	if p.fd < 0 {
		return unix.EINVAL
	}
	return p.listen(backlog, onConnection)
}

// OpenAccepted takes over what a listener's onConnection gave.
func (p *Pipe) OpenAccepted(fd int) { p.attach(fd) }

// Connect connects to a path; done is called once, later, with any error that connecting meets.
func (p *Pipe) Connect(path string, done func(syscall.Errno)) syscall.Errno {
	addr, errno := unixAddr(path)
	if errno != 0 {
		return errno
	}
	if errno = p.socket(); errno == 0 {
		errno = p.connect(addr, done)
	}
	if errno != 0 && p.connecting == nil {
		p.connecting, p.connectErr = done, errno
		p.loop.AddRequest()
		p.loop.Defer(func() {
			if p.connecting != nil {
				p.endConnect(p.connectErr)
			}
		})
	}
	return 0
}

// Fchmod changes the mode of the socket's file: bits 1 and 2 make it readable and writable for everybody, and it is nothing else then.
func (p *Pipe) Fchmod(mode int) syscall.Errno {
	if p.fd < 0 {
		return unix.EBADF
	}
	if mode&^3 != 0 || mode == 0 {
		return unix.EINVAL
	}
	if p.path == "" {
		return unix.EINVAL
	}
	var want uint32
	if mode&1 != 0 {
		want |= unix.S_IRUSR | unix.S_IRGRP | unix.S_IROTH
	}
	if mode&2 != 0 {
		want |= unix.S_IWUSR | unix.S_IWGRP | unix.S_IWOTH
	}
	return sys.Errno(unix.Chmod(p.path, want))
}

// SockName is the path that the socket is bound to, "" for none; an abstract name begins with NUL.
func (p *Pipe) SockName() (string, syscall.Errno) {
	if p.fd < 0 {
		return "", unix.EBADF
	}
	sa, err := unix.Getsockname(p.fd)
	return sys.UnixPath(sa), sys.Errno(err)
}

// PeerName is the path that the peer is bound to.
func (p *Pipe) PeerName() (string, syscall.Errno) {
	if p.fd < 0 {
		return "", unix.EBADF
	}
	sa, err := unix.Getpeername(p.fd)
	return sys.UnixPath(sa), sys.Errno(err)
}
