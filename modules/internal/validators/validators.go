// Package validators is the private module "internal/validators": the argument checks of package runtime for the
// embedded JavaScript of the built-in modules, under the names that they have in Node.
package validators

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "internal/validators".
var Module = &runtime.Module{Name: "internal/validators", Private: true, Binding: binding}

func binding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	check := func(name string, f func(v goja.Value, name string, call goja.FunctionCall)) {
		rt.SetFunc(o, name, 2, func(call goja.FunctionCall) goja.Value {
			f(call.Argument(0), call.Argument(1).String(), call)
			return goja.Undefined()
		})
	}
	rt.SetFunc(o, "brand", 2, func(call goja.FunctionCall) goja.Value { return brand(rt, call) })
	check("validateString", func(v goja.Value, name string, _ goja.FunctionCall) { rt.ValidateString(v, name) })
	// validateNoNul(value, name, what): what the system would read up to the NUL only is refused.
	check("validateNoNul", func(v goja.Value, name string, call goja.FunctionCall) {
		if s, ok := v.(goja.String); ok && strings.IndexByte(s.String(), 0) >= 0 {
			what := "must be a string without null bytes"
			if w := call.Argument(2); !goja.IsUndefined(w) {
				what = w.String()
			}
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", name, v, what))
		}
	})
	check("validateBoolean", func(v goja.Value, name string, _ goja.FunctionCall) { rt.ValidateBoolean(v, name) })
	check("validateFunction", func(v goja.Value, name string, _ goja.FunctionCall) { rt.ValidateFunction(v, name) })
	check("validateAbortSignal", func(v goja.Value, name string, _ goja.FunctionCall) { rt.ValidateAbortSignal(v, name) })
	check("validateObject", func(v goja.Value, name string, call goja.FunctionCall) {
		if option, ok := call.Argument(2).(*goja.Object); ok {
			if goja.IsNull(v) && truthy(option, "nullable") {
				return
			}
			if obj, ok := v.(*goja.Object); ok {
				_, callable := goja.AssertFunction(obj)
				if callable && truthy(option, "allowFunction") || obj.ClassName() == "Array" && truthy(option, "allowArray") {
					return
				}
			}
		}
		rt.ValidateObject(v, name)
	})
	check("validateArray", func(v goja.Value, name string, call goja.FunctionCall) {
		rt.ValidateArray(v, name, int(call.Argument(2).ToInteger()))
	})
	check("validateInteger", func(v goja.Value, name string, call goja.FunctionCall) {
		rt.ValidateInteger(v, name, bound(call.Argument(2), -engine.MaxSafeInteger), bound(call.Argument(3), engine.MaxSafeInteger))
	})
	check("validateInt32", func(v goja.Value, name string, call goja.FunctionCall) {
		rt.ValidateInteger(v, name, bound(call.Argument(2), math.MinInt32), bound(call.Argument(3), math.MaxInt32))
	})
	check("validateUint32", func(v goja.Value, name string, call goja.FunctionCall) {
		rt.ValidateUint32(v, name, call.Argument(2).ToBoolean())
	})
	check("validateNumber", func(v goja.Value, name string, call goja.FunctionCall) {
		limit := func(v goja.Value) float64 {
			if goja.IsUndefined(v) || goja.IsNull(v) {
				return math.NaN()
			}
			return v.ToFloat()
		}
		rt.ValidateNumber(v, name, limit(call.Argument(2)), limit(call.Argument(3)))
	})
	check("validateOneOf", func(v goja.Value, name string, call goja.FunctionCall) {
		var words []string
		found := false
		rt.ForOf(call.Argument(2), func(item goja.Value) bool {
			found = found || item.StrictEquals(v)
			if goja.IsString(item) {
				words = append(words, "'"+item.String()+"'")
			} else {
				words = append(words, item.String())
			}
			return true
		})
		if !found {
			list := ""
			for i, w := range words {
				if i > 0 {
					list += ", "
				}
				list += w
			}
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "must be one of: "+list))
		}
	})
	rt.SetFunc(o, "validatePort", 1, func(call goja.FunctionCall) goja.Value {
		name := "Port"
		if len(call.Arguments) > 1 && !goja.IsUndefined(call.Argument(1)) {
			name = call.Argument(1).String()
		}
		allowZero := len(call.Arguments) < 3 || call.Argument(2).ToBoolean()
		return rt.VM().ToValue(rt.ValidatePort(call.Argument(0), name, allowZero))
	})
	return o
}

func truthy(o *goja.Object, key string) bool {
	v := o.Get(key)
	return v != nil && v.ToBoolean()
}

func bound(v goja.Value, otherwise int64) int64 {
	if goja.IsUndefined(v) {
		return otherwise
	}
	return v.ToInteger()
}
