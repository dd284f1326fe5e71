package fast

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// other does the instructions that are not worth a place in run itself, and that neither jump nor call. It gives the first free place of the
// stack; it is false if nothing has been done.
func (m *machine) other(o *op, sp *layout.Words) (*layout.Words, bool) {
	vm, top := m.vm, m.top(sp)
	switch o.kind {
	case program.BoxThis:
		return sp, m.place(m.sb).Tab == objectTab
	case program.Typeof:
		return m.put(sp, top, typeOf(top))
	case program.StartVariadic:
		return m.startVariadic(o, sp), true
	case program.PushSpread:
		return m.spread(sp)
	case program.EndVariadic:
		m.copy(below(top, 1), top)
		return top, true
	case program.CheckObjectCoercible:
		return sp, top.Tab == objectTab || simple(top.Tab) && top.Tab != undefinedTab && top.Tab != nullTab
	case program.CreateArgsRestStack, program.CreateArgsRestStash:
		return m.put(sp, nil, m.restParameter(o))
	case program.EnterFuncBody:
		return m.enterBody((*enterFuncBody)(o.operand), sp)
	case program.LoadSuper:
		return m.put(sp, nil, m.superObject())
	case program.GetPropRecv:
		v, ok := getNamed(vm, top, o)
		if !ok {
			return sp, false
		}
		return m.put(top, below(top, 1), v)
	case program.GetPropRecvCallee:
		v, ok := getNamed(vm, top, o)
		if !ok {
			return sp, false
		}
		return m.put(sp, top, v)
	case program.GetPrivatePropRes:
		return m.put(sp, top, m.private(o, top))
	case program.GetPrivatePropResCallee:
		return m.put(sp, nil, m.private(o, top))
	case program.SetPrivatePropRes, program.SetPrivatePropResP:
		if !m.setPrivate(o, below(sp, 2), top) {
			return sp, false
		}
		if o.kind == program.SetPrivatePropRes {
			m.copy(below(top, 1), top)
			return top, true
		}
		return below(top, 1), true
	case program.LoadDynamic:
		return m.put(sp, nil, o.global(vm))
	case program.LoadDynamicCallee:
		v := o.global(vm)
		if v == nil {
			return sp, false
		}
		sp, _ = m.put(sp, nil, undefined)
		return m.put(sp, nil, v)
	case program.IterNext:
		v, ok := nextOf(vm)
		if ok {
			vm.IterStack[len(vm.IterStack)-1].Val = v
		}
		return sp, ok
	case program.Iterate, program.IterateP:
		if !iterate(vm, valueAt(top)) {
			return sp, false
		}
		if o.kind == program.IterateP {
			return top, true
		}
		return sp, true
	case program.IterGetNextOrUndef:
		it := vm.IterStack[len(vm.IterStack)-1].Iter
		v, s := step(vm.Runtime, it)
		if s == unstepped {
			return sp, false
		}
		if s == stepDone {
			done(it)
			v = undefined
		}
		return m.put(sp, nil, v)
	case program.EnumPopClose:
		last := len(vm.IterStack) - 1
		if !closesQuietly(vm.IterStack[last].Iter) {
			return sp, false
		}
		vm.IterStack[last] = layout.IterStackItem{}
		vm.IterStack = vm.IterStack[:last]
		return sp, true
	case program.EnumGet:
		return m.put(sp, nil, vm.IterStack[len(vm.IterStack)-1].Val)
	case program.DupLast:
		n := int(o.n)
		sp = m.room(sp, n)
		for range n {
			m.copy(sp, below(sp, n))
			sp = above(sp, 1)
		}
		return sp, true
	case program.RdupN:
		m.copy(below(sp, 1+int(o.n)), top)
		return sp, true
	case program.StoreStash, program.InitStash, program.StoreStashLex:
		return sp, m.storeStash(o, top)
	case program.Bnot:
		i, ok := int32Of(top)
		if ok {
			m.setInt(top, int64(^i))
		}
		return sp, ok
	case program.Neg:
		if top.Tab == intTab && intOf(top) != 0 {
			m.setInt(top, -intOf(top))
			return sp, true
		}
		f, ok := number(top)
		if ok {
			m.setNumber(top, -f)
		}
		return sp, ok
	case program.ToNumber, program.Plus:
		_, ok := number(top)
		return sp, ok
	case program.OpIn:
		has, ok := hasNamed(below(sp, 1), below(sp, 2))
		if ok {
			sp = below(sp, 1)
			set(below(sp, 1), boolValue(has))
		}
		return sp, ok
	case program.OpInstanceof:
		is, ok := instanceOf(m.vm.Runtime, below(sp, 2), below(sp, 1))
		if ok {
			sp = below(sp, 1)
			set(below(sp, 1), boolValue(is))
		}
		return sp, ok
	case program.Not:
		test, ok := truth(top)
		if ok {
			set(top, boolValue(!test))
		}
		return sp, ok
	case program.SetProp, program.SetPropStrict:
		if !m.nums.setNamed(below(sp, 2), o, top) {
			return sp, false
		}
		m.copy(below(top, 1), top)
		return top, true
	case program.NewObject:
		return m.put(sp, nil, objectValue(shapes.New(vm.Runtime, *layout.At[*goja.Object](runtimeOf(vm), facts.ObjectPrototype), int(o.n))))
	case program.NewArray:
		return m.put(sp, nil, newArray(vm, int(o.n)))
	case program.SetElem, program.SetElemStrict:
		v := m.nums.boxed(valueAt(top))
		if !setIndexed(below(sp, 3), below(sp, 2), v) {
			return sp, false
		}
		sp = below(sp, 2)
		return m.put(sp, below(sp, 1), v)
	case program.NewFunc:
		return m.put(sp, nil, m.newFunction(o))
	case program.NewArrowFunc:
		return m.put(sp, nil, m.newArrow(o))
	case program.PushArrayItem:
		return top, pushItem(below(sp, 2), m.nums.boxed(valueAt(top)))
	case program.CopyStash:
		m.copyStash()
		return sp, true
	case program.CopySpread:
		m.nums.seal()
		return top, spreadInto(below(sp, 2), top)
	case program.GetElemCallee:
		v, ok := calleeIn(below(sp, 2), top)
		if !ok {
			return sp, false
		}
		return m.put(sp, top, v)
	case program.ToString:
		if top.Tab == intTab {
			set(top, asciiValue(decimal(intOf(top))))
		}
		return sp, top.Tab == asciiTab || top.Tab == unicodeTab
	case program.ConcatStrings:
		n := int(o.n)
		v, ok := concatAll(valuesAt(sp, n))
		if !ok {
			return sp, false
		}
		sp = below(sp, n-1)
		return m.put(sp, below(sp, 1), v)
	case program.LeaveBlock:
		block := (*leaveBlock)(o.in.Data)
		if block.popStash {
			vm.Stash = vm.Stash.Outer
		}
		return below(sp, int(block.stackSize)), true
	case program.EnterBlock:
		block := (*enterBlock)(o.in.Data)
		if block.stashSize > 0 {
			m.enterScope(block.stashSize, block.names, 0)
		}
		n := int(block.stackSize)
		sp = above(m.room(sp, n), n)
		clear(valuesAt(sp, n))
		return sp, true
	}
	return sp, false
}

// put puts a value at a place of the stack, or on top of it. It is false for no value.
func (m *machine) put(sp, at *layout.Words, v goja.Value) (*layout.Words, bool) {
	if v == nil {
		return sp, false
	}
	if at == nil {
		at = m.room(sp, 1)
		sp = above(at, 1)
	}
	if words := layout.WordsOf(v); m.nums.owns(words.Data) {
		m.copyNumber(at, &words)
		return sp, true
	}
	set(at, v)
	return sp, true
}

// storeStash gives a captured variable the value at a place.
func (m *machine) storeStash(o *op, from *layout.Words) bool {
	s := m.vm.Stash
	for level := uint32(o.n) >> 24; level > 0; level-- {
		s = s.Outer
	}
	p := &s.Values[o.n&0xffffff]
	switch o.kind {
	case program.StoreStashLex, program.StoreStashLexP:
		if *p == nil {
			return false
		}
	default:
		if s.Obj != nil {
			return false
		}
	}
	*p = m.nums.boxed(valueAt(from))
	return true
}

// variable is what a load of a variable or a constant puts on the stack, nil if the engine has to say that there is none.
func (m *machine) variable(o *op) *layout.Words {
	var w *layout.Words
	switch n := int(o.n); o.kind {
	case program.LoadVal:
		return (*layout.Words)(o.in.Data)
	case program.LoadUndef:
		return wordsOf(&undefined)
	case program.LoadCallee:
		return m.place(m.sb - 1)
	case program.LoadStack, program.LoadStack1:
		if w = m.place(m.sb + n); n > 0 {
			if o.kind == program.LoadStack {
				w = above(w, m.args)
			}
			if w.Tab == nil {
				return wordsOf(&undefined)
			}
		}
		return w
	case program.LoadStackLex:
		if n > 0 {
			w = m.place(m.sb + m.args + n)
		} else if -n > m.args {
			return wordsOf(&undefined)
		} else {
			w = m.place(m.sb - n)
		}
	default: // LoadStack1Lex, LoadThisStack
		w = m.place(m.sb + n)
	}
	if w.Tab == nil {
		return nil
	}
	return w
}
