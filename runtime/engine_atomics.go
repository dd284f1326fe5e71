package runtime

import (
	"math"
	"math/big"

	"github.com/dop251/goja"

	"gonode/internal/v8ser"
)

// newAtomics makes the namespace Atomics.
func (rt *Runtime) newAtomics() goja.Value {
	vm := rt.vm
	o := vm.NewObject()
	update := func(name string, f func(old, operand uint64) uint64) {
		rt.SetMethod(o, name, 3, func(call goja.FunctionCall) goja.Value {
			kind, index := rt.atomicArray(call, false)
			operand, _ := rt.atomicOperand(kind, call.Argument(2))
			c := rt.atomicCell(call.Argument(0), kind, index)
			return rt.atomicValue(kind, c.update(func(old uint64) uint64 { return f(old, operand) }))
		})
	}
	rt.SetMethod(o, "load", 2, func(call goja.FunctionCall) goja.Value {
		kind, index := rt.atomicArray(call, false)
		return rt.atomicValue(kind, rt.atomicCell(call.Argument(0), kind, index).load())
	})
	rt.SetMethod(o, "store", 3, func(call goja.FunctionCall) goja.Value {
		kind, index := rt.atomicArray(call, false)
		v, result := rt.atomicOperand(kind, call.Argument(2))
		rt.atomicCell(call.Argument(0), kind, index).update(func(uint64) uint64 { return v })
		return result
	})
	update("add", func(a, b uint64) uint64 { return a + b })
	update("sub", func(a, b uint64) uint64 { return a - b })
	update("and", func(a, b uint64) uint64 { return a & b })
	update("or", func(a, b uint64) uint64 { return a | b })
	update("xor", func(a, b uint64) uint64 { return a ^ b })
	update("exchange", func(_, b uint64) uint64 { return b })
	rt.SetMethod(o, "compareExchange", 4, func(call goja.FunctionCall) goja.Value {
		kind, index := rt.atomicArray(call, false)
		expected, _ := rt.atomicOperand(kind, call.Argument(2))
		v, _ := rt.atomicOperand(kind, call.Argument(3))
		expected &= math.MaxUint64 >> (64 - 8*kind.Size())
		return rt.atomicValue(kind, rt.atomicCell(call.Argument(0), kind, index).update(func(old uint64) uint64 {
			if old == expected {
				return v
			}
			return old
		}))
	})
	rt.SetMethod(o, "isLockFree", 1, func(call goja.FunctionCall) goja.Value {
		n := call.Argument(0).ToInteger()
		return vm.ToValue(n == 1 || n == 2 || n == 4 || n == 8)
	})
	rt.SetMethod(o, "wait", 4, func(call goja.FunctionCall) goja.Value {
		kind, index := rt.atomicArray(call, true)
		if rt.atomicCell(call.Argument(0), kind, index).memory == nil {
			rt.Throw(vm.NewTypeError("[object %s] is not a shared typed array.", ViewName(call.Argument(0).(*goja.Object))))
		}
		value, _ := rt.atomicOperand(kind, call.Argument(2))
		timeout := math.Inf(1)
		if v := call.Argument(3); !goja.IsUndefined(v) {
			if f := v.ToFloat(); !math.IsNaN(f) {
				timeout = f
			}
		}
		result := rt.atomicCell(call.Argument(0), kind, index).wait(rt.ctx, value&(math.MaxUint64>>(64-8*kind.Size())), timeout)
		if rt.ctx.Err() != nil {
			vm.Interrupt(rt.ctx.Err()) // nothing may run any more
		}
		return vm.ToValue(result)
	})
	rt.SetMethod(o, "notify", 3, func(call goja.FunctionCall) goja.Value {
		kind, index := rt.atomicArray(call, true)
		count := math.MaxInt32
		if v := call.Argument(2); !goja.IsUndefined(v) {
			count = int(min(max(v.ToInteger(), 0), math.MaxInt32))
		}
		c := rt.atomicCell(call.Argument(0), kind, index)
		if c.memory == nil {
			return vm.ToValue(0)
		}
		return vm.ToValue(c.notify(count))
	})
	o.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("Atomics"), flagFalse, flagTrue, flagFalse)
	return o
}

// atomicArray checks the array and the index of an operation; waitable arrays are of int32 or BigInt64.
func (rt *Runtime) atomicArray(call goja.FunctionCall, waitable bool) (kind v8ser.ViewType, index int) {
	array, ok := call.Argument(0).(*goja.Object)
	if ok = ok && KindOf(array) == TypedArray; ok {
		switch kind = viewTypeOf(array); kind {
		case v8ser.Int32Array, v8ser.BigInt64Array:
		case v8ser.Int8Array, v8ser.Uint8Array, v8ser.Int16Array, v8ser.Uint16Array, v8ser.Uint32Array, v8ser.BigUint64Array:
			ok = !waitable
		default:
			ok = false
		}
	}
	if !ok {
		what := "an integer typed array."
		if waitable {
			what = "an int32 or BigInt64 typed array."
		}
		name := rt.typeName(call.Argument(0))
		if array != nil && KindOf(array) == TypedArray {
			name = ViewName(array)
		}
		rt.Throw(rt.vm.NewTypeError("[object %s] is not %s", name, what))
	}
	i := call.Argument(1).ToInteger()
	if i < 0 || i >= lengthOf(array) {
		rt.Throw(rt.NewPlainError("RangeError", "Invalid atomic access index"))
	}
	return kind, int(i)
}

// atomicCell is the element, looked up after all conversions: they may run scripts.
func (rt *Runtime) atomicCell(v goja.Value, kind v8ser.ViewType, index int) *cell {
	array := v.(*goja.Object)
	buffer, offset := rt.ViewOf(array)
	data, _ := rt.Bytes(array)
	size := kind.Size()
	if len(data) < (index+1)*size {
		rt.Throw(rt.vm.NewTypeError("Cannot perform Atomics operation on a detached ArrayBuffer"))
	}
	return &cell{memory: rt.SharedMemory(buffer), place: data[index*size : (index+1)*size], offset: offset + index*size}
}

// atomicOperand converts an operand to an element's bits, and to the value that store returns.
func (rt *Runtime) atomicOperand(kind v8ser.ViewType, v goja.Value) (bits uint64, value goja.Value) {
	if kind == v8ser.BigInt64Array || kind == v8ser.BigUint64Array {
		bigInt := rt.vm.Get("BigInt").(*goja.Object)
		n := rt.CallMethod(bigInt, "asUintN", rt.vm.ToValue(64), v)
		if !goja.IsBigInt(v) {
			v = rt.CallMethod(bigInt, "asIntN", rt.vm.ToValue(64), v)
		}
		return n.Export().(*big.Int).Uint64(), v
	}
	f := v.ToFloat()
	switch {
	case math.IsNaN(f):
		f = 0
	case !math.IsInf(f, 0):
		f = math.Trunc(f) + 0
	}
	return uint64(int32Of(f)), rt.vm.ToValue(f)
}

// int32Of is JavaScript's ToInt32 of a whole number.
func int32Of(f float64) int32 {
	if math.IsInf(f, 0) {
		return 0
	}
	return int32(uint32(int64(math.Mod(f, 1<<32))))
}

// atomicValue makes the value of an element's bits.
func (rt *Runtime) atomicValue(kind v8ser.ViewType, bits uint64) goja.Value {
	switch kind {
	case v8ser.Int8Array:
		return rt.vm.ToValue(int8(bits))
	case v8ser.Int16Array:
		return rt.vm.ToValue(int16(bits))
	case v8ser.Int32Array:
		return rt.vm.ToValue(int32(bits))
	case v8ser.BigInt64Array:
		return rt.vm.ToValue(big.NewInt(int64(bits)))
	case v8ser.BigUint64Array:
		return rt.vm.ToValue(new(big.Int).SetUint64(bits))
	}
	return rt.vm.ToValue(bits)
}
