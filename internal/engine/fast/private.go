package fast

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Private names are numbers of fields and methods that an object has beside its properties, by the class that they are of.

// privateName is the operand of an instruction that reads or writes a private name.
type privateName struct {
	name             unistring.String
	index            uint32
	level            uint8
	static, isMethod bool
}

// privateOf is what an ordinary object has of the class whose private name an instruction is about, nil if it has nothing.
func (m *machine) privateOf(name *privateName, w *layout.Words) *layout.PrivateElements {
	if w.Tab != objectTab {
		return nil
	}
	self := layout.SelfOf((*goja.Object)(w.Data))
	if self.Tab != baseTab && !kindOf(self).constructs {
		return nil
	}
	scope := m.vm.PrivEnv
	for level := name.level; level > 0; level-- {
		scope = scope.Outer
	}
	class := scope.InstanceType
	if name.static {
		class = scope.StaticType
	}
	return (*layout.BaseObject)(self.Data).PrivateElements[class]
}

// private reads a private name. It is nil for an accessor, and where the engine has to say what is missing.
func (m *machine) private(o *op, w *layout.Words) goja.Value {
	name := (*privateName)(o.operand)
	has := m.privateOf(name, w)
	if has == nil {
		return nil
	}
	list := has.Fields
	if name.isMethod {
		list = has.Methods
	}
	if v := list[name.index]; v != nil && layout.WordsOf(v).Tab != propertyTab {
		return v
	}
	return nil
}

// setPrivate writes a field under a private name.
func (m *machine) setPrivate(o *op, w, v *layout.Words) bool {
	name := (*privateName)(o.operand)
	if name.isMethod {
		return false
	}
	has := m.privateOf(name, w)
	if has == nil || has.Fields[name.index] == nil {
		return false
	}
	has.Fields[name.index] = m.nums.boxed(valueAt(v))
	return true
}
