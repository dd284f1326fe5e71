package engine

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// What goja's API shows of objects only piece by piece, or by running scripts' code, is read here from the objects
// themselves: inspecting and comparing values needs that fast and without side effects.

// typedArray is the typed array that an object is, nil if it is none.
func typedArray(o *goja.Object) *layout.TypedArrayObject {
	if KindOf(o) != TypedArray {
		return nil
	}
	return (*layout.TypedArrayObject)(layout.SelfOf(o).Data)
}

// viewBytes is the one place that takes the memory of a view: length bytes of a buffer from offset on. Those of a detached buffer,
// or of one that has become too short for the view, are none.
func viewBytes(buffer *layout.ArrayBufferObject, offset, length int) []byte {
	end := offset + length
	if buffer == nil || buffer.Detached || offset < 0 || end < offset || end > len(buffer.Data) {
		return nil
	}
	return buffer.Data[offset:end:end]
}

func isPlain(v goja.Value) bool { return layout.WordsOf(v).Tab != layout.Found().Property }

// PlainValue reads an own data property of an ordinary object that is enumerable, writable and configurable. It is
// false for all other objects and properties, which are to be read the long way. Nothing is run.
func (e *Engine) PlainValue(o *goja.Object, key string) (goja.Value, bool) {
	if layout.SelfOf(o).Tab != e.facts.Base {
		return nil, false
	}
	v := layout.BaseOf(o).Values[exactName(key)]
	return v, v != nil && isPlain(v)
}

// PlainValues calls f with the name and value of each own property of an ordinary object, in their order, until it is false. It is
// false itself then, and where some property is none of PlainValue's, a symbol's or an index's. Nothing is run.
func (e *Engine) PlainValues(o *goja.Object, f func(name string, v goja.Value) bool) bool {
	if layout.SelfOf(o).Tab != e.facts.Base {
		return false
	}
	base := layout.BaseOf(o)
	if base.SymValues != nil || base.IdxPropCount > 0 {
		return false
	}
	for _, name := range base.PropNames {
		v := base.Values[name]
		if v == nil || !isPlain(v) || len(name) > 0 && name[0] >= '0' && name[0] <= '9' || !f(nameText(name), v) {
			return false
		}
	}
	return true
}

// Size is how many own properties with names an ordinary object has, -1 of others.
func (e *Engine) Size(o *goja.Object) int {
	if layout.SelfOf(o).Tab != e.facts.Base {
		return -1
	}
	return len(layout.BaseOf(o).Values)
}

// Elements gives the elements of an array whose storage is dense, nil for holes; an element that is an accessor or
// lacks an attribute makes it false. They must not be changed and are stale after running scripts.
func (e *Engine) Elements(o *goja.Object) ([]goja.Value, bool) {
	if layout.SelfOf(o).Tab != e.facts.Array {
		return nil, false
	}
	values := (*layout.ArrayObject)(layout.SelfOf(o).Data).Values
	for _, v := range values {
		if v != nil && !isPlain(v) {
			return nil, false
		}
	}
	return values, true
}

// OwnNonIndexNames lists the own string keys of an array or typed array that are not elements, enumerable or not,
// without walking the elements; false if it cannot tell.
func (e *Engine) OwnNonIndexNames(o *goja.Object) ([]string, bool) {
	if layout.SelfOf(o).Tab != e.facts.Array && KindOf(o) != TypedArray {
		return nil, false
	}
	names := layout.BaseOf(o).PropNames
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = nameText(n)
	}
	return list, true
}

// Entries lists the keys and values of a Map in turn, or the members of a Set. Nothing is run.
func Entries(o *goja.Object) []goja.Value {
	// A Map and a Set are the same but for their types.
	m := (*layout.MapObject)(layout.SelfOf(o).Data)
	return entries(m.M.IterFirst, true, KindOf(o) == MapObject)
}

// IteratorRest lists what a Map or Set iterator has still to give, without moving it: two values for each entry when
// pairs is true.
func IteratorRest(o *goja.Object) (items []goja.Value, pairs bool) {
	// Their iterators, too, are the same.
	it := (*layout.MapIterObject)(layout.SelfOf(o).Data)
	pairs = it.Kind == 2
	if it.Iter == nil || it.Iter.M == nil {
		return nil, pairs
	}
	entry := it.Iter.Cur
	// An entry that was deleted meanwhile has no key.
	for entry != nil && entry.Key == nil {
		entry = entry.IterPrev
	}
	if entry == nil {
		entry = it.Iter.M.IterFirst
	} else {
		entry = entry.IterNext
	}
	if KindOf(o) == SetIterator {
		items = entries(entry, true, false)
		if pairs {
			doubled := make([]goja.Value, 0, 2*len(items))
			for _, v := range items {
				doubled = append(doubled, v, v)
			}
			items = doubled
		}
		return items, pairs
	}
	return entries(entry, it.Kind != 1, it.Kind != 0), pairs
}

func entries(entry *layout.MapEntry, keys, values bool) (items []goja.Value) {
	for ; entry != nil; entry = entry.IterNext {
		if keys {
			items = append(items, entry.Key)
		}
		if values {
			v := entry.Value
			if v == nil {
				v = goja.Undefined()
			}
			items = append(items, v)
		}
	}
	return items
}

// BoxedValue is the primitive inside a Number, String, Boolean, BigInt or Symbol object.
func BoxedValue(o *goja.Object) goja.Value {
	switch self := layout.SelfOf(o).Data; KindOf(o) {
	case BoxedPrimitive:
		return (*layout.PrimitiveValueObject)(self).PValue
	case StringObject:
		return (*layout.StringObject)(self).Value
	}
	return goja.Undefined()
}
