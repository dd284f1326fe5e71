package parse

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Stripped is a TypeScript text as JavaScript. Whatever is there for types only is white space: all else keeps its place, counted in bytes as
// well as in UTF-16 units.
type Stripped struct {
	Text string
	// Decorators tells that the text has decorators, which stay.
	Decorators bool
	// Unsupported is the first thing that is more than types, as an enum is, and has to be translated; nil if there is none.
	Unsupported *Error
}

// types is what a parser that takes types off knows besides.
type types struct {
	erased      []erasure
	written     []overwrite
	unsupported []*Error
	decorators  bool
	ambient     int  // declare statements around
	namespaces  int  // namespaces around
	abstract    int  // where a class begins that is abstract, counted from 1
	statement   bool // the statement is the body of an if or a loop, and must stay one
	noArrow     map[int]bool
	property    int       // where a parameter begins that is a property
	properties  []erasure // such parameters so far, with their modifiers
	defaults    []erasure // parameters so far that have default values
	extends     bool      // the type is what another one must extend for a conditional type
	furthest    *Error    // of what was tried and turned out to be something else
	// reported are errors that do not keep the rest from being read. What does is said before them.
	reported []*Error
	module   bool     // the text is one of an ES module
	strictly []*Error // what is wrong if it is
	// hasBody tells whether the function that was read last has a body; without one it is an overload.
	hasBody bool
}

type erasure struct{ start, end int }

// overwrite is a character that is put in the place of what was erased.
type overwrite struct {
	at int
	by byte
}

// Strip takes the types off a TypeScript text. The error is an *Error.
func Strip(text string) (s Stripped, err error) {
	t := &types{noArrow: map[int]bool{}}
	p := &parser{src: text, opts: Options{ImportName: "import"}, topAwait: -1, types: t}
	p.lexer.p = p
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*Error)
			if !ok {
				panic(x)
			}
			if f := t.furthest; f != nil && f.Start > e.Start {
				e = f
			}
			err = e
		}
	}()
	p.fn = &function{top: true, firstAwait: -1, firstYield: -1, awaitName: -1, async: true}
	p.openScope(scopeFunction)
	p.skipHashbang()
	p.next()
	p.body(tokEOF)
	if t.module {
		t.reported = append(t.reported, t.strictly...)
		slices.SortStableFunc(t.reported, func(a, b *Error) int { return a.Start - b.Start })
	}
	if len(t.reported) > 0 {
		return Stripped{}, t.reported[0]
	}
	s = Stripped{Text: t.apply(text), Decorators: t.decorators}
	if len(t.unsupported) > 0 {
		s.Unsupported = slices.MinFunc(t.unsupported, func(a, b *Error) int { return a.Start - b.Start })
	}
	return s, nil
}

// erase makes white space of what stands from start to end.
func (p *parser) erase(start, end int) {
	if start < end {
		p.types.erased = append(p.types.erased, erasure{start, end})
	}
}

func (p *parser) write(at int, by byte) { p.types.written = append(p.types.written, overwrite{at, by}) }

// unsupported notes that what stands from start to the last token has to be translated.
func (p *parser) unsupported(start int, what string) {
	p.types.unsupported = append(p.types.unsupported, &Error{Start: start, End: p.last, Message: what})
}

func notInStripMode(what string) string {
	return "TypeScript " + what + " is not supported in strip-only mode"
}

// apply gives the text without what is erased.
func (t *types) apply(text string) string {
	if len(t.erased) == 0 {
		return text
	}
	slices.SortFunc(t.erased, func(a, b erasure) int { return a.start - b.start })
	out := []byte(text)
	done := 0
	for _, e := range t.erased {
		for at := max(e.start, done); at < e.end; {
			r, size := utf8.DecodeRuneInString(text[at:])
			switch {
			case r == '\n' || r == '\r' || r == 0x2028 || r == 0x2029:
			case size == 2:
				copy(out[at:], "\u00a0")
			case size == 3:
				copy(out[at:], "\u2002")
			case size == 4:
				copy(out[at:], " \ufeff")
			default:
				out[at] = ' '
			}
			at += size
		}
		done = max(done, e.end)
	}
	for _, w := range t.written {
		if out[w.at] == ' ' {
			out[w.at] = w.by
		}
	}
	return string(out)
}

// report notes an error after which the text can be read on.
func (p *parser) report(start, end int, message string) {
	if p.types == nil {
		p.fail(start, end, message)
	}
	start, end, message = p.unreadable(start, end, message)
	p.types.reported = append(p.types.reported, &Error{Start: start, End: end, Message: message})
}

// attempt reads what may turn out to be something else: then it gives false and nothing has been read. With remember, what was wrong with
// it is said if nothing later is wrong with what it is instead.
func (p *parser) attempt(remember bool, read func()) (ok bool) {
	t, saved, fn := p.types, *p, *p.fn
	kept := *t
	defer func() {
		x := recover()
		if x == nil {
			return
		}
		e, is := x.(*Error)
		if !is || e.TooDeep() {
			panic(x)
		}
		further := t.furthest
		if remember && (further == nil || e.Start > further.Start) {
			further = e
		}
		*p, *saved.fn = saved, fn
		*t = kept
		t.furthest = further
		ok = false
	}()
	read()
	return true
}

// checkDeclared refuses what cannot be the name of something that is declared.
func (p *parser) checkDeclared() {
	switch {
	case p.tok.kind != tokName:
		p.failToken("Unexpected token `" + p.tokenName() + "`. Expected yield, an identifier, [ or {")
	case p.isName("enum"):
		p.report(p.tok.start, p.tok.end, "`enum` cannot be used as an identifier in strict mode")
	case reserved(p.tok.name):
		p.failToken("Expected ident")
	}
}

// typedBranch reports a break or continue, the last statement read, that has nowhere to go.
func (p *parser) typedBranch(t lexeme, labelled bool) {
	message := "A 'continue' statement can only jump to a label of an enclosing iteration statement"
	switch {
	case t.name == "break" && labelled:
		message = "A 'break' statement can only jump to a label of an enclosing statement"
	case t.name == "break":
		message = "A 'break' statement can only be used within an enclosing iteration or switch statement"
	case p.fn.loops > 0:
		message = "Jump target cannot cross function boundary"
	}
	p.report(t.start, p.last, message)
}

func (p *parser) erasedSoFar() int {
	if p.types == nil {
		return 0
	}
	return len(p.types.erased)
}

// untypedInto refuses a type in the head of a for-in or for-of, where something was erased since there were so many erasures.
func (p *parser) untypedInto(erased, from int, into string) {
	if p.types != nil && len(p.types.erased) > erased && p.types.erased[erased].end == p.last {
		p.report(from, p.last, "The left-hand side of a 'for..."+into+"' statement cannot use a type annotation")
	}
}

// misplacedSeparator refuses the _ that comes next in a number, of which n digits have been read.
func (l *lexer) misplacedSeparator(start int, separator bool, n int) {
	end := l.at
	switch {
	case !separator:
		for is(l.byteAt(end), classDigit) || l.byteAt(end) == '_' {
			end++
		}
	case n == 0:
		start, end = l.at, l.at+1
	case l.p.src[l.at-1] == '_':
		end--
	}
	l.p.fail(start, end, "A numeric separator is only allowed between two digits")
}

// reservedName reports a name that strict code reserves, which a text that turns out to be an ES module is as a whole.
func (p *parser) reservedName(t *lexeme) {
	message := "`" + t.name + "` cannot be used as an identifier in strict mode"
	if p.strict {
		p.report(t.start, t.end, message)
	} else {
		p.types.strictly = append(p.types.strictly, &Error{Start: t.start, End: t.end, Message: message})
	}
}

// skimExpression reads an expression as far as it goes, whatever is wrong with it.
func (p *parser) skimExpression() {
	saved, fn := *p, *p.fn
	defer func() {
		x := recover()
		if x == nil {
			return
		}
		if e, is := x.(*Error); !is || e.TooDeep() {
			panic(x)
		}
		lexer, last, start := p.lexer, p.last, p.lastStart
		*p, *saved.fn = saved, fn
		p.lexer, p.last, p.lastStart = lexer, last, start
	}()
	p.withIn(p.expression)
}

// notThis ends an attempt.
func (p *parser) notThis() { panic(&Error{Start: -1}) }

// follows looks at the next tokens without reading them.
func (p *parser) follows(look func() bool) bool {
	saved, last, lastStart := p.lexer, p.last, p.lastStart
	ok := look()
	p.lexer, p.last, p.lastStart = saved, last, lastStart
	return ok
}

// expected reports that something else comes next than must.
func (p *parser) expected(what string) {
	p.failToken("Expected " + what + ", got '" + p.tokenName() + "'")
}

// tokenName is what the token that comes next is called.
func (p *parser) tokenName() string {
	t := &p.tok
	switch t.kind {
	case tokEOF:
		return "<eof>"
	case tokNumber:
		return "numeric literal"
	case tokBigInt:
		return "bigint literal"
	case tokString:
		return "string literal"
	case tokPrivate:
		return "#"
	case tokTemplate:
		if end := p.templateHead(); p.byteAt(end-1) == '{' {
			return "template head"
		}
		return "no substitution template literal"
	case tokName:
		switch {
		case t.escaped:
			return "ident"
		case t.name == "typeof":
			return "typeOf"
		case !reserved(t.name) && !strings.Contains(contextual, " "+t.name+" "):
			return "ident"
		}
		return t.name
	}
	if t.punct == pOptional {
		return "?"
	}
	return p.src[t.start:t.end]
}

// tokenKind is tokenName where TypeScript's parser says what kind of token it has got.
func (p *parser) tokenKind() string {
	switch name := p.tokenName(); name {
	case "ident":
		return "<identifier>"
	case "numeric literal":
		return "<number literal>"
	case "bigint literal":
		return "<bigint literal>"
	case "string literal":
		return "<string literal>"
	case "no substitution template literal", "template head":
		return "<template literal>"
	default:
		return name
	}
}

// templateHead is where the template literal that comes next ends, or its first expression begins.
func (p *parser) templateHead() int {
	for i := p.tok.start + 1; i < len(p.src); i++ {
		switch {
		case p.src[i] == '\\':
			i++
		case p.src[i] == '`':
			return i + 1
		case p.src[i] == '$' && p.byteAt(i+1) == '{':
			return i + 2
		}
	}
	return len(p.src)
}

// contextual are the words, beside the reserved ones, that TypeScript's parser tells from names.
const contextual = " abstract accessor any as asserts assert async await bigint boolean declare from get global implements infer interface intrinsic is keyof let meta " +
	"namespace never number object of out override package private protected public readonly require satisfies set static string symbol target type undefined unique unknown using yield "

// unreadable says in the words of TypeScript's parser what was found wrong in those of JavaScript's.
func (p *parser) unreadable(start, end int, message string) (int, int, string) {
	switch {
	case message == "Invalid or unexpected token" && start < len(p.src) && (p.src[start] == '"' || p.src[start] == '\''):
		return start, end, "Unterminated string constant"
	case message == "Unterminated template literal":
		return start, end, "Unterminated template"
	case message == "Unexpected end of input" && p.tok.kind == tokTemplate:
		return p.tok.start, end, "Unterminated template"
	case message == "Invalid regular expression: missing /":
		if i := strings.IndexByte(p.src[start:], '\n'); i >= 0 {
			return start, start + i, "Unterminated regexp literal"
		}
		return start, len(p.src), "Unterminated regexp literal"
	case message == "Missing initializer in const declaration":
		return start, end, "'const' declarations must be initialized"
	case message == "Missing initializer in destructuring declaration":
		return start, end, "Destructuring bindings require initializers"
	case message == "Missing catch or finally after try":
		return end, end, "Expected a semicolon"
	case message == "More than one default clause in switch statement":
		return p.tok.end, p.tok.end + 1, "A switch block cannot have multiple defaults"
	case message == "Invalid left-hand side in assignment" && (p.src[start] != '(' && !strings.Contains(p.src[start:end], "?.")):
		return start, end, "Invalid assignment target"
	case strings.HasPrefix(message, "Invalid left-hand side "):
		return start, end, "The left-hand side of an assignment expression must be a variable or a property access."
	case message == "Illegal newline after throw":
		return p.tok.start, p.tok.end, "LineBreak cannot follow 'throw'"
	case message == "Invalid or unexpected token" && start < len(p.src) && is(p.src[start], classDigit):
		if r := radixOf(p.src[start:]); r != "" {
			return start + 2, start + 3, "Expected " + r
		}
		for end = start + 1; is(p.byteAt(end), classDigit); end++ {
		}
		return end, end + 1, "Identifier cannot follow number"
	case message == "new.target expression is not allowed here":
		return strings.LastIndex(p.src[:start], "new"), end, "'new.target' is only allowed in the body of a function declaration, function expression, or class."
	case message == "Function statements require a function name":
		return p.tok.start, p.tok.end, "Expected ident"
	case strings.HasPrefix(message, "Unary operator used immediately before exponentiation"):
		p.next()
		return p.tok.start, p.tok.end, "'**' cannot be applied to unary/await expression."
	case message == "Invalid optional chain from new expression":
		return start - 1, end + 1, "Constructor in/after an optional chaining is not allowed."
	case message == "missing ) after argument list":
		return p.tok.start, p.tok.start + 1, "Expected ',', got '" + p.tokenName() + "'"
	case message == "let is disallowed as a lexically bound name":
		return start, end, "Unexpected token `let`. Expected let is reserved in const, let, class declaration"
	case message == "Unexpected token 'export'", message == "Cannot use import statement outside a module":
		return start, end, "'import', and 'export' cannot be used outside of module code"
	case strings.HasPrefix(message, "Label '"):
		return start, end, "Label " + strings.Split(message, "'")[1] + " is already declared"
	case strings.HasPrefix(message, "for-") && strings.HasSuffix(message, "may not have an initializer."):
		return start, start + len(p.identifierText(start)), "Unexpected initializer in for in/of loop"
	case message == "Rest element must be last element":
		return start, end, "Rest element must be final element"
	case message == "Invalid destructuring assignment target" && end > start && is(p.src[start], classDigit):
		return start, end, "Cannot assign to this"
	case message == "Invalid destructuring assignment target":
		return start, end, "Not a pattern"
	case message == "Invalid shorthand property initializer":
		return start, end, "assignment property is invalid syntax"
	case strings.HasPrefix(message, "Octal escape sequences are"):
		return start, end, "Legacy octal escape is not permitted in strict mode"
	case message == "Octal literals are not allowed in strict mode.", message == "Decimals with leading zeros are not allowed in strict mode.":
		return start, end, "Legacy octal literals are not available when targeting ECMAScript 5 and higher"
	case message == "await is only valid in async functions and the top level bodies of modules":
		return start, end, "await isn't allowed in non-async function"
	case strings.HasPrefix(message, "'arguments' is not allowed in class field"):
		return start, end, "'arguments' is only allowed in functions and class methods"
	case strings.HasPrefix(message, "Missing } in template"):
		return p.tok.start, p.tokenEnd(), "Unexpected token `" + p.tokenName() + "`. Expected `}`"
	case strings.HasPrefix(message, "Numeric separator"), message == "Only one underscore is allowed as numeric separator":
		return start, end, "A numeric separator is only allowed between two digits"
	case message == "Undefined Unicode code-point":
		return start, end, "Bad character escape sequence, expected 1-6 hex characters in the range 0 to 10FFFF."
	case message == "Invalid Unicode escape sequence" && strings.HasPrefix(p.src[min(start, len(p.src)):], "\\u{"):
		return start, end, "Bad character escape sequence, expected 1-6 hex characters"
	case message == "Invalid Unicode escape sequence":
		return start, end, "Bad character escape sequence, expected 4 hex characters"
	case message == "Invalid hexadecimal escape sequence":
		for end = start + 2; is(p.byteAt(end), classPart); end++ {
		}
		return start, end, "Bad character escape sequence, expected 2 hex characters"
	case message == "Invalid or unexpected token" && strings.HasPrefix(p.src[start:], "/*"):
		return len(p.src), len(p.src), "Unterminated block comment"
	case message == "Invalid or unexpected token" && strings.HasPrefix(p.src[start:], "\\"):
		return start, end, "Expected unicode escape"
	case strings.HasPrefix(message, "Unexpected token '"), strings.HasPrefix(message, "Unexpected identifier '"), strings.HasPrefix(message, "Unexpected s"),
		message == "Unexpected number", message == "Unexpected end of input", message == "Unexpected template string", message == "Unexpected reserved word":
		return start, end, "Expression expected"
	}
	return start, end, message
}

// radixOf says what digits must follow the prefix of a number that has none.
func radixOf(text string) string {
	if len(text) < 2 || text[0] != '0' {
		return ""
	}
	switch text[1] | 0x20 {
	case 'x':
		return "a hexadecimal digit"
	case 'o':
		return "an octal digit"
	case 'b':
		return "a binary digit"
	}
	return ""
}

// punctuators are those that must come next somewhere.
var punctuators = [...]string{pBraceL: "{", pBraceR: "}", pParenL: "(", pParenR: ")", pBracketL: "[", pBracketR: "]", pSemicolon: ";", pComma: ",", pColon: ":"}
