package coroutines

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// The engine takes an iterator without a method next for one, and then calls what is not there.

// iterateNext is the instruction that begins an iteration.
type iterateNext struct{ program.Instr }

func (i *iterateNext) exec(vm *layout.VM) {
	i.Run(vm)
	it := vm.IterStack[len(vm.IterStack)-1].Iter
	if it == nil || it.Next != nil || it.Iterator == nil {
		return
	}
	r := of(vm)
	next := it.Iterator.Get("next")
	it.Next = func(goja.FunctionCall) goja.Value {
		r.throw("TypeError", r.host.Typed(next)+" is not a function")
		return nil
	}
}

var iterations = program.Table[iterateNext]{Exec: (*iterateNext).exec}

// delegation is the instruction of a yield* in a generator.
type delegation struct{ program.Instr }

func (d *delegation) exec(vm *layout.VM) {
	top := vm.SP - 1
	if v := vm.Stack[top]; v != nil && !inAsyncGenerator(vm) {
		if o, ok := v.(*goja.Object); !ok || layout.ClassOf(layout.SelfOf(o)) == layout.ClassOther && layout.SelfOf(o).Tab != layout.Found().Array {
			r := of(vm)
			if why := r.host.Uniterable(v); why != "" {
				r.throw("TypeError", why)
			}
			if ok {
				vm.Stack[top] = r.checked(o)
			}
		}
	}
	d.Run(vm)
}

var delegations = program.Table[delegation]{Exec: (*delegation).exec}

// inAsyncGenerator tells whether an async generator runs, whose yield* is taken step by step elsewhere.
func inAsyncGenerator(vm *layout.VM) bool {
	if vm.SB < 1 || vm.SB > len(vm.Stack) {
		return false
	}
	o, ok := vm.Stack[vm.SB-1].(*goja.Object)
	if !ok {
		return false
	}
	f, ok := generatorFunction(o)
	return ok && isAsync(f.Src)
}

// The kinds of results that an instruction of the engine's ends a generator's step with.
const (
	delegates      = 3
	delegatesValue = 4
)

// checked is an object that is iterated like another one, whose iterator is looked at before the engine does.
func (r *Realm) checked(o *goja.Object) *goja.Object {
	c := r.host.NewObject(nil, nil)
	c.DefineDataPropertySymbol(goja.SymIterator, r.host.Method("[Symbol.iterator]", 0, func(goja.FunctionCall) goja.Value {
		it := r.host.Apply(o.GetSymbol(goja.SymIterator), o)
		iterator, ok := it.(*goja.Object)
		if !ok {
			r.throw("TypeError", "Result of the Symbol.iterator method is not an object")
		}
		next, plain := r.host.Inherited(iterator, "next")
		if !plain {
			next = iterator.Get("next")
		}
		if _, ok := goja.AssertFunction(next); !ok {
			r.throw("TypeError", r.host.Typed(next)+" is not a function")
		}
		if plain {
			return iterator
		}
		return r.standIn(iterator, next)
	}), yes, yes, no)
	return c
}

// standIn is an iterator that passes all on to another one, whose method next has been read.
func (r *Realm) standIn(iterator *goja.Object, next goja.Value) *goja.Object {
	o := r.host.NewObject(nil, nil)
	pass := func(name string, method goja.Value) goja.Value {
		return r.host.Method(name, 1, func(call goja.FunctionCall) goja.Value { return r.host.Apply(method, iterator, call.Arguments...) })
	}
	o.DefineDataProperty("next", pass("next", next), yes, yes, no)
	for _, name := range [...]string{"return", "throw"} {
		o.DefineAccessorProperty(name, r.host.Method("", 0, func(goja.FunctionCall) goja.Value {
			method := iterator.Get(name)
			if method == nil || goja.IsUndefined(method) || goja.IsNull(method) {
				return goja.Undefined()
			}
			return pass(name, method)
		}), nil, yes, no)
	}
	return o
}
