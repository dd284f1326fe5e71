package fast

import (
	"sync/atomic"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/shapes"
)

// Where one object has its x, the next one made in the same way has it too. So an instruction remembers the slot of the engine's map where
// it found its name last, and looks there first.

// slotIn gives the slot of the instruction's name in a map, nil if the map has no such name or is a large one.
func (o *op) slotIn(m map[unistring.String]goja.Value, name unistring.String) *shapes.Slot {
	if !slotted {
		return nil
	}
	slots := shapes.Slots(m)
	if slots == nil {
		return nil
	}
	at := atomic.LoadUint32(&o.slot)
	if int(at) < len(slots) && slots[at].Name == name {
		return &slots[at]
	}
	for i := range slots {
		if s := &slots[i]; s.Name == name && name != "" {
			atomic.StoreUint32(&o.slot, uint32(i))
			return s
		}
	}
	return nil
}

// lookup gives what a map has under the instruction's name.
func (o *op) lookup(m map[unistring.String]goja.Value, name unistring.String) goja.Value {
	if s := o.slotIn(m, name); s != nil {
		return s.Value
	}
	if slotted && shapes.Small(m) {
		return nil
	}
	return m[name]
}
