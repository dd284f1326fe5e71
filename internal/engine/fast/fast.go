// Package fast runs programs faster than the engine does, with the engine's own values, stack and frames. It replaces the first
// instruction of each function and each jump backwards. Where one of these has run a few times, the function is decoded into code of this
// package (decode.go), and from then on the replaced instruction does not return to the engine but goes on in run (run.go), through
// calls and returns. What run does itself it does for the operands that are common: numbers, ASCII strings, ordinary objects, dense
// arrays. For all others, and for all other instructions, it calls the engine's instruction. The state is the engine's at every
// instruction's border, so run can stop anywhere and the engine goes on there.
//
// A program may be run by several runtimes at once: decoded code is immutable.
package fast

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// Layers are parts of this package that can be left out, to see what each is worth.
type Layers struct {
	Kernels bool // no loop becomes machine code
	Regions bool // only loops over nothing but numbers do
	Natives bool // the engine's functions are all called as the engine calls them
	Slots   bool // properties are looked up by their name each time
}

// Without says what is left out in this process. It is set before the first runtime is made.
var Without Layers

// function is what is known of one program.
type function struct {
	prg     *goja.Program
	builtin bool
	heat    atomic.Int32
	code    atomic.Pointer[[]op]
	leaf    atomic.Bool // see leaf: set before code

	constants unsafe.Pointer // those that the code loads: set before code

	each      eachLoops                 // of calls for each element of an array
	recursion atomic.Pointer[recursion] // nil if it calls nothing: set before code

	properties   atomic.Int32 // of the objects that it constructs
	plainReturns bool         // all returns are the instruction that returns is about
}

// head stands at a function's first instruction, edge at a jump backwards.
type (
	head struct {
		program.Instr
		fn *function
	}
	edge struct {
		program.Instr
		fn *function
	}
)

var (
	heads program.Table[head]
	edges program.Table[edge]
	// The functions of the tables look into the tables, which a literal may not say.
	tables sync.Once
)

// A function is decoded when it has been called, or has jumped backwards, so many times.
const hot = 8

// Pass must come after all other passes: what it puts into a program does what stands there by then.
func Pass(c program.Code) {
	if c.Options().Jitless {
		return
	}
	tables.Do(func() { heads.Exec, edges.Exec, iterations.Exec = (*head).exec, (*edge).exec, (*iteration).exec })
	var fn *function
	for i := range c.Len() {
		switch op := c.Op(i); {
		case i == 0 && (op == program.EnterFunc || op == program.EnterFuncStashless || op == program.EnterFunc1):
			fn = &function{prg: c.Program(), builtin: c.Options().Builtin}
			fn.plainReturns = true
			c.Set(i, heads.Instr(c, &head{c.At(i), fn}))
		case op == program.Ret:
			returns.Set(c, i, returned)
		case op == program.Cret && fn != nil:
			fn.plainReturns = false
		case op == program.Iterate, op == program.IterateP, op == program.PushArraySpread, op == program.PushSpread, op == program.IterNext, op == program.IterGetNextOrUndef, op == program.NewArrayFromIter,
			op == program.CopySpread, op == program.Enumerate:
			overIteration(c, i, op)
		case op == program.DeleteElem:
			deletesElement.Set(c, i, deleteElement)
		case op == program.DeleteElemStrict:
			deletesElementStrict.Set(c, i, deleteElementStrict)
		case op == program.DeleteProp:
			deletesProperty.Set(c, i, deleteProperty)
		case op == program.DeletePropStrict:
			deletesPropertyStrict.Set(c, i, deletePropertyStrict)
		case isJump(op) && c.Int(i) <= 0:
			if fn == nil {
				fn = &function{prg: c.Program(), builtin: c.Options().Builtin}
			}
			c.Set(i, edges.Instr(c, &edge{c.At(i), fn}))
		}
	}
}

func isJump(op program.Op) bool {
	switch op {
	case program.Jump, program.JneP, program.JeqP, program.Jne, program.Jeq:
		return true
	}
	return false
}

// ready gives the decoded code once the function is hot. A profiler of the engine's wants to see every instruction.
// Built-in scripts look up the language's own objects in another way once a script has replaced any.
func (f *function) ready(vm *layout.VM) bool {
	if f.code.Load() == nil {
		if f.heat.Add(1) < hot {
			return false
		}
		f.decode(vm)
	}
	return vm.ProfTracker == nil && !(f.builtin && intrinsics.Replaced())
}

// exec leaves the function to the engine while any runtime is to stop: the loop would come back for each that it calls.
func (h *head) exec(vm *layout.VM) {
	if guard.Stopping() {
		h.Run(vm) // whoever looks wants to see the function's own frame
		guard.Check(vm)
		return
	}
	if h.fn.ready(vm) {
		run(vm, h.fn)
		return
	}
	h.Run(vm)
}

func (e *edge) exec(vm *layout.VM) {
	if guard.Stopping() {
		guard.Check(vm)
	}
	if e.fn.ready(vm) && atomic.LoadUint32(&vm.Interrupted) == 0 {
		run(vm, e.fn)
		return
	}
	e.Run(vm)
}

// functionOf is the function of a program that has been decoded, or nil.
func functionOf(prg *goja.Program) *function {
	if prg == nil {
		return nil
	}
	code := (*layout.Program)(unsafe.Pointer(prg)).Code
	if len(code) == 0 {
		return nil
	}
	if h, ok := heads.Is(program.Instr(code[0])); ok && h.fn.code.Load() != nil && !(h.fn.builtin && intrinsics.Replaced()) {
		return h.fn
	}
	return nil
}
