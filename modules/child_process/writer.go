package child_process

import (
	"slices"
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
	free     [][]byte  // memory of segments, as long as there are any
	last     int       // bytes of the last message
	busy     bool      // a write of the pipe's is under way
	waiting  []segment // what goes next
	held     int       // bytes in waiting
	fresh    int       // bytes added since the pipe was last asked to take more
	early    int       // bytes it has taken before the script's turn was over
	pushing  bool
	closing  bool
	ending   bool
	farewell bool            // the end has been told, the peer's is awaited
	inFlight []goja.Callable // callbacks of the write that is under way
}

// segment is a run of whole messages; a descriptor belongs to the first byte of its own segment.
type segment struct {
	buf       []byte
	fd        int
	callbacks []goja.Callable
}

const (
	maxSegment = 1 << 18
	maxSpare   = 1 << 16
	maxFree    = 4
)

func (w *writer) init(c *channel) { w.c = c }

// size is the number of bytes that wait, as Node counts them: its pipes take nothing more while a script runs.
func (w *writer) size() int { return w.c.pipe.WriteQueueSize() + w.held + w.early }

// buffer is where to encode the next message.
func (w *writer) buffer() []byte {
	buf := w.spare
	w.spare = nil
	if w.last > maxSpare && cap(buf) < w.last {
		return w.memory(w.last + w.last/8)
	}
	return buf[:0]
}

// memory gives room for n bytes.
func (w *writer) memory(n int) []byte {
	for i, b := range w.free {
		if cap(b) >= n {
			w.free = slices.Delete(w.free, i, i+1)
			return b[:0]
		}
	}
	return make([]byte, 0, n)
}

// write sends buf, which began as buffer(). fd, if not negative, travels along and stays the caller's. The callback
// is called with null once the message is out; it is not called when an errno is returned.
func (w *writer) write(buf []byte, fd int, callback goja.Callable) syscall.Errno {
	if w.closing {
		return syscall.EPIPE
	}
	w.last = len(buf)
	w.c.traceSent(buf, fd)
	if !w.busy {
		async, errno := w.start(buf, fd)
		if !async {
			w.recycle(buf)
			if errno == 0 {
				w.c.sent(callback)
			}
			return errno
		}
		if callback != nil {
			w.inFlight = append(w.inFlight, callback)
		}
		return 0
	}
	var errno syscall.Errno
	if fd >= 0 {
		// The sender may close its handle meanwhile.
		if fd, errno = sys.Dup(fd); errno != 0 {
			return errno
		}
	}
	s := w.room(buf, fd)
	if callback != nil {
		s.callbacks = append(s.callbacks, callback)
	}
	w.held += len(buf)
	if w.fresh += len(buf); w.fresh >= maxSpare {
		w.push()
	}
	return 0
}

// room puts a message behind those that wait. Segments do not grow: what is in them is not copied again.
func (w *writer) room(buf []byte, fd int) *segment {
	if n := len(w.waiting); n > 0 && fd < 0 {
		if last := &w.waiting[n-1]; last.fd < 0 && len(last.buf)+len(buf) <= cap(last.buf) {
			last.buf = append(last.buf, buf...)
			w.recycle(buf)
			return last
		}
	}
	s := segment{buf: buf, fd: fd}
	if fd < 0 && len(buf) <= maxSpare {
		s.buf = append(w.memory(max(len(buf), min(w.held, maxSegment))), buf...)
		w.recycle(buf)
	}
	w.waiting = append(w.waiting, s)
	return &w.waiting[len(w.waiting)-1]
}

// push has the pipe take what it can before the script's turn is over: the peer reads while the script sends, and less waits in memory.
func (w *writer) push() {
	w.fresh = 0
	if w.early == 0 {
		w.c.rt.NextTick(func() { w.early = 0 })
	}
	before := w.size()
	w.pushing = true
	w.c.pipe.Flush()
	w.pushing = false
	w.early += before - w.size()
}

// start hands a message to the pipe; async tells that it is not out yet.
func (w *writer) start(buf []byte, fd int) (async bool, errno syscall.Errno) {
	async, errno = w.c.pipe.WriteFd(buf, fd, func(errno syscall.Errno) { w.done(buf, errno) })
	if async {
		w.busy = true
		w.c.refCounted()
	}
	return async, errno
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
	goOn := func() {
		callbacks := w.next(buf, errno)
		w.c.unrefCounted()
		for _, callback := range callbacks {
			w.c.sent(callback)
		}
	}
	if w.pushing {
		goOn()
	} else {
		w.c.rt.Enter(goOn)
	}
}

// next goes on after a write, and returns the callbacks of what is done with.
func (w *writer) next(buf []byte, errno syscall.Errno) (callbacks []goja.Callable) {
	callbacks = w.inFlight
	w.inFlight = nil
	w.busy = false
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
	if !w.busy {
		w.free = nil
		if w.closing {
			w.end()
		}
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
	} else if (w.busy || len(w.waiting) > 0) && len(w.free) < maxFree {
		w.free = append(w.free, buf)
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
