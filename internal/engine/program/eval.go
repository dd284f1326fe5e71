package program

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// The engine compiles what eval and the constructors of functions are given by itself and runs it at once. A function can be looked
// at before it is called. But between compiling and running the text of an eval there is no place of ours, except one: the engine asks
// whether it was interrupted before it runs the first instruction. So it is interrupted then, the program is taken, and run by us.

// compiled is what the engine is interrupted with.
type compiled struct{ _ byte }

// arm makes the engine stop before the next instruction. It is false if it is to stop anyway.
func arm(vm *layout.VM, mark *compiled) bool {
	vm.InterruptLock.Lock()
	defer vm.InterruptLock.Unlock()
	if atomic.LoadUint32(&vm.Interrupted) != 0 {
		return false
	}
	vm.InterruptVal = mark
	atomic.StoreUint32(&vm.Interrupted, 1)
	return true
}

func disarm(vm *layout.VM, mark *compiled) {
	vm.InterruptLock.Lock()
	if vm.InterruptVal == any(mark) {
		vm.InterruptVal = nil
		atomic.StoreUint32(&vm.Interrupted, 0)
	}
	vm.InterruptLock.Unlock()
}

// stop runs an eval of the engine until it has compiled its text. The interpreter then stands before the program, which is returned;
// it is nil if eval has come to its end.
func stop(vm *layout.VM, eval func()) (p *goja.Program) {
	mark := &compiled{}
	if !arm(vm, mark) {
		eval()
		return nil
	}
	defer func() {
		disarm(vm, mark)
		if x := recover(); x != nil {
			if e, ok := x.(*goja.InterruptedError); !ok || e.Value() != any(mark) {
				panic(x)
			}
			p = vm.Prg
		}
	}()
	eval()
	return nil
}

// leave goes back to the caller's state, as the engine does at the end of a function.
func leave(vm *layout.VM) {
	top := len(vm.CallStack) - 1
	c := &vm.CallStack[top]
	vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.PC, vm.SB, vm.Args =
		c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.PC, c.SB, c.Args
	if c.Prg != nil {
		*c = layout.Context{}
	}
	vm.CallStack = vm.CallStack[:top]
}

// directEval is a call of eval by its name.
type directEval struct {
	Instr
	args     int
	variadic bool
	facts    *layout.Facts
	opts     Options
	passes   []Pass
}

func (e *directEval) exec(vm *layout.VM) {
	n := e.args
	if e.variadic {
		n = variadicArgs(vm)
	}
	callee, _ := vm.Stack[vm.SP-n-1].(*goja.Object)
	if n == 0 || callee == nil || callee != *layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), e.facts.GlobalEval) || !goja.IsString(vm.Stack[vm.SP-n]) {
		e.Run(vm)
		return
	}
	e.opts.check(vm.Runtime, vm.Stack[vm.SP-n])
	p := stop(vm, func() { e.Run(vm) })
	if p == nil {
		return
	}
	Apply(p, e.opts, e.passes...)
	code := &(*layout.Program)(unsafe.Pointer(p)).Code
	end := layout.Words(evalEnds.make(instructionType(layout.Words(e.Instr)), &evalEnd{args: n}))
	*code = append(*code, end)
}

var directEvals = Table[directEval]{Exec: (*directEval).exec}

// evalEnd stands behind the last instruction of a direct eval.
type evalEnd struct {
	Instr // none
	args  int
}

func (e *evalEnd) exec(vm *layout.VM) {
	result := vm.Result
	leave(vm)
	vm.SP -= 2
	vm.Stack[vm.SP-e.args-2] = result
	vm.SP -= e.args + 1
	vm.PC++
}

var evalEnds = Table[evalEnd]{Exec: (*evalEnd).exec}

// variadic is the value that the engine puts before the arguments of a call with a spread.
var variadic struct {
	once sync.Once
	mark goja.Value
}

func variadicArgs(vm *layout.VM) int {
	for n := 0; ; n++ {
		if vm.Stack[vm.SP-1-n] == variadic.mark {
			return n - 2
		}
	}
}

// EvalPass makes direct evals, and the functions from which the constructors of async functions and generators can be reached, apply
// passes to what they compile.
func EvalPass(facts *layout.Facts, passes ...Pass) Pass {
	return func(c Code) {
		for i := range c.Len() {
			switch op := c.Op(i); op {
			case CallEval, CallEvalStrict:
				c.Set(i, directEvals.Instr(c, &directEval{c.At(i), c.Int(i), false, facts, c.opts, passes}))
			case CallEvalVariadic, CallEvalVariadicStrict:
				c.Set(i, directEvals.Instr(c, &directEval{c.At(i), 0, true, facts, c.opts, passes}))
			case StartVariadic:
				variadic.once.Do(func() {
					vm := layout.VM{Stack: make([]goja.Value, 2)}
					c.Original(i).Run(&vm)
					variadic.mark = vm.Stack[0]
				})
			case NewAsyncFunc, NewGeneratorFunc, NewAsyncMethod, NewGeneratorMethod, NewAsyncArrowFunc:
				where := facts.AsyncFunction
				if op == NewGeneratorFunc || op == NewGeneratorMethod {
					where = facts.GeneratorFunction
				}
				c.Set(i, newSpecials.Instr(c, &newSpecial{c.At(i), where, c.opts, passes}))
			}
		}
	}
}

// newSpecial makes an async function or a generator.
type newSpecial struct {
	Instr
	where  uintptr // of its constructor in the runtime
	opts   Options
	passes []Pass
}

func (n *newSpecial) exec(vm *layout.VM) {
	n.Run(vm)
	constructor := layout.At[*goja.Object](unsafe.Pointer(vm.Runtime), n.where)
	if c := *constructor; c != nil && watched(c) {
		return
	}
	// The engine makes the constructor when the prototype is first asked for it.
	o := vm.Stack[vm.SP-1].(*goja.Object)
	o.Prototype().Get("constructor")
	if c := *constructor; c != nil {
		watchConstructor(c, n.opts, n.passes)
	}
}

var newSpecials = Table[newSpecial]{Exec: (*newSpecial).exec}

// Watch makes the global eval and Function of a runtime apply passes to what they compile.
func Watch(rt *goja.Runtime, facts *layout.Facts, o Options, passes ...Pass) {
	if eval, ok := rt.Get("eval").(*goja.Object); ok && layout.SelfOf(eval).Tab == facts.NativeFunc {
		vm := facts.VMOf(rt)
		f := &(*layout.NativeFuncObject)(layout.SelfOf(eval).Data).F
		*f = indirectEval(vm, *f, o, passes)
	}
	if function, ok := rt.Get("Function").(*goja.Object); ok && layout.SelfOf(function).Tab == facts.NativeFunc {
		watchConstructor(function, o, passes)
	}
}

func indirectEval(vm *layout.VM, eval func(goja.FunctionCall) goja.Value, o Options, passes []Pass) func(goja.FunctionCall) goja.Value {
	return func(call goja.FunctionCall) (result goja.Value) {
		if !goja.IsString(call.Argument(0)) {
			return eval(call)
		}
		o.check(vm.Runtime, call.Argument(0))
		sp := vm.SP
		p := stop(vm, func() { result = eval(call) })
		if p == nil {
			return result
		}
		leave(vm)
		vm.SP = sp
		Apply(p, o, passes...)
		result, err := vm.Runtime.RunProgram(p)
		if err != nil {
			panic(err)
		}
		return result
	}
}

// watchConstructor looks at the functions that a constructor makes of text.
func watchConstructor(constructor *goja.Object, o Options, passes []Pass) {
	f := (*layout.NativeFuncObject)(layout.SelfOf(constructor).Data)
	rt := (*layout.Object)(unsafe.Pointer(constructor)).Runtime
	f.Construct = constructing(rt, f.Construct, o, passes)
	call := f.F
	f.F = func(c goja.FunctionCall) goja.Value {
		o.check(rt, c.Arguments...)
		return madeOfText(call(c), o, passes)
	}
}

func constructing(rt *goja.Runtime, construct func([]goja.Value, *goja.Object) *goja.Object, o Options, passes []Pass) func([]goja.Value, *goja.Object) *goja.Object {
	return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		o.check(rt, args...)
		made := construct(args, newTarget)
		madeOfText(made, o, passes)
		return made
	}
}

// watched tells whether a constructor is one of constructing's.
func watched(constructor *goja.Object) bool {
	f := (*layout.NativeFuncObject)(layout.SelfOf(constructor).Data)
	return f.Construct != nil && codeOf(&f.Construct) == watchedCode()
}

func codeOf(f *func([]goja.Value, *goja.Object) *goja.Object) uintptr {
	return **(**uintptr)(unsafe.Pointer(f))
}

var watchedCode = sync.OnceValue(func() uintptr {
	f := constructing(nil, nil, Options{}, nil)
	return codeOf(&f)
})

func madeOfText(v goja.Value, o Options, passes []Pass) goja.Value {
	made, ok := v.(*goja.Object)
	if !ok {
		return v
	}
	switch layout.SelfType(made).String() {
	case "*goja.funcObject", "*goja.asyncFuncObject", "*goja.generatorFuncObject":
		Apply((*layout.BaseJsFuncObject)(layout.SelfOf(made).Data).Prg, o, passes...)
	}
	return v
}
