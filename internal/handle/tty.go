package handle

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// TTY is a terminal. Loop goroutine only.
type TTY struct {
	Stream
	saved *term.State // the terminal's mode before raw mode
}

// OpenTTY makes a handle for the terminal fd. It opens the terminal anew where it can: O_NONBLOCK belongs to the open
// file description, which fd shares with the shell that started us. Where it can't, the descriptor is duplicated and
// left blocking. fd itself stays open and as it is.
func OpenTTY(l *loop.Loop, fd int) (*TTY, syscall.Errno) {
	if !IsTTY(fd) {
		return nil, unix.EINVAL
	}
	t := &TTY{}
	t.init(l, "TTYWrap")
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return nil, sys.Errno(err)
	}
	own, err := unix.Open(ttyPath(fd), flags&unix.O_ACCMODE|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		var errno syscall.Errno
		if own, errno = sys.Dup(fd); errno != 0 {
			return nil, errno
		}
		t.blocking = true
	}
	t.attach(own)
	return t, 0
}

// Size is the window's width and height in characters.
func (t *TTY) Size() (cols, rows int, errno syscall.Errno) {
	if t.fd < 0 {
		return 0, 0, unix.EBADF
	}
	return WindowSize(t.fd)
}

// SetRaw switches raw mode: no echo, no line editing, no signals from keys.
func (t *TTY) SetRaw(on bool) syscall.Errno {
	if t.fd < 0 {
		return unix.EBADF
	}
	if on == (t.saved != nil) {
		return 0
	}
	if !on {
		err := term.Restore(t.fd, t.saved)
		t.saved = nil
		return sys.Errno(err)
	}
	state, err := term.MakeRaw(t.fd)
	if err != nil {
		return sys.Errno(err)
	}
	// Output is still processed, as with libuv: "\n" goes to the next line's start.
	if tio, err := unix.IoctlGetTermios(t.fd, ioctlGetTermios); err == nil {
		tio.Oflag |= unix.OPOST | unix.ONLCR
		unix.IoctlSetTermios(t.fd, ioctlSetTermios, tio)
	}
	t.saved = state
	t.onClosing = func() { t.SetRaw(false) }
	return 0
}

// Restore leaves raw mode, for a process about to end. It may be called at any time.
func (t *TTY) Restore() { t.SetRaw(false) }

// IsTTY tells whether fd is a terminal. Any goroutine.
func IsTTY(fd int) bool { return term.IsTerminal(fd) }

// WindowSize is the width and height of the terminal fd. Any goroutine.
func WindowSize(fd int) (cols, rows int, errno syscall.Errno) {
	ws, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0, sys.Errno(err)
	}
	return int(ws.Col), int(ws.Row), 0
}

// GuessType tells what kind of handle suits fd, in Node's words: "TTY", "PIPE", "FILE", "TCP", "UDP", "UNKNOWN", also for
// what is not open, or "INVALID" for what is no descriptor. Any goroutine.
func GuessType(fd int) string {
	if fd < 0 {
		return "INVALID"
	}
	if IsTTY(fd) {
		return "TTY"
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "UNKNOWN"
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFCHR:
		return "FILE"
	case unix.S_IFIFO:
		return "PIPE"
	case unix.S_IFSOCK:
	default:
		return "UNKNOWN"
	}
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return "UNKNOWN"
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return "UNKNOWN"
	}
	switch sa.(type) {
	case *unix.SockaddrInet4, *unix.SockaddrInet6:
		switch typ {
		case unix.SOCK_STREAM:
			return "TCP"
		case unix.SOCK_DGRAM:
			return "UDP"
		}
	case *unix.SockaddrUnix:
		if typ == unix.SOCK_STREAM {
			return "PIPE"
		}
	}
	return "UNKNOWN"
}

func fdPath(dir string, fd int) string { return dir + strconv.Itoa(fd) }
