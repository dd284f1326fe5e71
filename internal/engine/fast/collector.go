package fast

import _ "unsafe" // go:linkname

// Kernels may store pointers while Go's collector does not mark: it would have to be told. It begins to mark when all processors stand still,
// which the one that runs a kernel does not do, nor one that is pinned.

//go:linkname writeBarrier runtime.writeBarrier
var writeBarrier struct { // the runtime's
	enabled bool
	_       [3]byte
	_       uint64
}

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// unmarked calls a function while the collector does not mark, and is false if it does. The function must neither wait nor take longer than
// Go's collector and other goroutines can.
func unmarked(call func()) bool {
	procPin()
	defer procUnpin()
	if writeBarrier.enabled {
		return false
	}
	call()
	return true
}
