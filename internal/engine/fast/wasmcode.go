package fast

import (
	"math"
	bits64 "math/bits"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine/program"
)

// instruction writes one.
func (w *writer) instruction(pc int) {
	o := &w.code[pc]
	w.at = slices.Clone(w.items)
	switch o.kind {
	case program.LoadVal:
		w.constant(o.value())
	case program.LoadStack, program.LoadStackLex, program.LoadStack1, program.LoadStack1Lex, program.LoadStash, program.LoadStashLex,
		program.LoadThisStack:
		if w.frame != nil {
			w.frame.load(w, o)
			break
		}
		p, _ := placeOf(o)
		if w.family != nil && p.kind == program.LoadStash {
			w.scoped(p.n)
			break
		}
		i, ok := w.index[p]
		if !ok || w.unset[i] {
			w.no()
		}
		w.load(i)
	case program.StoreStack, program.StoreStackLex, program.StoreStack1, program.StoreStack1Lex, program.StoreStash, program.StoreStashLex:
		it := w.pop()
		w.store(pc, it)
		w.items = append(w.items, it)
	case program.StoreStackP, program.StoreStackLexP, program.StoreStack1P, program.StoreStack1LexP, program.StoreStashP,
		program.StoreStashLexP, program.InitStackP, program.InitStack1P:
		w.store(pc, w.pop())
	case program.LoadUndef:
		w.i64(0)
		w.result(asUndefined)
	case program.Pop:
		w.pop()
	case program.DupN, program.RdupN:
		i := len(w.items) - 1 - int(o.n)
		if i < 0 || w.items[i].slot >= 0 {
			w.no()
		}
		if o.kind == program.DupN {
			w.items = append(w.items, w.items[i])
		} else {
			it := w.pop()
			w.items[i] = it
			w.items = append(w.items, it)
		}
	case program.CheckObjectCoercible:
		switch it := w.pop(); it.kind {
		case asObject, asRef, asInt, asFloat:
			w.items = append(w.items, it)
		default:
			w.no()
		}
	case program.Dup:
		it := w.pop()
		w.items = append(w.items, it, it)
	case program.Add, program.Sub, program.Mul, program.Div, program.Mod:
		b, a := w.pop(), w.pop()
		w.arithmetic(pc, o.kind, a, b)
	case program.Inc, program.Dec:
		it := w.pop()
		by := int64(1)
		if o.kind == program.Dec {
			by = -1
		}
		if it.kind == asInt && !w.floats[w.key(pc)] {
			w.get(it.local)
			w.i64(by)
			w.op(wI64Add)
			if w.counts(pc) {
				w.result(asInt)
			} else if it.size > 0 {
				w.limited(pc, it.size+1)
			} else {
				w.checked(pc)
			}
		} else {
			w.float(it)
			w.f64(float64(by))
			w.op(wF64Add)
			w.result(asFloat)
		}
	case program.Neg:
		w.float(w.pop())
		w.op(wF64Neg)
		w.result(asFloat)
	case program.ToNumber, program.Plus:
		if it := w.pop(); it.kind == asInt || it.kind == asFloat {
			w.items = append(w.items, it)
		} else {
			w.no()
		}
	case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr:
		b, a := w.pop(), w.pop()
		w.bits32(pc, a)
		w.bits32(pc, b)
		switch o.kind {
		case program.And:
			w.op(wI32And)
		case program.Or:
			w.op(wI32Or)
		case program.Xor:
			w.op(wI32Xor)
		case program.Sal:
			w.op(wI32Shl)
		case program.Sar:
			w.op(wI32ShrS)
		default:
			w.op(wI32ShrU)
		}
		w.result32(o.kind == program.Shr)
	case program.Bnot:
		w.bits32(pc, w.pop())
		w.i32(-1)
		w.op(wI32Xor)
		w.result32(false)
	case program.OpLt, program.OpGt, program.OpLte, program.OpGte, program.OpStrictEq, program.OpStrictNeq, program.OpEq, program.OpNeq:
		b, a := w.pop(), w.pop()
		if a.missing() || b.missing() {
			w.compareMissing(o.kind, a, b)
		} else {
			w.compare(o.kind, a, b)
		}
		if w.raw = w.jumpsNext(pc); !w.raw {
			w.result(asTest)
		}
	case program.Not:
		w.test(w.pop())
		w.op(wI32Eqz)
		w.result(asTest)
	case program.IterNext:
		w.next(pc)
	case program.EnumGet:
		w.items = append(w.items, w.taken)
	case program.Jump:
		w.jump(pc, pc+int(o.n))
		w.dead = true
	case program.JneP, program.JeqP:
		if w.raw {
			w.raw = false
			if o.kind == program.JeqP {
				w.conditional(pc, pc+int(o.n))
				break
			}
			w.op(wIf, wVoid, wElse)
			w.labels = append(w.labels, label{pc: -1})
			w.jump(pc, pc+int(o.n))
			w.labels = w.labels[:len(w.labels)-1]
			w.op(wEnd)
			break
		}
		w.test(w.pop())
		if o.kind == program.JneP {
			w.op(wI32Eqz)
		}
		w.conditional(pc, pc+int(o.n))
	case program.Jne, program.Jeq:
		it := w.pop()
		w.test(it)
		if o.kind == program.Jne {
			w.op(wI32Eqz)
		}
		w.items = append(w.items, it)
		w.conditional(pc, pc+int(o.n))
		w.pop()
	case program.DupLast:
		n := int(o.n)
		if n > len(w.items) {
			w.no()
		}
		for _, it := range w.items[len(w.items)-n:] {
			if it.slot >= 0 {
				w.no()
			}
			w.items = append(w.items, it)
		}
	case program.LoadDynamic:
		w.pushNumber(found{name: w.name(o)})
	case program.LoadDynamicCallee:
		w.i64(0)
		w.result(asUndefined)
		w.pushFound(found{name: w.name(o)})
	case program.GetProp:
		w.getProperty(pc, w.pop(), w.name(o))
	case program.GetPropCallee:
		it := w.pop()
		w.items = append(w.items, it)
		w.pushFound(found{member: true, owner: it, name: w.name(o)})
	case program.SetProp, program.SetPropP, program.SetPropStrict, program.SetPropStrictP:
		v, owner := w.pop(), w.pop()
		if owner.kind == asObject {
			w.setObjectProperty(pc, owner, w.name(o), v)
		} else {
			w.storeIn(w.propertyOf(owner, w.name(o)), v)
		}
		w.effect()
		if o.kind == program.SetProp || o.kind == program.SetPropStrict {
			w.items = append(w.items, v)
		}
	case program.GetElem:
		key, owner := w.pop(), w.pop()
		w.getElement(pc, owner, key)
	case program.SetElem, program.SetElemP, program.SetElemStrict, program.SetElemStrictP:
		v, key, owner := w.pop(), w.pop(), w.pop()
		w.setElement(pc, owner, key, v)
		if o.kind == program.SetElem || o.kind == program.SetElemStrict {
			w.items = append(w.items, v)
		}
	case program.Call:
		w.call(pc, int(o.n))
	case program.Ret:
		w.ret()
	case program.EnterBlock:
		if w.frame != nil {
			w.no()
		}
		for range (*enterBlock)(o.in.Data).stackSize {
			i, ok := w.index[place{program.LoadStack, w.base + len(w.items) + 1}]
			if !ok {
				if i, ok = w.index[place{program.LoadStack1, w.base1 + len(w.items) + 1}]; !ok {
					w.no()
				}
			}
			w.unset[i] = true
			w.items = append(w.items, item{slot: i})
		}
	case program.LeaveBlock:
		b := (*leaveBlock)(o.in.Data)
		if b.popStash || w.frame != nil {
			w.no()
		}
		if len(w.items) == 0 && b.stackSize > 0 {
			// The block around the loop is left, on the way out of both.
			w.exit(exit{pc: pc, float: -1})
			w.dead = true
			return
		}
		for range b.stackSize {
			if len(w.items) == 0 || w.items[len(w.items)-1].slot < 0 {
				w.no()
			}
			w.unset[w.items[len(w.items)-1].slot] = true
			w.items = w.items[:len(w.items)-1]
		}
	case program.EnterFuncStashless:
		if pc != 0 || w.family == nil {
			w.no()
		}
	default:
		w.no()
	}
}

// constant pushes a value that does not change.
func (w *writer) constant(v goja.Value) {
	k, ok := kindOfValue(&v)
	switch wordsOf(&v).Tab {
	case undefinedTab:
		w.nothingOf(asUndefined)
		return
	case nullTab:
		w.nothingOf(asNull)
		return
	}
	if !ok {
		w.no()
	}
	bits, _ := k.bits(&v)
	if k == asFloat {
		w.f64(math.Float64frombits(bits))
	} else {
		w.i64(int64(bits))
	}
	w.result(k)
	if k == asInt {
		it := &w.items[len(w.items)-1]
		it.fixed, it.n, it.size = true, int64(bits), bits64.Len64(uint64(max(int64(bits), -int64(bits))))
		it.size = max(it.size, 1)
	}
}
