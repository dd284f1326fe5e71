package fast

import (
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// grow makes room for one more value on the stack.
func grow(vm *layout.VM, sp int) []goja.Value {
	s := append(vm.Stack[:min(sp, len(vm.Stack))], make([]goja.Value, sp+1-min(sp, len(vm.Stack)))...)
	vm.Stack = s[:cap(s)]
	clear(vm.Stack[sp:])
	return vm.Stack
}

// calm is how far the engine's limit of calls and the entered try blocks must be away for a call to need no look at the depth.
const calmCalls, calmTries = 1100, 100

// machine is what run knows beside the instruction that is next and the first free place of the stack. These two are its only variables
// that change from one instruction to the next: with more of them Go spends most of an instruction on moving them to and from its own stack.
type machine struct {
	vm       *layout.VM
	fn, home *function // home is that run began with: a script's code, which functionOf does not know
	code     []op
	stack    unsafe.Pointer // the stack's first place
	last     uintptr        // the stack's last place, which is never in use
	operands [4]unsafe.Pointer
	sb, args int
	left     int // jumps backwards that remain
	calls    int

	callers [depths]*function // the functions that the last frames belong to, by the number of frames

	// The numbers on the stack, from index base on, the place of which is at origin; below clean no value is one of them.
	nums        *numbers
	origin      uintptr
	base, clean int

	calleeTab unsafe.Pointer // the type of the last function that was called, and whether it is an arrow function
	arrow     bool
}

// What an instruction's operand lies behind: machine.operands holds where that is.
const (
	noOperand   = iota
	ofLocals    // the frame's variables
	ofArguments // its arguments; this is the one before the first
	ofConstants // the code's
)

// operand is what a load would put on the stack.
func (m *machine) operand(o *op) *layout.Words {
	return (*layout.Words)(unsafe.Add(m.operands[o.from&3], int(o.offset)))
}

const wordsSize, opSize = int(unsafe.Sizeof(layout.Words{})), int(unsafe.Sizeof(op{}))

// below and above are other places of the stack.
func below(at *layout.Words, n int) *layout.Words {
	return (*layout.Words)(unsafe.Add(unsafe.Pointer(at), -n*wordsSize))
}

func above(at *layout.Words, n int) *layout.Words {
	return (*layout.Words)(unsafe.Add(unsafe.Pointer(at), n*wordsSize))
}

// top is where the value on top of the stack lies: the first place where there is none, as no pointer may leave the stack's memory.
func (m *machine) top(sp *layout.Words) *layout.Words {
	if unsafe.Pointer(sp) == m.stack {
		return sp
	}
	return below(sp, 1)
}

// after is an instruction further on.
func after(o *op, n int) *op { return (*op)(unsafe.Add(unsafe.Pointer(o), n*opSize)) }

func set(at *layout.Words, v goja.Value) { *(*goja.Value)(unsafe.Pointer(at)) = v }

func valueAt(at *layout.Words) goja.Value { return *(*goja.Value)(unsafe.Pointer(at)) }

// valuesAt are n values below a place of the stack.
func valuesAt(sp *layout.Words, n int) []goja.Value {
	return unsafe.Slice((*goja.Value)(unsafe.Pointer(below(sp, n))), n)
}

func (m *machine) place(i int) *layout.Words {
	return (*layout.Words)(unsafe.Add(m.stack, i*wordsSize))
}

func (m *machine) index(at *layout.Words) int {
	return int(uintptr(unsafe.Pointer(at))-uintptr(m.stack)) / wordsSize
}

func (m *machine) pc(o *op) int {
	return int(uintptr(unsafe.Pointer(o))-uintptr(unsafe.Pointer(unsafe.SliceData(m.code)))) / opSize
}

// leave puts the interpreter where the machine is, for others to see.
func (m *machine) leave(o *op, sp *layout.Words) {
	at := m.index(sp)
	m.nums.leave(m.vm.Stack, m.clean, at)
	m.clean = at
	m.vm.PC, m.vm.SP = m.pc(o), at
}

// arrive begins at the interpreter's stack and frame, above which no value is a number of ours. It gives the first free place.
func (m *machine) arrive() *layout.Words {
	vm := m.vm
	sp := vm.SP
	if sp+1 >= len(vm.Stack) {
		grow(vm, sp+1)
	}
	m.sb, m.args, m.clean = vm.SB, vm.Args, sp
	if uint(sp-m.base) > windowAbove || m.base > 0 && sp-m.base < windowBelow/2 {
		m.base = max(0, sp-windowBelow)
	}
	m.settle()
	return m.place(sp)
}

// settle follows the stack to where it lies.
func (m *machine) settle() {
	s := m.vm.Stack
	m.stack = unsafe.Pointer(unsafe.SliceData(s))
	m.last = uintptr(m.stack) + uintptr((len(s)-1)*wordsSize)
	m.origin = uintptr(m.stack) + uintptr(m.base*wordsSize)
	m.frame()
}

// frame follows the frame.
func (m *machine) frame() {
	m.operands[ofLocals] = unsafe.Add(m.stack, (m.sb+m.args+1)*wordsSize)
	m.operands[ofArguments] = unsafe.Add(m.stack, (m.sb+1)*wordsSize)
}

// room makes sure that n values and one more fit above a place, which may be elsewhere then.
func (m *machine) room(sp *layout.Words, n int) *layout.Words {
	if uintptr(unsafe.Pointer(sp))+uintptr(n*wordsSize) < m.last {
		return sp
	}
	at := m.index(sp)
	grow(m.vm, at+n+1)
	m.settle()
	return m.place(at)
}

// enter goes on in a function's code.
func (m *machine) enter(fn *function) *op {
	m.fn = fn
	m.code = *fn.code.Load()
	m.operands[ofConstants] = fn.constants
	return &m.code[0]
}

// resume goes on where the interpreter is, in whatever function that may be. It is nil if that is not decoded.
func (m *machine) resume(pc int) *op {
	vm := m.vm
	if vm.Prg != m.fn.prg {
		fn := m.callers[len(vm.CallStack)%depths]
		if fn == nil || fn.prg != vm.Prg || fn.builtin {
			if fn = m.home; fn.prg != vm.Prg || fn.builtin {
				if fn = functionOf(vm.Prg); fn == nil {
					return nil
				}
			}
		}
		m.enter(fn)
	}
	if uint(pc) >= uint(len(m.code)) {
		return nil
	}
	return &m.code[pc]
}

// stopped tells whether the engine has to look what it shall do.
func (m *machine) stopped() bool {
	return atomic.LoadUint32(&m.vm.Interrupted) != 0 || guard.Stopping()
}

func runtimeOf(vm *layout.VM) unsafe.Pointer { return unsafe.Pointer(vm.Runtime) }

// depths is how many of them are remembered: a power of two.
const depths = 8

// push saves the frame, with the instruction at which it goes on later.
func (m *machine) push(pc int) {
	vm := m.vm
	m.callers[len(vm.CallStack)%depths] = m.fn
	vm.CallStack = append(vm.CallStack, layout.Context{Prg: m.fn.prg, Stash: vm.Stash, PrivEnv: vm.PrivEnv, NewTarget: vm.NewTarget,
		Result: vm.Result, PC: pc, SB: m.sb, Args: m.args})
}

// deep tells whether the engine has to look how deep calls are, or what else it shall do.
func (m *machine) deep() bool {
	return len(m.vm.CallStack) > m.vm.MaxCallStackSize-calmCalls || atomic.LoadUint32(&m.vm.Interrupted) != 0 || guard.Stopping()
}

// crowded tells whether the engine has to look how deep calls or try blocks are.
func (m *machine) crowded() bool {
	return len(m.vm.CallStack) > m.vm.MaxCallStackSize-calmCalls || len(m.vm.TryStack) > calmTries
}

// setElement stores the value on top of the stack, below which are an object and a key.
func (m *machine) setElement(sp *layout.Words) bool {
	object, v := below(sp, 3), valueAt(below(sp, 1))
	if object.Tab != objectTab {
		return false
	}
	if tab := layout.SelfOf((*goja.Object)(object.Data)).Tab; tab == arrayTab || tab == baseTab { // a typed array keeps no value
		v = m.nums.boxed(v)
	}
	return setIndexed(object, below(sp, 2), v)
}

// setInt puts an integer on the stack.
func (m *machine) setInt(at *layout.Words, i int64) {
	if !m.setBits(at, intTab, uint64(i)) {
		set(at, intValue(i))
	}
}

// setFloat puts a number that is no integer on the stack.
func (m *machine) setFloat(at *layout.Words, f float64) {
	if !m.setBits(at, floatTab, math.Float64bits(f)) {
		set(at, floatValue(f))
	}
}

// setBits puts a number on the stack, if it is to be held in nums there.
func (m *machine) setBits(at *layout.Words, tab unsafe.Pointer, bits uint64) bool {
	d := uintptr(unsafe.Pointer(at)) - m.origin
	if d >= window*uintptr(wordsSize) {
		return false
	}
	p := (*uint64)(unsafe.Add(unsafe.Pointer(&m.nums.places), d/2))
	if *p = bits; at.Data != unsafe.Pointer(p) || at.Tab != tab {
		*at = layout.Words{Tab: tab, Data: unsafe.Pointer(p)}
		m.clean = min(m.clean, m.base+int(d)/wordsSize)
	}
	return true
}

// target is where the result at w goes, with the next instruction: to a variable at once, if that instruction puts it there.
func (m *machine) target(next *op, w, sp *layout.Words) (*op, *layout.Words, *layout.Words) {
	if next.do == storeP && w == below(sp, 1) {
		if to := m.operand(next); !next.checked || to.Tab != nil {
			return after(next, 1), to, w
		}
	}
	return next, w, sp
}

// setNumber puts any number on the stack.
func (m *machine) setNumber(at *layout.Words, f float64) {
	if i := int64(f); float64(i) == f && inRange(i) && (i != 0 || !math.Signbit(f)) {
		m.setInt(at, i)
		return
	}
	m.setFloat(at, f)
}

// copyNumber copies a number of ours from one place to another.
func (m *machine) copyNumber(to, from *layout.Words) {
	if from.Tab == intTab {
		m.setInt(to, intOf(from))
	} else {
		m.setFloat(to, floatOf(from))
	}
}

// kernel does a jump backwards, after which the loop may go on in its kernel. It gives the next instruction, or nil and where the engine goes on.
func (m *machine) kernel(jump *op, sp *layout.Words) (*op, *layout.Words, int) {
	o, l := after(jump, int(jump.n)), jump.loop
	if guard.Stopping() {
		return nil, sp, m.pc(o)
	}
	if l.failed.Load() || m.left&(tryEvery-1) != 0 && l.kernel.Load() == nil && !l.urgent.Load() {
		return o, sp, 0
	}
	m.vm.PC, m.vm.SP = m.pc(o), m.index(sp)
	l.enter(m.vm, m.code, &m.nums.own)
	m.settle()
	if sp = m.place(m.vm.SP); m.stopped() {
		return nil, sp, m.vm.PC
	}
	return after(&m.code[0], m.vm.PC), sp, 0
}

// appendTo has the engine convert what is appended to a long string, which may run anything. It is false if the string is not long.
func (m *machine) appendTo(text *layout.Words, o *op, sp *layout.Words) bool {
	if !growing(text) {
		return false
	}
	m.leave(o, sp) // the engine's own instruction would copy all of the string
	appendConverted(m.vm, o.in, m.vm.PC, m.vm.SP)
	return true
}

// slowly is told what the engine has to do, in tests.
var slowly func(program.Op)

// turns is after how many jumps backwards run returns to the engine, which looks whether a profiler wants to watch.
const turns = 1 << 20

// run goes on at the interpreter's state, in a function that has been decoded, until it comes to what is not decoded, the engine is
// interrupted or the outermost frame returns. What the interpreter has of the position is right whenever anything else can look: before an
// instruction of the engine's (slow), and at the end (out). Instructions that are fused (fuse.go) are done one by one where they cannot
// be done together (apart).
func run(vm *layout.VM, fn *function) {
	nums := takeNumbers()
	runWith(vm, fn, nums)
	nums.giveBack()
}
