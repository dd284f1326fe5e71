package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

const invalidTarget = "Invalid destructuring assignment target"

// toTarget makes an assignment pattern, or with binding a binding pattern, of what was read as an expression.
func (p *parser) toTarget(e ast.Expression, binding bool) ast.Expression {
	if at, paren := p.parens[e]; paren {
		switch e.(type) {
		case *ast.ObjectLiteral, *ast.ArrayLiteral:
			p.fail(at, p.endOf(e), invalidTarget)
		}
		if binding {
			p.fail(at, p.endOf(e), invalidTarget)
		}
	}
	switch t := e.(type) {
	case nil:
		return nil
	case *ast.Identifier:
		if p.strict && (t.Name == "eval" || t.Name == "arguments" || t.Name.String() == p.opts.Arguments) {
			p.failName(t, invalidTarget)
		}
		return t
	case *ast.DotExpression, *ast.BracketExpression, *ast.PrivateDotExpression:
		if !binding {
			return e
		}
		p.fail(int(e.Idx0())-1, p.endOf(e), "Illegal property in declaration context")
	case *ast.ObjectPattern, *ast.ArrayPattern:
		if binding {
			p.checkBinding(e)
		}
		return e
	case *ast.ArrayLiteral:
		a := &ast.ArrayPattern{LeftBracket: t.LeftBracket, RightBracket: t.RightBracket}
		for i, el := range t.Value {
			if s, ok := el.(*ast.SpreadElement); ok {
				at := int(s.Expression.Idx0()) - 1
				if _, comma := p.parens[el]; comma || i != len(t.Value)-1 {
					p.fail(p.ellipsisBefore(at), p.endOf(s.Expression), "Rest element must be last element")
				}
				if _, init := s.Expression.(*ast.AssignExpression); init {
					p.fail(at, p.endOf(s.Expression), invalidTarget)
				}
				a.Rest = p.toTarget(s.Expression, binding)
				break
			}
			a.Elements = append(a.Elements, p.toElement(el, binding))
		}
		return a
	case *ast.ObjectLiteral:
		o := &ast.ObjectPattern{LeftBrace: t.LeftBrace, RightBrace: t.RightBrace}
		for i, prop := range t.Value {
			switch prop := prop.(type) {
			case *ast.PropertyShort:
				p.checkTarget(&prop.Name)
				o.Properties = append(o.Properties, prop)
			case *ast.PropertyKeyed:
				if prop.Kind != ast.PropertyKindValue {
					p.fail(int(prop.Idx0())-1, p.endOf(prop.Value), invalidTarget)
				}
				prop.Value = p.toElement(prop.Value, binding)
				o.Properties = append(o.Properties, prop)
			case *ast.SpreadElement:
				at := int(prop.Expression.Idx0()) - 1
				if _, comma := p.parens[prop]; comma || i != len(t.Value)-1 {
					p.fail(at, p.endOf(prop.Expression), "Rest element must be last element")
				}
				switch r := prop.Expression.(type) {
				case *ast.Identifier:
					if _, paren := p.parens[r]; paren && binding {
						p.fail(at, p.endOf(r), "`...` must be followed by an identifier in declaration contexts")
					}
					p.checkTarget(r)
					o.Rest = r
				case *ast.DotExpression, *ast.BracketExpression, *ast.PrivateDotExpression:
					if binding {
						p.fail(at, p.endOf(r), "`...` must be followed by an identifier in declaration contexts")
					}
					o.Rest = r
				default:
					if binding {
						p.fail(at, p.endOf(r), "`...` must be followed by an identifier in declaration contexts")
					}
					p.fail(at, p.endOf(r), "`...` must be followed by an assignable reference in assignment contexts")
				}
			}
		}
		return o
	}
	p.fail(int(e.Idx0())-1, p.endOf(e), invalidTarget)
	return nil
}

// toElement is toTarget of what may have a default.
func (p *parser) toElement(e ast.Expression, binding bool) ast.Expression {
	a, ok := e.(*ast.AssignExpression)
	if !ok {
		return p.toTarget(e, binding)
	}
	if at, paren := p.parens[e]; paren {
		p.fail(at, p.endOf(e), invalidTarget)
	}
	if a.Operator != token.ASSIGN {
		p.fail(int(e.Idx0())-1, p.endOf(e), invalidTarget)
	}
	a.Left = p.toTarget(a.Left, binding)
	return a
}

// checkBinding checks that a pattern that was made for an assignment declares names only.
func (p *parser) checkBinding(e ast.Expression) {
	if at, paren := p.parens[e]; paren {
		p.fail(at, p.endOf(e), invalidTarget)
	}
	switch t := e.(type) {
	case nil, *ast.Identifier:
	case *ast.AssignExpression:
		p.checkBinding(t.Left)
	case *ast.ArrayPattern:
		for _, el := range t.Elements {
			p.checkBinding(el)
		}
		p.checkBinding(t.Rest)
	case *ast.ObjectPattern:
		for _, prop := range t.Properties {
			if k, ok := prop.(*ast.PropertyKeyed); ok {
				p.checkBinding(k.Value)
			}
		}
		p.checkBinding(t.Rest)
	default:
		p.fail(int(e.Idx0())-1, p.endOf(e), invalidTarget)
	}
}

// endOf is the end of an expression, near enough to underline it.
func (p *parser) endOf(e ast.Expression) int {
	return min(max(int(e.Idx1())-1, int(e.Idx0())), len(p.src))
}

func (p *parser) ellipsisBefore(at int) int {
	for i := at - 3; i >= 0; i-- {
		if p.src[i:i+3] == "..." {
			return i
		}
	}
	return at
}

// bindingTarget reads a name or a pattern that is declared; declare is called for each name.
func (p *parser) bindingTarget(declare func(*ast.Identifier)) ast.BindingTarget {
	switch {
	case p.isPunct(pBracketL):
		return p.arrayBinding(declare)
	case p.isPunct(pBraceL):
		return p.objectBinding(declare)
	}
	id := p.bindingIdentifier()
	declare(id)
	return id
}

// bindingElement reads a target with its default.
func (p *parser) bindingElement(declare func(*ast.Identifier)) ast.Expression {
	p.infer.open()
	defer p.infer.close()
	target := p.bindingTarget(declare)
	p.infer.declared(target)
	if !p.take(pAssign) {
		return target
	}
	p.infer.gives(target, p.tok.start)
	right := p.withIn(func() ast.Expression { return p.assign(nil) })
	p.infer.assigned(right)
	return &ast.AssignExpression{Operator: token.ASSIGN, Left: target, Right: right}
}

func (p *parser) arrayBinding(declare func(*ast.Identifier)) ast.BindingTarget {
	p.deeper()
	a := &ast.ArrayPattern{LeftBracket: idx(p.tok.start)}
	p.next()
	for !p.isPunct(pBracketR) {
		if p.take(pComma) {
			a.Elements = append(a.Elements, nil)
			continue
		}
		if p.isPunct(pEllipsis) {
			at := p.tok.start
			p.next()
			a.Rest = p.bindingTarget(declare)
			if p.isPunct(pComma) {
				p.fail(at, p.last, "Rest element must be last element")
			}
			break
		}
		a.Elements = append(a.Elements, p.bindingElement(declare))
		if !p.isPunct(pBracketR) {
			p.expect(pComma)
		}
	}
	a.RightBracket = idx(p.expect(pBracketR))
	p.depth--
	return a
}

func (p *parser) objectBinding(declare func(*ast.Identifier)) ast.BindingTarget {
	p.deeper()
	o := &ast.ObjectPattern{LeftBrace: idx(p.tok.start)}
	p.next()
	for !p.isPunct(pBraceR) {
		if p.isPunct(pEllipsis) {
			start := p.tok.start
			p.next()
			if p.isPunct(pBracketL) || p.isPunct(pBraceL) {
				at := p.tok.start
				p.bindingTarget(func(*ast.Identifier) {})
				p.fail(at, p.last, "`...` must be followed by an identifier in declaration contexts")
			}
			id := p.bindingIdentifier()
			declare(id)
			o.Rest = id
			if p.types != nil && !p.isPunct(pBraceR) && !p.isPunct(pComma) {
				p.expected("','")
			}
			if p.isPunct(pComma) {
				p.fail(start, p.last, "Rest element must be last element")
			}
			break
		}
		t := p.tok
		p.infer.open()
		k := p.propertyKey()
		p.infer.key(&k)
		if p.take(pColon) {
			o.Properties = append(o.Properties, &ast.PropertyKeyed{Key: k.e, Kind: ast.PropertyKindValue, Value: p.bindingElement(declare), Computed: k.computed})
		} else {
			if t.kind != tokName || k.computed {
				p.unexpectedIn("':'")
			}
			if reserved(t.name) {
				if p.types != nil && !p.isPunct(pBraceR) && !p.isPunct(pComma) && !p.isPunct(pAssign) {
					p.expected("','")
				}
				p.unexpectedToken(&t)
			}
			p.checkName(&t)
			id := ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}
			if p.strict && (t.name == "eval" || t.name == "arguments") {
				p.failName(&id, "Unexpected eval or arguments in strict mode")
			}
			declare(&id)
			p.infer.declared(&id)
			short := &ast.PropertyShort{Name: id}
			if p.take(pAssign) {
				p.infer.gives(&id, p.tok.start)
				short.Initializer = p.withIn(func() ast.Expression { return p.assign(nil) })
			}
			o.Properties = append(o.Properties, short)
		}
		p.infer.infer()
		p.infer.close()
		if !p.isPunct(pBraceR) {
			p.expect(pComma)
		}
	}
	o.RightBrace = idx(p.expect(pBraceR))
	p.depth--
	return o
}
