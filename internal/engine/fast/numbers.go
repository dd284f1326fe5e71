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
	own    ownNumbers
	places [window]uint64
}

// ownNumbers are the numbers that run has put into properties since anything but run could see them: a property that holds one of these
// gets its next number in the same place. So reading a property copies such a number (run.go), and what else would share it
// (leave, spread, kernels) makes an end of them (seal): they stay what they are from then on.
type ownNumbers struct {
	block, room     []uint64 // the last block, and what is left of it
	from, size      uintptr  // where in it they lie
	lowest, highest uintptr  // between which the blocks before lie, if some of them did
	missed          int      // how many of the block's took the place of what lay there
}

// A block has room for so many at first, and for more if properties still hold those of the block before when it is full.
const fewOwn, mostOwn = 32, 8192

// owns tells whether a value's data is one of these.
func (n *numbers) owns(data unsafe.Pointer) bool {
	return uintptr(data)-n.own.from < n.own.size
}

func (n *numbers) seal() {
	n.own.from += n.own.size
	n.own.size, n.own.lowest, n.own.highest = 0, 0, 0
}

// add makes a number for a property that holds another one, or none.
func (o *ownNumbers) add(bits uint64, old unsafe.Pointer) unsafe.Pointer {
	if uintptr(old)-o.lowest < o.highest-o.lowest {
		o.missed++
	}
	if len(o.room) == 0 {
		size := max(len(o.block), fewOwn)
		if o.missed > size/2 {
			size = min(2*size, mostOwn)
		}
		if o.missed = 0; o.size > 0 {
			if o.lowest == 0 {
				o.lowest = o.from
			}
			o.lowest, o.highest = min(o.lowest, o.from), max(o.highest, o.from+o.size)
		}
		o.block = make([]uint64, size)
		o.room = o.block
		o.from, o.size = uintptr(unsafe.Pointer(&o.block[0])), 0
	}
	p := &o.room[0]
	o.room = o.room[1:]
	o.size += 8
	*p = bits
	return unsafe.Pointer(p)
}

// store puts a value into a property. from is a place of the stack, or where a constant is.
func (n *numbers) store(property *goja.Value, from *layout.Words) {
	if !n.has(from.Data) {
		*property = valueAt(from)
		return
	}
	bits, to := *(*uint64)(from.Data), wordsOf(property)
	if n.owns(to.Data) {
		if *(*uint64)(to.Data) = bits; to.Tab != from.Tab {
			to.Tab = from.Tab
		}
		return
	}
	if i := int64(bits); from.Tab == intTab && uint64(i-smallMin) < uint64(len(small)) {
		*to = layout.Words{Tab: intTab, Data: unsafe.Pointer(&small[i-smallMin])}
		return
	}
	*to = layout.Words{Tab: from.Tab, Data: n.own.add(bits, to.Data)}
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

// leave makes all values of a part of the stack ones that may be kept, and all properties such as others may see.
func (n *numbers) leave(stack []goja.Value, from, to int) {
	n.seal()
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
	forwardResult  // the function that is this is to be called
)
