package fetch

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/runtime"
)

// header is a field: its name as first given and in lower case, and its values.
type header struct {
	name, lower string
	values      []string
}

// value is all values in one.
func (h *header) value() string {
	if len(h.values) == 1 {
		return h.values[0]
	}
	if h.lower == "cookie" {
		return strings.Join(h.values, "; ")
	}
	return strings.Join(h.values, ", ")
}

// headerList is the state of a Headers. Its fields are in the order in which they came.
type headerList struct {
	fields    []*header
	immutable bool
	sorted    []header // a line each, as scripts see them; nil when it has to be made
}

func (l *headerList) find(lower string) *header {
	for _, h := range l.fields {
		if h.lower == lower {
			return h
		}
	}
	return nil
}

func (l *headerList) append(name, value string) {
	l.sorted = nil
	lower := strings.ToLower(name)
	if h := l.find(lower); h != nil {
		h.values = append(h.values, value)
		return
	}
	l.fields = append(l.fields, &header{name: name, lower: lower, values: []string{value}})
}

func (l *headerList) set(name, value string) {
	if h := l.find(strings.ToLower(name)); h != nil {
		l.sorted, h.values = nil, []string{value}
		return
	}
	l.append(name, value)
}

func (l *headerList) remove(name string) {
	lower := strings.ToLower(name)
	l.sorted = nil
	l.fields = slices.DeleteFunc(l.fields, func(h *header) bool { return h.lower == lower })
}

// lines are the fields in the order of their names; cookies are not combined.
func (l *headerList) lines() []header {
	if l.sorted != nil || len(l.fields) == 0 {
		return l.sorted
	}
	for _, h := range l.fields {
		if h.lower == "set-cookie" {
			for _, v := range h.values {
				l.sorted = append(l.sorted, header{lower: h.lower, values: []string{v}})
			}
			continue
		}
		l.sorted = append(l.sorted, header{lower: h.lower, values: []string{h.value()}})
	}
	slices.SortStableFunc(l.sorted, func(a, b header) int { return strings.Compare(a.lower, b.lower) })
	return l.sorted
}

func (l *headerList) clone() *headerList {
	c := &headerList{fields: make([]*header, len(l.fields))}
	for i, h := range l.fields {
		c.fields[i] = &header{h.name, h.lower, slices.Clone(h.values)}
	}
	return c
}

// headers is the class Headers in one runtime.
type headers struct {
	rt    *runtime.Runtime
	vm    *goja.Runtime
	proto *goja.Object
	pairs pairs
}

func (m *headers) list(v goja.Value) *headerList {
	l, ok := m.rt.Slot(v).(*headerList)
	if !ok {
		illegal(m.rt, v, m.proto)
	}
	return l
}

func (m *headers) name(name, method string) string {
	if !isToken(name) {
		m.rt.Throw(typeError(m.rt, `Headers.%s: "%s" is an invalid header name.`, method, name))
	}
	return name
}

func (m *headers) value(value, method string) string {
	value = strings.Trim(value, httpSpace)
	if strings.ContainsAny(value, "\x00\r\n") {
		m.rt.Throw(typeError(m.rt, `Headers.%s: "%s" is an invalid header value.`, method, value))
	}
	return value
}

func (m *headers) mutable(l *headerList) {
	if l.immutable {
		m.rt.Throw(typeError(m.rt, "immutable"))
	}
}

func (m *headers) add(l *headerList, name, value string) {
	name, value = m.name(name, "append"), m.value(value, "append")
	m.mutable(l)
	l.append(name, value)
}

// fill adds what a script gives as headers: another Headers, pairs or a record.
func (m *headers) fill(l *headerList, init goja.Value) {
	o, ok := init.(*goja.Object)
	if !ok {
		m.rt.Throw(typeError(m.rt, "Headers constructor: Argument 1 could not be converted to one of: sequence<sequence<ByteString>>, record<ByteString, ByteString>."))
	}
	method := orUndefined(o.GetSymbol(goja.SymIterator))
	if other, ok := m.rt.Slot(init).(*headerList); ok && method == m.proto.Get("entries") {
		for _, h := range other.fields {
			for _, v := range h.values {
				m.mutable(l)
				l.append(h.name, v)
			}
		}
		return
	}
	const constructor = "Headers constructor"
	if _, callable := goja.AssertFunction(method); callable {
		var all [][]string
		m.rt.ForOf(o, func(item goja.Value) bool {
			argument := "init[" + index(len(all)) + "]"
			entry, ok := item.(*goja.Object)
			if !ok {
				m.rt.Throw(typeError(m.rt, "%s: %s (%s) is not iterable.", constructor, argument, shortly(m.rt, item)))
			}
			if _, callable := goja.AssertFunction(orUndefined(entry.GetSymbol(goja.SymIterator))); !callable {
				m.rt.Throw(typeError(m.rt, "%s: %s is not iterable.", constructor, argument))
			}
			var words []string
			m.rt.ForOf(entry, func(word goja.Value) bool {
				words = append(words, byteString(m.rt, word, constructor, argument+"["+index(len(words))+"]"))
				return true
			})
			all = append(all, words)
			return true
		})
		for _, words := range all {
			if len(words) != 2 {
				m.rt.Throw(typeError(m.rt, "Headers constructor: expected name/value pair to be length 2, found %d.", len(words)))
			}
			m.add(l, words[0], words[1])
		}
		return
	}
	var names, values []string
	proxy := engine.KindOf(o) == engine.ProxyObject
	for _, key := range m.rt.AllNames(o) {
		shown := `"` + utf.WellFormed(key) + `"`
		name, argument := "Key "+shown+" in init", "init["+shown+"]"
		if proxy {
			name, argument = "init", "init"
			if !m.enumerable(o, key) {
				continue
			}
		}
		names = append(names, byteString(m.rt, m.rt.TextValue(key), constructor, name))
		values = append(values, byteString(m.rt, orUndefined(m.rt.Named(o, key)), constructor, argument))
	}
	for _, key := range o.Symbols() {
		if proxy {
			byteString(m.rt, key, constructor, "init")
		}
		byteString(m.rt, key, constructor, "Key "+shortly(m.rt, key)+" in init")
	}
	for i := range names {
		m.add(l, names[i], values[i])
	}
}

// enumerable tells whether a property that a proxy names is there to be seen.
func (m *headers) enumerable(o *goja.Object, key string) bool {
	d, ok := m.rt.CallMethod(m.rt.Intrinsic("Object"), "getOwnPropertyDescriptor", o, m.rt.TextValue(key)).(*goja.Object)
	return ok && orUndefined(d.Get("enumerable")).ToBoolean()
}

func headersBinding(rt *runtime.Runtime) *goja.Object {
	m := &headers{rt: rt, vm: rt.VM()}
	class, proto := rt.Class("Headers", 0, func(call goja.ConstructorCall) *goja.Object {
		l := &headerList{}
		rt.SetSlot(call.This, l)
		if v := call.Argument(0); !goja.IsUndefined(v) {
			m.fill(l, v)
		}
		return nil
	})
	m.proto = proto
	method := func(name string, n int, f func(l *headerList, args []string) goja.Value) {
		rt.SetOperation(proto, name, n, func(call goja.FunctionCall) goja.Value {
			l := m.list(call.This)
			need(rt, call, n, "Headers."+name)
			args := make([]string, n)
			for i := range n {
				args[i] = byteString(rt, call.Argument(i), "Headers."+name, [...]string{"name", "value"}[i])
			}
			return f(l, args)
		})
	}
	undefined := goja.Undefined()
	method("append", 2, func(l *headerList, args []string) goja.Value {
		m.add(l, args[0], args[1])
		return undefined
	})
	method("delete", 1, func(l *headerList, args []string) goja.Value {
		m.name(args[0], "delete")
		m.mutable(l)
		l.remove(args[0])
		return undefined
	})
	method("get", 1, func(l *headerList, args []string) goja.Value {
		if h := l.find(strings.ToLower(m.name(args[0], "get"))); h != nil {
			return m.vm.ToValue(h.value())
		}
		return goja.Null()
	})
	method("has", 1, func(l *headerList, args []string) goja.Value {
		return m.vm.ToValue(l.find(strings.ToLower(m.name(args[0], "has"))) != nil)
	})
	method("set", 2, func(l *headerList, args []string) goja.Value {
		name, value := m.name(args[0], "set"), m.value(args[1], "set")
		m.mutable(l)
		l.set(name, value)
		return undefined
	})
	method("getSetCookie", 0, func(l *headerList, _ []string) goja.Value {
		cookies := []any{}
		if h := l.find("set-cookie"); h != nil {
			for _, v := range h.values {
				cookies = append(cookies, v)
			}
		}
		return m.vm.NewArray(cookies...)
	})
	m.pairs = pairs{rt: rt, name: "Headers", open: func(this goja.Value) (int, func(int) (key, value goja.Value)) {
		lines := m.list(this).lines()
		return len(lines), func(i int) (key, value goja.Value) {
			return m.vm.ToValue(lines[i].lower), m.vm.ToValue(lines[i].values[0])
		}
	}}
	m.pairs.define(proto, func(this goja.Value) goja.Value {
		o := m.vm.NewObject()
		for _, h := range m.list(this).fields {
			o.Set(h.name, h.value())
		}
		return o
	})
	exports := m.vm.NewObject()
	exports.Set("Headers", class)
	m.defineNatives(exports)
	return exports
}

// defineNatives gives requests and responses what they do with lists beyond what scripts may.
func (m *headers) defineNatives(exports *goja.Object) {
	wrap := func(l *headerList) goja.Value { return m.rt.NewObject(m.proto, l) }
	// copy(headers) is another Headers with the same fields, that may be changed.
	m.rt.SetOperation(exports, "copy", 1, func(call goja.FunctionCall) goja.Value { return wrap(m.list(call.Argument(0)).clone()) })
	// clone(headers) is another Headers that may be changed if the first may.
	m.rt.SetOperation(exports, "clone", 1, func(call goja.FunctionCall) goja.Value {
		l := m.list(call.Argument(0))
		c := l.clone()
		c.immutable = l.immutable
		return wrap(c)
	})
	m.rt.SetOperation(exports, "freeze", 1, func(call goja.FunctionCall) goja.Value {
		m.list(call.Argument(0)).immutable = true
		return call.Argument(0)
	})
	// received(rawHeaders) is the Headers of a message that has come in.
	m.rt.SetOperation(exports, "received", 1, func(call goja.FunctionCall) goja.Value {
		l := &headerList{immutable: true}
		raw := call.Argument(0).ToObject(m.vm)
		for i, n := 0, int(raw.Get("length").ToInteger()); i+1 < n; i += 2 {
			l.append(strings.ToLower(raw.Get(index(i)).String()), strings.Trim(raw.Get(index(i+1)).String(), httpSpace))
		}
		return wrap(l)
	})
	// lines(headers, array, all) appends names and values to an array, as they go out; unless all of them, not those that the
	// connection sets.
	m.rt.SetOperation(exports, "lines", 2, func(call goja.FunctionCall) goja.Value {
		out := call.Argument(1).ToObject(m.vm)
		n := int(out.Get("length").ToInteger())
		for _, h := range m.list(call.Argument(0)).fields {
			switch h.lower {
			case "host", "connection", "content-length":
				if !call.Argument(2).ToBoolean() {
					continue
				}
			}
			out.Set(index(n), h.name)
			out.Set(index(n+1), h.value())
			n += 2
		}
		return out
	})
}

// Uncloneable implements runtime.Uncloneable.
func (*headerList) Uncloneable() {}
