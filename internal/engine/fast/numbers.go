package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// numbers hold the numbers that are results while run is at work, each at the place of its value on the stack, so that they are not
// allocated one by one. A value on the stack that points in here is good for run alone: what goes anywhere else gets memory of its own
// (boxed), and so does all that lies on the stack before the engine can see it (leave).
type numbers [window]uint64

const (
	window      = 1024 // as many places of the stack
	windowBelow = 256  // of which so many lie below where run begins
	windowAbove = 800
)

// spare are numbers that nobody uses.
var spare [4]atomic.Pointer[numbers]

func takeNumbers() *numbers {
	for i := range spare {
		if n := spare[i].Load(); n != nil && spare[i].CompareAndSwap(n, nil) {
			return n
		}
	}
	return new(numbers)
}

func (n *numbers) giveBack() {
	for i := range spare {
		if spare[i].Load() == nil && spare[i].CompareAndSwap(nil, n) {
			return
		}
	}
}

// has tells whether a value's data lies in here.
func (n *numbers) has(data unsafe.Pointer) bool {
	return uintptr(data)-uintptr(unsafe.Pointer(n)) < unsafe.Sizeof(*n)
}

// boxed is a value that may be kept.
func (n *numbers) boxed(v goja.Value) goja.Value {
	w := wordsOf(&v)
	if !n.has(w.Data) {
		return v
	}
	if w.Tab == intTab {
		return intValue(intOf(w))
	}
	p := new(float64)
	*p = floatOf(w)
	return layout.Words{Tab: floatTab, Data: unsafe.Pointer(p)}.Value()
}

// leave makes all values of a part of the stack ones that may be kept.
func (n *numbers) leave(stack []goja.Value, from, to int) {
	for i := from; i < to; i++ {
		if n.has(wordsAt(stack, i).Data) {
			stack[i] = n.boxed(stack[i])
		}
	}
}

// result says where a function that finds a value has put it.
type result int

const (
	noResult result = iota // it has not found one, or does not know how
	intResult
	floatResult
	valueResult
	callbackResult // the engine's function is to be called with a callback
	sortResult     // an array is to be sorted
)
