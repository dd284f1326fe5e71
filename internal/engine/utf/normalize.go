package utf

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fewMarks is how many combining characters in a row golang.org/x/text leaves as they are: after more it puts in one that joins nothing.
const fewMarks = 30

// Normalize is f.String without a limit of the combining characters in a row (UAX 15).
func Normalize(f norm.Form, s string) string {
	if len(s) <= fewMarks/2 { // a character has no more than four others in it
		return f.String(s)
	}
	start, end := manyMarks(s)
	if end == 0 {
		return f.String(s)
	}
	var out strings.Builder
	for ; end > 0; start, end = manyMarks(s) {
		n := normalizer{f: f}
		head := f.String(s[:start])
		for !n.started && head != "" {
			r, size := utf8.DecodeLastRuneInString(head)
			head = head[:len(head)-size]
			n.started = leadClass(string(r)) == 0
			n.runes = append(n.runes, r)
		}
		slices.Reverse(n.runes)
		n.runes = append(n.runes, []rune(s[start:end])...)
		out.WriteString(head)
		out.WriteString(n.normalize())
		s = s[end:]
	}
	out.WriteString(f.String(s))
	return out.String()
}

// manyMarks finds the first place where more than fewMarks follow each other; end is 0 if there is none.
func manyMarks(s string) (start, end int) {
	marks := 0
	for i, r := range s {
		if leadClass(s[i:]) != 0 {
			if marks == 0 {
				start = i
			}
			marks += len([]rune(norm.NFKD.String(string(r))))
			continue
		}
		if marks > fewMarks {
			return start, i
		}
		marks = 0
	}
	if marks > fewMarks {
		return start, len(s)
	}
	return 0, 0
}

func leadClass(s string) uint8 { return norm.NFD.PropertiesString(s).LeadCCC() }

// normalizer is about one character that others combine with, if it is started, and these.
type normalizer struct {
	f       norm.Form
	runes   []rune
	started bool
}

func (n *normalizer) normalize() string {
	decomposes := norm.NFD
	if n.f == norm.NFKC || n.f == norm.NFKD {
		decomposes = norm.NFKD
	}
	composes := n.f == norm.NFC || n.f == norm.NFKC
	type mark struct {
		r     rune
		class uint8
	}
	var first rune
	var marks []mark
	for i, r := range n.runes {
		parts := []rune{r}
		if r < 0xAC00 || r > 0xD7A3 { // syllables of Hangul combine with no mark
			parts = []rune(decomposes.String(string(r)))
		}
		if i == 0 && n.started {
			first, parts = parts[0], parts[1:]
		}
		for _, r := range parts {
			marks = append(marks, mark{r, leadClass(string(r))})
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int { return int(a.class) - int(b.class) })
	var out strings.Builder
	var last uint8
	for _, m := range marks {
		if composes && n.started && last < m.class {
			if c := []rune(norm.NFC.String(string([]rune{first, m.r}))); len(c) == 1 {
				first = c[0]
				continue
			}
		}
		last = m.class
		out.WriteRune(m.r)
	}
	if !n.started {
		return out.String()
	}
	return string(first) + out.String()
}
