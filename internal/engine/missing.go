package engine

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/jsonvalue"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/utf"
)

// thisString is the receiver of a method of String.prototype as a string.
func (e *Engine) thisString(this goja.Value, method string) goja.String {
	if goja.IsUndefined(this) || goja.IsNull(this) {
		e.Throw(e.NewPlainError("TypeError", "String.prototype."+method+" called on null or undefined"))
	}
	return e.toString(this)
}

// FillGaps has what a script can reach without naming it watched. script is its text.
func (e *Engine) FillGaps(script string) { e.realm.Watch(script) }

// completeSymbol defines the well-known symbols that classes are given when they are made.
func (e *Engine) completeSymbol(symbol *goja.Object) {
	for _, s := range [...]struct{ name, description string }{{"asyncIterator", "Symbol.asyncIterator"},
		{"dispose", "Symbol.dispose"}, {"asyncDispose", "Symbol.asyncDispose"}} {
		if symbol.Get(s.name) == nil {
			made := goja.NewSymbol(s.description)
			symbol.DefineDataProperty(s.name, made, flagFalse, flagFalse, flagFalse)
			if s.name == "dispose" {
				(*e.iteratorPrototype()).DefineDataPropertySymbol(made, e.Method("[Symbol.dispose]", 0, e.closeIterator), flagTrue, flagTrue, flagFalse)
			}
		}
	}
}

// closeIterator is Iterator.prototype[Symbol.dispose].
func (e *Engine) closeIterator(call goja.FunctionCall) goja.Value {
	if f := call.This.ToObject(e.vm).Get("return"); f != nil && !goja.IsUndefined(f) && !goja.IsNull(f) {
		e.Apply(f, call.This)
	}
	return goja.Undefined()
}

// JSON is the codec behind JSON.parse and JSON.stringify.
func (e *Engine) JSON() *jsonvalue.Codec {
	if e.json == nil {
		e.json = jsonvalue.New(e.vm, e)
	}
	return e.json
}

// newJSON is the global JSON, with V8's messages and order of keys.
func (e *Engine) newJSON() goja.Value {
	o := e.vm.NewObject()
	codec := e.JSON()
	e.SetMethod(o, "parse", 2, func(call goja.FunctionCall) goja.Value {
		return codec.ParseValue(call.Argument(0), call.Argument(1))
	})
	e.SetMethod(o, "stringify", 3, func(call goja.FunctionCall) goja.Value {
		return codec.Stringify(call.Argument(0), call.Argument(1), call.Argument(2))
	})
	e.SetMethod(o, "rawJSON", 1, func(call goja.FunctionCall) goja.Value { return codec.Raw(call.Argument(0)) })
	e.SetMethod(o, "isRawJSON", 1, func(call goja.FunctionCall) goja.Value { return e.vm.ToValue(codec.IsRaw(call.Argument(0))) })
	o.DefineDataPropertySymbol(goja.SymToStringTag, e.vm.ToValue("JSON"), flagFalse, flagTrue, flagFalse)
	return o
}

// localeString is Object.prototype.toLocaleString.
func (e *Engine) localeString(call goja.FunctionCall) goja.Value {
	if goja.IsUndefined(call.This) || goja.IsNull(call.This) {
		panic(e.vm.NewTypeError("Object.prototype.toLocaleString called on null or undefined"))
	}
	f := layout.Inherited(e.vm, call.This, "toString")
	if f == nil {
		f = goja.Undefined()
	}
	if _, ok := goja.AssertFunction(f); !ok {
		panic(e.vm.NewTypeError("%s", e.describeValue(f)+" is not a function"))
	}
	return e.Apply(f, call.This)
}

// legacyDefine is __defineGetter__ and __defineSetter__.
func (e *Engine) legacyDefine(kind string, call goja.FunctionCall) goja.Value {
	o := call.This.ToObject(e.vm)
	fn := call.Argument(1)
	if _, ok := goja.AssertFunction(fn); !ok {
		e.Throw(e.vm.NewTypeError("Object.prototype.__define%ster__: Expecting function", strings.ToUpper(kind[:1])+kind[1:]))
	}
	d := e.vm.NewObject()
	d.Set(kind, fn)
	d.Set("enumerable", true)
	d.Set("configurable", true)
	e.CallMethod(e.Intrinsic("Object"), "defineProperty", o, call.Argument(0), d)
	return goja.Undefined()
}

// legacyLookup is __lookupGetter__ and __lookupSetter__.
func (e *Engine) legacyLookup(kind string, call goja.FunctionCall) goja.Value {
	class := e.Intrinsic("Object")
	for o := call.This.ToObject(e.vm); o != nil; o = o.Prototype() {
		if d, ok := e.CallMethod(class, "getOwnPropertyDescriptor", o, call.Argument(0)).(*goja.Object); ok {
			if f := d.Get(kind); f != nil {
				return f
			}
			break
		}
	}
	return goja.Undefined()
}

// wellFormed gives a string's units with lone surrogates replaced, and whether there were none.
func wellFormed(s goja.String) (units []uint16, well bool) {
	units = make([]uint16, s.Length())
	for i := range units {
		units[i] = s.CharAt(i)
	}
	well = true
	for i := utf.LoneSurrogate(units); i < len(units); i += 1 + utf.LoneSurrogate(units[i+1:]) {
		units[i], well = 0xfffd, false
	}
	return units, well
}
