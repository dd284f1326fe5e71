package fast

import (
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// global reads a name that is not resolved when a program is compiled, where that is quick.
func global(vm *layout.VM, name unistring.String) goja.Value {
	o := op{in: program.Instr{Data: pointerTo(&name)}, slot: nowhere}
	return o.global(vm)
}

// nowhere is the slot of a global name that has none which stays.
const nowhere = math.MaxUint32

// global is the value of the instruction's name, of a global one mostly where it lay before.
func (o *op) global(vm *layout.VM) goja.Value {
	name := *(*unistring.String)(o.in.Data)
	for s := vm.Stash; s != nil; s = s.Outer {
		if s.Obj != nil {
			return nil
		}
		if len(s.Names) == 0 {
			continue
		}
		if i, ok := s.Names[name]; ok {
			return s.Values[i&^maskType]
		}
	}
	values := layout.BaseOf(*layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), facts.GlobalObject)).Values
	at := atomic.LoadUint32(&o.slot)
	if at > 0 && at != nowhere {
		if s := shapes.SlotAt(values, at-1, name); s != nil {
			v, _ := data(s.Value)
			return v
		}
	}
	v := values[name]
	if v == nil {
		return nil
	}
	if at == 0 {
		if slot, ok := shapes.FindSlot(values, name); ok {
			at = slot + 1
		} else {
			at = nowhere
		}
		atomic.StoreUint32(&o.slot, at)
	}
	v, _ = data(v)
	return v
}

// maskType are the bits of a name's index that say what kind of variable it is.
const maskType = 1<<31 | 1<<30 | 1<<29
