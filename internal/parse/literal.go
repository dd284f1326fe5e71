package parse

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

func (p *parser) checkOctal(t lexeme) {
	if t.octal > 0 && p.strict {
		p.failOctal(t)
	}
}

func (p *parser) failOctal(t lexeme) {
	switch {
	case t.kind == tokString && t.eight:
		p.fail(t.octal-1, t.octal, "\\8 and \\9 are not allowed in strict mode.")
	case t.kind == tokString:
		p.fail(t.octal, t.octal+1, "Octal escape sequences are not allowed in strict mode.")
	case t.eight:
		p.fail(t.start, t.end, "Decimals with leading zeros are not allowed in strict mode.")
	}
	p.fail(t.start, t.end, "Octal literals are not allowed in strict mode.")
}

func (p *parser) numberLiteral(t lexeme) ast.Expression {
	p.checkOctal(t)
	text := p.src[t.start:t.end]
	n := &ast.NumberLiteral{Idx: idx(t.start), Literal: text}
	digits := text
	if strings.IndexByte(digits, '_') >= 0 {
		digits = strings.ReplaceAll(digits, "_", "")
	}
	if t.kind == tokBigInt {
		b, _ := new(big.Int).SetString(digits[:len(digits)-1], 0)
		n.Value = b
		return n
	}
	n.Value = numberValue(digits, t.octal > 0 && !t.eight)
	return n
}

// numberValue is an int64 where it can be, else a float64.
func numberValue(s string, octal bool) any {
	base := 10
	switch {
	case octal:
		base, s = 8, strings.TrimLeft(s, "0")
	case len(s) > 1 && s[0] == '0':
		switch s[1] {
		case 'x', 'X':
			base, s = 16, s[2:]
		case 'o', 'O':
			base, s = 8, s[2:]
		case 'b', 'B':
			base, s = 2, s[2:]
		}
	}
	if s == "" {
		return int64(0)
	}
	if base == 10 {
		if strings.ContainsAny(s, ".eE") {
			f, _ := strconv.ParseFloat(s, 64)
			if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
				return int64(f)
			}
			return f
		}
		if len(s) < 16 {
			i, _ := strconv.ParseInt(s, 10, 64)
			return i
		}
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	if i, err := strconv.ParseInt(s, base, 64); err == nil && i < 1<<53 {
		return i
	}
	b, _ := new(big.Int).SetString(s, base)
	f, _ := new(big.Float).SetInt(b).Float64()
	return f
}

// template reads a template literal, whose backtick is the token.
func (p *parser) template(tagged bool) *ast.TemplateLiteral {
	t := &ast.TemplateLiteral{OpenQuote: idx(p.tok.start)}
	opening := p.tok.start
	for {
		start := p.at
		el := &ast.TemplateElement{Idx: idx(start), Valid: true}
		value := newText("")
		finished := false
		for {
			if p.at >= len(p.src) {
				if len(t.Elements) > 0 {
					opening = start - 1
				}
				p.openTemplate(opening, len(t.Elements) == 0)
			}
			c := p.src[p.at]
			if c == '`' || c == '$' && p.byteAt(p.at+1) == '{' {
				finished = c == '`'
				break
			}
			switch {
			case c == '\\':
				if wrong, at := p.escape(&value, nil); wrong != "" {
					if p.at >= len(p.src) {
						p.fail(opening, len(p.src), "Unterminated template literal")
					}
					if !tagged {
						p.fail(at, max(p.at, at+1), wrong)
					}
					el.Valid = false
				}
			case c == '\r':
				if p.byteAt(p.at+1) == '\n' {
					p.at++
				}
				value.ascii('\n')
				p.at++
			case c < 0x80:
				value.ascii(c)
				p.at++
			default:
				i := p.at
				for _, r := range p.src[i:] {
					if r < 0x80 {
						break
					}
					value.rune(r)
					p.at += len(string(r))
				}
			}
		}
		el.Literal = p.src[start:p.at]
		if strings.IndexByte(el.Literal, '\r') >= 0 {
			el.Literal = strings.ReplaceAll(strings.ReplaceAll(el.Literal, "\r\n", "\n"), "\r", "\n")
		}
		if el.Valid {
			el.Parsed = value.value()
		}
		t.Elements = append(t.Elements, el)
		if finished {
			t.CloseQuote = idx(p.at)
			p.at++
			p.tok.end = p.at
			p.next()
			return t
		}
		p.at += 2
		p.next()
		from := p.tok.start
		if p.tok.kind == tokEOF {
			p.openTemplate(opening, false)
		}
		t.Expressions = append(t.Expressions, p.withIn(p.expression))
		if !p.isPunct(pBraceR) {
			p.fail(from, p.tok.start, "Missing } in template expression")
		}
	}
}

// openTemplate reports a text that ends in a template literal, or where an expression in it is to begin.
func (p *parser) openTemplate(opening int, first bool) {
	if p.types != nil && !first {
		p.fail(opening, len(p.src), "Unterminated template literal")
	}
	p.fail(len(p.src), len(p.src), "Unexpected end of input")
}

func (p *parser) arrayLiteral(c *cover) ast.Expression {
	a := &ast.ArrayLiteral{LeftBracket: idx(p.tok.start)}
	was := p.within
	p.within = within{}
	p.next()
	for !p.isPunct(pBracketR) {
		if p.take(pComma) {
			a.Value = append(a.Value, nil)
			continue
		}
		if p.take(pEllipsis) {
			a.Value = append(a.Value, &ast.SpreadElement{Expression: p.assign(c)})
			if p.isPunct(pComma) {
				// What follows makes it no pattern; toTarget finds that by the text.
				p.spreadComma(a.Value[len(a.Value)-1])
			}
		} else {
			a.Value = append(a.Value, p.assign(c))
		}
		if !p.isPunct(pBracketR) {
			p.expect(pComma)
		}
	}
	p.within = was
	a.RightBracket = idx(p.expect(pBracketR))
	return a
}

// spreadComma notes that a comma follows a spread element, which no pattern may have.
func (p *parser) spreadComma(e ast.Expression) {
	if p.parens == nil {
		p.parens = map[ast.Expression]int{}
	}
	p.parens[e] = p.tok.start
}

func (p *parser) objectLiteral(c *cover) ast.Expression {
	o := &ast.ObjectLiteral{LeftBrace: idx(p.tok.start)}
	was := p.within
	p.within = within{}
	p.next()
	proto := false
	for !p.isPunct(pBraceR) {
		p.infer.open()
		prop := p.objectProperty(c, &proto)
		p.infer.infer()
		p.infer.close()
		o.Value = append(o.Value, prop)
		if !p.isPunct(pBraceR) {
			if p.isPunct(pComma) {
				if s, ok := prop.(*ast.SpreadElement); ok {
					p.spreadComma(s)
				}
			}
			p.expect(pComma)
		}
	}
	p.within = was
	o.RightBrace = idx(p.expect(pBraceR))
	return o
}

// key is a property's or a class element's name.
type key struct {
	e        ast.Expression
	tok      lexeme
	computed bool
}

// name is the name of a key that is written out.
func (k *key) name() string {
	if s, ok := k.e.(*ast.StringLiteral); ok && !k.computed {
		return s.Value.String()
	}
	return ""
}

func (p *parser) propertyKey() key {
	t := p.tok
	switch t.kind {
	case tokName:
		p.next()
		return key{e: &ast.StringLiteral{Idx: idx(t.start), Literal: t.name, Value: unistring.NewFromString(t.name)}, tok: t}
	case tokString:
		p.checkOctal(t)
		p.next()
		return key{e: &ast.StringLiteral{Idx: idx(t.start), Literal: p.src[t.start:t.end], Value: t.value}, tok: t}
	case tokNumber, tokBigInt:
		p.next()
		return key{e: p.numberLiteral(t), tok: t}
	case tokPunct:
		if t.punct == pBracketL {
			p.next()
			e := p.withIn(func() ast.Expression { return p.assign(nil) })
			p.expect(pBracketR)
			return key{e: e, tok: t, computed: true}
		}
	}
	if p.types != nil {
		p.failToken("Unexpected token `" + p.tokenName() + "`. Expected identifier, string literal, numeric literal or [ for the computed key")
	}
	p.unexpected()
	return key{}
}

// keyFollows tells whether a word like get is not the name itself: a name follows.
func (p *parser) keyFollows() bool {
	switch p.tok.kind {
	case tokName, tokString, tokNumber, tokBigInt, tokPrivate:
		return true
	case tokPunct:
		return p.tok.punct == pBracketL
	}
	return false
}

func (p *parser) objectProperty(c *cover, proto *bool) ast.Property {
	if p.isPunct(pEllipsis) {
		p.next()
		return &ast.SpreadElement{Expression: p.assign(c)}
	}
	start := p.tok.start
	m := method{start: start, kind: ast.PropertyKindMethod}
	first := p.tok
	if p.take(pStar) {
		m.generator = true
		k := p.propertyKey()
		return p.objectMethod(k, m)
	}
	k := p.propertyKey()
	if first.kind == tokName && !first.escaped {
		switch first.name {
		case "async":
			if !p.tok.newline && (p.keyFollows() || p.isPunct(pStar)) {
				m.async = true
				m.generator = p.take(pStar)
				return p.objectMethod(p.propertyKey(), m)
			}
		case "get", "set":
			if p.keyFollows() {
				m.kind = ast.PropertyKindGet
				if first.name == "set" {
					m.kind = ast.PropertyKindSet
				}
				return p.objectMethod(p.propertyKey(), m)
			}
		}
	}
	p.infer.key(&k)
	switch {
	case p.isPunct(pParenL), p.types != nil && p.isPunct(pLess):
		return p.objectMethod(k, m)
	case p.isPunct(pColon):
		p.next()
		p.infer.gives(k.e, p.tok.start)
		if k.name() == "__proto__" {
			if *proto && c.proto == 0 {
				c.proto = k.tok.start + 1
			}
			*proto = true
		}
		return &ast.PropertyKeyed{Key: k.e, Kind: ast.PropertyKindValue, Value: p.assign(c), Computed: k.computed}
	case first.kind != tokName || k.computed:
		if !k.computed && (p.isPunct(pComma) || p.isPunct(pBraceR)) {
			p.unexpectedToken(&first)
		}
		p.unexpected()
	}
	// The name itself: {a}, or {a = 1} in a pattern.
	if reserved(first.name) {
		if p.isPunct(pComma) || p.isPunct(pBraceR) || p.isPunct(pAssign) {
			p.unexpectedToken(&first)
		}
		p.unexpected()
	}
	p.checkName(&first)
	if first.name == "arguments" && p.argumentsForbidden() {
		p.fail(first.start, first.end, "'arguments' is not allowed in class field initializer or static initialization block")
	}
	p.readArguments(first.name)
	id := p.named(first.name, first.start)
	p.infer.declared(id)
	if id.Name.String() != first.name {
		return &ast.PropertyKeyed{Key: &ast.StringLiteral{Idx: id.Idx, Literal: first.name, Value: unistring.NewFromString(first.name)}, Kind: ast.PropertyKindValue, Value: id}
	}
	short := &ast.PropertyShort{Name: *id}
	if p.isPunct(pAssign) {
		p.next()
		p.infer.gives(id, p.tok.start)
		short.Initializer = p.assign(nil)
		if c.shorthand == 0 {
			c.shorthand, c.shorthandEnd = first.start+1, p.last
		}
	}
	return short
}
