package fast

import (
	"strconv"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

func decimal(i int64) string { return strconv.FormatInt(i, 10) }

// getNamed reads a property that is found in ordinary objects, on the way to where it is.
func getNamed(w *layout.Words, name unistring.String) (goja.Value, bool) {
	switch w.Tab {
	case objectTab:
		self := layout.SelfOf((*goja.Object)(w.Data))
		for self.Tab == baseTab {
			base := (*layout.BaseObject)(self.Data)
			if v := lookup(base.Values, name); v != nil {
				return data(v)
			}
			if base.Prototype == nil {
				return nil, false
			}
			self = layout.SelfOf(base.Prototype)
		}
		if self.Tab == arrayTab && name == "length" {
			return intValue(int64((*layout.ArrayObject)(self.Data).Length)), true
		}
	case asciiTab:
		if name == "length" {
			return intValue(int64(len(textOf(w)))), true
		}
	case unicodeTab:
		if name == "length" {
			return intValue(int64(len(*(*[]uint16)(w.Data)) - 1)), true
		}
	}
	return nil, false
}

// data gives what a property holds: itself, or, of one that lacks an attribute, its value. It is nil and false for an accessor.
func data(v goja.Value) (goja.Value, bool) {
	w := layout.WordsOf(v)
	if w.Tab != propertyTab {
		return v, true
	}
	p := (*layout.ValueProperty)(w.Data)
	if p.Accessor || p.Value == nil {
		return nil, false
	}
	return p.Value, true
}

// setNamed writes an own property that an ordinary object has.
func setNamed(w *layout.Words, name unistring.String, v goja.Value) bool {
	if w.Tab != objectTab {
		return false
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != baseTab {
		return false
	}
	return replace((*layout.BaseObject)(self.Data).Values, name, v)
}

// getIndexed reads an element of a dense array, a typed array or an ASCII string.
func getIndexed(o, key *layout.Words) (goja.Value, bool) {
	if key.Tab != intTab {
		return nil, false
	}
	i := intOf(key)
	switch o.Tab {
	case objectTab:
		self := layout.SelfOf((*goja.Object)(o.Data))
		if self.Tab == arrayTab {
			values := (*layout.ArrayObject)(self.Data).Values
			if uint64(i) < uint64(len(values)) {
				v := values[i]
				return v, v != nil && layout.WordsOf(v).Tab != propertyTab
			}
			return nil, false
		}
		if k := kindOf(self); k != nil && k.elements != nil {
			return getElement(k, (*layout.TypedArrayObject)(self.Data), i)
		}
	case asciiTab:
		if s := textOf(o); uint64(i) < uint64(len(s)) {
			return asciiValue(s[i : i+1]), true
		}
	}
	return nil, false
}

// setIndexed writes an element that a dense array or a typed array has, or that comes behind the last of an array.
func setIndexed(o, key *layout.Words, v goja.Value) bool {
	if key.Tab != intTab || o.Tab != objectTab {
		return false
	}
	i := intOf(key)
	self := layout.SelfOf((*goja.Object)(o.Data))
	if self.Tab == arrayTab {
		values := (*layout.ArrayObject)(self.Data).Values
		if uint64(i) < uint64(len(values)) && values[i] != nil && layout.WordsOf(values[i]).Tab != propertyTab {
			values[i] = v
			return true
		}
		return false
	}
	if k := kindOf(self); k != nil && k.elements != nil {
		return setElement(k, (*layout.TypedArrayObject)(self.Data), i, wordsOf(&v))
	}
	return false
}

func wordsOf(v *goja.Value) *layout.Words { return (*layout.Words)(unsafe.Pointer(v)) }

func lookup(m map[unistring.String]goja.Value, name unistring.String) goja.Value { return m[name] }

// replace changes a property that is there, writable and no accessor.
func replace(m map[unistring.String]goja.Value, name unistring.String, v goja.Value) bool {
	old := m[name]
	if old == nil || layout.WordsOf(old).Tab == propertyTab {
		return false
	}
	m[name] = v
	return true
}
