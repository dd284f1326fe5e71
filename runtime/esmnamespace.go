package runtime

import (
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// namespaceOf is a module's namespace object. The target of the Proxy has the right properties with no values; what
// importers read is in the module's env.
func (rt *Runtime) namespaceOf(m *esModule) *goja.Object {
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
	m.namespace = rt.newNamespace(names, m, m.env.Get)
	return m.namespace
}

func (rt *Runtime) newNamespace(names []string, state any, get func(string) goja.Value) *goja.Object {
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
	rt.CallMethod(rt.vm.Get("Object").(*goja.Object), "preventExtensions", target)
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
	if !ok || KindOf(o) != ProxyObject {
		return false
	}
	m, ok := rt.Slot(v).(*esModule)
	return ok && (m.namespace == o || m.shim == o)
}

// namespaceWords says in V8's words what was refused of a namespace object, "" if it was another Proxy's trap.
func (rt *Runtime) namespaceWords(was string) string {
	m := rt.machine()
	stack := m.stack()
	var ns *goja.Object
	var args []goja.Value
	for i := min(m.sp(), len(stack)) - 1; i >= max(0, m.sp()-5) && ns == nil; i-- {
		if o, ok := stack[i].(*goja.Object); ok && rt.IsModuleNamespace(o) {
			ns, args = o, stack[i+1:m.sp()]
		}
	}
	if ns == nil {
		return ""
	}
	name := ""
	if i := strings.LastIndex(was, " property '"); i > 0 {
		name = strings.TrimSuffix(was[i+len(" property '"):], "'")
	}
	has := slices.Contains(ns.GetOwnPropertyNames(), name)
	switch {
	case strings.HasPrefix(was, "'set' on proxy") && has:
		return "Cannot assign to read only property '" + name + "' of object '[object Module]'"
	case strings.HasPrefix(was, "'set' on proxy"):
		return "Cannot add property " + name + ", object is not extensible"
	case strings.HasPrefix(was, "'deleteProperty' on proxy"):
		return "Cannot delete property '" + name + "' of [object Module]"
	case strings.HasPrefix(was, "'setPrototypeOf' on proxy"):
		return "[object Module] is not extensible"
	case strings.HasPrefix(was, "'defineProperty' on proxy"):
		if len(args) > 1 && goja.IsString(args[0]) {
			name = args[0].String()
		} else if names := ns.GetOwnPropertyNames(); len(names) > 0 {
			name = names[0]
		}
		return "Cannot redefine property: " + name
	}
	return ""
}
