package engine

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
)

// completeTypedArrays mends the methods that all typed arrays share; class is what their classes inherit from.
func (e *Engine) completeTypedArrays(class *goja.Object) {
	e.integralArrays(class)
	defer func() {
		arrange(class, "%TypedArray%")
		arrange(class.Get("prototype").(*goja.Object), "%TypedArray%.prototype")
	}()
	// The engine's own from takes what is no object for a function.
	e.WrapNative(class.Get("from"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) == 1 {
				if o, ok := call.Argument(0).(*goja.Object); ok && KindOf(o) == ArrayObject {
					made := plain(call)
					if into, ok := made.(*goja.Object); ok && operators.WrapsNumbers(into) {
						e.setModulo(into, 0, o)
					}
					return made
				}
			}
			return from(groupsScript, "typedFrom")(e, call)
		}
	})
	proto := class.Get("prototype").(*goja.Object)
	e.WrapNative(proto.Get("toLocaleString"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if o, ok := call.This.(*goja.Object); ok && KindOf(o) == TypedArray && len(call.Arguments) > 0 {
				return e.localeList(o, arrayLength(e, o), call)
			}
			return plain(call)
		}
	})
	// The engine takes the address of the first element, whether there is one or not.
	e.WrapNative(proto.Get("set"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if o, ok := call.Argument(0).(*goja.Object); ok && KindOf(o) == TypedArray {
				if t := typedArray(o); t.Length == 0 && !t.ViewedArrayBuf.Detached {
					call.Arguments = append([]goja.Value{e.vm.NewArray()}, call.Arguments[1:]...)
				} else if copyBits(call, o, t) {
					return goja.Undefined()
				}
			}
			return plain(call)
		}
	})
	for _, name := range [...]string{"includes", "indexOf", "lastIndexOf"} {
		e.WrapNative(proto.Get(name), func(plain Native) Native {
			return func(call goja.FunctionCall) goja.Value {
				if t := floatsWithZero(call); t != nil {
					i := e.zeroIn(t, call, name == "lastIndexOf")
					if name == "includes" {
						return e.vm.ToValue(i >= 0)
					}
					return e.vm.ToValue(i)
				}
				return plain(call)
			}
		})
	}
	for _, name := range [...]string{"BigInt64Array", "BigUint64Array"} {
		e.WrapConstructor(e.Intrinsic(name), func(plain Constructor) Constructor {
			return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
				if len(args) > 0 {
					if o, ok := args[0].(*goja.Object); ok && KindOf(o) == TypedArray && !strings.HasPrefix(ViewName(o), "Big") && !typedArray(o).ViewedArrayBuf.Detached {
						e.Throw(e.vm.NewTypeError("Cannot mix BigInt and other types, use explicit conversions"))
					}
				}
				return plain(args, newTarget)
			}
		})
	}
	// The engine gives the name that the class has by now.
	tag := e.CallMethod(e.Intrinsic("Object"), "getOwnPropertyDescriptor", proto, goja.SymToStringTag).(*goja.Object)
	e.WrapNative(tag.Get("get"), func(Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if o, ok := call.This.(*goja.Object); ok && KindOf(o) == TypedArray {
				return e.vm.ToValue(ViewName(o))
			}
			return goja.Undefined()
		}
	})
}

// copyBits is set between arrays of integers of one size, whose bits stay what they are; it is false for others, and where the numbers are
// not as they should be. Programs of WebAssembly copy between an Int8Array and a Uint8Array all the time.
func copyBits(call goja.FunctionCall, from *goja.Object, source *layout.TypedArrayObject) bool {
	into, ok := call.This.(*goja.Object)
	if !ok || KindOf(into) != TypedArray || source.Length == 0 { // what has no elements may have lost its buffer
		return false
	}
	unsigned := func(o *goja.Object) string { return strings.Replace(strings.ToLower(ViewName(o)), "uint", "int", 1) }
	at := int64(0)
	if v := call.Argument(1); goja.IsNumber(v) {
		at = v.ToInteger()
	} else if !goja.IsUndefined(v) {
		return false
	}
	target := typedArray(into)
	if name := unsigned(from); name != unsigned(into) || strings.HasPrefix(name, "float") || at < 0 || at > int64(target.Length-source.Length) {
		return false
	}
	size := source.ElemSize
	b := viewBytes(source.ViewedArrayBuf, source.Offset*size, source.Length*size)
	d := viewBytes(target.ViewedArrayBuf, target.Offset*size, target.Length*size)
	if len(b) != source.Length*size || len(d) != target.Length*size {
		return false
	}
	copy(d[int(at)*size:], b)
	return true
}

// floatsWithZero is the array of floats that a call looks for 0 in, nil if it is another call: the engine compares bits, which tell -0 from 0.
func floatsWithZero(call goja.FunctionCall) *layout.TypedArrayObject {
	v := call.Argument(0)
	if !goja.IsNumber(v) || v.ToFloat() != 0 {
		return nil
	}
	if o, ok := call.This.(*goja.Object); ok && KindOf(o) == TypedArray && strings.HasPrefix(ViewName(o), "Float") {
		if t := typedArray(o); !t.ViewedArrayBuf.Detached {
			return t
		}
	}
	return nil
}

// zeroIn finds 0 or -0 as indexOf or lastIndexOf does.
func (e *Engine) zeroIn(t *layout.TypedArrayObject, call goja.FunctionCall, last bool) int {
	length, size := int64(t.Length), t.ElemSize
	from := int64(0)
	if last {
		from = length - 1
	}
	if length > 0 && len(call.Arguments) > 1 {
		if from = call.Arguments[1].ToInteger(); from < 0 {
			from += length
		}
	}
	b := viewBytes(t.ViewedArrayBuf, t.Offset*size, t.Length*size) // the conversion may have changed it
	zero := func(i int64) bool {
		at := b[i*int64(size):][:size]
		bits := at[size-1] & 0x7f
		for _, b := range at[:size-1] {
			bits |= b
		}
		return bits == 0
	}
	n := int64(len(b) / size)
	if last {
		for i := min(from, n-1); i >= 0; i-- {
			if zero(i) {
				return int(i)
			}
		}
		return -1
	}
	for i := max(from, 0); i < n; i++ {
		if zero(i) {
			return int(i)
		}
	}
	return -1
}
