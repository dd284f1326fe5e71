package engine

import (
	"math"
	"strconv"

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

// completeBigInt lets BigInt refuse what is undefined and take objects for what they are as primitives, and its functions take a number of bits
// as the specification does.
func (e *Engine) completeBigInt(class *goja.Object) {
	if self := layout.SelfOf(class); layout.ClassOf(self) == layout.ClassTemplatedFunc {
		f := &(*layout.TemplatedFuncObject)(self.Data).F
		plain := *f
		*f = func(call goja.FunctionCall) goja.Value {
			v := call.Argument(0)
			if goja.IsUndefined(v) {
				e.Throw(e.vm.NewTypeError("Cannot convert undefined to a BigInt"))
			}
			if o, ok := v.(*goja.Object); ok {
				v = e.primitive(o, "number")
			}
			call.Arguments = []goja.Value{v}
			return plain(call)
		}
	}
	for _, name := range [...]string{"asIntN", "asUintN"} {
		e.WrapNative(class.Get(name), func(plain Native) Native {
			return func(call goja.FunctionCall) goja.Value {
				bits := math.Trunc(call.Argument(0).ToNumber().ToFloat())
				if bits < 0 || bits > 1<<53-1 {
					e.Throw(e.NewPlainError("RangeError", "Invalid value: not (convertible to) a safe integer"))
				}
				if bits != bits {
					bits = 0
				}
				call.Arguments = []goja.Value{e.vm.ToValue(int64(bits)), call.Argument(1)}
				return plain(call)
			}
		})
	}
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

// integralArrays does so with the functions of typed arrays that take elements, and with their constructors.
func (e *Engine) integralArrays(class *goja.Object) {
	for _, name := range [...]string{"Int8Array", "Uint8Array", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array"} {
		e.WrapConstructor(e.Intrinsic(name), func(plain Constructor) Constructor {
			return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
				var source goja.Value
				if len(args) == 1 {
					if o, ok := args[0].(*goja.Object); ok && KindOf(o) != TypedArray && bufferOf(o) == nil {
						source = e.listed(o)
						args = []goja.Value{source}
					}
				}
				made := plain(args, newTarget)
				e.setModulo(made, 0, source)
				return made
			}
		})
	}
	wraps := func(this goja.Value) bool {
		o, ok := this.(*goja.Object)
		return ok && operators.WrapsNumbers(o)
	}
	proto := class.Get("prototype").(*goja.Object)
	e.WrapNative(proto.Get("set"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			result := plain(call)
			if into, ok := call.This.(*goja.Object); ok && len(call.Arguments) > 0 && KindOf(into) == TypedArray && operators.WrapsNumbers(into) {
				if at := call.Argument(1); goja.IsUndefined(at) || goja.IsNumber(at) { // what is converted again might be another number
					e.setModulo(into, int(at.ToInteger()), call.Argument(0))
				}
			}
			return result
		}
	})
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

// setModulo sets the elements of a typed array again that come from numbers beyond 2^63 in an array.
func (e *Engine) setModulo(into *goja.Object, at int, source goja.Value) {
	o, ok := source.(*goja.Object)
	if !ok {
		return
	}
	values, _ := e.Elements(o)
	for i, v := range values {
		if m, ok := operators.Modulo(e.facts, e.vm, v); ok {
			into.Set(strconv.Itoa(at+i), m)
		}
	}
}

// listed is an array of what an object that is no array gives when it is iterated; others stay what they are.
func (e *Engine) listed(o *goja.Object) goja.Value {
	if KindOf(o) == ArrayObject {
		return o
	}
	iterate := o.GetSymbol(goja.SymIterator)
	if !callable(iterate) {
		return o
	}
	var list []any
	e.realm.IterateAny(o, func(v goja.Value) bool {
		list = append(list, v)
		return true
	})
	return e.vm.NewArray(list...)
}
