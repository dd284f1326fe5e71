package url

import (
	"strings"

	"github.com/dop251/goja"
)

var legacyNames = []string{"protocol", "slashes", "auth", "host", "port", "hostname", "hash", "search", "query", "pathname", "path", "href"}

// fields are the text fields by name.
func (u *legacy) fields() map[string]**string {
	return map[string]**string{"protocol": &u.protocol, "auth": &u.auth, "host": &u.host, "port": &u.port, "hostname": &u.hostname,
		"hash": &u.hash, "search": &u.search, "pathname": &u.pathname, "path": &u.path, "href": &u.href}
}

// fill writes a legacy URL into a Url object.
func (m *module) fill(o *goja.Object, u *legacy) {
	fields := u.fields()
	for _, name := range legacyNames {
		switch name {
		case "slashes":
			if u.slashes {
				o.Set(name, true)
			} else {
				o.Set(name, goja.Null())
			}
		case "query":
			o.Set(name, u.query)
		default:
			if p := *fields[name]; p != nil {
				o.Set(name, *p)
			} else {
				o.Set(name, goja.Null())
			}
		}
	}
}

// read takes a legacy URL from any object.
func (m *module) read(o *goja.Object) *legacy {
	u := &legacy{query: goja.Null()}
	for name, p := range u.fields() {
		if v := o.Get(name); v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
			*p = ptr(v.String())
		}
	}
	if v := o.Get("slashes"); v != nil {
		u.slashes = v.ToBoolean()
	}
	if v := o.Get("query"); v != nil {
		u.query = v
	}
	return u
}

func (m *module) newLegacy(u *legacy) *goja.Object {
	o := m.vm.CreateObject(m.legacyProto)
	m.fill(o, u)
	return o
}

// parseInto is Url.prototype.parse.
func (m *module) parseInto(this goja.Value, call goja.FunctionCall) {
	input := m.rt.ValidateString(call.Argument(0), "url")
	u := m.parseLegacy(input, call.Argument(2).ToBoolean())
	if call.Argument(1).ToBoolean() {
		if u.search == nil {
			u.query = m.vm.CreateObject(nil)
		} else {
			u.query = m.rt.CallMethod(m.rt.Require("querystring"), "parse", m.vm.ToValue((*u.search)[1:]))
		}
	}
	m.fill(this.ToObject(m.vm), u)
}

func (m *module) isLegacy(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	for ok && o != nil {
		if o == m.legacyProto {
			return true
		}
		o = o.Prototype()
	}
	return false
}

// object is url.parse(v, false, true), or v itself if it is a Url.
func (m *module) object(v goja.Value) *legacy {
	if m.isLegacy(v) {
		return m.read(v.(*goja.Object))
	}
	return m.parseLegacy(m.rt.ValidateString(v, "url"), true)
}

func (m *module) defineLegacy(exports *goja.Object) {
	class, proto := m.rt.FunctionClass("Url", 0, func(call goja.ConstructorCall) *goja.Object {
		for _, name := range legacyNames {
			call.This.Set(name, goja.Null())
		}
		return nil
	})
	m.legacy, m.legacyProto = class, proto
	m.rt.SetFunc(proto, "parse", 3, func(call goja.FunctionCall) goja.Value {
		m.parseInto(call.This, call)
		return call.This
	})
	m.rt.SetFunc(proto, "format", 0, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(m.format(m.read(call.This.ToObject(m.vm))))
	})
	m.rt.SetFunc(proto, "resolve", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(m.format(m.resolveLegacy(m.read(call.This.ToObject(m.vm)), m.object(call.Argument(0)))))
	})
	m.rt.SetFunc(proto, "resolveObject", 1, func(call goja.FunctionCall) goja.Value {
		return m.newLegacy(m.resolveLegacy(m.read(call.This.ToObject(m.vm)), m.relative(call.Argument(0))))
	})
	m.rt.SetFunc(proto, "parseHost", 0, func(call goja.FunctionCall) goja.Value {
		o := call.This.ToObject(m.vm)
		u := m.read(o)
		u.splitHost(str(u.host))
		if u.port != nil {
			o.Set("port", *u.port)
		}
		if u.hostname != nil {
			o.Set("hostname", *u.hostname)
		}
		return goja.Undefined()
	})

	exports.Set("Url", class)
	m.rt.SetFunc(exports, "parse", 3, func(call goja.FunctionCall) goja.Value {
		m.deprecated()
		if m.isLegacy(call.Argument(0)) {
			return call.Argument(0)
		}
		o := m.vm.CreateObject(m.legacyProto)
		m.parseInto(o, call)
		return o
	})
	m.rt.SetFunc(exports, "resolve", 2, func(call goja.FunctionCall) goja.Value {
		m.deprecated()
		return m.vm.ToValue(m.format(m.resolveLegacy(m.object(call.Argument(0)), m.object(call.Argument(1)))))
	})
	m.rt.SetFunc(exports, "resolveObject", 2, func(call goja.FunctionCall) goja.Value {
		if !call.Argument(0).ToBoolean() {
			return call.Argument(1)
		}
		m.deprecated()
		return m.newLegacy(m.resolveLegacy(m.object(call.Argument(0)), m.relative(call.Argument(1))))
	})
	m.rt.SetFunc(exports, "format", 2, m.formatAny)
}

// deprecated warns of url.parse once.
func (m *module) deprecated() {
	m.warned = m.warned || m.rt.Deprecated("DEP0169", "`url.parse()` behavior is not standardized and prone to errors that have security "+
		"implications. Use the WHATWG URL API instead. CVEs are not issued for `url.parse()` vulnerabilities.")
}

// relative takes the argument of resolveObject: text or any object.
func (m *module) relative(v goja.Value) *legacy {
	if o, ok := v.(*goja.Object); ok {
		return m.read(o)
	}
	return m.object(v)
}

// formatAny is url.format of text, a URL or a legacy object.
func (m *module) formatAny(call goja.FunctionCall) goja.Value {
	v := call.Argument(0)
	o, ok := v.(*goja.Object)
	if !ok {
		if !goja.IsString(v) {
			m.rt.ThrowArgType("urlObject", v, "Object", "string")
		}
		m.deprecated()
		o = m.newLegacy(m.parseLegacy(v.String(), false))
		return m.vm.ToValue(m.format(m.read(o)))
	}
	if _, callable := goja.AssertFunction(o); callable {
		m.rt.ThrowArgType("urlObject", v, "Object", "string")
	}
	s, ok := m.rt.Slot(v).(*state)
	if !ok {
		return m.vm.ToValue(m.format(m.read(o)))
	}
	show := map[string]bool{"fragment": true, "unicode": false, "search": true, "auth": true}
	if call.Argument(1).ToBoolean() {
		options := m.rt.ValidateObject(call.Argument(1), "options")
		for name := range show {
			if v := options.Get(name); v != nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
				show[name] = v.ToBoolean()
			}
		}
	}
	u := s.url.Clone()
	if !show["auth"] {
		u.SetUsername("")
		u.SetPassword("")
	}
	if !show["search"] {
		u.SetSearch("")
	}
	text := u.Href(!show["fragment"])
	if host := u.Hostname(); show["unicode"] && host != "" {
		if wide := toUnicode(host); wide != host {
			text = replaceHost(text, u.Protocol(), host, wide)
		}
	}
	return m.vm.ToValue(text)
}

// replaceHost puts another host into a serialized URL.
func replaceHost(text, protocol, host, other string) string {
	start := len(protocol) + len("//")
	end := strings.IndexAny(text[start:], "/?#")
	if end < 0 {
		end = len(text)
	} else {
		end += start
	}
	if at := strings.LastIndexByte(text[start:end], '@'); at >= 0 {
		start += at + 1
	}
	return text[:start] + other + text[start+len(host):]
}
