package engine

import "github.com/dop251/goja"

// constructible lets scripts call a Go function with new as well, as they may all that Node declares by `function`: it has a
// new object as its this, which is the result unless the function returns another object. Where the engine's layout is not known, nothing changes.
func (e *Engine) constructible(fn *goja.Object) *goja.Object {
	l := &e.layout
	self := objectSelf(fn)
	if !l.ok || self.typ != l.nativeType {
		return fn
	}
	call := at[func(goja.FunctionCall) goja.Value](self.data, l.call)
	*at[func([]goja.Value, *goja.Object) *goja.Object](self.data, l.construct) = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		if newTarget == nil {
			newTarget = fn
		}
		proto, _ := newTarget.Get("prototype").(*goja.Object)
		if proto == nil {
			proto = e.vm.Get("Object").(*goja.Object).Get("prototype").(*goja.Object)
		}
		this := e.vm.CreateObject(proto)
		if o, ok := (*call)(goja.FunctionCall{This: this, Arguments: args}).(*goja.Object); ok {
			return o
		}
		return this
	}
	return fn
}
