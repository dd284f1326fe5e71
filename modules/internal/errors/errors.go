// Package errors is the private module "internal/errors": how the embedded JavaScript of the built-in modules makes
// Node's errors. The table of codes is in internal/errs; the objects are made by package runtime.
package errors

import (
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/runtime"
)

// Module is "internal/errors":
//
//	throw new codes.ERR_X(…args)            an error of the class that belongs to the code
//	throw new codes.ERR_X.TypeError(…args)  the same code in another class
//	throw makeError('ERR_X', …args)
//	throw fileError(errno, syscall, path, dest)
//	throw systemError(errno, syscall, address, port, withText, detail)
//	new AbortError(message, options)
var Module = &runtime.Module{Name: "internal/errors", Private: true, Binding: binding}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	exports := vm.NewObject()
	exports.Set("codes", vm.NewDynamicObject(&codes{rt: rt, made: map[string]goja.Value{}}))
	rt.SetFunc(exports, "makeError", 1, func(call goja.FunctionCall) goja.Value {
		return rt.NewError(call.Argument(0).String(), anys(call.Arguments[1:])...)
	})
	rt.SetFunc(exports, "fileError", 2, func(call goja.FunctionCall) goja.Value {
		return rt.NewFileError(engine.SystemError{
			Errno: int(call.Argument(0).ToInteger()), Syscall: call.Argument(1).String(),
			Path: text(call.Argument(2)), Dest: text(call.Argument(3)),
		})
	})
	rt.SetFunc(exports, "systemError", 2, func(call goja.FunctionCall) goja.Value {
		if refusal := rt.Access.TakeRefusal(); refusal != nil && call.Argument(0).ToInteger() == -int64(syscall.EACCES) {
			return rt.NewError("ERR_ACCESS_DENIED", refusal.Reason, refusal.Kind.String(), refusal.Resource)
		}
		return rt.NewSystemError(engine.SystemError{
			Errno: int(call.Argument(0).ToInteger()), Syscall: call.Argument(1).String(),
			Address: text(call.Argument(2)), Port: int(call.Argument(3).ToInteger()),
			WithText: call.Argument(4).ToBoolean(), Detail: text(call.Argument(5)),
		})
	})
	rt.SetFunc(exports, "errname", 1, func(call goja.FunctionCall) goja.Value {
		e, _ := errs.ByNumber(int(call.Argument(0).ToInteger()))
		return vm.ToValue(e.Name)
	})
	rt.DefineLazy(exports, "AbortError", true, func() goja.Value { return rt.AbortErrorClass() })
	return exports
}

func text(v goja.Value) string {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return ""
	}
	return v.String()
}

func anys(values []goja.Value) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// codes is the object whose properties are constructors by error code, made when first asked for.
type codes struct {
	rt   *runtime.Runtime
	made map[string]goja.Value
}

func (c *codes) Get(code string) goja.Value {
	if v, ok := c.made[code]; ok {
		return v
	}
	def, ok := errs.Lookup(code)
	if !ok {
		return nil
	}
	class := c.construct(def, def.Class)
	for _, other := range def.Also {
		class.Set(other.String(), c.construct(def, other))
	}
	c.made[code] = class
	return class
}

func (c *codes) construct(def errs.Def, class errs.Class) *goja.Object {
	return c.rt.VM().ToValue(func(call goja.ConstructorCall) *goja.Object {
		return c.rt.NewErrorOf(class, def, anys(call.Arguments)...)
	}).(*goja.Object)
}

func (c *codes) Set(string, goja.Value) bool { return false }
func (c *codes) Has(code string) bool        { _, ok := errs.Lookup(code); return ok }
func (c *codes) Delete(string) bool          { return false }
func (c *codes) Keys() []string              { return errs.Codes() }
