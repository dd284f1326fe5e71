package intl

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// CollatorOptions are the resolved options of a Collator.
type CollatorOptions struct {
	Locale, Usage, Sensitivity, Collation, CaseFirst string
	Numeric, IgnorePunctuation                       bool
}

// Collator compares texts.
type Collator struct {
	sync.Mutex
	o    CollatorOptions
	main *collate.Collator
	last *collate.Collator // decides where main finds no difference, with capitals first; nil if that makes none
}

// NewCollator has the order that golang.org/x/text has for a language.
func NewCollator(o CollatorOptions) *Collator {
	base, _, _ := strings.Cut(o.Locale, "-")
	var u strings.Builder
	u.WriteString(base)
	if base == "zh" && strings.Contains(dataLocale(o.Locale), "Hant") {
		u.WriteString("-Hant")
	}
	u.WriteString("-u")
	if o.Collation != "" && o.Collation != "default" {
		u.WriteString("-co-" + o.Collation)
	}
	c := &Collator{o: o}
	prefix := u.String()
	make := func(strength string) *collate.Collator {
		s := prefix + strength
		tag, err := language.Parse(s)
		if err != nil {
			tag = language.Und
		}
		options := []collate.Option{collate.OptionsFromTag(tag)}
		if o.Numeric {
			options = append(options, collate.Numeric)
		}
		return collate.New(tag, options...)
	}
	switch o.Sensitivity {
	case "base":
		c.main = make("-ks-level1")
	case "accent":
		c.main = make("-ks-level2")
	case "case":
		c.main = make("-ks-level1")
		c.last = make("-ks-level3")
	default:
		c.main = make("-ks-level3")
		if o.CaseFirst == "upper" {
			c.main, c.last = make("-ks-level2"), c.main
		}
	}
	return c
}

// Compare is -1, 0 or 1.
func (c *Collator) Compare(a, b string) int {
	if a == b {
		return 0
	}
	if c.o.IgnorePunctuation {
		a, b = without(a, unicode.P, unicode.Z), without(b, unicode.P, unicode.Z)
	}
	c.Lock()
	defer c.Unlock()
	n := c.main.CompareString(a, b)
	if n == 0 && c.last != nil {
		if c.o.Sensitivity == "case" {
			a, b = without(norm.NFD.String(a), unicode.Mn), without(norm.NFD.String(b), unicode.Mn)
		}
		n = c.last.CompareString(a, b)
		if c.o.CaseFirst == "upper" {
			n = -n
		}
	}
	return n
}

// without is a text without the characters of some classes.
func without(s string, classes ...*unicode.RangeTable) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, classes...) {
			return -1
		}
		return r
	}, s)
}
