package parse

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// semicolon ends a statement, by itself or by a line's end.
func (p *parser) semicolon() {
	if p.take(pSemicolon) || p.isPunct(pBraceR) || p.tok.kind == tokEOF || p.tok.newline {
		return
	}
	p.unexpected()
}

// listOf gives the functions declared in the scope the list that they stand in.
func (p *parser) listOf(list *[]ast.Statement) {
	for _, c := range p.scope.functions {
		if c.list == nil && c.in == nil {
			c.list = list
		}
	}
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
		case "using":
			if p.usingFollows() {
				return p.using(false)
			}
		case "await":
			if p.fn.async {
				saved, last := p.lexer, p.last
				p.next()
				if p.isName("using") && !p.tok.newline && p.usingFollows() {
					p.fn.top = p.fn.top && true
					return p.using(true)
				}
				p.lexer, p.last = saved, last
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

// usingFollows tells whether using begins a declaration: a name follows on the same line.
func (p *parser) usingFollows() bool {
	saved := p.lexer
	p.scan()
	t := p.tok
	p.lexer = saved
	return t.kind == tokName && !t.newline && !reserved(t.name)
}

func (p *parser) using(await bool) ast.Statement {
	at := p.tok
	if p.fn.top && !p.opts.Module && !p.opts.Return && p.scope.kind == scopeFunction {
		p.unexpected()
	}
	if p.scope.kind == scopeSwitch {
		p.unexpected()
	}
	p.lacking = true
	if await {
		p.suspensions++
		if p.fn.top && p.topAwait < 0 {
			p.topAwait = at.start
		}
	}
	p.next()
	d := &ast.LexicalDeclaration{Idx: idx(at.start), Token: token.CONST}
	for {
		id := p.bindingIdentifier()
		p.letName(id)
		p.declareLexical(id)
		if !p.isPunct(pAssign) {
			p.fail(int(id.Idx)-1, p.last, "Missing initializer in using declaration")
		}
		p.next()
		d.List = append(d.List, &ast.Binding{Target: id, Initializer: p.assign(nil)})
		if !p.take(pComma) {
			break
		}
	}
	p.semicolon()
	return d
}

func (p *parser) letName(id *ast.Identifier) {
	if id.Name == "let" {
		p.failName(id, "let is disallowed as a lexically bound name")
	}
}

func (p *parser) lexical(tok token.Token) ast.Statement {
	d := &ast.LexicalDeclaration{Idx: idx(p.tok.start), Token: tok}
	p.next()
	d.List = p.lexicalBindings(tok)
	p.semicolon()
	return d
}

// lexicalBindings reads the bindings of let or const. In the head of a for statement the first may lack its initializer.
func (p *parser) lexicalBindings(tok token.Token) (list []*ast.Binding) {
	for {
		start := p.tok.start
		b := p.lexicalBinding()
		list = append(list, b)
		if b.Initializer == nil {
			if _, pattern := b.Target.(ast.Pattern); pattern {
				p.fail(start, p.last, "Missing initializer in destructuring declaration")
			}
			if tok == token.CONST {
				p.fail(start, p.last, "Missing initializer in const declaration")
			}
		}
		if !p.take(pComma) {
			return list
		}
	}
}

func (p *parser) lexicalBinding() *ast.Binding {
	b := &ast.Binding{Target: p.bindingTarget(func(id *ast.Identifier) {
		p.letName(id)
		p.declareLexical(id)
	})}
	if p.take(pAssign) {
		b.Initializer = p.assign(nil)
	}
	return b
}

func (p *parser) functionDeclaration(start int, async bool) ast.Statement {
	p.next()
	m := method{start: start, async: async, generator: p.take(pStar)}
	if p.isPunct(pParenL) {
		p.fail(p.lastStart, p.last, "Function statements require a function name")
	}
	name := p.functionName()
	d := &ast.FunctionDeclaration{Function: &ast.FunctionLiteral{Function: idx(start), Name: name}}
	p.declareFunction(d, !m.async && !m.generator)
	f := p.function(name, m)
	d.Function = f
	return d
}

func (p *parser) classDeclaration() ast.Statement {
	start := p.tok.start
	c := p.classLiteral(true)
	if p.scope.names[c.Name.Name] != 0 {
		p.fail(start, p.last, "Identifier '"+c.Name.Name.String()+"' has already been declared")
	}
	p.declareLexical(c.Name)
	return &ast.ClassDeclaration{Class: c}
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
				p.unexpected()
			}
			p.next()
			p.expect(pParenL)
			d.Test = p.expression()
			d.RightParenthesis = idx(p.expect(pParenR))
			p.take(pSemicolon)
			return d
		case "continue", "break":
			return p.branch()
		case "return":
			if !p.fn.returns {
				p.failToken("Illegal return statement")
			}
			p.next()
			r := &ast.ReturnStatement{Return: idx(t.start)}
			if !p.isPunct(pSemicolon) && !p.isPunct(pBraceR) && p.tok.kind != tokEOF && !p.tok.newline {
				r.Argument = p.expression()
			}
			p.semicolon()
			return r
		case "with":
			if p.strict {
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
			p.failName(id, "Label '"+t.name+"' has already been declared")
		}
	}
	l := &ast.LabelledStatement{Label: id, Colon: idx(p.tok.start)}
	p.next()
	p.fn.labels = append(p.fn.labels, label{name: id.Name, loop: p.loopFollows()})
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
	return l
}

// labelledFunctions tells whether a label may stand before a function here: not in the body of a loop, an if or a with.
func (p *parser) labelledFunctions() bool { return !p.single }

// loopFollows tells whether a loop comes next, behind further labels.
func (p *parser) loopFollows() bool {
	if p.isName("for") || p.isName("while") || p.isName("do") {
		return true
	}
	if p.tok.kind != tokName || reserved(p.tok.name) {
		return false
	}
	saved, last := p.lexer, p.last
	p.scan()
	found := false
	if p.isPunct(pColon) {
		p.scan()
		found = p.loopFollows()
	}
	p.lexer, p.last = saved, last
	return found
}

// substatement reads the statement of an if, a with or a loop.
func (p *parser) substatement() ast.Statement {
	single := p.single
	p.single = true
	s := p.statement()
	p.single = single
	return s
}

func (p *parser) loopBody() ast.Statement {
	p.fn.loops++
	s := p.substatement()
	p.fn.loops--
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
			p.unexpected()
		}
		b.List = append(b.List, p.statementListItem())
	}
	p.single = single
	p.listOf(&b.List)
	b.RightBrace = idx(p.tok.start)
	p.next()
}

// varBindings reads the bindings of a var. caught tells that they mean a catch clause's parameter.
func (p *parser) varBindings(forHead bool) (list []*ast.Binding, caught bool) {
	for {
		start := p.tok.start
		var names []*ast.Identifier
		b := &ast.Binding{Target: p.bindingTarget(func(id *ast.Identifier) { names = append(names, id) })}
		if p.take(pAssign) {
			b.Initializer = p.assign(nil)
		} else if _, pattern := b.Target.(ast.Pattern); pattern && !(forHead && len(list) == 0 && (p.isName("of") || p.isName("in"))) {
			p.fail(start, p.last, "Missing initializer in destructuring declaration")
		}
		forOf := forHead && len(list) == 0 && p.isName("of")
		for _, id := range names {
			if p.declareVar(id, forOf) {
				caught = true
			}
		}
		list = append(list, b)
		if !p.take(pComma) {
			return list, caught
		}
	}
}

func (p *parser) declareVars(at int, list []*ast.Binding) {
	p.fn.decls = append(p.fn.decls, &ast.VariableDeclaration{Var: idx(at), List: list})
}

func (p *parser) varStatement() ast.Statement {
	at := p.tok.start
	p.next()
	before := p.suspensions
	list, caught := p.varBindings(false)
	p.semicolon()
	p.declareVars(at, list)
	if caught {
		if e := assignments(list); e != nil {
			return &ast.ExpressionStatement{Expression: e}
		}
		return &ast.EmptyStatement{Semicolon: idx(at)}
	}
	s := &ast.VariableStatement{Var: idx(at), List: list}
	if p.suspensions != before {
		p.keepVars(list)
	}
	return s
}

// keepVars keeps the variables of patterns where awaits and yields in the patterns do not move them.
func (p *parser) keepVars(list []*ast.Binding) {
	for _, b := range list {
		if _, pattern := b.Target.(ast.Pattern); pattern && b.Initializer != nil {
			b.Initializer = &ast.SequenceExpression{Sequence: []ast.Expression{captured(b.Target), b.Initializer}}
		}
	}
}

// assignments makes an expression of bindings: a var with the name of a catch clause's parameter assigns to that.
func assignments(list []*ast.Binding) ast.Expression {
	var all []ast.Expression
	for _, b := range list {
		if b.Initializer != nil {
			all = append(all, &ast.AssignExpression{Operator: token.ASSIGN, Left: b.Target, Right: b.Initializer})
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &ast.SequenceExpression{Sequence: all}
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
	if p.tok.kind == tokName && !p.tok.newline && !reserved(p.tok.name) {
		name := p.tok
		p.checkName(&name)
		p.next()
		b.Label = &ast.Identifier{Name: unistring.NewFromString(name.name), Idx: idx(name.start)}
		found := false
		for _, l := range p.fn.labels {
			if l.name == b.Label.Name {
				found = true
				if b.Token == token.CONTINUE && !l.loop {
					p.fail(name.start, name.end, "Illegal continue statement: '"+name.name+"' does not denote an iteration statement")
				}
			}
		}
		if !found {
			p.fail(name.start, name.end, "Undefined label '"+name.name+"'")
		}
	} else if b.Token == token.BREAK && p.fn.loops == 0 && p.fn.switches == 0 {
		p.fail(t.start, t.end, "Illegal break statement")
	} else if b.Token == token.CONTINUE && p.fn.loops == 0 {
		p.fail(t.start, t.end, "Illegal continue statement: no surrounding iteration statement")
	}
	p.semicolon()
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
			p.unexpected()
		}
		p.expect(pColon)
		for !p.isPunct(pBraceR) && !p.isName("case") && !p.isName("default") {
			if p.tok.kind == tokEOF {
				p.unexpected()
			}
			c.Consequent = append(c.Consequent, p.statementListItem())
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
		p.fail(p.lastStart, p.last, "Missing catch or finally after try")
	}
	return t
}

func (p *parser) forStatement() ast.Statement {
	at := p.tok.start
	p.next()
	await := false
	if p.isName("await") && p.fn.async {
		await = true
		p.lacking = true
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
		return p.forUsing(at, await)
	case p.isName("await") && p.fn.async:
		saved, last := p.lexer, p.last
		p.next()
		if p.isName("using") && !p.tok.newline && p.usingFollows() {
			p.suspensions++
			return p.forUsing(at, await)
		}
		p.lexer, p.last = saved, last
	}
	p.noIn = true
	switch kind {
	case token.VAR:
		p.next()
		before := p.suspensions
		list, caught := p.varBindings(true)
		p.noIn = false
		p.declareVars(start.start, list)
		if into := p.intoFollows(await); into != "" {
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
				return p.forInto(at, into, &ast.ForIntoExpression{Expression: b.Target}, first)
			}
			return p.forInto(at, into, &ast.ForIntoVar{Binding: b}, first)
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
		from := p.tok.start
		b := p.lexicalBinding()
		p.noIn = false
		if into := p.intoFollows(await); into != "" {
			if b.Initializer != nil {
				p.fail(from, p.last, "for-"+into+" loop variable declaration may not have an initializer.")
			}
			return p.forInto(at, into, &ast.ForDeclaration{Idx: idx(start.start), IsConst: kind == token.CONST, Target: b.Target}, nil)
		}
		list := []*ast.Binding{b}
		if b.Initializer == nil && kind == token.CONST {
			p.fail(from, p.last, "Missing initializer in const declaration")
		}
		p.noIn = true
		if p.take(pComma) {
			list = append(list, p.lexicalBindings(kind)...)
		}
		p.noIn = false
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
	p.noIn = false
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
			message := "Invalid left-hand side in for-loop"
			if into == "in" {
				message = "Invalid left-hand side in for-in loop"
			}
			e = p.simpleTarget(e, start.start, "Invalid left-hand side in for-loop", !await)
			_ = message
		}
		var first ast.Expression
		if p.suspensions != before {
			first = captured(e)
		}
		return p.forInto(at, into, &ast.ForIntoExpression{Expression: e}, first)
	}
	p.settle(&c)
	if p.isPunct(pComma) {
		list := []ast.Expression{e}
		p.noIn = true
		for p.take(pComma) {
			list = append(list, p.assign(nil))
		}
		p.noIn = false
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

func (p *parser) forUsing(at int, await bool) ast.Statement {
	p.lacking = true
	start := p.tok
	p.next()
	id := p.bindingIdentifier()
	p.letName(id)
	p.declareLexical(id)
	if into := p.intoFollows(await); into == "of" {
		return p.forInto(at, into, &ast.ForDeclaration{Idx: idx(start.start), IsConst: true, Target: id}, nil)
	} else if into == "in" {
		p.fail(start.start, p.last, "Invalid left-hand side in for-in loop")
	}
	list := []*ast.Binding{{Target: id}}
	for {
		if !p.isPunct(pAssign) {
			p.fail(start.start, p.last, "Missing initializer in using declaration")
		}
		p.next()
		p.noIn = true
		list[len(list)-1].Initializer = p.assign(nil)
		p.noIn = false
		if !p.take(pComma) {
			break
		}
		id := p.bindingIdentifier()
		p.letName(id)
		p.declareLexical(id)
		list = append(list, &ast.Binding{Target: id})
	}
	return p.forRest(at, &ast.ForLoopInitializerLexicalDecl{LexicalDeclaration: ast.LexicalDeclaration{Idx: idx(start.start), Token: token.CONST, List: list}})
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

func (p *parser) forInto(at int, word string, into ast.ForInto, first ast.Expression) ast.Statement {
	p.next()
	var source ast.Expression
	if word == "of" {
		source = p.assign(nil)
	} else {
		source = p.expression()
	}
	if first != nil {
		source = &ast.SequenceExpression{Sequence: []ast.Expression{first, source}}
	}
	p.expect(pParenR)
	body := p.forBody()
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
