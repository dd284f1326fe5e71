package fast

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// forward calls the function of a script that a call of its method call or apply is about, as if it had been called itself. It is false if
// it is none.
func (m *machine) forward(o *op, sp *layout.Words, n int) (next *op, top *layout.Words, ok bool) {
	this := below(sp, n+2)
	if this.Tab != objectTab || !kindOf(layout.SelfOf((*goja.Object)(this.Data))).callable {
		return nil, nil, false
	}
	callee := above(this, 1)
	if nativeOf(&(*layout.NativeFuncObject)(layout.SelfOf((*goja.Object)(callee.Data)).Data).F) == functionApply {
		return m.apply(o, sp, n)
	}
	*callee = *this
	args := max(n-1, 0)
	if n == 0 {
		set(this, undefined)
	} else {
		m.copy(this, above(callee, 1))
		for at := above(callee, 1); n > 1; n-- {
			m.copy(at, above(at, 1))
			at = above(at, 1)
		}
		sp = below(sp, 1)
	}
	next, ok = m.call(o, callee, args)
	return next, sp, ok
}

// apply is forward for a list of arguments, the elements of an array that has nothing else.
func (m *machine) apply(o *op, sp *layout.Words, n int) (next *op, top *layout.Words, ok bool) {
	if n != 2 {
		return nil, nil, false
	}
	list := below(sp, 1)
	a := denseArray(list)
	if a == nil || !full(a) || a.PropValueCount != 0 || len(a.Values) > mostSpread {
		return nil, nil, false
	}
	at := below(m.room(sp, len(a.Values)), 4) // the function, apply, this, the list
	function := *at
	m.copy(at, above(at, 2))
	*above(at, 1) = function
	sp = above(at, 2+len(a.Values))
	copy(valuesAt(sp, len(a.Values)), a.Values)
	next, ok = m.call(o, above(at, 1), len(a.Values))
	return next, sp, ok
}
