package places

import (
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"

	"gonode/internal/parse/names"
)

const other = "(intermediate value)"

// imported tells whether an expression reads an imported name.
func imported(e ast.Expression) bool {
	dot, ok := e.(*ast.DotExpression)
	if !ok {
		return false
	}
	id, ok := dot.Left.(*ast.Identifier)
	return ok && id.Name == names.Imported
}

// Print writes an expression as V8's messages do: names, literals and calls are there, everything else is an intermediate value.
func Print(e ast.Expression) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

func write(b *strings.Builder, e ast.Expression) {
	switch e := e.(type) {
	case *ast.Identifier:
		b.WriteString(e.Name.String())
	case *ast.ThisExpression:
		b.WriteString("this")
	case *ast.NumberLiteral:
		b.WriteString(e.Literal)
	case *ast.BooleanLiteral:
		b.WriteString(e.Literal)
	case *ast.NullLiteral:
		b.WriteString("null")
	case *ast.StringLiteral:
		b.WriteString(`"` + e.Value.String() + `"`)
	case *ast.RegExpLiteral:
		b.WriteString(e.Literal)
	case *ast.TemplateLiteral:
		switch {
		case e.Tag != nil:
			b.WriteString(other)
			return
		case len(e.Elements) == 1:
			b.WriteString(`"` + e.Elements[0].Parsed.String() + `"`)
			return
		}
		for _, e := range e.Expressions {
			write(b, e)
		}
	case *ast.DotExpression:
		if imported(e) {
			b.WriteString(e.Identifier.Name.String())
			return
		}
		write(b, e.Left)
		b.WriteString(optional(e.Left) + "." + e.Identifier.Name.String())
	case *ast.PrivateDotExpression:
		write(b, e.Left)
		b.WriteString(optional(e.Left) + ".#" + e.Identifier.Name.String())
	case *ast.BracketExpression:
		write(b, e.Left)
		sign := optional(e.Left)
		if s, ok := e.Member.(*ast.StringLiteral); ok {
			b.WriteString(sign + "." + s.Value.String())
			return
		}
		if sign != "" {
			sign += "."
		}
		b.WriteString(sign + "[")
		write(b, e.Member)
		b.WriteByte(']')
	case *ast.Optional:
		write(b, e.Expression)
	case *ast.OptionalChain:
		write(b, e.Expression)
	case *ast.CallExpression:
		write(b, e.Callee)
		b.WriteString(optional(e.Callee) + "(...)")
	case *ast.SequenceExpression:
		if len(e.Sequence) == 1 {
			write(b, e.Sequence[0])
			return
		}
		if imported(e.Sequence[1]) && e.Sequence[0].Idx0() == e.Sequence[1].Idx0() {
			write(b, e.Sequence[1]) // a call of an imported name
			return
		}
		b.WriteString(other)
	case *ast.ArrayLiteral:
		b.WriteByte('[')
		for i, v := range e.Value {
			if i > 0 {
				b.WriteByte(',')
			}
			if v == nil {
				b.WriteString(other)
			} else {
				write(b, v)
			}
		}
		b.WriteByte(']')
	case *ast.ObjectLiteral:
		b.WriteByte('{')
		for range e.Value {
			b.WriteString(other)
		}
		b.WriteByte('}')
	case *ast.SpreadElement:
		b.WriteString("(...")
		write(b, e.Expression)
		b.WriteByte(')')
	case *ast.UnaryExpression:
		b.WriteByte('(')
		sign := e.Operator.String()
		if e.Operator == token.VOID || e.Operator == token.TYPEOF || e.Operator == token.DELETE {
			sign += " "
		}
		if e.Postfix {
			write(b, e.Operand)
			b.WriteString(sign + ")")
			return
		}
		b.WriteString(sign)
		write(b, e.Operand)
		b.WriteByte(')')
	case *ast.BinaryExpression:
		b.WriteByte('(')
		write(b, e.Left)
		b.WriteString(" " + e.Operator.String() + " ")
		write(b, e.Right)
		b.WriteByte(')')
	case *ast.ConditionalExpression:
		b.WriteString(other + other + other)
	case *ast.AssignExpression:
		write(b, e.Left)
	default:
		b.WriteString(other)
	}
}

func optional(e ast.Expression) string {
	if _, ok := e.(*ast.Optional); ok {
		return "?"
	}
	return ""
}
