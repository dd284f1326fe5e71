package parse

import (
	"unicode/utf8"

	"github.com/dop251/goja/unistring"
)

// str reads a string literal.
func (l *lexer) str(t *lexeme, quote byte) {
	src := l.p.src
	t.kind = tokString
	i := l.at + 1
	for i < len(src) && src[i] != quote && src[i] != '\\' && src[i] != '\n' && src[i] != '\r' && src[i] < 0x80 {
		i++
	}
	if i < len(src) && src[i] == quote {
		t.value = unistring.String(src[l.at+1 : i])
		l.at = i + 1
		return
	}
	text := newText(src[l.at+1 : i])
	l.at = i
	for {
		if l.at >= len(src) {
			l.p.fail(t.start, l.at, "Invalid or unexpected token")
		}
		switch c := src[l.at]; {
		case c == quote:
			l.at++
			t.value = text.value()
			return
		case c == '\n' || c == '\r':
			l.p.fail(t.start, l.at, "Invalid or unexpected token")
		case c == '\\':
			if message, from := l.escape(&text, t); message != "" {
				l.p.fail(from, min(max(l.at, from+1), len(src)), message)
			}
		case c < 0x80:
			text.ascii(c)
			l.at++
		default:
			r, size := utf8.DecodeRuneInString(src[l.at:])
			text.rune(r)
			l.at += size
		}
	}
}

// escape reads an escape sequence of a string, or with t nil of a template. It gives what is wrong with it.
func (l *lexer) escape(text *text, t *lexeme) (wrong string, from int) {
	src, start := l.p.src, l.at
	l.at++
	if l.at >= len(src) {
		return "Invalid or unexpected token", start
	}
	c := src[l.at]
	l.at++
	switch c {
	case 'n':
		text.ascii('\n')
	case 't':
		text.ascii('\t')
	case 'r':
		text.ascii('\r')
	case 'b':
		text.ascii('\b')
	case 'v':
		text.ascii('\v')
	case 'f':
		text.ascii('\f')
	case '\r':
		if l.byteAt(l.at) == '\n' {
			l.at++
		}
	case '\n':
	case 'x':
		a, b := hex(l.byteAt(l.at)), -1
		if a >= 0 {
			b = hex(l.byteAt(l.at + 1))
		}
		if a < 0 || b < 0 {
			if l.at = min(start+4, len(src)); t == nil {
				l.at = start + 2
			}
			return "Invalid hexadecimal escape sequence", start
		}
		l.at += 2
		text.rune(rune(a<<4 | b))
	case 'u':
		brace := l.byteAt(l.at) == '{'
		r, ok := l.unicodeEscape()
		if !ok {
			if r < 0 {
				return "Undefined Unicode code-point", start
			}
			return "Invalid Unicode escape sequence", start
		}
		if brace {
			text.rune(r)
		} else {
			text.unit(uint16(r))
		}
	case '0', '1', '2', '3', '4', '5', '6', '7':
		next := l.byteAt(l.at)
		if c == '0' && !(next >= '0' && next <= '9') {
			text.ascii(0)
			break
		}
		if t == nil {
			return "Octal escape sequences are not allowed in template strings.", start + 1
		}
		t.octal, t.eight = start+1, false
		n := int(c - '0')
		for range 2 {
			d := l.byteAt(l.at)
			if d < '0' || d > '7' || n*8+int(d-'0') > 255 {
				break
			}
			n = n*8 + int(d-'0')
			l.at++
		}
		text.rune(rune(n))
	case '8', '9':
		if t == nil {
			return "\\8 and \\9 are not allowed in template strings.", start
		}
		t.octal, t.eight = start+1, true
		text.ascii(c)
	default:
		if c < 0x80 {
			text.ascii(c)
			break
		}
		r, size := utf8.DecodeRuneInString(src[l.at-1:])
		l.at += size - 1
		if r != 0x2028 && r != 0x2029 {
			text.rune(r)
		}
	}
	return "", 0
}

// text gathers a string's value: bytes while it is ASCII, then UTF-16 behind the mark of the engine's strings.
type text struct {
	bytes []byte
	units []uint16
}

func newText(ascii string) text { return text{bytes: append(make([]byte, 0, len(ascii)+16), ascii...)} }

func (t *text) ascii(c byte) {
	if t.units != nil {
		t.units = append(t.units, uint16(c))
	} else {
		t.bytes = append(t.bytes, c)
	}
}

func (t *text) unit(u uint16) {
	if u < 0x80 {
		t.ascii(byte(u))
		return
	}
	if t.units == nil {
		t.units = make([]uint16, 0, len(t.bytes)+32)
		t.units = append(t.units, unistring.BOM)
		for _, c := range t.bytes {
			t.units = append(t.units, uint16(c))
		}
	}
	t.units = append(t.units, u)
}

func (t *text) rune(r rune) {
	if r > 0xffff {
		r -= 0x10000
		t.unit(uint16(0xd800 + r>>10))
		t.unit(uint16(0xdc00 + r&0x3ff))
		return
	}
	t.unit(uint16(r))
}

func (t *text) value() unistring.String {
	if t.units != nil {
		return unistring.FromUtf16(t.units)
	}
	return unistring.String(t.bytes)
}
