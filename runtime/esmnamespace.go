package runtime

import (
	"gonode/internal/engine"
	"slices"

	"github.com/dop251/goja"
)

// namespaceOf is a module's namespace object. The target of the Proxy has the right properties with no values; what
// importers read is in the module's env.
func (l *ESModules) namespaceOf(m *esModule) *goja.Object {
	if m.namespace != nil {
		return m.namespace
	}
	names := m.exportNames(map[*esModule]bool{})
	if m.unit != nil {
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool {
			_, st := m.resolveExport(n, map[binding]bool{})
			return st != found
		})
	}
	m.namespace = l.newNamespace(names, m, m.env.Get)
	return m.namespace
}

func (l *ESModules) newNamespace(names []string, state any, get func(string) goja.Value) *goja.Object {
	rt := l.rt
	names = slices.Clone(names)
	slices.Sort(names)
	target := rt.vm.CreateObject(nil)
	exported := make(map[string]bool, len(names))
	for _, n := range names {
		exported[n] = true
		target.DefineDataProperty(n, goja.Undefined(), flagTrue, flagFalse, flagTrue)
	}
	target.DefineDataPropertySymbol(goja.SymToStringTag, rt.vm.ToValue("Module"), flagFalse, flagFalse, flagFalse)
	rt.SetSlot(target, state)
	rt.CallMethod(rt.Intrinsic("Object"), "preventExtensions", target)
	ns := rt.vm.ToValue(rt.vm.NewProxy(target, &goja.ProxyTrapConfig{
		Get: func(_ *goja.Object, name string, _ goja.Value) goja.Value {
			if !exported[name] {
				return goja.Undefined()
			}
			return get(name)
		},
		GetOwnPropertyDescriptor: func(_ *goja.Object, name string) goja.PropertyDescriptor {
			if !exported[name] {
				return goja.PropertyDescriptor{}
			}
			return goja.PropertyDescriptor{Value: get(name), Writable: flagTrue, Enumerable: flagTrue, Configurable: flagFalse}
		},
		Set: func(_ *goja.Object, name string, _, _ goja.Value) bool { return false },
		DefineProperty: func(_ *goja.Object, name string, d goja.PropertyDescriptor) bool {
			if !exported[name] || d.Getter != nil || d.Setter != nil || d.Configurable == flagTrue || d.Enumerable == flagFalse || d.Writable == flagFalse {
				return false
			}
			return d.Value == nil || d.Value.SameAs(get(name))
		},
		DeleteProperty: func(_ *goja.Object, name string) bool { return !exported[name] },
		SetPrototypeOf: func(_, proto *goja.Object) bool { return proto == nil },
	})).(*goja.Object)
	return ns
}

// IsModuleNamespace tells whether v is the namespace object of an ES module.
func (rt *Runtime) IsModuleNamespace(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && rt.isNamespace(o)
}

func (rt *Runtime) isNamespace(o *goja.Object) bool {
	if engine.KindOf(o) != engine.ProxyObject {
		return false
	}
	m, ok := rt.Slot(o).(*esModule)
	return ok && (m.namespace == o || m.shim == o)
}
