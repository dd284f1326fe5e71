package module

import (
	_ "embed"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed hooks.js
var hooksSource string

// Hooks is the private module that runs asynchronous hooks, in their own thread.
var Hooks = &runtime.Module{Name: "internal/module/hooks", Private: true, Script: engine.NewScript("node:internal/modules/esm/hooks", &hooksSource), Binding: hooksBinding}

// hooksBinding has resolve(specifier, context) and load(url, context), which are what comes after the last hook, conditions(), and
// import(specifier, parentURL, done, failed).
func hooksBinding(rt *runtime.Runtime) *goja.Object {
	b := rt.VM().NewObject()
	rt.SetFunc(b, "resolve", 2, func(call goja.FunctionCall) goja.Value {
		return rt.ESModules().DefaultResolve(call.Argument(0), call.Argument(1).(*goja.Object))
	})
	rt.SetFunc(b, "load", 2, func(call goja.FunctionCall) goja.Value {
		return rt.ESModules().DefaultLoad(call.Argument(0), call.Argument(1).(*goja.Object))
	})
	rt.SetFunc(b, "conditions", 0, func(goja.FunctionCall) goja.Value {
		return rt.ESModules().Conditions()
	})
	rt.SetFunc(b, "import", 4, func(call goja.FunctionCall) goja.Value {
		done, _ := goja.AssertFunction(call.Argument(2))
		failed, _ := goja.AssertFunction(call.Argument(3))
		rt.ESModules().Import(call.Argument(0).String(), call.Argument(1).String(), func(namespace *goja.Object, thrown goja.Value) {
			if thrown != nil {
				rt.Call(failed, goja.Undefined(), thrown)
			} else {
				rt.Call(done, goja.Undefined(), namespace)
			}
		})
		return goja.Undefined()
	})
	return b
}

// registerHooks is module.registerHooks.
func registerHooks(rt *runtime.Runtime) engine.Native {
	_, proto := rt.Class("ModuleHooks", 2, func(call goja.ConstructorCall) *goja.Object { return nil })
	rt.SetMethod(proto, "deregister", 0, func(call goja.FunctionCall) goja.Value {
		if deregister, ok := rt.Slot(call.This).(func()); ok {
			deregister()
		}
		return goja.Undefined()
	})
	id, number := goja.NewSymbol("kModuleHooksIdKey"), 0
	return func(call goja.FunctionCall) goja.Value {
		options := call.Argument(0)
		read := func(name string) goja.Value {
			if goja.IsUndefined(options) || goja.IsNull(options) {
				rt.Throw(rt.VM().NewTypeError("Cannot destructure property '%s' of 'hooks' as it is %s.", "resolve", options))
			}
			v := rt.Member(options.ToObject(rt.VM()), name)
			if v == nil {
				return goja.Undefined()
			}
			return v
		}
		resolve, load := read("resolve"), read("load")
		if resolve.ToBoolean() {
			rt.ValidateFunction(resolve, "hooks.resolve")
		}
		if load.ToBoolean() {
			rt.ValidateFunction(load, "hooks.load")
		}
		o := rt.NewObject(proto, rt.RegisterHooks(resolve, load))
		o.DefineDataPropertySymbol(id, goja.NewSymbol("module-hook-"+strconv.Itoa(number)), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
		number++
		o.Set("resolve", resolve)
		o.Set("load", load)
		rt.CallMethod(rt.Intrinsic("Object"), "freeze", o)
		return o
	}
}

// register is module.register.
func register(rt *runtime.Runtime) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		vm := rt.VM()
		if rt.Config().HookThread {
			rt.Throw(rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "register()"))
		}
		parent, options := call.Argument(1), call.Argument(2)
		if o, ok := parent.(*goja.Object); ok && (o.Get("href") == nil || o.Get("protocol") == nil) {
			options, parent = o, o.Get("parentURL")
		}
		if parent == nil || goja.IsUndefined(parent) || goja.IsNull(parent) {
			parent = vm.ToValue("data:")
		}
		data, list := goja.Value(goja.Undefined()), goja.Value(goja.Undefined())
		if o, ok := options.(*goja.Object); ok {
			if v := o.Get("data"); v != nil {
				data = v
			}
			if v := o.Get("transferList"); v != nil {
				list = v
			}
		}
		args := vm.NewArray(vm.ToValue(call.Argument(0).ToString()), vm.ToValue(parent.ToString()), data)
		rt.CallMethod(rt.Require("internal/worker/hooks"), "register", args, list)
		return goja.Undefined()
	}
}
