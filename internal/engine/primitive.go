package engine

import (
	"math/big"
	"reflect"
	"time"

	"github.com/dop251/goja"
)

// Export of an object that a script gave runs its getters and, for a view whose ArrayBuffer is detached, reaches for memory
// that is gone. These look at what the value is first.

// Boolean is a primitive boolean.
func Boolean(v goja.Value) (b, ok bool) {
	b, ok = primitive(v).(bool)
	return b, ok
}

// BigInt is a primitive bigint.
func BigInt(v goja.Value) (n *big.Int, ok bool) {
	n, ok = primitive(v).(*big.Int)
	return n, ok
}

// DateOf is the time of a Date; false for an invalid one and for other objects.
func DateOf(o *goja.Object) (t time.Time, ok bool) {
	if KindOf(o) == DateObject {
		t, ok = o.Export().(time.Time)
	}
	return t, ok
}

// Exported is the Go value behind an object, if it is of type T.
func Exported[T any](o *goja.Object) (t T, ok bool) {
	if o.ExportType() == reflect.TypeFor[T]() {
		t, ok = o.Export().(T)
	}
	return t, ok
}

// holder is an Engine, or what embeds one.
type holder interface {
	Slot(v goja.Value) any
	VM() *goja.Runtime
}

// Held is the state of type T that SetSlot gave to v. Where there is none, as on a prototype that a script calls a method of,
// it throws what calling a native method on a wrong object throws.
func Held[T any](e holder, v goja.Value) T {
	state, ok := e.Slot(v).(T)
	if !ok {
		panic(e.VM().NewTypeError("Illegal invocation"))
	}
	return state
}
