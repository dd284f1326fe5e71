package shapes

import (
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// Function is the map of a function that has no other properties than its length and its name. It lies in the function's memory.
type Function struct {
	m       smallMap
	control uint64
	slots   [4]Slot // one more may come, and the one that Go wants
	name    layout.ValueProperty
}

// Init gives the beginning of a new function its properties. There must be shapes.
func (m *Function) Init(f *layout.BaseFuncObject, name, length goja.Value) {
	m.m.group, m.m.seed = unsafe.Pointer(&m.control), seed
	*(**smallMap)(unsafe.Pointer(&f.Values)) = &m.m
	f.PropNames = functionNames.names[: functionNames.n : functionNames.n+1]
	f.LenProp.Value, f.LenProp.Configurable = length, true
	m.name = layout.ValueProperty{Value: name, Configurable: true}
	slots := m.m.fill(functionNames, len(m.slots)-1)
	slots[0].Value = layout.Words{Tab: facts.Property, Data: unsafe.Pointer(&f.LenProp)}.Value()
	slots[1].Value = layout.Words{Tab: facts.Property, Data: unsafe.Pointer(&m.name)}.Value()
}

// nativeBlock is a function written in Go in one piece of memory, where the engine makes six.
type nativeBlock struct {
	object     layout.Object
	f          layout.NativeFuncObject
	properties Function
}

// NewNative makes a function of a Go function, nil where it must be the engine that does. There must be shapes.
func NewNative(rt *goja.Runtime, f func(goja.FunctionCall) goja.Value, name, length goja.Value) *goja.Object {
	prototype := *layout.At[*goja.Object](unsafe.Pointer(rt), facts.FunctionPrototype)
	if prototype == nil {
		return nil
	}
	b := new(nativeBlock)
	b.object = layout.Object{Self: layout.Words{Tab: facts.NativeFunc, Data: unsafe.Pointer(&b.f)}, Runtime: rt}
	o := (*goja.Object)(unsafe.Pointer(&b.object))
	b.f.Class, b.f.Val, b.f.Prototype, b.f.Extensible, b.f.F = "Function", o, prototype, true, f
	b.properties.Init(&b.f.BaseFuncObject, name, length)
	return o
}
