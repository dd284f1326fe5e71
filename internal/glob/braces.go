package glob

import (
	"strconv"
	"strings"
)

// expand writes out the braces of a pattern: a{b,c{d,e}} is ab, acd and ace, {1..3} and {a..c} count.
func expand(text string) []string {
	for from := 0; ; {
		open := strings.IndexByte(text[from:], '{')
		if open < 0 {
			return []string{text}
		}
		open += from
		end, parts := braces(text[open:])
		if end < 0 || open > 0 && text[open-1] == '$' {
			from = open + 1
			continue
		}
		var middles []string
		if len(parts) == 1 {
			if middles = sequence(parts[0]); middles == nil {
				// Not to be expanded itself; what is in it may be.
				for _, inner := range expand(parts[0]) {
					middles = append(middles, "{"+inner+"}")
				}
			}
		} else {
			for _, part := range parts {
				middles = append(middles, expand(part)...)
			}
		}
		var all []string
		for _, tail := range expand(text[open+end+1:]) {
			for _, middle := range middles {
				if len(all) == maxAlternatives {
					return all
				}
				all = append(all, text[:open]+middle+tail)
			}
		}
		// In the order of the first brace, then of those behind it.
		if n := len(middles); n > 1 && len(all) > n {
			ordered := make([]string, 0, len(all))
			for i := range n {
				for j := i; j < len(all); j += n {
					ordered = append(ordered, all[j])
				}
			}
			all = ordered
		}
		return all
	}
}

// braces finds the end of the brace that text begins with, and what its commas separate. -1 if it has no end.
func braces(text string) (end int, parts []string) {
	depth, start := 0, 1
	for i := range len(text) {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i, append(parts, text[start:i])
			}
		case ',':
			if depth == 1 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return -1, nil
}

// sequence counts: 1..3, 01..10, a..e, with a step behind a third pair of dots. nil if it is none.
func sequence(text string) []string {
	parts := strings.Split(text, "..")
	if len(parts) != 2 && len(parts) != 3 {
		return nil
	}
	step := 1
	if len(parts) == 3 {
		n, err := strconv.Atoi(parts[2])
		if err != nil {
			return nil
		}
		step = max(n, -n, 1)
	}
	from, err1 := strconv.Atoi(parts[0])
	to, err2 := strconv.Atoi(parts[1])
	letters := len(parts[0]) == 1 && len(parts[1]) == 1 && err1 != nil && err2 != nil && isLetter(parts[0][0]) && isLetter(parts[1][0])
	width := 0
	switch {
	case letters:
		from, to = int(parts[0][0]), int(parts[1][0])
	case err1 != nil || err2 != nil:
		return nil
	case padded(parts[0]) || padded(parts[1]):
		width = max(len(parts[0]), len(parts[1]))
	}
	var list []string
	for n := from; len(list) < maxAlternatives; {
		if letters {
			list = append(list, string(rune(n)))
		} else {
			list = append(list, number(n, width))
		}
		if from <= to {
			if n += step; n > to {
				break
			}
		} else if n -= step; n < to {
			break
		}
	}
	return list
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func padded(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return len(s) > 1 && s[0] == '0'
}

func number(n, width int) string {
	s := strconv.Itoa(max(n, -n))
	if n < 0 {
		return "-" + strings.Repeat("0", max(0, width-1-len(s))) + s
	}
	return strings.Repeat("0", max(0, width-len(s))) + s
}
