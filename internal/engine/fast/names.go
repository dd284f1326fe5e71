package fast

import (
	"slices"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
	"gonode/internal/engine/templates"
)

// What lists an object's properties asks for each by its name, and whether it is enumerable. For ordinary objects all of whose properties
// are plain values, and have names that are no numbers, all of that is seen at once.

// listed are the properties of an object in their order.
type listed struct {
	base   *layout.BaseObject
	shape  *shapes.Shape
	names  []unistring.String
	slots  []shapes.Slot
	values map[unistring.String]goja.Value
}

// list gives the properties of an object, false if it has any of another kind. Nothing may change before they have been used.
func list(v goja.Value) (l listed, ok bool) {
	w := wordsOf(&v)
	if w.Tab != objectTab || !shaped {
		return l, false
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != baseTab {
		return l, false
	}
	b := (*layout.BaseObject)(self.Data)
	l = listed{base: b, shape: shapes.Of(b), names: b.PropNames, values: b.Values}
	if l.shape != nil {
		l.slots = shapes.Slots(b.Values)
	}
	for i, name := range l.names {
		if name != "" && name[0]-'0' <= 9 {
			return l, false
		}
		if v := l.value(i); v == nil || wordsOf(&v).Tab == propertyTab {
			return l, false
		}
	}
	return l, true
}

func (l *listed) value(i int) goja.Value {
	if l.slots != nil {
		return l.slots[i].Value
	}
	return l.values[l.names[i]]
}

// keys are the names as values, which the caller may not change.
func (l *listed) keys() []goja.Value {
	if l.shape != nil {
		return l.shape.Keys()
	}
	keys := make([]goja.Value, len(l.names))
	for i, name := range l.names {
		keys[i] = shapes.KeyValue(name)
	}
	return keys
}

// ObjectClass are the functions of Object that are done here where that is quick.
func ObjectClass() []templates.Property {
	return []templates.Property{
		quickFunction("keys", func(rt *goja.Runtime, args []goja.Value) (goja.Value, bool) {
			l, ok := list(args[0])
			if !ok {
				return nil, false
			}
			return newList(rt, slices.Clone(l.keys()))
		}),
		quickFunction("values", func(rt *goja.Runtime, args []goja.Value) (goja.Value, bool) {
			l, ok := list(args[0])
			if !ok {
				return nil, false
			}
			values := make([]goja.Value, len(l.names))
			for i := range values {
				values[i] = l.value(i)
			}
			return newList(rt, values)
		}),
		quickFunction("entries", func(rt *goja.Runtime, args []goja.Value) (goja.Value, bool) {
			l, ok := list(args[0])
			if !ok {
				return nil, false
			}
			pairs := make([]goja.Value, len(l.names))
			for i, key := range l.keys() {
				pairs[i] = pair(rt, key, l.value(i))
			}
			return newList(rt, pairs)
		}),
		quickFunction("fromEntries", fromEntries),
	}
}

// quickFunction puts a function of at least one argument before one of the engine's that may refuse to do its work.
func quickFunction(name string, f func(rt *goja.Runtime, args []goja.Value) (goja.Value, bool)) templates.Property {
	return quickly(name, func(rt *goja.Runtime, call goja.FunctionCall) (goja.Value, bool) {
		if len(call.Arguments) == 0 || call.Arguments[0] == nil || Without.Natives {
			return nil, false
		}
		return f(rt, call.Arguments)
	})
}

func newList(rt *goja.Runtime, values []goja.Value) (goja.Value, bool) {
	proto := *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayPrototype)
	if proto == nil {
		return nil, false
	}
	return objectValue(shapes.NewArray(rt, proto, values)), true
}

// fromEntries makes an object of an array of arrays of a string and a value.
func fromEntries(rt *goja.Runtime, args []goja.Value) (goja.Value, bool) {
	entries, ok := plainElements(rt, args[0])
	if !ok || !shaped {
		return nil, false
	}
	o := shapes.New(rt, *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ObjectPrototype), min(len(entries), shapes.Most))
	for _, entry := range entries {
		a := denseArray(wordsOf(&entry))
		if a == nil || len(a.Values) < 2 {
			return nil, false
		}
		key, ok1 := arrayElement(a, 0)
		v, ok2 := arrayElement(a, 1)
		if !ok1 || !ok2 || wordsOf(&key).Tab != asciiTab || !shapes.Define(o, unistring.String(textOf(wordsOf(&key))), v) {
			return nil, false
		}
	}
	return objectValue(o), true
}

// iterable tells whether an object has, or inherits, a function that gives an iterator, and nobody is asked for it.
func iterable(o *goja.Object) bool {
	for ; o != nil; o = layout.BaseOf(o).Prototype {
		self := layout.SelfOf(o)
		if k := kindOf(self); self.Tab != baseTab && !k.mapped() && k.entries == unknownNative && k.elements == nil {
			return false
		}
		symbols := (*layout.OrderedMap)(layout.BaseOf(o).SymValues)
		if symbols == nil {
			continue
		}
		if v := valueIn(symbols, goja.SymIterator); v != nil {
			v, _ = data(v)
			_, callable := goja.AssertFunction(v)
			return callable
		}
	}
	return false
}

// ArrayFrom puts Array.from, of what is iterated over by the language's own means and of nothing else, before the engine's.
func ArrayFrom(rt *goja.Runtime, class *goja.Object) {
	askFirst(rt, class.Get("from"), func(rt *goja.Runtime, call goja.FunctionCall) (goja.Value, bool) {
		if len(call.Arguments) == 1 && call.Arguments[0] != nil && call.This == goja.Value(class) && shaped && !Without.Natives {
			if values, ok := plainElements(rt, call.Arguments[0]); ok && len(values) < mostDense {
				return newList(rt, slices.Clone(values))
			}
			if w := wordsOf(&call.Arguments[0]); w.Tab == objectTab {
				o := (*goja.Object)(w.Data)
				if k := kindOf(layout.SelfOf(o)); (k.entries != unknownNative || k.elements != nil) && iterable(o) {
					var values []goja.Value
					takeAll(rt, call.Arguments[0], func(v goja.Value) { values = append(values, v) })
					return newList(rt, values)
				}
			}
		}
		return nil, false
	})
}

// spreadIntoObject is for objects without shapes, as scripts that run once make them, beside what spreadInto does.
func spreadIntoObject(data unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	target, l, ok := vm.Stack[vm.SP-2], listed{}, false
	if wordsOf(&target).Tab == objectTab {
		l, ok = list(vm.Stack[vm.SP-1])
	}
	if !ok || l.base.SymValues != nil {
		spreadsIntoObject.Engine(data, vm)
		return
	}
	o := (*goja.Object)(wordsOf(&target).Data)
	for i, name := range l.names {
		if !shapes.Define(o, name, l.value(i)) {
			spreadsIntoObject.Engine(data, vm) // again, to the same end
			return
		}
	}
	vm.SP--
	vm.PC++
}

// enumeration goes over the names of an object that had no other properties, and inherited nothing enumerable, when the loop began.
type enumeration struct {
	listed
	all []goja.Value
	at  int
}

type enumNext func() (layout.EnumItem, enumNext)

func (e *enumeration) next() (layout.EnumItem, enumNext) {
	for e.at < len(e.all) {
		i := e.at
		e.at++
		var v goja.Value
		if e.shape != nil && shapes.Of(e.base) == e.shape {
			v = shapes.Slots(e.base.Values)[i].Value
		} else {
			v = e.base.Values[e.names[i]]
		}
		if v == nil || wordsOf(&v).Tab == propertyTab && !(*layout.ValueProperty)(wordsOf(&v).Data).Enumerable {
			continue
		}
		return layout.EnumItem{Name: e.all[i], Value: v}, e.next
	}
	return layout.EnumItem{}, nil
}

// fewNames is how many names an object may have whose are looked through.
const fewNames = 64

// inheritsNames tells whether there may be an enumerable property in an object or what it inherits from.
func inheritsNames(o *goja.Object) bool {
	for o != nil {
		self := layout.SelfOf(o)
		k := kindOf(self)
		b := (*layout.BaseObject)(self.Data)
		if self.Tab != baseTab && !k.mapped() || len(b.PropNames) > fewNames {
			return true
		}
		if k.templated && prototypeUnmade(self) {
			return true
		}
		for _, name := range b.PropNames {
			if v := b.Values[name]; v != nil && (wordsOf(&v).Tab != propertyTab || (*layout.ValueProperty)(wordsOf(&v).Data).Enumerable) {
				return true
			}
		}
		o = b.Prototype
	}
	return false
}

func enumerate(data unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	l, ok := list(vm.Stack[vm.SP-1])
	if !ok || inheritsNames(l.base.Prototype) {
		enumerates.Engine(data, vm)
		return
	}
	e := &enumeration{listed: l, all: l.keys()}
	if l.shape == nil {
		e.names = slices.Clone(l.names) // the engine changes them
	}
	item := layout.IterStackItem{}
	next := enumNext(e.next)
	*(*enumNext)(unsafe.Pointer(&item.F)) = next
	vm.IterStack = append(vm.IterStack, item)
	vm.SP--
	vm.PC++
}
