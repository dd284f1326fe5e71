package http

import (
	"strconv"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/emitter"
	"gonode/internal/engine"
	"gonode/internal/http1"
)

// clientRequest is a ClientRequest that is native: a script does only the usual with it, which is headers, one end() and the
// response. As soon as anything else is touched, adopt turns it into what _http_client's constructor makes.
type clientRequest struct {
	m     *module
	o     *goja.Object
	agent *goja.Object // nil if the request has an agent of its own, which is not made yet
	pool  *pool        // that agent's
	conn  *clientConn  // nil while it waits for one
	async any          // asynchronous context

	method, path, host string
	port               int
	timeout            goja.Value // nil if none was given
	headers            []outHeader
	removed            struct{ connection, length, te bool }
	keepAlive, last    bool
	useChunked         bool

	chunk, encoding goja.Value // what end() was given,
	ascii           string     // and its bytes
	bytes           []byte
	h               *head // once rendered; &rendered
	rendered        head

	taker             taker     // of an exchange without messages,
	answering         bool      // whose head has been taken,
	hint              int       // with what it says of keeping the connection, see hint
	x                 *exchange // the response
	listeners         emitter.Listeners
	begun             bool // the tick has passed in which the request gets its socket
	ended, sent       bool // end() was called; all is with the system
	finished          bool
	received          bool // the response has been read to its end
	destroyed, closed bool
	timedOut          bool // 'timeout' was emitted
	reused, adopted   bool
}

// clientClass is what native requests need of _http_client and _http_agent.
type clientClass struct {
	proto, outgoing *goja.Object // ClientRequest.prototype, OutgoingMessage.prototype
	class           *goja.Object
	agents          *goja.Object // the exports of _http_agent
	end             *goja.Object // listens to the 'end' of responses
	originals       []original
	agent           []original // methods of Agent.prototype
	sockets         []original // what connections would go through
	script          *goja.Object
}

// original is a method as it was made, which a script may have replaced.
type original struct {
	of    *goja.Object
	name  string
	value goja.Value
}

func intact(list []original) bool {
	for i := range list {
		if engine.Property(list[i].of, list[i].name) != list[i].value {
			return false
		}
	}
	return true
}

func originals(of *goja.Object, names ...string) []original {
	list := make([]original, len(names))
	for i, name := range names {
		list[i] = original{of, name, of.Get(name)}
	}
	return list
}

// requesting returns the state of a ClientRequest while it is native.
func (m *module) requesting(this goja.Value) *clientRequest {
	if r, ok := m.rt.Slot(this).(*clientRequest); ok && !r.adopted && r.o == this {
		return r
	}
	return nil
}

// Listeners implements emitter.Keeper.
func (r *clientRequest) Listeners(o *goja.Object) *emitter.Listeners {
	if r.adopted || o != r.o {
		return nil
	}
	return &r.listeners
}

func (m *module) defineClient(b *goja.Object) {
	// setupClient(ClientRequest, agents, Socket, symbols, script) comes from _http_client; script has the functions that bring a request
	// or a connection into its other form.
	m.rt.SetFunc(b, "setupClient", 5, func(call goja.FunctionCall) goja.Value {
		c := &m.client
		c.proto = call.Argument(0).ToObject(m.vm).Get("prototype").(*goja.Object)
		c.outgoing = c.proto.Prototype()
		c.agents, c.script = call.Argument(1).ToObject(m.vm), call.Argument(4).ToObject(m.vm)
		c.end = m.rt.Func("responseOnEnd", 0, func(call goja.FunctionCall) goja.Value {
			if x := m.of(call.This); x != nil && x.asked != nil {
				x.asked.answered()
			}
			return goja.Undefined()
		})
		m.veilClient(m.items(call.Argument(3).ToObject(m.vm), int(call.Argument(3).ToObject(m.vm).Get("length").ToInteger())))
		c.originals = originals(c.proto, "end", "onSocket", "_implicitHeader", "_storeHeader", "_send", "_writeRaw", "_finish", "_flush", "emit", "once")
		c.agent = originals(c.agents.Get("Agent").ToObject(m.vm).Get("prototype").(*goja.Object), "addRequest", "createConnection", "createSocket",
			"removeSocket", "keepSocketAlive", "reuseSocket", "getName", "emit", "destroy")
		c.sockets = originals(call.Argument(2).ToObject(m.vm).Get("prototype").(*goja.Object), "connect", "write", "end", "emit", "on", "destroy", "setTimeout")
		return goja.Undefined()
	})
	m.definePool(b)
	m.defineExchange(b)
}

// veilClient makes what requests own, and what the usual ones do with themselves, native.
func (m *module) veilClient(symbols []goja.Value) {
	c := &m.client
	veil := &veil[*clientRequest]{m, c.proto, c.outgoing, m.requesting}
	m.defineListeners(c.proto, func(this goja.Value) *emitter.Listeners {
		if r := m.requesting(this); r != nil {
			return &r.listeners
		}
		return nil
	})
	veil.method("setHeader", 2, (*clientRequest).setHeader)
	veil.method("getHeader", 1, (*clientRequest).getHeader)
	veil.method("hasHeader", 1, (*clientRequest).hasHeader)
	veil.method("removeHeader", 1, (*clientRequest).removeHeader)
	veil.method("end", 3, (*clientRequest).end)
	quick := map[string]func(r *clientRequest) goja.Value{
		"method":        func(r *clientRequest) goja.Value { return m.vm.ToValue(r.method) },
		"host":          func(r *clientRequest) goja.Value { return m.vm.ToValue(r.host) },
		"protocol":      func(r *clientRequest) goja.Value { return m.vm.ToValue("http:") },
		"aborted":       func(r *clientRequest) goja.Value { return m.vm.ToValue(false) },
		"destroyed":     func(r *clientRequest) goja.Value { return m.vm.ToValue(r.destroyed) },
		"finished":      func(r *clientRequest) goja.Value { return m.vm.ToValue(r.ended) },
		"writableEnded": func(r *clientRequest) goja.Value { return m.vm.ToValue(r.ended) },
		"headersSent":   func(r *clientRequest) goja.Value { return m.vm.ToValue(r.h != nil) },
		"reusedSocket":  func(r *clientRequest) goja.Value { return m.vm.ToValue(r.reused) },
		"res": func(r *clientRequest) goja.Value {
			if r.x == nil {
				return goja.Null()
			}
			return r.x.request
		},
	}
	assign := map[string]func(r *clientRequest, v goja.Value) bool{
		"reusedSocket": func(r *clientRequest, v goja.Value) bool {
			r.reused = v.ToBoolean()
			return true
		},
	}
	for _, name := range append(c.outgoing.Keys(), "agent", "method", "maxHeaderSize", "joinDuplicateHeaders", "_ended", "res", "aborted", "timeoutCb",
		"upgradeOrConnect", "parser", "maxHeadersCount", "reusedSocket", "host", "protocol", "socketPath", "insecureHTTPParser", "httpValidation",
		"outputData", "socket", "writableEnded", "headersSent", "writableFinished", "writableLength", "writableHighWaterMark", "writableCorked",
		"writableNeedDrain", "errored", "closed", "connection") {
		veil.property(name, nil, quick[name], assign[name])
	}
	for _, sym := range c.outgoing.Symbols() {
		veil.property("", sym, nil, nil)
	}
	for i, v := range symbols {
		var get func(r *clientRequest) goja.Value
		if i == 0 { // kPath
			get = func(r *clientRequest) goja.Value { return m.latin1(r.path) }
		}
		veil.property("", v.(*goja.Symbol), get, nil)
	}
}

// clientRequest is the class ClientRequest, which is loaded with the first request.
func (m *module) clientRequest() *goja.Object {
	if m.client.class == nil {
		m.client.class, _ = m.rt.Require("_http_client").Get("ClientRequest").(*goja.Object)
	}
	return m.client.class
}

// requestOptions are the options of a usual request; nil is what was not given.
type requestOptions struct {
	protocol, hostname, host, path, method, port, agent, headers, timeout goja.Value
}

// read takes the options from an object; it is false if there is anything unusual among them.
func (q *requestOptions) read(m *module, o *goja.Object) bool {
	return m.rt.PlainValues(o, func(key string, v goja.Value) bool {
		switch key {
		case "protocol":
			q.protocol = v
		case "hostname":
			q.hostname = v
		case "host":
			q.host = v
		case "path":
			q.path = v
		case "method":
			q.method = v
		case "port":
			q.port = v
		case "agent":
			q.agent = v
		case "headers":
			q.headers = v
		case "timeout":
			q.timeout = v
		case "hash", "search", "pathname", "href": // of a URL
		default:
			return goja.IsUndefined(v)
		}
		return true
	})
}

// given tells whether an option has a value.
func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }

// word reads an option that is a string of ASCII, if anything.
func word(v goja.Value, usual string) (string, bool) {
	if !given(v) {
		return usual, true
	}
	s, ok := v.(goja.String)
	if !ok {
		return "", false
	}
	a, u := engine.Chars(s)
	if a == "" {
		a = usual
	}
	return a, u == nil
}

// beginRequest makes a request with the arguments of http.request native; nil leaves it to _http_client.
func (m *module) beginRequest(call goja.FunctionCall) *clientRequest {
	c := &m.client
	if c.proto == nil || m.rt.AsyncTracked() || m.rt.Config().Options.InsecureHTTPParser || !intact(c.originals) {
		return nil
	}
	if (m.perf() || m.diagnostics()) && truthy(m.rt.CallMethod(c.script, "watched")) {
		return nil
	}
	var q requestOptions
	args := call.Arguments
	if len(args) == 0 {
		return nil
	}
	input, ok := args[0].(*goja.Object)
	if !ok || !m.isPlainObject(input) {
		o, isURL := m.rt.CallMethod(c.script, "urlOptions", args[0]).(*goja.Object)
		if !isURL || !q.read(m, o) {
			return nil
		}
		args = args[1:]
	}
	var cb *goja.Object
	for i, v := range args {
		o, isObject := v.(*goja.Object)
		switch {
		case !isObject && !given(v):
		case !isObject:
			return nil
		case i < 2 && engine.KindOf(o) == engine.Function:
			if cb == nil {
				cb = o
			}
		case i > 0 && input == v || !m.isPlainObject(o) || cb != nil || i > 0 && len(args) == len(call.Arguments):
			return nil
		case !q.read(m, o):
			return nil
		}
	}
	r := m.newRequest(&q)
	if r == nil {
		return nil
	}
	if cb != nil {
		m.rt.AddOnceListener(r.o, "response", cb)
	}
	if r.pool != nil {
		r.pool.add(r)
	} else {
		m.connect(r, nil)
	}
	return r
}

// isPlainObject tells whether o is an object of no class.
func (m *module) isPlainObject(o *goja.Object) bool {
	proto := o.Prototype()
	return proto == nil || proto == m.rt.ObjectPrototype()
}

// newRequest makes the request; it is nil if there is anything unusual about it.
func (m *module) newRequest(q *requestOptions) *clientRequest {
	r := &clientRequest{m: m, async: m.rt.AsyncContext()}
	agents := m.client.agents
	switch {
	case !given(q.agent):
		r.agent, _ = engine.Property(agents, "globalAgent").(*goja.Object)
	case q.agent == m.vm.ToValue(false):
		if global, ok := agents.Get("globalAgent").(*goja.Object); !ok || poolOf(m, global) == nil || global.Get("constructor") != agents.Get("Agent") {
			return nil
		}
		r.last = true
	default:
		r.agent, _ = q.agent.(*goja.Object)
	}
	if r.agent != nil {
		if r.pool = poolOf(m, r.agent); r.pool == nil || !r.pool.usual() {
			return nil
		}
		r.keepAlive = r.pool.keepAlive || r.pool.maxSockets != unlimited
		r.last = !r.keepAlive
	} else if !r.last {
		return nil
	}
	var ok bool
	protocol, isWord := word(q.protocol, "http:")
	if !isWord || protocol != "http:" {
		return nil
	}
	if r.path, ok = word(q.path, "/"); !ok || !validPath(r.path) {
		return nil
	}
	host := q.hostname
	if !truthy(host) {
		host = q.host
	}
	if r.host, ok = word(host, "localhost"); !ok {
		return nil
	}
	if r.method, ok = word(q.method, "GET"); !ok || !http1.ValidToken(r.method) {
		return nil
	}
	r.method = upper(r.method)
	r.port = 80
	if given(q.port) {
		n, err := strconv.Atoi(q.port.String())
		if err != nil || n <= 0 || n > 65535 || strconv.Itoa(n) != q.port.String() {
			return nil
		}
		r.port = n
	}
	if q.timeout != nil && !goja.IsUndefined(q.timeout) {
		if !goja.IsNumber(q.timeout) || !(q.timeout.ToFloat() >= 0) || q.timeout.ToFloat() > 1<<31-1 {
			return nil
		}
		r.timeout = q.timeout
	}
	r.o = m.rt.NewObject(m.client.proto, r)
	switch r.method {
	case "GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT":
	default:
		r.useChunked = true
	}
	if given(q.headers) && !r.setAll(q.headers) {
		return nil
	}
	if r.find("host") < 0 {
		name := r.host
		if n := countByte(name, ':'); n > 1 && name[0] != '[' {
			name = "[" + name + "]"
		}
		if r.port != 80 {
			name += ":" + strconv.Itoa(r.port)
		}
		r.headers = append(r.headers, outHeader{"host", "Host", m.vm.ToValue(name)})
	}
	return r
}

func countByte(s string, c byte) (n int) {
	for i := range len(s) {
		if s[i] == c {
			n++
		}
	}
	return n
}

// validPath tells whether a path needs no escaping.
func validPath(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' {
			return false
		}
	}
	return true
}

// upper makes the usual methods without a copy.
func upper(method string) string {
	for i := range len(method) {
		if c := method[i]; c >= 'a' && c <= 'z' {
			b := []byte(method)
			for j, c := range b {
				if c >= 'a' && c <= 'z' {
					b[j] = c - 'a' + 'A'
				}
			}
			return string(b)
		}
	}
	return method
}

// setAll sets headers from an object of names and values; it is false if anything about them is unusual.
func (r *clientRequest) setAll(headers goja.Value) bool {
	o, ok := headers.(*goja.Object)
	if !ok || !r.m.isPlainObject(o) {
		return false
	}
	return r.m.rt.PlainValues(o, func(name string, v goja.Value) bool {
		if !http1.ValidToken(name) || !r.usual(name, v) {
			return false
		}
		r.set(name, v)
		return true
	})
}

// usual tells whether a header is a string or a number and asks for nothing special.
func (r *clientRequest) usual(name string, v goja.Value) bool {
	if _, isString := v.(goja.String); !isString && !goja.IsNumber(v) || !isValue(v) {
		return false
	}
	switch lowerName(name) {
	case "expect", "trailer":
		return false
	}
	return true
}

func (r *clientRequest) find(key string) int {
	for i := range r.headers {
		if r.headers[i].key == key {
			return i
		}
	}
	return -1
}

func (r *clientRequest) set(name string, value goja.Value) {
	key := lowerName(name)
	if i := r.find(key); i >= 0 {
		r.headers[i].name, r.headers[i].value = name, value
		return
	}
	r.headers = append(r.headers, outHeader{key, name, value})
}

// The methods below return nil for what they leave to _http_client.

func (r *clientRequest) setHeader(call goja.FunctionCall) goja.Value {
	name, value := call.Argument(0), call.Argument(1)
	if r.h != nil || !isToken(name) || !r.usual(name.String(), value) {
		return nil
	}
	r.set(name.String(), value)
	return r.o
}

func (r *clientRequest) getHeader(call goja.FunctionCall) goja.Value {
	name, ok := call.Argument(0).(goja.String)
	if !ok {
		return nil
	}
	if i := r.find(lowerName(name.String())); i >= 0 {
		return r.headers[i].value
	}
	return goja.Undefined()
}

func (r *clientRequest) hasHeader(call goja.FunctionCall) goja.Value {
	name, ok := call.Argument(0).(goja.String)
	if !ok {
		return nil
	}
	return r.m.vm.ToValue(r.find(lowerName(name.String())) >= 0)
}

func (r *clientRequest) removeHeader(call goja.FunctionCall) goja.Value {
	name, ok := call.Argument(0).(goja.String)
	if !ok || r.h != nil {
		return nil
	}
	key := lowerName(name.String())
	switch key {
	case "connection":
		r.removed.connection = true
	case "content-length":
		r.removed.length = true
	case "transfer-encoding":
		r.removed.te = true
	case "date":
		return nil
	}
	if i := r.find(key); i >= 0 {
		r.headers = append(r.headers[:i:i], r.headers[i+1:]...)
	}
	return goja.Undefined()
}

// end is req.end([body[, encoding]]): the whole request, that is sent when it has its connection.
func (r *clientRequest) end(call goja.FunctionCall) goja.Value {
	if r.ended || r.destroyed || len(call.Arguments) > 2 {
		return nil
	}
	chunk := call.Argument(0)
	var ok bool
	var enc engine.Encoding
	if r.ascii, r.bytes, enc, ok = r.m.body(call); !ok || isFunction(chunk) {
		return nil
	}
	r.chunk, r.encoding = chunk, call.Argument(1)
	r.render(len(r.ascii) + len(r.bytes))
	if _, isString := chunk.(goja.String); isString && enc == engine.UTF8 && !r.h.chunked && !engine.IsASCII(r.h.b) {
		r.h = nil // head and body are one string to Node, which it writes as UTF-8
		return nil
	}
	r.ended = true
	if r.begun {
		r.flush()
	}
	return r.o
}

// render makes the head of a request whose body has that length.
func (r *clientRequest) render(length int) {
	m := r.m
	h := &r.rendered
	*h = head{
		keepAlive: r.keepAlive, last: r.last, hasBody: true, useChunked: r.useChunked, hasAgent: true, defaultKeepAlive: true,
		removedConnection: r.removed.connection, removedLength: r.removed.length, removedTE: r.removed.te, length: int64(length),
	}
	h.b = append(m.out[:0], r.method...)
	h.b = append(h.b, ' ')
	h.b = append(h.b, r.path...)
	h.b = append(h.b, " HTTP/1.1\r\n"...)
	for _, f := range r.headers {
		h.field(m, f.name, f.value, false)
	}
	h.finish(m)
	m.out = h.b[:0]
	h.b = append(make([]byte, 0, len(h.b)+min(length, inPlace)+16), h.b...)
	r.keepAlive, r.last = h.keepAlive, h.last
	r.h = h
}

// begin runs in the tick in which a request has got its connection, as onSocketNT does.
func (r *clientRequest) begin() {
	m := r.m
	if !r.adopted && (r.destroyed || m.rt.HasListener(r.o, "socket")) {
		r.adopt()
	}
	if r.adopted {
		socket := r.conn.reveal()
		r.begun = true
		m.rt.CallMethod(m.client.script, "onSocketNT", r.o, socket)
		return
	}
	if r.begun = true; r.ended {
		r.flush()
	}
}

// flush sends the request, if its connection is there.
func (r *clientRequest) flush() {
	c, m := r.conn, r.m
	if c.connecting || r.sent {
		return
	}
	if m.rt.HasListener(r.o, "prefinish") {
		m.rt.Emit(r.o, "prefinish")
		if r.adopted {
			return
		}
	}
	out, size := r.h.b, len(r.ascii)+len(r.bytes)
	if r.h.chunked && size > 0 {
		out = http1.AppendChunkSize(out, size)
	}
	bufs := [3][]byte{}
	n := 0
	if size <= inPlace {
		out = append(append(out, r.ascii...), r.bytes...)
	} else {
		bufs[0], bufs[1], n = out, r.bytes, 2
		if r.ascii != "" {
			bufs[1] = []byte(r.ascii)
		}
		out = nil
	}
	if r.h.chunked {
		if size > 0 {
			out = append(out, "\r\n"...)
		}
		out = append(out, "0\r\n\r\n"...)
	}
	if len(out) > 0 {
		bufs[n] = out
		n++
	}
	c.active()
	async, errno := c.stream.Writev(bufs[:n], func(errno syscall.Errno) {
		if errno == 0 {
			m.rt.Enter(r.finish)
		}
		// What breaks a connection shows when it is read.
	})
	if errno != 0 {
		r.adopt() // it is the socket that fails
		return
	}
	r.sent = true
	if !async {
		m.rt.NextTick(r.finish)
	}
}

// finish follows when all has been sent.
func (r *clientRequest) finish() {
	if r.finished {
		return
	}
	m := r.m
	r.finished = true
	switch {
	case r.adopted:
		m.rt.CallMethod(m.client.script, "onFinish", r.o)
	default:
		if m.rt.HasListener(r.o, "finish") {
			m.rt.Emit(r.o, "finish")
		}
		if r.received && r.keepAlive && !r.destroyed && !r.adopted {
			if r.answering {
				r.closed = true
				r.conn.release()
				return
			}
			r.release()
		}
	}
}

// answered runs when the response has emitted 'end'.
func (r *clientRequest) answered() {
	m := r.m
	if r.adopted {
		m.rt.Apply(m.client.script.Get("responseOnEnd"), r.x.request)
		return
	}
	if r.received {
		return
	}
	r.received = true
	switch {
	case !r.keepAlive:
		r.conn.endSoon()
	case r.finished:
		r.release()
	}
}

// release lets go of the connection, which its next user gets in the next tick.
func (r *clientRequest) release() {
	r.destroyed = true
	r.conn.parser.leave()
	r.m.rt.NextTick(r.free)
}

// free emits 'close' and gives the connection back.
func (r *clientRequest) free() {
	m := r.m
	if r.adopted {
		m.rt.CallMethod(m.client.script, "emitFreeNT", r.o)
		return
	}
	r.close()
	if c := r.conn; c.socket != nil {
		m.rt.Emit(c.socket, "free")
	} else if c.call == r {
		c.release()
	}
}

// close emits 'close'.
func (r *clientRequest) close() {
	r.destroyed, r.closed = true, true
	if r.m.rt.HasListener(r.o, "close") {
		r.m.rt.Emit(r.o, "close")
	}
}

func isFunction(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}
