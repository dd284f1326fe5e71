package operators

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// For the message that something is no function the engine converts it to a string first, which may run a script's toString, or fail.

var calls, variadicCalls, instances program.Over

func call(data unsafe.Pointer, vm *layout.VM) {
	callCallee(&calls, data, vm, vm.SP-int(*(*uint32)(data))-1)
}

func variadicCall(data unsafe.Pointer, vm *layout.VM) {
	callCallee(&variadicCalls, data, vm, vm.SP-program.VariadicArgs(vm)-1)
}

// callCallee calls what lies at a place of the stack, above the receiver. That of an arrow function the engine forgets, but stacks of errors
// show it.
func callCallee(o *program.Over, data unsafe.Pointer, vm *layout.VM, at int) {
	f, ok := vm.Stack[at].(*goja.Object)
	if ok && layout.ClassOf(layout.SelfOf(f)) == layout.ClassArrow {
		receiver := vm.Stack[at-1]
		o.Engine(data, vm)
		vm.Stack[at] = receiver
		return
	}
	callable(vm, vm.Stack[at])
	o.Engine(data, vm)
}

func instance(data unsafe.Pointer, vm *layout.VM) {
	if o, ok := vm.Stack[vm.SP-1].(*goja.Object); ok && !isFunction(o) {
		if f := o.GetSymbol(goja.SymHasInstance); f == nil || goja.IsUndefined(f) || goja.IsNull(f) {
			panic(vm.Runtime.NewTypeError("Right-hand side of 'instanceof' is not callable"))
		}
	}
	instances.Engine(data, vm)
}

func isFunction(o *goja.Object) bool {
	switch self := layout.SelfOf(o); layout.ClassOf(self) {
	case layout.ClassFunc, layout.ClassMethod, layout.ClassArrow, layout.ClassConstructor:
		return true
	default:
		if self.Tab == layout.Found().NativeFunc {
			return true
		}
	}
	_, ok := goja.AssertFunction(o)
	return ok
}

// callable throws for an object or a symbol that cannot be called; the words are found later.
func callable(vm *layout.VM, callee goja.Value) {
	switch v := callee.(type) {
	case *goja.Object:
		if isFunction(v) {
			return
		}
	case *goja.Symbol:
	default:
		return
	}
	panic(vm.Runtime.NewTypeError("Not a function: "))
}

// Callees is the pass that asks nobody what a value is called that is no function.
func Callees(c program.Code) {
	for i := range c.Len() {
		switch c.Op(i) {
		case program.Call:
			calls.Set(c, i, call)
		case program.CallVariadic:
			variadicCalls.Set(c, i, variadicCall)
		case program.OpInstanceof:
			instances.Set(c, i, instance)
		}
	}
}
