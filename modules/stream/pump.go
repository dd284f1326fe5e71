package stream

import (
	"bytes"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// A pipe between two ends that are Go, and at which no script looks, moves its pieces without making values of them: what the ends
// are asked for, and when, is what the pipe would ask by their methods, and between the turns of the loop their states are the same.
// Before each piece it is looked at anew whether that still holds; if not, the piece goes the ordinary way.

// puller is the Go state of a stream that a pipe may read from: a file's.
type puller interface {
	// Pulls tells whether fn, the stream's _read, is the original, and nothing that it calls has been replaced.
	Pulls(fn goja.Value) bool
	// Pull reads at most n bytes as _read would, at once, and gives what is valid until the next call: nothing at the end of the
	// stream. It returns false where it cannot be done at once.
	Pull(n int64) ([]byte, bool)
}

// sink is the Go state of a stream that a pipe may write to: a response's.
type sink interface {
	// Takes tells whether Take may be called in the place of the stream's method write, which fn is.
	Takes(stream *goja.Object, fn goja.Value) bool
	// Take writes a piece, which it does not keep. It returns false if it is to be waited for 'drain', as write does; other than
	// write it returns true for what has been sent already.
	Take(b []byte) bool
}

// pumped gives the one pipe of a stream that flows, and the sink that it leads to, if no script could notice that it is pumped.
func (c *core) pumped(o *goja.Object, s *readable) (*pipe, sink) {
	const state = flowing | dataListening | objectMode | ended | destroyed | readableListening | resumeScheduled | multiAwaitDrain
	if s.flags&state != flowing|dataListening || s.length > 0 || s.decoder != nil || s.errored != nil || len(s.pipes) != 1 || s.piping == nil {
		return nil, nil
	}
	p := s.piping
	if p.cleanedUp || p.dest != s.pipes[0] || len(s.awaitDrain) > 0 || c.rt.Async.Tracked() {
		return nil, nil
	}
	if !c.rt.Listens(o, "data", p.data) || c.rt.HasListener(o, "pause") || c.rt.HasListener(o, "resume") ||
		c.rt.HasListener(o, "readable") || !c.rt.Listens(p.dest, "drain", p.drain) ||
		engine.Property(o, "emit") != goja.Value(c.rt.EmitFunction()) || engine.Property(o, "push") != goja.Value(c.pushFn) {
		return nil, nil
	}
	if pause := engine.Property(o, "pause"); pause != goja.Value(c.pauseFn) && pause != c.socketPause {
		return nil, nil
	}
	if to := c.sinkOf(p.dest); to != nil {
		return p, to
	}
	return nil, nil
}

// sinkOf is the sink that a destination is now, nil if it is none.
func (c *core) sinkOf(dest *goja.Object) sink {
	fn := engine.Property(dest, "write")
	if to, ok := engine.StateOf(dest).(sink); ok {
		if to.Takes(dest, fn) {
			return to
		}
		return nil
	}
	const state = objectMode | ending | destroyed | constructed | writing | needDrain | finished
	w := writableOf(dest)
	if fn != goja.Value(c.writeFn) || w == nil || w.flags&state != constructed || w.corked > 0 || w.length > 0 || w.errored != nil {
		return nil
	}
	if h, ok := engine.Property(dest, "_handle").(*goja.Object); ok {
		if to, ok := engine.StateOf(h).(directWriter); ok && to.WritesFor(dest) {
			return &socketSink{c, dest, w, to}
		}
	}
	return nil
}

// directWriter is the Go state of a socket's handle.
type directWriter interface {
	// WritesFor tells whether the socket's own methods would do nothing but write a piece to the handle.
	WritesFor(socket *goja.Object) bool
	// WriteNow writes what the system takes at once and says how much that was.
	WriteNow(b []byte) int
}

// socketSink is a socket as a sink: what is not sent at once is written by its methods.
type socketSink struct {
	c    *core
	dest *goja.Object
	w    *writable
	to   directWriter
}

func (s *socketSink) Takes(*goja.Object, goja.Value) bool { return true }

func (s *socketSink) Take(b []byte) bool {
	n := s.to.WriteNow(b)
	return n == len(b) || s.c.write(s.dest, s.w, s.c.rt.NewBuffer(bytes.Clone(b[n:])), nil, nil)
}

// pumpTurn has a piece pumped in a later turn, as _read would have one read; false leaves it to _read, which fn is.
func (c *core) pumpTurn(o *goja.Object, s *readable, fn goja.Value) bool {
	from, ok := engine.StateOf(o).(puller)
	if !ok || len(s.pipes) != 1 || !from.Pulls(fn) {
		return false
	}
	if p, _ := c.pumped(o, s); p == nil {
		return false
	}
	c.pumpSoon(o, s, from)
	return true
}

func (c *core) pumpSoon(o *goja.Object, s *readable, from puller) {
	async := c.rt.Async.Context()
	c.rt.Loop().Complete(func() {
		c.rt.Enter(func() {
			scope := c.rt.Async.Enter(async)
			c.pump(o, s, from)
			scope.Leave()
		})
	})
}

// pump moves a piece. The stream is as it is while _read has not pushed yet.
func (c *core) pump(o *goja.Object, s *readable, from puller) {
	if s.has(destroyed) || s.errored != nil {
		return
	}
	fn := engine.Property(o, "_read")
	p, to := c.pumped(o, s)
	if p == nil || !from.Pulls(fn) {
		c.ordinaryRead(o, s, fn)
		return
	}
	b, ok := from.Pull(s.hwm)
	switch {
	case !ok:
		c.ordinaryRead(o, s, fn)
	case len(b) == 0:
		c.push(o, s, goja.Null(), nil)
	default:
		s.flags = s.flags&^reading | dataEmitted
		if !to.Take(b) {
			p.pause()
			return
		}
		s.flags |= reading
		c.pumpSoon(o, s, from)
	}
}

// takePiece gives the destination of a pipe a piece that the stream's owner has not made a Buffer of yet; ok is false if it is to be
// pushed.
func (c *core) takePiece(o *goja.Object, s *readable, b []byte) (more, ok bool) {
	if s.has(sync) || len(s.pipes) != 1 {
		return false, false
	}
	p, to := c.pumped(o, s)
	if p == nil {
		return false, false
	}
	s.flags = s.flags&^reading | dataEmitted
	if !to.Take(b) {
		p.pause()
	}
	c.maybeReadMore(o, s)
	return s.canPushMore(), true
}

// ordinaryRead calls _read; what it throws destroys the stream.
func (c *core) ordinaryRead(o *goja.Object, s *readable, fn goja.Value) {
	hwm := c.vm.ToValue(s.hwm)
	if ex := c.vm.Try(func() { c.rt.Apply(fn, o, hwm) }); ex != nil {
		c.errorOrDestroy(o, ex.Value(), false)
	}
}
