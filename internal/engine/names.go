package engine

import (
	"iter"
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/utf"
)

// Names of properties are text of any UTF-16 units. Go's strings have no surrogates that stand alone, so names that have some, which goja
// gives with U+FFFD in their place, are in WTF-8 here: other bytes than those of any other name, and understood by Named and TextValue.

// ExactText is a primitive string, in WTF-8.
func ExactText(v goja.Value) string {
	s, u := Chars(v)
	if u == nil {
		return s
	}
	return utf.WTF8(u)
}

// TextValue is the way back from ExactText.
func (e *Engine) TextValue(s string) goja.Value {
	if IsASCII(s) {
		return e.ASCIIValue(s)
	}
	if !utf.HasSurrogates(s) {
		return e.vm.ToValue(s)
	}
	return goja.StringFromUTF16(utf.Units(s))
}

// exactName is the engine's name of a property, of one in WTF-8.
func exactName(name string) unistring.String {
	if utf.HasSurrogates(name) {
		return unistring.FromUtf16(append([]uint16{unistring.BOM}, utf.Units(name)...))
	}
	return unistring.NewFromString(name)
}

// nameText is the way back.
func nameText(name unistring.String) string {
	if units := name.AsUtf16(); units != nil {
		return utf.WTF8(units[1:])
	}
	return name.String()
}

// Names lists an object's own enumerable properties with names, as Object.keys does. Loop goroutine only, inside Enter.
func (e *Engine) Names(o *goja.Object) []string { return e.exact(o, o.Keys(), "keys") }

// AllNames is Names of what is not enumerable, too.
func (e *Engine) AllNames(o *goja.Object) []string {
	return e.exact(o, o.GetOwnPropertyNames(), "getOwnPropertyNames")
}

func (e *Engine) exact(o *goja.Object, names []string, list string) []string {
	if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "\uFFFD") }) {
		return names
	}
	names = names[:0]
	e.ForOf(e.CallMethod(e.Intrinsic("Object"), list, o), func(v goja.Value) bool {
		names = append(names, ExactText(v))
		return true
	})
	return names
}

// Named reads the property of a name that Names or AllNames has given; it is nil if there is none.
func (e *Engine) Named(o *goja.Object, name string) goja.Value {
	if utf.HasSurrogates(name) {
		return e.CallMethod(e.Intrinsic("Reflect"), "get", o, e.TextValue(name))
	}
	return o.Get(name)
}

// DefineNamed gives an object a property of its own under the engine's name.
func (e *Engine) DefineNamed(o *goja.Object, name unistring.String, v goja.Value) {
	text := nameText(name)
	if !utf.HasSurrogates(text) {
		o.DefineDataProperty(text, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		return
	}
	d := e.vm.CreateObject(nil)
	d.Set("value", v)
	for _, flag := range [...]string{"writable", "enumerable", "configurable"} {
		d.Set(flag, true)
	}
	e.CallMethod(e.Intrinsic("Reflect"), "defineProperty", o, e.TextValue(text), d)
}

// Properties are the own enumerable properties with names, and their values: undefined for what is gone meanwhile.
func (e *Engine) Properties(o *goja.Object) iter.Seq2[string, goja.Value] {
	return func(yield func(string, goja.Value) bool) {
		for _, name := range e.Names(o) {
			v := e.Named(o, name)
			if v == nil {
				v = goja.Undefined()
			}
			if !yield(name, v) {
				return
			}
		}
	}
}
