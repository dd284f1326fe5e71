package fast

import (
	"sync/atomic"
	"unsafe"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// A string that is built by appending lies in a block with room behind it. The next piece is written there, and the new string is a
// view of the same block: the old one is a part that nobody changes. One that is built by prepending lies in a block with room before
// it. A block is one piece of memory without pointers that begins with a blockHead, so that any string in it keeps it alive, and nothing
// else does.
type blockHead struct {
	// The bytes in use, from the head's end on; whoever moves a border outwards may write between.
	begin, end atomic.Int64
	size       int64
}

const headSize = int64(unsafe.Sizeof(blockHead{}))

// long is from how many bytes on a string may get a block.
const long = 256

// blocks finds a string's block by the address of its first byte. An entry without a block is a string that was joined once: it
// gets a block when it is added to again, because most strings are not.
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

// find gives the block of a string that begins at a, nil if it has none; known tells whether the string was joined.
func find(a unsafe.Pointer) (b *blockHead, known bool) {
	entry := entryOf(uintptr(a)).Load()
	if entry == nil || entry.start != uintptr(a) {
		return nil, false
	}
	if entry.has {
		b = entry.block.Value()
	}
	return b, true
}

// offset is how far behind the block's head an address lies.
func (b *blockHead) offset(a unsafe.Pointer) int64 {
	return int64(uintptr(a)-uintptr(unsafe.Pointer(b))) - headSize
}

// allocate makes a block, or memory like one for a string that gets none yet, with bytes from begin to end in use.
func allocate(begin, end, size int64, block bool) (start unsafe.Pointer) {
	memory := make([]uint64, (headSize+size+7)/8)
	start = unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), headSize+begin)
	made := &blockEntry{start: uintptr(start)}
	if block {
		b := (*blockHead)(unsafe.Pointer(unsafe.SliceData(memory)))
		b.begin.Store(begin)
		b.end.Store(end)
		b.size = size
		made.block, made.has = weak.Make(b), true
	}
	entryOf(uintptr(start)).Store(made)
	return start
}

// join gives room for a's bytes followed by n more, with a's bytes in place: it returns where all begin.
func join(a unsafe.Pointer, length, n int64) unsafe.Pointer {
	b, known := find(a)
	if b != nil {
		if end := b.offset(a) + length; end+n <= b.size && b.end.CompareAndSwap(end, end+n) {
			return a
		}
	}
	size := length + n
	if known {
		size = max(2*length, size)
	}
	start := allocate(0, length+n, size, known)
	copy(unsafe.Slice((*byte)(start), length), unsafe.Slice((*byte)(a), length))
	return start
}

// joinBefore gives room for n bytes followed by a's, with a's bytes in place: it returns where all begin.
func joinBefore(a unsafe.Pointer, length, n int64) unsafe.Pointer {
	b, known := find(a)
	if b != nil {
		if begin := b.offset(a); begin >= n && b.begin.CompareAndSwap(begin, begin-n) {
			start := unsafe.Add(a, -n)
			entryOf(uintptr(start)).Store(&blockEntry{uintptr(start), weak.Make(b), true})
			return start
		}
	}
	room := int64(0)
	if known {
		room = length
	}
	start := allocate(room, room+n+length, room+n+length, known)
	copy(unsafe.Slice((*byte)(unsafe.Add(start, n)), length), unsafe.Slice((*byte)(a), length))
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
		n := int64(len(s))
		if len(t) >= long && len(s) < len(t) && s != "" {
			if b, _ := find(unsafe.Pointer(unsafe.StringData(s))); b == nil || len(s) < long {
				start := joinBefore(unsafe.Pointer(unsafe.StringData(t)), int64(len(t)), n)
				copy(unsafe.Slice((*byte)(start), n), s)
				return asciiValue(unsafe.String((*byte)(start), len(s)+len(t))), true
			}
		}
		if len(s) < long || t == "" {
			return asciiValue(s + t), true
		}
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
