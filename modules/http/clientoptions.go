package http

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
)

// requestOptions are the options of a usual request; nil is what was not given.
type requestOptions struct {
	protocol, hostname, host, path, method, port, agent, headers, timeout, signal goja.Value
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
		case "signal":
			q.signal = v
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
	if c.proto == nil || m.rt.Async.Tracked() || m.rt.Access.Hosted() || m.rt.Config().Options.InsecureHTTPParser || !intact(c.originals) {
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
	r := &clientRequest{m: m, async: m.rt.Async.Context()}
	if !r.chooseAgent(q.agent) || !r.readTarget(q) {
		return nil
	}
	if q.timeout != nil && !goja.IsUndefined(q.timeout) {
		if !goja.IsNumber(q.timeout) || !(q.timeout.ToFloat() >= 0) || q.timeout.ToFloat() > 1<<31-1 {
			return nil
		}
		r.timeout = q.timeout
	}
	switch r.method {
	case "GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT":
	default:
		r.useChunked = true
	}
	if given(q.headers) && !r.setAll(q.headers) {
		return nil
	}
	if r.find("host") < 0 {
		r.headers = append(r.headers, outHeader{"host", "Host", m.vm.ToValue(r.hostHeader())})
	}
	if truthy(q.signal) && !r.heed(q.signal) {
		return nil
	}
	r.o = m.rt.NewObject(m.client.proto, r)
	return r
}

// heed has the request aborted by its signal; it is false for what is none, or has been raised.
func (r *clientRequest) heed(signal goja.Value) bool {
	abort := r.m.rt.Func("onAbort", 0, func(goja.FunctionCall) goja.Value {
		signal := r.signal
		r.ignore()
		r.adopt()
		r.m.rt.CallMethod(r.m.client.script, "abort", signal, r.o)
		return goja.Undefined()
	})
	if !truthy(r.m.rt.CallMethod(r.m.client.script, "heed", signal, abort)) {
		return false
	}
	r.signal, r.abort = signal, abort
	return true
}

// ignore ends heed.
func (r *clientRequest) ignore() {
	if r.signal != nil {
		r.m.rt.CallMethod(r.m.client.script, "ignore", r.signal, r.abort)
		r.signal = nil
	}
}

// chooseAgent takes the option `agent`; it is false if that agent, or the class of one of the request's own, is not as it was made.
func (r *clientRequest) chooseAgent(agent goja.Value) bool {
	m, agents := r.m, r.m.client.agents
	if agent == m.vm.ToValue(false) {
		r.closes = true
		global, ok := agents.Get("globalAgent").(*goja.Object)
		return ok && poolOf(m, global) != nil && global.Get("constructor") == agents.Get("Agent")
	}
	if !given(agent) {
		agent = engine.Property(agents, "globalAgent")
	}
	var ok bool
	if r.agent, ok = agent.(*goja.Object); !ok {
		return false
	}
	if r.pool = poolOf(m, r.agent); r.pool == nil || !r.pool.usual() {
		return false
	}
	r.keepAlive = r.pool.keepAlive || r.pool.maxSockets != unlimited
	r.closes = !r.keepAlive
	return true
}

// readTarget takes the method, and where the request goes.
func (r *clientRequest) readTarget(q *requestOptions) (ok bool) {
	if protocol, ok := word(q.protocol, "http:"); !ok || protocol != "http:" {
		return false
	}
	if r.path, ok = word(q.path, "/"); !ok || !validPath(r.path) {
		return false
	}
	host := q.hostname
	if !truthy(host) {
		host = q.host
	}
	if r.host, ok = word(host, "localhost"); !ok {
		return false
	}
	if r.method, ok = word(q.method, "GET"); !ok || !http1.ValidToken(r.method) {
		return false
	}
	r.method = upper(r.method)
	if r.port = 80; !given(q.port) {
		return true
	}
	port := q.port.String()
	n, err := strconv.Atoi(port)
	r.port = n
	return err == nil && n > 0 && n <= 65535 && strconv.Itoa(n) == port
}

// hostHeader is the Host field of a request that is given none.
func (r *clientRequest) hostHeader() string {
	name := r.host
	if strings.Count(name, ":") > 1 && name[0] != '[' {
		name = "[" + name + "]"
	}
	if r.port != 80 {
		name += ":" + strconv.Itoa(r.port)
	}
	return name
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
