package fast

import (
	"runtime"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/tetratelabs/wazero/experimental"

	"gonode/internal/engine/layout"
)

// Kernels read the elements of arrays, typed arrays and strings where they are: their WebAssembly memory is a window on Go's own heap.
// What they are given lies still and is held by the variables it comes from, and a kernel writes nothing there but numbers of typed
// arrays. What lies outside of the window is left to the interpreter.
const (
	windowPages = 65535
	windowSize  = windowPages << 16
	// windowDepth is how far below an address in the heap the window begins: the heap grows upwards, and is small when the first kernel
	// is made. The window's beginning must not be in the heap, or the collector might follow it to memory that is not in use.
	windowDepth = 1 << 30
)

// windowStart is where the window begins, 0 if there is none.
var windowStart uintptr

func findWindow() {
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapSys < windowDepth/2 {
		windowStart = (uintptr(unsafe.Pointer(new([64]*byte))) &^ (1<<20 - 1)) - windowDepth
	}
}

// heapWindow is wazero's memory: always the same one.
type heapWindow struct{}

func (heapWindow) Allocate(uint64, uint64) experimental.LinearMemory { return heapWindow{} }

func (heapWindow) Reallocate(size uint64) (memory []byte) {
	*(*[3]uintptr)(unsafe.Pointer(&memory)) = [3]uintptr{windowStart, uintptr(size), uintptr(size)}
	return memory
}

func (heapWindow) Free() {}

// offset is where memory lies in the window, false if it does not.
func offset(p unsafe.Pointer, size int) (uint64, bool) {
	at := uintptr(p) - windowStart
	return uint64(at), windowStart != 0 && at < windowSize && at+uintptr(size) <= windowSize
}

// reference is what kernels know of a value that is no number.
type reference struct {
	kind     referenceKind
	elements *elements     // of a typed array
	length   bool          // of a typed array: its length is asked for
	grows    bool          // of an array: it is stored to
	prg      *goja.Program // of a function that is called
	depth    int           // how many scopes above the loop's the function's is, -1 if it uses none
}

type referenceKind byte

const (
	refObject referenceKind = iota
	refFunction
	refTyped
	refArray
	refASCII
	refUnicode
)

func (r reference) memory() bool { return r.kind >= refTyped }

func referenceOf(v *goja.Value) (reference, bool) {
	switch w := wordsOf(v); w.Tab {
	case asciiTab:
		return reference{kind: refASCII}, true
	case unicodeTab:
		return reference{kind: refUnicode}, true
	case objectTab:
		self := layout.SelfOf((*goja.Object)(w.Data))
		switch self.Tab {
		case baseTab:
			return reference{kind: refObject}, true
		case arrayTab:
			return reference{kind: refArray}, true
		}
		if k := kindOf(self); k.callable {
			return reference{kind: refFunction}, true
		} else if k.elements != nil {
			return reference{kind: refTyped, elements: k.elements}, true
		}
	}
	return reference{}, false
}

// is checks that a value is what a kernel expects, and gives its memory in the window, in elements.
func (r reference) is(v *goja.Value) (address, length uint64, ok bool) {
	is, ok := referenceOf(v)
	if !ok || is.kind != r.kind || is.elements != r.elements {
		return 0, 0, false
	}
	w := wordsOf(v)
	var p unsafe.Pointer
	n, size := 0, 1
	switch r.kind {
	case refTyped:
		t := (*layout.TypedArrayObject)(layout.SelfOf((*goja.Object)(w.Data)).Data)
		data := t.ViewedArrayBuf.Data
		if n, size = t.Length, t.ElemSize; n > 0 && (t.Offset+n)*size > len(data) {
			return 0, 0, false
		}
		if n > 0 {
			p = unsafe.Pointer(&data[t.Offset*size])
		}
	case refArray:
		a := (*layout.ArrayObject)(layout.SelfOf((*goja.Object)(w.Data)).Data)
		n, size = len(a.Values), int(unsafe.Sizeof(goja.Value(nil)))
		if r.grows && cap(a.Values) > 0 {
			address, ok = offset(unsafe.Pointer(unsafe.SliceData(a.Values)), cap(a.Values)*size)
			return address, uint64(n), ok
		}
		if n != int(a.Length) && !r.grows {
			return 0, 0, false
		}
		p = unsafe.Pointer(unsafe.SliceData(a.Values))
	case refASCII:
		p, n = unsafe.Pointer(unsafe.StringData(textOf(w))), len(textOf(w))
	case refUnicode:
		text := (*(*[]uint16)(w.Data))[1:]
		p, n, size = unsafe.Pointer(unsafe.SliceData(text)), len(text), 2
	default:
		return 0, 0, true
	}
	if n == 0 {
		return 0, 0, true
	}
	address, ok = offset(p, n*size)
	return address, uint64(n), ok
}
