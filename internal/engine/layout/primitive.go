package layout

import (
	"slices"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// Inherited is a property that a primitive value inherits. A getter is called with the value itself, where the engine's ToObject and Get
// would call it with an object. It is nil if there is none; what a getter throws is a panic. Goroutine of the runtime.
func Inherited(rt *goja.Runtime, v goja.Value, name string) goja.Value {
	key := unistring.NewFromString(name)
	wrapped := v.ToObject(rt)
	if _, object := v.(*goja.Object); object {
		return wrapped.Get(name)
	}
	for o := wrapped.Prototype(); o != nil && SelfOf(o).Tab != Found().Proxy; o = o.Prototype() {
		p, ok := PropertyOf(BaseOf(o).Values[key])
		if ok && p.Accessor && p.GetterFunc != nil {
			for before := wrapped.Prototype(); before != o; before = before.Prototype() {
				if slices.Contains(before.GetOwnPropertyNames(), name) {
					return wrapped.Get(name)
				}
			}
			if get, ok := goja.AssertFunction(p.GetterFunc); ok {
				got, err := get(v)
				if err != nil {
					panic(err)
				}
				return got
			}
		}
	}
	return wrapped.Get(name)
}
