package shapes

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// block is an ordinary object whose properties fit into one group.
type block struct {
	bare
	group group
}

// bare is an ordinary object without room for properties.
type bare struct {
	object layout.Object
	base   Object
	m      smallMap
}

// Object is an object that has a shape.
type Object struct{ layout.BaseObject }

func (b *bare) init(rt *goja.Runtime, prototype *goja.Object, s *Shape) *goja.Object {
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.object = layout.Object{Self: layout.Words{Tab: facts.Base, Data: unsafe.Pointer(&b.base)}, Runtime: rt}
	b.m.seed = seed
	b.base.Class, b.base.Val, b.base.Prototype, b.base.Extensible = "Object", o, prototype, true
	*(**smallMap)(unsafe.Pointer(&b.base.Values)) = &b.m
	b.base.PropNames = s.names[:0:0] // without the mark, which the engine would remove after going over no names
	return o
}

// New makes an object without properties, with or without room for some.
func New(rt *goja.Runtime, prototype *goja.Object, room bool) *goja.Object {
	if !room {
		return new(bare).init(rt, prototype, empty)
	}
	b := new(block)
	b.group.control = noControl
	b.m.group = &b.group
	return b.init(rt, prototype, empty)
}

// Make makes an object with the properties of a shape, of which there is one at least. Its Values are those of the slots that it gives,
// which must be filled, as many as the shape has names.
func (s *Shape) Make(rt *goja.Runtime, prototype *goja.Object) (*goja.Object, []Slot) {
	b := new(block)
	o := b.init(rt, prototype, s)
	b.fill(s)
	return o, b.group.slots[:s.n]
}

// fill gives a new object the names of a shape.
func (b *block) fill(s *Shape) {
	b.group.control = s.control
	b.m.used, b.m.group = uint64(s.n), &b.group
	for i := range s.n {
		b.group.slots[i].Name = s.names[i]
	}
	b.base.PropNames = s.names[: s.n : s.n+1]
}

// Large makes an object with more properties than those with shapes have. names are those of values, in the order in which they came to
// be; the object owns both.
func Large(rt *goja.Runtime, prototype *goja.Object, names []unistring.String, values map[unistring.String]goja.Value) *goja.Object {
	b := new(bare)
	o := b.init(rt, prototype, empty)
	b.base.Values, b.base.PropNames = values, names
	return o
}

// Add gives an object the property that comes next in its shape.
func (b *Object) Add(p *Location, v goja.Value) {
	h := *(**smallMap)(unsafe.Pointer(&b.Values))
	g := h.group
	if g == nil {
		g = new(group)
		h.group = g
	}
	s := p.next
	g.control = s.control
	g.slots[p.slot&7] = Slot{s.names[p.slot&7], v}
	h.used = uint64(s.n)
	b.PropNames = s.names[: s.n : s.n+1]
}

// SlotAt is the slot of a place.
func (b *Object) SlotAt(p *Location) *Slot {
	return &(*(**smallMap)(unsafe.Pointer(&b.Values))).group.slots[p.slot&7]
}

// arrayBlock is an ordinary array in one piece of memory, but for its elements.
type arrayBlock struct {
	object layout.Object
	array  layout.ArrayObject
	m      smallMap
	group  group
}

// NewArray makes an array of elements, of which none is a hole. It owns them.
func NewArray(rt *goja.Runtime, prototype *goja.Object, elements []goja.Value) *goja.Object {
	b := new(arrayBlock)
	o, _ := b.init(rt, prototype, elements, onlyLength)
	return o
}

// ArrayShape is the shape of arrays, which begins with length.
func ArrayShape() *Shape { return onlyLength }

// MakeArray makes an array with more properties than its elements. The slots are those of the shape, which begins as an array's does, and
// must be filled from the second on.
func (s *Shape) MakeArray(rt *goja.Runtime, prototype *goja.Object, elements []goja.Value) (*goja.Object, []Slot) {
	b := new(arrayBlock)
	return b.init(rt, prototype, elements, s)
}

func (b *arrayBlock) init(rt *goja.Runtime, prototype *goja.Object, elements []goja.Value, s *Shape) (*goja.Object, []Slot) {
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.object = layout.Object{Self: layout.Words{Tab: facts.Array, Data: unsafe.Pointer(&b.array)}, Runtime: rt}
	a := &b.array
	a.Class, a.Val, a.Prototype, a.Extensible = "Array", o, prototype, true
	a.LengthProp.Writable = true
	a.PropNames = s.names[: s.n : s.n+1]
	b.group.control = s.control
	for i := range s.n {
		b.group.slots[i].Name = s.names[i]
	}
	b.group.slots[0].Value = layout.Words{Tab: facts.Property, Data: unsafe.Pointer(&a.LengthProp)}.Value()
	b.m = smallMap{used: uint64(s.n), seed: seed, group: &b.group}
	*(**smallMap)(unsafe.Pointer(&a.BaseObject.Values)) = &b.m
	a.Values, a.Length, a.ObjCount = elements, uint32(len(elements)), len(elements)
	return o, b.group.slots[:s.n]
}
