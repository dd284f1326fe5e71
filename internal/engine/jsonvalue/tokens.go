package jsonvalue

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/utf"
)

// The tokens of JSON, and what is said of those that are wrong.

func (p *parser) string() (goja.Value, error) {
	b, isASCII, err := p.stringBytes()
	if err != nil {
		return nil, err
	}
	if isASCII {
		return p.strings.ASCII(b), nil
	}
	return p.wide(b), nil
}

// stringBytes reads a string literal; the result may alias the input.
func (p *parser) stringBytes() (out []byte, isASCII bool, err error) {
	p.pos++
	start := p.pos
	i := start
	i += plainPrefix(p.in[i:])
	if i < len(p.in) && p.in[i] == '"' {
		p.pos = i + 1
		return p.in[start:i], true, nil
	}
	isASCII = true
	// What others make of the result they copy from it.
	if out = p.scratch[:0]; cap(out) < i-start+16 {
		out = make([]byte, 0, 2*(i-start)+64)
	}
	defer func() {
		if cap(out) <= maxKept {
			p.scratch = out[:0]
		}
	}()
	out = append(out, p.in[start:i]...)
	for p.pos = i; ; {
		if p.parts++; p.parts&0xffff == 0 {
			guard.Poll(p.vm)
		}
		if p.pos >= len(p.in) {
			return nil, false, p.at("Unterminated string")
		}
		switch ch := p.in[p.pos]; {
		case ch == '"':
			p.pos++
			return out, isASCII, nil
		case ch == '\\':
			r, err := p.escape()
			if err != nil {
				return nil, false, err
			}
			if r >= utf8.RuneSelf {
				isASCII = false
			}
			out = utf.AppendRune(out, r)
		case ch < 0x20:
			return nil, false, p.at("Bad control character in string literal")
		default:
			i := p.pos
			for i < len(p.in) && p.in[i] != '"' && p.in[i] != '\\' && p.in[i] >= 0x20 {
				if p.in[i] >= utf8.RuneSelf {
					isASCII = false
				}
				i++
			}
			out = append(out, p.in[p.pos:i]...)
			p.pos = i
		}
	}
}

func (p *parser) escape() (rune, error) {
	p.pos++
	if p.pos >= len(p.in) {
		return 0, &SyntaxError{message: "Unexpected end of JSON input"}
	}
	ch := p.in[p.pos]
	switch ch {
	case '"', '\\', '/':
		p.pos++
		return rune(ch), nil
	case 'b', 'f', 'n', 'r', 't':
		p.pos++
		return rune("\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), ch)]), nil
	case 'u':
		p.pos++
		r, err := p.hex4()
		if err != nil || r < 0xD800 || r >= 0xDC00 {
			return r, err
		}
		if p.pos+6 <= len(p.in) && p.in[p.pos] == '\\' && p.in[p.pos+1] == 'u' {
			at := p.pos
			p.pos += 2
			low, err := p.hex4()
			if err != nil {
				return 0, err
			}
			if low >= 0xDC00 && low < 0xE000 {
				return 0x10000 + (r-0xD800)<<10 + low - 0xDC00, nil
			}
			p.pos = at
		}
		return r, nil
	}
	return 0, p.at("Bad escaped character")
}

func (p *parser) hex4() (r rune, err error) {
	for range 4 {
		digit := rune(-1)
		if p.pos < len(p.in) {
			switch ch := p.in[p.pos]; {
			case ch >= '0' && ch <= '9':
				digit = rune(ch - '0')
			case ch|0x20 >= 'a' && ch|0x20 <= 'f':
				digit = rune(ch|0x20-'a') + 10
			}
		}
		if digit < 0 {
			return 0, p.at("Bad Unicode escape")
		}
		r = r<<4 | digit
		p.pos++
	}
	return r, nil
}

func (p *parser) digits() int {
	start := p.pos
	for p.pos < len(p.in) && p.in[p.pos]-'0' <= 9 {
		p.pos++
	}
	return p.pos - start
}

func (p *parser) number() (goja.Value, error) {
	start := p.pos
	if p.in[p.pos] == '-' {
		p.pos++
	}
	first := p.pos
	n := p.digits()
	if n == 0 {
		return nil, p.at("No number after minus sign")
	}
	if p.in[first] == '0' && n > 1 {
		p.pos = first + 1
		return nil, p.at("Unexpected number")
	}
	whole := true
	if p.pos < len(p.in) && p.in[p.pos] == '.' {
		whole = false
		p.pos++
		if p.digits() == 0 {
			return nil, p.at("Unterminated fractional number")
		}
	}
	if p.pos < len(p.in) && p.in[p.pos]|0x20 == 'e' {
		whole = false
		p.pos++
		if p.pos < len(p.in) && (p.in[p.pos] == '+' || p.in[p.pos] == '-') {
			p.pos++
		}
		if p.digits() == 0 {
			return nil, p.at("Exponent part is missing a number")
		}
	}
	literal := p.in[start:p.pos]
	if whole && n <= 15 {
		v := int64(0)
		for _, ch := range p.in[first:p.pos] {
			v = v*10 + int64(ch-'0')
		}
		if first == start {
			return p.integer(v), nil
		}
		if v != 0 {
			return p.integer(-v), nil
		}
		return p.vm.ToValue(math.Copysign(0, -1)), nil
	}
	f, _ := strconv.ParseFloat(unsafe.String(&literal[0], len(literal)), 64) // out of range gives infinity, as it should
	return p.vm.ToValue(f), nil
}

// at words an error with its position, which counts UTF-16 units.
func (p *parser) at(message string) error { return p.place(message + " in JSON") }

func (p *parser) place(message string) error {
	before := p.in[:p.pos]
	line, start := 1, 0
	for i, c := range before {
		if c == '\n' && !(i > 0 && before[i-1] == '\r') || c == '\r' {
			line++
		}
		if c == '\n' || c == '\r' {
			start = i + 1
		}
	}
	return &SyntaxError{message: fmt.Sprintf("%s at position %d (line %d column %d)", message, units(before), line, units(before[start:])+1)}
}

func units(b []byte) (n int) {
	for len(b) > 0 {
		r, size := utf.DecodeRune(b)
		b = b[size:]
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

// unexpected words the error for a character that cannot stand at the position.
func (p *parser) unexpected() error {
	if p.pos >= len(p.in) {
		return &SyntaxError{message: "Unexpected end of JSON input"}
	}
	switch whole := string(p.in); whole {
	case "undefined", "NaN", "Infinity", "[object Object]":
		return &SyntaxError{message: `"` + whole + `" is not valid JSON`}
	}
	const context = 10
	token, size := utf.DecodeRune(p.in[p.pos:])
	all := p.in
	from, to := p.pos, p.pos+size
	before, after := "", ""
	if units(all) > 2*context {
		for n := 0; from > 0 && n < context; n++ {
			from--
			for from > 0 && all[from]&0xC0 == 0x80 {
				from--
			}
		}
		for n := 1; to < len(all) && n < context; n++ {
			_, size := utf.DecodeRune(all[to:])
			to += size
		}
		if from > 0 {
			before = "..."
		}
		if to < len(all) {
			after = "..."
		}
	} else {
		from, to = 0, len(all)
	}
	return &SyntaxError{message: fmt.Sprintf(`Unexpected token '%c', %s"%s"%s is not valid JSON`, token, before, all[from:to], after)}
}
