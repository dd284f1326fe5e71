package fast

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// A kernel may go from object to object: elements of an array, what their properties hold. A variable then holds an object's address, and beside it
// where the slots are (the group of its map). An object is looked at when it is read from where it was: it must have the shape that was met
// there when the kernel was made, or the kernel leaves. No kernel changes anything that holds an object, so all that it meets
// stays where it is and is held by what it was read from.
//
// Numbers are written into the memory of those that are there already, if run owns that (ownNumbers); else the kernel leaves, and run makes
// a number of its own, so that the next time finds one. In such a kernel no property is a variable, if it holds a number: two names may be of one object.

// asRead is what an instruction reads from a property or an element: a number, or an object of a shape.
type asRead struct {
	shape    *shapes.Shape
	variable bool // what is no number stays as it is while the kernel runs
}

// mostLeft is how often in a row a kernel may be left from within before the loop is given up.
const mostLeft = 200

// count notes how a kernel was left.
func (l *loopState) count(e *exit) {
	if e.fuel || e.refill || e.pc < l.head || e.pc > l.end {
		l.left.Store(0)
	} else if l.left.Add(1) > mostLeft {
		l.failed.Store(true)
		l.kernel.Store(nil)
	}
}

// place is where the numbers lie that a kernel may change.
func (o *ownNumbers) place() (address, size uint64) {
	if _, ok := offset(*(*unsafe.Pointer)(unsafe.Pointer(&o.from)), int(o.size)); !ok {
		return 0, 0
	}
	return uint64(o.from), uint64(o.size)
}

// shapeOf is the shape of an ordinary object, nil for any other value.
func shapeOf(v *goja.Value) *shapes.Shape {
	if b := ordinary(wordsOf(v)); b != nil {
		return shapes.Of(b)
	}
	return nil
}

func firstElement(array *goja.Value) goja.Value {
	if array == nil {
		return nil
	}
	a := denseArray(wordsOf(array))
	if a == nil || len(a.Values) == 0 {
		return nil
	}
	return a.Values[0]
}

// holdObject has a variable hold objects of the shape that it holds one of now.
func (p *plan) holdObject(vm *layout.VM, i int) {
	v := &p.vars[i]
	if v.kind != asRef || v.ref.kind != refObject || v.place.kind == program.GetProp {
		return
	}
	if at := p.find(vm, i); at != nil {
		if s := shapeOf(at); s != nil {
			v.kind, v.shape, v.sample = asObject, s, (*goja.Object)(wordsOf(at).Data)
		}
	}
}

// withObjects begins again with objects in variables.
func (w *writer) withObjects() {
	p := w.plan
	if p.objects || windowStart == 0 || Without.Slots {
		w.no()
	}
	vars := p.vars[:0]
	for _, v := range p.vars {
		if v.place.kind != program.GetProp {
			v.known = false
			p.index[v.place] = len(vars)
			vars = append(vars, v)
		}
	}
	p.vars, p.found.list, p.objects = vars, nil, true
	for i := range p.vars {
		if !p.vars[i].inner {
			p.holdObject(w.vm, i)
		}
	}
	panic(again{})
}

func (w *writer) loadObject(i int) {
	v := &w.vars[i]
	if w.current[i] == 0 {
		w.current[i] = w.newOrigin()
	}
	if !v.changes {
		w.items = append(w.items, item{kind: asObject, local: i, slot: -1, shape: v.shape, group: w.groups[i], holder: i + 1, sample: v.sample, origin: w.current[i]})
		return
	}
	// A copy, for the variable may change while this value lies on the stack.
	group := w.local(asTest)
	w.get(w.groups[i])
	w.set(group)
	w.get(i)
	w.result(asObject)
	it := &w.items[len(w.items)-1]
	it.shape, it.group, it.sample, it.origin = v.shape, group, v.sample, w.current[i]
}

func (w *writer) storeObject(i int, it item) {
	v := &w.vars[i]
	if !w.objects && it.kind == asObject {
		w.no()
	}
	if v.inner && !v.known {
		v.known, v.kind, v.shape, v.sample, v.changes = true, it.kind.kept(), it.shape, it.sample, true
		panic(again{})
	}
	if v.kind != asObject || it.kind != asObject || v.shape != it.shape {
		w.no()
	}
	if !v.changes {
		v.changes = true
		panic(again{})
	}
	w.get(it.local)
	w.set(i)
	w.get(it.group)
	w.set(w.groups[i])
	w.unset[i], w.current[i] = false, it.origin
}

// findGroups finds the groups of the objects that variables hold when the kernel is entered.
func (w *writer) findGroups() {
	w.at = w.items
	for i := range w.vars {
		if v := &w.vars[i]; v.kind == asObject && !v.inner {
			w.look(w.head, i, v.shape, w.groups[i])
		}
	}
}

// look leaves if the object at an address has not the shape, and finds its group.
func (w *writer) look(pc, object int, s *shapes.Shape, group int) {
	w.memory = true
	off := w.inWindow(pc, object)
	const self = int(unsafe.Offsetof(layout.Object{}.Self))
	base := w.local(asInt)
	w.get(off)
	w.access(wI64Load, self+int(unsafe.Offsetof(layout.Words{}.Data)))
	w.set(base)
	w.expect(pc, off, self, uintptr(baseTab))
	off = w.inWindow(pc, base)
	w.expect(pc, off, int(unsafe.Offsetof(layout.BaseObject{}.PropNames)), uintptr(s.Address()))
	off = w.follow(pc, off, int(unsafe.Offsetof(layout.BaseObject{}.Values)))
	off = w.follow(pc, off, int(shapes.GroupOffset))
	w.get(off)
	w.set(group)
	if size := s.Size(); size > 0 {
		// All accesses to the slots need no other look at the memory's length than this one: the value itself is not read.
		w.get(group)
		w.access(wI64Load, size-8)
		w.op(wDrop)
	}
}

// expect leaves if a word in memory is not as expected.
func (w *writer) expect(pc, at, behind int, word uintptr) {
	w.get(at)
	w.access(wI64Load, behind)
	w.i64(int64(word))
	w.op(wI64Ne)
	w.exitIf(pc, -1)
}

// follow gives the local with the place in the window that an address in memory is of.
func (w *writer) follow(pc, at, behind int) int {
	address := w.local(asInt)
	w.get(at)
	w.access(wI64Load, behind)
	w.set(address)
	return w.inWindow(pc, address)
}

// value reads what lies behind a place of the window, a number or an object: sample gives one of those that may lie there.
func (w *writer) value(pc, at, behind int, sample func() goja.Value) (data int) {
	key := w.key(pc)
	is, known := w.read[key]
	var example *goja.Object
	if w.vm != nil && (!known || is.shape != nil) {
		if v := sample(); v != nil {
			if is.shape == nil {
				is.shape = shapeOf(&v)
			}
			if kind, number := kindOfValue(&v); is.shape != nil {
				if shapeOf(&v) == is.shape {
					example = (*goja.Object)(wordsOf(&v).Data)
				}
			} else if number && kind == asFloat && !known && w.objects {
				w.floats[key] = true
			}
		}
	}
	if is.shape == nil {
		w.read[key] = is
		return w.number(pc, at, behind)
	}
	if !w.objects {
		w.withObjects()
	}
	w.read[key] = is
	w.expect(pc, at, behind, uintptr(objectTab))
	object, group := w.local(asInt), w.local(asTest)
	w.get(at)
	w.access(wI64Load, behind+int(unsafe.Offsetof(layout.Words{}.Data)))
	w.set(object)
	w.look(pc, object, is.shape, group)
	w.items = append(w.items, item{kind: asObject, local: object, slot: -1, shape: is.shape, group: group, sample: example, origin: w.newOrigin()})
	return -1
}

// slot is where a property's value is behind an object's group.
func (w *writer) slot(owner item, name unistring.String) *location {
	l := owner.shape.Locate(name)
	if !l.Has() {
		w.no()
	}
	return l
}

// property is a slot of an object that is known, content what was read from it or put there last: a number, and the local with where that lies.
type (
	property struct{ origin, offset int }
	content  struct {
		item item
		data int
	}
)

// newOrigin is the number of an object that has just been found, whichever variables it will be in.
func (w *writer) newOrigin() int {
	w.origins++
	return w.origins
}

// forget is for places that are reached in more than one way.
func (w *writer) forget() {
	clear(w.known)
	clear(w.current)
}

func (w *writer) getObjectProperty(pc int, owner item, name unistring.String) {
	l := w.slot(owner, name)
	if k, ok := w.known[property{owner.origin, l.Offset()}]; ok {
		w.items = append(w.items, k.item)
		return
	}
	sample := func() goja.Value {
		if owner.sample == nil {
			return nil
		}
		return (*shapes.Object)(layout.SelfOf(owner.sample).Data).SlotAt(l).Value
	}
	key := w.key(pc)
	is, known := w.read[key]
	if !known {
		v := sample()
		if v == nil {
			w.no()
		}
		if _, number := kindOfValue(&v); !number && shapeOf(&v) == nil {
			is.variable = true
			w.read[key] = is
		} else if wordsOf(&v).Tab == boolTab {
			w.no()
		}
	}
	if is.variable {
		// An array, a typed array or a string: it stays while the kernel runs.
		if owner.holder == 0 {
			w.no()
		}
		w.load(w.propertyIn(owner.holder-1, name))
		return
	}
	if data := w.value(pc, owner.group, l.Offset(), sample); data >= 0 {
		w.known[property{owner.origin, l.Offset()}] = content{w.items[len(w.items)-1], data}
	}
}

// setObjectProperty writes a number where one is that run owns.
func (w *writer) setObjectProperty(pc int, owner item, name unistring.String, v item) {
	if !w.writes {
		w.writes = true
		panic(again{})
	}
	if v.kind != asInt && v.kind != asFloat {
		w.no()
	}
	at, behind := owner.group, w.slot(owner, name).Offset()
	of := property{owner.origin, behind}
	was, seen := w.known[of]
	data := was.data
	if !seen {
		data = w.local(asInt)
		w.get(at)
		w.access(wI64Load, behind+int(unsafe.Offsetof(layout.Words{}.Data)))
		w.set(data)
	}
	for p := range w.known {
		if p.offset == behind { // it may be the same object
			delete(w.known, p)
		}
	}
	own := len(w.vars) + 1 + 2*len(w.refs)
	w.get(data)
	w.get(own)
	w.op(wI64Sub)
	w.get(own + 1)
	w.op(wI64LtU, wI32Eqz)
	if v.kind == asFloat {
		w.exitIf(pc, -1)
		w.storeFloat(at, behind, data, v.local)
		w.known[of] = content{v, data}
		return
	}
	w.op(wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.replaceSmall(pc, at, behind, data, v.local)
	w.op(wElse)
	w.storeNumber(at, behind, data, intTab, func() { w.get(v.local) }, wI64Store)
	w.op(wEnd)
	w.labels = w.labels[:len(w.labels)-1]
}

// replaceSmall puts a small integer in the place of one: their memory is not the collector's, who need not be told.
func (w *writer) replaceSmall(pc, at, behind, data, n int) {
	w.expect(pc, at, behind, uintptr(intTab))
	index := func() {
		w.get(n)
		w.i64(smallMin)
		w.op(wI64Sub)
	}
	w.get(data)
	w.i64(int64(windowStart))
	w.op(wI64LtU)
	index()
	w.i64(int64(len(small)))
	w.op(wI64LtU, wI32And, wI32Eqz)
	w.exitIf(pc, -1)
	w.get(at)
	index()
	w.i64(3)
	w.op(wI64Shl)
	w.i64(int64(uintptr(unsafe.Pointer(&small))))
	w.op(wI64Add)
	w.access(wI64Store, behind+int(unsafe.Offsetof(layout.Words{}.Data)))
}

// storeFloat writes a float where run owns the memory: an integer as one.
func (w *writer) storeFloat(at, behind, data, f int) {
	w.storeNumber(at, behind, data, floatTab, func() { w.get(f) }, wF64Store)
	w.ifInteger(f, func() {
		w.storeNumber(at, behind, data, intTab, func() {
			w.get(f)
			w.op(0xfc, 6) // i64.trunc_sat_f64_s
		}, wI64Store)
	})
}

// storeNumber writes a number's type and bits. The type is no memory of the collector's either.
func (w *writer) storeNumber(at, behind, data int, tab unsafe.Pointer, bits func(), op byte) {
	w.get(at)
	w.i64(int64(uintptr(tab)))
	w.access(wI64Store, behind)
	w.get(data)
	w.i64(int64(windowStart))
	w.op(wI64Sub, wI32Wrap)
	bits()
	w.access(op, 0)
}
