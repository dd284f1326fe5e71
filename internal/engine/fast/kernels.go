package fast

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// A loop is tried as a kernel when one of so many jumps backwards is its own, and entered at one of so many when it is one.
// They are powers of two; tests make them smaller.
var tryEvery, enterEvery = 8192, 32

// The time that a kernel should take for one chunk.
const shortest, longest = 200 * time.Microsecond, 600 * time.Microsecond

// worthwhile is what a kernel has to take for being entered at once: many times what it costs to enter it.
const worthwhile = 3 * time.Microsecond

// loopState is what is known of one loop. Any goroutine.
type loopState struct {
	head, end int
	outer     []*loopState // the loops around it
	urgent    atomic.Bool  // an inner loop is hot, or the kernel took long the last time: this one is to be tried, or entered, at its next jump backwards
	failed    atomic.Bool  // it cannot be a kernel
	kernel    atomic.Pointer[kernel]
	left      atomic.Int32 // how often in a row a kernel with objects was left because something was not as expected
	mu        sync.Mutex
	tries     int
	pure      bool // a function that is called must do nothing that others can see
}

// kernel is the compiled code of a loop.
type kernel struct {
	plan      *plan
	compiled  wazero.CompiledModule
	fuel      atomic.Int64
	instances pool[instance]
}

// pool keeps a kernel's instances that no goroutine uses.
type pool[T any] struct {
	mu   sync.Mutex
	free []*T
}

// take gives an instance, nil if a new one is to be made.
func (p *pool[T]) take() *T {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free) - 1
	if n < 0 {
		return nil
	}
	in := p.free[n]
	p.free = p.free[:n]
	return in
}

func (p *pool[T]) give(in *T) {
	p.mu.Lock()
	p.free = append(p.free, in)
	p.mu.Unlock()
}

// firstFuel is what a kernel is given before it is known how fast it is.
const firstFuel = 1 << 14

// compile makes machine code of what a writer has written.
func compile(module []byte) wazero.CompiledModule {
	compiled, err := wasm.CompileModule(context.Background(), module)
	if err != nil {
		panic(err)
	}
	made.Add(1)
	Made.Add(1)
	return compiled
}

// instance is a kernel's code for one goroutine at a time.
type instance struct {
	call  api.Function
	stack []uint64
	at    []*goja.Value // where the variables are
	refs  []uint64      // where the memory is of those that have some, and how much
	boxes boxes
}

// The WebAssembly engine of the process is made for the first kernel.
var (
	wasmOnce sync.Once
	wasm     wazero.Runtime
	made     atomic.Int64
)

// Counters of what was done, for tests: kernels made and entered.
var Made, Entered atomic.Int64

// A process makes no more kernels than this: their code is never given back.
const mostKernels = 2000

func wasmEngine() wazero.Runtime {
	wasmOnce.Do(func() {
		if runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" {
			defer func() { recover() }() // a processor that the compiler does not know
			findWindow()
			engine := wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigCompiler())
			makeHostModule(engine)
			wasm = engine
		}
	})
	return wasm
}

// enter runs a loop as a kernel from its head on, where the interpreter stands. It is false if nothing has been done.
func (l *loopState) enter(vm *layout.VM, code []op, own *ownNumbers) bool {
	k := l.kernel.Load()
	if k == nil {
		if l.failed.Load() {
			return false
		}
		for _, o := range l.outer {
			o.urgent.Store(!o.failed.Load())
		}
		if k = l.build(vm, code, nil, -1); k == nil {
			l.urgent.Store(false)
			return false
		}
	}
	p := k.plan
	if p.pointers && writeBarrier.enabled {
		return false
	}
	if vm.SP-vm.SB-vm.Args-1 != p.base && p.usesBase || vm.SP-vm.SB-1 != p.base1 && p.usesBase1 {
		return false
	}
	in := k.instance()
	if in == nil {
		l.failed.Store(true)
		return false
	}
	defer k.release(in)
	known, ok := p.look(vm)
	if !ok {
		return false
	}
	n, params := len(p.vars), len(p.vars)+1
	for i := range p.vars {
		v := &p.vars[i]
		if v.inner {
			in.stack[i] = 0
			continue
		}
		at := p.find(vm, i)
		if at == nil {
			return false
		}
		in.at[i] = at
		if v.kind == asRef {
			address, length, ok := v.ref.is(at)
			if !ok {
				return false
			}
			in.stack[i] = 0
			if v.ref.memory() {
				in.stack[params], in.stack[params+1] = address, length
				params += 2
			}
			continue
		}
		bits, ok := v.kind.bits(at)
		if v.kind == asObject && !(ok && shapeOf(at) == v.shape) {
			return false
		}
		if !ok {
			if v.kind == asInt {
				if is, number := kindOfValue(at); number && is == asFloat {
					l.build(vm, code, p, -1)
				}
			}
			return false
		}
		if v.kind == asInt {
			n := int64(bits)
			if v.counter && (n > mostCounted || n < -mostCounted) {
				return false
			}
			if v.narrow() && beyond32(n) {
				l.build(vm, code, p, -1)
				return false
			}
		}
		in.stack[i] = bits
	}
	if p.aliases(in.at) {
		return false
	}
	if p.vars[0].place.kind == program.IterNext {
		if in.stack[0], ok = offset(unsafe.Pointer(currentIterator(vm)), int(unsafe.Sizeof(layout.ArrayIterObject{}))); !ok {
			return false
		}
	}
	if p.boxes && !p.grows(in.at, in.stack) {
		return false
	}
	if p.writes {
		in.stack[params], in.stack[params+1] = own.place()
		params += 2
	}
	if p.boxes {
		if in.stack[params], in.stack[params+1], ok = in.boxes.room(); !ok {
			return false
		}
		params += 2
	}
	params = copy(in.refs, in.stack[n+1:params])
	Entered.Add(1)
	var e *exit
	began := time.Now()
	for {
		fuel := k.fuel.Load()
		in.stack[n] = uint64(uint32(fuel))
		copy(in.stack[n+1:], in.refs[:params])
		start := time.Now()
		if !p.pointers {
			in.run()
		} else if !unmarked(in.run) {
			return false
		}
		e = &p.exits[uint32(in.stack[n+p.temps])] // of 32 bits: the others are what lay there before
		if !e.fuel {
			break
		}
		if took := time.Since(start); took < shortest && fuel < 1<<27 {
			k.fuel.Store(2 * fuel)
		} else if took > longest && fuel > 1024 {
			k.fuel.Store(fuel / 2)
		}
		if e.pc != p.head || p.boxes || p.tooFar(in.stack) || atomic.LoadUint32(&vm.Interrupted) != 0 || guard.Stopping() {
			break
		}
	}
	if p.objects {
		l.count(e)
	}
	// One that takes a while is entered at its first jump the next time.
	if long := time.Since(began) > worthwhile; long != l.urgent.Load() {
		l.urgent.Store(long)
	}
	for i := range p.vars {
		if v := &p.vars[i]; v.written && !v.inner {
			*in.at[i] = v.kind.value(in.stack[i])
		}
	}
	temp := n
	if end := vm.SP + len(e.items); end >= len(vm.Stack) {
		grow(vm, end)
	}
	for _, it := range e.items {
		at := &vm.Stack[vm.SP]
		vm.SP++
		switch {
		case it.slot < 0 && it.kind == asRef:
			*at = *in.at[it.ref]
		case it.slot < 0 && it.kind == asFound:
			*at = known[it.ref]
		case it.slot < 0:
			*at = it.kind.value(in.stack[temp])
			temp++
		case it.unset:
			*at = nil
		default:
			*at = p.vars[it.slot].kind.value(in.stack[it.slot])
		}
	}
	vm.PC = e.pc
	if e.float >= 0 {
		l.build(vm, code, p, e.float)
	}
	return true
}

func (in *instance) run() {
	if err := in.call.CallWithStack(context.Background(), in.stack); err != nil {
		panic(err)
	}
}

// tooFar tells whether a counter must be checked from now on.
func (p *plan) tooFar(stack []uint64) bool {
	for i := range p.vars {
		if v := &p.vars[i]; v.counter && v.kind == asInt && !v.inner {
			if n := int64(stack[i]); n > mostCounted || n < -mostCounted {
				return true
			}
		}
	}
	return false
}

// build makes a loop's kernel from the values that its variables have now. before is the plan that was not good enough, float the
// instruction of which it expected an integer.
func (l *loopState) build(vm *layout.VM, code []op, before *plan, float int) *kernel {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.kernel.Load(); k != nil && k.plan != before {
		return k // another goroutine was here
	}
	if l.tries++; l.tries > 12 || Without.Kernels || made.Load() > mostKernels || wasmEngine() == nil {
		l.failed.Store(true)
		l.kernel.Store(nil)
		return nil
	}
	var p *plan
	if before != nil && float >= 0 {
		// The interpreter stands somewhere in the loop: all that is known stays.
		p = before.copy()
		p.floats[float] = true
	} else {
		p = newPlan(code, l.head, l.end, vm.SP-vm.SB-vm.Args-1, vm.SP-vm.SB-1)
		if p == nil {
			l.failed.Store(true)
			return nil
		}
		p.pure = l.pure
		for i := range p.vars {
			v := &p.vars[i]
			if v.inner {
				continue
			}
			at := p.find(vm, i)
			if at == nil {
				l.failed.Store(true)
				return nil
			}
			kind, ok := kindOfValue(at)
			if !ok {
				if v.ref, ok = referenceOf(at); !ok {
					return nil // perhaps later
				}
				kind = asRef
			}
			v.kind = kind
			if kind == asInt {
				v.wide = beyond32(intOf(wordsOf(at)))
			}
			if before != nil && kind == asInt {
				was := &before.vars[i]
				if v.wide = v.wide || was.wide; was.kind == asFloat {
					v.kind = asFloat
				}
			}
		}
		if before != nil {
			p.floats = before.floats
		}
	}
	module := p.make(vm)
	if module == nil {
		l.failed.Store(true)
		l.kernel.Store(nil)
		return nil
	}
	k := &kernel{plan: p, compiled: compile(module)}
	k.fuel.Store(firstFuel)
	l.kernel.Store(k)
	return k
}

func (k *kernel) instance() *instance {
	if in := k.instances.take(); in != nil {
		return in
	}
	m, err := wasm.InstantiateModule(experimental.WithMemoryAllocator(context.Background(), heapWindow{}), k.compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil
	}
	n := len(k.plan.vars)
	return &instance{call: m.ExportedFunction("k"), stack: make([]uint64, n+max(k.plan.temps, 2*n+4)+2), at: make([]*goja.Value, n), refs: make([]uint64, 2*n+4)}
}

func (k *kernel) release(in *instance) {
	clear(in.at)
	k.instances.give(in)
}
