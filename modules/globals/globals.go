// Package globals is the private module behind the global functions that belong to no other: queueMicrotask,
// structuredClone, and gc where it is asked for. Loop goroutine only.
package globals

import (
	goruntime "runtime"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/errs"
	"gonode/runtime"
)

// Module is "internal/globals".
var Module = &runtime.Module{Name: "internal/globals", Private: true, Binding: binding, Globals: []runtime.Global{
	{Name: "queueMicrotask", Enumerable: true}, {Name: "structuredClone", Enumerable: true},
}}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	settled, resolve, _ := vm.NewPromise()
	resolve(goja.Undefined())
	promise := vm.ToValue(settled).(*goja.Object)
	then := promise.Get("then")
	rt.SetFunc(o, "queueMicrotask", 1, func(call goja.FunctionCall) goja.Value {
		callback := call.Argument(0)
		rt.ValidateFunction(callback, "callback")
		async := rt.StartAsync("Microtask", nil)
		rt.Apply(then, promise, vm.ToValue(func(goja.FunctionCall) goja.Value {
			scope := rt.EnterAsync(async)
			// Unlike a promise's reaction, a microtask that throws is an uncaught exception.
			if ex := vm.Try(func() { rt.Apply(callback, goja.Undefined()) }); ex != nil {
				rt.Uncaught(ex.Value(), "uncaughtException", ex)
			}
			scope.Leave()
			rt.EndAsync(async)
			return goja.Undefined()
		}))
		return goja.Undefined()
	})
	rt.SetFunc(o, "structuredClone", 1, func(call goja.FunctionCall) goja.Value { return structuredClone(rt, call) })
	rt.SetFunc(o, "gc", 0, func(goja.FunctionCall) goja.Value {
		goruntime.GC()
		return goja.Undefined()
	})
	return o
}

func structuredClone(rt *runtime.Runtime, call goja.FunctionCall) goja.Value {
	if len(call.Arguments) == 0 {
		rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_MISSING_ARGS", Message: "The value argument must be specified"}))
	}
	fail := func(message string) goja.Value {
		class := rt.Require("internal/domexception").Get("DOMException")
		o, err := rt.VM().New(class, rt.VM().ToValue(message), rt.VM().ToValue("DataCloneError"))
		if err != nil {
			panic(err)
		}
		return o
	}
	s := rt.NewSerializer(nil)
	s.CloneError = fail
	buffers := transferred(rt, call.Argument(1), fail)
	s.Transferred = map[*goja.Object]uint32{}
	for i, b := range buffers {
		s.Transferred[b] = uint32(i)
	}
	value := call.Arguments[0]
	if o, ok := value.(*goja.Object); ok && rt.Loaded("process") && o == rt.Require("process").Get("env") {
		value = o.Export().(goja.Proxy).Target() // an ordinary object to scripts
	}
	s.Header()
	s.Value(value)
	d := rt.NewDeserializer(s.Bytes())
	d.Buffers = map[uint32]goja.Value{}
	for i, b := range buffers {
		held := b.Export().(goja.ArrayBuffer)
		d.Buffers[uint32(i)] = rt.VM().ToValue(rt.VM().NewArrayBuffer(held.Bytes()))
		held.Detach()
	}
	if err := d.Header(); err != nil {
		rt.Throw(fail(err.Error()))
	}
	v, err := d.Value()
	if err != nil {
		rt.Throw(fail(err.Error()))
	}
	return v
}

// transferred lists the ArrayBuffers of options.transfer.
func transferred(rt *runtime.Runtime, options goja.Value, fail func(string) goja.Value) []*goja.Object {
	if goja.IsUndefined(options) || goja.IsNull(options) {
		return nil
	}
	o, ok := options.(*goja.Object)
	if !ok {
		rt.ThrowArgType("options", options, "Object")
	}
	list := o.Get("transfer")
	if list == nil || goja.IsUndefined(list) {
		return nil
	}
	var all []*goja.Object
	rt.VM().ForOf(list, func(v goja.Value) bool {
		b, ok := v.(*goja.Object)
		if ok {
			var held goja.ArrayBuffer
			held, ok = b.Export().(goja.ArrayBuffer)
			ok = ok && !held.Detached()
		}
		if !ok || slices.Contains(all, b) {
			rt.Throw(fail("Value at index " + strconv.Itoa(len(all)) + " in the transfer list cannot be transferred."))
		}
		all = append(all, b)
		return true
	})
	return all
}
