package http

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
)

// turnLimit is how much of a native response may wait for the end of the turn: below a socket's high water mark, so
// that write() may say that more is wanted.
const turnLimit = 12 << 10

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

// body takes a chunk and its encoding: characters, if they are ASCII, or bytes.
func (x *exchange) body(call goja.FunctionCall) (ascii string, bytes []byte, enc engine.Encoding, ok bool) {
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
		if !x.m.isBytes(v) {
			return "", nil, enc, false
		}
		bytes, _ = x.m.rt.Bytes(v)
		return "", bytes, enc, true
	default:
		return "", nil, enc, !v.ToBoolean()
	}
}

// write is res.write(chunk[, encoding]) of little: what is written in one turn goes out together when the turn is over.
func (x *exchange) write(call goja.FunctionCall) goja.Value {
	if !x.ready(call, 2) {
		return nil
	}
	ascii, bytes, enc, ok := x.body(call)
	size := len(ascii) + len(bytes)
	p, m := x.parser, x.m
	if !ok || size == 0 || len(x.out)+size > turnLimit || !x.hasBody() || p.stream.WriteQueueSize() > 0 || p.bare == nil && truthy(p.socket.Get("writableLength")) {
		return nil
	}
	if x.h == nil {
		x.render(nil, -1)
	}
	if !x.wrote {
		if _, isString := call.Argument(0).(goja.String); isString && enc == engine.UTF8 && !x.h.chunked && !engine.IsASCII(x.h.b) {
			return nil // see end
		}
		x.wrote = true
		x.out = append(make([]byte, 0, len(x.h.b)+size+32), x.h.b...)
	}
	if x.h.chunked {
		x.out = http1.AppendChunkSize(x.out, size)
	}
	x.out = append(append(x.out, ascii...), bytes...)
	if x.h.chunked {
		x.out = append(x.out, '\r', '\n')
	}
	if !x.flushing {
		x.flushing = true
		m.rt.NextTick(func() {
			x.flushing = false
			x.flush()
		})
	}
	return m.vm.ToValue(true)
}

// flush sends what write() has kept.
func (x *exchange) flush() {
	p, out := x.parser, x.out
	if p == nil || len(out) == 0 {
		return
	}
	x.out = nil
	if n, _ := p.stream.TryWrite(out); n < len(out) {
		x.send(append([]byte(nil), out[n:]...), goja.Undefined())
	}
}

// handOver gives the socket what write() has kept, where a script sees it until the turn is over.
func (x *exchange) handOver() {
	m, out := x.m, x.out
	if len(out) == 0 {
		return
	}
	x.out = nil
	socket := x.parser.reveal()
	m.rt.CallMethod(socket, "cork")
	m.rt.CallMethod(socket, "write", m.rt.NewBuffer(out))
	m.rt.NextTick(func() { m.rt.CallMethod(socket, "uncork") })
}

// send gives what the descriptor does not take now to the socket, with its back-pressure and its errors.
func (x *exchange) send(rest []byte, done goja.Value) {
	m := x.m
	m.rt.CallMethod(x.parser.reveal(), "write", m.rt.NewBuffer(rest), done)
}

// end is res.end([body]) in one write; everything else is left to _http_server.
func (x *exchange) end(call goja.FunctionCall) goja.Value {
	if !x.ready(call, 2) {
		return nil
	}
	ascii, bytes, enc, ok := x.body(call)
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
		if truthy(p.server.Get("rejectNonStandardBodyWrites")) {
			return nil
		}
		ascii, bytes, size = "", nil, 0
	}
	out := h.b
	if x.wrote {
		out, x.out = x.out, nil
	} else if _, isString := call.Argument(0).(goja.String); isString && enc == engine.UTF8 && !h.chunked && !engine.IsASCII(out) {
		// Head and body are one string to Node, which it writes as UTF-8.
		out = engine.EncodeString(m.rt.DecodeString(out, engine.Latin1), engine.UTF8)
	}
	if h.chunked {
		if size > 0 {
			out = http1.AppendChunkSize(out, size)
			out = append(append(append(out, ascii...), bytes...), '\r', '\n')
		}
		out = append(out, "0\r\n\r\n"...)
		bytes = nil
	} else if out = append(out, ascii...); len(bytes) <= 16<<10 {
		out = append(out, bytes...)
		bytes = nil
	}
	x.sent = true
	n, errno := p.stream.TryWrite(out)
	rest := out[n:]
	if errno == 0 && len(rest) == 0 && len(bytes) > 0 {
		if n, errno = p.stream.TryWrite(bytes); errno == 0 {
			bytes = bytes[n:]
		}
	}
	h.b = nil
	if len(rest) == 0 && len(bytes) == 0 {
		if cap(out) <= 64<<10 {
			m.out = out[:0]
		}
		x.ended = true
		p.ending = x
		m.rt.NextTick(p.finishEnding)
		return x.res
	}
	if rest = append([]byte(nil), rest...); len(bytes) > 0 {
		rest = append(rest, bytes...)
	}
	x.send(rest, m.vm.ToValue(func(goja.FunctionCall) goja.Value {
		if !x.ended {
			x.ended = true
			x.finish()
		}
		return goja.Undefined()
	}))
	return x.res
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
	if (bare && r.proto.Get("writeHead") != goja.Value(r.writeHead)) || !bare && o.Get("writeHead") != goja.Value(r.writeHead) {
		return true
	}
	if !bare {
		for _, name := range [...]string{"_implicitHeader", "_storeHeader", "_send", "_writeRaw", "_finish", "emit", "cork", "uncork"} {
			if o.Get(name) != r.proto.Get(name) {
				return true
			}
		}
		if events, ok := o.Get("_events").(*goja.Object); ok {
			for _, name := range events.Keys() {
				if !harmless(name) {
					return true
				}
			}
		}
	}
	if x.parser.exposed {
		s := x.parser.socket
		return truthy(s.Get("writableLength")) || truthy(s.Get("writableCorked")) || truthy(s.Get("destroyed")) || truthy(s.Get("timeout"))
	}
	return false
}
