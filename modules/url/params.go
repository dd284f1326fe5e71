package url

import (
	"sort"
	"strings"
	"unicode/utf16"

	"gonode/internal/engine/utf"

	"github.com/dop251/goja"
)

// pair is one entry of a URLSearchParams.
type pair struct{ name, value string }

// params is what a URLSearchParams holds; url is the URL that it belongs to, if any.
type params struct {
	pairs []pair
	url   *state
}

// iterator is what an iterator over a URLSearchParams holds.
type iterator struct {
	list *params
	kind string
	next int
}

// Uncloneable says that lists of parameters are not sent to other threads.
func (*params) Uncloneable() {}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// decodeForm undoes form encoding: '+' and escapes; what is no escape stays, bytes that are no UTF-8 become U+FFFD.
func decodeForm(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '+' {
			c = ' '
		} else if c == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
		}
		b = append(b, c)
	}
	return utf.Valid(string(b))
}

func parsePairs(query string) []pair {
	var list []pair
	for _, part := range strings.Split(strings.TrimPrefix(query, "?"), "&") {
		if part != "" {
			name, value, _ := strings.Cut(part, "=")
			list = append(list, pair{decodeForm(name), decodeForm(value)})
		}
	}
	return list
}

func encodeForm(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('+')
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("*-._", c) >= 0:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		}
	}
}

func (p *params) String() string {
	var b strings.Builder
	for i, x := range p.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		encodeForm(&b, x.name)
		b.WriteByte('=')
		encodeForm(&b, x.value)
	}
	return b.String()
}

// changed lets the URL follow its searchParams.
func (p *params) changed() {
	if p.url != nil {
		p.url.url.SetSearch(p.String())
	}
}

func (p *params) remove(match func(pair) bool) {
	kept := make([]pair, 0, len(p.pairs))
	for _, x := range p.pairs {
		if !match(x) {
			kept = append(kept, x)
		}
	}
	p.pairs = kept
}

func (m *module) list(this goja.Value) *params {
	p, ok := m.rt.Slot(this).(*params)
	if !ok {
		m.rt.Throw(m.rt.NewError("ERR_INVALID_THIS", "URLSearchParams"))
	}
	return p
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

// init takes the constructor's argument: a string, another URLSearchParams, pairs, or a record.
func (m *module) initParams(p *params, this *goja.Object, v goja.Value) {
	if goja.IsUndefined(v) {
		return
	}
	o, ok := v.(*goja.Object)
	if !ok {
		p.pairs = parsePairs(m.text(v))
		return
	}
	method := o.GetSymbol(goja.SymIterator)
	if other, ok := m.rt.Slot(v).(*params); ok && method == this.GetSymbol(goja.SymIterator) {
		p.pairs = append([]pair(nil), other.pairs...)
		return
	}
	if method != nil && !goja.IsUndefined(method) && !goja.IsNull(method) {
		if _, callable := goja.AssertFunction(method); !callable {
			m.rt.Throw(m.rt.NewError("ERR_ARG_NOT_ITERABLE", "Query pairs"))
		}
		m.rt.ForOf(o, func(item goja.Value) bool {
			bad := func() { m.rt.Throw(m.rt.NewError("ERR_INVALID_TUPLE", "Each query pair", "[name, value]")) }
			entry, ok := item.(*goja.Object)
			if !ok {
				bad()
			}
			if _, callable := goja.AssertFunction(entry.GetSymbol(goja.SymIterator)); !callable {
				bad()
			}
			var words []string
			m.rt.ForOf(entry, func(word goja.Value) bool {
				words = append(words, m.text(word))
				return true
			})
			if len(words) != 2 {
				bad()
			}
			p.pairs = append(p.pairs, pair{words[0], words[1]})
			return true
		})
		return
	}
	index := map[string]int{}
	set := func(name, value string) {
		if i, ok := index[name]; ok {
			p.pairs[i].value = value
			return
		}
		index[name] = len(p.pairs)
		p.pairs = append(p.pairs, pair{name, value})
	}
	for k, v := range m.rt.Properties(o) {
		set(utf.WellFormed(k), m.text(v))
	}
	for _, sym := range o.Symbols() {
		m.text(sym)
	}
}

func (m *module) defineParams() {
	class, proto := m.rt.Class("URLSearchParams", 0, func(call goja.ConstructorCall) *goja.Object {
		p := &params{}
		m.rt.SetSlot(call.This, p)
		m.initParams(p, call.This, call.Argument(0))
		return nil
	})
	m.params, m.paramsProto = class, proto
	method := func(name string, need []string, f func(p *params, call goja.FunctionCall) goja.Value) {
		m.rt.SetOperation(proto, name, len(need), func(call goja.FunctionCall) goja.Value {
			p := m.list(call.This)
			if len(call.Arguments) < len(need) {
				missing := make([]any, len(need))
				for i, n := range need {
					missing[i] = n
				}
				m.rt.Throw(m.rt.NewError("ERR_MISSING_ARGS", missing...))
			}
			return f(p, call)
		})
	}
	undefined := goja.Undefined()
	method("append", []string{"name", "value"}, func(p *params, call goja.FunctionCall) goja.Value {
		p.pairs = append(p.pairs, pair{m.text(call.Argument(0)), m.text(call.Argument(1))})
		p.changed()
		return undefined
	})
	method("delete", []string{"name"}, func(p *params, call goja.FunctionCall) goja.Value {
		name, value, exact := m.match(call)
		p.remove(func(x pair) bool { return x.name == name && (!exact || x.value == value) })
		p.changed()
		return undefined
	})
	method("get", []string{"name"}, func(p *params, call goja.FunctionCall) goja.Value {
		name := m.text(call.Argument(0))
		for _, x := range p.pairs {
			if x.name == name {
				return m.vm.ToValue(x.value)
			}
		}
		return goja.Null()
	})
	method("getAll", []string{"name"}, func(p *params, call goja.FunctionCall) goja.Value {
		name := m.text(call.Argument(0))
		list := []any{}
		for _, x := range p.pairs {
			if x.name == name {
				list = append(list, x.value)
			}
		}
		return m.vm.NewArray(list...)
	})
	method("has", []string{"name"}, func(p *params, call goja.FunctionCall) goja.Value {
		name, value, exact := m.match(call)
		for _, x := range p.pairs {
			if x.name == name && (!exact || x.value == value) {
				return m.vm.ToValue(true)
			}
		}
		return m.vm.ToValue(false)
	})
	method("set", []string{"name", "value"}, func(p *params, call goja.FunctionCall) goja.Value {
		name, value := m.text(call.Argument(0)), m.text(call.Argument(1))
		found := false
		p.remove(func(x pair) bool {
			again := x.name == name && found
			found = found || x.name == name
			return again
		})
		for i := range p.pairs {
			if p.pairs[i].name == name {
				p.pairs[i].value = value
			}
		}
		if !found {
			p.pairs = append(p.pairs, pair{name, value})
		}
		p.changed()
		return undefined
	})
	m.getter(proto, "size", func(call goja.FunctionCall) goja.Value { return m.vm.ToValue(len(m.list(call.This).pairs)) }, nil)
	method("sort", nil, func(p *params, _ goja.FunctionCall) goja.Value {
		sort.SliceStable(p.pairs, func(i, j int) bool { return less(p.pairs[i].name, p.pairs[j].name) })
		p.changed()
		return undefined
	})
	iterate := func(name, kind string) {
		method(name, nil, func(p *params, _ goja.FunctionCall) goja.Value {
			o := m.vm.CreateObject(m.iteratorProto)
			m.rt.SetSlot(o, &iterator{list: p, kind: kind})
			return o
		})
	}
	iterate("entries", "key+value")
	method("forEach", nil, func(p *params, call goja.FunctionCall) goja.Value {
		fn, this, self := m.rt.ValidateFunction(call.Argument(0), "callback"), call.Argument(1), call.This
		for i := 0; i < len(p.pairs); i++ {
			m.rt.Call(fn, this, m.vm.ToValue(p.pairs[i].value), m.vm.ToValue(p.pairs[i].name), self)
		}
		return undefined
	})
	iterate("keys", "key")
	iterate("values", "value")
	method("toString", nil, func(p *params, _ goja.FunctionCall) goja.Value { return m.vm.ToValue(p.String()) })
	proto.Get("forEach").(*goja.Object).DefineDataProperty("length", m.vm.ToValue(1), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(goja.SymToStringTag, m.vm.ToValue("URLSearchParams"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(goja.SymIterator, proto.Get("entries"), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(m.inspect, m.rt.Method("[nodejs.util.inspect.custom]", 2, m.inspectParams), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	m.defineIterator()
}

// match takes the arguments of has and delete.
func (m *module) match(call goja.FunctionCall) (name, value string, exact bool) {
	name = m.text(call.Argument(0))
	if v := call.Argument(1); !goja.IsUndefined(v) {
		return name, m.text(v), true
	}
	return name, "", false
}

// less orders by UTF-16 code units, which is not the order of UTF-8 beyond the basic plane.
func less(a, b string) bool {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}

func (m *module) defineIterator() {
	array := m.vm.NewArray()
	values, _ := goja.AssertFunction(m.rt.MemberSymbol(array, goja.SymIterator))
	base := m.rt.Call(values, array).(*goja.Object).Prototype().Prototype()
	m.iteratorProto = m.vm.CreateObject(base)
	state := func(this goja.Value) *iterator {
		it, ok := m.rt.Slot(this).(*iterator)
		if !ok {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_THIS", "URLSearchParamsIterator"))
		}
		return it
	}
	m.rt.SetOperation(m.iteratorProto, "next", 0, func(call goja.FunctionCall) goja.Value {
		it := state(call.This)
		o := m.vm.NewObject()
		if it.next >= len(it.list.pairs) {
			o.Set("value", goja.Undefined())
			o.Set("done", true)
			return o
		}
		o.Set("value", m.item(it, it.next))
		o.Set("done", false)
		it.next++
		return o
	})
	m.iteratorProto.DefineDataPropertySymbol(goja.SymToStringTag, m.vm.ToValue("URLSearchParams Iterator"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	m.iteratorProto.DefineDataPropertySymbol(m.inspect, m.rt.Method("[nodejs.util.inspect.custom]", 2, func(call goja.FunctionCall) goja.Value {
		it := state(call.This)
		if short := m.tooDeep(call); short != nil {
			return short
		}
		var items []any
		for i := it.next; i < len(it.list.pairs); i++ {
			items = append(items, m.item(it, i))
		}
		show := m.inner(call)
		words := make([]string, len(items))
		for i, item := range items {
			words[i] = show(item.(goja.Value))
		}
		if strings.Contains(show(m.vm.NewArray(items...)), "\n") {
			return m.vm.ToValue("URLSearchParams Iterator {\n  " + strings.Join(words, ",\n  ") + " }")
		}
		return m.vm.ToValue("URLSearchParams Iterator { " + strings.Join(words, ", ") + " }")
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (m *module) item(it *iterator, i int) goja.Value {
	x := it.list.pairs[i]
	switch it.kind {
	case "key":
		return m.vm.ToValue(x.name)
	case "value":
		return m.vm.ToValue(x.value)
	}
	return m.vm.NewArray(x.name, x.value)
}

// tooDeep is what inspect shows beyond its depth, or nil.
func (m *module) tooDeep(call goja.FunctionCall) goja.Value {
	if d := call.Argument(0); goja.IsNumber(d) && d.ToFloat() < 0 {
		return m.rt.CallMethod(call.Argument(1).(*goja.Object), "stylize", m.vm.ToValue("[Object]"), m.vm.ToValue("special"))
	}
	return nil
}

// inner is inspect for what is inside, one level deeper.
func (m *module) inner(call goja.FunctionCall) func(goja.Value) string {
	options := m.vm.NewObject()
	if ctx, ok := call.Argument(1).(*goja.Object); ok {
		for _, k := range ctx.Keys() {
			options.Set(k, ctx.Get(k))
		}
	}
	if d := call.Argument(0); goja.IsNumber(d) {
		options.Set("depth", d.ToFloat()-1)
	}
	util := m.rt.Require("util")
	return func(v goja.Value) string { return m.rt.CallMethod(util, "inspect", v, options).String() }
}

func (m *module) inspectParams(call goja.FunctionCall) goja.Value {
	p := m.list(call.This)
	if short := m.tooDeep(call); short != nil {
		return short
	}
	show := m.inner(call)
	name := "URLSearchParams"
	if c, ok := call.This.(*goja.Object).Get("constructor").(*goja.Object); ok {
		name = c.Get("name").String()
	}
	if len(p.pairs) == 0 {
		return m.vm.ToValue(name + " {}")
	}
	words := make([]string, len(p.pairs))
	length := -2
	for i, x := range p.pairs {
		words[i] = show(m.vm.ToValue(x.name)) + " => " + show(m.vm.ToValue(x.value))
		length += len(utf16.Encode([]rune(stripColors(words[i])))) + 2
	}
	if limit := call.Argument(1).(*goja.Object).Get("breakLength"); limit != nil && float64(length) > limit.ToFloat() {
		return m.vm.ToValue(name + " {\n  " + strings.Join(words, ",\n  ") + " }")
	}
	return m.vm.ToValue(name + " { " + strings.Join(words, ", ") + " }")
}

// stripColors takes out terminal colours.
func stripColors(s string) string {
	for {
		start := strings.Index(s, "\x1b[")
		if start < 0 {
			return s
		}
		end := strings.IndexByte(s[start:], 'm')
		if end < 0 {
			return s
		}
		s = s[:start] + s[start+end+1:]
	}
}
