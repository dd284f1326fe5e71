package fast

import (
	"math"

	"gonode/internal/engine/program"
)

func (w *writer) arithmetic(pc int, kind program.Op, a, b item) {
	ints := a.kind == asInt && b.kind == asInt && !w.floats[w.key(pc)]
	switch {
	case kind == program.Add && ints, kind == program.Sub && ints:
		w.get(a.local)
		w.get(b.local)
		if kind == program.Add {
			w.op(wI64Add)
		} else {
			w.op(wI64Sub)
		}
		size := 0
		if a.size > 0 && b.size > 0 {
			size = max(a.size, b.size) + 1
		}
		w.limited(pc, size)
	case kind == program.Mul && ints && a.size > 0 && b.size > 0 && a.size+b.size <= 53 && (a.fixed && a.n > 0 || b.fixed && b.n > 0):
		w.get(a.local)
		w.get(b.local)
		w.op(wI64Mul)
		w.result(asInt)
		w.sized(a.size + b.size)
	case kind == program.Mul && ints:
		// Both within 32 bits, and not zero times something negative.
		for _, it := range []item{a, b} {
			w.get(it.local)
			w.i64(1 << 31)
			w.op(wI64Add)
			w.i64(1<<32 - 1)
			w.op(wI64GtU)
			w.exitIf(pc, w.key(pc))
		}
		n := w.local(asInt)
		w.get(a.local)
		w.get(b.local)
		w.op(wI64Mul)
		w.set(n)
		w.get(n)
		w.op(wI64Eqz)
		w.get(a.local)
		w.get(b.local)
		w.op(wI64Or)
		w.i64(0)
		w.op(wI64LtS, wI32And)
		w.exitIf(pc, w.key(pc))
		w.get(n)
		w.checked(pc)
	case kind == program.Mod && a.kind == asInt && b.kind == asInt:
		w.get(b.local)
		w.op(wI64Eqz)
		w.exitIf(pc, -1)
		n := w.local(asInt)
		w.get(a.local)
		w.get(b.local)
		w.op(wI64RemS)
		w.set(n)
		w.get(n) // -0 if the dividend is negative
		w.op(wI64Eqz)
		w.get(a.local)
		w.i64(0)
		w.op(wI64LtS, wI32And)
		w.exitIf(pc, -1)
		w.push(asInt, n)
		w.sized(b.size)
	case kind == program.Mod:
		// Floats that are integers; all others are left to the engine.
		w.arithmetic(pc, kind, w.whole(pc, a), w.whole(pc, b))
	default:
		w.float(a)
		w.float(b)
		switch kind {
		case program.Add:
			w.op(wF64Add)
		case program.Sub:
			w.op(wF64Sub)
		case program.Mul:
			w.op(wF64Mul)
		default:
			w.op(wF64Div)
		}
		w.result(asFloat)
	}
}

// limited ends the integer result of the instruction at pc, which is within ±2^size, or of which that is not known if it is 0.
func (w *writer) limited(pc, size int) {
	if size == 0 || size > 52 { // 2^53 is no integer any more
		w.checked(pc)
		return
	}
	w.result(asInt)
	w.sized(size)
}

// whole makes an item an integer, or leaves.
func (w *writer) whole(pc int, it item) item {
	if it.kind == asInt {
		return it
	}
	w.float(it)
	f, n := w.local(asFloat), w.local(asInt)
	w.set(f)
	w.get(f)
	w.op(0xfc, 6) // i64.trunc_sat_f64_s
	w.set(n)
	w.get(n)
	w.op(wF64FromI64, wI64FromBits) // tells -0 from 0
	w.get(f)
	w.op(wI64FromBits, wI64Ne)
	w.exitIf(pc, -1)
	w.get(n)
	w.i64(maxInt)
	w.op(wI64Add)
	w.i64(2 * maxInt)
	w.op(wI64GtU)
	w.exitIf(pc, -1)
	return item{kind: asInt, local: n, slot: -1}
}

func (w *writer) compare(kind program.Op, a, b item) {
	if a.kind == asInt && b.kind == asInt {
		w.get(a.local)
		w.get(b.local)
		switch kind {
		case program.OpLt:
			w.op(wI64LtS)
		case program.OpGt:
			w.op(wI64GtS)
		case program.OpLte:
			w.op(wI64LeS)
		case program.OpGte:
			w.op(wI64GeS)
		case program.OpStrictEq, program.OpEq:
			w.op(wI64Eq)
		default:
			w.op(wI64Ne)
		}
	} else {
		w.float(a)
		w.float(b)
		switch kind {
		case program.OpLt:
			w.op(wF64Lt)
		case program.OpGt:
			w.op(wF64Gt)
		case program.OpLte:
			w.op(wF64Le)
		case program.OpGte:
			w.op(wF64Ge)
		case program.OpStrictEq, program.OpEq:
			w.op(wF64Eq)
		default:
			w.op(wF64Ne)
		}
	}
}

// narrow tells whether all integers that a loop's variable has got are within ±2^32.
func (v *variable) narrow() bool { return v.kind == asInt && !v.wide && !v.counter }

func beyond32(n int64) bool { return n > 1<<32 || n < -1<<32 }

// sized says of the integer that was pushed last how large it can be.
func (w *writer) sized(bits int) { w.items[len(w.items)-1].size = bits }

// result32 keeps a result of 32 bits, with its sign or as it is.
func (w *writer) result32(plus bool) {
	low := w.local(asTest)
	w.arg(wTee, low)
	w.extend(plus)
	w.result(asInt)
	it := &w.items[len(w.items)-1]
	it.size, it.low, it.plus = 32, low+1, plus
}

func (w *writer) extend(plus bool) {
	if plus {
		w.op(wI64ExtendU)
	} else {
		w.op(wI64ExtendS)
	}
}

// convert makes a float of an integer on WebAssembly's stack. The processor's own instruction waits for what the register was used for before, so
// that the turns of a loop wait for one another. A small integer is added to the bits of 1.5 * 2^52 instead.
func (w *writer) convert(size int) {
	if size == 0 || size > 51 {
		w.op(wF64FromI64)
		return
	}
	const origin = 3 << 51
	w.i64(int64(math.Float64bits(origin)))
	w.op(wI64Add, wF64FromBits)
	w.f64(origin)
	w.op(wF64Sub)
}

// bits32 puts an item on WebAssembly's stack as ToInt32 has it.
func (w *writer) bits32(pc int, it item) {
	switch it.kind {
	case asInt:
		switch {
		case it.fixed:
			w.i32(int32(it.n))
			return
		case it.low > 0:
			w.get(it.low - 1)
			return
		}
		w.get(it.local)
	case asFloat:
		// What is beyond 2^63, or NaN, is left to the engine.
		w.get(it.local)
		w.op(wF64Abs)
		w.f64(1 << 62)
		w.op(wF64Lt, wI32Eqz)
		w.exitIf(pc, -1)
		w.get(it.local)
		w.op(0xfc, 6) // i64.trunc_sat_f64_s
	default:
		w.no()
	}
	w.op(wI32Wrap)
}

// checked ends the integer result of the instruction at pc: beyond 2^53 it is a float's.
func (w *writer) checked(pc int) {
	n := w.local(asInt)
	w.set(n)
	w.get(n)
	w.i64(maxInt)
	w.op(wI64Add)
	w.i64(2 * maxInt)
	w.op(wI64GtU)
	w.exitIf(pc, w.key(pc))
	w.push(asInt, n)
}

// nothingOf pushes undefined or null.
func (w *writer) nothingOf(k numberKind) {
	w.i64(0)
	w.result(k)
}

// missing tells whether an item is undefined or null.
func (it item) missing() bool { return it.slot < 0 && (it.kind == asUndefined || it.kind == asNull) }

// compareMissing compares two items, one of which is undefined or null: what they are is known while the code is made.
func (w *writer) compareMissing(kind program.Op, a, b item) {
	if a.kind == asFound || b.kind == asFound {
		w.no()
	}
	same, both := a.kind == b.kind, a.missing() && b.missing()
	var is bool
	switch kind {
	case program.OpStrictEq:
		is = same
	case program.OpStrictNeq:
		is = !same
	case program.OpEq:
		is = both
	case program.OpNeq:
		is = !both
	default:
		w.no()
	}
	if is {
		w.i32(1)
	} else {
		w.i32(0)
	}
}
