package module

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// stripTypes is module.stripTypeScriptTypes.
func stripTypes(rt *runtime.Runtime) engine.Native {
	vm := rt.VM()
	warned := false
	return func(call goja.FunctionCall) goja.Value {
		if !warned {
			warned = true
			rt.CallMethod(rt.Require("process"), "emitWarning", vm.ToValue("stripTypeScriptTypes is an experimental feature and might change at any time"),
				vm.ToValue("ExperimentalWarning"))
		}
		code := rt.ValidateString(call.Argument(0), "code")
		mode, url, sourceMap := "strip", "", goja.Undefined()
		if o := call.Argument(1); !goja.IsUndefined(o) {
			options := rt.ValidateObject(o, "options")
			if v := options.Get("mode"); given(v) {
				mode = rt.ValidateOneOf(v, "options.mode", "strip", "transform")
			}
			if v := options.Get("sourceMap"); given(v) {
				sourceMap = v
			}
			if v := options.Get("sourceUrl"); given(v) {
				url = rt.ValidateString(v, "options.sourceUrl")
			}
		}
		if mode == "transform" {
			wanted := given(sourceMap) && rt.ValidateBoolean(sourceMap, "options.sourceMap")
			code = rt.Scripts.TranslateTypes(url, code, wanted)
			if wanted {
				return vm.ToValue(code)
			}
		} else {
			if given(sourceMap) && sourceMap != vm.ToValue(false) {
				rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "options.sourceMap", sourceMap, "must be one of: false, undefined"))
			}
			code = rt.Scripts.StripTypes(url, code)
		}
		if url != "" {
			code += "\n\n//# sourceURL=" + url
		}
		return vm.ToValue(code)
	}
}

func given(v goja.Value) bool { return v != nil && !goja.IsUndefined(v) }
