// Package coverage counts which parts of a script run: it puts steps that count into the syntax tree, and makes V8's coverage of what
// they have counted, functions and blocks with the ranges that V8 gives them. It knows no values; a Script belongs to one goroutine.
package coverage

import (
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/steps"
)

// Script is what is counted of a script. Its text may not change.
type Script struct {
	// Counts are how often the steps have run since they were last read, by their numbers.
	Counts    []uint32
	functions []*function
	offsets   []int32 // of the bytes, in UTF-16 units; nil for ASCII
	length    int
}

// function is a function, or the whole script.
type function struct {
	name       string
	start, end int // bytes
	counter    int
	blocks     []block
	outer      *function
}

// block is a part of a function that may run less often than what is around it. Its end is open where it goes on to the next block, or to the end
// of what it lies in.
type block struct{ start, end, counter int }

const open = -1

type instrumenter struct {
	s    *Script
	text string
	fn   *function
	name string // what the function to come is called, if it does not say
	// global is that statements outside of functions may give the text's completion value.
	global bool
	// suspends is that there is an await or yield in the statement, outside of the functions in it.
	suspends bool
}

// Instrument puts counting steps into the body of a script with that text, which begins at the text's first byte. global is that the body's
// statements may give the text's completion value, which stays what it is.
func Instrument(body []ast.Statement, text string, global bool) (*Script, []ast.Statement) {
	s := &Script{length: len(text)}
	if !ascii(text) {
		s.offsets = utf16Offsets(text)
	}
	in := &instrumenter{s: s, text: text, global: global}
	in.fn = &function{end: len(text), counter: in.counter()}
	s.functions = append(s.functions, in.fn)
	if global {
		s.Counts[in.fn.counter] = 1
		in.walk(reflect.ValueOf(body))
	} else {
		body = in.enter(in.list(body), in.fn.counter)
	}
	return s, body
}

func (in *instrumenter) counter() int {
	in.s.Counts = append(in.s.Counts, 0)
	return len(in.s.Counts) - 1
}

// block begins a block.
func (in *instrumenter) block(start, end int) int {
	n := in.counter()
	in.fn.blocks = append(in.fn.blocks, block{start, end, n})
	return n
}

// count is the expression that counts; its value is undefined.
func count(n int) ast.Expression {
	return &ast.DotExpression{Left: &ast.NumberLiteral{Idx: 1, Literal: strconv.Itoa(n), Value: int64(n)}, Identifier: ast.Identifier{Name: steps.Count.Name(), Idx: 1}}
}

func counting(n int) ast.Statement { return &ast.ExpressionStatement{Expression: count(n)} }

// after is an expression that is evaluated after counting.
func after(n int, e ast.Expression) ast.Expression {
	return &ast.SequenceExpression{Sequence: []ast.Expression{count(n), e}}
}

// enter puts the counting of a function's calls behind its directives.
func (in *instrumenter) enter(body []ast.Statement, n int) []ast.Statement {
	i := 0
	for i < len(body) {
		e, ok := body[i].(*ast.ExpressionStatement)
		if !ok {
			break
		}
		if _, ok := e.Expression.(*ast.StringLiteral); !ok {
			break
		}
		i++
	}
	return append(append(append([]ast.Statement(nil), body[:i]...), counting(n)), body[i:]...)
}

// list walks over statements. Behind those that may not come to their end is another block.
func (in *instrumenter) list(body []ast.Statement) []ast.Statement {
	last := len(body) - 1
	for last >= 0 && isFunction(body[last]) { // which is made before
		last--
	}
	out := make([]ast.Statement, 0, len(body))
	for i, s := range body {
		end := in.endOf(s)
		suspends := in.suspends
		in.suspends = false
		more := leaves(s) && (i < last || i == last && in.scoped(s))
		in.stmt(&s)
		more = (more || in.suspends && i < last) && !in.mayGiveValue(s)
		in.suspends = in.suspends || suspends
		out = append(out, s)
		if more {
			out = append(out, counting(in.block(end, open)))
		}
	}
	return out
}

func isFunction(s ast.Statement) bool {
	_, ok := s.(*ast.FunctionDeclaration)
	return ok
}

// mayGiveValue tells whether the completion value of what is in a statement, or before it, may be the text's, which it is not if counting follows.
func (in *instrumenter) mayGiveValue(s ast.Statement) bool {
	if !in.global || in.fn.outer != nil {
		return false
	}
	switch s.(type) {
	case *ast.BlockStatement, *ast.LabelledStatement, *ast.TryStatement:
		return true
	}
	return false
}

// scoped tells whether a statement is one that V8 makes of two, as a loop with variables of its own: it counts behind them, even at the end of a
// block.
func (in *instrumenter) scoped(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.BlockStatement:
		return in.text[at(s.LeftBrace)] != '{' // the parser's, for await
	case *ast.ForStatement:
		_, ok := s.Initializer.(*ast.ForLoopInitializerLexicalDecl)
		return ok
	case *ast.ForInStatement:
		_, ok := s.Into.(*ast.ForDeclaration)
		return ok
	case *ast.ForOfStatement:
		_, ok := s.Into.(*ast.ForDeclaration)
		return ok
	case *ast.LabelledStatement:
		return in.scoped(s.Statement)
	}
	return false
}

// body makes a block of a statement that may run or not.
func (in *instrumenter) body(s *ast.Statement, start, end int) {
	if _, ok := (*s).(*ast.FunctionDeclaration); ok || *s == nil {
		in.stmt(s)
		return
	}
	n := in.block(start, end)
	if b, ok := (*s).(*ast.BlockStatement); ok {
		b.List = append([]ast.Statement{counting(n)}, in.list(b.List)...)
		return
	}
	in.stmt(s)
	*s = &ast.BlockStatement{LeftBrace: (*s).Idx0(), List: []ast.Statement{counting(n), *s}, RightBrace: file.Idx(end)}
}

func at(i file.Idx) int { return int(i) - 1 }

// endOf is where a node ends: a statement with its semicolon.
func (in *instrumenter) endOf(n ast.Node) int {
	end := in.lastOf(n)
	if _, isExpression := n.(ast.Expression); isExpression {
		return end
	}
	for i := end; i < len(in.text); i++ {
		switch in.text[i] {
		case ' ', '\t', ')':
			continue
		case ';':
			return i + 1
		}
		break
	}
	return end
}

// lastOf is where the last word of a node ends. The engine's Idx1 takes the length that a name has in memory for that in the text, and ends
// in a trace where a case has no statements.
func (in *instrumenter) lastOf(n ast.Node) int {
	switch n := n.(type) {
	case *ast.Identifier:
		return in.nameEnd(at(n.Idx))
	case *ast.DotExpression:
		if steps.Of(n.Identifier.Name) != steps.None {
			return in.lastOf(n.Left)
		}
		return in.lastOf(&n.Identifier)
	case *ast.PrivateDotExpression:
		return in.nameEnd(at(n.Identifier.Idx))
	case *ast.AssignExpression:
		return in.lastOf(n.Right)
	case *ast.BinaryExpression:
		return in.lastOf(n.Right)
	case *ast.ConditionalExpression:
		return in.lastOf(n.Alternate)
	case *ast.SequenceExpression:
		return in.lastOf(n.Sequence[len(n.Sequence)-1])
	case *ast.AwaitExpression:
		return in.lastOf(n.Argument)
	case *ast.YieldExpression:
		if n.Argument != nil {
			return in.lastOf(n.Argument)
		}
	case *ast.UnaryExpression:
		if !n.Postfix {
			return in.lastOf(n.Operand)
		}
		return in.behind(in.lastOf(n.Operand), n.Operator.String())
	case *ast.Optional:
		return in.lastOf(n.Expression)
	case *ast.OptionalChain:
		return in.lastOf(n.Expression)
	case *ast.ArrowFunctionLiteral:
		return at(n.Start) + len(n.Source)
	case *ast.NewExpression:
		if n.ArgumentList == nil {
			return in.lastOf(n.Callee)
		}
	case *ast.ExpressionStatement:
		return in.lastOf(n.Expression)
	case *ast.ReturnStatement:
		if n.Argument != nil {
			return in.lastOf(n.Argument)
		}
	case *ast.ThrowStatement:
		return in.lastOf(n.Argument)
	case *ast.BranchStatement:
		if n.Label != nil {
			return in.lastOf(n.Label)
		}
	case *ast.VariableStatement:
		return in.lastOf(n.List[len(n.List)-1])
	case *ast.LexicalDeclaration:
		return in.lastOf(n.List[len(n.List)-1])
	case *ast.Binding:
		if n.Initializer != nil {
			return in.lastOf(n.Initializer)
		}
		return in.lastOf(n.Target)
	case *ast.IfStatement:
		if n.Alternate != nil {
			return in.endOf(n.Alternate)
		}
		return in.endOf(n.Consequent)
	case *ast.ForStatement:
		return in.endOf(n.Body)
	case *ast.ForInStatement:
		return in.endOf(n.Body)
	case *ast.ForOfStatement:
		return in.endOf(n.Body)
	case *ast.WhileStatement:
		return in.endOf(n.Body)
	case *ast.WithStatement:
		return in.endOf(n.Body)
	case *ast.LabelledStatement:
		return in.endOf(n.Statement)
	case *ast.CaseStatement:
		if last := len(n.Consequent) - 1; last >= 0 {
			return in.endOf(n.Consequent[last])
		}
		if n.Test != nil {
			return in.behind(in.lastOf(n.Test), ":")
		}
		return in.behind(at(n.Case)+len("default"), ":")
	}
	return min(at(n.Idx1()), len(in.text))
}

// nameEnd is where the name ends that begins at a place.
func (in *instrumenter) nameEnd(start int) int {
	end := start
	for end < len(in.text) {
		r, size := utf8.DecodeRuneInString(in.text[end:])
		switch {
		case r == '\\' && strings.HasPrefix(in.text[end:], `\u{`):
			size = max(size, strings.IndexByte(in.text[end:], '}')+1)
		case r == '$' || r == '_' || r == '#' || r == '\\' || r == '\u200c' || r == '\u200d' || unicode.In(r, unicode.L, unicode.Nl, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc):
		default:
			return end
		}
		end += size
	}
	return end
}

// find is where a sign is that follows a place, leaving out comments; the place if there is none.
func (in *instrumenter) find(from int, sign string) int {
	for i := from; i < len(in.text); i++ {
		rest := in.text[i:]
		ends := ""
		switch {
		case strings.HasPrefix(rest, sign):
			return i
		case strings.HasPrefix(rest, "/*"):
			ends = "*/"
		case strings.HasPrefix(rest, "//"):
			ends = "\n"
		case rest[0] <= ' ' || rest[0] == ')' || rest[0] >= 0x80:
			continue
		default:
			return from
		}
		n := strings.Index(rest, ends)
		if n < 0 {
			return from
		}
		i += n + len(ends) - 1
	}
	return from
}

// behind is the place behind a sign that follows a place.
func (in *instrumenter) behind(from int, sign string) int {
	if i := in.find(from, sign); strings.HasPrefix(in.text[i:], sign) {
		return i + len(sign)
	}
	return from
}

func (in *instrumenter) stmt(p *ast.Statement) {
	switch s := (*p).(type) {
	case *ast.BlockStatement:
		s.List = in.list(s.List)
	case *ast.IfStatement:
		in.walk(reflect.ValueOf(s.Test))
		then := in.endOf(s.Consequent)
		alternate := s.Alternate
		if alternate != nil {
			defer in.body(&s.Alternate, then, in.endOf(alternate))
		}
		in.body(&s.Consequent, at(s.Consequent.Idx0()), then)
	case *ast.ForStatement:
		in.walk(reflect.ValueOf(s.Initializer))
		in.walk(reflect.ValueOf(s.Test))
		in.walk(reflect.ValueOf(s.Update))
		in.loop(&s.Body)
	case *ast.ForInStatement:
		in.walk(reflect.ValueOf(s.Into))
		in.walk(reflect.ValueOf(s.Source))
		in.loop(&s.Body)
	case *ast.ForOfStatement:
		in.walk(reflect.ValueOf(s.Into))
		in.walk(reflect.ValueOf(s.Source))
		in.loop(&s.Body)
	case *ast.WhileStatement:
		in.walk(reflect.ValueOf(s.Test))
		in.loop(&s.Body)
	case *ast.DoWhileStatement:
		in.loop(&s.Body)
		in.walk(reflect.ValueOf(s.Test))
	case *ast.TryStatement:
		s.Body.List = in.list(s.Body.List)
		if c := s.Catch; c != nil && written(c.Body) {
			in.walk(reflect.ValueOf(c.Parameter))
			end := at(c.Body.RightBrace) + 1
			n := in.block(at(c.Catch), end)
			c.Body.List = append([]ast.Statement{counting(n)}, in.list(c.Body.List)...)
		}
		if f := s.Finally; f != nil && written(f) {
			end := at(f.RightBrace) + 1
			tried := at(s.Body.RightBrace) + 1
			if s.Catch != nil {
				tried = at(s.Catch.Body.RightBrace) + 1
			}
			if s.Catch != nil && !in.mayGiveValue(s) {
				// To V8 that is a try with finally around one with catch, and what follows the inner one is another block.
				n := in.block(tried, open)
				s.Body.List = append(s.Body.List, counting(n))
				s.Catch.Body.List = append(s.Catch.Body.List, counting(n))
			}
			n := in.block(in.find(tried, "finally"), end)
			f.List = append([]ast.Statement{counting(n)}, in.list(f.List)...)
		}
	case *ast.SwitchStatement:
		in.walk(reflect.ValueOf(s.Discriminant))
		for _, c := range s.Body {
			in.walk(reflect.ValueOf(c.Test))
			end := in.endOf(c)
			n := in.block(at(c.Case), end)
			c.Consequent = append([]ast.Statement{counting(n)}, in.list(c.Consequent)...)
		}
	case *ast.LabelledStatement:
		in.stmt(&s.Statement)
	default:
		in.walk(reflect.ValueOf(*p))
	}
}

// written tells whether a block stands in the text: those that the parser makes end where they begin.
func written(b *ast.BlockStatement) bool { return b.RightBrace >= b.LeftBrace }

func (in *instrumenter) loop(body *ast.Statement) {
	in.body(body, at((*body).Idx0()), in.endOf(*body))
}

// leaves tells whether what follows a statement may not be reached, other than by a call that throws.
func leaves(s ast.Statement) bool {
	any := func(list []ast.Statement) bool {
		for _, s := range list {
			if leaves(s) {
				return true
			}
		}
		return false
	}
	switch s := s.(type) {
	case *ast.ReturnStatement, *ast.ThrowStatement, *ast.BranchStatement:
		return true
	case *ast.BlockStatement:
		return any(s.List)
	case *ast.IfStatement, *ast.ForStatement, *ast.ForInStatement, *ast.ForOfStatement, *ast.WhileStatement, *ast.DoWhileStatement, *ast.TryStatement, *ast.SwitchStatement:
		return true
	case *ast.LabelledStatement:
		return leaves(s.Statement)
	case *ast.WithStatement:
		return leaves(s.Body)
	}
	return false
}

var (
	nodeType       = reflect.TypeFor[ast.Node]()
	statementsType = reflect.TypeFor[[]ast.Statement]()
	declarations   = reflect.TypeFor[[]*ast.VariableDeclaration]()
)

// walk goes over what is no statement, by reflection: that is used only where coverage was asked for.
func (in *instrumenter) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			in.walk(v.Elem())
		}
	case reflect.Slice:
		if v.Type() == declarations {
			return
		}
		for i := range v.Len() {
			if v.Type() == statementsType {
				in.stmt(v.Index(i).Addr().Interface().(*ast.Statement))
			} else {
				in.walk(v.Index(i))
			}
		}
	case reflect.Struct:
		if v.CanAddr() {
			in.fields(v)
		}
	case reflect.Pointer:
		if v.IsNil() || v.Type().Elem().Kind() != reflect.Struct || v.Type() == reflect.TypeFor[*file.File]() {
			return
		}
		in.node(v)
	}
}

func (in *instrumenter) fields(v reflect.Value) {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			in.walk(v.Field(i))
		}
	}
}

func (in *instrumenter) node(v reflect.Value) {
	name := in.name
	in.name = ""
	switch n := v.Interface().(type) {
	case *ast.FunctionLiteral:
		if !written(n.Body) {
			in.fields(v.Elem())
			break
		}
		if n.Name != nil {
			name = n.Name.Name.String()
		}
		// Its text may begin before the word function, as that of a method does.
		end := at(n.Body.RightBrace) + 1
		in.function(name, end-len(n.Source), end, n.ParameterList, func(counter int) {
			n.Body.List = in.enter(in.list(n.Body.List), counter)
		})
	case *ast.ArrowFunctionLiteral:
		if b, ok := n.Body.(*ast.BlockStatement); ok && !written(b) || n.Source == "" {
			in.fields(v.Elem())
			break
		}
		start, end := at(n.Start), in.lastOf(n)
		in.function(name, start, end, n.ParameterList, func(counter int) {
			switch b := n.Body.(type) {
			case *ast.BlockStatement:
				b.List = in.enter(in.list(b.List), counter)
			case *ast.ExpressionBody:
				in.walk(reflect.ValueOf(&b.Expression).Elem())
				b.Expression = after(counter, b.Expression)
			}
		})
	case *ast.ConditionalExpression:
		in.walk(reflect.ValueOf(n.Test))
		then, end := in.endOf(n.Consequent), in.endOf(n.Alternate)
		a := in.block(in.find(in.lastOf(n.Test), "?"), then)
		in.walk(reflect.ValueOf(&n.Consequent).Elem())
		b := in.block(in.find(then, ":"), end)
		in.walk(reflect.ValueOf(&n.Alternate).Elem())
		n.Consequent, n.Alternate = after(a, n.Consequent), after(b, n.Alternate)
	case *ast.BinaryExpression:
		in.walk(reflect.ValueOf(&n.Left).Elem())
		switch n.Operator {
		case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
			c := in.block(in.find(in.lastOf(n.Left), n.Operator.String()), in.endOf(n.Right))
			in.walk(reflect.ValueOf(&n.Right).Elem())
			n.Right = after(c, n.Right)
		default:
			in.walk(reflect.ValueOf(&n.Right).Elem())
		}
	case *ast.Binding:
		in.walk(reflect.ValueOf(&n.Target).Elem())
		in.name = targetName(n.Target)
		in.walk(reflect.ValueOf(&n.Initializer).Elem())
	case *ast.AssignExpression:
		in.walk(reflect.ValueOf(&n.Left).Elem())
		in.name = targetName(n.Left)
		in.walk(reflect.ValueOf(&n.Right).Elem())
	case *ast.PropertyKeyed:
		in.walk(reflect.ValueOf(&n.Key).Elem())
		in.name = keyName(n.Key, n.Computed, string(n.Kind))
		in.walk(reflect.ValueOf(&n.Value).Elem())
	case *ast.MethodDefinition:
		in.walk(reflect.ValueOf(&n.Key).Elem())
		in.name = keyName(n.Key, n.Computed, string(n.Kind))
		in.node(reflect.ValueOf(n.Body))
	case *ast.FieldDefinition:
		in.walk(reflect.ValueOf(&n.Key).Elem())
		in.name = keyName(n.Key, n.Computed, "")
		in.walk(reflect.ValueOf(&n.Initializer).Elem())
	case *ast.ClassLiteral:
		className := name
		if n.Name != nil {
			className = n.Name.Name.String()
		}
		in.walk(reflect.ValueOf(&n.SuperClass).Elem())
		for _, el := range n.Body {
			if m, ok := el.(*ast.MethodDefinition); ok && !m.Static && !m.Computed && keyName(m.Key, false, "") == "constructor" {
				in.name = className
				in.node(reflect.ValueOf(m.Body))
				continue
			}
			in.walk(reflect.ValueOf(el))
		}
	case *ast.AwaitExpression, *ast.YieldExpression:
		in.suspends = true
		in.fields(v.Elem())
	default:
		in.fields(v.Elem())
	}
	in.name = ""
}

// function counts a function that lies from start to end.
func (in *instrumenter) function(name string, start, end int, params *ast.ParameterList, body func(counter int)) {
	outer := in.fn
	in.fn = &function{name: name, start: start, end: end, counter: in.counter(), outer: outer}
	in.s.functions = append(in.s.functions, in.fn)
	counter, suspends := in.fn.counter, in.suspends
	in.walk(reflect.ValueOf(params))
	body(counter)
	in.fn, in.suspends = outer, suspends
}

// targetName is what V8 calls a function that is assigned.
func targetName(e ast.Node) string {
	switch e := e.(type) {
	case *ast.Identifier:
		return e.Name.String()
	case *ast.DotExpression:
		if left := targetName(e.Left); left != "" {
			return left + "." + e.Identifier.Name.String()
		}
		return e.Identifier.Name.String()
	case *ast.ThisExpression:
		return ""
	}
	return ""
}

func keyName(key ast.Expression, computed bool, kind string) string {
	if computed {
		return ""
	}
	var name unistring.String
	switch k := key.(type) {
	case *ast.StringLiteral:
		name = k.Value
	case *ast.Identifier:
		name = k.Name
	case *ast.PrivateIdentifier:
		name = "#" + k.Name
	case *ast.NumberLiteral:
		return k.Literal
	}
	if kind == "get" || kind == "set" {
		return kind + " " + name.String()
	}
	return name.String()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// utf16Offsets gives the offset in UTF-16 units of each byte's character, and of the end.
func utf16Offsets(s string) []int32 {
	list := make([]int32, len(s)+1)
	n := int32(0)
	for i, r := range s {
		for j := i; j <= len(s) && j < i+4; j++ {
			list[j] = n
		}
		if n++; r > 0xffff {
			n++
		}
	}
	list[len(s)] = n
	return list
}
