package fast

import (
	"math"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// caller calls a function of a script again and again from Go, without the engine's way in: the same frames, but no border that
// exceptions stop at. They go through the Go function that calls, as if it had thrown them; so nothing that is called may catch one
// and go on, and only leaves are called in this way.
type caller struct {
	vm       *layout.VM
	fn       *function
	function *goja.Object
	js       *layout.BaseJsFuncObject
	arrow    bool
	nums     *numbers
	calls    int
}

// callerOf is false for what is no ordinary function of a script that has been decoded.
func callerOf(vm *layout.VM, v goja.Value) (c caller, ok bool) {
	js, ok := scriptFunction(v)
	if !ok || len(vm.CallStack) > vm.MaxCallStackSize-calmCalls || len(vm.TryStack) > calmTries || vm.ProfTracker != nil {
		return c, false
	}
	fn := functionOf(js.Prg)
	if fn == nil {
		fn = heat(js.Prg, vm)
	}
	o := (*goja.Object)(wordsOf(&v).Data)
	if fn == nil || !fn.leaf.Load() {
		return c, false
	}
	return caller{vm: vm, fn: fn, function: o, js: js, arrow: kindOf(layout.SelfOf(o)).arrow, nums: takeNumbers()}, true
}

// done is called when the function is not to be called any more.
func (c *caller) done() { c.nums.giveBack() }

// heat decodes a function that is about to be called many times.
func heat(prg *goja.Program, vm *layout.VM) *function {
	code := (*layout.Program)(unsafe.Pointer(prg)).Code
	if len(code) == 0 {
		return nil
	}
	h, ok := heads.Is(program.Instr(code[0]))
	if !ok {
		return nil
	}
	h.fn.heat.Add(hot)
	if !h.fn.ready(vm) {
		return nil
	}
	return functionOf(prg)
}

// called counts the functions that were called in this way, for tests.
var called atomic.Int64

func (c *caller) call(this goja.Value, args ...goja.Value) goja.Value {
	vm := c.vm
	if c.calls++; c.calls&0xfff == 0 { // a function without a loop would not look
		guard.Poll(vm.Runtime)
	}
	sp := vm.SP
	if end := sp + len(args) + 2; end >= len(vm.Stack) {
		grow(vm, end)
	}
	vm.Stack[sp], vm.Stack[sp+1] = layout.Words{Tab: objectTab, Data: unsafe.Pointer(c.function)}.Value(), this
	target := goja.Value(nil)
	if c.arrow {
		target = (*layout.ArrowFuncObject)(layout.SelfOf(c.function).Data).NewTarget
	}
	for i, v := range args {
		if v == nil {
			v = undefined
		}
		vm.Stack[sp+2+i] = v
	}
	vm.SP = sp + 2 + len(args)
	depth := len(vm.CallStack)
	vm.CallStack = append(vm.CallStack, layout.Context{Prg: vm.Prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget, Result: vm.Result,
		PC: vm.PC, SB: vm.SB, Args: vm.Args})
	vm.Args, vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.PC = len(args), c.js.Prg, c.js.Stash, c.js.PrivEnv, target, 0
	pc := vm.CallStack[depth].PC
	runWith(vm, c.fn, c.nums)
	for len(vm.CallStack) > depth {
		if atomic.LoadUint32(&vm.Interrupted) != 0 {
			guard.Poll(vm.Runtime)
		}
		program.Instr(layout.ProgramOf(vm.Prg).Code[vm.PC]).Run(vm)
	}
	vm.PC, vm.SP = pc, sp
	return vm.Stack[sp]
}

// callback is a function of Go's that stands for one of a script, for one call of one of the engine's functions, which calls it for
// each of many elements.
type callback struct {
	object layout.Object
	self   layout.NativeFuncObject
	caller caller
}

// few is how many elements are not worth a callback.
const few = 8

// callbackFor gives what to call one of the engine's functions with, instead of the argument that lies at a place of its frame; nil if there is none.
func callbackFor(vm *layout.VM, frame []goja.Value) (at int, b *callback) {
	if at = 2; isArrayFrom(frame) {
		at = 3
	}
	if len(frame) <= at || !many(frame[2*(at-2)]) {
		return 0, nil
	}
	c, ok := callerOf(vm, frame[at])
	if !ok {
		return 0, nil
	}
	called.Add(1)
	b = &callback{caller: c}
	b.object = layout.Object{Self: layout.Words{Tab: nativeTab, Data: unsafe.Pointer(&b.self)}, Runtime: vm.Runtime}
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.self.Val = o
	b.self.F = func(call goja.FunctionCall) goja.Value { return b.caller.call(call.This, call.Arguments...) }
	return at, b
}

// isArrayFrom tells whether a frame is one of Array.from.
func isArrayFrom(frame []goja.Value) bool {
	self := layout.SelfOf((*goja.Object)(wordsOf(&frame[1]).Data))
	return nativeOf(&(*layout.NativeFuncObject)(self.Data).F) == arrayFrom
}

// fromLength is Array.from of an object that has nothing but a length, the result of which takes the place of this. It is false if nothing
// has been done.
func fromLength(vm *layout.VM, frame []goja.Value) bool {
	rt := vm.Runtime
	items, class := ordinary(wordsOf(&frame[2])), wordsOf(&frame[0])
	if !shaped || items == nil || class.Tab != objectTab || (*goja.Object)(class.Data) != *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayClass) ||
		len(items.PropNames) != 1 || mayHave(items.Val, goja.SymIterator) {
		return false
	}
	length := items.Values["length"]
	if length == nil || layout.WordsOf(length).Tab != intTab {
		return false
	}
	n := intOf(wordsOf(&length))
	if n < 0 || n > mostCopied {
		return false
	}
	c, ok := callerOf(vm, frame[3])
	if !ok {
		return false
	}
	called.Add(1)
	at := vm.SP - len(frame)
	values := make([]goja.Value, n)
	for i := range values {
		item := undefined
		if !noElements(items.Val) { // the function may give it some
			if v := items.Val.Get(decimal(int64(i))); v != nil {
				item = v
			}
		}
		values[i] = c.call(undefined, item, intValue(int64(i)))
	}
	c.done()
	vm.Stack[at] = objectValue(shapes.NewArray(rt, *layout.At[*goja.Object](unsafe.Pointer(rt), facts.ArrayPrototype), values))
	return true
}

// many tells whether a value has so many elements that a callback is worth it: an array, or an object with a length.
func many(v goja.Value) bool {
	w := wordsOf(&v)
	if a := denseArray(w); a != nil {
		return a.Length >= few
	}
	o := ordinary(w)
	if o == nil {
		return false
	}
	length := o.Values["length"]
	return length != nil && layout.WordsOf(length).Tab == intTab && intOf(wordsOf(&length)) >= few
}

// border is the engine's mark of a place in Go that exceptions stop at: until it is left they are panics, and not the engine's jumps.
const border = -2

// bordered calls f behind a border.
func bordered(vm *layout.VM, f func()) {
	n := len(vm.TryStack)
	vm.TryStack = append(vm.TryStack, layout.TryFrame{CallStackLen: uint32(len(vm.CallStack)), IterLen: uint32(len(vm.IterStack)), RefLen: uint32(len(vm.RefStack)),
		SP: int32(vm.SP), Stash: vm.Stash, PrivEnv: vm.PrivEnv, CatchPos: border, FinallyPos: -1, FinallyRet: -1})
	defer func() {
		clear(vm.TryStack[n:])
		vm.TryStack = vm.TryStack[:n]
	}()
	f()
}

// nativeFrame calls f in a frame as the engine's functions have one, with this, the function and n arguments.
func nativeFrame(vm *layout.VM, n int, f func(*layout.VM, []goja.Value) bool) bool {
	c := layout.Context{Prg: vm.Prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget, Result: vm.Result, PC: vm.PC, SB: vm.SB, Args: vm.Args}
	depth := len(vm.CallStack)
	vm.CallStack = append(vm.CallStack, c)
	vm.Prg, vm.SB = nil, vm.SP-n
	ok := false
	bordered(vm, func() { ok = f(vm, vm.Stack[vm.SP-n-2:vm.SP]) })
	vm.CallStack[depth] = layout.Context{}
	vm.CallStack = vm.CallStack[:depth]
	vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.PC, vm.SB, vm.Args = c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.PC, c.SB, c.Args
	return ok
}

// sortArray sorts an ordinary array of values with a function of a script. It is false if nothing has been done.
func sortArray(vm *layout.VM, frame []goja.Value) bool {
	if len(frame) != 3 {
		return false
	}
	a := denseArray(wordsOf(&frame[0]))
	if a == nil {
		return sortTyped(vm, frame)
	}
	if a.Length < few || a.PropValueCount != 0 || a.ObjCount != len(a.Values) {
		return false
	}
	c, ok := callerOf(vm, frame[2])
	if !ok {
		return false
	}
	done := c.sort(a, frame)
	c.done()
	return done
}

// sortTyped sorts a typed array of numbers with a function of a script, with V8's comparisons. It is false if nothing has been done.
func sortTyped(vm *layout.VM, frame []goja.Value) bool {
	w := wordsOf(&frame[0])
	if w.Tab != objectTab {
		return false
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if kindOf(self).elements == nil {
		return false
	}
	n := (*layout.TypedArrayObject)(self.Data).Length
	if n < few || n > mostDense {
		return false
	}
	values := make([]goja.Value, n)
	for i := range values {
		switch n, f, is := getElement(self, int64(i)); is {
		case intResult:
			values[i] = intValue(n)
		case floatResult:
			values[i] = floatValue(f)
		default:
			return false
		}
	}
	c, ok := callerOf(vm, frame[2])
	if !ok {
		return false
	}
	called.Add(1)
	compare := func(x, y goja.Value) float64 {
		v := c.call(undefined, x, y)
		if f, ok := number(wordsOf(&v)); ok {
			return f
		}
		return v.ToFloat()
	}
	if order := difference(*c.fn.code.Load()); order != 0 && allNumbers(values) {
		compare = func(x, y goja.Value) float64 {
			f, _ := number(wordsOf(&x))
			g, _ := number(wordsOf(&y))
			return (f - g) * order
		}
	}
	guard.MergeHalves(slices.Clone(values), values, compare)
	c.done()
	for i := range values {
		setElement(self, int64(i), wordsOf(&values[i])) // nothing where the buffer has gone
	}
	return true
}

// sort sorts an array with the function.
func (c *caller) sort(a *layout.ArrayObject, frame []goja.Value) bool {
	called.Add(1)
	values := make([]goja.Value, 0, len(a.Values))
	for _, v := range a.Values {
		if v == nil {
			return false
		}
		if wordsOf(&v).Tab != undefinedTab {
			values = append(values, v)
		}
	}
	n := len(values)
	less := func(x, y goja.Value) bool {
		v := c.call(undefined, x, y)
		f, ok := number(wordsOf(&v))
		if !ok {
			f = v.ToFloat()
		}
		return f < 0
	}
	if order := difference(*c.fn.code.Load()); order != 0 && allNumbers(values) {
		less = func(x, y goja.Value) bool {
			f, _ := number(wordsOf(&x))
			g, _ := number(wordsOf(&y))
			return (f-g)*order < 0
		}
	}
	guard.MergeSort(values, less)
	o := (*goja.Object)(wordsOf(&frame[0]).Data)
	if now := denseArray(wordsOf(&frame[0])); now == a && len(a.Values) >= n && a.PropValueCount == 0 && a.Extensible {
		clearTo := len(a.Values)
		copy(a.Values, values)
		for i := n; i < clearTo; i++ {
			a.Values[i] = undefined
		}
		return true
	}
	for i, v := range values {
		if err := o.Set(decimal(int64(i)), v); err != nil {
			panic(err)
		}
	}
	return true
}

// difference tells whether a function's code gives the difference of its two arguments: 1, or -1 if it is the other way round.
func difference(code []op) float64 {
	if len(code) != 5 || code[0].kind != program.EnterFuncStashless || code[1].kind != program.LoadStackLex || code[2].kind != program.LoadStackLex ||
		code[3].kind != program.Sub || code[4].kind != program.Ret {
		return 0
	}
	switch [2]int32{code[1].n, code[2].n} {
	case [2]int32{-1, -2}:
		return 1
	case [2]int32{-2, -1}:
		return -1
	}
	return 0
}

func allNumbers(values []goja.Value) bool {
	for i := range values {
		if f, ok := number(wordsOf(&values[i])); !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return false
		}
	}
	return true
}
