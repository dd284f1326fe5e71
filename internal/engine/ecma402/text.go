package ecma402

import (
	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// pluralRules is the state of an Intl.PluralRules.
type pluralRules struct {
	locale, kind, data string
	r                  intl.Rounding
	rules              *intl.Plurals
	f                  *intl.NumberFormat
}

func (in *Intl) definePluralRules() {
	c := in.define("PluralRules", 0, false, func(call goja.FunctionCall) any {
		requested := in.localeList(call.Argument(0))
		o := in.coerce(call.Argument(1), "Intl.PluralRules")
		in.matcher(o)
		p := &pluralRules{kind: in.word(o, "type", "cardinal", "cardinal", "ordinal")}
		in.digits(o, &p.r, 0, 3, false)
		l := in.resolve(requested, nil, nil)
		p.locale, p.data = l.locale, l.data
		p.rules = intl.PluralsOf(l.data, p.kind == "ordinal")
		p.f = intl.NewNumberFormat(intl.NumberOptions{Locale: l.data, NumberingSystem: "latn", Style: "decimal", Rounding: p.r})
		return p
	})
	get := func(call goja.FunctionCall, method string) *pluralRules {
		return state[*pluralRules](in, call.This, "Intl.PluralRules.prototype."+method, nil)
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		p := get(call, "resolvedOptions")
		pairs := append([]any{"locale", p.locale, "type", p.kind}, digitPairs(&p.r)...)
		pairs = append(pairs, "pluralCategories", in.strings(p.rules.Categories()))
		return in.record(append(pairs, roundingPairs(&p.r)...)...)
	})
	in.host.SetMethod(c.proto, "select", 1, func(call goja.FunctionCall) goja.Value {
		p := get(call, "select")
		return in.vm.ToValue(p.f.SelectBy(p.rules, intl.Float(in.toNumber(call.Argument(0)))))
	})
	in.host.SetMethod(c.proto, "selectRange", 2, func(call goja.FunctionCall) goja.Value {
		p := get(call, "selectRange")
		a, b := call.Argument(0), call.Argument(1)
		if undefined(a) {
			in.typeError("Invalid startRange : undefined")
		}
		if undefined(b) {
			in.typeError("Invalid endRange : undefined")
		}
		x, y := in.toNumber(a), in.toNumber(b)
		if x != x {
			in.rangeError("Invalid startRange : NaN")
		}
		if y != y {
			in.rangeError("Invalid endRange : NaN")
		}
		start, end := p.f.SelectBy(p.rules, intl.Float(x)), p.f.SelectBy(p.rules, intl.Float(y))
		return in.vm.ToValue(p.rules.Range(start, end))
	})
}

// listFormat is the state of an Intl.ListFormat.
type listFormat struct {
	locale, kind, style string
	f                   *intl.ListFormat
}

func (in *Intl) defineListFormat() {
	c := in.define("ListFormat", 0, false, func(call goja.FunctionCall) any {
		requested := in.localeList(call.Argument(0))
		o := in.strict(call.Argument(1), "Intl.ListFormat")
		in.matcher(o)
		l := in.resolve(requested, nil, nil)
		f := &listFormat{locale: l.locale}
		f.kind = in.word(o, "type", "conjunction", "conjunction", "disjunction", "unit")
		f.style = in.word(o, "style", "long", "long", "short", "narrow")
		f.f = intl.NewListFormat(l.data, f.kind, f.style)
		return f
	})
	get := func(call goja.FunctionCall, method string) *listFormat {
		return state[*listFormat](in, call.This, "Intl.ListFormat.prototype."+method, nil)
	}
	items := func(v goja.Value) (list []string) {
		if undefined(v) {
			return nil
		}
		var wrong goja.Value
		in.host.ForOf(v, func(v goja.Value) bool {
			s, ok := v.(goja.String)
			if !ok {
				wrong = v // the iterator is closed before anything is thrown
				return false
			}
			list = append(list, s.String())
			return true
		})
		if wrong != nil {
			in.typeError("Iterable yielded " + in.yielded(wrong) + " which is not a string")
		}
		return list
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f := get(call, "resolvedOptions")
		return in.record("locale", f.locale, "type", f.kind, "style", f.style)
	})
	in.host.SetMethod(c.proto, "format", 1, func(call goja.FunctionCall) goja.Value {
		f := get(call, "format")
		return in.vm.ToValue(intl.Join(f.f.FormatToParts(items(call.Argument(0)))))
	})
	in.host.SetMethod(c.proto, "formatToParts", 1, func(call goja.FunctionCall) goja.Value {
		f := get(call, "formatToParts")
		return in.parts(f.f.FormatToParts(items(call.Argument(0))))
	})
}

func (in *Intl) yielded(v goja.Value) string {
	switch v := v.(type) {
	case *goja.Symbol:
		return "Symbol(" + v.String() + ")"
	case *goja.Object:
		return "#<" + v.ClassName() + ">"
	}
	return v.String()
}

// relativeTimeFormat is the state of an Intl.RelativeTimeFormat.
type relativeTimeFormat struct {
	locale, style, numeric, system string
	f                              *intl.RelativeTimeFormat
}

func (in *Intl) defineRelativeTimeFormat() {
	c := in.define("RelativeTimeFormat", 0, false, func(call goja.FunctionCall) any {
		requested := in.localeList(call.Argument(0))
		o := in.coerce(call.Argument(1), "Intl.RelativeTimeFormat")
		in.matcher(o)
		system := in.typeOption(o, "numberingSystem")
		l := in.resolve(requested, map[string]string{"nu": system}, supportsNumbers, "nu")
		f := &relativeTimeFormat{locale: l.locale, system: l.values["nu"]}
		if f.system == "" {
			f.system = intl.DefaultNumberingSystem(l.data)
		}
		f.style = in.word(o, "style", "long", "long", "short", "narrow")
		f.numeric = in.word(o, "numeric", "always", "always", "auto")
		f.f = intl.NewRelativeTimeFormat(l.data, f.system, f.style, f.numeric == "auto")
		return f
	})
	get := func(call goja.FunctionCall, method string) *relativeTimeFormat {
		return state[*relativeTimeFormat](in, call.This, "Intl.RelativeTimeFormat.prototype."+method, nil)
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f := get(call, "resolvedOptions")
		return in.record("locale", f.locale, "style", f.style, "numeric", f.numeric, "numberingSystem", f.system)
	})
	format := func(call goja.FunctionCall, method string) []intl.Part {
		f := get(call, method)
		value := in.toNumber(call.Argument(0))
		text := in.toString(call.Argument(1))
		unit := text
		if n := len(unit); n > 1 && unit[n-1] == 's' {
			unit = unit[:n-1]
		}
		switch unit {
		case "second", "minute", "hour", "day", "week", "month", "quarter", "year":
		default:
			in.rangeError("Invalid unit argument for Intl.RelativeTimeFormat.prototype." + method + "() '" + text + "'")
		}
		if value-value != 0 {
			in.rangeError("Value need to be finite number for Intl.RelativeTimeFormat.prototype." + method + "()")
		}
		return f.f.FormatToParts(intl.Float(value), unit)
	}
	in.host.SetMethod(c.proto, "format", 2, func(call goja.FunctionCall) goja.Value {
		return in.vm.ToValue(intl.Join(format(call, "format")))
	})
	in.host.SetMethod(c.proto, "formatToParts", 2, func(call goja.FunctionCall) goja.Value {
		return in.parts(format(call, "formatToParts"))
	})
}

// displayNames is the state of an Intl.DisplayNames.
type displayNames struct {
	locale, style, kind, fallback, dialect string
	n                                      *intl.DisplayNames
}

func (in *Intl) defineDisplayNames() {
	c := in.define("DisplayNames", 2, false, func(call goja.FunctionCall) any {
		requested := in.localeList(call.Argument(0))
		o := call.Argument(1)
		if undefined(o) {
			in.typeError("invalid_argument")
		}
		opts := in.strict(o, "Intl.DisplayNames")
		in.matcher(opts)
		d := &displayNames{}
		d.style = in.word(opts, "style", "long", "narrow", "short", "long")
		d.kind = in.word(opts, "type", "", "language", "region", "script", "currency", "calendar", "dateTimeField")
		if d.kind == "" {
			in.typeError("invalid_argument")
		}
		d.fallback = in.word(opts, "fallback", "code", "code", "none")
		l := in.resolve(requested, nil, nil)
		d.locale = l.locale
		d.dialect = in.word(opts, "languageDisplay", "dialect", "dialect", "standard")
		d.n = intl.NewDisplayNames(l.data, d.kind, d.style, d.dialect == "dialect")
		return d
	})
	get := func(call goja.FunctionCall, method string) *displayNames {
		return state[*displayNames](in, call.This, "Intl.DisplayNames.prototype."+method, nil)
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		d := get(call, "resolvedOptions")
		o := in.record("locale", d.locale, "style", d.style, "type", d.kind, "fallback", d.fallback)
		if d.kind == "language" {
			o.Set("languageDisplay", d.dialect)
		}
		return o
	})
	in.host.SetMethod(c.proto, "of", 1, func(call goja.FunctionCall) goja.Value {
		d := get(call, "of")
		code, ok := d.n.Canonical(in.toString(call.Argument(0)))
		if !ok {
			in.rangeError("invalid_argument")
		}
		if name := d.n.Of(code); name != "" {
			return in.vm.ToValue(name)
		}
		if d.fallback == "none" {
			return goja.Undefined()
		}
		return in.vm.ToValue(code)
	})
}
