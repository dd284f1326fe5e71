package regex

import "slices"

const maxRune = 0x10FFFF

// span is a range of characters, both ends included.
type span struct{ lo, hi rune }

// charset is a set of characters: ranges in ascending order that neither overlap nor touch.
type charset []span

func one(c rune) charset { return charset{{c, c}} }

// normal sorts ranges and joins those that overlap or touch.
func normal(s charset) charset {
	sorted := true
	for i := 1; i < len(s); i++ {
		if s[i].lo <= s[i-1].hi+1 {
			sorted = false
			break
		}
	}
	if sorted {
		return s
	}
	slices.SortFunc(s, func(a, b span) int { return int(a.lo - b.lo) })
	out := s[:1]
	for _, r := range s[1:] {
		last := &out[len(out)-1]
		if r.lo <= last.hi+1 {
			last.hi = max(last.hi, r.hi)
		} else {
			out = append(out, r)
		}
	}
	return out
}

func (s charset) has(c rune) bool {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s[mid].hi < c {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo < len(s) && s[lo].lo <= c
}

func union(a, b charset) charset {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	return normal(append(slices.Clone(a), b...))
}

func complement(s charset) charset {
	out := make(charset, 0, len(s)+1)
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= maxRune {
		out = append(out, span{next, maxRune})
	}
	return out
}

func intersect(a, b charset) charset {
	var out charset
	for len(a) > 0 && len(b) > 0 {
		if lo, hi := max(a[0].lo, b[0].lo), min(a[0].hi, b[0].hi); lo <= hi {
			out = append(out, span{lo, hi})
		}
		if a[0].hi < b[0].hi {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

func subtract(a, b charset) charset { return intersect(a, complement(b)) }

// overlaps says whether some character of lo to hi is in s.
func (s charset) overlaps(lo, hi rune) bool {
	for _, r := range s {
		if r.lo > hi {
			return false
		}
		if r.hi >= lo {
			return true
		}
	}
	return false
}

// single gives the only character of a set.
func (s charset) single() (rune, bool) {
	if len(s) == 1 && s[0].lo == s[0].hi {
		return s[0].lo, true
	}
	return 0, false
}

var (
	digits    = charset{{'0', '9'}}
	wordChars = charset{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	spaces    = charset{{'\t', '\r'}, {' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
		{0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}}
	lineEnds = charset{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}
	allChars = charset{{0, maxRune}}
)
