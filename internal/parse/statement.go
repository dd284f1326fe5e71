package parse

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// semicolon ends a statement, by itself or by a line's end.
func (p *parser) semicolon() {
	if p.atItem(&p.tok) {
		if p.tok.newline {
			return
		}
		p.fail(p.tok.start, p.tok.start+6, "Unexpected token '"+p.opts.ItemText[p.tok.start:][:6]+"'")
	}
	if p.take(pSemicolon) || p.isPunct(pBraceR) || p.tok.kind == tokEOF || p.tok.newline {
		return
	}
	if p.types != nil {
		p.expected("';'")
	}
	p.unexpected()
}

// ends tells whether a statement may end before the token that comes next.
func (p *parser) ends() bool {
	return p.isPunct(pSemicolon) || p.isPunct(pBraceR) || p.tok.kind == tokEOF || p.tok.newline
}

// listOf gives the functions declared in the scope the list that they stand in.
func (p *parser) listOf(list *[]ast.Statement) {
	for _, c := range p.scope.functions {
		if c.list == nil && c.in == nil {
			c.list = list
		}
	}
}

// appendItem reads a statement or a declaration, which may become several.
func (p *parser) appendItem(list []ast.Statement) []ast.Statement {
	if p.typeStatement() {
		return list
	}
	if p.tok.kind == tokName && !p.tok.escaped {
		switch p.tok.name {
		case "using":
			if p.usingFollows() {
				return append(list, p.using(false)...)
			}
		case "await":
			if p.fn.async {
				saved, last := p.lexer, p.last
				p.next()
				if p.isName("using") && !p.tok.newline && p.usingFollows() {
					return append(list, p.using(true)...)
				}
				p.lexer, p.last = saved, last
			}
		}
	}
	return append(list, p.statementListItem())
}

func (p *parser) statementListItem() ast.Statement {
	if p.tok.kind == tokName && !p.tok.escaped {
		t := p.tok
		switch t.name {
		case "function":
			return p.functionDeclaration(t.start, false)
		case "class":
			return p.classDeclaration()
		case "const":
			return p.lexical(token.CONST)
		case "let":
			if p.letFollows() {
				return p.lexical(token.LET)
			}
		case "async":
			if p.asyncFunctionFollows() {
				p.next()
				return p.functionDeclaration(t.start, true)
			}
		}
	}
	return p.statement()
}

func (p *parser) asyncFunctionFollows() bool {
	saved := p.lexer
	p.scan()
	found := p.isName("function") && !p.tok.newline
	p.lexer = saved
	return found
}

// letFollows tells whether let begins a declaration.
func (p *parser) letFollows() bool {
	saved := p.lexer
	p.scan()
	t := p.tok
	p.lexer = saved
	switch t.kind {
	case tokName:
		return t.name != "in" && t.name != "instanceof" && t.name != "of" || t.escaped || t.name == "of"
	case tokPunct:
		return t.punct == pBracketL || t.punct == pBraceL
	}
	return false
}

// statement reads a statement that is no declaration.
func (p *parser) statement() ast.Statement {
	p.deeper()
	s := p.statementOf()
	p.depth--
	return s
}

func (p *parser) statementOf() ast.Statement {
	t := p.tok
	switch t.kind {
	case tokPunct:
		switch t.punct {
		case pBraceL:
			return p.block(scopeBlock)
		case pSemicolon:
			p.next()
			return &ast.EmptyStatement{Semicolon: idx(t.start)}
		}
	case tokName:
		if t.escaped {
			if !reserved(t.name) {
				return p.expressionOrLabel()
			}
			break
		}
		switch t.name {
		case "var":
			return p.varStatement()
		case "if":
			return p.ifStatement()
		case "for":
			return p.forStatement()
		case "while":
			p.next()
			p.expect(pParenL)
			test := p.expression()
			p.expect(pParenR)
			return &ast.WhileStatement{While: idx(t.start), Test: test, Body: p.loopBody()}
		case "do":
			p.next()
			d := &ast.DoWhileStatement{Do: idx(t.start), Body: p.loopBody()}
			if !p.isName("while") {
				p.unexpectedIn("'while'")
			}
			p.next()
			p.expect(pParenL)
			d.Test = p.expression()
			d.RightParenthesis = idx(p.expect(pParenR))
			if !p.atItem(&p.tok) {
				p.take(pSemicolon)
			}
			return d
		case "continue", "break":
			return p.branch()
		case "return":
			if !p.fn.returns && p.types == nil {
				p.failToken("Illegal return statement")
			}
			p.next()
			r := &ast.ReturnStatement{Return: idx(t.start)}
			if !p.isPunct(pSemicolon) && !p.isPunct(pBraceR) && p.tok.kind != tokEOF && !p.tok.newline {
				r.Argument = p.expression()
				if p.fn.async && p.fn.generator {
					r.Argument = maker(r.Argument.Idx0()).await(r.Argument)
				}
			}
			p.semicolon()
			if !p.fn.returns {
				p.report(t.start, p.last, "Return statement is not allowed here")
			}
			return r
		case "with":
			if p.types != nil {
				p.report(t.start, t.end, "The 'with' statement is not supported. All symbols in a 'with' block will have type 'any'.")
			} else if p.strict {
				p.failToken("Strict mode code may not include a with statement")
			}
			p.next()
			p.expect(pParenL)
			object := p.expression()
			p.expect(pParenR)
			return &ast.WithStatement{With: idx(t.start), Object: object, Body: p.substatement()}
		case "switch":
			return p.switchStatement()
		case "throw":
			p.next()
			if p.tok.newline {
				p.fail(t.end, t.end+1, "Illegal newline after throw")
			}
			s := &ast.ThrowStatement{Throw: idx(t.start), Argument: p.expression()}
			p.semicolon()
			return s
		case "catch", "finally":
			if p.types != nil {
				p.failToken("Expected a semicolon")
			}
		case "try":
			return p.tryStatement()
		case "debugger":
			p.next()
			p.semicolon()
			return &ast.DebuggerStatement{Debugger: idx(t.start)}
		case "function":
			if p.strict {
				p.failToken("In strict mode code, functions can only be declared at top level or inside a block.")
			}
			p.failToken("In non-strict mode code, functions can only be declared at top level, inside a block, or as the body of an if statement.")
		case "class":
			p.unexpected()
		case "const":
			p.unexpected()
		case "let":
			saved := p.lexer
			p.scan()
			next := p.tok
			p.lexer = saved
			if next.kind == tokPunct && (next.punct == pBracketL || next.punct == pBraceL && !next.newline) ||
				next.kind == tokName && !next.newline && (!reserved(next.name) || p.strict) && next.name != "of" {
				p.failToken("Lexical declaration cannot appear in a single-statement context")
			}
		case "async":
			if p.asyncFunctionFollows() {
				p.failToken("Async functions can only be declared at the top level or inside a block.")
			}
		}
		if !reserved(t.name) {
			return p.expressionOrLabel()
		}
	}
	return p.expressionStatement()
}

func (p *parser) expressionStatement() ast.Statement {
	start := p.tok
	e := p.expression()
	if p.types != nil && !p.ends() {
		p.failToken("Expected ';', '}' or <eof>")
	}
	p.semicolon()
	if s, ok := e.(*ast.StringLiteral); ok && start.kind == tokPunct {
		// ("use strict") is no directive.
		return &ast.ExpressionStatement{Expression: &ast.SequenceExpression{Sequence: []ast.Expression{s}}}
	}
	return &ast.ExpressionStatement{Expression: e}
}

// expressionOrLabel reads a statement that begins with a name.
func (p *parser) expressionOrLabel() ast.Statement {
	t := p.tok
	// A label is followed by a colon.
	i := p.at
	for i < len(p.src) && (is(p.src[i], classSpace) || p.src[i] == '\n' || p.src[i] == '\r') {
		i++
	}
	colon := p.byteAt(i) == ':'
	if !colon && p.byteAt(i) == '/' {
		saved := p.lexer
		p.scan()
		colon = p.isPunct(pColon)
		p.lexer = saved
	}
	if !colon || t.name == "yield" && (p.fn.generator || p.strict) {
		return p.expressionStatement()
	}
	p.checkName(&t)
	p.next()
	id := &ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}
	for _, l := range p.fn.labels {
		if l.name == id.Name {
			p.report(t.start, t.end, "Label '"+t.name+"' has already been declared")
		}
	}
	l := &ast.LabelledStatement{Label: id, Colon: idx(p.tok.start)}
	p.next()
	p.fn.labels = append(p.fn.labels, label{name: id.Name, start: t.start, end: p.tok.start})
	p.labelLoop()
	if p.isName("function") {
		if p.strict {
			p.failToken("In strict mode code, functions can only be declared at top level or inside a block.")
		}
		at := p.tok.start
		if !p.labelledFunctions() {
			p.failToken("In non-strict mode code, functions can only be declared at top level, inside a block, or as the body of an if statement.")
		}
		d := p.functionDeclaration(at, false)
		if f := d.(*ast.FunctionDeclaration).Function; f.Generator {
			at = strings.IndexByte(p.src[at:], '*') + at
			p.fail(at, at+1, "Generators can only be declared at the top level or inside a block.")
		}
		l.Statement = d
	} else {
		l.Statement = p.statement()
	}
	p.fn.labels = p.fn.labels[:len(p.fn.labels)-1]
	if d, ok := l.Statement.(*ast.FunctionDeclaration); ok {
		return d // a label does nothing there, and the engine does not take it
	}
	return p.label(l)
}

// labelledFunctions tells whether a label may stand before a function here: not in the body of a loop, an if or a with.
func (p *parser) labelledFunctions() bool { return !p.single }

// substatement reads the statement of an if, a with or a loop.
func (p *parser) substatement() ast.Statement {
	if p.types != nil {
		p.types.statement = true
		if p.typeStatement() {
			return &ast.EmptyStatement{}
		}
		p.types.statement = false
	}
	single := p.single
	p.single = true
	s := p.statement()
	p.single = single
	return s
}

func (p *parser) block(kind scopeKind) *ast.BlockStatement {
	b := &ast.BlockStatement{LeftBrace: idx(p.tok.start)}
	p.expect(pBraceL)
	p.openScope(kind)
	p.blockRest(b)
	p.closeScope()
	return b
}

// blockRest reads the statements of a block and its closing brace.
func (p *parser) blockRest(b *ast.BlockStatement) {
	single := p.single
	p.single = false
	for !p.isPunct(pBraceR) {
		if p.tok.kind == tokEOF {
			p.unclosed()
		}
		b.List = p.appendItem(b.List)
	}
	p.single = single
	script := p.fn.top && !p.opts.Module && !p.opts.Return
	if has := p.scope.using; has == usingSync && script && declares(b.List) {
		b.List = p.valueless(int(b.LeftBrace)-1, b.List)
	} else if has != 0 {
		var inner *[]ast.Statement
		b.List, inner = p.disposing(int(b.LeftBrace)-1, has, b.List)
		p.listOf(inner)
	} else {
		p.listOf(&b.List)
	}
	b.RightBrace = idx(p.tok.start)
	p.next()
}

func (p *parser) ifStatement() ast.Statement {
	s := &ast.IfStatement{If: idx(p.tok.start)}
	p.next()
	p.expect(pParenL)
	s.Test = p.expression()
	p.expect(pParenR)
	s.Consequent = p.ifBody()
	if p.isName("else") {
		p.next()
		s.Alternate = p.ifBody()
	}
	return s
}

// ifBody reads the body of an if, which in sloppy code may be a function.
func (p *parser) ifBody() ast.Statement {
	if p.strict || !p.isName("function") {
		return p.substatement()
	}
	at := p.tok.start
	b := &ast.BlockStatement{LeftBrace: idx(at)}
	p.openScope(scopeBlock)
	d := p.functionDeclaration(at, false)
	if d.(*ast.FunctionDeclaration).Function.Generator {
		at = strings.IndexByte(p.src[at:], '*') + at
		p.fail(at, at+1, "Generators can only be declared at the top level or inside a block.")
	}
	b.List = []ast.Statement{d}
	p.listOf(&b.List)
	p.closeScope()
	b.RightBrace = idx(p.last - 1)
	return b
}

func (p *parser) branch() ast.Statement {
	t := p.tok
	b := &ast.BranchStatement{Idx: idx(t.start), Token: token.BREAK}
	if t.name == "continue" {
		b.Token = token.CONTINUE
	}
	p.next()
	name, wrong := t, ""
	if p.tok.kind == tokName && !p.tok.newline && !reserved(p.tok.name) {
		name = p.tok
		p.checkName(&name)
		p.next()
		b.Label = &ast.Identifier{Name: unistring.NewFromString(name.name), Idx: idx(name.start)}
		i := slices.IndexFunc(p.fn.labels, func(l label) bool { return l.name == b.Label.Name })
		if i < 0 {
			wrong = "Undefined label '" + name.name + "'"
		} else if b.Token == token.CONTINUE {
			if b.Label.Name = p.fn.labels[i].loop; b.Label.Name == "" {
				wrong = "Illegal continue statement: '" + name.name + "' does not denote an iteration statement"
			}
		}
	} else if b.Token == token.BREAK && p.fn.loops == 0 && p.fn.switches == 0 {
		wrong = "Illegal break statement"
	} else if b.Token == token.CONTINUE && p.fn.loops == 0 {
		wrong = "Illegal continue statement: no surrounding iteration statement"
	}
	if wrong != "" && p.types == nil {
		p.fail(name.start, name.end, wrong)
	}
	p.semicolon()
	if wrong != "" {
		p.typedBranch(t, b.Label != nil)
	}
	return b
}

func (p *parser) switchStatement() ast.Statement {
	s := &ast.SwitchStatement{Switch: idx(p.tok.start), Default: -1}
	p.next()
	p.expect(pParenL)
	s.Discriminant = p.expression()
	p.expect(pParenR)
	p.expect(pBraceL)
	p.openScope(scopeSwitch)
	p.fn.switches++
	single := p.single
	p.single = false
	for !p.isPunct(pBraceR) {
		c := &ast.CaseStatement{Case: idx(p.tok.start)}
		switch {
		case p.isName("case"):
			p.next()
			c.Test = p.expression()
		case p.isName("default"):
			if s.Default >= 0 {
				p.failToken("More than one default clause in switch statement")
			}
			s.Default = len(s.Body)
			p.next()
		default:
			p.unexpectedIn("'}'")
		}
		p.expect(pColon)
		for !p.isPunct(pBraceR) && !p.isName("case") && !p.isName("default") {
			if p.tok.kind == tokEOF {
				p.unclosed()
			}
			c.Consequent = p.appendItem(c.Consequent)
		}
		s.Body = append(s.Body, c)
	}
	p.single = single
	p.fn.switches--
	for _, c := range p.scope.functions {
		c.in = s
	}
	p.closeScope()
	s.RightBrace = idx(p.tok.start)
	p.next()
	return s
}

func (p *parser) tryStatement() ast.Statement {
	t := &ast.TryStatement{Try: idx(p.tok.start)}
	p.next()
	t.Body = p.block(scopeBlock)
	if p.isName("catch") {
		c := &ast.CatchStatement{Catch: idx(p.tok.start)}
		p.next()
		p.openScope(scopeCatch)
		if p.take(pParenL) {
			kind := bindCatch
			if p.isPunct(pBraceL) || p.isPunct(pBracketL) {
				kind = bindCatchPart
			}
			c.Parameter = p.bindingTarget(func(id *ast.Identifier) {
				if p.scope.names[id.Name] != 0 {
					p.redeclared(id)
				}
				p.scope.declare(id.Name, kind)
			})
			p.typeAnnotation()
			p.expect(pParenR)
		}
		c.Body = &ast.BlockStatement{LeftBrace: idx(p.tok.start)}
		p.expect(pBraceL)
		p.blockRest(c.Body)
		p.closeScope()
		t.Catch = c
	}
	if p.isName("finally") {
		p.next()
		t.Finally = p.block(scopeBlock)
	}
	if t.Catch == nil && t.Finally == nil {
		p.report(p.lastStart, p.last, "Missing catch or finally after try")
	}
	return t
}
