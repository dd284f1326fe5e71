package shapes

import (
	"math/bits"
	"strconv"
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

// GroupOffset is where a map holds the address of its group.
const GroupOffset = unsafe.Offsetof(smallMap{}.group)

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

// A larger map is a table of groups, as long as it has less than a thousand entries. Entries stay where they are until the table grows.
type table struct {
	_, _, _ uint16
	_       uint8
	_       int
	groups  unsafe.Pointer
	mask    uint64 // one less than there are groups
}

// tableOf is the table that a map has instead of one group, nil if it has several.
func (h *smallMap) table() *table {
	if h.groups != 1 || !tabled() {
		return nil
	}
	return *(**table)(h.group)
}

func (t *table) slot(i uint32) *Slot {
	return &(*full)(unsafe.Add(t.groups, uintptr(i>>3)*unsafe.Sizeof(full{}))).slots[i&7]
}

// SlotAt gives a slot of a map, where FindSlot has found it in this or another one, if it has the name, and a value.
func SlotAt(m map[unistring.String]goja.Value, i uint32, name unistring.String) *Slot {
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h == nil || h.group == nil {
		return nil
	}
	var s *Slot
	if h.groups == 0 {
		if *h.control()>>(i&7*8)&0x80 != 0 {
			return nil // empty, or not there at all
		}
		s = h.slot(int(i & 7))
	} else if t := h.table(); t != nil && uint64(i>>3) <= t.mask {
		s = t.slot(i)
	} else {
		return nil
	}
	if s.Name != name || s.Value == nil {
		return nil
	}
	return s
}

// FindSlot looks for a name that is not empty in a map.
func FindSlot(m map[unistring.String]goja.Value, name unistring.String) (uint32, bool) {
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h == nil || h.group == nil || !Slotted() || name == "" {
		return 0, false
	}
	if h.groups == 0 {
		slots := Slots(m)
		for i := range slots {
			if slots[i].Name == name {
				return uint32(i), true
			}
		}
		return 0, false
	}
	t := h.table()
	if t == nil {
		return 0, false
	}
	for i := range uint32(t.mask+1) * 8 {
		if t.slot(i).Name == name {
			return i, true
		}
	}
	return 0, false
}

// tabled tells whether tables are what is said here.
var tabled = sync.OnceValue(func() bool {
	m := map[unistring.String]goja.Value{}
	name := func(i int) unistring.String { return unistring.String(strconv.Itoa(i)) }
	for i := range 100 {
		m[name(i)] = sampleValue(i % 8)
	}
	h := *(**smallMap)(unsafe.Pointer(&m))
	if h.groups != 1 || h.group == nil {
		return false
	}
	t := *(**table)(h.group)
	if t == nil || t.groups == nil || t.mask != 15 && t.mask != 31 {
		return false
	}
	delete(m, name(50))
	found := 0
	for i := range uint32(t.mask+1) * 8 {
		if s := t.slot(i); s.Name != "" {
			if s.Value != m[s.Name] {
				return false
			}
			found++
		}
	}
	return found == len(m)
})

// Map is room for the map of an object that hardly ever gets a property.
type Map struct{ m smallMap }

// Init gives the map, which is empty. Maps must be as expected.
func (r *Map) Init() (m map[unistring.String]goja.Value) {
	r.m.seed = seed
	*(**smallMap)(unsafe.Pointer(&m)) = &r.m
	return m
}
