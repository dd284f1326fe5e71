package http2

import (
	"github.com/dop251/goja"

	"gonode/internal/http2"
)

// quick is a request without a body, and its response, as long as a script does only the usual with them: there are an Http2ServerRequest and
// an Http2ServerResponse, but no Http2Stream, and no state of streams. At the first touch of anything else reveal makes these, as they
// would have been made when the request came.
type quick struct {
	s        *session
	h2       *http2.Stream
	fields   []http2.Field
	flags    byte
	async    any
	req, res *goja.Object // in HTTP/1's form, or
	stream   *goja.Object // an Http2Stream that is none yet
	headers  *goja.Object
	raw      *goja.Object
	status   int
	set      *goja.Object // headers of the response
	sent     *goja.Object // what went out
	done     bool         // end was called
	over     int          // the code with which the stream ended, or -1
	revealed bool
}

// shortcut is what quick needs of the scripts.
type shortcut struct {
	req, res *goja.Object // prototypes
	reveal   goja.Callable

	stream       *goja.Object // the prototype of quick streams, and of streams
	streams      *goja.Object
	revealStream goja.Callable
}

// defineShortcut makes setupQuick(Request, Response, hidden, reveal): hidden are the properties that quick objects do not have yet.
func (m *module) defineShortcut(b *goja.Object) {
	m.rt.SetFunc(b, "setupQuick", 4, func(call goja.FunctionCall) goja.Value {
		q := &m.quick
		q.req = call.Argument(0).ToObject(m.vm).Get("prototype").ToObject(m.vm)
		q.res = call.Argument(1).ToObject(m.vm).Get("prototype").ToObject(m.vm)
		q.reveal, _ = goja.AssertFunction(call.Argument(3))
		hidden, _ := m.array(call.Argument(2))
		for _, proto := range []*goja.Object{q.req, q.res} {
			for _, key := range hidden {
				m.hide(proto, key)
			}
		}
		m.quickMethods()
		return goja.Undefined()
	})
}

// defineQuickStream makes setupQuickStream(ServerHttp2Stream, hidden, reveal).
func (m *module) defineQuickStream(b *goja.Object) {
	m.rt.SetFunc(b, "setupQuickStream", 3, func(call goja.FunctionCall) goja.Value {
		q := &m.quick
		q.streams = call.Argument(0).ToObject(m.vm).Get("prototype").ToObject(m.vm)
		q.stream = m.vm.CreateObject(q.streams)
		q.revealStream, _ = goja.AssertFunction(call.Argument(2))
		hidden, _ := m.array(call.Argument(1))
		for _, key := range hidden {
			m.hide(q.stream, key)
		}
		m.quickMethod(q.stream, "respond", 2, (*quick).respondTo)
		m.quickMethod(q.stream, "end", 3, (*quick).end)
		m.rt.SetAccessor(q.stream, "id", func(this goja.Value) goja.Value {
			if q := m.quickOf(this); q != nil {
				return m.vm.ToValue(q.h2.ID)
			}
			return goja.Undefined()
		}, nil)
		return goja.Undefined()
	})
}

// quickOf is the quick exchange behind an object, as long as it is one.
func (m *module) quickOf(v goja.Value) *quick {
	if q, ok := m.rt.Slot(v).(*quick); ok && !q.revealed {
		return q
	}
	return nil
}

// hide makes a property of a prototype that reveals a quick exchange when touched, and otherwise behaves as if it were not there.
func (m *module) hide(proto *goja.Object, key goja.Value) {
	sym, _ := key.(*goja.Symbol)
	name := ""
	if sym == nil {
		name = key.String()
	}
	inherited := func() goja.Value {
		parent := proto.Prototype()
		if sym != nil {
			return parent.GetSymbol(sym)
		}
		return parent.Get(name)
	}
	get := m.rt.Func("", 0, func(call goja.FunctionCall) goja.Value {
		if q := m.quickOf(call.This); q != nil {
			q.reveal()
			o := call.This.(*goja.Object)
			var v goja.Value
			if sym != nil {
				v = o.GetSymbol(sym)
			} else {
				v = o.Get(name)
			}
			if v != nil {
				return v
			}
		}
		if v := inherited(); v != nil {
			return v
		}
		return goja.Undefined()
	})
	set := m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		if q := m.quickOf(call.This); q != nil {
			q.reveal()
		}
		o := call.This.ToObject(m.vm)
		if sym != nil {
			o.DefineDataPropertySymbol(sym, call.Argument(0), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		} else {
			o.DefineDataProperty(name, call.Argument(0), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		return goja.Undefined()
	})
	if sym != nil {
		proto.DefineAccessorPropertySymbol(sym, get, set, goja.FLAG_TRUE, goja.FLAG_FALSE)
	} else {
		proto.DefineAccessorProperty(name, get, set, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
}

// serve(server, listener, own) tells the session that its server's only listener for 'stream' may be the one that makes requests of streams, and
// which is the session's own.
func (s *session) serve(call goja.FunctionCall) goja.Value {
	s.server, _ = call.Argument(0).(*goja.Object)
	s.compat, s.own = call.Argument(1), call.Argument(2)
	return goja.Undefined()
}

// ordinary tells whether nobody could notice that a stream is missing.
func (s *session) ordinary(fields []http2.Field, flags byte) bool {
	m := s.m
	if s.server == nil || flags&1 == 0 || s.timed || m.rt.Async.Tracked() || m.rt.Loaded("diagnostics_channel") || m.rt.Loaded("internal/perf/observe") {
		return false
	}
	own, ok := s.object.Get("_events").(*goja.Object)
	if !ok || own.Get("stream") != s.own {
		return false
	}
	events, ok := s.server.Get("_events").(*goja.Object)
	if !ok {
		return false
	}
	switch listener := events.Get("stream"); {
	case listener == nil, m.quick.reveal == nil && !goja.IsUndefined(s.compat):
		return false
	case !goja.IsUndefined(s.compat) && listener != s.compat:
		return false
	}
	for i := range fields {
		switch fields[i].Name {
		case "expect":
			return false
		case ":method":
			if v := fields[i].Value; v == "HEAD" || v == "CONNECT" {
				return false
			}
		}
	}
	return true
}

// request emits 'request' for a quick exchange.
func (s *session) request(h *http2.Stream, fields []http2.Field, flags byte) {
	m := s.m
	q := &quick{s: s, h2: h, fields: append([]http2.Field(nil), fields...), flags: flags, async: s.async, status: 200, over: -1}
	h.Owner = q
	m.rt.Enter(func() {
		scope := m.rt.Async.Enter(q.async)
		if goja.IsUndefined(s.compat) {
			q.stream = m.rt.NewObject(m.quick.stream, q)
			m.rt.Emit(s.server, "stream", q.stream, q.object(), m.vm.ToValue(int(flags)), q.raw)
		} else {
			q.req, q.res = m.rt.NewObject(m.quick.req, q), m.rt.NewObject(m.quick.res, q)
			m.rt.Emit(s.server, "request", q.req, q.res)
		}
		scope.Leave()
	})
}

// revealAll makes the streams of all quick exchanges that are not over.
func (s *session) revealAll() {
	for _, id := range s.h2.Streams() {
		if h := s.h2.Stream(id); h != nil {
			if q, ok := h.Owner.(*quick); ok {
				q.reveal()
			}
		}
	}
}

func (q *quick) reveal() {
	if q.revealed {
		return
	}
	q.revealed = true
	s, m := q.s, q.s.m
	scope := m.rt.Async.Enter(q.async)
	st := s.newStream(q.h2)
	st.async = q.async
	var set, sent goja.Value = goja.Undefined(), goja.Undefined()
	if q.set != nil {
		set = q.set
	}
	if q.sent != nil {
		sent = q.sent
	}
	q.object()
	if q.stream != nil {
		st.object = q.stream
		q.stream.SetPrototype(m.quick.streams)
		m.rt.Call(m.quick.revealStream, s.object, q.stream, st.handle, m.vm.ToValue(q.h2.ID), q.headers, sent, m.vm.ToValue(q.done), m.vm.ToValue(q.over))
		scope.Leave()
		return
	}
	st.object, _ = m.rt.Call(m.quick.reveal, s.object, st.handle, m.vm.ToValue(q.h2.ID), q.headers, q.raw, q.req, q.res,
		m.vm.ToValue(q.status), set, sent, m.vm.ToValue(q.done), m.vm.ToValue(q.over)).(*goja.Object)
	scope.Leave()
}

// object is the object of the request's headers.
func (q *quick) object() *goja.Object {
	if q.headers == nil {
		q.headers, q.raw = q.s.m.headers(q.fields)
	}
	return q.headers
}

func (q *quick) field(name string) goja.Value {
	if q.headers != nil {
		if v := q.headers.Get(name); v != nil {
			return v
		}
		return goja.Undefined()
	}
	for i := range q.fields {
		if q.fields[i].Name == name {
			return q.s.m.text(q.fields[i].Value)
		}
	}
	return goja.Undefined()
}

// quickMethod puts a native in front of a method, which has what the native gives nil for.
func (m *module) quickMethod(proto *goja.Object, name string, length int, f func(q *quick, call goja.FunctionCall) goja.Value) {
	script := proto.Get(name)
	m.rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
		if q := m.quickOf(call.This); q != nil {
			if v := f(q, call); v != nil {
				return v
			}
		}
		return m.rt.Apply(script, call.This, call.Arguments...)
	})
}

// quickMethods puts natives in front of the methods and accessors that quick objects answer by themselves. One that gives nil leaves it to the script.
func (m *module) quickMethods() {
	m.quickMethod(m.quick.res, "setHeader", 2, (*quick).setHeader)
	m.quickMethod(m.quick.res, "writeHead", 1, (*quick).writeHead)
	m.quickMethod(m.quick.res, "end", 1, (*quick).end)
	accessor := func(proto *goja.Object, name string, get func(q *quick) goja.Value, set func(q *quick, v goja.Value) bool) {
		d := m.rt.Apply(m.rt.Member(m.rt.Intrinsic("Object"), "getOwnPropertyDescriptor"), goja.Undefined(), proto, m.vm.ToValue(name)).(*goja.Object)
		getter, setter := d.Get("get"), d.Get("set")
		var assign func(this, v goja.Value)
		if _, ok := goja.AssertFunction(setter); ok {
			assign = func(this, v goja.Value) {
				if q := m.quickOf(this); q != nil && set != nil && set(q, v) {
					return
				}
				m.rt.Apply(setter, this, v)
			}
		}
		m.rt.SetAccessor(proto, name, func(this goja.Value) goja.Value {
			if q := m.quickOf(this); q != nil {
				if v := get(q); v != nil {
					return v
				}
			}
			return m.rt.Apply(getter, this)
		}, assign)
	}
	req := m.quick.req
	accessor(req, "headers", func(q *quick) goja.Value { return q.object() }, nil)
	accessor(req, "url", func(q *quick) goja.Value { return q.field(":path") }, nil)
	accessor(req, "method", func(q *quick) goja.Value { return q.field(":method") }, nil)
	accessor(req, "httpVersion", func(q *quick) goja.Value { return m.vm.ToValue("2.0") }, nil)
	accessor(m.quick.res, "statusCode", func(q *quick) goja.Value { return m.vm.ToValue(q.status) }, func(q *quick, v goja.Value) bool {
		n, ok := v.Export().(int64)
		if !ok || n < 200 || n > 599 {
			return false
		}
		q.status = int(n)
		return true
	})
	accessor(m.quick.res, "headersSent", func(q *quick) goja.Value { return m.vm.ToValue(q.sent != nil) }, nil)
}

func (q *quick) setHeader(call goja.FunctionCall) goja.Value {
	name, ok := call.Argument(0).(goja.String)
	value := call.Argument(1)
	if !ok || q.sent != nil || q.over >= 0 || goja.IsUndefined(value) || goja.IsNull(value) {
		return nil
	}
	key := lower(name.String())
	if !token(key) || ofConnection(key, "") {
		return nil
	}
	q.put(key, value)
	return goja.Undefined()
}

func (q *quick) put(key string, value goja.Value) {
	if q.set == nil {
		q.set = q.s.m.vm.CreateObject(nil)
	}
	q.set.Set(key, value)
}

// writeHead keeps what is given for end, which most often follows.
func (q *quick) writeHead(call goja.FunctionCall) goja.Value {
	code, ok := call.Argument(0).Export().(int64)
	given, isObject := call.Argument(1).(*goja.Object)
	if !ok || code < 200 || code > 599 || q.sent != nil || q.over >= 0 || !isObject && !goja.IsUndefined(call.Argument(1)) || !goja.IsUndefined(call.Argument(2)) {
		return nil
	}
	if isObject && given.ClassName() != "Object" {
		return nil
	}
	if isObject {
		for _, name := range given.Keys() {
			if key := lower(name); !token(key) || ofConnection(key, "") || !present(given.Get(name)) {
				return nil
			}
		}
		for _, name := range given.Keys() {
			q.put(lower(name), given.Get(name))
		}
	}
	q.status = int(code)
	// It is sent at once all the same: the head, and then what end has.
	q.respond(false)
	return q.res
}

func present(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) }

// respond sends the head.
func (q *quick) respond(end bool) {
	m := q.s.m
	sent := m.vm.CreateObject(nil)
	if q.set != nil {
		for _, name := range q.set.Keys() {
			sent.Set(name, q.set.Get(name))
		}
	}
	sent.Set(":status", q.status)
	if sent.Get("date") == nil {
		sent.Set("date", m.utcDate())
	}
	fields := m.fields(sent, responseFields, q.s.strict)
	q.sent = sent
	q.h2.Respond(fields, true, end, false)
	q.s.schedule()
}

func (q *quick) end(call goja.FunctionCall) goja.Value {
	chunk := call.Argument(0)
	if len(call.Arguments) > 1 || q.done || q.over >= 0 || q.status == 204 || q.status == 205 || q.status == 304 {
		return nil
	}
	var body []byte
	if present(chunk) {
		_, bytes := q.s.m.rt.Bytes(chunk)
		if !goja.IsString(chunk) && !bytes {
			return nil
		}
		body = q.s.m.rt.BytesIn(chunk, nil)
	}
	if q.sent == nil {
		q.respond(len(body) == 0)
	}
	if len(body) > 0 {
		q.h2.Write(body, nil)
	}
	q.h2.Shutdown()
	q.s.schedule()
	q.done = true
	if q.stream != nil {
		return q.stream
	}
	return q.res
}

// respondTo is respond of a quick stream.
func (q *quick) respondTo(call goja.FunctionCall) goja.Value {
	m := q.s.m
	if q.sent != nil || q.over >= 0 || q.done || present(call.Argument(1)) {
		return nil
	}
	status := 200
	if given := call.Argument(0); !goja.IsUndefined(given) {
		o, ok := given.(*goja.Object)
		if !ok || o.ClassName() != "Object" || present(o.GetSymbol(m.sensitive)) {
			return nil
		}
		for name, v := range m.rt.Properties(o) {
			if name == ":status" {
				n, ok := v.Export().(int64)
				if !ok || n < 200 || n > 599 || n == 204 || n == 205 || n == 304 {
					return nil
				}
				status = int(n)
			} else if present(v) {
				q.put(name, v)
			} else {
				q.set = nil
				return nil
			}
		}
	}
	q.status = status
	q.respond(false)
	return goja.Undefined()
}
