package ecma402

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gonode/internal/intl"
)

// collator is the state of an Intl.Collator.
type collator struct {
	locale string
	o      intl.CollatorOptions
	c      *intl.Collator
	bound  *goja.Object
}

func supportsCollation(data, key, value string) bool {
	switch key {
	case "co":
		t, _ := intl.Parse(data)
		return slices.Contains(t.Collations(), value)
	case "kn":
		return value == "true" || value == "false"
	}
	return key == "kf" && (value == "upper" || value == "lower" || value == "false")
}

func (in *Intl) defineCollator() {
	c := in.define("Collator", 0, true, func(call goja.FunctionCall) any {
		return in.newCollator(call.Argument(0), call.Argument(1), "Intl.Collator")
	})
	const name = "Intl.Collator.prototype."
	in.host.SetMethod(c.proto, "resolvedOptions", 0, func(call goja.FunctionCall) goja.Value {
		s := state[*collator](in, call.This, name+"resolvedOptions", nil)
		o := &s.o
		return in.record("locale", s.locale, "usage", o.Usage, "sensitivity", o.Sensitivity, "ignorePunctuation", o.IgnorePunctuation,
			"collation", o.Collation, "numeric", o.Numeric, "caseFirst", o.CaseFirst)
	})
	in.host.SetGetter(c.proto, "compare", func(this goja.Value) goja.Value {
		s := state[*collator](in, this, "get "+name+"compare", nil)
		if s.bound == nil {
			s.bound = in.host.Method("", 2, func(call goja.FunctionCall) goja.Value {
				a := in.text(call.Argument(0))
				return in.vm.ToValue(s.c.Compare(collated(a), collated(in.text(call.Argument(1)))))
			})
		}
		return s.bound
	}, nil)
}

func (in *Intl) newCollator(locales, options goja.Value, service string) *collator {
	requested := in.localeList(locales)
	o := in.coerce(options, service)
	usage := in.word(o, "usage", "sort", "sort", "search")
	in.matcher(o)
	collation := in.typeOption(o, "collation")
	numeric, hasNumeric := in.boolean(o, "numeric")
	caseFirst := in.word(o, "caseFirst", "", "upper", "lower", "false")
	given := map[string]string{"co": collation, "kf": caseFirst}
	if hasNumeric {
		given["kn"] = map[bool]string{true: "true", false: "false"}[numeric]
	}
	r := in.resolve(requested, given, supportsCollation, "co", "kf", "kn")
	s := &collator{locale: r.locale, o: intl.CollatorOptions{Locale: r.data, Usage: usage, Collation: r.values["co"], CaseFirst: r.values["kf"],
		Numeric: r.values["kn"] == "true"}}
	if s.o.Collation == "" || usage == "search" {
		s.o.Collation = "default"
	}
	if usage == "search" {
		s.locale, _, _ = strings.Cut(s.locale, "-u-co-") // what is looked for has no other order
	}
	if s.o.CaseFirst == "" {
		if s.o.CaseFirst = "false"; usage == "sort" {
			s.o.CaseFirst = intl.CaseFirst(r.data)
		}
	}
	s.o.Sensitivity = in.word(o, "sensitivity", "variant", "base", "accent", "case", "variant")
	ignore, known := in.boolean(o, "ignorePunctuation")
	if !known {
		t, _ := intl.Parse(r.data)
		ignore = t.Language == "th" && usage == "sort"
	}
	s.o.IgnorePunctuation = ignore
	s.c = intl.NewCollator(s.o)
	return s
}

// Compare is String.prototype.localeCompare.
func (in *Intl) Compare(a, b goja.String, locales, options goja.Value) int {
	return cached(in, "collator", locales, options, func() *collator {
		return in.newCollator(locales, options, "String.prototype.localeCompare")
	}).c.Compare(collated(a), collated(b))
}

// collated is a text as it is compared: lone surrogates, which Go's text cannot have, and U+FFFD come after all else, as in ICU.
func collated(s goja.String) string {
	text := s.String()
	if !strings.ContainsRune(text, utf8.RuneError) {
		return text
	}
	var b strings.Builder
	for i := 0; i < s.Length(); i++ {
		r := rune(s.CharAt(i))
		if r == utf8.RuneError {
			r = unassigned + 2048
		} else if utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, rune(at(s, i+1))); pair != utf8.RuneError {
				r = pair
				i++
			} else {
				r += unassigned - 0xD800
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unassigned is the first of 2049 code points that stand for nothing.
const unassigned = 0xE0800

func at(s goja.String, i int) uint16 {
	if i < s.Length() {
		return s.CharAt(i)
	}
	return 0
}
