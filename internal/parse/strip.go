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
	statement   bool // the statement is the body of an if or a loop, and must stay one
	noArrow     map[int]bool
	property    int    // where a parameter begins that is a property
	extends     bool   // the type is what another one must extend for a conditional type
	furthest    *Error // of what was tried and turned out to be something else
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

// attempt reads what may turn out to be something else: then it gives false and nothing has been read.
func (p *parser) attempt(read func()) (ok bool) {
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
		if further == nil || e.Start > further.Start {
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
		return "template literal"
	case tokName:
		if !reserved(t.name) {
			return "ident"
		}
	}
	return p.src[t.start:t.end]
}

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
		return end, min(end+1, len(p.src)), "Destructuring declarations must have an initializer"
	case message == "Missing catch or finally after try":
		return end, end, "Expected a semicolon"
	case message == "More than one default clause in switch statement":
		return p.tok.end, p.tok.end + 1, "A switch block cannot have multiple defaults"
	case message == "Invalid left-hand side in assignment" && !strings.Contains(p.src[start:end], "?."):
		return start, end, "Invalid assignment target"
	case strings.HasPrefix(message, "Invalid left-hand side "):
		return start, end, "The left-hand side of an assignment expression must be a variable or a property access."
	case message == "Illegal newline after throw":
		return p.tok.start, p.tok.end, "LineBreak cannot follow 'throw'"
	case message == "Invalid or unexpected token" && start < len(p.src) && is(p.src[start], classDigit):
		for end = start + 1; is(p.byteAt(end), classDigit); end++ {
		}
		return end, end + 1, "Identifier cannot follow number"
	case message == "new.target expression is not allowed here":
		return strings.LastIndex(p.src[:start], "new"), end, "'new.target' is only allowed in the body of a function declaration, function expression, or class."
	case message == "Function statements require a function name":
		return p.tok.start, p.tok.end, "Expected ident"
	case message == "Strict mode code may not include a with statement":
		return start, end, "The 'with' statement is not supported. All symbols in a 'with' block will have type 'any'."
	case strings.HasPrefix(message, "Unary operator used immediately before exponentiation"):
		return p.tok.start, p.tok.end, "'**' cannot be applied to unary/await expression."
	case strings.HasPrefix(message, "Undefined label '") && strings.Contains(p.src[:start], "continue"):
		return strings.LastIndex(p.src[:start], "continue"), end, "A 'continue' statement can only jump to a label of an enclosing iteration statement"
	case message == "Invalid optional chain from new expression":
		return start - 1, end + 1, "Constructor in/after an optional chaining is not allowed."
	case message == "missing ) after argument list":
		return p.tok.start, p.tok.start + 1, "Expected ',', got '" + p.tokenName() + "'"
	case message == "Illegal break statement":
		return start, end, "A 'break' statement can only be used within an enclosing iteration or switch statement"
	case strings.HasPrefix(message, "Illegal continue statement: no surrounding"):
		return start, end, "A 'continue' statement can only be used within an enclosing iteration statement"
	case message == "let is disallowed as a lexically bound name":
		return start, end, "Unexpected token `let`. Expected let is reserved in const, let, class declaration"
	case message == "Unexpected token 'export'", message == "Cannot use import statement outside a module":
		return start, end, "'import', and 'export' cannot be used outside of module code"
	case strings.HasPrefix(message, "Label '"):
		return start, end, "Label " + strings.Split(message, "'")[1] + " is already declared"
	case strings.HasPrefix(message, "for-") && strings.HasSuffix(message, "may not have an initializer."):
		return start, start + len(p.identifierText(start)), "Unexpected initializer in for in/of loop"
	case strings.HasPrefix(message, "Unexpected token '"), strings.HasPrefix(message, "Unexpected identifier '"), strings.HasPrefix(message, "Unexpected s"),
		message == "Unexpected number", message == "Unexpected end of input", message == "Unexpected template string", message == "Unexpected reserved word":
		return start, end, "Expression expected"
	}
	return start, end, message
}

// punctuators are those that must come next somewhere.
var punctuators = [...]string{pBraceL: "{", pBraceR: "}", pParenL: "(", pParenR: ")", pBracketL: "[", pBracketR: "]", pSemicolon: ";", pComma: ",", pColon: ":"}
