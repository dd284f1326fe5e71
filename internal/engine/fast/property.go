package fast

import (
	"strconv"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// charValue is a character of an ASCII string.
func charValue(s string, i int64) goja.Value { return asciiValue(s[i : i+1]) }

func decimal(i int64) string { return strconv.FormatInt(i, 10) }

// unmade tells whether a built-in object that has not got a property may make it, or its prototype, when it is asked.
func unmade(self *layout.Words, name unistring.String) bool {
	return (*layout.TemplatedObject)(self.Data).Tmpl.Props[name] != nil || prototypeUnmade(self)
}

// prototypeUnmade tells it of the prototype alone.
func prototypeUnmade(self *layout.Words) bool {
	t := (*layout.TemplatedObject)(self.Data)
	return !t.ProtoMaterialised && t.Tmpl.ProtoFactory != nil
}

// getProperty reads a property: it gives its value, or the function that it is read through; neither if that is the engine's affair.
func getProperty(vm *layout.VM, w *layout.Words, o *op) (v goja.Value, getter *goja.Object) {
	var object *goja.Object
	switch w.Tab {
	case objectTab:
		object = (*goja.Object)(w.Data)
	case asciiTab, unicodeTab:
		if object = *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), stringPrototype); object == nil {
			return nil, nil
		}
	default:
		return nil, nil
	}
	if s := o.inherited(object); s != nil {
		v = s.Value
	} else if o.kind == program.GetProp && o.lacking(object) {
		return undefined, nil
	} else {
		v = lookUp(object, o)
	}
	if v == nil || layout.WordsOf(v).Tab != propertyTab {
		return v, nil
	}
	p := (*layout.ValueProperty)(layout.WordsOf(v).Data)
	if !p.Accessor {
		return p.Value, nil
	}
	if w.Tab == objectTab && p.GetterFunc != nil && kindOf(layout.SelfOf(p.GetterFunc)).callable {
		return nil, p.GetterFunc
	}
	return nil, nil
}

// getNamed reads a property that is no accessor.
func getNamed(vm *layout.VM, w *layout.Words, o *op) (goja.Value, bool) {
	v, _ := getProperty(vm, w, o)
	return v, v != nil
}

// lookUp looks for a property in ordinary objects, from one to what it inherits from. It is nil for all that others have to look for.
func lookUp(receiver *goja.Object, o *op) goja.Value {
	name := *(*unistring.String)(o.in.Data)
	for object := receiver; ; {
		self := layout.SelfOf(object)
		known := self.Tab == baseTab
		if !known {
			if self.Tab == arrayTab {
				known = len(name) > 0 && name[0] > '9' && name != "length"
			}
			if !known {
				if k := kindOf(self); k.function() {
					if name == prototypeName {
						return o.lookup((*layout.BaseObject)(self.Data).Values, name)
					}
					known = true
				} else if k.ordinary || k.entries != unknownNative {
					known = true
				} else if !k.templated {
					return nil
				}
			}
		}
		base := (*layout.BaseObject)(self.Data)
		if object == receiver {
			if p := o.placeFor(self, name); p != nil {
				if p.Has() {
					return (*shapes.Object)(self.Data).SlotAt(p).Value
				}
			} else if v := o.lookup(base.Values, name); v != nil {
				o.learnPath(receiver, false)
				return v
			}
		} else if v := o.lookup(base.Values, name); v != nil {
			o.learnPath(receiver, false)
			return v
		}
		if !known && unmade(self, name) {
			return nil
		}
		if base.Prototype == nil {
			if o.kind != program.GetProp {
				return nil // The engine remembers the name of a function that is missing.
			}
			o.learnPath(receiver, true)
			return undefined
		}
		object = base.Prototype
	}
}

// getKeyed reads a property whose name is a value, of an ordinary object or what it inherits from.
func getKeyed(self *layout.Words, name unistring.String) (goja.Value, bool) {
	v, ok := findKeyed(self, name)
	switch {
	case !ok:
		return nil, false
	case v == nil:
		return undefined, true
	}
	return data(v)
}

// findKeyed finds such a property: nil if there is none. It is false where somebody would be asked.
func findKeyed(self *layout.Words, name unistring.String) (v goja.Value, ok bool) {
	for {
		templated := false
		if self.Tab != baseTab {
			k := kindOf(self)
			if templated = k.templated; !k.mapped() {
				return nil, false
			}
		}
		base := (*layout.BaseObject)(self.Data)
		if v := base.Values[name]; v != nil {
			return v, true
		}
		if templated && unmade(self, name) {
			return nil, false
		}
		if base.Prototype == nil {
			return nil, true
		}
		self = layout.SelfOf(base.Prototype)
	}
}

// setKeyed writes an own property of an ordinary object that has it already, or gets it here.
func setKeyed(self *layout.Words, name unistring.String, v goja.Value) bool {
	if self.Tab != baseTab {
		return false
	}
	b := (*layout.BaseObject)(self.Data)
	old := b.Values[name]
	if old == nil {
		if !b.Extensible || !shaped || name == "" || name[0] <= '9' {
			return false
		}
		s := shapes.Adopt(b)
		if s == nil {
			return false
		}
		if s = s.WithData(name); s == nil || !absent(b.Prototype, name) {
			return false
		}
		(*shapes.Object)(self.Data).Add(s.Added(), v)
		return true
	}
	if layout.WordsOf(old).Tab == propertyTab {
		return false
	}
	b.Values[name] = v
	return true
}

// lengthOf is the length of an array, a typed array or a string. A typed array's getter is mostly found where it was.
func (o *op) lengthOf(w *layout.Words) (int64, bool) {
	if w.Tab == objectTab {
		object := (*goja.Object)(w.Data)
		if self := layout.SelfOf(object); self.Tab != arrayTab && self.Tab != baseTab && kindOf(self).elements != nil {
			t := (*layout.TypedArrayObject)(self.Data)
			if s := o.inherited(object); s != nil && t.ViewedArrayBuf.Data != nil {
				return int64(t.Length), readBy(s.Value, typedArrayLength)
			}
			n, ok := typedLength(self)
			if ok {
				o.learnPath(object, false)
			}
			return n, ok
		}
	}
	return lengthOf(w)
}

// readBy tells whether a property is one of the language's own getters.
func readBy(v goja.Value, getter native) bool {
	w := layout.WordsOf(v)
	if w.Tab != propertyTab {
		return false
	}
	p := (*layout.ValueProperty)(w.Data)
	if p.GetterFunc == nil || layout.SelfOf(p.GetterFunc).Tab != nativeTab {
		return false
	}
	return nativeOf(&(*layout.NativeFuncObject)(layout.SelfOf(p.GetterFunc).Data).F) == getter
}

// typedLength is the length of a typed array, if that is still asked of the language's own getter.
func typedLength(self *layout.Words) (int64, bool) {
	if kindOf(self).elements == nil {
		return 0, false
	}
	t := (*layout.TypedArrayObject)(self.Data)
	if t.ViewedArrayBuf.Data == nil {
		return 0, false
	}
	for b := &t.BaseObject; ; {
		if v := b.Values["length"]; v != nil {
			return int64(t.Length), readBy(v, typedArrayLength)
		}
		if b.Prototype == nil {
			return 0, false
		}
		next := layout.SelfOf(b.Prototype)
		if next.Tab != baseTab && !kindOf(next).mapped() {
			return 0, false
		}
		b = (*layout.BaseObject)(next.Data)
	}
}

// lengthOf is the length of an array or a string.
func lengthOf(w *layout.Words) (int64, bool) {
	switch w.Tab {
	case objectTab:
		if self := layout.SelfOf((*goja.Object)(w.Data)); self.Tab == arrayTab {
			return int64((*layout.ArrayObject)(self.Data).Length), true
		} else if self.Tab != baseTab {
			return typedLength(self)
		}
	case asciiTab:
		return int64(len(textOf(w))), true
	case unicodeTab:
		return int64(len(*(*[]uint16)(w.Data)) - 1), true
	}
	return 0, false
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

// ordinary is an object that is no array, function or other of a kind of its own; nil for any other value.
func ordinary(w *layout.Words) *layout.BaseObject {
	return (*layout.BaseObject)(ofKind(w, baseTab))
}

// ofKind is what an object has whose type is one of the engine's, nil for any other value.
func ofKind(w *layout.Words, tab unsafe.Pointer) unsafe.Pointer {
	if w.Tab != objectTab {
		return nil
	}
	if self := layout.SelfOf((*goja.Object)(w.Data)); self.Tab == tab {
		return self.Data
	}
	return nil
}

// setNamed writes an own property that an ordinary object has, or gets here: the value at v, which is a place of the stack or a constant's.
func (n *numbers) setNamed(w *layout.Words, o *op, v *layout.Words) bool {
	if w.Tab != objectTab {
		return false
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != baseTab {
		return false
	}
	name := *(*unistring.String)(o.in.Data)
	if p := (*location)(atomic.LoadPointer(&o.place)); p != nil && p.Of((*layout.BaseObject)(self.Data)) {
		if p.Adds() {
			return addNamed(self, o, name, n.boxed(valueAt(v)))
		}
		if p.Has() {
			s := (*shapes.Object)(self.Data).SlotAt(p)
			if layout.WordsOf(s.Value).Tab == propertyTab {
				return false
			}
			n.store(&s.Value, v)
			return true
		}
	}
	if s := shapes.Adopt((*layout.BaseObject)(self.Data)); s != nil {
		p := s.Locate(name)
		if !p.Has() {
			return addNamed(self, o, name, n.boxed(valueAt(v)))
		}
		atomic.StorePointer(&o.place, unsafe.Pointer(p))
	}
	m := (*layout.BaseObject)(self.Data).Values
	if s := o.slotIn(m, name); s != nil {
		if layout.WordsOf(s.Value).Tab == propertyTab {
			return false
		}
		n.store(&s.Value, v)
		return true
	}
	old := m[name]
	if old == nil || layout.WordsOf(old).Tab == propertyTab {
		return false
	}
	m[name] = n.boxed(valueAt(v))
	return true
}

// arrayElement is an element of an array that is no accessor.
func arrayElement(a *layout.ArrayObject, i int64) (goja.Value, bool) {
	if uint64(i) >= uint64(len(a.Values)) {
		return nil, false
	}
	v := a.Values[i]
	return v, v != nil && layout.WordsOf(v).Tab != propertyTab
}

// elementOf reads an element of a typed array, a character of a string, or a property the name of which is a value.
func elementOf(vm *layout.VM, a, key *layout.Words) (i int64, f float64, v goja.Value, is result) {
	if key.Tab == intTab {
		at := intOf(key)
		if a.Tab == objectTab {
			self := layout.SelfOf((*goja.Object)(a.Data))
			if self.Tab != arrayTab {
				i, f, is = getElement(self, at)
			} else if array := (*layout.ArrayObject)(self.Data); at >= int64(array.Length) && noElements(array.Prototype) {
				return 0, 0, undefined, valueResult
			}
		} else if a.Tab == asciiTab {
			if s := textOf(a); uint64(at) < uint64(len(s)) {
				return 0, 0, charValue(s, at), valueResult
			} else if proto := *layout.At[*goja.Object](runtimeOf(vm), stringPrototype); at >= 0 && proto != nil && noElements(proto) {
				return 0, 0, undefined, valueResult
			}
		}
	} else if key.Tab == asciiTab && a.Tab == objectTab {
		if v, ok := getKeyed(layout.SelfOf((*goja.Object)(a.Data)), unistring.String(textOf(key))); ok {
			return 0, 0, v, valueResult
		}
	}
	return i, f, nil, is
}

// calleeIn is an element or a property that is about to be called.
func calleeIn(a, key *layout.Words) (goja.Value, bool) {
	if a.Tab != objectTab {
		return nil, false
	}
	self := layout.SelfOf((*goja.Object)(a.Data))
	if key.Tab == intTab && self.Tab == arrayTab {
		return arrayElement((*layout.ArrayObject)(self.Data), intOf(key))
	}
	if key.Tab != asciiTab {
		return nil, false
	}
	v, ok := getKeyed(self, unistring.String(textOf(key)))
	return v, ok && v != undefined // The engine remembers the name of a function that is missing.
}

// spreadInto gives an object of a literal the properties of another one.
func spreadInto(to, from *layout.Words) bool {
	if from.Tab == undefinedTab || from.Tab == nullTab {
		return true
	}
	a, b := plainObject(to), plainObject(from)
	return a != nil && b != nil && b.SymValues == nil && shapes.CopyInto(a, b, nil)
}

// plainObject is the ordinary object that a value is, nil for any other, and where there are no shapes.
func plainObject(w *layout.Words) *layout.BaseObject {
	if !shaped {
		return nil
	}
	return ordinary(w)
}

// assign is Object.assign of ordinary objects.
func assign(to *layout.Words, from []goja.Value) bool {
	a := plainObject(to)
	if a == nil {
		return false
	}
	for i := range from {
		w := wordsOf(&from[i])
		if w.Tab == undefinedTab || w.Tab == nullTab {
			continue
		}
		b := plainObject(w)
		if b == nil || b.SymValues != nil || !shapes.CopyInto(a, b, func(name unistring.String) bool { return absent(a.Prototype, name) }) {
			return false
		}
	}
	return true
}

// setIndexed writes a property that an object has, an element that a dense array or a typed array has, or that comes behind the last of an array.
func setIndexed(o, key *layout.Words, v goja.Value) bool {
	if o.Tab != objectTab {
		return false
	}
	if key.Tab == asciiTab {
		return setKeyed(layout.SelfOf((*goja.Object)(o.Data)), unistring.String(textOf(key)), v)
	}
	if key.Tab != intTab {
		return false
	}
	i := intOf(key)
	self := layout.SelfOf((*goja.Object)(o.Data))
	if self.Tab != arrayTab {
		return setElement(self, i, wordsOf(&v))
	}
	a := (*layout.ArrayObject)(self.Data)
	if uint64(i) < uint64(len(a.Values)) {
		if a.Values[i] == nil {
			if !a.Extensible || !noElements(a.Prototype) {
				return false
			}
			a.ObjCount++
		} else if layout.WordsOf(a.Values[i]).Tab == propertyTab {
			return false
		}
		a.Values[i] = v
		return true
	}
	if i != int64(len(a.Values)) {
		return false
	}
	if i == int64(a.Length) {
		if !appends(a) {
			return false
		}
		a.Length++
	} else if !a.Extensible || !noElements(a.Prototype) { // one of new Array(n), from the front on
		return false
	}
	a.Values = append(roomier(a.Values), v)
	a.ObjCount++
	return true
}

func wordsOf(v *goja.Value) *layout.Words { return (*layout.Words)(unsafe.Pointer(v)) }
