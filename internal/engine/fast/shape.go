package fast

import (
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
)

// An instruction remembers where its name is in objects of the shape (package shapes) that it met last.
type location = shapes.Location

// placeFor tells where the instruction's name is in objects of the shape of this one, nil if it has none.
func (o *op) placeFor(self *layout.Words, name unistring.String) *location {
	b := (*layout.BaseObject)(self.Data)
	if p := (*location)(atomic.LoadPointer(&o.place)); p != nil && p.Of(b) && !p.Adds() {
		return p
	}
	s := shapes.Of(b)
	if s == nil && self.Tab == baseTab {
		s = shapes.Adopt(b)
	}
	if s == nil {
		return nil
	}
	p := s.Locate(name)
	atomic.StorePointer(&o.place, unsafe.Pointer(p))
	return p
}

// placeForNew tells how an object of this one's shape gets the instruction's name, nil if it has it or no shape.
func (o *op) placeForNew(b *layout.BaseObject, name unistring.String) *location {
	if p := (*location)(atomic.LoadPointer(&o.place)); p != nil && p.Of(b) && p.Adds() {
		return p
	}
	s := shapes.Adopt(b)
	if s == nil {
		return nil
	}
	if s = s.With(name); s == nil {
		return nil
	}
	p := s.Added()
	atomic.StorePointer(&o.place, unsafe.Pointer(p))
	return p
}

// defineNamed gives an object of a literal its next property.
func defineNamed(w *layout.Words, o *op, v goja.Value) bool {
	base := ordinary(w)
	if base == nil {
		return false
	}
	b := (*shapes.Object)(unsafe.Pointer(base))
	p := o.placeForNew(&b.BaseObject, *(*unistring.String)(o.in.Data))
	if p == nil {
		return false
	}
	b.Add(p, v)
	return true
}

// addNamed gives an object a property that it has not, and that nothing it inherits from has.
func addNamed(self *layout.Words, o *op, name unistring.String, v goja.Value) bool {
	b := (*shapes.Object)(self.Data)
	if !b.Extensible {
		return false
	}
	p := o.placeForNew(&b.BaseObject, name)
	if p == nil {
		return false
	}
	if o.lacking(b.Prototype) {
		b.Add(p, v)
		return true
	}
	if !absent(b.Prototype, name) {
		return false
	}
	o.learnPath(b.Prototype, true)
	b.Add(p, v)
	return true
}

// absent tells whether a property is in no object from one to what it inherits from, all of which are known.
func absent(proto *goja.Object, name unistring.String) bool {
	for proto != nil {
		self := layout.SelfOf(proto)
		base := (*layout.BaseObject)(self.Data)
		if self.Tab != baseTab {
			if k := kindOf(self); !k.mapped() || k.templated && unmade(self, name) {
				return false
			}
		}
		if base.Values[name] != nil {
			return false
		}
		proto = base.Prototype
	}
	return true
}
