package guard

import (
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// entry stands in front of the first instruction of each function and script.
type entry struct{ program.Instr }

// nested is how many entries from Go into the engine, and try blocks, a stack may hold before it is measured.
const nested = 100

func (e *entry) exec(vm *layout.VM) {
	if len(vm.CallStack) > vm.MaxCallStackSize-Slack || len(vm.TryStack) > nested && stackUsed() > maxStack {
		RangeError(vm.Runtime, tooDeep)
	}
	if Stopping() {
		Check(vm)
	}
	e.Run(vm)
}

var entries = program.Table[entry]{Exec: (*entry).exec}

// Calls is the pass that makes recursion in scripts end in a RangeError that they can catch.
func Calls(c program.Code) { c.Set(0, entries.Instr(c, &entry{c.At(0)})) }
