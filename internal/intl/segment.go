package intl

import (
	"unicode"
	"unicode/utf16"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// Segments are the boundaries of a text's graphemes, words or sentences, in units of UTF-16.
type Segments struct {
	Ends     []int  // where each segment ends
	WordLike []bool // of words: whether a segment has letters or digits
}

// loneSurrogate stands for half a pair: it is a control character as far as boundaries go.
const loneSurrogate = '\ufff0'

// Segment finds the boundaries that Unicode's annex 29 defines, for a granularity of "grapheme", "word" or "sentence".
func Segment(units []uint16, granularity string) *Segments {
	runes := make([]rune, 0, len(units))
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 < len(units) {
				if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != unicode.ReplacementChar {
					runes = append(runes, pair)
					i++
					continue
				}
			}
			r = loneSurrogate
		}
		runes = append(runes, r)
	}
	text := string(runes)
	s := &Segments{}
	at := 0
	add := func(segment string) {
		for _, r := range segment {
			at++
			if r >= 0x10000 {
				at++
			}
		}
		s.Ends = append(s.Ends, at)
	}
	switch granularity {
	case "word":
		for it := words.FromString(text); it.Next(); {
			add(it.Value())
			s.WordLike = append(s.WordLike, wordLike(it.Value()))
		}
	case "sentence":
		for it := sentences.FromString(text); it.Next(); {
			add(it.Value())
		}
	default:
		for it := graphemes.FromString(text); it.Next(); {
			add(it.Value())
		}
	}
	return s
}

func wordLike(s string) bool {
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// At is the segment that an index is in.
func (s *Segments) At(index int) (n, start, end int) {
	lo, hi := 0, len(s.Ends)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.Ends[mid] <= index {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo > 0 {
		start = s.Ends[lo-1]
	}
	return lo, start, s.Ends[lo]
}
