package fast

import (
	"io"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// What takes one value after another, loops over values, spread, destructuring, asks the iterator for objects of a value and a flag. Here
// the language's own iterators are asked for the value alone, as long as their next is still the language's own; and an array that is
// spread is not asked for an iterator at all, if that would be the language's own, too.

//go:linkname iteratorOf github.com/dop251/goja.(*Runtime).getIterator
func iteratorOf(rt *goja.Runtime, v goja.Value, method func(goja.FunctionCall) goja.Value) *layout.IteratorRecord

//go:linkname iterateAll github.com/dop251/goja.(*iteratorRecord).iterate
func iterateAll(it *layout.IteratorRecord, step func(goja.Value))

//go:linkname nextEntry github.com/dop251/goja.(*orderedMapIter).next
func nextEntry(it *layout.OrderedMapIter) *layout.MapEntry

//go:linkname arrayIterators github.com/dop251/goja.(*Runtime).getArrayIteratorPrototype
func arrayIterators(rt *goja.Runtime) *goja.Object

// The instructions that take values.
var spreadsIntoArray, spreadsIntoCall, spreadsIntoObject, takesNext, takesOne, takesRest, enumerates program.Over

// overIteration replaces an instruction that takes values from iterators. Those of built-in scripts that ask for one look further than
// here (package intrinsics).
func overIteration(c program.Code, i int, op program.Op) {
	switch op {
	case program.Iterate, program.IterateP:
		if !c.Options().Builtin {
			c.Set(i, iterations.Instr(c, &iteration{c.At(i), op == program.IterateP}))
		}
	case program.PushArraySpread:
		if !c.Options().Builtin {
			spreadsIntoArray.Set(c, i, spreadIntoArray)
		}
	case program.PushSpread:
		if !c.Options().Builtin {
			spreadsIntoCall.Set(c, i, spreadIntoCall)
		}
	case program.IterNext:
		takesNext.Set(c, i, takeNext)
	case program.IterGetNextOrUndef:
		takesOne.Set(c, i, takeOne)
	case program.NewArrayFromIter:
		takesRest.Set(c, i, takeRest)
	case program.CopySpread:
		spreadsIntoObject.Set(c, i, spreadIntoObject)
	case program.Enumerate:
		enumerates.Set(c, i, enumerate)
	}
}

// stepped is what a step of an iterator has come to.
type stepped uint8

const (
	unstepped stepped = iota // nothing was done: it is not the language's own, or there is something to be asked for
	stepValue
	stepDone
)

// step takes the next value of an iterator.
func step(rt *goja.Runtime, it *layout.IteratorRecord) (v goja.Value, s stepped) {
	if it == nil || it.Iterator == nil {
		return nil, unstepped
	}
	self := layout.SelfOf(it.Iterator)
	n := kindOf(self).iterates
	if n == unknownNative || nativeOf(&it.Next) != n {
		return nil, unstepped
	}
	switch n {
	case arrayNext:
		v, s = stepArray(rt, (*layout.ArrayIterObject)(self.Data))
	case mapNext, setNext:
		m := (*layout.MapIterObject)(self.Data) // a Set's is alike
		if m.Iter == nil {
			return nil, unstepped
		}
		entry := nextEntry(m.Iter)
		if entry == nil {
			m.Iter = nil
			return nil, stepDone
		}
		s = stepValue
		switch m.Kind {
		case valuesKind:
			if v = entry.Value; n == setNext {
				v = entry.Key
			}
		case keysKind:
			v = entry.Key
		default:
			second := entry.Value
			if n == setNext {
				second = entry.Key
			}
			v = pair(rt, entry.Key, second)
		}
	case stringNext:
		m := (*layout.StringIterObject)(self.Data)
		if m.Reader == nil {
			return nil, unstepped
		}
		r, _, err := m.Reader.ReadRune()
		if err == io.EOF {
			m.Reader = nil
			return nil, stepDone
		}
		v, s = runeValue(r), stepValue
	}
	return v, s
}

// done closes an iterator that has come to its end, as the engine does.
func done(it *layout.IteratorRecord) { it.Iterator, it.Next = nil, nil }

func stepArray(rt *goja.Runtime, a *layout.ArrayIterObject) (goja.Value, stepped) {
	if a.Obj == nil {
		return nil, unstepped
	}
	self := layout.SelfOf(a.Obj)
	if self.Tab != arrayTab {
		return stepTyped(rt, a, self)
	}
	array := (*layout.ArrayObject)(self.Data)
	if a.NextIdx >= int64(array.Length) {
		a.Obj = nil
		return nil, stepDone
	}
	v, ok := arrayElement(array, a.NextIdx)
	if a.Kind == keysKind {
		ok = true
	}
	if !ok {
		return nil, unstepped
	}
	i := a.NextIdx
	a.NextIdx++
	switch a.Kind {
	case keysKind:
		return intValue(i), stepValue
	case valuesKind:
		return v, stepValue
	}
	return pair(rt, intValue(i), v), stepValue
}

// stepTyped leaves the end to the engine, which looks whether the buffer is still there.
func stepTyped(rt *goja.Runtime, a *layout.ArrayIterObject, self *layout.Words) (v goja.Value, s stepped) {
	switch n, f, is := getElement(self, a.NextIdx); is {
	case intResult:
		v = intValue(n)
	case floatResult:
		v = floatValue(f)
	default:
		return nil, unstepped
	}
	switch i := a.NextIdx; a.Kind {
	case keysKind:
		v = intValue(i)
	case valuesKind:
	default:
		v = pair(rt, intValue(i), v)
	}
	a.NextIdx++
	return v, stepValue
}

const keysKind = 0

// pair is an array of two values.
func pair(rt *goja.Runtime, a, b goja.Value) goja.Value {
	if !shaped {
		return rt.NewArray(a, b)
	}
	return objectValue(shapes.NewArray(rt, *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayPrototype), []goja.Value{a, b}))
}

// characters are the strings of one character of ASCII.
var characters string

func makeCharacters() {
	b := make([]byte, 128)
	for i := range b {
		b[i] = byte(i)
	}
	characters = string(b)
}

// runeValue is the string of a code point, which may be a surrogate.
func runeValue(r rune) goja.Value {
	switch {
	case r < 128:
		return asciiValue(characters[r : r+1])
	case r < 0x10000:
		return goja.StringFromUTF16([]uint16{uint16(r)})
	}
	r -= 0x10000
	return goja.StringFromUTF16([]uint16{uint16(0xD800 + r>>10), uint16(0xDC00 + r&0x3FF)})
}

// own tells whether a property of one of the language's own objects is still the function that it was made with.
func own(v goja.Value, n native) *layout.NativeFuncObject {
	if v == nil {
		return nil
	}
	if v, _ = data(v); v == nil || wordsOf(&v).Tab != objectTab {
		return nil
	}
	self := layout.SelfOf((*goja.Object)(wordsOf(&v).Data))
	if self.Tab != nativeTab {
		return nil
	}
	f := (*layout.NativeFuncObject)(self.Data)
	if nativeOf(&f.F) != n {
		return nil
	}
	return f
}

// plainArray is an array that is iterated over by the language's own means, with the next of its iterators. It is nil for all else.
func plainArray(rt *goja.Runtime, v goja.Value) (*layout.ArrayObject, *layout.NativeFuncObject) {
	a := arrayOf(wordsOf(&v))
	proto := *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayPrototype)
	if a == nil || a.SymValues != nil || a.Prototype != proto || proto == nil {
		return nil, nil
	}
	if next := arrayIteration(rt, proto); next != nil {
		return a, next
	}
	return nil, nil
}

// arrayIteration is the next of the iterators of arrays that inherit from their prototype, nil if these are not the language's own any more.
func arrayIteration(rt *goja.Runtime, proto *goja.Object) *layout.NativeFuncObject {
	symbols := (*layout.OrderedMap)(layout.BaseOf(proto).SymValues)
	if symbols == nil || own(valueIn(symbols, goja.SymIterator), arrayValues) == nil {
		return nil
	}
	return own(layout.BaseOf(arrayIterators(rt)).Values["next"], arrayNext)
}

const returnName unistring.String = "return"

// closesQuietly tells whether an iterator that is not at its end is left without asking anybody.
func closesQuietly(it *layout.IteratorRecord) bool {
	return it == nil || it.Iterator == nil || kindOf(layout.SelfOf(it.Iterator)).iterates != unknownNative && inheritsNone(it.Iterator, returnName)
}

// inheritsNone tells whether one of the language's own iterators has not got a property.
func inheritsNone(iterator *goja.Object, name unistring.String) bool {
	b := layout.BaseOf(iterator)
	return len(b.PropNames) == 0 && absent(b.Prototype, name)
}

// plainElements are the elements of such an array, none of which has to be asked for.
func plainElements(rt *goja.Runtime, v goja.Value) ([]goja.Value, bool) {
	a, _ := plainArray(rt, v)
	if a == nil || a.PropValueCount != 0 || a.ObjCount != len(a.Values) || int(a.Length) != len(a.Values) {
		return nil, false
	}
	return a.Values, true
}

// arrayIterator is an array's iterator with the record of it, in one piece of memory.
type arrayIterator struct {
	object layout.Object
	self   layout.ArrayIterObject
	m      shapes.Map
	record layout.IteratorRecord
}

// arrayIterTab is the type of the engine's own, once one has been met.
var arrayIterTab atomic.Pointer[byte]

// iteration stands where a loop or a pattern asks for an iterator.
type iteration struct {
	program.Instr
	pops bool
}

var iterations program.Table[iteration]

func (g *iteration) exec(vm *layout.VM) {
	learnFacts(vm)
	if !iterate(vm, vm.Stack[vm.SP-1]) {
		a, _ := plainArray(vm.Runtime, vm.Stack[vm.SP-1])
		g.Run(vm)
		if it := vm.IterStack[len(vm.IterStack)-1].Iter; a != nil && it != nil && it.Iterator != nil {
			if self := layout.SelfOf(it.Iterator); layout.ClassOf(self) == layout.ClassArrayIter {
				arrayIterTab.Store((*byte)(self.Tab))
			}
		}
		return
	}
	if g.pops {
		vm.SP--
	}
	vm.PC++
}

// iterate begins to go over a plain array. It is false for all else.
func iterate(vm *layout.VM, v goja.Value) bool {
	tab := unsafe.Pointer(arrayIterTab.Load())
	if tab == nil || !shaped {
		return false
	}
	a, next := plainArray(vm.Runtime, v)
	if a == nil {
		return false
	}
	it := &arrayIterator{}
	o := (*goja.Object)(unsafe.Pointer(&it.object))
	it.object = layout.Object{Self: layout.Words{Tab: tab, Data: unsafe.Pointer(&it.self)}, Runtime: vm.Runtime}
	self := &it.self
	self.Class, self.Val, self.Prototype, self.Extensible = "Object", o, arrayIterators(vm.Runtime), true
	self.Values = it.m.Init()
	self.Obj, self.Kind = a.Val, valuesKind
	it.record = layout.IteratorRecord{Iterator: o, Next: next.F}
	vm.IterStack = append(vm.IterStack, layout.IterStackItem{Iter: &it.record})
	return true
}

// takeAll calls f with all values of a value that can be iterated over.
func takeAll(rt *goja.Runtime, v goja.Value, f func(goja.Value)) {
	takeFrom(rt, iteratorOf(rt, v, nil), f)
}

// takeFrom calls f, which does not throw, with the values that an iterator still has.
func takeFrom(rt *goja.Runtime, it *layout.IteratorRecord, f func(goja.Value)) {
	for n := 1; ; n++ {
		v, s := step(rt, it)
		if s == unstepped {
			break
		}
		if s == stepDone {
			done(it)
			return
		}
		f(v)
		if n&0xffff == 0 {
			guard.Poll(rt)
		}
	}
	iterateAll(it, f)
}

func spreadIntoArray(data unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	v := vm.Stack[vm.SP-1]
	a := arrayOf(wordsOf(&vm.Stack[vm.SP-2]))
	if a == nil {
		spreadsIntoArray.Engine(data, vm)
		return
	}
	if values, ok := plainElements(vm.Runtime, v); ok && len(values)+len(a.Values) < mostDense {
		a.Values = append(a.Values, values...)
		a.Length += uint32(len(values))
		a.ObjCount += len(values)
	} else {
		takeAll(vm.Runtime, v, func(v goja.Value) {
			if a.Length == math.MaxUint32 {
				guard.RangeError(vm.Runtime, "Invalid array length")
			}
			a.Length++
			a.ObjCount++
			a.Values = append(a.Values, v)
		})
	}
	vm.SP--
	vm.PC++
}

// spreadIntoCall takes no more values than a call can have: the engine's own instruction makes its stack longer by a thousand at a time.
func spreadIntoCall(_ unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	v := vm.Stack[vm.SP-1]
	vm.SP--
	base := vm.SP
	if values, ok := plainElements(vm.Runtime, v); ok {
		guard.Arguments(vm.Runtime, len(values))
		if end := vm.SP + len(values); end >= len(vm.Stack) {
			grow(vm, end)
		}
		copy(vm.Stack[vm.SP:], values)
		vm.SP += len(values)
	} else {
		takeAll(vm.Runtime, v, func(v goja.Value) {
			guard.Arguments(vm.Runtime, vm.SP-base+1)
			if vm.SP >= len(vm.Stack) {
				grow(vm, vm.SP)
			}
			vm.Stack[vm.SP] = v
			vm.SP++
		})
	}
	vm.PC++
}

func takeNext(data unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	item := &vm.IterStack[len(vm.IterStack)-1]
	v, s := step(vm.Runtime, item.Iter)
	switch s {
	case unstepped:
		takesNext.Engine(data, vm)
	case stepValue:
		item.Val = v
		vm.PC++
	case stepDone:
		done(item.Iter)
		vm.PC += int(*(*int32)(data))
	}
}

func takeOne(data unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	it := vm.IterStack[len(vm.IterStack)-1].Iter
	v, s := step(vm.Runtime, it)
	switch s {
	case unstepped:
		takesOne.Engine(data, vm)
		return
	case stepDone:
		done(it)
		v = undefined
	}
	if vm.SP >= len(vm.Stack) {
		grow(vm, vm.SP)
	}
	vm.Stack[vm.SP] = v
	vm.SP++
	vm.PC++
}

func takeRest(data unsafe.Pointer, vm *layout.VM) {
	learnFacts(vm)
	if !shaped {
		takesRest.Engine(data, vm)
		return
	}
	top := len(vm.IterStack) - 1
	it := vm.IterStack[top].Iter
	vm.IterStack[top] = layout.IterStackItem{}
	vm.IterStack = vm.IterStack[:top]
	var values []goja.Value
	if it.Iterator != nil {
		takeFrom(vm.Runtime, it, func(v goja.Value) { values = append(values, v) })
	}
	if vm.SP >= len(vm.Stack) {
		grow(vm, vm.SP)
	}
	vm.Stack[vm.SP] = objectValue(shapes.NewArray(vm.Runtime, *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), facts.ArrayPrototype), values))
	vm.SP++
	vm.PC++
}
