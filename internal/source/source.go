// Package source turns the text of a script into a compiled program: it takes off the BOM, parses with the engine's own
// parser, falls back to esbuild for syntax that the engine lacks, mends what the engine would run wrongly, and reports
// syntax errors as Node prints them. It holds no JS values; a Cache may be shared by runtimes and used on any goroutine.
package source

import (
	"cmp"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"
	"github.com/go-sourcemap/sourcemap"

	"gonode/internal/coverage"
	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
	"gonode/internal/engine/utf"
	"gonode/internal/parse"
	"gonode/internal/probes"
)

// Kind says what a text is.
type Kind uint8

const (
	// Script is global code, as of vm.runInThisContext and -e. Its program's completion value is the script's.
	Script Kind = iota
	// Function is the body of a function with the parameters of Options, as of a CommonJS file. Its program's
	// completion value is that function.
	Function
	// Module is an ES module; see ModuleInfo for what its program gives.
	Module
)

// CommonJSParams are the parameters around a CommonJS file.
var CommonJSParams = []string{"exports", "require", "module", "__filename", "__dirname"}

// Options of Compile.
type Options struct {
	Kind   Kind
	Params []string // of Function
	Strict bool
	// Name of the function that the text is the body of, in stack traces. Node shows the top level of a CommonJS
	// file as "Object.<anonymous>".
	Function   string
	TypeScript bool
	// SourceURL is what stacks call a text whose types have been taken off, where it is not its name.
	SourceURL string
	// Context makes a Script find its global names in the object that ContextName refers to when it is run.
	Context bool
	// Referrer tells import() of a Script which script it is in, where the name does not.
	Referrer string
	// Coverage counts what the text runs, for Unit.Coverage.
	Coverage bool
	// Probes lets a debugger stop in what the text runs, for Unit.Probes.
	Probes bool
	// Jitless leaves out what does nothing but make the program faster.
	Jitless bool
}

// compiled is what is done with every program before it runs.
func (u *Unit) compiled(p *goja.Program, err error, o Options) (*goja.Program, error) {
	if err == nil {
		given := program.Options{Jitless: o.Jitless, Context: o.Context}
		if u.Coverage != nil {
			given.Counts = u.Coverage.Counts
		}
		if u.Probes != nil {
			given.Probes = u.Probes
		}
		passes.Apply(p, given)
	}
	return p, err
}

// Unit is a compiled text. It is immutable.
type Unit struct {
	Name    string
	Text    string // as written, without BOM and types
	Program *goja.Program
	// Import tells that the text has import(). The program of a Function then gives a function of ImportName that returns
	// the function; a Script calls the global of that name, with Options.Referrer or its Name as the third argument.
	Import bool
	// Referrer is what import() is to be told of where it is called.
	Referrer string
	Module   *ModuleInfo // of an ES module
	// Coverage is what has run of it, nil unless it was asked for; esbuild's work is not counted.
	Coverage *coverage.Script
	// Probes is where a debugger can stop, nil unless it was asked for; there is none in esbuild's work.
	Probes  *probes.Script
	Names   *Names // what a text compiled with Options.Context declares
	source  string // what stacks call it, where that is not its name
	outer   bool   // the program gives a function of ImportName
	code    string // of an ES module, as compiled
	names   *sourcemap.Consumer
	written string // the text as it was given
	options string
}

// Position maps a position in the compiled program, lines and columns counted from 1, to the one in Text.
func (u *Unit) Position(line, col int) (int, int) {
	if u.names == nil {
		return line, col
	}
	if _, _, l, c, ok := u.names.Source(line, col-1); ok {
		return l, c + 1
	}
	return line, col
}

// Outer tells whether the program of a Function gives a function of ImportName instead.
func (u *Unit) Outer() bool { return u.outer }

// Transformed says whether positions need to be mapped.
func (u *Unit) Transformed() bool { return u.names != nil }

// Line returns line n of the text, counted from 1, without its end.
func (u *Unit) Line(n int) string { return lineOf(u.Text, n) }

func lineOf(text string, n int) string {
	for ; n > 1; n-- {
		i := strings.IndexByte(text, '\n')
		if i < 0 {
			return ""
		}
		text = text[i+1:]
	}
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(text, "\r")
}

// Compile compiles a text. The error is a *SyntaxError, or ErrTooDeep.
func Compile(name, text string, o Options) (u *Unit, err error) {
	text = utf.Text(text)
	u = &Unit{Name: name, Text: text, written: text, Referrer: cmp.Or(o.Referrer, name)}
	defer func() {
		if x := recover(); x == ErrTooDeep { // from the walk over the syntax tree
			err = ErrTooDeep
		} else if x != nil {
			panic(x)
		}
	}()
	if o.TypeScript {
		s, err := parse.Strip(text)
		switch {
		case err != nil:
			return u, u.typeError(err.(*parse.Error), o)
		case s.Unsupported != nil || s.Decorators:
			if tooDeep(text, true) { // esbuild does not count
				return u, ErrTooDeep
			}
			return u, u.viaESBuild(o)
		}
		text = s.Text
		u.Text, u.source, o.TypeScript = text, o.SourceURL, false
	}
	err = u.from(text, o)
	if e, ok := err.(*parse.Error); ok && e.TooDeep() {
		return u, ErrTooDeep
	}
	if err != nil {
		name := u.Name
		if e, ok := err.(*parse.Error); ok && e.Last && u.source != "" {
			name = u.source // the comment that says so stands at the text's end
		}
		err = syntaxError(name, text, err)
	}
	return u, err
}

// from compiles code, the text or what esbuild made of it.
func (u *Unit) from(code string, o Options) error {
	if o.Kind == Module {
		return u.moduleUnit(code, o)
	}
	prg, err := u.parse(code, o)
	if err == nil {
		u.Program, err = u.compile(prg, o)
	}
	return err
}

// parse gives the program whose completion value Compile promises. A file's text is parsed as it stands and then put
// into a function on the syntax tree, so that all positions are those of the file.
func (u *Unit) parse(text string, o Options) (*ast.Program, error) {
	p := parse.Options{Strict: o.Strict, ImportName: ImportName}
	if o.Kind == Function {
		p.Return, p.Params = true, o.Params
	}
	r, err := parse.Program(cmp.Or(u.source, u.Name), text, p)
	if err != nil {
		return nil, err
	}
	prg := r.Program
	if o.Kind == Function {
		params := make([]*ast.Binding, len(o.Params))
		for i, p := range o.Params {
			params[i] = &ast.Binding{Target: &ast.Identifier{Name: unistring.NewFromString(p), Idx: 1}}
		}
		if r.ArrowArguments {
			prg.Body = parse.ReadArguments(prg.Body, 1)
		}
		fn := &ast.FunctionLiteral{
			Function:        1,
			ParameterList:   &ast.ParameterList{Opening: 1, List: params, Closing: 1},
			Body:            &ast.BlockStatement{LeftBrace: 1, List: prg.Body, RightBrace: end(text)},
			Source:          "function () { [native code] }",
			DeclarationList: prg.DeclarationList,
		}
		prg = &ast.Program{Body: []ast.Statement{&ast.ExpressionStatement{Expression: fn}}, File: prg.File}
	}
	mend(prg)
	if o.Coverage && u.names == nil {
		if o.Kind == Function {
			body := prg.Body[0].(*ast.ExpressionStatement).Expression.(*ast.FunctionLiteral).Body
			u.Coverage, body.List = coverage.Instrument(body.List, text, false)
		} else {
			u.Coverage, prg.Body = coverage.Instrument(prg.Body, text, true)
		}
	}
	if o.Probes && u.names == nil {
		if o.Kind == Function {
			body := prg.Body[0].(*ast.ExpressionStatement).Expression.(*ast.FunctionLiteral).Body
			u.Probes, body.List = probes.Instrument(body.List, text, false)
		} else {
			u.Probes, prg.Body = probes.Instrument(prg.Body, text, true)
		}
	}
	if o.Kind == Function {
		nameFunction(prg, o.Function)
	}
	if r.Import {
		u.Import = true
		if o.Kind == Script {
			tellReferrer(prg, u.Referrer)
		} else {
			u.outer = true
			outerFunction(prg)
		}
	}
	return prg, nil
}

func nameFunction(prg *ast.Program, name string) {
	if name == "" {
		return
	}
	fn := prg.Body[0].(*ast.ExpressionStatement).Expression.(*ast.FunctionLiteral)
	fn.Name = &ast.Identifier{Name: unistring.NewFromString(name), Idx: 1}
}

func (u *Unit) compile(prg *ast.Program, o Options) (*goja.Program, error) {
	if o.Context {
		u.Names = isolate(prg)
	}
	p, err := goja.CompileAST(prg, o.Strict)
	return u.compiled(p, err, o)
}

// SyntaxError is a text that cannot be compiled. Line and Column count from 1, Width is that of the carets.
type SyntaxError struct {
	Name         string
	Line, Column int
	Width        int
	Source       string // the line
	Message      string
	Code         string // of an error in TypeScript's syntax
	snippet      string // the lines around it
}

func (e *SyntaxError) Error() string { return "SyntaxError: " + e.Message }

// Arrow is what Node puts before the stack: the place, the line and the carets.
func (e *SyntaxError) Arrow() string {
	if e.snippet != "" {
		return e.Name + ":" + itoa(e.Line) + "\n" + e.snippet
	}
	return Arrow(e.Name, e.Line, e.Column, e.Width, e.Source)
}

// Arrow marks a place in a line: "file:line\nsource\n   ^^^\n". Tabs before the column stay tabs.
func Arrow(name string, line, column, width int, text string) string {
	var b strings.Builder
	b.WriteString(name)
	b.WriteByte(':')
	b.WriteString(itoa(line))
	b.WriteByte('\n')
	b.WriteString(text)
	b.WriteByte('\n')
	n := 1
	for _, r := range text {
		if n >= column {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
		n++
		if r > 0xffff {
			n++
		}
	}
	b.WriteString(strings.Repeat("^", max(width, 0)))
	b.WriteByte('\n')
	return b.String()
}

// Locate maps a position that the engine gives, in bytes of what it has compiled, to one in Text, in UTF-16 units.
func (u *Unit) Locate(line, col int) (int, int) {
	if u.names != nil {
		return u.Position(line, col) // what esbuild writes is ASCII
	}
	text := u.Line(line)
	if at := min(col-1, len(text)); at > 0 {
		col = utf16Len(text[:at]) + 1
	}
	return line, col
}

// At gives the place in Text of an offset in what has been compiled, in UTF-16 units. It is for the offsets of Module.
func (u *Unit) At(offset int) (line, column int) {
	before := u.code[:min(offset, len(u.code))]
	line = strings.Count(before, "\n") + 1
	column = offset - (strings.LastIndexByte(before, '\n') + 1) + 1
	return u.Locate(line, column)
}

// Statement is the line of an offset in what has been compiled.
func (u *Unit) Statement(offset int) string {
	line, _ := u.At(offset)
	return u.Line(line)
}
