package operators

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// product stands in front of a multiplication. The engine loses the sign where 0 meets a negative integer that is not -1.
type product struct {
	program.Instr
	facts *layout.Facts
}

var products = program.Table[product]{Exec: (*product).exec}

func (p *product) exec(vm *layout.VM) {
	x, y := layout.WordsOf(number(p.facts, vm.Stack[vm.SP-2])), layout.WordsOf(number(p.facts, vm.Stack[vm.SP-1]))
	if x.Tab == p.facts.Int && y.Tab == p.facts.Int {
		if x, y := *(*int64)(x.Data), *(*int64)(y.Data); x == 0 && y < 0 || x < 0 && y == 0 {
			vm.SP--
			vm.Stack[vm.SP-1] = vm.Runtime.ToValue(math.Copysign(0, -1))
			vm.PC++
			return
		}
	}
	p.Run(vm)
}

// number is ToNumber of what can be converted without anybody seeing it; other values it gives as they are.
func number(facts *layout.Facts, v goja.Value) goja.Value {
	switch layout.WordsOf(v).Tab {
	case facts.Bool, facts.Null, facts.ASCII, facts.Unicode, facts.Imported:
		return v.ToNumber()
	}
	return v
}

// bits stands in front of an operator that takes its operands modulo 2^32. The engine takes numbers beyond 2^63 for 0.
type bits struct {
	program.Instr
	facts    *layout.Facts
	operands int
}

var bitwise = program.Table[bits]{Exec: (*bits).exec}

func (b *bits) exec(vm *layout.VM) {
	for i := vm.SP - b.operands; i < vm.SP; i++ {
		if w := layout.WordsOf(number(b.facts, vm.Stack[i])); w.Tab == b.facts.Float {
			if f := *(*float64)(w.Data); math.Abs(f) >= 1<<63 && !math.IsInf(f, 0) {
				vm.Stack[i] = vm.Runtime.ToValue(math.Mod(f, 1<<32))
			}
		}
	}
	b.Run(vm)
}

// Pass puts what mends an operator in front of it.
func Pass(facts *layout.Facts) program.Pass {
	return func(c program.Code) {
		for i := range c.Len() {
			switch op := c.Op(i); op {
			case program.Mul:
				c.Set(i, products.Instr(c, &product{c.At(i), facts}))
				fallthrough
			case program.Exp, program.Div, program.Mod:
				c.Set(i, bigInts.Instr(c, &bigInt{c.At(i), op}))
			case program.Bnot:
				c.Set(i, bitwise.Instr(c, &bits{c.At(i), facts, 1}))
			case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr:
				c.Set(i, bitwise.Instr(c, &bits{c.At(i), facts, 2}))
				if op == program.Sal || op == program.Sar {
					c.Set(i, bigInts.Instr(c, &bigInt{c.At(i), op}))
				}
			}
		}
	}
}
