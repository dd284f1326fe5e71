package shapes

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// The engine keeps an object's properties in a map. A map of at most eight entries is one group of slots, filled in the order in which
// the properties were added.

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
	slots   [8]Slot
}

// noControl is the control word of a group without entries.
const noControl = 0x8080808080808080

// Slot is an entry of a map.
type Slot struct {
	Name  unistring.String
	Value goja.Value
}

func (h *smallMap) small() bool { return h == nil || h.groups == 0 }

// Slotted tells whether maps are what this file expects.
var Slotted = sync.OnceValue(func() bool {
	m := map[unistring.String]goja.Value{}
	for i, name := range []unistring.String{"a", "bc", "d"} {
		m[name] = sampleValue(i)
	}
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h.used != 3 || h.groups != 0 || h.group == nil {
		return false
	}
	for i, name := range []unistring.String{"a", "bc", "d"} {
		if s := &h.group.slots[i]; s.Name != name || s.Value != m[name] {
			return false
		}
	}
	delete(m, "bc")
	return h.group.slots[1].Name == "" && h.group.slots[2].Name == "d"
})

// sampleValue is one of a few values that are not the same.
func sampleValue(i int) goja.Value {
	return [...]goja.Value{goja.PositiveInf(), goja.NegativeInf(), goja.Null(), goja.Undefined(), goja.SymIterator, goja.SymMatch, goja.SymSplit, goja.SymReplace}[i]
}

// Slots are the slots of a map, nil if it has none or is a large one. Those that are not in use have no name. Maps must be as expected.
func Slots(m map[unistring.String]goja.Value) *[8]Slot {
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h == nil || h.groups != 0 || h.group == nil {
		return nil
	}
	return &h.group.slots
}

// Small tells whether a map has no more than one group. Maps must be as expected.
func Small(m map[unistring.String]goja.Value) bool {
	return (*(**smallMap)(unsafe.Pointer(&m))).small()
}
