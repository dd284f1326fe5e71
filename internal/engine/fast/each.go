package fast

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/templates"
)

// map, filter and reduce of a dense array with a function that does nothing that others can see are loops as kernels take them, with the
// function in the place of its call. Their instructions are written here, as the engine would make them of
//
//	for (; i < n; i++) out.push(f(array[i], i))
//
// with variables in a frame of their own. What a kernel cannot do is done by the engine's function from the beginning, since nobody can tell.

// The slots of the frame.
const (
	eachArray = 1 + iota
	eachFunction
	eachOut // the new array, or what has been reduced
	eachIndex
	eachLength
	eachItem // an element, within a turn
)

// eachLoop is the loop of a function, for one of the three.
type eachLoop struct {
	loopState
	turns  atomic.Int64 // how many elements there have been so far
	misses atomic.Int32 // how often in a row the engine had to do it
}

// eachLoops are a function's loops: of map, filter and reduce.
type eachLoops [3]atomic.Pointer[eachLoop]

var eachCodes struct {
	sync.Once
	codes [3][]op
}

func eachCode(fn native) []op {
	eachCodes.Do(func() {
		load := func(slot int32) op { return op{kind: program.LoadStack1, n: slot} }
		undef, call := op{kind: program.LoadUndef}, func(n int32) op { return op{kind: program.Call, n: n} }
		push := unistring.String("push")
		out := []op{load(eachOut), {kind: program.GetPropCallee, in: program.Instr{Data: pointerTo(&push)}}}
		element := []op{load(eachArray), load(eachIndex), {kind: program.GetElem}}
		code := func(turn ...[]op) []op {
			ops := []op{load(eachIndex), load(eachLength), {kind: program.OpLt}, {kind: program.JneP}}
			for _, part := range turn {
				ops = append(ops, part...)
			}
			ops = append(ops, load(eachIndex), op{kind: program.Inc}, op{kind: program.StoreStack1P, n: eachIndex}, op{kind: program.Jump})
			ops[3].n, ops[len(ops)-1].n = int32(len(ops)-3), int32(1-len(ops))
			return ops
		}
		eachCodes.codes = [3][]op{
			code(out, []op{undef, load(eachFunction)}, element, []op{load(eachIndex), call(2), call(1), {kind: program.Pop}}),
			code([]op{{kind: program.EnterBlock, in: program.Instr{Data: unsafe.Pointer(&enterBlock{stackSize: 1})}}}, element, []op{{kind: program.InitStack1P, n: eachItem}, undef, load(eachFunction),
				load(eachItem), load(eachIndex), call(2), {kind: program.JneP, n: 6}}, out, []op{load(eachItem), call(1), {kind: program.Pop},
				{kind: program.LeaveBlock, in: program.Instr{Data: unsafe.Pointer(&leaveBlock{stackSize: 1})}}}),
			code([]op{undef, load(eachFunction), load(eachOut)}, element, []op{load(eachIndex), call(3), {kind: program.StoreStack1P, n: eachOut}}),
		}
	})
	return eachCodes.codes[fn-arrayMap]
}

// fewInKernel is how long an array is at least for which a kernel is entered.
const fewInKernel = 32

// eachInKernel does one of the three. It is nil if nothing has been done.
func eachInKernel(vm *layout.VM, fn native, this goja.Value, args []goja.Value) goja.Value {
	a := denseArray(wordsOf(&this))
	if Without.Kernels || Without.Regions || vm.ProfTracker != nil || a == nil || len(args) == 0 || len(a.Values) < min(fewInKernel, enterEvery) || len(args) > 1 && fn != arrayReduce {
		return nil
	}
	js, ok := scriptFunction(args[0])
	if !ok || fn != arrayReduce && !copiesPlainly(vm.Runtime, a) {
		return nil
	}
	f := functionOf(js.Prg)
	if f == nil {
		f = heat(js.Prg, vm)
	}
	if f == nil || !f.leaf.Load() {
		return nil
	}
	at := &f.each[fn-arrayMap]
	if at.Load() == nil {
		a.Prototype.Get("push") // it is made when it is first asked for
		l := &eachLoop{}
		l.end, l.pure = len(eachCode(fn))-1, true
		at.CompareAndSwap(nil, l)
	}
	l := at.Load()
	if l.failed.Load() || l.turns.Add(int64(len(a.Values))) < int64(tryEvery) {
		return nil
	}
	code := eachCode(fn)
	if e := (*enterFuncStashless)((*f.code.Load())[0].operand); (*f.code.Load())[0].kind != program.EnterFuncStashless || fn != arrayReduce && e.args > 2 || e.args > 3 {
		l.failed.Store(true)
		return nil
	}
	room := fewInKernel
	if fn == arrayMap {
		room = len(a.Values)
	}
	out, first := newArray(vm, room), int64(0)
	if fn == arrayReduce {
		if len(args) > 1 {
			out = args[1]
		} else {
			out, first = a.Values[0], 1
		}
	}
	if out == nil {
		return nil
	}
	sp, sb, count, stash, pc := vm.SP, vm.SB, vm.Args, vm.Stash, vm.PC
	if end := sp + eachItem + 2; end >= len(vm.Stack) {
		grow(vm, end)
	}
	slots := vm.Stack[sp : sp+eachItem]
	slots[0] = undefined // this
	slots[eachArray], slots[eachFunction], slots[eachOut], slots[eachIndex], slots[eachLength] = this, args[0], out, intValue(first), intValue(int64(len(a.Values)))
	vm.SB, vm.Args, vm.Stash = sp, 0, js.Stash
	done := false
	for idle := 0; idle < 8 && atomic.LoadUint32(&vm.Interrupted) == 0 && !guard.Stopping(); {
		vm.PC, vm.SP = 0, sp+eachItem
		was := intOf(wordsOf(&vm.Stack[sp+eachIndex]))
		entered := l.enter(vm, code, nil)
		i := wordsOf(&vm.Stack[sp+eachIndex])
		if !entered || i.Tab != intTab {
			break
		}
		if done = intOf(i) == int64(len(a.Values)); done {
			break
		}
		if to := arrayOf(wordsOf(&vm.Stack[sp+eachOut])); to != nil && fn == arrayFilter && len(to.Values) == cap(to.Values) {
			to.Values = slices.Grow(to.Values, len(to.Values))
		}
		if idle++; intOf(i) > was {
			idle = 0
		}
	}
	result := vm.Stack[sp+eachOut]
	clear(vm.Stack[sp : sp+eachItem])
	vm.SP, vm.SB, vm.Args, vm.Stash, vm.PC = sp, sb, count, stash, pc
	if !done {
		if l.misses.Add(1) > 8 {
			l.failed.Store(true)
		}
		return nil
	}
	l.misses.Store(0)
	called.Add(1)
	return result
}

// eachFirst puts eachInKernel before one of the engine's functions, for callers that are not hot themselves.
func eachFirst(name string, fn native) templates.Property {
	return quickly(name, func(rt *goja.Runtime, call goja.FunctionCall) (goja.Value, bool) {
		v := eachInKernel(layout.Found().VMOf(rt), fn, call.This, call.Arguments)
		return v, v != nil
	})
}
