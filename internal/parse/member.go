package parse

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// leftHandSide reads a LeftHandSideExpression.
func (p *parser) leftHandSide(c *cover) ast.Expression {
	start := p.tok.start
	e := p.primary(c)
	return p.members(e, start, true, c)
}

// members reads what follows an expression: properties, calls, templates.
func (p *parser) members(e ast.Expression, start int, calls bool, c *cover) ast.Expression {
	optional := false
	for {
		switch p.tok.kind {
		case tokTemplate:
			if optional {
				p.failToken("Invalid tagged template on optional chain")
			}
			p.settle(c)
			t := p.template(true)
			t.Tag = e
			e = t
			continue
		case tokPunct:
			if p.types != nil && p.typedMember() {
				continue
			}
			switch p.tok.punct {
			case pDot:
				p.settle(c)
				p.next()
				e = p.property(e)
				continue
			case pOptional:
				if !calls {
					p.failToken("Invalid optional chain from new expression")
				}
				if _, super := e.(*ast.SuperExpression); super {
					p.unexpected()
				}
				p.settle(c)
				p.next()
				optional = true
				e = &ast.Optional{Expression: e}
				switch {
				case p.isPunct(pBracketL), p.isPunct(pParenL), p.types != nil && p.isPunct(pLess):
				case p.tok.kind == tokTemplate && p.types == nil:
					p.failToken("Invalid tagged template on optional chain")
				default:
					e = p.property(e)
				}
				continue
			case pBracketL:
				p.settle(c)
				at := p.tok.start
				p.next()
				member := p.withIn(p.expression)
				p.infer.member(member)
				e = &ast.BracketExpression{Left: e, LeftBracket: idx(at), Member: member, RightBracket: idx(p.expect(pBracketR))}
				continue
			case pParenL:
				if calls {
					p.settle(c)
					arguments := p.arguments
					if p.namesImport(e) {
						arguments = p.importArguments
					}
					list, opening, closing := arguments()
					p.infer.call()
					if id, ok := e.(*ast.Identifier); ok && id.Name == "eval" {
						if len(list) == 1 && isSpread(list[0]) {
							e = &ast.SequenceExpression{Sequence: []ast.Expression{e}} // to V8 that is no direct eval
						} else {
							p.evaluates()
						}
					}
					e = &ast.CallExpression{Callee: e, LeftParenthesis: idx(opening), ArgumentList: list, RightParenthesis: idx(closing)}
					continue
				}
			}
		}
		break
	}
	if optional {
		e = &ast.OptionalChain{Expression: e}
	}
	return e
}

// property reads the name behind a dot.
func (p *parser) property(e ast.Expression) ast.Expression {
	t := p.tok
	switch t.kind {
	case tokName:
		p.next()
		p.infer.property(t.name)
		return &ast.DotExpression{Left: e, Identifier: ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}}
	case tokPrivate:
		if _, super := e.(*ast.SuperExpression); super {
			p.failToken("Unexpected private field")
		}
		p.usePrivate(t)
		p.next()
		p.infer.property("#" + t.name)
		return &ast.PrivateDotExpression{Left: e, Identifier: ast.PrivateIdentifier{Identifier: ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}}}
	}
	if p.types != nil {
		p.failToken("Expected ident")
	}
	p.unexpected()
	return nil
}

func (p *parser) arguments() (list []ast.Expression, opening, closing int) {
	opening = p.expect(pParenL)
	was := p.within
	p.within = within{}
	for !p.isPunct(pParenR) {
		if p.take(pEllipsis) {
			list = append(list, &ast.SpreadElement{Expression: p.assign(nil)})
		} else {
			list = append(list, p.assign(nil))
		}
		if p.isPunct(pParenR) {
			break
		}
		if !p.isPunct(pComma) {
			p.fail(p.lastStart, p.last, "missing ) after argument list")
		}
		p.next()
	}
	p.within = was
	closing = p.expect(pParenR)
	return
}

func (p *parser) newExpression() ast.Expression {
	at := p.tok
	p.next()
	if p.take(pDot) {
		if !p.isName("target") {
			if p.types != nil {
				p.failToken("Unexpected token `" + p.tokenName() + "`. Expected target")
			}
			p.unexpected()
		}
		if !p.newTargetAllowed() {
			p.fail(p.tok.start, p.tok.end, "new.target expression is not allowed here")
		}
		m := &ast.MetaProperty{Meta: &ast.Identifier{Name: "new", Idx: idx(at.start)}, Property: &ast.Identifier{Name: "target", Idx: idx(p.tok.start)}, Idx: idx(at.start)}
		p.next()
		return m
	}
	start := p.tok.start
	var c cover
	var callee ast.Expression
	switch {
	case p.isName("new"):
		p.deeper()
		callee = p.newExpression()
		p.depth--
	case p.isName("import"):
		saved := p.lexer
		p.scan()
		call := p.isPunct(pParenL)
		if p.isPunct(pDot) {
			p.scan()
			call = p.isName("source") || p.isName("defer")
		}
		p.lexer = saved
		if call {
			p.importAfterNew()
		}
		callee = p.primary(&c)
	default:
		callee = p.primary(&c)
		if p.namesImport(callee) && p.isPunct(pParenL) {
			p.importAfterNew()
		}
	}
	callee = p.members(callee, start, false, &c)
	p.settle(&c)
	n := &ast.NewExpression{New: idx(at.start), Callee: callee}
	if p.isPunct(pParenL) {
		list, opening, closing := p.arguments()
		n.ArgumentList, n.LeftParenthesis, n.RightParenthesis = list, idx(opening), idx(closing)
		if list == nil {
			n.ArgumentList = []ast.Expression{}
		}
	}
	return n
}

func (p *parser) newTargetAllowed() bool {
	for f := p.fn; f != nil; f = f.outer {
		if f.newTarget {
			return true
		}
		if !f.arrow {
			return false
		}
	}
	return false
}

// super reads super with what must follow it.
func (p *parser) super() ast.Expression {
	at := p.tok
	p.next()
	f := p.fn
	for f.arrow && f.outer != nil {
		f = f.outer
	}
	switch {
	case p.types != nil: // where it may stand is said when the text without types is read
		if !p.isPunct(pDot) && !p.isPunct(pBracketL) && !p.isPunct(pParenL) && !p.isPunct(pLess) {
			p.failToken("Invalid access to super")
		}
	case p.isPunct(pDot), p.isPunct(pBracketL):
		if !f.superProperty {
			p.fail(at.start, at.end, "'super' keyword unexpected here")
		}
	case p.isPunct(pParenL):
		if !f.superCall {
			p.fail(at.start, at.end, "'super' keyword unexpected here")
		}
	default:
		p.fail(at.start, at.end, "'super' keyword unexpected here")
	}
	p.supers++
	return &ast.SuperExpression{Idx: idx(at.start)}
}

// importCall reads import(x) as a call of Options.ImportName.
func (p *parser) importCall() ast.Expression {
	t := p.tok
	p.next()
	if p.isPunct(pDot) {
		p.next()
		if p.types != nil {
			known := p.isName("meta") || p.isName("defer") || p.isName("source")
			p.next()
			if !known {
				p.failToken("Unexpected token `" + p.tokenName() + "`. Expected meta")
			}
			return noExpression(t.start)
		}
		if p.isName("meta") {
			p.failToken("Cannot use 'import.meta' outside a module")
		}
		if p.isName("source") {
			p.next()
			if !p.isPunct(pParenL) {
				p.unexpected()
			}
			return p.importSource(t)
		}
		p.unexpected()
	}
	if !p.isPunct(pParenL) {
		if p.opts.Module {
			p.unexpected()
		}
		p.fail(t.start, t.end, "Cannot use import statement outside a module")
	}
	list, opening, closing := p.importArguments()
	if p.opts.ImportName == "" {
		p.fail(t.start, t.end, "Cannot use import statement outside a module")
	}
	p.imports = true
	return &ast.CallExpression{Callee: &ast.Identifier{Name: unistring.String(p.opts.ImportName), Idx: idx(t.start)}, LeftParenthesis: idx(opening), ArgumentList: list,
		RightParenthesis: idx(closing)}
}

// namesImport tells whether an expression is the name that stands for import, where the text has it already.
func (p *parser) namesImport(e ast.Expression) bool {
	id, ok := e.(*ast.Identifier)
	return ok && p.opts.ImportName != "" && id.Name == unistring.String(p.opts.ImportName)
}

// importAfterNew refuses new import(x), at its end.
func (p *parser) importAfterNew() {
	for !p.isPunct(pParenL) && p.tok.kind != tokEOF {
		p.next()
	}
	_, _, closing := p.importArguments()
	p.fail(closing, closing+1, "Cannot use new with import")
}

// importSource reads import.source(x) as a call of a method of Options.ImportName.
func (p *parser) importSource(t lexeme) ast.Expression {
	opening := p.expect(pParenL)
	x := p.withIn(func() ast.Expression { return p.assign(nil) })
	closing := p.expect(pParenR)
	if p.opts.ImportName == "" {
		p.fail(t.start, t.end, "Cannot use import statement outside a module")
	}
	p.imports = true
	at := idx(t.start)
	return &ast.CallExpression{Callee: &ast.DotExpression{Left: &ast.Identifier{Name: unistring.String(p.opts.ImportName), Idx: at}, Identifier: ast.Identifier{Name: "source", Idx: at}},
		LeftParenthesis: idx(opening), ArgumentList: []ast.Expression{x}, RightParenthesis: idx(closing)}
}

// importArguments reads the specifier and the options of import().
func (p *parser) importArguments() (list []ast.Expression, opening, closing int) {
	opening = p.expect(pParenL)
	if p.isPunct(pParenR) && p.types != nil {
		p.fail(p.lastWord("import", opening), p.tok.end, "`import()` requires exactly one or two arguments")
	}
	if p.isPunct(pParenR) {
		p.fail(opening, opening+1, "import() requires a specifier")
	}
	for range 2 {
		list = append(list, p.withIn(func() ast.Expression { return p.assign(nil) }))
		if !p.take(pComma) || p.isPunct(pParenR) {
			break
		}
	}
	closing = p.expect(pParenR)
	return
}

// lastWord is where a word stands last before an offset.
func (p *parser) lastWord(word string, before int) int {
	return strings.LastIndex(p.src[:before], word)
}

func isSpread(e ast.Expression) bool {
	_, spread := e.(*ast.SpreadElement)
	return spread
}
