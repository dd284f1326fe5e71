package intl

import (
	"strings"

	"gonode/internal/cldr"
)

// RelativeTimeFormat writes distances in time.
type RelativeTimeFormat struct {
	t       *cldr.Table
	suffix  string // of the names of fields
	auto    bool
	numbers *NumberFormat
}

// NewRelativeTimeFormat has a style of "long", "short" or "narrow"; auto lets it say "yesterday".
func NewRelativeTimeFormat(locale, numberingSystem, style string, auto bool) *RelativeTimeFormat {
	f := &RelativeTimeFormat{t: cldr.Misc.Of(dataLocale(locale)), auto: auto}
	if style != "long" {
		f.suffix = "-" + style
	}
	f.numbers = NewNumberFormat(NumberOptions{Locale: locale, NumberingSystem: numberingSystem, Style: "decimal", Grouping: "auto",
		Rounding: Rounding{MinInteger: 1, MaxFraction: 3, Priority: "auto"}})
	return f
}

// FormatToParts writes a number of units, which are in the singular.
func (f *RelativeTimeFormat) FormatToParts(value Decimal, unit string) []Part {
	field := "field/" + unit + f.suffix
	if f.auto && value.finite() && value.exponent <= 1 && value.exponent >= len(value.digits) {
		n := value.digits
		if n == "" {
			n = "0"
		} else if value.Negative {
			n = "-" + n
		}
		if s := f.t.Get(field + "/relative-type-" + n); s != "" {
			return []Part{{Type: "literal", Value: s}}
		}
	}
	direction := "future"
	if value.Negative {
		direction = "past"
	}
	value.Negative = false
	x := f.numbers.format(value, false)
	pattern := plural(f.t, field+"/relativeTime-type-"+direction+"/relativeTimePattern-count-", f.numbers.plurals.Select(x.written))
	before, after, has := strings.Cut(pattern, "{0}")
	var all []Part
	if before != "" {
		all = append(all, Part{Type: "literal", Value: before})
	}
	if has {
		for _, p := range x.parts() {
			p.Unit = unit
			all = append(all, p)
		}
	}
	if after != "" {
		all = append(all, Part{Type: "literal", Value: after})
	}
	return all
}
