package fast

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// How functions begin whose variables are captured, or whose parameters are more than names.

// enterFunc is the operand of the instruction that enters a function whose variables are captured.
type enterFunc struct {
	names                          map[unistring.String]uint32
	stashSize, stackSize, argCount uint32
	funcType                       uint8
	argsToStash, extensible        bool
}

// enterFunc1 is that of the one that enters a function whose parameters have a scope of their own, enterFuncBody of the one behind them.
type (
	enterFunc1 struct {
		names                          map[unistring.String]uint32
		stashSize, numArgs, argsToCopy uint32
		funcType                       uint8
		extensible                     bool
	}
	enterFuncBody struct {
		enterBlock
		funcType                uint8
		extensible, adjustStack bool
	}
)

// enterScope makes a scope inside of the current one, with the places of its names if any are looked up.
func (m *machine) enterScope(size uint32, names map[unistring.String]uint32, funcType uint8) *layout.Stash {
	s := m.newStash(int(size))
	s.Outer, s.FuncType = m.vm.Stash, funcType
	if len(names) > 0 {
		s.Names = names
	}
	m.vm.Stash = s
	return s
}

// beginStash makes the frame and the scope of a function that has been called. It gives nil if the engine has to.
func (m *machine) beginStash(o *op, sp *layout.Words) *layout.Words {
	if o.kind == program.EnterFunc1 {
		return m.beginParameters((*enterFunc1)(o.operand), sp)
	}
	e := (*enterFunc)(o.operand)
	if e.extensible {
		return nil
	}
	vm, n := m.vm, int(e.argCount)
	m.sb = m.index(sp) - m.args - 1
	vm.SB = m.sb
	s := m.enterScope(e.stashSize, e.names, e.funcType)
	if e.argsToStash {
		args := valuesAt(sp, m.args)
		for i, v := range args[:min(len(args), len(s.Values))] {
			s.Values[i] = m.nums.boxed(v)
		}
		if extra := m.args - n; extra > 0 {
			s.ExtraArgs = make([]goja.Value, extra)
			for i, v := range args[n:] {
				s.ExtraArgs[i] = m.nums.boxed(v)
			}
		}
		for i := m.args; i < n; i++ {
			s.Values[i] = undefined
		}
		sp = below(sp, m.args)
	} else if missing := n - m.args; missing > 0 {
		sp = m.room(sp, missing)
		for range missing {
			set(sp, undefined)
			sp = above(sp, 1)
		}
		m.args = n
		vm.Args = n
	}
	n = int(e.stackSize)
	sp = above(m.room(sp, n), n)
	clear(valuesAt(sp, n))
	m.frame()
	return sp
}

// beginParameters makes the scope of a function's parameters, the frame of which stays as it was called.
func (m *machine) beginParameters(e *enterFunc1, sp *layout.Words) *layout.Words {
	if e.extensible {
		return nil
	}
	vm, n := m.vm, int(e.argsToCopy)
	m.sb = m.index(sp) - m.args - 1
	vm.SB = m.sb
	s := m.enterScope(e.stashSize, e.names, e.funcType)
	args := valuesAt(sp, m.args)
	for i, v := range args[:min(len(args), n)] {
		s.Values[i] = m.nums.boxed(v)
	}
	for i := len(args); i < n; i++ {
		s.Values[i] = undefined
	}
	if extra := len(args) - int(e.numArgs); extra > 0 && len(args) > n {
		s.ExtraArgs = make([]goja.Value, extra)
		for i, v := range args[e.numArgs:] {
			s.ExtraArgs[i] = m.nums.boxed(v)
		}
	}
	m.frame()
	return sp
}

// enterBody makes the scope of a function's body behind its parameters.
func (m *machine) enterBody(e *enterFuncBody, sp *layout.Words) (*layout.Words, bool) {
	if e.extensible {
		return sp, false
	}
	if e.stashSize > 0 {
		m.enterScope(e.stashSize, e.names, e.funcType)
	}
	if e.adjustStack {
		sp = below(sp, m.args)
	}
	n := int(e.stackSize)
	sp = above(m.room(sp, n), n)
	clear(valuesAt(sp, n))
	return sp, true
}

// restParameter makes the array of the arguments that have no name.
func (m *machine) restParameter(o *op) goja.Value {
	vm := m.vm
	prototype := *layout.At[*goja.Object](runtimeOf(vm), facts.ArrayPrototype)
	if prototype == nil || !shaped {
		return nil
	}
	var values []goja.Value
	if o.kind == program.CreateArgsRestStash {
		values, vm.Stash.ExtraArgs = vm.Stash.ExtraArgs, nil
	} else if n := int(o.n); m.args > n {
		values = make([]goja.Value, m.args-n)
		for i := range values {
			values[i] = m.nums.boxed(valueAt(m.place(m.sb + n + 1 + i)))
		}
	}
	return objectValue(shapes.NewArray(vm.Runtime, prototype, values))
}
