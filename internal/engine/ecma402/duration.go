package ecma402

import (
	"math"
	"math/big"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// durationFormat is the state of an Intl.DurationFormat.
type durationFormat struct {
	locale string
	o      intl.DurationOptions
	f      *intl.DurationFormat
}

func (in *Intl) defineDurationFormat() {
	c := in.define("DurationFormat", 0, false, func(call goja.FunctionCall) any {
		return in.newDurationFormat(call.Argument(0), call.Argument(1))
	})
	get := func(call goja.FunctionCall, method string) *durationFormat {
		return state[*durationFormat](in, call.This, "Intl.DurationFormat.prototype."+method, nil)
	}
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		f := get(call, "resolvedOptions")
		pairs := []any{"locale", f.locale, "numberingSystem", f.o.NumberingSystem, "style", f.o.Style}
		for i, unit := range intl.DurationUnits {
			style, display := f.o.Styles[i], "auto"
			if style == "fractional" {
				style = "numeric"
			}
			if f.o.Always[i] {
				display = "always"
			}
			pairs = append(pairs, unit, style, unit+"Display", display)
		}
		if f.o.FractionalDigits >= 0 {
			pairs = append(pairs, "fractionalDigits", f.o.FractionalDigits)
		}
		return in.record(pairs...)
	})
	in.host.SetMethod(c.proto, "format", 1, func(call goja.FunctionCall) goja.Value {
		f := get(call, "format")
		return in.vm.ToValue(intl.Join(f.f.FormatToParts(in.duration(call.Argument(0)))))
	})
	in.host.SetMethod(c.proto, "formatToParts", 1, func(call goja.FunctionCall) goja.Value {
		f := get(call, "formatToParts")
		return in.parts(f.f.FormatToParts(in.duration(call.Argument(0))))
	})
}

func (in *Intl) newDurationFormat(locales, v goja.Value) *durationFormat {
	requested := in.localeList(locales)
	o := in.strict(v, "Intl.DurationFormat")
	in.matcher(o)
	system := in.typeOption(o, "numberingSystem")
	r := in.resolve(requested, map[string]string{"nu": system}, supportsNumbers, "nu")
	f := &durationFormat{locale: r.locale}
	d := &f.o
	d.Locale, d.NumberingSystem = r.data, r.values["nu"]
	if d.NumberingSystem == "" {
		d.NumberingSystem = intl.DefaultNumberingSystem(r.data)
	}
	d.Style = in.word(o, "style", "short", "long", "short", "narrow", "digital")
	previous := ""
	for i, unit := range intl.DurationUnits {
		words := []string{"long", "short", "narrow"}
		digital := "short"
		clock, fractional := i >= 4 && i <= 6, i > 6
		if i >= 4 {
			words, digital = append(words, "numeric"), "numeric"
		}
		if clock {
			words = append(words, "2-digit")
		}
		style := in.word(o, unit, "", words...)
		display := "always"
		numeric := previous == "fractional" || previous == "numeric" || previous == "2-digit"
		if style == "" {
			switch {
			case d.Style == "digital":
				if style = digital; !clock {
					display = "auto"
				}
			case numeric:
				if style = "numeric"; i != 5 && i != 6 {
					display = "auto"
				}
			default:
				style, display = d.Style, "auto"
			}
		}
		if style == "numeric" && fractional {
			style, display = "fractional", "auto"
		}
		display = in.word(o, unit+"Display", display, "auto", "always")
		bad := display == "always" && style == "fractional" || previous == "fractional" && style != "fractional" ||
			(previous == "numeric" || previous == "2-digit") && style != "fractional" && style != "numeric" && style != "2-digit"
		if bad {
			in.rangeError("Value " + style + " out of range for Intl.DurationFormat options property " + unit)
		}
		if (i == 5 || i == 6) && (previous == "numeric" || previous == "2-digit") {
			style = "2-digit"
		}
		d.Styles[i], d.Always[i] = style, display == "always"
		if i >= 4 {
			previous = style
		}
	}
	d.FractionalDigits = in.integer(o, "fractionalDigits", 0, 9, -1)
	f.f = intl.NewDurationFormat(*d)
	return f
}

// duration is ToDurationRecord.
func (in *Intl) duration(v goja.Value) (values [10]float64) {
	o, ok := v.(*goja.Object)
	if !ok {
		if s, ok := v.(goja.String); ok {
			in.rangeError("Invalid object : " + s.String())
		}
		in.typeError("Invalid object : " + in.describe(v))
	}
	any := false
	for _, i := range [...]int{3, 4, 8, 7, 5, 1, 9, 6, 2, 0} { // in alphabetical order
		x := o.Get(intl.DurationUnits[i])
		if undefined(x) {
			continue
		}
		any = true
		n := in.toNumber(x)
		if n != math.Trunc(n) || math.IsInf(n, 0) {
			in.rangeError("Invalid object : " + in.yielded(o))
		}
		values[i] = n + 0
	}
	if !any {
		in.typeError("Invalid object : " + in.yielded(o))
	}
	positive, negative := false, false
	for _, n := range values {
		positive, negative = positive || n > 0, negative || n < 0
	}
	total := new(big.Float).SetPrec(200)
	for i, size := range [...]float64{3: 86400e9, 4: 3600e9, 5: 60e9, 6: 1e9, 7: 1e6, 8: 1e3, 9: 1} {
		total.Add(total, new(big.Float).SetPrec(200).Mul(big.NewFloat(values[i]), big.NewFloat(size)))
	}
	limit := new(big.Float).SetPrec(200).Mul(big.NewFloat(1<<53), big.NewFloat(1e9))
	if positive && negative || math.Abs(values[0]) >= 1<<32 || math.Abs(values[1]) >= 1<<32 || math.Abs(values[2]) >= 1<<32 || total.Abs(total).Cmp(limit) >= 0 {
		in.rangeError("Invalid object : " + in.yielded(o))
	}
	return values
}
