package parse

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/regex"
)

// cover is what is wrong with an expression unless it turns out to be a pattern. Offsets count from 1.
type cover struct {
	shorthand    int // the {a = 1}, up to shorthandEnd
	shorthandEnd int
	proto        int // the second __proto__
}

func (p *parser) isPunct(k punct) bool { return p.tok.kind == tokPunct && p.tok.punct == k }

// isName tells whether a word comes next that is written without escapes.
func (p *parser) isName(name string) bool {
	return p.tok.kind == tokName && p.tok.name == name && !p.tok.escaped
}

func (p *parser) take(k punct) bool {
	if p.isPunct(k) {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(k punct) int {
	if !p.isPunct(k) {
		p.unexpected()
	}
	at := p.tok.start
	p.next()
	return at
}

// expression reads an Expression.
func (p *parser) expression() ast.Expression {
	e := p.assign(nil)
	if !p.isPunct(pComma) {
		return e
	}
	list := []ast.Expression{e}
	for p.take(pComma) {
		list = append(list, p.assign(nil))
	}
	return &ast.SequenceExpression{Sequence: list}
}

// withIn reads an expression where `in` is an operator.
func (p *parser) withIn(read func() ast.Expression) ast.Expression {
	noIn := p.noIn
	p.noIn = false
	e := read()
	p.noIn = noIn
	return e
}

// settle reports what is wrong with an expression that is no pattern.
func (p *parser) settle(c *cover) {
	if c.shorthand > 0 {
		p.fail(c.shorthand-1, c.shorthandEnd, "Invalid shorthand property initializer")
	}
	if c.proto > 0 {
		p.fail(c.proto-1, c.proto+8, "Duplicate __proto__ fields are not allowed in object literals")
	}
}

// assign reads an AssignmentExpression. With c, what would be wrong unless it is a pattern is left to the caller.
func (p *parser) assign(c *cover) ast.Expression {
	p.deeper()
	e := p.assignment(c)
	p.depth--
	return e
}

func (p *parser) assignment(c *cover) ast.Expression {
	start := p.tok.start
	var own cover
	if p.tok.kind == tokName && !reserved(p.tok.name) {
		switch {
		case p.tok.name == "yield" && p.fn.generator:
			return p.yield()
		case p.isName("async"):
			if e, done := p.asyncArrow(); done {
				return e
			} else if e != nil {
				p.given = e
			}
		case p.arrowFollows():
			id := p.bindingIdentifier()
			return p.arrow(start, []ast.Expression{id}, nil, false)
		}
	} else if p.isPunct(pParenL) {
		e, arrow := p.parenthesised(start)
		if arrow {
			return e
		}
		p.given = e
	}
	before := p.suspensions
	left := p.conditional(&own, start)
	op, ok := p.assignOperator()
	if !ok {
		if c == nil {
			p.settle(&own)
		} else {
			c.join(own)
		}
		return left
	}
	switch l := left.(type) {
	case *ast.ObjectLiteral, *ast.ArrayLiteral:
		if _, paren := p.parens[l]; paren || op != token.ASSIGN {
			p.fail(start, p.last, "Invalid left-hand side in assignment")
		}
		left = p.toTarget(l, false)
		own = cover{}
	default:
		p.settle(&own)
		left = p.simpleTarget(left, start, "Invalid left-hand side in assignment", op != token.LOGICAL_AND && op != token.LOGICAL_OR && op != token.COALESCE)
	}
	p.next()
	right := p.assign(nil)
	waits := p.suspensions != before
	id, isName := left.(*ast.Identifier)
	switch op {
	case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
		// The engine keeps where the variable is on its stack, which an await or a yield moves.
		if waits && isName {
			return &ast.BinaryExpression{Operator: op, Left: id, Right: &ast.AssignExpression{Operator: token.ASSIGN,
				Left: &ast.Identifier{Name: id.Name, Idx: id.Idx}, Right: right}}
		}
	case token.ASSIGN:
		if _, paren := p.parens[left]; paren && isName {
			right = unnamed(right)
		}
	}
	if _, pattern := left.(ast.Pattern); pattern && waits {
		right = &ast.SequenceExpression{Sequence: []ast.Expression{captured(left), right}}
	}
	return &ast.AssignExpression{Operator: op, Left: left, Right: right}
}

// join adds what is wrong with a part.
func (c *cover) join(part cover) {
	if c.shorthand == 0 {
		c.shorthand, c.shorthandEnd = part.shorthand, part.shorthandEnd
	}
	if c.proto == 0 {
		c.proto = part.proto
	}
}

// captured is an expression without effect that makes the engine keep the variables a pattern assigns to where an
// await or a yield does not move them: as if a closure held them.
func captured(pattern ast.Expression) ast.Expression {
	list := &ast.ArrayLiteral{LeftBracket: pattern.Idx0(), RightBracket: pattern.Idx0()}
	var add func(ast.Expression)
	add = func(e ast.Expression) {
		switch e := e.(type) {
		case *ast.Identifier:
			list.Value = append(list.Value, &ast.Identifier{Name: e.Name, Idx: e.Idx})
		case *ast.AssignExpression:
			add(e.Left)
		case *ast.ArrayPattern:
			for _, el := range e.Elements {
				add(el)
			}
			add(e.Rest)
		case *ast.ObjectPattern:
			for _, prop := range e.Properties {
				switch prop := prop.(type) {
				case *ast.PropertyShort:
					add(&prop.Name)
				case *ast.PropertyKeyed:
					add(prop.Value)
				}
			}
			add(e.Rest)
		}
	}
	add(pattern)
	return &ast.ArrowFunctionLiteral{Start: pattern.Idx0(), ParameterList: &ast.ParameterList{Opening: pattern.Idx0(), Closing: pattern.Idx0()},
		Body: &ast.ExpressionBody{Expression: list}}
}

// unnamed keeps a function from being named after a target in parentheses.
func unnamed(e ast.Expression) ast.Expression {
	if !anonymous(e) {
		return e
	}
	return &ast.SequenceExpression{Sequence: []ast.Expression{e}}
}

var assignOperators = [...]token.Token{pAssign: token.ASSIGN, pPlusAssign: token.PLUS, pMinusAssign: token.MINUS, pStarAssign: token.MULTIPLY,
	pSlashAssign: token.SLASH, pPercentAssign: token.REMAINDER, pStarStarAssign: token.EXPONENT, pShiftLeftAssign: token.SHIFT_LEFT,
	pShiftRightAssign: token.SHIFT_RIGHT, pShiftRightUnsignedAssign: token.UNSIGNED_SHIFT_RIGHT, pAndAssign: token.AND, pOrAssign: token.OR,
	pXorAssign: token.EXCLUSIVE_OR, pLogicalAndAssign: token.LOGICAL_AND, pLogicalOrAssign: token.LOGICAL_OR, pCoalesceAssign: token.COALESCE}

func (p *parser) assignOperator() (token.Token, bool) {
	if p.tok.kind != tokPunct || int(p.tok.punct) >= len(assignOperators) {
		return 0, false
	}
	op := assignOperators[p.tok.punct]
	return op, op != 0
}

// simpleTarget checks what is assigned to. A call is one that throws when it is reached, as the web expects.
func (p *parser) simpleTarget(e ast.Expression, start int, message string, calls bool) ast.Expression {
	switch t := e.(type) {
	case *ast.Identifier:
		p.checkTarget(t)
		return e
	case *ast.DotExpression, *ast.BracketExpression, *ast.PrivateDotExpression:
		return e
	case *ast.CallExpression:
		if id, ok := t.Callee.(*ast.Identifier); calls && !(ok && p.imports && id.Name == unistring.String(p.opts.ImportName)) {
			return p.throwing(e, message)
		}
	}
	p.fail(start, p.last, message)
	return nil
}

// throwing is a target whose evaluation calls e and then throws a ReferenceError.
func (p *parser) throwing(e ast.Expression, message string) ast.Expression {
	at := e.Idx0()
	name := func(s unistring.String) *ast.Identifier { return &ast.Identifier{Name: s, Idx: at} }
	throw := &ast.ThrowStatement{Throw: at, Argument: &ast.NewExpression{New: at, Callee: name("ReferenceError"), LeftParenthesis: at, RightParenthesis: at,
		ArgumentList: []ast.Expression{&ast.StringLiteral{Idx: at, Literal: message, Value: unistring.NewFromString(message)}}}}
	f := &ast.ArrowFunctionLiteral{Start: at, ParameterList: &ast.ParameterList{Opening: at, Closing: at},
		Body: &ast.BlockStatement{LeftBrace: at, RightBrace: at, List: []ast.Statement{throw}}}
	return &ast.BracketExpression{Left: e, Member: &ast.CallExpression{Callee: f, LeftParenthesis: at, RightParenthesis: at}, LeftBracket: at, RightBracket: at}
}

// checkTarget checks a name that is assigned to.
func (p *parser) checkTarget(id *ast.Identifier) {
	if p.strict && (id.Name == "eval" || id.Name == "arguments") {
		p.failName(id, "Unexpected eval or arguments in strict mode")
	}
}

func (p *parser) failName(id *ast.Identifier, message string) {
	start := int(id.Idx) - 1
	p.fail(start, start+len(p.identifierText(start)), message)
}

// arrowFollows tells whether the name that comes next is an arrow function's parameter.
func (p *parser) arrowFollows() bool {
	i := p.at
	for i < len(p.src) && is(p.src[i], classSpace) {
		i++
	}
	if c := p.byteAt(i); c == '=' {
		return p.byteAt(i+1) == '>'
	} else if c != '/' || p.byteAt(i+1) != '*' {
		return false
	}
	saved := p.lexer
	p.scan()
	found := p.isPunct(pArrow) && !p.tok.newline
	p.lexer = saved
	return found
}

// asyncArrow reads what begins with async and is an arrow function; otherwise it gives a call of async, or nothing.
func (p *parser) asyncArrow() (e ast.Expression, done bool) {
	start := p.tok.start
	saved, last := p.lexer, p.last
	back := func() { p.lexer, p.last = saved, last }
	if p.arrowFollows() {
		id := p.bindingIdentifier()
		return p.arrow(start, []ast.Expression{id}, nil, false), true
	}
	p.next()
	switch {
	case p.tok.newline:
	case p.tok.kind == tokName && !reserved(p.tok.name):
		if !p.arrowFollows() {
			if p.tok.name == "of" || p.tok.name == "as" {
				break
			}
			p.unexpected()
		}
		if p.tok.name == "await" {
			p.unexpected()
		}
		id := p.bindingIdentifier()
		return p.arrow(start, []ast.Expression{id}, nil, true), true
	case p.isPunct(pParenL):
		mark := p.beginCover()
		list, c, rest, opening, closing := p.coverList(true)
		if p.isPunct(pArrow) && !p.tok.newline {
			p.endCover(mark, true)
			if p.fn.awaitName >= 0 && p.fn.awaitName > start {
				p.fail(p.fn.awaitName, p.fn.awaitName+5, "'await' is not a valid identifier name in an async function")
			}
			return p.arrow(start, list, rest, true), true
		}
		p.endCover(mark, false)
		p.settle(&c)
		if rest != nil && rest.trailing {
			list = append(list, rest.spread)
		}
		return &ast.CallExpression{Callee: &ast.Identifier{Name: "async", Idx: idx(start)}, LeftParenthesis: idx(opening), ArgumentList: list,
			RightParenthesis: idx(closing)}, false
	}
	back()
	return nil, false
}

// coverMark is where awaits and yields before a cover grammar were.
type coverMark struct{ await, yield int }

func (p *parser) beginCover() coverMark {
	m := coverMark{p.fn.firstAwait, p.fn.firstYield}
	p.fn.firstAwait, p.fn.firstYield = -1, -1
	return m
}

// endCover reports expressions that cannot stand in the parameters of an arrow function.
func (p *parser) endCover(m coverMark, arrow bool) {
	if arrow {
		if at := p.fn.firstAwait; at >= 0 {
			p.fail(at, at+5, "Illegal await-expression in formal parameters of async function")
		}
		if at := p.fn.firstYield; at >= 0 {
			p.fail(at, at+5, "Yield expression not allowed in formal parameter")
		}
	}
	if m.await >= 0 {
		p.fn.firstAwait = m.await
	}
	if m.yield >= 0 {
		p.fn.firstYield = m.yield
	}
}

// restElement is the ...x of a list that may be an arrow function's parameters.
type restElement struct {
	spread   *ast.SpreadElement
	start    int
	trailing bool // it is the last one
	comma    bool // a comma follows
}

// coverList reads what stands in parentheses: arguments, parameters or an expression.
func (p *parser) coverList(call bool) (list []ast.Expression, c cover, rest *restElement, opening, closing int) {
	opening = p.expect(pParenL)
	noIn := p.noIn
	p.noIn = false
	for !p.isPunct(pParenR) {
		if p.isPunct(pEllipsis) {
			at := p.tok.start
			p.next()
			e := p.assign(&c)
			s := &ast.SpreadElement{Expression: e}
			if p.isPunct(pParenR) {
				rest = &restElement{spread: s, start: at, trailing: true}
				break
			}
			if !call {
				if p.isPunct(pComma) {
					p.fail(p.lastStart, p.last, "Rest parameter must be last formal parameter")
				}
				p.unexpected()
			}
			rest = &restElement{spread: s, start: at, comma: true}
			list = append(list, s)
		} else {
			list = append(list, p.assign(&c))
		}
		if p.isPunct(pParenR) {
			break
		}
		if !p.isPunct(pComma) {
			if call {
				p.fail(p.lastStart, p.last, "missing ) after argument list")
			}
			p.unexpected()
		}
		p.next()
		if p.isPunct(pParenR) && rest != nil && rest.comma && len(list) > 0 && list[len(list)-1] == ast.Expression(rest.spread) && !call {
			p.unexpected()
		}
	}
	closing = p.expect(pParenR)
	p.noIn = noIn
	return
}

// parenthesised reads an expression in parentheses or an arrow function.
func (p *parser) parenthesised(start int) (e ast.Expression, arrow bool) {
	mark := p.beginCover()
	list, c, rest, _, closing := p.coverList(false)
	if p.isPunct(pArrow) && !p.tok.newline {
		p.endCover(mark, true)
		return p.arrow(start, list, rest, false), true
	}
	p.endCover(mark, false)
	if rest != nil {
		p.fail(rest.start, rest.start+3, "Unexpected token '...'")
	}
	if len(list) == 0 {
		if p.isPunct(pArrow) {
			p.unexpected()
		}
		p.fail(closing, closing+1, "Unexpected token ')'")
	}
	if p.src[p.beforeOffset(closing)] == ',' {
		p.fail(closing, closing+1, "Unexpected token ')'")
	}
	p.settle(&c)
	if len(list) > 1 {
		e = &ast.SequenceExpression{Sequence: list}
	} else {
		e = list[0]
	}
	if p.parens == nil {
		p.parens = map[ast.Expression]int{}
	}
	p.parens[e] = start
	return e, false
}

// beforeOffset is where the last character before an offset is that is neither space nor comment.
func (p *parser) beforeOffset(at int) int {
	// The token before the closing parenthesis ended there, unless spaces or comments follow it.
	for at--; at > 0; at-- {
		switch c := p.src[at]; {
		case is(c, classSpace) || c == '\n' || c == '\r':
		case c == '/' && p.src[at-1] == '*':
			if i := strings.LastIndex(p.src[:at-1], "/*"); i >= 0 {
				at = i
			}
		default:
			return at
		}
	}
	return at
}

// yield reads a YieldExpression.
func (p *parser) yield() ast.Expression {
	at := p.tok
	if at.escaped {
		p.fail(at.start, at.end, "Keyword must not contain escaped characters")
	}
	if p.fn.parameters {
		p.fail(at.start, at.end, "Yield expression not allowed in formal parameter")
	}
	if p.fn.firstYield < 0 {
		p.fn.firstYield = at.start
	}
	p.suspensions++
	p.next()
	y := &ast.YieldExpression{Yield: idx(at.start)}
	if p.tok.newline {
		return y
	}
	if p.take(pStar) {
		y.Delegate = true
		y.Argument = p.assign(nil)
		return y
	}
	switch {
	case p.tok.kind == tokEOF:
	case p.tok.kind == tokPunct:
		switch p.tok.punct {
		case pParenR, pBracketR, pBraceR, pColon, pComma, pSemicolon:
			return y
		}
		y.Argument = p.assign(nil)
	case p.isName("in") || p.isName("of"):
		if p.noIn {
			return y
		}
		y.Argument = p.assign(nil)
	default:
		y.Argument = p.assign(nil)
	}
	return y
}

func (p *parser) conditional(c *cover, start int) ast.Expression {
	test := p.binary(0, c)
	if !p.isPunct(pQuestion) {
		return test
	}
	p.settle(c)
	p.next()
	consequent := p.withIn(func() ast.Expression { return p.assign(nil) })
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
		case p.tok.name == "in" && !p.noIn:
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

func (p *parser) operators(left ast.Expression, lowest int, c *cover) ast.Expression {
	const (
		logical = 1 + iota
		coalesce
	)
	state := 0
	for {
		op := p.operator()
		if op.precedence <= lowest {
			return left
		}
		p.settle(c)
		below := op.precedence
		switch op.token {
		case token.COALESCE:
			if state == logical {
				p.unexpected()
			}
			state, below = coalesce, 2
		case token.LOGICAL_OR, token.LOGICAL_AND:
			if state == coalesce {
				p.unexpected()
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
	if lowest >= relational || !p.isName("in") || p.noIn {
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
	e := &ast.AwaitExpression{Await: idx(at.start), Argument: p.unary(&cover{})}
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

// leftHandSide reads a LeftHandSideExpression.
func (p *parser) leftHandSide(c *cover) ast.Expression {
	start := p.tok.start
	e := p.primary(c)
	return p.members(e, start, true, c)
}

// members reads what follows an expression: properties, calls, templates.
func (p *parser) members(e ast.Expression, start int, calls bool, c *cover) ast.Expression {
	optional := false
	for {
		switch p.tok.kind {
		case tokTemplate:
			if optional {
				p.failToken("Invalid tagged template on optional chain")
			}
			p.settle(c)
			t := p.template(true)
			t.Tag = e
			e = t
			continue
		case tokPunct:
			switch p.tok.punct {
			case pDot:
				p.settle(c)
				p.next()
				e = p.property(e)
				continue
			case pOptional:
				if !calls {
					p.failToken("Invalid optional chain from new expression")
				}
				if _, super := e.(*ast.SuperExpression); super {
					p.unexpected()
				}
				p.settle(c)
				p.next()
				optional = true
				e = &ast.Optional{Expression: e}
				switch {
				case p.isPunct(pBracketL), p.isPunct(pParenL):
				case p.tok.kind == tokTemplate:
					p.failToken("Invalid tagged template on optional chain")
				default:
					e = p.property(e)
				}
				continue
			case pBracketL:
				p.settle(c)
				at := p.tok.start
				p.next()
				member := p.withIn(p.expression)
				e = &ast.BracketExpression{Left: e, LeftBracket: idx(at), Member: member, RightBracket: idx(p.expect(pBracketR))}
				continue
			case pParenL:
				if calls {
					p.settle(c)
					list, opening, closing := p.arguments()
					e = &ast.CallExpression{Callee: e, LeftParenthesis: idx(opening), ArgumentList: list, RightParenthesis: idx(closing)}
					continue
				}
			}
		}
		break
	}
	if optional {
		e = &ast.OptionalChain{Expression: e}
	}
	return e
}

// property reads the name behind a dot.
func (p *parser) property(e ast.Expression) ast.Expression {
	t := p.tok
	switch t.kind {
	case tokName:
		p.next()
		return &ast.DotExpression{Left: e, Identifier: ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}}
	case tokPrivate:
		if _, super := e.(*ast.SuperExpression); super {
			p.failToken("Unexpected private field")
		}
		p.usePrivate(t)
		p.next()
		return &ast.PrivateDotExpression{Left: e, Identifier: ast.PrivateIdentifier{Identifier: ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}}}
	}
	p.unexpected()
	return nil
}

func (p *parser) arguments() (list []ast.Expression, opening, closing int) {
	opening = p.expect(pParenL)
	noIn := p.noIn
	p.noIn = false
	for !p.isPunct(pParenR) {
		if p.take(pEllipsis) {
			list = append(list, &ast.SpreadElement{Expression: p.assign(nil)})
		} else {
			list = append(list, p.assign(nil))
		}
		if p.isPunct(pParenR) {
			break
		}
		if !p.isPunct(pComma) {
			p.fail(p.lastStart, p.last, "missing ) after argument list")
		}
		p.next()
	}
	p.noIn = noIn
	closing = p.expect(pParenR)
	return
}

func (p *parser) newExpression() ast.Expression {
	at := p.tok
	p.next()
	if p.take(pDot) {
		if !p.isName("target") {
			p.unexpected()
		}
		if !p.newTargetAllowed() {
			p.fail(p.tok.start, p.tok.end, "new.target expression is not allowed here")
		}
		m := &ast.MetaProperty{Meta: &ast.Identifier{Name: "new", Idx: idx(at.start)}, Property: &ast.Identifier{Name: "target", Idx: idx(p.tok.start)}, Idx: idx(at.start)}
		p.next()
		return m
	}
	start := p.tok.start
	var c cover
	var callee ast.Expression
	switch {
	case p.isName("new"):
		p.deeper()
		callee = p.newExpression()
		p.depth--
	case p.isName("import"):
		saved := p.lexer
		p.scan()
		call := p.isPunct(pParenL)
		p.lexer = saved
		if call {
			p.failToken("Cannot use new with import")
		}
		callee = p.primary(&c)
	default:
		callee = p.primary(&c)
	}
	callee = p.members(callee, start, false, &c)
	p.settle(&c)
	n := &ast.NewExpression{New: idx(at.start), Callee: callee}
	if p.isPunct(pParenL) {
		list, opening, closing := p.arguments()
		n.ArgumentList, n.LeftParenthesis, n.RightParenthesis = list, idx(opening), idx(closing)
		if list == nil {
			n.ArgumentList = []ast.Expression{}
		}
	}
	return n
}

func (p *parser) newTargetAllowed() bool {
	for f := p.fn; f != nil; f = f.outer {
		if f.newTarget {
			return true
		}
		if !f.arrow {
			return false
		}
	}
	return false
}

// super reads super with what must follow it.
func (p *parser) super() ast.Expression {
	at := p.tok
	p.next()
	f := p.fn
	for f.arrow && f.outer != nil {
		f = f.outer
	}
	switch {
	case p.isPunct(pDot), p.isPunct(pBracketL):
		if !f.superProperty {
			p.fail(at.start, at.end, "'super' keyword unexpected here")
		}
	case p.isPunct(pParenL):
		if !f.superCall {
			p.fail(at.start, at.end, "'super' keyword unexpected here")
		}
	default:
		p.fail(at.start, at.end, "'super' keyword unexpected here")
	}
	p.supers++
	return &ast.SuperExpression{Idx: idx(at.start)}
}

func (p *parser) primary(c *cover) ast.Expression {
	if e := p.given; e != nil {
		p.given = nil
		return e
	}
	t := p.tok
	switch t.kind {
	case tokName:
		return p.word()
	case tokNumber, tokBigInt:
		p.next()
		return p.numberLiteral(t)
	case tokString:
		p.checkOctal(t)
		p.next()
		return &ast.StringLiteral{Idx: idx(t.start), Literal: p.src[t.start:t.end], Value: t.value}
	case tokTemplate:
		return p.template(false)
	case tokPunct:
		switch t.punct {
		case pParenL:
			e, arrow := p.parenthesised(t.start)
			if arrow {
				// An arrow function is no operand.
				p.fail(t.start, t.start+1, "Malformed arrow function parameter list")
			}
			return e
		case pBracketL:
			return p.arrayLiteral(c)
		case pBraceL:
			return p.objectLiteral(c)
		case pSlash, pSlashAssign:
			pattern, flags := p.regexp()
			p.tok.end = p.at
			e := &ast.RegExpLiteral{Idx: idx(t.start), Literal: p.src[t.start:p.at], Pattern: regex.Pack(pattern, flags)}
			p.next()
			return e
		}
	}
	p.unexpected()
	return nil
}

// word reads an expression that begins with a word.
func (p *parser) word() ast.Expression {
	t := p.tok
	if t.escaped && reserved(t.name) {
		p.unexpected()
	}
	switch t.name {
	case "this":
		p.next()
		return &ast.ThisExpression{Idx: idx(t.start)}
	case "null":
		p.next()
		return &ast.NullLiteral{Idx: idx(t.start), Literal: "null"}
	case "true", "false":
		p.next()
		return &ast.BooleanLiteral{Idx: idx(t.start), Literal: t.name, Value: t.name == "true"}
	case "function":
		return p.functionExpression(t.start, false)
	case "class":
		return p.classLiteral(false)
	case "new":
		return p.newExpression()
	case "super":
		return p.super()
	case "import":
		return p.importCall()
	case "async":
		if !t.escaped {
			saved, last := p.lexer, p.last
			p.next()
			if p.isName("function") && !p.tok.newline {
				return p.functionExpression(t.start, true)
			}
			p.lexer, p.last = saved, last
		}
	}
	if reserved(t.name) {
		p.unexpected()
	}
	return p.reference()
}

// reference reads a name that is used.
func (p *parser) reference() *ast.Identifier {
	t := p.tok
	p.checkName(&t)
	if t.name == "arguments" && p.argumentsForbidden() {
		p.fail(t.start, t.end, "'arguments' is not allowed in class field initializer or static initialization block")
	}
	p.next()
	return &ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}
}

func (p *parser) argumentsForbidden() bool {
	for f := p.fn; f != nil; f = f.outer {
		if f.noArguments {
			return true
		}
		if !f.arrow {
			return false
		}
	}
	return false
}

// checkName checks that a word may be a name here.
func (p *parser) checkName(t *lexeme) {
	if t.kind != tokName || reserved(t.name) {
		p.unexpectedToken(t)
	}
	switch t.name {
	case "await":
		if p.fn.async || p.opts.Module || p.fn.noAwaitName() {
			if t.escaped {
				p.fail(t.start, t.end, "Keyword must not contain escaped characters")
			}
			p.fail(t.start, t.end, "Unexpected reserved word")
		}
		p.fn.awaitName = t.start
	case "yield":
		if p.strict {
			p.fail(t.start, t.end, "Unexpected strict mode reserved word")
		}
		if p.fn.generator {
			p.unexpectedToken(t)
		}
	default:
		if p.strict && strictReserved(t.name) {
			p.fail(t.start, t.end, "Unexpected strict mode reserved word")
		}
	}
}

// bindingIdentifier reads a name that is declared.
func (p *parser) bindingIdentifier() *ast.Identifier {
	t := p.tok
	p.checkName(&t)
	if p.strict && (t.name == "eval" || t.name == "arguments") {
		p.fail(t.start, t.end, "Unexpected eval or arguments in strict mode")
	}
	p.next()
	return &ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}
}

// importCall reads import(x) as a call of Options.ImportName.
func (p *parser) importCall() ast.Expression {
	t := p.tok
	p.next()
	if p.isPunct(pDot) {
		p.next()
		if p.isName("meta") {
			p.failToken("Cannot use 'import.meta' outside a module")
		}
		if p.isName("source") {
			p.next()
			if !p.isPunct(pParenL) {
				p.unexpected()
			}
			return p.importSource(t)
		}
		p.unexpected()
	}
	if !p.isPunct(pParenL) {
		if p.opts.Module {
			p.unexpected()
		}
		p.fail(t.start, t.end, "Cannot use import statement outside a module")
	}
	if p.opts.ImportName == "" {
		p.fail(t.start, t.end, "Cannot use import statement outside a module")
	}
	p.imports = true
	list, opening, closing := p.importArguments()
	return &ast.CallExpression{Callee: &ast.Identifier{Name: unistring.String(p.opts.ImportName), Idx: idx(t.start)}, LeftParenthesis: idx(opening), ArgumentList: list,
		RightParenthesis: idx(closing)}
}

// importSource reads import.source(x), which is rejected: no module of JavaScript has a source object.
func (p *parser) importSource(t lexeme) ast.Expression {
	opening := p.expect(pParenL)
	x := p.withIn(func() ast.Expression { return p.assign(nil) })
	closing := p.expect(pParenR)
	at := idx(t.start)
	name := func(s unistring.String) *ast.Identifier { return &ast.Identifier{Name: s, Idx: at} }
	text := &ast.TemplateLiteral{OpenQuote: at, CloseQuote: at, Expressions: []ast.Expression{name("x")}, Elements: []*ast.TemplateElement{
		{Idx: at, Parsed: "Source phase import object is not defined for module '", Valid: true}, {Idx: at, Parsed: "'", Valid: true}}}
	throw := &ast.ThrowStatement{Throw: at, Argument: &ast.NewExpression{New: at, Callee: name("SyntaxError"), LeftParenthesis: at, RightParenthesis: at,
		ArgumentList: []ast.Expression{text}}}
	f := &ast.ArrowFunctionLiteral{Start: at, Async: true, Body: &ast.BlockStatement{LeftBrace: at, RightBrace: at, List: []ast.Statement{throw}},
		ParameterList: &ast.ParameterList{Opening: at, Closing: at, List: []*ast.Binding{{Target: name("x")}}}}
	return &ast.CallExpression{Callee: f, LeftParenthesis: idx(opening), ArgumentList: []ast.Expression{x}, RightParenthesis: idx(closing)}
}

// importArguments reads the specifier and the options of import().
func (p *parser) importArguments() (list []ast.Expression, opening, closing int) {
	opening = p.expect(pParenL)
	if p.isPunct(pParenR) {
		p.fail(opening, opening+1, "import() requires a specifier")
	}
	for range 2 {
		list = append(list, p.withIn(func() ast.Expression { return p.assign(nil) }))
		if !p.take(pComma) || p.isPunct(pParenR) {
			break
		}
	}
	closing = p.expect(pParenR)
	return
}

func (p *parser) checkOctal(t lexeme) {
	if t.octal > 0 && p.strict {
		p.failOctal(t)
	}
}

func (p *parser) failOctal(t lexeme) {
	switch {
	case t.kind == tokString && t.eight:
		p.fail(t.octal-1, t.octal, "\\8 and \\9 are not allowed in strict mode.")
	case t.kind == tokString:
		p.fail(t.octal, t.octal+1, "Octal escape sequences are not allowed in strict mode.")
	case t.eight:
		p.fail(t.start, t.end, "Decimals with leading zeros are not allowed in strict mode.")
	}
	p.fail(t.start, t.end, "Octal literals are not allowed in strict mode.")
}

func (p *parser) numberLiteral(t lexeme) ast.Expression {
	p.checkOctal(t)
	text := p.src[t.start:t.end]
	n := &ast.NumberLiteral{Idx: idx(t.start), Literal: text}
	digits := text
	if strings.IndexByte(digits, '_') >= 0 {
		digits = strings.ReplaceAll(digits, "_", "")
	}
	if t.kind == tokBigInt {
		b, _ := new(big.Int).SetString(digits[:len(digits)-1], 0)
		n.Value = b
		return n
	}
	n.Value = numberValue(digits, t.octal > 0 && !t.eight)
	return n
}

// numberValue is an int64 where it can be, else a float64.
func numberValue(s string, octal bool) any {
	base := 10
	switch {
	case octal:
		base, s = 8, strings.TrimLeft(s, "0")
	case len(s) > 1 && s[0] == '0':
		switch s[1] {
		case 'x', 'X':
			base, s = 16, s[2:]
		case 'o', 'O':
			base, s = 8, s[2:]
		case 'b', 'B':
			base, s = 2, s[2:]
		}
	}
	if s == "" {
		return int64(0)
	}
	if base == 10 {
		if strings.ContainsAny(s, ".eE") {
			f, _ := strconv.ParseFloat(s, 64)
			if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
				return int64(f)
			}
			return f
		}
		if len(s) < 16 {
			i, _ := strconv.ParseInt(s, 10, 64)
			return i
		}
		f, _ := strconv.ParseFloat(s, 64)
		return f
	}
	if i, err := strconv.ParseInt(s, base, 64); err == nil && i < 1<<53 {
		return i
	}
	b, _ := new(big.Int).SetString(s, base)
	f, _ := new(big.Float).SetInt(b).Float64()
	return f
}

// template reads a template literal, whose backtick is the token.
func (p *parser) template(tagged bool) *ast.TemplateLiteral {
	t := &ast.TemplateLiteral{OpenQuote: idx(p.tok.start)}
	opening := p.tok.start
	for {
		start := p.at
		el := &ast.TemplateElement{Idx: idx(start), Valid: true}
		value := newText("")
		finished := false
		for {
			if p.at >= len(p.src) {
				if len(t.Elements) == 0 {
					p.fail(len(p.src), len(p.src), "Unexpected end of input")
				}
				p.fail(opening, len(p.src), "Unterminated template literal")
			}
			c := p.src[p.at]
			if c == '`' || c == '$' && p.byteAt(p.at+1) == '{' {
				finished = c == '`'
				break
			}
			switch {
			case c == '\\':
				if wrong, at := p.escape(&value, nil); wrong != "" {
					if p.at >= len(p.src) {
						p.fail(opening, len(p.src), "Unterminated template literal")
					}
					if !tagged {
						p.fail(at, max(p.at, at+1), wrong)
					}
					el.Valid = false
				}
			case c == '\r':
				if p.byteAt(p.at+1) == '\n' {
					p.at++
				}
				value.ascii('\n')
				p.at++
			case c < 0x80:
				value.ascii(c)
				p.at++
			default:
				i := p.at
				for _, r := range p.src[i:] {
					if r < 0x80 {
						break
					}
					value.rune(r)
					p.at += len(string(r))
				}
			}
		}
		el.Literal = p.src[start:p.at]
		if strings.IndexByte(el.Literal, '\r') >= 0 {
			el.Literal = strings.ReplaceAll(strings.ReplaceAll(el.Literal, "\r\n", "\n"), "\r", "\n")
		}
		if el.Valid {
			el.Parsed = value.value()
		}
		t.Elements = append(t.Elements, el)
		if finished {
			t.CloseQuote = idx(p.at)
			p.at++
			p.tok.end = p.at
			p.next()
			return t
		}
		p.at += 2
		p.next()
		from := p.tok.start
		if p.tok.kind == tokEOF {
			p.fail(opening, len(p.src), "Unterminated template literal")
		}
		t.Expressions = append(t.Expressions, p.withIn(p.expression))
		if !p.isPunct(pBraceR) {
			p.fail(from, p.tok.start, "Missing } in template expression")
		}
	}
}

func (p *parser) arrayLiteral(c *cover) ast.Expression {
	a := &ast.ArrayLiteral{LeftBracket: idx(p.tok.start)}
	noIn := p.noIn
	p.noIn = false
	p.next()
	for !p.isPunct(pBracketR) {
		if p.take(pComma) {
			a.Value = append(a.Value, nil)
			continue
		}
		if p.take(pEllipsis) {
			a.Value = append(a.Value, &ast.SpreadElement{Expression: p.assign(c)})
			if p.isPunct(pComma) {
				// What follows makes it no pattern; toTarget finds that by the text.
				p.spreadComma(a.Value[len(a.Value)-1])
			}
		} else {
			a.Value = append(a.Value, p.assign(c))
		}
		if !p.isPunct(pBracketR) {
			p.expect(pComma)
		}
	}
	p.noIn = noIn
	a.RightBracket = idx(p.expect(pBracketR))
	return a
}

// spreadComma notes that a comma follows a spread element, which no pattern may have.
func (p *parser) spreadComma(e ast.Expression) {
	if p.parens == nil {
		p.parens = map[ast.Expression]int{}
	}
	p.parens[e] = p.tok.start
}

func (p *parser) objectLiteral(c *cover) ast.Expression {
	o := &ast.ObjectLiteral{LeftBrace: idx(p.tok.start)}
	noIn := p.noIn
	p.noIn = false
	p.next()
	proto := false
	for !p.isPunct(pBraceR) {
		prop := p.objectProperty(c, &proto)
		o.Value = append(o.Value, prop)
		if !p.isPunct(pBraceR) {
			if p.isPunct(pComma) {
				if s, ok := prop.(*ast.SpreadElement); ok {
					p.spreadComma(s)
				}
			}
			p.expect(pComma)
		}
	}
	p.noIn = noIn
	o.RightBrace = idx(p.expect(pBraceR))
	return o
}

// key is a property's or a class element's name.
type key struct {
	e        ast.Expression
	tok      lexeme
	computed bool
}

// name is the name of a key that is written out.
func (k *key) name() string {
	if s, ok := k.e.(*ast.StringLiteral); ok && !k.computed {
		return s.Value.String()
	}
	return ""
}

func (p *parser) propertyKey() key {
	t := p.tok
	switch t.kind {
	case tokName:
		p.next()
		return key{e: &ast.StringLiteral{Idx: idx(t.start), Literal: t.name, Value: unistring.NewFromString(t.name)}, tok: t}
	case tokString:
		p.checkOctal(t)
		p.next()
		return key{e: &ast.StringLiteral{Idx: idx(t.start), Literal: p.src[t.start:t.end], Value: t.value}, tok: t}
	case tokNumber, tokBigInt:
		p.next()
		return key{e: p.numberLiteral(t), tok: t}
	case tokPunct:
		if t.punct == pBracketL {
			p.next()
			e := p.withIn(func() ast.Expression { return p.assign(nil) })
			p.expect(pBracketR)
			return key{e: e, tok: t, computed: true}
		}
	}
	p.unexpected()
	return key{}
}

// keyFollows tells whether a word like get is not the name itself: a name follows.
func (p *parser) keyFollows() bool {
	switch p.tok.kind {
	case tokName, tokString, tokNumber, tokBigInt, tokPrivate:
		return true
	case tokPunct:
		return p.tok.punct == pBracketL
	}
	return false
}

func (p *parser) objectProperty(c *cover, proto *bool) ast.Property {
	if p.isPunct(pEllipsis) {
		p.next()
		return &ast.SpreadElement{Expression: p.assign(c)}
	}
	start := p.tok.start
	m := method{start: start, kind: ast.PropertyKindMethod}
	first := p.tok
	if p.take(pStar) {
		m.generator = true
		k := p.propertyKey()
		return p.objectMethod(k, m)
	}
	k := p.propertyKey()
	if first.kind == tokName && !first.escaped {
		switch first.name {
		case "async":
			if !p.tok.newline && (p.keyFollows() || p.isPunct(pStar)) {
				m.async = true
				m.generator = p.take(pStar)
				return p.objectMethod(p.propertyKey(), m)
			}
		case "get", "set":
			if p.keyFollows() {
				m.kind = ast.PropertyKindGet
				if first.name == "set" {
					m.kind = ast.PropertyKindSet
				}
				return p.objectMethod(p.propertyKey(), m)
			}
		}
	}
	switch {
	case p.isPunct(pParenL):
		return p.objectMethod(k, m)
	case p.isPunct(pColon):
		p.next()
		if k.name() == "__proto__" {
			if *proto && c.proto == 0 {
				c.proto = k.tok.start + 1
			}
			*proto = true
		}
		return &ast.PropertyKeyed{Key: k.e, Kind: ast.PropertyKindValue, Value: p.assign(c), Computed: k.computed}
	case first.kind != tokName || k.computed:
		if !k.computed && (p.isPunct(pComma) || p.isPunct(pBraceR)) {
			p.unexpectedToken(&first)
		}
		p.unexpected()
	}
	// The name itself: {a}, or {a = 1} in a pattern.
	if reserved(first.name) {
		if p.isPunct(pComma) || p.isPunct(pBraceR) || p.isPunct(pAssign) {
			p.unexpectedToken(&first)
		}
		p.unexpected()
	}
	p.checkName(&first)
	if first.name == "arguments" && p.argumentsForbidden() {
		p.fail(first.start, first.end, "'arguments' is not allowed in class field initializer or static initialization block")
	}
	short := &ast.PropertyShort{Name: ast.Identifier{Name: unistring.NewFromString(first.name), Idx: idx(first.start)}}
	if p.isPunct(pAssign) {
		p.next()
		short.Initializer = p.assign(nil)
		if c.shorthand == 0 {
			c.shorthand, c.shorthandEnd = first.start+1, p.last
		}
	}
	return short
}
