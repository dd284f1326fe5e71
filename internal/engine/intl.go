package engine

import (
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

func (e *Engine) prototypeOf(class string) *goja.Object {
	return e.Intrinsic(class).Get("prototype").(*goja.Object)
}

// dateProperties are the locale methods of dates, what Annex B has, and the texts that name the time zone. goja writes no English dates.
func dateProperties() []templates.Property {
	var all []templates.Property
	for _, m := range [...][2]string{{"toLocaleString", "any"}, {"toLocaleDateString", "date"}, {"toLocaleTimeString", "time"}} {
		all = append(all, method(m[0], 0, func(e *Engine, call goja.FunctionCall) goja.Value {
			if o, isObject := call.This.(*goja.Object); !isObject || KindOf(o) != DateObject {
				panic(e.vm.NewTypeError("this is not a Date object."))
			}
			t, ok := timeOf(call.This)
			if !ok {
				return e.vm.ToValue("Invalid Date")
			}
			return e.vm.ToValue(e.dateOptions(call.Argument(1), m[1]).format(t))
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
					return e.vm.ToValue(s[:i+1] + zoneName(s[i+1:len(s)-1]) + ")")
				}
				return v
			}))
		}})
	}
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

// timeOf is the moment of a Date or a number of milliseconds; ok is false for an invalid date.
func timeOf(v goja.Value) (t time.Time, ok bool) {
	if v == nil || goja.IsUndefined(v) {
		return time.Now(), true
	}
	if o, isObject := v.(*goja.Object); isObject {
		t, ok = DateOf(o)
		return t, ok && !t.IsZero()
	}
	f := v.ToFloat()
	if f != f {
		return t, false
	}
	return time.UnixMilli(int64(f)), true
}

func option(o *goja.Object, name string) goja.Value {
	if o == nil {
		return nil
	}
	if v := o.Get(name); v != nil && !goja.IsUndefined(v) {
		return v
	}
	return nil
}

func (e *Engine) numberOptions(v goja.Value) *numberFormat {
	o, _ := v.(*goja.Object)
	f := &numberFormat{minInt: 1, maxFrac: -1, maxSig: -1, grouping: true}
	integer := func(name string, to *int, lo, hi int64) bool {
		v := option(o, name)
		if v == nil {
			return false
		}
		n := v.ToFloat()
		if n != n || n < float64(lo) || n > float64(hi) {
			e.Throw(e.NewPlainError("RangeError", name+" value is out of range."))
		}
		*to = int(n)
		return true
	}
	f.style, f.currency = Text(option(o, "style")), strings.ToUpper(Text(option(o, "currency")))
	f.notation = Text(option(o, "notation"))
	switch f.style {
	case "", "decimal":
	case "percent":
		f.maxFrac = 0
	case "currency":
		if f.currency == "" {
			e.Throw(e.vm.NewTypeError("Currency code is required with currency style."))
		}
		f.minFrac, f.maxFrac = 2, 2
		if f.currency == "JPY" || f.currency == "KRW" || f.currency == "VND" {
			f.minFrac, f.maxFrac = 0, 0
		}
	default:
		e.Throw(e.NewPlainError("RangeError", "Value "+f.style+" out of range for Intl.NumberFormat options property style"))
	}
	integer("minimumIntegerDigits", &f.minInt, 1, 21)
	if integer("minimumFractionDigits", &f.minFrac, 0, 100) && f.maxFrac >= 0 {
		f.maxFrac = max(f.maxFrac, f.minFrac)
	}
	if integer("maximumFractionDigits", &f.maxFrac, 0, 100) && f.minFrac > f.maxFrac {
		if option(o, "minimumFractionDigits") != nil {
			e.Throw(e.NewPlainError("RangeError", "maximumFractionDigits value is out of range."))
		}
		f.minFrac = f.maxFrac
	}
	integer("maximumSignificantDigits", &f.maxSig, 1, 21)
	if integer("minimumSignificantDigits", &f.minSig, 1, 21) && f.maxSig < 0 {
		f.maxSig = 21
	}
	if v := option(o, "useGrouping"); v != nil {
		f.grouping = v.ToBoolean() && v.String() != "false"
	}
	switch Text(option(o, "signDisplay")) {
	case "always", "exceptZero":
		f.signAlways = true
	case "never":
		f.noNegative = true
	}
	return f
}

func (e *Engine) formatNumber(v, options goja.Value) goja.Value {
	f := e.numberOptions(options)
	if o, ok := v.(*goja.Object); ok {
		v = o.ToNumber()
	}
	if goja.IsBigInt(v) {
		if n, ok := new(big.Int).SetString(v.String(), 10); ok {
			s, negative := n.String(), n.Sign() < 0
			s = strings.TrimPrefix(s, "-")
			for i := len(s) - 3; i > 0 && f.grouping; i -= 3 {
				s = s[:i] + "," + s[i:]
			}
			if negative {
				s = "-" + s
			}
			return e.vm.ToValue(s)
		}
	}
	return e.vm.ToValue(f.format(v.ToFloat()))
}

// dateOptions reads the options; defaults says what to show when they name no part: "date", "time" or "any" for both.
func (e *Engine) dateOptions(v goja.Value, defaults string) *dateFormat {
	o, _ := v.(*goja.Object)
	get := func(name string) string { return Text(option(o, name)) }
	f := &dateFormat{zone: time.Local}
	if zone := e.hooks.TimeZone(); zone != "" {
		if l, err := time.LoadLocation(strings.TrimPrefix(zone, ":")); err == nil {
			f.zone = l
		}
	}
	if zone := get("timeZone"); zone != "" {
		l, err := time.LoadLocation(zone)
		if err != nil {
			e.Throw(e.NewPlainError("RangeError", "Invalid time zone specified: "+zone))
		}
		f.zone = l
	}
	f.weekday, f.year, f.month, f.day = get("weekday"), get("year"), get("month"), get("day")
	f.hour, f.minute, f.second, f.zoneName = get("hour"), get("minute"), get("second"), get("timeZoneName")
	if v := option(o, "fractionalSecondDigits"); v != nil {
		f.fraction = int(v.ToInteger())
	}
	switch get("dateStyle") {
	case "full":
		f.weekday, f.year, f.month, f.day = "long", "numeric", "long", "numeric"
	case "long":
		f.year, f.month, f.day = "numeric", "long", "numeric"
	case "medium":
		f.year, f.month, f.day = "numeric", "short", "numeric"
	case "short":
		f.year, f.month, f.day = "2-digit", "numeric", "numeric"
	}
	switch get("timeStyle") {
	case "full":
		f.hour, f.minute, f.second, f.zoneName = "numeric", "2-digit", "2-digit", "long"
	case "long":
		f.hour, f.minute, f.second, f.zoneName = "numeric", "2-digit", "2-digit", "short"
	case "medium":
		f.hour, f.minute, f.second = "numeric", "2-digit", "2-digit"
	case "short":
		f.hour, f.minute = "numeric", "2-digit"
	}
	noDate := f.weekday == "" && f.year == "" && f.month == "" && f.day == ""
	noTime := f.hour == "" && f.minute == "" && f.second == "" && f.fraction == 0
	if noDate && noTime || defaults == "date" && noDate || defaults == "time" && noTime {
		if defaults != "time" {
			f.year, f.month, f.day = "numeric", "numeric", "numeric"
		}
		if defaults != "date" {
			f.hour, f.minute, f.second = "numeric", "2-digit", "2-digit"
		}
	}
	if v := option(o, "hour12"); v != nil {
		f.hour24 = !v.ToBoolean()
	} else if c := get("hourCycle"); c == "h23" || c == "h24" {
		f.hour24 = true
	}
	return f
}

// newIntl makes the namespace Intl with the classes that are known: NumberFormat, DateTimeFormat, Collator, PluralRules
// and ListFormat, for American English.
func (e *Engine) newIntl() goja.Value {
	vm := e.vm
	intl := vm.NewObject()
	class := func(name string, construct func(this *goja.Object, options goja.Value)) *goja.Object {
		c, proto := e.Class(name, 0, func(call goja.ConstructorCall) *goja.Object {
			construct(call.This, call.Argument(1))
			return nil
		})
		e.SetMethod(c, "supportedLocalesOf", 1, func(call goja.FunctionCall) goja.Value {
			return vm.NewArray("en-US")
		})
		proto.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("Intl."+name), flagFalse, flagTrue, flagFalse)
		if f := nativeOf(c); f != nil {
			// Intl.NumberFormat() works without new.
			f.F = func(call goja.FunctionCall) goja.Value {
				o, err := vm.New(c, append([]goja.Value(nil), call.Arguments...)...)
				if err != nil {
					e.Rethrow(err)
				}
				return o
			}
		}
		intl.DefineDataProperty(name, c, flagTrue, flagTrue, flagFalse)
		return proto
	}
	resolved := func(pairs ...any) goja.Value {
		o := vm.NewObject()
		o.Set("locale", "en-US")
		for i := 0; i < len(pairs); i += 2 {
			o.Set(pairs[i].(string), pairs[i+1])
		}
		return o
	}
	bound := func(this *goja.Object, name string, length int, f Native) {
		this.DefineDataProperty(name, e.Func("", length, f), flagTrue, flagTrue, flagFalse)
	}
	numbers := class("NumberFormat", func(this *goja.Object, options goja.Value) {
		f := e.numberOptions(options)
		e.SetSlot(this, f)
		bound(this, "format", 1, func(call goja.FunctionCall) goja.Value { return e.formatNumber(call.Argument(0), options) })
	})
	e.SetMethod(numbers, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f, _ := e.Slot(call.This).(*numberFormat)
		if f == nil {
			e.Throw(vm.NewTypeError("Method Intl.NumberFormat.prototype.resolvedOptions called on incompatible receiver"))
		}
		style, maxFrac := f.style, f.maxFrac
		if style == "" {
			style = "decimal"
		}
		if maxFrac < 0 {
			maxFrac = max(3, f.minFrac)
		}
		return resolved("numberingSystem", "latn", "style", style, "minimumIntegerDigits", f.minInt,
			"minimumFractionDigits", f.minFrac, "maximumFractionDigits", maxFrac)
	})
	dates := class("DateTimeFormat", func(this *goja.Object, options goja.Value) {
		f := e.dateOptions(options, "date")
		if o, ok := options.(*goja.Object); ok {
			f = e.dateOptions(o, "date")
			// Unlike toLocaleDateString, options that name parts of the time only leave the date out.
			if g := e.dateOptions(o, "any"); g.year == "" && g.month == "" && g.day == "" && g.weekday == "" {
				f = g
			}
		}
		e.SetSlot(this, f)
		bound(this, "format", 1, func(call goja.FunctionCall) goja.Value {
			t, ok := timeOf(call.Argument(0))
			if !ok {
				e.Throw(e.NewPlainError("RangeError", "Invalid time value"))
			}
			return vm.ToValue(f.format(t))
		})
		bound(this, "formatToParts", 1, func(call goja.FunctionCall) goja.Value {
			t, ok := timeOf(call.Argument(0))
			if !ok {
				e.Throw(e.NewPlainError("RangeError", "Invalid time value"))
			}
			var list []any
			for _, p := range f.parts(t) {
				o := vm.NewObject()
				o.Set("type", p.kind)
				o.Set("value", p.value)
				list = append(list, o)
			}
			return vm.NewArray(list...)
		})
	})
	e.SetMethod(dates, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f, _ := e.Slot(call.This).(*dateFormat)
		if f == nil {
			e.Throw(vm.NewTypeError("Method Intl.DateTimeFormat.prototype.resolvedOptions called on incompatible receiver"))
		}
		pairs := []any{"calendar", "gregory", "numberingSystem", "latn", "timeZone", zoneID(f.zone)}
		for _, p := range [...][2]string{{"weekday", f.weekday}, {"year", f.year}, {"month", f.month}, {"day", f.day},
			{"hour", f.hour}, {"minute", f.minute}, {"second", f.second}} {
			if p[1] != "" {
				pairs = append(pairs, p[0], p[1])
			}
		}
		return resolved(pairs...)
	})
	collators := class("Collator", func(this *goja.Object, options goja.Value) {
		compare, _ := goja.AssertFunction(e.Intrinsic("String").Get("prototype").(*goja.Object).Get("localeCompare"))
		o, _ := options.(*goja.Object)
		numeric := option(o, "numeric")
		bound(this, "compare", 2, func(call goja.FunctionCall) goja.Value {
			a, b := call.Argument(0), call.Argument(1)
			if numeric != nil && numeric.ToBoolean() {
				x, y := a.ToFloat(), b.ToFloat()
				switch {
				case x < y:
					return vm.ToValue(-1)
				case x > y:
					return vm.ToValue(1)
				}
			}
			return e.Call(compare, a.ToString(), b.ToString())
		})
	})
	e.SetMethod(collators, "resolvedOptions", 0, func(goja.FunctionCall) goja.Value {
		return resolved("usage", "sort", "sensitivity", "variant", "ignorePunctuation", false, "collation", "default", "numeric", false, "caseFirst", "false")
	})
	plurals := class("PluralRules", func(this *goja.Object, options goja.Value) {
		o, _ := options.(*goja.Object)
		e.SetSlot(this, Text(option(o, "type")) == "ordinal")
	})
	e.SetMethod(plurals, "select", 1, func(call goja.FunctionCall) goja.Value {
		ordinal, _ := e.Slot(call.This).(bool)
		return vm.ToValue(pluralRule(call.Argument(0).ToFloat(), ordinal))
	})
	lists := class("ListFormat", func(this *goja.Object, options goja.Value) {
		o, _ := options.(*goja.Object)
		word := "and"
		if Text(option(o, "type")) == "disjunction" {
			word = "or"
		}
		e.SetSlot(this, word)
	})
	e.SetMethod(lists, "format", 1, func(call goja.FunctionCall) goja.Value {
		word, _ := e.Slot(call.This).(string)
		var items []string
		e.ForOf(call.Argument(0), func(v goja.Value) bool {
			items = append(items, v.String())
			return true
		})
		if n := len(items); n > 2 {
			return vm.ToValue(strings.Join(items[:n-1], ", ") + ", " + word + " " + items[n-1])
		}
		return vm.ToValue(strings.Join(items, " "+word+" "))
	})
	e.SetMethod(intl, "getCanonicalLocales", 1, func(goja.FunctionCall) goja.Value { return vm.NewArray("en-US") })
	intl.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("Intl"), flagFalse, flagTrue, flagFalse)
	return intl
}

func zoneID(l *time.Location) string {
	if name := l.String(); name != "Local" {
		return name
	}
	if name, _ := time.Now().Zone(); name != "" {
		return name
	}
	return "UTC"
}

func pluralRule(n float64, ordinal bool) string {
	if !ordinal {
		if n == 1 {
			return "one"
		}
		return "other"
	}
	tens := int64(n) % 100
	switch {
	case tens >= 11 && tens <= 13:
		return "other"
	case tens%10 == 1:
		return "one"
	case tens%10 == 2:
		return "two"
	case tens%10 == 3:
		return "few"
	}
	return "other"
}
