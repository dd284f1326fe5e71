package source

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// mend rewrites on the syntax tree what the engine accepts and then runs wrongly.
func mend(prg *ast.Program) {
	w := walker{hoist: true, regexp: func(r *ast.RegExpLiteral) {
		if strings.Contains(r.Flags, "u") {
			r.Pattern = ExpandProperties(r.Pattern)
		}
	}}
	if prg.File != nil && strings.Contains(prg.File.Source(), "import(") {
		w.call = evalCall(prg.File.Name())
	}
	w.function(prg.Body, &prg.DeclarationList, nil)
	w.callees.mend()
}

// hoistFunctions gives functions declared in a block of sloppy code the scope that the web expects (Annex B.3.3):
// {function f(){}} f() works. The engine keeps f in its block. The declaration becomes a var of the enclosing function
// and an assignment at the start of the block.
func (s *scope) hoistFunctions(list []ast.Statement) []ast.Statement {
	var first []ast.Statement
	for _, st := range list {
		if d, ok := st.(*ast.FunctionDeclaration); ok && s.hoistable(d.Function) {
			name := d.Function.Name
			*s.decls = append(*s.decls, &ast.VariableDeclaration{Var: name.Idx, List: []*ast.Binding{
				{Target: &ast.Identifier{Name: name.Name, Idx: name.Idx}}}})
			f := *d.Function
			f.Name = nil // the assignment names it, without a binding of its own inside
			first = append(first, &ast.ExpressionStatement{Expression: &ast.AssignExpression{
				Operator: token.ASSIGN, Left: &ast.Identifier{Name: name.Name, Idx: name.Idx}, Right: &f}})
		}
	}
	if first == nil {
		return list
	}
	for _, st := range list {
		if d, ok := st.(*ast.FunctionDeclaration); ok && s.hoistable(d.Function) {
			continue
		}
		first = append(first, st)
	}
	return first
}

// hoistable is false where a var of that name would be an error or hide a parameter.
func (s *scope) hoistable(f *ast.FunctionLiteral) bool {
	if f.Async || f.Generator || f.Name == nil {
		return false
	}
	name := f.Name.Name
	if s.params != nil {
		for _, b := range s.params.List {
			if id, ok := b.Target.(*ast.Identifier); ok && id.Name == name {
				return false
			}
		}
	}
	for _, block := range s.blocks {
		for _, st := range block {
			switch st := st.(type) {
			case *ast.LexicalDeclaration:
				for _, b := range st.List {
					if binds(b.Target, name) {
						return false
					}
				}
			case *ast.ClassDeclaration:
				if st.Class.Name != nil && st.Class.Name.Name == name {
					return false
				}
			}
		}
	}
	return true
}

// binds says whether a binding target declares name. Patterns count as declaring it: better not hoisted than an error.
func binds(t ast.BindingTarget, name unistring.String) bool {
	if id, ok := t.(*ast.Identifier); ok {
		return id.Name == name
	}
	return true
}

// callPosition moves the place of a call, which the engine takes to be its parenthesis, to where V8 sees it: at the name
// called, in stack traces and in "x is not a function".
func callPosition(e *ast.CallExpression) {
	switch callee := e.Callee.(type) {
	case *ast.Identifier:
		e.LeftParenthesis = callee.Idx
	case *ast.DotExpression:
		e.LeftParenthesis = callee.Identifier.Idx
	case *ast.SuperExpression:
		e.LeftParenthesis = callee.Idx
	}
}
