package engine

import "github.com/dop251/goja"

// Call calls fn from Go that runs inside Enter or a native; an error it throws passes through the caller's Go frames
// up to the next JavaScript frame, as a panic that the engine understands. Loop goroutine only.
func (e *Engine) Call(fn goja.Callable, this goja.Value, args ...goja.Value) goja.Value {
	v, err := fn(this, args...)
	if err != nil {
		e.Rethrow(err)
	}
	return v
}

// CallMethod calls a method of o by name, with the rules of Call.
func (e *Engine) CallMethod(o *goja.Object, name string, args ...goja.Value) goja.Value {
	fn, ok := goja.AssertFunction(e.Member(o, name))
	if !ok {
		e.Throw(e.vm.NewTypeError("%s is not a function", name))
	}
	return e.Call(fn, o, args...)
}

// Apply calls a function from Go that runs inside Enter or a native, as the engine's own built-ins do: what it throws
// passes through the caller's Go frames. It is the cheapest call there is from Go. Loop goroutine only.
func (e *Engine) Apply(fn, this goja.Value, args ...goja.Value) goja.Value {
	o, ok := fn.(*goja.Object)
	if ok {
		if f, ok := o.Export().(func(goja.FunctionCall) goja.Value); ok {
			return f(goja.FunctionCall{This: this, Arguments: args})
		}
		if f, ok := goja.AssertFunction(o); ok {
			return e.Call(f, this, args...)
		}
	}
	if fn == nil {
		fn = goja.Undefined()
	}
	panic(e.vm.NewTypeError("%s is not a function", fn.String()))
}

// WrapNative puts f around one of the engine's functions, wherever it is called from. The function returned takes it
// away again; it is nil if the engine is not as expected.
func (e *Engine) WrapNative(function goja.Value, f func(plain Native) Native) (unwrap func()) {
	native := nativeOf(function)
	if native == nil {
		return nil
	}
	place := &native.F
	plain := *place
	*place = f(plain)
	return func() { *place = plain }
}

// WrapConstructor is WrapNative for what `new` calls.
func (e *Engine) WrapConstructor(class *goja.Object, f func(plain Constructor) Constructor) (unwrap func()) {
	native := nativeOf(class)
	if native == nil {
		return nil
	}
	place := &native.Construct
	plain := *place
	*place = f(plain)
	return func() { *place = plain }
}

// CallDepth is the number of script frames below the running one.
func (e *Engine) CallDepth() int {
	return e.machine().depth()
}

// Constructor is what a class of the engine makes its instances with.
type Constructor = func(args []goja.Value, newTarget *goja.Object) *goja.Object

// MarkUntransferable keeps an object from being moved to another thread.
func (e *Engine) MarkUntransferable(o *goja.Object) {
	o.DefineDataPropertySymbol(e.untransferable, e.vm.ToValue(true), flagFalse, flagFalse, flagFalse)
}

// Untransferable tells whether MarkUntransferable was called for the object.
func (e *Engine) Untransferable(o *goja.Object) bool { return o.GetSymbol(e.untransferable) != nil }

// MarkUncloneable keeps an object from being cloned.
func (e *Engine) MarkUncloneable(o *goja.Object) {
	o.DefineDataPropertySymbol(e.uncloneable, e.vm.ToValue(true), flagFalse, flagFalse, flagFalse)
}

// Uncloneable tells whether MarkUncloneable was called for the object.
func (e *Engine) Uncloneable(o *goja.Object) bool { return o.GetSymbol(e.uncloneable) != nil }

// ObjectPrototype is Object.prototype as it was made.
func (e *Engine) ObjectPrototype() *goja.Object {
	if e.objectProto == nil {
		e.objectProto = e.vm.NewObject().Prototype()
	}
	return e.objectProto
}
