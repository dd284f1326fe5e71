package http

import "github.com/dop251/goja"

// A message that is native has next to no properties of its own. Those that it would have are accessors of its class's prototype,
// which turn it into what the class's constructor makes when they are touched.

// nativeMessage is the state of a ServerResponse or ClientRequest while that is native.
type nativeMessage interface {
	comparable
	// adopt makes the message what it would be if it had never been native.
	adopt()
}

// veil is a class whose messages may be native.
type veil[T nativeMessage] struct {
	m             *module
	proto, parent *goja.Object
	native        func(goja.Value) T // the state of an object that is native now, or else the zero value
}

// property makes a property of the prototype that adopts a native message when touched, unless get or set can do without. Otherwise
// it behaves as the inherited one does.
func (c *veil[T]) property(name string, sym *goja.Symbol, get func(T) goja.Value, set func(T, goja.Value) bool) {
	m := c.m
	own := func(o *goja.Object) goja.Value {
		if sym != nil {
			return o.GetSymbol(sym)
		}
		return o.Get(name)
	}
	inherited := own(c.proto)
	if _, callable := goja.AssertFunction(inherited); callable && name != "_onPendingData" {
		return
	}
	var none T
	var accessor, assigned *goja.Object // of the parent
	if sym == nil {
		d := m.rt.Apply(m.rt.Member(m.rt.Intrinsic("Object"), "getOwnPropertyDescriptor"), goja.Undefined(), c.parent, m.vm.ToValue(name))
		if d, ok := d.(*goja.Object); ok {
			accessor, _ = d.Get("get").(*goja.Object)
			assigned, _ = d.Get("set").(*goja.Object)
		}
	}
	getter := m.rt.Func("", 0, func(call goja.FunctionCall) goja.Value {
		if x := c.native(call.This); x != none {
			if get != nil {
				if v := get(x); v != nil {
					return v
				}
			}
			x.adopt()
			return orUndefined(own(call.This.ToObject(m.vm)))
		}
		if accessor != nil {
			return m.rt.Apply(accessor, call.This)
		}
		return orUndefined(inherited)
	})
	var setter goja.Value
	if accessor == nil || assigned != nil {
		setter = m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			v := call.Argument(0)
			if x := c.native(call.This); x != none {
				if set != nil && set(x, v) {
					return goja.Undefined()
				}
				x.adopt()
			}
			o := call.This.ToObject(m.vm)
			if assigned != nil {
				m.rt.Apply(assigned, o, v)
			} else if sym != nil {
				o.DefineDataPropertySymbol(sym, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
			} else {
				o.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
			}
			return goja.Undefined()
		})
	}
	if sym != nil {
		c.proto.DefineAccessorPropertySymbol(sym, getter, setter, goja.FLAG_TRUE, goja.FLAG_TRUE)
	} else {
		c.proto.DefineAccessorProperty(name, getter, setter, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
}

// method makes a method of the prototype native: f does it for a native message, or returns nil to have it adopted first. Where the
// method is the parent's, a script may replace it there.
func (c *veil[T]) method(name string, length int, f func(T, goja.FunctionCall) goja.Value) *goja.Object {
	m, js := c.m, c.proto.Get(name)
	inherited := js == c.parent.Get(name)
	var none T
	fn := m.rt.Func(name, length, func(call goja.FunctionCall) goja.Value {
		to := js
		if inherited {
			to = c.parent.Get(name)
		}
		if x := c.native(call.This); x != none {
			if to == js {
				if v := f(x, call); v != nil {
					return v
				}
			}
			x.adopt()
		}
		return m.rt.Apply(to, call.This, call.Arguments...)
	})
	c.proto.DefineDataProperty(name, fn, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	return fn
}
