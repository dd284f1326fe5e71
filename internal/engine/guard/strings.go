package guard

import (
	"math/big"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// joining stands in front of the instructions that put strings together: + and template literals.
type joining struct {
	program.Instr
	op    program.Op
	n     int // how many values
	facts *layout.Facts
}

var joinings = program.Table[joining]{Exec: (*joining).exec}

func (j *joining) exec(vm *layout.VM) {
	sum := 0
	known := true
	for i, v := range vm.Stack[vm.SP-j.n : vm.SP] {
		n, ok := stringLength(j.facts, v)
		if !ok && goja.IsBigInt(v) && j.op == program.ConcatStrings {
			if n, ok := v.Export().(*big.Int); ok && n.BitLen() > LongBigInt {
				vm.Stack[vm.SP-j.n+i] = vm.Runtime.ToValue(Aside(vm.Runtime, n.String))
			}
		}
		known = known && ok
		sum += n
	}
	if !known {
		if j.op == program.Add && sum > large && j.convert(vm) {
			j.exec(vm)
		} else {
			j.Run(vm)
		}
		return
	}
	if sum > MaxString {
		RangeError(vm.Runtime, "Invalid string length")
	}
	j.Run(vm)
}

// large is from what length on a string may grow too long by what an object says of itself.
const large = 1 << 24

// convert makes a string of what is added to one: as the engine's instruction does for it and an empty string.
func (j *joining) convert(vm *layout.VM) bool {
	pc, sp := vm.PC, vm.SP
	text, other := sp-2, sp-1
	if _, ok := stringLength(j.facts, vm.Stack[text]); !ok {
		text, other = other, text
	}
	kept := vm.Stack[text]
	vm.Stack[text] = vm.Runtime.ToValue("")
	j.Run(vm)
	converted := vm.Stack[sp-2]
	vm.Stack[text], vm.Stack[other] = kept, converted
	vm.PC, vm.SP = pc, sp
	_, ok := stringLength(j.facts, converted)
	return ok
}

// stringLength is the length of a string; false for all other values. That of one from Go is that of its UTF-8 form, until it is looked
// into.
func stringLength(facts *layout.Facts, v goja.Value) (int, bool) {
	switch w := layout.WordsOf(v); w.Tab {
	case facts.ASCII:
		return len(*(*string)(w.Data)), true
	case facts.Unicode:
		return len(*(*[]uint16)(w.Data)) - 1, true
	case facts.Imported:
		s := (*layout.ImportedString)(w.Data)
		if s.U != nil {
			return len(s.U) - 1, true
		}
		return len(s.S), true
	}
	return 0, false
}

// Strings is the pass that bounds the strings that operators make.
func Strings(facts *layout.Facts) program.Pass {
	return func(c program.Code) {
		for i := range c.Len() {
			switch op := c.Op(i); op {
			case program.Add:
				c.Set(i, joinings.Instr(c, &joining{c.At(i), op, 2, facts}))
			case program.ConcatStrings:
				c.Set(i, joinings.Instr(c, &joining{c.At(i), op, c.Int(i), facts}))
			}
		}
	}
}
