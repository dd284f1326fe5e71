package source

import (
	"errors"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
)

// ErrTooDeep is a text that nests deeper than the parser, the compiler and the walks over the syntax tree can follow:
// each level is a few calls of these, and a Go stack that overflows ends the process. In scripts it is the RangeError
// that V8 throws as well.
var ErrTooDeep = errors.New("Maximum call stack size exceeded")

const (
	// maxDepth is how many levels the parser may be asked to go down. V8 gives up at 2,000 brackets and 12,000 operators;
	// the parser here needs up to 5 KB of stack for a level.
	maxDepth = 10_000
	// maxTree is how deep a syntax tree may be. It is deeper than the parser goes where that loops, as in a sum of as many
	// terms, for which the engine's compiler needs time in the square.
	maxTree = 20_000
)

// tooDeep tells from the tokens of a text alone whether the parser would have to go down more than maxDepth levels.
// It may be wrong by a few levels, as where a bracket stands in a regular expression that it takes for a division.
func tooDeep(text string, typescript bool) bool {
	if len(text) <= maxDepth {
		return false
	}
	d := depth{moduleText: moduleText{text: text}, levels: make([]level, 1, 64), typescript: typescript}
	return d.measure() > maxDepth
}

// depth counts the levels of nesting at each token: the brackets that are open, and what nests without a bracket, which
// are statements without braces (else if), prefix operators, and operators whose right side holds another.
type depth struct {
	moduleText // reads strings, comments, regular expressions and words
	levels     []level
	typescript bool
	max        int
}

// level is an open bracket, or the whole text.
type level struct {
	base       int // the levels outside
	statements int // heads of statements whose body is still to come, and labels
	held       int // of them, after a semicolon: an else would go on there
	loops      int // open do statements
	assigns    int // operators that nest to the right: = ? => **
	prefixes   int // prefix operators in front of the operand
	terms      int // operators that nest to the left, and what follows an operand: the parser loops there, the compiler does not
	template   bool
	control    bool // the parenthesis of if, while, for or with
	value      bool // the brace of an object literal
}

func (l *level) depth() int {
	n := l.base + l.statements + l.assigns + l.prefixes
	if l.terms > 2*maxTree {
		n += maxDepth + 1
	} else if l.terms > maxTree {
		n += maxDepth
	}
	return n
}

func (d *depth) top() *level { return &d.levels[len(d.levels)-1] }

func (d *depth) measure() int {
	if strings.HasPrefix(d.text, "#!") {
		d.line()
	}
	for d.at < len(d.text) && d.max <= maxDepth {
		d.token(d.space())
		d.max = max(d.max, d.top().depth())
	}
	return d.max
}

// closedControl stands for the end of a control parenthesis: what follows is a statement.
const closedControl = ")if"

// operand tells whether the token before ends an expression, so that an operator may follow.
func (d *depth) operand() bool {
	switch d.prev {
	case "0", ")", "]", "}", "++", "--":
		return true
	}
	return d.prev != "" && wordChar(d.prev[0]) && !beforeExpression(d.prev)
}

// beforeExpression lists the words after which an expression or a statement begins.
func beforeExpression(word string) bool {
	switch word {
	case "new", "typeof", "void", "delete", "await", "yield", "return", "throw", "case", "in", "of", "instanceof", "else", "do", "extends", "default",
		"keyof", "readonly", "unique", "infer", "asserts":
		return true
	}
	return false
}

func (d *depth) token(newline bool) {
	if d.at >= len(d.text) {
		return
	}
	l := d.top()
	c := d.text[d.at]
	if wordChar(c) || c == '#' || c == '@' {
		d.words(l, newline)
		return
	}
	switch c {
	case '"', '\'':
		d.quoted()
		d.prev = "0"
	case '`':
		d.at++
		if d.operand() {
			l.terms++
		}
		d.backtick()
	case '(', '[', '{':
		d.at++
		if c != '{' && d.operand() {
			l.terms++
		}
		next := level{base: l.depth() + 1}
		switch d.prev {
		case "if", "while", "for", "with":
			next.control = c == '('
		case "", ";", "{", "}", ")", closedControl, "=>", "else", "do":
		default:
			next.value = c == '{' && !d.operand()
		}
		d.levels = append(d.levels, next)
		d.prev = string(c)
	case ')', ']', '}':
		d.at++
		d.prev = d.text[d.at-1 : d.at]
		closed := *l
		if len(d.levels) > 1 {
			d.levels = d.levels[:len(d.levels)-1]
		}
		if closed.template && c == '}' {
			d.backtick()
		} else if closed.control && c == ')' {
			d.prev = closedControl
		} else if closed.value && c == '}' {
			d.prev = "0"
		}
	case ';':
		d.at++
		d.prev = ";"
		l.held = l.statements
		l.statements, l.assigns, l.prefixes, l.terms = l.loops, 0, 0, 0
	case ',':
		d.at++
		d.prev = ","
		l.assigns, l.prefixes, l.terms = 0, 0, 0
	default:
		d.operator(l, c)
	}
}

// backtick goes through a template from behind its backtick or the brace of a substitution.
func (d *depth) backtick() {
	for ; d.at < len(d.text); d.at++ {
		switch d.text[d.at] {
		case '\\':
			d.at++
		case '`':
			d.at++
			d.prev = "0"
			return
		case '$':
			if strings.HasPrefix(d.text[d.at:], "${") {
				d.at += 2
				d.levels = append(d.levels, level{base: d.top().depth() + 1, template: true})
				d.prev = "{"
				return
			}
		}
	}
}

func (d *depth) words(l *level, newline bool) {
	before := d.prev
	ended := d.operand()
	w := d.word()
	if w == "" { // # or @
		d.at++
		return
	}
	d.prev = w
	if before == "." || before == "?." {
		d.prev = "0" // a property may be called new
		return
	}
	if w != "default" && strings.HasPrefix(d.text[d.at:], ":") {
		w, d.prev = "", "0" // and so may one of an object literal
	}
	// A word after an operand begins a statement, but for those that go on with the one before.
	if before == ";" || before == "{" || ended && (newline || before == "}") {
		switch w {
		case "else":
			if before == ";" {
				l.statements = l.held
			}
		case "in", "instanceof", "of", "as":
		default:
			if ended {
				l.held = l.statements
				l.statements, l.assigns, l.prefixes, l.terms = l.loops, 0, 0, 0
			}
		}
	}
	switch w {
	case "if", "for", "with", "else":
		l.statements++
	case "while":
		if l.loops > 0 && (ended || before == ";") {
			l.loops--
		} else {
			l.statements++
		}
	case "do":
		l.statements++
		l.loops++
	case "case", "default":
		l.statements, l.assigns, l.prefixes, l.terms = l.loops, 0, 0, 0
	case "new", "typeof", "void", "delete", "await", "keyof", "readonly", "unique", "infer", "asserts":
		l.prefixes++
	case "yield":
		l.assigns++
	}
}

func (d *depth) operator(l *level, c byte) {
	if c == '/' && (d.prev == "}" || !d.operand()) {
		d.literal()
		d.prev = "0"
		return
	}
	rest := d.text[d.at:]
	op := rest[:1]
	if c >= utf8.RuneSelf { // white space of Unicode that space did not take
		_, n := utf8.DecodeRuneInString(rest)
		op = rest[:n]
	}
	for _, long := range [...]string{"...", "=>", "++", "--", "?.", "===", "==", "!==", "!=", ">=", "<=", "**=", "**", "&&=", "||=", "??=", "??", "&&", "||"} {
		if strings.HasPrefix(rest, long) {
			op = long
			break
		}
	}
	d.at += len(op)
	ended := d.operand()
	d.prev = op
	switch op {
	case "++", "--":
		if !ended {
			l.prefixes++
			d.prev = "!"
		}
		return
	case "!", "~":
		l.prefixes++
		return
	case "+", "-":
		if !ended {
			l.prefixes++
			return
		}
	case ".", "?.":
		l.terms++
		return
	case "=", "?", "=>", "**", "**=", "&&=", "||=", "??=", ":":
		l.assigns++
	case "<":
		if d.typescript {
			l.assigns++
		}
	}
	l.prefixes = 0
	l.terms++
}

// unfold keeps the engine's compiler from computing an operation on BigInt literals: 9n ** 9n ** 9n would take all memory. What
// stands in a sequence is no constant to it.
func unfold(e *ast.BinaryExpression) {
	switch e.Operator {
	case token.EXPONENT, token.SHIFT_LEFT, token.MULTIPLY, token.SHIFT_RIGHT:
		if bigLiteral(e.Right) || bigLiteral(e.Left) {
			e.Left = &ast.SequenceExpression{Sequence: []ast.Expression{e.Left}}
		}
	}
}

// bigLiteral tells whether an expression is a BigInt literal or one with an operator.
func bigLiteral(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral:
		_, big := e.Value.(*big.Int)
		return big
	case *ast.UnaryExpression:
		return bigLiteral(e.Operand)
	case *ast.BinaryExpression:
		return bigLiteral(e.Right)
	}
	return false
}
