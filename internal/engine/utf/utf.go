// Package utf reads UTF-8 that may be malformed as the WHATWG encoding standard does: each maximal part of a malformed
// sequence becomes one U+FFFD, where Go has one for each byte or, in strings.ToValidUTF8, for a whole run of them.
package utf

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// Decode is utf8.DecodeRune, but a malformed sequence is as long as the standard has it: up to the first byte that cannot
// continue it.
func Decode[T string | []byte](b T) (rune, int) {
	// No character takes more bytes than this.
	first := b[:min(len(b), utf8.UTFMax)]
	r, n := utf8.DecodeRuneInString(string(first))
	if r != utf8.RuneError || n != 1 {
		return r, n
	}
	return utf8.RuneError, malformedLen(first)
}

func malformedLen[T string | []byte](b T) int {
	lo, hi, need := byte(0x80), byte(0xBF), 0
	switch c := b[0]; {
	case c >= 0xC2 && c <= 0xDF:
		need = 1
	case c == 0xE0:
		need, lo = 2, 0xA0
	case c == 0xED:
		need, hi = 2, 0x9F
	case c >= 0xE1 && c <= 0xEF:
		need = 2
	case c == 0xF0:
		need, lo = 3, 0x90
	case c == 0xF4:
		need, hi = 3, 0x8F
	case c >= 0xF1 && c <= 0xF3:
		need = 3
	}
	n := 1
	for ; need > 0 && n < len(b) && b[n] >= lo && b[n] <= hi; need-- {
		n++
		lo, hi = 0x80, 0xBF
	}
	return n
}

// Incomplete is how many bytes at the end of b begin a character that could still be completed.
func Incomplete(b []byte) int {
	for n := 1; n <= 3 && n <= len(b); n++ {
		c := b[len(b)-n]
		if c&0xC0 == 0x80 {
			continue
		}
		tail := b[len(b)-n:]
		want := bits.LeadingZeros8(^c)
		if c >= 0xC2 && c <= 0xF4 && want > n && malformedLen(tail) == n {
			return n
		}
		return 0
	}
	return 0
}

// Valid is a text with U+FFFD in place of what is malformed.
func Valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, n := Decode(text[i:])
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// Text is a file's text: valid, and without a byte order mark.
func Text(text string) string { return strings.TrimPrefix(Valid(text), "\ufeff") }
