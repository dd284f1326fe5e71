package inspect

import (
	"math"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
)

// text is a primitive string as Go text; lone surrogates become three bytes. value is the way back.
func text(v goja.Value) string { return engine.ExactText(v) }

func (in *inspector) value(s string) goja.Value { return in.rt.TextValue(s) }

// length is the length of text in UTF-16 units, the `length` that scripts see.
func length(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x80 || c >= 0xC0 && c < 0xF0:
			n++
		case c >= 0xF0:
			n += 2
		}
	}
	return n
}

const lowerHex = "0123456789abcdef"
const upperHex = "0123456789ABCDEF"

// escape writes s with control characters, backslashes, lone surrogates and the quote character escaped; quote 0
// means none.
func escape(s string, quote byte) string {
	plain := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < 0x20 || c == quote && quote != 0 || c == '\\' || c == 0x7f || c == 0xC2 || c == 0xED {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == quote && quote != 0 || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\f':
			b.WriteString(`\f`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < 0x20 || c == 0x7f:
			b.WriteString(`\x`)
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&15])
		case c == 0xC2 && i+1 < len(s) && s[i+1] < 0xA0:
			b.WriteString(`\x`)
			b.WriteByte(upperHex[s[i+1]>>4])
			b.WriteByte(upperHex[s[i+1]&15])
			i++
		default:
			if r, ok := utf.SurrogateAt(s, i); ok {
				b.WriteString(`\u`)
				for shift := 12; shift >= 0; shift -= 4 {
					b.WriteByte(lowerHex[r>>shift&15])
				}
				i += 2
				continue
			}
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Quote writes a string as a literal in the quotes that need the least escaping.
func Quote(s string) string {
	quote := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 {
		if strings.IndexByte(s, '"') < 0 {
			quote = '"'
		} else if strings.IndexByte(s, '`') < 0 && !strings.Contains(s, "${") {
			quote = '`'
		}
	}
	escaped := byte(0)
	if quote == '\'' {
		escaped = quote
	}
	return string(quote) + escape(s, escaped) + string(quote)
}

// StripVT removes terminal control sequences.
func StripVT(s string) string {
	if strings.IndexByte(s, 0x1b) < 0 && !strings.Contains(s, "\u009b") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if n := controlSequence(s[i:]); n > 0 {
			i += n
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// controlSequence is the length of the terminal control sequence that s begins with, or 0. There are two forms: one that
// ends in BEL or ST, and one of digits and a final letter.
func controlSequence(s string) int {
	i := 0
	switch {
	case s[0] == 0x1b:
		i = 1
	case strings.HasPrefix(s, "\u009b"):
		i = 2
	default:
		return 0
	}
	for i < len(s) && strings.IndexByte("[]()#;?", s[i]) >= 0 {
		i++
	}
	// The lead-in may also begin the body ("]8;;…"), so try from each shorter lead-in too.
	low := 1
	if s[0] != 0x1b {
		low = 2
	}
	for ; i >= low; i-- {
		if n := oscBody(s, i); n > 0 {
			return n
		}
		if n := csiBody(s, i); n > 0 {
			return n
		}
	}
	return 0
}

func oscBody(s string, i int) int {
	word := func(c byte) bool { return isAlnum(c) }
	other := func(c byte) bool { return isAlnum(c) || strings.IndexByte("-/#&.:=?%@~_", c) >= 0 }
	end := func(j int) int {
		switch {
		case j < len(s) && s[j] == 7:
			return j + 1
		case strings.HasPrefix(s[j:], "\x1b\\"):
			return j + 2
		case strings.HasPrefix(s[j:], "\u009c"):
			return j + 2
		}
		return 0
	}
	j := i
	for j < len(s) && word(s[j]) {
		j++
	}
	for j < len(s) && s[j] == ';' {
		k := j + 1
		for k < len(s) && other(s[k]) {
			k++
		}
		j = k
	}
	return end(j)
}

func csiBody(s string, i int) int {
	digits := func(j, most int) int {
		k := j
		for k < len(s) && k-j < most && s[k] >= '0' && s[k] <= '9' {
			k++
		}
		return k
	}
	final := func(j int) bool {
		if j >= len(s) {
			return false
		}
		c := s[j]
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'P' || c >= 'R' && c <= 'T' || c == 'Z' || c == 'c' ||
			c >= 'f' && c <= 'n' || c == 'q' || c == 'r' || c == 'u' || c == 'y' || c == '=' || c == '>' || c == '<' || c == '~'
	}
	j := digits(i, 4)
	if j > i {
		for j < len(s) && s[j] == ';' {
			j = digits(j+1, 4)
		}
	}
	for ; j >= i; j-- {
		if final(j) {
			return j + 1
		}
	}
	return 0
}

func isAlnum(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

// Width is the number of terminal columns of s.
func Width(s string, removeControl bool) int {
	if removeControl {
		s = StripVT(s)
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] >= 127 {
			return n + wideWidth(norm.NFC.String(s[i:]))
		}
		if s[i] >= 32 {
			n++
		}
	}
	return n
}

func wideWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case zeroWidth(r):
		case isWide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func zeroWidth(r rune) bool {
	return r <= 0x1F || r >= 0x7F && r <= 0x9F || r >= 0x300 && r <= 0x36F || r >= 0x200B && r <= 0x200F ||
		r >= 0x20D0 && r <= 0x20FF || r >= 0xFE00 && r <= 0xFE0F || r >= 0xFE20 && r <= 0xFE2F ||
		r >= 0xE0100 && r <= 0xE01EF
}

func isWide(r rune) bool {
	if r < 0x1100 {
		return false
	}
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}

// formatNumber writes a number as inspect does: -0 shows its sign.
func (c *context) formatNumber(v goja.Value) string {
	f := v.ToFloat()
	if f == 0 && math.Signbit(f) {
		return "-0"
	}
	s := v.String()
	if !c.numericSeparator {
		return s
	}
	whole := math.Trunc(f)
	integer := c.vm.ToValue(whole).String()
	if whole == 0 && math.Signbit(whole) {
		integer = "-0"
	}
	if whole == f {
		if math.IsInf(f, 0) || strings.Contains(integer, "e") {
			return integer
		}
		return groupDigits(integer)
	}
	if math.IsNaN(f) {
		return integer
	}
	rest := ""
	if len(s) > len(integer)+1 {
		rest = s[len(integer)+1:]
	}
	return groupDigits(integer) + "." + groupFraction(rest)
}

func groupDigits(s string) string {
	start := 0
	if strings.HasPrefix(s, "-") {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "_" + s[i:]
	}
	return s
}

func groupFraction(s string) string {
	var b strings.Builder
	for len(s) > 3 {
		b.WriteString(s[:3])
		b.WriteByte('_')
		s = s[3:]
	}
	b.WriteString(s)
	return b.String()
}
