package fast

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// hasNamed is key in object, for what neither a script nor a built-in object of another kind is asked about. ok is false where that is not known.
func hasNamed(object, key *layout.Words) (has, ok bool) {
	if object.Tab != objectTab {
		return false, false
	}
	self := layout.SelfOf((*goja.Object)(object.Data))
	if self.Tab == arrayTab && key.Tab == intTab {
		a := (*layout.ArrayObject)(self.Data)
		if i := intOf(key); uint64(i) < uint64(len(a.Values)) && a.Values[i] != nil {
			return true, true
		} else if i < 0 {
			return false, false
		}
		return false, noElements(a.Prototype)
	}
	if key.Tab != asciiTab {
		return false, false
	}
	v, ok := findKeyed(self, unistring.String(textOf(key)))
	return v != nil, ok
}

// instanceOf is value instanceof class, where the class is a script's and has not said itself what its instances are.
func instanceOf(rt *goja.Runtime, value, class *layout.Words) (is, ok bool) {
	if class.Tab != objectTab {
		return false, false
	}
	functions := *layout.At[*goja.Object](unsafe.Pointer(rt), facts.FunctionPrototype)
	for c := (*goja.Object)(class.Data); c != functions; c = layout.BaseOf(c).Prototype {
		if c == nil {
			return false, false
		}
		k := kindOf(layout.SelfOf(c))
		if !(k.constructs || k.class) || k.templated || layout.BaseOf(c).SymValues != nil {
			return false, false
		}
	}
	v := layout.BaseOf((*goja.Object)(class.Data)).Values["prototype"]
	if v == nil {
		return false, false
	}
	if v, ok = data(v); !ok || wordsOf(&v).Tab != objectTab {
		return false, false
	}
	prototype := (*goja.Object)(wordsOf(&v).Data)
	if value.Tab != objectTab {
		return false, true
	}
	for o := (*goja.Object)(value.Data); ; {
		self := layout.SelfOf(o)
		if self.Tab != baseTab && self.Tab != arrayTab {
			k := kindOf(self)
			if k.templated && prototypeUnmade(self) {
				return false, false
			} else if !k.mapped() && !k.callable && !k.class && k.elements == nil && k.entries == unknownNative {
				return false, false
			}
		}
		if o = layout.BaseOf(o).Prototype; o == nil || o == prototype {
			return o != nil, true
		}
	}
}
