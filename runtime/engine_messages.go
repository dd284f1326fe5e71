package runtime

import "github.com/dop251/goja"

// nativeError makes an error that the engine itself throws, with V8's wording where that is known.
func (rt *Runtime) nativeError(class string, args []goja.Value, newTarget *goja.Object, make func([]goja.Value, *goja.Object) *goja.Object) *goja.Object {
	return make(args, newTarget)
}
