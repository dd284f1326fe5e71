// Package globals is the private module behind the global functions that belong to no other: queueMicrotask,
// and gc where it is asked for. Loop goroutine only.
package globals

import (
	goruntime "runtime"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is "internal/globals".
var Module = &runtime.Module{Name: "internal/globals", Private: true, Binding: binding, Globals: []runtime.Global{
	{Name: "queueMicrotask", Enumerable: true}, {Name: "Navigator"}, {Name: "navigator", Enumerable: true, Accessor: true},
}}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	settled, resolve, _ := vm.NewPromise()
	resolve(goja.Undefined())
	promise := vm.ToValue(settled).(*goja.Object)
	then := rt.Member(promise, "then")
	rt.SetFunc(o, "queueMicrotask", 1, func(call goja.FunctionCall) goja.Value {
		callback := call.Argument(0)
		rt.ValidateFunction(callback, "callback")
		async := rt.Async.Start("Microtask", nil)
		rt.Apply(then, promise, rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			scope := rt.Async.Enter(async)
			// Unlike a promise's reaction, a microtask that throws is an uncaught exception.
			if ex := vm.Try(func() { rt.Apply(callback, goja.Undefined()) }); ex != nil {
				rt.Uncaught(ex.Value(), "uncaughtException", ex)
			}
			scope.Leave()
			rt.Async.End(async)
			return goja.Undefined()
		}))
		return goja.Undefined()
	})
	navigator(rt, o)
	rt.SetFunc(o, "gc", 0, func(goja.FunctionCall) goja.Value {
		goruntime.GC()
		return goja.Undefined()
	})
	return o
}
