package fast

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// The engine makes an ordinary object of five pieces: the object, its implementation, a map, the map's slots, and the list of names. Here
// the first four are one piece of memory (block), and the list is shared by all objects that got the same properties in the same order.
// It is the object's shape: its address tells which names an object has, and in which slots. The engine copies a list that has a mark
// behind its last name before it changes anything in it, so an object to which something unusual is done has another list from then on,
// and is what the engine would have made.

// most is how many properties an object with a shape has: one less than there are slots in a map that is one group. Go makes a table of
// a full group at the next assignment, even of a name that it has, and no list of names would tell.
const most = len(group{}.slots) - 1

// shape is a list of names with what a map has beside them. It does not change, but for next.
type shape struct {
	names   [most + 1]unistring.String // the last of them in use is the mark
	n       int
	control uint64             // of the map's group
	at      [most + 1]location // where the names are; the last says that a name is not here
	added   location           // for the shape before it, its last name: how an object gets this shape
	mu      sync.Mutex
	next    atomic.Pointer[[]*shape] // shapes with one more name
}

// location is what an instruction remembers of its name in objects of one shape.
type location struct {
	names *unistring.String // the shape's
	slot  int8              // -1 if the name is not there
	next  *shape            // what the object becomes by getting the name, which is put into the slot; nil if it has it
}

var (
	noNames    *shape // of an object without properties; nil if maps are not as expected
	mark       *byte  // the text of the mark, which the engine compares, lies here
	shapeSeed  uintptr
	shapeCount atomic.Int32
)

// A process makes no more shapes than this, and one shape has no more than so many next ones.
const mostShapes, mostNext = 1 << 14, 64

func findShapes() {
	if !slotted {
		return
	}
	mark = unsafe.StringData(string([]byte{' '}))
	sample := map[unistring.String]goja.Value{"": nil}
	shapeSeed = (*(**smallMap)(unsafe.Pointer(&sample))).seed
	s := newShape(nil)
	if s != nil && shapesWork(s) {
		noNames, onlyLength = s, s.with(lengthName)
	}
}

// shapesWork tries whether Go takes a map that was put together here for its own.
func shapesWork(s *shape) bool {
	b := new(block)
	b.init(nil, nil, s)
	names := []unistring.String{"a", "bb", "ccc", "d", "e", "f", "g"}
	for i, name := range names {
		if s = s.with(name); s == nil {
			return false
		}
		b.base.add(&s.added, intValue(int64(i)))
	}
	m := b.base.Values
	if len(m) != len(names) || m["x"] != nil || &b.base.PropNames[0] != &s.names[0] {
		return false
	}
	for range 2 { // of names that it has
		m["ccc"], m["g"] = null, intValue(7)
		if !b.m.small() {
			return false
		}
	}
	m["h"], m["i"] = undefined, undefined
	delete(m, "bb")
	sum := 0
	for _, v := range m {
		if v == nil {
			return false
		}
		sum++
	}
	return sum == len(names)+1 && m["a"] == intValue(0) && m["g"] == intValue(7) && m["bb"] == nil && m["ccc"] == null && m["i"] == undefined
}

// newShape makes the shape that follows another one by a name, nil if maps are not as expected.
func newShape(names []unistring.String) *shape {
	m := make(map[unistring.String]goja.Value)
	h := *(**smallMap)(unsafe.Pointer(&m))
	h.seed = shapeSeed
	s := &shape{n: len(names), control: noControl}
	for _, name := range names {
		m[name] = undefined
	}
	if s.n > 0 {
		if h.groups != 0 || h.group == nil || h.used != uint64(s.n) {
			return nil
		}
		s.control = h.group.control
		for i, name := range names {
			if h.group.slots[i].name != name {
				return nil
			}
		}
	}
	copy(s.names[:], names)
	s.names[s.n] = unistring.String(unsafe.String(mark, 1))
	for i := range s.at {
		s.at[i] = location{names: &s.names[0], slot: int8(i)}
	}
	s.at[most].slot = -1
	return s
}

// noControl is the control word of a group without entries.
const noControl = 0x8080808080808080

// with gives the shape with one more name, nil if there shall be none. Any goroutine.
func (s *shape) with(name unistring.String) *shape {
	if next := s.nextOf(name); next != nil {
		return next
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if next := s.nextOf(name); next != nil {
		return next
	}
	var all []*shape
	if old := s.next.Load(); old != nil {
		all = *old
	}
	if s.n == most || len(all) == mostNext || shapeCount.Add(1) > mostShapes || s.find(name) >= 0 {
		return nil
	}
	next := newShape(append(s.names[:s.n:s.n], name))
	if next == nil {
		return nil
	}
	next.added = location{names: &s.names[0], slot: int8(s.n), next: next}
	all = append(all[:len(all):len(all)], next)
	s.next.Store(&all)
	return next
}

func (s *shape) nextOf(name unistring.String) *shape {
	if all := s.next.Load(); all != nil {
		for _, next := range *all {
			if next.names[s.n] == name {
				return next
			}
		}
	}
	return nil
}

// find gives the slot of a name, or -1.
func (s *shape) find(name unistring.String) int {
	for i := range s.n {
		if s.names[i] == name {
			return i
		}
	}
	return -1
}

// shapeOf is an object's shape, nil if it has none.
func shapeOf(b *layout.BaseObject) *shape {
	n := len(b.PropNames)
	if n == 0 && noNames != nil && unsafe.SliceData(b.PropNames) == &noNames.names[0] {
		return noNames
	}
	if cap(b.PropNames) != n+1 || n == 0 || unsafe.StringData(string(b.PropNames[:n+1][n])) != mark || mark == nil {
		return nil
	}
	return (*shape)(unsafe.Pointer(unsafe.SliceData(b.PropNames)))
}

// block is an ordinary object whose properties fit into one group.
type block struct {
	bare
	group group
}

// bare is an ordinary object without room for properties.
type bare struct {
	object layout.Object
	base   shaped
	m      smallMap
}

// shaped is an object that has a shape.
type shaped struct{ layout.BaseObject }

func (b *bare) init(rt *goja.Runtime, prototype *goja.Object, s *shape) *goja.Object {
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.object = layout.Object{Self: layout.Words{Tab: baseTab, Data: unsafe.Pointer(&b.base)}, Runtime: rt}
	b.m.seed = shapeSeed
	b.base.Class, b.base.Val, b.base.Prototype, b.base.Extensible = "Object", o, prototype, true
	*(**smallMap)(unsafe.Pointer(&b.base.Values)) = &b.m
	b.base.PropNames = s.names[:0:0] // without the mark, which the engine would remove after going over no names
	return o
}

// newObject makes an object without properties, with or without room for some.
func newObject(rt *goja.Runtime, prototype *goja.Object, room bool) *goja.Object {
	if !room {
		return new(bare).init(rt, prototype, noNames)
	}
	b := new(block)
	b.group.control = noControl
	b.m.group = &b.group
	return b.init(rt, prototype, noNames)
}

// add gives an object the property that comes next in its shape.
func (b *shaped) add(p *location, v goja.Value) {
	h := *(**smallMap)(unsafe.Pointer(&b.Values))
	g := h.group
	if g == nil {
		g = new(group)
		h.group = g
	}
	s := p.next
	g.control = s.control
	g.slots[p.slot&7] = slot{s.names[p.slot&7], v}
	h.used = uint64(s.n)
	b.PropNames = s.names[: s.n : s.n+1]
}

// slotAt is the slot of a place.
func (b *shaped) slotAt(p *location) *slot {
	return &(*(**smallMap)(unsafe.Pointer(&b.Values))).group.slots[p.slot&7]
}

// placeFor tells where the instruction's name is in objects of the shape of this one, nil if it has none.
func (o *op) placeFor(b *layout.BaseObject, name unistring.String) *location {
	if p := (*location)(atomic.LoadPointer(&o.place)); p != nil && p.names == unsafe.SliceData(b.PropNames) && p.next == nil {
		return p
	}
	s := shapeOf(b)
	if s == nil {
		return nil
	}
	p := &s.at[most]
	if i := s.find(name); i >= 0 {
		p = &s.at[i]
	}
	atomic.StorePointer(&o.place, unsafe.Pointer(p))
	return p
}

// adopt gives the shape without names to an object without properties that the engine has made.
func adopt(b *layout.BaseObject) *shape {
	h := *(**smallMap)(unsafe.Pointer(&b.Values))
	if noNames == nil || len(b.PropNames) != 0 || b.LastSortedPropLen != 0 || b.IdxPropCount != 0 || h == nil || h.used != 0 || h.groups != 0 || h.group != nil && h.group.control != noControl {
		return nil
	}
	h.seed = shapeSeed
	b.PropNames = noNames.names[:0:0]
	return noNames
}

// placeForNew tells how an object of this one's shape gets the instruction's name, nil if it has it or no shape.
func (o *op) placeForNew(b *layout.BaseObject, name unistring.String) *location {
	if p := (*location)(atomic.LoadPointer(&o.place)); p != nil && p.names == unsafe.SliceData(b.PropNames) {
		if p.next != nil {
			return p
		}
	}
	s := shapeOf(b)
	if s == nil {
		if s = adopt(b); s == nil {
			return nil
		}
	}
	if s = s.with(name); s == nil {
		return nil
	}
	atomic.StorePointer(&o.place, unsafe.Pointer(&s.added))
	return &s.added
}

// defineNamed gives an object of a literal its next property.
func defineNamed(w *layout.Words, o *op, v goja.Value) bool {
	if w.Tab != objectTab {
		return false
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != baseTab {
		return false
	}
	b := (*shaped)(self.Data)
	p := o.placeForNew(&b.BaseObject, *(*unistring.String)(o.in.Data))
	if p == nil {
		return false
	}
	b.add(p, v)
	return true
}

// addNamed gives an object a property that it has not, and that nothing it inherits from has.
func addNamed(self *layout.Words, o *op, name unistring.String, v goja.Value) bool {
	b := (*shaped)(self.Data)
	if !b.Extensible {
		return false
	}
	p := o.placeForNew(&b.BaseObject, name)
	if p == nil {
		return false
	}
	for proto := b.Prototype; proto != nil; {
		self := layout.SelfOf(proto)
		base := (*layout.BaseObject)(self.Data)
		if self.Tab != baseTab {
			if !kindOf(self).templated {
				return false
			}
			if unmade(self, name) {
				return false
			}
		}
		if base.Values[name] != nil {
			return false
		}
		proto = base.Prototype
	}
	b.add(p, v)
	return true
}
