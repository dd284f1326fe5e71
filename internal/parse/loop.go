package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// labelLoop tells the labels in front of a loop, if one begins here, that they are a loop's. The engine knows it by the last of them.
func (p *parser) labelLoop() {
	if !p.isName("for") && !p.isName("while") && !p.isName("do") {
		return
	}
	at, labels := p.tok.start, p.fn.labels
	last := labels[len(labels)-1].name
	for i := len(labels) - 1; i >= 0 && labels[i].end == at; i-- {
		labels[i].loop = last
		at = labels[i].start
	}
}

func (p *parser) loopBody() ast.Statement {
	p.fn.loops++
	s := p.substatement()
	p.fn.loops--
	return s
}

func (p *parser) forStatement() ast.Statement {
	at := p.tok.start
	p.next()
	await := false
	if p.isName("await") && p.fn.async {
		await = true
		p.suspensions++
		if p.fn.top && p.topAwait < 0 {
			p.topAwait = p.tok.start
		}
		p.next()
	}
	p.expect(pParenL)
	p.openScope(scopeBlock)
	s := p.forHead(at, await)
	p.closeScope()
	return s
}

func (p *parser) forHead(at int, await bool) ast.Statement {
	start := p.tok
	if p.isPunct(pSemicolon) {
		if await {
			p.unexpected()
		}
		return p.forRest(at, nil)
	}
	kind := token.Token(0)
	switch {
	case p.isName("var"):
		kind = token.VAR
	case p.isName("const"):
		kind = token.CONST
	case p.isName("let") && p.letInFor():
		kind = token.LET
	case p.isName("using") && p.usingInFor():
		return p.forUsing(at, await, false)
	case p.isName("await") && p.fn.async:
		saved, last := p.lexer, p.last
		p.next()
		if p.isName("using") && !p.tok.newline && p.usingFollows() {
			p.suspensions++
			if p.fn.top && p.topAwait < 0 {
				p.topAwait = start.start
			}
			return p.forUsing(at, await, true)
		}
		p.lexer, p.last = saved, last
	}
	p.within.noIn = true
	switch kind {
	case token.VAR:
		p.next()
		before := p.suspensions
		erased := p.erasedSoFar()
		list, caught := p.varBindings(true)
		p.within.noIn = false
		p.declareVars(start.start, list)
		if into := p.intoFollows(await); into != "" {
			p.untypedInto(erased, start.end+1, into)
			if len(list) != 1 {
				p.fail(start.end+1, p.last, "Invalid left-hand side in for-"+into+" loop: Must have a single binding.")
			}
			b := list[0]
			var first ast.Expression
			if b.Initializer != nil {
				if _, simple := b.Target.(*ast.Identifier); !simple || p.strict || into == "of" {
					p.fail(start.end+1, p.last, "for-"+into+" loop variable declaration may not have an initializer.")
				}
				// for (var a = 1 in o), of old: the initializer comes first.
				first = &ast.AssignExpression{Operator: token.ASSIGN, Left: b.Target, Right: b.Initializer}
				list[0] = &ast.Binding{Target: b.Target}
				b = list[0]
			}
			if p.suspensions != before {
				first = captured(b.Target)
			}
			if caught {
				return p.forInto(at, await, into, &ast.ForIntoExpression{Expression: b.Target}, first)
			}
			return p.forInto(at, await, into, &ast.ForIntoVar{Binding: b}, first)
		}
		p.needInitializers(list, start)
		if p.suspensions != before {
			p.keepVars(list)
		}
		if caught {
			if e := assignments(list); e != nil {
				return p.forRest(at, &ast.ForLoopInitializerExpression{Expression: e})
			}
			return p.forRest(at, nil)
		}
		return p.forRest(at, &ast.ForLoopInitializerVarDeclList{Var: idx(start.start), List: list})
	case token.LET, token.CONST:
		p.next()
		from, erased := p.tok.start, p.erasedSoFar()
		b := p.lexicalBinding()
		p.within.noIn = false
		if into := p.intoFollows(await); into != "" {
			p.untypedInto(erased, from, into)
			if b.Initializer != nil {
				p.fail(from, p.last, "for-"+into+" loop variable declaration may not have an initializer.")
			}
			return p.forInto(at, await, into, &ast.ForDeclaration{Idx: idx(start.start), IsConst: kind == token.CONST, Target: b.Target}, nil)
		}
		list := []*ast.Binding{b}
		if b.Initializer == nil && kind == token.CONST {
			p.fail(from, p.last, "Missing initializer in const declaration")
		}
		p.within.noIn = true
		if p.take(pComma) {
			list = append(list, p.lexicalBindings(kind)...)
		}
		p.within.noIn = false
		if into := p.intoFollows(await); into != "" {
			p.fail(from, p.last, "Invalid left-hand side in for-"+into+" loop: Must have a single binding.")
		}
		p.needInitializers(list, start)
		return p.forRest(at, &ast.ForLoopInitializerLexicalDecl{LexicalDeclaration: ast.LexicalDeclaration{Idx: idx(start.start), Token: kind, List: list}})
	}
	async := p.isName("async") && !await
	startsLet := p.isName("let")
	before := p.suspensions
	var c cover
	e := p.assign(&c)
	p.within.noIn = false
	if into := p.intoFollows(await); into != "" {
		if into == "of" {
			if id, ok := e.(*ast.Identifier); ok && async && id.Name == "async" && p.parens[e] == 0 && p.src[start.start:start.end] == "async" {
				p.fail(start.start, start.end, "The left-hand side of a for-of loop may not be 'async'.")
			}
			if startsLet {
				p.fail(start.start, start.end, "The left-hand side of a for-of loop may not be 'let'.")
			}
		}
		switch t := e.(type) {
		case *ast.ArrayLiteral, *ast.ObjectLiteral:
			if _, paren := p.parens[e]; paren {
				p.fail(start.start, p.last, "Invalid left-hand side in for-loop")
			}
			e = p.toTarget(t, false)
		default:
			p.settle(&c)
			e = p.simpleTarget(e, start.start, "Invalid left-hand side in for-loop", !await)
		}
		var first ast.Expression
		if p.suspensions != before {
			first = captured(e)
		}
		return p.forInto(at, await, into, &ast.ForIntoExpression{Expression: e}, first)
	}
	p.settle(&c)
	if p.isPunct(pComma) {
		list := []ast.Expression{e}
		p.within.noIn = true
		for p.take(pComma) {
			list = append(list, p.assign(nil))
		}
		p.within.noIn = false
		e = &ast.SequenceExpression{Sequence: list}
	}
	if await {
		p.unexpected()
	}
	return p.forRest(at, &ast.ForLoopInitializerExpression{Expression: e})
}

func (p *parser) needInitializers(list []*ast.Binding, start lexeme) {
	for _, b := range list {
		if _, pattern := b.Target.(ast.Pattern); pattern && b.Initializer == nil {
			p.fail(int(b.Target.Idx0())-1, p.last, "Missing initializer in destructuring declaration")
		}
	}
}

// letInFor tells whether let begins a declaration in the head of a for statement.
func (p *parser) letInFor() bool {
	saved := p.lexer
	p.scan()
	t := p.tok
	p.lexer = saved
	switch t.kind {
	case tokName:
		return t.name != "in" && t.name != "instanceof"
	case tokPunct:
		return t.punct == pBracketL || t.punct == pBraceL
	}
	return false
}

// usingInFor tells whether using begins a declaration there: using of is a name and the word of.
func (p *parser) usingInFor() bool {
	saved := p.lexer
	p.scan()
	t := p.tok
	ok := t.kind == tokName && !t.newline && !reserved(t.name)
	if ok && t.name == "of" {
		p.scan()
		ok = p.isPunct(pAssign) || p.isPunct(pSemicolon) || p.isPunct(pColon)
	}
	p.lexer = saved
	return ok
}

// usingBody is what a loop does with what a using declaration in its head declares.
func (p *parser) usingBody(at int, using []ast.Statement, body ast.Statement) ast.Statement {
	has := p.scope.using
	p.scope.using = 0
	list, _ := p.disposing(at, has, append(using, body))
	return maker(idx(at)).block(list...)
}

func (p *parser) forUsing(at int, await, async bool) ast.Statement {
	start := p.tok
	make := maker(idx(start.start))
	if p.scope.using |= usingSync; async {
		p.scope.using |= usingAsync
	}
	p.next()
	id := p.bindingIdentifier()
	p.letName(id)
	p.declareLexical(id)
	if into := p.intoFollows(await); into == "of" {
		return p.forInto(at, await, into, &ast.ForDeclaration{Idx: idx(start.start), IsConst: true, Target: id}, nil, make.use(id, async))
	} else if into == "in" {
		p.failToken("Invalid 'using' in for-in loop")
	}
	var using []ast.Statement
	for {
		if !p.isPunct(pAssign) {
			p.fail(int(id.Idx)-1, p.last, "Missing initializer in using declaration")
		}
		p.next()
		p.within.noIn = true
		using = append(using, make.constant(id, p.assign(nil)), make.use(id, async))
		p.within.noIn = false
		if p.isName("of") && len(using) == 2 {
			p.fail(int(id.Idx)-1, p.last, "for-of loop variable declaration may not have an initializer.")
		}
		if !p.take(pComma) {
			break
		}
		id = p.bindingIdentifier()
		p.letName(id)
		p.declareLexical(id)
	}
	has := p.scope.using
	p.scope.using = 0
	list, inner := p.disposing(at, has, append(using, p.forRest(at, nil)))
	s := make.block(list...)
	p.labelWithin(s, &(*inner)[len(*inner)-1])
	return s
}

// intoFollows tells whether in or of comes next.
func (p *parser) intoFollows(await bool) string {
	switch {
	case p.isName("of"):
		return "of"
	case p.isName("in") && !await:
		return "in"
	}
	if await {
		p.unexpected()
	}
	return ""
}

func (p *parser) forInto(at int, await bool, word string, into ast.ForInto, first ast.Expression, using ...ast.Statement) ast.Statement {
	p.next()
	var source ast.Expression
	if word == "of" {
		source = p.assign(nil)
	} else {
		source = p.expression()
	}
	if first != nil && !await {
		source = &ast.SequenceExpression{Sequence: []ast.Expression{first, source}}
	}
	p.expect(pParenR)
	body := p.forBody()
	if using != nil {
		body = p.usingBody(at, using, body)
	}
	if await {
		return p.forAwait(at, into, source, first, body)
	}
	if word == "of" {
		return &ast.ForOfStatement{For: idx(at), Into: into, Source: source, Body: body}
	}
	return &ast.ForInStatement{For: idx(at), Into: into, Source: source, Body: body}
}

func (p *parser) forRest(at int, init ast.ForLoopInitializer) ast.Statement {
	f := &ast.ForStatement{For: idx(at), Initializer: init}
	p.expect(pSemicolon)
	if !p.isPunct(pSemicolon) {
		f.Test = p.expression()
	}
	p.expect(pSemicolon)
	if !p.isPunct(pParenR) {
		f.Update = p.expression()
	}
	p.expect(pParenR)
	f.Body = p.forBody()
	return f
}

// forBody reads the body of a for statement. A var in it may not have the name of a let in the head.
func (p *parser) forBody() ast.Statement { return p.loopBody() }
