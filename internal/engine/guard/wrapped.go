package guard

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
)

// Who does in another way what one of the engine's functions does must know it behind its wrapper. A wrapper is known by the address of
// its closure, which nothing here keeps alive; one that comes to lie at an old address is noted anew.

type wrapped struct{ closure, code uintptr }

var (
	wrappers     sync.Map // wrapped by closure
	recent       [64]atomic.Pointer[wrapped]
	wrapperCodes sync.Map // the addresses of the code of all wrappers
)

func closureOf(f native) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

func place(closure uintptr) *atomic.Pointer[wrapped] {
	return &recent[closure>>4%uintptr(len(recent))]
}

// note remembers that the function o is a wrapper now, and of what.
func note(o *goja.Object, wrapper, plain native) {
	w := &wrapped{closureOf(wrapper), codeOf(&plain)}
	if code, ok := Unwrapped(closureOf(plain)); ok {
		w.code = code
	}
	wrapperCodes.Store(codeOf(&wrapper), true)
	wrappers.Store(w.closure, w)
	place(w.closure).Store(w)
	runtime.AddCleanup(o, func(closure uintptr) { wrappers.Delete(closure) }, w.closure)
}

// IsWrapper tells whether an address of code is that of a wrapper. Any goroutine.
func IsWrapper(code uintptr) bool {
	_, ok := wrapperCodes.Load(code)
	return ok
}

// Unwrapped gives the address of the code of what a wrapper wraps. Any goroutine.
func Unwrapped(closure uintptr) (code uintptr, ok bool) {
	if w := place(closure).Load(); w != nil && w.closure == closure {
		return w.code, true
	}
	w, ok := wrappers.Load(closure)
	if !ok {
		return 0, false
	}
	place(closure).Store(w.(*wrapped))
	return w.(*wrapped).code, true
}
