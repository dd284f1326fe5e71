// Package probes puts the places where a debugger can stop into the syntax tree of a script, and makes all variables of it have names while
// it runs, so that a debugger can evaluate texts there. It knows no values; a Script belongs to the goroutine that runs it.
package probes

import (
	"reflect"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"gonode/internal/parse/steps"
)

// Kind says what is at a place.
type Kind uint8

// The kinds of places.
const (
	Statement Kind = iota
	// Return is where a function's body ends.
	Return
	// Debugger is a debugger statement, Throw a throw statement.
	Debugger
	Throw
)

// Place is where a script can stop. Lines and columns count from 0, columns in UTF-16 units.
type Place struct {
	Line, Column int
	Kind         Kind
}

// Script is a script with probes.
type Script struct {
	// Places are those of the probes by their numbers.
	Places []Place
	// Stops tells of each probe whether there is a breakpoint.
	Stops []bool
	// Alert is not zero while every probe is to be told of. Reached is told of a probe; nobody is while it is nil.
	Alert   *atomic.Int32
	Reached func(s *Script, n int)

	text  string
	lines []int // where they begin
}

// Probe is called where a script has come to a probe.
func (s *Script) Probe(n int) {
	if s.Reached != nil && (s.Stops[n] || s.Places[n].Kind >= Debugger || s.Alert.Load() != 0) {
		s.Reached(s, n)
	}
}

// After gives the first probe, in the order of the text, at or behind a place; -1 if there is none.
func (s *Script) After(line, column int) int {
	best := -1
	for n, p := range s.Places {
		if (p.Line > line || p.Line == line && p.Column >= column) && (best < 0 || p.Before(s.Places[best])) {
			best = n
		}
	}
	return best
}

// Before tells whether a place comes before another in the text.
func (p Place) Before(q Place) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Column < q.Column
}

// End is where the text ends.
func (s *Script) End() (line, column int) { return s.position(len(s.text)) }

func (s *Script) position(at int) (line, column int) {
	line = sort.SearchInts(s.lines, at+1) - 1
	for _, r := range s.text[s.lines[line]:min(at, len(s.text))] {
		if column++; r > 0xffff && r != utf8.RuneError {
			column++
		}
	}
	return line, column
}

type instrumenter struct {
	s      *Script
	global bool // the statements give a completion value
}

// Instrument puts probes into the body of a script with that text, which begins at the text's first byte. global is that the body's
// statements may give the script's completion value.
func Instrument(body []ast.Statement, text string, global bool) (*Script, []ast.Statement) {
	s := &Script{text: text, lines: []int{0}}
	for i := strings.IndexByte(text, '\n'); i >= 0; {
		s.lines = append(s.lines, i+1)
		next := strings.IndexByte(text[i+1:], '\n')
		if next < 0 {
			break
		}
		i += next + 1
	}
	in := &instrumenter{s, global}
	body = in.list(body)
	if !global {
		body = append(body, in.at(len(text), Return))
	}
	s.Stops = make([]bool, len(s.Places))
	return s, body
}

// probe is the expression of a new probe; its value is undefined.
func (in *instrumenter) probe(offset int, kind Kind) ast.Expression {
	n := len(in.s.Places)
	offset = max(offset, 0)
	line, column := in.s.position(offset)
	in.s.Places = append(in.s.Places, Place{line, column, kind})
	return &ast.DotExpression{Left: &ast.NumberLiteral{Idx: file.Idx(offset + 1), Literal: strconv.Itoa(n), Value: int64(n)},
		Identifier: ast.Identifier{Name: steps.Probe.Name(), Idx: file.Idx(offset + 1)}}
}

func (in *instrumenter) at(offset int, kind Kind) ast.Statement {
	return &ast.ExpressionStatement{Expression: in.probe(offset, kind)}
}

// named is a probe behind which stands a direct eval that is never made: for its sake the engine keeps the names of all variables around.
func (in *instrumenter) named(probe ast.Expression) ast.Expression {
	return &ast.BinaryExpression{Operator: token.LOGICAL_AND, Left: probe, Right: &ast.ArrowFunctionLiteral{Start: 1,
		ParameterList: &ast.ParameterList{Opening: 1, Closing: 1}, Source: "() => {}",
		Body: &ast.ExpressionBody{Expression: &ast.CallExpression{Callee: &ast.Identifier{Name: "eval", Idx: 1}, LeftParenthesis: 1, RightParenthesis: 1}}}}
}

func after(probe, e ast.Expression) ast.Expression {
	return &ast.SequenceExpression{Sequence: []ast.Expression{probe, e}}
}

// list puts probes before statements, behind directives.
func (in *instrumenter) list(body []ast.Statement) []ast.Statement {
	out := make([]ast.Statement, 0, 2*len(body)+1)
	directives, named := true, false
	for _, s := range body {
		if e, ok := s.(*ast.ExpressionStatement); ok && directives {
			if _, ok := e.Expression.(*ast.StringLiteral); ok {
				out = append(out, s)
				continue
			}
		}
		directives = false
		offset, kind := place(s)
		var probe ast.Expression
		if offset >= 0 {
			if probe = in.probe(offset, kind); !named {
				probe, named = in.named(probe), true
			}
		}
		in.stmt(s)
		if probe == nil || in.global && in.within(s, probe) {
			out = append(out, s)
			continue
		}
		out = append(out, &ast.ExpressionStatement{Expression: probe})
		if kind != Debugger {
			out = append(out, s)
		}
	}
	return out
}

// within puts a probe into a statement, so that it does not change the completion value; false if it may stand in front of it.
func (in *instrumenter) within(s ast.Statement, probe ast.Expression) bool {
	var bindings []*ast.Binding
	switch s := s.(type) {
	case *ast.ExpressionStatement:
		s.Expression = after(probe, s.Expression)
		return true
	case *ast.VariableStatement:
		bindings = s.List
	case *ast.LexicalDeclaration:
		bindings = s.List
	default:
		return false
	}
	for _, b := range bindings {
		switch b.Initializer.(type) {
		case nil, *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.ClassLiteral: // which are named by the variable
		default:
			b.Initializer = after(probe, b.Initializer)
			return true
		}
	}
	return true
}

// place is where a debugger stops at a statement, -1 where it does not.
func place(s ast.Statement) (int, Kind) {
	initializer := func(list []*ast.Binding) int {
		for _, b := range list {
			if b.Initializer != nil {
				return start(b.Initializer)
			}
		}
		return -1
	}
	switch s := s.(type) {
	case *ast.LabelledStatement:
		return place(s.Statement)
	case *ast.DebuggerStatement:
		return int(s.Debugger) - 1, Debugger
	case *ast.ThrowStatement:
		return int(s.Throw) - 1, Throw
	case *ast.VariableStatement:
		return initializer(s.List), Statement
	case *ast.LexicalDeclaration:
		return initializer(s.List), Statement
	case *ast.ForStatement:
		switch i := s.Initializer.(type) {
		case *ast.ForLoopInitializerExpression:
			return start(i.Expression), Statement
		case *ast.ForLoopInitializerVarDeclList:
			return initializer(i.List), Statement
		case *ast.ForLoopInitializerLexicalDecl:
			return initializer(i.LexicalDeclaration.List), Statement
		}
		return -1, Statement
	case *ast.ForInStatement:
		return start(s.Source), Statement
	case *ast.ForOfStatement:
		return start(s.Source), Statement
	case *ast.ExpressionStatement:
		return start(s.Expression), Statement
	case *ast.ReturnStatement, *ast.IfStatement, *ast.SwitchStatement, *ast.BranchStatement, *ast.WithStatement, *ast.ClassDeclaration:
		return int(s.Idx0()) - 1, Statement
	}
	return -1, Statement
}

// start is where an expression begins in the text, -1 of one that is a step.
func start(e ast.Expression) int {
	if s, ok := e.(*ast.SequenceExpression); ok && len(s.Sequence) == 2 && start(s.Sequence[0]) < 0 {
		e = s.Sequence[1]
	}
	if d, ok := e.(*ast.DotExpression); ok && steps.Of(d.Identifier.Name) != steps.None {
		return -1
	}
	return int(e.Idx0()) - 1
}

// body makes a list of a statement that stands alone.
func (in *instrumenter) body(s *ast.Statement) {
	switch (*s).(type) {
	case nil, *ast.FunctionDeclaration, *ast.BlockStatement, *ast.EmptyStatement:
		in.stmt(*s)
		return
	}
	*s = &ast.BlockStatement{LeftBrace: (*s).Idx0(), List: in.list([]ast.Statement{*s}), RightBrace: (*s).Idx1()}
}

func (in *instrumenter) stmt(s ast.Statement) {
	switch s := s.(type) {
	case nil:
	case *ast.BlockStatement:
		s.List = in.list(s.List)
	case *ast.IfStatement:
		in.walk(reflect.ValueOf(&s.Test).Elem())
		in.body(&s.Consequent)
		in.body(&s.Alternate)
	case *ast.ForStatement:
		in.walk(reflect.ValueOf(s.Initializer))
		in.condition(&s.Test)
		in.condition(&s.Update)
		in.body(&s.Body)
	case *ast.ForInStatement:
		in.walk(reflect.ValueOf(&s.Source).Elem())
		in.body(&s.Body)
	case *ast.ForOfStatement:
		in.walk(reflect.ValueOf(&s.Source).Elem())
		in.body(&s.Body)
	case *ast.WhileStatement:
		in.condition(&s.Test)
		in.body(&s.Body)
	case *ast.DoWhileStatement:
		in.body(&s.Body)
		in.condition(&s.Test)
	case *ast.WithStatement:
		in.walk(reflect.ValueOf(&s.Object).Elem())
		in.body(&s.Body)
	case *ast.LabelledStatement:
		in.stmt(s.Statement)
	default:
		in.walk(reflect.ValueOf(s))
	}
}

// condition puts a probe before what a loop evaluates each time.
func (in *instrumenter) condition(e *ast.Expression) {
	if *e == nil || start(*e) < 0 {
		return
	}
	probe := in.probe(start(*e), Statement)
	in.walk(reflect.ValueOf(e).Elem())
	*e = after(probe, *e)
}

var (
	statementsType = reflect.TypeFor[[]ast.Statement]()
	declarations   = reflect.TypeFor[[]*ast.VariableDeclaration]()
)

// walk goes over what is no statement, by reflection: that is used only where a debugger was asked for.
func (in *instrumenter) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			in.walk(v.Elem())
		}
	case reflect.Slice:
		switch v.Type() {
		case declarations:
		case statementsType:
			v.Set(reflect.ValueOf(in.list(v.Interface().([]ast.Statement))))
		default:
			for i := range v.Len() {
				in.walk(v.Index(i))
			}
		}
	case reflect.Struct:
		in.fields(v)
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Kind() != reflect.Struct || v.Type() == reflect.TypeFor[*file.File]() {
			return
		}
		in.node(v)
	}
}

func (in *instrumenter) fields(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			in.walk(v.Field(i))
		}
	}
}

func (in *instrumenter) node(v reflect.Value) {
	global := in.global
	switch n := v.Interface().(type) {
	case *ast.FunctionLiteral:
		in.global = false
		in.walk(reflect.ValueOf(n.ParameterList))
		in.function(n.Body)
	case *ast.ArrowFunctionLiteral:
		in.global = false
		in.walk(reflect.ValueOf(n.ParameterList))
		switch b := n.Body.(type) {
		case *ast.BlockStatement:
			in.function(b)
		case *ast.ExpressionBody:
			if at := start(b.Expression); at >= 0 {
				probe := in.named(in.probe(at, Statement))
				in.walk(reflect.ValueOf(&b.Expression).Elem())
				b.Expression = after(probe, b.Expression)
			}
		}
	case *ast.ClassStaticBlock:
		in.global = false
		n.Block.List = in.list(n.Block.List)
	default:
		in.fields(v.Elem())
	}
	in.global = global
}

func (in *instrumenter) function(b *ast.BlockStatement) {
	if b == nil {
		return
	}
	b.List = in.list(b.List)
	if b.RightBrace > 0 && int(b.RightBrace) <= len(in.s.text) {
		b.List = append(b.List, in.at(int(b.RightBrace)-1, Return))
	}
}
