package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// call enters a function of a script, which lies at w below its n arguments. It is false for what is no such function, and gives no
// instruction for one that has not been decoded.
func (m *machine) call(o *op, w *layout.Words, n int) (next *op, ok bool) {
	vm := m.vm
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != m.calleeTab {
		k := kindOf(self)
		if !k.callable {
			return nil, false
		}
		m.calleeTab, m.arrow = self.Tab, k.arrow
	}
	js := (*layout.BaseJsFuncObject)(self.Data)
	m.push(m.pc(o))
	m.args = n
	vm.Args, vm.Prg, vm.Stash, vm.PrivEnv = n, js.Prg, js.Stash, js.PrivEnv
	callee, this := *w, below(w, 1)
	set(w, m.nums.boxed(valueAt(this))) // an arrow function's, too: stacks of errors show it
	if m.arrow {
		vm.NewTarget = (*layout.ArrowFuncObject)(self.Data).NewTarget
	}
	*this = callee
	fn := o.callee(js.Prg)
	if fn == nil {
		return nil, true
	}
	return m.enter(fn), true
}

// callee is functionOf for a call, which mostly calls what it has called before.
func (o *op) callee(prg *goja.Program) *function {
	if fn := (*function)(atomic.LoadPointer(&o.place)); fn != nil && fn.prg == prg {
		return fn
	}
	fn := functionOf(prg)
	if fn != nil && !fn.builtin {
		atomic.StorePointer(&o.place, unsafe.Pointer(fn))
	}
	return fn
}

// getProperty gives the value of a property, or enters its getter; neither if that is the engine's affair.
func (m *machine) getProperty(o *op, sp *layout.Words) (next *op, top *layout.Words, v goja.Value) {
	v, getter := getProperty(m.vm, below(sp, 1), o)
	if getter != nil {
		next, top = m.enterGetter(getter, o, sp)
	}
	return next, top, v
}

// enterGetter calls the getter that a property is read through as a method without arguments is called. It gives no instruction if it cannot be entered.
func (m *machine) enterGetter(getter *goja.Object, o *op, sp *layout.Words) (*op, *layout.Words) {
	self := layout.SelfOf(getter)
	js := (*layout.BaseJsFuncObject)(self.Data)
	fn := functionOf(js.Prg)
	if fn == nil || m.deep() || m.home.leaf.Load() && !fn.leaf.Load() { // one that a caller may have called
		return nil, nil
	}
	sp = m.room(sp, 1)
	m.push(m.pc(o))
	*sp = *below(sp, 1)
	set(below(sp, 1), objectValue(getter))
	vm := m.vm
	if vm.NewTarget = nil; kindOf(self).arrow {
		set(sp, nil)
		vm.NewTarget = (*layout.ArrowFuncObject)(self.Data).NewTarget
	}
	m.args = 0
	vm.Args, vm.Prg, vm.Stash, vm.PrivEnv = 0, js.Prg, js.Stash, js.PrivEnv
	return m.enter(fn), above(sp, 1)
}

// begin makes the frame of a function that has been called.
func (m *machine) begin(e *enterFuncStashless, sp *layout.Words) *layout.Words {
	vm := m.vm
	m.sb = m.index(sp) - m.args - 1
	vm.SB = m.sb
	n, missing := int(e.stackSize), max(int(e.args)-m.args, 0)
	sp = m.room(sp, n+missing)
	for range missing {
		set(sp, undefined)
		sp = above(sp, 1)
	}
	m.args += missing
	vm.Args = m.args
	sp = above(sp, n)
	clear(valuesAt(sp, n))
	m.frame()
	return sp
}

// leaveFunction returns from a function, with the value on top. It gives the first free place and where the caller goes on.
func (m *machine) leaveFunction(sp *layout.Words) (*layout.Words, int) {
	vm := m.vm
	value := below(sp, 1)
	sp = m.place(m.sb)
	m.copy(below(sp, 1), value)
	top := len(vm.CallStack) - 1
	c := &vm.CallStack[top]
	if c.PC == constructing && c.Prg == nil {
		if c.Args != 0 || c.Result != nil {
			return m.leaveConstructor(sp, m.fn)
		}
		if below(sp, 1).Tab != objectTab {
			*below(sp, 1) = *sp
		}
		m.fn.noteProperties(below(sp, 1))
		vm.CallStack = vm.CallStack[:top]
		top--
		c = &vm.CallStack[top]
	}
	vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.SB, vm.Args = c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.SB, c.Args
	m.sb, m.args = c.SB, c.Args
	pc := c.PC + 1
	if c.Prg != nil {
		*c = layout.Context{}
	}
	vm.CallStack = vm.CallStack[:top]
	m.frame()
	return sp, pc
}

// copy puts what is at one place of the stack at another as well.
func (m *machine) copy(to, from *layout.Words) {
	if m.nums.has(from.Data) {
		m.copyNumber(to, from)
		return
	}
	*to = *from
}

// recursion computes what has been called by a kernel, if it has one. It gives the first free place of the stack, with the result on top of the
// frame; it is nil if nothing has been done.
func (m *machine) recursion(r *recursion, sp *layout.Words) *layout.Words {
	if m.calls++; m.calls&(tryEvery-1) != 0 && r.kernel.Load() == nil {
		return nil
	}
	v, ok := r.enter(m.vm, m.fn, valuesAt(sp, m.args))
	if !ok {
		return nil
	}
	sp = m.room(sp, 1)
	m.sb = m.index(sp) - m.args - 1
	set(sp, v)
	return above(sp, 1)
}

// variadic is how many values lie on the stack above where a call with spread arguments began.
func (m *machine) variadic(sp *layout.Words) (n int) {
	mark := unsafe.Pointer(variadicMark.Load())
	for at := below(sp, 1); at.Data != mark || at.Tab != facts.Symbol; at = below(at, 1) {
		n++
	}
	return n
}

// variadicMark is what the engine puts on the stack there, once it has done so.
var variadicMark atomic.Pointer[goja.Symbol]

// startVariadic begins a call with spread arguments.
func (m *machine) startVariadic(o *op, sp *layout.Words) *layout.Words {
	if mark := variadicMark.Load(); mark != nil {
		sp = m.room(sp, 1)
		*sp = layout.Words{Tab: facts.Symbol, Data: unsafe.Pointer(mark)}
		return above(sp, 1)
	}
	m.leave(o, sp)
	o.in.Run(m.vm)
	if w := wordsOf(&m.vm.Stack[m.vm.SP-1]); w.Tab == facts.Symbol {
		variadicMark.Store((*goja.Symbol)(w.Data))
	}
	return m.arrive()
}

// mostSpread is how many arguments are copied to the stack at once; more are counted on the way.
const mostSpread = 1 << 10

// spread puts the elements of a plain array on the stack in its place.
func (m *machine) spread(sp *layout.Words) (*layout.Words, bool) {
	values, ok := plainElements(m.vm.Runtime, valueAt(below(sp, 1)))
	if !ok || len(values) > mostSpread {
		return sp, false
	}
	at := below(m.room(sp, len(values)), 1)
	sp = above(at, len(values))
	copy(valuesAt(sp, len(values)), values)
	return sp, true
}

// native calls one of the engine's functions, if it is known. It gives the next instruction, nil for the beginning of a function that is not decoded, and
// the first free place of the stack; with callbackResult the interpreter has them, and with noResult nothing has been done.
func (m *machine) native(o *op, sp *layout.Words, n int) (*op, *layout.Words, result) {
	i, f, v, is := callNative(m.nums, valuesAt(sp, n+2))
	switch is {
	case noResult:
		return nil, nil, noResult
	case callbackResult:
		if n == 2 && isArrayFrom(valuesAt(sp, n+2)) {
			m.leave(o, sp)
			if nativeFrame(m.vm, n, fromLength) {
				m.settle()
				return after(o, 1), m.place(m.vm.SP - n - 1), is
			}
		}
		if v != nil {
			m.leave(o, sp)
			frame := valuesAt(sp, n+2)
			if v = eachInKernel(m.vm, nativeOfValue(frame[1]), frame[0], frame[2:]); v != nil {
				m.settle()
				sp = m.place(m.vm.SP - n - 1)
				set(below(sp, 1), v)
				return after(o, 1), sp, is
			}
			sp = m.place(m.vm.SP)
		}
		if !m.each(o, sp, n) {
			return nil, nil, noResult
		}
		return nil, nil, callbackResult
	case forwardResult:
		if next, top, ok := m.forward(o, sp, n); ok {
			return next, top, forwardResult
		}
		return nil, nil, noResult
	case sortResult:
		m.leave(o, sp)
		if !nativeFrame(m.vm, n, sortArray) {
			return nil, nil, noResult
		}
		m.settle() // what has been called may have moved the stack
		return after(o, 1), m.place(m.vm.SP - n - 1), is
	}
	sp = below(sp, n+1)
	next, w, sp := m.target(after(o, 1), below(sp, 1), sp)
	switch is {
	case intResult:
		m.setInt(w, i)
	case floatResult:
		m.setNumber(w, f)
	default:
		set(w, v)
	}
	return next, sp, is
}

// each calls one of the engine's functions that call a function for each element. It is false if the engine has to, in its own way.
func (m *machine) each(o *op, sp *layout.Words, n int) bool {
	vm := m.vm
	m.leave(o, sp)
	at, b := callbackFor(vm, valuesAt(sp, n+2))
	if b == nil {
		return false
	}
	set(below(sp, n+2-at), objectValue(b.self.Val))
	bordered(vm, func() { o.in.Run(vm) })
	b.caller.done()
	return true
}
