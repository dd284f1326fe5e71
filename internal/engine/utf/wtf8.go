package utf

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// WTF8 is a text of UTF-16 units in UTF-8, where surrogates without a partner are three bytes each (https://simonsapin.github.io/wtf-8).
func WTF8(units []uint16) string { return string(AppendWTF8(nil, units)) }

// AppendWTF8 appends it to b.
func AppendWTF8(b []byte, units []uint16) []byte {
	b = slices.Grow(b, len(units)+len(units)/8+8)
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if r < utf8.RuneSelf {
			b = append(b, byte(r))
			continue
		}
		if utf16.IsSurrogate(r) && i+1 < len(units) {
			if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != utf8.RuneError {
				r = pair
				i++
			}
		}
		b = AppendRune(b, r)
	}
	return b
}

// AppendRune is utf8.AppendRune that lets surrogates pass.
func AppendRune(b []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(b, 0xED, byte(0x80|r>>6&0x3F), byte(0x80|r&0x3F))
	}
	return utf8.AppendRune(b, r)
}

// DecodeRune is utf8.DecodeRune that does so.
func DecodeRune[T string | []byte](s T) (rune, int) {
	if r, ok := SurrogateAt(s, 0); ok {
		return r, 3
	}
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

// Units is the way back from WTF8.
func Units[T string | []byte](s T) []uint16 { return AppendUnits(make([]uint16, 0, len(s)), s) }

// AppendUnits appends them to others.
func AppendUnits[T string | []byte](units []uint16, s T) []uint16 {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			units = append(units, uint16(s[i]))
			i++
			continue
		}
		r, n := DecodeRune(s[i:])
		i += n
		if utf16.IsSurrogate(r) {
			units = append(units, uint16(r))
		} else {
			units = utf16.AppendRune(units, r)
		}
	}
	return units
}

// SurrogateAt gives the surrogate that stands alone in WTF-8 at a place.
func SurrogateAt[T string | []byte](s T, i int) (rune, bool) {
	if i+2 < len(s) && s[i] == 0xED && s[i+1] >= 0xA0 && s[i+1] < 0xC0 && s[i+2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), true
	}
	return 0, false
}

// HasSurrogates tells whether any does.
func HasSurrogates(s string) bool {
	for at := 0; ; at++ {
		i := strings.IndexByte(s[at:], 0xED)
		if i < 0 {
			return false
		}
		if at += i; isSurrogate(s, at) {
			return true
		}
	}
}

func isSurrogate(s string, at int) bool {
	_, ok := SurrogateAt(s, at)
	return ok
}

// LoneSurrogate is where the first of some units is that has no partner, or their number.
func LoneSurrogate(units []uint16) int {
	for i := 0; i < len(units); i++ {
		if r := rune(units[i]); !utf16.IsSurrogate(r) {
			continue
		} else if i+1 == len(units) || utf16.DecodeRune(r, rune(units[i+1])) == utf8.RuneError {
			return i
		}
		i++
	}
	return len(units)
}

// WellFormed is what WTF-8 is where no surrogates may be: U+FFFD stands in their place.
func WellFormed(s string) string {
	if !HasSurrogates(s) {
		return s
	}
	return string(utf16.Decode(Units(s)))
}
