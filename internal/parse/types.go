package parse

import (
	"strings"

	"github.com/dop251/goja/ast"
)

// annotation reads what may follow a name or a pattern that is declared: a mark, ? or !, and a type.
func (p *parser) annotation(mark punct) {
	if p.types == nil {
		return
	}
	if p.isPunct(mark) && !(mark == pNot && p.tok.newline) {
		p.erase(p.tok.start, p.tok.end)
		p.next()
	}
	p.typeAnnotation()
}

// typeAnnotation reads the colon and a type. It tells where the type ends, 0 if there is none.
func (p *parser) typeAnnotation() (start, end int) {
	if p.types == nil || !p.isPunct(pColon) {
		return 0, 0
	}
	start = p.tok.start
	p.next()
	p.typ()
	p.erase(start, p.last)
	return start, p.last
}

// typeParameters reads <T extends U = V>, if it comes next.
func (p *parser) typeParameters(alias bool) {
	if p.types == nil || !p.isPunct(pLess) {
		return
	}
	start := p.tok.start
	p.next()
	for !p.startsWith('>') {
		p.parameterModifiers(alias)
		p.typeName()
		if p.isName("extends") {
			p.next()
			p.typ()
		}
		if p.take(pAssign) {
			p.typ()
		}
		if !p.startsWith('>') && !p.take(pComma) {
			p.expected("','")
		}
	}
	p.closeAngle()
	p.erase(start, p.last)
}

// parameterModifiers reads the modifiers of a type parameter. With alias it is one of a type or an interface.
func (p *parser) parameterModifiers(alias bool) {
	for p.tok.kind == tokName {
		word := p.tok.name
		switch word {
		case "const", "in", "out", "public", "private", "protected", "readonly", "abstract", "override":
		default:
			return
		}
		if word != "const" && !p.follows(func() bool { p.next(); return p.tok.kind == tokName && !p.isName("extends") }) {
			return
		}
		switch {
		case word == "const" && alias:
			p.report(p.tok.start, p.tok.end, "'const' modifier can only appear on a type parameter of a function, method or class")
		case word == "const", word == "in", word == "out":
		default:
			p.report(p.tok.start, p.tok.end, "'"+word+"' modifier cannot appear on a type parameter")
		}
		p.next()
	}
}

func (p *parser) typeName() {
	if p.tok.kind != tokName || reserved(p.tok.name) {
		p.failToken("Expected ident")
	}
	p.next()
}

// startsWith tells whether a punctuator comes next that begins with c.
func (p *parser) startsWith(c byte) bool { return p.tok.kind == tokPunct && p.src[p.tok.start] == c }

// split makes a token of its own of the first character of the token that comes next.
func (p *parser) split() {
	start := p.tok.start
	newline := p.tok.newline
	p.at = start
	p.tok = lexeme{kind: tokPunct, start: start, end: start + 1, newline: newline, punct: pLess}
	if p.src[start] == '>' {
		p.tok.punct = pGreater
	}
	p.at++
}

// closeAngle reads the > that ends a list of types.
func (p *parser) closeAngle() {
	if !p.startsWith('>') {
		p.expected("'>'")
	}
	p.split()
	p.next()
}

// typeArguments reads <A, B>.
func (p *parser) typeArguments() {
	p.split()
	p.next()
	for !p.startsWith('>') {
		p.typ()
		if !p.startsWith('>') && !p.take(pComma) {
			p.expected("','")
		}
	}
	p.closeAngle()
}

// typ reads a type.
func (p *parser) typ() {
	p.deeper()
	consequent := p.within.consequent
	p.within.consequent = false
	extends := p.types.extends
	p.types.extends = false
	p.unionType()
	p.types.extends = extends
	if p.isName("extends") && !p.tok.newline {
		p.next()
		p.types.extends = true
		p.unionType()
		p.types.extends = extends
		if !p.take(pQuestion) {
			p.expected("'?'")
		}
		p.typ()
		if !p.take(pColon) {
			p.expected("':'")
		}
		p.typ()
	}
	p.within.consequent = consequent
	p.depth--
}

func (p *parser) unionType() {
	if p.functionType() {
		return
	}
	if !p.take(pOr) {
		p.take(pAnd)
	}
	for {
		if !p.functionType() {
			p.unaryType()
		}
		if !p.take(pOr) && !p.take(pAnd) {
			return
		}
	}
}

// functionType reads (a: A) => B, <T>() => A or new () => A, if it comes next.
func (p *parser) functionType() bool {
	switch {
	case p.isName("new"):
		p.next()
	case p.isName("abstract") && p.follows(func() bool { p.next(); return p.isName("new") }):
		p.next()
		p.next()
	case p.isPunct(pLess):
	case p.isPunct(pParenL):
		if !p.follows(p.parametersFollow) {
			return false
		}
	default:
		return false
	}
	p.signature(pArrow)
	return true
}

// parametersFollow tells whether a parenthesis begins the parameters of a function's type.
func (p *parser) parametersFollow() bool {
	p.next()
	switch {
	case p.isPunct(pParenR), p.isPunct(pEllipsis):
		return true
	case p.tok.kind == tokName && (!reserved(p.tok.name) || p.isName("this")):
		p.next()
	case p.isPunct(pBraceL), p.isPunct(pBracketL):
		for depth := 0; ; p.next() {
			switch {
			case p.isPunct(pBraceL), p.isPunct(pBracketL):
				depth++
			case p.isPunct(pBraceR), p.isPunct(pBracketR):
				depth--
			case p.tok.kind == tokEOF:
				return false
			}
			if depth == 0 {
				break
			}
		}
		p.next()
	default:
		return false
	}
	switch {
	case p.isPunct(pColon), p.isPunct(pComma), p.isPunct(pQuestion), p.isPunct(pAssign):
		return true
	}
	return p.take(pParenR) && p.isPunct(pArrow)
}

// signature reads type parameters, parameters and, after the mark, the type of what is returned.
func (p *parser) signature(mark punct) {
	p.typeParameters(false)
	if !p.isPunct(pParenL) {
		p.expected("'('")
	}
	p.next()
	for !p.isPunct(pParenR) {
		start := p.tok.start
		rest := p.take(pEllipsis)
		if p.isName("this") {
			p.next()
		} else {
			p.bindingTarget(func(*ast.Identifier) {})
		}
		p.take(pQuestion)
		p.typeAnnotation()
		if p.take(pAssign) {
			p.assign(nil)
			p.failToken("Unexpected token `" + p.tokenName() + "`. Expected an identifier, [ for an array pattern, { for an object patter or ... for a rest pattern")
		}
		if rest && p.isPunct(pComma) {
			p.report(start, p.last, "A rest parameter must be last in a parameter list")
		}
		if !p.isPunct(pParenR) && !p.take(pComma) {
			p.expected("','")
		}
	}
	p.next()
	if p.take(mark) {
		p.typ()
	} else if mark == pArrow {
		p.failToken("Expected '=>', got '" + p.tokenKind() + "'")
	}
}

func (p *parser) unaryType() {
	for p.tok.kind == tokName && !p.tok.escaped {
		switch p.tok.name {
		case "keyof", "unique", "readonly":
			p.next()
			continue
		case "infer":
			p.next()
			p.typeName()
			if extends := p.types.extends; p.isName("extends") {
				p.attempt(false, func() {
					p.next()
					p.unionType()
					if p.isPunct(pQuestion) && !extends {
						p.notThis()
					}
				})
			}
			return
		case "asserts":
			if p.follows(func() bool {
				p.next()
				return !p.tok.newline && p.tok.kind == tokName && (!reserved(p.tok.name) || p.isName("this")) && !p.isName("is")
			}) {
				p.next()
				p.next()
				if p.isName("is") && !p.tok.newline {
					p.next()
					p.typ()
				}
				return
			}
		}
		break
	}
	p.postfixType()
}

// startsType tells whether a type comes next.
func (p *parser) startsType() bool {
	switch p.tok.kind {
	case tokName, tokString, tokNumber, tokBigInt, tokTemplate:
		return true
	case tokPunct:
		switch p.tok.punct {
		case pParenL, pBraceL, pBracketL, pLess, pMinus, pOr, pAnd:
			return true
		}
	}
	return false
}

func (p *parser) postfixType() {
	p.primaryType()
	for p.isPunct(pBracketL) && !p.tok.newline {
		p.next()
		if !p.isPunct(pBracketR) {
			p.typ()
		}
		if !p.take(pBracketR) {
			p.expected("']'")
		}
	}
}

const typeWanted = "an identifier, void, yield, null, await, break, a string literal, a numeric literal, true, false, `, -, import, this, typeof, {, [, ("

func (p *parser) primaryType() {
	t := p.tok
	switch t.kind {
	case tokString, tokNumber, tokBigInt:
		p.next()
		return
	case tokTemplate:
		p.templateType()
		return
	case tokName:
		switch t.name {
		case "typeof":
			p.next()
			if p.isName("import") {
				p.importType()
				return
			}
			p.entityName(true)
			return
		case "import":
			p.importType()
			return
		case "this", "void", "null", "true", "false":
			p.next()
			p.predicate()
			return
		}
		if reserved(t.name) || t.name == "let" {
			break
		}
		switch t.name {
		case "any", "unknown", "number", "object", "bigint", "symbol", "string", "never", "undefined", "boolean":
			if p.next(); !p.isPunct(pDot) {
				p.predicate()
				return
			}
			p.next()
		}
		p.entityName(false)
		p.predicate()
		return
	case tokPunct:
		switch t.punct {
		case pMinus:
			p.next()
			if p.tok.kind != tokNumber && p.tok.kind != tokBigInt {
				p.expected("numeric literal or bigint literal")
			}
			p.next()
			return
		case pParenL:
			p.next()
			p.typ()
			if !p.take(pParenR) {
				p.expected("')'")
			}
			return
		case pBracketL:
			p.tupleType()
			return
		case pBraceL:
			p.objectType()
			return
		}
	case tokEOF:
		p.failToken("Unexpected eof")
	}
	p.failToken("Unexpected token `" + p.tokenName() + "`. Expected " + typeWanted)
}

// predicate reads what follows the name in x is T.
func (p *parser) predicate() {
	if p.isName("is") && !p.tok.newline {
		p.next()
		p.typ()
	}
}

// entityName reads a.b.c<T>.
func (p *parser) entityName(this bool) {
	if !(this && p.isName("this")) && (p.tok.kind != tokName || reserved(p.tok.name)) {
		p.failToken("Expected ident")
	}
	p.next()
	for p.isPunct(pDot) {
		p.next()
		if p.tok.kind != tokName && p.tok.kind != tokPrivate {
			p.failToken("Expected ident")
		}
		p.next()
	}
	if p.startsWith('<') && !p.isPunct(pLessEqual) && !p.tok.newline {
		start := p.tok.start
		p.typeArguments()
		if strings.TrimSpace(p.src[start+1:p.last-1]) == "" {
			p.report(start, p.last, "Type argument list cannot be empty.")
		}
	}
}

func (p *parser) importType() {
	p.next()
	if !p.take(pParenL) {
		p.expected("'('")
	}
	p.typ()
	if p.take(pComma) && !p.isPunct(pParenR) {
		p.withIn(func() ast.Expression { return p.assign(nil) })
		p.take(pComma)
	}
	if !p.take(pParenR) {
		p.expected("')'")
	}
	if p.take(pDot) {
		p.entityName(false)
	} else if p.startsWith('<') && !p.tok.newline {
		p.typeArguments()
	}
}

func (p *parser) templateType() {
	opening := p.tok.start
	for {
		for p.byteAt(p.at) != '`' && !(p.byteAt(p.at) == '$' && p.byteAt(p.at+1) == '{') {
			if p.byteAt(p.at) == '\\' {
				p.at++
			}
			if p.at++; p.at >= len(p.src) {
				p.fail(opening, len(p.src), "Unterminated template literal")
			}
		}
		if p.src[p.at] == '`' {
			p.at++
			p.tok.end = p.at
			p.next()
			return
		}
		p.at += 2
		p.next()
		p.typ()
		if !p.isPunct(pBraceR) {
			p.expected("'}'")
		}
	}
}

func (p *parser) tupleType() {
	p.next()
	for !p.isPunct(pBracketR) {
		p.take(pEllipsis)
		if p.tok.kind == tokName && p.follows(func() bool { p.next(); p.take(pQuestion); return p.isPunct(pColon) }) {
			p.next()
			p.take(pQuestion)
			p.next()
		}
		p.typ()
		p.take(pQuestion)
		if !p.isPunct(pBracketR) && !p.take(pComma) {
			p.expected("','")
		}
	}
	p.next()
}

// objectType reads { a: A; b(): B; [c: string]: C } or { [K in T]: U }.
func (p *parser) objectType() {
	p.next()
	if p.mappedFollows() {
		p.mappedType()
		return
	}
	for !p.isPunct(pBraceR) {
		p.typeMember()
		if p.tok.kind == tokEOF {
			p.failToken("Unexpected eof")
		}
		if !p.take(pSemicolon) && !p.take(pComma) && !p.isPunct(pBraceR) && !p.tok.newline {
			p.expected("';'")
		}
	}
	p.next()
}

// memberNameFollows tells whether the word that comes next stands before the name of a member.
func (p *parser) memberNameFollows() bool {
	return p.follows(func() bool { p.next(); return p.keyFollows() })
}

// accessorFollows tells whether the word that comes next stands before the name and the parenthesis of an accessor.
func (p *parser) accessorFollows() bool {
	return p.follows(func() bool {
		p.next()
		if p.isPunct(pBracketL) || !p.keyFollows() || p.tok.kind == tokPrivate {
			return p.isPunct(pBracketL)
		}
		p.next()
		return p.isPunct(pParenL)
	})
}

func (p *parser) typeMember() {
	switch {
	case p.isPunct(pParenL), p.isPunct(pLess):
		p.signature(pColon)
		return
	case p.isName("new") && p.follows(func() bool { p.next(); return p.isPunct(pParenL) || p.isPunct(pLess) }):
		p.next()
		p.signature(pColon)
		return
	}
	for p.isName("readonly") && p.memberNameFollows() || (p.isName("get") || p.isName("set")) && p.accessorFollows() {
		p.next()
	}
	p.typeKey()
	p.take(pQuestion)
	if p.isPunct(pParenL) || p.isPunct(pLess) {
		p.signature(pColon)
		return
	}
	if p.take(pColon) {
		p.typ()
	}
}

// typeKey reads the name of a member of a type, or the parameter of an index signature.
func (p *parser) typeKey() {
	switch {
	case p.tok.kind == tokPrivate:
		p.fail(p.tok.start, p.tok.end, "private names are not allowed in interface")
	case p.isPunct(pBracketL) && p.indexFollows():
		p.indexSignature()
		return
	case p.tok.kind == tokEOF:
		p.failToken("Unexpected eof")
	case !p.keyFollows():
		p.failToken("Expected ident")
	}
	p.propertyKey()
}

// indexFollows tells whether [name: comes next.
func (p *parser) indexFollows() bool {
	return p.follows(func() bool {
		p.next()
		if p.tok.kind != tokName {
			return false
		}
		p.next()
		return p.isPunct(pColon)
	})
}

// indexSignature reads [name: T] up to the bracket.
func (p *parser) indexSignature() {
	p.next()
	p.next()
	p.next()
	p.typ()
	if !p.take(pBracketR) {
		p.expected("']'")
	}
}

func (p *parser) mappedFollows() bool {
	return p.follows(func() bool {
		if p.isPunct(pPlus) || p.isPunct(pMinus) {
			return true
		}
		if p.isName("readonly") {
			p.next()
		}
		if !p.take(pBracketL) || p.tok.kind != tokName {
			return false
		}
		p.next()
		return p.isName("in")
	})
}

func (p *parser) mappedType() {
	if p.isPunct(pPlus) || p.isPunct(pMinus) {
		p.next()
	}
	if p.isName("readonly") {
		p.next()
	}
	if !p.take(pBracketL) {
		p.expected("'['")
	}
	p.typeName()
	if !p.isName("in") {
		p.expected("'in'")
	}
	p.next()
	p.typ()
	if p.isName("as") {
		p.next()
		p.typ()
	}
	if !p.take(pBracketR) {
		p.expected("']'")
	}
	if p.isPunct(pPlus) || p.isPunct(pMinus) {
		p.next()
	}
	p.take(pQuestion)
	if p.take(pColon) {
		p.typ()
	}
	if !p.take(pSemicolon) && !p.take(pComma) && !p.ends() {
		p.expected("';'")
	}
	if !p.take(pBraceR) {
		p.expected("'}'")
	}
}
