package http

import (
	"github.com/dop251/goja"

	"gonode/internal/emitter"
	"gonode/internal/engine"
	"gonode/internal/http1"
	"gonode/internal/otlp"
)

// exchange is the native state of an IncomingMessage and, for a request that is served natively, of its response. The
// response stays native while a script does only the usual with it: status, headers, one end(). As soon as anything else
// is touched, adopt() turns it into the object that _http_server would have made.
type exchange struct {
	m       *module
	request *goja.Object

	// What was received.
	span                      *otlp.Span // nil if there is none, or it has ended
	strays                    bool       // the client has to be told which worker to come back to
	head                      http1.Head
	trailers                  *http1.Head
	numHeaders, numTrailers   int                // names and values, as in rawHeaders
	near                      [inNear]goja.Value // properties, see part
	far                       *[inParts - inNear]goja.Value
	socket                    goja.Value
	asked                     *clientRequest // of a response to a native request
	link                      *link          // of a native request: leads to the socket, if that is not yet in socket
	method                    http1.Method
	major, minor              uint8
	code                      int
	received, response        bool // response: seen from a client
	complete, dumped, upgrade bool
	serial                    uint32 // see parser
	began                     int64  // when the head had come, if somebody wants to know

	// As a stream, see body.go.
	state             readable // once it is needed,
	starting, foreign bool     // is being made, or is another that a script has put there
	consuming         bool
	listeners         *emitter.Listeners

	// The native response.
	native        bool
	parser        *parser // nil once it is over
	res           *goja.Object
	adopted       bool
	keepAlive     bool
	status        int
	statusMessage string
	outHeaders
	noDate       bool
	h            *head // once rendered; &rendered
	rendered     head
	wrote        bool      // write() was called
	pieces       [][]byte  // what it wrote in this turn, with the head,
	out          []byte    // and the last of it
	single       [1][]byte // room for pieces if that is all
	length       int       // of it, as Node counts
	needDrain    bool      // write() has said that it is enough
	flushing     bool      // the end of the turn is awaited
	sent, ended  bool      // end() was called; and all is written
	over, closed bool
}

// responseClass is what the native response needs of _http_server.
type responseClass struct {
	proto     *goja.Object
	outgoing  *goja.Object // OutgoingMessage.prototype
	class     *goja.Object
	writeHead *goja.Object
	write     goja.Value
	onFinish  goja.Value
	emitClose goja.Value
	watched   goja.Value // tells whether someone observes from outside
}

func (m *module) defineServer(b *goja.Object) {
	m.rt.SetFunc(b, "setupResponse", 3, func(call goja.FunctionCall) goja.Value {
		m.response.onFinish, m.response.emitClose, m.response.watched = call.Argument(1), call.Argument(2), call.Argument(3)
		m.setupResponse(call.Argument(0).ToObject(m.vm))
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "storeHTTPOptions", 1, m.storeOptions)
	m.rt.SetFunc(b, "storeValidation", 2, func(call goja.FunctionCall) goja.Value {
		m.storeValidation(call.Argument(0).ToObject(m.vm), call.Argument(1).ToObject(m.vm))
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "setupSecureServer", 1, func(call goja.FunctionCall) goja.Value {
		m.secureProto = call.Argument(0).ToObject(m.vm).Get("prototype").(*goja.Object)
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "setupServer", 4, func(call goja.FunctionCall) goja.Value {
		m.incomingKey, _ = call.Argument(1).(*goja.Symbol)
		m.responseKey, _ = call.Argument(2).(*goja.Symbol)
		m.serverProto = call.Argument(0).ToObject(m.vm).Get("prototype").(*goja.Object)
		m.optimizeKey, _ = call.Argument(3).(*goja.Symbol)
		return goja.Undefined()
	})
}

// serve makes request and response of the head just read and emits 'request'. It returns false for anything unusual.
func (p *parser) serve() bool {
	c := &p.codec
	if p.pending != nil || p.busy || c.Upgrade || c.VersionMajor != 1 || c.VersionMinor != 1 ||
		p.stream.WriteQueueSize() > 0 {
		return false
	}
	host := false
	for i := range c.NumHeaders() {
		switch name, _ := c.HeaderAt(i); len(name) {
		case 4:
			host = host || lowerName(string(name)) == "host"
		case 6:
			if lowerName(string(name)) == "expect" {
				return false
			}
		}
	}
	if !host || limited(p.server) {
		return false
	}
	m := p.m
	if (m.perf() || m.diagnostics()) && truthy(m.rt.Apply(m.response.watched, goja.Undefined())) {
		return false
	}
	x := &exchange{m: m, native: true, parser: p, link: p.linked(), status: 200, keepAlive: c.ShouldKeepAlive()}
	p.fill(x)
	x.request = m.rt.NewObject(m.requestProto, x)
	x.res = m.rt.NewObject(m.response.proto, x)
	if truthy(engine.Property(p.server, "joinDuplicateHeaders")) {
		x.put(inJoin, m.vm.ToValue(true))
	}
	p.incoming, p.x, p.pending = x.request, x, x
	p.assign(x.res)
	p.args = [2]goja.Value{x.request, x.res}
	outer := m.serving
	m.serving = x
	m.rt.Emit(p.server, "request", p.args[:]...)
	m.serving = outer
	return true
}

func truthy(v goja.Value) bool { return v != nil && v.ToBoolean() }

// responding returns the native response of a message object while it is native.
func (m *module) responding(this goja.Value) *exchange {
	if x := m.of(this); x != nil && x.native && !x.adopted && x.res == this {
		return x
	}
	return nil
}

func (m *module) setupResponse(class *goja.Object) {
	r := &m.response
	r.class = class
	r.proto = class.Get("prototype").(*goja.Object)
	r.outgoing = r.proto.Prototype()

	veil := &veil[*exchange]{m, r.proto, r.outgoing, m.responding}
	r.writeHead = veil.method("writeHead", 3, (*exchange).writeHead)
	r.proto.Set("writeHeader", r.writeHead)
	veil.method("setHeader", 2, (*exchange).setHeader)
	veil.headers(func(x *exchange) *outHeaders { return &x.outHeaders })
	veil.method("removeHeader", 1, (*exchange).removeHeader)
	r.write = veil.method("write", 1, (*exchange).write)
	veil.method("end", 1, (*exchange).end)

	// Every property that is state of a message adopts the response, except the few that are known without.
	quick := map[string]func(x *exchange) goja.Value{
		"statusCode": func(x *exchange) goja.Value { return m.vm.ToValue(x.status) },
		"statusMessage": func(x *exchange) goja.Value {
			if x.statusMessage == "" {
				return goja.Undefined()
			}
			return m.latin1(x.statusMessage)
		},
		"writableNeedDrain": (*exchange).waiting,
		"destroyed":         (*exchange).inactive,
		"headersSent":       func(x *exchange) goja.Value { return m.vm.ToValue(x.h != nil) },
		"finished":          func(x *exchange) goja.Value { return m.vm.ToValue(x.sent) },
		"writableEnded":     func(x *exchange) goja.Value { return m.vm.ToValue(x.sent) },
		"sendDate":          func(x *exchange) goja.Value { return m.vm.ToValue(!x.noDate) },
		"req":               func(x *exchange) goja.Value { return x.request },
		"socket": func(x *exchange) goja.Value {
			if x.parser == nil {
				return goja.Null()
			}
			return x.parser.expose()
		},
	}
	assign := map[string]func(x *exchange, v goja.Value) bool{
		"statusCode": func(x *exchange, v goja.Value) bool {
			if !goja.IsNumber(v) {
				return false
			}
			x.status = int(v.ToInteger())
			return v.ToFloat() == float64(x.status)
		},
		"sendDate": func(x *exchange, v goja.Value) bool {
			x.noDate = !v.ToBoolean()
			return true
		},
		"req": func(x *exchange, v goja.Value) bool { return v == goja.Value(x.request) },
	}
	for _, name := range append(r.outgoing.Keys(), "statusCode", "statusMessage", "writableEnded", "headersSent", "req", "socket", "outputData",
		"writableFinished", "writableLength", "writableHighWaterMark", "writableCorked", "writableNeedDrain", "errored", "closed",
		"_sent100", "_expect_continue", "_maxRequestsPerSocket") {
		veil.property(name, nil, quick[name], assign[name])
	}
	for _, sym := range r.outgoing.Symbols() {
		var get func(x *exchange) goja.Value
		if sym == m.needDrain { // of a socket that has drained
			get = func(x *exchange) goja.Value { return m.vm.ToValue(x.needDrain) }
		}
		veil.property("", sym, get, nil)
	}
}

// The methods below return nil for what they leave to _http_server.

func (x *exchange) setHeader(call goja.FunctionCall) goja.Value {
	name, value := call.Argument(0), call.Argument(1)
	if x.h != nil || !isToken(name) || goja.IsUndefined(value) || !isValue(value) {
		return nil
	}
	x.set(name.String(), value)
	return x.res
}

func (x *exchange) removeHeader(call goja.FunctionCall) goja.Value {
	key, ok := headerName(call)
	if !ok || x.h != nil {
		return nil
	}
	if key == "date" {
		x.noDate = true
	}
	x.remove(key)
	return goja.Undefined()
}

func (x *exchange) writeHead(call goja.FunctionCall) goja.Value {
	status := call.Argument(0)
	if x.h != nil || !goja.IsNumber(status) || x.parser == nil {
		return nil
	}
	code := int(status.ToInteger())
	if code < 100 || code > 999 {
		return nil
	}
	headers := call.Argument(2)
	message := x.statusMessage
	if s, ok := call.Argument(1).(goja.String); ok {
		if a, u := engine.Chars(s); u != nil || a == "" || !http1.ValidValue(a) {
			return nil
		}
		message = s.String()
	} else if goja.IsUndefined(headers) || goja.IsNull(headers) {
		headers = call.Argument(1)
	}
	o, ok := headers.(*goja.Object)
	if ok && o.ClassName() == "Array" {
		return nil
	}
	if o != nil && len(x.headers) > 0 {
		for _, key := range o.Keys() {
			if v := orUndefined(o.Get(key)); key != "" {
				if !http1.ValidToken(key) || goja.IsUndefined(v) || !isValue(v) {
					return nil
				}
				x.set(key, v)
			}
		}
		o = nil
	}
	x.status, x.statusMessage = code, message
	x.render(o, -1)
	return x.res
}

// render makes the head. length is the body's if it is known, or -1.
func (x *exchange) render(headers *goja.Object, length int) {
	p, m := x.parser, x.m
	message := x.statusMessage
	if message == "" {
		if message = http1.StatusText(x.status); message == "" {
			message = "unknown"
		}
		x.statusMessage = message
	}
	h := &x.rendered
	*h = head{
		sendDate: !x.noDate, keepAlive: x.keepAlive, hasBody: x.hasBody(), useChunked: true, defaultKeepAlive: true,
		removedConnection: x.removed.connection, removedLength: x.removed.length, removedTE: x.removed.te,
		status: int64(x.status), noLength: length < 0, length: int64(length), strays: x.strays,
	}
	if m.closing && p.isLast(x) {
		h.keepAlive = false
	}
	h.keepAliveTimeout = milliseconds(p.server, "keepAliveTimeout", 0)
	if len(x.headers) > 0 || headers != nil {
		h.unique, _ = p.server.GetSymbol(m.unique).(*goja.Object)
	}
	h.b = http1.AppendStatusLine(m.out[:0], x.status, message)
	for _, f := range x.headers {
		h.field(m, f.name, f.value, false)
	}
	if headers != nil {
		m.addFields(h, headers, nil)
	}
	h.finish(m)
	m.out = h.b[:0]
	x.h = h
	if length < 0 {
		h.b = append([]byte(nil), h.b...) // the body comes later, and others use m.out before
	}
}

func (x *exchange) hasBody() bool {
	return x.method != http1.MethodHead && x.status != 204 && x.status != 304 && x.status >= 200
}

// finish ends the exchange once all is written: the events, the rest of the request, the connection's next turn.
func (x *exchange) finish() {
	p, m := x.parser, x.m
	if x.adopted {
		m.rt.Emit(x.res, "prefinish")
		m.rt.Apply(m.response.onFinish, goja.Undefined(), x.res)
		return
	}
	if p == nil || x.over {
		return
	}
	listened := !m.rt.Bare(x.res) && truthy(x.res.Get("_events"))
	if listened {
		m.rt.Emit(x.res, "prefinish")
		if x.adopted {
			m.rt.Apply(m.response.onFinish, goja.Undefined(), x.res)
			return
		}
	}
	x.over = true
	if m.rt.Tracing != nil {
		m.traced(x, x.res)
	}
	m.served(x)
	if p.pending == x {
		p.pending = nil
		p.assign(goja.Null())
	}
	x.parser, x.closed = nil, !listened
	if listened {
		m.rt.Emit(x.res, "finish")
	}
	if x.started() || x.listened() {
		if s, ok := x.ReadableState().(readable); !x.consuming && !(ok && s.Resuming()) {
			m.rt.CallMethod(x.request, "_dump")
		}
	} else {
		x.dumped = true
	}
	if p.incoming == x.request {
		switch {
		case !x.started():
			if x.complete { // else OnMessageComplete does
				p.incoming, p.x = nil, nil
			}
		case x.state != nil && x.state.Ended():
			p.incoming, p.x = nil, nil
		default:
			m.rt.AddListener(x.request, "end", m.rt.Func("", 0, func(goja.FunctionCall) goja.Value {
				if p.incoming == x.request {
					p.incoming, p.x = nil, nil
				}
				return goja.Undefined()
			}))
		}
	}
	if listened {
		m.rt.NextTick(func() {
			if x.closed = true; x.adopted {
				m.rt.Apply(m.response.emitClose, goja.Undefined(), x.res)
			} else {
				m.rt.Emit(x.res, "close")
			}
		})
	}
	switch {
	case !x.h.last:
		p.startIdle()
		p.finished(x)
	case p.bare == nil && p.over:
		m.rt.CallMethod(m.rt.Require("internal/http/seldom"), "linger", p.socket)
	case p.bare == nil:
		m.rt.CallMethod(p.socket, "destroySoon")
	case p.over:
		p.linger()
	case listened:
		p.endBare() // who listens to 'close' may still want to know the peer
	default:
		p.finishBare()
	}
}

// adopt turns the native response into what _http_server would have made, at the point where it is.
func (x *exchange) adopt() {
	if x.adopted {
		return
	}
	x.adopted = true
	m, o := x.m, x.res
	if p := x.parser; p != nil {
		p.reveal()
		x.handOver()
		p.assign(goja.Null()) // the response is to be assigned
		p.pending, p.busy, p.touched = nil, true, true
		m.rt.CallMethod(p.obj, "adopt", x.request, o, m.vm.ToValue(x.keepAlive))
	} else {
		m.rt.CallMethod(m.response.class, "call", o, x.request)
		if x.closed {
			o.Set("_closed", true)
			o.Set("destroyed", true)
		}
	}
	if x.status != 200 {
		o.Set("statusCode", x.status)
	}
	if x.statusMessage != "" {
		o.Set("statusMessage", m.latin1(x.statusMessage))
	}
	if x.noDate {
		o.Set("sendDate", false)
	}
	x.outHeaders.adopted(m, o)
	if h := x.h; h != nil {
		o.Set("_header", m.rt.DecodeString(h.b, engine.Latin1))
		o.Set("_headerSent", x.sent || x.wrote)
		if x.needDrain {
			o.SetSymbol(m.needDrain, true)
		}
		o.Set("_last", h.last)
		o.Set("chunkedEncoding", h.chunked)
		o.Set("shouldKeepAlive", h.keepAlive)
		o.Set("_hasBody", h.hasBody)
		if h.lengthValue != nil {
			o.Set("_contentLength", h.lengthValue)
		} else if !h.noLength {
			o.Set("_contentLength", h.length)
		}
	}
	if x.over {
		o.SetSymbol(m.finished, true)
	}
	if x.sent {
		o.Set("finished", true)
		o.Set("_headerSent", true)
	}
}
