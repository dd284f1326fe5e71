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
		if _, radix := call.Argument(0).(*goja.Object); !radix && goja.IsBigInt(call.This) {
			if n, ok := call.This.Export().(*big.Int); ok && n.BitLen() > LongBigInt {
				call.Arguments = append([]goja.Value(nil), call.Arguments...)
				return Aside(rt, func() goja.Value { return plain(call) })
			}
		}
		return plain(call)
	}
}
