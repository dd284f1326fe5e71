package parse

import "github.com/dop251/goja/ast"

// typedElement is what TypeScript says of a member of a class.
type typedElement struct {
	start     int  // where it begins, without decorators
	first     bool // it begins with a modifier that is erased
	static    bool
	access    bool // public, private or protected
	declare   lexeme
	abstract  bool
	override  bool
	readonly  bool
	annotated bool   // it has a type
	modifiers lexeme // the last one
}

// dropped tells whether the member is declared only.
func (e *typedElement) dropped() bool { return e.abstract || e.declare.name != "" }

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
		if !p.isPunct(pBraceL) && !p.isName("extends") {
			p.expected("','")
		}
	}
	switch {
	case p.isName("extends") && p.class.derived:
		p.failToken("`extends` clause already seen.")
	case p.isName("extends"):
		p.failToken("'extends' clause must precede 'implements' clause.")
	case p.isPunct(pComma) && p.class.derived:
		p.next()
		p.failToken("Classes can only extend a single class")
	}
}

// beforeElement reads decorators and modifiers before a member of a class.
func (p *parser) beforeElement() typedElement {
	p.decorators()
	e := typedElement{start: p.tok.start}
	for _, access := range [...]bool{false, true, false} {
		switch {
		case !access && e.declare.name == "" && p.modifies("declare"):
			e.declare = p.tok
			p.eraseWord()
		case access && p.tok.kind == tokName && accessibility(p.tok.name) && p.modifies(p.tok.name):
			e.access = true
			p.eraseWord()
		}
	}
	if !p.isName("static") {
		p.modifiers(&e)
	}
	e.first = p.tok.start != e.start
	if p.isName("accessor") && p.memberNameFollows() && !p.isPunct(pStar) {
		p.next()
	}
	return e
}

// modifies tells whether a word comes next that is a modifier of a member, whose name or another modifier follows.
func (p *parser) modifies(word string) bool {
	return p.isName(word) && p.follows(func() bool {
		p.next()
		return !p.tok.newline && (p.keyFollows() || p.isPunct(pStar) || word == "static" && p.isPunct(pBraceL))
	})
}

func (p *parser) eraseWord() {
	p.erase(p.tok.start, p.tok.end)
	p.next()
}

// modifiers reads the modifiers that come next, which must be in TypeScript's order.
func (p *parser) modifiers(e *typedElement) {
	for {
		word := p.tok.name
		wrong := ""
		seen := func(again bool) string { return p.modifierOrder(again, word, e) }
		switch {
		case p.modifies("static"):
			if e.override {
				wrong = "'static' modifier must precede 'override' modifier."
			}
			e.static = true
		case p.modifies("override"):
			switch wrong = seen(e.override); {
			case wrong != "":
			case e.declare.name != "":
				wrong = "'override' modifier cannot be used with 'declare' modifier."
			case !p.class.derived:
				wrong = "This member cannot have an 'override' modifier because its containing class does not extend another class."
			}
			e.override = true
		case p.modifies("abstract"):
			wrong = seen(e.abstract)
			e.abstract = true
		case p.modifies("readonly"):
			if e.readonly {
				wrong = "'readonly' modifier already seen."
			}
			e.readonly = true
		default:
			return
		}
		if wrong != "" {
			p.report(p.tok.start, p.tok.end, wrong)
		}
		if e.modifiers = p.tok; word == "static" {
			p.next()
		} else {
			p.eraseWord()
		}
	}
}

// modifiedBlock refuses modifiers before a static block.
func (p *parser) modifiedBlock() {
	at := p.tok
	p.follows(func() bool {
		if p.isName("static") {
			p.next()
		}
		at = p.tok
		return false
	})
	p.report(at.start, at.end, "Modifiers cannot appear here")
}

// modifierOrder says what is wrong with override or abstract where they stand.
func (p *parser) modifierOrder(again bool, word string, e *typedElement) string {
	switch {
	case again:
		return "'" + word + "' modifier already seen."
	case e.override && word == "abstract":
		return "'abstract' modifier must precede 'override' modifier."
	case e.readonly && word == "override":
		return "'override' modifier must precede 'readonly' modifier."
	}
	return ""
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
	if e.first && !static && !e.dropped() && (m.generator || k.computed || k.tok.kind == tokName && (k.tok.name == "in" || k.tok.name == "instanceof")) {
		p.write(e.start, ';')
	}
	if p.isPunct(pQuestion) || p.isPunct(pNot) && !p.tok.newline {
		definite := p.isPunct(pNot)
		p.eraseWord()
		e.annotated = definite
		if definite && (p.isPunct(pParenL) || p.isPunct(pLess)) {
			p.failToken("Unexpected token `" + p.tokenName() + "`. Expected identifier, string literal, numeric literal or [ for the computed key")
		}
	}
	start, _ := p.typeAnnotation()
	e.annotated = e.annotated || start > 0
	if start > 0 && !k.computed && k.tok.kind == tokName && !p.isPunct(pAssign) {
		switch k.tok.name {
		case "get", "set", "static":
			p.write(start, ';')
		}
	}
}

// typedMethod reads a method, which without a body is only declared.
func (p *parser) typedMethod(e *typedElement, k key, m method, start int) ast.ClassElement {
	if !p.isPunct(pParenL) && !p.isPunct(pLess) {
		p.expected("'('")
	}
	p.judgeMethod(e, k, m)
	p.function(nil, m)
	if !p.types.hasBody {
		p.semicolon()
		p.erase(start, p.last)
		if e.abstract && !m.constructor && !p.class.abstract {
			p.report(e.start, p.last, "Abstract methods can only appear within an abstract class.")
		}
		return nil
	}
	switch {
	case e.abstract && !m.constructor:
		p.report(e.start, p.last, "Abstract method cannot have an implementation.")
	case m.constructor:
		if p.class.constructed {
			p.report(start, p.last, "A class can only have one constructor")
		}
		p.class.constructed = true
	}
	return nil
}

// typedConstructor refuses a constructor of another kind.
func (p *parser) typedConstructor(m method, name lexeme) {
	switch {
	case m.kind != ast.PropertyKindMethod:
		p.report(m.start, m.start+len("get"), "Class constructor can't be an accessor.")
	case m.async:
		p.report(name.start, name.end, "Constructor can't be an async function")
	case m.generator:
		p.report(m.start, name.end, "A constructor cannot be generator")
	}
}

// typedAccessor judges how many parameters an accessor has.
func (p *parser) typedAccessor(m method, n int, rest bool) {
	at, end := m.start, m.start+len("get")
	if m.key.end > 0 {
		at, end = m.key.start, m.key.end
	}
	switch {
	case m.kind == ast.PropertyKindGet && (n > 0 || rest):
		p.report(at, end, "A `get` accessor cannot have parameters")
	case m.kind == ast.PropertyKindSet && n != 1 && !rest:
		p.report(at, end, "A `set` accessor must have exactly one parameter")
	}
}

// judgeMethod says what is wrong with a method's modifiers.
func (p *parser) judgeMethod(e *typedElement, k key, m method) {
	constructor := m.constructor || e.static && k.name() == "constructor"
	switch {
	case e.readonly && (m.kind == ast.PropertyKindGet || m.kind == ast.PropertyKindSet):
		p.report(m.start, m.start+len("get"), "A getter or a setter cannot be readonly")
	case e.readonly:
		p.fail(e.start, p.last, "A method cannot be readonly")
	case e.declare.name != "" && m.kind == ast.PropertyKindMethod && !m.generator && !m.async:
		p.report(e.start, e.declare.end, "`declare` modifier cannot appear on class elements of this kind")
	}
	switch {
	case !constructor:
	case e.static:
		p.report(e.start, e.start+len("static"), "'static' modifier cannot appear on a constructor declaration")
	case e.abstract:
		p.report(e.start, e.start+len("abstract"), "`abstract` modifier can only appear on a class or method declaration")
	case e.override:
		p.report(e.modifiers.start, e.modifiers.end, "'override' modifier cannot appear on a constructor declaration")
	}
	if e.access && k.tok.kind == tokPrivate {
		p.report(e.start, p.last, "An accessibility modifier cannot be used with a private identifier.")
	}
}

// typedField says what is wrong with a field, which has been read.
func (p *parser) typedField(e *typedElement, k key, value bool) {
	last := p.last
	private := k.tok.kind == tokPrivate
	switch {
	case e.access && private:
		p.report(e.start, k.tok.end, "An accessibility modifier cannot be used with a private identifier.")
	case private:
	case e.abstract && !p.class.abstract:
		p.report(e.start, last, "Abstract methods can only appear within an abstract class.")
	case e.abstract && value:
		p.report(e.start, last, "Abstract property cannot have an initializer.")
	case e.declare.name != "" && value:
		p.report(e.start, last, "An implementation cannot be declared in ambient contexts")
	}
	if private && (e.abstract || e.declare.name != "") {
		word := "declare"
		if e.abstract {
			word = "abstract"
		}
		p.report(k.tok.start, k.tok.end, "'"+word+"' modifier cannot be used with a private identifier")
	}
}
