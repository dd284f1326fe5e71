package fast

import (
	"maps"
	"math"
	"slices"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// A kernel is a loop over numbers as WebAssembly. Its variables are the loop's: slots of the stack and captured variables, each an
// integer or a float for as long as the kernel runs. It leaves at an instruction's border, with all variables and what lies on the stack
// above them, when it is done, when a result is not of the kind that was expected (an integer beyond 2^53, say), and after a number of
// turns, so that nothing waits for it: it cannot be stopped from outside.

// kindOfNumber is how a kernel holds a value.
type numberKind byte

const (
	asInt   numberKind = iota // an integer within ±2^53
	asFloat                   // any number
	asBool
	asTest      // an i32, never kept
	asUndefined // undefined, until it is overwritten
	asRef       // an object, a string or a function that stays what it is: not held, but known by its variable
	asFound     // what was looked up before the kernel was entered
	asObject    // an object of one shape: its address
	asNull      // null, like asUndefined
)

// kept is the kind that a value has in a variable.
func (k numberKind) kept() numberKind {
	if k == asTest {
		return asBool
	}
	return k
}

func (k numberKind) wasm() byte {
	switch k {
	case asFloat:
		return 0x7c
	case asTest:
		return 0x7f
	}
	return 0x7e
}

// place says where a variable is: in a frame or in a scope.
type place struct {
	kind program.Op // LoadStack: behind the arguments; LoadStackLex: an argument; LoadStack1: a variable of a frame without arguments, or this; LoadStash; GetProp: a property; IterNext: what is gone over
	n    int
}

// find is where a variable lies, nil if it is not there.
func (p *plan) find(vm *layout.VM, i int) *goja.Value {
	switch p.vars[i].place.kind {
	case program.GetProp:
		return p.property(vm, i)
	case program.IterNext:
		return iterated(vm)
	}
	return p.vars[i].find(vm)
}

func (p place) find(vm *layout.VM) *goja.Value {
	switch p.kind {
	case program.LoadStash:
		s := vm.Stash
		for level := uint32(p.n) >> 24; level > 0; level-- {
			s = s.Outer
		}
		if i := p.n & 0xffffff; s.Obj == nil && i < len(s.Values) {
			return &s.Values[i]
		}
		return nil
	case program.LoadStackLex:
		if p.n > vm.Args {
			return nil
		}
	}
	if i := p.index(vm.SB, vm.Args); i < len(vm.Stack) {
		return &vm.Stack[i]
	}
	return nil
}

func (p place) index(sb, args int) int {
	if p.kind == program.LoadStack {
		return sb + args + p.n
	}
	return sb + p.n
}

// variable is one that a loop reads or writes.
type variable struct {
	place
	kind    numberKind
	inner   bool // of a block within the loop
	known   bool // of an inner one: its kind was seen
	counter bool // see counters
	wide    bool // an integer of more than 32 bits was seen in it
	written bool
	ref     reference // what it is asRef
	owner   int       // of a property: the variable that holds the object
	name    unistring.String

	shape   *shapes.Shape // asObject
	sample  *goja.Object  // the object that it holds while the code is made
	changes bool          // the loop gives it other objects
}

// item is what lies on the stack above where it was at the loop's beginning: a value, or the slot of a block's variable.
type item struct {
	kind  numberKind
	local int
	slot  int // of a block's variable: its index, -1 for a value
	unset bool
	fixed bool // a constant integer
	n     int64
	size  int  // of an integer: it is within ±2^size; 0 if that is not known
	low   int  // one more than the local with its low 32 bits, or 0
	plus  bool // and the others are zero, instead of its sign
	ref   int  // of asRef the variable, of asFound the place in found

	// Of asObject:
	shape  *shapes.Shape
	group  int          // the local that holds where the group of its map is in the window
	origin int          // which of those that were found
	holder int          // one more than the variable that always holds it, or 0
	sample *goja.Object // one of those that may be met, while the code is made; it may be nil
}

// exit is where a kernel leaves to.
type exit struct {
	pc     int
	items  []item
	fuel   bool // the number of turns is used up
	refill bool // there is no more memory for numbers
	float  int  // the instruction whose result was no integer, or -1
}

// plan is what is known about a loop before its code is made: what an attempt finds out makes the next one start with more.
type plan struct {
	code       []op
	head, end  int
	base       int // the last slot of the stack at the loop's head, counted as LoadStack does
	base1      int // and as LoadStack1 does
	usesBase   bool
	usesBase1  bool
	vars       []variable
	index      map[place]int
	floats     map[int]bool    // instructions with integers whose result is a float
	mergeFloat map[[2]int]bool // the places there that hold floats
	loops      map[int]int     // inner loops: head to last jump
	targets    map[int]int     // forward jumps' targets: to the head of the innermost loop around
	exits      []exit
	temps      int
	found      *lookups
	vm         *layout.VM // while the code is made

	pure     bool           // functions that are called do nothing that others can see
	objects  bool           // variables hold objects of one shape (wasmobject.go)
	read     map[int]asRead // what instructions read from properties and elements
	writes   bool           // numbers are written into properties
	boxes    bool           // values are stored into arrays (wasmarray.go)
	pointers bool           // and some of them are objects

	// Of a function of a family:
	family  *family
	ref     reference
	params  int
	result  numberKind
	returns bool // the result was seen
}

// copy is a plan with the same knowledge, to be changed.
func (p *plan) copy() *plan {
	q := *p
	q.vars = slices.Clone(p.vars)
	q.floats = maps.Clone(p.floats)
	q.mergeFloat = maps.Clone(p.mergeFloat)
	q.index = maps.Clone(p.index)
	q.read = maps.Clone(p.read)
	q.found = &lookups{slices.Clone(p.found.list)}
	return &q
}

// again says that an attempt has found something out, impossible that the loop cannot be a kernel.
type (
	again      struct{}
	impossible struct{}
)

// newPlan looks at a loop from head to its last jump back, end. It is nil for one that cannot be a kernel.
func newPlan(code []op, head, end, base, base1 int) *plan {
	p := &plan{code: code, head: head, end: end, base: base, base1: base1, index: map[place]int{}, floats: map[int]bool{}, mergeFloat: map[[2]int]bool{},
		loops: map[int]int{}, targets: map[int]int{}, found: &lookups{}, read: map[int]asRead{}}
	for pc := head; pc <= end; pc++ {
		o := &code[pc]
		switch o.kind {
		case program.LoadVal, program.LoadUndef, program.Pop, program.Dup, program.DupN, program.RdupN, program.Add, program.Sub, program.Mul, program.Div, program.Mod, program.And,
			program.Or, program.Xor, program.Sal, program.Sar, program.Shr, program.Bnot, program.Inc, program.Dec, program.Neg,
			program.ToNumber, program.Plus, program.OpLt, program.OpGt, program.OpLte, program.OpGte, program.OpStrictEq,
			program.OpStrictNeq, program.OpEq, program.OpNeq, program.Not, program.LeaveBlock:
		case program.DupLast, program.CheckObjectCoercible, program.LoadDynamic,
			program.LoadDynamicCallee, program.GetProp, program.GetPropCallee, program.SetProp, program.SetPropP, program.SetPropStrict,
			program.SetPropStrictP, program.GetElem, program.SetElem, program.SetElemP, program.SetElemStrict, program.SetElemStrictP, program.Call:
			if Without.Regions {
				return nil
			}
		case program.LoadStack, program.LoadStackLex, program.LoadStack1, program.LoadStack1Lex, program.LoadStash, program.LoadStashLex,
			program.LoadThisStack, program.StoreStack, program.StoreStackP, program.StoreStackLex, program.StoreStackLexP, program.InitStackP,
			program.StoreStash, program.StoreStashP, program.StoreStashLex, program.StoreStashLexP, program.StoreStack1,
			program.StoreStack1P, program.StoreStack1Lex, program.StoreStack1LexP, program.InitStack1P:
			w, ok := placeOf(o)
			if !ok {
				return nil
			}
			if _, ok := p.index[w]; !ok {
				p.index[w] = len(p.vars)
				p.vars = append(p.vars, variable{place: w, inner: w.kind == program.LoadStack && w.n > base || w.kind == program.LoadStack1 && w.n > base1})
			}
			p.usesBase = p.usesBase || w.kind == program.LoadStack
			p.usesBase1 = p.usesBase1 || w.kind == program.LoadStack1 && w.n > 0
		case program.IterNext:
			if pc != head || head+2 > end || code[head+1].kind != program.EnumGet && code[head+2].kind != program.EnumGet || windowStart == 0 || Without.Regions {
				return nil
			}
			w := place{program.IterNext, 0}
			p.index[w] = 0
			p.vars = append(p.vars, variable{place: w})
		case program.EnumGet:
			if code[head].kind != program.IterNext || pc > head+2 {
				return nil
			}
		case program.EnterBlock:
			if (*enterBlock)(o.in.Data).stashSize > 0 {
				return nil
			}
		case program.Jump, program.JneP, program.JeqP, program.Jne, program.Jeq:
			t := pc + int(o.n)
			if o.n < 0 && t != head {
				if t < head {
					return nil
				}
				p.loops[t] = max(p.loops[t], pc)
			} else if o.n > 0 && t <= end {
				p.targets[t] = 0
			}
		default:
			return nil
		}
	}
	if len(p.vars) == 0 || len(p.vars) > 60 {
		return nil
	}
	p.counters()
	if !p.nest() {
		return nil
	}
	return p
}

// nest finds the loops around all targets. It is false where there is a jump into a loop from outside, but not to its head.
func (p *plan) nest() bool {
	p.loops[p.head] = p.end
	for t := range p.targets {
		p.targets[t] = p.loopAround(t)
	}
	for pc := p.head; pc <= p.end; pc++ {
		if o := &p.code[pc]; isJump(o.kind) {
			if t := pc + int(o.n); o.n > 0 && t <= p.end {
				if h := p.targets[t]; pc < h || pc > p.loops[h] {
					return false
				}
			}
		}
	}
	return true
}

// mostCounted is how large a counter may be when a kernel is entered, and counted how many bits it has then at most.
const mostCounted, counted = maxInt / 8, 51

// counters finds the variables that the loop changes only by adding or subtracting one, or sets to a small number: within the turns
// that a kernel makes before it comes back they stay below 2^51 if they are below 2^50 when it begins, and need no check.
func (p *plan) counters() {
	for i := range p.vars {
		p.vars[i].counter = true
	}
	for pc := p.head; pc <= p.end; pc++ {
		o := &p.code[pc]
		if !stores(o.kind) {
			continue
		}
		w, _ := placeOf(o)
		i, ok := p.index[w]
		if !ok {
			continue
		}
		v := &p.vars[i]
		if pc-1 >= p.head && p.code[pc-1].kind == program.LoadVal {
			c := p.code[pc-1].value()
			if is := wordsOf(&c); is.Tab == intTab && intOf(is) == int64(int32(intOf(is))) {
				continue
			}
		}
		if pc-2 >= p.head && (p.code[pc-1].kind == program.Inc || p.code[pc-1].kind == program.Dec) && loads(p.code[pc-2].kind) {
			if from, ok := placeOf(&p.code[pc-2]); ok && from == w {
				continue
			}
		}
		v.counter = false
	}
}

func loads(k program.Op) bool {
	switch k {
	case program.LoadStack, program.LoadStackLex, program.LoadStack1, program.LoadStack1Lex, program.LoadStash, program.LoadStashLex,
		program.LoadThisStack:
		return true
	}
	return false
}

func stores(k program.Op) bool {
	switch k {
	case program.StoreStack, program.StoreStackP, program.StoreStackLex, program.StoreStackLexP, program.InitStackP, program.StoreStash,
		program.StoreStashP, program.StoreStashLex, program.StoreStashLexP, program.StoreStack1, program.StoreStack1P,
		program.StoreStack1Lex, program.StoreStack1LexP, program.InitStack1P:
		return true
	}
	return false
}

// loopAround is the head of the innermost loop that a place is in, behind its head.
func (p *plan) loopAround(pc int) int {
	best := p.head
	for h, e := range p.loops {
		if h < pc && pc <= e && h > best {
			best = h
		}
	}
	return best
}

// placeOf is the variable of an instruction.
func placeOf(o *op) (place, bool) {
	n := int(o.n)
	switch o.kind {
	case program.LoadThisStack:
		return place{program.LoadStack1, 0}, true
	case program.LoadStash, program.LoadStashLex, program.StoreStash, program.StoreStashP, program.StoreStashLex, program.StoreStashLexP:
		return place{program.LoadStash, n}, true
	case program.LoadStack1, program.LoadStack1Lex, program.StoreStack1, program.StoreStack1P, program.StoreStack1Lex,
		program.StoreStack1LexP, program.InitStack1P:
		return place{program.LoadStack1, n}, n > 0 || n == 0 && o.kind == program.LoadStack1
	}
	if n > 0 {
		return place{program.LoadStack, n}, true
	}
	if o.kind == program.LoadStack && n == 0 {
		return place{program.LoadStack1, 0}, true
	}
	return place{program.LoadStackLex, -n}, n < 0
}

// make gives the module of a plan, or nil. The kinds of the variables have been set from their values.
func (p *plan) make(vm *layout.VM) []byte {
	p.vm = vm
	defer func() {
		p.vm = nil
		for i := range p.vars {
			p.vars[i].sample = nil // the plan is shared by runtimes
		}
	}()
	for range 200 {
		m, ok := p.attempt()
		if !ok {
			return nil
		}
		if m != nil && !p.allFloats() {
			return m
		}
	}
	return nil
}

// allFloats makes floats of all integers where the loop mixes them and has no instruction that wants integers: turning one into the
// other at each turn takes longer than adding floats. It tells whether it has changed anything.
func (p *plan) allFloats() (changed bool) {
	mixed := false
	for i := range p.vars {
		mixed = mixed || p.vars[i].kind == asFloat
	}
	if !mixed {
		return false
	}
	for pc := p.head; pc <= p.end; pc++ {
		switch p.code[pc].kind {
		case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr, program.Bnot, program.Mod, program.GetElem, program.Call,
			program.SetElem, program.SetElemP, program.SetElemStrict, program.SetElemStrictP:
			return false
		}
	}
	for i := range p.vars {
		if v := &p.vars[i]; v.kind == asInt {
			v.kind, changed = asFloat, true
		}
	}
	return changed
}

func (p *plan) attempt() (module []byte, ok bool) {
	defer func() {
		if !tried(recover(), &ok) {
			module = nil
		}
	}()
	p.exits, p.temps = nil, 0
	w := newWriter(p)
	w.loop(p.head)
	return w.module(), true
}

// tried looks at how an attempt has ended. It is false if there is no code, then ok says whether there shall be another attempt.
func tried(x any, ok *bool) bool {
	switch x.(type) {
	case nil:
		return true
	case again:
		*ok = true
	case impossible:
		*ok = false
	default:
		panic(x)
	}
	return false
}

// widen makes a variable a float and starts again.
func (p *plan) widen(v *variable) {
	v.kind = asFloat
	panic(again{})
}

// kindOfValue is how a kernel would hold a value.
func kindOfValue(v *goja.Value) (numberKind, bool) {
	switch w := wordsOf(v); w.Tab {
	case intTab:
		return asInt, true
	case floatTab:
		return asFloat, true
	case boolTab:
		return asBool, true
	}
	return 0, false
}

// bits is a value as a kernel takes it; false if it is of another kind.
func (k numberKind) bits(v *goja.Value) (uint64, bool) {
	w := wordsOf(v)
	switch {
	case k == asInt && w.Tab == intTab:
		return uint64(intOf(w)), true
	case k == asFloat:
		f, ok := number(w)
		return math.Float64bits(f), ok
	case k == asObject && w.Tab == objectTab:
		return uint64(uintptr(w.Data)), true
	case k == asBool && w.Tab == boolTab:
		if *(*bool)(w.Data) {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

func (k numberKind) value(bits uint64) goja.Value {
	switch k {
	case asObject:
		return objectValue(*(**goja.Object)(unsafe.Pointer(&bits)))
	case asInt:
		return intValue(int64(bits))
	case asFloat:
		return floatValue(math.Float64frombits(bits))
	}
	if k == asUndefined {
		return undefined
	}
	if k == asNull {
		return null
	}
	return boolValue(bits != 0)
}
