package parse

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
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
		if p.types != nil {
			p.expected("'" + punctuators[k] + "'")
		}
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
	was := p.within
	p.within = within{}
	e := read()
	p.within = was
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
	p.infer.open()
	e := p.assignment(c)
	p.infer.close()
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
	} else if e := p.typedArrow(start, false); e != nil {
		return e
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
	p.infer.gives(left, p.tok.start)
	right := p.assign(nil)
	switch op {
	case token.ASSIGN, token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
		p.infer.assigned(right)
	default:
		p.infer.call()
	}
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
		if p.types != nil {
			break
		}
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
	if p.strict && (id.Name == "eval" || id.Name == "arguments" || id.Name.String() == p.opts.Arguments) {
		p.failName(id, "Unexpected eval or arguments in strict mode")
	}
}

func (p *parser) failName(id *ast.Identifier, message string) {
	start := int(id.Idx) - 1
	p.fail(start, start+len(p.identifierText(start)), message)
}

// yield reads a YieldExpression. An async generator awaits what it yields.
func (p *parser) yield() ast.Expression {
	y := p.yieldExpression()
	if p.fn.async && !y.Delegate {
		at := maker(y.Yield)
		if y.Argument == nil {
			y.Argument = &ast.UnaryExpression{Operator: token.VOID, Idx: y.Yield, Operand: &ast.NumberLiteral{Idx: y.Yield, Literal: "0", Value: int64(0)}}
		}
		y.Argument = at.await(y.Argument)
	}
	return y
}

func (p *parser) yieldExpression() *ast.YieldExpression {
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
		if p.within.noIn {
			return y
		}
		y.Argument = p.assign(nil)
	default:
		y.Argument = p.assign(nil)
	}
	return y
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
	if p.types != nil && p.strict && strictReserved(t.name) {
		p.failToken("Expression expected")
	}
	p.checkName(&t)
	if t.name == "arguments" && p.argumentsForbidden() {
		p.fail(t.start, t.end, "'arguments' is not allowed in class field initializer or static initialization block")
	}
	p.readArguments(t.name)
	p.next()
	p.infer.variable(t.name)
	return p.named(t.name, t.start)
}

// named is a name that is used, as the engine is to know it.
func (p *parser) named(name string, at int) *ast.Identifier {
	if name == "arguments" && p.strict && p.opts.Arguments != "" && p.ownFunction().top {
		name = p.opts.Arguments
	}
	return &ast.Identifier{Name: unistring.NewFromString(name), Idx: idx(at)}
}

// ownFunction is the function whose this and arguments are meant.
func (p *parser) ownFunction() *function {
	f := p.fn
	for f.arrow {
		f = f.outer
	}
	return f
}

// readArguments notes that an arrow function reads the arguments of the function around it.
func (p *parser) readArguments(name string) {
	if name != "arguments" {
		return
	}
	if !p.fn.arrow {
		p.fn.argumentsAt = p.tok.end
		return
	}
	p.ownFunction().arrowArguments = true
}

// ReadArguments gives a body that reads the function's arguments before anything else does. The engine makes them for an arrow
// function within, but puts them where that finds them only if the function itself has asked for them first.
func ReadArguments(body []ast.Statement, at file.Idx) []ast.Statement {
	first := 0
	for ; first < len(body); first++ {
		if s, ok := body[first].(*ast.ExpressionStatement); !ok {
			break
		} else if _, directive := s.Expression.(*ast.StringLiteral); !directive {
			break
		}
	}
	return slices.Insert(slices.Clone(body), first, ast.Statement(&ast.ExpressionStatement{Expression: &ast.Identifier{Name: "arguments", Idx: at}}))
}

// readArgumentsFirst is ReadArguments for a parameter whose default value has the arrow function.
func readArgumentsFirst(b *ast.Binding) {
	at := b.Target.Idx0()
	read := func(e ast.Expression) ast.Expression {
		return &ast.SequenceExpression{Sequence: []ast.Expression{&ast.Identifier{Name: "arguments", Idx: at}, e}}
	}
	if b.Initializer != nil {
		b.Initializer = read(b.Initializer)
		return
	}
	// The arrow function is in the parameter's pattern: a default value comes before it.
	b.Initializer = read(&ast.Identifier{Name: "undefined", Idx: at})
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
		if p.types != nil && !p.fn.generator {
			p.reservedName(t)
		} else if p.strict {
			p.fail(t.start, t.end, "Unexpected strict mode reserved word")
		}
		if p.fn.generator {
			p.unexpectedToken(t)
		}
	default:
		if strictReserved(t.name) && p.types != nil {
			p.reservedName(t)
		} else if p.strict && strictReserved(t.name) {
			p.fail(t.start, t.end, "Unexpected strict mode reserved word")
		}
	}
}

// bindingIdentifier reads a name that is declared.
func (p *parser) bindingIdentifier() *ast.Identifier {
	t := p.tok
	if p.types != nil {
		p.checkDeclared()
	}
	p.checkName(&t)
	if p.strict && (t.name == "eval" || t.name == "arguments") {
		p.fail(t.start, t.end, "Unexpected eval or arguments in strict mode")
	}
	p.next()
	return &ast.Identifier{Name: unistring.NewFromString(t.name), Idx: idx(t.start)}
}
