// Package url is module url: the classes URL and URLSearchParams over a WHATWG parser, the legacy parser with all its
// habits, and the conversions between file URLs and paths. All of it is Go and runs on the loop goroutine.
package url

import (
	"net/url"
	"strings"

	"github.com/dop251/goja"
	whatwg "github.com/nlnwa/whatwg-url/url"
	"golang.org/x/net/idna"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "url".
var Module = &runtime.Module{Name: "url", Binding: func(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM()}
	return m.define()
}, Globals: []runtime.Global{{Name: "URL"}, {Name: "URLPattern"}, {Name: "URLSearchParams"}}}

// module is the state of url in one runtime.
type module struct {
	rt      *runtime.Runtime
	vm      *goja.Runtime
	parser  whatwg.Parser
	inspect *goja.Symbol

	url, params                *goja.Object // the classes
	paramsProto, iteratorProto *goja.Object
	legacy, legacyProto        *goja.Object
	warnedPort, warned         bool
}

// state is what a URL object holds.
type state struct {
	url    *whatwg.Url
	params *goja.Object // made when first asked for
	list   *params
}

// Href is the URL's text, for modules that take URLs as objects.
func (s *state) Href() string { return s.url.Href(false) }

// Uncloneable says that URLs are not sent to other threads.
func (*state) Uncloneable() {}

func (m *module) define() *goja.Object {
	m.parser = whatwg.NewParser(whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^')))
	m.inspect = m.rt.SymbolFor("nodejs.util.inspect.custom")
	o := m.vm.NewObject()
	m.defineParams()
	m.defineURL()
	m.defineLegacy(o)
	o.Set("URL", m.url)
	o.Set("URLSearchParams", m.params)
	m.rt.DefineLazy(o, "URLPattern", true, func() goja.Value { return m.definePattern() })
	m.defineUtilities(o)
	return o
}

func (m *module) parse(input string, base *string) (*whatwg.Url, error) {
	if base != nil {
		return m.parser.ParseRef(*base, input)
	}
	return m.parser.Parse(input)
}

// arguments takes (input, base) of the constructor and its kin.
func (m *module) arguments(call []goja.Value) (input string, base *string) {
	if len(call) == 0 {
		m.rt.Throw(m.rt.NewError("ERR_MISSING_ARGS", "url"))
	}
	input = m.text(call[0])
	if len(call) > 1 && !goja.IsUndefined(call[1]) {
		s := m.text(call[1])
		base = &s
	}
	return input, base
}

// text is `${v}`.
func (m *module) text(v goja.Value) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		m.rt.Throw(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return v.String()
}

func (m *module) invalid(input string, base *string) {
	if base != nil {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_URL", input, *base))
	}
	m.rt.Throw(m.rt.NewError("ERR_INVALID_URL", input))
}

func (m *module) state(v goja.Value) *state {
	s, ok := m.rt.Slot(v).(*state)
	if !ok {
		m.rt.Throw(m.vm.NewTypeError("Cannot read private member #context from an object whose class did not declare it"))
	}
	return s
}

func (m *module) defineURL() {
	class, proto := m.rt.Class("URL", 1, func(call goja.ConstructorCall) *goja.Object {
		input, base := m.arguments(call.Arguments)
		u, err := m.parse(input, base)
		if err != nil {
			m.invalid(input, base)
		}
		m.rt.SetSlot(call.This, &state{url: u})
		return nil
	})
	m.url = class
	m.rt.SetOperation(class, "canParse", 1, func(call goja.FunctionCall) goja.Value {
		_, err := m.parse(m.arguments(call.Arguments))
		return m.vm.ToValue(err == nil)
	})
	m.rt.SetOperation(class, "parse", 1, func(call goja.FunctionCall) goja.Value {
		u, err := m.parse(m.arguments(call.Arguments))
		if err != nil {
			return goja.Null()
		}
		return m.wrap(u)
	})
	m.rt.SetFunc(class, "createObjectURL", 1, func(call goja.FunctionCall) goja.Value {
		return m.rt.CallMethod(m.rt.Require("internal/blob"), "createObjectURL", call.Argument(0))
	})
	m.rt.SetOperation(class, "revokeObjectURL", 1, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			m.rt.Throw(m.rt.NewError("ERR_MISSING_ARGS", "url"))
		}
		return m.rt.CallMethod(m.rt.Require("internal/blob"), "revokeObjectURL", call.Arguments...)
	})
	href := func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(m.state(call.This).url.Href(false)) }
	m.rt.SetOperation(proto, "toString", 0, href)
	m.accessor(proto, "href", func(s *state) string { return s.url.Href(false) }, func(s *state, v string) {
		u, err := m.parse(v, nil)
		if err != nil {
			m.invalid(v, nil)
		}
		before := s.url.Search()
		s.url = u
		m.searchChanged(s, before)
	})
	m.accessor(proto, "origin", func(s *state) string { return m.origin(s.url) }, nil)
	m.accessor(proto, "protocol", func(s *state) string { return s.url.Protocol() }, func(s *state, v string) { s.url.SetProtocol(v) })
	m.accessor(proto, "username", func(s *state) string { return s.url.Username() }, func(s *state, v string) { s.url.SetUsername(v) })
	m.accessor(proto, "password", func(s *state) string { return s.url.Password() }, func(s *state, v string) { s.url.SetPassword(v) })
	m.accessor(proto, "host", func(s *state) string { return s.url.Host() }, func(s *state, v string) { s.url.SetHost(v) })
	m.accessor(proto, "hostname", func(s *state) string { return s.url.Hostname() }, func(s *state, v string) { s.url.SetHostname(v) })
	m.accessor(proto, "port", func(s *state) string { return s.url.Port() }, func(s *state, v string) { s.url.SetPort(v) })
	m.accessor(proto, "pathname", func(s *state) string { return s.url.Pathname() }, func(s *state, v string) { s.url.SetPathname(v) })
	m.accessor(proto, "search", func(s *state) string { return s.url.Search() }, func(s *state, v string) {
		before := s.url.Search()
		s.url.SetSearch(v)
		m.searchChanged(s, before)
	})
	m.getter(proto, "searchParams", func(call goja.FunctionCall) goja.Value {
		s := m.state(call.This)
		if s.params == nil {
			s.list = &params{pairs: parsePairs(s.url.Search()), url: s}
			s.params = m.vm.CreateObject(m.paramsProto)
			m.rt.SetSlot(s.params, s.list)
		}
		return s.params
	}, nil)
	m.accessor(proto, "hash", func(s *state) string { return s.url.Hash() }, func(s *state, v string) { s.url.SetHash(v) })
	m.rt.SetOperation(proto, "toJSON", 0, href)
	proto.DefineDataPropertySymbol(goja.SymToStringTag, m.vm.ToValue("URL"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(m.inspect, m.rt.Method("[nodejs.util.inspect.custom]", 2, m.inspectURL), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// wrap makes a URL object.
func (m *module) wrap(u *whatwg.Url) *goja.Object {
	o := m.vm.CreateObject(m.url.Get("prototype").(*goja.Object))
	m.rt.SetSlot(o, &state{url: u})
	return o
}

// getter defines an enumerable accessor.
func (m *module) getter(o *goja.Object, name string, get, set engine.Native) {
	var setter goja.Value
	if set != nil {
		setter = m.rt.Func("set "+name, 1, set)
	}
	o.DefineAccessorProperty(name, m.rt.Func("get "+name, 0, get), setter, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

func (m *module) accessor(o *goja.Object, name string, get func(*state) string, set func(*state, string)) {
	var setter engine.Native
	if set != nil {
		setter = func(call goja.FunctionCall) goja.Value {
			set(m.state(call.This), m.text(call.Argument(0)))
			return goja.Undefined()
		}
	}
	m.getter(o, name, func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(get(m.state(call.This))) }, setter)
}

// searchChanged lets the searchParams follow the URL.
func (m *module) searchChanged(s *state, before string) {
	if now := s.url.Search(); s.list != nil && now != before {
		s.list.pairs = parsePairs(now)
	}
}

func (m *module) origin(u *whatwg.Url) string {
	switch u.Scheme() {
	case "http", "https", "ws", "wss", "ftp":
		return u.Protocol() + "//" + u.Host()
	case "blob":
		if inner, err := m.parse(u.Pathname(), nil); err == nil && (inner.Scheme() == "http" || inner.Scheme() == "https") {
			return inner.Protocol() + "//" + inner.Host()
		}
	}
	return "null"
}

func (m *module) inspectURL(call goja.FunctionCall) goja.Value {
	if d := call.Argument(0); goja.IsNumber(d) && d.ToFloat() < 0 {
		return call.This
	}
	m.state(call.This)
	this := call.This.(*goja.Object)
	constructor, _ := this.Get("constructor").(*goja.Object)
	if constructor == nil {
		constructor = m.url
	}
	proto := m.vm.NewObject()
	proto.Set("constructor", constructor)
	o := m.vm.CreateObject(proto)
	for _, name := range []string{"href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname",
		"search", "searchParams", "hash"} {
		o.Set(name, this.Get(name))
	}
	text := m.rt.CallMethod(m.rt.Require("util"), "inspect", o, call.Argument(1)).String()
	return m.vm.ToValue(constructor.Get("name").String() + " " + text)
}

// lenient is UTS 46 as browsers apply it to names that are typed.
func lenient() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false),
		idna.CheckJoiners(true), idna.BidiRule())
}

func toUnicode(host string) string {
	s, err := lenient().ToUnicode(host)
	if err != nil && s == "" {
		return host
	}
	return s
}

func (m *module) defineUtilities(o *goja.Object) {
	domain := func(call goja.FunctionCall) string {
		if len(call.Arguments) == 0 {
			m.rt.Throw(m.rt.NewError("ERR_MISSING_ARGS", "domain"))
		}
		u, err := m.parse("ws://"+m.text(call.Argument(0)), nil)
		if err != nil {
			return ""
		}
		return u.Hostname()
	}
	m.rt.SetFunc(o, "domainToASCII", 1, func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(domain(call)) })
	m.rt.SetFunc(o, "domainToUnicode", 1, func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(toUnicode(domain(call))) })
	m.rt.SetFunc(o, "pathToFileURL", 2, m.pathToFileURL)
	m.rt.SetFunc(o, "fileURLToPath", 1, m.fileURLToPath)
	m.rt.SetFunc(o, "fileURLToPathBuffer", 1, m.fileURLToPathBuffer)
	m.rt.SetFunc(o, "urlToHttpOptions", 1, m.urlToHTTPOptions)
}

func windows(options goja.Value) bool {
	if o, ok := options.(*goja.Object); ok {
		if v := o.Get("windows"); v != nil {
			return v.ToBoolean()
		}
	}
	return false
}

const upperHex = "0123456789ABCDEF"

// escapePath escapes what would be special in a URL.
func escapePath(p string, windows bool) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if c := p[i]; strings.IndexByte("%\t\n\r \"#?[]^|~", c) >= 0 || c == '\\' && !windows {
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (m *module) pathToFileURL(call goja.FunctionCall) goja.Value {
	p := m.rt.ValidateString(call.Argument(0), "path")
	win := windows(call.Argument(1))
	if win && strings.HasPrefix(p, `\\`) {
		prefix := 2
		if strings.HasPrefix(p, `\\?\UNC\`) {
			prefix = 8
		}
		end := strings.IndexByte(p[prefix:], '\\') + prefix
		if end < prefix {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "path", call.Argument(0), "Missing UNC resource path"))
		}
		if end == 2 {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_ARG_VALUE", "path", call.Argument(0), "Empty UNC servername"))
		}
		u, _ := m.parse("file://", nil)
		if host, err := m.parse("ws://"+p[prefix:end], nil); err == nil {
			u.SetHostname(host.Hostname())
		}
		u.SetPathname(escapePath(strings.ReplaceAll(p[end:], `\`, "/"), win))
		return m.wrap(u)
	}
	flavour, name := m.rt.Require("path"), "posix"
	if win {
		name = "win32"
	}
	resolved := m.rt.CallMethod(flavour.Get(name).(*goja.Object), "resolve", call.Argument(0)).String()
	if n := len(p); n > 0 && (p[n-1] == '/' || win && p[n-1] == '\\') && !strings.HasSuffix(resolved, "/") {
		resolved += "/"
	}
	u, err := m.parse("file://"+escapePath(resolved, win), nil)
	if err != nil {
		m.invalid("file://"+resolved, nil)
	}
	return m.wrap(u)
}

// fileURL takes the host and the path of the file URL that is an argument, a text or a URL object.
func (m *module) fileURL(v goja.Value) (input goja.Value, host, path string) {
	o, object := v.(*goja.Object)
	field := func(name string) string {
		if x := o.Get(name); x != nil && x.ToBoolean() {
			return x.String()
		}
		return ""
	}
	var protocol string
	switch {
	case !object && goja.IsString(v):
		u, err := m.parse(v.String(), nil)
		if err != nil {
			m.invalid(v.String(), nil)
		}
		v, protocol, host, path = m.wrap(u), u.Protocol(), u.Hostname(), u.Pathname()
	case object && field("href") != "" && field("protocol") != "":
		protocol, host, path = field("protocol"), field("hostname"), field("pathname")
	default:
		m.rt.ThrowArgType("path", v, "string", "URL")
	}
	if protocol != "file:" {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_URL_SCHEME", []string{"file"}))
	}
	return v, host, path
}

// badPath throws for a file URL that names no file.
func (m *module) badPath(reason string, input goja.Value) {
	m.rt.Throw(m.rt.NewError("ERR_INVALID_FILE_URL_PATH", reason, input))
}

// foreignHost throws for a file URL with a host where there are none.
func (m *module) foreignHost() {
	platform := "linux"
	if x, ok := m.rt.Require("process").Get("platform").(goja.Value); ok {
		platform = x.String()
	}
	m.rt.Throw(m.rt.NewError("ERR_INVALID_FILE_URL_HOST", platform))
}

func (m *module) fileURLToPath(call goja.FunctionCall) goja.Value {
	input, host, p := m.fileURL(call.Argument(0))
	win := windows(call.Argument(1))
	if !win && host != "" {
		m.foreignHost()
	}
	lower := strings.ToLower(p)
	if win && (strings.Contains(lower, "%2f") || strings.Contains(lower, "%5c")) {
		m.badPath(`must not include encoded \ or / characters`, input)
	}
	if !win && strings.Contains(lower, "%2f") {
		m.badPath("must not include encoded / characters", input)
	}
	if win {
		p = m.windowsPath(m.decode(strings.ReplaceAll(p, "/", `\`)), host, input)
		return m.vm.ToValue(p)
	}
	return m.vm.ToValue(m.decode(p))
}

// windowsPath is a path with its drive or server.
func (m *module) windowsPath(p, host string, input goja.Value) string {
	if host != "" {
		return `\\` + toUnicode(host) + p
	}
	if len(p) < 3 || p[1]|0x20 < 'a' || p[1]|0x20 > 'z' || p[2] != ':' {
		m.badPath("must be absolute", input)
	}
	return p[1:]
}

// fileURLToPathBuffer gives the path's bytes, which need not be UTF-8.
func (m *module) fileURLToPathBuffer(call goja.FunctionCall) goja.Value {
	input, host, p := m.fileURL(call.Argument(0))
	win := windows(call.Argument(1))
	if !win && host != "" {
		m.foreignHost()
	}
	b := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c == '%' && i+2 < len(p) && unhex(p[i+1]) >= 0 && unhex(p[i+2]) >= 0 {
			c = byte(unhex(p[i+1])<<4 | unhex(p[i+2]))
			i += 2
		} else if win && c == '/' {
			c = '\\'
		}
		b = append(b, c)
	}
	if win {
		b = []byte(m.windowsPath(string(b), host, input))
	}
	return m.rt.NewBuffer(b)
}

// decode is decodeURIComponent.
func (m *module) decode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	text, err := url.PathUnescape(s)
	if err != nil || strings.ToValidUTF8(text, "") != text {
		m.rt.Throw(m.rt.NewPlainError("URIError", "URI malformed"))
	}
	return text
}

func (m *module) urlToHTTPOptions(call goja.FunctionCall) goja.Value {
	u, ok := call.Argument(0).(*goja.Object)
	if _, callable := goja.AssertFunction(call.Argument(0)); !ok || callable || engine.KindOf(u) == engine.ArrayObject {
		m.rt.ThrowArgType("url", call.Argument(0), "Object")
	}
	get := func(name string) goja.Value { return m.rt.Property(u, name) }
	field := func(name string) string {
		if v := get(name); v.ToBoolean() {
			return v.String()
		}
		return ""
	}
	o := m.vm.CreateObject(nil)
	for _, k := range u.Keys() {
		o.Set(k, u.Get(k)) // a script may have added properties
	}
	host := get("hostname")
	if h := field("hostname"); strings.HasPrefix(h, "[") {
		host = m.vm.ToValue(h[1 : len(h)-1])
	}
	o.Set("protocol", get("protocol"))
	o.Set("hostname", host)
	o.Set("hash", get("hash"))
	o.Set("search", get("search"))
	o.Set("pathname", get("pathname"))
	o.Set("path", field("pathname")+field("search"))
	o.Set("href", get("href"))
	if port := get("port"); port.String() != "" {
		o.Set("port", port.ToNumber())
	}
	if user, password := field("username"), field("password"); user != "" || password != "" {
		o.Set("auth", m.decode(user)+":"+m.decode(password))
	}
	return o
}
