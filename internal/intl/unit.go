package intl

import (
	"strings"

	"gonode/internal/cldr"
)

// currencyText is the currency as the option currencyDisplay wants it, but for its name.
func (f *NumberFormat) currencyText() string {
	t := cldr.Currencies.Of(f.o.Locale)
	code := f.o.Currency
	switch f.o.CurrencyDisplay {
	case "code":
		return code
	case "narrowSymbol":
		if s := t.Get(code + "/symbol-alt-narrow"); s != "" {
			return s
		}
	}
	if s := t.Get(code + "/symbol"); s != "" {
		return s
	}
	return code
}

// currencyName puts the currency's name beside the number.
func (f *NumberFormat) currencyName(x *formatted) {
	category := f.plurals.Select(x.written)
	t := cldr.Currencies.Of(f.o.Locale)
	name := plural(t, f.o.Currency+"/displayName-count-", category)
	if name == "" {
		name = t.Get(f.o.Currency + "/displayName")
	}
	if name == "" {
		name = f.o.Currency
	}
	kind := "currencyFormats-numberSystem-" + f.o.NumberingSystem
	if _, ok := f.numbers.Lookup(kind + "/unitPattern-count-other"); !ok {
		kind = "currencyFormats-numberSystem-latn"
	}
	pattern := plural(f.numbers, kind+"/unitPattern-count-", category)
	before, after, _ := strings.Cut(pattern, "{0}")
	side := func(s string) []Part {
		a, b, ok := strings.Cut(s, "{1}")
		if !ok {
			if s == "" {
				return nil
			}
			return []Part{{Type: "literal", Value: s}}
		}
		return dropEmpty([]Part{{Type: "literal", Value: a}, {Type: "currency", Value: name}, {Type: "literal", Value: b}})
	}
	x.outerPrefix, x.outerSuffix = side(before), side(after)
}

func dropEmpty(parts []Part) []Part {
	list := parts[:0]
	for _, p := range parts {
		if p.Value != "" {
			list = append(list, p)
		}
	}
	return list
}

// unit puts the unit beside the number.
func (f *NumberFormat) unit(x *formatted) {
	pattern := f.unitPattern(f.plurals.Select(x.written))
	before, after, has := strings.Cut(pattern, "{0}")
	if !has {
		// Some languages say one or two by the unit alone.
		x.body, x.prefix, x.suffix = nil, nil, nil
	}
	if before != "" {
		x.outerPrefix = []Part{{Type: "unit", Value: before}}
	}
	if after != "" {
		x.outerSuffix = []Part{{Type: "unit", Value: after}}
	}
}

// unitPattern is the pattern of the unit in a plural category, with {0} for the number.
func (f *NumberFormat) unitPattern(category string) string {
	return unitPattern(cldr.Units.Of(f.o.Locale), f.o.UnitDisplay, f.o.Unit, category)
}

func unitPattern(t *cldr.Table, length, unit, category string) string {
	get := func(unit, category string) string { return plural(t, length+"/"+unit+"/unitPattern-count-", category) }
	if pattern := get(unit, category); pattern != "" {
		return pattern
	}
	numerator, denominator, ok := strings.Cut(unit, "-per-")
	if !ok {
		return "{0} " + unit
	}
	pattern := get(numerator, category)
	if per := t.Get(length + "/" + denominator + "/perUnitPattern"); per != "" {
		return strings.Replace(per, "{0}", pattern, 1)
	}
	name := strings.Trim(strings.Replace(get(denominator, "one"), "{0}", "", 1), " \u00a0\u202f\u200e\u200f")
	per := t.Get(length + "/per/compoundUnitPattern")
	return strings.Replace(strings.Replace(per, "{0}", pattern, 1), "{1}", name, 1)
}
