package utf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// WTF8 is a text of UTF-16 units in UTF-8, where surrogates without a partner are three bytes each (https://simonsapin.github.io/wtf-8).
func WTF8(units []uint16) string {
	b := make([]byte, 0, len(units)*2)
	for i := 0; i < len(units); i++ {
		r := rune(units[i])
		if utf16.IsSurrogate(r) {
			if i+1 < len(units) {
				if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != utf8.RuneError {
					b = utf8.AppendRune(b, pair)
					i++
					continue
				}
			}
			b = append(b, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
			continue
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// Units is the way back from WTF8.
func Units(s string) (units []uint16) {
	for i := 0; i < len(s); {
		if r, ok := SurrogateAt(s, i); ok {
			units = append(units, uint16(r))
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		units = utf16.AppendRune(units, r)
		i += n
	}
	return units
}

// SurrogateAt gives the surrogate that stands alone in WTF-8 at a place.
func SurrogateAt(s string, i int) (rune, bool) {
	if i+2 < len(s) && s[i] == 0xED && s[i+1] >= 0xA0 {
		return 0xD000 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), true
	}
	return 0, false
}

// HasSurrogates tells whether any does.
func HasSurrogates(s string) bool {
	for i := strings.IndexByte(s, 0xED); i >= 0 && i < len(s); i++ {
		if _, ok := SurrogateAt(s, i); ok {
			return true
		}
	}
	return false
}

// WellFormed is what WTF-8 is where no surrogates may be: U+FFFD stands in their place.
func WellFormed(s string) string {
	if !HasSurrogates(s) {
		return s
	}
	return string(utf16.Decode(Units(s)))
}
