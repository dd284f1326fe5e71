package fast

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
)

// native is one of the engine's functions that is done here, for the operands that are common.
type native uint8

const (
	unknownNative native = iota
	wrapper              // one of package guard's, around another
	mathAbs
	mathCeil
	mathFloor
	mathImul
	mathMax
	mathMin
	mathRound
	mathSqrt
	mathTrunc
	charCodeAt
	arrayPush
	arrayPop
	arrayNext
	mapNext
	setNext
	stringNext
	arrayValues
	typedArrayLength
	mapGet
	mapHas
	mapSet
	setHas
	setAdd
	objectAssign
	functionCall
	functionApply
	arraySlice
	arrayConcat
	arrayIndexOf
	arrayIncludes
	arrayFrom
	typedSort
	returnThis
	charAt
	textSlice
	textSubstring
	textIndexOf
	textIncludes
	textStartsWith
	textEndsWith
	isArray
	numberIsInteger
	numberIsFinite
	numberIsNaN
	hasOwnProperty
	hasOwn
	arraySort
	arrayMap
	arrayFilter
	arrayReduce
	arrayEach // any that calls a function for each element
)

func nativeByName(name string) native {
	switch name {
	case "math_abs":
		return mathAbs
	case "math_ceil":
		return mathCeil
	case "math_floor":
		return mathFloor
	case "math_imul":
		return mathImul
	case "math_max":
		return mathMax
	case "math_min":
		return mathMin
	case "math_round":
		return mathRound
	case "math_sqrt":
		return mathSqrt
	case "math_trunc":
		return mathTrunc
	case "stringproto_charCodeAt":
		return charCodeAt
	case "arrayproto_push":
		return arrayPush
	case "arrayproto_pop":
		return arrayPop
	case "typedArrayProto_getLength":
		return typedArrayLength
	case "mapProto_get":
		return mapGet
	case "mapProto_has":
		return mapHas
	case "mapProto_set":
		return mapSet
	case "setProto_has":
		return setHas
	case "setProto_add":
		return setAdd
	case "object_assign":
		return objectAssign
	case "functionproto_call":
		return functionCall
	case "functionproto_apply":
		return functionApply
	case "arrayproto_slice":
		return arraySlice
	case "arrayproto_concat":
		return arrayConcat
	case "arrayproto_indexOf":
		return arrayIndexOf
	case "arrayproto_includes":
		return arrayIncludes
	case "array_from":
		return arrayFrom
	case "typedArrayProto_sort":
		return typedSort
	case "returnThis":
		return returnThis
	case "stringproto_charAt":
		return charAt
	case "stringproto_slice":
		return textSlice
	case "stringproto_substring":
		return textSubstring
	case "stringproto_indexOf":
		return textIndexOf
	case "stringproto_includes":
		return textIncludes
	case "stringproto_startsWith":
		return textStartsWith
	case "stringproto_endsWith":
		return textEndsWith
	case "array_isArray":
		return isArray
	case "number_isInteger":
		return numberIsInteger
	case "number_isFinite":
		return numberIsFinite
	case "number_isNaN":
		return numberIsNaN
	case "objectproto_hasOwnProperty":
		return hasOwnProperty
	case "object_hasOwn":
		return hasOwn
	case "arrayproto_sort":
		return arraySort
	case "arrayproto_map":
		return arrayMap
	case "arrayproto_filter":
		return arrayFilter
	case "arrayproto_reduce":
		return arrayReduce
	case "arrayproto_forEach", "arrayproto_reduceRight", "arrayproto_some", "arrayproto_every",
		"arrayproto_find", "arrayproto_findIndex", "arrayproto_findLast", "arrayproto_findLastIndex", "arrayproto_flatMap":
		return arrayEach
	case "arrayIterProto_next":
		return arrayNext
	case "mapIterProto_next":
		return mapNext
	case "setIterProto_next":
		return setNext
	case "stringIterProto_next":
		return stringNext
	case "arrayproto_values":
		return arrayValues
	}
	return unknownNative
}

// natives holds what is known of functions, by the address of their code.
var natives struct {
	sync.Mutex
	m     atomic.Pointer[map[uintptr]native]
	front [32]atomic.Pointer[nativeEntry]
}

type nativeEntry struct {
	code   uintptr
	native native
}

// nativeOf recognises a function of the engine's by its code.
func nativeOf(f *func(goja.FunctionCall) goja.Value) native {
	if *f == nil {
		return unknownNative
	}
	code := **(**uintptr)(unsafe.Pointer(f))
	if n := nativeAt(code); n != wrapper {
		return n
	}
	if code, ok := guard.Unwrapped(*(*uintptr)(unsafe.Pointer(f))); ok {
		return nativeAt(code)
	}
	return unknownNative
}

// nativeAt is the same by the address of the code.
func nativeAt(code uintptr) native {
	at := &natives.front[code>>5%uintptr(len(natives.front))]
	if e := at.Load(); e != nil && e.code == code {
		return e.native
	}
	n, ok := unknownNative, false
	if m := natives.m.Load(); m != nil {
		n, ok = (*m)[code]
	}
	if !ok {
		n = learnNative(code)
	}
	at.Store(&nativeEntry{code, n})
	return n
}

func learnNative(code uintptr) (n native) {
	natives.Lock()
	defer natives.Unlock()
	m := map[uintptr]native{}
	if old := natives.m.Load(); old != nil {
		for c, known := range *old {
			m[c] = known
		}
	}
	if guard.IsWrapper(code) {
		n = wrapper
	} else if f := runtime.FuncForPC(code); f != nil {
		if name, ok := strings.CutPrefix(f.Name(), "github.com/dop251/goja.(*Runtime)."); ok {
			n = nativeByName(strings.TrimSuffix(name, "-fm"))
		}
	}
	m[code] = n
	natives.m.Store(&m)
	return n
}

// callNative calls a function of the engine's if it is one of those above and the operands are common. frame has this, the function
// and its arguments.
func callNative(nums *numbers, frame []goja.Value) (i int64, f float64, v goja.Value, r result) {
	self := layout.SelfOf((*goja.Object)(wordsOf(&frame[1]).Data))
	fn := nativeOf(&(*layout.NativeFuncObject)(self.Data).F)
	if fn == unknownNative || Without.Natives {
		return
	}
	args := frame[2:]
	switch fn {
	case charCodeAt:
		if len(args) > 0 && wordsOf(&args[0]).Tab == intTab {
			if i, ok := charCode(wordsOf(&frame[0]), intOf(wordsOf(&args[0]))); ok {
				return i, 0, nil, intResult
			}
		}
	case arrayPush:
		if a := denseArray(wordsOf(&frame[0])); a != nil && len(args) == 1 && appends(a) {
			a.Values = append(roomier(a.Values), nums.boxed(args[0]))
			a.ObjCount++
			a.Length++
			return int64(a.Length), 0, nil, intResult
		}
	case arrayPop:
		if a := denseArray(wordsOf(&frame[0])); a != nil && a.Length > 0 && a.LengthProp.Writable && a.PropValueCount == 0 {
			n := len(a.Values) - 1
			if v = a.Values[n]; v != nil && n == int(a.Length)-1 {
				a.Values[n] = nil
				a.Values = a.Values[:n]
				a.Length--
				a.ObjCount--
				return 0, 0, v, valueResult
			}
		}
	case mapGet, mapHas, mapSet, setHas, setAdd:
		if v = callEntries(nums, fn, frame); v != nil {
			return 0, 0, v, valueResult
		}
	case objectAssign:
		nums.seal()
		if len(args) > 0 && assign(wordsOf(&args[0]), args[1:]) {
			return 0, 0, args[0], valueResult
		}
	case charAt, textSlice, textSubstring, textIndexOf, textIncludes, textStartsWith, textEndsWith:
		i, v, r = textCall(fn, wordsOf(&frame[0]), args)
		return i, 0, v, r
	case isArray, numberIsInteger, numberIsFinite, numberIsNaN, hasOwnProperty, hasOwn:
		if v = test(fn, wordsOf(&frame[0]), args); v != nil {
			return 0, 0, v, valueResult
		}
	case functionCall:
		if w := wordsOf(&frame[0]); w.Tab != objectTab || layout.SelfOf((*goja.Object)(w.Data)).Tab != nativeTab || len(args) == 0 {
			return 0, 0, nil, forwardResult
		}
		if i, f, v, r = callNative(nums, append([]goja.Value{args[0], frame[0]}, args[1:]...)); r <= valueResult {
			return i, f, v, r
		}
	case functionApply:
		return 0, 0, nil, forwardResult
	case arraySlice, arrayConcat, arrayIndexOf, arrayIncludes:
		i, v, r = arrayCall(nums, fn, &frame[0], args)
		return i, 0, v, r
	case arraySort, typedSort:
		return 0, 0, nil, sortResult
	case arrayMap, arrayFilter, arrayReduce:
		return 0, 0, frame[0], callbackResult
	case arrayEach, arrayFrom:
		return 0, 0, nil, callbackResult
	case arrayNext, typedArrayLength, returnThis:
	default:
		return mathCall(fn, args)
	}
	return 0, 0, nil, noResult
}

func mathCall(fn native, args []goja.Value) (i int64, f float64, v goja.Value, r result) {
	if len(args) == 0 {
		return
	}
	w := wordsOf(&args[0])
	if len(args) > 1 {
		if len(args) > 2 || fn != mathMax && fn != mathMin && fn != mathImul {
			return
		}
		y := wordsOf(&args[1])
		if fn == mathImul {
			a, ok1 := int32Of(w)
			b, ok2 := int32Of(y)
			if ok1 && ok2 {
				return int64(a * b), 0, nil, intResult
			}
			return
		}
		if w.Tab == intTab && y.Tab == intTab {
			if fn == mathMax {
				return max(intOf(w), intOf(y)), 0, nil, intResult
			}
			return min(intOf(w), intOf(y)), 0, nil, intResult
		}
		a, ok1 := number(w)
		b, ok2 := number(y)
		if !ok1 || !ok2 {
			return
		}
		if fn == mathMax {
			return 0, max(a, b), nil, floatResult
		}
		return 0, min(a, b), nil, floatResult
	}
	if w.Tab == intTab {
		switch n := intOf(w); fn {
		case mathFloor, mathCeil, mathTrunc, mathRound, mathMax, mathMin:
			return n, 0, nil, intResult
		case mathAbs:
			return max(n, -n), 0, nil, intResult
		}
	}
	x, ok := number(w)
	if !ok {
		return
	}
	switch fn {
	case mathFloor:
		f = math.Floor(x)
	case mathCeil:
		f = math.Ceil(x)
	case mathTrunc:
		f = math.Trunc(x)
	case mathRound:
		f = math.Floor(x)
		if x-f >= 0.5 {
			f++
		}
		f = math.Copysign(f, x)
	case mathAbs:
		f = math.Abs(x)
	case mathSqrt:
		f = math.Sqrt(x)
	case mathMax, mathMin:
		f = x
	default:
		return
	}
	return 0, f, nil, floatResult
}

// charCode is charCodeAt of a string.
func charCode(s *layout.Words, i int64) (int64, bool) {
	switch s.Tab {
	case asciiTab:
		if t := textOf(s); uint64(i) < uint64(len(t)) {
			return int64(t[i]), true
		}
	case unicodeTab:
		if t := (*(*[]uint16)(s.Data))[1:]; uint64(i) < uint64(len(t)) {
			return int64(t[i]), true
		}
	}
	return 0, false
}

// arrayOf is the array that a value is.
func arrayOf(w *layout.Words) *layout.ArrayObject { return (*layout.ArrayObject)(ofKind(w, arrayTab)) }

// denseArray is the array that a value is, without holes at its end.
func denseArray(w *layout.Words) *layout.ArrayObject {
	if a := arrayOf(w); a != nil && int(a.Length) == len(a.Values) {
		return a
	}
	return nil
}

// appends tells whether an element may be put behind an array's last without asking anybody.
func appends(a *layout.ArrayObject) bool {
	return a.Extensible && a.LengthProp.Writable && a.Length < math.MaxUint32-1 && noElements(a.Prototype)
}

// roomier is a slice with room for one more, and for half as many again if it is full: Go's append would be content with a quarter.
func roomier(values []goja.Value) []goja.Value {
	if n := len(values); n == cap(values) && n > 256 {
		return slices.Grow(values, n/2)
	}
	return values
}

// noElements tells whether an array's prototype and all of its own are ordinary and have no elements.
func noElements(proto *goja.Object) bool {
	for proto != nil {
		self := layout.SelfOf(proto)
		if self.Tab != baseTab && !kindOf(self).mapped() {
			return false
		}
		b := (*layout.BaseObject)(self.Data)
		if b.IdxPropCount != 0 {
			return false
		}
		if b.LastSortedPropLen < len(b.PropNames) {
			for _, name := range b.PropNames[b.LastSortedPropLen:] {
				if name == "" || name[0] <= '9' {
					return false
				}
			}
			// The engine would find that there is nothing to sort.
			b.LastSortedPropLen = len(b.PropNames)
		}
		proto = b.Prototype
	}
	return true
}

// nextOf is the next value of the innermost loop over values. It is false at the end, and if somebody has to be asked.
func nextOf(vm *layout.VM) (goja.Value, bool) {
	it := vm.IterStack[len(vm.IterStack)-1].Iter
	if it == nil || it.Iterator == nil {
		return nil, false
	}
	self := layout.SelfOf(it.Iterator)
	if kindOf(self).iterates != arrayNext || nativeOf(&it.Next) != arrayNext {
		return nil, false
	}
	a := (*layout.ArrayIterObject)(self.Data)
	if a.Obj == nil || a.Kind != valuesKind {
		return nil, false
	}
	array := layout.SelfOf(a.Obj)
	if array.Tab != arrayTab {
		v, s := stepTyped(vm.Runtime, a, array)
		return v, s == stepValue
	}
	v, ok := arrayElement((*layout.ArrayObject)(array.Data), a.NextIdx)
	if ok {
		a.NextIdx++
	}
	return v, ok
}

// valuesKind says that an iterator gives values, not keys or entries.
const valuesKind = 1
