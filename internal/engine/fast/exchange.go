package fast

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// [a, b] = [b, a] makes an array, an iterator and takes two values from it. If nobody can notice, the two values are exchanged instead.

// exchanged is what such an assignment reads and writes: two variables each, or two elements of arrays that variables hold.
type exchanged struct {
	from, to   [2]access
	toElements bool
}

// access is where, counted from the array's instruction, the load or store of a variable is, or the loads of an array and a key.
type access struct {
	at      int
	element bool
}

// exchange is done for such an assignment: the whole of it. takeElements is done for a pattern of variables alone, const [a, b] = x, from where
// it asks for an iterator until it closes that.
const (
	exchange     = codeEnd - 1
	takeElements = codeEnd - 2
)

// findPattern finds a pattern that begins at a place.
func findPattern(ops []op, start int) {
	pc := start + 1
	for pc+1 < len(ops) && ops[pc].kind == program.IterGetNextOrUndef && ops[pc+1].do == storeP {
		pc += 2
	}
	if pc > start+1 && pc < len(ops) && ops[pc].kind == program.EnumPopClose {
		ops[start].do, ops[start].skip = takeElements, int32(pc+1-start)
	}
}

// takeElements gives variables the elements of an array that nobody is asked for. It is false if nothing has been done.
func (m *machine) takeElements(o *op, array *layout.Words) bool {
	rt := m.vm.Runtime
	values, ok := plainElements(rt, valueAt(array))
	if !ok || !o.none(arrayIterators(rt), returnName) {
		return false
	}
	n := int(o.skip) / 2
	for i := 1; i < n; i++ {
		if to := after(o, 2*i); to.checked && m.operand(to).Tab == nil {
			return false
		}
	}
	for i := 1; i < n; i++ {
		v := undefined
		if i <= len(values) {
			v = values[i-1]
		}
		set(m.operand(after(o, 2*i)), v)
	}
	return true
}

// findExchange finds an assignment that begins at a place. It knows no more than what its instructions are.
func findExchange(ops []op, start int) bool {
	x := &exchanged{}
	pc := start + 1
	next := func(kinds ...program.Op) bool {
		for _, kind := range kinds {
			if pc >= len(ops) || ops[pc].kind != kind {
				return false
			}
			pc++
		}
		return true
	}
	loadsAt := func(n int) bool {
		for i := range n {
			if pc+i >= len(ops) || ops[pc+i].do != load {
				return false
			}
		}
		return true
	}
	elements := 0
	accessAt := func(a *access, element program.Op) bool {
		a.at = pc - start
		if loadsAt(2) && pc+2 < len(ops) && (ops[pc+2].kind == element || element == program.GetElemRef && ops[pc+2].kind == program.GetElemRefStrict) {
			a.element = true
			pc += 3
			return true
		}
		return false
	}
	for i := range x.from {
		if !accessAt(&x.from[i], program.GetElem) {
			if !loadsAt(1) {
				return false
			}
			pc++
		}
		if !next(program.PushArrayItem) {
			return false
		}
	}
	if !next(program.Iterate) {
		return false
	}
	for i := range x.to {
		if accessAt(&x.to[i], program.GetElemRef) {
			if elements++; !next(program.IterGetNextOrUndef, program.PutValueP) {
				return false
			}
			continue
		}
		if !next(program.IterGetNextOrUndef) || pc >= len(ops) || ops[pc].do != storeP {
			return false
		}
		x.to[i].at = pc - start
		pc++
	}
	// A variable that is written might be the key of the next element.
	if elements == 1 || !next(program.EnumPopClose, program.Pop) {
		return false
	}
	x.toElements = elements == 2
	ops[start].do, ops[start].place, ops[start].skip = exchange, unsafe.Pointer(x), int32(pc-start)
	return true
}

// exchange does such an assignment. It is false if nothing has been done.
func (m *machine) exchange(o *op) bool {
	rt := m.vm.Runtime
	proto := *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayPrototype)
	if proto == nil || arrayIteration(rt, proto) == nil || !o.none(arrayIterators(rt), returnName) {
		return false
	}
	x := (*exchanged)(o.place)
	var values [2]layout.Words
	var bits [2]uint64 // of numbers that lie where one of the two writes
	for i := range x.from {
		first := after(o, x.from[i].at)
		w := m.operand(first)
		if x.from[i].element {
			at := elementAt(w, m.operand(after(first, 1)))
			if at == nil {
				return false
			}
			w = wordsOf(at)
		}
		if values[i] = *w; w.Tab == nil {
			return false
		}
		if m.nums.has(w.Data) {
			bits[i] = *(*uint64)(w.Data)
		}
	}
	var elements [2]*goja.Value
	for i := range x.to {
		to := after(o, x.to[i].at)
		if x.toElements {
			if elements[i] = elementAt(m.operand(to), m.operand(after(to, 1))); elements[i] == nil {
				return false
			}
		} else if to.checked && m.operand(to).Tab == nil {
			return false
		}
	}
	for i, w := range values {
		if x.toElements {
			*elements[i] = m.nums.boxed(w.Value())
			continue
		}
		at := m.operand(after(o, x.to[i].at))
		if !m.nums.has(w.Data) {
			*at = w
		} else if !m.setBits(at, w.Tab, bits[i]) {
			*at = layout.Words{Tab: w.Tab, Data: unsafe.Pointer(m.nums.keep(bits[i]))}
		}
	}
	return true
}

// elementAt is where an array has an element that is no accessor, nil if it has none.
func elementAt(array, key *layout.Words) *goja.Value {
	a := arrayOf(array)
	if a == nil || key.Tab != intTab {
		return nil
	}
	if _, ok := arrayElement(a, intOf(key)); !ok {
		return nil
	}
	return &a.Values[intOf(key)]
}
