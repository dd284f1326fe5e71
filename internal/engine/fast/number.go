package fast

import (
	"math"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/program"
)

// The largest integer that the engine holds as one.
const maxInt = 1 << 53

func inRange(i int64) bool { return uint64(i+maxInt) <= 2*maxInt }

func wordsAt(stack []goja.Value, i int) *layout.Words {
	return (*layout.Words)(unsafe.Pointer(&stack[i]))
}

func intOf(w *layout.Words) int64     { return *(*int64)(w.Data) }
func floatOf(w *layout.Words) float64 { return *(*float64)(w.Data) }
func textOf(w *layout.Words) string   { return *(*string)(w.Data) }

// intValue makes a value of an integer within ±2^53.
func intValue(i int64) goja.Value {
	if uint64(i-smallMin) < uint64(len(small)) {
		return layout.Words{Tab: intTab, Data: unsafe.Pointer(&small[i-smallMin])}.Value()
	}
	p := new(int64)
	*p = i
	return layout.Words{Tab: intTab, Data: unsafe.Pointer(p)}.Value()
}

// floatValue makes a value of a number as the engine does: an integer if it is one, but -0 is none.
func floatValue(f float64) goja.Value {
	if i := int64(f); float64(i) == f && inRange(i) && (i != 0 || !math.Signbit(f)) {
		return intValue(i)
	}
	p := new(float64)
	*p = f
	return layout.Words{Tab: floatTab, Data: unsafe.Pointer(p)}.Value()
}

func boolValue(b bool) goja.Value {
	if b {
		return yes
	}
	return no
}

func number(w *layout.Words) (float64, bool) {
	switch w.Tab {
	case intTab:
		return float64(intOf(w)), true
	case floatTab:
		return floatOf(w), true
	}
	return 0, false
}

func quotient(a, b *layout.Words) (float64, bool) {
	x, ok1 := number(a)
	y, ok2 := number(b)
	return x / y, ok1 && ok2
}

func remainder(a, b *layout.Words) (float64, bool) {
	x, ok1 := number(a)
	y, ok2 := number(b)
	if !ok1 || !ok2 {
		return 0, false
	}
	return math.Mod(x, y), true
}

// int32Of is ToInt32 of a number.
func int32Of(w *layout.Words) (int32, bool) {
	switch w.Tab {
	case intTab:
		return int32(intOf(w)), true
	case floatTab:
		return toInt32(floatOf(w)), true
	}
	return 0, false
}

func toInt32(f float64) int32 {
	if i := int64(f); float64(i) == f && inRange(i) {
		return int32(i)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	if f = math.Mod(math.Trunc(f), 1<<32); f < 0 {
		f += 1 << 32
	}
	return int32(uint32(f))
}

// mulInt is the product of integers if that is one.
func mulInt(a, b int64) (int64, bool) {
	if int64(int32(a)) != a || int64(int32(b)) != b {
		return 0, false
	}
	p := a * b
	return p, inRange(p) && (p != 0 || a >= 0 && b >= 0)
}

// truth is ToBoolean where it is quick.
func truth(w *layout.Words) (truth, ok bool) {
	switch w.Tab {
	case boolTab:
		return *(*bool)(w.Data), true
	case intTab:
		return intOf(w) != 0, true
	case objectTab:
		return true, true
	case undefinedTab, nullTab:
		return false, true
	case asciiTab:
		return textOf(w) != "", true
	case floatTab:
		f := floatOf(w)
		return f != 0 && f == f, true
	}
	return false, false
}

// same is === where it is quick.
func same(a, b *layout.Words) (same, ok bool) {
	switch a.Tab {
	case intTab:
		switch b.Tab {
		case intTab:
			return intOf(a) == intOf(b), true
		case floatTab:
			return float64(intOf(a)) == floatOf(b), true
		}
	case floatTab:
		switch b.Tab {
		case intTab:
			return floatOf(a) == float64(intOf(b)), true
		case floatTab:
			return floatOf(a) == floatOf(b), true
		}
	case asciiTab:
		if b.Tab == asciiTab {
			return textOf(a) == textOf(b), true
		}
	case boolTab:
		if b.Tab == boolTab {
			return *(*bool)(a.Data) == *(*bool)(b.Data), true
		}
	case undefinedTab, nullTab:
		return b.Tab == a.Tab, true
	case objectTab:
		return b.Tab == a.Tab && a.Data == b.Data, b.Tab == objectTab || b.Tab == undefinedTab || b.Tab == nullTab || b.Tab == intTab
	}
	if simple(a.Tab) && simple(b.Tab) && a.Tab != b.Tab {
		return false, true
	}
	return false, false
}

// simple are the types that are never strictly equal to one another, but for int and float.
func simple(t unsafe.Pointer) bool {
	return t == intTab || t == floatTab || t == asciiTab || t == boolTab || t == undefinedTab || t == nullTab || t == objectTab
}

// less is a < b where it is quick.
func less(a, b *layout.Words) (less, ok bool) {
	if a.Tab == intTab && b.Tab == intTab {
		return intOf(a) < intOf(b), true
	}
	if a.Tab == asciiTab && b.Tab == asciiTab {
		return textOf(a) < textOf(b), true
	}
	x, ok1 := number(a)
	y, ok2 := number(b)
	return x < y, ok1 && ok2
}

// notMore is a <= b where it is quick. It is not the opposite of b < a: NaN.
func notMore(a, b *layout.Words) (notMore, ok bool) {
	if a.Tab == intTab && b.Tab == intTab {
		return intOf(a) <= intOf(b), true
	}
	if a.Tab == asciiTab && b.Tab == asciiTab {
		return textOf(a) <= textOf(b), true
	}
	x, ok1 := number(a)
	y, ok2 := number(b)
	return x <= y, ok1 && ok2
}

// compare is what a comparison's instruction does where it is quick.
func compare(kind program.Op, a, b *layout.Words) (test, ok bool) {
	switch kind {
	case program.OpLt:
		return less(a, b)
	case program.OpGt:
		return less(b, a)
	case program.OpLte:
		return notMore(a, b)
	case program.OpGte:
		return notMore(b, a)
	case program.OpStrictEq:
		return same(a, b)
	case program.OpStrictNeq:
		test, ok = same(a, b)
		return !test, ok
	case program.OpEq:
		return equal(a, b)
	}
	test, ok = equal(a, b)
	return !test, ok
}

// compareLoaded is compare of what is taken where it lies, and may have no value yet.
func compareLoaded(kind program.Op, a, b *layout.Words) (test, ok bool) {
	if a.Tab == nil || b.Tab == nil {
		return false, false
	}
	return compare(kind, a, b)
}

// bitwise is what an instruction about bits does.
func bitwise(kind program.Op, x, y int32) int64 {
	switch kind {
	case program.And:
		return int64(x & y)
	case program.Or:
		return int64(x | y)
	case program.Xor:
		return int64(x ^ y)
	case program.Sal:
		return int64(x << (uint32(y) & 31))
	case program.Sar:
		return int64(x >> (uint32(y) & 31))
	}
	return int64(uint32(x) >> (uint32(y) & 31))
}
