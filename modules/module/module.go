// Package module is Node's module "module": class Module of the CommonJS loader, which package runtime owns, with the
// functions around source maps and loader hooks. Its state belongs to the loop goroutine.
package module

import (
	"path"
	"reflect"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is the built-in module "module".
var Module = &runtime.Module{Name: "module", Binding: binding}

// Sys is the built-in module "sys", the old name of "util".
var Sys = &runtime.Module{Name: "sys", Binding: func(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	rt.CallMethod(rt.Require("process"), "emitWarning", vm.ToValue("sys is deprecated. Use util instead."),
		vm.ToValue("DeprecationWarning"), vm.ToValue("DEP0025"))
	return rt.Require("util")
}}

func binding(rt *runtime.Runtime) *goja.Object {
	class := rt.CommonJS().Class()
	sourceMaps(rt, class)
	rt.SetFunc(class, "register", 3, register(rt))
	rt.SetFunc(class, "registerHooks", 1, registerHooks(rt))
	compileCache(rt, class)
	rt.SetFunc(class, "stripTypeScriptTypes", 1, stripTypes(rt))
	rt.SetFunc(class, "findPackageJSON", 1, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			rt.Throw(rt.NewError("ERR_MISSING_ARGS", "specifier"))
		}
		specifier := call.Arguments[0]
		if _, symbol := specifier.(*goja.Symbol); symbol {
			rt.ValidateString(specifier, "specifier")
		}
		if ex := rt.VM().Try(func() { specifier = specifier.ToString() }); ex != nil {
			rt.ValidateString(call.Arguments[0], "specifier")
		}
		file := rt.CommonJS().FindPackageJSON(specifier.String(), baseURL(rt, call.Argument(1)))
		if file == "" {
			return goja.Undefined()
		}
		return rt.VM().ToValue(file)
	})
	return class
}

// baseURL is the URL of a module that is named by its URL or its path.
func baseURL(rt *runtime.Runtime, v goja.Value) string {
	if goja.IsUndefined(v) {
		return "data:"
	}
	if o, ok := v.(*goja.Object); ok && o.Get("href") != nil && o.Get("protocol") != nil {
		return o.Get("href").String()
	}
	url := rt.Require("url")
	if base := rt.ValidateString(v, "base"); path.IsAbs(base) {
		return rt.CallMethod(url, "pathToFileURL", v).(*goja.Object).Get("href").String()
	}
	return rt.Construct(url.Get("URL"), v).Get("href").String()
}

// compileCache defines what programs ask about a cache of compiled code, of which there is none: the engine's programs cannot be written to files.
func compileCache(rt *runtime.Runtime, class *goja.Object) {
	vm := rt.VM()
	status := vm.CreateObject(nil)
	for i, name := range [...]string{"FAILED", "ENABLED", "ALREADY_ENABLED", "DISABLED"} {
		status.Set(name, i)
	}
	constants := vm.CreateObject(nil)
	constants.Set("compileCacheStatus", status)
	for _, o := range [...]*goja.Object{status, constants} {
		rt.CallMethod(rt.Intrinsic("Object"), "freeze", o)
	}
	class.Set("constants", constants)
	rt.SetFunc(class, "enableCompileCache", 1, func(call goja.FunctionCall) goja.Value {
		directory := call.Argument(0)
		if o, ok := directory.(*goja.Object); ok {
			if directory = o.Get("directory"); directory == nil {
				directory = goja.Undefined()
			}
		}
		if !goja.IsUndefined(directory) && !goja.IsString(directory) {
			e := rt.NewPlainError("TypeError", "cacheDir should be a string") // Node's native words
			e.Set("code", "ERR_INVALID_ARG_TYPE")
			rt.Throw(e)
		}
		result := vm.NewObject()
		if disabled, _ := rt.Env().Get("NODE_DISABLE_COMPILE_CACHE"); disabled != "" {
			result.Set("status", 3)
			result.Set("message", "Disabled by NODE_DISABLE_COMPILE_CACHE")
			return result
		}
		result.Set("status", 0)
		result.Set("message", "gonode has no cache of compiled code")
		return result
	})
	rt.SetFunc(class, "getCompileCacheDir", 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
	rt.SetOperation(class, "flushCompileCache", 0, func(call goja.FunctionCall) goja.Value {
		if keep := call.Argument(0); !goja.IsUndefined(keep) && keep.ExportType() != reflect.TypeFor[bool]() {
			err := rt.NewPlainError("TypeError", "keepDeserializedCache should be a boolean")
			err.Set("code", "ERR_INVALID_ARG_TYPE")
			panic(err)
		}
		return goja.Undefined()
	})
}
