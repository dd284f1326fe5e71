// Package inspect is the private module "internal/util/inspect": util.inspect and util.format, which word every value
// that is printed or told in an error message. It runs on the loop goroutine. Text is kept as Go strings in which a
// lone surrogate is three bytes, as UTF-8 would have it, and turned into a JavaScript string at the end.
package inspect

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "internal/util/inspect".
var Module = &runtime.Module{Name: "internal/util/inspect", Private: true, Binding: binding}

// inspector is the state of one runtime: intrinsic functions taken before scripts could replace them, and the
// defaults, colors and styles that scripts may change.
type inspector struct {
	rt *runtime.Runtime
	vm *goja.Runtime

	getDescriptor, hasInstance, getSymbols goja.Callable
	functionToString, errorToString        goja.Callable
	objectToString, stringOf               goja.Callable
	regexpToString, dateToISO, dateToStr   goja.Callable
	symbolToString, isEnumerable, hasOwn   goja.Callable
	parseInt, parseFloat, stringify        goja.Callable
	toNumber                               goja.Callable

	objectProto, functionProto, object, function *goja.Object

	inspect  *goja.Object // util.inspect itself
	custom   *goja.Symbol
	defaults *goja.Object
	colors   *goja.Object
	styles   *goja.Object
	builtins map[string]bool // the intrinsics
}

// optionNames are in the order in which a custom inspection function sees them.
var optionNames = [...]string{"showHidden", "depth", "colors", "customInspect", "showProxy", "maxArrayLength",
	"maxStringLength", "breakLength", "compact", "sorted", "getters", "numericSeparator"}

const (
	optShowHidden = iota
	optDepth
	optColors
	optCustomInspect
	optShowProxy
	optMaxArrayLength
	optMaxStringLength
	optBreakLength
	optCompact
	optSorted
	optGetters
	optNumericSeparator
	optCount
)

// context is one call of inspect.
type context struct {
	*inspector
	raw        [optCount]goja.Value // the options as given
	user       *goja.Object         // the options object, if it had properties that are not ours
	stylizeFn  goja.Callable        // the caller's stylize, if any
	stylizeVal goja.Value

	// namespaces are ordinary objects that stand for ES module namespaces; uninitialized is what their exports without
	// a value yet have.
	namespaces    map[*goja.Object]*goja.Object
	uninitialized *goja.Symbol

	showHidden, colors, customInspect, showProxy, numericSeparator bool
	depth                                                          float64
	maxArray, maxString, breakLength                               float64
	compact                                                        int // compactTrue, 0 for false, or a number
	sorted                                                         bool
	compare                                                        goja.Callable
	getters                                                        string

	indent, currentDepth int
	seen                 []*goja.Object
	circular             map[*goja.Object]int
	budget               map[int]int
}

const compactTrue = -1

// entriesMax is how deep values may be nested before inspection gives up; Node's stack is full at 800 to 930. Each level costs what all within it do.
const entriesMax = 1000

func binding(rt *runtime.Runtime) *goja.Object {
	in := newInspector(rt)
	rt.SetInspector(in)
	exports := rt.VM().NewObject()
	exports.Set("inspect", in.inspect)
	rt.SetFunc(exports, "format", 0, func(call goja.FunctionCall) goja.Value {
		return in.value(in.format(nil, call.Arguments))
	})
	rt.SetFunc(exports, "formatWithOptions", 1, func(call goja.FunctionCall) goja.Value {
		options, ok := call.Argument(0).(*goja.Object)
		if ok {
			if _, callable := goja.AssertFunction(options); callable {
				ok = false
			}
		}
		if !ok {
			rt.ThrowArgType("inspectOptions", call.Argument(0), "Object")
		}
		return in.value(in.format(options, call.Arguments[1:]))
	})
	rt.SetFunc(exports, "getStringWidth", 1, func(call goja.FunctionCall) goja.Value {
		remove := len(call.Arguments) < 2 || goja.IsUndefined(call.Arguments[1]) || call.Arguments[1].ToBoolean()
		return rt.VM().ToValue(Width(text(call.Argument(0).ToString()), remove))
	})
	rt.SetFunc(exports, "stripVTControlCharacters", 1, func(call goja.FunctionCall) goja.Value {
		rt.ValidateString(call.Argument(0), "str")
		return in.value(StripVT(text(call.Argument(0))))
	})
	return exports
}

// intrinsics are the globals of the language itself; what has a method of the others is what scripts have, too.
const intrinsics = `Object Function Array Number Infinity NaN Boolean String Symbol Date Promise RegExp Error AggregateError EvalError
	RangeError ReferenceError SyntaxError TypeError URIError JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array
	Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array DataView Map BigInt Set WeakMap WeakSet
	WeakRef Proxy Reflect FinalizationRegistry SharedArrayBuffer WebAssembly`

func newInspector(rt *runtime.Runtime) *inspector {
	vm := rt.VM()
	in := &inspector{rt: rt, vm: vm, builtins: map[string]bool{}}
	global := vm.GlobalObject()
	class := rt.Intrinsic
	method := func(o *goja.Object, name string) goja.Callable {
		f, _ := goja.AssertFunction(rt.Member(o, name))
		return f
	}
	proto := func(name string) *goja.Object { return class(name).Get("prototype").(*goja.Object) }
	in.object, in.function = class("Object"), class("Function")
	in.objectProto, in.functionProto = proto("Object"), proto("Function")
	in.getDescriptor = method(in.object, "getOwnPropertyDescriptor")
	in.getSymbols = method(in.object, "getOwnPropertySymbols")
	in.isEnumerable = method(in.objectProto, "propertyIsEnumerable")
	in.hasOwn = method(in.objectProto, "hasOwnProperty")
	in.objectToString, in.stringOf = method(in.objectProto, "toString"), method(global, "String")
	in.hasInstance, _ = goja.AssertFunction(in.functionProto.GetSymbol(goja.SymHasInstance))
	in.functionToString = method(in.functionProto, "toString")
	in.errorToString = method(proto("Error"), "toString")
	in.regexpToString = method(proto("RegExp"), "toString")
	in.dateToISO, in.dateToStr = method(proto("Date"), "toISOString"), method(proto("Date"), "toString")
	in.symbolToString = method(proto("Symbol"), "toString")
	in.parseInt, in.parseFloat = method(global, "parseInt"), method(global, "parseFloat")
	in.toNumber = method(global, "Number")
	in.stringify = method(class("JSON"), "stringify")
	for _, name := range strings.Fields(intrinsics) {
		in.builtins[name] = true
	}

	in.custom = rt.SymbolFor("nodejs.util.inspect.custom")
	in.inspect = rt.Func("inspect", 2, func(call goja.FunctionCall) goja.Value {
		c := in.newContext()
		args := call.Arguments
		if len(args) > 2 && !goja.IsUndefined(args[2]) {
			c.raw[optDepth] = args[2]
		}
		if len(args) > 3 && !goja.IsUndefined(args[3]) {
			c.raw[optColors] = args[3]
		}
		if len(args) > 1 {
			c.apply(args[1])
		}
		c.settle()
		return in.value(c.formatValue(call.Argument(0), 0, false))
	})
	in.inspect.Set("custom", in.custom)
	in.defaults = vm.NewObject()
	for i, v := range [...]any{false, 2, false, true, false, 100, 10000, 80, 3, false, false, false} {
		in.defaults.Set(optionNames[i], v)
	}
	rt.CallMethod(in.object, "seal", in.defaults)
	assign := method(in.object, "assign")
	in.inspect.DefineAccessorProperty("defaultOptions",
		rt.Func("", 0, func(goja.FunctionCall) goja.Value { return in.defaults }),
		rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			rt.ValidateObject(call.Argument(0), "options")
			return rt.Call(assign, goja.Undefined(), in.defaults, call.Argument(0))
		}), goja.FLAG_FALSE, goja.FLAG_FALSE)
	in.initStyles()
	return in
}

// Inspect is util.inspect for Go.
func (in *inspector) Inspect(v goja.Value, options map[string]any) string {
	c := in.newContext()
	for i, name := range optionNames {
		if x, ok := options[name]; ok {
			c.raw[i] = in.vm.ToValue(x)
		}
	}
	c.settle()
	return c.formatValue(v, 0, false)
}

// Format is util.formatWithOptions for Go.
func (in *inspector) Format(options *goja.Object, args []goja.Value) goja.Value {
	return in.value(in.format(options, args))
}

func (in *inspector) newContext() *context {
	c := &context{inspector: in}
	for i, name := range optionNames {
		c.raw[i] = in.defaults.Get(name)
	}
	return c
}

// apply takes an options object, or the boolean showHidden of old.
func (c *context) apply(options goja.Value) {
	o, ok := options.(*goja.Object)
	if !ok {
		if b, isBool := engine.Boolean(options); isBool {
			c.raw[optShowHidden] = c.vm.ToValue(b)
		}
		return
	}
keys:
	for _, key := range o.Keys() {
		for i, name := range optionNames {
			if name == key {
				c.raw[i] = o.Get(key)
				continue keys
			}
		}
		if key == "stylize" {
			c.stylizeVal = o.Get(key)
			c.stylizeFn, _ = goja.AssertFunction(c.stylizeVal)
		} else if c.user == nil {
			c.user = o
		}
	}
}

// settle reads the options once into Go values.
func (c *context) settle() {
	truthy := func(i int) bool { return c.raw[i] != nil && c.raw[i].ToBoolean() }
	c.showHidden, c.colors, c.customInspect = truthy(optShowHidden), truthy(optColors), truthy(optCustomInspect)
	c.showProxy, c.numericSeparator = truthy(optShowProxy), truthy(optNumericSeparator)
	if c.colors {
		c.stylizeFn = nil
	}
	number := func(i int) float64 {
		v := c.raw[i]
		if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
			return math.Inf(1)
		}
		return v.ToFloat()
	}
	c.depth = number(optDepth)
	c.maxArray, c.maxString, c.breakLength = number(optMaxArrayLength), number(optMaxStringLength), number(optBreakLength)
	switch v := c.raw[optCompact].Export().(type) {
	case bool:
		c.compact = 0
		if v {
			c.compact = compactTrue
		}
	default:
		c.compact = 0
		if goja.IsNumber(c.raw[optCompact]) {
			c.compact = max(0, int(c.raw[optCompact].ToInteger()))
		}
	}
	if c.sorted = truthy(optSorted); c.sorted {
		c.compare, _ = goja.AssertFunction(c.raw[optSorted])
	}
	if c.getters = ""; truthy(optGetters) {
		c.getters = c.raw[optGetters].String()
	}
}

// userOptions is what a custom inspection function gets. An object from elsewhere must not see ours but for plain values.
func (c *context) userOptions(cross bool) *goja.Object {
	o := c.vm.NewObject()
	stylize := c.rt.Func("stylize", 2, func(call goja.FunctionCall) goja.Value {
		if goja.IsString(call.Argument(0)) {
			return c.value(c.stylize(text(call.Argument(0)), call.Argument(1).String()))
		}
		return c.value(c.stylize(text(call.Argument(0).ToString()), call.Argument(1).String()))
	})
	o.Set("stylize", stylize)
	for i, name := range optionNames {
		v := c.raw[i]
		if (i == optMaxArrayLength || i == optMaxStringLength) && goja.IsNull(v) {
			v = goja.PositiveInf()
		}
		o.Set(name, v)
	}
	if c.user != nil {
		for _, key := range c.user.Keys() {
			o.Set(key, c.user.Get(key))
		}
	}
	if cross {
		o.SetPrototype(nil)
		for _, key := range o.Keys() {
			if _, isObject := o.Get(key).(*goja.Object); isObject && key != "stylize" {
				o.Delete(key)
			}
		}
		stylize.SetPrototype(nil)
		o.Set("stylize", stylize)
	}
	return o
}

// with is a context for an inspection inside of this one, with other options.
func (c *context) with(change func(*context)) *context {
	other := *c
	other.indent, other.currentDepth, other.seen, other.circular, other.budget = 0, 0, nil, nil, nil
	change(&other)
	return &other
}
