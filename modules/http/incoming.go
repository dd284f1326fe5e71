package http

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/emitter"
	"gonode/internal/engine"
	"gonode/internal/http1"
)

// part indexes the properties of an IncomingMessage. They are accessors on its prototype over an exchange.
type part uint8

const (
	inURL part = iota
	inMethod
	inHeaders
	inNear // how many are asked for so often that they have their places in every exchange
)

const (
	inSocket part = iota + inNear
	inMajor
	inMinor
	inVersion
	inComplete
	inRawHeaders
	inRawTrailers
	inHeadersDistinct
	inTrailers
	inTrailersDistinct
	inJoin
	inAborted
	inUpgrade
	inStatus
	inStatusMessage
	inClient
	inConsuming
	inDumped
	inState
	inParts
)

var partNames = [inParts]string{"url", "method", "headers", "socket", "httpVersionMajor", "httpVersionMinor", "httpVersion", "complete",
	"rawHeaders", "rawTrailers", "headersDistinct", "trailers", "trailersDistinct", "joinDuplicateHeaders", "aborted", "upgrade",
	"statusCode", "statusMessage", "client", "_consuming", "_dumped", "_readableState"}

// of returns the native state of a message, or nil.
func (m *module) of(v goja.Value) *exchange {
	x, _ := m.rt.Slot(v).(*exchange)
	return x
}

func (m *module) defineIncoming(b *goja.Object) {
	m.rt.SetFunc(b, "initIncoming", 2, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).ToObject(m.vm)
		x := &exchange{m: m, request: o}
		x.socket = call.Argument(1)
		m.rt.SetSlot(o, x)
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "keepAliveHint", 1, m.keepAliveHint)
	// responseOf(request) is the response of a request that was native.
	m.rt.SetFunc(b, "responseOf", 1, func(call goja.FunctionCall) goja.Value {
		if x := m.of(call.Argument(0)); x != nil && x.res != nil {
			return x.res
		}
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "setupIncoming", 3, func(call goja.FunctionCall) goja.Value {
		m.setupIncoming(call.Argument(0).ToObject(m.vm), call.Argument(1), call.Argument(2))
		return goja.Undefined()
	})
}

// keepAliveHint is how long the sender of a message keeps the connection, in seconds, as its Keep-Alive says, or -1.
func (m *module) keepAliveHint(call goja.FunctionCall) goja.Value {
	o, _ := call.Argument(0).(*goja.Object)
	return m.vm.ToValue(m.hint(m.of(o), o))
}

func (m *module) hint(x *exchange, o *goja.Object) int {
	var value string
	if x != nil && x.known(inHeaders) == nil && x.known(inRawHeaders) == nil {
		return hintIn(&x.head, x.numHeaders/2)
	} else if o != nil {
		if headers, ok := o.Get("headers").(*goja.Object); ok {
			value = orUndefined(headers.Get("keep-alive")).String()
		}
	}
	return hintOf(value)
}

// hintIn is the hint in one of the first fields of a head.
func hintIn(h *http1.Head, fields int) int {
	for i := range min(h.Len(), fields) {
		if lowerName(h.Name(i)) == "keep-alive" {
			return hintOf(h.Value(i))
		}
	}
	return -1
}

func hintOf(value string) int {
	digits, found := strings.CutPrefix(value, "timeout=")
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	n, err := strconv.Atoi(digits)
	if !found || err != nil {
		n = -1
	}
	return n
}

func (m *module) setupIncoming(proto *goja.Object, init, whenClosed goja.Value) {
	m.requestProto = proto
	m.requestClass = proto.Get("constructor").ToObject(m.vm)
	m.initReadable = init
	for i := range inParts {
		m.rt.SetAccessor(proto, partNames[i], func(this goja.Value) goja.Value {
			if x := m.of(this); x != nil {
				return x.part(i)
			}
			if i.isLines() {
				return m.foreignLines(this, i)
			}
			return goja.Undefined()
		}, func(this, v goja.Value) {
			x := m.of(this)
			switch {
			case x != nil && i != inState:
				x.setPart(i, v)
			case x != nil && x.request == this:
				x.foreign = true
				this.ToObject(m.vm).DefineDataProperty(partNames[i], v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.ToFlag(true))
			case x == nil && i.isLines():
				m.assign(this, goja.NewSymbol(partNames[i]), v)
			default:
				this.ToObject(m.vm).DefineDataProperty(partNames[i], v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.ToFlag(true))
			}
		})
	}
	m.rt.SetAccessor(proto, "connection", func(this goja.Value) goja.Value {
		return orUndefined(this.ToObject(m.vm).Get("socket"))
	}, func(this, v goja.Value) {
		o, ok := this.(*goja.Object)
		if !ok {
			panic(m.vm.NewTypeError("%s", "Cannot create property 'socket' on "+this.String()))
		}
		if err := o.Set("socket", v); err != nil {
			m.rt.Rethrow(err)
		}
	})
	m.defineListeners(proto, func(this goja.Value) *emitter.Listeners {
		if x := m.of(this); x != nil {
			return x.Listeners(x.request)
		}
		return nil
	})
	m.defineStream(proto, whenClosed)
	m.rt.SetMethod(proto, "_addHeaderLines", 2, func(call goja.FunctionCall) goja.Value {
		x := m.of(call.This)
		list, ok := call.Argument(0).(*goja.Object)
		if !ok || orUndefined(list.Get("length")).ToInteger() == 0 || x == nil {
			return goja.Undefined()
		}
		n := int(call.Argument(1).ToInteger())
		raw, lines := inRawHeaders, inHeaders
		if x.complete {
			raw, lines = inRawTrailers, inTrailers
			x.numTrailers = n
		} else {
			x.numHeaders = n
		}
		x.put(raw, list)
		if dest, ok := x.known(lines).(*goja.Object); ok {
			for i := 0; i+1 < n; i += 2 {
				x.addLine(dest, orUndefined(list.Get(itoa(i))).String(), orUndefined(list.Get(itoa(i+1))))
			}
		}
		return goja.Undefined()
	})
	m.rt.SetMethod(proto, "_addHeaderLine", 3, func(call goja.FunctionCall) goja.Value {
		x := m.of(call.This)
		if x == nil {
			x = &exchange{m: m}
		}
		x.addLine(call.Argument(2).ToObject(m.vm), m.field(call.Argument(0)), call.Argument(1))
		return goja.Undefined()
	})
	m.rt.SetMethod(proto, "_addHeaderLineDistinct", 3, func(call goja.FunctionCall) goja.Value {
		m.addDistinct(call.Argument(2).ToObject(m.vm), m.field(call.Argument(0)), call.Argument(1))
		return goja.Undefined()
	})
}

// isLines tells the parts that are made of header lines.
func (i part) isLines() bool {
	return i == inHeaders || i == inHeadersDistinct || i == inTrailers || i == inTrailersDistinct
}

// foreignLines are those of an object that is no message: a new object, which it must be able to keep.
func (m *module) foreignLines(this goja.Value, i part) goja.Value {
	lines := m.vm.NewObject()
	m.assign(this, goja.NewSymbol(partNames[i]), lines)
	return lines
}

// assign sets a property as strict code does.
func (m *module) assign(this goja.Value, key *goja.Symbol, v goja.Value) {
	o, ok := this.(*goja.Object)
	if !ok {
		panic(m.vm.NewTypeError("%s", "Cannot set properties of "+this.String()))
	}
	if err := o.SetSymbol(key, v); err != nil {
		m.rt.Rethrow(err)
	}
}

// field is the name of a header field.
func (m *module) field(v goja.Value) string {
	if o, ok := v.(*goja.Object); !goja.IsString(v) && (!ok || engine.KindOf(o) != engine.StringObject) {
		panic(m.vm.NewTypeError("field.toLowerCase is not a function"))
	}
	return v.String()
}

// part is the value of a property: what a script has set, or what was received.
func (x *exchange) part(i part) goja.Value {
	switch i {
	case inComplete:
		return x.m.vm.ToValue(x.complete)
	case inDumped:
		return x.m.vm.ToValue(x.dumped)
	case inConsuming:
		return x.m.vm.ToValue(x.consuming)
	case inSocket, inClient:
		if x.known(i) == nil && x.link != nil {
			x.socket = x.link.expose()
		}
	}
	if v := x.known(i); v != nil {
		return v
	}
	vm := x.m.vm
	var v goja.Value
	switch i {
	case inSocket, inClient:
		return goja.Undefined()
	case inAborted:
		return vm.ToValue(false)
	case inJoin: // what a parser says that was not told
		switch {
		case !x.received:
			return vm.ToValue(false)
		case x.asked == nil:
			return goja.Null()
		}
		return goja.Undefined()
	case inState:
		if s, ok := x.ReadableState().(readable); ok {
			return s.Object()
		}
		return goja.Undefined()
	case inMajor, inMinor, inVersion, inMethod, inStatus, inStatusMessage, inUpgrade:
		if !x.received {
			return goja.Null()
		}
		switch i {
		case inMajor:
			v = vm.ToValue(int64(x.major))
		case inMinor:
			v = vm.ToValue(int64(x.minor))
		case inVersion:
			v = vm.ToValue(strconv.Itoa(int(x.major)) + "." + strconv.Itoa(int(x.minor)))
		case inUpgrade:
			v = vm.ToValue(x.upgrade)
		case inMethod:
			if x.response {
				return goja.Null()
			}
			v = vm.ToValue(x.method.String())
		case inStatus:
			if !x.response {
				return goja.Null()
			}
			v = vm.ToValue(x.code)
		default:
			if !x.response {
				return goja.Null()
			}
			v = x.m.latin1(x.head.Target())
		}
		return v
	case inURL:
		if x.received && !x.response {
			return x.m.latin1(x.head.Target())
		}
		return vm.ToValue("")
	case inRawHeaders:
		v = x.raw(&x.head)
	case inRawTrailers:
		v = x.m.vm.NewArray()
		if x.trailers != nil {
			v = x.raw(x.trailers)
		}
	case inHeaders, inTrailers:
		v = x.lines(x.m.vm.NewObject(), i == inTrailers, x.addLine)
	case inHeadersDistinct, inTrailersDistinct:
		// Without a prototype: a field may be named __proto__ or constructor.
		v = x.lines(x.m.vm.CreateObject(nil), i == inTrailersDistinct, x.m.addDistinct)
	}
	x.put(i, v)
	return v
}

// known is what a script has set a property to, or what was computed for it before.
func (x *exchange) known(i part) goja.Value {
	if p := x.place(i, false); p != nil && *p != nil {
		return *p
	}
	if i == inSocket || i == inClient {
		return x.socket
	}
	return nil
}

// place is where a property's value is kept; nil if there is none yet, unless it is wanted.
func (x *exchange) place(i part, wanted bool) *goja.Value {
	if i < inNear {
		return &x.near[i]
	}
	if x.far == nil {
		if !wanted {
			return nil
		}
		x.far = new([inParts - inNear]goja.Value)
	}
	return &x.far[i-inNear]
}

func (x *exchange) put(i part, v goja.Value) { *x.place(i, true) = v }

// forget makes a property be computed anew.
func (x *exchange) forget(i part) {
	if p := x.place(i, false); p != nil {
		*p = nil
	}
}

func (x *exchange) setPart(i part, v goja.Value) {
	switch i {
	case inComplete:
		x.complete = v.ToBoolean()
	case inDumped:
		x.dumped = v.ToBoolean()
	case inConsuming:
		x.consuming = v.ToBoolean()
	default:
		x.put(i, v)
	}
}

// raw is rawHeaders or rawTrailers.
func (x *exchange) raw(h *http1.Head) goja.Value {
	items := make([]any, 0, 2*h.Len())
	for i := range h.Len() {
		items = append(items, x.m.latin1(h.Name(i)), x.m.latin1(h.Value(i)))
	}
	return x.m.vm.NewArray(items...)
}

// lines fills dest with headers or trailers in one of their forms, from what was received or _addHeaderLines was given.
func (x *exchange) lines(dest *goja.Object, trailers bool, add func(dest *goja.Object, name string, value goja.Value)) goja.Value {
	raw, n, h := x.known(inRawHeaders), x.numHeaders, &x.head
	if trailers {
		raw, n, h = x.known(inRawTrailers), x.numTrailers, x.trailers
	}
	if list, ok := raw.(*goja.Object); ok {
		for i := 0; i+1 < n; i += 2 {
			add(dest, list.Get(itoa(i)).String(), list.Get(itoa(i+1)))
		}
		return dest
	}
	if h != nil {
		for i := range min(h.Len(), n/2) {
			add(dest, h.Name(i), x.m.latin1(h.Value(i)))
		}
	}
	return dest
}

// addLine adds a field to a headers object, as RFC 9110 lets repeated fields be joined.
func (x *exchange) addLine(dest *goja.Object, name string, value goja.Value) {
	key := lowerName(name)
	old := dest.Get(key)
	if key == "set-cookie" {
		if list, ok := old.(*goja.Object); ok {
			x.m.rt.CallMethod(list, "push", value)
		} else {
			dest.Set(key, x.m.vm.NewArray(value))
		}
		return
	}
	if s, ok := old.(goja.String); ok {
		separator := ", "
		if key == "cookie" {
			separator = "; "
		} else if firstWins(key) && !truthy(x.known(inJoin)) {
			return
		}
		value = s.Concat(x.m.vm.ToValue(separator).(goja.String)).Concat(text(value).(goja.String))
	}
	dest.Set(key, value)
}

func (m *module) addDistinct(dest *goja.Object, name string, value goja.Value) {
	key := lowerName(name)
	if list, ok := dest.Get(key).(*goja.Object); ok {
		m.rt.CallMethod(list, "push", value)
	} else {
		dest.Set(key, m.vm.NewArray(value))
	}
}

// firstWins tells the fields of which a message has but one.
func firstWins(name string) bool {
	switch name {
	case "age", "host", "from", "etag", "server", "referer", "expires", "location", "user-agent", "retry-after",
		"content-type", "max-forwards", "authorization", "last-modified", "content-length", "if-modified-since",
		"proxy-authorization", "if-unmodified-since":
		return true
	}
	return false
}

// lowerName is strings.ToLower without its work for the usual fields.
func lowerName(name string) string {
	switch name {
	case "Host":
		return "host"
	case "User-Agent":
		return "user-agent"
	case "Accept":
		return "accept"
	case "Connection":
		return "connection"
	case "Date":
		return "date"
	case "Content-Type":
		return "content-type"
	case "Content-Length":
		return "content-length"
	case "Accept-Encoding":
		return "accept-encoding"
	case "Accept-Language":
		return "accept-language"
	case "Cookie":
		return "cookie"
	case "Referer":
		return "referer"
	case "Cache-Control":
		return "cache-control"
	case "Transfer-Encoding":
		return "transfer-encoding"
	case "Keep-Alive":
		return "keep-alive"
	case "Authorization":
		return "authorization"
	}
	return strings.ToLower(name)
}

func itoa(n int) string { return strconv.Itoa(n) }
