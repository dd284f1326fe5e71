package intl

import (
	"math/big"
	"strings"

	"gonode/internal/cldr"
)

// DurationUnits are the units of a duration, largest first.
var DurationUnits = [...]string{"years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"}

// Indices of DurationUnits that are treated apart.
const (
	hoursUnit   = 4
	minutesUnit = 5
	secondsUnit = 6
)

// DurationOptions are the resolved options of a DurationFormat.
type DurationOptions struct {
	Locale, NumberingSystem, Style string
	Styles                         [10]string // "fractional" for what is a fraction of the unit before
	Always                         [10]bool
	FractionalDigits               int // -1 if not given
}

// DurationFormat writes durations.
type DurationFormat struct {
	o         DurationOptions
	separator string
	list      *ListFormat
}

// NewDurationFormat prepares what the options ask for.
func NewDurationFormat(o DurationOptions) *DurationFormat {
	style := o.Style
	if style == "digital" {
		style = "short"
	}
	t := cldr.Numbers.Of(dataLocale(o.Locale))
	return &DurationFormat{o, bySystem(t, "symbols", o.NumberingSystem, "/timeSeparator"), NewListFormat(o.Locale, "unit", style)}
}

// FormatToParts writes a duration; its values are integers of one sign.
func (f *DurationFormat) FormatToParts(values [10]float64) []Part {
	negative := false
	for _, v := range values {
		negative = negative || v < 0
	}
	signed := true // the sign is still to be written
	var items [][]Part
	write := func(unit int, d Decimal, o NumberOptions) []Part {
		o.Locale, o.NumberingSystem = f.o.Locale, f.o.NumberingSystem
		if o.Rounding.Priority == "" {
			o.Rounding = Rounding{MaxFraction: 3, Priority: "auto"}
		}
		o.Rounding.MinInteger = max(1, o.Rounding.MinInteger)
		if o.Grouping == "" {
			o.Grouping = "auto"
		}
		o.SignDisplay = "never"
		if signed {
			o.SignDisplay, signed = "auto", false
			if d.IsZero() && negative {
				d.Negative = true
			}
		}
		parts := NewNumberFormat(o).FormatToParts(d)
		for i := range parts {
			parts[i].Unit = strings.TrimSuffix(DurationUnits[unit], "s")
		}
		return parts
	}
	fraction := func(unit int) Rounding {
		r := Rounding{MaxFraction: 9, Priority: "auto", Mode: "trunc"}
		if f.o.FractionalDigits >= 0 {
			r.MinFraction, r.MaxFraction = f.o.FractionalDigits, f.o.FractionalDigits
		}
		return r
	}
	numeric := func(style string) bool { return style == "numeric" || style == "2-digit" }
	for unit := 0; unit < len(values); unit++ {
		style := f.o.Styles[unit]
		if numeric(style) && unit >= hoursUnit {
			if parts := f.numeric(unit, values, write, fraction); len(parts) > 0 {
				items = append(items, parts)
			}
			break
		}
		d := Float(values[unit])
		o := NumberOptions{Style: "unit", Unit: strings.TrimSuffix(DurationUnits[unit], "s"), UnitDisplay: style}
		last := unit >= secondsUnit && unit < len(values)-1 && f.o.Styles[unit+1] == "fractional"
		if last {
			d = sum(values, unit)
			o.Rounding = fraction(unit)
		}
		if !d.IsZero() || f.o.Always[unit] {
			items = append(items, write(unit, d, o))
		}
		if last {
			break
		}
	}
	return f.list.Join(items)
}

// sum is a unit of at most seconds with all smaller ones as its fraction.
func sum(values [10]float64, unit int) Decimal {
	total := new(big.Int)
	for i := unit; i < len(values); i++ {
		v, _ := big.NewFloat(values[i]).Int(nil)
		total.Add(total.Mul(total, big.NewInt(1000)), v)
		if i == unit {
			total.Set(v)
		}
	}
	d, _ := ParseDecimal(total.String())
	return d.shifted(-3 * (len(values) - 1 - unit))
}

// numeric writes hours, minutes and seconds with separators, from the first that is numeric.
func (f *DurationFormat) numeric(first int, values [10]float64, write func(int, Decimal, NumberOptions) []Part, fraction func(int) Rounding) []Part {
	seconds := Float(values[secondsUnit])
	split := f.o.Styles[secondsUnit+1] == "fractional"
	if split {
		seconds = sum(values, secondsUnit)
	}
	hours := first == hoursUnit && (values[hoursUnit] != 0 || f.o.Always[hoursUnit])
	hasSeconds := !seconds.IsZero() || f.o.Always[secondsUnit]
	minutes := first <= minutesUnit && (hours && hasSeconds || values[minutesUnit] != 0 || f.o.Always[minutesUnit])
	var all []Part
	one := func(unit int, d Decimal, r Rounding) {
		if len(all) > 0 {
			all = append(all, Part{Type: "literal", Value: f.separator})
		}
		if f.o.Styles[unit] == "2-digit" {
			r.MinInteger = 2
		}
		all = append(all, write(unit, d, NumberOptions{Style: "decimal", Grouping: "false", Rounding: r})...)
	}
	plain := Rounding{MaxFraction: 0, Priority: "auto"}
	if hours {
		one(hoursUnit, Float(values[hoursUnit]), plain)
	}
	if minutes {
		one(minutesUnit, Float(values[minutesUnit]), plain)
	}
	if hasSeconds {
		r := plain
		if split {
			r = fraction(secondsUnit)
		}
		one(secondsUnit, seconds, r)
	}
	return all
}
