package engine

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
	"gonode/internal/engine/templates"
)

// modulo lets one of the engine's functions take arguments beyond 2^63 modulo 2^32: those from the first on, if is says so of its
// receiver.
func (e *Engine) modulo(function goja.Value, first int, is func(this goja.Value) bool) {
	e.WrapNative(function, func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			for i := first; i < len(call.Arguments); i++ {
				if m, ok := operators.Modulo(e.facts, e.vm, call.Arguments[i]); ok && (is == nil || is(call.This)) {
					call.Arguments = append([]goja.Value(nil), call.Arguments...)
					call.Arguments[i] = m
				}
			}
			return plain(call)
		}
	})
}

// integral is a function of a template that takes its arguments from the first on as integers of 32 bits or less.
func integral(first int, names ...string) (list []templates.Property) {
	for _, name := range names {
		list = append(list, templates.Property{Name: name, Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
			engineOf(rt).modulo(layout.Held(was), first, nil)
			return was
		}})
	}
	return list
}

// integralArrays does so with the functions of typed arrays that take elements.
func (e *Engine) integralArrays(class *goja.Object) {
	wraps := func(this goja.Value) bool {
		o, ok := this.(*goja.Object)
		return ok && operators.WrapsNumbers(o)
	}
	proto := class.Get("prototype").(*goja.Object)
	e.modulo(proto.Get("fill"), 0, wraps)
	e.modulo(proto.Get("with"), 1, wraps)
	e.modulo(class.Get("of"), 0, func(this goja.Value) bool {
		o, ok := this.(*goja.Object)
		if !ok || o.Get("BYTES_PER_ELEMENT") == nil {
			return false
		}
		switch o.Get("name").String() {
		case "Int8Array", "Uint8Array", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array":
			return true
		}
		return false
	})
}
