package tls

import (
	"errors"
	"io"
	"syscall"

	"gonode/internal/handle"
	"gonode/internal/secure"
)

// A handle of TLS over a native stream can be consumed like that stream itself: another module's parser takes what the records
// say, and writes, without JavaScript values in between.

// Fd is the descriptor of the stream below, -1 before the handshake's end and after the connection's.
func (w *wrap) Fd() int {
	if w.closed || !w.conn.Established() || w.stream == nil {
		return -1
	}
	return w.stream.Fd()
}

// Closing tells whether the connection has ended.
func (w *wrap) Closing() bool { return w.closed }

// WriteQueueSize is the number of bytes that have been written and not sent.
func (w *wrap) WriteQueueSize() int { return w.queued }

// Consume is handle.Stream's.
func (w *wrap) Consume(f handle.ReadFunc, alloc handle.Allocator) (release func()) {
	w.consumer, w.room = f, alloc
	return func() { w.consumer, w.room = nil, nil }
}

// Forward hands the end of the stream to the socket.
func (w *wrap) Forward(_ []byte, errno syscall.Errno, _ []int) { w.end(errno) }

// Seal writes several pieces as one. It returns false if it cannot, and done is not called then; else done comes later, when the
// system has taken them, outside of Enter and with a negative errno if it has not.
func (w *wrap) Seal(bufs [][]byte, done func(errno int)) bool {
	if w.Fd() < 0 || w.queued > 0 {
		return false
	}
	data := bufs[0]
	if len(bufs) > 1 {
		data = w.m.joined[:0]
		for _, b := range bufs {
			data = append(data, b...)
		}
		if cap(data) <= 4*recordSize {
			w.m.joined = data
		}
	}
	return w.write(request{data, func(errno int, _ string) { done(errno) }}) >= 0
}

// consume opens records for the consumer as long as the socket reads.
func (w *wrap) consume() {
	for w.reading && !w.closed && !w.ended && w.consumer != nil && w.conn.Established() {
		buf := w.room.Alloc()
		n, err := w.conn.Read(buf)
		w.flush(nil)
		w.newSessions()
		if !w.opened(n, err) {
			return
		}
		w.consumer(w.room.Filled(buf[:n]), 0, nil)
	}
}

// opened deals with what a read has given; false ends the reading for now.
func (w *wrap) opened(n int, err error) bool {
	switch {
	case w.closed, err == secure.ErrAgain:
		return false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		errno := handle.EOF
		if w.parentEOF != 0 {
			errno = w.parentEOF
		}
		w.end(errno)
		return false
	case err != nil:
		w.ended = true
		w.emit("onerror", w.m.openssl(secure.Explain(err)))
		return false
	}
	w.bytesRead += uint64(n)
	return true
}
