package operators

import (
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// finally stands where a finally clause begins after a try block that has not thrown: what it throws is not for the catch clause.
type finally struct{ program.Instr }

func (f *finally) exec(vm *layout.VM) {
	vm.TryStack[len(vm.TryStack)-1].CatchPos = -1
	f.Run(vm)
}

var finallies = program.Table[finally]{Exec: (*finally).exec}

// Finally is the pass that keeps catch clauses from catching what their finally clause throws.
func Finally(c program.Code) {
	for i := range c.Len() {
		if c.Op(i) == program.EnterFinally {
			c.Set(i, finallies.Instr(c, &finally{c.At(i)}))
		}
	}
}
