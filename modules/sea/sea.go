// Package sea is module "node:sea", for programs in one executable (internal/bundle).
package sea

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed sea.js
var source string

// Module is "node:sea".
var Module = &runtime.Module{Name: "sea", SchemeOnly: true, Script: engine.NewScript("node:sea", &source), Binding: binding}

// binding has isSea, keys() and asset(key), an ArrayBuffer or undefined.
func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	assets := rt.Config().Assets
	o.Set("isSea", assets != nil)
	rt.SetFunc(o, "keys", 0, func(goja.FunctionCall) goja.Value {
		list := []any{}
		for _, key := range assets.AssetKeys() {
			list = append(list, rt.TextValue(key))
		}
		return vm.NewArray(list...)
	})
	rt.SetFunc(o, "asset", 1, func(call goja.FunctionCall) goja.Value {
		data, ok := assets.Asset(engine.Text(call.Argument(0)))
		if !ok {
			return goja.Undefined()
		}
		return vm.ToValue(vm.NewArrayBuffer(data))
	})
	return o
}
