package handle

import (
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// Peek gives done what has arrived on a stream that does not read yet, and leaves it there: as soon as enough says so, when there is more than
// fits, or when within has passed; nil if the peer has sent nothing. It is valid until done returns. Loop goroutine only.
func (s *Stream) Peek(within time.Duration, enough func([]byte) bool, done func([]byte)) {
	if s.fd < 0 || s.Closing() {
		done(nil)
		return
	}
	const most = 16 << 10
	deadline, seen, pause := time.Now().Add(within), 0, 10*time.Millisecond
	var timer *loop.Timer
	wait := func(interest sys.Events, atMost time.Duration) bool {
		s.loop.UpdateTime()
		timer.Start(max(atMost.Milliseconds(), 1))
		return s.io.Set(interest) == nil
	}
	// more waits for it, and is false if that is of no use.
	more := func(n int, err error, head []byte) bool {
		left := time.Until(deadline)
		switch {
		case left <= 0:
			return false
		case err == unix.EINTR, err == unix.EAGAIN:
			return wait(sys.Readable, left)
		case err != nil || n == 0 || n == most:
			return false
		case n == seen: // a pipe, which is readable all the time now, or the peer has sent its last
			pause *= 2
			return wait(0, min(pause, left))
		case enough(head):
			return false
		}
		seen = n
		unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, n+1)
		return wait(sys.Readable, left)
	}
	look := func() {
		open := s.fd >= 0 && !s.Closing()
		var head []byte
		if open {
			buf := s.loop.Scratch()[:most]
			n, _, err := unix.Recvfrom(s.fd, buf, unix.MSG_PEEK|unix.MSG_DONTWAIT)
			if head = buf[:max(n, 0)]; more(n, err, head) {
				return
			}
		}
		timer.Stop()
		s.peek = nil
		if open {
			s.io.Set(0)
			if seen > 0 {
				unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVLOWAT, 1)
			}
		}
		done(head)
	}
	timer = s.loop.NewTimer(look)
	timer.Unref()
	s.peek = look
	look()
}
