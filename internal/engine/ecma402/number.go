package ecma402

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// numberFormat is the state of an Intl.NumberFormat.
type numberFormat struct {
	locale string
	o      intl.NumberOptions
	f      *intl.NumberFormat
	bound  *goja.Object
}

func supportsNumbers(_, key, value string) bool { return key == "nu" && intl.Digits(value) != nil }

func (in *Intl) defineNumberFormat() {
	var c *class
	c = in.define("NumberFormat", 0, true, func(call goja.FunctionCall) any {
		return in.newNumberFormat(call.Argument(0), call.Argument(1), "Intl.NumberFormat")
	})
	const name = "Intl.NumberFormat.prototype."
	number := func(this goja.Value, method string) *numberFormat { return state[*numberFormat](in, this, method, nil) }
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f := state[*numberFormat](in, call.This, "UnwrapNumberFormat", c)
		o := &f.o
		pairs := []any{"locale", f.locale, "numberingSystem", o.NumberingSystem, "style", o.Style}
		switch o.Style {
		case "currency":
			pairs = append(pairs, "currency", o.Currency, "currencyDisplay", o.CurrencyDisplay, "currencySign", o.CurrencySign)
		case "unit":
			pairs = append(pairs, "unit", o.Unit, "unitDisplay", o.UnitDisplay)
		}
		pairs = append(pairs, digitPairs(&o.Rounding)...)
		grouping := any(o.Grouping)
		if o.Grouping == "false" {
			grouping = false
		}
		pairs = append(pairs, "useGrouping", grouping, "notation", o.Notation)
		if o.Notation == "compact" {
			pairs = append(pairs, "compactDisplay", o.CompactDisplay)
		}
		pairs = append(pairs, "signDisplay", o.SignDisplay)
		return in.record(append(pairs, roundingPairs(&o.Rounding)...)...)
	})
	in.host.SetMethod(c.proto, "formatToParts", 1, func(call goja.FunctionCall) goja.Value {
		f := number(call.This, name+"formatToParts")
		return in.parts(f.f.FormatToParts(in.decimal(call.Argument(0))))
	})
	in.host.SetGetter(c.proto, "format", func(this goja.Value) goja.Value {
		f := state[*numberFormat](in, this, "UnwrapNumberFormat", c)
		if f.bound == nil {
			f.bound = in.host.Method("", 1, func(call goja.FunctionCall) goja.Value {
				return in.vm.ToValue(f.f.Format(in.decimal(call.Argument(0))))
			})
		}
		return f.bound
	}, nil)
	ends := func(call goja.FunctionCall, method string) (*numberFormat, intl.Decimal, intl.Decimal) {
		f := number(call.This, name+method)
		a, b := call.Argument(0), call.Argument(1)
		if undefined(a) {
			in.typeError("Invalid start : undefined")
		}
		if undefined(b) {
			in.typeError("Invalid end : undefined")
		}
		x, y := in.decimal(a), in.decimal(b)
		if x.NaN {
			in.rangeError("Invalid start : NaN")
		}
		if y.NaN {
			in.rangeError("Invalid end : NaN")
		}
		return f, x, y
	}
	in.host.SetMethod(c.proto, "formatRange", 2, func(call goja.FunctionCall) goja.Value {
		f, x, y := ends(call, "formatRange")
		return in.vm.ToValue(intl.Join(f.f.FormatRangeToParts(x, y)))
	})
	in.host.SetMethod(c.proto, "formatRangeToParts", 2, func(call goja.FunctionCall) goja.Value {
		f, x, y := ends(call, "formatRangeToParts")
		return in.parts(f.f.FormatRangeToParts(x, y))
	})
}

// digitPairs are the options about digits as resolvedOptions lists them.
func digitPairs(r *intl.Rounding) []any {
	pairs := []any{"minimumIntegerDigits", r.MinInteger}
	if r.MaxSignificant == 0 || r.Priority != "auto" {
		pairs = append(pairs, "minimumFractionDigits", r.MinFraction, "maximumFractionDigits", r.MaxFraction)
	}
	if r.MaxSignificant > 0 {
		pairs = append(pairs, "minimumSignificantDigits", r.MinSignificant, "maximumSignificantDigits", r.MaxSignificant)
	}
	return pairs
}

func roundingPairs(r *intl.Rounding) []any {
	zeros := "auto"
	if r.StripIfInteger {
		zeros = "stripIfInteger"
	}
	return []any{"roundingIncrement", max(1, r.Increment), "roundingMode", r.Mode, "roundingPriority", r.Priority, "trailingZeroDisplay", zeros}
}

// newNumberFormat reads the options in the order of the specification.
func (in *Intl) newNumberFormat(locales, v goja.Value, service string) *numberFormat {
	requested := in.localeList(locales)
	o := in.coerce(v, service)
	in.matcher(o)
	system := in.typeOption(o, "numberingSystem")
	r := in.resolve(requested, map[string]string{"nu": system}, supportsNumbers, "nu")
	f := &numberFormat{locale: r.locale}
	n := &f.o
	n.Locale, n.NumberingSystem = r.data, r.values["nu"]
	if n.NumberingSystem == "" {
		n.NumberingSystem = intl.DefaultNumberingSystem(r.data)
	}
	n.Style = in.word(o, "style", "decimal", "decimal", "percent", "currency", "unit")
	currency := o.get("currency")
	code := ""
	if currency != nil {
		if code = in.toString(currency); !isCurrency(code) {
			in.rangeError("Invalid currency code : " + code)
		}
	} else if n.Style == "currency" {
		in.typeError("Currency code is required with currency style.")
	}
	display := in.word(o, "currencyDisplay", "symbol", "code", "symbol", "narrowSymbol", "name")
	sign := in.word(o, "currencySign", "standard", "standard", "accounting")
	unit := ""
	if u := o.get("unit"); u != nil {
		if unit = in.toString(u); !intl.IsUnit(unit) {
			in.rangeError("Invalid unit argument for " + service + "() '" + unit + "'")
		}
	} else if n.Style == "unit" {
		in.typeError("Invalid unit argument for " + service + "() ''")
	}
	unitDisplay := in.word(o, "unitDisplay", "short", "short", "narrow", "long")
	switch n.Style {
	case "currency":
		n.Currency, n.CurrencyDisplay, n.CurrencySign = strings.ToUpper(code), display, sign
	case "unit":
		n.Unit, n.UnitDisplay = unit, unitDisplay
	}
	n.Notation = in.word(o, "notation", "standard", "standard", "scientific", "engineering", "compact")
	minFraction, maxFraction := 0, 3
	switch {
	case n.Style == "currency" && n.Notation == "standard":
		minFraction = intl.CurrencyDigits(n.Currency)
		maxFraction = minFraction
	case n.Style == "percent":
		maxFraction = 0
	}
	in.digits(o, &n.Rounding, minFraction, maxFraction, n.Notation == "compact")
	n.CompactDisplay = in.word(o, "compactDisplay", "short", "short", "long")
	n.Grouping = "auto"
	if n.Notation == "compact" {
		n.Grouping = "min2"
	}
	if g := o.get("useGrouping"); g != nil {
		if g == in.vm.ToValue(true) {
			n.Grouping = "always"
		} else if !g.ToBoolean() {
			n.Grouping = "false"
		} else {
			switch s := in.toString(g); s {
			case "true", "false":
			case "min2", "auto", "always":
				n.Grouping = s
			default:
				in.rangeError("Value " + s + " out of range for " + service + " options property useGrouping")
			}
		}
	}
	n.SignDisplay = in.word(o, "signDisplay", "auto", "auto", "never", "always", "exceptZero", "negative")
	f.f = intl.NewNumberFormat(*n)
	return f
}

func isCurrency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for i := range 3 {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// digits is SetNumberFormatDigitOptions.
func (in *Intl) digits(o *options, r *intl.Rounding, minPreset, maxPreset int, compact bool) {
	r.MinInteger = in.integer(o, "minimumIntegerDigits", 1, 21, 1)
	minF, maxF := o.get("minimumFractionDigits"), o.get("maximumFractionDigits")
	minS, maxS := o.get("minimumSignificantDigits"), o.get("maximumSignificantDigits")
	increment := in.integer(o, "roundingIncrement", 1, 5000, 1)
	if !slices.Contains([]int{1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000}, increment) {
		in.rangeError("roundingIncrement value is out of range.")
	}
	r.Increment = increment
	r.Mode = in.word(o, "roundingMode", "halfExpand", "ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven")
	priority := in.word(o, "roundingPriority", "auto", "auto", "morePrecision", "lessPrecision")
	r.StripIfInteger = in.word(o, "trailingZeroDisplay", "auto", "auto", "stripIfInteger") == "stripIfInteger"
	if increment != 1 {
		maxPreset = minPreset
	}
	hasS, hasF := minS != nil || maxS != nil, minF != nil || maxF != nil
	needS, needF := true, true
	if priority == "auto" {
		needS = hasS
		if needS || !hasF && compact {
			needF = false
		}
	}
	if needS {
		r.MinSignificant, r.MaxSignificant = 1, 21
		if hasS {
			r.MinSignificant = in.within(minS, "minimumSignificantDigits", 1, 21, 1)
			r.MaxSignificant = in.within(maxS, "maximumSignificantDigits", r.MinSignificant, 21, 21)
		}
	}
	if needF {
		r.MinFraction, r.MaxFraction = minPreset, maxPreset
		if hasF {
			lo := in.within(minF, "minimumFractionDigits", 0, 100, -1)
			hi := in.within(maxF, "maximumFractionDigits", 0, 100, -1)
			switch {
			case lo < 0:
				lo = min(minPreset, hi)
			case hi < 0:
				hi = max(maxPreset, lo)
			case lo > hi:
				in.rangeError("maximumFractionDigits value is out of range.")
			}
			r.MinFraction, r.MaxFraction = lo, hi
		}
	}
	r.Priority = priority
	if !needS && !needF {
		r.MinFraction, r.MaxFraction, r.MinSignificant, r.MaxSignificant = 0, 0, 1, 2
		r.Priority = "morePrecision"
	}
	if increment != 1 {
		if r.Priority != "auto" || needS {
			in.typeError("RoundingType is not fractionDigits")
		}
		if r.MaxFraction != r.MinFraction {
			in.rangeError("maximumFractionDigits value is out of range.")
		}
	}
}

// decimal is ToIntlMathematicalValue.
func (in *Intl) decimal(v goja.Value) intl.Decimal {
	if o, ok := v.(*goja.Object); ok {
		v = in.primitive(o)
	}
	if s, ok := v.(goja.String); ok {
		return parseNumber(s.String())
	}
	if goja.IsBigInt(v) {
		d, _ := intl.ParseDecimal(v.String())
		return d
	}
	return intl.Float(in.toNumber(v))
}

// primitive is ToPrimitive with the hint number.
func (in *Intl) primitive(o *goja.Object) goja.Value {
	if f := o.GetSymbol(goja.SymToPrimitive); f != nil && !goja.IsUndefined(f) && !goja.IsNull(f) {
		v := in.host.Apply(f, o, in.vm.ToValue("number"))
		if _, ok := v.(*goja.Object); ok {
			in.typeError("Cannot convert object to primitive value")
		}
		return v
	}
	for _, name := range [...]string{"valueOf", "toString"} {
		if f, ok := o.Get(name).(*goja.Object); ok {
			if _, callable := goja.AssertFunction(f); callable {
				v := in.host.Apply(f, o)
				if _, ok := v.(*goja.Object); !ok {
					return v
				}
			}
		}
	}
	in.typeError("Cannot convert object to primitive value")
	return nil
}

// parseNumber reads a string as ECMAScript reads numbers, but exactly.
func parseNumber(s string) intl.Decimal {
	s = strings.Trim(s, "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff")
	if s == "" {
		return intl.Float(0)
	}
	if len(s) > 2 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1])) {
		if n, ok := parseRadix(s); ok {
			return n
		}
		return intl.Float(math.NaN())
	}
	if d, ok := intl.ParseDecimal(s); ok {
		return d
	}
	return intl.Float(math.NaN())
}

func parseRadix(s string) (intl.Decimal, bool) {
	n, ok := new(big.Int).SetString(s[2:], map[byte]int{'x': 16, 'o': 8, 'b': 2}[s[1]|0x20])
	if !ok || s[2] == '-' || s[2] == '+' || strings.Contains(s, "_") {
		return intl.Decimal{}, false
	}
	return intl.ParseDecimal(n.String())
}
