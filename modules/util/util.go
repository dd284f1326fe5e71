// Package util is module "util" and what belongs to it: util.types, TextEncoder and TextDecoder, MIMEType, parseArgs.
// What is small or much called is Go; the rest is JavaScript that loads when first asked for. It runs on the loop
// goroutine.
package util

import (
	_ "embed"
	"math"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
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
	rt.SetFunc(o, "_extend", 2, func(call goja.FunctionCall) goja.Value {
		target, ok1 := call.Argument(0).(*goja.Object)
		source, ok2 := call.Argument(1).(*goja.Object)
		if _, callable := goja.AssertFunction(call.Argument(1)); ok1 && ok2 && !callable {
			keys := source.Keys()
			for i := len(keys) - 1; i >= 0; i-- {
				target.Set(keys[i], source.Get(keys[i]))
			}
		}
		return call.Argument(0)
	})
	rt.DefineExports(o, "internal/util/functions", "callbackify", "debug", "debuglog", "deprecate")
	o.Set("format", inspect.Get("format"))
	rt.DefineExports(o, "internal/util/functions", "styleText")
	o.Set("formatWithOptions", inspect.Get("formatWithOptions"))
	rt.SetFunc(o, "getSystemErrorMap", 0, func(goja.FunctionCall) goja.Value { return systemErrors(rt) })
	rt.SetFunc(o, "getSystemErrorName", 1, func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		rt.ValidateNumber(v, "err", math.NaN(), math.NaN())
		if n := v.ToFloat(); n >= 0 || n != float64(int64(n)) || n < -engine.MaxSafeInteger {
			rt.ThrowOutOfRange("err", "a negative integer", v)
		}
		e, ok := errs.ByNumber(int(v.ToInteger()))
		if !ok {
			return vm.ToValue("Unknown system error " + v.String())
		}
		return vm.ToValue(e.Name)
	})
	rt.SetFunc(o, "inherits", 2, func(call goja.FunctionCall) goja.Value { return inherits(rt, call) })
	o.Set("inspect", inspect.Get("inspect"))
	o.Set("isArray", rt.Member(rt.Intrinsic("Array"), "isArray"))
	simpleTypes(rt, o)
	rt.SetFunc(o, "log", 0, func(call goja.FunctionCall) goja.Value {
		format, _ := goja.AssertFunction(inspect.Get("format"))
		text := rt.Call(format, goja.Undefined(), append([]goja.Value(nil), call.Arguments...)...)
		rt.CallMethod(rt.Require("console"), "log", vm.ToValue("%s - %s"), vm.ToValue(time.Now().Format("2 Jan 15:04:05")), text)
		return goja.Undefined()
	})
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
	later("internal/util/parse_args", "parseArgs")
	later("internal/encoding", "TextDecoder", "TextEncoder")
	later("internal/mime", "MIMEType", "MIMEParams")
	return o
}

// simpleTypes are the deprecated util.is…
func simpleTypes(rt *runtime.Runtime, o *goja.Object) {
	vm := rt.VM()
	is := func(name string, test func(v goja.Value) bool) {
		rt.SetFunc(o, name, 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(test(call.Argument(0))) })
	}
	object := func(v goja.Value) bool { _, ok := v.(*goja.Object); return ok }
	callable := func(v goja.Value) bool { _, ok := goja.AssertFunction(v); return ok }
	kind := func(v goja.Value, k engine.Kind) bool {
		o, ok := v.(*goja.Object)
		return ok && engine.KindOf(o) == k
	}
	is("isBoolean", func(v goja.Value) bool { _, ok := engine.Boolean(v); return ok })
	rt.SetFunc(o, "isBuffer", 1, func(call goja.FunctionCall) goja.Value {
		return rt.CallMethod(rt.Require("buffer").Get("Buffer").(*goja.Object), "isBuffer", call.Argument(0))
	})
	rt.DefineExports(o, "internal/util/comparisons", "isDeepStrictEqual")
	is("isNull", goja.IsNull)
	is("isNullOrUndefined", func(v goja.Value) bool { return goja.IsNull(v) || goja.IsUndefined(v) })
	is("isNumber", func(v goja.Value) bool { return goja.IsNumber(v) && !object(v) })
	is("isString", func(v goja.Value) bool { return goja.IsString(v) && !object(v) })
	is("isSymbol", func(v goja.Value) bool { _, ok := v.(*goja.Symbol); return ok })
	is("isUndefined", goja.IsUndefined)
	o.Set("isRegExp", rt.Require("internal/util/types").Get("isRegExp"))
	is("isObject", func(v goja.Value) bool { return object(v) && !callable(v) })
	o.Set("isDate", rt.Require("internal/util/types").Get("isDate"))
	is("isError", func(v goja.Value) bool {
		return kind(v, engine.ErrorObject) || object(v) && vm.InstanceOf(v, rt.Intrinsic("Error"))
	})
	is("isFunction", callable)
	is("isPrimitive", func(v goja.Value) bool { return !object(v) })
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

// systemErrors is a Map of errno numbers to names and texts.
func systemErrors(rt *runtime.Runtime) goja.Value {
	vm := rt.VM()
	m, err := vm.New(rt.Intrinsic("Map"))
	if err != nil {
		panic(err)
	}
	for _, e := range errs.Errnos() {
		rt.CallMethod(m, "set", vm.ToValue(e.Number), vm.NewArray(e.Name, e.Message))
	}
	return m
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
