package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
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

// run goes on at the interpreter's state, in a function that has been decoded, until it comes to what is not decoded, the engine is
// interrupted or the outermost frame returns. pc, sp and the frame are kept in variables; what the interpreter has of them is right
// whenever anything else can look: before an instruction of the engine's (slow), and at the end (out).
func run(vm *layout.VM, fn *function) {
	var (
		code     = *fn.code.Load()
		stack    = vm.Stack
		pc, sp   = vm.PC, vm.SP
		sb, args = vm.SB, vm.Args
		left     = turns
		v        goja.Value
		ok, test bool
		jump     int

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
			if o.n > 0 {
				if v = stack[sb+args+int(o.n)]; v == nil {
					v = undefined
				}
			} else {
				v = stack[sb]
			}
			goto push
		case program.LoadStack1:
			if o.n > 0 {
				if v = stack[sb+int(o.n)]; v == nil {
					v = undefined
				}
			} else {
				v = stack[sb]
			}
			goto push
		case program.LoadStackLex:
			if n := int(o.n); n > 0 {
				v = stack[sb+args+n]
			} else if -n > args {
				v = undefined
			} else {
				v = stack[sb-n]
			}
			if v == nil {
				goto slow
			}
			goto push
		case program.LoadStack1Lex:
			if v = stack[sb+int(o.n)]; v == nil {
				goto slow
			}
			goto push
		case program.LoadThisStack:
			if v = stack[sb]; v == nil {
				goto slow
			}
			goto push
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

		case program.StoreStack, program.StoreStackP, program.InitStackP:
			if n := int(o.n); n > 0 {
				stack[sb+args+n] = stack[sp-1]
			} else if o.kind == program.InitStackP {
				stack[sb-n] = stack[sp-1]
			} else {
				goto slow
			}
			if o.kind != program.StoreStack {
				sp--
			}
			pc++
		case program.StoreStack1, program.StoreStack1P, program.InitStack1P:
			stack[sb+int(o.n)] = stack[sp-1]
			if o.kind != program.StoreStack1 {
				sp--
			}
			pc++
		case program.StoreStackLex, program.StoreStackLexP:
			n := int(o.n)
			if n > 0 {
				n += sb + args
			} else {
				n = sb - n
			}
			if stack[n] == nil {
				goto slow
			}
			stack[n] = stack[sp-1]
			if o.kind == program.StoreStackLexP {
				sp--
			}
			pc++
		case program.StoreStack1Lex, program.StoreStack1LexP:
			n := sb + int(o.n)
			if stack[n] == nil {
				goto slow
			}
			stack[n] = stack[sp-1]
			if o.kind == program.StoreStack1LexP {
				sp--
			}
			pc++
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
			*p = stack[sp-1]
			switch o.kind {
			case program.StoreStashP, program.InitStashP, program.StoreStashLexP:
				sp--
			}
			pc++

		case program.Pop:
			sp--
			pc++
		case program.Dup:
			v = stack[sp-1]
			goto push
		case program.DupN:
			v = stack[sp-1-int(o.n)]
			goto push
		case program.RdupN:
			stack[sp-1-int(o.n)] = stack[sp-1]
			pc++

		case program.Add:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab {
				if s := intOf(a) + intOf(b); inRange(s) {
					v = intValue(s)
					goto binary
				}
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if ok1 && ok2 {
				v = floatValue(x + y)
				goto binary
			}
			if v, ok = addText(a, b); !ok {
				goto slow
			}
			goto binary
		case program.Sub:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab {
				if s := intOf(a) - intOf(b); inRange(s) {
					v = intValue(s)
					goto binary
				}
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto slow
			}
			v = floatValue(x - y)
			goto binary
		case program.Mul:
			a, b := wordsAt(stack, sp-2), wordsAt(stack, sp-1)
			if a.Tab == intTab && b.Tab == intTab {
				v = mulInt(intOf(a), intOf(b))
				goto binary
			}
			x, ok1 := number(a)
			y, ok2 := number(b)
			if !ok1 || !ok2 {
				goto slow
			}
			v = floatValue(x * y)
			goto binary
		case program.Div:
			if v, ok = divide(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			goto binary
		case program.Mod:
			if v, ok = remainder(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			goto binary
		case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr:
			a, ok1 := int32Of(wordsAt(stack, sp-2))
			b, ok2 := int32Of(wordsAt(stack, sp-1))
			if !ok1 || !ok2 {
				goto slow
			}
			var r int64
			switch o.kind {
			case program.And:
				r = int64(a & b)
			case program.Or:
				r = int64(a | b)
			case program.Xor:
				r = int64(a ^ b)
			case program.Sal:
				r = int64(a << (uint32(b) & 31))
			case program.Sar:
				r = int64(a >> (uint32(b) & 31))
			default:
				r = int64(uint32(a) >> (uint32(b) & 31))
			}
			v = intValue(r)
			goto binary
		case program.Bnot:
			a, ok1 := int32Of(wordsAt(stack, sp-1))
			if !ok1 {
				goto slow
			}
			stack[sp-1] = intValue(int64(^a))
			pc++
		case program.Inc, program.Dec:
			by := int64(1)
			if o.kind == program.Dec {
				by = -1
			}
			w := wordsAt(stack, sp-1)
			if w.Tab == intTab && inRange(intOf(w)+by) {
				stack[sp-1] = intValue(intOf(w) + by)
			} else if w.Tab == floatTab {
				stack[sp-1] = floatValue(floatOf(w) + float64(by))
			} else {
				goto slow
			}
			pc++
		case program.Neg:
			w := wordsAt(stack, sp-1)
			if w.Tab == intTab && intOf(w) != 0 {
				stack[sp-1] = intValue(-intOf(w))
			} else if f, ok := number(w); ok {
				stack[sp-1] = floatValue(-f)
			} else {
				goto slow
			}
			pc++
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
			if v, ok = getNamed(wordsAt(stack, sp-1), *(*unistring.String)(o.in.Data)); !ok {
				goto slow
			}
			stack[sp-1] = v
			pc++
		case program.GetPropCallee:
			if v, ok = getNamed(wordsAt(stack, sp-1), *(*unistring.String)(o.in.Data)); !ok {
				goto slow
			}
			goto push
		case program.SetProp, program.SetPropStrict:
			v = stack[sp-1]
			if !setNamed(wordsAt(stack, sp-2), *(*unistring.String)(o.in.Data), v) {
				goto slow
			}
			goto binary
		case program.SetPropP, program.SetPropStrictP:
			if !setNamed(wordsAt(stack, sp-2), *(*unistring.String)(o.in.Data), stack[sp-1]) {
				goto slow
			}
			sp -= 2
			pc++
		case program.GetElem:
			if v, ok = getIndexed(wordsAt(stack, sp-2), wordsAt(stack, sp-1)); !ok {
				goto slow
			}
			goto binary
		case program.SetElem, program.SetElemStrict:
			v = stack[sp-1]
			if !setIndexed(wordsAt(stack, sp-3), wordsAt(stack, sp-2), v) {
				goto slow
			}
			sp--
			goto binary
		case program.SetElemP, program.SetElemStrictP:
			if !setIndexed(wordsAt(stack, sp-3), wordsAt(stack, sp-2), stack[sp-1]) {
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
			if w.Tab != objectTab || len(vm.CallStack) > vm.MaxCallStackSize || atomic.LoadUint32(&vm.Interrupted) != 0 {
				goto slow
			}
			self := layout.SelfOf((*goja.Object)(w.Data))
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
				stack[sp-n-1] = stack[sp-n-2]
			}
			stack[sp-n-2] = callee
			pc = 0
			if fn = functionOf(f.Prg); fn == nil {
				goto out
			}
			code = *fn.code.Load()
		case program.EnterFuncStashless:
			e := (*enterFuncStashless)(o.in.Data)
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
			stack[sb-1] = stack[sp-1]
			sp = sb
			top := len(vm.CallStack) - 1
			c := &vm.CallStack[top]
			vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.SB, vm.Args =
				c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.SB, c.Args
			pc, sb, args = c.PC+1, c.SB, c.Args
			if c.Prg != nil {
				*c = layout.Context{}
			}
			vm.CallStack = vm.CallStack[:top]
			if vm.Prg != fn.prg {
				if fn = functionOf(vm.Prg); fn == nil {
					goto out
				}
				code = *fn.code.Load()
			}
		}
		continue

	binary: // v takes the place of two values
		sp--
		stack[sp-1] = v
		pc++
		continue

	push:
		if uint(sp) >= uint(len(stack)) {
			stack = grow(vm, sp)
		}
		stack[sp] = v
		sp++
		pc++
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
		if jump < 0 {
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
			if atomic.LoadUint32(&vm.Interrupted) != 0 {
				goto out
			}
		}
		continue

	slow: // the engine's own instruction
		if slowly != nil {
			slowly(o.kind)
		}
		vm.PC, vm.SP = pc, sp
		o.in.Run(vm)
		pc, sp, sb, args, stack = vm.PC, vm.SP, vm.SB, vm.Args, vm.Stack
		if vm.Prg != fn.prg {
			if fn = functionOf(vm.Prg); fn == nil {
				return
			}
			code = *fn.code.Load()
		}
		if atomic.LoadUint32(&vm.Interrupted) != 0 {
			return
		}
	}
out:
	vm.PC, vm.SP = pc, sp
}

// The operands of some instructions.
type (
	enterBlock struct {
		names                map[unistring.String]uint32
		stashSize, stackSize uint32
	}
	leaveBlock struct {
		stackSize uint32
		popStash  bool
	}
	enterFuncStashless struct{ stackSize, args uint32 }
)

// global reads a name that is not resolved when a program is compiled, where that is quick.
func global(vm *layout.VM, name unistring.String) goja.Value {
	for s := vm.Stash; s != nil; s = s.Outer {
		if s.Obj != nil {
			return nil
		}
		if len(s.Names) == 0 {
			continue
		}
		if i, ok := s.Names[name]; ok {
			return s.Values[i&^maskType]
		}
	}
	o := *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), facts.GlobalObject)
	if v := layout.BaseOf(o).Values[name]; v != nil {
		v, _ = data(v)
		return v
	}
	return nil
}

// maskType are the bits of a name's index that say what kind of variable it is.
const maskType = 1<<31 | 1<<30 | 1<<29

// equal is == where it is quick.
func equal(a, b *layout.Words) (equal, ok bool) {
	if a.Tab == b.Tab || a.Tab == intTab && b.Tab == floatTab || a.Tab == floatTab && b.Tab == intTab {
		return same(a, b)
	}
	empty := func(t unsafe.Pointer) bool { return t == nullTab || t == undefinedTab }
	if empty(a.Tab) && simple(b.Tab) {
		return empty(b.Tab), true
	}
	if empty(b.Tab) && simple(a.Tab) {
		return false, true
	}
	return false, false
}

// addText is + of strings, and of an ASCII string and an integer.
func addText(a, b *layout.Words) (v goja.Value, ok bool) {
	if b.Tab == intTab && (a.Tab == asciiTab || a.Tab == unicodeTab) {
		text := asciiValue(decimal(intOf(b)))
		return concat(a, wordsOf(&text))
	}
	if a.Tab == intTab && b.Tab == asciiTab {
		text := asciiValue(decimal(intOf(a)))
		return concat(wordsOf(&text), b)
	}
	return concat(a, b)
}

// concatAll joins the parts of a template.
func concatAll(parts []goja.Value) (goja.Value, bool) {
	for i := range parts {
		if wordsOf(&parts[i]).Tab != asciiTab {
			if i == 0 || len(parts) != 2 {
				return nil, false
			}
			break
		}
	}
	if len(parts) < 2 {
		return nil, false
	}
	n := 0
	for i := range parts {
		if w := wordsOf(&parts[i]); w.Tab == asciiTab {
			n += len(textOf(w))
		}
	}
	first := wordsOf(&parts[0])
	if len(parts) == 2 || len(textOf(first)) >= long {
		v := parts[0]
		for i := range parts[1:] {
			var ok bool
			if v, ok = concat(wordsOf(&v), wordsOf(&parts[i+1])); !ok {
				return nil, false
			}
		}
		return v, true
	}
	if n > maxString {
		return nil, false
	}
	all := make([]byte, 0, n)
	for i := range parts {
		all = append(all, textOf(wordsOf(&parts[i]))...)
	}
	return asciiValue(unsafe.String(unsafe.SliceData(all), len(all))), true
}
