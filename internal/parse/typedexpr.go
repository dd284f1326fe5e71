package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// noExpression stands for an expression whose tree nobody wants.
func noExpression(at int) ast.Expression {
	return &ast.Identifier{Name: unistring.String("undefined"), Idx: idx(at)}
}

// typedArrow reads an arrow function whose parameters have types: (a: A): B => c or <T>(a: T) => b. async has been read already.
func (p *parser) typedArrow(start int, async bool) ast.Expression {
	if p.types == nil || !p.isPunct(pParenL) && !p.isPunct(pLess) {
		return nil
	}
	at := p.tok.start
	if p.types.noArrow[at] {
		return nil
	}
	consequent := p.within.consequent
	whole := false // whether the body belongs to what is tried
	f := &function{arrow: true, async: async}
	ok := p.attempt(p.isPunct(pParenL), func() {
		p.within.consequent = false
		strict := p.strict
		p.enter(f)
		angle := p.tok
		p.typeParameters(false)
		if !p.isPunct(pParenL) {
			p.notThis()
		}
		parenthesis := p.tok.start
		params := parameters{simple: true}
		erased := len(p.types.erased)
		p.parameters(&params, method{start: start})
		annotated := len(p.types.erased) > erased
		closing := p.last - 1
		if p.isPunct(pColon) && p.follows(func() bool { p.next(); return p.isPunct(pArrow) }) {
			p.expected("'=>'")
		}
		from, to := p.typeAnnotation()
		if !p.isPunct(pArrow) {
			if from > 0 || annotated {
				p.expected("'=>'")
			}
			p.notThis()
		}
		if p.tok.newline {
			p.failToken("Unexpected line break between arrow head and arrow")
		}
		if from > 0 && hasLine(p.src[closing:to]) {
			// No line may end between the parenthesis and the arrow.
			p.erase(closing, closing+1)
			p.write(to-1, ')')
		}
		if angle.punct == pLess && (async || p.afterRestricted(at)) && hasLine(p.src[at:parenthesis]) {
			p.erase(parenthesis, parenthesis+1)
			p.write(at, '(')
		}
		p.next()
		generic := async && angle.punct == pLess
		if whole = consequent && from > 0 || generic; whole {
			p.within.consequent = consequent
			p.arrowRest(&params, strict)
			if !generic && !p.isPunct(pColon) {
				p.notThis()
			}
		}
	})
	if !ok {
		p.types.noArrow[at] = true
		return nil
	}
	if !whole {
		p.within.consequent = consequent
		p.arrowRest(&parameters{simple: true}, p.strict)
	}
	p.within.consequent = consequent
	return noExpression(start)
}

// arrowRest reads the body of an arrow function.
func (p *parser) arrowRest(params *parameters, strict bool) {
	if p.isPunct(pBraceL) {
		was := p.within
		p.within = within{}
		p.functionBody(params, nil)
		p.within = was
		p.strict = strict
		p.leave()
		p.next()
		return
	}
	p.assign(nil)
	p.leave()
}

func hasLine(text string) bool {
	for _, r := range text {
		if r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029 {
			return true
		}
	}
	return false
}

// afterRestricted tells whether what begins at an offset follows return, throw or yield.
func (p *parser) afterRestricted(at int) bool {
	i := p.beforeOffset(at)
	from := max(i, 0)
	for from > 0 && is(p.src[from-1], classPart) {
		from--
	}
	switch p.src[from:max(i+1, 0)] {
	case "return", "throw", "yield":
		return true
	}
	return false
}

// asserted reads what TypeScript has behind an operand: as T, satisfies T.
func (p *parser) asserted(lowest int) bool {
	if p.types == nil || lowest >= relational || p.tok.newline || !p.isName("as") && !p.isName("satisfies") {
		return false
	}
	before, start := p.last, p.tok.start
	p.next()
	if p.isName("const") {
		p.next()
	} else {
		p.typ()
	}
	p.erase(before, p.last)
	if p.tok.newline && (p.isPunct(pParenL) || p.isPunct(pBracketL) || p.tok.kind == tokTemplate) {
		p.write(start, ';')
	}
	return true
}

// typedMember reads what TypeScript has behind an expression: the ! of x!, and the types of f<T>(x).
func (p *parser) typedMember() bool {
	if p.types == nil || p.tok.kind != tokPunct {
		return false
	}
	switch p.tok.punct {
	case pNot:
		if p.tok.newline {
			return false
		}
		p.erase(p.tok.start, p.tok.end)
		p.next()
		return true
	case pLess, pShiftLeft:
		start := p.tok.start
		return p.attempt(false, func() {
			p.typeArguments()
			if c := p.byteAt(p.last); c == '>' || c == '=' && p.byteAt(p.last+1) != '=' || !p.afterTypeArguments() {
				p.notThis()
			}
			p.erase(start, p.last)
		})
	}
	return false
}

// afterTypeArguments tells whether what comes next shows that < and > were no operators.
func (p *parser) afterTypeArguments() bool {
	switch p.tok.kind {
	case tokTemplate, tokEOF:
		return true
	case tokPunct:
		switch p.tok.punct {
		case pParenL:
			return true
		case pLess, pGreater, pPlus, pMinus:
			return false
		case pBracketL, pBraceL, pNot, pTilde, pIncrement, pDecrement, pSlash, pSlashAssign, pAt:
			return p.tok.newline
		}
		return true
	case tokName:
		switch p.tok.name {
		case "as", "satisfies", "in", "instanceof":
			return true
		}
	}
	return p.tok.newline
}

// typeAssertion reads <T>x, which is not only a type: where it stands, what follows would begin another line.
func (p *parser) typeAssertion() ast.Expression {
	start := p.tok.start
	if p.follows(func() bool { p.next(); return p.startsWith('>') }) {
		p.next()
		p.failToken("Expression expected")
	}
	p.split()
	p.next()
	p.typ()
	p.closeAngle()
	p.erase(start, p.last)
	e := p.unary(&cover{})
	p.unsupported(start, "The angle-bracket syntax for type assertions, `<T>expr`, is not supported in type strip mode. Instead, use the 'as' syntax: `expr as T`.")
	return e
}

// decorators reads @a.b(c) as often as it comes.
func (p *parser) decorators() {
	for p.types != nil && p.isPunct(pAt) {
		p.types.decorators = true
		p.next()
		if p.isPunct(pParenL) {
			p.next()
			p.withIn(p.expression)
			p.expect(pParenR)
			continue
		}
		if p.tok.kind != tokName {
			p.failToken("Expected ident")
		}
		p.next()
		for {
			switch {
			case p.isPunct(pDot):
				p.next()
				if p.tok.kind != tokName && p.tok.kind != tokPrivate {
					p.failToken("Expected ident")
				}
				p.next()
				continue
			case p.isPunct(pParenL):
				p.arguments()
				continue
			case p.isPunct(pLess) && p.typedMember():
				continue
			}
			break
		}
	}
}

// typedParameter reads what TypeScript has before a parameter: decorators, the modifiers of one that is a property, and this, which it tells.
func (p *parser) typedParameter(first bool) (this bool) {
	p.decorators()
	if first && p.isName("this") {
		start := p.tok.start
		p.next()
		p.typeAnnotation()
		p.take(pComma)
		p.erase(start, p.last)
		return true
	}
	for p.tok.kind == tokName && parameterModifier(p.tok.name, p.fn.constructor) && p.follows(func() bool {
		p.next()
		return p.tok.kind == tokName || p.isPunct(pBraceL) || p.isPunct(pBracketL)
	}) {
		p.next()
		p.types.property = p.tok.start
	}
	return false
}

// propertyParameter judges the parameter that was read last, which begins at start: one that is a property, and one with a default value.
func (p *parser) propertyParameter(start int, b *ast.Binding) {
	t := p.types
	if at := t.property; at > 0 {
		t.property = 0
		_, named := b.Target.(*ast.Identifier)
		switch {
		case !p.fn.constructor:
			p.report(start, p.last, "A parameter property is only allowed in a constructor implementation")
		case !named:
			p.report(at, p.last, "Typescript parameter property must be an identifier or assignment pattern")
		default:
			p.unsupported(at, notInStripMode("parameter property"))
		}
		t.properties = append(t.properties, erasure{start, p.last})
	}
	if b.Initializer != nil {
		t.defaults = append(t.defaults, erasure{start, p.last})
	}
}

// declaredParameters judges the parameters of a function that has no body.
func (p *parser) declaredParameters(params *parameters) {
	t := p.types
	from := int(params.list.Opening)
	report := func(list []erasure, message string) {
		first := len(list)
		for first > 0 && list[first-1].start >= from {
			first--
		}
		for _, e := range list[first:] {
			p.report(e.start, e.end, message)
		}
	}
	report(t.defaults, "A parameter initializer is only allowed in a function or constructor implementation")
	report(t.properties, "A parameter property is only allowed in a constructor implementation")
}

func accessibility(word string) bool {
	return word == "public" || word == "private" || word == "protected"
}

// parameterModifier tells whether a word makes a property of a parameter, which override does only in a constructor.
func parameterModifier(word string, constructor bool) bool {
	return accessibility(word) || word == "readonly" || constructor && word == "override"
}
