package util

import (
	"reflect"
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
	array := func(name string, elem reflect.Kind) {
		is(name, func(v *goja.Object, k engine.Kind) bool {
			return k == engine.TypedArray && v.ExportType().Elem().Kind() == elem
		})
	}
	tag := typedArrayTag(rt)
	byTag := func(class string) {
		is("is"+class, func(v *goja.Object, k engine.Kind) bool { return k == engine.TypedArray && tag(v) == class })
	}
	byTag("Uint8Array")
	byTag("Uint8ClampedArray")
	array("isUint16Array", reflect.Uint16)
	array("isUint32Array", reflect.Uint32)
	array("isInt8Array", reflect.Int8)
	array("isInt16Array", reflect.Int16)
	array("isInt32Array", reflect.Int32)
	array("isFloat32Array", reflect.Float32)
	array("isFloat64Array", reflect.Float64)
	array("isBigInt64Array", reflect.Int64)
	array("isBigUint64Array", reflect.Uint64)
	for _, name := range [...]string{"isKeyObject", "isCryptoKey"} {
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

// typedArrayTag gives the intrinsic class name of a typed array.
func typedArrayTag(rt *runtime.Runtime) func(*goja.Object) string {
	proto := rt.Intrinsic("Uint8Array").Get("prototype").(*goja.Object).Prototype()
	d := rt.CallMethod(rt.Intrinsic("Object"), "getOwnPropertyDescriptor", proto, goja.SymToStringTag)
	get, _ := goja.AssertFunction(d.(*goja.Object).Get("get"))
	return func(o *goja.Object) string { return rt.Call(get, o).String() }
}
