package fast

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// A function that calls itself, or others that call it, is a kernel too, if all that it does is compute a number from numbers: each of the
// functions is one of WebAssembly's. Nothing that others can see is done in them, so what leaves them leaves before the outermost call,
// which the interpreter then makes; what takes long asks a function of Go's again and again whether it may go on.

// recursion is what is known of one function. Any goroutine.
type recursion struct {
	failed atomic.Bool
	kernel atomic.Pointer[recursiveKernel]
	missed atomic.Int32 // how often it was left without a result, or was not worth its entry
	mu     sync.Mutex
	tries  int
}

// A kernel that is left without a result so often is given up, and so is one that makes only few calls so often in a row.
const mostMissed, mostIdle, fewCalls = 16, 256, 3

// deepest is how deep a kernel calls where the engine has no limit.
const deepest = 1 << 14

// family is the plan of functions that call one another. The first is the one that is entered.
type family struct {
	found     lookups
	functions []*plan
	exits     []familyExit
	recursive bool // some function calls the first
}

// familyExit is why a kernel was left: an instruction whose result was no integer, if float is not negative.
type familyExit struct {
	p     *plan
	float int
}

type recursiveKernel struct {
	family    *family
	compiled  wazero.CompiledModule
	fuel      atomic.Int64
	idle      atomic.Int32
	instances pool[recursiveInstance]
}

type recursiveInstance struct {
	chunk
	call   api.Function
	stack  []uint64
	values []goja.Value
}

// chunk is the context of a call into WebAssembly, through which the function of Go's finds whom to ask.
type chunk struct {
	context.Context
	vm    *layout.VM
	k     *recursiveKernel
	start time.Time
}

// next gives the number of calls after which to ask again, 0 to stop.
func (c *chunk) next() int64 {
	fuel, now := c.k.fuel.Load(), time.Now()
	if took := now.Sub(c.start); took < shortest && fuel < 1<<27 {
		fuel *= 2
		c.k.fuel.Store(fuel)
	} else if took > longest && fuel > 1024 {
		fuel /= 2
		c.k.fuel.Store(fuel)
	}
	if c.start = now; atomic.LoadUint32(&c.vm.Interrupted) != 0 || guard.Asked(c.vm) { // nothing less: all work is lost
		return 0
	}
	return fuel
}

// hostModule has the function that kernels ask.
const hostModule = "g"

func makeHostModule(wasm wazero.Runtime) {
	ask := api.GoFunc(func(ctx context.Context, stack []uint64) { stack[0] = uint64(ctx.(*chunk).next()) })
	_, err := wasm.NewHostModuleBuilder(hostModule).NewFunctionBuilder().WithGoFunction(ask, nil, []api.ValueType{api.ValueTypeI32}).Export("").
		Instantiate(context.Background())
	if err != nil {
		panic(err)
	}
}

// enter computes a function, the frame of which is about to be made, from its arguments. It is false if nothing has been done.
func (r *recursion) enter(vm *layout.VM, fn *function, args []goja.Value) (v goja.Value, ok bool) {
	k := r.kernel.Load()
	if k == nil {
		if k = r.build(vm, fn, args, nil); k == nil {
			return nil, false
		}
	}
	p := k.family.functions[0]
	if len(args) < p.params {
		return nil, false
	}
	in := k.instance()
	if in == nil {
		r.failed.Store(true)
		return nil, false
	}
	defer k.release(in)
	if in.values, ok = p.lookInto(vm, in.values); !ok {
		r.miss()
		return nil, false
	}
	for i := range p.params {
		if in.stack[i], ok = p.vars[i].kind.bits(&args[i]); !ok {
			if kind, number := kindOfValue(&args[i]); number && kind == asFloat && p.vars[i].kind == asInt {
				p = p.copy()
				p.vars[i].kind = asFloat
				r.build(vm, fn, args, k.family.with(p))
			} else {
				r.miss()
			}
			return nil, false
		}
	}
	fuel := k.fuel.Load()
	in.stack[p.params] = uint64(max(0, min(vm.MaxCallStackSize-calmCalls-len(vm.CallStack), deepest)))
	in.stack[p.params+1] = uint64(fuel)
	in.vm, in.k, in.start = vm, k, time.Now()
	Entered.Add(1)
	if err := in.call.CallWithStack(&in.chunk, in.stack); err != nil {
		panic(err)
	}
	if e := int32(in.stack[1]); e != 0 {
		if x := k.family.exits[e-1]; x.float >= 0 {
			p := x.p.copy()
			p.floats[x.float] = true
			r.build(vm, fn, args, k.family.with(p))
		} else {
			r.miss()
		}
		return nil, false
	}
	if left := int64(int32(in.stack[2])); fuel-left < fewCalls && fuel >= left {
		if k.idle.Add(1) > mostIdle {
			r.failed.Store(true)
		}
	} else {
		k.idle.Store(0)
	}
	return p.result.value(in.stack[0]), true
}

func (r *recursion) miss() {
	if r.missed.Add(1) > mostMissed {
		r.failed.Store(true)
	}
}

// with is a family in which one function is replaced by another plan for it. Calls find it by what it is of.
func (g *family) with(p *plan) *family {
	h := &family{found: lookups{list: append([]found(nil), g.found.list...)}}
	for _, q := range g.functions {
		if q.ref == p.ref {
			q = p
		} else {
			q = q.copy()
		}
		q.family, q.found = h, &h.found
		h.functions = append(h.functions, q)
	}
	return h
}

// build makes the kernel, from the family that was not good enough or from the arguments.
func (r *recursion) build(vm *layout.VM, fn *function, args []goja.Value, g *family) *recursiveKernel {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.kernel.Load(); k != nil && g == nil {
		return k // another goroutine was here
	}
	if r.tries++; r.tries > 12 || Without.Kernels || Without.Regions || made.Load() > mostKernels || wasmEngine() == nil {
		r.failed.Store(true)
		return nil
	}
	if g == nil {
		g = &family{}
		kinds := make([]numberKind, len(args))
		for i := range args {
			var ok bool
			if kinds[i], ok = kindOfValue(&args[i]); !ok {
				return nil // perhaps later
			}
		}
		if g.plan(reference{kind: refFunction, prg: fn.prg}, *fn.code.Load(), kinds) == nil {
			r.failed.Store(true)
			return nil
		}
	}
	module := g.make(vm)
	if module == nil {
		r.failed.Store(true)
		return nil
	}
	k := &recursiveKernel{family: g, compiled: compile(module)}
	k.fuel.Store(firstFuel)
	r.kernel.Store(k)
	return k
}

func (k *recursiveKernel) instance() *recursiveInstance {
	if in := k.instances.take(); in != nil {
		return in
	}
	m, err := wasm.InstantiateModule(context.Background(), k.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil
	}
	return &recursiveInstance{call: m.ExportedFunction("k"), stack: make([]uint64, k.family.functions[0].params+3), chunk: chunk{Context: context.Background()}}
}

func (k *recursiveKernel) release(in *recursiveInstance) {
	in.vm = nil
	clear(in.values)
	k.instances.give(in)
}

// plan adds a function to the family, nil if it cannot be one.
func (g *family) plan(ref reference, code []op, args []numberKind) *plan {
	if code[0].kind != program.EnterFuncStashless || len(code) > 400 || len(g.functions) == 8 {
		return nil
	}
	e := (*enterFuncStashless)(code[0].operand)
	if len(args) < int(e.args) {
		return nil
	}
	p := newFunctionPlan(code, int(e.args), int(e.stackSize))
	if p == nil {
		return nil
	}
	for i := range p.params {
		p.vars[i].kind = args[i]
	}
	p.ref, p.family, p.found = ref, g, &g.found
	g.functions = append(g.functions, p)
	return p
}

// make gives the module, or nil.
func (g *family) make(vm *layout.VM) []byte {
	defer func() {
		for _, p := range g.functions {
			p.vm = nil
		}
	}()
	for range 200 {
		if m, ok := g.attempt(vm); !ok || m != nil {
			return m
		}
	}
	return nil
}

func (g *family) attempt(vm *layout.VM) (module []byte, ok bool) {
	defer func() {
		if !tried(recover(), &ok) {
			module = nil
		}
	}()
	g.exits, g.recursive = nil, false
	var types, functions, code []byte
	n := 0 // of types and functions so far
	add := func(params, results, body []byte) {
		types = append(binary.AppendUvarint(append(types, 0x60), uint64(len(params))), params...)
		types = append(append(types, byte(len(results))), results...)
		n++
		functions = append(functions, byte(n+1))
		code = append(binary.AppendUvarint(code, uint64(len(body))), body...)
	}
	for i := 0; i < len(g.functions); i++ {
		p := g.functions[i]
		p.vm = vm
		w := newWriter(p)
		body := w.function()
		add(p.parameters(), []byte{p.result.wasm()}, body)
	}
	if !g.recursive {
		return nil, false
	}
	// The way in: it sets what all of them share, and gives the result's bits, how it was left, and what fuel there is still.
	first := g.functions[0]
	w := &writer{}
	w.get(first.params + 1)
	w.arg(wGlobalSet, globalFuel)
	w.i32(0)
	w.arg(wGlobalSet, globalExit)
	for i := range first.params + 1 {
		w.get(i)
	}
	w.arg(wCall, 1)
	if first.result == asFloat {
		w.op(wI64FromBits)
	}
	w.arg(wGlobalGet, globalExit)
	w.arg(wGlobalGet, globalFuel)
	w.op(wEnd)
	add(append(first.parameters(), 0x7f), []byte{0x7e, 0x7f, 0x7f}, append([]byte{0}, w.body...))

	m := []byte{0, 'a', 's', 'm', 1, 0, 0, 0}
	section := func(id byte, b ...byte) {
		m = binary.AppendUvarint(append(m, id), uint64(len(b)))
		m = append(m, b...)
	}
	// Type 0 is of the function that is asked, type 1 is not used.
	section(1, append([]byte{byte(n + 2), 0x60, 0, 1, 0x7f, 0x60, 0, 0}, types...)...)
	section(2, append(append([]byte{1, byte(len(hostModule))}, hostModule...), 0, 0, 0)...)
	section(3, append([]byte{byte(n)}, functions...)...)
	section(6, 2, 0x7f, 1, wI32Const, 0, wEnd, 0x7f, 1, wI32Const, 0, wEnd)
	section(7, 1, 1, 'k', 0, byte(n))
	section(10, append([]byte{byte(n)}, code...)...)
	return m, true
}

// The global variables of a kernel.
const (
	globalFuel = iota
	globalExit // 0, or one more than the number of an exit
)

// parameters are the types of a function's arguments, and of how deep it may call.
func (p *plan) parameters() (types []byte) {
	for i := range p.params {
		types = append(types, p.vars[i].kind.wasm())
	}
	return append(types, 0x7f)
}

// newFunctionPlan looks at a function. Its variables are the arguments, then how deep it may call, then what its code names.
func newFunctionPlan(code []op, params, stackSize int) *plan {
	p := &plan{code: code, end: len(code) - 1, base: stackSize, base1: stackSize, params: params, index: map[place]int{}, floats: map[int]bool{},
		mergeFloat: map[[2]int]bool{}, loops: map[int]int{}, targets: map[int]int{}, read: map[int]asRead{}}
	for i := range params {
		w := place{program.LoadStackLex, i + 1}
		p.index[w] = i
		p.vars = append(p.vars, variable{place: w})
	}
	p.vars = append(p.vars, variable{kind: asTest})
	for pc := range code {
		o := &code[pc]
		switch {
		case loads(o.kind), stores(o.kind):
			w, ok := placeOf(o)
			if !ok || w.kind != program.LoadStack {
				break
			}
			if _, ok := p.index[w]; !ok {
				p.index[w] = len(p.vars)
				p.vars = append(p.vars, variable{place: w, inner: true})
			}
		case isJump(o.kind):
			t := pc + int(o.n)
			if o.n < 0 {
				if t == 0 {
					return nil
				}
				p.loops[t] = max(p.loops[t], pc)
			} else {
				p.targets[t] = 0
			}
		}
	}
	if len(p.vars) > 60 || !p.nest() {
		return nil
	}
	p.counters()
	for i := range params {
		p.vars[i].counter = false
	}
	return p
}

// function writes a function of a family.
func (w *writer) function() []byte {
	w.get(w.params)
	w.op(wI32Eqz)
	w.exitIf(0, -1)
	w.ask()
	w.heads[0], w.unsetAt[0] = w.items, w.unset
	w.blocks(0)
	w.stretch(0, w.end, false)
	w.op(wUnreachable, wEnd)
	var body []byte
	body = binary.AppendUvarint(body, uint64(len(w.vars)-w.params+len(w.types)))
	for i := w.params + 1; i < len(w.vars); i++ {
		body = append(body, 1, w.vars[i].kind.wasm())
	}
	body = append(body, 1, 0x7f)
	for _, t := range w.types {
		body = append(body, 1, t)
	}
	return append(body, w.body...)
}

// ask counts a call or a turn, and asks whether to go on.
func (w *writer) ask() {
	w.arg(wGlobalGet, globalFuel)
	w.i32(1)
	w.op(wI32Sub)
	w.arg(wTee, w.fuel)
	w.arg(wGlobalSet, globalFuel)
	w.get(w.fuel)
	w.op(wI32Eqz, wIf, wVoid)
	w.arg(wCall, 0)
	w.arg(wTee, w.fuel)
	w.arg(wGlobalSet, globalFuel)
	w.get(w.fuel)
	w.op(wI32Eqz)
	w.exitIf(0, -1)
	w.op(wEnd)
}

// abandon leaves all functions of a family.
func (w *writer) abandon(float int) {
	g := w.family
	g.exits = append(g.exits, familyExit{w.plan, float})
	w.i32(int32(len(g.exits)))
	w.arg(wGlobalSet, globalExit)
	w.nothing()
}

// nothing returns a result that nobody looks at.
func (w *writer) nothing() {
	if w.plan.result == asFloat {
		w.f64(0)
	} else {
		w.i64(0)
	}
	w.op(wReturn)
}

// orAbandon writes a piece of a function: one that cannot be written leaves.
func (w *writer) orAbandon(write func()) {
	body, labels, unset := len(w.body), len(w.labels), append([]bool(nil), w.unset...)
	defer func() {
		switch x := recover(); x.(type) {
		case nil:
		case impossible:
			w.body, w.labels, w.unset, w.raw = w.body[:body], w.labels[:labels], unset, false
			w.abandon(-1)
			w.dead = true
		default:
			panic(x)
		}
	}()
	write()
}

// scoped pushes a captured variable, which must be what it was whenever the kernel is entered.
func (w *writer) scoped(n int) {
	w.pushNumber(found{scope: place{program.LoadStash, n + w.ref.depth<<24}})
}

// callFamily calls a function of the family.
func (w *writer) callFamily(ref reference, code []op, args []item) {
	var p *plan
	at := -1
	for i, q := range w.family.functions {
		if q.ref == ref {
			at, p = i, q
		}
	}
	if p == nil {
		kinds := make([]numberKind, len(args))
		for i := range args {
			if kinds[i] = args[i].kind.kept(); kinds[i] > asBool {
				w.no()
			}
		}
		if at, p = len(w.family.functions), w.family.plan(ref, code, kinds); p == nil {
			w.no()
		}
	}
	if len(args) < p.params {
		w.no()
	}
	for i := range p.params {
		v := &p.vars[i]
		w.as(v.kind, args[i], func() { w.widen(v) })
	}
	w.get(w.params)
	w.i32(1)
	w.op(wI32Sub)
	w.arg(wCall, at+1)
	w.result(p.result)
	w.arg(wGlobalGet, globalExit)
	w.op(wIf, wVoid)
	w.nothing()
	w.op(wEnd)
	w.family.recursive = w.family.recursive || at == 0
}

// returnFrom ends a function of a family.
func (w *writer) returnFrom(it item) {
	p := w.plan
	kind := it.kind.kept()
	switch {
	case kind > asBool:
		w.no()
	case !p.returns:
		if p.returns = true; p.result != kind {
			p.result = kind
			panic(again{})
		}
	case p.result == asInt && kind == asFloat:
		p.result = asFloat
		panic(again{})
	}
	w.as(p.result, it, w.no) // a float has been seen to above
	w.op(wReturn)
	w.dead = true
}
