package http2

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/http2"
)

// role is what a header block is for: it decides which pseudo-headers may be there.
type role int

const (
	requestFields role = iota
	responseFields
	trailerFields
)

func (r role) allows(name string) bool {
	switch r {
	case requestFields:
		switch name {
		case ":status", ":method", ":authority", ":scheme", ":path", ":protocol":
			return true
		}
	case responseFields:
		return name == ":status"
	}
	return false
}

// single tells the fields of which a message has one at most.
func single(name string) bool {
	switch name {
	case ":status", ":method", ":authority", ":scheme", ":path", ":protocol", "access-control-allow-credentials",
		"access-control-max-age", "access-control-request-method", "age", "authorization", "content-encoding", "content-language",
		"content-length", "content-location", "content-md5", "content-range", "content-type", "date", "dnt", "etag", "expires", "from",
		"host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "location",
		"max-forwards", "proxy-authorization", "range", "referer", "retry-after", "tk", "upgrade-insecure-requests", "user-agent",
		"x-content-type-options":
		return true
	}
	return false
}

// ofConnection tells the fields that HTTP/2 has no use for.
func ofConnection(name, value string) bool {
	switch name {
	case "connection", "upgrade", "http2-settings", "keep-alive", "proxy-connection", "transfer-encoding":
		return true
	case "te":
		return value != "trailers"
	}
	return false
}

// fieldList gathers the fields of a script's headers: pseudo-headers come first.
type fieldList struct {
	m       *module
	role    role
	strict  bool // fields of which there is one are not there twice
	never   map[string]bool
	seen    map[string]bool
	pseudo  []http2.Field
	regular []http2.Field
}

// fields reads headers: an object, or an array of names and values in turn.
func (m *module) fields(v goja.Value, r role, strict bool) []http2.Field {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	l := fieldList{m: m, role: r, strict: strict, seen: map[string]bool{}}
	if never := o.GetSymbol(m.sensitive); never != nil && !goja.IsUndefined(never) {
		list, ok := m.array(never)
		if !ok {
			panic(m.vm.NewTypeError("sensitiveHeaders.map is not a function"))
		}
		l.never = make(map[string]bool, len(list))
		for _, name := range list {
			l.never[strings.ToLower(name.String())] = true
		}
	}
	if raw, ok := m.array(v); ok {
		for i := 0; i+1 < len(raw); i += 2 {
			l.add(strings.ToLower(raw[i].String()), raw[i+1])
		}
	} else {
		l.pseudo = make([]http2.Field, 0, 8)
		for _, key := range o.Keys() {
			if v := o.Get(key); v != nil && !goja.IsUndefined(v) && key != "" {
				l.add(lower(key), v)
			}
		}
	}
	return append(l.pseudo, l.regular...)
}

func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.ToLower(s)
		}
	}
	return s
}

// array gives the elements of an array.
func (m *module) array(v goja.Value) ([]goja.Value, bool) {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		return nil, false
	}
	n := int(o.Get("length").ToInteger())
	list := make([]goja.Value, n)
	for i := range n {
		if list[i] = o.Get(m.index(i)); list[i] == nil {
			list[i] = goja.Undefined()
		}
	}
	return list, true
}

func (l *fieldList) add(name string, v goja.Value) {
	values, many := l.m.array(v)
	one := single(name) && (l.strict || name[0] == ':')
	switch {
	case many && len(values) == 0:
		return
	case many && len(values) == 1:
		v, many = values[0], false
	case many && one:
		l.m.rt.Throw(l.m.rt.NewError("ERR_HTTP2_HEADER_SINGLE_VALUE", name))
	}
	if one {
		if l.seen[name] {
			l.m.rt.Throw(l.m.rt.NewError("ERR_HTTP2_HEADER_SINGLE_VALUE", name))
		}
		l.seen[name] = true
	}
	if name[0] == ':' {
		if !l.role.allows(name) {
			l.m.rt.Throw(l.m.rt.NewError("ERR_HTTP2_INVALID_PSEUDOHEADER", name))
		}
		l.pseudo = append(l.pseudo, http2.Field{Name: name, Value: l.m.latin1(v), Sensitive: l.never[name]})
		return
	}
	if !token(name) {
		l.m.rt.Throw(l.m.rt.NewError("ERR_INVALID_HTTP_TOKEN", "Header name", name))
	}
	if !many {
		values = []goja.Value{v}
	} else if ofConnection(name, "") {
		l.m.rt.Throw(l.m.rt.NewError("ERR_HTTP2_INVALID_CONNECTION_HEADERS", name))
	}
	for _, v := range values {
		text := l.m.latin1(v)
		if ofConnection(name, text) {
			l.m.rt.Throw(l.m.rt.NewError("ERR_HTTP2_INVALID_CONNECTION_HEADERS", name))
		}
		l.regular = append(l.regular, http2.Field{Name: name, Value: text, Sensitive: l.never[name]})
	}
}

func token(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 'A' && c <= 'Z', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return name != ""
}

// latin1 gives the bytes of a value as they go over the wire.
func (m *module) latin1(v goja.Value) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		panic(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	s := v.String()
	text, ok := v.(goja.String)
	if !ok {
		text = m.vm.ToValue(s).(goja.String)
	}
	for i := range len(s) {
		if s[i] >= 0x80 {
			b := make([]byte, 0, len(s))
			for j := range text.Length() {
				b = append(b, byte(text.CharAt(j)))
			}
			return string(b)
		}
	}
	return s
}

// text gives what came over the wire to a script.
func (m *module) text(s string) goja.Value {
	for i := range len(s) {
		if s[i] >= 0x80 {
			r := make([]rune, len(s))
			for j := range len(s) {
				r[j] = rune(s[j])
			}
			return m.vm.ToValue(string(r))
		}
	}
	return m.rt.ASCIIValue(s)
}

// headers makes the object and the array that scripts get of received fields.
func (m *module) headers(fields []http2.Field) (object, raw *goja.Object) {
	object = m.vm.CreateObject(nil)
	list := make([]any, 0, 2*len(fields))
	var sensitive []any
	for i := range fields {
		f := &fields[i]
		name, value := m.name(f.Name), m.text(f.Value)
		list = append(list, name, value)
		if f.Sensitive {
			sensitive = append(sensitive, name)
		}
		if f.Name == ":status" {
			object.Set(f.Name, value.ToInteger())
			continue
		}
		before := object.Get(f.Name)
		switch {
		case before == nil && f.Name == "set-cookie":
			object.Set(f.Name, m.vm.NewArray(value))
		case before == nil:
			object.Set(f.Name, value)
		case single(f.Name):
		case f.Name == "set-cookie":
			m.rt.CallMethod(before.(*goja.Object), "push", value)
		case f.Name == "cookie":
			object.Set(f.Name, before.String()+"; "+value.String())
		default:
			object.Set(f.Name, before.String()+", "+value.String())
		}
	}
	object.SetSymbol(m.sensitive, m.vm.NewArray(sensitive...))
	return object, m.vm.NewArray(list...)
}

// name is the value of a field's name, made once per name that comes often.
func (m *module) name(s string) goja.Value {
	if v, ok := m.names[s]; ok {
		return v
	}
	v := m.text(s)
	if len(m.names) < 256 {
		m.names[s] = v
	}
	return v
}
