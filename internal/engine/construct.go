package engine

import "github.com/dop251/goja"

// constructible lets scripts call a Go function with new as well, as they may all that Node declares by `function`: it has a
// new object as its this, which is the result unless the function returns another object.
func (e *Engine) constructible(fn *goja.Object) *goja.Object {
	native := nativeOf(fn)
	if native == nil {
		return fn
	}
	native.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		if newTarget == nil {
			newTarget = fn
		}
		proto, _ := newTarget.Get("prototype").(*goja.Object)
		if proto == nil {
			proto = e.Intrinsic("Object").Get("prototype").(*goja.Object)
		}
		this := e.vm.CreateObject(proto)
		if o, ok := native.F(goja.FunctionCall{This: this, Arguments: args}).(*goja.Object); ok {
			return o
		}
		return this
	}
	return fn
}

// NoConstructor is Func of a function that Node refuses to be called with new by an error of its own.
func (e *Engine) NoConstructor(name string, length int, f Native) *goja.Object {
	fn := e.Function(name, length, f)
	if native := nativeOf(fn); native != nil {
		native.Construct = func([]goja.Value, *goja.Object) *goja.Object { panic(e.NewError("ERR_ILLEGAL_CONSTRUCTOR")) }
	}
	return fn
}

// TargetClass is a class whose objects create makes: newTarget is nil where it is called without new.
func (e *Engine) TargetClass(name string, length int, create func(call goja.FunctionCall, newTarget *goja.Object) *goja.Object) (class, prototype *goja.Object) {
	class, prototype = e.FactoryClass(name, length, func(goja.ConstructorCall) *goja.Object { return nil })
	if native := nativeOf(class); native != nil {
		native.F = func(call goja.FunctionCall) goja.Value { return create(call, nil) }
		native.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			if newTarget == nil {
				newTarget = class
			}
			return create(goja.FunctionCall{This: goja.Undefined(), Arguments: args}, newTarget)
		}
	}
	return class, prototype
}
