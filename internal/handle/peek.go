package handle

import (
	"time"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// Peek gives done what has arrived on a stream that does not read yet, and leaves it there: as soon as enough says so, when the peer has
// sent its last or more than fits, or when within has passed; nil if nothing has come. Loop goroutine only.
func (s *Stream) Peek(within time.Duration, enough func([]byte) bool, done func([]byte)) {
	if s.fd < 0 || s.Closing() {
		done(nil)
		return
	}
	const most, again = 16 << 10, 10 * time.Millisecond
	buf, seen := make([]byte, most), 0
	began := time.Now()
	var timer *loop.Timer
	look := func() {
		n, _, err := unix.Recvfrom(s.fd, buf, unix.MSG_PEEK|unix.MSG_DONTWAIT)
		late := time.Since(began) >= within
		switch {
		case s.fd < 0 || s.Closing():
			n = 0
		case err == unix.EINTR, err == unix.EAGAIN && !late:
			s.loop.UpdateTime()
			timer.Start(max((within - time.Since(began)).Milliseconds(), 1))
			if s.io.Set(sys.Readable) == nil {
				return
			}
			n = 0
		case err == nil && n > 0 && n < most && n > seen && !late && !enough(buf[:n]), err == nil && n > 0 && n == seen && !late:
			// There is something to read all the time now: the rest is looked for a little later.
			seen = n
			s.io.Set(0)
			s.loop.UpdateTime()
			timer.Start(again.Milliseconds())
			return
		}
		timer.Stop()
		s.peek = nil
		if s.fd >= 0 && !s.Closing() {
			s.io.Set(0)
		}
		done(buf[:max(n, 0)])
	}
	timer = s.loop.NewTimer(look)
	timer.Unref()
	s.peek = look
	look()
}
