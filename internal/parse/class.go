package parse

import (
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
)

// class is one whose body is being read.
type class struct {
	outer    *class
	name     string
	declared map[string]privateKind
	used     []lexeme
	// constructed tells that a constructor with a body has been read, where overloads are.
	constructed       bool
	derived, abstract bool
}

type privateKind uint8

const (
	privateGet privateKind = 1 << iota
	privateSet
	privateOther
	privateStatic
)

// usePrivate notes that a private name is used.
func (p *parser) usePrivate(t lexeme) {
	if p.types != nil {
		return
	}
	if p.class == nil {
		if !p.opts.Private {
			if p.src[t.start-min(t.start, 1)] == '.' {
				t.start--
			}
			p.fail(t.start, t.start+1, "Private field '#"+t.name+"' must be declared in an enclosing class")
		}
		return
	}
	p.class.used = append(p.class.used, t)
}

func (p *parser) declarePrivate(t lexeme, kind privateKind, message string) {
	if p.types != nil {
		if t.name == "constructor" {
			p.report(t.start, t.end, "Classes can't have a private field named '#constructor'.")
		}
		return // of overloads there are several
	}
	if t.name == "constructor" {
		p.fail(t.start, t.end, message)
	}
	c := p.class
	if c.declared == nil {
		c.declared = map[string]privateKind{}
	}
	was := c.declared[t.name]
	if was != 0 && (kind|was)&privateOther != 0 || was&kind&(privateGet|privateSet) != 0 || was != 0 && (was^kind)&privateStatic != 0 {
		p.fail(t.start, t.end, "Identifier '#"+t.name+"' has already been declared")
	}
	c.declared[t.name] = was | kind
}

func (p *parser) classLiteral(declaration bool) *ast.ClassLiteral {
	p.deeper()
	strict := p.strict
	p.strict = true
	c := &ast.ClassLiteral{Class: idx(p.tok.start)}
	start := p.tok.start
	if p.tok.escaped || p.tok.name != "class" {
		p.unexpected()
	}
	p.next()
	if p.tok.kind == tokName && p.tok.name != "extends" && !(p.types != nil && p.tok.name == "implements") {
		if p.types != nil && p.tok.name == "let" {
			p.failToken("Unexpected token `let`. Expected let is reserved in const, let, class declaration")
		}
		c.Name = p.bindingIdentifier()
	} else if declaration {
		if p.types != nil {
			p.failToken("Expected ident")
		}
		p.unexpected()
	}
	p.typeParameters(false)
	p.class = &class{outer: p.class, abstract: p.types != nil && p.types.abstract == start+1}
	if c.Name != nil {
		p.class.name = c.Name.Name.String()
	} else if p.infer != nil && p.infer.named == start {
		p.class.name = p.infer.name
	}
	if p.isName("extends") {
		p.infer.open()
		p.class.derived = true
		p.next()
		was := p.within
		p.within = within{}
		var cov cover
		c.SuperClass = p.leftHandSide(&cov)
		p.settle(&cov)
		p.within = was
		p.infer.close()
	}
	p.classTypes()
	p.expect(pBraceL)
	was := p.within
	p.within = within{}
	constructor := false
	for !p.isPunct(pBraceR) {
		if p.take(pSemicolon) {
			continue
		}
		if p.tok.kind == tokEOF {
			p.unclosed()
		}
		supers := p.supers
		p.infer.open()
		el := p.classElement(c.SuperClass != nil, &constructor)
		p.infer.infer()
		p.infer.close()
		if el == nil {
			continue
		}
		if f, ok := el.(*ast.FieldDefinition); ok && p.supers != supers {
			c.Body = append(c.Body, superField(f, len(c.Body)))
		}
		c.Body = append(c.Body, el)
	}
	p.within = was
	done := p.class
	p.class = done.outer
	for _, t := range done.used {
		if done.declared[t.name] == 0 {
			p.usePrivate(t)
		}
	}
	c.RightBrace = idx(p.tok.start)
	c.Source = p.src[start:p.tok.end]
	p.strict = strict
	if c.Name == nil {
		p.infer.function(start, false)
	}
	p.next()
	p.depth--
	return c
}

func (p *parser) classElement(derived bool, constructor *bool) ast.ClassElement {
	start := p.tok.start
	static := false
	var typed typedElement
	if p.types != nil {
		typed = p.beforeElement()
		static = typed.static
	}
	if static && p.isPunct(pBraceL) || !static && p.isName("static") && p.types != nil && (typed.access || typed.declare.name != "") && p.follows(func() bool { p.next(); return p.isPunct(pBraceL) }) {
		p.modifiedBlock()
	}
	if static && p.isPunct(pBraceL) {
		return p.staticBlock(start)
	}
	if !static && p.isName("static") {
		saved, last := p.lexer, p.last
		p.next()
		switch {
		case p.isPunct(pBraceL):
			return p.staticBlock(start)
		case p.keyFollows() || p.isPunct(pStar):
			static = true
			if p.types != nil {
				p.modifiers(&typed)
			}
		default:
			p.lexer, p.last = saved, last
		}
	}
	if p.types != nil && !typed.abstract && !typed.override && !typed.access && p.indexElement(start) {
		return nil
	}
	m := method{start: p.tok.start}
	first := p.tok
	var k key
	if p.take(pStar) {
		m.generator, m.kind = true, ast.PropertyKindMethod
		k = p.classKey()
	} else {
		k = p.classKey()
		if first.kind == tokName && !first.escaped {
			switch first.name {
			case "async":
				if !p.tok.newline && (p.keyFollows() || p.isPunct(pStar)) {
					m.async, m.kind = true, ast.PropertyKindMethod
					m.generator = p.take(pStar)
					k = p.classKey()
				}
			case "get", "set":
				if p.keyFollows() {
					m.kind = ast.PropertyKindGet
					if first.name == "set" {
						m.kind = ast.PropertyKindSet
					}
					k = p.classKey()
				}
			}
		}
	}
	if p.types != nil {
		p.afterKey(&typed, k, m, static)
	}
	private := k.tok.kind == tokPrivate
	if m.kind == "" && (p.isPunct(pParenL) || p.types != nil && p.isPunct(pLess)) {
		m.kind = ast.PropertyKindMethod
	}
	name := k.name()
	m.name = name
	p.infer.key(&k)
	at := k.tok
	if static && name == "prototype" && !private && !k.computed && p.types == nil {
		p.fail(at.start, at.end, "Classes may not have a static property named 'prototype'")
	}
	if m.kind == "" {
		if p.types == nil {
			return p.field(k, start, static, private, name, nil)
		}
		typed.static = static
		p.field(k, start, static, private, name, &typed)
		if typed.dropped() {
			p.erase(start, p.last)
		}
		return nil
	}
	if private {
		kind := privateOther
		switch m.kind {
		case ast.PropertyKindGet:
			kind = privateGet
		case ast.PropertyKindSet:
			kind = privateSet
		}
		if static {
			kind |= privateStatic
		}
		p.declarePrivate(at, kind, "Class constructor may not be a private method")
	} else if name == "constructor" && !static {
		switch {
		case p.types != nil:
			p.typedConstructor(m, at)
		case m.kind != ast.PropertyKindMethod:
			p.fail(at.start, at.end, "Class constructor may not be an accessor")
		case m.async && m.generator, m.async:
			p.fail(at.start, at.end, "Class constructor may not be an async method")
		case m.generator:
			p.fail(at.start, at.end, "Class constructor may not be a generator")
		case *constructor:
			p.fail(at.start, at.end, "A class may only have one constructor")
		}
		*constructor = true
		m.constructor, m.derived, m.name = true, derived, p.class.name
	}
	if p.types != nil {
		typed.static = static
		return p.typedMethod(&typed, k, m, start)
	}
	if !p.isPunct(pParenL) {
		p.unexpected()
	}
	return &ast.MethodDefinition{Idx: idx(start), Key: k.e, Kind: m.kind, Body: p.function(nil, m), Computed: k.computed, Static: static}
}

func (p *parser) classKey() key {
	if t := p.tok; t.kind == tokPrivate {
		p.next()
		return key{e: &ast.PrivateIdentifier{Identifier: ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}}, tok: t}
	}
	return p.propertyKey()
}

// field reads the rest of a field definition.
func (p *parser) field(k key, start int, static, private bool, name string, typed *typedElement) ast.ClassElement {
	at := k.tok
	if private {
		kind := privateOther
		if static {
			kind |= privateStatic
		}
		p.declarePrivate(at, kind, "Classes may not have a field named 'constructor'")
	} else if name == "constructor" && !k.computed && p.types != nil {
		if !static {
			p.fail(at.start, at.end, "Classes may not have a non-static field named 'constructor'")
		}
	} else if name == "constructor" && !k.computed {
		p.fail(at.start, at.end, "Classes may not have a field named 'constructor'")
	}
	f := &ast.FieldDefinition{Idx: idx(start), Key: k.e, Computed: k.computed, Static: static}
	if p.isPunct(pAssign) {
		p.enter(&function{newTarget: true, superProperty: true, noArguments: true, fieldInit: true})
		p.fn.returns = false
		p.next()
		p.infer.gives(k.e, p.tok.start)
		f.Initializer = p.assign(nil)
		p.leave()
	}
	if typed != nil {
		defer p.typedField(typed, k, f.Initializer != nil)
	}
	if p.types != nil && !p.ends() {
		if f.Initializer != nil || typed.annotated {
			p.report(p.tok.start, p.tokenEnd(), "Expected a semicolon")
			return f
		}
		p.failToken("Unexpected token `" + p.tokenName() + "`. Expected * for generator, private key, identifier or async")
	}
	p.semicolon()
	return f
}

// superField moves the initializer of a field, which has super, into a private method that the field then calls: the
// engine knows super in methods only.
func superField(f *ast.FieldDefinition, n int) *ast.MethodDefinition {
	at := f.Idx
	id := ast.PrivateIdentifier{Identifier: ast.Identifier{Name: unistring.String("super " + strconv.Itoa(n)), Idx: at}}
	value := f.Initializer
	if key, ok := f.Key.(*ast.StringLiteral); ok && !f.Computed {
		value = named(key, value)
	}
	m := &ast.MethodDefinition{Idx: at, Key: &id, Kind: ast.PropertyKindMethod, Static: f.Static, Body: &ast.FunctionLiteral{Function: at,
		ParameterList: &ast.ParameterList{Opening: at, Closing: at}, Source: "() { [native code] }",
		Body: &ast.BlockStatement{LeftBrace: at, RightBrace: at - 1, List: []ast.Statement{&ast.ReturnStatement{Return: at, Argument: value}}}}}
	f.Initializer = &ast.CallExpression{LeftParenthesis: at, RightParenthesis: at,
		Callee: &ast.PrivateDotExpression{Left: &ast.ThisExpression{Idx: at}, Identifier: id}}
	return m
}

// named gives a function or class without a name that of a key, where the engine does not: {key: () => …}.key has it.
func named(key *ast.StringLiteral, value ast.Expression) ast.Expression {
	if !anonymous(value) {
		return value
	}
	at := key.Idx
	return &ast.BracketExpression{LeftBracket: at, RightBracket: at, Member: key, Left: &ast.ObjectLiteral{LeftBrace: at, RightBrace: at,
		Value: []ast.Property{&ast.PropertyKeyed{Key: key, Kind: ast.PropertyKindValue, Value: value, Computed: key.Value == "__proto__"}}}}
}

// namedParameter is named for the default of a parameter.
func namedParameter(b *ast.Binding) {
	if id, ok := b.Target.(*ast.Identifier); ok && b.Initializer != nil {
		b.Initializer = named(&ast.StringLiteral{Idx: b.Initializer.Idx0(), Literal: id.Name.String(), Value: id.Name}, b.Initializer)
	}
}

// anonymous tells whether an expression is a function or class that a property would give its name.
func anonymous(e ast.Expression) bool {
	switch f := e.(type) {
	case *ast.ArrowFunctionLiteral:
		return true
	case *ast.FunctionLiteral:
		return f.Name == nil
	case *ast.ClassLiteral:
		return f.Name == nil
	}
	return false
}

func (p *parser) staticBlock(start int) ast.ClassElement {
	b := &ast.ClassStaticBlock{Static: idx(start), Block: &ast.BlockStatement{LeftBrace: idx(p.tok.start)}}
	open := p.tok.start
	p.enter(&function{newTarget: true, superProperty: true, noArguments: true, staticBlock: true})
	p.fn.returns = false
	single := p.single
	p.single = false
	p.next()
	for !p.isPunct(pBraceR) {
		if p.tok.kind == tokEOF {
			p.unclosed()
		}
		b.Block.List = p.appendItem(b.Block.List)
	}
	p.fn.body = b.Block.List
	if has := p.scope.using; has != 0 {
		b.Block.List, _ = p.disposing(open, has, b.Block.List)
	}
	b.Block.RightBrace = idx(p.tok.start)
	b.Source = p.src[open:p.tok.end]
	p.single = single
	f := p.fn
	p.leave()
	b.DeclarationList = f.decls
	p.next()
	return b
}
