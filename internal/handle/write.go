package handle

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/sys"
)

// TryWrite writes what the system takes at once. It gives EAGAIN when that is nothing, or while writes are queued.
func (s *Stream) TryWrite(buf []byte) (int, syscall.Errno) {
	if errno := s.writable(); errno != 0 {
		return 0, errno
	}
	if len(s.queue) > 0 || s.connecting != nil {
		return 0, unix.EAGAIN
	}
	n, errno := s.write(buf)
	s.BytesWritten += uint64(n)
	return n, errno
}

// TryWritev is TryWrite of several buffers in one go.
func (s *Stream) TryWritev(bufs [][]byte) (int, syscall.Errno) {
	if len(bufs) == 1 || s.blocking {
		total := 0
		for _, b := range bufs {
			n, errno := s.TryWrite(b)
			if total += n; n < len(b) {
				return total, errno
			}
		}
		return total, 0
	}
	if errno := s.writable(); errno != 0 {
		return 0, errno
	}
	if len(s.queue) > 0 || s.connecting != nil {
		return 0, unix.EAGAIN
	}
	n, errno := sys.Writev(s.fd, bufs)
	s.BytesWritten += uint64(n)
	return n, errno
}

func (s *Stream) writable() syscall.Errno {
	switch {
	case s.fd < 0:
		return unix.EBADF
	case s.shut || s.shutdown != nil:
		return unix.EPIPE
	}
	return 0
}

// write writes once, or all when the stream is blocking.
func (s *Stream) write(buf []byte) (int, syscall.Errno) {
	n, errno := sys.Write(s.fd, buf)
	if s.blocking {
		for errno == unix.EAGAIN || errno == 0 && n < len(buf) {
			sys.WaitWritable(s.fd)
			var more int
			more, errno = sys.Write(s.fd, buf[n:])
			n += more
		}
	}
	return n, errno
}

// Write writes buf, at once as far as the system takes it. When all of it went out, or none could, it returns
// async false and done is not called. Otherwise the stream keeps buf, which must not change, until done is called.
func (s *Stream) Write(buf []byte, done func(syscall.Errno)) (async bool, errno syscall.Errno) {
	if errno := s.writable(); errno != 0 {
		return false, errno
	}
	if len(s.queue) == 0 && s.connecting == nil {
		n, errno := s.write(buf)
		s.BytesWritten += uint64(n)
		if errno != 0 && errno != unix.EAGAIN || errno == 0 && n == len(buf) {
			return false, errno
		}
		buf = buf[n:]
	}
	r := writeReq{fd: -1, done: done}
	r.one[0] = buf
	return true, s.enqueue(r, len(buf))
}

// Writev is Write of several buffers in one go.
func (s *Stream) Writev(bufs [][]byte, done func(syscall.Errno)) (async bool, errno syscall.Errno) {
	if errno := s.writable(); errno != 0 {
		return false, errno
	}
	size := 0
	for _, b := range bufs {
		size += len(b)
	}
	if len(s.queue) == 0 && s.connecting == nil {
		for {
			n, errno := sys.Writev(s.fd, bufs)
			s.BytesWritten += uint64(n)
			size -= n
			if errno != 0 && errno != unix.EAGAIN || errno == 0 && size == 0 {
				return false, errno
			}
			bufs = Skip(bufs, n)
			if errno == unix.EAGAIN {
				if !s.blocking {
					break
				}
				sys.WaitWritable(s.fd)
			}
		}
	}
	return true, s.enqueue(writeReq{bufs: bufs, fd: -1, done: done}, size)
}

// Skip is bufs without its first n bytes; it leaves the caller's slice as it is.
func Skip(bufs [][]byte, n int) [][]byte {
	for len(bufs) > 0 && n >= len(bufs[0]) {
		n -= len(bufs[0])
		bufs = bufs[1:]
	}
	if n > 0 {
		bufs = append([][]byte(nil), bufs...)
		bufs[0] = bufs[0][n:]
	}
	return bufs
}

// WriteFd is Write on a unix socket with a descriptor that travels along. fd is the caller's, who may close it at once.
func (s *Stream) WriteFd(buf []byte, fd int, done func(syscall.Errno)) (async bool, errno syscall.Errno) {
	if errno := s.writable(); errno != 0 {
		return false, errno
	}
	if fd < 0 {
		return s.Write(buf, done)
	}
	if len(s.queue) == 0 && s.connecting == nil {
		n, errno := sys.SendFDs(s.fd, buf, fd)
		s.BytesWritten += uint64(n)
		if errno != 0 && errno != unix.EAGAIN || errno == 0 && n == len(buf) {
			return false, errno
		}
		if errno == 0 {
			buf, fd = buf[n:], -1
		}
	}
	if fd >= 0 {
		if fd, errno = sys.Dup(fd); errno != 0 {
			return false, errno
		}
	}
	r := writeReq{fd: fd, done: done}
	r.one[0] = buf
	return true, s.enqueue(r, len(buf))
}

func (s *Stream) enqueue(r writeReq, size int) syscall.Errno {
	s.loop.AddRequest()
	s.queue = append(s.queue, r)
	s.queued += size
	if s.connecting == nil {
		s.io.Set(s.io.Interest() | sys.Writable)
	}
	return 0
}

// Flush writes what is queued, as far as the system takes it now. The functions of writes that are done are called before it returns.
func (s *Stream) Flush() {
	if s.connecting == nil {
		s.flush()
	}
}

// flush writes what is queued, as far as the system takes it.
func (s *Stream) flush() {
	for len(s.queue) > 0 && s.fd >= 0 {
		r := &s.queue[0]
		bufs := r.bufs
		if bufs == nil {
			bufs = r.one[:]
		}
		var n int
		var errno syscall.Errno
		if r.fd >= 0 {
			n, errno = sys.SendFDs(s.fd, bufs[0], r.fd)
		} else {
			n, errno = sys.Writev(s.fd, bufs)
		}
		if errno == unix.EAGAIN {
			return
		}
		s.BytesWritten += uint64(n)
		s.queued -= n
		if errno == 0 {
			r.close()
			if r.bufs != nil {
				r.bufs = Skip(r.bufs, n)
				for len(r.bufs) > 0 && len(r.bufs[0]) == 0 {
					r.bufs = r.bufs[1:]
				}
				if len(r.bufs) > 0 {
					continue
				}
			} else if r.one[0] = r.one[0][n:]; len(r.one[0]) > 0 {
				continue
			}
		}
		s.pop(errno)
	}
	if len(s.queue) == 0 && s.fd >= 0 && s.shutdown != nil {
		s.finishShutdown()
	}
}

// Drain writes what is queued, waiting for the reader: for a process that is about to end. It gives up when the reader
// has taken nothing for that long.
func (s *Stream) Drain(patience time.Duration) {
	for len(s.queue) > 0 && s.fd >= 0 {
		poll := []unix.PollFd{{Fd: int32(s.fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(poll, int(patience.Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		s.flush()
	}
}

// EndWrites tells the peer that no more will come, at once; nothing may be queued.
func (s *Stream) EndWrites() syscall.Errno {
	errno := s.writable()
	if errno == 0 {
		errno = sys.Errno(unix.Shutdown(s.fd, unix.SHUT_WR))
		s.shut = errno == 0
	}
	return errno
}

// AwaitHangup waits for the peer to close its end too, for so long at most.
func (s *Stream) AwaitHangup(patience time.Duration) {
	if s.fd >= 0 {
		unix.Poll([]unix.PollFd{{Fd: int32(s.fd)}}, int(patience.Milliseconds()))
	}
}

// pop ends the first queued write.
func (s *Stream) pop(errno syscall.Errno) {
	r := s.queue[0]
	s.queue[0] = writeReq{}
	if s.queue = s.queue[1:]; len(s.queue) == 0 {
		s.queue = nil
	}
	s.queued -= len(r.one[0])
	for _, b := range r.bufs {
		s.queued -= len(b)
	}
	r.close()
	s.loop.DoneRequest()
	if r.done != nil {
		r.done(errno)
	}
}

// Shutdown ends the write side once all queued writes are out; done is called later.
func (s *Stream) Shutdown(done func(syscall.Errno)) syscall.Errno {
	if s.fd < 0 || s.shut || s.shutdown != nil || s.accept != nil {
		return unix.ENOTCONN
	}
	if done == nil {
		done = func(syscall.Errno) {}
	}
	s.shutdown = done
	s.loop.AddRequest()
	if len(s.queue) == 0 && s.connecting == nil {
		s.loop.Defer(func() {
			if s.fd >= 0 && s.shutdown != nil && len(s.queue) == 0 {
				s.finishShutdown()
			}
		})
	}
	return 0
}

func (s *Stream) finishShutdown() {
	done := s.shutdown
	s.shutdown = nil
	errno := sys.Errno(unix.Shutdown(s.fd, unix.SHUT_WR))
	s.shut = errno == 0
	s.loop.DoneRequest()
	done(errno)
}

// failQueue ends all requests but a connect.
func (s *Stream) failQueue(errno syscall.Errno) {
	for len(s.queue) > 0 {
		s.pop(errno)
	}
	if done := s.shutdown; done != nil {
		s.shutdown = nil
		s.loop.DoneRequest()
		done(errno)
	}
}
