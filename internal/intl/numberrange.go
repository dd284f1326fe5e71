package intl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func codePoints(lists ...[]Part) int {
	n := 0
	for _, parts := range lists {
		for _, p := range parts {
			n += utf8.RuneCountInString(p.Value)
		}
	}
	return n
}

// FormatRangeToParts formats two numbers, which may not be NaN, as a range: what both have around them is written once.
func (f *NumberFormat) FormatRangeToParts(a, b Decimal) []Part {
	x, y := f.format(a, false), f.format(b, false)
	mark := func(source string, lists ...[]Part) (all []Part) {
		for _, parts := range lists {
			for _, p := range parts {
				p.Source = source
				all = append(all, p)
			}
		}
		return all
	}
	if Join(x.parts()) == Join(y.parts()) {
		// The numbers do not differ as they are written.
		return tidy(mark("shared", f.format(a, true).parts()))
	}
	collapseOuter := Join(x.outerPrefix) == Join(y.outerPrefix) && Join(x.outerSuffix) == Join(y.outerSuffix)
	if f.o.Style == "unit" || f.o.CurrencyDisplay == "name" && f.o.Style == "currency" {
		// Forms of the same unit count as the same.
		collapseOuter = true
	}
	collapseMiddle := collapseOuter && Join(x.prefix) == Join(y.prefix) && Join(x.suffix) == Join(y.suffix) && codePoints(x.prefix, x.suffix) > 1
	range_ := bySystem(f.numbers, "miscPatterns", f.o.NumberingSystem, "/range")
	_, rest, _ := strings.Cut(range_, "{0}")
	separator, _, _ := strings.Cut(rest, "{1}")
	repeats := codePoints(x.exponent) > 0 || !collapseMiddle && codePoints(x.prefix, x.suffix) > 0 || !collapseOuter && codePoints(x.outerPrefix, x.outerSuffix) > 0
	if repeats {
		if r, _ := utf8.DecodeRuneInString(separator); !unicode.IsSpace(r) {
			separator = " " + separator
		}
		if r, _ := utf8.DecodeLastRuneInString(separator); !unicode.IsSpace(r) {
			separator += " "
		}
	}
	if collapseOuter && (f.o.Style == "unit" || f.o.CurrencyDisplay == "name") {
		// The form is that of the range.
		category := f.plurals.Range(f.plurals.Select(x.written), f.plurals.Select(y.written))
		if f.o.Style == "unit" && (f.o.Unit != "percent" || f.o.UnitDisplay == "long") {
			before, after, _ := strings.Cut(f.unitPattern(category), "{0}")
			x.outerPrefix, y.outerSuffix = dropEmpty([]Part{{Type: "unit", Value: before}}), dropEmpty([]Part{{Type: "unit", Value: after}})
		}
	}
	start := [][]Part{x.prefix, x.body, x.exponent, x.suffix}
	end := [][]Part{y.prefix, y.body, y.exponent, y.suffix}
	var before, after []Part
	if collapseMiddle {
		before, after = x.prefix, y.suffix
		start, end = [][]Part{x.body, x.exponent}, [][]Part{y.body, y.exponent}
	}
	if collapseOuter {
		before, after = append(x.outerPrefix[:len(x.outerPrefix):len(x.outerPrefix)], before...), append(after[:len(after):len(after)], y.outerSuffix...)
	} else {
		start = append(append([][]Part{x.outerPrefix}, start...), x.outerSuffix)
		end = append(append([][]Part{y.outerPrefix}, end...), y.outerSuffix)
	}
	from, to := tidy(mark("startRange", start...)), tidy(mark("endRange", end...))
	// What is between the numbers belongs to neither.
	if n := len(from); n > 0 && from[n-1].Type == "literal" {
		from[n-1].Source = "shared"
	}
	if len(to) > 0 && to[0].Type == "literal" {
		to[0].Source = "shared"
	}
	all := append(mark("shared", before), from...)
	all = append(all, Part{Type: "literal", Value: separator, Source: "shared"})
	all = append(all, to...)
	return tidy(append(all, mark("shared", after)...))
}
