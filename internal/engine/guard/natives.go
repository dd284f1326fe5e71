package guard

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

type (
	native      = func(goja.FunctionCall) goja.Value
	constructor = func(args []goja.Value, newTarget *goja.Object) *goja.Object
)

// wrapper makes of one of the engine's functions the one that scripts get.
type wrapper func(rt *goja.Runtime, plain native) native

// Globals, FunctionPrototype, ArrayPrototype and StringPrototype are the engine's built-in functions with their guards, by the object
// that they are in.
func Globals() []templates.Property {
	list := []templates.Property{
		inside("Proxy", func(_ *goja.Runtime, o *goja.Object) { watchProxies(o) }),
		inside("Reflect", func(rt *goja.Runtime, o *goja.Object) {
			wrapIn(rt, o, "apply", guardApply)
			wrapIn(rt, o, "construct", guardArguments)
			wrapIn(rt, o, "ownKeys", guardKeys)
		}),
		inside("Array", func(rt *goja.Runtime, o *goja.Object) { wrapIn(rt, o, "from", guardFrom) }),
		inside("BigInt", func(rt *goja.Runtime, o *goja.Object) {
			wrapIn(rt, o, "asUintN", guardAsUintN)
			wrapIn(rt, o, "asIntN", guardAsIntN)
			wrapFunction(rt, o, guardText)
		}),
	}
	for _, c := range [...]struct {
		name string
		unit float64
	}{{"ArrayBuffer", 0}, {"Uint8Array", 1}, {"Int8Array", 1}, {"Uint8ClampedArray", 1}, {"Uint16Array", 2}, {"Int16Array", 2}, {"Uint32Array", 4},
		{"Int32Array", 4}, {"Float16Array", 2}, {"Float32Array", 4}, {"Float64Array", 8}, {"BigInt64Array", 8}, {"BigUint64Array", 8}} {
		list = append(list, inside(c.name, func(rt *goja.Runtime, o *goja.Object) {
			boundBuffer(rt, o, c.unit)
			if c.unit > 0 {
				guardTyped(rt, o)
			}
		}))
	}
	for _, name := range textGlobals {
		list = append(list, wrap(name, guardText))
	}
	return list
}

// FunctionPrototype is like Globals.
func FunctionPrototype() []templates.Property {
	return []templates.Property{wrap("apply", guardArguments), wrap("bind", guardBind), wrap("toString", guardSource)}
}

// ArrayPrototype is like Globals.
func ArrayPrototype() []templates.Property {
	return append(arrayProperties(), wrap("toString", guardJoined), wrap("toLocaleString", guardJoined), wrap("join", guardJoin), wrap("flat", guardFlat))
}

// StringPrototype is like Globals.
func StringPrototype() []templates.Property {
	list := characterMethods()
	for _, name := range textMethods {
		list = append(list, wrap(name, guardText))
	}
	return append(list, wrap("repeat", guardRepeat), wrap("padStart", guardPad), wrap("padEnd", guardPad), wrap("concat", guardConcat))
}

// BigIntPrototype is like Globals, and so is ObjectClass.
func BigIntPrototype() []templates.Property {
	return []templates.Property{wrap("toString", guardDigits)}
}

// ObjectClass is about functions that list properties.
func ObjectClass() (list []templates.Property) {
	for _, name := range [...]string{"keys", "values", "entries", "assign", "getOwnPropertyNames", "getOwnPropertyDescriptors", "freeze", "isFrozen", "seal", "isSealed"} {
		list = append(list, wrap(name, guardKeys))
	}
	return list
}

// inside has f look at an object when it is made.
func inside(name string, f func(*goja.Runtime, *goja.Object)) templates.Property {
	return templates.Property{Name: name, Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
		if o, ok := layout.Held(was).(*goja.Object); ok {
			f(rt, o)
		}
		return was
	}}
}

// wrap puts a wrapper around a function of the engine's.
func wrap(name string, w wrapper) templates.Property {
	return inside(name, func(rt *goja.Runtime, o *goja.Object) { wrapFunction(rt, o, w) })
}

// wrapIn does so with a method of an object that has no template.
func wrapIn(rt *goja.Runtime, o *goja.Object, name string, w wrapper) {
	if m, ok := o.Get(name).(*goja.Object); ok {
		wrapFunction(rt, m, w)
	}
}

func wrapFunction(rt *goja.Runtime, o *goja.Object, w wrapper) {
	Wrap(o, func(plain native) native { return w(rt, plain) })
}

// Wrap puts a function in the place of one of the engine's, under which those who look for that one still find it (Unwrapped). Loop goroutine only.
func Wrap(function goja.Value, w func(plain func(goja.FunctionCall) goja.Value) func(goja.FunctionCall) goja.Value) {
	o, ok := layout.Held(function).(*goja.Object)
	if !ok || layout.SelfOf(o).Tab != layout.Found().NativeFunc {
		return
	}
	f := &(*layout.NativeFuncObject)(layout.SelfOf(o).Data).F
	plain := *f
	*f = w(plain)
	note(o, *f, plain)
}

// guardJoined is for toString and toLocaleString of arrays.
func guardJoined(rt *goja.Runtime, plain native) native {
	return func(call goja.FunctionCall) goja.Value {
		if stackUsed() > maxJoined {
			RangeError(rt, tooDeep)
		}
		return plain(call)
	}
}

// guardSource is for Function.prototype.toString: a proxy that has been revoked has no target to ask.
func guardSource(rt *goja.Runtime, plain native) native {
	proxy := layout.Found().Proxy
	return func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && layout.SelfOf(o).Tab == proxy {
			if _, callable := goja.AssertFunction(o); !callable {
				panic(rt.NewTypeError("Function.prototype.toString requires that 'this' be a Function"))
			}
			return rt.ToValue(nativeSource(""))
		}
		if o, ok := call.This.(*goja.Object); ok {
			switch layout.SelfType(o).String() {
			case "*goja.boundFuncObject":
				return rt.ToValue(nativeSource(""))
			case "*goja.funcObject", "*goja.methodFuncObject", "*goja.classFuncObject":
				f := (*layout.BaseJsFuncObject)(layout.SelfOf(o).Data)
				if f.Prg != nil && strings.HasPrefix(layout.ProgramOf(f.Prg).Src.Name(), "node:internal/builtins/") {
					name := ""
					if v := o.Get("name"); v != nil && goja.IsString(v) {
						name = v.String()
					}
					return rt.ToValue(nativeSource(name))
				}
			}
		}
		return plain(call)
	}
}

func nativeSource(name string) string { return "function " + name + "() { [native code] }" }

// maxFlat is how deep arrays in arrays may be for flat, which calls itself in Go alone. V8 takes some 8,000.
const maxFlat = 20_000

func guardFlat(rt *goja.Runtime, plain native) native {
	facts := layout.Found()
	return func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && len(call.Arguments) > 0 && goja.IsNumber(call.Arguments[0]) && call.Arguments[0].ToFloat() > maxFlat && deeper(facts, o, 0) {
			RangeError(rt, tooDeep)
		}
		if o, ok := call.This.(*goja.Object); ok && layout.SelfOf(o).Tab == facts.Array {
			if list := (*layout.ArrayObject)(layout.SelfOf(o).Data).Values; len(list) <= longWay {
				if seen := viewLong(facts, rt, list, longWay); len(list) > 0 && &seen[0] != &list[0] {
					call.This = view(facts, rt, arrayOf(rt, seen, (*layout.ArrayObject)(layout.SelfOf(o).Data).ObjCount))
				}
			}
		}
		return plain(call)
	}
}

// deeper tells whether an array holds arrays in arrays deeper than maxFlat.
func deeper(facts *layout.Facts, o *goja.Object, depth int) bool {
	if self := layout.SelfOf(o); self.Tab == facts.Array {
		for _, v := range (*layout.ArrayObject)(self.Data).Values {
			if o, ok := v.(*goja.Object); ok && (depth > maxFlat || deeper(facts, o, depth+1)) {
				return true
			}
		}
	}
	return false
}

// watchProxies puts our handlers into the proxies that scripts make.
func watchProxies(class *goja.Object) {
	facts := layout.Found()
	if layout.SelfOf(class).Tab != facts.NativeFunc {
		return
	}
	f := (*layout.NativeFuncObject)(layout.SelfOf(class).Data)
	make := f.Construct
	f.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		o := make(args, newTarget)
		watchProxy(facts, o)
		return o
	}
	wrapIn(nil, class, "revocable", func(_ *goja.Runtime, plain native) native {
		return func(call goja.FunctionCall) goja.Value {
			v := plain(call)
			if o, ok := v.(*goja.Object).Get("proxy").(*goja.Object); ok {
				watchProxy(facts, o)
			}
			return v
		}
	})
}

// lengthOf is the length of an array-like whose length is an own data property, without running anything; -1 for all others.
func lengthOf(facts *layout.Facts, o *goja.Object) float64 {
	switch self := layout.SelfOf(o); self.Tab {
	case facts.Array:
		return float64((*layout.ArrayObject)(self.Data).Length)
	case facts.Base:
		if v := (*layout.BaseObject)(self.Data).Values["length"]; v != nil {
			switch layout.WordsOf(v).Tab {
			case facts.Int, facts.Float:
				return v.ToFloat()
			}
		}
	}
	if isArguments(o) {
		n, _ := extent(facts, o)
		return n
	}
	return -1
}
