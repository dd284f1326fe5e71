// Package util is module "util" and what belongs to it: util.types, TextEncoder and TextDecoder, MIMEType, parseArgs.
// What is small or much called is Go; the rest is JavaScript that loads when first asked for. It runs on the loop
// goroutine.
package util

import (
	_ "embed"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed functions.js
var functionsJS string

//go:embed parseargs.js
var parseArgsJS string

//go:embed mime.js
var mimeJS string

// Module is "util".
var Module = &runtime.Module{Name: "util", Binding: binding}

// Functions is the private module of the functions that wrap functions: promisify, deprecate, debuglog…
var Functions = &runtime.Module{Name: "internal/util/functions", Private: true, Binding: functionsBinding,
	Script: engine.NewScript("node:internal/util/functions", &functionsJS)}

// ParseArgs is the private module of util.parseArgs.
var ParseArgs = &runtime.Module{Name: "internal/util/parse_args", Private: true,
	Script: engine.NewScript("node:internal/util/parse_args", &parseArgsJS)}

// MIME is the private module of util.MIMEType.
var MIME = &runtime.Module{Name: "internal/mime", Private: true, Script: engine.NewScript("node:internal/mime", &mimeJS)}

func functionsBinding(rt *runtime.Runtime) *goja.Object {
	b := rt.VM().NewObject()
	b.Set("errname", rt.Require("internal/errors").Get("errname"))
	return b
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	// What Node makes when it is first read shows as such.
	later := func(module string, names ...string) {
		for _, name := range names {
			rt.DefineLazy(o, name, true, func() goja.Value { return rt.Require(module).Get(name) })
		}
	}
	inspect := rt.Require("internal/util/inspect")
	rt.DefineExports(o, "internal/util/functions", "_errnoException", "_exceptionWithHostPort")
	deprecated := func(name, message, code string, f goja.Value) {
		rt.DefineExport(o, name, func() goja.Value {
			return rt.CallMethod(rt.Require("internal/util/functions"), "deprecate", f, vm.ToValue(message), vm.ToValue(code))
		})
	}
	deprecated("_extend", "The `util._extend` API is deprecated. Please use Object.assign() instead.", "DEP0060", rt.Func("_extend", 2, func(call goja.FunctionCall) goja.Value {
		target, ok1 := call.Argument(0).(*goja.Object)
		source, ok2 := call.Argument(1).(*goja.Object)
		if _, callable := goja.AssertFunction(call.Argument(1)); ok1 && ok2 && !callable {
			keys := source.Keys()
			for i := len(keys) - 1; i >= 0; i-- {
				target.Set(keys[i], source.Get(keys[i]))
			}
		}
		return call.Argument(0)
	}))
	rt.DefineExports(o, "internal/util/functions", "callbackify")
	rt.SetFunc(o, "convertProcessSignalToExitCode", 1, func(call goja.FunctionCall) goja.Value { return exitCode(rt, call) })
	rt.DefineExports(o, "internal/util/functions", "debug", "debuglog", "deprecate")
	o.Set("format", inspect.Get("format"))
	rt.DefineExports(o, "internal/util/functions", "styleText")
	o.Set("formatWithOptions", inspect.Get("formatWithOptions"))
	rt.SetFunc(o, "getCallSites", 0, func(call goja.FunctionCall) goja.Value { return callSites(rt, call) })
	systemErrors(rt, o)
	rt.SetFunc(o, "inherits", 2, func(call goja.FunctionCall) goja.Value { return inherits(rt, call) })
	o.Set("inspect", inspect.Get("inspect"))
	deprecated("isArray", "The `util.isArray` API is deprecated. Please use `Array.isArray()` instead.", "DEP0044", rt.Member(rt.Intrinsic("Array"), "isArray"))
	rt.DefineExports(o, "internal/util/comparisons", "isDeepStrictEqual")
	rt.DefineExports(o, "internal/util/functions", "promisify")
	o.Set("stripVTControlCharacters", inspect.Get("stripVTControlCharacters"))
	rt.SetOperation(o, "toUSVString", 1, func(call goja.FunctionCall) goja.Value {
		return rt.DecodeString(engine.EncodeString(call.Argument(0).ToString(), engine.UTF8), engine.UTF8)
	})
	later("internal/util/functions", "transferableAbortSignal", "transferableAbortController", "aborted")
	o.Set("types", rt.Require("internal/util/types"))
	rt.SetFunc(o, "parseEnv", 1, func(call goja.FunctionCall) goja.Value {
		result := vm.NewObject()
		for _, kv := range ParseEnv(rt.ValidateString(call.Argument(0), "content")) {
			result.Set(kv[0], kv[1])
		}
		return result
	})
	rt.DefineExports(o, "internal/util/parse_args", "parseArgs")
	rt.DefineExports(o, "internal/encoding", "TextDecoder", "TextEncoder")
	rt.DefineExports(o, "internal/mime", "MIMEType", "MIMEParams")
	rt.SetFunc(o, "diff", 2, func(call goja.FunctionCall) goja.Value { return difference(rt, call) })
	rt.SetFunc(o, "setTraceSigInt", 1, func(call goja.FunctionCall) goja.Value {
		if call.Argument(0).ToBoolean() {
			rt.Throw(rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "util.setTraceSigInt(true)"))
		}
		return goja.Undefined()
	})
	return o
}

func inherits(rt *runtime.Runtime, call goja.FunctionCall) goja.Value {
	for i, name := range [...]string{"ctor", "superCtor"} {
		if v := call.Argument(i); goja.IsUndefined(v) || goja.IsNull(v) {
			rt.ThrowArgType(name, v, "Function")
		}
	}
	super := call.Argument(1).ToObject(rt.VM())
	proto := super.Get("prototype")
	if proto == nil || goja.IsUndefined(proto) {
		rt.ThrowArgType("superCtor.prototype", proto, "Object")
	}
	ctor, ok := call.Argument(0).(*goja.Object)
	if !ok {
		panic(rt.VM().NewTypeError("Object.defineProperty called on non-object"))
	}
	ctor.DefineDataProperty("super_", super, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	own, ok := ctor.Get("prototype").(*goja.Object)
	parent, ok2 := proto.(*goja.Object)
	if !ok || !ok2 && !goja.IsNull(proto) {
		panic(rt.VM().NewTypeError("Object prototype may only be an Object or null: %s", proto.String()))
	}
	if err := own.SetPrototype(parent); err != nil {
		panic(err)
	}
	return goja.Undefined()
}

// ParseEnv reads the text of a .env file: names and values in order.
func ParseEnv(text string) (list [][2]string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		trimmed := strings.TrimSpace(line)
		eq := strings.IndexByte(trimmed, '=')
		if trimmed == "" || trimmed[0] == '#' || eq < 0 {
			text = rest
			continue
		}
		name := strings.TrimSpace(trimmed[:eq])
		name = strings.TrimSpace(strings.TrimPrefix(name, "export "))
		value := strings.TrimLeft(text[strings.IndexByte(text, '=')+1:], " \t")
		text = rest
		if name == "" {
			continue
		}
		if value != "" && strings.IndexByte("\"'`", value[0]) >= 0 {
			// A quoted value may go over several lines.
			if end := strings.IndexByte(value[1:], value[0]); end >= 0 {
				quoted := value[1 : end+1]
				if value[0] == '"' {
					quoted = strings.ReplaceAll(quoted, `\n`, "\n")
				}
				list = append(list, [2]string{name, quoted})
				_, text, _ = strings.Cut(value[end+2:], "\n")
				continue
			}
		}
		value, _, _ = strings.Cut(value, "\n")
		if hash := strings.IndexByte(value, '#'); hash >= 0 {
			value = value[:hash]
		}
		list = append(list, [2]string{name, strings.TrimSpace(value)})
	}
	return list
}
