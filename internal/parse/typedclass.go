package parse

import "github.com/dop251/goja/ast"

// typedElement is what TypeScript says of a member of a class.
type typedElement struct {
	start   int  // where it begins, without decorators
	first   bool // it begins with a modifier that is erased
	dropped bool // it is declared only
}

// classTypes reads the types behind a class's name and what it extends.
func (p *parser) classTypes() {
	if p.types == nil {
		return
	}
	if p.startsWith('<') {
		start := p.tok.start
		p.typeArguments()
		p.erase(start, p.last)
	}
	if p.isName("implements") {
		start := p.tok.start
		p.next()
		p.heritage()
		p.erase(start, p.last)
	}
}

// beforeElement reads decorators and modifiers before a member of a class.
func (p *parser) beforeElement() typedElement {
	p.decorators()
	e := typedElement{start: p.tok.start}
	p.modifiers(&e)
	e.first = p.tok.start != e.start
	if p.isName("accessor") && p.memberNameFollows() && !p.isPunct(pStar) {
		p.next()
	}
	return e
}

// modifiers reads the modifiers that come next.
func (p *parser) modifiers(e *typedElement) {
	for p.tok.kind == tokName && !p.tok.escaped && modifier(p.tok.name, true) && p.follows(func() bool {
		p.next()
		return !p.tok.newline && (p.keyFollows() || p.isPunct(pStar))
	}) {
		e.dropped = e.dropped || p.isName("declare") || p.isName("abstract")
		p.erase(p.tok.start, p.tok.end)
		p.next()
	}
}

// indexElement reads [key: string]: T, if it comes next.
func (p *parser) indexElement(start int) bool {
	if !p.isPunct(pBracketL) || !p.indexFollows() {
		return false
	}
	p.indexSignature()
	p.typeAnnotation()
	p.semicolon()
	p.erase(start, p.last)
	return true
}

// afterKey reads what follows the name of a member. Where what is erased would leave the member to the one before, or a word like get to
// the one behind, a semicolon takes its place.
func (p *parser) afterKey(e *typedElement, k key, m method, static bool) {
	if e.first && !static && !e.dropped && (m.generator || k.computed || k.tok.kind == tokName && (k.tok.name == "in" || k.tok.name == "instanceof")) {
		p.write(e.start, ';')
	}
	if p.isPunct(pQuestion) || p.isPunct(pNot) && !p.tok.newline {
		p.erase(p.tok.start, p.tok.end)
		p.next()
	}
	start, _ := p.typeAnnotation()
	if start > 0 && !k.computed && k.tok.kind == tokName && !p.isPunct(pAssign) {
		switch k.tok.name {
		case "get", "set", "static":
			p.write(start, ';')
		}
	}
}

// typedMethod reads a method, which without a body is only declared.
func (p *parser) typedMethod(m method, start int) ast.ClassElement {
	if !p.isPunct(pParenL) && !p.isPunct(pLess) {
		p.expected("'('")
	}
	p.function(nil, m)
	if !p.types.hasBody {
		p.semicolon()
		p.erase(start, p.last)
	} else if m.constructor {
		if p.class.constructed {
			p.fail(start, p.last, "A class can only have one constructor")
		}
		p.class.constructed = true
	}
	return nil
}
