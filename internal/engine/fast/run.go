package fast

import (
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

// slowly is told what the engine has to do, in tests.
var slowly func(program.Op)

// turns is after how many jumps backwards run returns to the engine, which looks whether a profiler wants to watch.
const turns = 1 << 20

// grow makes room for one more value on the stack.
func grow(vm *layout.VM, sp int) []goja.Value {
	s := append(vm.Stack[:min(sp, len(vm.Stack))], make([]goja.Value, sp+1-min(sp, len(vm.Stack)))...)
	vm.Stack = s[:cap(s)]
	clear(vm.Stack[sp:])
	return vm.Stack
}

// calm is how far the engine's limit of calls and the entered try blocks must be away for a call to need no look at the depth.
const calmCalls, calmTries = 1100, 100

// run goes on at the interpreter's state, in a function that has been decoded, until it comes to what is not decoded, the engine is
// interrupted or the outermost frame returns. pc, sp and the frame are kept in variables; what the interpreter has of them is right
// whenever anything else can look: before an instruction of the engine's (slow), and at the end (out).
func run(vm *layout.VM, fn *function) {
	var (
		home     = fn // a script's code, which functionOf does not know
		code     = *fn.code.Load()
		stack    = vm.Stack
		pc, sp   = vm.PC, vm.SP
		sb, args = vm.SB, vm.Args
		left     = turns
		calls    int
		v        goja.Value
		ok, test bool
		jump     int
		src, dst int     // places on the stack
		drop     int     // how many values a store takes
		i        int64   // an integer that is a result
		f        float64 // a number that is one

		// The numbers on the stack, from index base on; below clean no value is one of them.
		nums  = takeNumbers()
		base  = max(0, sp-windowBelow)
		lo    = uintptr(unsafe.Pointer(nums))
		clean = sp

		calleeTab unsafe.Pointer // the type of the last function that was called, and whether it is an arrow function
		arrow     bool
	)
	for {
		if uint(pc) >= uint(len(code)) {
			break
		}
		o := &code[pc]
		switch o.kind {
		default:
			goto slow

		case program.LoadVal:
			v = o.value()
			goto push
		case program.LoadUndef:
			v = undefined
			goto push
		case program.LoadNil:
			v = nil
			goto push
		case program.LoadStack:
			if src = sb; o.n > 0 {
				if src += args + int(o.n); stack[src] == nil {
					v = undefined
					goto push
				}
			}
			goto pushFrom
		case program.LoadStack1:
			if src = sb + int(o.n); o.n > 0 && stack[src] == nil {
				v = undefined
				goto push
			}
			goto pushFrom
		case program.LoadStackLex:
			if n := int(o.n); n > 0 {
				src = sb + args + n
			} else if -n > args {
				v = undefined
				goto push
			} else {
				src = sb - n
			}
			if stack[src] == nil {
				goto slow
			}
			goto pushFrom
		case program.LoadStack1Lex:
			if src = sb + int(o.n); stack[src] == nil {
				goto slow
			}
			goto pushFrom
		case program.LoadCallee:
			src = sb - 1
			goto pushFrom
		case program.BoxThis:
			if wordsAt(stack, sb).Tab != objectTab {
				goto slow
			}
			pc++
		case program.Typeof:
			if v = typeOf(wordsAt(stack, sp-1)); v == nil {
				goto slow
			}
			stack[sp-1] = v
			pc++
		case program.LoadThisStack:
			if src = sb; stack[src] == nil {
				goto slow
			}
			goto pushFrom
		case program.LoadStash, program.LoadStashLex, program.LoadThisStash:
			s := vm.Stash
			for level := uint32(o.n) >> 24; level > 0; level-- {
				s = s.Outer
			}
			if v = s.Values[o.n&0xffffff]; v == nil {
				if o.kind != program.LoadStash {
					goto slow
				}
				v = undefined
			}
			goto push
		case program.LoadDynamic:
			if v = global(vm, *(*unistring.String)(o.in.Data)); v == nil {
				goto slow
			}
			goto push
		case program.LoadDynamicCallee:
			if v = global(vm, *(*unistring.String)(o.in.Data)); v == nil {
				goto slow
			}
			if uint(sp+1) >= uint(len(stack)) {
				stack = grow(vm, sp+1)
			}
			stack[sp] = undefined
			sp++
			goto push
		case program.IterNext:
			if v, ok = nextOf(vm); !ok {
				goto slow
			}
			vm.IterStack[len(vm.IterStack)-1].Val = v
			pc++
		case program.EnumGet:
			v = vm.IterStack[len(vm.IterStack)-1].Val
			goto push

		case program.StoreStack, program.StoreStackP, program.InitStackP:
			if n := int(o.n); n > 0 {
				dst = sb + args + n
			} else if o.kind == program.InitStackP {
				dst = sb - n
			} else {
				goto slow
			}
			if drop = 1; o.kind == program.StoreStack {
				drop = 0
			}
			goto store
		case program.StoreStack1, program.StoreStack1P, program.InitStack1P:
			dst = sb + int(o.n)
			if drop = 1; o.kind == program.StoreStack1 {
				drop = 0
			}
			goto store
		case program.StoreStackLex, program.StoreStackLexP:
			if dst = sb - int(o.n); o.n > 0 {
				dst = sb + args + int(o.n)
			}
			if stack[dst] == nil {
				goto slow
			}
			if drop = 1; o.kind == program.StoreStackLex {
				drop = 0
			}
			goto store
		case program.StoreStack1Lex, program.StoreStack1LexP:
			if dst = sb + int(o.n); stack[dst] == nil {
				goto slow
			}
			if drop = 1; o.kind == program.StoreStack1Lex {
				drop = 0
			}
			goto store
		case program.StoreStash, program.StoreStashP, program.InitStash, program.InitStashP, program.StoreStashLex, program.StoreStashLexP:
			s := vm.Stash
			for level := uint32(o.n) >> 24; level > 0; level-- {
				s = s.Outer
			}
			p := &s.Values[o.n&0xffffff]
			switch o.kind {
			case program.StoreStashLex, program.StoreStashLexP:
				if *p == nil {
					goto slow
				}
			default:
				if s.Obj != nil {
					goto slow
				}
			}
			*p = nums.boxed(stack[sp-1])
			switch o.kind {
			case program.StoreStashP, program.InitStashP, program.StoreStashLexP:
				sp--
			}
			pc++

		case program.Pop:
			sp--
			pc++
		case program.Dup:
			src = sp - 1
			goto pushFrom
		case program.DupN:
			src = sp - 1 - int(o.n)
			goto pushFrom
		case program.DupLast:
			n := int(o.n)
			for uint(sp+n) >= uint(len(stack)) {
				stack = grow(vm, sp+n)
			}
			for range n {
				if w, at := wordsAt(stack, sp-n), uint(sp-base); nums.has(w.Data) && at < window {
					nums[at] = *(*uint64)(w.Data)
					stack[sp] = layout.Words{Tab: w.Tab, Data: unsafe.Pointer(&nums[at])}.Value()
					clean = min(clean, sp)
				} else {
					stack[sp] = nums.boxed(stack[sp-n])
				}
				sp++
			}
			pc++
		case program.RdupN:
			dst, drop = sp-1-int(o.n), 0
			goto store

		case program.Add:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab {
				if i = intOf(a) + intOf(b); inRange(i) {
					goto binaryInt
				}
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if ok1 && ok2 {
				f = x + y
				goto binaryFloat
			}
			if v, ok = addText(a, b); ok {
				goto binary
			}
			if !growing(a) {
				goto slow
			}
			// The engine would copy all of a: it converts b alone, which may run anything.
			nums.leave(stack, clean, sp)
			appendConverted(vm, o.in, pc, sp)
			goto back
		case program.Sub:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab {
				if i = intOf(a) - intOf(b); inRange(i) {
					goto binaryInt
				}
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto slow
			}
			f = x - y
			goto binaryFloat
		case program.Mul:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab {
				if i, ok = mulInt(intOf(a), intOf(b)); ok {
					goto binaryInt
				}
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto slow
			}
			f = x * y
			goto binaryFloat
		case program.Div:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto slow
			}
			f = x / y
			goto binaryFloat
		case program.Mod:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab && intOf(b) != 0 {
				if i = intOf(a) % intOf(b); i != 0 || intOf(a) >= 0 {
					goto binaryInt
				}
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto slow
			}
			f = math.Mod(x, y)
			goto binaryFloat
		case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr:
			a, ok1 := int32Of(wordsAt(stack, sp-2))
			b, ok2 := int32Of(wordsAt(stack, sp-1))
			if !ok1 || !ok2 {
				goto slow
			}
			switch o.kind {
			case program.And:
				i = int64(a & b)
			case program.Or:
				i = int64(a | b)
			case program.Xor:
				i = int64(a ^ b)
			case program.Sal:
				i = int64(a << (uint32(b) & 31))
			case program.Sar:
				i = int64(a >> (uint32(b) & 31))
			default:
				i = int64(uint32(a) >> (uint32(b) & 31))
			}
			goto binaryInt
		case program.Bnot:
			a, ok1 := int32Of(wordsAt(stack, sp-1))
			if !ok1 {
				goto slow
			}
			i = int64(^a)
			goto unaryInt
		case program.Inc, program.Dec:
			if i = 1; o.kind == program.Dec {
				i = -1
			}
			w := wordsAt(stack, sp-1)
			if w.Tab == intTab && inRange(intOf(w)+i) {
				i += intOf(w)
				goto unaryInt
			}
			if w.Tab != floatTab {
				goto slow
			}
			f = floatOf(w) + float64(i)
			goto unaryFloat
		case program.Neg:
			w := wordsAt(stack, sp-1)
			if w.Tab == intTab && intOf(w) != 0 {
				i = -intOf(w)
				goto unaryInt
			}
			if f, ok = number(w); !ok {
				goto slow
			}
			f = -f
			goto unaryFloat
		case program.ToNumber, program.Plus:
			if _, ok := number(wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			pc++

		case program.OpLt:
			if test, ok = less(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			goto compared
		case program.OpGt:
			if test, ok = less(wordsAt(stack, sp-1), wordsAt(stack, sp-2)); !ok {
				goto slow
			}
			goto compared
		case program.OpLte:
			if test, ok = notMore(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			goto compared
		case program.OpGte:
			if test, ok = notMore(wordsAt(stack, sp-1), wordsAt(stack, sp-2)); !ok {
				goto slow
			}
			goto compared
		case program.OpStrictEq, program.OpStrictNeq:
			if test, ok = same(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			test = test == (o.kind == program.OpStrictEq)
			goto compared
		case program.OpEq, program.OpNeq:
			if test, ok = equal(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			test = test == (o.kind == program.OpEq)
			goto compared
		case program.Not:
			if test, ok = truth(wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			stack[sp-1] = boolValue(!test)
			pc++

		case program.Jump:
			jump = int(o.n)
			goto jumped
		case program.JneP, program.JeqP:
			if test, ok = truth(wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			sp--
			if test == (o.kind == program.JeqP) {
				jump = int(o.n)
				goto jumped
			}
			pc++
		case program.Jne, program.Jeq:
			if test, ok = truth(wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			if test == (o.kind == program.Jeq) {
				jump = int(o.n)
				goto jumped
			}
			sp--
			pc++

		case program.GetProp:
			if o.length {
				if i, ok = lengthOf(wordsAt(stack, sp-1)); ok {
					goto unaryInt
				}
			}
			if v, ok = getNamed(vm, wordsAt(stack, sp-1), o); ok {
				stack[sp-1] = v
				pc++
				continue
			}
			// A getter is called as a method without arguments is.
			getter, f := getterOf(vm, wordsAt(stack, sp-1), o)
			if f == nil || len(vm.CallStack) > vm.MaxCallStackSize-calmCalls || atomic.LoadUint32(&vm.Interrupted) != 0 {
				goto slow
			}
			if sp >= len(stack) {
				stack = grow(vm, sp)
			}
			self := layout.SelfOf(getter)
			js := (*layout.BaseJsFuncObject)(self.Data)
			vm.CallStack = append(vm.CallStack, layout.Context{Prg: fn.prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget,
				Result: vm.Result, PC: pc, SB: sb, Args: args})
			stack[sp-1], stack[sp] = objectValue(getter), stack[sp-1]
			if vm.NewTarget = nil; kindOf(self).arrow {
				stack[sp] = nil
				vm.NewTarget = (*layout.ArrowFuncObject)(self.Data).NewTarget
			}
			sp++
			args, pc, fn = 0, 0, f
			vm.Args, vm.Prg, vm.Stash, vm.PrivEnv = 0, js.Prg, js.Stash, js.PrivEnv
			code = *fn.code.Load()
		case program.GetPropCallee:
			if v, ok = getNamed(vm, wordsAt(stack, sp-1), o); !ok {
				goto slow
			}
			goto push
		case program.SetProp, program.SetPropStrict:
			v = nums.boxed(stack[sp-1])
			if !setNamed(wordsAt(stack, sp-2), o, v) {
				goto slow
			}
			goto binary
		case program.SetPropP, program.SetPropStrictP:
			if !setNamed(wordsAt(stack, sp-2), o, nums.boxed(stack[sp-1])) {
				goto slow
			}
			sp -= 2
			pc++
		case program.NewObject:
			v = objectValue(shapes.New(vm.Runtime, *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), facts.ObjectPrototype), int(o.n)))
			goto push
		case program.PutProp:
			if !defineNamed(wordsAt(stack, sp-2), o, nums.boxed(stack[sp-1])) {
				goto slow
			}
			sp--
			pc++
		case program.NewArray:
			if v = newArray(vm, int(o.n)); v == nil {
				goto slow
			}
			goto push
		case program.PushArrayItem:
			if !pushItem(wordsAt(stack, sp-2), nums.boxed(stack[sp-1])) {
				goto slow
			}
			sp--
			pc++
		case program.GetElem:
			if key := wordsAt(stack, sp-1); key.Tab == intTab {
				a, at := wordsAt(stack, sp-2), intOf(key)
				if a.Tab == objectTab {
					self := layout.SelfOf((*goja.Object)(a.Data))
					if self.Tab == arrayTab {
						if v, ok = arrayElement((*layout.ArrayObject)(self.Data), at); ok {
							goto binary
						}
						goto slow
					}
					var is result
					if i, f, is = getElement(self, at); is == intResult {
						goto binaryInt
					} else if is == floatResult {
						goto binaryFloat
					}
				} else if a.Tab == asciiTab {
					if s := textOf(a); uint64(at) < uint64(len(s)) {
						v = charValue(s, at)
						goto binary
					}
				}
			} else if a := wordsAt(stack, sp-2); key.Tab == asciiTab && a.Tab == objectTab {
				if v, ok = getKeyed(layout.SelfOf((*goja.Object)(a.Data)), unistring.String(textOf(key))); ok {
					goto binary
				}
			}
			goto slow
		case program.SetElem, program.SetElemStrict:
			v = nums.boxed(stack[sp-1])
			if !setIndexed(wordsAt(stack, sp-3), wordsAt(stack, sp-2), v) {
				goto slow
			}
			sp--
			goto binary
		case program.SetElemP, program.SetElemStrictP:
			w := wordsAt(stack, sp-3)
			if w.Tab != objectTab {
				goto slow
			}
			if tab := layout.SelfOf((*goja.Object)(w.Data)).Tab; tab == arrayTab || tab == baseTab {
				v = nums.boxed(stack[sp-1])
			} else {
				v = stack[sp-1] // a typed array keeps no value
			}
			if !setIndexed(w, wordsAt(stack, sp-2), v) {
				goto slow
			}
			sp -= 3
			pc++

		case program.ToString:
			w := wordsAt(stack, sp-1)
			if w.Tab == intTab {
				stack[sp-1] = asciiValue(decimal(intOf(w)))
			} else if w.Tab != asciiTab && w.Tab != unicodeTab {
				goto slow
			}
			pc++
		case program.ConcatStrings:
			n := int(o.n)
			if v, ok = concatAll(stack[sp-n : sp]); !ok {
				goto slow
			}
			sp -= n - 1
			stack[sp-1] = v
			pc++

		case program.LeaveBlock:
			b := (*leaveBlock)(o.in.Data)
			if b.popStash {
				vm.Stash = vm.Stash.Outer
			}
			sp -= int(b.stackSize)
			pc++
		case program.EnterBlock:
			b := (*enterBlock)(o.in.Data)
			if b.stashSize > 0 {
				goto slow
			}
			end := sp + int(b.stackSize)
			if end > len(stack) {
				stack = grow(vm, end)
			}
			clear(stack[sp:end])
			sp = end
			pc++

		case program.Call:
			n := int(o.n)
			w := wordsAt(stack, sp-n-1)
			if w.Tab != objectTab || len(vm.CallStack) > vm.MaxCallStackSize-calmCalls || atomic.LoadUint32(&vm.Interrupted) != 0 {
				goto slow
			}
			self := layout.SelfOf((*goja.Object)(w.Data))
			if self.Tab == nativeTab {
				goto native
			}
			if self.Tab != calleeTab {
				k := kindOf(self)
				if !k.callable {
					goto slow
				}
				calleeTab, arrow = self.Tab, k.arrow
			}
			f := (*layout.BaseJsFuncObject)(self.Data)
			vm.CallStack = append(vm.CallStack, layout.Context{Prg: fn.prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget,
				Result: vm.Result, PC: pc, SB: sb, Args: args})
			vm.Args, args = n, n
			vm.Prg, vm.Stash, vm.PrivEnv = f.Prg, f.Stash, f.PrivEnv
			callee := stack[sp-n-1]
			if arrow {
				stack[sp-n-1] = nil
				vm.NewTarget = (*layout.ArrowFuncObject)(self.Data).NewTarget
			} else {
				stack[sp-n-1] = nums.boxed(stack[sp-n-2])
			}
			stack[sp-n-2] = callee
			pc = 0
			if fn = functionOf(f.Prg); fn == nil {
				goto out
			}
			code = *fn.code.Load()
		case program.New:
			n := int(o.n)
			if len(vm.CallStack) > vm.MaxCallStackSize-calmCalls || atomic.LoadUint32(&vm.Interrupted) != 0 {
				goto slow
			}
			js, f, instance := o.constructor(vm, wordsAt(stack, sp-n-1))
			if js == nil {
				goto slow
			}
			if sp+1 >= len(stack) {
				stack = grow(vm, sp+1)
			}
			vm.CallStack = append(vm.CallStack, layout.Context{Prg: fn.prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget,
				Result: vm.Result, PC: pc, SB: sb, Args: args}, layout.Context{PC: constructing})
			for at := sp; at > sp-n; at-- {
				stack[at] = nums.boxed(stack[at-1])
			}
			stack[sp-n] = instance
			sp++
			args, pc, fn = n, 0, f
			vm.Args, vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget = n, js.Prg, js.Stash, js.PrivEnv, stack[sp-n-2]
			code = *fn.code.Load()
		case program.EnterFuncStashless:
			if len(vm.CallStack) > vm.MaxCallStackSize-calmCalls || len(vm.TryStack) > calmTries {
				goto slow
			}
			if r := fn.recursion.Load(); r != nil && !r.failed.Load() {
				if calls++; calls&(tryEvery-1) == 0 || r.kernel.Load() != nil {
					if v, ok = r.enter(vm, fn, stack[sp-args:sp]); ok {
						if sp >= len(stack) {
							stack = grow(vm, sp)
						}
						sb = sp - args - 1
						stack[sp] = v
						sp++
						goto ret
					}
					if atomic.LoadUint32(&vm.Interrupted) != 0 || guard.Stopping() {
						goto out
					}
				}
			}
			e := (*enterFuncStashless)(o.operand)
			sb = sp - args - 1
			vm.SB = sb
			ss := int(e.stackSize)
			missing := max(int(e.args)-args, 0)
			if sp+ss+missing >= len(stack) {
				stack = grow(vm, sp+ss+missing)
			}
			for range missing {
				stack[sp] = undefined
				sp++
			}
			args += missing
			vm.Args = args
			clear(stack[sp : sp+ss])
			sp += ss
			pc++
		case program.Ret:
			goto ret
		}
		continue

	binary: // v takes the place of two values
		sp--
		stack[sp-1] = v
		pc++
		continue

	push: // v, which is none of nums
		if uint(sp) >= uint(len(stack)) {
			stack = grow(vm, sp)
		}
		stack[sp] = v
		sp++
		pc++
		continue

	pushFrom: // the value at src
		if uint(sp) >= uint(len(stack)) {
			stack = grow(vm, sp)
		}
		sp++
		dst, drop = sp-1, 0
		goto move

	store: // the value on top, which is then dropped or not
		src = sp - 1
		sp -= drop
	move: // from src to dst
		if w := wordsAt(stack, src); uintptr(w.Data)-lo < window*8 {
			if at := uint(dst - base); at < window {
				p := &nums[at]
				*p = *(*uint64)(w.Data)
				if d := wordsAt(stack, dst); d.Data != unsafe.Pointer(p) || d.Tab != w.Tab {
					*d = layout.Words{Tab: w.Tab, Data: unsafe.Pointer(p)}
					clean = min(clean, dst)
				}
			} else {
				stack[dst] = nums.boxed(stack[src])
			}
		} else {
			stack[dst] = stack[src]
		}
		pc++
		continue

	binaryFloat: // f takes the place of two values, and so on
		sp--
	unaryFloat:
		if i = int64(f); float64(i) == f && inRange(i) && (i != 0 || !math.Signbit(f)) {
			goto unaryInt
		}
		if at := uint(sp - 1 - base); at < window {
			p := &nums[at]
			*p = math.Float64bits(f)
			if w := wordsAt(stack, sp-1); w.Data != unsafe.Pointer(p) || w.Tab != floatTab {
				*w = layout.Words{Tab: floatTab, Data: unsafe.Pointer(p)}
				clean = min(clean, sp-1)
			}
		} else {
			stack[sp-1] = floatValue(f)
		}
		pc++
		continue

	binaryInt:
		sp--
	unaryInt:
		if at := uint(sp - 1 - base); at < window {
			p := &nums[at]
			*p = uint64(i)
			if w := wordsAt(stack, sp-1); w.Data != unsafe.Pointer(p) || w.Tab != intTab {
				*w = layout.Words{Tab: intTab, Data: unsafe.Pointer(p)}
				clean = min(clean, sp-1)
			}
		} else {
			stack[sp-1] = intValue(i)
		}
		pc++
		continue

	native: // one of the engine's functions, if it is known
		{
			n := int(o.n)
			var is result
			i, f, v, is = callNative(nums, stack[sp-n-2:sp])
			switch is {
			case noResult:
				goto slow
			case callbackResult:
				nums.leave(stack, clean, sp)
				clean = sp
				if v, ok = callbackFor(vm, stack[sp-n-2:sp]); !ok {
					goto slow
				}
				stack[sp-n] = v
				vm.PC, vm.SP = pc, sp
				in := o.in
				bordered(vm, func() { in.Run(vm) })
				goto back
			case sortResult:
				nums.leave(stack, clean, sp)
				clean = sp
				vm.PC, vm.SP = pc, sp
				if !nativeFrame(vm, n, sortArray) {
					goto slow
				}
				v, stack = vm.Stack[sp-n-2], vm.Stack
				sp -= n
				goto binary
			}
			sp -= n
			switch is {
			case intResult:
				goto binaryInt
			case floatResult:
				goto binaryFloat
			}
			goto binary
		}

	ret: // from the function, with the value on top
		{
			if w := wordsAt(stack, sp-1); nums.has(w.Data) {
				if at := uint(sb - 1 - base); at < window {
					nums[at] = *(*uint64)(w.Data)
					stack[sb-1] = layout.Words{Tab: w.Tab, Data: unsafe.Pointer(&nums[at])}.Value()
					clean = min(clean, sb-1)
				} else {
					stack[sb-1] = nums.boxed(stack[sp-1])
				}
			} else {
				stack[sb-1] = stack[sp-1]
			}
			sp = sb
			top := len(vm.CallStack) - 1
			c := &vm.CallStack[top]
			if c.PC == constructing && c.Prg == nil {
				if wordsAt(stack, sp-1).Tab != objectTab {
					stack[sp-1] = stack[sp]
				}
				vm.CallStack = vm.CallStack[:top]
				top--
				c = &vm.CallStack[top]
			}
			vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.SB, vm.Args =
				c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.SB, c.Args
			pc, sb, args = c.PC+1, c.SB, c.Args
			if c.Prg != nil {
				*c = layout.Context{}
			}
			vm.CallStack = vm.CallStack[:top]
			if vm.Prg != fn.prg {
				if fn = home; fn.prg == vm.Prg && !fn.builtin {
				} else if fn = functionOf(vm.Prg); fn == nil {
					goto out
				}
				code = *fn.code.Load()
			}
		}
		continue

	compared: // test is the result of a comparison, mostly of one that is followed by a jump
		sp -= 2
		if next := &code[pc+1]; next.kind == program.JneP {
			if test {
				pc += 2
				continue
			}
			pc++
			jump, o = int(next.n), next
			goto jumped
		}
		stack[sp] = boolValue(test)
		sp++
		pc++
		continue

	jumped:
		if jump <= 0 {
			if left--; left == 0 || atomic.LoadUint32(&vm.Interrupted) != 0 {
				// The jump is done: the engine stops before the next instruction.
				pc += jump
				goto out
			}
		}
		pc += jump
		if jump < 0 && (left&(enterEvery-1) == 0 || o.loop.urgent.Load()) {
			l := o.loop
			if l.failed.Load() || left&(tryEvery-1) != 0 && l.kernel.Load() == nil && !l.urgent.Load() {
				continue
			}
			vm.PC, vm.SP = pc, sp
			l.enter(vm, code)
			pc, sp, stack = vm.PC, vm.SP, vm.Stack
			if atomic.LoadUint32(&vm.Interrupted) != 0 || guard.Stopping() {
				goto out
			}
		}
		continue

	slow: // the engine's own instruction
		if slowly != nil {
			slowly(o.kind)
		}
		nums.leave(stack, clean, sp)
		vm.PC, vm.SP = pc, sp
		o.in.Run(vm)
	back:
		pc, sp, sb, args, stack = vm.PC, vm.SP, vm.SB, vm.Args, vm.Stack
		clean = sp
		if uint(sp-base) > windowAbove || base > 0 && sp-base < windowBelow/2 {
			base = max(0, sp-windowBelow)
		}
		if vm.Prg != fn.prg {
			if fn = home; fn.prg == vm.Prg && !fn.builtin {
			} else if fn = functionOf(vm.Prg); fn == nil {
				goto gone
			}
			code = *fn.code.Load()
		}
		if atomic.LoadUint32(&vm.Interrupted) != 0 || guard.Stopping() {
			goto gone
		}
	}
out:
	nums.leave(stack, clean, sp)
	vm.PC, vm.SP = pc, sp
gone:
	nums.giveBack()
}
