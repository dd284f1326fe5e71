package validators

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// brand is brand(class, code, inspect): the methods and accessors of class are only run on a receiver for which class.is(receiver) is
// true, and throw for others: ERR_INVALID_THIS, or with code 'illegal' a TypeError, or with a name as '#state' that of a private
// member. What is async rejects. The method that
// inspects is only included if inspect is true. Scripts do not see class.is.
func brand(rt *runtime.Runtime, call goja.FunctionCall) goja.Value {
	class := call.Argument(0).(*goja.Object)
	is, _ := goja.AssertFunction(class.Get("is"))
	class.Delete("is")
	code, name := call.Argument(1).String(), class.Get("name").String()
	fail := func(this goja.Value) *goja.Object {
		switch code {
		case "illegal":
			return rt.VM().NewTypeError("Illegal invocation")
		}
		switch {
		case code[0] != '#':
		case goja.IsUndefined(this) || goja.IsNull(this):
			return rt.NewPlainError("TypeError", "Cannot read properties of "+this.String()+" (reading '"+code+"')")
		default:
			return rt.NewPlainError("TypeError", "Cannot read private member "+code+" from an object whose class did not declare it")
		}
		return rt.NewError("ERR_INVALID_THIS", name)
	}
	guard := func(v goja.Value) goja.Value {
		f, ok := v.(*goja.Object)
		if !ok || !callable(f) {
			return v
		}
		async := engine.KindOf(f) == engine.AsyncFunction
		return rt.Method(f.Get("name").String(), int(f.Get("length").ToInteger()), func(call goja.FunctionCall) goja.Value {
			_, object := call.This.(*goja.Object)
			if object && rt.Call(is, goja.Undefined(), call.This).ToBoolean() {
				return rt.Apply(f, call.This, call.Arguments...)
			}
			if !async {
				rt.Throw(fail(call.This))
			}
			p, _, reject := rt.VM().NewPromise()
			reject(fail(call.This))
			return rt.VM().ToValue(p)
		})
	}
	vm := rt.VM()
	proto := class.Get("prototype").(*goja.Object)
	object := rt.Intrinsic("Object")
	keys := []goja.Value{}
	for _, key := range proto.GetOwnPropertyNames() {
		if key != "constructor" {
			keys = append(keys, vm.ToValue(key))
		}
	}
	if inspect := rt.SymbolFor("nodejs.util.inspect.custom"); call.Argument(2).ToBoolean() && proto.GetSymbol(inspect) != nil {
		keys = append(keys, inspect)
	}
	for _, key := range keys {
		d, ok := rt.CallMethod(object, "getOwnPropertyDescriptor", proto, key).(*goja.Object)
		if !ok {
			continue
		}
		for _, part := range []string{"value", "get", "set"} {
			if v := d.Get(part); v != nil {
				d.Set(part, guard(v))
			}
		}
		rt.CallMethod(object, "defineProperty", proto, key, d)
	}
	return goja.Undefined()
}

func callable(o *goja.Object) bool {
	_, ok := goja.AssertFunction(o)
	return ok
}
