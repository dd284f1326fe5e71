// Package operators mends what the engine's operators get wrong: BigInts without a bound, the sign of a product that is 0, and
// conversions to 32 bits of numbers beyond 2^63, and what finally clauses and switches do. It stands in front of the engine's instructions, so it costs only where these run:
// what is hot is run by the package fast, which has them right. Any goroutine.
package operators

import (
	"math/big"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

func bigOf(v goja.Value) *big.Int {
	n, _ := v.Export().(*big.Int)
	return n
}

// bigInt stands in front of an operator whose result may be a BigInt of any size.
type bigInt struct {
	program.Instr
	op program.Op
}

var bigInts = program.Table[bigInt]{Exec: (*bigInt).exec}

func (o *bigInt) exec(vm *layout.VM) {
	if goja.IsBigInt(vm.Stack[vm.SP-1]) && goja.IsBigInt(vm.Stack[vm.SP-2]) {
		x, y := bigOf(vm.Stack[vm.SP-2]), bigOf(vm.Stack[vm.SP-1])
		if o.big(vm, x, y) {
			return
		}
		if f := o.slow(x, y); f != nil {
			o.result(vm, guard.Aside(vm.Runtime, f))
			return
		}
	}
	o.Run(vm)
}

// slow is what computes a result that takes its time, nil for others.
func (o *bigInt) slow(x, y *big.Int) func() *big.Int {
	switch o.op {
	case program.Mul:
		if x.BitLen() > guard.LongBigInt && y.BitLen() > guard.LongBigInt {
			return func() *big.Int { return new(big.Int).Mul(x, y) }
		}
	case program.Exp:
		if y.Sign() > 0 && y.IsInt64() && x.BitLen()*int(y.Int64()) > guard.LongBigInt {
			return func() *big.Int { return new(big.Int).Exp(x, y, nil) }
		}
	case program.Div, program.Mod:
		if x.BitLen()-y.BitLen() > guard.LongBigInt && y.BitLen() > guard.LongBigInt {
			if o.op == program.Div {
				return func() *big.Int { return new(big.Int).Quo(x, y) }
			}
			return func() *big.Int { return new(big.Int).Rem(x, y) }
		}
	}
	return nil
}

// big throws for a result that would be too big, and gives the results that need no computing.
func (o *bigInt) big(vm *layout.VM, x, y *big.Int) bool {
	left := y
	switch o.op {
	case program.Mul:
		if x.BitLen()+y.BitLen() > guard.MaxBigInt+1 {
			guard.BigIntTooBig(vm.Runtime)
		}
		return false
	case program.Exp:
		if y.Sign() <= 0 || x.BitLen() <= 1 {
			if y.BitLen() > 64 && x.BitLen() <= 1 && y.Sign() > 0 { // 0n, 1n or -1n
				o.result(vm, power(x, y))
				return true
			}
			return false
		}
		if y.BitLen() > 31 || (x.BitLen()-1)*int(y.Int64()) >= guard.MaxBigInt {
			guard.BigIntTooBig(vm.Runtime)
		}
		return false
	case program.Sar:
		left = new(big.Int).Neg(y)
	case program.Div, program.Mod:
		return false
	}
	switch {
	case x.Sign() == 0 && left.Sign() != 0:
		o.result(vm, x)
		return true
	case left.Sign() > 0 && (left.BitLen() > 31 || x.BitLen()+int(left.Int64()) > guard.MaxBigInt):
		guard.BigIntTooBig(vm.Runtime)
	case left.Sign() < 0 && left.BitLen() > 31:
		o.result(vm, big.NewInt(int64(min(x.Sign(), 0))))
		return true
	}
	return false
}

// power is x to a power of y > 0 where x is 0, 1 or -1.
func power(x, y *big.Int) *big.Int {
	if x.Sign() < 0 && y.Bit(0) == 0 {
		return big.NewInt(1)
	}
	return x
}

func (o *bigInt) result(vm *layout.VM, n *big.Int) {
	vm.SP--
	vm.Stack[vm.SP-1] = vm.Runtime.ToValue(n)
	vm.PC++
}
