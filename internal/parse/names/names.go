// Package names tells the names that a binding declares or an assignment writes to. It holds no state; any goroutine.
package names

import "github.com/dop251/goja/ast"

// Imported is the object that an imported name is read from in the program of an ES module that is not to be run. No script can name it.
const Imported = "import "

// Each calls f for each name of a target, patterns and what they hold included, in the order of the text.
func Each(target any, f func(*ast.Identifier)) {
	switch t := target.(type) {
	case *ast.Identifier:
		if t != nil {
			f(t)
		}
	case *ast.AssignExpression:
		Each(t.Left, f)
	case *ast.Binding:
		Each(t.Target, f)
	case *ast.SpreadElement:
		Each(t.Expression, f)
	case *ast.ArrayPattern:
		for _, e := range t.Elements {
			Each(e, f)
		}
		Each(t.Rest, f)
	case *ast.ObjectPattern:
		for _, p := range t.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				f(&p.Name)
			case *ast.PropertyKeyed:
				Each(p.Value, f)
			}
		}
		Each(t.Rest, f)
	}
}
