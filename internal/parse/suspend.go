package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/steps"
)

// The engine knows no for await and no using. They become loops and try statements around steps of ours (package steps).

// Variables that no script can name.
const (
	iterationName = "for await"
	stackName     = "using stack"
	disposedName  = "using nothing"
	thrownName    = "thrown by"
)

// maker makes nodes that stand at one place.
type maker file.Idx

func (at maker) name(name unistring.String) *ast.Identifier {
	return &ast.Identifier{Name: name, Idx: file.Idx(at)}
}

func (at maker) step(of ast.Expression, s steps.Step) ast.Expression {
	return &ast.DotExpression{Left: of, Identifier: *at.name(s.Name())}
}

func (at maker) give(to unistring.String, s steps.Step, what ast.Expression) ast.Expression {
	return &ast.AssignExpression{Operator: token.ASSIGN, Left: at.step(at.name(to), s), Right: what}
}

func (at maker) await(e ast.Expression) ast.Expression {
	return &ast.AwaitExpression{Await: file.Idx(at), Argument: e}
}

func (at maker) do(e ast.Expression) ast.Statement { return &ast.ExpressionStatement{Expression: e} }

func (at maker) when(test ast.Expression, then ast.Expression) ast.Statement {
	return &ast.IfStatement{If: file.Idx(at), Test: test, Consequent: at.do(then)}
}

// block is a block that no text belongs to: it ends where it begins.
func (at maker) block(list ...ast.Statement) *ast.BlockStatement {
	return &ast.BlockStatement{LeftBrace: file.Idx(at), List: list, RightBrace: file.Idx(at) - 1}
}

func (at maker) constant(target ast.BindingTarget, value ast.Expression) ast.Statement {
	return &ast.LexicalDeclaration{Idx: file.Idx(at), Token: token.CONST, List: []*ast.Binding{{Target: target, Initializer: value}}}
}

func (at maker) catch(body ...ast.Statement) *ast.CatchStatement {
	return &ast.CatchStatement{Catch: file.Idx(at), Parameter: at.name(thrownName), Body: at.block(body...)}
}

// forAwait makes a loop of for await.
//
//	const it = source.Iterate;
//	try {
//		for (; it.Take = await it.Next;) { into = it.Value; body }
//	} catch (e) {
//		try { if (it.Return) await it.Pending } catch {}
//		throw e;
//	} finally {
//		if (it.Return) it.Check = await it.Pending;
//	}
func (p *parser) forAwait(start int, into ast.ForInto, source ast.Expression, first ast.Expression, body ast.Statement) ast.Statement {
	at := maker(idx(start))
	value := at.step(at.name(iterationName), steps.Value)
	if first != nil {
		value = &ast.SequenceExpression{Sequence: []ast.Expression{first, value}}
	}
	var head ast.Statement
	switch into := into.(type) {
	case *ast.ForIntoVar:
		head = &ast.VariableStatement{Var: file.Idx(at), List: []*ast.Binding{{Target: into.Binding.Target, Initializer: value}}}
	case *ast.ForDeclaration:
		d := &ast.LexicalDeclaration{Idx: file.Idx(at), Token: token.LET, List: []*ast.Binding{{Target: into.Target, Initializer: value}}}
		if into.IsConst {
			d.Token = token.CONST
		}
		head = d
	case *ast.ForIntoExpression:
		head = at.do(&ast.AssignExpression{Operator: token.ASSIGN, Left: into.Expression, Right: value})
	}
	ends := func() ast.Expression { return at.step(at.name(iterationName), steps.Return) }
	pending := func() ast.Expression { return at.await(at.step(at.name(iterationName), steps.Pending)) }
	// V8 sees the loop wait at its variable.
	each := maker(variableAt(targetOf(into)))
	turn := maker(body.Idx0()).block(head, body)
	loop := at.block(&ast.ForStatement{For: file.Idx(at),
		Test: at.give(iterationName, steps.Take, each.await(each.step(at.name(iterationName), steps.Next))), Body: turn})
	s := at.block(at.constant(at.name(iterationName), at.step(source, steps.Iterate)),
		&ast.TryStatement{Try: file.Idx(at), Body: loop,
			Catch: at.catch(
				&ast.TryStatement{Try: file.Idx(at), Body: at.block(at.when(ends(), pending())), Catch: &ast.CatchStatement{Catch: file.Idx(at), Body: at.block()}},
				&ast.ThrowStatement{Throw: file.Idx(at), Argument: at.name(thrownName)}),
			Finally: at.block(at.when(ends(), at.give(iterationName, steps.Check, pending())))})
	for _, b := range []*ast.BlockStatement{turn, loop, s} {
		b.RightBrace = body.Idx1() - 1
	}
	p.labelWithin(s, &loop.List[0])
	return s
}

// variableAt is where V8 has the variable of a loop: its name, and a pattern's end.
func variableAt(target ast.Node) file.Idx {
	switch target := target.(type) {
	case *ast.ArrayPattern, *ast.ObjectPattern:
		return target.Idx1() - 1
	case *ast.DotExpression:
		return target.Identifier.Idx
	}
	return target.Idx0()
}

// labelWithin has labels of a statement that a loop became go to the loop.
func (p *parser) labelWithin(s ast.Statement, loop *ast.Statement) {
	if p.loops == nil {
		p.loops = map[ast.Statement]*ast.Statement{}
	}
	p.loops[s] = loop
}

// label gives a statement a label.
func (p *parser) label(l *ast.LabelledStatement) ast.Statement {
	if loop := p.loops[l.Statement]; loop != nil {
		s := l.Statement
		l.Statement = *loop
		*loop = l
		return s
	}
	return l
}

// resources tells whether a scope has using declarations.
type resources uint8

const (
	usingSync resources = 1 << iota
	usingAsync
)

// use adds a declared variable to the resources of its scope.
func (at maker) use(id *ast.Identifier, await bool) ast.Statement {
	step := steps.Use
	if await {
		step = steps.UseAsync
	}
	return at.do(at.give(stackName, step, at.name(id.Name)))
}

// disposing is a list of statements with using declarations, and the list in it where they stand now.
//
//	const stack = null.Stack;
//	try { list } catch (e) { stack.Fail = e } finally { stack.Dispose }
//
// With await using, finally has: while (stack.DisposeNext) try { await stack.Pending } catch (e) { stack.Fail = e }; stack.Finish
func (p *parser) disposing(start int, has resources, list []ast.Statement) (_ []ast.Statement, inner *[]ast.Statement) {
	at := maker(idx(start))
	if last := lastPlace(list); last > 0 {
		at = maker(last) // V8 has nothing to say of the end, and so says what it has said last
	}
	stack := func(s steps.Step) ast.Expression { return at.step(at.name(stackName), s) }
	fail := func() *ast.CatchStatement {
		return at.catch(at.do(at.give(stackName, steps.Fail, at.name(thrownName))))
	}
	end := at.block(at.do(stack(steps.Dispose)))
	if has&usingAsync != 0 {
		end = at.block(&ast.WhileStatement{While: file.Idx(at), Test: stack(steps.DisposeNext),
			Body: &ast.TryStatement{Try: file.Idx(at), Body: at.block(at.do(at.await(stack(steps.Pending)))), Catch: fail()}},
			at.do(stack(steps.Finish)))
	}
	body := at.block(list...)
	body.RightBrace = idx(p.tok.start) - 1
	return []ast.Statement{at.constant(at.name(stackName), at.step(&ast.NullLiteral{Idx: file.Idx(at), Literal: "null"}, steps.Stack)),
		&ast.TryStatement{Try: file.Idx(at), Body: body, Catch: fail(), Finally: end}}, &body.List
}

// declares tells whether statements, whose using declarations have become several, are declarations of values only.
func declares(list []ast.Statement) bool {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.LexicalDeclaration, *ast.EmptyStatement:
		case *ast.ExpressionStatement:
			a, ok := s.Expression.(*ast.AssignExpression)
			if !ok {
				return false
			}
			step, ok := a.Left.(*ast.DotExpression)
			if !ok {
				return false
			}
			if stack, ok := step.Left.(*ast.Identifier); !ok || stack.Name != stackName {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// valueless is the list of a block that disposes of what it declares and does nothing else, so that an eval's value is that of what comes
// before. A try statement would have a value of its own, an initializer has none.
func (p *parser) valueless(start int, list []ast.Statement) []ast.Statement {
	at := maker(idx(start))
	body, _ := p.disposing(start, usingSync, list)
	f := &ast.ArrowFunctionLiteral{Start: file.Idx(at), ParameterList: &ast.ParameterList{Opening: file.Idx(at), Closing: file.Idx(at)},
		Body: at.block(body...), Source: "() => { [native code] }"}
	return []ast.Statement{at.constant(at.name(disposedName), &ast.CallExpression{Callee: f, LeftParenthesis: file.Idx(at), RightParenthesis: file.Idx(at)})}
}

// lastPlace is the place of what stands last in statements and may throw, as V8 says it, or 0.
func lastPlace(list []ast.Statement) file.Idx {
	for i := len(list) - 1; i >= 0; i-- {
		at := file.Idx(0)
		switch s := list[i].(type) {
		case *ast.ThrowStatement:
			at = s.Throw
		case *ast.ReturnStatement:
			at = s.Return
		case *ast.BlockStatement:
			at = lastPlace(s.List)
		case *ast.IfStatement:
			if at = lastPlace([]ast.Statement{s.Alternate}); at == 0 {
				at = lastPlace([]ast.Statement{s.Consequent})
			}
		case *ast.ExpressionStatement:
			if _, step := s.Expression.(*ast.AssignExpression); !step {
				at = callPlace(s.Expression)
			}
		case *ast.LexicalDeclaration:
			if value := s.List[len(s.List)-1].Initializer; value != nil {
				at = callPlace(value)
			}
		}
		if at > 0 {
			return at
		}
	}
	return 0
}

// callPlace is where V8 says that a call is, for all else where it begins.
func callPlace(e ast.Expression) file.Idx {
	switch e := e.(type) {
	case *ast.AwaitExpression:
		return callPlace(e.Argument)
	case *ast.CallExpression:
		switch callee := e.Callee.(type) {
		case *ast.DotExpression:
			return callee.Identifier.Idx
		case *ast.Identifier:
			return callee.Idx
		}
	}
	return e.Idx0()
}

// targetOf is what a loop assigns to.
func targetOf(into ast.ForInto) ast.Node {
	switch into := into.(type) {
	case *ast.ForIntoVar:
		return into.Binding.Target
	case *ast.ForDeclaration:
		return into.Target
	}
	return into.(*ast.ForIntoExpression).Expression
}
