package host

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/require"

	"gonode/runtime"
)

// LoaderModule makes a built-in module of a loader that was written for goja_nodejs (require.RegisterNativeModule): a program
// that has such modules keeps them. The loader fills module.exports, on the loop goroutine, at the first require.
func LoaderModule(name string, load require.ModuleLoader) *runtime.Module {
	return &runtime.Module{Name: name, Binding: func(rt *runtime.Runtime) *goja.Object {
		module := rt.VM().NewObject()
		module.Set("exports", rt.VM().NewObject())
		load(rt.VM(), module)
		exports, ok := module.Get("exports").(*goja.Object)
		if !ok {
			rt.Throw(rt.VM().NewTypeError("the exports of module %s are no object", name))
		}
		return exports
	}}
}
