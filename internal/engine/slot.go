package engine

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// Go state of an ordinary object stands behind the engine's own structure of it, in one piece of memory: it costs no
// property, and a few nanoseconds to find. Objects of other kinds (functions, arrays, errors), and all where the
// engine is not as expected, have it under a symbol.

// held is where the layout's heldType keeps the state, behind the engine's object.
func (l *layout) held(base unsafe.Pointer) *any { return at[any](base, l.heldState) }

// holds tells whether the engine's object behind o is followed by a state.
func (l *layout) holds(self iface) bool {
	return self.typ == l.objectType && l.ok && unsafe.StringData(*at[string](self.data, l.class)) == unsafe.StringData(l.heldClass)
}

// slot carries a state as a property's value. A dynamic object is the cheapest thing in the engine that can hold a Go
// pointer and give it back.
type slot struct{ state any }

func (*slot) Get(string) goja.Value       { return nil }
func (*slot) Set(string, goja.Value) bool { return false }
func (*slot) Has(string) bool             { return false }
func (*slot) Delete(string) bool          { return false }
func (*slot) Keys() []string              { return nil }

// SetSlot attaches Go state to a JavaScript object, where no script can reach it.
func (e *Engine) SetSlot(o *goja.Object, state any) {
	l := &e.layout
	self := (*iface)(unsafe.Pointer(o))
	switch {
	case l.holds(*self):
		*l.held(self.data) = state
	case l.ok && self.typ == l.objectType && *at[string](self.data, l.class) == l.heldClass:
		larger := reflect.New(l.heldType)
		reflect.NewAt(l.heldType.Field(0).Type, larger.UnsafePointer()).Elem().Set(reflect.NewAt(l.heldType.Field(0).Type, self.data).Elem())
		base := larger.UnsafePointer()
		*at[string](base, l.class) = l.heldClass
		*l.held(base) = state
		self.data = base
	default:
		o.DefineDataPropertySymbol(e.slotSymbol, e.vm.NewDynamicObject(&slot{state}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		e.slotSymbols = true
	}
}

// Slot returns what SetSlot attached to v, to its prototypes or to what it is a Proxy of, or nil. Use it with a type assertion:
//
//	s, ok := e.Slot(call.This).(*socket)
func (e *Engine) Slot(v goja.Value) any {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	l := &e.layout
	self := objectSelf(o)
	if l.holds(self) {
		return *l.held(self.data)
	}
	if l.ok && self.typ == l.proxyType {
		if p, ok := o.Export().(goja.Proxy); ok && p.Target() != nil {
			return e.Slot(p.Target())
		}
		return nil
	}
	if e.slotSymbols {
		if held, ok := o.GetSymbol(e.slotSymbol).(*goja.Object); ok {
			if s, ok := held.Export().(*slot); ok {
				return s.state
			}
		}
	}
	if proto := o.Prototype(); proto != nil {
		return e.Slot(proto)
	}
	return nil
}

// NewObject makes an ordinary object with a prototype and Go state, as CreateObject and SetSlot together do.
func (e *Engine) NewObject(proto *goja.Object, state any) *goja.Object {
	l := &e.layout
	if !l.ok {
		o := e.vm.CreateObject(proto)
		e.SetSlot(o, state)
		return o
	}
	whole := reflect.New(l.wholeType).UnsafePointer()
	base := unsafe.Add(whole, l.wholeBase)
	o := (*goja.Object)(whole)
	*(*iface)(whole) = iface{l.objectType, base}
	*at[*goja.Runtime](whole, l.runtime) = e.vm
	*at[string](base, l.class) = l.heldClass
	*at[*goja.Object](base, l.object) = o
	*at[*goja.Object](base, l.prototype) = proto
	*at[bool](base, l.extensible) = true
	*at[map[unistring.String]goja.Value](base, l.values) = map[unistring.String]goja.Value{}
	*l.held(base) = state
	return o
}

// Bare tells whether an object made by NewObject has no properties of its own. It may be false for others.
func (e *Engine) Bare(o *goja.Object) bool {
	l := &e.layout
	self := objectSelf(o)
	return l.holds(self) && len(*at[map[unistring.String]goja.Value](self.data, l.values)) == 0 &&
		*at[unsafe.Pointer](self.data, l.symbols) == nil
}
