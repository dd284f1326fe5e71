package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// The engine keeps an object's properties in a map. A map of at most eight entries is one group of slots, filled in the order in which
// the properties were added: where one object has its x, the next one made in the same way has it too. So an instruction remembers the
// slot where it found its name last, and looks there first.

// smallMap is Go's map while it has one group.
type smallMap struct {
	used     uint64
	seed     uintptr
	group    *group
	groups   int // 0 if there is one
	_, _     uint8
	writing  uint8
	_        bool
	clearSeq uint64
}

type group struct {
	control uint64
	slots   [8]slot
}

type slot struct {
	name  unistring.String
	value goja.Value
}

// slotted says that maps are what this file expects. It is set with the other facts.
var slotted bool

func findSlots() bool {
	m := map[unistring.String]goja.Value{}
	for i, name := range []unistring.String{"a", "bc", "d"} {
		m[name] = intValue(int64(i))
	}
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h.used != 3 || h.groups != 0 || h.group == nil {
		return false
	}
	for i, name := range []unistring.String{"a", "bc", "d"} {
		if s := &h.group.slots[i]; s.name != name || s.value != m[name] {
			return false
		}
	}
	delete(m, "bc")
	return h.group.slots[1].name == "" && h.group.slots[2].name == "d"
}

// slotIn gives the slot of the instruction's name in a map, nil if the map has no such name or is a large one.
func (o *op) slotIn(m map[unistring.String]goja.Value, name unistring.String) *slot {
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h == nil || h.groups != 0 || h.group == nil || !slotted {
		return nil
	}
	at := atomic.LoadUint32(&o.slot)
	if s := &h.group.slots[at&7]; s.name == name {
		return s
	}
	for i := range h.group.slots {
		if s := &h.group.slots[i]; s.name == name && name != "" {
			atomic.StoreUint32(&o.slot, uint32(i))
			return s
		}
	}
	return nil
}

// lookup gives what a map has under the instruction's name.
func (o *op) lookup(m map[unistring.String]goja.Value, name unistring.String) goja.Value {
	if s := o.slotIn(m, name); s != nil {
		return s.value
	}
	if len(m) <= len(group{}.slots) && slotted && (*(**smallMap)(unsafe.Pointer(&m))).small() {
		return nil
	}
	return m[name]
}

func (h *smallMap) small() bool { return h == nil || h.groups == 0 }
