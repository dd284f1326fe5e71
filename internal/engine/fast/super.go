package fast

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// superObject is what super means in a method or a constructor: nil if the engine has to find it.
func (m *machine) superObject() goja.Value {
	callee := m.place(m.sb - 1)
	if callee.Tab != objectTab {
		return nil
	}
	self := layout.SelfOf((*goja.Object)(callee.Data))
	k := kindOf(self)
	if k.arrow {
		o := (*layout.ArrowFuncObject)(self.Data).FuncObj
		if o == nil {
			return nil
		}
		self = layout.SelfOf(o)
		k = kindOf(self)
	}
	var home *goja.Object
	switch {
	case k.method:
		home = (*layout.MethodFuncObject)(self.Data).HomeObject
	case k.class:
		home = prototypeOf(self)
	}
	if home == nil {
		return nil
	}
	if self = layout.SelfOf(home); self.Tab != baseTab && !kindOf(self).class {
		return nil
	}
	if proto := (*layout.BaseObject)(self.Data).Prototype; proto != nil {
		return objectValue(proto)
	}
	return undefined
}
