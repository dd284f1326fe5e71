// Package source turns the text of a script into a compiled program: it takes off the BOM, parses with the engine's own
// parser, falls back to esbuild for syntax that the engine lacks, mends what the engine would run wrongly, and reports
// syntax errors as Node prints them. It holds no JS values; a Cache may be shared by runtimes and used on any goroutine.
package source

import (
	"cmp"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/unistring"
	"github.com/go-sourcemap/sourcemap"

	"gonode/internal/engine/passes"
	"gonode/internal/engine/program"
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
	// Context makes a Script find its global names in the object that ContextName refers to when it is run.
	Context bool
	// Referrer tells import() of a Script which script it is in, where the name does not.
	Referrer string
	// Jitless leaves the program as the engine compiles it.
	Jitless bool
}

// compiled is what is done with every program before it runs.
func (o Options) compiled(p *goja.Program, err error) (*goja.Program, error) {
	if err == nil && !o.Jitless {
		passes.Apply(p, program.Options{})
	}
	return p, err
}

// Unit is a compiled text. It is immutable.
type Unit struct {
	Name    string
	Text    string // as written, without BOM
	Program *goja.Program
	// Import tells that the text has import(). The program of a Function then gives a function of ImportName that returns
	// the function; a Script calls the global of that name, with Options.Referrer or its Name as the third argument.
	Import bool
	// Referrer is what import() is to be told of where it is called.
	Referrer string
	Module   *ModuleInfo // of an ES module
	Names    *Names      // what a text compiled with Options.Context declares
	outer    bool        // the program gives a function of ImportName
	code     string      // of an ES module, as compiled
	names    *sourcemap.Consumer
	options  string
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

// Clean takes off a byte order mark and makes the text valid UTF-8.
func Clean(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	return text
}

// Compile compiles a text. The error is a *SyntaxError, or ErrTooDeep.
func Compile(name, text string, o Options) (u *Unit, err error) {
	text = Clean(text)
	u = &Unit{Name: name, Text: text, Referrer: cmp.Or(o.Referrer, name)}
	if tooDeep(text, o.TypeScript) {
		return u, ErrTooDeep
	}
	defer func() {
		if x := recover(); x == ErrTooDeep { // from the walk over the syntax tree
			err = ErrTooDeep
		} else if x != nil {
			panic(x)
		}
	}()
	if o.TypeScript {
		return u, u.viaESBuild(o, nil)
	}
	err = u.from(text, o)
	if _, final := err.(*SyntaxError); err == nil || final {
		return u, err
	}
	return u, u.viaESBuild(o, err)
}

// from compiles code, the text or what esbuild made of it.
func (u *Unit) from(code string, o Options) error {
	if o.Kind == Module {
		return u.moduleUnit(code, o)
	}
	prg, err := parse(u.Name, code, o)
	if err != nil && strings.Contains(code, "import") {
		if m := scan(u.Name, code, false); m.dynamic {
			if prg, err = parse(u.Name, string(m.code), o); err != nil {
				return err
			}
			u.Import = true
			r := resolver{assigned: map[unistring.String]bool{}, original: m}
			r.statements(prg.Body)
			if o.Kind == Script {
				tellReferrer(prg, u.Referrer)
			} else {
				u.outer = true
				outerFunction(prg)
			}
		}
	}
	if err == nil {
		u.Program, err = u.compile(prg, o)
	}
	return err
}

// parse gives the program whose completion value Compile promises. A file's text is parsed as it stands and then put
// into a function on the syntax tree, so that all positions are those of the file.
func parse(name, text string, o Options) (*ast.Program, error) {
	prg, err := parseText(name, text)
	if o.Kind == Script {
		if err == nil {
			mend(prg)
		}
		return prg, err
	}
	if err != nil {
		// A return outside of a function is an error to the parser, but not in a file.
		if list, ok := err.(parser.ErrorList); ok && strings.HasPrefix(list[0].Message, "Illegal return") {
			if prg, err2 := parseWrapped(name, text, o.Params); err2 == nil {
				mend(prg)
				nameFunction(prg, o.Function)
				return prg, nil
			}
		}
		return nil, err
	}
	params := make([]*ast.Binding, len(o.Params))
	for i, p := range o.Params {
		params[i] = &ast.Binding{Target: &ast.Identifier{Name: unistring.NewFromString(p), Idx: 1}}
	}
	fn := &ast.FunctionLiteral{
		Function:        1,
		ParameterList:   &ast.ParameterList{Opening: 1, List: params, Closing: 1},
		Body:            &ast.BlockStatement{LeftBrace: 1, List: prg.Body, RightBrace: end(text)},
		Source:          "function () { [native code] }",
		DeclarationList: prg.DeclarationList,
	}
	prg = &ast.Program{Body: []ast.Statement{&ast.ExpressionStatement{Expression: fn}}, File: prg.File}
	mend(prg)
	nameFunction(prg, o.Function)
	return prg, nil
}

// parseWrapped parses a file with the parameters in front of it, which lets a return outside of functions pass, and
// moves all positions back to those of the file.
func parseWrapped(name, text string, params []string) (*ast.Program, error) {
	// The hashbang is one at the start of a text only.
	if strings.HasPrefix(text, "#!") {
		text = "//" + text[2:]
	}
	before := "(function (" + strings.Join(params, ", ") + ") {"
	prg, err := parseText(name, before+text+"\n})")
	if err != nil {
		return nil, err
	}
	if len(prg.Body) != 1 {
		return nil, errTwoFunctions // "}); (function () {"
	}
	shift(reflect.ValueOf(prg), len(before), map[any]bool{})
	prg.File = file.NewFile(name, text, 1)
	return prg, nil
}

var errTwoFunctions = errors.New("Unexpected token '}'")

// shift takes n off every position in a syntax tree, whose nodes may be reached in two ways. It serves few files, so it
// may be slow.
func shift(v reflect.Value, n int, seen map[any]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || v.Type() == reflect.TypeFor[*file.File]() || seen[v.Interface()] {
			return
		}
		seen[v.Interface()] = true
		shift(v.Elem(), n, seen)
	case reflect.Interface:
		if !v.IsNil() {
			shift(v.Elem(), n, seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			shift(v.Field(i), n, seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			shift(v.Index(i), n, seen)
		}
	default:
		if v.Type() == reflect.TypeFor[file.Idx]() {
			v.SetInt(max(v.Int()-int64(n), 1))
		}
	}
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
	return o.compiled(goja.CompileAST(prg, o.Strict))
}

// SyntaxError is a text that cannot be compiled. Line and Column count from 1, Width is that of the carets.
type SyntaxError struct {
	Name         string
	Line, Column int
	Width        int
	Source       string // the line
	Message      string
}

func (e *SyntaxError) Error() string { return "SyntaxError: " + e.Message }

// Arrow is what Node puts before the stack: the place, the line and the carets.
func (e *SyntaxError) Arrow() string {
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
