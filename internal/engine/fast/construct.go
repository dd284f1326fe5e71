package fast

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// The engine constructs in Go: it makes the object, runs the constructor behind a border of its own, and looks at what it has returned.
// Here the constructor of a class or of an ordinary function is entered as a function is, by new and by super(). As below the engine's own
// frames of constructors lies one that says so, which stacks of errors are read from; its position is another, by which the
// instruction that returns knows that it has to look at the result.

// constructing is the position of that frame. One more, as a return leaves it, ends the engine's loop as well. Its number of arguments
// says which way the result goes, its result which class's fields the object is to get.
const constructing = -3

// What such a frame's number of arguments says.
const (
	byDerived = 1 << iota // the constructor has to call super()
	bySuper               // it was called by super()
)

// prototypeName is what a constructor has its objects' prototype under.
const prototypeName unistring.String = "prototype"

//go:linkname initFields github.com/dop251/goja.(*classFuncObject)._initFields
func initFields(c *layout.ClassFuncObject, instance *goja.Object)

//go:linkname newError github.com/dop251/goja.(*Runtime).newError
func newError(rt *goja.Runtime, class *goja.Object, message string) goja.Value

//go:linkname referenceError github.com/dop251/goja.(*Runtime).getReferenceError
func referenceError(rt *goja.Runtime) *goja.Object

// prototypeOf is what a constructor has its objects inherit from, nil if that is not there yet or no object.
func prototypeOf(self *layout.Words) *goja.Object {
	proto := (*layout.BaseObject)(self.Data).Values[prototypeName]
	if proto == nil {
		return nil // the engine makes that of a function when it is first asked for
	}
	if proto, _ = data(proto); proto == nil || wordsOf(&proto).Tab != objectTab {
		return nil
	}
	return (*goja.Object)(wordsOf(&proto).Data)
}

// hasFields tells whether a class gives its instances anything beside what its constructor does.
func hasFields(c *layout.ClassFuncObject) bool { return c.InitFields != nil || c.PrivateEnvType != nil }

// construction is what is known of a constructor that is about to be entered.
type construction struct {
	target    goja.Value // what new.target is
	js        *layout.BaseJsFuncObject
	fn        *function // nil if no class has a constructor of its own
	derived   bool
	prototype *goja.Object
	room      int
	first     *layout.ClassFuncObject // whose fields an object has before the constructor is entered
	last      goja.Value              // a class without a constructor of its own: its fields come behind those; or nil
}

// find looks from a class on for the one whose constructor does the work. It is false if the engine has to construct.
func (c *construction) find(class, target *goja.Object) bool {
	self := layout.SelfOf(target)
	if !shaped || !kindOf(self).constructs {
		return false
	}
	if c.prototype = prototypeOf(self); c.prototype == nil {
		return false
	}
	c.target = objectValue(target)
	fn := functionOf((*layout.BaseJsFuncObject)(self.Data).Prg)
	for at := class; ; {
		if at == nil {
			return false
		}
		self = layout.SelfOf(at)
		k := kindOf(self)
		if !k.constructs {
			return false
		}
		c.js = (*layout.BaseJsFuncObject)(self.Data)
		if !k.class {
			c.derived = false
			break
		}
		this := (*layout.ClassFuncObject)(self.Data)
		if c.derived = this.Derived; !c.derived && hasFields(this) {
			c.first = this
		}
		if this.Prg != nil || !c.derived {
			break
		}
		if hasFields(this) {
			if at != class {
				return false
			}
			c.last = objectValue(at)
		}
		at = this.Prototype
	}
	if c.js.Prg != nil {
		if c.fn = functionOf(c.js.Prg); c.fn == nil || !c.fn.plainReturns {
			return false
		}
		if fn == nil {
			fn = c.fn
		}
	}
	if c.room = shapes.Most; fn != nil {
		c.room = fn.room()
	}
	return true
}

// findSuper looks for what super() calls in the function that runs.
func (c *construction) findSuper(m *machine) bool {
	callee := m.place(m.sb - 1)
	if m.place(m.sb).Tab != nil || callee.Tab != objectTab || m.vm.NewTarget == nil {
		return false
	}
	self, target := layout.SelfOf((*goja.Object)(callee.Data)), wordsOf(&m.vm.NewTarget)
	return kindOf(self).class && target.Tab == objectTab && c.find((*layout.BaseObject)(self.Data).Prototype, (*goja.Object)(target.Data))
}

// construct enters a constructor, or is done with one that has no code. It gives no instruction for one that the engine has to run.
// A call of super() is two instructions, of which the first one notes where this lies: nothing comes between them.
func (m *machine) construct(o *op, sp *layout.Words) (*op, *layout.Words) {
	if m.deep() {
		return nil, nil
	}
	vm, c := m.vm, construction{}
	way, shift := 0, 1 // how far the arguments are moved
	if o.kind == program.ResolveThisStack {
		if o = after(o, 1); o.kind != program.SuperCall && o.kind != program.SuperCallVariadic || !c.findSuper(m) {
			return nil, nil
		}
		way, shift = bySuper, 2
	}
	n := int(o.n)
	switch o.kind {
	case program.NewVariadic:
		n = m.variadic(sp) - 1
	case program.SuperCallVariadic:
		n = m.variadic(sp)
	}
	if way == 0 {
		if w := below(sp, n+1); w.Tab != objectTab || !c.find((*goja.Object)(w.Data), (*goja.Object)(w.Data)) {
			return nil, nil
		}
	}
	var this goja.Value
	if c.derived {
		way |= byDerived
	} else {
		instance := shapes.New(vm.Runtime, c.prototype, c.room)
		this = objectValue(instance)
		if c.first != nil && !giveSimpleFields(c.first, instance) {
			m.leave(o, sp)
			initFields(c.first, instance)
			sp = m.arrive()
		}
	}
	at := below(m.room(sp, shift), n)
	sp = above(at, n+shift)
	for i := n - 1; i >= 0; i-- {
		set(above(at, i+shift), m.nums.boxed(valueAt(above(at, i))))
	}
	set(above(at, shift-2), objectValue(c.js.Val))
	set(above(at, shift-1), this)
	m.push(m.pc(o))
	vm.CallStack = append(vm.CallStack, layout.Context{PC: constructing, NewTarget: c.target, Result: c.last, Args: way})
	if c.fn == nil {
		// The class has no code: what would return from it is its end.
		set(above(at, shift-2), this)
		sp, pc := m.leaveConstructor(above(at, shift-1), nil)
		return m.resume(pc), sp
	}
	m.args = n
	vm.Args, vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget = n, c.js.Prg, c.js.Stash, c.js.PrivEnv, c.target
	return m.enter(c.fn), sp
}

// leaveConstructor goes on behind a constructor, with its result below the first free place of the stack, at which this still lies. It gives the first free
// place and where the caller goes on.
func (m *machine) leaveConstructor(sp *layout.Words, fn *function) (*layout.Words, int) {
	vm, at := m.vm, m.index(sp)
	m.nums.leave(vm.Stack, m.clean, at)
	m.clean, vm.SP = at, at
	top := len(vm.CallStack) - 1
	mark := vm.CallStack[top]
	vm.CallStack[top] = layout.Context{}
	vm.CallStack = vm.CallStack[:top]
	constructed(vm, &mark)
	sp = m.arrive()
	if mark.Args&bySuper == 0 && fn != nil {
		fn.noteProperties(below(sp, 1))
	}
	return sp, vm.PC
}

// returns stand where functions return.
var returns program.Over

func returned(data unsafe.Pointer, vm *layout.VM) {
	returns.Engine(data, vm)
	if vm.PC == constructing+1 && vm.Prg == nil {
		constructed(vm, &layout.Context{NewTarget: vm.NewTarget, Result: vm.Result, Args: vm.Args})
	}
}

// constructed goes on in the function that has constructed an object. The result is on top of the stack, and this behind it.
func constructed(vm *layout.VM, mark *layout.Context) {
	top := len(vm.CallStack) - 1
	c := &vm.CallStack[top]
	vm.Prg, vm.Stash, vm.PrivEnv, vm.NewTarget, vm.Result, vm.PC, vm.SB, vm.Args =
		c.Prg, c.Stash, c.PrivEnv, c.NewTarget, c.Result, c.PC, c.SB, c.Args
	*c = layout.Context{}
	vm.CallStack = vm.CallStack[:top]

	at := vm.SP - 1 // where the constructor lay, or the first argument of super()
	v, this := vm.Stack[at], vm.Stack[vm.SP]
	if wordsOf(&v).Tab != objectTab {
		if mark.Args&byDerived != 0 && (wordsOf(&v).Tab != undefinedTab || this == nil) {
			asCalled(vm, at, mark)
			if this != nil || wordsOf(&v).Tab != undefinedTab {
				panic(vm.Runtime.NewTypeError("Derived constructors may only return object or undefined"))
			}
			panic(newError(vm.Runtime, referenceError(vm.Runtime), "Must call super constructor in derived class before returning from derived constructor"))
		}
		v = this
	}
	instance := (*goja.Object)(wordsOf(&v).Data)
	if mark.Result != nil {
		asCalled(vm, at, mark)
		giveFields((*goja.Object)(wordsOf(&mark.Result).Data), instance)
	}
	if mark.Args&bySuper != 0 {
		vm.Stack[vm.SB] = v
		vm.SP = at
		giveFields((*goja.Object)(wordsOf(&vm.Stack[vm.SB-1]).Data), instance)
	}
	vm.Stack[at] = v
	vm.SP = at + 1
	vm.PC++
}

// asCalled makes the top of the stack what it was when the constructor was called, for stacks of errors.
func asCalled(vm *layout.VM, at int, mark *layout.Context) {
	_, n, _ := program.Plain(program.Instr(layout.ProgramOf(vm.Prg).Code[vm.PC]))
	if vm.SP = at + n; mark.Args&bySuper == 0 {
		vm.Stack[at] = mark.NewTarget
		vm.SP++
	}
}

// giveFields gives an object what a class says that its instances have.
func giveFields(class, instance *goja.Object) {
	if c := (*layout.ClassFuncObject)(layout.SelfOf(class).Data); hasFields(c) && !giveSimpleFields(c, instance) {
		initFields(c, instance)
	}
}

// room is how many properties an object gets room for that a function constructs: as many as the ones before had in the end.
func (f *function) room() int {
	if n := int(f.properties.Load()); n > 0 {
		return n
	}
	return shapes.Most
}

// noteProperties notes how many properties an object has that a function has constructed.
func (f *function) noteProperties(w *layout.Words) {
	if w.Tab != objectTab {
		return
	}
	if self := layout.SelfOf((*goja.Object)(w.Data)); self.Tab == baseTab {
		if n := int32(min(len((*layout.BaseObject)(self.Data).PropNames), shapes.Most)); n > f.properties.Load() {
			f.properties.Store(n)
		}
	}
}
