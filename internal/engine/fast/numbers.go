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
type numbers struct {
	spare  []uint64 // for numbers that are kept: made by the dozen
	places [window]uint64
}

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
	return uintptr(data)-uintptr(unsafe.Pointer(&n.places)) < unsafe.Sizeof(n.places)
}

// boxed is a value that may be kept.
func (n *numbers) boxed(v goja.Value) goja.Value {
	w := wordsOf(&v)
	if !n.has(w.Data) {
		return v
	}
	if w.Tab == intTab {
		if i := intOf(w); uint64(i-smallMin) < uint64(len(small)) {
			return layout.Words{Tab: intTab, Data: unsafe.Pointer(&small[i-smallMin])}.Value()
		}
	}
	return layout.Words{Tab: w.Tab, Data: unsafe.Pointer(n.keep(*(*uint64)(w.Data)))}.Value()
}

// dozen is how many numbers that are kept are made at once. A single one of them keeps the others' memory.
const dozen = 16

func (n *numbers) keep(bits uint64) *uint64 {
	if len(n.spare) == 0 {
		n.spare = make([]uint64, dozen)
	}
	p := &n.spare[0]
	n.spare = n.spare[1:]
	*p = bits
	return p
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
