package engine

import (
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/shapes"
)

// Native is the one form of a Go function that scripts can call. FunctionCall.Arguments must not be kept after it
// returns. It throws by panicking with a JavaScript value, see Throw.
type Native = func(goja.FunctionCall) goja.Value

// Func makes a function object of a Go function, with the name and the length that scripts see. As with what is declared by
// `function`, scripts may call it with new; accessors, which are named "get" or "get x", and those without a name are as Method makes them.
func (e *Engine) Func(name string, length int, f Native) *goja.Object {
	if name == "" || name == "get" || name == "set" || strings.IndexByte(name, ' ') >= 0 {
		return e.Method(name, length, f)
	}
	return e.Function(name, length, f)
}

// Function is Func of any name.
func (e *Engine) Function(name string, length int, f Native) *goja.Object {
	return e.constructible(e.Method(name, length, f))
}

// Method makes a function object that scripts cannot call with new: what is a method of a class or of an object literal,
// an accessor or an async function in Node.
func (e *Engine) Method(name string, length int, f Native) *goja.Object {
	if shapes.Empty() != nil {
		if o := shapes.NewNative(e.vm, f, e.vm.ToValue(name), e.vm.ToValue(length)); o != nil {
			return o
		}
	}
	o := e.vm.ToValue(f).(*goja.Object)
	o.DefineDataProperty("name", e.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	if length != 0 {
		o.DefineDataProperty("length", e.vm.ToValue(length), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	return o
}

// SetFunc makes f a property of o that is enumerable, as the functions of a module's exports are.
func (e *Engine) SetFunc(o *goja.Object, name string, length int, f Native) {
	o.Set(name, e.Func(name, length, f))
}

// SetOperation makes f a method that is enumerable, as those of object literals and of WebIDL's interfaces are.
func (e *Engine) SetOperation(o *goja.Object, name string, length int, f Native) {
	o.Set(name, e.Method(name, length, f))
}

// SetMethod makes f a property of o that is not enumerable, as the methods of a class are.
func (e *Engine) SetMethod(o *goja.Object, name string, length int, f Native) {
	o.DefineDataProperty(name, e.Method(name, length, f), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// SetAccessor is SetGetter of what Node defines by `get: function() …`: the functions are named "get" and "set", and scripts may
// call them with new.
func (e *Engine) SetAccessor(o *goja.Object, name string, get func(this goja.Value) goja.Value, set func(this, v goja.Value)) {
	var setter goja.Value
	if set != nil {
		setter = e.Function("set", 1, func(call goja.FunctionCall) goja.Value {
			set(call.This, call.Argument(0))
			return goja.Undefined()
		})
	}
	o.DefineAccessorProperty(name, e.Function("get", 0, func(call goja.FunctionCall) goja.Value {
		return get(call.This)
	}), setter, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// SetGetter makes get the getter of a configurable, non-enumerable property of o; set may be nil.
func (e *Engine) SetGetter(o *goja.Object, name string, get func(this goja.Value) goja.Value, set func(this, v goja.Value)) {
	var setter goja.Value
	if set != nil {
		setter = e.Func("set "+name, 1, func(call goja.FunctionCall) goja.Value {
			set(call.This, call.Argument(0))
			return goja.Undefined()
		})
	}
	o.DefineAccessorProperty(name, e.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
		return get(call.This)
	}), setter, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// Class makes a class, which cannot be called without new. construct is called with the new object (its prototype follows
// new.target, so that classes can extend it) as call.This; what it returns replaces that object unless it is nil. The methods
// go to the returned constructor's "prototype".
func (e *Engine) Class(name string, length int, construct func(call goja.ConstructorCall) *goja.Object) (class, prototype *goja.Object) {
	return e.refusingClass("Class constructor "+name+" cannot be invoked without 'new'", name, length, construct)
}

// languageClass is Class for the language's own, of which V8 says it in other words.
func (e *Engine) languageClass(name string, length int, construct func(call goja.ConstructorCall) *goja.Object) (class, prototype *goja.Object) {
	return e.refusingClass("Constructor "+name+" requires 'new'", name, length, construct)
}

func (e *Engine) refusingClass(message, name string, length int, construct func(call goja.ConstructorCall) *goja.Object) (class, prototype *goja.Object) {
	class, prototype = e.FactoryClass(name, length, construct)
	if native := nativeOf(class); native != nil {
		native.F = func(goja.FunctionCall) goja.Value { panic(e.vm.NewTypeError("%s", message)) }
	}
	return class, prototype
}

// NativeClass is Class for what is made by Node's own natives, which say otherwise how they are to be called: with the class's
// name if named.
func (e *Engine) NativeClass(name string, length int, named bool, construct func(call goja.ConstructorCall) *goja.Object) (class, prototype *goja.Object) {
	class, prototype = e.FactoryClass(name, length, construct)
	if native := nativeOf(class); native != nil {
		native.F = func(goja.FunctionCall) goja.Value {
			message := "Cannot call constructor without `new`"
			if named {
				message = "Class constructor " + name + " cannot be invoked without 'new'"
			}
			err := e.NewPlainError("TypeError", message)
			err.Set("code", "ERR_CONSTRUCT_CALL_REQUIRED")
			panic(err)
		}
	}
	return class, prototype
}

// FunctionClass is Class for what is a function in Node and no class: without new it is called with the caller's this, which must
// be an object.
func (e *Engine) FunctionClass(name string, length int, construct func(call goja.ConstructorCall) *goja.Object) (class, prototype *goja.Object) {
	class, prototype = e.FactoryClass(name, length, construct)
	if native := nativeOf(class); native != nil {
		plain := native.F
		native.F = func(call goja.FunctionCall) goja.Value {
			if _, ok := call.This.(*goja.Object); !ok {
				panic(e.vm.NewTypeError("%s", "Cannot set properties of "+call.This.String()))
			}
			return plain(call)
		}
	}
	return class, prototype
}

// FactoryClass is FunctionClass of a function that makes an object, too, when it has none as its this.
func (e *Engine) FactoryClass(name string, length int, construct func(call goja.ConstructorCall) *goja.Object) (class, prototype *goja.Object) {
	var proto *goja.Object
	class = e.vm.ToValue(func(call goja.ConstructorCall) *goja.Object {
		if call.This != nil && call.NewTarget != nil && call.NewTarget != class && call.This.Prototype() == e.ObjectPrototype() {
			if _, ok := call.NewTarget.Get("prototype").(*goja.Object); !ok {
				call.This.SetPrototype(proto) // a new.target without a prototype
			}
		}
		return construct(call)
	}).(*goja.Object)
	class.DefineDataProperty("name", e.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	class.DefineDataProperty("length", e.vm.ToValue(length), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto = class.Get("prototype").(*goja.Object)
	return class, proto
}

// Records makes objects with properties of these names, in this order, quickly and again and again.
func (e *Engine) Records(names ...string) *shapes.Records {
	return shapes.NewRecords(e.vm, names...)
}

// Construct is new class(...args); it throws what that throws. Loop goroutine only, inside Enter.
func (e *Engine) Construct(class goja.Value, args ...goja.Value) *goja.Object {
	o, err := e.vm.New(class, args...)
	if err != nil {
		e.Rethrow(err)
	}
	return o
}

// Property is o.Get(name) for a name in ASCII, without the engine's look at each of its characters; nil if there is no such property.
// Loop goroutine only, inside Enter.
func Property(o *goja.Object, name string) goja.Value {
	plain := layout.Found().Base
	for at := o; layout.SelfOf(at).Tab == plain; {
		base := layout.BaseOf(at)
		if v := base.Values[unistring.String(name)]; v != nil {
			p, ok := layout.PropertyOf(v)
			switch {
			case !ok:
				return v
			case !p.Accessor:
				return p.Value
			case p.GetterFunc == nil:
				return goja.Undefined()
			}
			if get, ok := p.GetterFunc.Export().(func(goja.FunctionCall) goja.Value); ok {
				return get(goja.FunctionCall{This: o})
			}
			break
		}
		if at = base.Prototype; at == nil {
			return nil
		}
	}
	return o.Get(name)
}

// Owns tells whether an object has a property of its own, by a name in ASCII.
func Owns(o *goja.Object, name string) bool {
	if layout.SelfOf(o).Tab == layout.Found().Base {
		return layout.BaseOf(o).Values[unistring.String(name)] != nil
	}
	return slices.Contains(o.GetOwnPropertyNames(), name)
}

// EachName calls f with the names of an object's own enumerable properties, in any order, until it returns false, and returns that.
// f must not run scripts. Loop goroutine only, inside Enter.
func EachName(o *goja.Object, f func(name string) bool) bool {
	if layout.SelfOf(o).Tab != layout.Found().Base {
		for _, name := range o.Keys() {
			if !f(name) {
				return false
			}
		}
		return true
	}
	for name, v := range layout.BaseOf(o).Values {
		if p, ok := layout.PropertyOf(v); ok && !p.Enumerable {
			continue
		}
		if !f(nameText(name)) {
			return false
		}
	}
	return true
}

// SymbolFor is Symbol.for(key).
func (e *Engine) SymbolFor(key string) *goja.Symbol {
	return e.CallMethod(e.Intrinsic("Symbol"), "for", e.vm.ToValue(key)).(*goja.Symbol)
}
