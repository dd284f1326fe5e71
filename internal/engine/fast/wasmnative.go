package fast

// native calls a function of the engine's.
func (w *writer) native(pc int, fn native, this item, args []item) {
	if len(args) == 0 {
		w.no()
	}
	x := args[0]
	if fn == arrayPush && len(args) == 1 {
		w.pushElement(pc, this, x)
		return
	}
	if fn == charCodeAt {
		if len(args) != 1 || this.kind != asRef {
			w.no()
		}
		switch w.vars[this.ref].ref.kind {
		case refASCII:
			w.within(pc, this, x, 0)
			w.access(wI32Load8U, 0)
		case refUnicode:
			w.within(pc, this, x, 1)
			w.access(wI32Load16U, 0)
		default:
			w.no()
		}
		w.result32(true)
		return
	}
	if len(args) == 2 {
		y := args[1]
		ints := x.kind == asInt && y.kind == asInt
		switch {
		case fn == mathImul:
			w.bits32(pc, x)
			w.bits32(pc, y)
			w.op(wI32Mul)
			w.result32(false)
		case fn == mathMax && ints, fn == mathMin && ints:
			w.get(x.local)
			w.get(y.local)
			w.get(x.local)
			w.get(y.local)
			if fn == mathMax {
				w.op(wI64GtS, wSelect)
			} else {
				w.op(wI64LtS, wSelect)
			}
			w.result(asInt)
		case fn == mathMax, fn == mathMin:
			w.float(x)
			w.float(y)
			if fn == mathMax {
				w.op(wF64Max)
			} else {
				w.op(wF64Min)
			}
			w.result(asFloat)
		default:
			w.no()
		}
		return
	}
	if len(args) != 1 {
		w.no()
	}
	switch fn {
	case mathFloor, mathCeil, mathTrunc, mathRound:
		if x.kind == asInt {
			w.items = append(w.items, x)
			return
		}
		w.float(x)
		switch fn {
		case mathFloor:
			w.op(wF64Floor)
		case mathCeil:
			w.op(wF64Ceil)
		case mathTrunc:
			w.op(wF64Trunc)
		default:
			f := w.local(asFloat)
			w.op(wF64Floor)
			w.set(f)
			w.get(f)
			w.get(x.local)
			w.get(f)
			w.op(wF64Sub)
			w.f64(0.5)
			w.op(wF64Ge, wF64FromI32, wF64Add)
			w.get(x.local)
			w.op(wF64Copysign)
		}
		w.result(asFloat)
	case mathAbs:
		w.float(x)
		w.op(wF64Abs)
		w.result(asFloat)
	case mathSqrt:
		w.float(x)
		w.op(wF64Sqrt)
		w.result(asFloat)
	default:
		w.no()
	}
}
