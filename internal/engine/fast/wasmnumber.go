package fast

import "gonode/internal/engine/program"

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
		w.checked(pc)
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
