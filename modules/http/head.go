package http

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
	"gonode/internal/otlp"
)

// head renders the head of a message: the rules by which Node adds Date, Connection, Keep-Alive, Content-Length and
// Transfer-Encoding to the fields given.
type head struct {
	b       []byte
	message *goja.Object // nil for a native response, whose server is strict

	// What the message says of itself; some of it is changed by the fields.
	sendDate, chunked, keepAlive, last, hasBody                    bool
	removedConnection, removedLength, removedTE                    bool
	strays                                                         bool // of the request: see usage
	useChunked, limitReached, defaultKeepAlive, hasAgent, noLength bool
	status, keepAliveTimeout, maxRequests, length                  int64 // length: that of the body if known, unless noLength
	lengthValue                                                    goja.Value
	unique                                                         *goja.Object

	// Which fields were given.
	connection, contLen, te, date, expect, trailer, traceparent bool
}

// field adds a field of one or several values.
func (h *head) field(m *module, name string, value goja.Value, validate bool) {
	if len(name) == 19 && strings.EqualFold(name, "content-disposition") && h.hasLength() {
		value = m.asLatin1(value)
	}
	if list, ok := value.(*goja.Object); ok && list.ClassName() == "Array" {
		n := int(list.Get("length").ToInteger())
		if (n < 2 || len(name) != 6 || !strings.EqualFold(name, "cookie")) && !h.isUnique(m, name) {
			for _, v := range m.items(list, n) {
				h.one(m, name, v, validate)
			}
			return
		}
		value = m.rt.CallMethod(list, "join", m.vm.ToValue("; "))
	}
	h.one(m, name, value, validate)
}

func (h *head) hasLength() bool {
	return h.lengthValue != nil && h.lengthValue.ToBoolean() || h.lengthValue == nil && !h.noLength && h.length > 0
}

func (h *head) isUnique(m *module, name string) bool {
	return h.unique != nil && m.rt.CallMethod(h.unique, "has", m.vm.ToValue(strings.ToLower(name))).ToBoolean()
}

func (h *head) one(m *module, name string, v goja.Value, validate bool) {
	if validate {
		h.validateValue(m, name, v)
	}
	h.b = append(h.b, name...)
	h.b = append(h.b, ':', ' ')
	start := len(h.b)
	h.b = appendLatin1(h.b, v)
	value := h.b[start:]
	h.b = append(h.b, '\r', '\n')
	if len(name) < 4 || len(name) > 17 {
		return
	}
	switch lowerName(name) {
	case "connection":
		h.connection, h.removedConnection = true, false
		if hasWord(value, "close") {
			h.last = true
		} else {
			h.keepAlive = true
		}
	case "transfer-encoding":
		h.te, h.removedTE = true, false
		if hasWord(value, "chunked") {
			h.chunked = true
		}
	case "content-length":
		h.contLen, h.removedLength, h.lengthValue = true, false, v
	case "date":
		h.date = true
	case "expect":
		h.expect = true
	case "trailer":
		h.trailer = true
	case "traceparent":
		h.traceparent = true
	case "keep-alive":
		h.defaultKeepAlive = false
	}
}

// finish adds what the given fields leave open, and the empty line.
func (h *head) finish(m *module) {
	if h.sendDate && !h.date {
		h.b = append(h.b, "Date: "...)
		h.b = append(h.b, m.now()...)
		h.b = append(h.b, '\r', '\n')
	}
	if h.strays {
		h.b = append(append(append(h.b, "Set-Cookie: "...), m.usage.cookie...), "; Path=/; HttpOnly; SameSite=Lax\r\n"...)
	}
	// These have no body: a zero chunk would confuse, so the connection closes instead.
	if h.chunked && (h.status == 204 || h.status == 304) {
		h.chunked, h.keepAlive = false, false
	}
	if h.removedConnection {
		h.last = !h.keepAlive
	} else if !h.connection {
		switch send := h.keepAlive && (h.contLen || h.useChunked || h.hasAgent); {
		case send && h.limitReached:
			h.b = append(h.b, "Connection: close\r\n"...)
		case send:
			h.b = append(h.b, "Connection: keep-alive\r\n"...)
			if h.keepAliveTimeout != 0 && h.defaultKeepAlive {
				h.b = append(h.b, "Keep-Alive: timeout="...)
				h.b = strconv.AppendInt(h.b, h.keepAliveTimeout/1000, 10)
				if h.maxRequests > 0 {
					h.b = strconv.AppendInt(append(h.b, ", max="...), h.maxRequests, 10)
				}
				h.b = append(h.b, '\r', '\n')
			}
		default:
			h.last = true
			h.b = append(h.b, "Connection: close\r\n"...)
		}
	}
	if !h.contLen && !h.te {
		switch {
		case !h.hasBody:
			h.chunked = false
		case !h.useChunked:
			h.last = true
		case !h.trailer && !h.removedLength && !h.noLength && (h.lengthValue == nil || goja.IsNumber(h.lengthValue)):
			h.b = http1.AppendContentLength(h.b, h.length)
		case !h.removedTE:
			h.b = append(h.b, "Transfer-Encoding: chunked\r\n"...)
			h.chunked = true
		default:
			h.last = true // nothing but the end of the connection ends this body
		}
	}
	if !h.chunked && h.trailer {
		m.rt.Throw(m.rt.NewError("ERR_HTTP_TRAILER_INVALID"))
	}
	h.b = append(h.b, '\r', '\n')
}

// carry adds the trace context, if there is any and the script has not done so.
func (h *head) carry(c otlp.Context) {
	if !c.Valid() || h.traceparent {
		return
	}
	h.b = append(append(append(h.b, "traceparent: "...), c.Traceparent()...), '\r', '\n')
	if c.State != "" {
		h.b = append(append(append(h.b, "tracestate: "...), c.State...), '\r', '\n')
	}
}

// storeHeader is OutgoingMessage.prototype._storeHeader for messages whose state is in properties. It returns
// whether the head must be sent at once.
func (m *module) storeHeader(call goja.FunctionCall) goja.Value {
	o := call.Argument(0).ToObject(m.vm)
	is := func(name string) bool { v := o.Get(name); return v != nil && v.ToBoolean() }
	num := func(name string) int64 {
		if v := o.Get(name); v != nil && goja.IsNumber(v) {
			return v.ToInteger()
		}
		return 0
	}
	h := &head{
		message: o, sendDate: is("sendDate"), chunked: is("chunkedEncoding"), keepAlive: is("shouldKeepAlive"), last: is("_last"),
		hasBody: is("_hasBody"), removedConnection: is("_removedConnection"), removedLength: is("_removedContLen"),
		removedTE: is("_removedTE"), useChunked: is("useChunkedEncodingByDefault"), hasAgent: is("agent"),
		limitReached: is("maxRequestsOnConnectionReached"), defaultKeepAlive: is("_defaultKeepAlive"),
		status: num("statusCode"), keepAliveTimeout: num("_keepAliveTimeout"), maxRequests: num("_maxRequestsPerSocket"),
	}
	if v := o.Get("_contentLength"); v == nil || goja.IsNull(v) || goja.IsUndefined(v) {
		h.noLength = true
	} else {
		h.lengthValue, h.length = v, v.ToInteger()
	}
	h.unique, _ = o.GetSymbol(m.unique).(*goja.Object)
	if m.usage != nil && m.usage.cookie != "" {
		if p, x := m.parserOf(o); p != nil {
			h.strays = x.strays
		}
	}
	before := *h
	if m.closing && h.keepAlive && !h.hasAgent {
		if p, x := m.parserOf(o); p != nil && p.isLast(x) {
			h.keepAlive = false
		}
	}
	h.b = appendLatin1(nil, call.Argument(1))
	m.addFields(h, call.Argument(2), o.GetSymbol(m.outHeaders))
	if h.status == 0 {
		h.carry(m.rt.Tracing.Carried())
	}
	h.finish(m)
	set := func(name string, was, now bool) {
		if was != now {
			o.Set(name, now)
		}
	}
	set("chunkedEncoding", before.chunked, h.chunked)
	set("shouldKeepAlive", before.keepAlive, h.keepAlive)
	set("_last", before.last, h.last)
	set("_removedConnection", before.removedConnection, h.removedConnection)
	set("_removedContLen", before.removedLength, h.removedLength)
	set("_removedTE", before.removedTE, h.removedTE)
	set("_defaultKeepAlive", before.defaultKeepAlive, h.defaultKeepAlive)
	if h.lengthValue != before.lengthValue {
		o.Set("_contentLength", h.lengthValue)
	}
	o.Set("_header", m.rt.DecodeString(h.b, engine.Latin1))
	o.Set("_headerSent", false)
	return m.vm.ToValue(h.expect)
}

// addFields adds headers in any of the forms that writeHead takes; own is the map that setHeader fills.
func (m *module) addFields(h *head, headers, own goja.Value) {
	o, ok := headers.(*goja.Object)
	if !ok {
		return
	}
	switch {
	case headers == own:
		for _, key := range o.Keys() {
			entry := o.Get(key).(*goja.Object)
			h.field(m, entry.Get("0").String(), entry.Get("1"), false)
		}
	case o.ClassName() == "Array":
		items := m.items(o, int(o.Get("length").ToInteger()))
		if len(items) > 0 {
			if first, ok := items[0].(*goja.Object); ok && first.ClassName() == "Array" {
				for _, item := range items {
					pair := item.ToObject(m.vm)
					h.field(m, m.validName(pair.Get("0")), orUndefined(pair.Get("1")), true)
				}
				return
			}
		}
		if len(items)%2 != 0 {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "headers", headers))
		}
		for i := 0; i < len(items); i += 2 {
			h.field(m, m.validName(items[i]), items[i+1], true)
		}
	default:
		for _, key := range o.Keys() {
			h.field(m, m.validName(m.vm.ToValue(key)), orUndefined(o.Get(key)), true)
		}
	}
}

func (m *module) items(array *goja.Object, n int) []goja.Value {
	list := make([]goja.Value, n)
	for i := range list {
		list[i] = orUndefined(array.Get(itoa(i)))
	}
	return list
}

func (m *module) validName(v goja.Value) string {
	if _, ok := v.(goja.String); !ok || !isToken(v) {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_HTTP_TOKEN", "Header name", v.String()))
	}
	return v.String()
}

func (h *head) validateValue(m *module, name string, v goja.Value) {
	if goja.IsUndefined(v) {
		m.rt.Throw(m.rt.NewError("ERR_HTTP_INVALID_HEADER_VALUE", "undefined", name))
	}
	if !isValue(v) && !(h.message != nil && isLenientValue(v) && m.rt.CallMethod(h.message, "_isLenientHeaderValidation").ToBoolean()) {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_CHAR", "header content", name))
	}
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

// asLatin1 makes Content-Disposition's value what its Latin-1 bytes read as UTF-8, see RFC 6266, section 4.3.
func (m *module) asLatin1(v goja.Value) goja.Value {
	if list, ok := v.(*goja.Object); ok && list.ClassName() == "Array" {
		items := m.items(list, int(list.Get("length").ToInteger()))
		all := make([]any, len(items))
		for i, item := range items {
			all[i] = m.asLatin1(item)
		}
		return m.vm.NewArray(all...)
	}
	if b := appendLatin1(nil, v); !engine.IsASCII(b) {
		return m.rt.DecodeString(b, engine.UTF8)
	}
	return v
}

// appendLatin1 appends a value as a string, the low byte of each character.
func appendLatin1(b []byte, v goja.Value) []byte {
	s, u := engine.Chars(text(v))
	if u == nil {
		return append(b, s...)
	}
	for _, c := range u {
		b = append(b, byte(c))
	}
	return b
}

// hasWord finds a word that is not part of a longer one, in any case.
func hasWord(value []byte, word string) bool {
	for i := 0; i+len(word) <= len(value); i++ {
		if (i == 0 || !isWordByte(value[i-1])) && strings.EqualFold(string(value[i:i+len(word)]), word) &&
			(i+len(word) == len(value) || !isWordByte(value[i+len(word)])) {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' && c < utf8.RuneSelf
}

// validateLink is Node's check of the `link` of writeEarlyHints: a string, or an array of them to be joined.
func (m *module) validateLink(call goja.FunctionCall) goja.Value {
	bad := func(v goja.Value) {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "hints", v,
			`must be an array or string of format "</styles.css>; rel=preload; as=style"`))
	}
	v := call.Argument(0)
	if _, ok := v.(goja.String); ok {
		if !isLink(v.String()) {
			bad(v)
		}
		return v
	}
	list, ok := v.(*goja.Object)
	if !ok || list.ClassName() != "Array" {
		bad(v)
	}
	var parts []string
	for _, item := range m.items(list, int(list.Get("length").ToInteger())) {
		if _, ok := item.(goja.String); !ok || !isLink(item.String()) {
			bad(item)
		}
		parts = append(parts, item.String())
	}
	return m.vm.ToValue(strings.Join(parts, ", "))
}

// isLink tells whether s has the form <path>; name=value; name="value"…
func isLink(s string) bool {
	const space = " \t\r\n\v\f"
	target, rest, found := strings.Cut(s, ">")
	if !found || s[0] != '<' || strings.ContainsAny(target, "\r\n") {
		return false
	}
	for rest != "" {
		rest = strings.TrimLeft(rest, space)
		if rest == "" || rest[0] != ';' {
			return false
		}
		rest = strings.TrimLeft(rest[1:], space)
		param := rest
		if i := strings.IndexByte(rest, ';'); i >= 0 {
			param = strings.TrimRight(rest[:i], space)
			rest = rest[i:]
		} else {
			rest = ""
		}
		if name, value, ok := strings.Cut(param, `="`); ok && strings.HasSuffix(value, `"`) {
			param = name + strings.TrimSuffix(value, `"`)
			if name == "" {
				return false
			}
		}
		if param == "" || param[0] == '=' && len(param) == 1 || strings.ContainsAny(param, space+`"`) {
			return false
		}
	}
	return true
}
