package fast

import (
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// runWith is run with numbers that nobody else uses until it returns.
func runWith(vm *layout.VM, fn *function, nums *numbers) {
	state := machine{vm: vm, home: fn, nums: nums, left: turns, base: max(0, vm.SP-windowBelow)}
	var (
		m  = &state
		sp = m.arrive() // the first free place of the stack
		o  = m.enter(fn)

		kind    program.Op
		a, b, w *layout.Words
		v       goja.Value
		ok      bool
		test    bool
		n, pc   int
		i       int64   // an integer that is a result
		f       float64 // a number that is one
	)
	if uint(vm.PC) >= uint(len(m.code)) {
		pc = vm.PC
		goto out
	}
	o = after(o, vm.PC)
	for {
		kind = o.do
	dispatch:
		switch kind {
		default:
			if w, ok = m.other(o, sp); !ok {
				goto slow
			}
			sp = w
			o = after(o, 1)
		case codeEnd:
			pc = len(m.code)
			goto out

		// Loads. What is fused with one begins with it.
		case load:
			w = m.operand(o)
			if w.Tab == nil {
				goto apart
			}
			goto pushFrom
		case program.LoadNil:
			v = nil
			goto push
		case program.LoadVal, program.LoadUndef, program.LoadStack, program.LoadStack1, program.LoadStackLex, program.LoadStack1Lex, program.LoadThisStack, program.LoadCallee:
			if w = m.variable(o); w == nil {
				goto slow
			}
			goto pushFrom
		case program.LoadStash, program.LoadStashLex, program.LoadThisStash:
			s := vm.Stash
			for level := uint32(o.n) >> 24; level > 0; level-- {
				s = s.Outer
			}
			if v = s.Values[o.n&0xffffff]; v == nil {
				if kind != program.LoadStash {
					goto slow
				}
				v = undefined
			}
			goto push
		case store, storeP:
			if w = m.operand(o); o.checked && w.Tab == nil {
				goto slow
			}
			if a = below(sp, 1); kind == storeP {
				sp = a
			}
			goto move
		case program.StoreStashP, program.InitStashP, program.StoreStashLexP:
			if !m.storeStash(o, below(sp, 1)) {
				goto slow
			}
			sp = below(sp, 1)
			o = after(o, 1)

		case program.Pop:
			sp = below(sp, 1)
			o = after(o, 1)
		case program.Dup:
			w = below(sp, 1)
			goto pushFrom
		case program.DupN:
			w = below(sp, 1+int(o.n))
			goto pushFrom

		// Numbers. The operands are a and b, the result goes to w.
		case program.Add:
			n, a, b = 1, below(sp, 2), below(sp, 1)
			sp, w = b, a
			goto add
		case loadAdd:
			n, a, b = 2, below(sp, 1), m.operand(o)
			w = a
			goto add
		case loadLoadAdd, loadLoadSub, loadLoadMul, loadLoadGetElem:
			n, a, b, w = 3, m.operand(o), m.operand(after(o, 1)), sp
			if uintptr(unsafe.Pointer(sp)) >= m.last {
				goto apart
			}
			sp = above(sp, 1)
			switch kind {
			case loadLoadAdd:
				goto add
			case loadLoadSub:
				goto sub
			case loadLoadMul:
				goto mul
			}
			goto element
		case program.Sub:
			n, a, b = 1, below(sp, 2), below(sp, 1)
			sp, w = b, a
			goto sub
		case loadSub:
			n, a, b = 2, below(sp, 1), m.operand(o)
			w = a
			goto sub
		case program.Mul:
			n, a, b = 1, below(sp, 2), below(sp, 1)
			sp, w = b, a
			goto mul
		case loadMul:
			n, a, b = 2, below(sp, 1), m.operand(o)
			w = a
			goto mul
		case program.Div:
			a, b = below(sp, 2), below(sp, 1)
			if f, ok = quotient(a, b); !ok {
				goto slow
			}
			n, sp, w = 1, b, a
			goto float
		case program.Mod:
			n, a, b = 1, below(sp, 2), below(sp, 1)
			sp, w = b, a
			goto mod
		case loadMod:
			n, a, b = 2, below(sp, 1), m.operand(o)
			w = a
			goto mod
		case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr:
			n, a, b = 1, below(sp, 2), below(sp, 1)
			sp, w = b, a
			goto bits
		case loadBits:
			n, a, b, kind = 2, below(sp, 1), m.operand(o), after(o, 1).kind
			w = a
			goto bits
		case increment: // load, Inc or Dec, storeP
			w, n = m.operand(o), 3
			goto step
		case program.Inc, program.Dec:
			w, n = below(sp, 1), 1
			goto step
		// Comparisons.
		case program.OpLt:
			a, b, n = below(sp, 2), below(sp, 1), 1
			if test, ok = less(a, b); !ok {
				goto slow
			}
			sp = a
			goto compared
		case program.OpGt, program.OpLte, program.OpGte, program.OpStrictEq, program.OpStrictNeq, program.OpEq, program.OpNeq:
			a, b = below(sp, 2), below(sp, 1)
			if test, ok = compare(kind, a, b); !ok {
				goto slow
			}
			n, sp = 1, a
			goto compared
		case loadLess:
			a, b = below(sp, 1), m.operand(o)
			if test, ok = less(a, b); !ok {
				goto apart
			}
			n, sp = 2, a
			goto compared
		case loadCompare:
			a, b = below(sp, 1), m.operand(o)
			if test, ok = compareLoaded(after(o, 1).kind, a, b); !ok {
				goto apart
			}
			n, sp = 2, a
			goto compared
		case loadLoadLess:
			a, b = m.operand(o), m.operand(after(o, 1))
			if test, ok = less(a, b); !ok {
				goto apart
			}
			n = 3
			goto compared
		case loadLoadCompare:
			if test, ok = compareLoaded(after(o, 2).kind, m.operand(o), m.operand(after(o, 1))); !ok {
				goto apart
			}
			n = 3
			goto compared
		case program.Jump:
			goto jumped
		case program.JneP, program.JeqP:
			w = below(sp, 1)
			if test, ok = truth(w); !ok {
				goto slow
			}
			sp = w
			if test == (kind == program.JeqP) {
				goto jumped
			}
			o = after(o, 1)
		case loadJneP:
			if test, ok = truth(m.operand(o)); !ok {
				goto apart
			}
			if !test {
				o = after(o, 1)
				goto jumped
			}
			o = after(o, 2)
		case program.Jne, program.Jeq:
			w = below(sp, 1)
			if test, ok = truth(w); !ok {
				goto slow
			}
			if test == (kind == program.Jeq) {
				goto jumped
			}
			sp = w
			o = after(o, 1)

		case program.Jdef, program.JdefP, program.Jopt, program.Joptc, program.Jcoalesc, program.Try, program.LeaveTry, program.EnterFinally, program.LeaveFinally, exchange, takeElements:
			if n, w = m.branch(o, sp); n == 0 {
				goto apart
			}
			o, sp = after(o, n), w

		// Objects.
		case loadGetProp:
			if w = m.operand(o); uintptr(unsafe.Pointer(sp)) >= m.last {
				goto apart
			}
			o = after(o, 1) // the load is done if the property is found
			if w.Tab == objectTab {
				self := layout.SelfOf((*goja.Object)(w.Data))
				if p := (*location)(atomic.LoadPointer(&o.place)); self.Tab == baseTab && p != nil && p.Of((*layout.BaseObject)(self.Data)) && p.Has() {
					if v = (*shapes.Object)(self.Data).SlotAt(p).Value; layout.WordsOf(v).Tab != propertyTab {
						goto property
					}
				}
			}
			if o.length {
				if i, ok = o.lengthOf(w); ok {
					n, w, sp = 1, sp, above(sp, 1)
					goto integer
				}
			}
			if v, ok = getNamed(vm, w, o); ok {
				goto property
			}
			o = after(o, -1)
			goto apart
		case program.GetProp:
			w = below(sp, 1)
			if w.Tab == objectTab {
				self := layout.SelfOf((*goja.Object)(w.Data))
				if p := (*location)(atomic.LoadPointer(&o.place)); self.Tab == baseTab && p != nil && p.Of((*layout.BaseObject)(self.Data)) && p.Has() {
					if v = (*shapes.Object)(self.Data).SlotAt(p).Value; layout.WordsOf(v).Tab != propertyTab {
						sp = w
						goto property
					}
				}
			}
			if o.length {
				if i, ok = o.lengthOf(w); ok {
					n = 1
					goto integer
				}
			}
			{
				next, top, read := m.getProperty(o, sp)
				if v = read; v != nil {
					sp = w
					goto property
				}
				if next == nil {
					goto slow
				}
				o, sp = next, top
			}
		case loadGetPropCallee:
			if v, ok = getNamed(vm, m.operand(o), after(o, 1)); !ok || m.nums.owns(layout.WordsOf(v).Data) || uintptr(unsafe.Pointer(above(sp, 1))) >= m.last {
				goto apart
			}
			set(sp, valueAt(m.operand(o)))
			set(above(sp, 1), v)
			sp = above(sp, 2)
			o = after(o, 2)
		case program.GetPropCallee:
			if v, ok = getNamed(vm, below(sp, 1), o); !ok {
				goto slow
			}
			goto property
		case program.SetPropP, program.SetPropStrictP:
			if !m.nums.setNamed(below(sp, 2), o, below(sp, 1)) {
				goto slow
			}
			sp = below(sp, 2)
			o = after(o, 1)
		case loadSetPropP:
			if w = m.operand(o); w.Tab == nil || !m.nums.setNamed(below(sp, 1), after(o, 1), w) {
				goto apart
			}
			sp = below(sp, 1)
			o = after(o, 2)
		case loadPutProp:
			if w = m.operand(o); w.Tab == nil || !defineNamed(below(sp, 1), after(o, 1), m.nums.boxed(valueAt(w))) {
				goto apart
			}
			o = after(o, 2)
		case program.PutProp:
			if !defineNamed(below(sp, 2), o, m.nums.boxed(valueAt(below(sp, 1)))) {
				goto slow
			}
			sp = below(sp, 1)
			o = after(o, 1)
		case loadPushItem:
			if w = m.operand(o); w.Tab == nil || !pushItem(below(sp, 1), m.nums.boxed(valueAt(w))) {
				goto apart
			}
			o = after(o, 2)
		case program.GetElem:
			n, a, b = 1, below(sp, 2), below(sp, 1)
			sp, w = b, a
			goto element
		case loadGetElem:
			n, a, b = 2, below(sp, 1), m.operand(o)
			w = a
			goto element
		case program.SetElemP, program.SetElemStrictP:
			if !m.setElement(sp) {
				goto slow
			}
			sp = below(sp, 3)
			o = after(o, 1)

		// Calls.
		case program.Call, program.CallVariadic:
			if n = int(o.n); kind == program.CallVariadic {
				n = m.variadic(sp) - 2
			}
			if w = below(sp, n+1); w.Tab != objectTab || m.deep() {
				goto slow
			}
			if layout.SelfOf((*goja.Object)(w.Data)).Tab == nativeTab {
				goto native
			}
			next, script := m.call(o, w, n)
			if !script {
				goto slow
			}
			if o = next; o == nil {
				pc = 0
				goto out
			}
		case program.New, program.NewVariadic, program.ResolveThisStack:
			next, top := m.construct(o, sp)
			if next == nil {
				goto slow
			}
			o, sp = next, top
		case program.EnterFuncStashless:
			if m.crowded() {
				goto slow
			}
			if r := m.fn.recursion.Load(); r != nil && !r.failed.Load() {
				if w = m.recursion(r, sp); w != nil {
					sp = w
					goto ret
				}
				if m.stopped() {
					pc = 0
					goto out
				}
			}
			sp = m.begin((*enterFuncStashless)(o.operand), sp)
			o = after(o, 1)
		case program.EnterFunc, program.EnterFunc1:
			if m.crowded() {
				goto slow
			}
			if w = m.beginStash(o, sp); w == nil {
				goto slow
			}
			sp = w
			o = after(o, 1)
		case program.Ret:
			goto ret
		}
		continue

	property: // v, which has been read from one
		if m.nums.owns(layout.WordsOf(v).Data) {
			sp = m.room(sp, 1)
			n, w, sp = 1, sp, above(sp, 1)
			goto owned
		}
	push: // v, which is no number of ours
		if uintptr(unsafe.Pointer(sp)) >= m.last {
			sp = m.room(sp, 1)
		}
		set(sp, v)
		sp = above(sp, 1)
		o = after(o, 1)
		continue

	pushFrom: // what is at w
		if uintptr(unsafe.Pointer(sp)) >= m.last {
			sp = m.room(sp, 1)
			goto dispatch // the stack lies elsewhere
		}
		a, w = w, sp
		sp = above(sp, 1)
	move: // from a to w
		if m.nums.has(a.Data) {
			m.copyNumber(w, a)
		} else {
			*w = *a
		}
		o = after(o, 1)
		continue

	add:
		if a.Tab == intTab && b.Tab == intTab {
			if i = intOf(a) + intOf(b); inRange(i) {
				goto integer
			}
		}
		{
			x, ok1 := number(a)
			y, ok2 := number(b)
			if ok1 && ok2 {
				f = x + y
				goto float
			}
			if v, ok = addText(a, b); ok {
				goto result
			}
			if n > 1 {
				goto undo
			}
			if sp = above(sp, 1); !m.appendTo(a, o, sp) {
				goto slow
			}
			goto back
		}
	sub:
		if a.Tab == intTab && b.Tab == intTab {
			if i = intOf(a) - intOf(b); inRange(i) {
				goto integer
			}
		}
		{
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto undo
			}
			f = x - y
			goto float
		}
	mul:
		if a.Tab == intTab && b.Tab == intTab {
			if i, ok = mulInt(intOf(a), intOf(b)); ok {
				goto integer
			}
		}
		{
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto undo
			}
			f = x * y
			goto float
		}
	mod:
		if a.Tab == intTab && b.Tab == intTab && intOf(b) != 0 {
			if i = intOf(a) % intOf(b); i != 0 || intOf(a) >= 0 {
				goto integer
			}
		}
		if f, ok = remainder(a, b); !ok {
			goto undo
		}
		goto float
	bits:
		{
			x, ok1 := int32Of(a)
			y, ok2 := int32Of(b)
			if !ok1 || !ok2 {
				goto undo
			}
			i = bitwise(kind, x, y)
			goto integer
		}
	step:
		if i = 1; after(o, n>>1).kind == program.Dec {
			i = -1
		}
		if w.Tab == intTab && inRange(intOf(w)+i) {
			i += intOf(w)
			goto integer
		}
		if w.Tab != floatTab {
			goto apart
		}
		f = floatOf(w) + float64(i)
		goto float

	owned: // a property's number v is the result of n instructions
		if i = *(*int64)(layout.WordsOf(v).Data); layout.WordsOf(v).Tab == intTab {
			goto integer
		}
		f = math.Float64frombits(uint64(i))

	float: // f is the result of n instructions
		if i = int64(f); float64(i) == f && inRange(i) && (i != 0 || !math.Signbit(f)) {
			goto integer
		}
		o, w, sp = m.target(after(o, n), w, sp)
		if d := uintptr(unsafe.Pointer(w)) - m.origin; d < window*uintptr(wordsSize) {
			p := (*float64)(unsafe.Add(unsafe.Pointer(&m.nums.places), d/2))
			if *p = f; w.Data == unsafe.Pointer(p) && w.Tab == floatTab {
				continue
			}
		}
		m.setFloat(w, f)
		continue

	integer: // i is
		o, w, sp = m.target(after(o, n), w, sp)
		if d := uintptr(unsafe.Pointer(w)) - m.origin; d < window*uintptr(wordsSize) {
			p := (*int64)(unsafe.Add(unsafe.Pointer(&m.nums.places), d/2))
			if *p = i; w.Data == unsafe.Pointer(p) && w.Tab == intTab {
				continue
			}
		}
		m.setInt(w, i)
		continue

	result: // v is
		set(w, v)
		o = after(o, n)
		continue

	element: // of a, with the key b
		if a.Tab == objectTab && b.Tab == intTab {
			if self := layout.SelfOf((*goja.Object)(a.Data)); self.Tab == arrayTab {
				if v, ok = arrayElement((*layout.ArrayObject)(self.Data), intOf(b)); ok {
					goto result
				}
			}
		}
		{
			var is result
			switch i, f, v, is = elementOf(vm, a, b); is {
			case intResult:
				goto integer
			case floatResult:
				goto float
			case valueResult:
				if m.nums.owns(layout.WordsOf(v).Data) {
					goto owned
				}
				goto result
			}
		}

	undo: // Instructions with two operands that have not been done: the stack is again what it was.
		if n == 1 {
			sp = above(sp, 1)
			goto slow
		}
		if n == 3 {
			sp = below(sp, 1)
		}

	apart: // Fused instructions are done one by one.
		if o.do != o.kind {
			kind = o.kind
			goto dispatch
		}
		goto slow

	native: // one of the engine's functions, if it is known
		switch a, b, is := m.native(o, sp, n); is {
		case noResult:
			goto slow
		default:
			if a == nil && is == callbackResult {
				goto back
			}
			if o, sp = a, b; o == nil {
				pc = 0
				goto out
			}
		}
		continue

	ret: // from the function, with the value on top
		sp, pc = m.leaveFunction(sp)
		if vm.Prg == m.fn.prg && uint(pc) < uint(len(m.code)) {
			o = after(&m.code[0], pc)
			continue
		}
		if o = m.resume(pc); o == nil {
			goto out
		}
		continue

	compared: // test is the result of a comparison, mostly of one that is followed by a jump
		o = after(o, n)
		if o.kind == program.JneP {
			if test {
				o = after(o, 1)
				continue
			}
			goto jumped
		}
		if uintptr(unsafe.Pointer(sp)) >= m.last {
			sp = m.room(sp, 1)
		}
		set(sp, boolValue(test))
		sp = above(sp, 1)
		continue

	jumped: // as o says
		if n = int(o.n); n > 0 {
			o = after(o, n)
			continue
		}
		if m.left--; m.left == 0 || atomic.LoadUint32(&vm.Interrupted) != 0 {
			// The jump is done: the engine stops before the next instruction.
			pc = m.pc(o) + n
			goto out
		}
		if n == 0 || m.left&(enterEvery-1) != 0 && !o.loop.urgent.Load() {
			o = after(o, n)
			continue
		}
		if o, sp, pc = m.kernel(o, sp); o == nil {
			goto out
		}
		continue

	slow: // the engine's own instruction
		if slowly != nil {
			slowly(o.kind)
		}
		m.leave(o, sp)
		o.in.Run(vm)
	back:
		sp = m.arrive()
		if o = m.resume(vm.PC); o == nil || m.stopped() {
			return
		}
	}
out: // at pc
	m.nums.leave(vm.Stack, m.clean, m.index(sp))
	vm.PC, vm.SP = pc, m.index(sp)
}
