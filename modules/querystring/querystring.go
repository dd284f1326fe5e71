// Package querystring is module querystring, all in Go: escape and unescape may be replaced by scripts, so parse and
// stringify look them up on the module's exports each time. It runs on the loop goroutine.
package querystring

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/runtime"
)

// Module is "querystring".
var Module = &runtime.Module{Name: "querystring", Binding: func(rt *runtime.Runtime) *goja.Object {
	return (&module{rt: rt, vm: rt.VM()}).make()
}}

type module struct {
	rt               *runtime.Runtime
	vm               *goja.Runtime
	exports          *goja.Object
	escape, unescape *goja.Object
}

func (m *module) make() *goja.Object {
	rt := m.rt
	o := m.vm.NewObject()
	m.exports = o
	rt.SetFunc(o, "unescapeBuffer", 2, func(call goja.FunctionCall) goja.Value {
		return m.unescapeBuffer(call.Argument(0), call.Argument(1).ToBoolean())
	})
	m.unescape = rt.Func("qsUnescape", 2, func(call goja.FunctionCall) goja.Value {
		var s string
		if m.vm.Try(func() { s = m.text(call.Argument(0)).String() }) == nil {
			if text, ok := decodeComponent(s); ok {
				return m.vm.ToValue(text)
			}
		}
		// The exported function may have been replaced.
		raw := rt.CallMethod(o, "unescapeBuffer", call.Argument(0), call.Argument(1))
		return rt.CallMethod(raw.ToObject(m.vm), "toString")
	})
	o.Set("unescape", m.unescape)
	m.escape = rt.Func("qsEscape", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(m.escaped(m.text(call.Argument(0))))
	})
	o.Set("escape", m.escape)
	stringify := rt.Func("stringify", 4, m.stringify)
	o.Set("stringify", stringify)
	o.Set("encode", stringify)
	parse := rt.Func("parse", 4, m.parse)
	o.Set("parse", parse)
	o.Set("decode", parse)
	return o
}

// text is a value as a string. It throws for symbols, also for those that objects turn into.
func (m *module) text(v goja.Value) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		v = o.ToString()
	}
	if _, symbol := v.(*goja.Symbol); symbol {
		m.rt.Throw(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return m.vm.ToValue(v.ToString())
}

const unreserved = "!'()*-._~"

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(unreserved, c) >= 0
}

// escaped percent-encodes a string value. A surrogate without its partner takes the next unit for it, and is
// ERR_INVALID_URI at the end, as in Node.
func (m *module) escaped(v goja.Value) string {
	s := v.String()
	if u, ok := v.(goja.String); ok && strings.ContainsRune(s, utf8.RuneError) {
		var runes []rune
		for i := 0; i < u.Length(); i++ {
			c := rune(u.CharAt(i))
			if c >= 0xd800 && c < 0xe000 {
				if i++; i >= u.Length() {
					m.rt.Throw(m.rt.NewError("ERR_INVALID_URI"))
				}
				c = 0x10000 + (c&0x3ff<<10 | rune(u.CharAt(i))&0x3ff)
			}
			runes = append(runes, c)
		}
		s = string(runes)
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; isUnreserved(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// primitive is what a value is written as; scientific says that it holds a '+' to be escaped.
func primitive(v goja.Value) (text string, safe bool) {
	switch {
	case v == nil:
		return "", true
	case isObject(v):
		return "", true
	case goja.IsString(v):
		return v.String(), false
	case goja.IsNumber(v):
		f := v.ToFloat()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "", true
		}
		return v.String(), math.Abs(f) < 1e21
	case goja.IsBigInt(v):
		return v.String(), true
	}
	if b, ok := engine.Boolean(v); ok && b {
		return "true", true
	} else if ok {
		return "false", true
	}
	return "", true
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

func isFunction(v goja.Value) bool {
	_, ok := goja.AssertFunction(v)
	return ok
}

func option(v goja.Value, name string) goja.Value {
	if o, ok := v.(*goja.Object); ok {
		if x := o.Get(name); x != nil {
			return x
		}
	}
	return goja.Undefined()
}

// delimiter is an argument that falls back to a default when it is falsy.
func delimiter(v goja.Value, otherwise string) string {
	if !v.ToBoolean() {
		return otherwise
	}
	return v.String()
}

// coder is the function in force: the option, else what the exports hold; nil means the module's own.
func (m *module) coder(options goja.Value, export string, own *goja.Object) goja.Callable {
	if fn, ok := goja.AssertFunction(option(options, map[string]string{"escape": "encodeURIComponent", "unescape": "decodeURIComponent"}[export])); ok {
		return fn
	}
	v := m.exports.Get(export)
	if v == nil || v == goja.Value(own) {
		return nil
	}
	fn, ok := goja.AssertFunction(v)
	if !ok {
		m.rt.Throw(m.vm.NewTypeError("%s is not a function", export))
	}
	return fn
}

func (m *module) stringify(call goja.FunctionCall) goja.Value {
	o, ok := call.Argument(0).(*goja.Object)
	if !ok || isFunction(o) {
		return m.vm.ToValue("")
	}
	custom := m.coder(call.Argument(3), "escape", m.escape)
	keys := m.rt.Names(o)
	if len(keys) == 0 {
		return m.vm.ToValue("")
	}
	sep, eq := delimiter(call.Argument(1), "&"), delimiter(call.Argument(2), "=")
	convert := func(v goja.Value) string {
		text, safe := primitive(v)
		if custom != nil {
			return m.rt.Call(custom, goja.Undefined(), m.vm.ToValue(text)).String()
		}
		if safe || text == "" {
			return text
		}
		return m.escaped(v.ToString())
	}
	var b strings.Builder
	first := true
	add := func(key string, v goja.Value) {
		if !first {
			b.WriteString(sep)
		}
		first = false
		b.WriteString(key)
		b.WriteString(convert(v))
	}
	for _, k := range keys {
		v := m.rt.Named(o, k)
		key := convert(m.rt.TextValue(k)) + eq
		list, ok := v.(*goja.Object)
		if !ok || list.ClassName() != "Array" {
			add(key, v)
			continue
		}
		for i, n := 0, int(list.Get("length").ToInteger()); i < n; i++ {
			add(key, list.Get(m.vm.ToValue(i).String()))
		}
	}
	return m.vm.ToValue(b.String())
}

func (m *module) parse(call goja.FunctionCall) goja.Value {
	result := m.vm.CreateObject(nil)
	v := call.Argument(0)
	if isObject(v) || !goja.IsString(v) {
		return result
	}
	sep, eq := delimiter(call.Argument(1), "&"), delimiter(call.Argument(2), "=")
	limit := 1000.0
	if n := option(call.Argument(3), "maxKeys"); goja.IsNumber(n) && !isObject(n) {
		limit = -1
		if f := n.ToFloat(); f > 0 {
			limit = f
		}
	}
	custom := m.coder(call.Argument(3), "unescape", m.unescape)
	decode := func(s string) goja.Value {
		if custom == nil {
			s = strings.ReplaceAll(s, "+", " ")
			if !hasEscape(s) {
				return m.vm.ToValue(s)
			}
			if text, ok := decodeComponent(s); ok {
				return m.vm.ToValue(text)
			}
			raw := m.rt.CallMethod(m.exports, "unescapeBuffer", m.vm.ToValue(s), m.vm.ToValue(true))
			return m.rt.CallMethod(raw.ToObject(m.vm), "toString")
		}
		s = strings.ReplaceAll(s, "+", "%20")
		if s == "" {
			return m.vm.ToValue(s)
		}
		var text goja.Value
		if m.vm.Try(func() { text = m.rt.Call(custom, goja.Undefined(), m.vm.ToValue(s)) }) != nil {
			raw := m.rt.CallMethod(m.exports, "unescapeBuffer", m.vm.ToValue(s), m.vm.ToValue(true))
			return m.rt.CallMethod(raw.ToObject(m.vm), "toString")
		}
		return text
	}
	type entry struct {
		first goja.Value
		list  *goja.Object
		n     int
	}
	seen := map[string]*entry{}
	rest := v.String()
	for done := rest == ""; !done; {
		var pair string
		var more bool
		pair, rest, more = strings.Cut(rest, sep)
		done = !more
		if pair != "" {
			key, value, _ := strings.Cut(pair, eq)
			k := decode(key).String()
			val := decode(value)
			e := seen[k]
			if e == nil {
				e = &entry{first: val}
				seen[k] = e
				result.Set(k, val)
			} else if e.list == nil {
				e.list = m.vm.NewArray(e.first, val)
				result.Set(k, e.list)
			} else {
				e.list.Set(strconv.Itoa(e.n), val)
			}
			e.n++
		}
		if limit--; limit == 0 {
			break
		}
		guard.Poll(m.vm)
	}
	return result
}

func hasEscape(s string) bool {
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '%' && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			return true
		}
	}
	return false
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// decodeComponent is decodeURIComponent; ok is false where that throws.
func decodeComponent(s string) (text string, ok bool) {
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
			return "", false
		}
		b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
		i += 2
	}
	return string(b), utf8.Valid(b)
}

// unescapeBuffer decodes what can be decoded of a string, or of what is as long as it says, and leaves the rest.
func (m *module) unescapeBuffer(v goja.Value, spaces bool) goja.Value {
	o := v.ToObject(m.vm)
	class := m.rt.Require("buffer").Get("Buffer").(*goja.Object)
	length := o.Get("length")
	if length == nil {
		length = goja.Undefined()
	}
	m.rt.CallMethod(class, "allocUnsafe", length)
	n := int(length.ToInteger())
	if n == 0 {
		return m.rt.NewBuffer(nil)
	}
	s := m.text(v).(goja.String)
	at := func(i int) byte {
		if i < min(n, s.Length()) {
			if c := s.CharAt(i); c < 0x100 {
				return byte(c)
			}
		}
		return 0
	}
	b := make([]byte, 0, n)
	for i := 0; i < n; i++ {
		var c byte
		if i < s.Length() {
			c = byte(s.CharAt(i))
		}
		switch {
		case at(i) == '+' && spaces:
			c = ' '
		case at(i) == '%' && unhex(at(i+1)) >= 0 && unhex(at(i+2)) >= 0:
			c = byte(unhex(at(i+1))<<4 | unhex(at(i+2)))
			i += 2
		}
		b = append(b, c)
	}
	return m.rt.NewBuffer(b)
}
