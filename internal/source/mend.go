package source

import (
	"github.com/dop251/goja/ast"
)

// mend rewrites on the syntax tree what the engine accepts and then runs wrongly.
func mend(prg *ast.Program) {
	w := walker{}
	w.statements(prg.Body)
	w.callees.mend()
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
