package fast

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
	"gonode/internal/engine/shapes"
)

// op is one decoded instruction. Where kind is program.None only the instruction itself can do it.
type op struct {
	kind, do program.Op     // what it is, and what run does for it, maybe with the next ones (fuse.go)
	length   bool           // of GetProp: the name is length
	checked  bool           // of a store: the variable must have a value
	n        int32          // the operand, if it is a number
	skip     int32          // of an exchange or a pattern: how many instructions it is
	from     uint8          // what the variable or constant lies behind
	offset   int32          // and how far
	slot     uint32         // where a property's name was found last: atomic
	in       program.Instr  // what stands in the program, below this package's own instructions
	operand  unsafe.Pointer // the engine's
	place    unsafe.Pointer // *location: where a property's name is, in objects of the shape met last; of a call *function, the last one; of an exchange *exchanged: atomic
	paths    unsafe.Pointer // *paths: how it was found in what objects inherit from: atomic
	loop     *loopState     // of a jump backwards
}

// value is the operand of an instruction that has a value.
func (o *op) value() goja.Value { return *(*goja.Value)(o.in.Data) }

// facts are the types of the engine's values, for quick comparison. They are set before any code is decoded.
var (
	factsOnce                                                                         sync.Once
	facts                                                                             *layout.Facts
	intTab, floatTab, boolTab, asciiTab, unicodeTab, objectTab, nullTab, undefinedTab unsafe.Pointer
	propertyTab, baseTab, arrayTab, nativeTab                                         unsafe.Pointer
	stringPrototype                                                                   uintptr // field of goja.Runtime
	undefined, null, yes, no                                                          goja.Value
	slotted, shaped                                                                   bool // maps are as package shapes expects them; it makes objects
	small                                                                             [smallMax - smallMin + 1]int64
)

// The integers from smallMin to smallMax are not allocated.
const smallMin, smallMax = -128, 1023

func learnFacts(vm *layout.VM) {
	factsOnce.Do(func() {
		f := layout.Found()
		facts = f
		intTab, floatTab, boolTab, asciiTab, unicodeTab, objectTab = f.Int, f.Float, f.Bool, f.ASCII, f.Unicode, f.Object
		nullTab, undefinedTab, propertyTab, baseTab, arrayTab, nativeTab = f.Null, f.Undefined, f.Property, f.Base, f.Array, f.NativeFunc
		undefined, null, yes, no = goja.Undefined(), goja.Null(), vm.Runtime.ToValue(true), vm.Runtime.ToValue(false)
		for i := range small {
			small[i] = int64(i) + smallMin
		}
		stringPrototype = f.StringPrototype
		makeCharacters()
		shapes.Off = shapes.Off || Without.Slots
		slotted, shaped = !Without.Slots && shapes.Slotted(), shapes.Empty() != nil
		for i, name := range typeNames {
			typeValues[i] = asciiValue(name)
		}
		findSmallTable(vm.Runtime)
	})
}

// decoding is held by the one who decodes: runtimes share compiled programs.
var decoding sync.Mutex

func (f *function) decode(vm *layout.VM) {
	decoding.Lock()
	defer decoding.Unlock()
	if f.code.Load() != nil {
		return
	}
	learnFacts(vm)
	code := (*layout.Program)(unsafe.Pointer(f.prg)).Code
	ops := make([]op, len(code), len(code)+1)
	for i, w := range code {
		in := program.Instr(w)
		if h, ok := heads.Is(in); ok {
			in = h.Instr
		} else if e, ok := edges.Is(in); ok {
			in = e.Instr
		}
		ops[i].in = in
		// What others have put before arithmetic is about operands that are no numbers, what stands before a store to an element about numbers
		// that setElement knows, what stands before a function's entry about its depth, at which run looks itself, and what stands before the end
		// of a try block and where iterators are made is done here as well.
		if kind, n, plain := program.Plain(in); plain || arithmetic(kind) || storesElement(kind) || kind == program.EnterFuncStashless || kind == program.EnterFunc || kind == program.EnterFunc1 ||
			kind == program.EnterFinally || kind == program.Iterate || kind == program.IterateP {
			ops[i].kind, ops[i].n = kind, int32(n)
		}
		if _, operand, ok := program.Engine(f.prg, i); ok {
			ops[i].operand = operand
		}
		if ops[i].kind == program.GetProp {
			ops[i].length = *(*unistring.String)(in.Data) == "length"
		}
	}
	findLiterals(ops)
	findLoops(ops)
	f.leaf.Store(leaf(ops))
	if !f.leaf.Load() {
		f.findCalls(ops)
	}
	f.fuse(ops[:len(ops)+1])
	f.code.Store(&ops)
}

// leaf tells whether nothing in a function's code can catch an exception, or enter another function without the engine's border around it.
func leaf(ops []op) bool {
	for i := range ops {
		kind := ops[i].kind
		if kind == program.None {
			kind, _, _ = program.Plain(ops[i].in)
		}
		switch kind {
		case program.None, program.Call, program.CallVariadic, program.CallEval, program.CallEvalStrict, program.CallEvalVariadic,
			program.CallEvalVariadicStrict, program.Try, program.New, program.SuperCall, program.NewVariadic, program.SuperCallVariadic, program.YieldMarker, program.EnterFinally, program.LeaveFinally:
			return false
		}
	}
	return true
}

// findCalls gives a function that calls others what is known of it as a kernel.
func (f *function) findCalls(ops []op) {
	if ops[0].kind != program.EnterFuncStashless || (*enterFuncStashless)(ops[0].operand).args == 0 {
		return
	}
	for i := range ops {
		if ops[i].kind == program.Call {
			f.recursion.CompareAndSwap(nil, &recursion{})
			return
		}
	}
}

// findLiterals tells instructions that make objects how many properties these get at once. It may be wrong.
func findLiterals(ops []op) {
	literal := int32(0)
	for pc := len(ops) - 1; pc >= 0; pc-- {
		switch o := &ops[pc]; o.kind {
		case program.PutProp:
			literal = min(literal+1, shapes.Most)
		case program.CopySpread:
			literal = min(literal+3, shapes.Most)
		case program.NewObject:
			o.n, literal = literal, 0
			if !shaped {
				o.kind = program.None
			}
		case program.NewArray:
			if !shaped {
				o.kind = program.None
			}
		}
	}
}

// findLoops gives the jumps backwards to one place their loop.
func findLoops(ops []op) {
	loops := map[int]*loopState{}
	for pc := range ops {
		o := &ops[pc]
		if !isJump(o.kind) || o.n >= 0 {
			continue
		}
		head := pc + int(o.n)
		if loops[head] == nil {
			loops[head] = &loopState{head: head}
		}
		o.loop = loops[head]
		o.loop.end = pc
	}
	for _, l := range loops {
		for _, o := range loops {
			if o.head < l.head && l.end < o.end {
				l.outer = append(l.outer, o)
			}
		}
	}
}

func storesElement(k program.Op) bool {
	switch k {
	case program.SetElem, program.SetElemP, program.SetElemStrict, program.SetElemStrictP:
		return true
	}
	return false
}

func arithmetic(k program.Op) bool {
	switch k {
	case program.Add, program.ConcatStrings, program.Sub, program.Mul, program.Div, program.Mod, program.And, program.Or, program.Xor, program.Sal, program.Sar,
		program.Shr, program.Bnot, program.Inc, program.Dec, program.Neg:
		return true
	}
	return false
}
