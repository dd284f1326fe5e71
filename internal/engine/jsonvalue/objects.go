package jsonvalue

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// objects reaches the properties of goja's ordinary objects and dense arrays: its API makes a list of keys and looks each
// up again, which is most of the cost of a message. Where goja is not as expected, nothing of this is used.
type objects struct {
	facts                           *layout.Facts
	objectPrototype, arrayPrototype *goja.Object
}

func newObjects(vm *goja.Runtime) (l objects) {
	l.facts, _ = layout.Find(vm)
	l.objectPrototype, l.arrayPrototype = vm.NewObject().Prototype(), vm.NewArray().Prototype()
	return l
}

// plain gives the implementation of an ordinary object with Object.prototype, or nil.
func (l *objects) plain(o *goja.Object) *layout.BaseObject {
	if l.facts == nil || layout.SelfOf(o).Tab != l.facts.Base {
		return nil
	}
	if base := layout.BaseOf(o); base.Prototype == l.objectPrototype && base.Class == "Object" {
		return base
	}
	return nil
}

// ordinary gives the implementation of an ordinary object, or nil.
func (l *objects) ordinary(o *goja.Object) *layout.BaseObject {
	if l.facts == nil || layout.SelfOf(o).Tab != l.facts.Base {
		return nil
	}
	if base := layout.BaseOf(o); base.Class == "Object" {
		return base
	}
	return nil
}

// dense gives the implementation of an array with Array.prototype and no named properties of its own, or nil.
func (l *objects) dense(o *goja.Object) *layout.ArrayObject {
	if l.facts == nil || layout.SelfOf(o).Tab != l.facts.Array {
		return nil
	}
	if a := (*layout.ArrayObject)(layout.SelfOf(o).Data); a.Prototype == l.arrayPrototype && len(a.PropNames) == 1 {
		return a
	}
	return nil
}

// ordered tells whether the names stand in the order in which they are enumerated: the engine moves indexes to the
// front when they are first asked for.
func ordered(base *layout.BaseObject, names []unistring.String) bool {
	for _, name := range names[min(base.LastSortedPropLen, len(names)):] {
		if len(name) > 0 && name[0]-'0' <= 9 {
			return false
		}
	}
	return true
}

// data tells a value that can be used as it is from an accessor or a property that may not be enumerable.
func (l *objects) data(v goja.Value) bool { return layout.WordsOf(v).Tab != l.facts.Property }

// element is what a dense array holds at i, false for holes and all that has to be asked for.
func (l *objects) element(a *layout.ArrayObject, i int) (goja.Value, bool) {
	if i >= len(a.Values) || a.Values[i] == nil || !l.data(a.Values[i]) {
		return nil, false
	}
	return a.Values[i], true
}
