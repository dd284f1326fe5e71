package ecma402

import (
	"testing"

	"github.com/dop251/goja"
)

// plainHost is an engine without gonode's own: enough to run scripts that use Intl.
type plainHost struct {
	vm    *goja.Runtime
	slots map[*goja.Object]any
}

func newRuntime(t testing.TB) *goja.Runtime {
	t.Helper()
	h := &plainHost{goja.New(), map[*goja.Object]any{}}
	in := New(h)
	h.vm.Set("Intl", in.Object())
	return h.vm
}

func (h *plainHost) VM() *goja.Runtime { return h.vm }

func (h *plainHost) Method(name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object {
	return h.vm.ToValue(f).(*goja.Object)
}

func (h *plainHost) SetMethod(o *goja.Object, name string, length int, f func(goja.FunctionCall) goja.Value) {
	o.Set(name, f)
}

func (h *plainHost) SetGetter(o *goja.Object, name string, get func(this goja.Value) goja.Value, _ func(this, v goja.Value)) {
	o.DefineAccessorProperty(name, h.vm.ToValue(func(call goja.FunctionCall) goja.Value { return get(call.This) }), nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (h *plainHost) NewObject(prototype *goja.Object, state any) *goja.Object {
	o := h.vm.CreateObject(prototype)
	h.slots[o] = state
	return o
}

func (h *plainHost) OwnSlot(v goja.Value) any {
	o, _ := v.(*goja.Object)
	return h.slots[o]
}

func (h *plainHost) TargetClass(name string, length int, create func(call goja.FunctionCall, newTarget *goja.Object) *goja.Object) (class, prototype *goja.Object) {
	class = h.vm.ToValue(func(call goja.ConstructorCall) *goja.Object {
		return create(goja.FunctionCall{This: goja.Undefined(), Arguments: call.Arguments}, class)
	}).(*goja.Object)
	return class, class.Get("prototype").(*goja.Object)
}

func (h *plainHost) NewPlainError(class, message string) *goja.Object {
	o, err := h.vm.New(h.vm.Get(class), h.vm.ToValue(message))
	if err != nil {
		panic(err)
	}
	return o
}

func (h *plainHost) Intrinsic(name string) *goja.Object { return h.vm.Get(name).(*goja.Object) }

func (h *plainHost) Apply(fn, this goja.Value, args ...goja.Value) goja.Value {
	f, _ := goja.AssertFunction(fn)
	v, err := f(this, args...)
	if err != nil {
		panic(err)
	}
	return v
}

func (h *plainHost) ForOf(iterable goja.Value, f func(goja.Value) bool) {
	h.vm.ForOf(iterable, func(v goja.Value) bool { return f(v) })
}

func (h *plainHost) DateValue(o *goja.Object) (float64, bool) {
	if o.ClassName() != "Date" {
		return 0, false
	}
	get, _ := goja.AssertFunction(o.Get("getTime"))
	v, _ := get(o)
	return v.ToFloat(), true
}

func (h *plainHost) IteratorPrototype() *goja.Object { return h.vm.NewObject() }
