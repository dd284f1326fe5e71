package http

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
)

// inPlace is the largest piece of a body that is copied behind the head; larger ones are sent from where they are.
const inPlace = 16 << 10

// ready tells whether the response can be written natively, with at most n arguments.
func (x *exchange) ready(call goja.FunctionCall, n int) bool {
	p := x.parser
	return p != nil && !x.sent && p.pending == x && p.stream.Fd() >= 0 && p.release != nil && len(call.Arguments) <= n && !x.watched()
}

// inactive is the value of what is false of a response under way.
func (x *exchange) inactive() goja.Value {
	if x.parser == nil {
		return nil
	}
	return x.m.vm.ToValue(false)
}

// waiting is writableNeedDrain.
func (x *exchange) waiting() goja.Value {
	if x.parser == nil {
		return nil
	}
	return x.m.vm.ToValue(x.needDrain && !x.sent)
}

// body takes a chunk and its encoding: characters, if they are ASCII, or bytes.
func (m *module) body(call goja.FunctionCall) (ascii string, bytes []byte, enc engine.Encoding, ok bool) {
	enc = engine.UTF8
	if v := call.Argument(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
		s, isString := v.(goja.String)
		if !isString {
			return "", nil, enc, false
		}
		if enc, ok = engine.ParseEncoding(s.String()); !ok {
			return "", nil, enc, false
		}
	}
	switch v := call.Argument(0).(type) {
	case goja.String:
		s, u := engine.Chars(v)
		if u == nil && enc <= engine.ASCII && enc != engine.UTF16LE {
			return s, nil, enc, true
		}
		return "", engine.EncodeString(v, enc), enc, true
	case *goja.Object:
		if !m.isBytes(v) {
			return "", nil, enc, false
		}
		bytes, _ = m.rt.Bytes(v)
		return "", bytes, enc, true
	default:
		return "", nil, enc, !v.ToBoolean()
	}
}

// write is res.write(chunk[, encoding]): what is written in one turn goes out together when the turn is over.
func (x *exchange) write(call goja.FunctionCall) goja.Value {
	if !x.ready(call, 2) {
		return nil
	}
	ascii, bytes, enc, ok := x.m.body(call)
	size := len(ascii) + len(bytes)
	p, m := x.parser, x.m
	if !ok || size == 0 || !x.hasBody() || p.stream.WriteQueueSize() > 0 || p.bare == nil && truthy(p.socket.Get("writableLength")) {
		return nil
	}
	if x.h == nil {
		x.render(nil, -1)
	}
	text, isString := call.Argument(0).(goja.String)
	if !x.wrote {
		if isString && enc == engine.UTF8 && !x.h.chunked && !engine.IsASCII(x.h.b) {
			return nil // see end
		}
		x.wrote = true
		x.out = append(make([]byte, 0, len(x.h.b)+min(size, inPlace)+32), x.h.b...)
		x.length = len(x.h.b)
	}
	x.add(ascii, bytes)
	x.length += size
	if x.h.chunked {
		x.length += len(strconv.FormatInt(int64(size), 16)) + 4
	}
	if isString {
		x.length += text.Length() - size // Node counts characters until they are bytes
	}
	if !x.flushing {
		x.flushing = true
		m.rt.NextTick(func() {
			x.flushing = false
			x.flush()
		})
	}
	if x.length >= p.highWaterMark() {
		x.needDrain = true
	}
	return m.vm.ToValue(x.length < p.highWaterMark())
}

// highWaterMark is how much of its output a connection keeps before write() says that it is enough.
func (p *parser) highWaterMark() int {
	if p.mark == 0 {
		v := p.ownMark()
		if v == nil || !goja.IsNumber(v) {
			v = p.m.rt.CallMethod(p.m.rt.Require("stream"), "getDefaultHighWaterMark", p.m.vm.ToValue(false))
		}
		p.mark = max(int(v.ToInteger()), 1)
	}
	return p.mark
}

// ownMark is the highWaterMark that the server gives its connections, which those of TLS are not given; nil if it says nothing.
func (p *parser) ownMark() goja.Value {
	if p.sealed != nil {
		return nil
	}
	return engine.Property(p.server, "highWaterMark")
}

// add puts a piece of the body, with what frames it, behind what is to be sent.
func (x *exchange) add(ascii string, bytes []byte) {
	size := len(ascii) + len(bytes)
	if size == 0 {
		return
	}
	if x.h.chunked {
		x.out = http1.AppendChunkSize(x.out, size)
	}
	if size <= inPlace {
		x.out = append(append(x.out, ascii...), bytes...)
	} else {
		if ascii != "" {
			bytes = []byte(ascii) // a socket may come to show it as a Buffer
		}
		x.pieces = append(x.pieces, x.out, bytes)
		x.out = nil
	}
	if x.h.chunked {
		x.out = append(x.out, '\r', '\n')
	}
}

// take takes what is to be sent.
func (x *exchange) take() [][]byte {
	bufs := x.pieces
	if len(x.out) > 0 {
		if bufs == nil {
			bufs = x.single[:0]
		}
		bufs = append(bufs, x.out)
	}
	x.pieces, x.out, x.length = nil, nil, 0
	return bufs
}

// flush sends what write() has kept.
func (x *exchange) flush() {
	p := x.parser
	if p == nil || x.adopted {
		return
	}
	bufs := x.take()
	if len(bufs) == 0 {
		return
	}
	if p.sealed != nil && p.seal(bufs, x.drained) {
		return
	}
	if rest := p.write(bufs); len(rest) > 0 {
		x.send(rest, x.m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			if !truthy(call.Argument(0)) {
				x.drained()
			}
			return goja.Undefined()
		}))
	} else if x.needDrain {
		x.m.rt.NextTick(x.drained)
	}
}

// Takes implements the streams' sink: write would send the piece at once or find out that it cannot be.
func (x *exchange) Takes(o *goja.Object, fn goja.Value) bool {
	p := x.parser
	return o == x.res && fn == x.m.response.write && !x.adopted && p != nil && !x.sent && p.pending == x && p.stream.Fd() >= 0 && p.release != nil &&
		len(x.out) == 0 && len(x.pieces) == 0 && !x.needDrain && p.stream.WriteQueueSize() == 0 && !x.watched() && x.hasBody() &&
		(p.bare != nil || !truthy(p.socket.Get("writableLength")))
}

var crlf = []byte{'\r', '\n'}

// Take implements the streams' sink.
func (x *exchange) Take(b []byte) bool {
	m := x.m
	var line [24]byte
	bufs := m.vector[:0]
	if x.h == nil {
		x.render(nil, -1)
	}
	if !x.wrote {
		x.wrote = true
		bufs = append(bufs, x.h.b)
	}
	if x.h.chunked {
		bufs = append(bufs, http1.AppendChunkSize(line[:0], len(b)), b, crlf)
	} else {
		bufs = append(bufs, b)
	}
	m.vector = bufs
	if x.parser.sealed != nil && x.parser.seal(bufs, x.drained) {
		clear(bufs)
		x.needDrain = true
		return false
	}
	rest := bytes.Join(x.parser.write(bufs), nil)
	clear(bufs)
	if len(rest) == 0 {
		return true
	}
	x.needDrain = true
	x.send([][]byte{rest}, m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		if !truthy(call.Argument(0)) {
			x.drained()
		}
		return goja.Undefined()
	}))
	return false
}

// drained emits 'drain' when all is sent of what made write() say that it is enough, and nothing was written since.
func (x *exchange) drained() {
	m := x.m
	switch {
	case !x.needDrain || len(x.out) > 0 || len(x.pieces) > 0:
		return
	case x.adopted:
		// The message may have been told by its socket.
		if !truthy(x.res.GetSymbol(m.needDrain)) || truthy(x.res.Get("finished")) || truthy(x.res.Get("destroyed")) || truthy(x.res.Get("writableLength")) {
			return
		}
		x.res.SetSymbol(m.needDrain, false)
	case x.sent || x.parser == nil || x.parser.stream.Closing():
		return
	}
	x.needDrain = false
	m.rt.Emit(x.res, "drain")
}

// handOver gives the socket what write() has kept, where a script sees it until the turn is over.
func (x *exchange) handOver() {
	if bufs := x.take(); len(bufs) > 0 {
		m, socket := x.m, x.parser.reveal()
		m.rt.CallMethod(socket, "cork")
		for _, b := range bufs {
			m.rt.CallMethod(socket, "write", m.rt.NewBuffer(b))
		}
		m.rt.NextTick(func() { m.rt.CallMethod(socket, "uncork") })
	}
}

// send gives what the descriptor does not take now to the socket, with its back-pressure and its errors.
func (x *exchange) send(rest [][]byte, done goja.Value) {
	m, socket := x.m, x.parser.reveal()
	if len(rest) == 1 {
		m.rt.CallMethod(socket, "write", m.rt.NewBuffer(rest[0]), done)
		return
	}
	m.rt.CallMethod(socket, "cork")
	for i, b := range rest {
		if i < len(rest)-1 {
			m.rt.CallMethod(socket, "write", m.rt.NewBuffer(b))
		} else {
			m.rt.CallMethod(socket, "write", m.rt.NewBuffer(b), done)
		}
	}
	m.rt.CallMethod(socket, "uncork")
}

// end is res.end([body]) in one write; everything else is left to _http_server.
func (x *exchange) end(call goja.FunctionCall) goja.Value {
	if !x.ready(call, 2) {
		return nil
	}
	ascii, bytes, enc, ok := x.m.body(call)
	if !ok {
		return nil
	}
	p, m := x.parser, x.m
	size := len(ascii) + len(bytes)
	if x.h == nil {
		x.render(nil, size)
	}
	h := x.h
	if !h.hasBody && size > 0 {
		if truthy(engine.Property(p.server, "rejectNonStandardBodyWrites")) {
			return nil
		}
		ascii, bytes, size = "", nil, 0
	}
	fresh := !x.wrote
	if fresh {
		x.out = h.b
		if _, isString := call.Argument(0).(goja.String); isString && enc == engine.UTF8 && !h.chunked && !engine.IsASCII(h.b) {
			// Head and body are one string to Node, which it writes as UTF-8.
			x.out = engine.EncodeString(m.rt.DecodeString(h.b, engine.Latin1), engine.UTF8)
		}
	}
	x.add(ascii, bytes)
	if h.chunked {
		x.out = append(x.out, "0\r\n\r\n"...)
	}
	x.sent = true
	bufs := x.take()
	if p.sealed != nil && p.seal(bufs, x.allSent) {
		h.b = nil
		return x.res
	}
	rest := p.write(bufs)
	h.b = nil
	if len(rest) == 0 {
		if fresh && len(bufs) > 0 && cap(bufs[0]) <= 64<<10 {
			m.out = bufs[0][:0] // where the next head is put together
		}
		x.ended = true
		p.ending = x
		m.rt.NextTick(p.finishEnding)
		return x.res
	}
	if len(rest) == len(bufs) {
		rest[0] = slices.Clone(rest[0]) // it may lie where the next head is put together
	}
	x.send(rest, m.rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		x.allSent()
		return goja.Undefined()
	}))
	return x.res
}

// allSent ends the exchange when the response has been written.
func (x *exchange) allSent() {
	if !x.ended {
		x.ended = true
		x.finish()
	}
}

// harmless are the events that a native response emits as any, or has no occasion to.
func harmless(event string) bool {
	switch event {
	case "finish", "prefinish", "close", "drain", "error", "unpipe":
		return true
	}
	return false
}

// watched tells whether a script would notice that write() and end() bypass the methods and events of the response, or
// that the socket's own output is not empty.
func (x *exchange) watched() bool {
	r, o := &x.m.response, x.res
	bare := x.m.rt.Bare(o) && o.Prototype() == r.proto
	if engine.Property(o, "writeHead") != goja.Value(r.writeHead) {
		return true
	}
	if !bare {
		direct := o.Prototype() == r.proto
		for _, name := range [...]string{"_implicitHeader", "_storeHeader", "_send", "_writeRaw", "_finish", "emit", "cork", "uncork"} {
			if direct && engine.Owns(o, name) || !direct && engine.Property(o, name) != engine.Property(r.proto, name) {
				return true
			}
		}
		if !x.m.rt.ListensFor(o, harmless) {
			return true
		}
	}
	if x.parser.exposed {
		s := x.parser.socket
		return truthy(engine.Property(s, "writableLength")) || truthy(engine.Property(s, "writableCorked")) || truthy(engine.Property(s, "destroyed")) || truthy(engine.Property(s, "timeout"))
	}
	return false
}
