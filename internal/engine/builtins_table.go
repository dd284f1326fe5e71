package engine

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/fast"
	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/regexps"
	"gonode/internal/engine/templates"
)

// What V8's library has and goja's lacks or does otherwise, by the object that it is in. guard's come first: they are about what goja makes.
var (
	functionPrototype = templates.Extension{Properties: guard.FunctionPrototype}
	arrayPrototype    = templates.Extension{Properties: func() []templates.Property {
		// Ours first: the guards go around it.
		return append([]templates.Property{unscopables, method("toLocaleString", 0, func(e *Engine, call goja.FunctionCall) goja.Value {
			o := call.This.ToObject(e.vm)
			return e.localeList(o, arrayLength(e, o), call)
		})}, append(guard.ArrayPrototype(), fast.ArrayPrototype()...)...)
	}}
	objectClass = templates.Extension{Properties: func() []templates.Property {
		return append(append(append(guard.ObjectClass(), fast.ObjectClass()...), descriptorFunctions()...), method("groupBy", 2, from(groupsScript, "objectGroupBy")))
	}}
	objectPrototype = templates.Extension{Properties: func() []templates.Property {
		return []templates.Property{
			completed("constructor", func(_ *Engine, o *goja.Object) { objectClass.Extend(o) }),
			method("toLocaleString", 0, (*Engine).localeString),
			method("__defineGetter__", 2, func(e *Engine, call goja.FunctionCall) goja.Value { return e.legacyDefine("get", call) }),
			method("__defineSetter__", 2, func(e *Engine, call goja.FunctionCall) goja.Value { return e.legacyDefine("set", call) }),
			method("__lookupGetter__", 1, func(e *Engine, call goja.FunctionCall) goja.Value { return e.legacyLookup("get", call) }),
			method("__lookupSetter__", 1, func(e *Engine, call goja.FunctionCall) goja.Value { return e.legacyLookup("set", call) }),
		}
	}}
	stringPrototype = templates.Extension{Properties: func() []templates.Property {
		list := append(append(guard.StringPrototype(), htmlMethods()...), localeStrings()...)
		for _, m := range regexps.StringMethods {
			list = append(list, method(m.Name, m.Length, func(e *Engine, call goja.FunctionCall) goja.Value { return m.F(e.RegExps(), call) }))
		}
		return append(list,
			method("isWellFormed", 0, func(e *Engine, call goja.FunctionCall) goja.Value {
				_, well := wellFormed(e.thisString(call.This, "isWellFormed"))
				return e.vm.ToValue(well)
			}),
			method("toWellFormed", 0, func(e *Engine, call goja.FunctionCall) goja.Value {
				s := e.thisString(call.This, "toWellFormed")
				units, well := wellFormed(s)
				if well {
					return s
				}
				return goja.StringFromUTF16(units)
			}))
	}}
	numberPrototype = templates.Extension{Properties: func() []templates.Property { return localeNumbers("Number", goja.IsNumber) }}
	bigintPrototype = templates.Extension{Without: []unistring.String{"length", "name"}, Properties: func() []templates.Property {
		return append(guard.BigIntPrototype(), localeNumbers("BigInt", goja.IsBigInt)...)
	}}
	datePrototype     = templates.Extension{Properties: dateProperties}
	dataViewPrototype = templates.Extension{Properties: halfViews}
	mathObject        = templates.Extension{Properties: func() []templates.Property {
		return append(integral(0, "clz32", "imul"), method("f16round", 1, func(e *Engine, call goja.FunctionCall) goja.Value {
			return e.vm.ToValue(fromHalf(toHalf(call.Argument(0).ToFloat())))
		}))
	}}
	iteratorPrototype = templates.Extension{Properties: iteratorMethods}
)

// unscopables lists the methods that a with statement does not see, which the engine has otherwise.
var unscopables = templates.Property{Symbol: goja.SymUnscopables, Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
	o := layout.Held(was).(*goja.Object)
	for _, name := range o.Keys() {
		o.Delete(name)
	}
	for _, name := range [...]string{"at", "copyWithin", "entries", "fill", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap", "includes",
		"keys", "toReversed", "toSorted", "toSpliced", "values"} {
		o.Set(name, true)
	}
	return was
}}

// languageGlobals are what the language has on the global object and goja lacks or does otherwise.
func languageGlobals() []templates.Property {
	// Before the guards, which go around it.
	list := []templates.Property{global("Float16Array", (*Engine).newFloat16ArrayClass)}
	list = append(append(list, guard.Globals()...),
		templates.Property{Name: "global", Make: func(rt *goja.Runtime, _ goja.Value) goja.Value {
			return layout.NewProperty(layout.ValueProperty{Value: rt.GlobalObject(), Writable: true, Configurable: true, Enumerable: true})
		}},
		global("Iterator", (*Engine).newIteratorClass),
		global("DisposableStack", func(e *Engine) goja.Value { return e.family(disposeScript).Get("DisposableStack") }),
		global("AsyncDisposableStack", func(e *Engine) goja.Value { return e.family(disposeScript).Get("AsyncDisposableStack") }),
		global("SuppressedError", func(e *Engine) goja.Value { return e.family(disposeScript).Get("SuppressedError") }),
		global("WeakRef", (*Engine).newWeakRefClass),
		global("FinalizationRegistry", (*Engine).newFinalizationRegistryClass),
		global("SharedArrayBuffer", (*Engine).newSharedArrayBufferClass),
		global("Atomics", (*Engine).newAtomics),
		global("Intl", func(e *Engine) goja.Value { return e.intl().Object() }),
		global("JSON", (*Engine).newJSON),
		completed("Object", func(_ *Engine, o *goja.Object) { objectClass.Extend(o) }),
		completed("Symbol", (*Engine).completeSymbol),
		completed("EvalError", func(e *Engine, o *goja.Object) { e.watchConstructor("EvalError", o) }),
		completed("AggregateError", func(e *Engine, o *goja.Object) { e.watchConstructor("AggregateError", o) }),
		completed("Reflect", (*Engine).completeReflect),
		completed("Math", func(_ *Engine, o *goja.Object) { mathObject.Extend(o) }),
		completed("String", func(e *Engine, o *goja.Object) { e.modulo(o.Get("fromCharCode"), 0, nil) }),
		completed("Map", func(e *Engine, o *goja.Object) { e.setStatic(o, "groupBy", 2, from(groupsScript, "mapGroupBy")) }),
		completed("Array", func(e *Engine, o *goja.Object) {
			e.setStatic(o, "fromAsync", 1, from(groupsScript, "fromAsync"))
			fast.ArrayFrom(e.vm, o)
		}),
		completed("Promise", func(e *Engine, o *goja.Object) {
			for _, name := range [...]string{"all", "allSettled", "any"} {
				e.setStatic(o, name, 1, combine(name))
			}
			e.setStatic(o, "try", 1, from(groupsScript, "promiseTry"))
			e.setStatic(o, "withResolvers", 0, from(groupsScript, "promiseWithResolvers"))
		}),
		completed("Error", func(e *Engine, o *goja.Object) {
			e.setStatic(o, "isError", 1, func(e *Engine, call goja.FunctionCall) goja.Value { return e.vm.ToValue(e.IsError(call.Argument(0))) })
		}),
		completed("BigInt", (*Engine).completeBigInt),
		completed("RegExp", func(e *Engine, _ *goja.Object) { e.RegExps().Complete() }),
		completed("Date", func(e *Engine, o *goja.Object) {
			e.completeDates(o)
			datePrototype.Extend(o.Get("prototype").(*goja.Object))
		}),
		completed("DataView", func(_ *Engine, o *goja.Object) { dataViewPrototype.Extend(o.Get("prototype").(*goja.Object)) }))
	for _, name := range [...]string{"ArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array",
		"Int32Array", "Uint32Array", "Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"} {
		list = append(list, completed(name, (*Engine).completeBuffers)) // whichever comes first
	}
	return append(list, arranged()...)
}

// initBuiltins extends those of goja's built-in objects that a script reaches without a global.
func (e *Engine) initBuiltins(globals *Globals) {
	if globals == nil {
		globals = plainGlobals()
	}
	globals.extension.Own(e.vm, world{e})
	objectPrototype.Extend(e.ObjectPrototype())
	functionPrototype.Extend(e.vm.ToValue(func(goja.FunctionCall) goja.Value { return nil }).(*goja.Object).Prototype())
	arrayPrototype.Extend(e.vm.NewArray().Prototype())
	prototype := func(v any) *goja.Object { return e.vm.ToValue(v).ToObject(e.vm).Prototype() }
	stringPrototype.Extend(prototype(""))
	numberPrototype.Extend(prototype(0))
	bigintPrototype.Extend(prototype(new(big.Int)))
	*e.iteratorPrototype() = iteratorPrototype.Object(e.vm)
	arrange(e.ObjectPrototype(), "Object.prototype")
	arrange(e.vm.ToValue(func(goja.FunctionCall) goja.Value { return nil }).(*goja.Object).Prototype(), "Function.prototype")
	arrange(e.vm.NewArray().Prototype(), "Array.prototype")
	arrange(prototype(""), "String.prototype")
	arrange(prototype(0), "Number.prototype")
}

func (e *Engine) setStatic(class *goja.Object, name string, length int, f func(*Engine, goja.FunctionCall) goja.Value) {
	e.SetMethod(class, name, length, func(call goja.FunctionCall) goja.Value { return f(e, call) })
}

func (e *Engine) newIteratorClass() goja.Value {
	class := e.family(iteratorScript).Get("Iterator").(*goja.Object)
	e.setStatic(class, "from", 1, from(iteratorScript, "statics", "from"))
	return class
}

// iteratorMethods is what Iterator.prototype has.
func iteratorMethods() []templates.Property {
	// Accessors where data properties would be expected, as the web needs them: an object that inherits gets a property of its own.
	accessor := func(symbol *goja.Symbol, name string, value func(*Engine) goja.Value) templates.Property {
		p := templates.Property{Name: name, Symbol: symbol}
		p.Make = func(rt *goja.Runtime, _ goja.Value) goja.Value {
			e := engineOf(rt)
			key := rt.ToValue(name)
			if symbol != nil {
				key = symbol
			}
			get := e.Method("get "+name, 0, func(goja.FunctionCall) goja.Value { return value(e) })
			set := e.Method("set "+name, 1, func(call goja.FunctionCall) goja.Value {
				this, ok := call.This.(*goja.Object)
				if !ok {
					e.Throw(e.vm.NewTypeError("Iterator.prototype setter called on non-object"))
				}
				if this == *e.iteratorPrototype() {
					e.Throw(e.vm.NewTypeError("Cannot assign to this property"))
				}
				switch own := e.CallMethod(e.vm.Get("Object").(*goja.Object), "hasOwn", this, key).ToBoolean(); {
				case own && symbol != nil:
					this.SetSymbol(symbol, call.Argument(0))
				case own:
					this.Set(name, call.Argument(0))
				case symbol != nil:
					this.DefineDataPropertySymbol(symbol, call.Argument(0), flagTrue, flagTrue, flagTrue)
				default:
					this.DefineDataProperty(name, call.Argument(0), flagTrue, flagTrue, flagTrue)
				}
				return goja.Undefined()
			})
			return layout.NewProperty(layout.ValueProperty{Accessor: true, Configurable: true, GetterFunc: get, SetterFunc: set})
		}
		return p
	}
	list := []templates.Property{
		{Symbol: goja.SymIterator, Make: func(rt *goja.Runtime, _ goja.Value) goja.Value {
			return hidden(engineOf(rt).Method("[Symbol.iterator]", 0, func(call goja.FunctionCall) goja.Value { return call.This }))
		}},
		accessor(nil, "constructor", func(e *Engine) goja.Value { return e.vm.GlobalObject().Get("Iterator") }),
	}
	for _, m := range [...]struct {
		name   string
		length int
	}{{"reduce", 1}, {"toArray", 0}, {"forEach", 1}, {"some", 1}, {"every", 1}, {"find", 1}, {"map", 1}, {"filter", 1}, {"take", 1}, {"drop", 1}, {"flatMap", 1}} {
		list = append(list, method(m.name, m.length, from(iteratorScript, "methods", m.name)))
	}
	return append(list, accessor(goja.SymToStringTag, "[Symbol.toStringTag]", func(e *Engine) goja.Value { return e.vm.ToValue("Iterator") }))
}

// htmlMethods are the methods of String.prototype that write HTML (ECMA-262, annex B).
func htmlMethods() (list []templates.Property) {
	for _, m := range [...]struct{ name, tag, attribute string }{{"anchor", "a", "name"}, {"big", "big", ""}, {"blink", "blink", ""}, {"bold", "b", ""},
		{"fixed", "tt", ""}, {"fontcolor", "font", "color"}, {"fontsize", "font", "size"}, {"italics", "i", ""}, {"link", "a", "href"}, {"small", "small", ""},
		{"strike", "strike", ""}, {"sub", "sub", ""}, {"sup", "sup", ""}} {
		length := 0
		if m.attribute != "" {
			length = 1
		}
		list = append(list, method(m.name, length, func(e *Engine, call goja.FunctionCall) goja.Value {
			if goja.IsNull(call.This) || goja.IsUndefined(call.This) {
				e.Throw(e.vm.NewTypeError("String.prototype." + m.name + " called on null or undefined"))
			}
			s := e.toString(call.This)
			open := "<" + m.tag
			if m.attribute == "" {
				return concat(e, open+">", s, "</"+m.tag+">")
			}
			return concat(e, open+" "+m.attribute+`="`, quoted(e.toString(call.Argument(0))), `">`).(goja.String).Concat(concat(e, "", s, "</"+m.tag+">").(goja.String))
		}))
	}
	return list
}

// quoted writes " as attributes have it.
func quoted(s goja.String) goja.String {
	units := make([]uint16, 0, s.Length())
	for i := range s.Length() {
		if u := s.CharAt(i); u == '"' {
			units = append(units, utf16.Encode([]rune("&quot;"))...)
		} else {
			units = append(units, u)
		}
	}
	return goja.StringFromUTF16(units)
}

func concat(e *Engine, before string, s goja.String, after string) goja.Value {
	return e.vm.ToValue(before).(goja.String).Concat(s).Concat(e.vm.ToValue(after).(goja.String))
}

// toString is the abstract operation: symbols have no string.
func (e *Engine) toString(v goja.Value) goja.String {
	if _, ok := v.(*goja.Symbol); ok {
		e.Throw(e.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	if s, ok := v.ToString().(goja.String); ok {
		return s
	}
	return e.vm.ToValue(v.String()).(goja.String)
}

// halfViews are getFloat16 and setFloat16 of DataView.prototype. They go by the methods for 16 bits, which check everything.
func halfViews() []templates.Property {
	by := func(e *Engine, name string, call goja.FunctionCall, args ...goja.Value) goja.Value {
		view, ok := call.This.(*goja.Object)
		if !ok || KindOf(view) != DataViewObject {
			e.Throw(e.vm.NewTypeError("%s", "Method DataView.prototype."+strings.Replace(name, "Uint16", "Float16", 1)+" called on incompatible receiver "+e.describeValue(call.This)))
		}
		proto := e.vm.Get("DataView").(*goja.Object).Get("prototype").(*goja.Object)
		return e.Apply(proto.Get(name), view, args...)
	}
	get := method("getFloat16", 1, func(e *Engine, call goja.FunctionCall) goja.Value {
		bits := by(e, "getUint16", call, call.Argument(0), call.Argument(1))
		return e.vm.ToValue(fromHalf(Half(bits.ToInteger())))
	})
	set := method("setFloat16", 2, func(e *Engine, call goja.FunctionCall) goja.Value {
		at := e.vm.ToValue(e.toIndex(call.Argument(0)))
		value := toHalf(call.Argument(1).ToNumber().ToFloat())
		return by(e, "setUint16", call, at, e.vm.ToValue(int(value)), call.Argument(2))
	})
	return append(integral(1, "setInt8", "setUint8", "setInt16", "setUint16", "setInt32", "setUint32"), get, set)
}

// toIndex is the abstract operation.
func (e *Engine) toIndex(v goja.Value) int64 {
	n := math.Trunc(v.ToNumber().ToFloat())
	if n != n {
		return 0
	}
	if n < 0 || n > 1<<53-1 {
		e.Throw(e.NewPlainError("RangeError", "Offset is outside the bounds of the DataView"))
	}
	return int64(n)
}

// completeBuffers gives ArrayBuffer.prototype what it lacks, once.
func (e *Engine) completeBuffers(*goja.Object) {
	if e.buffers {
		return
	}
	e.buffers = true
	buffer := e.vm.Get("ArrayBuffer").(*goja.Object)
	e.wrapArrayBuffer(buffer)
	e.addResizing(buffer.Get("prototype").(*goja.Object))
	e.addTransfer(buffer)
	e.completeTypedArrays(e.vm.Get("Uint8Array").(*goja.Object).Prototype())
}

// addTransfer adds transfer and transferToFixedLength, and detached, to ArrayBuffer.prototype.
func (e *Engine) addTransfer(class *goja.Object) {
	proto := class.Get("prototype").(*goja.Object)
	buffer := func(call goja.FunctionCall, name string) goja.ArrayBuffer {
		if o, ok := call.This.(*goja.Object); ok {
			if b, ok := o.Export().(goja.ArrayBuffer); ok && e.SharedMemory(o) == nil {
				return b
			}
		}
		panic(e.vm.NewTypeError("%s", "Method ArrayBuffer.prototype."+name+" called on incompatible receiver "+e.describeValue(call.This)))
	}
	for _, name := range [...]string{"transfer", "transferToFixedLength"} {
		e.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			b := buffer(call, name)
			length := int64(len(b.Bytes()))
			if v := call.Argument(0); !goja.IsUndefined(v) {
				n := math.Trunc(v.ToNumber().ToFloat())
				if n < 0 || n > 1<<53-1 {
					e.Throw(e.NewPlainError("RangeError", "Invalid array buffer length"))
				}
				length = 0
				if n == n {
					length = int64(n)
				}
			}
			if b.Detached() {
				e.Throw(e.vm.NewTypeError("Cannot perform ArrayBuffer.prototype." + name + " on a detached ArrayBuffer"))
			}
			if _, ok := e.Slot(call.This).(interface{ Undetachable() }); ok {
				e.Throw(e.vm.NewTypeError("ArrayBuffer is not detachable and could not be cloned."))
			}
			if length > 1<<33 {
				e.Throw(e.NewPlainError("RangeError", "Array buffer allocation failed"))
			}
			data := b.Bytes()
			limit := -1
			if r := resizableOf(bufferOf(call.This)); r != nil && name == "transfer" {
				limit = cap(data)
				if length > int64(limit) {
					e.Throw(e.NewPlainError("RangeError", "Invalid array buffer length"))
				}
			}
			switch {
			case limit >= 0:
				if n := int64(len(data)); length != n {
					data = data[:limit]
					clear(data[min(n, length):max(n, length)])
					data = data[:length]
				}
			case length != int64(len(data)):
				moved := make([]byte, length)
				copy(moved, data)
				data = moved
			}
			b.Detach()
			o := e.vm.ToValue(e.vm.NewArrayBuffer(data)).(*goja.Object)
			if limit >= 0 {
				e.makeResizable(o, data, limit, nil)
			}
			return o
		})
	}
	e.SetGetter(proto, "detached", func(this goja.Value) goja.Value {
		b := buffer(goja.FunctionCall{This: this}, "detached")
		return e.vm.ToValue(b.Detached())
	}, nil)
}
