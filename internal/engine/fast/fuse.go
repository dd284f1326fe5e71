package fast

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/program"
)

// What run does for an instruction: what the instruction is, or one of these. Most instructions come after loads of variables and
// constants. The load is done together with them: its operand is used where it lies, and is not put on the stack. The others are decoded
// nevertheless, for jumps to them, and for when things are not as expected.
const (
	codeEnd program.Op = 200 + iota
	load
	store
	storeP
	increment // load, Inc or Dec, storeP of the same variable
	loadMod
	loadBits
	loadJneP
	loadGetProp
	loadGetPropCallee
	loadSetPropP
	loadPutProp
	loadPushItem
	// These six are there twice, in one order: after a load, and after two.
	loadAdd
	loadSub
	loadMul
	loadLess
	loadCompare
	loadGetElem
	loadLoadAdd
	loadLoadSub
	loadLoadMul
	loadLoadLess
	loadLoadCompare
	loadLoadGetElem
)

// fuse finds what is done together. ops ends with one more than the code has.
func (f *function) fuse(ops []op) {
	var constants []goja.Value
	for i := range ops {
		o := &ops[i]
		o.do = o.kind
		if o.kind == program.LoadVal || o.kind == program.LoadUndef {
			v := undefined
			if o.kind == program.LoadVal {
				v = o.value()
			}
			o.do, o.from, o.offset = load, ofConstants, int32(len(constants)*wordsSize)
			constants = append(constants, v)
		} else {
			o.findOperand(ops[0].kind == program.EnterFuncStashless)
		}
	}
	f.constants = unsafe.Pointer(unsafe.SliceData(constants))
	ops[len(ops)-1].do = codeEnd
	for i := range ops {
		switch {
		case ops[i].kind == program.NewArray && ops[i].n == 2:
			findExchange(ops, i)
		case ops[i].kind == program.Iterate:
			findPattern(ops, i)
		}
	}
	for i := range ops {
		if ops[i].do == load && i+2 < len(ops) {
			ops[i].do = fused(&ops[i], &ops[i+1], &ops[i+2])
		}
	}
}

// findOperand finds the variable that an instruction loads or stores. padded says that no argument is missing on the stack.
func (o *op) findOperand(padded bool) {
	at := func(do program.Op, from uint8, n int) { o.do, o.from, o.offset = do, from, int32((n-1)*wordsSize) }
	n := int(o.n)
	switch o.kind {
	case program.LoadStack:
		if n > 0 {
			at(load, ofLocals, n)
		} else {
			at(load, ofArguments, 0)
		}
	case program.LoadStackLex:
		if n > 0 {
			at(load, ofLocals, n)
		} else if padded || n == 0 {
			at(load, ofArguments, -n)
		}
	case program.LoadStack1, program.LoadStack1Lex:
		at(load, ofArguments, n)
	case program.LoadThisStack:
		at(load, ofArguments, 0)
	case program.LoadCallee:
		at(load, ofArguments, -1)
	case program.StoreStack, program.StoreStackP, program.InitStackP:
		do := storeP
		if o.kind == program.StoreStack {
			do = store
		}
		if n > 0 {
			at(do, ofLocals, n)
		} else if o.kind == program.InitStackP {
			at(do, ofArguments, -n)
		}
	case program.StoreStackLex, program.StoreStackLexP:
		do := storeP
		if o.kind == program.StoreStackLex {
			do = store
		}
		if o.checked = true; n > 0 {
			at(do, ofLocals, n)
		} else {
			at(do, ofArguments, -n)
		}
	case program.StoreStack1, program.StoreStack1Lex:
		o.checked = o.kind == program.StoreStack1Lex
		at(store, ofArguments, n)
	case program.StoreStack1P, program.StoreStack1LexP, program.InitStack1P:
		o.checked = o.kind == program.StoreStack1LexP
		at(storeP, ofArguments, n)
	}
}

// fused is what is done for a load that is followed by two instructions.
func fused(o, second, third *op) program.Op {
	if second.do == load {
		if do := operation(third.kind); do != load {
			return do + loadLoadAdd - loadAdd
		}
		return load
	}
	switch second.kind {
	case program.Mod:
		return loadMod
	case program.And, program.Or, program.Xor, program.Sal, program.Sar, program.Shr:
		return loadBits
	case program.JneP:
		return loadJneP
	case program.GetProp:
		return loadGetProp
	case program.GetPropCallee:
		return loadGetPropCallee
	case program.SetPropP, program.SetPropStrictP:
		return loadSetPropP
	case program.PutProp:
		return loadPutProp
	case program.PushArrayItem:
		return loadPushItem
	case program.Inc, program.Dec:
		if third.do == storeP && third.from == o.from && third.offset == o.offset {
			return increment
		}
	}
	return operation(second.kind)
}

// operation is what is done for a load and one of the instructions that may follow two as well; load for any other.
func operation(kind program.Op) program.Op {
	switch kind {
	case program.Add:
		return loadAdd
	case program.Sub:
		return loadSub
	case program.Mul:
		return loadMul
	case program.GetElem:
		return loadGetElem
	case program.OpLt:
		return loadLess
	case program.OpGt, program.OpLte, program.OpGte, program.OpStrictEq, program.OpStrictNeq, program.OpEq, program.OpNeq:
		return loadCompare
	}
	return load
}
