package operators

import (
	"math"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// enterBlock is the engine's: names to look up, and how many variables go where.
type enterBlock struct {
	_                    map[string]uint32
	stashSize, stackSize uint32
}

// discriminant stands where the block of a switch begins whose variables direct eval can see. What is switched on is a variable of the
// block without a name, for which the engine forgets in that case to move the value off the stack.
type discriminant struct{ program.Instr }

func (d *discriminant) exec(vm *layout.VM) {
	d.Run(vm)
	vm.SP--
	vm.Stash.Values[0] = vm.Stack[vm.SP]
}

var discriminants = program.Table[discriminant]{Exec: (*discriminant).exec}

// Switches is the pass that gives switch statements beside a direct eval what they switch on.
func Switches(c program.Code) {
	for i := range c.Len() {
		if c.Op(i) != program.EnterBlock {
			continue
		}
		// The engine takes the value on the stack off the block's size, and it was not counted there.
		if block := (*enterBlock)(c.At(i).Data); block.stackSize == math.MaxUint32 {
			block.stackSize = 0
			c.Set(i, discriminants.Instr(c, &discriminant{c.At(i)}))
		}
	}
}
