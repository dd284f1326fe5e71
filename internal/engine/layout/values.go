package layout

import (
	"math"
	"unsafe"

	"github.com/dop251/goja"
)

// The integers from smallMin to smallMax are not allocated.
const smallMin, smallMax = -128, 1023

var small [smallMax - smallMin + 1]int64

func makeSmall() {
	for i := range small {
		small[i] = int64(i) + smallMin
	}
}

// IntValue makes a value of an integer within ±2^53.
func (f *Facts) IntValue(i int64) goja.Value {
	if uint64(i-smallMin) < uint64(len(small)) {
		return Words{f.Int, unsafe.Pointer(&small[i-smallMin])}.Value()
	}
	p := new(int64)
	*p = i
	return Words{f.Int, unsafe.Pointer(p)}.Value()
}

// NumberValue makes a value of a number as the engine does: an integer if it is one, but -0 is none.
func (f *Facts) NumberValue(n float64) goja.Value {
	if i := int64(n); float64(i) == n && uint64(i+1<<53) <= 1<<54 && (i != 0 || !math.Signbit(n)) {
		return f.IntValue(i)
	}
	p := new(float64)
	*p = n
	return Words{f.Float, unsafe.Pointer(p)}.Value()
}

// ASCIIValue makes a value of a string that is ASCII.
func (f *Facts) ASCIIValue(s string) goja.Value {
	p := new(string)
	*p = s
	return Words{f.ASCII, unsafe.Pointer(p)}.Value()
}

// UnitsValue makes a value of a string that is not ASCII, of its UTF-16 units behind unistring.BOM.
func (f *Facts) UnitsValue(units []uint16) goja.Value {
	p := new([]uint16)
	*p = units
	return Words{f.Unicode, unsafe.Pointer(p)}.Value()
}
