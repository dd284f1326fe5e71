package fetch

import (
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
	"gonode/runtime"
)

// A call of fetch that asks for nothing unusual is one exchange in Go: its head is put together from what is known of the URL, and
// its body stays in Go until a script wants it. For all else there is fetch.js, which takes an exchange over where its response
// turns out to be unusual.

// client is fetch in one runtime.
type client struct {
	rt         *runtime.Runtime
	vm         *goja.Runtime
	script     *goja.Object // functions of fetch.js
	natives    *goja.Object // internal/http
	agent      goja.Value
	dispatcher *goja.Symbol
	headers    *goja.Object // Headers.prototype
	proto      *goja.Object // of exchanges, as scripts see them
	targets    map[string]*target
}

// target is what is known of a URL.
type target struct {
	href, hostname, host, path string
	port                       int
	get                        []byte // the head of a plain GET
}

const maxTargets = 256

// exchange is one call of fetch, and what comes in: what the Body of its Response reads.
type exchange struct {
	c           *client
	o           *goja.Object
	to          *target
	method      string
	head, body  []byte
	input, init goja.Value
	control     control

	resolve, reject             func(any) error
	status                      int
	began, requested, responded float64

	chunks                   [][]byte
	size, total              int
	answered, ended, failed  bool
	coded                    bool
	err                      goja.Value
	read                     func()     // waits for the end
	codings                  goja.Value // what the body is coded with, if anything
	onData, onEnd            goja.Value
	flowing, paused, forsook bool
}

// control is what module http gives to control an exchange.
type control interface {
	Resume()
	Cancel()
	Endpoints() (local, remote netip.AddrPort, read, written uint64)
}

func exchangeBinding(rt *runtime.Runtime) *goja.Object {
	c := &client{rt: rt, vm: rt.VM(), targets: map[string]*target{}, dispatcher: rt.SymbolFor("undici.globalDispatcher.1")}
	b := c.vm.NewObject()
	c.proto = c.vm.NewObject()
	c.defineExchange()
	// setup(script, Headers) comes from fetch.js.
	rt.SetFunc(b, "setup", 2, func(call goja.FunctionCall) goja.Value {
		c.script = call.Argument(0).ToObject(c.vm)
		c.headers, _ = call.Argument(1).ToObject(c.vm).Get("prototype").(*goja.Object)
		c.script.Set("exchanges", c.proto)
		return goja.Undefined()
	})
	// quick(input, init) is fetch, or undefined for what is unusual.
	rt.SetFunc(b, "quick", 2, func(call goja.FunctionCall) goja.Value { return c.quick(call.Argument(0), call.Argument(1)) })
	return b
}

func truthy(v goja.Value) bool { return v != nil && v.ToBoolean() }

func nullish(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// now is performance.now().
func (c *client) now() float64 { return float64(c.rt.Uptime().Nanoseconds()) / 1e6 }

func (c *client) quick(input, init goja.Value) goja.Value {
	url, ok := input.(goja.String)
	if !ok || c.rt.Async.Tracked() || !nullish(c.vm.GlobalObject().GetSymbol(c.dispatcher)) {
		return goja.Undefined()
	}
	if c.rt.Loaded("diagnostics_channel") && truthy(c.rt.CallMethod(c.script, "watched")) {
		return goja.Undefined()
	}
	t := c.target(url)
	if t == nil {
		return goja.Undefined()
	}
	x := &exchange{c: c, to: t, input: input, init: init, method: "GET"}
	if !x.prepare() {
		return goja.Undefined()
	}
	if c.natives == nil {
		c.natives = c.rt.Require("internal/http")
		c.agent = c.rt.CallMethod(c.script, "agent")
	}
	if truthy(c.natives.Get("useEnvProxy")) || !nullish(c.natives.Get("fetchProxies")) {
		return goja.Undefined()
	}
	x.o = c.rt.NewObject(c.proto, x)
	x.began = c.now()
	x.requested = x.began
	x.control, _ = c.rt.OwnSlot(c.rt.CallMethod(c.natives, "exchange", c.agent, x.o)).(control)
	if x.control == nil {
		return goja.Undefined()
	}
	promise, resolve, reject := c.vm.NewPromise()
	x.resolve, x.reject = resolve, reject
	return c.vm.ToValue(promise)
}

// target looks at a URL; nil is for what is unusual.
func (c *client) target(url goja.String) *target {
	key := url.String()
	if t := c.targets[key]; t != nil {
		return t
	}
	o, ok := c.rt.CallMethod(c.script, "target", url).(*goja.Object)
	if !ok {
		return nil
	}
	t := &target{href: o.Get("href").String(), hostname: o.Get("hostname").String(), host: o.Get("host").String(), path: o.Get("path").String()}
	t.port, _ = strconv.Atoi(o.Get("port").String())
	if len(c.targets) >= maxTargets {
		clear(c.targets)
	}
	if len(key) < 4096 {
		c.targets[key] = t
	}
	return t
}

// prepare reads init and puts the request together; it is false if anything is unusual.
func (x *exchange) prepare() bool {
	c := x.c
	var headers, body goja.Value
	if o, ok := x.init.(*goja.Object); ok {
		if proto := o.Prototype(); proto != nil && proto != c.rt.ObjectPrototype() || len(o.Symbols()) > 0 {
			return false
		}
		for _, key := range o.Keys() {
			v, plain := c.rt.PlainValue(o, key)
			if !plain {
				return false
			}
			switch key {
			case "method":
				x.method = v.String()
				switch x.method {
				case "GET", "POST", "PUT", "PATCH", "DELETE":
				default:
					return false
				}
			case "headers":
				headers = v
			case "body":
				body = v
			default:
				if !goja.IsUndefined(v) {
					return false
				}
			}
		}
	} else if !goja.IsUndefined(x.init) {
		return false
	}
	if headers == nil && body == nil && x.method == "GET" {
		if x.to.get == nil {
			x.to.get = x.render(&headerList{}, -1)
		}
		x.head = x.to.get
		return true
	}
	list := &headerList{}
	if !nullish(headers) && !x.fill(list, headers) {
		return false
	}
	length := -1
	if !nullish(body) {
		text, isString := body.(goja.String)
		if !isString || x.method == "GET" {
			return false
		}
		x.body = engine.EncodeString(text, engine.UTF8)
		length = len(x.body)
		if list.find("content-type") == nil {
			list.append("content-type", "text/plain;charset=UTF-8")
		}
	} else if x.method != "GET" && x.method != "DELETE" {
		length = 0
	}
	x.head = x.render(list, length)
	return true
}

// fill takes a record of headers that need no conversion and say nothing of the connection.
func (x *exchange) fill(list *headerList, headers goja.Value) bool {
	rt := x.c.rt
	o, ok := headers.(*goja.Object)
	if !ok || o.Prototype() != nil && o.Prototype() != rt.ObjectPrototype() || len(o.Symbols()) > 0 {
		return false
	}
	for _, name := range o.Keys() {
		v, plain := rt.PlainValue(o, name)
		text, isString := v.(goja.String)
		if !plain || !isString || !isToken(name) {
			return false
		}
		a, u := engine.Chars(text)
		if u != nil || strings.ContainsAny(a, "\x00\r\n") {
			return false
		}
		switch lower := strings.ToLower(name); lower {
		case "host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "expect", "range":
			return false
		default:
			if strings.HasPrefix(lower, "if-") {
				return false
			}
		}
		list.append(name, strings.Trim(a, httpSpace))
	}
	return true
}

// render puts the head together.
func (x *exchange) render(list *headerList, length int) []byte {
	for _, usual := range [...][2]string{{"accept", "*/*"}, {"accept-language", "*"}, {"sec-fetch-mode", "cors"}, {"user-agent", "node"},
		{"accept-encoding", "gzip, deflate"}} {
		if usual[0] == "sec-fetch-mode" || list.find(usual[0]) == nil {
			list.append(usual[0], usual[1])
		}
	}
	b := make([]byte, 0, 256+len(x.to.path))
	b = append(append(append(append(b, x.method...), ' '), x.to.path...), " HTTP/1.1\r\nhost: "...)
	b = append(append(b, x.to.host...), "\r\nconnection: keep-alive\r\n"...)
	for _, h := range list.fields {
		b = append(append(append(append(b, h.name...), ": "...), h.value()...), "\r\n"...)
	}
	if length >= 0 {
		b = append(strconv.AppendInt(append(b, "content-length: "...), int64(length), 10), "\r\n"...)
	}
	return append(b, "\r\n"...)
}

// Target implements module http's taker.
func (x *exchange) Target() (method, host string, port int, path string) {
	return x.method, x.to.hostname, x.to.port, x.to.path
}

// Bytes implements taker.
func (x *exchange) Bytes() (head, body []byte) { return x.head, x.body }

// Head implements taker: the promise of fetch is resolved with the Response.
func (x *exchange) Head(status int, h *http1.Head) bool {
	c := x.c
	switch status {
	case 301, 302, 303, 307, 308, 407:
		return false
	}
	list := &headerList{immutable: true}
	for i := range h.Len() {
		name := h.Name(i)
		if len(name) == 16 && strings.EqualFold(name, "content-encoding") {
			if x.codings = c.rt.CallMethod(c.script, "codings", c.vm.ToValue(h.Value(i))); nullish(x.codings) || x.coded {
				return false
			}
			x.coded = true
		}
		list.append(strings.ToLower(name), strings.Trim(c.latin1(h.Value(i)), httpSpace))
	}
	x.answered, x.status, x.responded = true, status, c.now()
	body := goja.Value(x.o)
	switch status {
	case 204, 205, 304:
		x.forsook, body = true, goja.Null()
	}
	x.resolve(c.rt.CallMethod(c.script, "respond", c.vm.ToValue(status), c.vm.ToValue(c.latin1(h.Target())), c.vm.ToValue(x.to.href),
		c.rt.NewObject(c.headers, list), body))
	return true
}

// latin1 is text of bytes that stand for a character each.
func (c *client) latin1(s string) string {
	if engine.IsASCII(s) {
		return s
	}
	return c.rt.DecodeString([]byte(s), engine.Latin1).String()
}

// limit is how much of a body comes in before somebody reads.
const limit = 64 << 10

// Data implements taker.
func (x *exchange) Data(b []byte) bool {
	x.total += len(b)
	if x.forsook {
		return true
	}
	if x.onData != nil {
		x.give(append([]byte(nil), b...))
		return !x.paused
	}
	x.chunks = append(x.chunks, append([]byte(nil), b...))
	x.size += len(b)
	return x.read != nil || x.size <= limit
}

func (x *exchange) give(b []byte) { x.c.rt.Apply(x.onData, goja.Undefined(), x.c.rt.NewBuffer(b)) }

// End implements taker.
func (x *exchange) End() {
	x.ended = true
	if !x.coded || x.forsook {
		x.measure(x.total)
	}
	switch {
	case x.read != nil:
		x.read()
	case x.onEnd != nil && !x.paused:
		x.c.rt.Apply(x.onEnd, goja.Undefined())
	}
}

// measure tells the timeline of performance, with the length of the body as it was before its coding.
func (x *exchange) measure(unpacked int) {
	if x.c.rt.Loaded("perf_hooks") {
		vm := x.c.vm
		x.c.rt.CallMethod(x.c.script, "measure", vm.ToValue(x.to.href), vm.ToValue(x.began), vm.ToValue(x.requested), vm.ToValue(x.responded),
			vm.ToValue(x.status), vm.ToValue(x.total), vm.ToValue(unpacked))
	}
}

// Fail implements taker. Where there was no connection, fetch.js has another try and tells why.
func (x *exchange) Fail(connecting bool, errno syscall.Errno, err *http1.Error, input []byte) {
	c, vm := x.c, x.c.vm
	if connecting {
		c.rt.CallMethod(c.script, "slow", x.input, x.init, x.settler(x.resolve), x.settler(x.reject))
		return
	}
	reason, data := goja.Undefined(), goja.Undefined()
	if err != nil && err.Code == "" {
		reason = vm.ToValue(err.Reason)
	} else if err != nil {
		reason, data = vm.ToValue(err.Reason), c.rt.DecodeString(input, engine.UTF8)
	}
	local, remote, read, written := x.control.Endpoints()
	info := vm.NewObject()
	family := "IPv4"
	if remote.Addr().Is6() {
		family = "IPv6"
	}
	for _, f := range [...]struct {
		name  string
		value any
	}{{"localAddress", local.Addr().String()}, {"localPort", local.Port()}, {"remoteAddress", remote.Addr().String()}, {"remotePort", remote.Port()},
		{"remoteFamily", family}, {"timeout", goja.Undefined()}, {"bytesWritten", written}, {"bytesRead", read}} {
		info.Set(f.name, f.value)
	}
	failure := c.rt.CallMethod(c.script, "failure", vm.ToValue(x.answered), vm.ToValue(-int(errno)), reason, data, info)
	if !x.answered {
		x.reject(failure)
		x.measure(0)
		return
	}
	x.fail(failure)
}

// settler makes one of a promise's functions one for scripts.
func (x *exchange) settler(f func(any) error) goja.Value {
	return x.c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		f(call.Argument(0))
		return goja.Undefined()
	})
}

// Adopt implements taker.
func (x *exchange) Adopt(request *goja.Object) {
	c := x.c
	c.rt.CallMethod(c.script, "adopt", x.input, x.init, x.settler(x.resolve), x.settler(x.reject), request)
}

// fail has the readers of the body fail.
func (x *exchange) fail(err goja.Value) {
	if x.ended || x.failed {
		return
	}
	x.failed, x.err, x.chunks = true, err, nil
	if x.read != nil {
		x.read()
	}
	if reader, ok := x.o.Get("reader").(*goja.Object); ok {
		x.c.rt.CallMethod(reader, "fail", err)
	}
}

// whole is what has come in.
func (x *exchange) whole() []byte {
	if len(x.chunks) == 1 {
		return x.chunks[0]
	}
	all := make([]byte, 0, x.size)
	for _, b := range x.chunks {
		all = append(all, b...)
	}
	return all
}

// collect promises the body in one of its forms.
func (x *exchange) collect(kind string) goja.Value {
	c := x.c
	promise, resolve, reject := c.vm.NewPromise()
	done := func() {
		if x.failed {
			reject(x.err)
			return
		}
		all := x.whole()
		x.chunks, x.size = nil, 0
		if ex := c.vm.Try(func() {
			if x.coded {
				decoded := c.rt.CallMethod(c.script, "decode", c.rt.NewBuffer(all), x.codings)
				bytes, _ := c.rt.Bytes(decoded)
				all = append([]byte(nil), bytes...)
				x.measure(len(all))
			}
			resolve(c.convert(kind, all))
		}); ex != nil {
			reject(ex.Value())
		}
	}
	if x.ended || x.failed {
		done()
	} else {
		x.read = done
		x.control.Resume()
	}
	return c.vm.ToValue(promise)
}

// convert makes a body what the method of that name gives.
func (c *client) convert(kind string, b []byte) goja.Value {
	switch kind {
	case "text", "json":
		if len(b) >= 3 && string(b[:3]) == "\ufeff" {
			b = b[3:]
		}
		text := c.rt.DecodeString(b, engine.UTF8)
		if kind == "json" {
			return c.rt.JSON().ParseValue(text, goja.Undefined())
		}
		return text
	case "arrayBuffer":
		return c.vm.ToValue(c.vm.NewArrayBuffer(b))
	}
	return c.rt.Uint8Array(nil, c.vm.ToValue(c.vm.NewArrayBuffer(b)))
}

// defineExchange makes the methods by which a Body reads.
func (c *client) defineExchange() {
	method := func(name string, length int, f func(x *exchange, call goja.FunctionCall) goja.Value) {
		c.rt.SetFunc(c.proto, name, length, func(call goja.FunctionCall) goja.Value {
			if x, ok := c.rt.OwnSlot(call.This).(*exchange); ok {
				if v := f(x, call); v != nil {
					return v
				}
			}
			return goja.Undefined()
		})
	}
	method("collect", 1, func(x *exchange, call goja.FunctionCall) goja.Value {
		if kind, ok := call.Argument(0).(goja.String); ok {
			return x.collect(kind.String())
		}
		return x.collect("bytes")
	})
	method("measure", 1, func(x *exchange, call goja.FunctionCall) goja.Value {
		x.measure(int(call.Argument(0).ToInteger()))
		return nil
	})
	method("fail", 1, func(x *exchange, call goja.FunctionCall) goja.Value {
		x.fail(call.Argument(0))
		return nil
	})
	// on, pause and resume are those of a stream, for a reader of single chunks.
	method("on", 2, func(x *exchange, call goja.FunctionCall) goja.Value {
		if call.Argument(0).String() == "data" {
			x.onData = call.Argument(1)
		} else {
			x.onEnd = call.Argument(1)
			x.flow()
		}
		return nil
	})
	method("pause", 0, func(x *exchange, _ goja.FunctionCall) goja.Value {
		x.paused = true
		return nil
	})
	method("resume", 0, func(x *exchange, _ goja.FunctionCall) goja.Value {
		x.paused = false
		c.rt.NextTick(x.flow)
		return nil
	})
	method("cancel", 0, func(x *exchange, _ goja.FunctionCall) goja.Value {
		if !x.ended && !x.failed {
			x.forsook = true
			x.control.Cancel()
		}
		return nil
	})
	getter := func(name string, get func(x *exchange) goja.Value) {
		c.rt.SetGetter(c.proto, name, func(this goja.Value) goja.Value {
			if x, ok := c.rt.OwnSlot(this).(*exchange); ok {
				return get(x)
			}
			return goja.Undefined()
		}, nil)
	}
	getter("failed", func(x *exchange) goja.Value { return c.vm.ToValue(x.failed) })
	getter("codings", func(x *exchange) goja.Value {
		if x.coded {
			return x.codings
		}
		return goja.Undefined()
	})
	getter("error", func(x *exchange) goja.Value { return x.err })
}

// flow gives the reader what has come in.
func (x *exchange) flow() {
	for !x.paused && len(x.chunks) > 0 {
		b := x.chunks[0]
		x.chunks = x.chunks[1:]
		x.size -= len(b)
		x.give(b)
	}
	switch {
	case x.paused:
	case x.ended:
		if fn := x.onEnd; fn != nil {
			x.onEnd = nil
			x.c.rt.Apply(fn, goja.Undefined())
		}
	default:
		x.control.Resume()
	}
}
