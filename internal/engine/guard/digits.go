package guard

import (
	"math/big"

	"github.com/dop251/goja"
)

// LongBigInt is how many bits of a BigInt make work with it take its time.
const LongBigInt = 1 << 16

// guardDigits is for BigInt.prototype.toString.
func guardDigits(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		if v := call.Argument(0); goja.IsBigInt(call.This) && !goja.IsUndefined(v) {
			radix := v.ToNumber().ToInteger()
			if radix < 2 || radix > 36 {
				RangeError(rt, "toString() radix argument must be between 2 and 36")
			}
			call.Arguments = []goja.Value{rt.ToValue(radix)}
		}
		if goja.IsBigInt(call.This) {
			if n, ok := call.This.Export().(*big.Int); ok && n.BitLen() > LongBigInt {
				return Aside(rt, func() goja.Value { return plain(call) })
			}
		}
		return plain(call)
	}
}
