package http

import (
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/internal/http1"
)

// A connection of an ordinary server is served natively for as long as no script looks at it: it has a parser and a
// descriptor, but no net.Socket and no HTTPParser object. reveal makes these, as net.Server and _http_server would have
// when the connection came, at the first touch of req.socket or anything else that needs them.

// listener is a server whose connections are offered to accept.
type listener struct {
	m      *module
	server *goja.Object
	handle *goja.Object // server._handle
	conns  *connections
	async  any
}

// acceptance is what accept and reveal need of the modules in JavaScript.
type acceptance struct {
	owner      *goja.Symbol // handle[owner] is the server
	connection *goja.Object // the listener for 'connection' of an ordinary server
	adopt      goja.Value   // (holder of a handle.TCP) => its object
	reveal     goja.Value   // (server, parser, handle) => socket
	lost       goja.Value   // () => a destroyed socket
}

func (m *module) defineAccept(b *goja.Object) {
	m.rt.SetFunc(b, "setupAccept", 5, func(call goja.FunctionCall) goja.Value {
		m.acceptance.owner, _ = call.Argument(0).(*goja.Symbol)
		m.acceptance.connection = call.Argument(1).ToObject(m.vm)
		m.acceptance.adopt, m.acceptance.reveal, m.acceptance.lost = call.Argument(2), call.Argument(3), call.Argument(4)
		return goja.Undefined()
	})
	// claim(server, handle, connections) serves what the handle accepts natively, where that makes no difference. A handle that
	// only looks like a listener gives no descriptors but the objects of connections: for those it returns a function that
	// tells of each whether it is served natively.
	m.rt.SetFunc(b, "claim", 3, func(call goja.FunctionCall) goja.Value {
		server := call.Argument(0).ToObject(m.vm)
		h, listens := call.Argument(1).(*goja.Object)
		conns, tracked := m.rt.Slot(call.Argument(2)).(*connections)
		if tracked {
			conns.reopen()
		}
		if !listens || !tracked || !m.isPlain(server) || !inherits(server, m.serverProto) {
			return goja.Undefined()
		}
		l := &listener{m: m, server: server, handle: h, conns: conns, async: m.rt.Async.Context()}
		if s, ok := m.rt.Slot(h).(handle.Streamer); ok {
			s.BaseStream().Claim(l.accept)
			return goja.Undefined()
		}
		return m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(l.take(call.Argument(0))) })
	})
}

// ordinary tells whether nobody could notice that the next connection has no socket yet.
func (l *listener) ordinary() bool {
	m, s := l.m, l.server
	if truthy(engine.Property(s, "timeout")) || m.rt.Async.Tracked() || m.perf() || m.diagnostics() || !m.isPlain(s) || l.handle.GetSymbol(m.acceptance.owner) != goja.Value(s) {
		return false
	}
	events, ok := engine.Property(s, "_events").(*goja.Object)
	if !ok || events.Get("connection") != goja.Value(m.acceptance.connection) {
		return false
	}
	for _, name := range [...]string{"maxConnections", "pauseOnConnect", "httpAllowHalfOpen"} {
		if truthy(s.Get(name)) {
			return false
		}
	}
	return true
}

// accept takes a connection; false leaves it to net.Server.
func (l *listener) accept(fd int) bool {
	if !l.ordinary() {
		return false
	}
	tcp := handle.NewTCP(l.m.rt.Loop(), "TCPSocketWrap")
	tcp.OpenAccepted(fd)
	if truthy(engine.Property(l.server, "noDelay")) {
		tcp.SetNoDelay(true)
	}
	if truthy(engine.Property(l.server, "keepAlive")) {
		tcp.SetKeepAlive(true, handle.KeepAlive{Delay: int(engine.Property(l.server, "keepAliveInitialDelay").ToInteger())})
	}
	l.serve(&parser{bare: tcp})
	return true
}

// take takes a connection that has an object already; false leaves it to net.Server.
func (l *listener) take(client goja.Value) bool {
	s, ok := l.m.rt.Slot(client).(handle.Streamer)
	if !ok || !l.ordinary() {
		return false
	}
	o := client.(*goja.Object)
	tcp := o.Get("setNoDelay") != nil
	if tcp && truthy(engine.Property(l.server, "noDelay")) {
		l.m.rt.CallMethod(o, "setNoDelay", l.m.vm.ToValue(true))
	}
	if tcp && truthy(engine.Property(l.server, "keepAlive")) {
		l.m.rt.CallMethod(o, "setKeepAlive", l.m.vm.ToValue(true), engine.Property(l.server, "keepAliveInitialDelay"))
	}
	l.serve(&parser{bare: s, handle: o})
	return true
}

// serve begins to serve a connection that has no socket.
func (l *listener) serve(p *parser) {
	m := l.m
	p.m, p.mode, p.async, p.stream, p.server = m, http1.Request, l.async, p.bare.BaseStream(), l.server
	p.plain, p.maxPairs = true, 2000
	if v := engine.Property(l.server, "maxHeadersCount"); v != nil && goja.IsNumber(v) {
		p.maxPairs = 2 * int(v.ToInteger())
	}
	limit := m.maxHeader
	if v := engine.Property(l.server, "maxHeaderSize"); truthy(v) {
		limit = int(v.ToInteger())
	}
	p.codec.Reset(http1.Request, limit, 0, p)
	p.codec.LimitFields(p.maxHeaderPairs)
	p.bind()
	l.conns.add(p)
	p.began = m.clock()
	m.count(l.server, 1)
	p.release = p.stream.Consume(p.onRead, &p.m.input)
	p.bare.BaseStream().ReadStart(nil)
}

// count adds to a server's number of connections.
func (m *module) count(server *goja.Object, n int64) {
	server.Set("_connections", engine.Property(server, "_connections").ToInteger()+n)
}

// reveal gives the connection's socket, which it makes where there is none yet. It runs inside Enter.
func (p *parser) reveal() *goja.Object {
	bare := p.bare
	switch {
	case p.conn != nil:
		return p.conn.reveal()
	case bare == nil:
		return p.socket
	}
	p.bare = nil
	m := p.m
	if p.stream.Closing() || p.given {
		p.socket, _ = m.rt.Apply(m.acceptance.lost, goja.Undefined()).(*goja.Object)
		return p.socket
	}
	scope := m.rt.Async.Enter(p.async)
	p.obj = m.rt.NewObject(m.parserProto, p)
	if p.handle == nil {
		p.handle, _ = m.rt.Apply(m.acceptance.adopt, goja.Undefined(), m.rt.NewObject(nil, bare)).(*goja.Object)
	}
	p.socket, _ = m.rt.Apply(m.acceptance.reveal, goja.Undefined(), p.server, p.obj, p.handle).(*goja.Object)
	scope.Leave()
	if x := p.pending; x != nil {
		p.assign(x.res)
	}
	return p.socket
}

// assign tells scripts that look at a server's socket which response it is for, or null: those that end a server's connections go by that.
func (p *parser) assign(message goja.Value) {
	if p.socket != nil && p.server != nil {
		p.socket.DefineDataProperty("_httpMessage", message, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
}

// object gives the HTTPParser.
func (p *parser) object() *goja.Object {
	p.reveal()
	return p.obj
}

// failed deals with the end of a bare connection's input; false leaves it to the socket, which is there then.
func (p *parser) failed(errno syscall.Errno) bool {
	if errno == handle.EOF && p.pending == nil && p.codec.Finish() == nil && !truthy(engine.Property(p.server, "httpAllowHalfOpen")) {
		p.finishBare()
		return true
	}
	p.m.rt.Enter(func() { p.reveal() })
	// The socket reads, and so comes to the end by itself.
	s, ok := p.stream.(*handle.Stream)
	return errno == handle.EOF && ok && s.Reading()
}

// endBare ends the output of a bare connection, and then the connection, as destroySoon does.
func (p *parser) endBare() {
	s := p.bare.BaseStream()
	s.ReadStop()
	if s.Shutdown(func(syscall.Errno) {
		if p.bare != nil {
			p.finishBare()
		} else {
			p.m.rt.Enter(func() { p.m.rt.CallMethod(p.socket, "destroy") })
		}
	}) != 0 {
		p.finishBare()
	}
}

// finishBare closes a bare connection.
func (p *parser) finishBare() {
	m, server := p.m, p.server
	p.stopIdle()
	p.conns.remove(p)
	p.bare.BaseStream().Close(nil)
	m.count(server, -1)
	if goja.IsNull(engine.Property(server, "_handle")) {
		m.rt.Enter(func() { m.rt.CallMethod(server, "_emitCloseIfDrained") })
	}
}
