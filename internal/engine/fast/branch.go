package fast

import (
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// tryBlock is the operand of the instruction that enters a try block.
type tryBlock struct{ catchOffset, finallyOffset int32 }

// branch does an instruction that chooses where to go on, by a value that is missing or at a border of a try block. It gives how many
// instructions further on, and the first free place of the stack; 0 if nothing has been done.
func (m *machine) branch(o *op, sp *layout.Words) (int, *layout.Words) {
	vm, top := m.vm, m.top(sp)
	switch o.do {
	case program.Jdef, program.JdefP:
		n := 1
		if top.Tab != undefinedTab {
			if n = int(o.n); o.do == program.Jdef {
				return n, sp
			}
		}
		return n, top
	case program.Jopt:
		if top.Tab != undefinedTab && top.Tab != nullTab {
			return 1, sp
		}
		set(top, undefined)
		return int(o.n), sp
	case program.Joptc:
		if top.Tab == undefinedTab || top.Tab == nullTab {
			set(below(top, 1), undefined)
			return int(o.n), top
		}
		if top.Tab == objectTab || simple(top.Tab) {
			return 1, sp
		}
		return 0, nil // what stands for a missing method is no value
	case program.Jcoalesc:
		if top.Tab == undefinedTab || top.Tab == nullTab {
			return 1, top
		}
		return int(o.n), sp
	case program.Try:
		block, pc := (*tryBlock)(o.operand), int32(m.pc(o))
		f := layout.TryFrame{CallStackLen: uint32(len(vm.CallStack)), IterLen: uint32(len(vm.IterStack)), RefLen: uint32(len(vm.RefStack)),
			SP: int32(m.index(sp)), Stash: vm.Stash, PrivEnv: vm.PrivEnv, CatchPos: -1, FinallyPos: -1, FinallyRet: -1}
		if block.catchOffset > 0 {
			f.CatchPos = pc + block.catchOffset
		}
		if block.finallyOffset > 0 {
			f.FinallyPos = pc + block.finallyOffset
		}
		vm.TryStack = append(vm.TryStack, f)
		return 1, sp
	case program.LeaveTry:
		f := &vm.TryStack[len(vm.TryStack)-1]
		if f.FinallyPos < 0 {
			vm.TryStack = vm.TryStack[:len(vm.TryStack)-1]
			return 1, sp
		}
		pc := int32(m.pc(o))
		n := int(f.FinallyPos - pc)
		f.FinallyRet, f.FinallyPos, f.CatchPos = pc+1, -1, -1
		vm.Stash = f.Stash
		return n, m.place(int(f.SP))
	case program.EnterFinally:
		f := &vm.TryStack[len(vm.TryStack)-1]
		f.FinallyPos, f.CatchPos = -1, -1
		return 1, sp
	case program.LeaveFinally:
		f := &vm.TryStack[len(vm.TryStack)-1]
		if f.Exception != nil || f.FinallyRet < -1 { // -2: a generator is about to return
			return 0, nil
		}
		n := 1
		if f.FinallyRet != -1 {
			n = int(f.FinallyRet) - m.pc(o)
		}
		vm.TryStack = vm.TryStack[:len(vm.TryStack)-1]
		return n, sp
	}
	if o.do == exchange && m.exchange(o) || o.do == takeElements && m.takeElements(o, top) {
		return int(o.skip), sp
	}
	return 0, nil
}
