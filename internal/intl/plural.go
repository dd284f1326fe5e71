package intl

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"gonode/internal/cldr"
)

// Plurals are a locale's rules of plural categories.
type Plurals struct {
	language string
	rules    []pluralRule
}

type pluralRule struct {
	category string
	any      [][]pluralRelation // of these one, all of whose relations hold
}

type pluralRelation struct {
	operand byte
	modulo  int64
	not     bool
	ranges  [][2]int64
}

var plurals struct {
	sync.Mutex
	known map[string]*Plurals
}

// PluralsOf are the cardinal or ordinal rules of a locale.
func PluralsOf(locale string, ordinal bool) *Plurals {
	kind := "cardinal"
	if ordinal {
		kind = "ordinal"
	}
	text, language := "", ""
	for l := locale; l != ""; l = shorter(l) {
		if text = cldr.Supplemental("plural/" + kind + "/" + l); text != "" {
			language = l
			break
		}
	}
	plurals.Lock()
	defer plurals.Unlock()
	if p := plurals.known[kind+language]; p != nil {
		return p
	}
	p := &Plurals{language: language}
	if text != "" {
		for rule := range strings.SplitSeq(text, ";") {
			category, condition, _ := strings.Cut(rule, ":")
			if category != "other" {
				p.rules = append(p.rules, pluralRule{category, parseCondition(condition)})
			}
		}
	}
	if plurals.known == nil {
		plurals.known = map[string]*Plurals{}
	}
	plurals.known[kind+language] = p
	return p
}

func parseCondition(s string) (any [][]pluralRelation) {
	for part := range strings.SplitSeq(s, " or ") {
		var all []pluralRelation
		for relation := range strings.SplitSeq(part, " and ") {
			left, right, not := strings.Cut(relation, "!=")
			if !not {
				left, right, _ = strings.Cut(relation, "=")
			}
			r := pluralRelation{not: not}
			f := strings.Fields(left)
			r.operand = f[0][0]
			if len(f) == 3 {
				r.modulo, _ = strconv.ParseInt(f[2], 10, 64)
			}
			for item := range strings.SplitSeq(strings.TrimSpace(right), ",") {
				from, to, isRange := strings.Cut(item, "..")
				a, _ := strconv.ParseInt(from, 10, 64)
				b := a
				if isRange {
					b, _ = strconv.ParseInt(to, 10, 64)
				}
				r.ranges = append(r.ranges, [2]int64{a, b})
			}
			all = append(all, r)
		}
		any = append(any, all)
	}
	return any
}

// Categories are those that the rules tell apart, in Unicode's order.
func (p *Plurals) Categories() []string {
	list := make([]string, 0, len(p.rules)+1)
	for _, r := range p.rules {
		list = append(list, r.category)
	}
	return append(list, "other")
}

// written is a number as its digits are written, for plural rules.
type written struct {
	whole, fraction string
	exponent        int // of compact notation
	special         bool
}

// Select is the category of a number that is written so.
func (p *Plurals) Select(w written) string {
	if w.special {
		return "other"
	}
	whole, fraction := w.whole, w.fraction
	for n := w.exponent; n > 0; n-- {
		digit := "0"
		if fraction != "" {
			digit, fraction = fraction[:1], fraction[1:]
		}
		whole += digit
	}
	integer := func(s string) int64 {
		s = strings.TrimLeft(s, "0")
		large := len(s) > 18
		if large {
			s = s[len(s)-18:]
		}
		n, _ := strconv.ParseInt("0"+s, 10, 64)
		if large {
			n += 1e18
		}
		return n
	}
	trimmed := strings.TrimRight(fraction, "0")
	for _, rule := range p.rules {
		for _, all := range rule.any {
			holds := true
			for _, r := range all {
				var n int64
				exact := true
				switch r.operand {
				case 'n':
					n, exact = integer(whole), trimmed == ""
				case 'i':
					n = integer(whole)
				case 'v':
					n = int64(len(fraction))
				case 'w':
					n = int64(len(trimmed))
				case 'f':
					n = integer(fraction)
				case 't':
					n = integer(trimmed)
				case 'e', 'c':
					n = int64(w.exponent)
				}
				if r.modulo > 0 {
					n %= r.modulo
				}
				in := exact && slices.ContainsFunc(r.ranges, func(x [2]int64) bool { return n >= x[0] && n <= x[1] })
				if in == r.not {
					holds = false
					break
				}
			}
			if holds {
				return rule.category
			}
		}
	}
	return "other"
}

// Range is the category of a range of numbers whose ends have these categories.
func (p *Plurals) Range(start, end string) string {
	rules := cldr.Supplemental("plural/range/" + p.language)
	if rules == "" {
		language, _, _ := strings.Cut(p.language, "-")
		rules = cldr.Supplemental("plural/range/" + language)
	}
	for rule := range strings.SplitSeq(rules, ";") {
		if f := strings.Fields(rule); len(f) == 3 && f[0] == start && f[1] == end {
			return f[2]
		}
	}
	return "other"
}

// plural reads a value that depends on a plural category, which "other" has when the category has none.
func plural(t *cldr.Table, key, category string) string {
	if v, ok := t.Lookup(key + category); ok {
		return v
	}
	return t.Get(key + "other")
}
