package child_process

import (
	"syscall"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/sys"
)

// writer is the sending side of a channel. What the pipe takes at once goes out at once; after that messages gather
// and go out together, so that a slow reader costs its peer one system call for many messages.
type writer struct {
	c        *channel
	spare    []byte    // memory for the next message
	busy     bool      // a write of the pipe's is under way
	waiting  []segment // what goes next
	held     int       // bytes in waiting
	closing  bool
	ending   bool
	farewell bool            // the end has been told, the peer's is awaited
	inFlight []goja.Callable // callbacks of the write that is under way
	fd       int             // the descriptor that travels with it, -1 for none
}

// segment is a run of whole messages; a descriptor belongs to the first byte of its own segment.
type segment struct {
	buf       []byte
	fd        int
	callbacks []goja.Callable
}

const (
	maxSegment = 1 << 20
	maxSpare   = 1 << 16
)

func (w *writer) init(c *channel) { w.c, w.fd = c, -1 }

// size is the number of bytes that the system has not taken.
func (w *writer) size() int { return w.c.pipe.WriteQueueSize() + w.held }

// buffer is where to encode the next message.
func (w *writer) buffer() []byte {
	buf := w.spare
	w.spare = nil
	return buf[:0]
}

// write sends buf, which began as buffer(). fd, if not negative, travels along and stays the caller's. The callback
// is called with null once the message is out; it is not called when an errno is returned.
func (w *writer) write(buf []byte, fd int, callback goja.Callable) syscall.Errno {
	if w.closing {
		return syscall.EPIPE
	}
	if !w.busy {
		async, errno := w.start(buf, fd)
		if !async {
			w.recycle(buf)
			if errno == 0 && callback != nil {
				w.c.rt.NextTick(func() { w.c.rt.Call(callback, goja.Undefined(), goja.Null()) })
			}
			return errno
		}
		if callback != nil {
			w.inFlight = append(w.inFlight, callback)
		}
		return 0
	}
	if n := len(w.waiting); n > 0 && fd < 0 && len(buf) <= maxSpare {
		if last := &w.waiting[n-1]; last.fd < 0 && len(last.buf) < maxSegment {
			w.held += len(buf)
			last.buf = append(last.buf, buf...)
			w.recycle(buf)
			if callback != nil {
				last.callbacks = append(last.callbacks, callback)
			}
			return 0
		}
	}
	s := segment{buf: buf, fd: -1}
	if fd >= 0 {
		// The sender may close its handle meanwhile.
		var errno syscall.Errno
		if s.fd, errno = sys.Dup(fd); errno != 0 {
			return errno
		}
	}
	if callback != nil {
		s.callbacks = []goja.Callable{callback}
	}
	w.held += len(buf)
	w.waiting = append(w.waiting, s)
	return 0
}

// start hands a message to the pipe; async tells that it is not out yet.
func (w *writer) start(buf []byte, fd int) (async bool, errno syscall.Errno) {
	var own = -1
	if fd >= 0 {
		if own, errno = sys.Dup(fd); errno != 0 {
			return false, errno
		}
		async, errno = w.c.pipe.WriteFd(buf, own, func(errno syscall.Errno) { w.done(buf, errno) })
	} else {
		async, errno = w.c.pipe.Write(buf, func(errno syscall.Errno) { w.done(buf, errno) })
	}
	if !async {
		if own >= 0 {
			sys.Close(own)
		}
		return false, errno
	}
	w.busy, w.fd = true, own
	w.c.refCounted()
	return true, 0
}

// patience is how long a process that ends waits for its peer to take what it has sent, attention how long for it to
// see that the channel has ended: a Node that learns first that its child is gone never emits 'disconnect'.
const (
	patience  = time.Second
	attention = 50 * time.Millisecond
)

// drain sends what is left when the process ends.
func (w *writer) drain() {
	w.ending = true
	w.c.pipe.Drain(patience)
	if w.farewell {
		w.c.pipe.AwaitHangup(attention)
	}
}

// done ends the write that was under way and starts the next.
func (w *writer) done(buf []byte, errno syscall.Errno) {
	if w.ending {
		w.next(buf, errno)
		return
	}
	w.c.rt.Enter(func() {
		callbacks := w.next(buf, errno)
		w.c.unrefCounted()
		for _, callback := range callbacks {
			w.c.rt.NextTick(func() { w.c.rt.Call(callback, goja.Undefined(), goja.Null()) })
		}
	})
}

// next goes on after a write, and returns the callbacks of what is done with.
func (w *writer) next(buf []byte, errno syscall.Errno) (callbacks []goja.Callable) {
	callbacks = w.inFlight
	w.inFlight = nil
	w.busy = false
	if w.fd >= 0 {
		sys.Close(w.fd)
		w.fd = -1
	}
	w.recycle(buf)
	for errno == 0 && !w.busy && len(w.waiting) > 0 {
		s := w.waiting[0]
		w.waiting[0] = segment{}
		w.waiting = w.waiting[1:]
		w.held -= len(s.buf)
		var async bool
		async, errno = w.start(s.buf, s.fd)
		if s.fd >= 0 {
			sys.Close(s.fd)
		}
		if async {
			w.inFlight = s.callbacks
		} else {
			w.recycle(s.buf)
			callbacks = append(callbacks, s.callbacks...)
		}
	}
	if errno != 0 {
		callbacks = append(callbacks, w.drop()...)
	}
	if w.closing && !w.busy {
		w.end()
	}
	return callbacks
}

// drop gives up what is waiting: the peer is gone.
func (w *writer) drop() (callbacks []goja.Callable) {
	for _, s := range w.waiting {
		if s.fd >= 0 {
			sys.Close(s.fd)
		}
		callbacks = append(callbacks, s.callbacks...)
	}
	w.waiting, w.held = nil, 0
	return callbacks
}

func (w *writer) recycle(buf []byte) {
	if cap(buf) <= maxSpare && cap(buf) > cap(w.spare) {
		w.spare = buf[:0]
	}
}

// flushAndClose closes the pipe once what has been sent is out.
func (w *writer) flushAndClose() {
	if w.closing {
		return
	}
	w.closing = true
	w.c.pipe.ReadStop()
	if !w.busy {
		w.end()
	}
}

func (w *writer) end() {
	if w.c.inherited && !w.c.ended && w.c.pipe.EndWrites() == 0 {
		w.farewell = true
		w.c.pipe.Unref()
		w.c.pipe.ReadStart(func(_ []byte, errno syscall.Errno, fds []int) {
			for _, fd := range fds {
				sys.Close(fd)
			}
			if errno != 0 {
				w.farewell = false
				w.c.pipe.Close(nil)
			}
		})
	} else {
		w.c.pipe.Close(nil)
	}
	delete(countersOf(w.c.rt).channels, w.c)
}
