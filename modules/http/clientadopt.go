package http

import "github.com/dop251/goja"

// Settle implements engine.Settler.
func (r *clientRequest) Settle() { r.adopt() }

// adopt turns the request into what _http_client would have made, at the point where it is.
func (r *clientRequest) adopt() {
	if r.adopted {
		return
	}
	if r.span != nil { // as long as it was seen
		r.m.rt.Tracing.End(r.span)
		r.span = nil
	}
	if r.conn != nil && r.conn.socket == nil && r.conn.call == r {
		r.conn.reveal()
		return
	}
	r.become()
	if r.conn != nil {
		r.join()
	} else {
		r.hand()
	}
}

// become makes the request what the constructor makes, without a socket.
func (r *clientRequest) become() {
	if r.adopted {
		return
	}
	m, o := r.m, r.o
	events, count := r.listeners.Events(m.vm), r.listeners.Count(m.vm)
	r.adopted = true
	o.DefineDataProperty("_events", events, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	o.DefineDataProperty("_eventsCount", count, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	options := m.vm.NewObject()
	if r.agent != nil {
		options.Set("agent", r.agent)
	} else {
		options.Set("agent", false)
	}
	options.Set("host", r.host)
	options.Set("port", r.port)
	options.Set("path", r.path)
	options.Set("method", r.method)
	if r.timeout != nil {
		options.Set("timeout", r.timeout)
	}
	if signal := r.signal; signal != nil {
		r.ignore()
		options.Set("signal", signal)
	}
	m.rt.CallMethod(m.client.script, "become", o, options, m.vm.ToValue(r.idle.asked && !r.begun))
	if r.agent == nil {
		r.agent, _ = o.Get("agent").(*goja.Object)
		if r.conn != nil {
			r.conn.agent = r.agent
		}
	}
	r.outHeaders.adopted(m, o)
	o.Set("reusedSocket", r.reused)
	if h := r.h; h != nil && r.sent {
		o.Set("_header", m.latin1(string(h.b)))
		o.Set("_headerSent", true)
		o.Set("finished", true)
		o.Set("_last", h.last)
		o.Set("chunkedEncoding", h.chunked)
		if h.lengthValue != nil {
			o.Set("_contentLength", h.lengthValue)
		} else if !h.noLength {
			o.Set("_contentLength", h.length)
		}
		o.Set("shouldKeepAlive", r.keepAlive)
		if r.finished {
			o.SetSymbol(m.finished, true)
		}
	}
	if r.destroyed {
		o.Set("destroyed", true)
	}
	if r.received {
		o.Set("_ended", true)
	}
	if r.closed {
		o.Set("_closed", true)
	}
}

// join connects the adopted request with its socket, and has what it has not sent sent by it.
func (r *clientRequest) join() {
	m, c := r.m, r.conn
	p := c.parser
	obj, res := goja.Value(goja.Null()), goja.Value(goja.Null())
	if r.x != nil {
		res = r.x.request
	}
	phase := "begun"
	switch {
	case r.destroyed || c.closed:
		phase = "over"
	case !r.begun:
		phase = "given"
	case c.done:
		phase = "complete"
	default:
		obj = p.obj
	}
	if x := r.x; x != nil && !x.complete {
		x.native = false
	}
	limit := goja.Undefined()
	if r.idle.waiting {
		limit = m.vm.ToValue(r.idle.ms)
	}
	m.rt.CallMethod(m.client.script, "join", r.o, c.reveal(), obj, res, m.vm.ToValue(phase), m.vm.ToValue(r.idle.asked), limit)
	if obj != goja.Value(goja.Null()) && r.x != nil {
		p.incoming, p.x = r.x.request, r.x
	}
	r.hand()
}

// hand gives the script form what was to be sent.
func (r *clientRequest) hand() {
	if r.sent {
		return
	}
	pieces, script := r.pieces, r.m.client.script
	r.pieces = nil
	for _, p := range pieces {
		r.m.rt.CallMethod(script, "write", r.o, p.chunk, p.encoding)
	}
	if r.ended {
		r.sent = true
		r.m.rt.CallMethod(script, "end", r.o, r.last.chunk, r.last.encoding)
	}
}
