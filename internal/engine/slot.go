package engine

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Go state of an ordinary object stands behind goja's own structure of it, in one piece of memory: it costs no property, and a
// few nanoseconds to find. Objects of other kinds (functions, arrays, errors) have it under a symbol.

// held is goja's ordinary object with a state. Its class is heldClass.
type held struct {
	layout.BaseObject
	state any
}

// whole is a goja.Object with its implementation in one allocation.
type whole struct {
	layout.Object
	held
}

// heldClass is "Object" at an address of its own, by which an object with a state is known.
var heldClass = unsafe.String(unsafe.SliceData(heldName[:]), len(heldName))

var heldName = [...]byte{'O', 'b', 'j', 'e', 'c', 't'}

// heldBy is the object with a state that an implementation is, nil if it is none.
func heldBy(self *layout.Words) *held {
	if self.Tab != layout.Found().Base {
		return nil
	}
	if base := (*layout.BaseObject)(self.Data); unsafe.StringData(base.Class) != &heldName[0] {
		return nil
	}
	return (*held)(self.Data)
}

// slot carries a state as a property's value. A dynamic object is the cheapest thing in goja that can hold a Go pointer and
// give it back.
type slot struct{ state any }

func (*slot) Get(string) goja.Value       { return nil }
func (*slot) Set(string, goja.Value) bool { return false }
func (*slot) Has(string) bool             { return false }
func (*slot) Delete(string) bool          { return false }
func (*slot) Keys() []string              { return nil }

// SetSlot attaches Go state to a JavaScript object, where no script can reach it.
func (e *Engine) SetSlot(o *goja.Object, state any) {
	self := layout.SelfOf(o)
	if h := heldBy(self); h != nil {
		h.state = state
		return
	}
	if self.Tab == e.facts.Base {
		if base := layout.BaseOf(o); base.Class == heldClass {
			larger := &held{BaseObject: *base, state: state}
			larger.Class = heldClass
			self.Data = unsafe.Pointer(larger)
			return
		}
	}
	o.DefineDataPropertySymbol(e.slotSymbol, e.vm.NewDynamicObject(&slot{state}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	e.slotSymbols = true
}

// Slot returns what SetSlot attached to v, to its prototypes or to what it is a Proxy of, or nil. Use it with a type assertion:
//
//	s, ok := rt.Slot(call.This).(*socket)
func (e *Engine) Slot(v goja.Value) any {
	o, ok := v.(*goja.Object)
	// Proxies that are prototypes of each other have no end.
	for range 10000 {
		if !ok || o == nil {
			return nil
		}
		self := layout.SelfOf(o)
		if h := heldBy(self); h != nil {
			return h.state
		}
		if self.Tab == e.facts.Proxy {
			o = (*layout.ProxyObject)(self.Data).Target
			continue
		}
		if e.slotSymbols {
			if holder, ok := o.GetSymbol(e.slotSymbol).(*goja.Object); ok {
				if s, ok := holder.Export().(*slot); ok {
					return s.state
				}
			}
		}
		o = o.Prototype()
	}
	return nil
}

// OwnSlot is Slot of an object that NewObject has made, and of nothing behind it.
func (e *Engine) OwnSlot(v goja.Value) any {
	if o, ok := v.(*goja.Object); ok {
		return StateOf(o)
	}
	return nil
}

// StateOf is the Go state of an ordinary object itself, nil if it has none. Loop goroutine only.
func StateOf(o *goja.Object) any {
	if h := heldBy(layout.SelfOf(o)); h != nil {
		return h.state
	}
	return nil
}

// NewObject makes an ordinary object with a prototype and Go state, as CreateObject and SetSlot together do.
func (e *Engine) NewObject(proto *goja.Object, state any) *goja.Object {
	w := &whole{}
	o := (*goja.Object)(unsafe.Pointer(&w.Object))
	w.Self = layout.Words{Tab: e.facts.Base, Data: unsafe.Pointer(&w.held)}
	w.Runtime = e.vm
	w.Class, w.Val, w.Prototype, w.Extensible = heldClass, o, proto, true
	w.Values = map[unistring.String]goja.Value{}
	w.state = state
	return o
}

// Bare tells whether an object made by NewObject has no properties of its own. It may be false for others.
func (e *Engine) Bare(o *goja.Object) bool {
	h := heldBy(layout.SelfOf(o))
	return h != nil && len(h.Values) == 0 && h.SymValues == nil
}
