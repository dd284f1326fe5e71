package places

import (
	"reflect"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/parse/names"
)

// V8 says of a variable that is not defined that it is where its bytecode has last had a position: each statement has one, which counts until
// something has been done, and after it some of the expressions; a variable that is called has none of its own. So what V8 does is
// gone through here, as far as it has to do with positions.

// loader goes through a program.
type loader struct {
	w   walker
	out map[int]int // by the offset of a variable
	// pos is the position that counts. It is a statement's and waits for the first thing that is done, or an expression's.
	pos                int
	statement, waiting bool
	fn                 *variables
}

// variables are those of a function.
type variables struct {
	outer    *variables
	declared map[unistring.String]bool
	captured map[unistring.String]bool // by functions within
}

// Load is where V8 says that the variable at an offset is read.
func (p *Places) Load(offset int) (int, bool) {
	if p.loads == nil {
		p.loads = map[int]int{}
		l := &loader{w: walker{p: p}, out: p.loads}
		l.function(nil, p.body)
	}
	at, ok := p.loads[offset]
	return at, ok
}

// Offset is where an instruction stands, as the engine knows it.
func Offset(prg *goja.Program, pc int) int {
	offset := 0
	for _, item := range layout.ProgramOf(prg).SrcMap {
		if int(item.PC) > pc {
			break
		}
		offset = int(item.SrcPos)
	}
	return offset
}

func (l *loader) state(at int) {
	l.pos, l.statement, l.waiting = at, true, true
}

func (l *loader) expression(at int) {
	if !(l.waiting && l.statement) {
		l.pos, l.statement, l.waiting = at, false, true
	}
}

// done is that something is done.
func (l *loader) done() { l.waiting = false }

// function goes through a function by itself.
func (l *loader) function(params *ast.ParameterList, body any) {
	outer := *l
	v := &variables{outer: l.fn, declared: map[unistring.String]bool{}, captured: map[unistring.String]bool{}}
	v.collect(reflect.ValueOf(params), false)
	v.collect(reflect.ValueOf(body), false)
	l.fn, l.pos, l.statement, l.waiting = v, 0, false, false
	if params != nil {
		for _, b := range params.List {
			l.e(b.Initializer)
		}
	}
	switch body := body.(type) {
	case []ast.Statement:
		l.statements(body)
	case *ast.BlockStatement:
		l.statements(body.List)
	case *ast.ExpressionBody:
		l.state(l.w.start(body.Expression))
		l.e(body.Expression)
	case ast.Expression:
		l.state(l.w.start(body))
		l.e(body)
	}
	*l = outer
}

// collect finds the names that a function declares, and those that functions within it use.
func (v *variables) collect(x reflect.Value, inner bool) {
	switch x.Kind() {
	case reflect.Slice:
		for i := range x.Len() {
			v.collect(x.Index(i), inner)
		}
	case reflect.Interface:
		v.collect(x.Elem(), inner)
	case reflect.Pointer:
		if x.IsNil() {
			return
		}
		add := func(target ast.BindingTarget) {
			if !inner && target != nil {
				names.Each(target, func(id *ast.Identifier) { v.declared[id.Name] = true })
			}
		}
		switch n := x.Interface().(type) {
		case *ast.Identifier:
			if inner {
				v.captured[n.Name] = true
			}
			return
		case *ast.PropertyShort:
			if inner {
				v.captured[n.Name.Name] = true
			}
		case *ast.Binding:
			add(n.Target)
		case *ast.ForDeclaration:
			add(n.Target)
		case *ast.CatchStatement:
			add(n.Parameter)
		case *ast.FunctionDeclaration:
			add(n.Function.Name)
		case *ast.ClassDeclaration:
			add(n.Class.Name)
		case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.FieldDefinition, *ast.ClassStaticBlock:
			inner = true
		}
		v.collect(x.Elem(), inner)
	case reflect.Struct:
		for i := range x.NumField() {
			if f := x.Field(i); x.Type().Field(i).Name != "DeclarationList" {
				v.collect(f, inner)
			}
		}
	}
}

// variable tells, as register, whether it is the function's alone, so that nothing is done to read it, and as global that no function declares it.
func (l *loader) variable(name unistring.String) (register, global bool) {
	if l.fn.declared[name] {
		return !l.fn.captured[name], false
	}
	for v := l.fn.outer; v != nil; v = v.outer {
		if v.declared[name] {
			return false, false
		}
	}
	switch name {
	case "exports", "require", "module", "__filename", "__dirname":
		return false, false
	}
	return false, true
}

func (l *loader) identifier(id *ast.Identifier, called bool) {
	register, global := l.variable(id.Name)
	if !called || !global {
		l.expression(int(id.Idx))
	}
	l.out[int(id.Idx)-1] = max(l.pos, 1) - 1
	if !register {
		l.done()
	}
}

func (l *loader) statements(list []ast.Statement) {
	for _, s := range list {
		l.s(s)
	}
}

func (l *loader) bindings(list []*ast.Binding) {
	for _, b := range list {
		if b.Initializer != nil {
			l.state(l.beginning(b.Initializer))
			l.e(b.Initializer)
			l.done()
		}
	}
}

// beginning is where the text of an expression begins, with the parentheses around it.
func (l *loader) beginning(e ast.Expression) int {
	if tagged, ok := e.(*ast.TemplateLiteral); ok && tagged.Tag != nil {
		e = tagged.Tag
	}
	at := int(e.Idx0())
	for before := at - 2; before >= 0; before-- {
		switch l.w.p.text[before] {
		case '(':
			at = before + 1
		case ' ', '\t', '\n', '\r':
		default:
			return at
		}
	}
	return at
}

func (l *loader) s(s ast.Statement) {
	switch s := s.(type) {
	case nil:
	case *ast.ExpressionStatement:
		l.state(l.beginning(s.Expression))
		l.e(s.Expression)
	case *ast.VariableStatement:
		l.bindings(s.List)
	case *ast.LexicalDeclaration:
		l.bindings(s.List)
	case *ast.ReturnStatement:
		l.state(int(s.Return))
		l.e(s.Argument)
	case *ast.ThrowStatement:
		l.state(int(s.Throw))
		l.e(s.Argument)
	case *ast.IfStatement:
		l.state(int(s.If))
		l.e(s.Test)
		l.done()
		l.s(s.Consequent)
		l.s(s.Alternate)
	case *ast.WhileStatement:
		l.state(l.w.start(s.Test))
		l.e(s.Test)
		l.done()
		l.s(s.Body)
	case *ast.DoWhileStatement:
		l.s(s.Body)
		l.state(l.w.start(s.Test))
		l.e(s.Test)
	case *ast.ForStatement:
		switch i := s.Initializer.(type) {
		case *ast.ForLoopInitializerExpression:
			l.state(int(i.Expression.Idx0()))
			l.e(i.Expression)
		case *ast.ForLoopInitializerVarDeclList:
			l.bindings(i.List)
		case *ast.ForLoopInitializerLexicalDecl:
			l.bindings(i.LexicalDeclaration.List)
		}
		for _, e := range []ast.Expression{s.Test, s.Update} {
			if e != nil {
				l.state(l.w.start(e))
				l.e(e)
			}
			if e == s.Test {
				l.s(s.Body)
			}
		}
	case *ast.ForOfStatement:
		l.state(l.w.start(s.Source))
		l.e(s.Source)
		l.done()
		l.s(s.Body)
	case *ast.ForInStatement:
		l.state(l.w.start(s.Source))
		l.e(s.Source)
		l.done()
		l.s(s.Body)
	case *ast.SwitchStatement:
		l.state(int(s.Switch))
		l.e(s.Discriminant)
		for _, c := range s.Body {
			l.e(c.Test)
			l.done()
		}
		for _, c := range s.Body {
			l.statements(c.Consequent)
		}
	case *ast.BlockStatement:
		l.statements(s.List)
	case *ast.TryStatement:
		l.s(s.Body)
		if s.Catch != nil {
			l.s(s.Catch.Body)
		}
		if s.Finally != nil {
			l.s(s.Finally)
		}
	case *ast.LabelledStatement:
		l.s(s.Statement)
	case *ast.WithStatement:
		l.state(int(s.With))
		l.e(s.Object)
		l.s(s.Body)
	case *ast.FunctionDeclaration:
		l.e(s.Function)
	case *ast.ClassDeclaration:
		l.e(s.Class)
	}
}

func (l *loader) list(list []ast.Expression) {
	for _, e := range list {
		if spread, ok := e.(*ast.SpreadElement); ok {
			e = spread.Expression
		}
		l.e(e)
	}
}

// e goes through an expression.
func (l *loader) e(e ast.Expression) {
	switch n := e.(type) {
	case nil:
	case *ast.Identifier:
		l.identifier(n, false)
	case *ast.ThisExpression, *ast.SuperExpression:
	case *ast.TemplateLiteral:
		if n.Tag != nil {
			l.callee(n.Tag)
			l.list(n.Expressions)
			l.expression(l.w.start(n.Tag))
			l.done()
			return
		}
		for i, x := range n.Expressions {
			if i > 0 || n.Elements[0].Literal != "" {
				l.done()
			}
			l.e(x)
		}
		l.done()
	case *ast.ArrayLiteral:
		l.done()
		for _, x := range n.Value {
			if spread, ok := x.(*ast.SpreadElement); ok {
				l.state(l.w.start(spread.Expression))
			}
			l.list([]ast.Expression{x})
			l.done()
		}
	case *ast.ObjectLiteral:
		l.done()
		for _, p := range n.Value {
			switch p := p.(type) {
			case *ast.PropertyShort:
				l.identifier(&p.Name, false)
			case *ast.PropertyKeyed:
				if p.Computed {
					l.e(p.Key)
					l.done()
				}
				if !isFunction(p.Value) {
					l.expression(l.w.start(p.Value))
				}
				l.e(p.Value)
			case *ast.SpreadElement:
				l.expression(l.w.start(p.Expression))
				l.e(p.Expression)
			}
			l.done()
		}
	case *ast.FunctionLiteral:
		l.function(n.ParameterList, n.Body)
		l.done()
	case *ast.ArrowFunctionLiteral:
		l.function(n.ParameterList, n.Body)
		l.done()
	case *ast.ClassLiteral:
		l.e(n.SuperClass)
		l.done()
		for _, el := range n.Body {
			switch el := el.(type) {
			case *ast.MethodDefinition:
				l.function(el.Body.ParameterList, el.Body.Body)
			case *ast.FieldDefinition:
				if el.Initializer != nil {
					l.function(nil, el.Initializer)
				}
			case *ast.ClassStaticBlock:
				l.function(nil, el.Block)
			}
		}
	case *ast.DotExpression:
		l.member(n)
	case *ast.BracketExpression:
		l.member(n)
	case *ast.PrivateDotExpression:
		l.e(n.Left)
		l.expression(int(n.Identifier.Idx))
		l.done()
	case *ast.Optional:
		l.e(n.Expression)
		l.done()
	case *ast.OptionalChain:
		l.e(n.Expression)
	case *ast.CallExpression:
		l.callee(n.Callee)
		l.list(n.ArgumentList)
		l.expression(l.w.start(n))
		l.done()
	case *ast.NewExpression:
		l.e(n.Callee)
		l.list(n.ArgumentList)
		l.expression(int(n.New))
		l.done()
	case *ast.UnaryExpression:
		if id, ok := n.Operand.(*ast.Identifier); ok && n.Operator == token.TYPEOF {
			l.identifier(id, false)
			return
		}
		l.e(n.Operand)
		l.done()
	case *ast.BinaryExpression:
		l.e(n.Left)
		switch n.Operator {
		case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
			l.done()
			l.e(n.Right)
			return
		}
		l.e(n.Right)
		l.expression(l.w.start(n))
		l.done()
	case *ast.ConditionalExpression:
		l.e(n.Test)
		l.done()
		l.e(n.Consequent)
		l.done()
		l.e(n.Alternate)
	case *ast.AssignExpression:
		l.assign(n)
	case *ast.SequenceExpression:
		for i, x := range n.Sequence {
			if i > 0 {
				l.state(l.w.start(x))
			}
			l.e(x)
		}
	case *ast.AwaitExpression:
		l.expression(int(n.Await))
		argument := n.Argument
		if step, ok := argument.(*ast.DotExpression); ok && step.Identifier.Idx == n.Await {
			argument = step.Left
		}
		l.e(argument)
		l.done()
	case *ast.YieldExpression:
		l.expression(int(n.Yield))
		argument := n.Argument
		if await, ok := argument.(*ast.AwaitExpression); ok && await.Await == n.Yield {
			argument = await.Argument
		}
		l.e(argument)
		l.done()
	default:
		l.done()
	}
}

func isFunction(e ast.Expression) bool {
	switch e.(type) {
	case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.ClassLiteral:
		return true
	}
	return false
}

// member reads a property.
func (l *loader) member(e ast.Expression) {
	switch n := e.(type) {
	case *ast.DotExpression:
		l.e(n.Left)
	case *ast.BracketExpression:
		l.e(n.Left)
		l.e(n.Member)
	}
	l.expression(l.w.start(e))
	l.done()
}

func (l *loader) callee(e ast.Expression) {
	if id, ok := e.(*ast.Identifier); ok {
		l.identifier(id, true)
		return
	}
	l.e(e)
}

func (l *loader) assign(n *ast.AssignExpression) {
	compound := n.Operator != token.ASSIGN
	switch left := n.Left.(type) {
	case *ast.Identifier:
		if compound {
			l.identifier(left, false)
		}
	case *ast.DotExpression:
		l.e(left.Left)
	case *ast.BracketExpression:
		l.e(left.Left)
		l.e(left.Member)
	case *ast.PrivateDotExpression:
		l.e(left.Left)
	}
	if compound && member(n.Left) {
		l.expression(int(n.Left.Idx0()))
		l.done()
	}
	l.e(n.Right)
	if _, simple := n.Left.(*ast.Identifier); !simple {
		l.expression(l.w.start(n))
		l.done()
	}
}
