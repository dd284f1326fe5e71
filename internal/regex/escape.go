package regex

import "unicode/utf16"

// atomEscape reads an escape outside of a class, but \b and \B.
func (p *parser) atomEscape() node {
	c := p.peek(1)
	switch {
	case c == endOfText:
		p.fail(errEnd)
	case c >= '1' && c <= '9':
		start := p.pos
		p.pos++
		n, _ := p.number()
		p.scan()
		if n <= p.total {
			p.hasRefs = true
			return &refNode{groups: []int{n}, fold: p.fold()}
		}
		if p.unicode() {
			p.fail(errEscape)
		}
		p.pos = start + 1
		if c >= '8' {
			p.pos++
			return p.char(c)
		}
		return p.char(p.octal())
	case c == '0':
		p.pos++
		if d := p.peek(1); p.unicode() && d >= '0' && d <= '9' {
			p.fail(errDecimal)
		}
		return p.char(p.octal())
	case c == 'k':
		p.scan()
		if p.unicode() || p.named {
			p.pos += 2
			ref := &refNode{fold: p.fold()}
			p.hasRefs = true
			ref.name = p.groupName(errReference)
			p.refs = append(p.refs, ref)
			return ref
		}
	}
	if set, ok := p.classEscape(errProperty); ok {
		return p.setOf(set)
	}
	return p.char(p.charEscape(false))
}

// octal reads up to three octal digits, at most 0377.
func (p *parser) octal() rune {
	n := rune(0)
	for i := 0; i < 3; i++ {
		c := p.peek(0)
		if c < '0' || c > '7' || n >= 32 {
			break
		}
		n = n*8 + c - '0'
		p.pos++
	}
	return n
}

// classEscape reads \d, \s, \w, \p{…} and their opposites, closed under case. It reads nothing if none of them is there.
func (p *parser) classEscape(err SyntaxError) (set classSet, ok bool) {
	c := p.peek(1)
	switch c {
	case 'd', 'D':
		set.chars = digits
	case 's', 'S':
		set.chars = spaces
	case 'w', 'W':
		set.chars = wordChars
		if p.unicode() {
			set.chars = p.closed(wordChars)
		}
	case 'p', 'P':
		if !p.unicode() {
			return set, false
		}
		p.pos += 2
		return p.property(c == 'P', err), true
	default:
		return set, false
	}
	p.pos += 2
	if c < 'a' {
		set.chars = complement(set.chars)
	}
	return set, true
}

// property reads {Name} or {Name=Value}.
func (p *parser) property(not bool, err SyntaxError) classSet {
	if !p.eat('{') {
		p.fail(err)
	}
	word := func() string {
		start := p.pos
		for c := p.peek(0); c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'; c = p.peek(0) {
			p.pos++
		}
		return string(p.src[start:p.pos])
	}
	name, value := word(), ""
	hasValue := p.eat('=')
	if hasValue {
		value = word()
	}
	if !p.eat('}') {
		p.fail(err)
	}
	set, ok := property(name, value, hasValue, p.sets())
	if !ok || not && len(set.strings) > 0 {
		p.fail(err)
	}
	switch {
	case not && p.sets():
		set.chars = complement(p.closed(set.chars))
	case not:
		set.chars = p.closed(complement(set.chars))
	default:
		set.chars = p.closed(set.chars)
	}
	return set
}

// charEscape reads an escape that means one character.
func (p *parser) charEscape(inClass bool) rune {
	p.pos++
	c := p.peek(0)
	p.pos++
	switch c {
	case endOfText:
		p.fail(errEnd)
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	case 'c':
		d := p.peek(0)
		if d >= 'a' && d <= 'z' || d >= 'A' && d <= 'Z' || inClass && !p.unicode() && (d >= '0' && d <= '9' || d == '_') {
			p.pos++
			return d & 31
		}
		if p.unicode() {
			p.fail(errUnicodeEscape)
		}
		p.pos-- // the backslash is a character, and c the next
		return '\\'
	case '0', '1', '2', '3', '4', '5', '6', '7':
		if c == '0' && (p.peek(0) < '0' || p.peek(0) > '9') {
			return 0
		}
		if p.unicode() {
			p.fail(errDecimal)
		}
		p.pos--
		return p.octal()
	case 'x':
		if n, ok := p.hex(2); ok {
			return n
		}
		if p.unicode() {
			p.fail(errEscape)
		}
		return c
	case 'u':
		if n, ok := p.unicodeEscape(p.unicode()); ok {
			return n
		}
		if p.unicode() {
			p.fail(errUnicodeEscape)
		}
		return c
	}
	if p.unicode() {
		if !syntaxChar(c) && c != '/' && !(c == '-' && inClass) {
			p.fail(errEscape)
		}
	} else if c == 'k' {
		if p.scan(); p.named {
			p.fail(errEscape)
		}
	}
	return c
}

func syntaxChar(c rune) bool {
	switch c {
	case '^', '$', '\\', '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|':
		return true
	}
	return false
}

// hex reads exactly n hexadecimal digits, or nothing.
func (p *parser) hex(n int) (value rune, ok bool) {
	for i := range n {
		d, ok := hexDigit(p.peek(i))
		if !ok {
			return 0, false
		}
		value = value*16 + d
	}
	p.pos += n
	return value, true
}

func hexDigit(c rune) (rune, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// unicodeEscape reads what follows \u; with full also {…} and a second escape that completes a surrogate pair.
func (p *parser) unicodeEscape(full bool) (rune, bool) {
	start := p.pos
	if full && p.eat('{') {
		value, n := rune(0), 0
		for ; ; n++ {
			d, ok := hexDigit(p.peek(0))
			if !ok {
				break
			}
			if value = value*16 + d; value > maxRune {
				p.pos = start
				return 0, false
			}
			p.pos++
		}
		if n == 0 || !p.eat('}') {
			p.pos = start
			return 0, false
		}
		return value, true
	}
	c, ok := p.hex(4)
	if !ok {
		return 0, false
	}
	if full && isLead(c) && p.peek(0) == '\\' && p.peek(1) == 'u' {
		mark := p.pos
		p.pos += 2
		if d, ok := p.hex(4); ok && isTrail(d) {
			return utf16.DecodeRune(c, d), true
		}
		p.pos = mark
	}
	return c, true
}
