package util

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Types is the private module "internal/util/types", util.types to scripts; TypesPublic is "util/types".
var (
	Types       = &runtime.Module{Name: "internal/util/types", Private: true, Binding: types}
	TypesPublic = &runtime.Module{Name: "util/types", Binding: func(rt *runtime.Runtime) *goja.Object {
		return rt.Require("internal/util/types")
	}}
)

func types(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	is := func(name string, test func(v *goja.Object, k engine.Kind) bool) {
		set := rt.SetOperation // V8's own
		if strings.HasSuffix(name, "Array") {
			set = rt.SetFunc
		}
		set(o, name, 1, func(call goja.FunctionCall) goja.Value {
			v, ok := call.Argument(0).(*goja.Object)
			return vm.ToValue(ok && test(v, engine.KindOf(v)))
		})
	}
	kind := func(name string, kinds ...engine.Kind) {
		is(name, func(_ *goja.Object, k engine.Kind) bool {
			for _, want := range kinds {
				if k == want {
					return true
				}
			}
			return false
		})
	}
	boxed := func(name string, test func(goja.Value) bool) {
		is(name, func(v *goja.Object, k engine.Kind) bool {
			return k == engine.BoxedPrimitive && test(engine.BoxedValue(v))
		})
	}
	never := func(*goja.Object, engine.Kind) bool { return false }
	is("isExternal", never)
	kind("isDate", engine.DateObject)
	kind("isArgumentsObject", engine.ArgumentsObject)
	boxed("isBigIntObject", goja.IsBigInt)
	boxed("isBooleanObject", func(v goja.Value) bool { _, ok := engine.Boolean(v); return ok })
	boxed("isNumberObject", goja.IsNumber)
	kind("isStringObject", engine.StringObject)
	boxed("isSymbolObject", func(v goja.Value) bool { _, ok := v.(*goja.Symbol); return ok })
	kind("isNativeError", engine.ErrorObject)
	kind("isRegExp", engine.RegExpObject)
	is("isAsyncFunction", func(_ *goja.Object, k engine.Kind) bool {
		return k == engine.AsyncFunction || k == engine.AsyncGeneratorFunction
	})
	is("isGeneratorFunction", func(_ *goja.Object, k engine.Kind) bool {
		return k == engine.GeneratorFunction || k == engine.AsyncGeneratorFunction
	})
	kind("isGeneratorObject", engine.GeneratorObject)
	kind("isPromise", engine.PromiseObject)
	kind("isMap", engine.MapObject)
	kind("isSet", engine.SetObject)
	kind("isMapIterator", engine.MapIterator)
	kind("isSetIterator", engine.SetIterator)
	kind("isWeakMap", engine.WeakMapObject)
	kind("isWeakSet", engine.WeakSetObject)
	is("isArrayBuffer", func(o *goja.Object, k engine.Kind) bool {
		return k == engine.ArrayBufferObject && rt.SharedMemory(o) == nil
	})
	kind("isDataView", engine.DataViewObject)
	is("isSharedArrayBuffer", func(o *goja.Object, _ engine.Kind) bool { return rt.SharedMemory(o) != nil })
	is("isProxy", func(o *goja.Object, k engine.Kind) bool { return k == engine.ProxyObject && !rt.IsModuleNamespace(o) })
	is("isModuleNamespaceObject", func(o *goja.Object, _ engine.Kind) bool { return rt.IsModuleNamespace(o) })
	kind("isAnyArrayBuffer", engine.ArrayBufferObject)
	kind("isBoxedPrimitive", engine.BoxedPrimitive, engine.StringObject)
	kind("isArrayBufferView", engine.TypedArray, engine.DataViewObject)
	kind("isTypedArray", engine.TypedArray)
	for _, class := range [...]string{"Uint8Array", "Uint8ClampedArray", "Uint16Array", "Uint32Array", "Int8Array", "Int16Array", "Int32Array",
		"Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"} {
		is("is"+class, func(v *goja.Object, k engine.Kind) bool { return k == engine.TypedArray && engine.ViewName(v) == class })
	}
	is("isKeyObject", func(o *goja.Object, _ engine.Kind) bool {
		_, ok := rt.OwnSlot(o).(interface{ IsKeyObject() })
		return ok
	})
	for _, name := range [...]string{"isCryptoKey"} {
		rt.SetOperation(o, name, 1, func(call goja.FunctionCall) goja.Value {
			// Without module crypto there are no keys.
			v, ok := call.Argument(0).(*goja.Object)
			if !ok || !rt.Loaded("crypto") {
				return vm.ToValue(false)
			}
			class, ok := rt.Require("crypto").Get(name[2:]).(*goja.Object)
			return vm.ToValue(ok && vm.InstanceOf(v, class))
		})
	}
	return o
}
