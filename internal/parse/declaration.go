package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// usingFollows tells whether using begins a declaration: a name follows on the same line.
func (p *parser) usingFollows() bool {
	saved := p.lexer
	p.scan()
	t := p.tok
	p.lexer = saved
	return t.kind == tokName && !t.newline && !reserved(t.name)
}

// using reads a using declaration, which becomes declarations of constants, each of them used.
func (p *parser) using(await bool) []ast.Statement {
	at := p.tok
	if p.fn.top && !p.opts.Module && !p.opts.Return && p.scope.kind == scopeFunction || p.scope.kind == scopeSwitch {
		if !await {
			p.next()
		}
		p.unexpected()
	}
	if p.scope.using |= usingSync; await {
		p.scope.using |= usingAsync
		p.suspensions++
		if p.fn.top && p.topAwait < 0 {
			p.topAwait = p.lastStart
		}
	}
	p.next()
	make := maker(idx(at.start))
	var list []ast.Statement
	for {
		id := p.bindingIdentifier()
		p.letName(id)
		p.declareLexical(id)
		if !p.isPunct(pAssign) {
			p.fail(int(id.Idx)-1, p.last, "Missing initializer in using declaration")
		}
		p.infer.open()
		p.infer.declared(id)
		p.next()
		p.infer.gives(id, p.tok.start)
		value := p.assign(nil)
		p.infer.assigned(value)
		p.infer.close()
		list = append(list, make.constant(id, value), make.use(id, await))
		if !p.take(pComma) {
			break
		}
	}
	p.semicolon()
	return list
}

func (p *parser) letName(id *ast.Identifier) {
	if id.Name == "let" {
		p.failName(id, "let is disallowed as a lexically bound name")
	}
}

// bindingsEnd ends a declaration of variables. TypeScript's parser looks for the end of one that goes on with something else.
func (p *parser) bindingsEnd() {
	if p.types != nil && !p.ends() {
		p.report(p.tok.start, p.tokenEnd(), "Expected a semicolon")
		p.skimExpression()
		for !p.ends() {
			p.next()
		}
	}
	p.semicolon()
}

func (p *parser) lexical(tok token.Token) ast.Statement {
	d := &ast.LexicalDeclaration{Idx: idx(p.tok.start), Token: tok}
	p.next()
	d.List = p.lexicalBindings(tok)
	p.bindingsEnd()
	return d
}

// lexicalBindings reads the bindings of let or const. In the head of a for statement the first may lack its initializer.
func (p *parser) lexicalBindings(tok token.Token) (list []*ast.Binding) {
	for {
		start := p.tok.start
		b := p.lexicalBinding()
		list = append(list, b)
		if b.Initializer == nil && !(p.types != nil && p.types.ambient > 0) {
			if _, pattern := b.Target.(ast.Pattern); pattern && !(p.types != nil && tok == token.CONST) {
				p.report(start, p.last, "Missing initializer in destructuring declaration")
			}
			if tok == token.CONST {
				p.report(start, p.last, "Missing initializer in const declaration")
			}
		}
		if !p.take(pComma) {
			return list
		}
	}
}

func (p *parser) lexicalBinding() *ast.Binding {
	p.infer.open()
	defer p.infer.close()
	b := &ast.Binding{Target: p.bindingTarget(func(id *ast.Identifier) {
		p.letName(id)
		p.declareLexical(id)
	})}
	p.annotation(pNot)
	p.infer.declared(b.Target)
	if p.take(pAssign) {
		p.infer.gives(b.Target, p.tok.start)
		b.Initializer = p.assign(nil)
		p.infer.assigned(b.Initializer)
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
	if b := p.scope.names[c.Name.Name]; b != 0 && p.types == nil {
		p.redeclaredVar(c.Name.Name, b)
		p.fail(start, p.last, "Identifier '"+c.Name.Name.String()+"' has already been declared")
	}
	p.declareLexical(c.Name)
	return &ast.ClassDeclaration{Class: c}
}

// varBindings reads the bindings of a var. caught tells that they mean a catch clause's parameter.
func (p *parser) varBindings(forHead bool) (list []*ast.Binding, caught bool) {
	for {
		start := p.tok.start
		var names []*ast.Identifier
		p.infer.open()
		b := &ast.Binding{Target: p.bindingTarget(func(id *ast.Identifier) { names = append(names, id) })}
		p.annotation(pNot)
		p.infer.declared(b.Target)
		if p.take(pAssign) {
			p.infer.gives(b.Target, p.tok.start)
			b.Initializer = p.assign(nil)
			p.infer.assigned(b.Initializer)
		} else if _, pattern := b.Target.(ast.Pattern); pattern && !(p.types != nil && p.types.ambient > 0) && !(forHead && len(list) == 0 && (p.isName("of") || p.isName("in"))) {
			p.report(start, p.last, "Missing initializer in destructuring declaration")
		}
		p.infer.close()
		for _, id := range names {
			if p.declareVar(id) {
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
	p.bindingsEnd()
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
