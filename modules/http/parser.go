package http

import (
	"github.com/dop251/goja"
	"math"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/internal/http1"
	"syscall"
)

// parser is the state behind an HTTPParser object: a codec, and the stream that it may read by itself.
type parser struct {
	codec http1.Parser
	m     *module
	obj   *goja.Object
	mode  http1.Mode
	async any // asynchronous context

	incoming *goja.Object // the message being read, for scripts
	x        *exchange    // its state
	current  []byte       // the input being parsed
	rest     []byte       // input that came while paused
	todo     []byte       // what is left of it
	yielded  bool         // parsing goes on after the ticks
	stopped  bool         // the reader of the body is slow
	touched  bool         // this input has to be reported to kOnExecute
	maxPairs int
	driven   bool   // by a script, see raw.go
	flushed  bool   // fields have gone through kOnHeaders
	target   string // what kOnHeaders is still to be given of the target

	stream  channel
	sealed  sealer // the same, if it is TLS
	release func()
	socket  *goja.Object
	link    *link
	bare    handle.Streamer // of a connection that no script has looked at: there is neither obj nor socket yet, see reveal
	handle  *goja.Object    // that connection's, if there is one
	conn    *clientConn     // of a client's connection, while that has no socket
	enter   func()
	ret     goja.Value

	// Of a server's connection, see exchange.go.
	server  *goja.Object
	plain   bool      // its requests may be served natively
	mark    int       // see highWaterMark; 0 if it is not known yet
	pending *exchange // the native response under way
	ending  *exchange // the one whose finish is queued
	args    [2]goja.Value
	// finishEnding runs in the tick after the response has been written.
	finishEnding func()
	busy         bool // messages are in the hands of scripts
	exposed      bool // a script may have got hold of the socket
	idle         idle

	spans  []*exchange // requests whose spans have not ended, see tracing.go
	over   bool        // the last answer is announced: what comes is dropped
	given  bool        // the connection is in other hands
	serial uint32      // counts the requests

	conns  *connections
	began  int64 // when the message, or the connection, began; 0 between messages
	active bool  // within a message, or before the first one, and not reported as expired
}

func (m *module) defineParser(b *goja.Object) {
	class, proto := m.rt.Class("HTTPParser", 0, func(call goja.ConstructorCall) *goja.Object {
		p := &parser{m: m, obj: call.This}
		p.bind()
		m.rt.SetSlot(call.This, p)
		return nil
	})
	m.parserProto = proto
	for i, name := range []string{"kOnMessageBegin", "kOnHeaders", "kOnHeadersComplete", "kOnBody", "kOnMessageComplete",
		"kOnExecute", "kOnTimeout"} {
		class.Set(name, i)
	}
	class.Set("REQUEST", int(http1.Request))
	class.Set("RESPONSE", int(http1.Response))
	for i, name := range []string{"kLenientNone", "kLenientHeaders", "kLenientChunkedLength", "kLenientKeepAlive",
		"kLenientTransferEncoding", "kLenientVersion", "kLenientDataAfterClose", "kLenientOptionalLFAfterCR",
		"kLenientOptionalCRLFAfterChunk", "kLenientOptionalCRBeforeLF", "kLenientSpacesAfterChunkSize", "kLenientHeaderValueRelaxed"} {
		class.Set(name, 1<<i>>1)
	}
	class.Set("kLenientAll", int(http1.LenientAll))
	b.Set("HTTPParser", class)
	b.Set("methods", m.list(http1.Numbered()))

	method := func(name string, length int, f func(p *parser, call goja.FunctionCall) goja.Value) {
		m.rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			p, ok := m.rt.Slot(call.This).(*parser)
			if !ok {
				m.rt.Throw(m.rt.NewPlainError("TypeError", "Illegal invocation"))
			}
			if v := f(p, call); v != nil {
				return v
			}
			return goja.Undefined()
		})
	}
	method("initialize", 5, func(p *parser, call goja.FunctionCall) goja.Value {
		max := int(call.Argument(2).ToInteger())
		if max == 0 {
			max = m.maxHeader
		}
		p.mode = http1.Mode(call.Argument(0).ToInteger())
		p.codec.Reset(p.mode, max, http1.Lenient(call.Argument(3).ToInteger()), p)
		p.codec.LimitFields(p.maxHeaderPairs)
		p.unlink()
		kind := "HTTPINCOMINGMESSAGE"
		if p.mode == http1.Response {
			kind = "HTTPCLIENTREQUEST"
		}
		*p = parser{codec: p.codec, m: m, obj: p.obj, mode: p.mode, async: m.rt.Async.Start(kind, nil), ending: p.ending}
		p.bind()
		if list, ok := m.rt.Slot(call.Argument(4)).(*connections); ok {
			list.add(p)
			p.began = m.clock()
		}
		return nil
	})
	method("execute", 1, func(p *parser, call goja.FunctionCall) goja.Value {
		data, _ := m.rt.Bytes(call.Argument(0))
		p.driven = p.isDriven()
		return p.feed(data)
	})
	method("finish", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		if err := p.codec.Finish(); err != nil {
			return p.errorValue(err)
		}
		return nil
	})
	method("pause", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		p.codec.Pause()
		return nil
	})
	method("resume", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		p.codec.Resume()
		if rest := p.rest; rest != nil {
			p.rest = nil
			m.rt.NextTick(func() { p.report(p.feed(rest)) })
		}
		return nil
	})
	method("consume", 1, func(p *parser, call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(p.consume(call.Argument(0), call.Argument(1)))
	})
	method("unconsume", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		p.unconsume()
		return nil
	})
	method("getCurrentBuffer", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		return m.rt.NewBuffer(append([]byte(nil), p.current...))
	})
	method("remove", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		p.stopIdle()
		p.todo, p.yielded = nil, false
		if p.conns != nil {
			p.conns.remove(p)
		}
		return nil
	})
	// A parser that waits in the pool holds on to nothing of its last connection.
	end := func(p *parser, _ goja.FunctionCall) goja.Value {
		m.rt.Async.End(p.async)
		p.unlink()
		*p = parser{codec: p.codec, m: m, obj: p.obj, ending: p.ending}
		p.bind()
		return nil
	}
	method("free", 0, end)
	method("close", 0, end)
	method("duration", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		if p.began == 0 {
			return m.vm.ToValue(0)
		}
		return m.vm.ToValue(float64(m.clock()-p.began) / 1e6)
	})
	method("headersCompleted", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		return m.vm.ToValue(p.codec.HeadersCompleted())
	})
	// settle() turns a native response under way into one of scripts; it tells whether there was one.
	method("settle", 0, func(p *parser, _ goja.FunctionCall) goja.Value {
		if p.pending == nil {
			return m.vm.ToValue(false)
		}
		p.pending.adopt()
		return m.vm.ToValue(true)
	})
	// served(request, response) counts it, where somebody wants to know.
	method("served", 2, func(p *parser, call goja.FunctionCall) goja.Value {
		x := m.of(call.Argument(0))
		if m.rt.Tracing != nil {
			m.traced(x, call.Argument(1))
		}
		m.served(x)
		return nil
	})
	// idle(request) says that there is no response left to write; it tells whether that was the end of the connection.
	method("idle", 1, func(p *parser, call goja.FunctionCall) goja.Value {
		p.busy = false
		return m.vm.ToValue(p.finished(m.of(call.Argument(0))))
	})
	method("isOver", 0, func(p *parser, _ goja.FunctionCall) goja.Value { return m.vm.ToValue(p.over) })
	m.rt.SetGetter(proto, "incoming", func(this goja.Value) goja.Value {
		if p, ok := m.rt.Slot(this).(*parser); ok && p.incoming != nil {
			return p.incoming
		}
		return goja.Null()
	}, func(this, v goja.Value) {
		if p, ok := m.rt.Slot(this).(*parser); ok {
			p.incoming, _ = v.(*goja.Object)
			p.x = m.of(v)
		}
	})
}

// bind makes the functions that are queued again and again.
func (p *parser) bind() {
	p.enter = p.execute
	p.finishEnding = func() {
		x := p.ending
		p.ending = nil
		x.finish()
	}
}

// consume lets the parser read the stream of a socket's handle by itself.
func (p *parser) consume(h, server goja.Value) bool {
	switch s := p.m.rt.Slot(h).(type) {
	case handle.Streamer:
		p.stream = s.BaseStream()
	case sealer:
		if s.Fd() < 0 {
			return false
		}
		p.stream, p.sealed, p.exposed = s, s, true
	default:
		return false
	}
	p.release = p.stream.Consume(p.onRead, &p.m.input)
	p.socket, _ = p.obj.Get("socket").(*goja.Object)
	var ok bool
	if p.server, ok = server.(*goja.Object); ok {
		p.plain = p.m.isPlain(p.server)
	}
	return true
}

// channel is what a connection reads from and writes to: a descriptor's stream, or what TLS makes of one.
type channel interface {
	Fd() int
	Closing() bool
	WriteQueueSize() int
	Consume(handle.ReadFunc, handle.Allocator) (release func())
	Forward(buf []byte, errno syscall.Errno, fds []int)
}

// sealer is the channel of a TLS connection. Its socket is always there.
type sealer interface {
	channel
	// Seal writes several pieces as one. It returns false if it cannot; else done comes later, outside of Enter.
	Seal(bufs [][]byte, done func(errno int)) bool
}

// write sends what the connection takes now and gives the rest.
func (p *parser) write(bufs [][]byte) (rest [][]byte) {
	s, ok := p.stream.(*handle.Stream)
	if !ok {
		return bufs
	}
	n, _ := s.TryWritev(bufs)
	return handle.Skip(bufs, n)
}

// seal writes to a TLS connection and calls done when that is done; false leaves it to the socket.
func (p *parser) seal(bufs [][]byte, done func()) bool {
	async, socket := p.m.rt.Async.Context(), p.socket
	return p.sealed.Seal(bufs, func(errno int) {
		p.m.rt.Enter(func() {
			scope := p.m.rt.Async.Enter(async)
			if errno == 0 {
				done()
			} else {
				p.m.rt.CallMethod(socket, "destroy", p.m.rt.NewSystemError(engine.SystemError{Errno: errno, Syscall: "write"}))
			}
			scope.Leave()
		})
	})
}

// link leads from the requests of a connection to its socket: parsers go on to other connections.
type link struct {
	parser *parser // nil once it has left the connection
	socket goja.Value
}

func (p *parser) linked() *link {
	if p.link == nil {
		p.link = &link{parser: p}
	}
	return p.link
}

func (p *parser) unlink() {
	if l := p.link; l != nil {
		l.parser, l.socket = nil, goja.Undefined()
		if p.socket != nil {
			l.socket = p.socket
		}
	}
}

func (l *link) expose() goja.Value {
	if l.parser != nil {
		return l.parser.expose()
	}
	return l.socket
}

// expose gives the socket to a script, which may then do anything with it.
func (p *parser) expose() *goja.Object {
	p.exposed = true
	if x := p.pending; x != nil && x.needDrain {
		x.adopt() // it is the socket that will tell
	} else if x != nil {
		x.handOver()
	}
	return p.reveal()
}

func (p *parser) unconsume() {
	if p.release != nil {
		p.release()
		p.release, p.plain = nil, false
	}
}

func (p *parser) onRead(buf []byte, errno syscall.Errno, fds []int) {
	if errno != 0 {
		// The end of the stream is net's business, once there is a socket.
		if p.bare == nil || !p.failed(errno) {
			p.stream.Forward(nil, errno, fds)
		}
		return
	}
	if len(buf) == 0 {
		return
	}
	p.current, p.todo, p.touched = buf, buf, false
	for again := true; again; again = p.yielded {
		p.m.rt.Enter(p.enter)
	}
	p.current, p.todo = nil, nil
}

// execute parses what the stream has read, up to the next piece of a body: ticks and promise jobs run after each of
// these, as in Node. It runs inside Enter.
func (p *parser) execute() {
	if p.yielded {
		p.yielded = false
		p.codec.Resume()
	}
	ret := p.feed(p.todo)
	if p.touched && !p.yielded {
		p.report(ret)
	}
}

// report calls kOnExecute.
func (p *parser) report(ret goja.Value) {
	if fn, ok := goja.AssertFunction(p.object().Get("5")); ok {
		p.m.rt.Call(fn, p.obj, ret)
	}
}

// feed parses data and returns what HTTPParser.execute does.
func (p *parser) feed(data []byte) goja.Value {
	if p.codec.Paused() {
		p.rest = append(p.rest, data...)
		return p.m.vm.ToValue(len(data))
	}
	// What is parsed belongs to whom the connection, or the client's request, belongs.
	scope := p.m.rt.Async.Enter(p.async)
	n, err := p.codec.Execute(data)
	scope.Leave()
	if p.todo != nil {
		p.todo = p.todo[min(n, len(p.todo)):]
		n = len(p.current) - len(p.todo)
	}
	switch {
	case err != nil:
		p.touched, p.yielded = true, false
		e := *err
		e.BytesParsed = n
		return p.errorValue(&e)
	case p.yielded:
		return nil
	case n < len(data):
		p.touched = true
	}
	return p.m.vm.ToValue(n)
}

func (p *parser) errorValue(e *http1.Error) goja.Value {
	o := p.m.rt.NewPlainError("Error", "Parse Error")
	o.Set("bytesParsed", e.BytesParsed)
	o.Set("code", e.Code)
	o.Set("reason", e.Reason)
	return o
}

// OnMessageBegin implements http1.Handler.
func (p *parser) OnMessageBegin() {
	if p.conns != nil {
		p.began, p.active = p.m.clock(), true
	}
	p.stopIdle()
	if p.driven {
		p.tell(onBegin)
	}
}

// OnHeadersComplete implements http1.Handler: the message becomes an IncomingMessage and goes to onIncoming.
func (p *parser) OnHeadersComplete() http1.Action {
	if p.driven {
		return p.tellHead()
	}
	if p.over {
		p.incoming, p.x = nil, nil
		return http1.Continue
	}
	if p.plain && p.serve() {
		return http1.Continue
	}
	if p.conn != nil {
		if action, ok := p.conn.response(); ok {
			return action
		}
	}
	p.touched = true
	m := p.m
	p.reveal()
	if p.pending != nil {
		p.pending.adopt()
	}
	p.busy = true
	socket := orUndefined(p.obj.Get("socket"))
	class := goja.Value(m.requestClass)
	join := orUndefined(p.obj.Get("joinDuplicateHeaders"))
	if s, ok := socket.(*goja.Object); ok {
		if server, ok := s.Get("server").(*goja.Object); ok {
			if c := server.GetSymbol(m.incomingKey); c != nil && c.ToBoolean() {
				class = c
			}
			if v := server.Get("joinDuplicateHeaders"); v != nil && v.ToBoolean() {
				join = v
			}
		}
	}
	var o *goja.Object
	if class == goja.Value(m.requestClass) {
		o = m.vm.CreateObject(m.requestProto)
		x := &exchange{m: m, request: o}
		x.socket = socket
		m.rt.SetSlot(o, x)
	} else {
		made, err := m.vm.New(class, socket)
		if err != nil {
			panic(err)
		}
		o = made
		if m.of(o) == nil {
			m.rt.SetSlot(o, &exchange{m: m, request: o})
		}
	}
	x := m.of(o)
	if p.mode == http1.Response {
		p.maxHeaderPairs()
	}
	p.fill(x)
	if p.maxPairs > 0 {
		x.numHeaders = min(x.numHeaders, p.maxPairs)
	}
	if goja.IsUndefined(join) && p.mode == http1.Request {
		join = goja.Null()
	}
	x.put(inJoin, join)
	p.incoming, p.x = o, x
	onIncoming, ok := goja.AssertFunction(p.obj.Get("onIncoming"))
	if !ok {
		return http1.Continue
	}
	outer := m.serving
	m.serving = x
	reply := m.rt.Call(onIncoming, p.obj, o, m.vm.ToValue(p.codec.ShouldKeepAlive())).ToInteger()
	m.serving = outer
	switch reply {
	case 1:
		return http1.SkipBody
	case 2:
		return http1.Upgrade
	}
	return http1.Continue
}

// fill takes the head over from the codec.
func (p *parser) fill(x *exchange) {
	c := &p.codec
	p.serial++
	x.serial = p.serial
	if p.m.usage != nil {
		x.began = p.m.clock()
	}
	c.CopyHead(&x.head)
	if u := p.m.usage; u != nil && p.mode == http1.Request && p.sealed == nil {
		x.strays = u.strays(&x.head)
	}
	x.received, x.response = true, p.mode == http1.Response
	x.major, x.minor, x.method, x.code, x.upgrade = c.VersionMajor, c.VersionMinor, c.Method, c.StatusCode, c.Upgrade
	p.limit(&x.head, fieldsAtOnce)
	x.numHeaders = 2 * x.head.Len()
	if p.m.rt.Tracing != nil {
		p.begins(x)
	}
}

// fieldsAtOnce is how many fields Node's parser hands over at a time. Those of a head that come at once are all kept, whatever
// maxHeadersCount says; trailers always come like further ones.
const fieldsAtOnce = 31

// maxHeaderPairs is how many names and values a head may have; 0 is no limit.
func (p *parser) maxHeaderPairs() int {
	if p.obj != nil {
		p.maxPairs = 0
		if v := p.obj.Get("maxHeaderPairs"); v != nil && goja.IsNumber(v) && v.ToFloat() > 0 {
			p.maxPairs = int(min(v.ToFloat(), math.MaxInt32))
		}
	}
	return p.maxPairs
}

// limit cuts what is kept of a response's fields, if there are more than it may have.
func (p *parser) limit(h *http1.Head, freely int) {
	if p.maxPairs > 0 && h.Len() > freely {
		h.Truncate(min(h.Len(), (p.maxPairs+1)/2))
	}
}

// OnBody implements http1.Handler.
func (p *parser) OnBody(b []byte) {
	if p.driven && len(b) > 0 {
		p.tell(onBody, p.m.rt.NewBuffer(append([]byte(nil), b...)))
		return
	}
	if c := p.conn; c != nil && c.call != nil && c.call.answering {
		if t := c.call.taker; t != nil && len(b) > 0 && !c.done && !t.Data(b) {
			c.pause()
		}
		return
	}
	x := p.x
	if p.incoming == nil || len(b) == 0 || x != nil && x.dumped {
		return
	}
	m := p.m
	if p.todo != nil {
		p.yielded = true
		p.codec.Pause()
	}
	if !p.pushBytes(b) {
		if p.conn != nil {
			p.conn.pause()
		} else if socket, ok := p.object().Get("socket").(*goja.Object); ok {
			p.stopped = true
			m.rt.CallMethod(socket, "pause")
		}
	}
}

// reader is the stream's state of the message being read, unless a script has put another one there.
func (p *parser) reader() readable {
	if x := p.x; x != nil && x.request == p.incoming && !x.foreign {
		s, _ := x.ReadableState().(readable)
		return s
	}
	return nil
}

// pushBytes gives the message a piece of its body; false asks for a pause.
func (p *parser) pushBytes(b []byte) bool {
	if s := p.reader(); s != nil {
		return s.PushBytes(p.incoming, b, p.m.keep)
	}
	return p.m.rt.CallMethod(p.incoming, "push", p.m.rt.NewBuffer(p.m.input.keep(b))).ToBoolean()
}

// pushEnd gives it its end.
func (p *parser) pushEnd() {
	if s := p.reader(); s != nil {
		s.Push(p.incoming, goja.Null())
	} else {
		p.m.rt.CallMethod(p.incoming, "push", goja.Null())
	}
}

// OnMessageComplete implements http1.Handler.
func (p *parser) OnMessageComplete() {
	if p.driven {
		p.tellComplete()
		return
	}
	if p.conns != nil {
		p.began, p.active = 0, false
	}
	if c := p.conn; c != nil && c.call != nil && p.incoming == nil {
		c.ended(c.call)
		return
	}
	if x := p.x; x != nil && p.incoming != nil {
		x.complete = true
		if p.codec.NumHeaders() > 0 {
			x.trailers = new(http1.Head)
			p.codec.CopyHead(x.trailers)
			p.limit(x.trailers, 0)
			x.numTrailers = 2 * x.trailers.Len()
			x.forget(inRawTrailers)
		}
		if !x.native || x.started() {
			p.pushEnd()
		} else if x.over {
			p.incoming, p.x = nil, nil
		}
		if p.conn != nil {
			p.conn.resume() // the next message may come
			p.conn.completed(x)
			return
		}
		if x.native && !p.stopped {
			return
		}
	}
	// The next message may come.
	p.stopped = false
	if p.bare != nil {
		return
	}
	if socket, ok := p.obj.Get("socket").(*goja.Object); ok {
		p.m.resume(socket)
	}
}
