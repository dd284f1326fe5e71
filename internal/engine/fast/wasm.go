package fast

import (
	"encoding/binary"
	"math"
	"slices"
	"sort"

	"gonode/internal/engine/program"
)

// The instructions of WebAssembly that kernels are made of.
const (
	wBlock, wLoop, wIf, wElse, wEnd, wBr, wBrIf        = 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d
	wGet, wSet                                         = 0x20, 0x21
	wI32Const, wI64Const, wF64Const                    = 0x41, 0x42, 0x44
	wI32Eqz, wI32Eq, wI32Ne                            = 0x45, 0x46, 0x47
	wI64Eqz, wI64Eq, wI64Ne, wI64LtS, wI64GtS, wI64LeS = 0x50, 0x51, 0x52, 0x53, 0x55, 0x57
	wI64GtU, wI64GeS, wI64GeU, wI32LtU                 = 0x56, 0x59, 0x5a, 0x49
	wF64Eq, wF64Ne, wF64Lt, wF64Gt, wF64Le, wF64Ge     = 0x61, 0x62, 0x63, 0x64, 0x65, 0x66
	wI32Load, wI32Load8S, wI32Load8U                   = 0x28, 0x2c, 0x2d
	wI32Load16S, wI32Load16U                           = 0x2e, 0x2f
	wI32Store, wI32Store8, wI32Store16                 = 0x36, 0x3a, 0x3b
	wI32Sub, wI32And, wI32Or, wI32Xor                  = 0x6b, 0x71, 0x72, 0x73
	wI32Shl, wI32ShrS, wI32ShrU                        = 0x74, 0x75, 0x76
	wI64Add, wI64Sub, wI64Mul, wI64RemS, wI64Or        = 0x7c, 0x7d, 0x7e, 0x81, 0x84
	wF64Abs, wF64Neg, wF64Add, wF64Sub, wF64Mul        = 0x99, 0x9a, 0xa0, 0xa1, 0xa2
	wF64Div                                            = 0xa3
	wI32Wrap, wI64ExtendS, wI64ExtendU                 = 0xa7, 0xac, 0xad
	wF64FromI64, wI64FromBits, wF64FromBits            = 0xb9, 0xbd, 0xbf
	wF64Ceil, wF64Floor, wF64Trunc, wF64Sqrt           = 0x9b, 0x9c, 0x9d, 0x9f
	wF64Min, wF64Max, wF64Copysign, wF64FromI32        = 0xa4, 0xa5, 0xa6, 0xb7
	wI32Mul, wI64Shl, wI64ShrU, wI64LtU, wSelect       = 0x6c, 0x86, 0x88, 0x54, 0x1b
	wI64And, wI64Xor, wI64ShrS                         = 0x83, 0x85, 0x87
	wI64Load, wF32Load, wF64Load                       = 0x29, 0x2a, 0x2b
	wF32Store, wF64Store                               = 0x38, 0x39
	wF32FromF64, wF64FromF32                           = 0xb6, 0xbb
	wUnreachable, wReturn, wCall                       = 0x00, 0x0f, 0x10
	wDrop                                              = 0x1a
	wTee, wGlobalGet, wGlobalSet                       = 0x22, 0x23, 0x24
	wVoid, wI32Add, wI64Store                          = 0x40, 0x6a, 0x37
)

// writer makes the code of one attempt.
type writer struct {
	planned
	lines  // of the code that is being written: the loop's, or a function's that it calls
	body   []byte
	types  []byte // of the locals behind the parameters
	fuel   int    // local: turns left
	leave  int    // local: which exit
	out    []int  // locals for what lies on the stack at an exit
	labels []label
	items  []item
	at     []item // what exits within an instruction leave on the stack: the items at its beginning
	raw    bool   // the result of a comparison is on WebAssembly's stack, for the jump that comes next
	dead   bool   // the next instruction cannot be reached
	unset  []bool // variables of blocks that have no value yet, or none any more
	memory bool   // the kernel reads the engine's memory
	refs   []int  // the variables whose memory it reads
	groups []int  // by variables that hold objects: the locals with the groups of their maps

	taken item // what a loop over an array has taken

	origins int                  // how many objects were found (wasmobject.go)
	current []int                // by variables that hold objects: which of them, 0 if that is not known
	known   map[property]content // what their properties are
}

// planned is a plan behind what the writer has under the same names.
type planned struct{ *plan }

// lines are what is known of some code, by its instructions' numbers.
type lines struct {
	code      []op
	head, end int
	loops     map[int]int
	targets   map[int]int
	merges    map[int][]item // the stack where ways come together
	heads     map[int][]item
	unsetAt   map[int][]bool
	frame     *frame // of a function that the loop calls
}

// label is an open block: a loop's head, a forward target, or -1.
type label struct {
	loop  bool
	pc    int
	frame *frame
}

func newWriter(p *plan) *writer {
	w := &writer{planned: planned{p}, unset: make([]bool, len(p.vars)), lines: lines{code: p.code, head: p.head, end: p.end, loops: p.loops, targets: p.targets,
		merges: map[int][]item{}, heads: map[int][]item{}, unsetAt: map[int][]bool{}}}
	for i := range p.vars {
		w.unset[i] = p.vars[i].inner
	}
	w.fuel = len(p.vars)
	for i := range p.vars {
		if p.vars[i].kind == asRef && p.vars[i].ref.memory() {
			w.refs = append(w.refs, i)
		}
	}
	w.leave = w.local(asTest)
	w.groups, w.current, w.known = make([]int, len(p.vars)), make([]int, len(p.vars)), map[property]content{}
	for i := range p.vars {
		if p.vars[i].kind == asObject {
			w.groups[i] = w.local(asTest)
		}
	}
	return w
}

func (w *writer) local(k numberKind) int {
	w.types = append(w.types, k.wasm())
	return w.parameterCount() + len(w.types) - 1
}

// parameterCount is of a kernel: its variables, the turns, addresses and lengths, and where numbers of properties are.
func (w *writer) parameterCount() int {
	n := len(w.vars) + 1 + 2*len(w.refs)
	if w.writes {
		n += 2
	}
	if w.boxes {
		n += 2
	}
	return n
}

func (w *writer) op(b ...byte) { w.body = append(w.body, b...) }
func (w *writer) arg(op byte, n int) {
	w.body = binary.AppendUvarint(append(w.body, op), uint64(n))
}
func (w *writer) get(n int) { w.arg(wGet, n) }
func (w *writer) set(n int) { w.arg(wSet, n) }
func (w *writer) i64(n int64) {
	w.op(wI64Const)
	w.body = appendVarint(w.body, n)
}
func (w *writer) i32(n int32) {
	w.op(wI32Const)
	w.body = appendVarint(w.body, int64(n))
}
func (w *writer) f64(f float64) {
	w.body = binary.LittleEndian.AppendUint64(append(w.body, wF64Const), math.Float64bits(f))
}

// appendVarint is signed LEB128, which is not Go's.
func appendVarint(b []byte, n int64) []byte {
	for {
		c := byte(n & 0x7f)
		if n >>= 7; n == 0 && c&0x40 == 0 || n == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// load pushes a variable.
func (w *writer) load(i int) {
	if w.vars[i].kind == asRef {
		w.items = append(w.items, item{kind: asRef, ref: i, slot: -1})
		return
	}
	if w.vars[i].kind == asObject {
		w.loadObject(i)
		return
	}
	w.get(i)
	v := &w.vars[i]
	if w.result(v.kind); v.kind == asInt && w.family == nil {
		if v.narrow() {
			w.sized(32)
		} else if v.counter {
			w.sized(counted)
		}
	}
}

// key is an instruction's number among all that a kernel is made of.
func (w *writer) key(pc int) int {
	if w.frame != nil {
		return w.frame.key<<12 + pc
	}
	return pc
}

func (w *writer) no() { panic(impossible{}) }

func (w *writer) push(k numberKind, local int) {
	w.items = append(w.items, item{kind: k, local: local, slot: -1})
}

// result keeps what the code has left on WebAssembly's stack.
func (w *writer) result(k numberKind) {
	n := w.local(k)
	w.set(n)
	w.push(k, n)
}

func (w *writer) pop() item {
	if len(w.items) == 0 || w.items[len(w.items)-1].slot >= 0 {
		w.no()
	}
	it := w.items[len(w.items)-1]
	w.items = w.items[:len(w.items)-1]
	return it
}

// asFloat puts an item on WebAssembly's stack as a float.
func (w *writer) float(it item) {
	if it.fixed {
		w.f64(float64(it.n))
		return
	}
	w.get(it.local)
	switch it.kind {
	case asInt:
		w.convert(it.size)
	case asFloat:
	default:
		w.no()
	}
}

// test puts the truth of an item on WebAssembly's stack.
func (w *writer) test(it item) {
	w.get(it.local)
	switch it.kind {
	case asFloat:
		w.op(wF64Abs)
		w.f64(0)
		w.op(wF64Gt)
	case asInt, asBool:
		w.i64(0)
		w.op(wI64Ne)
	case asUndefined, asNull, asRef, asFound, asObject:
		w.no()
	}
}

// exitIf leaves before the instruction at pc if WebAssembly's stack has a 1, with the items as they were before it: the caller has
// put back what it took. float is the instruction whose kind of result was wrong, or -1.
func (w *writer) exitIf(pc, float int) {
	w.op(wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.exit(exit{pc: pc, float: float})
	w.labels = w.labels[:len(w.labels)-1]
	w.op(wEnd)
}

func (w *writer) exit(e exit) {
	if w.family != nil {
		w.abandon(e.float)
		return
	}
	e.items = slices.Clone(w.at)
	if w.frame != nil {
		e.pc, e.items = w.frame.leave(w)
	}
	n := 0
	for i := range e.items {
		it := &e.items[i]
		it.sample = nil
		if it.slot >= 0 {
			it.unset = w.unset[it.slot]
			continue
		}
		if it.kind == asRef || it.kind == asFound {
			continue
		}
		if n == len(w.out) {
			w.out = append(w.out, w.local(asInt))
		}
		if it.low > 0 { // nothing else may need more of it
			w.get(it.low - 1)
			w.extend(it.plus)
		} else {
			w.get(it.local)
		}
		switch it.kind {
		case asFloat:
			w.op(wI64FromBits)
		case asTest:
			w.op(wI64ExtendU)
			it.kind = asBool
		}
		w.set(w.out[n])
		n++
	}
	w.temps = max(w.temps, n)
	w.i32(int32(len(w.exits)))
	w.set(w.leave)
	w.exits = append(w.exits, e)
	w.arg(wBr, len(w.labels)-1)
}

func appendUvarint(b []byte, n int) []byte { return binary.AppendUvarint(b, uint64(n)) }

// branch is the depth of a label.
func (w *writer) branch(loop bool, pc int) int {
	for i := len(w.labels) - 1; i >= 0; i-- {
		if l := w.labels[i]; l.loop == loop && l.pc == pc && l.frame == w.frame {
			return len(w.labels) - 1 - i
		}
	}
	w.no()
	return 0
}

// loop writes the loop at a head, up to its last jump back.
func (w *writer) loop(head int) {
	if head == w.head {
		w.op(wBlock, wVoid) // the way out
		w.labels = append(w.labels, label{pc: -1})
		w.findGroups()
	}
	w.op(wLoop, wVoid)
	w.forget()
	w.labels = append(w.labels, label{loop: true, pc: head})
	w.heads[head], w.unsetAt[-head] = slices.Clone(w.items), slices.Clone(w.unset)
	end := w.loops[head]
	for copies := w.copies(head, end); copies > 0; copies-- {
		w.blocks(head)
		w.stretch(head, end, copies > 1)
	}
	if !w.dead {
		// Behind a conditional jump back.
		if head == w.head {
			w.at = w.items
			w.exit(exit{pc: end + 1, float: -1})
		}
	}
	w.op(wEnd)
	w.forget()
	w.labels = w.labels[:len(w.labels)-1]
	if head == w.head {
		w.op(wEnd)
		w.labels = w.labels[:len(w.labels)-1]
	}
}

// blocks begins the blocks that the forward targets of a loop are the ends of.
func (w *writer) blocks(head int) {
	targets := []int{}
	for t, h := range w.targets {
		if h == head {
			targets = append(targets, t)
		}
	}
	sort.Sort(sort.Reverse(sort.IntSlice(targets)))
	for _, t := range targets {
		delete(w.merges, t)
		w.op(wBlock, wVoid)
		w.labels = append(w.labels, label{pc: t})
	}
}

// stretch writes the instructions of a loop or a function. Another copy of a loop may follow.
func (w *writer) stretch(head, end int, again bool) {
	for pc := head; pc <= end; pc++ {
		if n := len(w.labels) - 1; n >= 0 && !w.labels[n].loop && w.labels[n].pc == pc {
			if w.family != nil && !w.dead {
				w.orAbandon(func() { w.merge(pc); w.arg(wBr, 0) })
				w.dead = true
			}
			w.join(pc)
		}
		if _, inner := w.loops[pc]; inner && pc != head {
			if w.dead {
				w.no()
			}
			w.loop(pc)
			pc = w.loops[pc]
			continue
		}
		switch {
		case pc == end && again:
			w.atHead(head)
		case w.dead:
		case w.family != nil:
			w.orAbandon(func() { w.instruction(pc) })
		default:
			w.instruction(pc)
		}
	}
}

// copies is how often the body of a small loop is written, so that turns are not counted one by one.
func (w *writer) copies(head, end int) int {
	if w.code[end].kind != program.Jump || end-head > 60 {
		return 1
	}
	for h := range w.loops {
		if h > head && h <= end {
			return 1
		}
	}
	for pc := head; pc < end; pc++ {
		if o := &w.code[pc]; isJump(o.kind) && o.n < 0 {
			return 1
		}
	}
	return 4
}

// atHead makes sure that a loop's head finds what it expects.
func (w *writer) atHead(head int) {
	if w.dead || !slices.Equal(w.items, w.heads[head]) || !slices.Equal(w.unset, w.unsetAt[-head]) {
		w.no()
	}
}

// merge brings the items to where a forward target expects them.
func (w *writer) merge(t int) {
	m, ok := w.merges[t]
	if !ok {
		m = slices.Clone(w.items)
		for i := range m {
			if m[i].slot < 0 {
				if m[i].kind == asRef || m[i].kind == asFound || m[i].kind == asObject {
					continue
				}
				m[i].kind = m[i].kind.kept()
				if w.mergeFloat[[2]int{w.key(t), i}] {
					m[i].kind = asFloat
				}
				m[i] = item{kind: m[i].kind, local: w.local(m[i].kind), slot: -1}
			}
		}
		w.merges[t] = m
		w.unsetAt[t] = slices.Clone(w.unset)
	}
	if len(m) != len(w.items) || !slices.Equal(w.unset, w.unsetAt[t]) {
		w.no()
	}
	for i, it := range w.items {
		if it.slot >= 0 {
			continue
		}
		switch {
		case it.kind == asObject || m[i].kind == asObject:
			if it != m[i] {
				w.no()
			}
			continue
		case it.kind == asRef || it.kind == asFound || m[i].kind == asRef || m[i].kind == asFound:
			if it.kind != m[i].kind || it.ref != m[i].ref {
				w.no()
			}
			continue
		case it.kind == m[i].kind:
			w.get(it.local)
		case it.kind == asTest && m[i].kind == asBool:
			w.get(it.local)
			w.op(wI64ExtendU)
		case m[i].kind == asFloat && it.kind == asInt:
			w.float(it)
		case m[i].kind == asInt && it.kind == asFloat:
			w.mergeFloat[[2]int{w.key(t), i}] = true
			panic(again{})
		default:
			w.no()
		}
		w.set(m[i].local)
	}
}

// join ends the block before a forward target.
func (w *writer) join(t int) {
	if !w.dead {
		w.merge(t)
	}
	w.op(wEnd)
	w.forget()
	w.labels = w.labels[:len(w.labels)-1]
	m, ok := w.merges[t]
	if !ok {
		return // nobody jumps there
	}
	w.items, w.unset, w.dead = slices.Clone(m), slices.Clone(w.unsetAt[t]), false
}

// jump goes from pc to t. It is the end of the way.
func (w *writer) jump(pc, t int) {
	switch {
	case t > w.end:
		w.at = w.items
		w.exit(exit{pc: t, float: -1})
	case t > pc:
		w.merge(t)
		w.arg(wBr, w.branch(false, t))
	default:
		w.atHead(t)
		if w.family != nil {
			w.ask()
			w.arg(wBr, w.branch(true, t))
			return
		}
		w.get(w.fuel)
		w.i32(1)
		w.op(wI32Sub)
		w.set(w.fuel)
		w.get(w.fuel)
		w.arg(wBrIf, w.branch(true, t))
		w.at = w.items
		w.exit(exit{pc: t, fuel: true, float: -1})
	}
}

// conditional jumps from pc to t if WebAssembly's stack has a 1.
func (w *writer) conditional(pc, t int) {
	w.op(wIf, wVoid)
	w.labels = append(w.labels, label{pc: -1})
	w.jump(pc, t)
	w.labels = w.labels[:len(w.labels)-1]
	w.op(wEnd)
}

// jumpsNext tells whether nothing but a conditional jump uses the result of the instruction at pc.
func (w *writer) jumpsNext(pc int) bool {
	if pc+1 > w.end || w.code[pc+1].kind != program.JneP && w.code[pc+1].kind != program.JeqP {
		return false
	}
	_, target := w.targets[pc+1]
	_, loop := w.loops[pc+1]
	return !target && !loop
}

// counts tells whether the instruction at pc is where a counter is changed.
func (w *writer) counts(pc int) bool {
	if w.frame != nil || pc-1 < w.head || pc+1 > w.end || !loads(w.code[pc-1].kind) || !stores(w.code[pc+1].kind) {
		return false
	}
	from, _ := placeOf(&w.code[pc-1])
	to, _ := placeOf(&w.code[pc+1])
	return from == to && w.vars[w.index[to]].counter
}

func (w *writer) store(pc int, it item) {
	o := &w.code[pc]
	if w.frame != nil {
		w.frame.store(w, pc, it)
		return
	}
	p, _ := placeOf(o)
	i, ok := w.index[p]
	if !ok {
		w.no()
	}
	switch o.kind {
	case program.InitStackP, program.InitStack1P:
	default:
		if w.unset[i] {
			w.no()
		}
	}
	w.storeIn(i, it)
}

// storeIn gives a variable a value.
func (w *writer) storeIn(i int, it item) {
	v := &w.vars[i]
	v.written = true
	if it.kind == asObject || v.kind == asObject {
		w.storeObject(i, it)
		return
	}
	if v.kind == asRef && v.ref.kind == refObject && it.kind == asRef {
		w.withObjects()
	}
	if v.kind == asRef || it.kind == asRef || it.kind == asFound {
		w.no()
	}
	if v.inner && !v.known {
		v.known, v.kind = true, it.kind.kept()
		panic(again{})
	}
	if v.narrow() && it.kind == asInt && (it.size == 0 || it.size > 32) && w.family == nil {
		v.wide = true
		panic(again{})
	}
	w.as(v.kind, it, func() { w.widen(v) })
	w.set(i)
	w.unset[i] = false
}

// as pushes an item as one of a kind. What is to hold a float and holds integers is to be made wider, which begins again.
func (w *writer) as(kind numberKind, it item, widen func()) {
	switch {
	case kind == it.kind:
		w.get(it.local)
	case kind == asFloat && it.kind == asInt:
		w.float(it)
	case kind == asInt && it.kind == asFloat:
		widen()
	case kind == asBool && it.kind == asTest:
		w.get(it.local)
		w.op(wI64ExtendU)
	default:
		w.no()
	}
}

// module is the whole: one function, of the variables and the number of turns, that gives the variables, what lies on the stack, and the
// number of the exit.
func (w *writer) module() []byte {
	fn := binary.AppendUvarint(nil, uint64(len(w.types)))
	for _, t := range w.types {
		fn = append(fn, 1, t)
	}
	fn = append(fn, w.body...)
	for i := range w.vars {
		fn = binary.AppendUvarint(append(fn, wGet), uint64(i))
	}
	for _, n := range w.out[:w.temps] {
		fn = binary.AppendUvarint(append(fn, wGet), uint64(n))
	}
	fn = binary.AppendUvarint(append(fn, wGet), uint64(w.leave))
	fn = append(fn, wEnd)

	types := []byte{1, 0x60, byte(w.parameterCount())}
	for i := range w.vars {
		types = append(types, w.vars[i].kind.wasm())
	}
	types = append(types, 0x7f)
	for range w.parameterCount() - len(w.vars) - 1 {
		types = append(types, 0x7e)
	}
	types = append(types, byte(len(w.vars)+w.temps+1))
	for i := range w.vars {
		types = append(types, w.vars[i].kind.wasm())
	}
	for range w.temps {
		types = append(types, 0x7e)
	}
	types = append(types, 0x7f)

	m := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	section := func(id byte, b []byte) {
		m = binary.AppendUvarint(append(m, id), uint64(len(b)))
		m = append(m, b...)
	}
	section(1, types)
	section(3, []byte{1, 0})
	if w.memory {
		pages := binary.AppendUvarint(nil, windowPages)
		section(5, append(append([]byte{1, 1}, pages...), pages...))
	}
	section(7, []byte{1, 1, 'k', 0, 0})
	section(10, append(binary.AppendUvarint([]byte{1}, uint64(len(fn))), fn...))
	return m
}
