// Package handle owns file descriptors from open to close: streams (TCP, Pipe, TTY), UDP, Process and Signal. All of
// it runs on the loop's goroutine and knows nothing of JavaScript. Operations return an errno, 0 for success; EOF is
// an errno of its own. Callbacks always come from the loop, never from within the call that asked for them, and every
// request's callback comes exactly once, with ECANCELED when the handle closes first.
package handle

import (
	"bytes"
	"math"
	"syscall"

	"golang.org/x/sys/unix"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// EOF is the errno of the end of a stream, as UV_EOF is -4095.
const EOF = syscall.Errno(4095)

// ReadFunc receives what a stream has read. buf is valid during the call only, unless the stream's Allocator says
// otherwise; errno is 0, EOF or what went wrong, after either of which reading has stopped. fds are descriptors that
// came along, close-on-exec and the callee's to close; only a Pipe opened for IPC receives any.
type ReadFunc func(buf []byte, errno syscall.Errno, fds []int)

// Allocator supplies the buffers of reads where the loop's scratch buffer, which is reused at once, will not do.
type Allocator interface {
	Alloc() []byte            // where to read next; an empty slice gives ENOBUFS
	Filled(buf []byte) []byte // buf is what was read of the last Alloc; the ReadFunc gets what Filled returns
}

// Chunks is the Allocator whose buffers are the reader's to keep: a large read is handed over without a copy, a small
// one is copied to a buffer of its size. Streams of one loop may share it.
type Chunks struct{ buf []byte }

// Alloc implements Allocator.
func (c *Chunks) Alloc() []byte {
	if c.buf == nil {
		c.buf = sys.Uncleared(64 << 10)
	}
	return c.buf
}

// Filled implements Allocator.
func (c *Chunks) Filled(buf []byte) []byte {
	if len(buf) < len(c.buf)/2 {
		return bytes.Clone(buf)
	}
	c.buf = nil
	return buf[:len(buf):len(buf)]
}

// Fixed is the Allocator that reads into one buffer over and over.
type Fixed []byte

// Alloc implements Allocator.
func (f Fixed) Alloc() []byte { return f }

// Filled implements Allocator.
func (f Fixed) Filled(buf []byte) []byte { return buf }

// Streamer is implemented by everything with a Stream inside: modules find each other's streams by it.
type Streamer interface{ BaseStream() *Stream }

// Stream is a connected, listening or yet unopened byte stream, the common part of TCP, Pipe and TTY. Loop goroutine
// only.
type Stream struct {
	BytesRead, BytesWritten uint64

	loop   *loop.Loop
	handle *loop.Handle
	io     *loop.IO
	fd     int

	read     ReadFunc
	consumer ReadFunc
	alloc    Allocator
	consumed Allocator // the consumer's
	reading  bool
	ipc      bool
	blocking bool
	shut     bool // the write side

	queue      []writeReq
	queued     int // bytes in queue
	shutdown   func(syscall.Errno)
	connecting func(syscall.Errno)
	connectErr syscall.Errno
	accept     func(fd int, errno syscall.Errno)
	claim      func(fd int) bool
	peek       func() // of Peek, while it waits
	reserve    int    // a descriptor to give up when there are no others, see acceptAll; -1 for none
	onClosing  func()
	pendingErr syscall.Errno // of bind: reported by listen or connect, as libuv does
}

type writeReq struct {
	bufs [][]byte
	one  [1][]byte
	fd   int // travels with the first byte and is closed then; -1 for none
	done func(syscall.Errno)
}

// close closes the descriptor that has travelled, or never will.
func (r *writeReq) close() {
	if r.fd >= 0 {
		sys.Close(r.fd)
		r.fd = -1
	}
}

func (s *Stream) init(l *loop.Loop, kind string) {
	s.loop, s.handle, s.fd, s.reserve = l, l.NewHandle(kind), -1, -1
}

// BaseStream implements Streamer.
func (s *Stream) BaseStream() *Stream { return s }

// Loop is the loop that the stream belongs to.
func (s *Stream) Loop() *loop.Loop { return s.loop }

// Fd is the descriptor, -1 before open and after close. It stays the stream's.
func (s *Stream) Fd() int { return s.fd }

// Ref lets the stream hold the loop open while it reads or listens. It is the initial state.
func (s *Stream) Ref() { s.handle.Ref() }

// Unref lets the loop end although the stream reads or listens. Writes under way hold it open all the same.
func (s *Stream) Unref() { s.handle.Unref() }

// HasRef tells whether the stream is referenced and not closing.
func (s *Stream) HasRef() bool { return s.handle.HasRef() }

// Closing tells whether Close has been called.
func (s *Stream) Closing() bool { return s.handle.Closing() }

// WriteQueueSize is the number of bytes that Write has taken and the system has not.
func (s *Stream) WriteQueueSize() int { return s.queued }

// attach makes fd the stream's own.
func (s *Stream) attach(fd int) {
	s.fd = fd
	s.io = s.loop.NewIO(fd, s.ready)
	s.io.Of(s.handle)
	s.io.OnAbandon(s.abandon)
}

func (s *Stream) abandon() {
	for _, fd := range []int{s.fd, s.reserve} {
		if fd > 2 { // those below are everybody's
			sys.Close(fd)
		}
	}
}

// open takes over a descriptor that is open already.
func (s *Stream) open(fd int) syscall.Errno {
	if s.fd >= 0 {
		return unix.EBUSY
	}
	if errno := sys.SetNonblock(fd, true); errno != 0 {
		return errno
	}
	s.attach(fd)
	return 0
}

// SetBlocking makes writes complete before they return, as for standard output on a pipe. The descriptor itself
// stays non-blocking.
func (s *Stream) SetBlocking(on bool) syscall.Errno {
	if s.fd < 0 {
		return unix.EBADF
	}
	s.blocking = on
	return 0
}

// SetAllocator says where the bytes of the following reads go; nil is the loop's scratch buffer.
func (s *Stream) SetAllocator(a Allocator) { s.alloc = a }

// Allocator is what SetAllocator set.
func (s *Stream) Allocator() Allocator { return s.alloc }

// Consume directs what the stream reads to f, in place of ReadStart's function, until release is called. It is how
// another module's parser sits on a stream without its bytes becoming JavaScript buffers. Starting and stopping
// remain with ReadStart and ReadStop, whose function may be nil meanwhile. The bytes are where alloc says, in the scratch buffer
// if it is nil. A later Consume replaces an earlier one.
func (s *Stream) Consume(f ReadFunc, alloc Allocator) (release func()) {
	s.consumer, s.consumed = f, alloc
	return func() { s.consumer, s.consumed = nil, nil }
}

// Forward hands what a consumer does not want, such as the end of the stream, to ReadStart's function.
func (s *Stream) Forward(buf []byte, errno syscall.Errno, fds []int) {
	if s.read != nil {
		s.read(buf, errno, fds)
	}
}

// Consumed tells whether a Consume is in effect.
func (s *Stream) Consumed() bool { return s.consumer != nil }

// Claim offers each connection that a listening stream accepts to f first, in place of Listen's function; where f returns
// true the descriptor is f's. It is how another module serves connections without a JavaScript object for each.
func (s *Stream) Claim(f func(fd int) bool) { s.claim = f }

// ReadStart begins to read, or replaces the function of a reading stream; a nil f keeps the last one.
func (s *Stream) ReadStart(f ReadFunc) syscall.Errno {
	if s.fd < 0 {
		if s.Closing() {
			return unix.EINVAL
		}
		return unix.ENOTCONN
	}
	if f != nil {
		s.read = f
	}
	if s.reading {
		return 0
	}
	if err := s.io.Set(s.io.Interest() | sys.Readable); err != nil {
		return sys.Errno(err)
	}
	s.reading = true
	s.handle.Start()
	return 0
}

// ReadStop stops reading. The descriptor stays registered with the poller until that shows to be of cost: streams
// that are stopped are mostly started again soon.
func (s *Stream) ReadStop() {
	if s.reading {
		s.reading = false
		s.handle.Stop()
	}
}

// Reading tells whether the stream is between ReadStart and ReadStop.
func (s *Stream) Reading() bool { return s.reading }

// InputWaits tells whether there is something to read that ReadStart's function has not been given.
func (s *Stream) InputWaits() bool { return s.fd >= 0 && sys.InputWaits(s.fd) }

// AcceptWaiting accepts all connections that wait, at once: those would be reset when a listening stream closes.
func (s *Stream) AcceptWaiting() {
	for s.accept != nil && s.InputWaits() {
		s.acceptAll()
	}
}

func (s *Stream) ready(ev sys.Events) {
	if s.connecting != nil {
		if ev&(sys.Writable|sys.Hangup) != 0 {
			s.finishConnect()
		}
		return
	}
	if s.peek != nil {
		s.peek()
		return
	}
	if ev&(sys.Readable|sys.Hangup) != 0 {
		switch {
		case s.accept != nil:
			s.acceptAll()
		case s.reading:
			s.readAll()
		}
	}
	if ev&(sys.Writable|sys.Hangup) != 0 && s.fd >= 0 {
		s.flush()
	}
	s.settle(ev)
}

// settle drops the interest in events that nobody waits for: they are level-triggered and would come again at once.
func (s *Stream) settle(ev sys.Events) {
	if s.fd < 0 {
		return
	}
	want := s.io.Interest()
	if ev&(sys.Readable|sys.Hangup) != 0 && !s.reading && s.accept == nil {
		want &^= sys.Readable
	}
	if len(s.queue) == 0 && s.connecting == nil {
		want &^= sys.Writable
	}
	s.io.Set(want)
}

// maxReads bounds the reads for one readiness event, so that one busy peer does not keep the others waiting.
const maxReads = 16

func (s *Stream) readAll() {
	for range maxReads {
		var buf []byte
		alloc := s.alloc
		if s.consumer != nil {
			alloc = s.consumed
		}
		if alloc != nil {
			if buf = alloc.Alloc(); len(buf) == 0 {
				s.deliver(nil, unix.ENOBUFS, nil)
				return
			}
		} else {
			buf = s.loop.Scratch()
		}
		var n int
		var errno syscall.Errno
		var fds []int
		if s.ipc {
			n, fds, errno = sys.RecvFDs(s.fd, buf)
		} else {
			n, errno = sys.Read(s.fd, buf)
		}
		switch {
		case errno == unix.EAGAIN:
			return
		case errno == 0 && n == 0 && len(fds) == 0:
			errno = EOF
			fallthrough
		case errno != 0:
			s.ReadStop()
			s.deliver(nil, errno, fds)
			return
		}
		s.BytesRead += uint64(n)
		size := len(buf)
		buf = buf[:n]
		if alloc != nil {
			buf = alloc.Filled(buf)
		}
		s.deliver(buf, 0, fds)
		if n < size && !s.ipc || !s.reading || s.fd < 0 || s.loop.Stopped() {
			return
		}
	}
}

func (s *Stream) deliver(buf []byte, errno syscall.Errno, fds []int) {
	switch {
	case s.consumer != nil:
		s.consumer(buf, errno, fds)
	case s.read != nil:
		s.read(buf, errno, fds)
	default:
		for _, fd := range fds {
			sys.Close(fd)
		}
	}
}

// connect starts a connection; errno is what connect(2) said.
func (s *Stream) connect(sa unix.Sockaddr, done func(syscall.Errno)) syscall.Errno {
	if s.connecting != nil {
		return unix.EALREADY
	}
	errno := s.pendingErr
	if errno == 0 {
		for {
			errno = sys.Errno(unix.Connect(s.fd, sa))
			if errno != unix.EINTR {
				break
			}
		}
	}
	switch errno {
	case unix.EINPROGRESS, 0:
		if err := s.io.Set(s.io.Interest() | sys.Writable); err != nil {
			return sys.Errno(err)
		}
		s.connecting = done
	case unix.ECONNREFUSED, unix.ENOENT, unix.EAGAIN, s.pendingErr:
		// The failure is known, and reported later all the same.
		s.connecting, s.connectErr = done, errno
		s.loop.Defer(func() {
			if s.connecting != nil {
				s.endConnect(s.connectErr)
			}
		})
	default:
		return errno
	}
	s.loop.AddRequest()
	return 0
}

// Await begins a connection that is made elsewhere, until Connected: meanwhile it holds the loop open, what is written waits, and Close ends it with ECANCELED. Loop goroutine only.
func (s *Stream) Await(done func(syscall.Errno)) syscall.Errno {
	switch {
	case s.Closing():
		return unix.EBADF
	case s.connecting != nil:
		return unix.EALREADY
	}
	s.connecting = done
	s.loop.AddRequest()
	return 0
}

// Connected ends what Await has begun, unless Close has. Loop goroutine only.
func (s *Stream) Connected(errno syscall.Errno) {
	if s.connecting != nil {
		s.endConnect(errno)
		s.settle(0)
	}
}

func (s *Stream) finishConnect() {
	errno := sys.SocketError(s.fd)
	if errno == unix.EINPROGRESS {
		return
	}
	s.endConnect(errno)
	s.settle(0)
}

func (s *Stream) endConnect(errno syscall.Errno) {
	done := s.connecting
	s.connecting = nil
	s.loop.DoneRequest()
	if errno != 0 {
		s.failQueue(errno)
	} else if s.fd >= 0 && len(s.queue) > 0 {
		s.io.Set(s.io.Interest() | sys.Writable)
	}
	if errno == 0 && s.shutdown != nil && len(s.queue) == 0 {
		defer func() {
			if s.fd >= 0 && s.shutdown != nil {
				s.finishShutdown()
			}
		}()
	}
	done(errno)
}

// listen starts to accept.
func (s *Stream) listen(backlog int, onConnection func(fd int, errno syscall.Errno)) syscall.Errno {
	if s.pendingErr != 0 {
		return s.pendingErr
	}
	if err := unix.Listen(s.fd, min(backlog, math.MaxInt32)); err != nil {
		return sys.Errno(err)
	}
	if s.reserve < 0 {
		s.reserve = openReserve()
	}
	s.accept = onConnection
	if err := s.io.Set(s.io.Interest() | sys.Readable); err != nil {
		return sys.Errno(err)
	}
	s.handle.Start()
	return 0
}

func openReserve() int {
	fd, err := unix.Open("/", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	return fd
}

// maxAccepts bounds the connections taken for one readiness event.
const maxAccepts = 64

func (s *Stream) acceptAll() {
	for range maxAccepts {
		fd, errno := sys.Accept(s.fd)
		switch errno {
		case 0:
			if s.claim == nil || !s.claim(fd) {
				s.accept(fd, 0)
			}
		case unix.EAGAIN:
			return
		case unix.ECONNABORTED, unix.EPROTO:
		case unix.EMFILE, unix.ENFILE:
			s.refuseAll()
			return
		default:
			s.accept(-1, errno)
			return
		}
		if s.fd < 0 || s.accept == nil {
			return
		}
	}
}

// refuseAll takes and closes all waiting connections when there are no descriptors left to serve them: left alone they
// would keep the listener readable and the loop busy for as long as the shortage lasts.
func (s *Stream) refuseAll() {
	if s.reserve < 0 {
		return
	}
	sys.Close(s.reserve)
	for {
		fd, errno := sys.Accept(s.fd)
		if errno != 0 {
			break
		}
		sys.Close(fd)
	}
	s.reserve = openReserve()
}

// Close closes the descriptor and ends all requests with ECANCELED; onClosed, which may be nil, is called in the
// loop's close phase, after those. A second Close does nothing.
func (s *Stream) Close(onClosed func()) {
	if s.Closing() {
		return
	}
	s.ReadStop()
	s.release()
	s.handle.Close(func() {
		if s.connecting != nil {
			s.endConnect(unix.ECANCELED)
		}
		s.failQueue(unix.ECANCELED)
		s.read, s.consumer, s.accept, s.claim = nil, nil, nil, nil
		if onClosed != nil {
			onClosed()
		}
	})
}

func (s *Stream) release() {
	if s.onClosing != nil {
		s.onClosing()
		s.onClosing = nil
	}
	if s.fd >= 0 {
		s.io.Close()
		sys.Close(s.fd)
		s.fd = -1
	}
	if s.reserve >= 0 {
		sys.Close(s.reserve)
		s.reserve = -1
	}
}
