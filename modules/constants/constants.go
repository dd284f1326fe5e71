// Package constants is the deprecated module constants: those of os, fs and crypto in one frozen object. It runs on
// the loop goroutine and holds nothing.
package constants

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is "constants".
var Module = &runtime.Module{Name: "constants", Binding: func(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	add := func(v goja.Value) {
		from := v.(*goja.Object)
		for _, key := range from.Keys() {
			if key == "defaultCipherList" {
				continue // made by module tls in Node
			}
			o.DefineDataProperty(key, from.Get(key), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
		}
	}
	os := rt.Require("os").Get("constants").(*goja.Object)
	for _, group := range []string{"dlopen", "errno", "priority", "signals"} {
		add(os.Get(group))
	}
	add(rt.Require("fs").Get("constants"))
	add(rt.Require("crypto").Get("constants"))
	rt.CallMethod(rt.Intrinsic("Object"), "freeze", o)
	return o
}}
