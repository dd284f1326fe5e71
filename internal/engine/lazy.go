package engine

import (
	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/layout"
)

// DefineLazy gives o a property whose value is made when first read; then, or when assigned to, it becomes a plain
// data property.
func (e *Engine) DefineLazy(o *goja.Object, name string, enumerable bool, value func() goja.Value) {
	e.defineLazy(o, name, enumerable, value)
}

// defineLazy returns the getter.
func (e *Engine) defineLazy(o *goja.Object, name string, enumerable bool, value func() goja.Value) goja.Value {
	flag := goja.ToFlag(enumerable)
	var made goja.Value
	var get *goja.Object
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
	set := e.Method("set "+name, 1, func(call goja.FunctionCall) goja.Value {
		if this, ok := call.This.(*goja.Object); ok && this != o {
			// An object that inherits from o gets a property of its own, as by any assignment.
			this.DefineDataProperty(name, call.Argument(0), flagTrue, flagTrue, flagTrue)
		} else {
			o.DefineDataProperty(name, call.Argument(0), flagTrue, flagTrue, flag)
		}
		return goja.Undefined()
	})
	o.DefineAccessorProperty(name, get, set, flagTrue, flag)
	return get
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
		e.watchDescriptors()
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

// watchDescriptors makes the engine's functions that read or replace accessors see data properties instead.
func (e *Engine) watchDescriptors() {
	object := e.Intrinsic("Object")
	reflect := e.Intrinsic("Reflect")
	descriptor, _ := goja.AssertFunction(e.Member(object, "getOwnPropertyDescriptor"))
	settle := func(o *goja.Object, key goja.Value) {
		d, err := descriptor(goja.Undefined(), o, key)
		if err != nil {
			return
		}
		if d, ok := d.(*goja.Object); ok && e.exports.pending[d.Get("get")] {
			o.Get(key.String())
		}
	}
	one := func(call goja.FunctionCall, o *goja.Object) {
		if _, symbol := call.Argument(1).(*goja.Symbol); !symbol {
			settle(o, call.Argument(1))
		}
	}
	all := func(_ goja.FunctionCall, o *goja.Object) {
		for _, name := range o.GetOwnPropertyNames() {
			settle(o, e.vm.ToValue(name))
		}
	}
	e.before(e.Member(object, "defineProperty"), one)
	e.before(e.Member(reflect, "defineProperty"), one)
	e.before(e.Member(reflect, "getOwnPropertyDescriptor"), one)
	e.before(e.Member(object, "getOwnPropertyDescriptors"), all)
	e.before(e.Member(object, "freeze"), all)
	e.before(e.Member(object, "seal"), all)
	// Last, for settle calls it.
	native := nativeOf(e.Member(object, "getOwnPropertyDescriptor"))
	if native == nil {
		return
	}
	plain := native.F
	descriptor = func(this goja.Value, args ...goja.Value) (goja.Value, error) {
		return plain(goja.FunctionCall{This: this, Arguments: args}), nil
	}
	e.before(e.Member(object, "getOwnPropertyDescriptor"), one)
}

// before has f called before a native function whose first argument is an object with exports that are not made yet.
func (e *Engine) before(function goja.Value, f func(goja.FunctionCall, *goja.Object)) {
	native := nativeOf(function)
	if native == nil {
		return
	}
	plain := native.F
	native.F = func(call goja.FunctionCall) goja.Value {
		if o, ok := call.Argument(0).(*goja.Object); ok && e.exports.holders[o] {
			f(call, o)
		}
		return plain(call)
	}
}

// nativeOf is one of goja's functions of Go, nil if v is none.
func nativeOf(v goja.Value) *layout.NativeFuncObject {
	o, ok := v.(*goja.Object)
	if !ok || intrinsics.Table(o) != layout.Found().NativeFunc {
		return nil
	}
	return (*layout.NativeFuncObject)(layout.SelfOf(o).Data)
}
