package runtime

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Stdout is where the script's output goes: Config.Stdout or the process's own descriptor 1. Writing to it is
// synchronous, as Node's is for files, terminals and pipes, so that nothing is lost at exit.
func (rt *Runtime) Stdout() io.Writer { return rt.output(rt.cfg.Stdout, 1) }

// Stderr is where errors and reports go: Config.Stderr or the process's own descriptor 2.
func (rt *Runtime) Stderr() io.Writer { return rt.output(rt.cfg.Stderr, 2) }

func (rt *Runtime) output(configured io.Writer, fd int) io.Writer {
	w := rt.unlimited(configured, fd)
	if rt.cfg.Limits.Output > 0 {
		return limitedWriter{rt, w}
	}
	return w
}

func (rt *Runtime) unlimited(configured io.Writer, fd int) io.Writer {
	switch w := configured.(type) {
	case nil:
		return FDWriter(fd)
	case *os.File:
		if raw, err := w.SyscallConn(); err == nil {
			raw.Control(func(n uintptr) { fd = int(n) })
			return FDWriter(fd)
		}
	}
	return hostWriter{&rt.leaving, configured}
}

// FDWriter writes to a descriptor, all of it, waiting where the descriptor is full and does not block. Unlike an
// *os.File it does not end the process with SIGPIPE when the reader is gone; the error is an errno.
type FDWriter int

func (fd FDWriter) Write(p []byte) (n int, err error) {
	for n < len(p) {
		k, err := unix.Write(int(fd), p[n:])
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1)
		case err != nil:
			return n, err
		default:
			n += k
		}
	}
	return n, nil
}

// WriteString is Write of a string.
func (fd FDWriter) WriteString(s string) (int, error) { return fd.Write([]byte(s)) }
