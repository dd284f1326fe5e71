package http

import (
	"slices"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/loop"
)

// A server that closes loses nothing that has arrived: the connections that wait to be accepted are, what was sent is
// answered, and the last answer of each connection says that it is the last. Idle connections end at once, or, where
// another process serves on, go back to who deals them out; those that cannot, of TLS, stay until they have been idle for long.

// closing is the state of a server's connections from its close() on.
type closing struct {
	since  int64
	within *exchange     // the request whose listener closed the server: its connection goes on for one more request, as in Node
	give   goja.Callable // takes the handle of an idle connection; nil if nobody does
	timer  *loop.Timer   // the end of patience with connections that nobody takes
}

const (
	pipelinePatience = 1e9  // nanoseconds in which requests that follow one another keep their connection open
	lingering        = 1000 // milliseconds that a peer has to close its end after the last answer
	idlePatience     = 6000 // milliseconds that a connection which nobody takes may be idle
)

// inputWaiter is a stream that knows whether its peer has sent something that was not read.
type inputWaiter interface{ InputWaits() bool }

func (m *module) defineClosing(b *goja.Object) {
	m.rt.SetFunc(b, "beginClose", 3, func(call goja.FunctionCall) goja.Value {
		if c, ok := m.rt.Slot(call.Argument(1)).(*connections); ok {
			m.beginClose(call.Argument(0).ToObject(m.vm), c, call.Argument(2))
		}
		return goja.Undefined()
	})
}

// beginClose begins to close a server's connections, before its listener closes. give, if it is a function, takes the
// handles of idle connections.
func (m *module) beginClose(server *goja.Object, c *connections, give goja.Value) {
	if c.closing != nil {
		return
	}
	before := len(c.all)
	if s, ok := m.rt.Slot(server.Get("_handle")).(handle.Streamer); ok {
		s.BaseStream().AcceptWaiting()
	}
	m.closing = true
	c.closing = &closing{since: m.clock(), within: m.serving}
	list := c.sorted(func(*parser) bool { return true })
	if c.closing.give, _ = goja.AssertFunction(give); c.closing.give != nil {
		c.closing.timer = m.rt.Loop().NewTimer(func() {
			m.rt.Enter(func() {
				c.closing.give = nil
				for _, p := range c.sorted((*parser).unused) {
					p.retire()
				}
			})
		})
		c.closing.timer.Unref()
		c.closing.timer.Start(idlePatience)
	}
	for i, p := range list {
		if p.idling() || p.fresh() && (c.closing.give != nil || i >= before) {
			p.retire()
		}
	}
}

// reopen is for servers that listen again.
func (c *connections) reopen() {
	if c.closing != nil && c.closing.timer != nil {
		c.closing.timer.Stop()
	}
	c.closing = nil
}

// sorted gives the connections, those with the oldest message first.
func (c *connections) sorted(keep func(p *parser) bool) (list []*parser) {
	for p := range c.all {
		if keep(p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *parser) int { return int(a.began - b.began) })
	return
}

// descriptor is the stream of a connection that is no other protocol's: nil for TLS.
func (p *parser) descriptor() *handle.Stream {
	s, _ := p.stream.(*handle.Stream)
	return s
}

// fresh tells whether nothing has come on the connection yet.
func (p *parser) fresh() bool {
	s := p.descriptor()
	return p.serial == 0 && p.codec.Idle() && (s == nil || s.BytesRead == 0)
}

// idling tells whether the connection waits for a further request.
func (p *parser) idling() bool { return p.began == 0 && p.pending == nil && !p.busy && p.codec.Idle() }

func (p *parser) unused() bool { return p.fresh() || p.idling() }

// inputWaits tells whether the peer has sent something that the parser has not been given.
func (p *parser) inputWaits() bool {
	if len(p.rest) > 0 || len(p.todo) > 0 {
		return true
	}
	if w, ok := p.stream.(inputWaiter); ok {
		return w.InputWaits()
	}
	socket, ok := p.obj.Get("socket").(*goja.Object)
	if !ok {
		return false
	}
	s, ok := p.m.rt.Slot(socket.Get("_handle")).(inputWaiter)
	return ok && s.InputWaits() || truthy(socket.Get("readableLength"))
}

// isLast tells whether the answer to x is to be the last on the connection, because its server closes. What comes later is not read.
func (p *parser) isLast(x *exchange) bool {
	if p.conns == nil || p.conns.closing == nil || x == p.conns.closing.within || x.serial != p.serial {
		return false
	}
	ahead := len(p.rest) > 0 || p.codec.Ahead(len(p.todo)) || !p.codec.HasBody() && p.waitsBeyond()
	if ahead && p.m.clock()-p.conns.closing.since < pipelinePatience {
		return false
	}
	p.over = true
	return true
}

// waitsBeyond is inputWaits but for what is being parsed.
func (p *parser) waitsBeyond() bool {
	todo := p.todo
	p.todo = nil
	defer func() { p.todo = todo }()
	return p.inputWaits()
}

// parserOf finds the parser and the request of a response that is an object, if they are still together.
func (m *module) parserOf(res *goja.Object) (*parser, *exchange) {
	x := m.of(res.Get("req"))
	if x == nil {
		return nil, nil
	}
	if x.link != nil && x.link.parser != nil {
		return x.link.parser, x
	}
	if socket, ok := x.socket.(*goja.Object); ok {
		if p, ok := m.rt.Slot(socket.Get("parser")).(*parser); ok {
			return p, x
		}
	}
	return nil, nil
}

// finished deals with an idle connection after the answer to x. It tells whether that was its end.
func (p *parser) finished(x *exchange) bool {
	c := p.conns
	return c != nil && c.closing != nil && x != c.closing.within && p.idling() && p.retire()
}

// retire ends an idle connection of a server that closes, unless a request is on its way already. It tells whether it did.
func (p *parser) retire() bool {
	if p.conns == nil || p.conns.closing == nil || p.given || p.stream != nil && p.release == nil || p.inputWaits() {
		return false
	}
	give, s := p.conns.closing.give, p.descriptor()
	switch {
	case give != nil && s != nil && s.Fd() >= 0 && s.WriteQueueSize() == 0:
		return p.giveBack(s, give)
	case give != nil:
		return false
	case p.bare != nil:
		p.finishBare()
	default:
		if socket, ok := p.obj.Get("socket").(*goja.Object); ok {
			p.m.rt.CallMethod(socket, "destroy")
		}
	}
	return true
}

// giveBack hands the connection on as it is: nothing of a next request has been read.
func (p *parser) giveBack(s *handle.Stream, give goja.Callable) bool {
	m, h := p.m, p.handle
	if p.bare == nil {
		h, _ = p.socket.Get("_handle").(*goja.Object)
	}
	if h == nil {
		return false
	}
	p.given = true
	s.ReadStop()
	p.unconsume()
	p.stopIdle()
	p.conns.remove(p)
	if p.bare != nil {
		m.count(p.server, -1)
		if goja.IsNull(p.server.Get("_handle")) {
			m.rt.CallMethod(p.server, "_emitCloseIfDrained")
		}
	} else {
		p.socket.Set("_handle", goja.Null())
		m.rt.CallMethod(p.socket, "destroy")
	}
	m.rt.Call(give, goja.Undefined(), h)
	return true
}

// linger ends a bare connection after its last answer: the peer is told, and what it sends meanwhile is read and dropped,
// since a connection that closes with unread input takes back what it has sent.
func (p *parser) linger() {
	p.stopIdle()
	timer := p.m.rt.Loop().NewTimer(func() { p.endLinger() })
	s := p.bare.BaseStream()
	s.Consume(func(_ []byte, errno syscall.Errno, _ []int) {
		if errno != 0 {
			timer.Stop()
			p.endLinger()
		}
	}, nil)
	if s.Shutdown(nil) != 0 {
		p.endLinger()
		return
	}
	s.ReadStart(nil)
	timer.Start(lingering)
}

func (p *parser) endLinger() {
	switch {
	case p.stream.Closing():
	case p.bare != nil:
		p.finishBare()
	default:
		p.m.rt.Enter(func() { p.m.rt.CallMethod(p.socket, "destroy") })
	}
}
