package parse

import "github.com/dop251/goja/ast"

// typeStatement reads a statement of TypeScript's, if one comes next: what only declares types is erased.
func (p *parser) typeStatement() bool {
	if p.types == nil {
		return false
	}
	start := p.tok.start
	before := p.beforeStatement()
	body := p.types.statement
	p.types.statement = false
	if p.isPunct(pAt) {
		p.decorators()
		if !p.isName("export") && !p.isName("abstract") {
			return false
		}
	}
	if p.tok.kind != tokName || p.tok.escaped {
		return false
	}
	erased, done := p.typeDeclaration(start)
	if !done {
		return false
	}
	if erased {
		p.erased(start, before, body)
	}
	return true
}

// beforeStatement tells whether something stands before the statement that comes next that a line's end would go on with.
func (p *parser) beforeStatement() bool { return p.last > 0 && p.src[p.last-1] != ';' }

// erased erases a statement. Where the lines around would become one statement, a semicolon takes its place.
func (p *parser) erased(start int, before, body bool) {
	if len(p.types.erased) == 0 || p.types.erased[len(p.types.erased)-1] != (erasure{start, p.last}) {
		p.erase(start, p.last)
	}
	goesOn := false
	if p.tok.newline {
		switch p.tok.kind {
		case tokTemplate:
			goesOn = true
		case tokPunct:
			switch p.tok.punct {
			case pParenL, pBracketL, pPlus, pMinus, pSlash, pSlashAssign:
				goesOn = true
			}
		}
	}
	if body || before && goesOn {
		p.write(start, ';')
	}
}

// nameFollows tells whether the word that comes next stands before a name on the same line.
func (p *parser) nameFollows(sameLine bool) bool {
	return p.follows(func() bool {
		p.next()
		return p.tok.kind == tokName && !(sameLine && p.tok.newline) && (!reserved(p.tok.name))
	})
}

func (p *parser) wordFollows(words ...string) bool {
	return p.follows(func() bool {
		p.next()
		for _, w := range words {
			if p.isName(w) {
				return true
			}
		}
		return false
	})
}

// typeDeclaration reads a declaration of TypeScript's, an import or an export. It tells whether it declares nothing but types.
func (p *parser) typeDeclaration(start int) (erased, done bool) {
	switch p.tok.name {
	case "type":
		if p.nameFollows(true) {
			p.typeAlias()
			return true, true
		}
	case "interface":
		if p.nameFollows(true) {
			p.interfaceDeclaration()
			return true, true
		}
	case "declare":
		if p.wordFollows("var", "let", "const", "function", "class", "abstract", "interface", "type", "enum", "namespace", "module", "global") {
			p.next()
			p.ambientDeclaration()
			return true, true
		}
	case "abstract":
		if p.follows(func() bool { p.next(); return p.isName("class") && !p.tok.newline }) {
			p.eraseWord()
			p.types.abstract = p.tok.start + 1
			p.classDeclaration()
			return false, true
		}
	case "enum":
		if p.follows(func() bool { p.next(); return p.tok.kind == tokName && !p.tok.newline }) {
			p.enumDeclaration(start)
			return false, true
		}
	case "const":
		if p.wordFollows("enum") {
			p.next()
			p.enumDeclaration(start)
			return false, true
		}
	case "namespace":
		if p.nameFollows(false) {
			return p.namespaceDeclaration(start), true
		}
	case "module":
		if p.follows(func() bool {
			p.next()
			return !p.tok.newline && (p.tok.kind == tokString || p.tok.kind == tokName && !reserved(p.tok.name))
		}) {
			return p.namespaceDeclaration(start), true
		}
	case "global":
		if p.follows(func() bool { p.next(); return p.isPunct(pBraceL) && !p.tok.newline }) {
			return p.namespaceDeclaration(start), true
		}
	case "import":
		if p.follows(func() bool { p.next(); return !p.isPunct(pParenL) && !p.isPunct(pDot) }) {
			return p.importDeclaration(start), true
		}
	case "export":
		return p.exportDeclaration(start), true
	case "function":
		p.functionDeclaration(start, false)
		return p.overload(), true
	case "async":
		if p.asyncFunctionFollows() {
			p.next()
			p.functionDeclaration(start, true)
			return p.overload(), true
		}
	}
	return false, false
}

// overload tells whether the function that was read last has no body, and reads the end of its declaration.
func (p *parser) overload() bool {
	if p.types.hasBody {
		return false
	}
	p.semicolon()
	return true
}

func (p *parser) typeAlias() {
	p.next()
	p.typeName()
	p.typeParameters(true)
	if !p.take(pAssign) {
		p.expected("'='")
	}
	p.typ()
	p.typeEnd()
}

// typeEnd ends a declaration of a type.
func (p *parser) typeEnd() {
	if p.take(pSemicolon) || p.isPunct(pBraceR) || p.tok.kind == tokEOF || p.tok.newline {
		return
	}
	p.expected("';'")
}

func (p *parser) interfaceDeclaration() {
	p.next()
	p.typeName()
	p.typeParameters(true)
	if p.isName("extends") {
		p.next()
		p.heritage()
		if !p.isPunct(pBraceL) {
			p.expected("','")
		}
	}
	if !p.isPunct(pBraceL) {
		p.expected("'{'")
	}
	p.objectType()
}

// heritage reads the types that a class implements or an interface extends.
func (p *parser) heritage() {
	for {
		p.entityName(false)
		if !p.take(pComma) {
			return
		}
	}
}

// ambientDeclaration reads what follows declare.
func (p *parser) ambientDeclaration() {
	p.types.ambient++
	defer func() { p.types.ambient-- }()
	start := p.tok.start
	switch p.tok.name {
	case "var":
		p.varStatement()
	case "class":
		p.classDeclaration()
	case "function":
		p.functionDeclaration(start, false)
		p.semicolon()
	case "let", "const":
		if p.tok.name == "const" && p.wordFollows("enum") {
			p.next()
			p.enumDeclaration(start)
			break
		}
		p.next()
		p.varBindings(true)
		p.bindingsEnd()
	default:
		if p.isName("global") && !p.follows(func() bool { p.next(); return p.isPunct(pBraceL) }) {
			p.next()
			p.expected("';'")
		}
		if _, done := p.typeDeclaration(start); !done {
			p.unexpected()
		}
	}
}

// enumComputed reads a member's name in brackets, which must be a string.
func (p *parser) enumComputed() {
	start := p.tok.start
	p.next()
	text := p.tok.kind == tokString
	p.assign(nil)
	p.expect(pBracketR)
	if !text {
		p.report(start, p.last, "Computed property names are not allowed in enums")
	}
}

func (p *parser) enumDeclaration(start int) {
	p.next()
	if p.tok.kind != tokName {
		p.failToken("Expected ident")
	}
	p.next()
	if !p.take(pBraceL) {
		p.expected("'{'")
	}
	for !p.isPunct(pBraceR) {
		switch {
		case p.isPunct(pBracketL):
			p.enumComputed()
		case p.tok.kind == tokEOF:
			p.failToken("Unexpected eof")
		case !p.keyFollows(), p.tok.kind == tokBigInt, p.tok.kind == tokPrivate:
			p.failToken("Expected ident")
		}
		if p.tok.kind == tokNumber {
			p.report(p.tok.start, p.tok.end, "An enum member cannot have a numeric name")
		}
		if last := p.last; p.src[last-1] != ']' {
			p.propertyKey()
		}
		if p.take(pAssign) {
			was := p.within
			p.within = within{noIn: true}
			p.assign(nil)
			p.within = was
		}
		if !p.isPunct(pBraceR) && !p.take(pComma) {
			p.report(p.tok.start, p.tokenEnd(), "Expected a semicolon")
		}
	}
	p.next()
	if p.types.ambient == 0 {
		p.unsupported(start, notInStripMode("enum"))
	}
}

// namespaceDeclaration reads a namespace, a module or global. It tells whether it declares nothing but types.
func (p *parser) namespaceDeclaration(start int) bool {
	word := p.tok.name
	p.next()
	types := word == "global" || p.tok.kind == tokString
	module := 0
	if word == "module" && !types {
		module = p.tok.end
	}
	if p.tok.kind == tokString {
		p.next()
	} else if word != "global" {
		p.typeName()
		for p.take(pDot) {
			p.typeName()
		}
	}
	if word == "module" && types && !p.isPunct(pBraceL) {
		p.semicolon()
		return true
	}
	if !p.take(pBraceL) {
		p.expected("'{'")
	}
	if types {
		p.types.ambient++
	}
	p.types.namespaces++
	unsupported := len(p.types.unsupported)
	onlyTypes := true
	for !p.isPunct(pBraceR) {
		if p.tok.kind == tokEOF {
			p.expected("'}'")
		}
		declares := p.isName("declare")
		from, before := p.tok.start, len(p.types.erased)
		p.appendItem(nil)
		whole := false
		for _, e := range p.types.erased[before:] {
			whole = whole || e.start == from && e.end == p.last
		}
		onlyTypes = onlyTypes && whole && !declares
	}
	p.next()
	p.types.namespaces--
	if types {
		p.types.ambient--
	}
	ambient := types || p.types.ambient > 0
	if ambient || !onlyTypes || module > 0 {
		p.types.unsupported = p.types.unsupported[:unsupported]
	}
	switch {
	case module > 0:
		p.types.unsupported = append(p.types.unsupported, &Error{Start: start, End: module, Message: "`module` keyword is not supported. Use `namespace` instead."})
	case !ambient && !onlyTypes:
		p.unsupported(start, notInStripMode("namespace declaration"))
		return false
	}
	return true
}

// moduleItem refuses an import or export that begins at start and stands within a block or a function.
func (p *parser) moduleItem(start int) {
	if p.types.ambient == 0 && p.types.namespaces == 0 && (!p.fn.top || p.scope.kind != scopeFunction) {
		p.report(start, start+len("import"), "'import', and 'export' cannot be used outside of module code")
	}
}

// importDeclaration reads an import. It tells whether it imports types only.
func (p *parser) importDeclaration(start int) bool {
	p.moduleItem(start)
	p.types.module = p.types.module || p.fn.top && p.scope.kind == scopeFunction
	p.next()
	if p.tok.kind == tokString {
		p.moduleEnd()
		return false
	}
	typeOnly := false
	if p.isName("type") {
		typeOnly = p.follows(func() bool {
			p.next()
			if p.isPunct(pBraceL) || p.isPunct(pStar) {
				return true
			}
			if p.tok.kind != tokName {
				return false
			}
			if p.isName("from") {
				p.next()
				return p.isName("from") || p.isPunct(pAssign)
			}
			return true
		})
		if typeOnly {
			p.next()
		}
	}
	if (p.isName("defer") || p.isName("source")) && p.follows(func() bool { p.next(); return p.isPunct(pStar) || p.tok.kind == tokName && !p.isName("from") }) {
		p.next()
	}
	exported := p.src[start] == 'e'
	if p.tok.kind == tokName && (reserved(p.tok.name) || strictReserved(p.tok.name)) && !exported && !typeOnly {
		p.expected("'from'")
	}
	if p.tok.kind == tokName || exported {
		p.typeName()
		if exported && !p.isPunct(pAssign) {
			p.expected("'='")
		}
		if p.take(pAssign) {
			if p.isName("require") {
				p.next()
				p.expect(pParenL)
				if p.tok.kind != tokString {
					p.failToken("Unexpected token `" + p.tokenName() + "`. Expected a string literal")
				}
				p.next()
				p.expect(pParenR)
			} else {
				p.entityName(false)
			}
			p.semicolon()
			if !typeOnly {
				p.unsupported(start, notInStripMode("import equals declaration"))
			}
			return typeOnly
		}
		if !p.isName("from") && !p.take(pComma) {
			p.expected("','")
		}
	}
	switch {
	case p.isPunct(pStar):
		p.next()
		p.word1("as")
		p.typeName()
	case p.isPunct(pBraceL):
		p.specifiers(true)
	}
	if !p.isName("from") {
		p.expected("'from'")
	}
	p.next()
	p.moduleEnd()
	return typeOnly
}

func (p *parser) word1(name string) {
	if !p.isName(name) {
		p.expected("'" + name + "'")
	}
	p.next()
}

// moduleEnd reads the name of a module, its attributes and the statement's end.
func (p *parser) moduleEnd() {
	if p.tok.kind != tokString {
		p.failToken("Unexpected token `" + p.tokenName() + "`. Expected a string literal")
	}
	p.next()
	if p.isName("with") || p.isName("assert") && !p.tok.newline {
		p.next()
		p.objectLiteral(&cover{})
	}
	p.semicolon()
}

// specifiers reads { a, type b as c }, of which those of types are erased.
func (p *parser) specifiers(imports bool) {
	p.next()
	for !p.isPunct(pBraceR) {
		start := p.tok.start
		typeOnly := p.isName("type") && p.typeSpecifier()
		if typeOnly {
			p.next()
		}
		p.specifierName()
		if p.isName("as") {
			p.next()
			p.specifierName()
		}
		if !p.isPunct(pBraceR) && !p.take(pComma) {
			p.expected("','")
		}
		if typeOnly {
			p.erase(start, p.last)
		}
	}
	p.next()
}

func (p *parser) specifierName() {
	if p.tok.kind == tokEOF {
		p.failToken("Unexpected token `<eof>`. Expected identifier or string")
	}
	if p.tok.kind != tokName && p.tok.kind != tokString {
		p.failToken("Expected ident")
	}
	p.next()
}

// typeSpecifier tells whether type, which comes next, is not a name itself.
func (p *parser) typeSpecifier() bool {
	return p.follows(func() bool {
		p.next()
		switch {
		case p.tok.kind == tokString:
			return true
		case p.tok.kind != tokName:
			return false
		case !p.isName("as"):
			return true
		}
		p.next() // type as
		if p.tok.kind != tokName {
			return true
		}
		if !p.isName("as") {
			return false // type as x
		}
		p.next() // type as as
		return p.tok.kind == tokName
	})
}

// exportDeclaration reads an export. It tells whether it exports types only.
func (p *parser) exportDeclaration(start int) bool {
	p.moduleItem(start)
	p.types.module = p.types.module || p.fn.top && p.scope.kind == scopeFunction
	p.next()
	p.decorators()
	switch {
	case p.tok.kind == tokEOF:
		p.failToken("Unexpected eof")
	case p.isPunct(pStar):
		p.exportAll()
		return false
	case p.isPunct(pBraceL):
		p.exportList()
		return false
	case p.isPunct(pAssign):
		p.next()
		p.expression()
		p.semicolon()
		p.unsupported(start, notInStripMode("export assignment"))
		return false
	case p.isName("as"):
		p.next()
		p.word1("namespace")
		p.typeName()
		p.semicolon()
		return false
	case p.isName("default"):
		return p.exportDefault()
	case p.isName("type") && p.follows(func() bool { p.next(); return p.isPunct(pStar) || p.isPunct(pBraceL) }):
		p.next()
		if p.isPunct(pStar) {
			p.exportAll()
		} else {
			p.exportList()
		}
		return true
	}
	if p.tok.kind == tokName && !p.tok.escaped {
		switch p.tok.name {
		case "let":
			if !p.letFollows() {
				p.expected("'{'")
			}
			p.appendItem(nil)
			return false
		case "var", "class":
			p.appendItem(nil)
			return false
		case "const", "function", "async", "type", "interface", "declare", "abstract", "enum", "namespace", "module", "import":
			at := p.tok.start
			if p.tok.name == "import" {
				at = start
			}
			if erased, done := p.typeDeclaration(at); done {
				return erased
			}
			if p.isName("const") {
				p.appendItem(nil)
				return false
			}
			if p.tok.name == "type" || p.tok.name == "declare" {
				p.next()
			}
		}
	}
	p.expected("'{'")
	return false
}

func (p *parser) exportAll() {
	p.next()
	if p.isName("as") {
		p.next()
		p.specifierName()
	}
	p.word1("from")
	p.moduleEnd()
}

func (p *parser) exportList() {
	p.specifiers(false)
	if p.isName("from") {
		p.next()
		p.moduleEnd()
		return
	}
	p.semicolon()
}

// exportedFunction reads a function that is a default export.
func (p *parser) exportedFunction(start int, async bool) (erased bool) {
	p.next()
	m := method{start: start, async: async, generator: p.take(pStar)}
	var name *ast.Identifier
	if !p.isPunct(pParenL) && !p.isPunct(pLess) {
		name = p.functionName()
	}
	p.function(name, m)
	return p.overload()
}

func (p *parser) exportDefault() bool {
	p.next()
	p.decorators()
	start := p.tok.start
	switch {
	case p.isName("interface") && p.nameFollows(true):
		p.interfaceDeclaration()
		return true
	case p.isName("enum"):
		if p.nameFollows(true) {
			p.enumDeclaration(start)
			return false
		}
	case p.isName("abstract") && p.follows(func() bool { p.next(); return p.isName("class") && !p.tok.newline }):
		p.eraseWord()
		p.types.abstract = p.tok.start + 1
		p.classLiteral(false)
		return false
	case p.isName("class"):
		p.classLiteral(false)
		return false
	case p.isName("function"):
		return p.exportedFunction(start, false)
	case p.isName("async") && p.asyncFunctionFollows():
		p.next()
		return p.exportedFunction(start, true)
	}
	p.withIn(func() ast.Expression { return p.assign(nil) })
	p.semicolon()
	return false
}
