package ecma402

import (
	"slices"

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
				a := in.toString(call.Argument(0))
				return in.vm.ToValue(s.c.Compare(a, in.toString(call.Argument(1))))
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
	if s.o.CaseFirst == "" {
		s.o.CaseFirst = "false"
	}
	s.o.Sensitivity = in.word(o, "sensitivity", "variant", "base", "accent", "case", "variant")
	ignore, known := in.boolean(o, "ignorePunctuation")
	if !known {
		t, _ := intl.Parse(r.data)
		ignore = t.Language == "th"
	}
	s.o.IgnorePunctuation = ignore
	s.c = intl.NewCollator(s.o)
	return s
}

// Compare is String.prototype.localeCompare.
func (in *Intl) Compare(a, b string, locales, options goja.Value) int {
	return cached(in, "collator", locales, options, func() *collator {
		return in.newCollator(locales, options, "String.prototype.localeCompare")
	}).c.Compare(a, b)
}
