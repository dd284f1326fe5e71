package engine

import (
	"math"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine/ecma402"
	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// intl is the object Intl and what the locale methods share with it, made when first used.
func (e *Engine) intl() *ecma402.Intl {
	if e.locales == nil {
		e.locales = ecma402.New(e)
	}
	return e.locales
}

// DateValue is the time value of a Date in milliseconds, NaN for an invalid one; ok is false for other objects.
func (e *Engine) DateValue(o *goja.Object) (milliseconds float64, ok bool) {
	if KindOf(o) != DateObject {
		return 0, false
	}
	return e.Apply(e.Member(e.prototypeOf("Date"), "getTime"), o).ToFloat(), true
}

func (e *Engine) prototypeOf(class string) *goja.Object {
	return e.Intrinsic(class).Get("prototype").(*goja.Object)
}

// dateProperties are the locale methods of dates, what Annex B has, and the texts that name the time zone. goja writes no English dates.
func dateProperties() []templates.Property {
	var all []templates.Property
	for _, m := range [...][3]string{{"toLocaleString", "any", "all"}, {"toLocaleDateString", "date", "date"}, {"toLocaleTimeString", "time", "time"}} {
		all = append(all, method(m[0], 0, func(e *Engine, call goja.FunctionCall) goja.Value {
			if o, isObject := call.This.(*goja.Object); !isObject || KindOf(o) != DateObject {
				panic(e.vm.NewTypeError("this is not a Date object."))
			}
			return e.intl().DateString(call.This.(*goja.Object), call.Argument(0), call.Argument(1), m[0], m[1], m[2])
		}))
	}
	for _, name := range [...]string{"toString", "toTimeString"} {
		all = append(all, templates.Property{Name: name, Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
			e := engineOf(rt)
			plain, _ := goja.AssertFunction(layout.Held(was))
			return hidden(e.Method(name, 0, func(call goja.FunctionCall) goja.Value {
				// The zone is shown by its name, not by its abbreviation.
				v := e.Call(plain, call.This)
				s := v.String()
				if i := strings.LastIndexByte(s, '('); i > 0 && strings.HasSuffix(s, ")") {
					return e.vm.ToValue(s[:i+1] + e.intl().ZoneName(call.This.(*goja.Object)) + ")")
				}
				return v
			}))
		}})
	}
	all = append(all, templates.Property{Name: "getTimezoneOffset", Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
		e := engineOf(rt)
		plain, _ := goja.AssertFunction(layout.Held(was))
		return hidden(e.Method("getTimezoneOffset", 0, func(call goja.FunctionCall) goja.Value {
			return e.vm.ToValue(math.Trunc(e.Call(plain, call.This).ToFloat())) // V8 tells whole minutes
		}))
	}})
	return append(all,
		method("getYear", 0, func(e *Engine, call goja.FunctionCall) goja.Value {
			return e.vm.ToValue(e.Apply(e.prototypeOf("Date").Get("getFullYear"), call.This).ToFloat() - 1900)
		}),
		method("setYear", 1, func(e *Engine, call goja.FunctionCall) goja.Value {
			year := math.Trunc(call.Argument(0).ToFloat())
			if year >= 0 && year <= 99 {
				year += 1900
			}
			return e.Apply(e.prototypeOf("Date").Get("setFullYear"), call.This, e.vm.ToValue(year))
		}),
		made("toGMTString", func(e *Engine) goja.Value { return e.prototypeOf("Date").Get("toUTCString") }))
}

// localeNumbers is the locale method of numbers and BigInts.
func localeNumbers(class string, is func(goja.Value) bool) []templates.Property {
	return []templates.Property{method("toLocaleString", 0, func(e *Engine, call goja.FunctionCall) goja.Value {
		v := call.This
		if o, ok := v.(*goja.Object); ok {
			v = BoxedValue(o)
		}
		if v == nil || !is(v) {
			panic(e.vm.NewTypeError(class + ".prototype.toLocaleString requires that 'this' be a " + class))
		}
		return e.intl().NumberString(v, call.Argument(0), call.Argument(1), class)
	})}
}

// localeStrings are the locale methods of strings.
func localeStrings() []templates.Property {
	this := func(e *Engine, call goja.FunctionCall, name string) goja.String {
		if goja.IsNull(call.This) || goja.IsUndefined(call.This) {
			e.Throw(e.vm.NewTypeError("String.prototype." + name + " called on null or undefined"))
		}
		return e.toString(call.This)
	}
	cased := func(name, plain string, upper bool) templates.Property {
		return method(name, 0, func(e *Engine, call goja.FunctionCall) goja.Value {
			call.This = this(e, call, name)
			return guard.ByPieces(func(call goja.FunctionCall) goja.Value {
				if text, special := e.intl().Case(call.This.String(), call.Argument(0), upper); special {
					return e.vm.ToValue(text)
				}
				return e.Apply(e.Member(e.prototypeOf("String"), plain), call.This)
			})(call)
		})
	}
	return []templates.Property{
		method("localeCompare", 1, func(e *Engine, call goja.FunctionCall) goja.Value {
			s := this(e, call, "localeCompare")
			other := e.toString(call.Argument(0))
			return e.vm.ToValue(e.intl().Compare(s, other, call.Argument(1), call.Argument(2)))
		}),
		cased("toLocaleUpperCase", "toUpperCase", true),
		cased("toLocaleLowerCase", "toLowerCase", false),
	}
}

// localeList is the locale method of arrays and views: what it is given goes on to that of each element.
func (e *Engine) localeList(o *goja.Object, length int64, call goja.FunctionCall) goja.Value {
	if e.joining[o] {
		return e.vm.ToValue("")
	}
	if e.joining == nil {
		e.joining = map[*goja.Object]bool{}
	}
	e.joining[o] = true
	defer delete(e.joining, o)
	locales, options := call.Argument(0), call.Argument(1)
	comma := e.vm.ToValue(",").(goja.String)
	var text goja.StringBuilder
	for i := range length {
		if i > 0 {
			text.WriteString(comma)
		}
		if i&1023 == 1023 {
			guard.Poll(e.vm)
		}
		v := o.Get(strconv.FormatInt(i, 10))
		if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
			continue
		}
		f := layout.Inherited(e.vm, v, "toLocaleString")
		text.WriteString(e.toString(e.Apply(f, v, locales, options)))
	}
	return text.String()
}

func arrayLength(e *Engine, o *goja.Object) int64 {
	v := o.Get("length")
	if v == nil {
		return 0
	}
	if n := math.Trunc(v.ToNumber().ToFloat()); n > 0 {
		return int64(min(n, 1<<53-1))
	}
	return 0
}
