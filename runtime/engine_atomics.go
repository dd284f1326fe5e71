package runtime

import (
	"math"
	"time"

	"github.com/dop251/goja"
)

// newSharedArrayBufferClass makes class SharedArrayBuffer. A runtime is one thread, so its memory is shared with nobody.
func (rt *Runtime) newSharedArrayBufferClass() goja.Value {
	class, proto := rt.Class("SharedArrayBuffer", 1, func(call goja.ConstructorCall) *goja.Object {
		n := call.Argument(0).ToInteger()
		if n < 0 || n > math.MaxInt32 {
			rt.Throw(rt.NewPlainError("RangeError", "Array buffer allocation failed"))
		}
		buffer := rt.vm.ToValue(rt.vm.NewArrayBuffer(make([]byte, n))).(*goja.Object)
		buffer.SetPrototype(call.This.Prototype())
		return buffer
	})
	plain := rt.vm.Get("ArrayBuffer").(*goja.Object).Get("prototype").(*goja.Object)
	rt.SetGetter(proto, "byteLength", func(this goja.Value) goja.Value {
		if o, ok := this.(*goja.Object); ok {
			if buffer, ok := o.Export().(goja.ArrayBuffer); ok {
				return rt.vm.ToValue(len(buffer.Bytes()))
			}
		}
		rt.Throw(rt.vm.NewTypeError("Method SharedArrayBuffer.prototype.byteLength called on incompatible receiver"))
		return nil
	}, nil)
	rt.SetMethod(proto, "slice", 2, func(call goja.FunctionCall) goja.Value {
		slice, _ := goja.AssertFunction(plain.Get("slice"))
		part := rt.Call(slice, call.This, append([]goja.Value(nil), call.Arguments...)...).(*goja.Object)
		part.SetPrototype(proto)
		return part
	})
	proto.DefineDataPropertySymbol(goja.SymToStringTag, rt.vm.ToValue("SharedArrayBuffer"), flagFalse, flagTrue, flagFalse)
	return class
}

// newAtomics makes the namespace Atomics. With one thread every operation is atomic.
func (rt *Runtime) newAtomics() goja.Value {
	vm := rt.vm
	o := vm.NewObject()
	element := func(call goja.FunctionCall) (array *goja.Object, index string) {
		array, ok := call.Argument(0).(*goja.Object)
		if !ok || KindOf(array) != TypedArray {
			rt.Throw(vm.NewTypeError("[object %s] is not an integer typed array.", rt.typeName(call.Argument(0))))
		}
		i := call.Argument(1).ToInteger()
		if i < 0 || i >= lengthOf(array) {
			rt.Throw(rt.NewPlainError("RangeError", "Invalid atomic access index"))
		}
		return array, itoa(int(i))
	}
	update := func(name string, f func(old, operand int64) int64) {
		rt.SetMethod(o, name, 3, func(call goja.FunctionCall) goja.Value {
			array, i := element(call)
			old := array.Get(i)
			if goja.IsBigInt(old) {
				rt.Throw(rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "Atomics."+name+" on BigInt arrays"))
			}
			array.Set(i, f(old.ToInteger(), call.Argument(2).ToInteger()))
			return old
		})
	}
	update("add", func(a, b int64) int64 { return a + b })
	update("sub", func(a, b int64) int64 { return a - b })
	update("and", func(a, b int64) int64 { return a & b })
	update("or", func(a, b int64) int64 { return a | b })
	update("xor", func(a, b int64) int64 { return a ^ b })
	update("exchange", func(_, b int64) int64 { return b })
	rt.SetMethod(o, "load", 2, func(call goja.FunctionCall) goja.Value {
		array, i := element(call)
		return array.Get(i)
	})
	rt.SetMethod(o, "store", 3, func(call goja.FunctionCall) goja.Value {
		array, i := element(call)
		v := call.Argument(2)
		if !goja.IsBigInt(v) {
			v = vm.ToValue(v.ToInteger())
		}
		array.Set(i, v)
		return v
	})
	rt.SetMethod(o, "compareExchange", 4, func(call goja.FunctionCall) goja.Value {
		array, i := element(call)
		old := array.Get(i)
		if old.StrictEquals(call.Argument(2)) {
			array.Set(i, call.Argument(3))
		}
		return old
	})
	rt.SetMethod(o, "isLockFree", 1, func(call goja.FunctionCall) goja.Value {
		n := call.Argument(0).ToInteger()
		return vm.ToValue(n == 1 || n == 2 || n == 4 || n == 8)
	})
	rt.SetMethod(o, "wait", 4, func(call goja.FunctionCall) goja.Value {
		array, i := element(call)
		if !array.Get(i).StrictEquals(call.Argument(2)) {
			return vm.ToValue("not-equal")
		}
		// Nobody can notify a runtime's only thread: the time runs out, or never does.
		timeout := math.Inf(1)
		if v := call.Argument(3); !goja.IsUndefined(v) {
			timeout = v.ToFloat()
		}
		if math.IsNaN(timeout) || math.IsInf(timeout, 1) {
			for {
				time.Sleep(time.Hour)
			}
		}
		time.Sleep(time.Duration(max(timeout, 0) * float64(time.Millisecond)))
		return vm.ToValue("timed-out")
	})
	rt.SetMethod(o, "notify", 3, func(call goja.FunctionCall) goja.Value {
		element(call)
		return vm.ToValue(0)
	})
	o.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("Atomics"), flagFalse, flagTrue, flagFalse)
	return o
}
