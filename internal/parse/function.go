package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/names"
)

// method says what function is read.
type method struct {
	start            int
	kind             ast.PropertyKind // of a method; empty for a function
	async, generator bool
	constructor      bool
	derived          bool   // the constructor of a class that extends
	key              lexeme // of an object's method
	name             string // of a method, as it is written
}

// enter begins a function.
func (p *parser) enter(f *function) {
	f.outer = p.fn
	f.returns = true
	f.firstAwait, f.firstYield, f.awaitName = -1, -1, -1
	p.fn = f
	p.openScope(scopeFunction)
}

func (p *parser) leave() {
	p.closeScope()
	p.fn = p.fn.outer
}

// functionExpression reads a function expression; the word function comes next.
func (p *parser) functionExpression(start int, async bool) ast.Expression {
	if p.tok.escaped {
		p.unexpected()
	}
	p.next()
	m := method{start: start, async: async, generator: p.take(pStar)}
	var name *ast.Identifier
	if !p.isPunct(pParenL) && !(p.types != nil && p.isPunct(pLess)) {
		// The name is declared within.
		p.enter(&function{async: m.async, generator: m.generator})
		if t := p.tok; m.generator && t.kind == tokName && t.name == "yield" || m.async && t.kind == tokName && t.name == "await" {
			p.unexpected()
		}
		name = p.functionName()
		p.leave()
	}
	e := p.function(name, m)
	if p.types != nil && !p.types.hasBody && p.types.ambient == 0 {
		p.semicolon()
		p.failToken("Unexpected token `" + p.tokenName() + "`. Expected {")
	}
	return e
}

// functionName reads a function's name. That it is eval, or a word that strict code reserves, counts when the body is strict.
func (p *parser) functionName() *ast.Identifier {
	t := p.tok
	if p.types != nil && t.kind != tokName {
		p.failToken("Expected ident")
	}
	p.checkName(&t)
	if p.strict && (t.name == "eval" || t.name == "arguments") {
		p.failToken("Unexpected eval or arguments in strict mode")
	}
	p.next()
	return &ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}
}

// function reads the parameters and the body of a function or method.
//
// An async generator is a generator to the engine, which awaits as well as it yields; package coroutines knows it by its source.
func (p *parser) function(name *ast.Identifier, m method) *ast.FunctionLiteral {
	p.deeper()
	f := &function{async: m.async, generator: m.generator, newTarget: true, superProperty: m.kind != "", superCall: m.derived, constructor: m.constructor}
	p.enter(f)
	called := p.infer.calledAt(m.start)
	inferred := p.infer.enter(m.start, m.named(name), called, false)
	strict, was := p.strict, p.within
	p.within = within{}
	f.parameters = true
	params := parameters{simple: true}
	if m.constructor && p.types != nil && p.isPunct(pLess) {
		p.report(p.tok.start+1, p.tok.start+2, "Type parameters cannot appear on a constructor declaration")
	}
	p.typeParameters(false)
	p.parameters(&params, m)
	f.parameters = false
	if start, end := p.typeAnnotation(); m.constructor && end > 0 {
		for start++; is(p.byteAt(start), classSpace); start++ {
		}
		p.report(start, end, "Type annotation cannot appear on a constructor declaration")
	}
	if p.types != nil && !p.isPunct(pBraceL) {
		if !p.ends() {
			p.expected("'{'")
		}
		p.types.hasBody = false
		p.infer.leave(inferred)
		p.declaredParameters(&params)
		p.strict, p.within = strict, was
		p.leave()
		p.depth--
		return &ast.FunctionLiteral{Function: idx(m.start), Name: name, ParameterList: params.list, Body: &ast.BlockStatement{}}
	}
	fl := &ast.FunctionLiteral{Function: idx(m.start), Name: name, ParameterList: params.list, Async: m.async && !m.generator, Generator: m.generator}
	params.unique = m.kind != "" || !params.simple
	if p.types != nil && p.types.ambient > 0 {
		p.report(p.tok.start, p.tok.end, "An implementation cannot be declared in ambient contexts")
	}
	fl.Body = p.functionBody(&params, name)
	p.strict, p.within = strict, was
	if f.arrowArguments && p.scope.names["arguments"] == 0 {
		fl.Body.List = ReadArguments(fl.Body.List, fl.Body.LeftBrace)
	}
	p.leave()
	f.variables(params.scoped())
	fl.DeclarationList = f.decls
	p.depth--
	if p.types != nil {
		p.types.hasBody = true
	}
	p.infer.leave(inferred)
	if name == nil && m.kind == "" {
		p.infer.function(m.start, called)
	}
	fl.Source = p.src[m.start:fl.Body.RightBrace]
	p.next()
	return fl
}

// parameters are a function's, with what can be judged only when it is known whether its body is strict.
type parameters struct {
	list   *ast.ParameterList
	names  []*ast.Identifier
	twice  *ast.Identifier
	simple bool
	unique bool
}

// scoped is the list of parameters if they have a scope of their own, nil otherwise.
func (params *parameters) scoped() *ast.ParameterList {
	if params.simple {
		return nil
	}
	return params.list
}

func (p *parser) parameter(params *parameters) func(*ast.Identifier) {
	return func(id *ast.Identifier) {
		if params.twice == nil && p.scope.names[id.Name]&bindParam != 0 {
			params.twice = id
		}
		params.names = append(params.names, id)
		p.scope.declare(id.Name, bindParam)
	}
}

// parametersEnd refuses parameters that end before the text says that they do.
func (p *parser) parametersEnd() {
	p.parametersGoOn()
	if at := p.tok.start; at < p.opts.ParametersEnd && p.fn.outer != nil && p.fn.outer.top {
		p.fail(at, at+1, "Arg string terminates parameters early")
	}
}

// parametersGoOn refuses parameters that go on where the text says that they have ended.
func (p *parser) parametersGoOn() {
	if at, end := p.tok.start, p.opts.ParametersEnd; end > 0 && at > end && p.fn.outer != nil && p.fn.outer.top {
		p.fail(at, at+1, "Unexpected end of arg string")
	}
}

func (p *parser) parameters(params *parameters, m method) {
	list := &ast.ParameterList{Opening: idx(p.tok.start)}
	params.list = list
	opening := p.tok.start
	p.expect(pParenL)
	declare := p.parameter(params)
	for !p.isPunct(pParenR) {
		start := p.tok.start
		if p.types != nil && p.typedParameter(len(list.List) == 0) {
			continue
		}
		p.parametersGoOn()
		if p.isPunct(pEllipsis) {
			params.simple = false
			p.next()
			list.Rest = p.bindingTarget(declare)
			p.annotation(pQuestion)
			if p.isPunct(pAssign) {
				p.failToken("Rest parameter may not have a default initializer")
			}
			if m.kind == ast.PropertyKindSet && p.types != nil {
				p.report(start, p.last, "Rest pattern is not allowed in setter")
			} else if m.kind == ast.PropertyKindSet {
				p.fail(opening, p.tok.end, "Setter function argument must not be a rest parameter")
			}
			if !p.isPunct(pParenR) {
				switch {
				case !p.isPunct(pComma):
					p.unexpectedIn("','")
				case p.types != nil:
					p.report(start, p.last, "A rest parameter must be last in a parameter list")
					p.next()
					continue
				}
				p.failToken("Rest parameter must be last formal parameter")
			}
			break
		}
		arguments := p.fn.arrowArguments
		p.infer.open()
		b := &ast.Binding{Target: p.bindingTarget(declare)}
		optional := p.isPunct(pQuestion)
		p.annotation(pQuestion)
		if optional && p.isPunct(pAssign) {
			p.report(start, p.last, "Parameter cannot have question mark and initializer")
		}
		if _, simple := b.Target.(*ast.Identifier); !simple {
			params.simple = false
		}
		if p.take(pAssign) {
			params.simple = false
			b.Initializer = p.assign(nil)
			namedParameter(b)
		}
		p.infer.close()
		if p.types != nil {
			p.propertyParameter(start, b)
		}
		if p.fn.arrowArguments && !arguments {
			readArgumentsFirst(b)
		}
		list.List = append(list.List, b)
		if p.isPunct(pParenR) {
			break
		}
		if !p.isPunct(pComma) {
			if p.types != nil {
				p.expected("','")
			}
			p.parametersEnd()
			p.unexpected()
		}
		p.next()
	}
	p.parametersEnd()
	closing := p.tok.start
	list.Closing = idx(closing)
	p.next()
	n := len(list.List)
	switch {
	case p.types != nil:
		p.typedAccessor(m, n, list.Rest != nil)
	case m.kind == ast.PropertyKindGet && (n > 0 || list.Rest != nil):
		p.fail(opening, closing+1, "Getter must not have any formal parameters.")
	case m.kind == ast.PropertyKindSet && (n != 1 || list.Rest != nil):
		p.fail(opening, closing+1, "Setter must have exactly one formal parameter.")
	}
}

// functionBody reads a body in braces.
func (p *parser) functionBody(params *parameters, name *ast.Identifier) *ast.BlockStatement {
	b := &ast.BlockStatement{LeftBrace: idx(p.tok.start)}
	p.expect(pBraceL)
	p.scope.apart = !params.simple
	outer, single := p.strict, p.single
	p.single = false
	b.List = p.bodyOf(params)
	p.single = single
	b.RightBrace = idx(p.tok.start)
	if p.strict && !outer {
		p.recheck(params, name)
	}
	if params.twice != nil && (params.unique || p.strict) && p.types == nil {
		p.failName(params.twice, "Duplicate parameter name not allowed in this context")
	}
	return b
}

// recheck judges names that were read before "use strict" was.
func (p *parser) recheck(params *parameters, name *ast.Identifier) {
	if p.types != nil {
		return // said when the text without types is read
	}
	check := func(id *ast.Identifier) {
		switch n := id.Name.String(); {
		case n == "eval" || n == "arguments":
			p.failName(id, "Unexpected eval or arguments in strict mode")
		case strictReserved(n):
			p.failName(id, "Unexpected strict mode reserved word")
		}
	}
	if name != nil {
		check(name)
	}
	for _, id := range params.names {
		check(id)
	}
}

// bodyOf reads the statements of a function's body up to its closing brace.
func (p *parser) bodyOf(params *parameters) []ast.Statement {
	list := p.directives(params)
	for !p.isPunct(pBraceR) {
		if p.tok.kind == tokEOF {
			p.unclosed()
		}
		list = p.appendItem(list)
	}
	if has := p.scope.using; has != 0 {
		list, inner := p.disposing(p.tok.start, has, list)
		p.fn.body = *inner
		return list
	}
	p.fn.body = list
	return list
}

// body reads the statements of a program.
func (p *parser) body(end tokenKind) []ast.Statement {
	list := p.directives(nil)
	for {
		p.moduleItems()
		if p.tok.kind == end {
			p.fn.body = list
			return list
		}
		list = p.appendItem(list)
	}
}

// moduleItems checks that import and export statements stand between other statements.
func (p *parser) moduleItems() {
	for len(p.opts.Items) > 0 && p.opts.Items[0] <= p.tok.start {
		if p.opts.Items[0] < p.last {
			p.misplacedItem()
		}
		p.opts.Items = p.opts.Items[1:]
	}
}

// atItem tells whether t is the semicolon that stands in the place of the next import or export statement.
func (p *parser) atItem(t *lexeme) bool {
	return len(p.opts.Items) > 0 && p.opts.Items[0] == t.start && t.kind == tokPunct && t.punct == pSemicolon
}

// misplacedItem refuses the next import or export statement.
func (p *parser) misplacedItem() {
	at := p.opts.Items[0]
	if p.opts.ItemText[at] == 'e' {
		p.fail(at, at+6, "Unexpected token 'export'")
	}
	q := &parser{src: p.opts.ItemText, opts: p.opts, fn: p.fn, strict: true}
	q.lexer.p, q.at = q, at+6
	q.scan()
	q.unexpected()
}

// directives reads a directive prologue.
func (p *parser) directives(params *parameters) (list []ast.Statement) {
	var octal *lexeme
	for p.tok.kind == tokString {
		t := p.tok
		text := p.src[t.start:t.end]
		if t.octal > 0 {
			octal = &t
		}
		saved, last := p.lexer, p.last
		strict := p.strict
		p.next()
		// "use strict" as a directive counts for what follows at once.
		isDirective := p.isPunct(pSemicolon) || p.isPunct(pBraceR) || p.tok.kind == tokEOF || p.tok.newline && !p.continues()
		if isDirective && (text == `"use strict"` || text == `'use strict'`) {
			if params != nil && !params.simple {
				p.fail(t.start, t.end, "Illegal 'use strict' directive in function with non-simple parameter list")
			}
			strict = true
		}
		p.lexer, p.last = saved, last
		if p.strict = strict; strict && octal != nil {
			p.failOctal(*octal)
		}
		list = p.appendItem(list)
		if !isDirective {
			break
		}
	}
	return list
}

// continues tells whether the token on a new line goes on with the expression before.
func (p *parser) continues() bool {
	switch p.tok.kind {
	case tokPunct:
		switch p.tok.punct {
		case pBraceL, pBraceR, pSemicolon, pIncrement, pDecrement, pNot, pTilde, pAt, pEllipsis, pParenR, pBracketR:
			return false
		}
		return true
	case tokTemplate:
		return true
	case tokName:
		return p.tok.name == "in" || p.tok.name == "instanceof"
	}
	return false
}

// arrow reads an arrow function from its arrow on; list is what was read before.
func (p *parser) arrow(start int, list []ast.Expression, rest *restElement, async bool) ast.Expression {
	p.deeper()
	if p.tok.newline {
		p.unexpected()
	}
	if p.fn.argumentsAt > start { // in a default value, when nobody knew that there was an arrow to come
		p.fn.arrowArguments = true
	}
	f := &function{arrow: true, async: async}
	top := p.scope.top
	p.enter(f)
	strict := p.strict
	params := parameters{simple: true, unique: true, list: &ast.ParameterList{Opening: idx(start), Closing: idx(p.tok.start)}}
	declare := p.parameter(&params)
	for _, e := range list {
		b := &ast.Binding{}
		if s, ok := e.(*ast.SpreadElement); ok {
			p.fail(p.ellipsisBefore(int(s.Expression.Idx0())-1), p.endOf(s.Expression), "Rest parameter must be last formal parameter")
		}
		if at, paren := p.parens[e]; paren {
			p.fail(at, p.endOf(e)+1, invalidTarget)
		}
		if a, ok := e.(*ast.AssignExpression); ok {
			p.toElement(a, true)
			e, b.Initializer = a.Left, a.Right
			params.simple = false
		} else if _, ok := e.(*ast.Identifier); !ok {
			params.simple = false
		}
		switch e := e.(type) {
		case *ast.Identifier:
			p.checkTarget(e)
		case *ast.DotExpression, *ast.BracketExpression:
			p.fail(int(e.Idx0())-1, p.endOf(e), invalidTarget)
		}
		target := p.toTarget(e, true)
		b.Target = target.(ast.BindingTarget)
		namedParameter(b)
		names.Each(target, declare)
		params.list.List = append(params.list.List, b)
	}
	if rest != nil && rest.trailing {
		params.simple = false
		if _, init := rest.spread.Expression.(*ast.AssignExpression); init {
			p.fail(rest.start, p.endOf(rest.spread.Expression), "Rest parameter may not have a default initializer")
		}
		target := p.toTarget(rest.spread.Expression, true)
		params.list.Rest = target
		names.Each(target, declare)
	}
	if async {
		for _, id := range params.names {
			if id.Name == "await" {
				p.failName(id, "Unexpected reserved word")
			}
		}
	}
	p.next() // the arrow
	called := !async && p.infer.openedAt() == start
	inferred := p.infer.enter(start, "", called, !top || !p.isPunct(pBraceL))
	a := &ast.ArrowFunctionLiteral{Start: idx(start), ParameterList: params.list, Async: async}
	var end int
	if p.isPunct(pBraceL) {
		was := p.within
		p.within = within{}
		b := p.functionBody(&params, nil)
		p.within = was
		a.Body = b
		end = int(b.RightBrace)
		p.strict = strict
		p.leave()
		f.variables(params.scoped())
		a.DeclarationList = f.decls
		p.next()
	} else {
		if params.twice != nil {
			p.failName(params.twice, "Duplicate parameter name not allowed in this context")
		}
		a.Body = &ast.ExpressionBody{Expression: p.assign(nil)}
		end = p.last
		p.leave()
	}
	p.infer.leave(inferred)
	p.infer.function(start, called)
	p.depth--
	a.Source = p.src[start:end]
	return a
}

func (p *parser) objectMethod(k key, m method) ast.Property {
	m.key = k.tok
	if !p.isPunct(pParenL) && !(p.types != nil && p.isPunct(pLess)) {
		p.unexpected()
	}
	// The engine takes a method of that name for the prototype.
	computed := k.computed || k.name() == "__proto__"
	m.name = k.name()
	return &ast.PropertyKeyed{Key: k.e, Kind: m.kind, Value: p.function(nil, m), Computed: computed}
}
