package parse

import (
	"strings"

	"github.com/dop251/goja/ast"
)

// arrowFollows tells whether the name that comes next is an arrow function's parameter.
func (p *parser) arrowFollows() bool {
	i := p.at
	for i < len(p.src) && is(p.src[i], classSpace) {
		i++
	}
	if c := p.byteAt(i); c == '=' {
		return p.byteAt(i+1) == '>'
	} else if c != '/' || p.byteAt(i+1) != '*' {
		return false
	}
	saved := p.lexer
	p.scan()
	found := p.isPunct(pArrow) && !p.tok.newline
	p.lexer = saved
	return found
}

// asyncArrow reads what begins with async and is an arrow function; otherwise it gives a call of async, or nothing.
func (p *parser) asyncArrow() (e ast.Expression, done bool) {
	start := p.tok.start
	saved, last := p.lexer, p.last
	back := func() { p.lexer, p.last = saved, last }
	if p.arrowFollows() {
		id := p.bindingIdentifier()
		return p.arrow(start, []ast.Expression{id}, nil, false), true
	}
	p.next()
	switch {
	case p.tok.newline:
	case p.types != nil && (p.isPunct(pParenL) || p.isPunct(pLess)):
		if e := p.typedArrow(start, true); e != nil {
			return e, true
		}
	case p.tok.kind == tokName && !reserved(p.tok.name):
		if !p.arrowFollows() {
			if p.tok.name == "of" || p.tok.name == "as" {
				break
			}
			if p.types != nil {
				p.next()
			}
			p.unexpectedIn("'=>'")
		}
		if p.tok.name == "await" {
			p.unexpected()
		}
		id := p.bindingIdentifier()
		return p.arrow(start, []ast.Expression{id}, nil, true), true
	case p.isPunct(pParenL):
		mark := p.beginCover()
		list, c, rest, opening, closing := p.coverList(true)
		if p.isPunct(pArrow) && !p.tok.newline {
			p.endCover(mark, true)
			if p.fn.awaitName >= 0 && p.fn.awaitName > start {
				p.fail(p.fn.awaitName, p.fn.awaitName+5, "'await' is not a valid identifier name in an async function")
			}
			return p.arrow(start, list, rest, true), true
		}
		p.endCover(mark, false)
		p.infer.call()
		p.settle(&c)
		if rest != nil && rest.trailing {
			list = append(list, rest.spread)
		}
		return &ast.CallExpression{Callee: &ast.Identifier{Name: "async", Idx: idx(start)}, LeftParenthesis: idx(opening), ArgumentList: list,
			RightParenthesis: idx(closing)}, false
	}
	back()
	return nil, false
}

// coverMark is where awaits and yields before a cover grammar were.
type coverMark struct{ await, yield int }

func (p *parser) beginCover() coverMark {
	m := coverMark{p.fn.firstAwait, p.fn.firstYield}
	p.fn.firstAwait, p.fn.firstYield = -1, -1
	return m
}

// endCover reports expressions that cannot stand in the parameters of an arrow function.
func (p *parser) endCover(m coverMark, arrow bool) {
	if arrow {
		if at := p.fn.firstAwait; at >= 0 {
			p.fail(at, at+5, "Illegal await-expression in formal parameters of async function")
		}
		if at := p.fn.firstYield; at >= 0 {
			p.fail(at, at+5, "Yield expression not allowed in formal parameter")
		}
	}
	if m.await >= 0 {
		p.fn.firstAwait = m.await
	}
	if m.yield >= 0 {
		p.fn.firstYield = m.yield
	}
}

// restElement is the ...x of a list that may be an arrow function's parameters.
type restElement struct {
	spread   *ast.SpreadElement
	start    int
	trailing bool // it is the last one
	comma    bool // a comma follows
}

// coverList reads what stands in parentheses: arguments, parameters or an expression.
func (p *parser) coverList(call bool) (list []ast.Expression, c cover, rest *restElement, opening, closing int) {
	opening = p.expect(pParenL)
	if !call {
		p.likely()
	}
	was := p.within
	p.within = within{}
	for !p.isPunct(pParenR) {
		if p.isPunct(pEllipsis) {
			at := p.tok.start
			p.next()
			e := p.assign(&c)
			s := &ast.SpreadElement{Expression: e}
			if p.isPunct(pParenR) {
				rest = &restElement{spread: s, start: at, trailing: true}
				break
			}
			if !call {
				if p.isPunct(pComma) {
					p.fail(p.lastStart, p.last, "Rest parameter must be last formal parameter")
				}
				p.unexpected()
			}
			rest = &restElement{spread: s, start: at, comma: true}
			list = append(list, s)
		} else {
			list = append(list, p.assign(&c))
		}
		if p.isPunct(pParenR) {
			break
		}
		if !p.isPunct(pComma) {
			if call {
				p.fail(p.lastStart, p.last, "missing ) after argument list")
			}
			p.unexpectedIn("','")
		}
		p.next()
		if p.isPunct(pParenR) && rest != nil && rest.comma && len(list) > 0 && list[len(list)-1] == ast.Expression(rest.spread) && !call {
			p.unexpected()
		}
	}
	closing = p.expect(pParenR)
	p.within = was
	return
}

// parenthesised reads an expression in parentheses or an arrow function.
func (p *parser) parenthesised(start int) (e ast.Expression, arrow bool) {
	mark := p.beginCover()
	opened := p.infer.openedAt()
	list, c, rest, _, closing := p.coverList(false)
	if p.infer != nil {
		p.infer.opened = opened
	}
	if p.isPunct(pArrow) && !p.tok.newline {
		p.endCover(mark, true)
		return p.arrow(start, list, rest, false), true
	}
	p.endCover(mark, false)
	if rest != nil {
		p.fail(rest.start, rest.start+3, "Unexpected token '...'")
	}
	if len(list) == 0 {
		if p.isPunct(pArrow) {
			p.unexpected()
		}
		if p.types != nil {
			p.fail(start, closing+1, "Parenthesized expression cannot be empty")
		}
		p.fail(closing, closing+1, "Unexpected token ')'")
	}
	if p.src[p.beforeOffset(closing)] == ',' {
		p.fail(closing, closing+1, "Unexpected token ')'")
	}
	p.settle(&c)
	if len(list) > 1 {
		e = &ast.SequenceExpression{Sequence: list}
	} else {
		e = list[0]
	}
	if p.parens == nil {
		p.parens = map[ast.Expression]int{}
	}
	p.parens[e] = start
	return e, false
}

// beforeOffset is where the last character before an offset is that is neither space nor comment.
func (p *parser) beforeOffset(at int) int {
	// The token before the closing parenthesis ended there, unless spaces or comments follow it.
	for at--; at > 0; at-- {
		switch c := p.src[at]; {
		case is(c, classSpace) || c == '\n' || c == '\r':
		case c == '/' && p.src[at-1] == '*':
			if i := strings.LastIndex(p.src[:at-1], "/*"); i >= 0 {
				at = i
			}
		default:
			return at
		}
	}
	return at
}
