package parse

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"gonode/internal/regex"
)

type lexer struct {
	p   *parser
	at  int // where the scanner is
	tok lexeme
}

const (
	classStart = 1 << iota // begins a name
	classPart              // continues one
	classDigit
	classSpace
)

var classes = [128]uint8{
	'\t': classSpace, '\v': classSpace, '\f': classSpace, ' ': classSpace,
	'$': classStart | classPart, '_': classStart | classPart,
	'0': classPart | classDigit, '1': classPart | classDigit, '2': classPart | classDigit, '3': classPart | classDigit, '4': classPart | classDigit,
	'5': classPart | classDigit, '6': classPart | classDigit, '7': classPart | classDigit, '8': classPart | classDigit, '9': classPart | classDigit,
	'a': 3, 'b': 3, 'c': 3, 'd': 3, 'e': 3, 'f': 3, 'g': 3, 'h': 3, 'i': 3, 'j': 3, 'k': 3, 'l': 3, 'm': 3,
	'n': 3, 'o': 3, 'p': 3, 'q': 3, 'r': 3, 's': 3, 't': 3, 'u': 3, 'v': 3, 'w': 3, 'x': 3, 'y': 3, 'z': 3,
	'A': 3, 'B': 3, 'C': 3, 'D': 3, 'E': 3, 'F': 3, 'G': 3, 'H': 3, 'I': 3, 'J': 3, 'K': 3, 'L': 3, 'M': 3,
	'N': 3, 'O': 3, 'P': 3, 'Q': 3, 'R': 3, 'S': 3, 'T': 3, 'U': 3, 'V': 3, 'W': 3, 'X': 3, 'Y': 3, 'Z': 3,
}

func is(c byte, class uint8) bool { return c < 128 && classes[c]&class != 0 }

// Go's tables are of an older Unicode: what they do not know is looked for in those of regular expressions.
func nameStart(r rune) bool {
	return r != '\u2e2f' && (unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) || unicode.Is(unicode.Other_ID_Start, r) || regex.IDStart(r))
}

func namePart(r rune) bool {
	return r == 0x200c || r == 0x200d || r != '\u2e2f' && (unicode.IsLetter(r) ||
		unicode.In(r, unicode.Nl, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Start, unicode.Other_ID_Continue) || r >= 128 && regex.IDContinue(r))
}

func space(r rune) bool {
	return r == 0xa0 || r == 0xfeff || r >= 0x1680 && unicode.Is(unicode.Zs, r)
}

func (l *lexer) skipHashbang() {
	if strings.HasPrefix(l.p.src, "#!") {
		l.lineComment()
	}
}

func (l *lexer) byteAt(i int) byte {
	if i < len(l.p.src) {
		return l.p.src[i]
	}
	return 0
}

// lineComment goes to the end of the line.
func (l *lexer) lineComment() {
	src := l.p.src
	for l.at < len(src) {
		switch c := src[l.at]; {
		case c == '\n' || c == '\r':
			return
		case c == 0xe2 && (strings.HasPrefix(src[l.at:], "\u2028") || strings.HasPrefix(src[l.at:], "\u2029")):
			return
		}
		l.at++
	}
}

// space skips white space and comments and tells whether a line ended in between.
func (l *lexer) space() (newline bool) {
	src := l.p.src
	for l.at < len(src) {
		c := src[l.at]
		switch {
		case is(c, classSpace):
			l.at++
		case c == '\n' || c == '\r':
			newline = true
			l.at++
		case c == '/':
			switch l.byteAt(l.at + 1) {
			case '/':
				l.lineComment()
			case '*':
				end := strings.Index(src[l.at+2:], "*/")
				if end < 0 {
					l.p.fail(l.at, len(src), "Invalid or unexpected token")
				}
				text := src[l.at+2 : l.at+2+end]
				newline = newline || strings.ContainsAny(text, "\n\r\u2028\u2029")
				l.at += end + 4
			default:
				return newline
			}
		case c == '<' && strings.HasPrefix(src[l.at:], "<!--"):
			if l.p.opts.Module {
				l.p.fail(l.at, l.at+4, "HTML comments are not allowed in modules")
			}
			l.lineComment()
		case c == '-' && (newline || l.tok.end == 0 && l.tok.kind == tokEOF) && strings.HasPrefix(src[l.at:], "-->"):
			if l.p.opts.Module {
				l.p.fail(l.at, l.at+3, "HTML comments are not allowed in modules")
			}
			l.lineComment()
		case c >= 0x80:
			r, size := utf8.DecodeRuneInString(src[l.at:])
			if r == 0x2028 || r == 0x2029 {
				newline = true
			} else if !space(r) {
				return newline
			}
			l.at += size
		default:
			return newline
		}
	}
	return newline
}

// next reads a token into tok.
func (p *parser) next() {
	p.last, p.lastStart = p.tok.end, p.tok.start
	p.scan()
}

func (l *lexer) scan() {
	newline := l.space()
	l.tok = lexeme{start: l.at, newline: newline}
	t := &l.tok
	src := l.p.src
	if l.at >= len(src) {
		t.end = l.at
		return
	}
	c := src[l.at]
	switch {
	case is(c, classStart):
		i := l.at + 1
		for i < len(src) && is(src[i], classPart) {
			i++
		}
		if i < len(src) && (src[i] == '\\' || src[i] >= 0x80) {
			l.name(t)
			break
		}
		t.kind, t.name, l.at = tokName, src[l.at:i], i
	case is(c, classDigit) || c == '.' && is(l.byteAt(l.at+1), classDigit):
		l.number(t)
	case c == '"' || c == '\'':
		l.str(t, c)
	case c == '`':
		t.kind = tokTemplate
		l.at++
	case c == '#':
		l.at++
		if i := l.byteAt(l.at); !is(i, classStart) && i != '\\' && i < 0x80 {
			l.p.fail(t.start, l.at, "Invalid or unexpected token")
		}
		l.name(t)
		t.kind = tokPrivate
	case c == '\\' || c >= 0x80:
		l.name(t)
	default:
		l.punct(t, c)
	}
	t.end = l.at
}

// name reads a name that has escapes or characters beyond ASCII.
func (l *lexer) name(t *lexeme) {
	src := l.p.src
	t.kind = tokName
	var b strings.Builder
	start := l.at
	for l.at < len(src) {
		c := src[l.at]
		if is(c, classPart) {
			b.WriteByte(c)
			l.at++
			continue
		}
		at := l.at
		var r rune
		switch {
		case c == '\\':
			t.escaped = true
			l.at++
			if l.byteAt(l.at) != 'u' {
				l.p.fail(at, at+1, "Invalid or unexpected token")
			}
			l.at++
			var ok bool
			if r, ok = l.unicodeEscape(); r < 0 {
				l.p.fail(at, l.at, "Undefined Unicode code-point")
			} else if !ok {
				l.p.fail(at, min(l.at+1, len(src)), "Invalid Unicode escape sequence")
			}
		case c >= 0x80:
			var size int
			r, size = utf8.DecodeRuneInString(src[l.at:])
			l.at += size
		default:
			t.name = b.String()
			return
		}
		if first := at == start; first && !(nameStart(r) || r == '$' || r == '_') || !first && !(namePart(r) || r < 128 && is(byte(r), classPart)) {
			if c == '\\' {
				l.p.fail(at, l.at, "Invalid Unicode escape sequence")
			}
			if first {
				l.p.fail(at, at+1, "Invalid or unexpected token")
			}
			l.at = at
			t.name = b.String()
			return
		}
		b.WriteRune(r)
	}
	t.name = b.String()
}

func hex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// unicodeEscape reads what follows \u. When it is wrong the scanner is at what is wrong.
func (l *lexer) unicodeEscape() (r rune, ok bool) {
	if l.byteAt(l.at) == '{' {
		l.at++
		digits := 0
		for hex(l.byteAt(l.at)) >= 0 {
			r = r<<4 | rune(hex(l.byteAt(l.at)))
			digits++
			if l.at++; r > 0x10ffff {
				return -1, false
			}
		}
		if digits == 0 || l.byteAt(l.at) != '}' {
			return 0, false
		}
		l.at++
		return r, true
	}
	for range 4 {
		h := hex(l.byteAt(l.at))
		if h < 0 {
			return 0, false
		}
		r = r<<4 | rune(h)
		l.at++
	}
	return r, true
}

// number reads a numeric literal.
func (l *lexer) number(t *lexeme) {
	src := l.p.src
	t.kind = tokNumber
	digits := func(valid func(byte) bool, separator bool) int {
		n := 0
		for l.at < len(src) {
			c := src[l.at]
			if c == '_' {
				switch {
				case l.p.types != nil && (!separator || n == 0 || src[l.at-1] == '_' || !valid(l.byteAt(l.at+1)) && l.byteAt(l.at+1) != '_'):
					l.misplacedSeparator(t.start, separator, n)
				case !separator:
					l.p.fail(l.at, l.at+1, "Numeric separator can not be used after leading 0.")
				case n == 0 || src[l.at-1] == '_':
					if n == 0 {
						l.p.fail(l.at, l.at+1, "Invalid or unexpected token")
					}
					l.p.fail(l.at, l.at+1, "Only one underscore is allowed as numeric separator")
				}
				l.at++
				if !valid(l.byteAt(l.at)) && l.byteAt(l.at) != '_' {
					l.p.fail(l.at, l.at+1, "Numeric separators are not allowed at the end of numeric literals")
				}
				continue
			}
			if !valid(c) {
				break
			}
			n++
			l.at++
		}
		return n
	}
	decimal := func(c byte) bool { return c >= '0' && c <= '9' }
	c, d := src[l.at], l.byteAt(l.at+1)
	radix := func(valid func(byte) bool) {
		l.at += 2
		if digits(valid, true) == 0 {
			l.p.fail(t.start, l.at, "Invalid or unexpected token")
		}
	}
	switch {
	case c == '0' && (d == 'x' || d == 'X'):
		radix(func(c byte) bool { return hex(c) >= 0 })
	case c == '0' && (d == 'o' || d == 'O'):
		radix(func(c byte) bool { return c >= '0' && c <= '7' })
	case c == '0' && (d == 'b' || d == 'B'):
		radix(func(c byte) bool { return c == '0' || c == '1' })
	case c == '0' && (decimal(d) || d == '_'):
		l.at++
		digits(decimal, false)
		t.octal = t.start + 1
		if t.eight = strings.ContainsAny(src[t.start:l.at], "89"); t.eight {
			l.fraction(digits, decimal)
		}
		l.afterNumber()
		return
	default:
		if c != '.' {
			digits(decimal, true)
		}
		if l.byteAt(l.at) != 'n' {
			l.fraction(digits, decimal)
			l.afterNumber()
			return
		}
	}
	if l.byteAt(l.at) == 'n' {
		t.kind = tokBigInt
		l.at++
	}
	l.afterNumber()
}

func (l *lexer) fraction(digits func(func(byte) bool, bool) int, decimal func(byte) bool) {
	if l.byteAt(l.at) == '.' {
		l.at++
		if l.byteAt(l.at) == '_' {
			l.p.fail(l.at, l.at+1, "Invalid or unexpected token")
		}
		digits(decimal, true)
	}
	if e := l.byteAt(l.at); e == 'e' || e == 'E' {
		l.at++
		if s := l.byteAt(l.at); s == '+' || s == '-' {
			l.at++
		}
		if digits(decimal, true) == 0 {
			l.p.fail(l.at, min(l.at+1, len(l.p.src)), "Invalid or unexpected token")
		}
	}
}

// afterNumber refuses a name right behind a number.
func (l *lexer) afterNumber() {
	c := l.byteAt(l.at)
	if c < 0x80 {
		if is(c, classPart) || c == '\\' {
			l.p.fail(l.tok.start, l.at, "Invalid or unexpected token")
		}
		return
	}
	if r, _ := utf8.DecodeRuneInString(l.p.src[l.at:]); nameStart(r) {
		l.p.fail(l.tok.start, l.at+1, "Invalid or unexpected token")
	}
}

// punct reads a punctuator.
func (l *lexer) punct(t *lexeme, c byte) {
	src := l.p.src
	t.kind = tokPunct
	one := func(k punct) {
		t.punct = k
		l.at++
	}
	// longest takes the longest of the alternatives that stands here.
	try := func(text string, k punct) bool {
		if strings.HasPrefix(src[l.at:], text) {
			t.punct = k
			l.at += len(text)
			return true
		}
		return false
	}
	switch c {
	case '{':
		one(pBraceL)
	case '}':
		one(pBraceR)
	case '(':
		one(pParenL)
	case ')':
		one(pParenR)
	case '[':
		one(pBracketL)
	case ']':
		one(pBracketR)
	case ';':
		one(pSemicolon)
	case ',':
		one(pComma)
	case ':':
		one(pColon)
	case '@':
		if l.p.types == nil {
			l.p.fail(l.at, l.at+1, "Invalid or unexpected token")
		}
		one(pAt)
	case '~':
		one(pTilde)
	case '.':
		if !try("...", pEllipsis) {
			one(pDot)
		}
	case '=':
		_ = try("===", pStrictEqual) || try("==", pEqual) || try("=>", pArrow) || try("=", pAssign)
	case '!':
		_ = try("!==", pStrictNotEqual) || try("!=", pNotEqual) || try("!", pNot)
	case '+':
		_ = try("++", pIncrement) || try("+=", pPlusAssign) || try("+", pPlus)
	case '-':
		_ = try("--", pDecrement) || try("-=", pMinusAssign) || try("-", pMinus)
	case '*':
		_ = try("**=", pStarStarAssign) || try("**", pStarStar) || try("*=", pStarAssign) || try("*", pStar)
	case '/':
		_ = try("/=", pSlashAssign) || try("/", pSlash)
	case '%':
		_ = try("%=", pPercentAssign) || try("%", pPercent)
	case '<':
		_ = try("<<=", pShiftLeftAssign) || try("<<", pShiftLeft) || try("<=", pLessEqual) || try("<", pLess)
	case '>':
		_ = try(">>>=", pShiftRightUnsignedAssign) || try(">>>", pShiftRightUnsigned) || try(">>=", pShiftRightAssign) ||
			try(">>", pShiftRight) || try(">=", pGreaterEqual) || try(">", pGreater)
	case '&':
		_ = try("&&=", pLogicalAndAssign) || try("&&", pLogicalAnd) || try("&=", pAndAssign) || try("&", pAnd)
	case '|':
		_ = try("||=", pLogicalOrAssign) || try("||", pLogicalOr) || try("|=", pOrAssign) || try("|", pOr)
	case '^':
		_ = try("^=", pXorAssign) || try("^", pXor)
	case '?':
		if strings.HasPrefix(src[l.at:], "?.") && !is(l.byteAt(l.at+2), classDigit) {
			l.at += 2
			t.punct = pOptional
		} else {
			_ = try("??=", pCoalesceAssign) || try("??", pCoalesce) || try("?", pQuestion)
		}
	default:
		l.p.fail(l.at, l.at+1, "Invalid or unexpected token")
	}
}

// regexp reads the rest of a regular expression, whose slash is tok.
func (l *lexer) regexp() (pattern, flags string) {
	src, start := l.p.src, l.tok.start
	l.at = start + 1
	for class := false; ; {
		if l.at >= len(src) {
			l.p.fail(start, start+1, "Invalid regular expression: missing /")
		}
		c := src[l.at]
		if c == '\\' {
			l.at++
			if l.at >= len(src) {
				continue
			}
			c = src[l.at]
		} else if c == '[' {
			class = true
		} else if c == ']' {
			class = false
		} else if c == '/' && !class {
			break
		}
		if c == '\n' || c == '\r' || c == 0xe2 && (strings.HasPrefix(src[l.at:], "\u2028") || strings.HasPrefix(src[l.at:], "\u2029")) {
			l.p.fail(start, l.at, "Invalid regular expression: missing /")
		}
		l.at++
	}
	pattern = src[start+1 : l.at]
	l.at++
	from := l.at
	for l.at < len(src) && (is(src[l.at], classPart) || src[l.at] >= 0x80 || src[l.at] == '\\') {
		if src[l.at] >= 0x80 {
			r, size := utf8.DecodeRuneInString(src[l.at:])
			if !namePart(r) {
				break
			}
			l.at += size - 1
		}
		l.at++
	}
	flags = src[from:l.at]
	seen := uint32(0)
	for i := range len(flags) {
		n := strings.IndexByte("dgimsuvy", flags[i])
		if l.p.types != nil && (n < 0 || seen&(1<<n) != 0) {
			message := "Unknown regular expression flags."
			if n >= 0 {
				message = "Duplicated regular expression flag '" + flags[i:i+1] + "'."
			}
			l.p.report(start, l.at, message)
			break
		}
		if n < 0 || seen&(1<<n) != 0 {
			l.p.fail(start, start+1, "Invalid regular expression flags")
		}
		seen |= 1 << n
	}
	if l.p.types != nil {
		return pattern, flags // the rest is said when the text without types is read
	}
	if strings.Contains(flags, "u") && strings.Contains(flags, "v") {
		l.p.fail(start, l.at, "Invalid regular expression flags")
	}
	f, _ := regex.ParseFlags(flags)
	if err := regex.Check(utf16.Encode([]rune(pattern)), f); err != nil {
		l.p.fail(start, l.at, "Invalid regular expression: /"+pattern+"/"+flags+": "+err.Error())
	}
	return pattern, flags
}

// identifierText is the name that stands at an offset, as it is written.
func (p *parser) identifierText(start int) string {
	end := start
	for end < len(p.src) && (is(p.src[end], classPart) || p.src[end] >= 0x80 || p.src[end] == '\\') {
		end++
	}
	return p.src[start:max(end, min(start+1, len(p.src)))]
}

func reserved(name string) bool {
	switch name {
	case "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum",
		"export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new",
		"null", "return", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with":
		return true
	}
	return false
}

func strictReserved(name string) bool {
	switch name {
	case "implements", "interface", "let", "package", "private", "protected", "public", "static", "yield":
		return true
	}
	return false
}
