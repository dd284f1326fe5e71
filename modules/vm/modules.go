package vm

import (
	_ "embed"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/source"
	"gonode/runtime"
)

//go:embed modules.js
var modulesSource string

// Modules is the private module with vm.Module and its kinds, loaded when a script uses them.
var Modules = &runtime.Module{Name: "internal/vm/modules", Private: true, Script: engine.NewScript("node:vm", &modulesSource), Binding: modulesBinding}

// modulesBinding is what modules.js needs of the graph of modules.
func modulesBinding(rt *runtime.Runtime) *goja.Object {
	m := rt.Value(key{}).(*module)
	vm := m.vm
	b := vm.NewObject()
	own := func(call goja.FunctionCall) *runtime.OwnModule { return rt.Slot(call.Argument(0)).(*runtime.OwnModule) }
	wrap := func(o *runtime.OwnModule) goja.Value { return rt.NewObject(nil, o) }
	set := func(name string, length int, f engine.Native) { rt.SetFunc(b, name, length, f) }
	set("isContext", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(m.contextOf(call.Argument(0)) != nil) })
	set("isNamespace", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(rt.IsModuleNamespace(call.Argument(0))) })
	set("text", 5, func(call goja.FunctionCall) goja.Value {
		c := m.contextOf(call.Argument(2))
		o := source.Options{Kind: source.Module, Context: c != nil, Referrer: m.referrer()}
		unit := rt.Scripts.Compile(call.Argument(1).String(), call.Argument(0).String(), o)
		m.setImporter(o.Referrer, call.Argument(4))
		run := func(unit *source.Unit) goja.Value {
			var v goja.Value
			var err error
			if c != nil {
				v, err = c.run(unit)
			} else {
				v, err = rt.Scripts.Run(unit)
			}
			if err != nil {
				m.rethrow(err)
			}
			return v
		}
		fill, _ := goja.AssertFunction(call.Argument(3))
		meta := func(meta *goja.Object) {
			if fill != nil {
				rt.Call(fill, goja.Undefined(), meta)
			}
		}
		return wrap(rt.ESModules().NewTextModule(unit, run, meta))
	})
	set("synthetic", 3, func(call goja.FunctionCall) goja.Value {
		var names []string
		rt.ForOf(call.Argument(1), func(n goja.Value) bool {
			names = append(names, n.String())
			return true
		})
		fn, _ := goja.AssertFunction(call.Argument(2))
		return wrap(rt.ESModules().NewSyntheticModule(call.Argument(0).String(), names, func() { rt.Call(fn, goja.Undefined()) }))
	})
	set("requests", 1, func(call goja.FunctionCall) goja.Value {
		var list []any
		for _, r := range own(call).Requests() {
			attributes := vm.CreateObject(nil)
			for _, a := range r.Attributes {
				attributes.Set(a[0], a[1])
			}
			o := vm.NewObject()
			o.Set("specifier", r.Specifier)
			o.Set("attributes", attributes)
			o.Set("phase", map[bool]string{false: "evaluation", true: "source"}[r.Source])
			list = append(list, o)
		}
		return vm.NewArray(list...)
	})
	set("requested", 2, func(call goja.FunctionCall) goja.Value {
		var list []*runtime.OwnModule
		rt.ForOf(call.Argument(1), func(v goja.Value) bool {
			list = append(list, engine.Held[*runtime.OwnModule](rt, v))
			return true
		})
		own(call).SetRequested(list)
		return goja.Undefined()
	})
	set("awaits", 2, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(own(call).Awaits(call.Argument(1).ToBoolean()))
	})
	set("link", 1, func(call goja.FunctionCall) goja.Value {
		o := own(call)
		if first, at := o.Unlinked(); first != nil {
			message := "module is not linked"
			if at != "" {
				message = "request for '" + at + "' can not be resolved on module '" + first.Name() + "' that is not linked"
			}
			rt.Throw(rt.NewError("ERR_VM_MODULE_LINK_FAILURE", message))
		}
		o.Link()
		return goja.Undefined()
	})
	set("status", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(own(call).Status()) })
	set("namespace", 1, func(call goja.FunctionCall) goja.Value { return own(call).Namespace() })
	set("failed", 1, func(call goja.FunctionCall) goja.Value { return own(call).Failed() })
	set("set", 3, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(own(call).Set(call.Argument(1).String(), call.Argument(2)))
	})
	set("evaluate", 3, func(call goja.FunctionCall) goja.Value {
		return m.evaluate(own(call), call.Argument(1), call.Argument(2).ToBoolean())
	})
	return b
}

// evaluate gives a promise of a module's evaluation. The engine cannot go on after stopping a module half way.
func (m *module) evaluate(o *runtime.OwnModule, timeout goja.Value, onSigint bool) goja.Value {
	if timeout.ToInteger() > 0 || onSigint {
		m.rt.Throw(m.rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "timeout and breakOnSigint of vm.Module.evaluate()"))
	}
	promise, resolve, reject := m.vm.NewPromise()
	o.Evaluate(func(failed *goja.Exception) {
		if failed != nil {
			reject(failed.Value())
		} else {
			resolve(goja.Undefined())
		}
	})
	return m.vm.ToValue(promise)
}

// referrer is a name by which import() tells one script from another.
func (m *module) referrer() string {
	m.referrers++
	return "vm:" + strconv.Itoa(m.referrers)
}

// setImporter makes import() of a script what importModuleDynamically says: a function, the main context's loader, or
// nothing, which fails. The arguments come between the specifier and the attributes.
func (m *module) setImporter(referrer string, v goja.Value, args ...goja.Value) {
	rt := m.rt
	if v == goja.Value(m.defaultLoader) {
		return
	}
	fn, callable := goja.AssertFunction(v)
	if !callable && !goja.IsUndefined(v) {
		rt.ThrowArgType("options.importModuleDynamically", v, "function")
	}
	rt.ESModules().SetImporter(referrer, func(specifier goja.Value, attributes *goja.Object) goja.Value {
		switch {
		case !callable:
			rt.Throw(rt.NewError("ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING"))
		case !rt.Config().Options.VMModules:
			rt.Throw(rt.NewError("ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG"))
		}
		list := append([]goja.Value{specifier}, args...)
		result := rt.Call(fn, goja.Undefined(), append(list, attributes)...)
		return rt.CallMethod(rt.Require("internal/vm/modules"), "imported", result)
	})
}

type key struct{}
