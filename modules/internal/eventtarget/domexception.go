package eventtarget

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/errs"
	"gonode/runtime"
)

// exceptionNames are the names of DOMException that have a code, which is their position; "" is a code without a name.
var exceptionNames = [...]struct{ name, constant string }{
	1: {"IndexSizeError", "INDEX_SIZE_ERR"}, 2: {"DOMStringSizeError", "DOMSTRING_SIZE_ERR"},
	3: {"HierarchyRequestError", "HIERARCHY_REQUEST_ERR"}, 4: {"WrongDocumentError", "WRONG_DOCUMENT_ERR"},
	5: {"InvalidCharacterError", "INVALID_CHARACTER_ERR"}, 6: {"NoDataAllowedError", "NO_DATA_ALLOWED_ERR"},
	7: {"NoModificationAllowedError", "NO_MODIFICATION_ALLOWED_ERR"}, 8: {"NotFoundError", "NOT_FOUND_ERR"},
	9: {"NotSupportedError", "NOT_SUPPORTED_ERR"}, 10: {"InUseAttributeError", "INUSE_ATTRIBUTE_ERR"},
	11: {"InvalidStateError", "INVALID_STATE_ERR"}, 12: {"SyntaxError", "SYNTAX_ERR"},
	13: {"InvalidModificationError", "INVALID_MODIFICATION_ERR"}, 14: {"NamespaceError", "NAMESPACE_ERR"},
	15: {"InvalidAccessError", "INVALID_ACCESS_ERR"}, 16: {"ValidationError", "VALIDATION_ERR"},
	17: {"TypeMismatchError", "TYPE_MISMATCH_ERR"}, 18: {"SecurityError", "SECURITY_ERR"},
	19: {"NetworkError", "NETWORK_ERR"}, 20: {"AbortError", "ABORT_ERR"}, 21: {"URLMismatchError", "URL_MISMATCH_ERR"},
	22: {"QuotaExceededError", "QUOTA_EXCEEDED_ERR"}, 23: {"TimeoutError", "TIMEOUT_ERR"},
	24: {"InvalidNodeTypeError", "INVALID_NODE_TYPE_ERR"}, 25: {"DataCloneError", "DATA_CLONE_ERR"},
}

// domException is the state of a DOMException.
type domException struct{ message, name string }

func (e *domException) code() int {
	switch e.name {
	case "DOMStringSizeError", "NoDataAllowedError", "ValidationError":
		return 0 // no longer in use
	}
	for i, n := range exceptionNames {
		if i > 0 && n.name == e.name {
			return i
		}
	}
	return 0
}

func domExceptionBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	base := rt.Intrinsic("Error")
	text := func(v goja.Value) string {
		if _, symbol := v.(*goja.Symbol); symbol {
			panic(vm.NewTypeError("Cannot convert a Symbol value to a string"))
		}
		return v.ToString().String()
	}
	class, proto := rt.Class("DOMException", 0, func(call goja.ConstructorCall) *goja.Object {
		e := &domException{name: "Error"}
		if v := call.Argument(0); !goja.IsUndefined(v) {
			e.message = text(v)
		}
		var cause goja.Value
		if options, ok := call.Argument(1).(*goja.Object); ok {
			e.name = "undefined"
			if v := options.Get("name"); v != nil {
				e.name = text(v)
			}
			cause = options.Get("cause")
		} else if v := call.Argument(1); !goja.IsUndefined(v) {
			e.name = text(v)
		}
		// An error of the engine carries the stack; its heading is rewritten.
		o := rt.NewPlainError("Error", e.message)
		o.SetPrototype(call.This.Prototype())
		rt.SetSlot(o, e)
		if stack := o.Get("stack"); stack == nil || !goja.IsString(stack) {
			// Error.stackTraceLimit is not a number.
		} else if text := stack.String(); !strings.HasPrefix(text, heading(e)) {
			text = strings.TrimPrefix(strings.TrimPrefix(text, "Error"), ": "+e.message)
			o.DefineDataProperty("stack", vm.ToValue(heading(e)+text), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
		o.Delete("message")
		if cause != nil {
			o.DefineDataProperty("cause", cause, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		}
		return o
	})
	proto.SetPrototype(base.Get("prototype").(*goja.Object))
	tag(rt, proto, "DOMException")
	get := func(name string, f func(e *domException) any) {
		proto.DefineAccessorProperty(name, rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
			e, ok := rt.Slot(call.This).(*domException)
			if !ok {
				rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_INVALID_THIS", Message: "Value of \"this\" must be of DOMException"}))
			}
			return vm.ToValue(f(e))
		}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	get("name", func(e *domException) any { return e.name })
	get("message", func(e *domException) any { return e.message })
	get("code", func(e *domException) any { return e.code() })
	for i, n := range exceptionNames {
		if i > 0 {
			for _, o := range []*goja.Object{class, proto} {
				o.DefineDataProperty(n.constant, vm.ToValue(i), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
			}
		}
	}
	exports := vm.NewObject()
	exports.Set("DOMException", class)
	return exports
}

// Clone implements runtime.Cloneable: the cause stays behind.
func (e *domException) Clone(o *goja.Object) (revive func(*runtime.Runtime) goja.Value) {
	message, name, stack := e.message, e.name, ""
	if v := o.Get("stack"); v != nil && goja.IsString(v) {
		stack = v.String()
	}
	return func(rt *runtime.Runtime) goja.Value {
		vm := rt.VM()
		o := rt.Construct(rt.Require("internal/domexception").Get("DOMException"), vm.ToValue(message), vm.ToValue(name))
		o.DefineDataProperty("stack", vm.ToValue(stack), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		return o
	}
}

func heading(e *domException) string {
	if e.message == "" {
		return e.name
	}
	return e.name + ": " + e.message
}

func tag(rt *runtime.Runtime, proto *goja.Object, name string) {
	proto.DefineDataPropertySymbol(goja.SymToStringTag, rt.VM().ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}
