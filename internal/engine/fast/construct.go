package fast

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// The engine constructs in Go: it makes the object, runs the constructor behind a border of its own, and looks at what it has returned.
// Here the constructor of a class that extends none, or of an ordinary function, is entered as a function is. As below the engine's own
// frames of constructors lies one that says so, which stacks of errors are read from; its position is another, by which the
// instruction that returns knows that it has to look at the result.

// constructing is the position of that frame. One more, as a return leaves it, ends the engine's loop as well.
const constructing = -3

// prototypeName is what a constructor has its objects' prototype under.
const prototypeName unistring.String = "prototype"

// constructor gives what is needed to enter a constructor: nil if it is one that the engine has to run.
func (o *op) constructor(vm *layout.VM, w *layout.Words) (js *layout.BaseJsFuncObject, fn *function, instance goja.Value) {
	if w.Tab != objectTab {
		return nil, nil, nil
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	k := kindOf(self)
	if !k.constructs || !shaped {
		return nil, nil, nil
	}
	js = (*layout.BaseJsFuncObject)(self.Data)
	if k.class {
		if c := (*layout.ClassFuncObject)(self.Data); c.Derived || c.InitFields != nil || c.PrivateEnvType != nil {
			return nil, nil, nil
		}
	}
	if fn = functionOf(js.Prg); fn == nil || !fn.plainReturns {
		return nil, nil, nil
	}
	proto := o.lookup(js.Values, prototypeName)
	if proto == nil {
		return nil, nil, nil // the engine makes that of a function when it is first asked for
	}
	proto, _ = data(proto)
	if proto == nil || wordsOf(&proto).Tab != objectTab {
		return nil, nil, nil
	}
	return js, fn, objectValue(shapes.New(vm.Runtime, (*goja.Object)(wordsOf(&proto).Data), fn.room()))
}

// returns stand where functions return.
var returns program.Over

func returned(data unsafe.Pointer, vm *layout.VM) {
	returns.Engine(data, vm)
	if vm.PC == constructing+1 && vm.Prg == nil {
		constructed(vm, vm.Stack[vm.SP])
	}
}

// constructed goes on in the function that has constructed an object, the result of which is on top of the stack.
func constructed(vm *layout.VM, instance goja.Value) {
	if at := &vm.Stack[vm.SP-1]; wordsOf(at).Tab != objectTab {
		*at = instance
	}
	top := len(vm.CallStack) - 1
	c := &vm.CallStack[top]
	vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.PC, vm.SB, vm.Args =
		c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.PC+1, c.SB, c.Args
	*c = layout.Context{}
	vm.CallStack = vm.CallStack[:top]
}

// room is how many properties an object gets room for that a function constructs: as many as the ones before had in the end.
func (f *function) room() int {
	if n := int(f.properties.Load()); n > 0 {
		return n
	}
	return shapes.Most
}

// noteProperties notes how many properties an object has that a function has constructed.
func (f *function) noteProperties(w *layout.Words) {
	if w.Tab != objectTab {
		return
	}
	if self := layout.SelfOf((*goja.Object)(w.Data)); self.Tab == baseTab {
		if n := int32(min(len((*layout.BaseObject)(self.Data).PropNames), shapes.Most)); n > f.properties.Load() {
			f.properties.Store(n)
		}
	}
}
