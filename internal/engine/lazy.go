package engine

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// DefineLazy gives o a property whose value is made when first read; then, or when assigned to, it becomes a plain
// data property.
func (e *Engine) DefineLazy(o *goja.Object, name string, enumerable bool, value func() goja.Value) {
	e.defineLazy(o, name, enumerable, value)
}

// defineLazy returns the getter.
func (e *Engine) defineLazy(o *goja.Object, name string, enumerable bool, value func() goja.Value) goja.Value {
	get, set := e.lazyAccessor(o, name, enumerable, value)
	o.DefineAccessorProperty(name, get, set, flagTrue, goja.ToFlag(enumerable))
	return get
}

// lazyAccessor makes the functions of a property of DefineLazy.
func (e *Engine) lazyAccessor(o *goja.Object, name string, enumerable bool, value func() goja.Value) (get, set *goja.Object) {
	flag := goja.ToFlag(enumerable)
	var made goja.Value
	pending := func() bool {
		p, ok := layout.PropertyOf(layout.BaseOf(o).Values[unistring.NewFromString(name)])
		return ok && p.GetterFunc == get
	}
	get = e.Method("get "+name, 0, func(goja.FunctionCall) goja.Value {
		if made == nil {
			made = value()
		}
		if !e.realm.Replaced(o) || pending() {
			e.Amend(func() { o.DefineDataProperty(name, made, flagTrue, flagTrue, flag) })
		}
		return made
	})
	set = e.Method("set "+name, 1, func(call goja.FunctionCall) goja.Value {
		if this, ok := call.This.(*goja.Object); ok && this != o {
			// An object that inherits from o gets a property of its own, as by any assignment.
			this.DefineDataProperty(name, call.Argument(0), flagTrue, flagTrue, flagTrue)
		} else {
			o.DefineDataProperty(name, call.Argument(0), flagTrue, flagTrue, flag)
		}
		return goja.Undefined()
	})
	return get, set
}

// DefineExport is DefineData of an enumerable property.
func (e *Engine) DefineExport(o *goja.Object, name string, value func() goja.Value) {
	e.DefineData(o, name, true, value)
}

// DefineData gives o a property that is made when first read and that scripts always see as a data
// property: the functions that tell of accessors make it first. A module's exports are such, so that requiring the
// module does not load what the script does not use.
func (e *Engine) DefineData(o *goja.Object, name string, enumerable bool, value func() goja.Value) {
	x := &e.exports
	if x.pending == nil {
		x.pending, x.holders = map[goja.Value]bool{}, map[*goja.Object]bool{}
	}
	var access goja.Value
	access = e.defineLazy(o, name, enumerable, func() goja.Value {
		v := value()
		delete(x.pending, access)
		return v
	})
	x.pending[access], x.holders[o] = true, true
}

// DefineExports is DefineExport of the exports of those names of a built-in module.
func (e *Engine) DefineExports(o *goja.Object, module string, names ...string) {
	for _, name := range names {
		e.DefineExport(o, name, func() goja.Value { return e.hooks.Require(module).Get(name) })
	}
}

// exports are the properties of DefineExport: their accessors while they are not made, and the objects that have any.
type exports struct {
	pending map[goja.Value]bool
	holders map[*goja.Object]bool
}

// descriptorFunctions are those of Object that look at properties as such: they see data properties in the place of pending exports, and
// those that a Settler makes.
func descriptorFunctions() []templates.Property {
	var list []templates.Property
	for name, settle := range map[string]func(*Engine, goja.FunctionCall, *goja.Object){"defineProperty": settleOne, "getOwnPropertyDescriptor": settleOne,
		"getOwnPropertyDescriptors": settleAll, "freeze": settleAll, "seal": settleAll,
		"keys": settleNothing, "getOwnPropertyNames": settleNothing, "getOwnPropertySymbols": settleNothing, "entries": settleNothing,
		"values": settleNothing, "hasOwn": settleNothing, "preventExtensions": settleNothing} {
		list = append(list, completed(name, func(e *Engine, o *goja.Object) {
			e.before(o, settle)
			switch name {
			case "defineProperty", "getOwnPropertyDescriptor", "getOwnPropertyDescriptors", "getOwnPropertyNames", "hasOwn", "freeze", "seal":
				beforeFunctions(o)
			}
			if verb := map[string]string{"freeze": "freeze", "seal": "seal", "preventExtensions": "prevent extensions"}[name]; verb != "" {
				e.keepElements(o, verb)
			}
		}))
	}
	return list
}

// keepElements has a function that makes properties fixed refuse typed arrays whose elements cannot be, or may become more.
func (e *Engine) keepElements(function *goja.Object, verb string) {
	e.WrapNative(function, func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if o, ok := call.Argument(0).(*goja.Object); ok && KindOf(o) == TypedArray {
				if growing(o) {
					e.Throw(e.vm.NewTypeError("Cannot " + verb))
				}
				if verb == "prevent extensions" {
					return plain(call)
				}
				if o.Get("length").ToInteger() > 0 {
					e.Throw(e.vm.NewTypeError("Cannot " + verb + " array buffer views with elements"))
				}
				if b, ok := o.Get("buffer").Export().(goja.ArrayBuffer); ok && b.Detached() { // goja still lists its elements
					return e.CallMethod(e.Intrinsic("Object"), "preventExtensions", o)
				}
			}
			return plain(call)
		}
	})
}

// growing tells whether the number of a typed array's elements may change.
func growing(o *goja.Object) bool {
	t := typedArray(o)
	return t != nil && resizableOf(t.ViewedArrayBuf) != nil
}

// completeReflect does it for Reflect's.
func (e *Engine) completeReflect(reflect *goja.Object) {
	for name, settle := range map[string]func(*Engine, goja.FunctionCall, *goja.Object){"defineProperty": settleOne, "getOwnPropertyDescriptor": settleOne, "ownKeys": settleNothing} {
		e.before(reflect.Get(name), settle)
		beforeFunctions(reflect.Get(name))
	}
	e.WrapNative(reflect.Get("preventExtensions"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if o, ok := call.Argument(0).(*goja.Object); ok && KindOf(o) == TypedArray && growing(o) {
				return e.vm.ToValue(false)
			}
			return plain(call)
		}
	})
}

func settleOne(e *Engine, call goja.FunctionCall, o *goja.Object) {
	switch name := call.Argument(1).(type) {
	case *goja.Symbol:
	case *goja.Object:
		settleAll(e, call, o) // to ask it for its name is for the function alone
	default:
		e.settle(o, name.String())
	}
}

func settleAll(e *Engine, _ goja.FunctionCall, o *goja.Object) {
	for _, name := range o.GetOwnPropertyNames() {
		e.settle(o, name)
	}
}

// settle makes an export that is pending.
func (e *Engine) settle(o *goja.Object, name string) {
	if p, ok := layout.PropertyOf(layout.BaseOf(o).Values[unistring.NewFromString(name)]); ok && p.GetterFunc != nil && e.exports.pending[p.GetterFunc] {
		o.Get(name)
	}
}

// Settler is the Go state of an object (see SetSlot) that has no properties of its own, or accessors for them, until somebody asks for
// them as such. Settle makes them.
type Settler interface{ Settle() }

func settleState(o *goja.Object) {
	if h := heldBy(layout.SelfOf(o)); h != nil {
		if s, ok := h.state.(Settler); ok {
			s.Settle()
		}
	}
}

// settleNothing is for functions that read names: exports have theirs.
func settleNothing(*Engine, goja.FunctionCall, *goja.Object) {}

// before has settle called before a native function whose first argument is an object with exports that are not made yet.
func (e *Engine) before(function goja.Value, settle func(*Engine, goja.FunctionCall, *goja.Object)) {
	beforeObject(function, func(call goja.FunctionCall, o *goja.Object) {
		if e.exports.holders[o] {
			settle(e, call, o)
		}
		settleState(o)
	})
}

// beforeFunctions has functions of scripts show V8's own properties to a native function whose first argument they are.
func beforeFunctions(function goja.Value) {
	beforeObject(function, func(_ goja.FunctionCall, o *goja.Object) { completeFunction(o) })
}

// beforeObject has do called before a native function whose first argument is an object.
func beforeObject(function goja.Value, do func(goja.FunctionCall, *goja.Object)) {
	native := nativeOf(function)
	if native == nil {
		return
	}
	plain := native.F
	native.F = func(call goja.FunctionCall) goja.Value {
		if o, ok := call.Argument(0).(*goja.Object); ok {
			do(call, o)
		}
		return plain(call)
	}
}

// functionKeys are the first of a function's own keys, in V8's order.
var functionKeys = []string{"length", "name", "arguments", "caller", "prototype"}

// completeFunction gives an ordinary function the own properties that it has in V8, in their order. The engine makes its prototype when it
// is first asked for, and has no arguments and caller, which are nothing outside of a call.
func completeFunction(o *goja.Object) {
	self := layout.SelfOf(o)
	if layout.ClassOf(self) != layout.ClassFunc {
		return
	}
	base := layout.BaseOf(o)
	if _, done := base.Values["caller"]; done || base.IdxPropCount > 0 {
		return
	}
	o.Get("prototype")
	if !(*layout.FuncObject)(self.Data).Strict && base.Extensible {
		o.DefineDataProperty("arguments", goja.Null(), flagFalse, flagFalse, flagFalse)
		o.DefineDataProperty("caller", goja.Null(), flagFalse, flagFalse, flagFalse)
	}
	base.PropNames = templates.Ordered(base.PropNames, func(name unistring.String) bool { return base.Values[name] != nil }, functionKeys)
}

// nativeOf is one of goja's functions of Go, nil if v is none.
func nativeOf(v goja.Value) *layout.NativeFuncObject {
	o, ok := v.(*goja.Object)
	if !ok || intrinsics.Table(o) != layout.Found().NativeFunc {
		return nil
	}
	return (*layout.NativeFuncObject)(layout.SelfOf(o).Data)
}
