package fast

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// memoryOf gives the locals in which address and length of a variable's memory are.
func (w *writer) memoryOf(it item) (address, length int) {
	for i, n := range w.refs {
		if it.kind == asRef && n == it.ref {
			w.memory = w.memory || windowStart != 0
			return len(w.vars) + 1 + 2*i, len(w.vars) + 2 + 2*i
		}
	}
	w.no()
	return 0, 0
}

// within leaves if a key is no place in a variable's memory, and puts on WebAssembly's stack where the element is.
func (w *writer) within(pc int, owner, key item, shift int64) {
	address, length := w.memoryOf(owner)
	if !w.memory {
		w.no()
	}
	key = w.whole(pc, key)
	w.get(key.local)
	w.get(length)
	w.op(wI64LtU, wI32Eqz)
	w.exitIf(pc, -1)
	w.get(address)
	w.get(key.local)
	if shift > 0 {
		w.i64(shift)
		w.op(wI64Shl)
	}
	w.op(wI64Add, wI32Wrap)
}

// access is an instruction that reads or writes memory.
func (w *writer) access(op byte, offset int) {
	w.op(op, 0)
	w.body = appendUvarint(w.body, offset)
}

func (w *writer) getElement(pc int, owner, key item) {
	if owner.kind != asRef {
		w.no()
	}
	r := &w.vars[owner.ref].ref
	switch r.kind {
	case refTyped:
		op, kind, shift := r.elements.load()
		w.within(pc, owner, key, shift)
		w.access(op, 0)
		if op == wF32Load {
			w.op(wF64FromF32)
		}
		if kind == asInt {
			w.result32(op == wI32Load && r.elements.kind == reflect.Uint32)
			break
		}
		w.result(kind)
	case refArray:
		w.within(pc, owner, key, 4)
		at := w.local(asTest)
		w.set(at)
		w.value(pc, at, 0, func() goja.Value { return firstElement(w.find(w.vm, owner.ref)) })
	default:
		w.no()
	}
}

// number reads the value behind an address: an integer, or any number where an integer was expected before. It gives the local with where that lies.
func (w *writer) number(pc, at, behind int) (data int) {
	data = w.local(asInt)
	w.get(at)
	w.access(wI64Load, behind+int(unsafe.Offsetof(layout.Words{}.Data)))
	w.set(data)
	tab := func(t unsafe.Pointer) {
		w.get(at)
		w.access(wI64Load, behind)
		w.i64(int64(uintptr(t)))
		w.op(wI64Ne)
	}
	if !w.floats[w.key(pc)] {
		tab(intTab)
		w.exitIf(pc, w.key(pc))
		w.push(asInt, w.integer(pc, data))
		return data
	}
	f := w.local(asFloat)
	tab(floatTab)
	w.op(wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	tab(intTab)
	w.exitIf(pc, -1)
	n := w.integer(pc, data)
	w.get(n)
	w.op(wF64FromI64)
	w.set(f)
	w.op(wElse)
	off := w.inWindow(pc, data)
	w.get(off)
	w.access(wF64Load, 0)
	w.set(f)
	w.op(wEnd)
	w.labels = w.labels[:len(w.labels)-1]
	w.push(asFloat, f)
	return data
}

// inWindow leaves if an address is not in the window, and gives the local with the place in it.
func (w *writer) inWindow(pc, data int) int {
	off, distance := w.local(asTest), w.local(asInt)
	w.get(data)
	w.i64(int64(windowStart))
	w.op(wI64Sub)
	w.arg(wTee, distance)
	w.i64(windowSize - 1024)
	w.op(wI64GtU)
	w.exitIf(pc, -1)
	w.get(distance)
	w.op(wI32Wrap)
	w.set(off)
	return off
}

// integer gives the local with the integer at an address. Go keeps small ones in a table of the program.
func (w *writer) integer(pc, data int) int {
	n := w.local(asInt)
	w.get(data)
	w.i64(int64(windowStart))
	w.op(wI64Sub)
	w.i64(windowSize - 8)
	w.op(wI64LtU, wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.get(data)
	w.i64(int64(windowStart))
	w.op(wI64Sub, wI32Wrap)
	w.access(wI64Load, 0)
	w.set(n)
	w.op(wElse)
	w.get(data)
	w.i64(int64(smallTable))
	w.op(wI64Sub)
	w.set(n)
	w.get(n)
	w.i64(8 * 256)
	w.op(wI64LtU, wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.get(n)
	w.i64(3)
	w.op(wI64ShrU)
	w.set(n)
	w.op(wElse)
	// Or it is one of those that are kept here.
	w.get(data)
	w.i64(int64(uintptr(unsafe.Pointer(&small))))
	w.op(wI64Sub)
	w.set(n)
	w.get(n)
	w.i64(int64(unsafe.Sizeof(small)))
	w.op(wI64LtU, wI32Eqz)
	w.exitIf(pc, -1)
	w.get(n)
	w.i64(3)
	w.op(wI64ShrU)
	w.i64(smallMin)
	w.op(wI64Add)
	w.set(n)
	w.op(wEnd)
	w.labels = w.labels[:len(w.labels)-1]
	w.op(wEnd)
	w.labels = w.labels[:len(w.labels)-1]
	return n
}

// smallTable is where Go has the integers below 256 that it makes interface values of; the address of one that it has not if it
// has no such table.
var smallTable uintptr

func findSmallTable(rt *goja.Runtime) {
	at := func(i int) uintptr {
		v := rt.ToValue(i)
		return uintptr(wordsOf(&v).Data)
	}
	if at(7)-at(1) == 6*8 && at(200)-at(1) == 199*8 {
		smallTable = at(1) - 8
	} else {
		smallTable = ^uintptr(0)
	}
}

func (w *writer) setElement(pc int, owner, key, v item) {
	if owner.kind == asRef && w.vars[owner.ref].ref.kind == refArray {
		w.setArrayElement(pc, owner, key, v)
		return
	}
	if owner.kind != asRef || w.vars[owner.ref].ref.kind != refTyped {
		w.no()
	}
	e := w.vars[owner.ref].ref.elements
	if e.clamped || v.kind != asInt && v.kind != asFloat {
		w.no()
	}
	_, _, shift := e.load()
	bits := -1
	if e.kind != reflect.Float64 && e.kind != reflect.Float32 {
		w.bits32(pc, v) // may leave
		bits = w.local(asTest)
		w.set(bits)
	}
	w.within(pc, owner, key, shift)
	w.effect()
	switch {
	case bits >= 0:
		w.get(bits)
		w.access([...]byte{wI32Store8, wI32Store16, wI32Store}[shift], 0)
	case e.kind == reflect.Float32:
		w.float(v)
		w.op(wF32FromF64)
		w.access(wF32Store, 0)
	default:
		w.float(v)
		w.access(wF64Store, 0)
	}
}

// load is how an element is read, what it is then, and the size as a power of two.
func (e *elements) load() (op byte, kind numberKind, shift int64) {
	switch e.kind {
	case reflect.Uint8:
		return wI32Load8U, asInt, 0
	case reflect.Int8:
		return wI32Load8S, asInt, 0
	case reflect.Uint16:
		return wI32Load16U, asInt, 1
	case reflect.Int16:
		return wI32Load16S, asInt, 1
	case reflect.Uint32:
		return wI32Load, asInt, 2
	case reflect.Int32:
		return wI32Load, asInt, 2
	case reflect.Float32:
		return wF32Load, asFloat, 2
	}
	return wF64Load, asFloat, 3
}
