package engine

import (
	"math"
	"strings"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// addIntrinsics fills the tables.
func addIntrinsics() {
	g := globalTemplate()
	addIterator(g)
	g.global("DisposableStack", func(e *Engine) goja.Value { return e.family(disposeScript).Get("DisposableStack") })
	g.global("AsyncDisposableStack", func(e *Engine) goja.Value { return e.family(disposeScript).Get("AsyncDisposableStack") })
	g.global("SuppressedError", func(e *Engine) goja.Value { return e.family(disposeScript).Get("SuppressedError") })
	add := func(e *Engine, o *goja.Object, name string, length int, f func(*Engine, goja.FunctionCall) goja.Value) {
		e.SetMethod(o, name, length, func(call goja.FunctionCall) goja.Value { return f(e, call) })
	}
	g.complete("Map", func(e *Engine, o *goja.Object) { add(e, o, "groupBy", 2, from(groupsScript, "mapGroupBy")) })
	g.complete("Array", func(e *Engine, o *goja.Object) { add(e, o, "fromAsync", 1, from(groupsScript, "fromAsync")) })
	g.complete("Promise", func(e *Engine, o *goja.Object) {
		add(e, o, "try", 1, from(groupsScript, "promiseTry"))
		add(e, o, "withResolvers", 0, from(groupsScript, "promiseWithResolvers"))
	})
	g.complete("Error", func(e *Engine, o *goja.Object) {
		add(e, o, "isError", 1, func(e *Engine, call goja.FunctionCall) goja.Value { return e.vm.ToValue(e.IsError(call.Argument(0))) })
	})
	for _, name := range [...]string{"ArrayBuffer", "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
		"Uint32Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"} {
		g.complete(name, (*Engine).completeBuffers) // whichever comes first
	}
	g.complete("Date", (*Engine).completeDates)
	objectTemplate().method("groupBy", 2, from(groupsScript, "objectGroupBy"))
	mathTemplate().method("f16round", 1, func(e *Engine, call goja.FunctionCall) goja.Value {
		return e.vm.ToValue(fromHalf(toHalf(call.Argument(0).ToFloat())))
	})
	addHalfViews(dataViewTemplate())
	addHTML(stringTemplate())
}

func addIterator(g *template) {
	t := &library.iterator
	t.symbol(goja.SymIterator, func(r *goja.Runtime) goja.Value {
		return method(r, "[Symbol.iterator]", 0, func(_ *Engine, call goja.FunctionCall) goja.Value { return call.This })
	})
	// Accessors where data properties would be expected, as the web needs them: an object that inherits gets a property of its own.
	accessor := func(key goja.Value, value func(*Engine) goja.Value) factory {
		return func(r *goja.Runtime) goja.Value {
			e := engineOf(r)
			proto := *layout.At[*goja.Object](unsafe.Pointer(e.vm), library.slot)
			name := "[Symbol.toStringTag]"
			if s, ok := key.(goja.String); ok {
				name = s.String()
			}
			get := e.Method("get "+name, 0, func(goja.FunctionCall) goja.Value { return value(e) })
			set := e.Method("set "+name, 1, func(call goja.FunctionCall) goja.Value {
				this, ok := call.This.(*goja.Object)
				if !ok {
					e.Throw(e.vm.NewTypeError("Iterator.prototype setter called on non-object"))
				}
				if this == proto {
					e.Throw(e.vm.NewTypeError("Cannot assign to this property"))
				}
				symbol, _ := key.(*goja.Symbol)
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
			// The engine's property is taken from an object that has been given such.
			holder := e.vm.NewObject()
			holder.DefineAccessorProperty("x", get, set, flagTrue, flagFalse)
			return ownProperty(holder, "x")
		}
	}
	constructor := func(e *Engine) goja.Value { return e.vm.GlobalObject().Get("Iterator") }
	t.add("constructor", func(r *goja.Runtime) goja.Value { return accessor(r.ToValue("constructor"), constructor)(r) })
	for _, m := range [...]struct {
		name   string
		length int
	}{{"reduce", 1}, {"toArray", 0}, {"forEach", 1}, {"some", 1}, {"every", 1}, {"find", 1}, {"map", 1}, {"filter", 1}, {"take", 1}, {"drop", 1}, {"flatMap", 1}} {
		t.method(m.name, m.length, from(iteratorScript, "methods", m.name))
	}
	t.symbol(goja.SymToStringTag, accessor(goja.SymToStringTag, func(e *Engine) goja.Value { return e.vm.ToValue("Iterator") }))
	g.global("Iterator", func(e *Engine) goja.Value {
		family := e.family(iteratorScript)
		class := family.Get("Iterator").(*goja.Object)
		e.SetMethod(class, "from", 1, func(call goja.FunctionCall) goja.Value { return from(iteratorScript, "statics", "from")(e, call) })
		return class
	})
}

// ownProperty is what the engine keeps for an own property.
func ownProperty(o *goja.Object, name string) goja.Value {
	return layout.BaseOf(o).Values[unistring.String(name)]
}

// addHTML adds the methods of String.prototype that write HTML (ECMA-262, annex B).
func addHTML(t *template) {
	for _, m := range [...]struct{ name, tag, attribute string }{{"anchor", "a", "name"}, {"big", "big", ""}, {"blink", "blink", ""}, {"bold", "b", ""},
		{"fixed", "tt", ""}, {"fontcolor", "font", "color"}, {"fontsize", "font", "size"}, {"italics", "i", ""}, {"link", "a", "href"}, {"small", "small", ""},
		{"strike", "strike", ""}, {"sub", "sub", ""}, {"sup", "sup", ""}} {
		length := 0
		if m.attribute != "" {
			length = 1
		}
		t.method(m.name, length, func(e *Engine, call goja.FunctionCall) goja.Value {
			if goja.IsNull(call.This) || goja.IsUndefined(call.This) {
				e.Throw(e.vm.NewTypeError("String.prototype." + m.name + " called on null or undefined"))
			}
			s := e.toString(call.This)
			open := "<" + m.tag
			if m.attribute == "" {
				return concat(e, open+">", s, "</"+m.tag+">")
			}
			v := e.toString(call.Argument(0))
			if strings.Contains(v.String(), `"`) {
				v = e.vm.ToValue(strings.ReplaceAll(v.String(), `"`, "&quot;")).(goja.String)
			}
			return concat(e, concat(e, open+" "+m.attribute+`="`, v, `">`).String(), s, "</"+m.tag+">")
		})
	}
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

// toHalf rounds to the bits of a binary16, ties to even.
func toHalf(f float64) uint16 {
	bits := math.Float64bits(f)
	sign := uint16(bits >> 48 & 0x8000)
	switch abs := math.Abs(f); {
	case f != f:
		return 0x7e00
	case abs >= 65520:
		return sign | 0x7c00
	case abs < 0x1p-14:
		return sign | uint16(math.RoundToEven(abs*0x1p24))
	default:
		exponent := int(bits>>52&0x7ff) - 1023
		mantissa := math.RoundToEven(math.Ldexp(abs, 10-exponent)) // 1024 to 2048
		return sign | uint16((exponent+14)<<10+int(mantissa))
	}
}

func fromHalf(h uint16) float64 {
	exponent, mantissa := int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = mantissa * 0x1p-24
	case 31:
		if f = math.Inf(1); mantissa != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+mantissa, exponent-25)
	}
	if h&0x8000 != 0 {
		return -f
	}
	return f
}

// addHalfViews adds getFloat16 and setFloat16 to DataView.prototype. They go by the methods for 16 bits, which check everything.
func addHalfViews(t *template) {
	by := func(e *Engine, name string, call goja.FunctionCall, args ...goja.Value) goja.Value {
		view, ok := call.This.(*goja.Object)
		if !ok || KindOf(view) != DataViewObject {
			e.Throw(e.vm.NewTypeError("Method DataView.prototype." + strings.Replace(name, "Uint16", "Float16", 1) + " called on incompatible receiver " + e.describeValue(call.This)))
		}
		proto := e.vm.Get("DataView").(*goja.Object).Get("prototype").(*goja.Object)
		return e.Apply(proto.Get(name), view, args...)
	}
	t.method("getFloat16", 1, func(e *Engine, call goja.FunctionCall) goja.Value {
		bits := by(e, "getUint16", call, call.Argument(0), call.Argument(1))
		return e.vm.ToValue(fromHalf(uint16(bits.ToInteger())))
	})
	t.method("setFloat16", 2, func(e *Engine, call goja.FunctionCall) goja.Value {
		at := e.vm.ToValue(e.toIndex(call.Argument(0)))
		value := toHalf(call.Argument(1).ToNumber().ToFloat())
		return by(e, "setUint16", call, at, e.vm.ToValue(int(value)), call.Argument(2))
	})
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
	e.addTransfer(e.vm.Get("ArrayBuffer").(*goja.Object))
	// The engine's own from takes what is no object for a function.
	typedArray := e.vm.Get("Uint8Array").(*goja.Object).Prototype()
	e.WrapNative(typedArray.Get("from"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if len(call.Arguments) == 1 {
				if o, ok := call.Argument(0).(*goja.Object); ok && KindOf(o) == ArrayObject {
					return plain(call)
				}
			}
			return from(groupsScript, "typedFrom")(e, call)
		}
	})
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
		panic(e.vm.NewTypeError("Method ArrayBuffer.prototype." + name + " called on incompatible receiver " + e.describeValue(call.This)))
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
			if length > 1<<33 {
				e.Throw(e.NewPlainError("RangeError", "Array buffer allocation failed"))
			}
			data := b.Bytes()
			if length != int64(len(data)) {
				moved := make([]byte, length)
				copy(moved, data)
				data = moved
			}
			b.Detach()
			return e.vm.ToValue(e.vm.NewArrayBuffer(data))
		})
	}
	e.SetGetter(proto, "detached", func(this goja.Value) goja.Value {
		b := buffer(goja.FunctionCall{This: this}, "detached")
		return e.vm.ToValue(b.Detached())
	}, nil)
}
