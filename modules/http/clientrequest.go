package http

import (
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/emitter"
	"gonode/internal/engine"
	"gonode/internal/http1"
	"gonode/internal/otlp"
)

// clientRequest is a ClientRequest that is native: a script does only the usual with it, which is headers, write() and end() in one
// turn, a signal, and the response. As soon as anything else is touched, adopt turns it into what _http_client's constructor makes.
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
	signal             goja.Value // that may abort the request, which abort listens to; nil if there is none
	abort              *goja.Object
	outHeaders
	keepAlive, closes bool
	span              *otlp.Span // nil if there is none, or it has ended
	useChunked        bool

	pieces   []piece // what write() was given
	written  int     // how much that is with the head, at most, as Node counts
	last     piece   // what end() was given
	h        *head   // once rendered; &rendered
	rendered head

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
	idle              idleLimit
	reused, adopted   bool
}

// piece is a part of a request's body: what a script gave, and its bytes.
type piece struct {
	chunk, encoding goja.Value
	ascii           string
	bytes           []byte
}

func (p *piece) size() int { return len(p.ascii) + len(p.bytes) }

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

// The methods below return nil for what they leave to _http_client.

func (r *clientRequest) setHeader(call goja.FunctionCall) goja.Value {
	name, value := call.Argument(0), call.Argument(1)
	if r.h != nil || !isToken(name) || !r.usual(name.String(), value) {
		return nil
	}
	r.set(name.String(), value)
	return r.o
}

func (r *clientRequest) removeHeader(call goja.FunctionCall) goja.Value {
	key, ok := headerName(call)
	if !ok || r.h != nil || key == "date" {
		return nil
	}
	r.remove(key)
	return goja.Undefined()
}

// mostWritten is how much write() takes before a script is told to wait, less than which is kept natively.
const mostWritten = 60 << 10

// write is req.write(chunk[, encoding]) before the request has its connection; all is sent together if end() comes in the same turn.
func (r *clientRequest) write(call goja.FunctionCall) goja.Value {
	if r.ended || r.destroyed || r.begun || len(call.Arguments) > 2 {
		return nil
	}
	p, enc, ok := r.piece(call)
	size := p.size()
	if !ok || size == 0 || r.written+size > mostWritten {
		return nil
	}
	if len(r.pieces) == 0 {
		if r.h != nil {
			return nil
		}
		if r.render(-1); !r.h.chunked && !r.h.contLen || r.joins(p, enc) {
			r.h = nil
			return nil
		}
		r.written = len(r.h.b)
	}
	r.written += size + 16 // and what frames it
	r.pieces = append(r.pieces, p)
	return r.m.vm.ToValue(true)
}

func (r *clientRequest) piece(call goja.FunctionCall) (p piece, enc engine.Encoding, ok bool) {
	p.chunk, p.encoding = call.Argument(0), call.Argument(1)
	p.ascii, p.bytes, enc, ok = r.m.body(call)
	return p, enc, ok
}

// joins tells whether the head and the first piece of the body are one string to Node, which it writes as UTF-8.
func (r *clientRequest) joins(p piece, enc engine.Encoding) bool {
	_, isString := p.chunk.(goja.String)
	return isString && enc == engine.UTF8 && !r.h.chunked && !engine.IsASCII(r.h.b)
}

// end is req.end([body[, encoding]]): the rest of the request, that is sent when it has its connection.
func (r *clientRequest) end(call goja.FunctionCall) goja.Value {
	if r.ended || r.destroyed || len(call.Arguments) > 2 {
		return nil
	}
	p, enc, ok := r.piece(call)
	if !ok {
		return nil
	}
	if len(r.pieces) == 0 {
		if r.render(p.size()); r.joins(p, enc) {
			r.h = nil
			return nil
		}
	}
	r.last, r.ended = p, true
	if r.begun {
		r.flush()
	}
	return r.o
}

// render makes the head of a request whose body has that length, negative where it is not known.
func (r *clientRequest) render(length int) {
	m := r.m
	h := &r.rendered
	*h = head{
		keepAlive: r.keepAlive, last: r.closes, hasBody: true, noLength: length < 0, useChunked: r.useChunked, hasAgent: true, defaultKeepAlive: true,
		removedConnection: r.removed.connection, removedLength: r.removed.length, removedTE: r.removed.te, length: int64(length),
	}
	h.b = append(m.out[:0], r.method...)
	h.b = append(h.b, ' ')
	h.b = append(h.b, r.path...)
	h.b = append(h.b, " HTTP/1.1\r\n"...)
	for _, f := range r.headers {
		h.field(m, f.name, f.value, false)
	}
	if m.rt.Tracing != nil {
		h.carry(r.begins())
	}
	h.finish(m)
	m.out = h.b[:0]
	h.b = append(make([]byte, 0, len(h.b)+min(max(length, 0), inPlace)+16), h.b...)
	r.keepAlive, r.closes = h.keepAlive, h.last
	r.h = h
}

// begin runs in the tick in which a request has got its connection, as onSocketNT does.
func (r *clientRequest) begin() {
	m := r.m
	if !r.adopted && (r.destroyed || len(r.pieces) > 0 && !r.ended || r.awaitsSocket()) {
		r.adopt()
	}
	if r.adopted {
		socket := r.conn.reveal()
		r.begun = true
		m.rt.CallMethod(m.client.script, "onSocketNT", r.o, socket)
		return
	}
	r.limited()
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
	bufs := r.frames()
	c.active()
	async, errno := c.stream.Writev(bufs, func(errno syscall.Errno) {
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

// frames are the bytes of the whole request: its head and its body, the large pieces of which stay where they are.
func (r *clientRequest) frames() (bufs [][]byte) {
	out := r.h.b
	add := func(p *piece) {
		size := p.size()
		if size == 0 {
			return
		}
		if r.h.chunked {
			out = http1.AppendChunkSize(out, size)
		}
		if size <= inPlace {
			out = append(append(out, p.ascii...), p.bytes...)
		} else {
			b := p.bytes
			if p.ascii != "" {
				b = []byte(p.ascii)
			}
			if len(out) > 0 {
				bufs = append(bufs, out)
			}
			bufs, out = append(bufs, b), nil
		}
		if r.h.chunked {
			out = append(out, "\r\n"...)
		}
	}
	for i := range r.pieces {
		add(&r.pieces[i])
	}
	add(&r.last)
	if r.h.chunked {
		out = append(out, "0\r\n\r\n"...)
	}
	if len(out) > 0 {
		bufs = append(bufs, out)
	}
	return bufs
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
	r.unlimited()
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
	r.traced(0, "_OTHER")
	r.ignore()
	if r.m.rt.HasListener(r.o, "close") {
		r.m.rt.Emit(r.o, "close")
	}
}
