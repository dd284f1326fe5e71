package parse

import (
	"math/big"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/steps"
)

func (p *parser) conditional(c *cover, start int) ast.Expression {
	test := p.binary(0, c)
	if !p.isPunct(pQuestion) {
		return test
	}
	p.settle(c)
	p.next()
	consequent := p.withIn(func() ast.Expression {
		p.within.consequent = true
		return p.assign(nil)
	})
	p.expect(pColon)
	return &ast.ConditionalExpression{Test: test, Consequent: consequent, Alternate: p.assign(nil)}
}

type operator struct {
	precedence int
	token      token.Token
}

const relational = 7

var operators = [...]operator{pCoalesce: {1, token.COALESCE}, pLogicalOr: {1, token.LOGICAL_OR}, pLogicalAnd: {2, token.LOGICAL_AND}, pOr: {3, token.OR},
	pXor: {4, token.EXCLUSIVE_OR}, pAnd: {5, token.AND}, pEqual: {6, token.EQUAL}, pNotEqual: {6, token.NOT_EQUAL}, pStrictEqual: {6, token.STRICT_EQUAL},
	pStrictNotEqual: {6, token.STRICT_NOT_EQUAL}, pLess: {relational, token.LESS}, pGreater: {relational, token.GREATER},
	pLessEqual: {relational, token.LESS_OR_EQUAL}, pGreaterEqual: {relational, token.GREATER_OR_EQUAL}, pShiftLeft: {8, token.SHIFT_LEFT},
	pShiftRight: {8, token.SHIFT_RIGHT}, pShiftRightUnsigned: {8, token.UNSIGNED_SHIFT_RIGHT}, pPlus: {9, token.PLUS}, pMinus: {9, token.MINUS},
	pStar: {10, token.MULTIPLY}, pSlash: {10, token.SLASH}, pPercent: {10, token.REMAINDER}, pStarStar: {11, token.EXPONENT}, pAt: {}}

func (p *parser) operator() operator {
	switch p.tok.kind {
	case tokPunct:
		if int(p.tok.punct) < len(operators) {
			return operators[p.tok.punct]
		}
	case tokName:
		if p.tok.escaped {
			return operator{}
		}
		switch {
		case p.tok.name == "instanceof":
			return operator{relational, token.INSTANCEOF}
		case p.tok.name == "in" && !p.within.noIn:
			return operator{relational, token.IN}
		}
	}
	return operator{}
}

// binary reads operators that bind more tightly than lowest.
func (p *parser) binary(lowest int, c *cover) ast.Expression {
	if p.given == nil && p.tok.kind == tokPrivate {
		return p.privateIn(lowest)
	}
	left := p.unary(c)
	return p.operators(left, lowest, c)
}

// mixed refuses ?? beside && or ||.
func (p *parser) mixed(left ast.Expression) {
	if p.types != nil {
		p.fail(int(left.Idx0())-1, p.last, "Nullish coalescing operator(??) requires parens when mixing with logical operators")
	}
	p.unexpected()
}

func (p *parser) operators(left ast.Expression, lowest int, c *cover) ast.Expression {
	const (
		logical = 1 + iota
		coalesce
	)
	state := 0
	for {
		op := p.operator()
		if op.precedence <= lowest {
			if op.precedence == 0 && p.asserted(lowest) {
				continue
			}
			return left
		}
		p.settle(c)
		below := op.precedence
		switch op.token {
		case token.COALESCE:
			if state == logical {
				p.mixed(left)
			}
			state, below = coalesce, 2
		case token.LOGICAL_OR, token.LOGICAL_AND:
			if state == coalesce {
				p.mixed(left)
			}
			state = logical
		case token.EXPONENT:
			below--
		}
		p.next()
		p.deeper()
		right := p.binary(below, c)
		p.depth--
		p.settle(c)
		if fails(op.token, left, right) {
			left = &ast.SequenceExpression{Sequence: []ast.Expression{left}}
		}
		left = &ast.BinaryExpression{Operator: op.token, Left: left, Right: right, Comparison: op.precedence == 6 || op.precedence == relational && op.token != token.IN && op.token != token.INSTANCEOF}
		if op.token == token.COALESCE && (p.isPunct(pLogicalAnd) || p.isPunct(pLogicalOr)) {
			p.unexpected()
		}
	}
}

// privateIn reads #x in o.
func (p *parser) privateIn(lowest int) ast.Expression {
	id := &ast.PrivateIdentifier{Identifier: ast.Identifier{Name: unistring.NewFromString(p.tok.name), Idx: idx(p.tok.start)}}
	at := p.tok
	p.next()
	if lowest >= relational || !p.isName("in") || p.within.noIn {
		if p.types != nil {
			return noExpression(at.start)
		}
		p.unexpectedToken(&at)
	}
	p.usePrivate(at)
	p.next()
	right := p.binary(relational, &cover{})
	e := &ast.BinaryExpression{Operator: token.IN, Left: id, Right: right}
	return p.operators(e, lowest, &cover{})
}

var unaryOperators = [...]token.Token{pPlus: token.PLUS, pMinus: token.MINUS, pNot: token.NOT, pTilde: token.BITWISE_NOT, pIncrement: token.INCREMENT,
	pDecrement: token.DECREMENT}

func (p *parser) unary(c *cover) ast.Expression {
	if p.given != nil {
		return p.update(c)
	}
	start := p.tok.start
	var op token.Token
	switch p.tok.kind {
	case tokPunct:
		if p.types != nil && p.tok.punct == pLess {
			return p.typeAssertion()
		}
		if int(p.tok.punct) < len(unaryOperators) {
			op = unaryOperators[p.tok.punct]
		}
	case tokName:
		switch p.tok.name {
		case "delete":
			op = token.DELETE
		case "typeof":
			op = token.TYPEOF
		case "void":
			op = token.VOID
		case "await":
			if e := p.await(); e != nil {
				return e
			}
		}
	}
	if op == 0 {
		return p.update(c)
	}
	if p.tok.escaped {
		p.unexpected()
	}
	p.next()
	if op == token.NOT && p.infer != nil && p.isName("function") {
		p.infer.called = p.tok.start
	}
	p.deeper()
	at := p.tok.start
	operand := p.unary(c)
	p.depth--
	p.settle(c)
	switch op {
	case token.INCREMENT, token.DECREMENT:
		operand = p.simpleTarget(operand, at, "Invalid left-hand side expression in prefix operation", true)
		return &ast.UnaryExpression{Operator: op, Idx: idx(start), Operand: operand}
	case token.DELETE:
		p.checkDelete(operand, at)
	}
	e := &ast.UnaryExpression{Operator: op, Idx: idx(start), Operand: operand}
	if p.isPunct(pStarStar) {
		p.fail(start, p.tok.end, "Unary operator used immediately before exponentiation expression. Parenthesis must be used to disambiguate operator precedence")
	}
	return e
}

func (p *parser) checkDelete(e ast.Expression, at int) {
	if p.types != nil {
		return // said when the text without types is read
	}
	switch t := e.(type) {
	case *ast.Identifier:
		if p.strict {
			p.fail(at, p.last, "Delete of an unqualified identifier in strict mode.")
		}
	case *ast.PrivateDotExpression:
		p.fail(p.lastStart, p.last, "Private fields can not be deleted")
	case *ast.OptionalChain:
		if _, private := t.Expression.(*ast.PrivateDotExpression); private {
			p.fail(at, p.last, "Private fields can not be deleted")
		}
	}
}

// await reads an AwaitExpression, or nothing where await is a name.
func (p *parser) await() ast.Expression {
	at := p.tok
	if !p.fn.async {
		if p.types != nil && p.fn.noAwaitName() {
			p.next()
			return p.unary(&cover{}) // refused when the text without types is read
		}
		if p.opts.Module || p.fn.noAwaitName() {
			p.failToken("Unexpected reserved word")
		}
		// await x outside of an async function: V8 says what is missing.
		saved := p.lexer
		p.scan()
		next := p.tok
		p.lexer = saved
		if !next.newline && !at.escaped && (next.kind == tokName && !reserved(next.name) && next.name != "of" && next.name != "as" || next.kind == tokNumber || next.kind == tokString ||
			next.kind == tokName && (next.name == "new" || next.name == "this" || next.name == "import" || next.name == "function" || next.name == "null" || next.name == "true" || next.name == "false" || next.name == "class" || next.name == "super")) {
			p.fail(at.start, at.end, "await is only valid in async functions and the top level bodies of modules")
		}
		return nil
	}
	if at.escaped {
		p.fail(at.start, at.end, "Keyword must not contain escaped characters")
	}
	if p.fn.parameters {
		p.fail(at.start, at.end, "Illegal await-expression in formal parameters of async function")
	}
	if p.fn.fieldInit {
		p.fail(at.start, at.end, "Unexpected reserved word")
	}
	if p.fn.firstAwait < 0 {
		p.fn.firstAwait = at.start
	}
	if p.fn.top && p.topAwait < 0 {
		p.topAwait = at.start
	}
	p.suspensions++
	p.next()
	p.deeper()
	here := maker(idx(at.start))
	e := here.await(here.step(p.unary(&cover{}), steps.Awaited))
	p.depth--
	if p.isPunct(pStarStar) {
		p.fail(at.start, p.tok.end, "Unary operator used immediately before exponentiation expression. Parenthesis must be used to disambiguate operator precedence")
	}
	return e
}

// noAwaitName tells whether await may not be a name here: in a class's static block, and in a field of a class in an async function.
func (f *function) noAwaitName() bool {
	return f.staticBlock || f.fieldInit && f.outer != nil && (f.outer.async || f.outer.staticBlock)
}

func (p *parser) update(c *cover) ast.Expression {
	start := p.tok.start
	if p.given != nil {
		start = int(p.given.Idx0()) - 1
		if at, ok := p.parens[p.given]; ok {
			start = at
		}
	}
	e := p.leftHandSide(c)
	if (p.isPunct(pIncrement) || p.isPunct(pDecrement)) && !p.tok.newline {
		p.settle(c)
		e = p.simpleTarget(e, start, "Invalid left-hand side expression in postfix operation", true)
		e = &ast.UnaryExpression{Operator: unaryOperators[p.tok.punct], Idx: idx(p.tok.start), Operand: e, Postfix: true}
		p.next()
	}
	return e
}

// fails tells whether the engine would compute an operation on literals when it compiles, only to throw: then nobody would know where.
func fails(op token.Token, left, right ast.Expression) bool {
	if op == token.IN || op == token.INSTANCEOF {
		return literal(left)
	}
	return (bigint(left) || bigint(right)) && literal(left)
}

func literal(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral, *ast.StringLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
		return true
	case *ast.UnaryExpression:
		return literal(e.Operand)
	case *ast.BinaryExpression:
		return literal(e.Left) && literal(e.Right)
	}
	return false
}

func bigint(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral:
		_, ok := e.Value.(*big.Int)
		return ok
	case *ast.UnaryExpression:
		return bigint(e.Operand)
	}
	return false
}
