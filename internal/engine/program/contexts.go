package program

import (
	"iter"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// Contexts is what this package asks of a runtime's owner where scripts run in contexts of vm, which the engine, having one global
// object, does not know: they stand in with statements over an object that plays the global one. The objects of the with statements
// around what runs are given to it. Goroutine of the runtime.
type Contexts interface {
	// GlobalIn is the global object there, nil for the engine's own.
	GlobalIn(scopes iter.Seq[*goja.Object]) goja.Value
	// EvaluateIn runs a text as a script there and gives its completion value; false if that is the engine's own global scope.
	EvaluateIn(scopes iter.Seq[*goja.Object], text string) (goja.Value, bool)
}

// scopesOf are the objects of the with statements around what runs, the innermost first.
func scopesOf(vm *layout.VM) iter.Seq[*goja.Object] {
	return func(yield func(*goja.Object) bool) {
		for s := vm.Stash; s != nil; s = s.Outer {
			if s.Obj != nil && !yield(s.Obj) {
				return
			}
		}
	}
}

// evaluateIn runs a text in the context around what runs, if there is one.
func evaluateIn(vm *layout.VM, text string) (goja.Value, bool) {
	if c, ok := templates.Owner(vm.Runtime).(Contexts); ok {
		return c.EvaluateIn(scopesOf(vm), text)
	}
	return nil, false
}

// contextThis is what sloppy functions begin with that use this: where it is undefined or null, it is the global object of the context.
type contextThis struct{ Instr }

func (c *contextThis) exec(vm *layout.VM) {
	if v := vm.Stack[vm.SB]; goja.IsUndefined(v) || goja.IsNull(v) {
		if o, ok := templates.Owner(vm.Runtime).(Contexts); ok {
			if global := o.GlobalIn(scopesOf(vm)); global != nil {
				vm.Stack[vm.SB] = global
				vm.PC++
				return
			}
		}
	}
	c.Run(vm)
}

var contextThese = Table[contextThis]{Exec: (*contextThis).exec}

// Globals gives sloppy functions of programs that run in contexts the context's global object for a missing this.
func Globals(c Code) {
	if !c.opts.Context {
		return
	}
	for i := range c.Len() {
		if c.Op(i) == BoxThis {
			c.Set(i, contextThese.Instr(c, &contextThis{c.At(i)}))
		}
	}
}
