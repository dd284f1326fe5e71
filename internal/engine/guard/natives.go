package guard

import (
	"maps"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

type (
	native      = func(goja.FunctionCall) goja.Value
	constructor = func(args []goja.Value, newTarget *goja.Object) *goja.Object
)

// wrapper makes of one of the engine's functions the one that scripts get.
type wrapper func(rt *goja.Runtime, plain native) native

var install sync.Once

// Install has the engine's built-in functions made with their guards. The engine makes a function when it is first touched, by a table
// that all runtimes share: the table is what changes, once, before the first runtime's first script.
func Install(rt *goja.Runtime) {
	facts, err := layout.Find(rt)
	if err != nil {
		return
	}
	install.Do(func() {
		array := templateOf(rt.NewArray().Prototype())
		for _, name := range [...]string{"toString", "toLocaleString"} {
			wrap(facts, array, name, guardJoined)
		}
		wrap(facts, array, "join", guardJoin)
		wrap(facts, array, "flat", guardFlat)
		text := templateOf(rt.ToValue("").ToObject(rt).Prototype())
		wrap(facts, text, "repeat", guardRepeat)
		wrap(facts, text, "padStart", guardPad)
		wrap(facts, text, "padEnd", guardPad)
		wrap(facts, text, "concat", guardConcat)
		wrap(facts, text, "replaceAll", guardReplaceAll)
		wrap(facts, text, "replace", guardReplace)
		function := templateOf(rt.Get("Error").(*goja.Object).Prototype())
		wrap(facts, function, "apply", guardArguments)
		global := templateOf(rt.GlobalObject())
		wrapWith(global, "Proxy", func(rt *goja.Runtime, v goja.Value) { watchProxies(facts, functionIn(facts, v)) })
		wrapWith(global, "Reflect", func(rt *goja.Runtime, v goja.Value) {
			if reflect := functionIn(facts, v); reflect != nil {
				wrapIn(facts, rt, reflect, "apply", guardArguments2)
				wrapIn(facts, rt, reflect, "construct", guardArguments)
			}
		})
		for _, c := range [...]struct {
			name unistring.String
			unit float64
		}{{"ArrayBuffer", 0}, {"Uint8Array", 1}, {"Int8Array", 1}, {"Uint8ClampedArray", 1}, {"Uint16Array", 2}, {"Int16Array", 2}, {"Uint32Array", 4},
			{"Int32Array", 4}, {"Float32Array", 4}, {"Float64Array", 8}, {"BigInt64Array", 8}, {"BigUint64Array", 8}} {
			wrapWith(global, c.name, func(rt *goja.Runtime, v goja.Value) { boundBuffer(facts, rt, functionIn(facts, v), c.unit) })
		}
		wrapWith(global, "BigInt", func(rt *goja.Runtime, v goja.Value) {
			if class := functionIn(facts, v); class != nil {
				wrapIn(facts, rt, class, "asUintN", guardAsUintN)
				wrapIn(facts, rt, class, "asIntN", guardAsIntN)
			}
		})
	})
}

func templateOf(o *goja.Object) *layout.ObjectTemplate {
	return (*layout.TemplatedObject)(layout.SelfOf(o).Data).Tmpl
}

// wrapWith has f look at a property when it is made. The map is replaced as a whole, for somebody may read it just now.
func wrapWith(t *layout.ObjectTemplate, name unistring.String, f func(*goja.Runtime, goja.Value)) {
	make := t.Props[name]
	if make == nil {
		return
	}
	props := maps.Clone(t.Props)
	props[name] = func(rt *goja.Runtime) goja.Value {
		v := make(rt)
		f(rt, v)
		return v
	}
	t.Props = props
}

func wrap(facts *layout.Facts, t *layout.ObjectTemplate, name string, w wrapper) {
	wrapWith(t, unistring.NewFromString(name), func(rt *goja.Runtime, v goja.Value) {
		if o := functionIn(facts, v); o != nil && layout.SelfOf(o).Tab == facts.NativeFunc {
			f := &(*layout.NativeFuncObject)(layout.SelfOf(o).Data).F
			*f = w(rt, *f)
		}
	})
}

// wrapIn wraps a method of an object that has no template.
func wrapIn(facts *layout.Facts, rt *goja.Runtime, o *goja.Object, name string, w wrapper) {
	if m, ok := o.Get(name).(*goja.Object); ok && layout.SelfOf(m).Tab == facts.NativeFunc {
		f := &(*layout.NativeFuncObject)(layout.SelfOf(m).Data).F
		*f = w(rt, *f)
	}
}

// functionIn gives the object that a property holds.
func functionIn(facts *layout.Facts, v goja.Value) *goja.Object {
	if w := layout.WordsOf(v); w.Tab == facts.Property {
		v = (*layout.ValueProperty)(w.Data).Value
	}
	o, _ := v.(*goja.Object)
	return o
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

// maxFlat is how deep arrays in arrays may be for flat, which calls itself in Go alone. V8 takes some 8,000.
const maxFlat = 20_000

func guardFlat(rt *goja.Runtime, plain native) native {
	facts := layout.Found()
	return func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && len(call.Arguments) > 0 && goja.IsNumber(call.Arguments[0]) && call.Arguments[0].ToFloat() > maxFlat && deeper(facts, o, 0) {
			RangeError(rt, tooDeep)
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
func watchProxies(facts *layout.Facts, class *goja.Object) {
	if class == nil || layout.SelfOf(class).Tab != facts.NativeFunc {
		return
	}
	f := (*layout.NativeFuncObject)(layout.SelfOf(class).Data)
	make := f.Construct
	f.Construct = func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		o := make(args, newTarget)
		watchProxy(facts, o)
		return o
	}
	wrapIn(facts, nil, class, "revocable", func(_ *goja.Runtime, plain native) native {
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
	return -1
}
