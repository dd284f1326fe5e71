package fast

import (
	"sync/atomic"
	"unsafe"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// A string that is built by appending lies in a block with room behind it. The next piece is written there, and the new string is a
// view of the same block: the old one is a part that nobody changes. A block is one piece of memory without pointers that begins with
// a blockHead, so that any string in it keeps it alive, and nothing else does.
type blockHead struct {
	used atomic.Int64 // bytes in use behind the head; whoever moves it on may write between
	size int64
}

const headSize = int64(unsafe.Sizeof(blockHead{}))

// long is from how many bytes on a string may get a block.
const long = 256

// blocks finds a string's block by the address of its first byte. An entry without a block is a string that was joined once: it
// gets a block when it is appended to again, because most strings are not.
var blocks [256]atomic.Pointer[blockEntry]

type blockEntry struct {
	start uintptr
	block weak.Pointer[blockHead]
	has   bool
}

func entryOf(start uintptr) *atomic.Pointer[blockEntry] {
	h := uint64(start>>4) * 0x9e3779b97f4a7c15
	return &blocks[h>>56]
}

// join gives room for a's bytes followed by n more, with a's bytes in place: it returns where all begin.
func join(a unsafe.Pointer, length, n int64) unsafe.Pointer {
	e := entryOf(uintptr(a))
	entry := e.Load()
	known := entry != nil && entry.start == uintptr(a)
	if known && entry.has {
		if b := entry.block.Value(); b != nil && length+n <= b.size && b.used.CompareAndSwap(length, length+n) {
			return a
		}
	}
	size := length + n
	if known {
		size = max(2*length, length+n)
	}
	memory := make([]uint64, (headSize+size+7)/8)
	start := unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), headSize)
	copy(unsafe.Slice((*byte)(start), length), unsafe.Slice((*byte)(a), length))
	made := &blockEntry{start: uintptr(start)}
	if known {
		b := (*blockHead)(unsafe.Pointer(unsafe.SliceData(memory)))
		b.size = size
		b.used.Store(length + n)
		made.block, made.has = weak.Make(b), true
	}
	entryOf(uintptr(start)).Store(made)
	return start
}

func asciiValue(s string) goja.Value {
	p := new(string)
	*p = s
	return layout.Words{Tab: asciiTab, Data: unsafe.Pointer(p)}.Value()
}

// concat joins two strings, or gives false.
func concat(a, b *layout.Words) (goja.Value, bool) {
	if a.Tab == asciiTab && b.Tab == asciiTab {
		s, t := textOf(a), textOf(b)
		if len(s)+len(t) > maxString {
			return nil, false
		}
		if len(s) < long || t == "" {
			return asciiValue(s + t), true
		}
		n := int64(len(s))
		start := join(unsafe.Pointer(unsafe.StringData(s)), n, int64(len(t)))
		copy(unsafe.Slice((*byte)(unsafe.Add(start, n)), len(t)), t)
		return asciiValue(unsafe.String((*byte)(start), len(s)+len(t))), true
	}
	if a.Tab == unicodeTab && (b.Tab == asciiTab || b.Tab == unicodeTab) {
		s := *(*[]uint16)(a.Data) // with a mark in front
		var more int
		if b.Tab == asciiTab {
			more = len(textOf(b))
		} else {
			more = len(*(*[]uint16)(b.Data)) - 1
		}
		if 2*len(s) < long || more == 0 || len(s)+more > maxString {
			return nil, false
		}
		n := int64(2 * len(s))
		start := join(unsafe.Pointer(unsafe.SliceData(s)), n, int64(2*more))
		all := unsafe.Slice((*uint16)(start), len(s)+more)
		if b.Tab == asciiTab {
			t := textOf(b)
			for i := range len(t) {
				all[len(s)+i] = uint16(t[i])
			}
		} else {
			copy(all[len(s):], (*(*[]uint16)(b.Data))[1:])
		}
		p := new([]uint16)
		*p = all
		return layout.Words{Tab: unicodeTab, Data: unsafe.Pointer(p)}.Value(), true
	}
	return nil, false
}

// maxString is how long a string can be; what is longer is left to the engine.
const maxString = 1<<29 - 24
