package intl

import (
	"strings"
	"unicode/utf8"

	"gonode/internal/cldr"
)

// ListFormat joins texts into a list.
type ListFormat struct {
	language                string
	start, middle, end, two string
}

// NewListFormat has a kind of "conjunction", "disjunction" or "unit", and a style of "long", "short" or "narrow".
func NewListFormat(locale, kind, style string) *ListFormat {
	t := cldr.Misc.Of(dataLocale(locale))
	key := map[string]string{"conjunction": "standard", "disjunction": "or", "unit": "unit"}[kind]
	if style != "long" {
		key += "-" + style
	}
	get := func(part string) string { return t.Get("list/listPattern-type-" + key + "/" + part) }
	language, _, _ := strings.Cut(locale, "-")
	return &ListFormat{language, get("start"), get("middle"), get("end"), get("2")}
}

// FormatToParts joins items.
func (f *ListFormat) FormatToParts(items []string) []Part {
	lists := make([][]Part, len(items))
	for i, s := range items {
		lists[i] = []Part{{Type: "element", Value: s}}
	}
	return f.Join(lists)
}

// Join joins items that consist of parts themselves.
func (f *ListFormat) Join(items [][]Part) []Part {
	switch len(items) {
	case 0:
		return nil
	case 1:
		return items[0]
	case 2:
		return combine(f.joint(f.two, items[1]), items[0], items[1])
	}
	n := len(items)
	all := combine(f.joint(f.end, items[n-1]), items[n-2], items[n-1])
	for i := n - 3; i >= 0; i-- {
		pattern := f.middle
		if i == 0 {
			pattern = f.start
		}
		all = combine(pattern, items[i], all)
	}
	return all
}

// combine fills a pattern of two.
func combine(pattern string, a, b []Part) []Part {
	before, rest, _ := strings.Cut(pattern, "{0}")
	between, after, _ := strings.Cut(rest, "{1}")
	var all []Part
	literal := func(s string) {
		if s != "" {
			all = append(all, Part{Type: "literal", Value: s})
		}
	}
	literal(before)
	all = append(all, a...)
	literal(between)
	all = append(all, b...)
	literal(after)
	return all
}

// joint is the last pattern, in which the word for "and" or "or" goes by what follows in Spanish and Hebrew.
func (f *ListFormat) joint(pattern string, next []Part) string {
	text := Join(next)
	lower := strings.ToLower(text)
	switch f.language {
	case "es":
		if strings.Contains(pattern, " y ") && (strings.HasPrefix(lower, "i") || strings.HasPrefix(lower, "hi") && !strings.HasPrefix(lower, "hia") && !strings.HasPrefix(lower, "hie")) {
			return strings.Replace(pattern, " y ", " e ", 1)
		}
		if strings.Contains(pattern, " o ") && (strings.HasPrefix(lower, "o") || strings.HasPrefix(lower, "ho") || strings.HasPrefix(lower, "8") || lower == "11" || strings.HasPrefix(lower, "11 ")) {
			return strings.Replace(pattern, " o ", " u ", 1)
		}
	case "he":
		if r, _ := utf8.DecodeRuneInString(text); strings.Contains(pattern, " ו{1}") && (r < 0x590 || r > 0x5ff) {
			return strings.Replace(pattern, " ו{1}", " ו-{1}", 1)
		}
	}
	return pattern
}
