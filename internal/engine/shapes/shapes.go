// Package shapes makes the engine's ordinary objects and arrays in one piece of memory, for whoever makes many of them: instructions,
// JSON, structured clones, matches of regular expressions, heads of messages.
//
// The engine makes an ordinary object of five pieces: the object, its implementation, a map, the map's slots, and the list of names. Here
// the first four are one piece (block), and the list is shared by all objects that got the same properties in the same order. It is the
// object's shape: its address tells which names an object has, and in which slots. The engine copies a list that has a mark behind its
// last name before it changes anything in it, so an object to which something unusual is done has another list from then on, and is what
// the engine would have made. Whoever gets an object need not know any of this.
//
// Shapes are shared by all runtimes of the process; objects belong to their runtime's goroutine.
package shapes

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Most is how many properties an object with a shape has: one less than there are slots in a group.
const Most = inGroup - 1

// Shape is a list of names with what a map has beside them. It does not change, but for next.
type Shape struct {
	names   [Most + 1]unistring.String // the last of them in use is the mark
	n       int
	control uint64             // of the map's group
	at      [Most + 1]Location // where the names are; the last says that a name is not here
	added   Location           // for the shape before it, its last name: how an object gets this shape
	mu      sync.Mutex
	next    atomic.Pointer[[]*Shape] // shapes with one more name
	keys    atomic.Pointer[[]goja.Value]
}

// Location is where a name is in objects of one shape.
type Location struct {
	names *unistring.String // the shape's
	slot  int8              // -1 if the name is not there
	next  *Shape            // what the object becomes by getting the name, which is put into the slot; nil if it has it
}

// Has tells whether the name is there.
func (p *Location) Has() bool { return p.slot >= 0 && p.next == nil }

// Adds tells whether the location is one for a name that objects of the shape do not have yet.
func (p *Location) Adds() bool { return p.next != nil }

// Offset is how far behind the beginning of a map's group the property's value lies, in bytes.
func (p *Location) Offset() int {
	return int(unsafe.Offsetof(full{}.slots)+unsafe.Offsetof(Slot{}.Value)) + int(p.slot)*int(unsafe.Sizeof(Slot{}))
}

// Size is how many bytes of a map's group are in use in objects of the shape.
func (s *Shape) Size() int {
	if s.n == 0 {
		return 0
	}
	return s.at[s.n-1].Offset() + int(unsafe.Sizeof(goja.Value(nil)))
}

// Address is what the list of names of all objects of the shape begins at.
func (s *Shape) Address() unsafe.Pointer { return unsafe.Pointer(&s.names[0]) }

// Of tells whether the location is one in objects of this one's shape.
func (p *Location) Of(b *layout.BaseObject) bool { return p.names == unsafe.SliceData(b.PropNames) }

// Off, set before the first runtime is made, has no objects made here.
var Off bool

var (
	once          sync.Once
	empty         *Shape // of an object without properties; nil if maps are not as expected
	onlyLength    *Shape // of an array
	functionNames *Shape // of a function
	mark          *byte  // the text of the mark, which the engine compares, lies here
	seed          uintptr
	count         atomic.Int32
	facts         *layout.Facts
)

// A process makes no more shapes than this, and one shape has no more than so many next ones. What comes from data, of which each piece
// may have other names, gets only a part of both.
const (
	mostShapes, mostNext         = 1 << 14, 128
	mostDataShapes, mostDataNext = mostShapes / 2, 48
)

// Empty is the shape of objects without properties. It is nil if there are no shapes: nothing else of this package may be called then.
func Empty() *Shape {
	once.Do(find)
	return empty
}

func find() {
	facts = layout.Found()
	if Off || facts == nil || !Slotted() {
		return
	}
	mark = newMark()
	sample := map[unistring.String]goja.Value{"": nil}
	seed = (*(**smallMap)(unsafe.Pointer(&sample))).seed
	if s := newShape(nil); s != nil && work(s) && lacking() {
		empty, onlyLength = s, s.With("length")
		functionNames = onlyLength.With("name")
	}
}

// work tries whether Go takes a map that was put together here for its own.
func work(s *Shape) bool {
	b := allocate(Most)
	empty = s
	defer func() { empty = nil }()
	b.init(nil, nil)
	names := []unistring.String{"a", "bb", "ccc", "d", "e", "f", "g"}
	for i, name := range names {
		if s = s.With(name); s == nil {
			return false
		}
		b.base.Add(&s.added, sampleValue(i))
	}
	m := b.base.Values
	if len(m) != len(names) || m["x"] != nil || &b.base.PropNames[0] != &s.names[0] {
		return false
	}
	for range 2 { // of names that it has
		m["ccc"], m["g"] = goja.Null(), sampleValue(7)
		if !b.m.small() {
			return false
		}
	}
	m["h"], m["i"] = goja.Undefined(), goja.Undefined()
	delete(m, "bb")
	sum := 0
	for _, v := range m {
		if v == nil {
			return false
		}
		sum++
	}
	return sum == len(names)+1 && m["a"] == sampleValue(0) && m["g"] == sampleValue(7) && m["bb"] == nil && m["ccc"] == goja.Null() && m["i"] == goja.Undefined()
}

// lacking tries whether Go stays away from slots that are missing.
func lacking() bool {
	const there = 3
	g := &full{control: noControl}
	for i := there; i < inGroup; i++ {
		g.slots[i] = Slot{"missing", goja.SymToStringTag}
	}
	before := g.slots
	h := &smallMap{used: inGroup - there, seed: seed, group: unsafe.Pointer(g)}
	m := *(*map[unistring.String]goja.Value)(unsafe.Pointer(&h))
	m["a"], m["b"], m["c"] = sampleValue(0), sampleValue(1), sampleValue(2)
	delete(m, "a")
	delete(m, "c")
	m["d"], m["missing"] = sampleValue(3), sampleValue(4)
	if h.used != inGroup || !h.small() {
		return false
	}
	m["e"] = sampleValue(5)
	delete(m, "b")
	n := 0
	for name, v := range m {
		if n++; v != map[unistring.String]goja.Value{"d": sampleValue(3), "missing": sampleValue(4), "e": sampleValue(5)}[name] {
			return false
		}
	}
	return n == 3 && m["a"] == nil && [inGroup - there]Slot(g.slots[there:]) == [inGroup - there]Slot(before[there:])
}

// newShape makes the shape that follows another one by a name, nil if maps are not as expected.
func newShape(names []unistring.String) *Shape {
	m := make(map[unistring.String]goja.Value)
	h := *(**smallMap)(unsafe.Pointer(&m))
	h.seed = seed
	s := &Shape{n: len(names), control: noControl}
	for _, name := range names {
		m[name] = goja.Undefined()
	}
	if s.n > 0 {
		if h.groups != 0 || h.group == nil || h.used != uint64(s.n) {
			return nil
		}
		s.control = *h.control()
		for i, name := range names {
			if h.slot(i).Name != name {
				return nil
			}
		}
	}
	copy(s.names[:], names)
	s.names[s.n] = unistring.String(unsafe.String(mark, 1))
	for i := range s.at {
		s.at[i] = Location{names: &s.names[0], slot: int8(i)}
	}
	s.at[Most].slot = -1
	return s
}

// With gives the shape with one more name, nil if there shall be none. Any goroutine.
func (s *Shape) With(name unistring.String) *Shape {
	if next := s.nextOf(name); next != nil {
		return next
	}
	return s.extend(name, mostShapes, mostNext)
}

// WithData is With for names that come from data.
func (s *Shape) WithData(name unistring.String) *Shape {
	if next := s.nextOf(name); next != nil {
		return next
	}
	return s.extend(name, mostDataShapes, mostDataNext)
}

func (s *Shape) extend(name unistring.String, mostShapes int32, mostNext int) *Shape {
	var all []*Shape
	if old := s.next.Load(); old != nil {
		all = *old
	}
	if s.n == Most || len(all) >= mostNext || count.Load() >= mostShapes || s.find(name) >= 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if next := s.nextOf(name); next != nil {
		return next
	}
	if old := s.next.Load(); old != nil {
		all = *old
	}
	count.Add(1)
	next := newShape(append(s.names[:s.n:s.n], name))
	if next == nil {
		return nil
	}
	next.added = Location{names: &s.names[0], slot: int8(s.n), next: next}
	all = append(all[:len(all):len(all)], next)
	s.next.Store(&all)
	return next
}

// WithAll gives the shape with these names more, nil if there shall be none.
func (s *Shape) WithAll(names ...unistring.String) *Shape {
	for _, name := range names {
		if s = s.With(name); s == nil {
			break
		}
	}
	return s
}

func (s *Shape) nextOf(name unistring.String) *Shape {
	if all := s.next.Load(); all != nil {
		for _, next := range *all {
			if next.names[s.n] == name {
				return next
			}
		}
	}
	return nil
}

// Likely is the first name that objects of this shape got more, and the shape they got by it, which is nil if there was none.
func (s *Shape) Likely() (unistring.String, *Shape) {
	if all := s.next.Load(); all != nil {
		next := (*all)[0]
		return next.names[s.n], next
	}
	return "", nil
}

// Keys are the names as values, which must not be changed.
func (s *Shape) Keys() []goja.Value {
	if keys := s.keys.Load(); keys != nil {
		return *keys
	}
	keys := make([]goja.Value, s.n)
	for i := range keys {
		keys[i] = KeyValue(s.names[i])
	}
	s.keys.Store(&keys)
	return keys
}

// KeyValue is a name as a value.
func KeyValue(name unistring.String) goja.Value {
	if u := name.AsUtf16(); u != nil {
		return facts.UnitsValue(u)
	}
	return facts.ASCIIValue(string(name))
}

// Len is the number of names.
func (s *Shape) Len() int { return s.n }

// find gives the slot of a name, or -1.
func (s *Shape) find(name unistring.String) int {
	for i := range s.n {
		if s.names[i] == name {
			return i
		}
	}
	return -1
}

// Locate tells where a name is.
func (s *Shape) Locate(name unistring.String) *Location {
	if i := s.find(name); i >= 0 {
		return &s.at[i]
	}
	return &s.at[Most]
}

// Added is how objects of the shape before this one get its last name.
func (s *Shape) Added() *Location { return &s.added }

// Of is an object's shape, nil if it has none.
func Of(b *layout.BaseObject) *Shape {
	n := len(b.PropNames)
	if n == 0 && empty != nil && unsafe.SliceData(b.PropNames) == &empty.names[0] {
		return empty
	}
	if cap(b.PropNames) != n+1 || n == 0 || unsafe.StringData(string(b.PropNames[:n+1][n])) != mark || mark == nil {
		return nil
	}
	return (*Shape)(unsafe.Pointer(unsafe.SliceData(b.PropNames)))
}

// Adopt gives an object the shape that fits, if it has none: it may be one that the engine has made. It is nil if there is none.
func Adopt(b *layout.BaseObject) *Shape {
	if s := Of(b); s != nil {
		return s
	}
	h, n := *(**smallMap)(unsafe.Pointer(&b.Values)), len(b.PropNames)
	if empty == nil || n > Most || h == nil || h.groups != 0 || h.used != uint64(n) {
		return nil
	}
	if n == 0 {
		if b.LastSortedPropLen != 0 || b.IdxPropCount != 0 || h.group != nil && *h.control() != noControl {
			return nil
		}
		h.seed = seed
		b.PropNames = empty.names[:0:0]
		return empty
	}
	s := empty
	for i, name := range b.PropNames {
		if h.slot(i).Name != name || name == "" {
			return nil
		}
		if s = s.WithData(name); s == nil {
			return nil
		}
	}
	h.seed, *h.control() = seed, s.control
	b.PropNames = s.names[: n : n+1]
	return s
}

// listMark is the text of the mark behind lists of names that are no shapes'.
var listMark = newMark()

// Names gives the address of an object's names: as long as it has names at that address, it has the same. It is nil for an object that has no
// names, and none of a shape.
func Names(b *layout.BaseObject) *unistring.String {
	n := len(b.PropNames)
	if Of(b) != nil || cap(b.PropNames) == n+1 && unsafe.StringData(string(b.PropNames[:n+1][n])) == listMark {
		return unsafe.SliceData(b.PropNames)
	}
	if n == 0 {
		return nil
	}
	list := make([]unistring.String, n+1)
	copy(list, b.PropNames)
	list[n] = unistring.String(unsafe.String(listMark, 1))
	b.PropNames = list[: n : n+1]
	return &list[0]
}

// newMark makes a text of one space that lies nowhere else: Go has those of one byte in a place that all share.
func newMark() *byte { return &[]byte("  ")[0] }
