package shapes

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// bare is an ordinary object without room for properties.
type bare struct {
	object layout.Object
	base   Object
	m      smallMap
}

// block is one with room for them.
type block[S slots] struct {
	bare
	control uint64
	slots   S
}

// slots are as many as there is room for, and one more: Go makes a table of a group without an empty slot at the next assignment, even of a
// name that it has, and the list of names would not tell.
type slots interface {
	[2]Slot | [3]Slot | [4]Slot | [5]Slot | [6]Slot | [7]Slot | [8]Slot
}

// Object is an object that has a shape.
type Object struct{ layout.BaseObject }

func newBlock[S slots]() (*bare, *uint64) {
	b := new(block[S])
	return &b.bare, &b.control
}

// newBlocks make objects by their room.
var newBlocks = [Most + 1]func() (*bare, *uint64){1: newBlock[[2]Slot], newBlock[[3]Slot], newBlock[[4]Slot], newBlock[[5]Slot], newBlock[[6]Slot], newBlock[[7]Slot], newBlock[[8]Slot]}

// allocate makes an object that has room for so many properties, at most Most.
func allocate(room int) *bare {
	if room = min(room, Most); room == 0 {
		return new(bare)
	}
	b, group := newBlocks[room]()
	*group = noControl
	b.m.group, b.m.used = unsafe.Pointer(group), uint64(Most-room)
	return b
}

func (b *bare) init(rt *goja.Runtime, prototype *goja.Object) *goja.Object {
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.object = layout.Object{Self: layout.Words{Tab: facts.Base, Data: unsafe.Pointer(&b.base)}, Runtime: rt}
	b.m.seed = seed
	b.base.Class, b.base.Val, b.base.Prototype, b.base.Extensible = "Object", o, prototype, true
	*(**smallMap)(unsafe.Pointer(&b.base.Values)) = &b.m
	b.base.PropNames = empty.names[:0:0] // without the mark, which the engine would remove after going over no names
	return o
}

// New makes an object without properties, with room for some.
func New(rt *goja.Runtime, prototype *goja.Object, room int) *goja.Object {
	return allocate(room).init(rt, prototype)
}

// Make makes an object with the properties of a shape. Their values are those of the slots that it gives, all of which must be filled.
func (s *Shape) Make(rt *goja.Runtime, prototype *goja.Object) (*goja.Object, []Slot) {
	b := allocate(s.n)
	o := b.init(rt, prototype)
	if s.n == 0 {
		return o, nil
	}
	b.base.PropNames = s.names[: s.n : s.n+1]
	return o, b.m.fill(s, s.n)
}

// fill gives a new map, which has room for so many, the names of a shape.
func (h *smallMap) fill(s *Shape, room int) []Slot {
	*h.control() = s.control
	h.used = uint64(Most - room + s.n)
	slots := unsafe.Slice(h.slot(0), s.n)
	for i := range slots {
		slots[i].Name = s.names[i]
	}
	return slots
}

// Large makes an object with more properties than those with shapes have. names are those of values, in the order in which they came to
// be; the object owns both.
func Large(rt *goja.Runtime, prototype *goja.Object, names []unistring.String, values map[unistring.String]goja.Value) *goja.Object {
	b := new(bare)
	o := b.init(rt, prototype)
	b.base.Values, b.base.PropNames = values, names
	return o
}

// Add gives an object the property that comes next in its shape.
func (b *Object) Add(p *Location, v goja.Value) {
	h := *(**smallMap)(unsafe.Pointer(&b.Values))
	if h.used == uint64(Most) || h.group == nil {
		h.grow(int(p.slot))
	}
	s := p.next
	*h.control() = s.control
	h.used++
	*h.slot(int(p.slot)) = Slot{s.names[p.slot&7], v}
	b.PropNames = s.names[: s.n : s.n+1]
}

// grow gives a map all slots. It has n entries, without gaps.
func (h *smallMap) grow(n int) {
	g := new(full)
	g.control = noControl
	if n > 0 {
		g.control = *h.control()
		copy(g.slots[:], unsafe.Slice(h.slot(0), n))
	}
	h.group, h.used = unsafe.Pointer(g), uint64(n)
}

// SlotAt is the slot of a place.
func (b *Object) SlotAt(p *Location) *Slot {
	return (*(**smallMap)(unsafe.Pointer(&b.Values))).slot(int(p.slot))
}

// arrayBlock is an ordinary array in one piece of memory, but for its elements, with room for so many properties and one more.
type arrayBlock[S slots] struct {
	arrayHead
	control uint64
	slots   S
}

type arrayHead struct {
	object layout.Object
	array  layout.ArrayObject
	m      smallMap
}

// NewArray makes an array of elements, of which none is a hole. It owns them.
func NewArray(rt *goja.Runtime, prototype *goja.Object, elements []goja.Value) *goja.Object {
	o, _ := onlyLength.MakeArray(rt, prototype, elements)
	return o
}

// ArrayShape is the shape of arrays, which begins with length.
func ArrayShape() *Shape { return onlyLength }

// MakeArray makes an array with more properties than its elements, at most four. The slots are those of the shape, which begins as an
// array's does, and must be filled from the second on.
func (s *Shape) MakeArray(rt *goja.Runtime, prototype *goja.Object, elements []goja.Value) (*goja.Object, []Slot) {
	var b *arrayHead
	room := s.n
	switch s.n {
	case 1:
		n := new(arrayBlock[[2]Slot])
		b, n.m.group = &n.arrayHead, unsafe.Pointer(&n.control)
	case 4:
		n := new(arrayBlock[[5]Slot])
		b, n.m.group = &n.arrayHead, unsafe.Pointer(&n.control)
	default:
		room = 5
		n := new(arrayBlock[[6]Slot])
		b, n.m.group = &n.arrayHead, unsafe.Pointer(&n.control)
	}
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.object = layout.Object{Self: layout.Words{Tab: facts.Array, Data: unsafe.Pointer(&b.array)}, Runtime: rt}
	a := &b.array
	a.Class, a.Val, a.Prototype, a.Extensible = "Array", o, prototype, true
	a.LengthProp.Writable = true
	a.PropNames = s.names[: s.n : s.n+1]
	a.Values, a.Length, a.ObjCount = elements, uint32(len(elements)), len(elements)
	b.m.seed = seed
	*(**smallMap)(unsafe.Pointer(&a.BaseObject.Values)) = &b.m
	slots := b.m.fill(s, room)
	slots[0].Value = layout.Words{Tab: facts.Property, Data: unsafe.Pointer(&a.LengthProp)}.Value()
	return o, slots
}

// Define is CreateDataProperty for an ordinary object. The name may come from data. It is false if it has done nothing, as for objects to
// which something unusual was done.
func Define(o *goja.Object, name unistring.String, v goja.Value) bool {
	if empty == nil || layout.SelfOf(o).Tab != facts.Base {
		return false
	}
	b := (*Object)(layout.SelfOf(o).Data)
	if !b.Extensible {
		return false
	}
	s := Of(&b.BaseObject)
	if s != nil {
		if next := s.WithData(name); next != nil {
			b.Add(&next.added, v)
			return true
		}
	}
	if old := b.Values[name]; old != nil {
		if layout.WordsOf(old).Tab == facts.Property {
			return false
		}
	} else if s != nil {
		b.PropNames = append(append(make([]unistring.String, 0, 2*Most), b.PropNames...), name)
	} else if n := cap(b.PropNames); n > len(b.PropNames) && b.PropNames[:n][n-1] == unistring.String(unsafe.String(mark, 1)) {
		return false // somebody goes over the names
	} else {
		b.PropNames = append(b.PropNames, name)
	}
	b.Values[name] = v
	return true
}

// Likely is what Shape.Likely says of an object's shape.
func Likely(o *goja.Object) (unistring.String, *Shape) {
	if empty != nil && layout.SelfOf(o).Tab == facts.Base {
		if s := Of(layout.BaseOf(o)); s != nil {
			return s.Likely()
		}
	}
	return "", nil
}

// Push gives an array that NewArray has made its next element, nil for a hole. It is false if it has done nothing, as for all arrays that
// have not got that many elements in one piece.
func Push(o *goja.Object, i uint32, v goja.Value) bool {
	if empty == nil || layout.SelfOf(o).Tab != facts.Array {
		return false
	}
	a := (*layout.ArrayObject)(layout.SelfOf(o).Data)
	if int(i) != len(a.Values) || a.Length != i || !a.Extensible || !a.LengthProp.Writable {
		return false
	}
	a.Values = append(a.Values, v)
	a.Length++
	if v != nil {
		a.ObjCount++
	}
	return true
}
