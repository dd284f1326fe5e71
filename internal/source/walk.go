package source

import "github.com/dop251/goja/ast"

// walker visits the syntax tree. A hand-written descent costs a tenth of one by reflection, and runs over every file.
type walker struct {
	call    func(*ast.CallExpression)
	callees calleeOrder
	depth   int // of the tree at the place
}

// deeper counts a level down; it panics with ErrTooDeep below maxTree.
func (w *walker) deeper() {
	if w.depth++; w.depth > maxTree {
		panic(ErrTooDeep)
	}
}

func (w *walker) parameters(params *ast.ParameterList) {
	if params == nil {
		return
	}
	w.bindings(params.List)
	if params.Rest != nil {
		w.callees.declare(params.Rest)
		w.expr(params.Rest)
	}
}

func hasUseStrict(body []ast.Statement) bool {
	for _, s := range body {
		e, ok := s.(*ast.ExpressionStatement)
		if !ok {
			return false
		}
		lit, ok := e.Expression.(*ast.StringLiteral)
		if !ok {
			return false
		}
		if l := lit.Literal; l == `"use strict"` || l == `'use strict'` {
			return true
		}
	}
	return false
}

func (w *walker) statements(list []ast.Statement) {
	for _, s := range list {
		w.stmt(s)
	}
}

func (w *walker) stmt(s ast.Statement) {
	w.deeper()
	switch s := s.(type) {
	case *ast.BlockStatement:
		w.statements(s.List)
	case *ast.ExpressionStatement:
		w.expr(s.Expression)
	case *ast.VariableStatement:
		w.bindings(s.List)
	case *ast.LexicalDeclaration:
		w.bindings(s.List)
	case *ast.ReturnStatement:
		w.expr(s.Argument)
	case *ast.IfStatement:
		w.expr(s.Test)
		w.stmt(s.Consequent)
		w.stmt(s.Alternate)
	case *ast.FunctionDeclaration:
		w.literal(s.Function)
	case *ast.ClassDeclaration:
		w.class(s.Class)
	case *ast.ForStatement:
		switch init := s.Initializer.(type) {
		case *ast.ForLoopInitializerExpression:
			w.expr(init.Expression)
		case *ast.ForLoopInitializerVarDeclList:
			w.bindings(init.List)
		case *ast.ForLoopInitializerLexicalDecl:
			w.bindings(init.LexicalDeclaration.List)
		}
		w.expr(s.Test)
		w.expr(s.Update)
		w.stmt(s.Body)
	case *ast.ForInStatement:
		w.into(s.Into)
		w.expr(s.Source)
		w.stmt(s.Body)
	case *ast.ForOfStatement:
		w.into(s.Into)
		w.expr(s.Source)
		w.stmt(s.Body)
	case *ast.WhileStatement:
		w.expr(s.Test)
		w.stmt(s.Body)
	case *ast.DoWhileStatement:
		w.stmt(s.Body)
		w.expr(s.Test)
	case *ast.TryStatement:
		if s.Body != nil {
			w.stmt(s.Body)
		}
		if s.Catch != nil {
			if p, ok := s.Catch.Parameter.(ast.Expression); ok {
				w.callees.declare(p)
				w.expr(p)
			}
			w.stmt(s.Catch.Body)
		}
		if s.Finally != nil {
			w.stmt(s.Finally)
		}
	case *ast.SwitchStatement:
		w.expr(s.Discriminant)
		for _, c := range s.Body {
			w.expr(c.Test)
			w.statements(c.Consequent)
		}
	case *ast.ThrowStatement:
		w.expr(s.Argument)
	case *ast.LabelledStatement:
		w.stmt(s.Statement)
	case *ast.WithStatement:
		w.expr(s.Object)
		w.stmt(s.Body)
	}
	w.depth--
}

func (w *walker) into(i ast.ForInto) {
	switch i := i.(type) {
	case *ast.ForIntoVar:
		w.binding(i.Binding)
	case *ast.ForDeclaration:
		if t, ok := i.Target.(ast.Expression); ok {
			w.callees.declare(t)
			w.expr(t)
		}
	case *ast.ForIntoExpression:
		w.expr(i.Expression)
	}
}

func (w *walker) bindings(list []*ast.Binding) {
	for _, b := range list {
		w.binding(b)
	}
}

func (w *walker) binding(b *ast.Binding) {
	if b == nil {
		return
	}
	if t, ok := b.Target.(ast.Expression); ok {
		w.callees.declare(t)
		w.expr(t)
	}
	w.expr(b.Initializer)
}

func (w *walker) literal(f *ast.FunctionLiteral) {
	if f != nil && f.Body != nil {
		w.callees.declare(f.Name)
		w.parameters(f.ParameterList)
		w.statements(f.Body.List)
	}
}

func (w *walker) class(c *ast.ClassLiteral) {
	w.callees.declare(c.Name)
	w.expr(c.SuperClass)
	for _, el := range c.Body {
		switch el := el.(type) {
		case *ast.FieldDefinition:
			w.expr(el.Key)
			w.expr(el.Initializer)
		case *ast.MethodDefinition:
			w.expr(el.Key)
			w.literal(el.Body)
		case *ast.ClassStaticBlock:
			if el.Block != nil {
				w.statements(el.Block.List)
			}
		}
	}
}

func (w *walker) exprs(list []ast.Expression) {
	for _, e := range list {
		w.expr(e)
	}
}

func (w *walker) expr(e ast.Expression) {
	w.deeper()
	switch e := e.(type) {
	case nil, *ast.Identifier, *ast.StringLiteral, *ast.NumberLiteral, *ast.ThisExpression, *ast.BooleanLiteral, *ast.NullLiteral:
	case *ast.CallExpression:
		if w.call != nil {
			w.call(e)
		}
		callPosition(e)
		w.callees.call(e)
		w.expr(e.Callee)
		w.exprs(e.ArgumentList)
	case *ast.DotExpression:
		w.expr(e.Left)
	case *ast.PrivateDotExpression:
		w.expr(e.Left)
	case *ast.BracketExpression:
		w.expr(e.Left)
		w.expr(e.Member)
	case *ast.AssignExpression:
		w.callees.declare(e.Left)
		w.expr(e.Left)
		w.expr(e.Right)
	case *ast.BinaryExpression:
		unfold(e)
		w.expr(e.Left)
		w.expr(e.Right)
	case *ast.UnaryExpression:
		w.expr(e.Operand)
	case *ast.ConditionalExpression:
		w.expr(e.Test)
		w.expr(e.Consequent)
		w.expr(e.Alternate)
	case *ast.SequenceExpression:
		w.exprs(e.Sequence)
	case *ast.FunctionLiteral:
		w.literal(e)
	case *ast.ArrowFunctionLiteral:
		w.parameters(e.ParameterList)
		switch b := e.Body.(type) {
		case *ast.BlockStatement:
			w.statements(b.List)
		case *ast.ExpressionBody:
			w.expr(b.Expression)
		}
	case *ast.ClassLiteral:
		w.class(e)
	case *ast.ObjectLiteral:
		for _, p := range e.Value {
			w.property(p)
		}
	case *ast.ObjectPattern:
		for _, p := range e.Properties {
			w.property(p)
		}
		w.expr(e.Rest)
	case *ast.ArrayLiteral:
		w.exprs(e.Value)
	case *ast.ArrayPattern:
		w.exprs(e.Elements)
		w.expr(e.Rest)
	case *ast.NewExpression:
		w.expr(e.Callee)
		w.exprs(e.ArgumentList)
	case *ast.SpreadElement:
		w.expr(e.Expression)
	case *ast.TemplateLiteral:
		w.expr(e.Tag)
		w.exprs(e.Expressions)
	case *ast.OptionalChain:
		w.expr(e.Expression)
	case *ast.Optional:
		w.expr(e.Expression)
	case *ast.AwaitExpression:
		w.expr(e.Argument)
	case *ast.YieldExpression:
		w.expr(e.Argument)
	case *ast.Binding:
		w.binding(e)
	}
	w.depth--
}

func (w *walker) property(p ast.Property) {
	switch p := p.(type) {
	case *ast.PropertyKeyed:
		w.expr(p.Key)
		w.expr(p.Value)
	case *ast.PropertyShort:
		w.expr(p.Initializer)
	case *ast.SpreadElement:
		w.expr(p.Expression)
	}
}
