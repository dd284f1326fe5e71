package runtime

import "github.com/dop251/goja"

// Cloneable is Go state of an object, see SetSlot, that structured cloning carries along where the object's properties
// alone would say nothing: a key, a blob.
type Cloneable interface {
	// Clone gives a function that makes the copy, in the same or another runtime. It must not touch this one.
	Clone(o *goja.Object) (revive func(*Runtime) goja.Value)
}

// Transferable is Go state of an object that can move to another runtime and is then gone here: a descriptor, a port.
type Transferable interface {
	// CanTransfer throws if the object cannot move now.
	CanTransfer(o *goja.Object)
	// Transfer takes the state out of the object. revive makes the object that has it, in the same or another runtime; drop
	// releases it if that never happens. Neither may touch this runtime.
	Transfer(o *goja.Object) (revive func(*Runtime) goja.Value, drop func())
}

// Uncloneable is Go state of an object that structured cloning refuses.
type Uncloneable interface{ Uncloneable() }
