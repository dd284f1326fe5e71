package fast

import (
	"math"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// A kernel stores numbers and objects of shapes into arrays: over numbers, into holes, and behind the last element as long as the array has room.
// It comes back after each chunk, so that what is known of arrays and their lengths is looked up anew.
//
// A number lies in memory that the kernel was given for that (boxes). Go's collector, which may mark while the kernel runs, need not be told of it:
// that memory is held by the kernel's instance, and a number that is stored over was held by the element alone, or by what has been or will be
// looked at, for no kernel copies a pointer to a number. One that stores objects runs only while the collector does not mark (collector.go).

// boxes are memory for numbers that become values. The first word is where the next one goes.
type boxes struct{ block []uint64 }

const inBlock, fewBoxes = 1024, 64

// room is where in the window the first word lies, and where the block ends.
func (b *boxes) room() (cell, end uint64, ok bool) {
	limit := func() uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b.block))) + inBlock*8 }
	if b.block == nil || limit()-uintptr(b.block[0]) < fewBoxes*8 {
		b.block = make([]uint64, inBlock)
		b.block[0] = uint64(uintptr(unsafe.Pointer(&b.block[1])))
	}
	cell, ok = offset(unsafe.Pointer(&b.block[0]), inBlock*8)
	return cell, uint64(limit()), ok
}

// grows tells whether the arrays that a loop stores to are as it expects, and puts where they are into the kernel's arguments.
func (p *plan) grows(at []*goja.Value, args []uint64) bool {
	for i := range p.vars {
		if v := &p.vars[i]; v.kind != asRef || !v.ref.grows {
			continue
		}
		a := arrayOf(wordsOf(at[i]))
		if a == nil || a.PropValueCount != 0 || !appends(a) {
			return false
		}
		for k := range p.vars {
			if k != i && p.vars[k].kind == asRef && p.vars[k].ref.kind == refArray && arrayOf(wordsOf(at[k])) == a {
				return false
			}
		}
		var ok bool
		if args[i], ok = offset(unsafe.Pointer(a), int(unsafe.Sizeof(*a))); !ok {
			return false
		}
	}
	return true
}

// boxParameter is the first of the two arguments that say where numbers can be put.
func (w *writer) boxParameter() int {
	n := len(w.vars) + 1 + 2*len(w.refs)
	if w.writes {
		n += 2
	}
	return n
}

// newBox puts 64 bits into memory of their own, and gives the local with its address.
func (w *writer) newBox(pc int, bits func(), store byte) (data int) {
	data = w.local(asInt)
	cell := func() {
		w.get(w.boxParameter())
		w.op(wI32Wrap)
	}
	cell()
	w.access(wI64Load, 0)
	w.arg(wTee, data)
	w.get(w.boxParameter() + 1)
	w.op(wI64GeU, wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.exit(exit{pc: pc, float: -1, refill: true})
	w.labels = w.labels[:len(w.labels)-1]
	w.op(wEnd)
	cell()
	w.get(data)
	w.i64(8)
	w.op(wI64Add)
	w.access(wI64Store, 0)
	w.get(data)
	w.i64(int64(windowStart))
	w.op(wI64Sub, wI32Wrap)
	bits()
	w.access(store, 0)
	return data
}

// asValue gives the locals with the two words that a value of the engine's consists of.
func (w *writer) asValue(pc int, it item) (tab, data int) {
	tab = w.local(asInt)
	kind := func(t unsafe.Pointer) {
		w.i64(int64(uintptr(t)))
		w.set(tab)
	}
	switch it.kind {
	case asObject:
		if !w.pointers {
			w.pointers = true
			panic(again{})
		}
		kind(objectTab)
		return tab, it.local
	case asInt:
		kind(intTab)
		data = w.local(asInt)
		w.get(it.local)
		w.i64(smallMin)
		w.op(wI64Sub)
		w.arg(wTee, data)
		w.i64(int64(len(small)))
		w.op(wI64LtU, wIf, wVoid)
		w.labels = append(w.labels, label{pc: -1})
		w.get(data)
		w.i64(3)
		w.op(wI64Shl)
		w.i64(int64(uintptr(unsafe.Pointer(&small))))
		w.op(wI64Add)
		w.set(data)
		w.op(wElse)
		w.get(w.newBox(pc, func() { w.get(it.local) }, wI64Store))
		w.set(data)
		w.op(wEnd)
		w.labels = w.labels[:len(w.labels)-1]
		return tab, data
	case asFloat:
		kind(floatTab)
		data = w.newBox(pc, func() { w.get(it.local) }, wF64Store)
		w.ifInteger(it.local, func() {
			kind(intTab)
			w.get(data)
			w.i64(int64(windowStart))
			w.op(wI64Sub, wI32Wrap)
			w.get(it.local)
			w.op(0xfc, 6) // i64.trunc_sat_f64_s
			w.access(wI64Store, 0)
		})
		return tab, data
	}
	w.no()
	return 0, 0
}

// ifInteger writes what is done if a float has an integer's value, which -0 has not.
func (w *writer) ifInteger(f int, then func()) {
	w.get(f)
	w.get(f)
	w.op(wF64Trunc, wF64Eq, wIf, wVoid) // most have a fraction
	w.get(f)
	w.op(wF64Abs)
	w.f64(maxInt)
	w.op(wF64Le)
	w.get(f)
	w.op(wI64FromBits)
	w.i64(math.MinInt64)
	w.op(wI64Ne, wI32And, wIf, wVoid)
	then()
	w.op(wEnd, wEnd)
}

// toGrow is for an array that is stored to.
func (w *writer) toGrow(owner item) {
	if owner.kind != asRef || w.vars[owner.ref].ref.kind != refArray || Without.Slots {
		w.no()
	}
	if r := &w.vars[owner.ref].ref; !r.grows || !w.boxes {
		r.grows, w.boxes = true, true
		panic(again{})
	}
}

// ofArray pushes where in the window an array is, ready for an access to one of its fields.
func (w *writer) ofArray(owner item) {
	w.get(owner.ref)
	w.op(wI32Wrap)
}

const (
	valuesOffset   = int(unsafe.Offsetof(layout.ArrayObject{}.Values))
	lengthOffset   = int(unsafe.Offsetof(layout.ArrayObject{}.Length))
	objCountOffset = int(unsafe.Offsetof(layout.ArrayObject{}.ObjCount))
	wordBytes      = int(unsafe.Sizeof(uintptr(0)))
)

// lengthOfArray pushes the length of an array that is stored to.
func (w *writer) lengthOfArray(owner item) {
	w.ofArray(owner)
	w.access(wI32Load, lengthOffset)
	w.op(wI64ExtendU)
	w.result(asInt)
	w.sized(33)
}

// count adds one to a number of elements.
func (w *writer) count(owner item) {
	w.ofArray(owner)
	w.ofArray(owner)
	w.access(wI64Load, objCountOffset)
	w.i64(1)
	w.op(wI64Add)
	w.access(wI64Store, objCountOffset)
}

// put stores a value's words at a place in the window.
func (w *writer) put(at, tab, data int) {
	w.get(at)
	w.get(tab)
	w.access(wI64Store, 0)
	w.get(at)
	w.get(data)
	w.access(wI64Store, wordBytes)
}

// element gives the local with where an element is.
func (w *writer) element(address, key int) int {
	at := w.local(asTest)
	w.get(address)
	w.get(key)
	w.i64(4)
	w.op(wI64Shl, wI64Add, wI32Wrap)
	w.set(at)
	return at
}

// append puts a value behind the last element, for which there is room or the kernel leaves.
func (w *writer) append(pc int, owner item, tab, data int) {
	address, length := w.memoryOf(owner)
	at := w.element(address, length)
	w.put(at, tab, data)
	w.get(length)
	w.i64(1)
	w.op(wI64Add)
	w.set(length)
	w.ofArray(owner)
	w.get(length)
	w.access(wI64Store, valuesOffset+wordBytes)
	w.count(owner)
	w.ofArray(owner)
	w.access(wI32Load, lengthOffset)
	w.get(length)
	w.op(wI32Wrap, wI32LtU, wIf, wVoid)
	w.ofArray(owner)
	w.get(length)
	w.op(wI32Wrap)
	w.access(wI32Store, lengthOffset)
	w.op(wEnd)
}

// full leaves if an array has no room.
func (w *writer) full(pc int, owner item) {
	_, length := w.memoryOf(owner)
	w.get(length)
	w.ofArray(owner)
	w.access(wI64Load, valuesOffset+2*wordBytes)
	w.op(wI64GeS)
	w.exitIf(pc, -1)
}

func (w *writer) pushElement(pc int, owner, v item) {
	w.toGrow(owner)
	// The elements may be fewer than the length says.
	_, length := w.memoryOf(owner)
	if !w.memory {
		w.no()
	}
	w.get(length)
	w.ofArray(owner)
	w.access(wI32Load, lengthOffset)
	w.op(wI64ExtendU, wI64Ne)
	w.exitIf(pc, -1)
	w.full(pc, owner)
	tab, data := w.asValue(pc, v)
	w.effect()
	w.append(pc, owner, tab, data)
	w.lengthOfArray(owner)
}

func (w *writer) setArrayElement(pc int, owner, key, v item) {
	w.toGrow(owner)
	address, length := w.memoryOf(owner)
	if !w.memory {
		w.no()
	}
	key = w.whole(pc, key)
	inside := w.local(asTest)
	w.get(key.local)
	w.get(length)
	w.op(wI64LtU)
	w.arg(wTee, inside)
	w.op(wI32Eqz, wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.get(key.local)
	w.get(length)
	w.op(wI64Ne)
	w.exitIf(pc, -1)
	w.full(pc, owner)
	w.op(wEnd)
	w.labels = w.labels[:len(w.labels)-1]
	at, was := w.local(asTest), w.local(asInt)
	w.get(w.element(address, key.local))
	w.set(at)
	w.get(inside)
	w.op(wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.get(at)
	w.access(wI64Load, 0)
	w.arg(wTee, was)
	w.i64(int64(uintptr(intTab)))
	w.op(wI64Ne)
	for _, tab := range []unsafe.Pointer{floatTab, nil} {
		w.get(was)
		w.i64(int64(uintptr(tab)))
		w.op(wI64Ne, wI32And)
	}
	w.exitIf(pc, -1)
	w.op(wEnd)
	w.labels = w.labels[:len(w.labels)-1]
	tab, data := w.asValue(pc, v)
	w.effect()
	w.get(inside)
	w.op(wIf, wVoid)
	w.get(was)
	w.op(wI64Eqz, wIf, wVoid)
	w.count(owner)
	w.op(wEnd)
	w.put(at, tab, data)
	w.op(wElse)
	w.append(pc, owner, tab, data)
	w.op(wEnd)
}

// currentIterator is the iterator of the innermost loop over an array or a typed array, if it is the language's own. It is nil for all else.
func currentIterator(vm *layout.VM) *layout.ArrayIterObject {
	if len(vm.IterStack) == 0 {
		return nil
	}
	it := vm.IterStack[len(vm.IterStack)-1].Iter
	if it == nil || it.Iterator == nil {
		return nil
	}
	self := layout.SelfOf(it.Iterator)
	if kindOf(self).iterates != arrayNext || nativeOf(&it.Next) != arrayNext {
		return nil
	}
	if a := (*layout.ArrayIterObject)(self.Data); a.Obj != nil && a.Kind == valuesKind {
		return a
	}
	return nil
}

func iterated(vm *layout.VM) *goja.Value {
	a := currentIterator(vm)
	if a == nil {
		return nil
	}
	v := objectValue(a.Obj)
	return &v
}

// next takes the next element that a loop goes over. At the end the kernel leaves, and before an element that is not as expected.
func (w *writer) next(pc int) {
	const index = int(unsafe.Offsetof(layout.ArrayIterObject{}.NextIdx))
	if w.frame != nil || w.family != nil || len(w.items) > 0 {
		w.no()
	}
	i := w.local(asInt)
	w.get(0)
	w.op(wI32Wrap)
	w.memory = true
	w.access(wI64Load, index)
	w.set(i)
	w.getElement(pc, item{kind: asRef, slot: -1}, item{kind: asInt, local: i, slot: -1})
	w.taken = w.pop()
	w.get(0)
	w.op(wI32Wrap)
	w.get(i)
	w.i64(1)
	w.op(wI64Add)
	w.access(wI64Store, index)
}
