// Package util is module "util".
package util

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is "util".
var Module = &runtime.Module{Name: "util", Binding: binding}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	exports := vm.NewObject()
	inspect := rt.Require("internal/util/inspect")
	for _, name := range []string{"format", "formatWithOptions", "inspect", "stripVTControlCharacters"} {
		exports.Set(name, inspect.Get(name))
	}
	return exports
}
