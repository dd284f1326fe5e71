// Package parse turns the text of a script, a function's body or an ES module into the engine's syntax tree. It knows
// ECMAScript 2025 with Annex B, finds every early error before anything runs and reports it in V8's words. It holds no
// state between calls; any goroutine.
package parse

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/unistring"
)

// Options say where a text stands.
type Options struct {
	// Strict makes the text strict code, as a direct eval in strict code is.
	Strict bool
	// Module makes it the text of an ES module: strict, with await at its top level and without HTML comments. Import and
	// export statements are not its business.
	Module bool
	// Items are where the import and export statements of ItemText stood, which are blank in the text.
	Items    []int
	ItemText string
	// Default is the name that stands for that of a default export.
	Default string
	// Return allows return outside of functions, as in the body of a CommonJS file.
	Return bool
	// Params are the names of the parameters around a function's body.
	Params []string
	// Eval makes it the text of an eval, whose functions and variables do not meet.
	Eval bool
	// Arguments is what strict code of an eval calls the arguments of the function around, if there is one.
	Arguments string
	// Blocked tells of a function in a block of an eval's text that something around is in the way of a variable of its name. It may be nil.
	Blocked func(name string) bool
	// What a direct eval may use of the function around it. Private lets private names refer to classes outside.
	NewTarget, SuperProperty, SuperCall, Private, NoArguments bool
	// ParametersEnd is where the parameters of the one function of the text end, that of a constructor of functions.
	ParametersEnd int
	// ImportName is the name that stands for import in import(); empty refuses it.
	ImportName string
	// Infer finds the names that V8 gives functions without one of their own.
	Infer bool
}

// Result is a parsed text.
type Result struct {
	Program *ast.Program
	// Disposing puts the statements of a module, which has using declarations outside of all blocks, into one that disposes of what they
	// declare; inner is the list in there. nil without such declarations, and where they are dealt with, as in a function's body.
	Disposing func(list []ast.Statement) (_ []ast.Statement, inner *[]ast.Statement)
	// Import tells that there is import().
	Import bool
	// Await is the offset of the first await at the top level, or -1.
	Await int
	// ArrowArguments tells that an arrow function reads the arguments of the function whose body the text is: see ReadArguments.
	ArrowArguments bool
	// Strict tells that the text's own directive makes it strict.
	Strict bool
	// Inferred are the names that Options.Infer asks for, by the offsets at which the functions and classes begin.
	Inferred map[int]string
}

// Error is a syntax error. Start and End are offsets in bytes.
type Error struct {
	Start, End int
	Message    string
	// Last tells that it was found when all of the text had been looked at.
	Last bool
}

func (e *Error) Error() string { return e.Message }

// maxDepth bounds nesting, so that no text can exhaust the stack of this parser or of those who walk its tree.
const maxDepth = 10_000

// within says where an expression stands.
type within struct {
	noIn       bool // in the head of a for statement, where in is no operator
	consequent bool // between ? and : of a conditional expression, where (a): b => c may be meant otherwise
}

type parser struct {
	src  string
	opts Options
	lexer
	fn     *function
	scope  *scope
	class  *class
	parens map[ast.Expression]int // parenthesised targets, and where the parenthesis is
	depth  int
	within within
	types  *types         // when types are taken off
	single bool           // the statement is the body of an if, a with or a loop
	given  ast.Expression // has been read already
	// suspensions counts the awaits and yields so far.
	suspensions     int
	supers          int // uses of super so far
	imports         bool
	topAwait        int
	strict          bool
	last, lastStart int                              // the token before
	loops           map[ast.Statement]*ast.Statement // loops within the statements that they became
	infer           *inferrer
}

// Program parses a text. name is its file's.
func Program(name, text string, o Options) (r *Result, err error) {
	p := &parser{src: text, opts: o, topAwait: -1, strict: o.Strict || o.Module}
	p.lexer.p = p
	if o.Infer {
		p.infer = newInferrer()
	}
	defer func() {
		if x := recover(); x != nil {
			e, ok := x.(*Error)
			if !ok {
				panic(x)
			}
			r, err = nil, e
		}
	}()
	p.fn = &function{top: true, firstAwait: -1, firstYield: -1, awaitName: -1, returns: o.Return, async: o.Module, newTarget: o.NewTarget || o.Return, superProperty: o.SuperProperty,
		superCall: o.SuperCall, noArguments: o.NoArguments}
	p.openScope(scopeFunction)
	p.scope.top = !o.Return && !o.Module
	p.scope.eval = o.Eval
	for _, name := range o.Params {
		p.scope.declare(unistring.NewFromString(name), bindParam)
	}
	p.skipHashbang()
	p.next()
	strict := p.strict
	body := p.body(tokEOF)
	var disposing func([]ast.Statement) ([]ast.Statement, *[]ast.Statement)
	if has := p.scope.using; has != 0 {
		disposing = func(list []ast.Statement) ([]ast.Statement, *[]ast.Statement) { return p.disposing(0, has, list) }
		if !o.Module {
			list, inner := disposing(body)
			body, p.fn.body, disposing = list, *inner, nil
		}
	}
	prg := &ast.Program{Body: body, File: file.NewFile(name, text, 1)}
	arguments := p.fn.arrowArguments && p.scope.names["arguments"] == 0
	p.closeScope()
	if o.Return {
		p.fn.variables(nil)
	}
	prg.DeclarationList = p.fn.decls
	r = &Result{Program: prg, Disposing: disposing, Import: p.imports, Await: p.topAwait, ArrowArguments: arguments, Strict: p.strict && !strict}
	if p.infer != nil {
		r.Inferred = p.infer.found
	}
	return r, nil
}

func idx(offset int) file.Idx { return file.Idx(offset + 1) }

// fail reports an error from start to end.
func (p *parser) fail(start, end int, message string) {
	if p.types != nil {
		start, end, message = p.unreadable(start, end, message)
	}
	panic(&Error{Start: start, End: end, Message: message, Last: strings.TrimSpace(p.src[min(p.at, len(p.src)):]) == ""})
}

// failToken reports one at the token that comes next.
func (p *parser) failToken(message string) {
	p.fail(p.tok.start, p.tokenEnd(), message)
}

// tokenEnd is where the token that comes next ends for who reads an error.
func (p *parser) tokenEnd() int {
	switch {
	case p.types == nil:
	case p.tok.kind == tokTemplate:
		return p.templateHead()
	case p.tok.kind == tokPrivate:
		return p.tok.start + 1
	}
	return p.tok.end
}

// unexpected reports the token that comes next as such.
func (p *parser) unexpected() { p.unexpectedToken(&p.tok) }

// unexpectedIn is unexpected where TypeScript's parser says what is expected.
func (p *parser) unexpectedIn(expected string) {
	if p.types != nil {
		p.expected(expected)
	}
	p.unexpected()
}

func (p *parser) unexpectedToken(t *lexeme) {
	if p.atItem(t) {
		p.misplacedItem()
	}
	m := ""
	switch t.kind {
	case tokEOF:
		m = "Unexpected end of input"
	case tokNumber, tokBigInt:
		m = "Unexpected number"
	case tokString:
		m = "Unexpected string"
	case tokTemplate:
		m = "Unexpected template string"
	case tokPrivate:
		m = "Unexpected identifier '" + p.src[t.start:t.end] + "'"
	case tokName:
		switch {
		case t.escaped && reserved(t.name):
			m = "Keyword must not contain escaped characters"
		case t.name == "enum" || t.name == "await":
			m = "Unexpected reserved word"
		case reserved(t.name):
			m = "Unexpected token '" + t.name + "'"
		case p.strict && (strictReserved(t.name)):
			m = "Unexpected strict mode reserved word"
		default:
			m = "Unexpected identifier '" + p.src[t.start:t.end] + "'"
		}
	default:
		m = "Unexpected token '" + p.src[t.start:t.end] + "'"
	}
	p.fail(t.start, t.end, m)
}

// unclosed reports a text that ends within braces.
func (p *parser) unclosed() {
	if p.types != nil && p.class != nil {
		p.failToken("Unexpected eof")
	}
	p.unexpectedIn("'}'")
}

// deeper guards against nesting that would exhaust the stack.
func (p *parser) deeper() {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok.start, p.tok.end, tooDeep)
	}
}

const tooDeep = "Maximum call stack size exceeded"

// TooDeep tells whether an error is that of nesting, which V8 reports as a RangeError.
func (e *Error) TooDeep() bool { return e.Message == tooDeep }
