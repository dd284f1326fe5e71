package engine

import (
	"math"
	"math/big"

	"github.com/dop251/goja"
)

// newAtomics makes the namespace Atomics.
func (e *Engine) newAtomics() goja.Value {
	vm := e.vm
	o := vm.NewObject()
	update := func(name string, f func(old, operand uint64) uint64) {
		e.SetMethod(o, name, 3, func(call goja.FunctionCall) goja.Value {
			kind, index := e.atomicArray(call, false)
			operand, _ := e.atomicOperand(kind, call.Argument(2))
			c := e.atomicCell(call.Argument(0), kind, index)
			return e.atomicValue(kind, c.update(func(old uint64) uint64 { return f(old, operand) }))
		})
	}
	e.SetMethod(o, "load", 2, func(call goja.FunctionCall) goja.Value {
		kind, index := e.atomicArray(call, false)
		return e.atomicValue(kind, e.atomicCell(call.Argument(0), kind, index).load())
	})
	e.SetMethod(o, "store", 3, func(call goja.FunctionCall) goja.Value {
		kind, index := e.atomicArray(call, false)
		v, result := e.atomicOperand(kind, call.Argument(2))
		e.atomicCell(call.Argument(0), kind, index).update(func(uint64) uint64 { return v })
		return result
	})
	update("add", func(a, b uint64) uint64 { return a + b })
	update("sub", func(a, b uint64) uint64 { return a - b })
	update("and", func(a, b uint64) uint64 { return a & b })
	update("or", func(a, b uint64) uint64 { return a | b })
	update("xor", func(a, b uint64) uint64 { return a ^ b })
	update("exchange", func(_, b uint64) uint64 { return b })
	e.SetMethod(o, "compareExchange", 4, func(call goja.FunctionCall) goja.Value {
		kind, index := e.atomicArray(call, false)
		expected, _ := e.atomicOperand(kind, call.Argument(2))
		v, _ := e.atomicOperand(kind, call.Argument(3))
		expected &= math.MaxUint64 >> (64 - 8*viewSize(kind))
		return e.atomicValue(kind, e.atomicCell(call.Argument(0), kind, index).update(func(old uint64) uint64 {
			if old == expected {
				return v
			}
			return old
		}))
	})
	e.SetMethod(o, "isLockFree", 1, func(call goja.FunctionCall) goja.Value {
		n := call.Argument(0).ToInteger()
		return vm.ToValue(n == 1 || n == 2 || n == 4 || n == 8)
	})
	// waited is what wait and waitAsync are given.
	waited := func(call goja.FunctionCall) (c *cell, value uint64, timeout float64) {
		kind := e.atomicKind(call, true)
		array := call.Argument(0).(*goja.Object)
		if buffer, _ := e.ViewOf(array); e.SharedMemory(buffer) == nil {
			e.Throw(vm.NewTypeError("[object %s] is not a shared typed array.", ViewName(array)))
		}
		index := e.atomicIndex(call)
		value, _ = e.atomicOperand(kind, call.Argument(2))
		timeout = math.Inf(1)
		if v := call.Argument(3); !goja.IsUndefined(v) {
			if f := v.ToNumber().ToFloat(); !math.IsNaN(f) {
				timeout = f
			}
		}
		return e.atomicCell(call.Argument(0), kind, index), value & (math.MaxUint64 >> (64 - 8*viewSize(kind))), timeout
	}
	e.SetMethod(o, "waitAsync", 4, func(call goja.FunctionCall) goja.Value {
		c, value, timeout := waited(call)
		result := vm.NewObject()
		p, resolve, _ := vm.NewPromise()
		tell := func(result string, by any) {
			settle := func() { resolve(result) }
			if by == e {
				e.hooks.Complete(settle)
			} else {
				e.hooks.Post(settle)
			}
		}
		if now := c.waitAsync(value, timeout, tell); now != "" {
			result.Set("async", false)
			result.Set("value", now)
			return result
		}
		result.Set("async", true)
		result.Set("value", p)
		return result
	})
	e.SetMethod(o, "pause", 0, func(call goja.FunctionCall) goja.Value {
		if v := call.Argument(0); !goja.IsUndefined(v) {
			if !goja.IsNumber(v) || math.Trunc(v.ToFloat()) != v.ToFloat() || math.IsInf(v.ToFloat(), 0) {
				e.Throw(vm.NewTypeError("The iterationNumber argument must be an integer"))
			}
		}
		return goja.Undefined()
	})
	e.SetMethod(o, "wait", 4, func(call goja.FunctionCall) goja.Value {
		c, value, timeout := waited(call)
		result := c.wait(e.hooks.Context(), value, timeout)
		if e.hooks.Context().Err() != nil {
			vm.Interrupt(e.hooks.Context().Err()) // nothing may run any more
		}
		return vm.ToValue(result)
	})
	e.SetMethod(o, "notify", 3, func(call goja.FunctionCall) goja.Value {
		kind, index := e.atomicArray(call, true)
		count := math.MaxInt32
		if v := call.Argument(2); !goja.IsUndefined(v) {
			count = int(min(max(v.ToNumber().ToInteger(), 0), math.MaxInt32))
		}
		c := e.atomicCell(call.Argument(0), kind, index)
		if c.memory == nil {
			return vm.ToValue(0)
		}
		return vm.ToValue(c.notify(count, e))
	})
	o.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("Atomics"), flagFalse, flagTrue, flagFalse)
	return o
}

// atomicArray checks the array and the index of an operation; waitable arrays are of int32 or BigInt64.
func (e *Engine) atomicArray(call goja.FunctionCall, waitable bool) (kind string, index int) {
	kind = e.atomicKind(call, waitable)
	return kind, e.atomicIndex(call)
}

// atomicKind checks the array and gives the name of its class.
func (e *Engine) atomicKind(call goja.FunctionCall, waitable bool) (kind string) {
	array, ok := call.Argument(0).(*goja.Object)
	if ok = ok && KindOf(array) == TypedArray; ok {
		switch kind = ViewName(array); kind {
		case "Int32Array", "BigInt64Array":
		case "Int8Array", "Uint8Array", "Int16Array", "Uint16Array", "Uint32Array", "BigUint64Array":
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
		name := e.TypeName(call.Argument(0))
		if array != nil && KindOf(array) == TypedArray {
			name = ViewName(array)
		}
		e.Throw(e.vm.NewTypeError("[object %s] is not %s", name, what))
	}
	if typedArray(array).ViewedArrayBuf.Detached {
		e.Throw(e.vm.NewTypeError("Cannot perform Atomics operation on a detached ArrayBuffer"))
	}
	return kind
}

func (e *Engine) atomicIndex(call goja.FunctionCall) int {
	length := typedArray(call.Argument(0).(*goja.Object)).Length
	i := call.Argument(1).ToNumber().ToInteger()
	if i < 0 || i >= int64(length) {
		e.Throw(e.NewPlainError("RangeError", "Invalid atomic access index"))
	}
	return int(i)
}

// atomicCell is the element, looked up after all conversions: they may run scripts.
func (e *Engine) atomicCell(v goja.Value, kind string, index int) *cell {
	array := v.(*goja.Object)
	buffer, offset := e.ViewOf(array)
	data, _ := e.Bytes(array)
	size := viewSize(kind)
	if len(data) < (index+1)*size {
		e.Throw(e.vm.NewTypeError("Cannot perform Atomics operation on a detached ArrayBuffer"))
	}
	return &cell{memory: e.SharedMemory(buffer), place: data[index*size : (index+1)*size], offset: offset + index*size}
}

// atomicOperand converts an operand to an element's bits, and to the value that store returns.
func (e *Engine) atomicOperand(kind string, v goja.Value) (bits uint64, value goja.Value) {
	if kind == "BigInt64Array" || kind == "BigUint64Array" {
		bigInt := e.Intrinsic("BigInt")
		n := e.CallMethod(bigInt, "asUintN", e.vm.ToValue(64), v)
		if !goja.IsBigInt(v) {
			v = e.CallMethod(bigInt, "asIntN", e.vm.ToValue(64), v)
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
	return uint64(int32Of(f)), e.vm.ToValue(f)
}

// int32Of is JavaScript's ToInt32 of a whole number.
func int32Of(f float64) int32 {
	if math.IsInf(f, 0) {
		return 0
	}
	return int32(uint32(int64(math.Mod(f, 1<<32))))
}

// atomicValue makes the value of an element's bits.
func (e *Engine) atomicValue(kind string, bits uint64) goja.Value {
	switch kind {
	case "Int8Array":
		return e.vm.ToValue(int8(bits))
	case "Int16Array":
		return e.vm.ToValue(int16(bits))
	case "Int32Array":
		return e.vm.ToValue(int32(bits))
	case "BigInt64Array":
		return e.vm.ToValue(big.NewInt(int64(bits)))
	case "BigUint64Array":
		return e.vm.ToValue(new(big.Int).SetUint64(bits))
	}
	return e.vm.ToValue(bits)
}

// viewSize is the size in bytes of an element of a typed array of that class.
func viewSize(class string) int {
	switch class {
	case "Int16Array", "Uint16Array", "Float16Array":
		return 2
	case "Int32Array", "Uint32Array", "Float32Array":
		return 4
	case "Float64Array", "BigInt64Array", "BigUint64Array":
		return 8
	}
	return 1
}
