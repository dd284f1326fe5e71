package intrinsics

import (
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// head is the part of an interface value's table before the functions: two pointers and a hash.
const head = 3 * unsafe.Sizeof(uintptr(0))

// method is a function of the table of an object's implementation.
func method[F any](tab unsafe.Pointer, i int) F {
	code := unsafe.Add(tab, head+uintptr(i)*unsafe.Sizeof(uintptr(0)))
	return *(*F)(unsafe.Pointer(&code))
}

// guards are the tables that notice changes, by the engine's. The map keeps them, for the collector does not follow the tables of
// interface values.
var guards struct {
	sync.Mutex
	m map[unsafe.Pointer]*[]unsafe.Pointer
}

// plain is the engine's table of an object that may be guarded.
func plain(tab unsafe.Pointer) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(tab, -int(unsafe.Sizeof(uintptr(0)))))
}

// guardTable makes a table: the engine's stands before it.
func guardTable(in *layout.Intrinsics, engine unsafe.Pointer) unsafe.Pointer {
	guards.Lock()
	defer guards.Unlock()
	m := &guards.m
	if t := (*m)[engine]; t != nil {
		return unsafe.Pointer(&(*t)[1])
	}
	n := int(head/unsafe.Sizeof(uintptr(0))) + in.Methods
	t := append(make([]unsafe.Pointer, 0, n+1), engine)
	t = append(t, unsafe.Slice((*unsafe.Pointer)(engine), n)...)
	set := func(i int, code unsafe.Pointer) { t[1+int(head/unsafe.Sizeof(uintptr(0)))+i] = code }
	set(in.SetOwnStr, codeOf(setOwnStr))
	set(in.SetOwnSym, codeOf(setOwnSym))
	set(in.DefineOwnPropertyStr, codeOf(defineOwnPropertyStr))
	set(in.DefineOwnPropertySym, codeOf(defineOwnPropertySym))
	set(in.DeleteStr, codeOf(deleteStr))
	set(in.DeleteSym, codeOf(deleteSym))
	set(in.SetProto, codeOf(setProto))
	if *m == nil {
		*m = map[unsafe.Pointer]*[]unsafe.Pointer{}
	}
	(*m)[engine] = &t
	known.Store(in)
	return unsafe.Pointer(&t[1])
}

// codeOf is where the code of a top-level function is.
func codeOf[F any](f F) unsafe.Pointer { return **(**unsafe.Pointer)(unsafe.Pointer(&f)) }

// guarded tells whether an object has one of these tables.
func guarded(o *goja.Object) bool {
	return method0(layout.SelfOf(o).Tab) == codeOf(setProto)
}

func method0(tab unsafe.Pointer) unsafe.Pointer {
	in := known.Load()
	if in == nil {
		return nil
	}
	return *(*unsafe.Pointer)(unsafe.Add(tab, head+uintptr(in.SetProto)*unsafe.Sizeof(uintptr(0))))
}

// Table is the engine's table of an object, whether it is guarded or not: what SelfOf(o).Tab would be.
func Table(o *goja.Object) unsafe.Pointer {
	if guarded(o) {
		return plain(layout.SelfOf(o).Tab)
	}
	return layout.SelfOf(o).Tab
}

// guard gives an object a table that notices changes; it is false if it has or had one, and for those whose implementation goja asks for
// by its type: classes of scripts, where private names are defined, and Boolean.prototype, which is a Boolean.
func (r *Realm) guard(o *goja.Object) bool {
	self := layout.SelfOf(o)
	switch layout.SelfType(o).String() {
	case "*goja.classFuncObject", "*goja.primitiveValueObject":
		return false
	}
	if guarded(o) || r.copies[o] != nil || self.Tab == r.facts.Proxy {
		return false
	}
	self.Tab = guardTable(r.in, self.Tab)
	return true
}

// change is called before a property is changed. It gives the engine's table.
func change(o *goja.Object, own func(*Realm, unsafe.Pointer) (v goja.Value, inherited bool)) unsafe.Pointer {
	self := layout.SelfOf(o)
	tab := self.Tab
	if !guarded(o) {
		return tab
	}
	tab = plain(tab)
	r := realmOf((*layout.Object)(unsafe.Pointer(o)).Runtime)
	if r == nil || r.amending > 0 {
		return tab
	}
	v, inherited := own(r, tab)
	if v == nil && !inherited || v != nil && r.primitive(v) {
		return tab
	}
	r.copy(o)
	return tab
}

// primitive tells whether a stored property is a plain value, which scripts may set: Error.stackTraceLimit, say.
func (r *Realm) primitive(v goja.Value) bool {
	w := layout.WordsOf(v)
	if w.Tab == r.facts.Property {
		p := (*layout.ValueProperty)(w.Data)
		if p.GetterFunc != nil || p.SetterFunc != nil || p.Accessor {
			return false
		}
		v = p.Value
	}
	_, object := v.(*goja.Object)
	return !object
}

func changeStr(self *layout.BaseObject, name unistring.String) unsafe.Pointer {
	return change(self.Val, func(r *Realm, tab unsafe.Pointer) (goja.Value, bool) {
		data := unsafe.Pointer(self)
		if v := method[func(unsafe.Pointer, unistring.String) goja.Value](tab, r.in.GetOwnPropStr)(data, name); v != nil {
			return v, false
		}
		return nil, method[func(unsafe.Pointer, unistring.String) bool](tab, r.in.HasPropertyStr)(data, name)
	})
}

func changeSym(self *layout.BaseObject, name *goja.Symbol) unsafe.Pointer {
	return change(self.Val, func(r *Realm, tab unsafe.Pointer) (goja.Value, bool) {
		data := unsafe.Pointer(self)
		if v := method[func(unsafe.Pointer, *goja.Symbol) goja.Value](tab, r.in.GetOwnPropSym)(data, name); v != nil {
			return v, false
		}
		return nil, method[func(unsafe.Pointer, *goja.Symbol) bool](tab, r.in.HasPropertySym)(data, name)
	})
}

func setOwnStr(self *layout.BaseObject, name unistring.String, v goja.Value, throw bool) bool {
	return method[func(*layout.BaseObject, unistring.String, goja.Value, bool) bool](changeStr(self, name), known.Load().SetOwnStr)(self, name, v, throw)
}

func setOwnSym(self *layout.BaseObject, name *goja.Symbol, v goja.Value, throw bool) bool {
	return method[func(*layout.BaseObject, *goja.Symbol, goja.Value, bool) bool](changeSym(self, name), known.Load().SetOwnSym)(self, name, v, throw)
}

func defineOwnPropertyStr(self *layout.BaseObject, name unistring.String, d goja.PropertyDescriptor, throw bool) bool {
	return method[func(*layout.BaseObject, unistring.String, goja.PropertyDescriptor, bool) bool](changeStr(self, name), known.Load().DefineOwnPropertyStr)(self, name, d, throw)
}

func defineOwnPropertySym(self *layout.BaseObject, name *goja.Symbol, d goja.PropertyDescriptor, throw bool) bool {
	return method[func(*layout.BaseObject, *goja.Symbol, goja.PropertyDescriptor, bool) bool](changeSym(self, name), known.Load().DefineOwnPropertySym)(self, name, d, throw)
}

func deleteStr(self *layout.BaseObject, name unistring.String, throw bool) bool {
	return method[func(*layout.BaseObject, unistring.String, bool) bool](changeStr(self, name), known.Load().DeleteStr)(self, name, throw)
}

func deleteSym(self *layout.BaseObject, name *goja.Symbol, throw bool) bool {
	return method[func(*layout.BaseObject, *goja.Symbol, bool) bool](changeSym(self, name), known.Load().DeleteSym)(self, name, throw)
}

func setProto(self *layout.BaseObject, proto *goja.Object, throw bool) bool {
	tab := change(self.Val, func(*Realm, unsafe.Pointer) (goja.Value, bool) { return nil, true })
	return method[func(*layout.BaseObject, *goja.Object, bool) bool](tab, known.Load().SetProto)(self, proto, throw)
}
