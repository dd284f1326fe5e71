package regex

import (
	"strings"
	"unicode/utf16"
)

// Escape writes a text so that a pattern matches it literally, wherever in the pattern it stands.
func Escape(text []uint16) []uint16 {
	const digits = "0123456789abcdef"
	var out []uint16
	write := func(s string) {
		for i := range len(s) {
			out = append(out, uint16(s[i]))
		}
	}
	for i := 0; i < len(text); i++ {
		c := rune(text[i])
		pair := false
		if isLead(c) && i+1 < len(text) && isTrail(rune(text[i+1])) {
			pair = true
		}
		switch {
		case pair:
			out = append(out, text[i], text[i+1])
			i++
		case i == 0 && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'), c < 128 && strings.IndexByte(",-=<>#&!%:;@~'`\" ", byte(c)) >= 0, c == 0xA0:
			write(`\x`)
			out = append(out, uint16(digits[c>>4]), uint16(digits[c&15]))
		case c < 128 && strings.IndexByte(`^$\.*+?()[]{}|/`, byte(c)) >= 0:
			out = append(out, '\\', uint16(c))
		case c >= '\t' && c <= '\r':
			out = append(out, '\\', uint16("tnvfr"[c-'\t']))
		case c == 0xFEFF || lineBreak(c) || spaces.has(c) || utf16.IsSurrogate(c):
			write(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				out = append(out, uint16(digits[c>>shift&15]))
			}
		default:
			out = append(out, uint16(c))
		}
	}
	return out
}
