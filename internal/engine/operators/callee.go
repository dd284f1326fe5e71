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
	if f, ok := vm.Stack[at].(*goja.Object); ok {
		switch self := layout.SelfOf(f); layout.ClassOf(self) {
		case layout.ClassArrow:
			receiver := vm.Stack[at-1]
			o.Engine(data, vm)
			vm.Stack[at] = receiver
			return
		case layout.ClassAsyncArrow:
			callAsyncArrow(vm, f, at)
			return
		case layout.ClassOther:
			if self.Tab == layout.Found().NativeFunc && passesOn(vm, f, at) {
				return
			}
		}
	}
	callable(vm, vm.Stack[at])
	o.Engine(data, vm)
}

//go:linkname startAsync github.com/dop251/goja.(*asyncRunner).start
func startAsync(r *layout.AsyncRunner, args int)

//go:linkname enterArrow github.com/dop251/goja.(*arrowFuncObject).vmCall
func enterArrow(f *layout.ArrowFuncObject, vm *layout.VM, args int)

// callAsyncArrow is callCallee for an async arrow function.
func callAsyncArrow(vm *layout.VM, f *goja.Object, at int) {
	receiver := vm.Stack[at-1]
	r := &layout.AsyncRunner{F: f, VmCall: func(vm *layout.VM, args int) {
		enterArrow((*layout.ArrowFuncObject)(layout.SelfOf(f).Data), vm, args)
		vm.Stack[vm.SP-args-1] = receiver
	}}
	startAsync(r, vm.SP-at-1)
	vm.Stack[vm.SP] = r.PromiseCap.Promise
	vm.SP++
	vm.PC++
}

// passesOn calls an async arrow function that Function.prototype.call is to call, and is false if f or the function is another.
func passesOn(vm *layout.VM, f *goja.Object, at int) bool {
	arrow, ok := vm.Stack[at-1].(*goja.Object)
	if !ok || layout.ClassOf(layout.SelfOf(arrow)) != layout.ClassAsyncArrow {
		return false
	}
	if name := f.Get("name"); name == nil || name.String() != "call" || f.Get("length").ToInteger() != 1 {
		return false
	}
	vm.Stack[at] = arrow
	if vm.SP == at+1 {
		vm.Stack[at-1] = goja.Undefined()
	} else {
		vm.Stack[at-1] = vm.Stack[at+1]
		copy(vm.Stack[at+1:], vm.Stack[at+2:vm.SP])
		vm.SP--
	}
	callAsyncArrow(vm, arrow, at)
	return true
}

//go:linkname toMethod github.com/dop251/goja.toMethod
func toMethod(v goja.Value) func(goja.FunctionCall) goja.Value

// instance asks objects that the engine takes for no functions, proxies among them, what their instances are. Each is asked once.
func instance(data unsafe.Pointer, vm *layout.VM) {
	class, ok := vm.Stack[vm.SP-1].(*goja.Object)
	if !ok || isPlainFunction(class) || isFunction(class) && !isProxy(class) {
		instances.Engine(data, vm)
		return
	}
	is := isInstance(vm.Runtime, vm.Stack[vm.SP-2], class)
	vm.SP--
	vm.Stack[vm.SP-1] = vm.Runtime.ToValue(is)
	vm.PC++
}

// isInstance is InstanceofOperator of ECMAScript. What functions inherit for that purpose knows no proxies in the engine.
func isInstance(rt *goja.Runtime, v goja.Value, class *goja.Object) bool {
	functions := *layout.At[*goja.Object](unsafe.Pointer(rt), layout.Found().FunctionPrototype)
	handler := class.GetSymbol(goja.SymHasInstance)
	if has := toMethod(handler); has != nil && (functions == nil || handler != functions.GetSymbol(goja.SymHasInstance)) {
		return has(goja.FunctionCall{This: class, Arguments: []goja.Value{v}}).ToBoolean()
	} else if !isFunction(class) {
		if has != nil {
			return false
		}
		panic(rt.NewTypeError("Right-hand side of 'instanceof' is not callable"))
	}
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	p := class.Get("prototype")
	prototype, ok := p.(*goja.Object)
	if !ok {
		if p == nil {
			p = goja.Undefined()
		}
		panic(rt.NewTypeError("Function has non-object prototype '%s' in instanceof check", p))
	}
	for o = o.Prototype(); o != nil; o = o.Prototype() {
		if o == prototype {
			return true
		}
	}
	return false
}

func isProxy(o *goja.Object) bool {
	_, ok := o.Export().(goja.Proxy)
	return ok
}

// isPlainFunction tells a function of a script's or of the engine's.
func isPlainFunction(o *goja.Object) bool {
	switch self := layout.SelfOf(o); layout.ClassOf(self) {
	case layout.ClassFunc, layout.ClassMethod, layout.ClassArrow, layout.ClassConstructor:
		return true
	default:
		return self.Tab == layout.Found().NativeFunc
	}
}

func isFunction(o *goja.Object) bool {
	if isPlainFunction(o) {
		return true
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
