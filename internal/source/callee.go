package source

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/names"
)

// calleeOrder mends calls of names that nothing declares. f(g()) with an undefined f must throw before g is called; the
// engine looks a global callee up after the arguments. (0, f)(g()) looks it up first, and is the same call otherwise.
type calleeOrder struct {
	declared map[unistring.String]bool // anywhere in the file: better one call too many left as it is
	calls    []*ast.CallExpression
}

func (c *calleeOrder) call(e *ast.CallExpression) {
	// Without arguments there is no order, and eval must stay a direct call.
	if id, ok := e.Callee.(*ast.Identifier); ok && len(e.ArgumentList) > 0 && id.Name != "eval" && !standardCallee(id.Name) {
		c.calls = append(c.calls, e)
	}
}

// declare notes the names of a binding target or of the left side of an assignment.
func (c *calleeOrder) declare(target ast.Expression) { names.Each(target, c.name) }

func (c *calleeOrder) name(id *ast.Identifier) {
	if c.declared == nil {
		c.declared = map[unistring.String]bool{}
	}
	c.declared[id.Name] = true
}

func (c *calleeOrder) mend() {
	for _, e := range c.calls {
		if id := e.Callee.(*ast.Identifier); !c.declared[id.Name] {
			e.Callee = &ast.SequenceExpression{Sequence: []ast.Expression{
				&ast.NumberLiteral{Idx: id.Idx, Literal: "0", Value: int64(0)}, id}}
		}
	}
}

// standardCallee tells the global functions that are always there, and CommonJS's own: their calls stay as fast as they are.
func standardCallee(name unistring.String) bool {
	switch name {
	case "require", "parseInt", "parseFloat", "isNaN", "isFinite", "String", "Number", "Boolean", "Symbol", "BigInt",
		"Array", "Object", "Error", "TypeError", "RangeError", "Date", "RegExp", "Function", "Buffer", "setTimeout",
		"setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask",
		"structuredClone", "fetch", "atob", "btoa", "encodeURIComponent", "decodeURIComponent", "encodeURI",
		"decodeURI", "escape", "unescape":
		return true
	}
	return false
}
