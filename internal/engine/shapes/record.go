package shapes

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// Records makes ordinary objects of a runtime that all have the same properties, as rows of a table are: where shapes can be had, each in
// one piece of memory.
type Records struct {
	rt    *goja.Runtime
	names []string
	shape *Shape // nil where the objects are made by the engine
}

// NewRecords is for objects with properties of these names, in this order.
func NewRecords(rt *goja.Runtime, names ...string) *Records {
	r := &Records{rt: rt, names: names}
	s := Empty()
	if s == nil || len(names) > Most {
		return r
	}
	for _, name := range names {
		// The engine puts indexes in front.
		if name == "" || name[0]-'0' <= 9 {
			return r
		}
		if s = s.WithData(unistring.NewFromString(name)); s == nil {
			return r
		}
	}
	r.shape = s
	return r
}

// New makes an object with values, one for each name. The prototype may be nil.
func (r *Records) New(prototype *goja.Object, values ...goja.Value) *goja.Object {
	if r.shape == nil || len(r.names) == 0 {
		o := r.rt.CreateObject(prototype)
		for i, name := range r.names {
			o.Set(name, values[i])
		}
		return o
	}
	o, slots := r.shape.Make(r.rt, prototype)
	for i := range slots {
		slots[i].Value = values[i]
	}
	return o
}
