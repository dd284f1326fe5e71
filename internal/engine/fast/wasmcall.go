package fast

import (
	"math"
	"slices"
	"sort"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// found is a value that is looked up each time before a kernel is entered: a global, or a property of a value that is known. It must
// then be what the kernel was made for.
type found struct {
	member bool // of owner
	owner  item // asRef or asFound
	name   unistring.String
	native native
	ref    reference // of a function of a script
	script bool
	number bool
	undef  bool   // it is undefined
	value  uint64 // the bits of a number
	scope  place  // of a captured variable
}

// lookups are all that a plan has found.
type lookups struct{ list []found }

// look gives the values that are found now, and whether they and the functions in variables are what they should be.
func (p *plan) look(vm *layout.VM) ([]goja.Value, bool) {
	for i := range p.vars {
		v := &p.vars[i]
		if v.kind != asRef || v.ref.prg == nil && !v.ref.length {
			continue
		}
		at := p.find(vm, i)
		if at == nil || *at == nil || v.ref.prg != nil && !v.ref.calls(vm, *at) {
			return nil, false
		}
		if v.ref.length {
			if _, ok := lengthOf(wordsOf(at)); !ok {
				return nil, false
			}
		}
	}
	return p.lookInto(vm, nil)
}

// lookInto is look for what is in no variable, with memory for it.
func (p *plan) lookInto(vm *layout.VM, values []goja.Value) ([]goja.Value, bool) {
	if len(values) != len(p.found.list) {
		values = make([]goja.Value, len(p.found.list))
	}
	for i := range p.found.list {
		f := &p.found.list[i]
		v := p.lookAt(vm, f, values)
		if v == nil {
			return values, false
		}
		switch {
		case f.native != unknownNative && nativeOfValue(v) != f.native, f.script && !f.ref.calls(vm, v):
			return values, false
		case f.undef && wordsOf(&v).Tab != undefinedTab:
			return values, false
		case f.number:
			if bits, ok := asFloat.bits(&v); !ok || bits != f.value {
				return values, false
			}
		}
		values[i] = v
	}
	return values, true
}

func (p *plan) lookAt(vm *layout.VM, f *found, values []goja.Value) goja.Value {
	if f.scope.kind == program.LoadStash {
		if at := f.scope.find(vm); at != nil {
			return *at
		}
		return nil
	}
	if !f.member {
		return global(vm, f.name)
	}
	var owner goja.Value
	if f.owner.kind == asFound {
		owner = values[f.owner.ref]
	} else if at := p.find(vm, f.owner.ref); at != nil {
		owner = *at
	}
	if owner == nil {
		return nil
	}
	v, _ := getNamed(vm, wordsOf(&owner), &op{in: program.Instr{Data: pointerTo(&f.name)}})
	return v
}

func nativeOfValue(v goja.Value) native {
	w := wordsOf(&v)
	if w.Tab != objectTab {
		return unknownNative
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != nativeTab {
		return unknownNative
	}
	return nativeOf(&(*layout.NativeFuncObject)(self.Data).F)
}

// scriptFunction gives a function of a script, with what tells whether its frame is an ordinary one.
func scriptFunction(v goja.Value) (*layout.BaseJsFuncObject, bool) {
	w := wordsOf(&v)
	if w.Tab != objectTab {
		return nil, false
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if !kindOf(self).callable {
		return nil, false
	}
	return (*layout.BaseJsFuncObject)(self.Data), true
}

// calls tells whether a value is the function that a kernel was made for.
func (r *reference) calls(vm *layout.VM, v goja.Value) bool {
	f, ok := scriptFunction(v)
	return ok && f.Prg == r.prg && (r.depth < 0 || scopeAt(vm, r.depth) == f.Stash)
}

func scopeAt(vm *layout.VM, depth int) *layout.Stash {
	s := vm.Stash
	for ; depth > 0 && s != nil; depth-- {
		s = s.Outer
	}
	return s
}

func (w *writer) name(o *op) unistring.String { return *(*unistring.String)(o.in.Data) }

// pushFound pushes a value that is looked up.
func (w *writer) pushFound(f found) {
	if f.owner.kind == asObject && f.owner.holder > 0 {
		f.owner.kind, f.owner.ref = asRef, f.owner.holder-1
	}
	if f.member && f.owner.kind != asRef && f.owner.kind != asFound {
		w.no()
	}
	f.owner = item{kind: f.owner.kind, ref: f.owner.ref}
	for i := range w.plan.found.list {
		if g := &w.plan.found.list[i]; g.member == f.member && g.name == f.name && g.owner == f.owner && g.scope == f.scope {
			w.items = append(w.items, item{kind: asFound, ref: i, slot: -1})
			return
		}
	}
	w.plan.found.list = append(w.plan.found.list, f)
	i := len(w.plan.found.list) - 1
	if w.valueFound(i) == nil {
		w.plan.found.list = w.plan.found.list[:i]
		w.no()
	}
	w.items = append(w.items, item{kind: asFound, ref: i, slot: -1})
}

// pushNumber pushes a value that is looked up: a number as one, which must be what it was whenever the kernel is entered.
func (w *writer) pushNumber(f found) {
	w.pushFound(f)
	i := w.items[len(w.items)-1].ref
	v := w.valueFound(i)
	if wordsOf(&v).Tab == undefinedTab {
		w.pop()
		w.plan.found.list[i].undef = true
		w.nothingOf(asUndefined)
		return
	}
	bits, ok := asFloat.bits(&v)
	if !ok {
		return
	}
	w.pop()
	w.plan.found.list[i].number, w.plan.found.list[i].value = true, bits
	w.constant(v)
}

// valueFound is what is found now.
func (w *writer) valueFound(i int) goja.Value {
	values := make([]goja.Value, i+1)
	for n := range values {
		if values[n] = w.lookAt(w.vm, &w.plan.found.list[n], values); values[n] == nil {
			return nil
		}
	}
	return values[i]
}

// getProperty pushes a property of an object that is known.
func (w *writer) getProperty(pc int, owner item, name unistring.String) {
	if owner.kind == asObject {
		w.getObjectProperty(pc, owner, name)
		return
	}
	if owner.kind == asFound {
		w.pushFound(found{member: true, owner: owner, name: name})
		i := w.pop().ref
		v := w.valueFound(i)
		bits, ok := asFloat.bits(&v)
		if !ok {
			w.no()
		}
		w.plan.found.list[i].number, w.plan.found.list[i].value = true, bits
		w.f64(math.Float64frombits(bits))
		w.result(asFloat)
		return
	}
	if owner.kind == asRef && name == "length" {
		switch w.vars[owner.ref].ref.kind {
		case refTyped:
			if _, ok := lengthOf(wordsOf(w.find(w.vm, owner.ref))); !ok {
				w.no()
			}
			w.vars[owner.ref].ref.length = true
			fallthrough
		case refArray, refASCII, refUnicode:
			if w.vars[owner.ref].ref.grows {
				w.lengthOfArray(owner)
				return
			}
			_, length := w.memoryOf(owner)
			w.push(asInt, length)
			w.sized(33)
			return
		}
	}
	w.load(w.propertyOf(owner, name))
}

// propertyOf is the variable that a property is, while the kernel runs.
func (w *writer) propertyOf(owner item, name unistring.String) int {
	if owner.kind != asRef || w.vars[owner.ref].ref.kind != refObject {
		w.no()
	}
	return w.propertyIn(owner.ref, name)
}

// propertyIn is propertyOf for the object in a variable.
func (w *writer) propertyIn(owner int, name unistring.String) int {
	for i := range w.vars {
		if v := &w.vars[i]; v.place.kind == program.GetProp && v.owner == owner && v.name == name {
			return i
		}
	}
	w.add(variable{place: place{program.GetProp, len(w.vars)}, owner: owner, name: name})
	return 0
}

// add makes one more variable and starts again.
func (w *writer) add(v variable) {
	p := w.plan
	if len(p.vars) >= 60 {
		w.no()
	}
	p.vars = append(p.vars, v)
	i := len(p.vars) - 1
	at := p.find(w.vm, i)
	if at == nil {
		p.vars = p.vars[:i]
		w.no()
	}
	kind, ok := kindOfValue(at)
	if !ok {
		if p.vars[i].ref, ok = referenceOf(at); !ok {
			p.vars = p.vars[:i]
			w.no()
		}
		kind = asRef
	}
	if kind == asInt {
		p.vars[i].wide = beyond32(intOf(wordsOf(at)))
	}
	if p.vars[i].kind = kind; p.objects {
		p.holdObject(w.vm, i)
	}
	if v.place.kind != program.GetProp {
		p.index[v.place] = i
	}
	panic(again{})
}

// property is where an object's own property lies, if it is a plain value.
func (p *plan) property(vm *layout.VM, i int) *goja.Value {
	v := &p.vars[i]
	at := p.find(vm, v.owner)
	if at == nil {
		return nil
	}
	b := ordinary(wordsOf(at))
	if b == nil {
		return nil
	}
	var o op
	s := o.slotIn(b.Values, v.name)
	if s == nil || wordsOf(&s.Value).Tab == propertyTab {
		return nil
	}
	return &s.Value
}

// aliases tells whether two variables are the same property of one object, and one of them is written.
func (p *plan) aliases(at []*goja.Value) bool {
	for i := range p.vars {
		if p.vars[i].place.kind != program.GetProp || !p.vars[i].written {
			continue
		}
		for k := range p.vars {
			if k != i && at[k] == at[i] {
				return true
			}
		}
	}
	return false
}

// frame is a function that the loop calls, written in its place. It has no frame of the engine's: what leaves it leaves before the call,
// so that nothing may have been done by then that others can see.
type frame struct {
	outer  *frame
	prg    *goja.Program
	key    int
	callPC int
	at     []item // what lay on the stack at the call
	done   bool   // something was done that others can see
	depth  int    // how many scopes above the loop's the function's is
	this   item
	args   []item
	locals map[place]*item
}

// leave is where to go from within a function.
func (f *frame) leave(w *writer) (pc int, items []item) {
	for {
		if f.done {
			w.no()
		}
		if f.outer == nil {
			return f.callPC, slices.Clone(f.at)
		}
		f = f.outer
	}
}

// effect notes that something is done that others can see.
func (w *writer) effect() {
	if w.pure && w.frame != nil {
		w.no()
	}
	for f := w.frame; f != nil; f = f.outer {
		f.done = true
	}
}

func (w *writer) call(pc, n int) {
	if len(w.items) < n+2 {
		w.no()
	}
	at := slices.Clone(w.items)
	args := make([]item, n)
	for i := n - 1; i >= 0; i-- {
		args[i] = w.pop()
	}
	callee, this := w.pop(), w.pop()
	var v goja.Value
	switch callee.kind {
	case asFound:
		v = w.valueFound(callee.ref)
	case asRef:
		v = *w.find(w.vm, callee.ref)
	default:
		w.no()
	}
	if native := nativeOfValue(v); native != unknownNative {
		if callee.kind != asFound {
			w.no()
		}
		w.plan.found.list[callee.ref].native = native
		w.native(pc, native, this, args)
		return
	}
	f, ok := scriptFunction(v)
	if !ok {
		w.no()
	}
	fn := functionOf(f.Prg)
	if fn == nil && w.family != nil {
		fn = heat(f.Prg, w.vm)
	}
	if fn == nil {
		w.no()
	}
	depth := 0
	for s := w.vm.Stash; s != f.Stash; s = s.Outer {
		if depth++; s == nil {
			depth = -1
			break
		}
	}
	ref := reference{kind: refFunction, prg: f.Prg, depth: depth}
	if callee.kind == asFound {
		if g := &w.plan.found.list[callee.ref]; g.script && g.ref != ref {
			w.no()
		} else {
			g.script, g.ref = true, ref
		}
	} else {
		r := &w.vars[callee.ref].ref
		if r.prg != nil && *r != ref {
			w.no()
		}
		*r = ref
	}
	if w.family != nil {
		if depth < 0 {
			w.no()
		}
		w.callFamily(ref, *fn.code.Load(), args)
		return
	}
	w.inline(pc, *fn.code.Load(), &frame{prg: f.Prg, at: at, depth: depth, this: this, args: args})
}

// inline writes a function's code.
func (w *writer) inline(pc int, code []op, f *frame) {
	f.outer, f.callPC, f.key, f.locals = w.frame, pc, w.key(pc)+1, map[place]*item{}
	levels := 0
	for o := f.outer; o != nil; o = o.outer {
		if levels++; o.prg == f.prg || levels > 3 {
			w.no()
		}
	}
	if f.outer == nil {
		f.callPC = pc
	} else {
		f.callPC = f.outer.callPC
	}
	if code[0].kind != program.EnterFuncStashless || len(code) > 100 {
		w.no()
	}
	for len(f.args) < int((*enterFuncStashless)(code[0].operand).args) {
		w.i64(0)
		w.result(asUndefined)
		f.args = append(f.args, w.pop())
	}
	end := len(code) // where the function returns to
	in := lines{code: code, end: end, loops: map[int]int{}, targets: map[int]int{end: 0}, merges: map[int][]item{}, heads: map[int][]item{},
		unsetAt: map[int][]bool{}, frame: f}
	for i := range code {
		if o := &code[i]; isJump(o.kind) {
			if o.n < 0 {
				w.no()
			}
			in.targets[i+int(o.n)] = 0
		}
		if o := &code[i]; stores(o.kind) {
			if p, ok := placeOf(o); ok && p.kind == program.LoadStackLex {
				f.keepArgument(w, p)
			}
		}
	}
	outer, items := w.lines, w.items
	w.lines, w.items = in, nil
	targets := []int{}
	for t := range in.targets {
		targets = append(targets, t)
	}
	sort.Sort(sort.Reverse(sort.IntSlice(targets)))
	for _, t := range targets {
		w.op(wBlock, wVoid)
		w.labels = append(w.labels, label{pc: t, frame: f})
	}
	for i := 1; i <= end; i++ {
		if last := w.labels[len(w.labels)-1]; last.frame == f && last.pc == i {
			w.join(i)
		}
		if i < end && !w.dead {
			w.instruction(i)
		}
	}
	if w.dead || len(w.items) != 1 {
		w.no()
	}
	w.lines, w.items = outer, append(items, w.items[0])
}

// keepArgument gives an argument that the function changes a local of its own.
func (f *frame) keepArgument(w *writer, p place) {
	if p.n > len(f.args) || f.locals[p] != nil {
		return
	}
	it := f.args[p.n-1]
	if it.kind != asInt && it.kind != asFloat {
		w.no()
	}
	f.define(w, p, it)
}

// define makes a local for a variable of the function.
func (f *frame) define(w *writer, p place, it item) {
	kind := it.kind.kept()
	if w.mergeFloat[f.widened(p)] {
		kind = asFloat
	}
	if kind == asRef || kind == asFound || kind == asUndefined || kind == asNull || kind == asObject {
		w.no()
	}
	f.locals[p] = &item{kind: kind, local: w.local(kind), slot: -1}
	f.assign(w, p, it)
}

// widened is the key of a variable that holds a float.
func (f *frame) widened(p place) [2]int { return [2]int{-f.key, int(p.kind)<<20 + p.n} }

func (f *frame) assign(w *writer, p place, it item) {
	v := f.locals[p]
	w.as(v.kind, it, func() {
		w.mergeFloat[f.widened(p)] = true
		panic(again{})
	})
	w.set(v.local)
}

// outside is the loop's variable that a captured one is.
func (f *frame) outside(w *writer, n int) int {
	if f.depth < 0 {
		w.no()
	}
	p := place{program.LoadStash, n + f.depth<<24}
	i, ok := w.index[p]
	if !ok {
		w.add(variable{place: p})
	}
	return i
}

// load pushes a variable of the function.
func (f *frame) load(w *writer, o *op) {
	p, ok := placeOf(o)
	switch {
	case !ok:
		w.no()
	case p.kind == program.LoadStash:
		w.load(f.outside(w, p.n))
	case p.kind == program.LoadStack1 && p.n == 0:
		w.items = append(w.items, f.this)
	case f.locals[p] != nil:
		// A copy, for the variable may change while this value lies on the stack.
		v := f.locals[p]
		w.get(v.local)
		w.result(v.kind)
	case p.kind == program.LoadStackLex && p.n <= len(f.args):
		w.items = append(w.items, f.args[p.n-1])
	default:
		w.no()
	}
}

// store changes a variable of the function.
func (f *frame) store(w *writer, pc int, it item) {
	o := &w.code[pc]
	p, ok := placeOf(o)
	switch {
	case !ok || p.kind == program.LoadStack1:
		w.no()
	case p.kind == program.LoadStash:
		i := f.outside(w, p.n)
		if w.vars[i].counter {
			w.vars[i].counter = false
			panic(again{})
		}
		w.storeIn(i, it)
		w.effect()
	case f.locals[p] != nil:
		f.assign(w, p, it)
	case p.kind == program.LoadStack && w.always(pc):
		f.define(w, p, it)
	default:
		w.no()
	}
}

// always tells whether every way through a function leads to an instruction that can be reached.
func (w *writer) always(pc int) bool {
	for i := range pc {
		if o := &w.code[i]; isJump(o.kind) && i+int(o.n) > pc {
			return false
		}
	}
	return true
}

// ret ends the function on one way.
func (w *writer) ret() {
	if w.family != nil {
		w.returnFrom(w.pop())
		return
	}
	if w.frame == nil {
		w.no()
	}
	w.items = []item{w.pop()}
	w.merge(w.end)
	w.arg(wBr, w.branch(false, w.end))
	w.dead = true
}
