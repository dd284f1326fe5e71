package webassembly

import (
	"fmt"

	"github.com/dop251/goja"

	"gonode/internal/wasm"
)

// tagState is the state of a Tag; that of JSTag has no extern.
type tagState struct {
	uncloned
	extern *wasm.Extern
}

// exceptionState is the state of an Exception.
type exceptionState struct {
	uncloned
	tag    uintptr
	types  []wasm.ValueType
	values []goja.Value
	stack  goja.Value
	extern *wasm.Extern // keeps the tag
}

func (m *realm) tagClass() *goja.Object {
	const what = "WebAssembly.Tag(): Argument 0 "
	class, proto := m.class("Tag", 1, func(call goja.FunctionCall) any {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok {
			m.typeError(what + "must be a tag type")
		}
		list, ok := property(o, "parameters").(*goja.Object)
		if !ok {
			m.typeError(what + "must be a tag type with 'parameters'")
		}
		var types []wasm.ValueType
		n := 0
		m.rt.ForOf(list, func(v goja.Value) bool {
			t, ok := valueType(v)
			if !ok {
				m.typeError(fmt.Sprintf("%sparameter type at index #%d must be a value type", what, n))
			}
			types = append(types, t)
			n++
			return true
		})
		if len(types) > 1000 {
			m.typeError(what + "contains too many parameters")
		}
		e, err := m.machine().NewTag(types)
		if err != nil {
			m.typeError("WebAssembly.Tag(): " + err.Error())
		}
		return m.object(e)
	})
	m.tag = proto
	return class
}

func (m *realm) exceptionClass() *goja.Object {
	const what = "WebAssembly.Exception()"
	class, proto := m.class("Exception", 2, func(call goja.FunctionCall) any {
		tag, ok := state[*tagState](m, call.Argument(0))
		if !ok {
			m.typeError(what + ": Argument 0 must be a WebAssembly tag")
		}
		if tag == m.jsTag {
			m.typeError(what + ": Argument 0 cannot be WebAssembly.JSTag")
		}
		list, ok := call.Argument(1).(*goja.Object)
		if !ok {
			m.typeError(what + ": Exception values must be an iterable object")
		}
		x := &exceptionState{uncloned: uncloned{m, "Exception"}, tag: tag.extern.Tag(), types: tag.extern.Type().Params, extern: tag.extern, stack: goja.Undefined()}
		var given []goja.Value
		m.rt.ForOf(list, func(v goja.Value) bool {
			given = append(given, v)
			return true
		})
		if len(given) != len(x.types) {
			m.typeError(what + ": Number of exception values does not match signature length")
		}
		for i, t := range x.types {
			if !t.Ref() {
				given[i] = m.toJS(m.toWasm(given[i], t, nil), t)
			} else if t.Func() && !goja.IsNull(given[i]) && m.functionOf(given[i]) == nil {
				m.typeError(incompatible)
			}
		}
		x.values = given
		if options := call.Argument(2); !goja.IsUndefined(options) {
			o, ok := options.(*goja.Object)
			if !ok {
				m.typeError(what + ": Argument 2 is not an object")
			}
			if property(o, "traceStack").ToBoolean() {
				x.stack = m.rt.NewPlainError("Error", "").Get("stack")
			}
		}
		return x
	})
	m.exception = proto
	of := func(call goja.FunctionCall, method string) (*exceptionState, *tagState) {
		what := "WebAssembly.Exception." + method + "()"
		x := receiver[*exceptionState](m, call.This, what, "Exception")
		tag, ok := state[*tagState](m, call.Argument(0))
		if !ok {
			m.typeError(what + ": Argument 0 must be a WebAssembly.Tag")
		}
		return x, tag
	}
	has := func(x *exceptionState, tag *tagState) bool { return tag.extern != nil && tag.extern.Tag() == x.tag }
	m.rt.SetOperation(proto, "getArg", 2, func(call goja.FunctionCall) goja.Value {
		const what = "WebAssembly.Exception.getArg()"
		x, tag := of(call, "getArg")
		n := m.number(call.Argument(1), what+": Index", 0, 1<<32)
		if !has(x, tag) {
			m.typeError(what + ": First argument does not match the exception tag")
		}
		if n >= int64(len(x.values)) {
			m.rangeError(what + ": Index out of range")
		}
		return x.values[n]
	})
	m.rt.SetOperation(proto, "is", 1, func(call goja.FunctionCall) goja.Value {
		x, tag := of(call, "is")
		return m.vm.ToValue(has(x, tag))
	})
	m.getter(proto, "stack", func(this goja.Value) goja.Value {
		return receiver[*exceptionState](m, this, "WebAssembly.Exception.stack", "Exception").stack
	}, nil)
	return class
}

// caught is the Exception that WebAssembly has thrown and not caught.
func (m *realm) caught(t *wasm.Trap) *goja.Object {
	x := &exceptionState{uncloned: uncloned{m, "Exception"}, tag: t.Tag, types: t.Types, extern: t.Keeps, stack: goja.Undefined()}
	for i, v := range t.Params {
		x.values = append(x.values, m.toJS(v, t.Types[i]))
	}
	return m.rt.NewObject(m.exception, x)
}
