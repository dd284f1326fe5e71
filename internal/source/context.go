package source

import (
	"reflect"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/names"
)

// ContextName is the name by which code compiled with Options.Context refers to the object it finds its names in, and
// ContextThis is that object's property that stands for the top level's `this`; ContextLexical is its property with the
// object that has what let, const and class declare.
const (
	ContextName    = "context$"
	ContextThis    = "this$"
	ContextLexical = "lexical$"
)

// Names are what a text compiled with Options.Context declares at its top level, and what it assigns to anywhere.
type Names struct {
	Vars, Lexical []string
	Assigned      map[string]bool
	Strict        bool
}

// isolate makes a program find its global names in an object: its text goes into a with statement, its declarations
// become assignments. The engine has one global object only; this is how other contexts come about.
func isolate(prg *ast.Program) *Names {
	in := &isolator{names: &Names{Assigned: map[string]bool{}, Strict: hasUseStrict(prg.Body)}}
	for _, d := range prg.DeclarationList {
		for _, b := range d.List {
			in.declared(b.Target, &in.names.Vars)
		}
	}
	prg.DeclarationList = nil
	in.walk(reflect.ValueOf(prg.Body), state{vars: true, this: true})

	var functions, rest []ast.Statement
	var functionNames []string
	for _, s := range prg.Body {
		switch s := s.(type) {
		case *ast.FunctionDeclaration:
			name := s.Function.Name
			functionNames = append(functionNames, name.Name.String())
			functions = append(functions, silent(assign(&ast.Identifier{Name: name.Name, Idx: name.Idx}, s.Function)))
		case *ast.ClassDeclaration:
			name := s.Class.Name
			in.names.Lexical = append(in.names.Lexical, name.Name.String())
			rest = append(rest, silent(assign(&ast.Identifier{Name: name.Name, Idx: name.Idx}, s.Class)))
		case *ast.LexicalDeclaration:
			for _, b := range s.List {
				in.declared(b.Target, &in.names.Lexical)
			}
			rest = append(rest, silent(in.assignments(s.List, true)))
		default:
			rest = append(rest, s)
		}
	}
	in.names.Vars = append(functionNames, in.names.Vars...)
	body := append(functions, rest...)
	if in.names.Strict {
		body = strictly(body)
	}
	prg.Body = inContext(body)
	return in.names
}

// inContext has names found among the lexical declarations first.
func inContext(body []ast.Statement) []ast.Statement {
	for _, name := range [...]unistring.String{ContextLexical, ContextName} {
		body = []ast.Statement{&ast.WithStatement{With: 1, Object: &ast.Identifier{Name: name, Idx: 1},
			Body: &ast.BlockStatement{LeftBrace: 1, List: body, RightBrace: 1}}}
	}
	return body
}

// within makes the function that an ES module is find its global names in an object.
func within(prg *ast.Program) *Names {
	in := &isolator{names: &Names{Assigned: map[string]bool{}, Strict: true}}
	in.walk(reflect.ValueOf(prg.Body), state{})
	prg.Body = inContext(prg.Body)
	return in.names
}

// strictly puts strict code, which cannot stand in a with statement, into a function there.
func strictly(body []ast.Statement) []ast.Statement {
	if n := len(body) - 1; n >= 0 {
		if e, ok := body[n].(*ast.ExpressionStatement); ok {
			body[n] = &ast.ReturnStatement{Return: e.Idx0(), Argument: e.Expression}
		}
	}
	body = append([]ast.Statement{&ast.ExpressionStatement{Expression: &ast.StringLiteral{Idx: 1, Literal: "'use strict'", Value: "use strict"}}}, body...)
	fn := &ast.FunctionLiteral{Function: 1, ParameterList: &ast.ParameterList{Opening: 1, Closing: 1},
		Body: &ast.BlockStatement{LeftBrace: 1, List: body, RightBrace: 1}, Source: "function () { [native code] }"}
	return []ast.Statement{&ast.ExpressionStatement{Expression: &ast.CallExpression{Callee: fn, LeftParenthesis: 1, RightParenthesis: 1}}}
}

func assign(left, right ast.Expression) ast.Expression {
	return &ast.AssignExpression{Operator: token.ASSIGN, Left: left, Right: right}
}

// silent evaluates without adding to the completion value's meaning: declarations have none.
func silent(e ast.Expression) ast.Statement {
	if e == nil {
		return &ast.EmptyStatement{Semicolon: 1}
	}
	return &ast.ExpressionStatement{Expression: &ast.UnaryExpression{Operator: token.VOID, Idx: e.Idx0(), Operand: e}}
}

type state struct{ vars, this bool }

type isolator struct{ names *Names }

// assignments turns bindings into one expression, nil for none. A lexical one without initializer is set to undefined.
func (in *isolator) assignments(list []*ast.Binding, lexical bool) ast.Expression {
	var all []ast.Expression
	for _, b := range list {
		switch {
		case b.Initializer != nil:
			all = append(all, assign(b.Target.(ast.Expression), b.Initializer))
		case lexical:
			all = append(all, assign(b.Target.(ast.Expression), &ast.UnaryExpression{Operator: token.VOID, Idx: b.Target.Idx0(), Operand: &ast.NumberLiteral{Idx: b.Target.Idx0(), Literal: "0", Value: int64(0)}}))
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return &ast.SequenceExpression{Sequence: all}
}

// declared adds the names that a binding declares.
func (in *isolator) declared(target any, list *[]string) {
	names.Each(target, func(id *ast.Identifier) { *list = append(*list, id.Name.String()) })
}

// walk goes through the tree: vars says that a `var` here belongs to the program, this that `this` is the program's.
func (in *isolator) walk(v reflect.Value, s state) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			in.walk(v.Index(i), s)
		}
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		if to := in.replace(v.Interface(), s); to != nil {
			v.Set(reflect.ValueOf(to))
		}
		in.walk(v.Elem(), s)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		switch n := v.Interface().(type) {
		case *ast.FunctionLiteral:
			s = state{}
		case *ast.ArrowFunctionLiteral:
			s.vars = false
		case *ast.ClassLiteral:
			s = state{}
		case *ast.AssignExpression:
			in.assigned(n.Left)
		case *ast.UnaryExpression:
			in.assigned(n.Operand)
		}
		if v.Elem().Kind() == reflect.Struct {
			in.walk(v.Elem(), s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			switch f.Kind() {
			case reflect.Slice, reflect.Interface, reflect.Pointer, reflect.Struct:
				if f.CanSet() && v.Type().Field(i).Name != "DeclarationList" && v.Type().Field(i).Name != "File" {
					in.walk(f, s)
				}
			}
		}
	}
}

func (in *isolator) assigned(e ast.Expression) {
	if id, ok := e.(*ast.Identifier); ok {
		in.names.Assigned[id.Name.String()] = true
		return
	}
	var list []string
	in.declared(e, &list)
	for _, n := range list {
		in.names.Assigned[n] = true
	}
}

// replace gives what stands in place of a node, or nil.
func (in *isolator) replace(n any, s state) any {
	switch n := n.(type) {
	case *ast.ThisExpression:
		if s.this {
			return &ast.Identifier{Name: unistring.NewFromString(ContextThis), Idx: n.Idx}
		}
	case *ast.CallExpression:
		// A function found in the with statement's object must not get that as its `this`.
		if id, ok := n.Callee.(*ast.Identifier); ok && id.Name != "eval" {
			n.Callee = &ast.SequenceExpression{Sequence: []ast.Expression{&ast.NumberLiteral{Idx: id.Idx, Literal: "0", Value: int64(0)}, id}}
		}
	case *ast.VariableStatement:
		if s.vars {
			for _, b := range n.List {
				in.declared(b.Target, &in.names.Vars)
			}
			return silent(in.assignments(n.List, false))
		}
	case *ast.ForLoopInitializerVarDeclList:
		if s.vars {
			for _, b := range n.List {
				in.declared(b.Target, &in.names.Vars)
			}
			e := in.assignments(n.List, false)
			if e == nil {
				e = &ast.NullLiteral{Idx: n.Var, Literal: "null"}
			}
			return &ast.ForLoopInitializerExpression{Expression: e}
		}
	case *ast.ForIntoVar:
		if s.vars {
			in.declared(n.Binding.Target, &in.names.Vars)
			return &ast.ForIntoExpression{Expression: n.Binding.Target.(ast.Expression)}
		}
	case *ast.ForIntoExpression:
		in.assigned(n.Expression)
	}
	return nil
}
