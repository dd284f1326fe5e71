package coroutines

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/parse/steps"
)

// Pass makes steps of the properties that stand for them, and async generators of the functions that are.
func Pass(c program.Code) {
	for i := range c.Len() {
		switch op := c.Op(i); op {
		case program.GetProp, program.SetProp, program.SetPropP, program.SetPropStrict, program.SetPropStrictP:
			switch s := steps.Of(*(*unistring.String)(c.Operand(i))); s {
			case steps.None:
			case steps.Awaited:
				c.Set(i, awaited.Instr(c, &marker{c.At(i)}))
			case steps.Count:
				c.Set(i, counts.Instr(c, &counting{c.At(i), c.Options().Counts}))
			case steps.Probe:
				c.Set(i, probes.Instr(c, &probing{c.At(i), c.Options().Probes}))
			default:
				c.Set(i, stepTable.Instr(c, &step{Instr: c.At(i), step: s, gives: op != program.GetProp,
					keeps: op == program.GetProp || op == program.SetProp || op == program.SetPropStrict}))
			}
		case program.NewGeneratorFunc, program.NewGeneratorMethod:
			c.Set(i, functions.Instr(c, &newFunction{c.At(i)}))
		case program.Iterate, program.IterateP:
			c.Set(i, iterations.Instr(c, &iterateNext{c.At(i)}))
		case program.YieldMarker:
			if kind := *(*uint8)(c.Operand(i)); kind == delegates || kind == delegatesValue {
				c.Set(i, delegations.Instr(c, &delegation{c.At(i)}))
			}
		case program.NewAsyncMethod:
			c.Set(i, asyncMethods.Instr(c, &newAsyncMethod{c.At(i)}))
		}
	}
}

// counting is an instruction that counts.
type counting struct {
	program.Instr
	counts []uint32
}

func (c *counting) exec(vm *layout.VM) {
	top := vm.SP - 1
	c.counts[vm.Stack[top].ToInteger()]++
	vm.Stack[top] = goja.Undefined()
	vm.PC++
}

var counts = program.Table[counting]{Exec: (*counting).exec}

// probing is an instruction where a debugger can stop.
type probing struct {
	program.Instr
	probes program.Probes
}

func (p *probing) exec(vm *layout.VM) {
	p.probes.Probe(int(vm.Stack[vm.SP-1].ToInteger()))
	vm.Stack[vm.SP-1] = goja.Undefined()
	vm.PC++
}

var probes = program.Table[probing]{Exec: (*probing).exec}

// step is an instruction of a step.
type step struct {
	program.Instr
	step  steps.Step
	gives bool // there is a value that is assigned
	keeps bool // there is a result
}

func (s *step) exec(vm *layout.VM) {
	r := of(vm)
	var given goja.Value
	top := vm.SP - 1
	if s.gives {
		given = vm.Stack[top]
		top--
	}
	result := r.step(s.step, vm.Stack[top], given)
	vm.SP = top
	if s.keeps {
		vm.Stack[top] = result
		vm.SP++
	}
	vm.PC++
}

var stepTable = program.Table[step]{Exec: (*step).exec}

// step takes a step about an object, which has been given something.
func (r *Realm) step(s steps.Step, v, given goja.Value) goja.Value {
	switch s {
	case steps.Iterate:
		return r.host.NewObject(nil, r.iterate(v))
	case steps.Stack:
		return r.host.NewObject(nil, &stack{r: r})
	}
	switch at := r.host.Slot(v).(type) {
	case *iteration:
		switch s {
		case steps.Next:
			return at.ask()
		case steps.Take:
			return r.vm.ToValue(at.accept(given))
		case steps.Value:
			return at.value
		case steps.Return:
			return r.vm.ToValue(at.leave())
		case steps.Pending:
			return at.pending
		case steps.Check:
			at.check(given)
		}
	case *stack:
		switch s {
		case steps.Use, steps.UseAsync:
			at.use(given, s == steps.UseAsync)
		case steps.Fail:
			at.fail(given)
		case steps.Dispose:
			at.dispose()
		case steps.DisposeNext:
			return r.vm.ToValue(at.next())
		case steps.Pending:
			return at.pending
		case steps.Finish:
			at.finish()
		}
	}
	return goja.Undefined()
}

// newFunction makes a function of an async generator.
type newFunction struct{ program.Instr }

func (n *newFunction) exec(vm *layout.VM) {
	n.Run(vm)
	o := vm.Stack[vm.SP-1].(*goja.Object)
	f, ok := generatorFunction(o)
	if !ok || !isAsync(f.Src) {
		return
	}
	r := of(vm)
	f.Prototype = r.Function
	if p, ok := layout.Held(f.Values["prototype"]).(*goja.Object); ok {
		layout.BaseOf(p).Prototype = r.Generator
	}
}

var functions = program.Table[newFunction]{Exec: (*newFunction).exec}

// newAsyncMethod makes an async method an AsyncFunction.
type newAsyncMethod struct{ program.Instr }

func (n *newAsyncMethod) exec(vm *layout.VM) {
	n.Run(vm)
	layout.BaseOf(vm.Stack[vm.SP-1].(*goja.Object)).Prototype = asyncFunctionPrototype(vm.Runtime)
}

var asyncMethods = program.Table[newAsyncMethod]{Exec: (*newAsyncMethod).exec}

// marker does nothing: it has a place in the text.
type marker struct{ program.Instr }

func (*marker) exec(vm *layout.VM) { vm.PC++ }

var awaited = program.Table[marker]{Exec: (*marker).exec}
