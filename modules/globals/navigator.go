package globals

import (
	goruntime "runtime"
	"strings"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// navigator is the class Navigator and its one object.
func navigator(rt *runtime.Runtime, exports *goja.Object) {
	vm := rt.VM()
	var one *goja.Object
	class, proto := rt.Class("Navigator", 0, func(goja.ConstructorCall) *goja.Object {
		rt.Throw(rt.NewError("ERR_ILLEGAL_CONSTRUCTOR"))
		return nil
	})
	one = vm.CreateObject(proto)
	languages := vm.NewArray("en-US")
	rt.CallMethod(rt.Intrinsic("Object"), "freeze", languages)
	getter := func(name string, value func() goja.Value) {
		proto.DefineAccessorProperty(name, rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
			if call.This != goja.Value(one) {
				panic(vm.NewTypeError("Illegal invocation"))
			}
			return value()
		}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	getter("hardwareConcurrency", func() goja.Value { return vm.ToValue(goruntime.NumCPU()) })
	getter("locks", func() goja.Value { return rt.Require("internal/locks").Get("locks") })
	getter("language", func() goja.Value { return vm.ToValue("en-US") })
	getter("languages", func() goja.Value { return languages })
	getter("userAgent", func() goja.Value {
		return vm.ToValue("Node.js/" + strings.Split(strings.TrimPrefix(runtime.NodeVersion, "v"), ".")[0])
	})
	getter("platform", func() goja.Value { return vm.ToValue(platform()) })
	exports.Set("Navigator", class)
	exports.Set("navigator", one)
}

// platform is the system and processor as browsers name them.
func platform() string {
	processor := map[string]string{"amd64": "x86_64", "386": "i686", "arm64": "aarch64"}[goruntime.GOARCH]
	switch {
	case goruntime.GOOS == "darwin":
		return "MacIntel"
	case processor == "":
		processor = goruntime.GOARCH
	}
	return strings.ToUpper(goruntime.GOOS[:1]) + goruntime.GOOS[1:] + " " + processor
}
