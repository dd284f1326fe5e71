// Package module is Node's module "module": class Module of the CommonJS loader, which package runtime owns, with the
// functions around source maps and loader hooks. Its state belongs to the loop goroutine.
package module

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is the built-in module "module".
var Module = &runtime.Module{Name: "module", Binding: binding}

// Sys is the built-in module "sys", the old name of "util".
var Sys = &runtime.Module{Name: "sys", Binding: func(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	rt.CallMethod(rt.Require("process"), "emitWarning", vm.ToValue("sys is deprecated. Use `node:util` instead."),
		vm.ToValue("DeprecationWarning"), vm.ToValue("DEP0025"))
	return rt.Require("util")
}}

func binding(rt *runtime.Runtime) *goja.Object {
	class := rt.ModuleClass()
	rt.SetFunc(class, "findSourceMap", 1, func(goja.FunctionCall) goja.Value {
		// Source maps of scripts are not read, as in Node without --enable-source-maps.
		return goja.Undefined()
	})
	rt.SetFunc(class, "register", 3, register(rt))
	rt.SetFunc(class, "registerHooks", 1, registerHooks(rt))
	return class
}
