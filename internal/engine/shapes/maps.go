package shapes

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// The engine keeps an object's properties in a map. A map of at most eight entries is one group: eight bytes of control, one for each
// slot, which say what is in it, and eight slots, filled in the order in which the properties were added.
//
// The maps of this package may have fewer slots. Go puts a new entry into the first slot that is empty, as long as there are less than
// eight entries, and else copies those that are there to a table. So a map here is said to have one entry more for each slot that it
// lacks: then Go finds an empty slot that it has, or makes a table, and never gets to one that is missing.

// smallMap is Go's map while it has one group.
type smallMap struct {
	used     uint64 // entries, and slots that it lacks
	seed     uintptr
	group    unsafe.Pointer // to a control and slots
	groups   int            // 0 if there is one
	_, _     uint8
	writing  uint8
	_        bool
	clearSeq uint64
}

// full is a group with all slots.
type full struct {
	control uint64
	slots   [inGroup]Slot
}

const inGroup = 8

// noControl is the control of a group without entries: each byte has the bit that an entry's has not.
const noControl = 0x8080808080808080

// Slot is an entry of a map.
type Slot struct {
	Name  unistring.String
	Value goja.Value
}

func (h *smallMap) control() *uint64 { return (*uint64)(h.group) }

func (h *smallMap) slot(i int) *Slot {
	return (*Slot)(unsafe.Add(h.group, unsafe.Offsetof(full{}.slots)+uintptr(i)*unsafe.Sizeof(Slot{})))
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
		if s := h.slot(i); s.Name != name || s.Value != m[name] {
			return false
		}
	}
	delete(m, "bc")
	return h.slot(1).Name == "" && h.slot(2).Name == "d"
})

// sampleValue is one of a few values that are not the same.
func sampleValue(i int) goja.Value {
	return [...]goja.Value{goja.PositiveInf(), goja.NegativeInf(), goja.Null(), goja.Undefined(), goja.SymIterator, goja.SymMatch, goja.SymSplit, goja.SymReplace}[i]
}

// Slots are the slots of a map up to the last one in use, nil if it is a large one. Those that are not in use have no name. Maps must be
// as expected.
func Slots(m map[unistring.String]goja.Value) []Slot {
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h == nil || h.groups != 0 || h.group == nil {
		return nil
	}
	return unsafe.Slice(h.slot(0), inGroup-bits.LeadingZeros64(^*h.control()&noControl)/8)
}

// Small tells whether a map has no more than one group. Maps must be as expected.
func Small(m map[unistring.String]goja.Value) bool {
	return (*(**smallMap)(unsafe.Pointer(&m))).small()
}
