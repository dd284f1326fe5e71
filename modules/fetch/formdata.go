package fetch

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// formEntry is a field of a form: a string or a File.
type formEntry struct {
	name  string
	value goja.Value
}

// formList is the state of a FormData.
type formList struct{ entries []formEntry }

// forms is the class FormData in one runtime.
type forms struct {
	rt    *runtime.Runtime
	vm    *goja.Runtime
	proto *goja.Object
	blobs *goja.Object // internal/blob
	pairs pairs
}

func (m *forms) list(v goja.Value) *formList {
	l, ok := m.rt.Slot(v).(*formList)
	if !ok {
		illegal(m.rt, v, m.proto)
	}
	return l
}

func (m *forms) is(v goja.Value, class string) bool {
	return m.vm.InstanceOf(v, m.blobs.Get(class).(*goja.Object))
}

func (m *forms) file(bits []any, name string, kind, modified goja.Value) goja.Value {
	options := m.vm.NewObject()
	options.Set("type", kind)
	if modified != nil {
		options.Set("lastModified", modified)
	}
	return m.rt.Construct(m.blobs.Get("File"), m.vm.NewArray(bits...), m.vm.ToValue(name), options)
}

// entry takes the arguments of append and set.
func (m *forms) entry(call goja.FunctionCall, method string) formEntry {
	need(m.rt, call, 2, "FormData."+method)
	v, filename := call.Argument(1), call.Argument(2)
	o, _ := v.(*goja.Object)
	isBlob := o != nil && m.is(o, "Blob")
	e := formEntry{name: scalars(m.rt, call.Argument(0))}
	if len(call.Arguments) == 3 && !isBlob {
		m.rt.Throw(typeError(m.rt, `FormData.%s: Expected value ("%s") to be an instance of Blob.`, method, shortly(m.rt, v)))
	}
	switch {
	case !isBlob:
		e.value = m.vm.ToValue(scalars(m.rt, v))
	case !goja.IsUndefined(filename):
		name, modified := scalars(m.rt, filename), orUndefined(o.Get("lastModified"))
		if goja.IsUndefined(modified) {
			modified = nil
		}
		e.value = m.file([]any{o}, name, o.Get("type"), modified)
	case m.is(o, "File"):
		e.value = o
	default:
		e.value = m.file([]any{o}, "blob", o.Get("type"), nil)
	}
	return e
}

func formDataBinding(rt *runtime.Runtime) *goja.Object {
	m := &forms{rt: rt, vm: rt.VM(), blobs: rt.Require("internal/blob")}
	class, proto := rt.Class("FormData", 0, func(call goja.ConstructorCall) *goja.Object {
		if !goja.IsUndefined(call.Argument(0)) {
			rt.Throw(typeError(rt, "FormData constructor: Argument 1 could not be converted to: undefined."))
		}
		rt.SetSlot(call.This, &formList{})
		return nil
	})
	m.proto = proto
	undefined := goja.Undefined()
	rt.SetOperation(proto, "append", 2, func(call goja.FunctionCall) goja.Value {
		l := m.list(call.This)
		e := m.entry(call, "append")
		l.entries = append(l.entries, e)
		return undefined
	})
	method := func(name string, f func(l *formList, name string) goja.Value) {
		rt.SetOperation(proto, name, 1, func(call goja.FunctionCall) goja.Value {
			l := m.list(call.This)
			need(rt, call, 1, "FormData."+name)
			return f(l, scalars(rt, call.Argument(0)))
		})
	}
	remove := func(l *formList, name string) {
		l.entries = slices.DeleteFunc(l.entries, func(e formEntry) bool { return e.name == name })
	}
	find := func(l *formList, name string) int {
		return slices.IndexFunc(l.entries, func(e formEntry) bool { return e.name == name })
	}
	method("delete", func(l *formList, name string) goja.Value {
		remove(l, name)
		return undefined
	})
	method("get", func(l *formList, name string) goja.Value {
		if i := find(l, name); i >= 0 {
			return l.entries[i].value
		}
		return goja.Null()
	})
	method("getAll", func(l *formList, name string) goja.Value {
		all := []any{}
		for _, e := range l.entries {
			if e.name == name {
				all = append(all, e.value)
			}
		}
		return m.vm.NewArray(all...)
	})
	method("has", func(l *formList, name string) goja.Value { return m.vm.ToValue(find(l, name) >= 0) })
	rt.SetOperation(proto, "set", 2, func(call goja.FunctionCall) goja.Value {
		l := m.list(call.This)
		e := m.entry(call, "set")
		if i := find(l, e.name); i >= 0 {
			rest := l.entries[i+1:]
			l.entries = append(l.entries[:i:i], e)
			for _, other := range rest {
				if other.name != e.name {
					l.entries = append(l.entries, other)
				}
			}
			return undefined
		}
		l.entries = append(l.entries, e)
		return undefined
	})
	m.pairs = pairs{rt: rt, name: "FormData", open: func(this goja.Value) (int, func(int) (key, value goja.Value)) {
		l := m.list(this)
		return len(l.entries), func(i int) (key, value goja.Value) {
			return m.vm.ToValue(l.entries[i].name), l.entries[i].value
		}
	}}
	m.pairs.define(proto, func(this goja.Value) goja.Value {
		o := m.vm.NewObject()
		byName := map[string][]any{}
		for _, e := range m.list(this).entries {
			byName[e.name] = append(byName[e.name], e.value)
			if all := byName[e.name]; len(all) == 1 {
				o.Set(e.name, e.value)
			} else {
				o.Set(e.name, m.vm.NewArray(all...))
			}
		}
		return o
	})
	exports := m.vm.NewObject()
	exports.Set("FormData", class)
	// isFormData(value)
	rt.SetOperation(exports, "isFormData", 1, func(call goja.FunctionCall) goja.Value {
		_, ok := rt.Slot(call.Argument(0)).(*formList)
		return m.vm.ToValue(ok)
	})
	// encode(form) is its bytes as multipart/form-data, and the boundary.
	rt.SetOperation(exports, "encode", 1, func(call goja.FunctionCall) goja.Value {
		boundary := fmt.Sprintf("----formdata-undici-0%011d", rand.Int64N(1e11))
		data := m.encode(m.list(call.Argument(0)), boundary)
		return m.vm.NewArray(rt.Uint8Array(nil, m.vm.ToValue(m.vm.NewArrayBuffer(data))), boundary)
	})
	// decode(form, bytes, boundary) adds the parts of a multipart/form-data body; what is wrong with it, if anything.
	rt.SetOperation(exports, "decode", 3, func(call goja.FunctionCall) goja.Value {
		data, _ := rt.Bytes(call.Argument(1))
		parts, err := parseMultipart(data, engine.EncodeString(call.Argument(2), engine.UTF8))
		if err != nil {
			return m.vm.ToValue(err.Error())
		}
		l := m.list(call.Argument(0))
		for _, p := range parts {
			l.entries = append(l.entries, formEntry{m.text(p.name), m.partValue(p)})
		}
		return undefined
	})
	return exports
}

// text is UTF-8 without a mark at its beginning, with what is none replaced.
func (m *forms) text(s string) string {
	return m.rt.DecodeString([]byte(strings.TrimPrefix(s, "\ufeff")), engine.UTF8).String()
}

func (m *forms) partValue(p formPart) goja.Value {
	if !p.isFile {
		return m.rt.DecodeString(p.body, engine.UTF8)
	}
	return m.file([]any{m.vm.NewArrayBuffer(bytes.Clone(p.body))}, m.text(p.filename), m.vm.ToValue(p.contentType), nil)
}

func newlines(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r", "\n"), "\n", "\r\n")
}

func escapeName(s string) string {
	return strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22").Replace(s)
}

func (m *forms) encode(l *formList, boundary string) []byte {
	var b bytes.Buffer
	for _, e := range l.entries {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary, escapeName(newlines(e.name)))
		file, ok := e.value.(*goja.Object)
		if !ok {
			b.WriteString("\r\n\r\n" + newlines(e.value.String()) + "\r\n")
			continue
		}
		kind := file.Get("type").String()
		if kind == "" {
			kind = "application/octet-stream"
		}
		fmt.Fprintf(&b, "; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n", escapeName(file.Get("name").String()), kind)
		data, _ := m.rt.Bytes(m.rt.CallMethod(m.blobs, "bytesOf", file))
		b.Write(data)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}

// Uncloneable implements runtime.Uncloneable.
func (*formList) Uncloneable() {}
