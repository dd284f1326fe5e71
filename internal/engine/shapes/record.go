package shapes

import (
	"slices"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"
)

// Records makes ordinary objects of a runtime that all have the same properties, as rows of a table are: where shapes can be had, each in
// one piece of memory.
type Records struct {
	rt    *goja.Runtime
	names []string
	shape *Shape             // of objects of few properties
	keys  []unistring.String // the names of objects with more; neither, where the objects are made by the engine
}

// NewRecords is for objects with properties of these names, in this order.
func NewRecords(rt *goja.Runtime, names ...string) *Records {
	r := &Records{rt: rt, names: names}
	s := Empty()
	if s == nil {
		return r
	}
	keys := make([]unistring.String, len(names))
	for i, name := range names {
		// The engine puts indexes in front.
		if name == "" || name[0]-'0' <= 9 {
			return r
		}
		keys[i] = unistring.NewFromString(name)
	}
	if len(names) > Most {
		r.keys = keys
		return r
	}
	for _, key := range keys {
		if s = s.WithData(key); s == nil {
			return r
		}
	}
	r.shape = s
	return r
}

// New makes an object with values, one for each name. The prototype may be nil.
func (r *Records) New(prototype *goja.Object, values ...goja.Value) *goja.Object {
	if len(r.keys) > 0 {
		properties := make(map[unistring.String]goja.Value, len(r.keys))
		for i, key := range r.keys {
			properties[key] = values[i]
		}
		return Large(r.rt, prototype, slices.Clone(r.keys), properties)
	}
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
