// Package coverage counts which parts of a script run: it puts steps that count into the syntax tree, and makes V8's coverage of what
// they have counted, functions and blocks with the ranges that V8 gives them. It knows no values; a Script belongs to one goroutine.
package coverage

import (
	"reflect"
	"strconv"
	"strings"
	"unsafe"

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

// block is a part of a function that may run less often than what is around it.
type block struct{ start, end, counter int }

type instrumenter struct {
	s    *Script
	text string
	fn   *function
	name string // what the function to come is called, if it does not say
}

// Instrument puts counting steps into the body of a script with that text, which begins at the text's first byte. global is that the body's
// statements may give the script's completion value: only functions are counted then.
func Instrument(body []ast.Statement, text string, global bool) (*Script, []ast.Statement) {
	s := &Script{length: len(text)}
	if !ascii(text) {
		s.offsets = utf16Offsets(text)
	}
	in := &instrumenter{s: s, text: text}
	in.fn = &function{end: len(text), counter: in.counter()}
	s.functions = append(s.functions, in.fn)
	if global {
		s.Counts[in.fn.counter] = 1
		in.walk(reflect.ValueOf(body))
	} else {
		body = in.enter(in.list(body, len(text)), in.fn.counter)
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

// list walks over statements, behind those that may not come to their end is another block.
func (in *instrumenter) list(body []ast.Statement, end int) []ast.Statement {
	out := make([]ast.Statement, 0, len(body))
	for i, s := range body {
		in.stmt(&s)
		out = append(out, s)
		if i < len(body)-1 && leaves(s) {
			out = append(out, counting(in.block(in.endOf(s), end)))
		}
	}
	return out
}

// body makes a block of a statement that may run or not.
func (in *instrumenter) body(s *ast.Statement, start, end int) {
	if _, ok := (*s).(*ast.FunctionDeclaration); ok || *s == nil {
		in.stmt(s)
		return
	}
	n := in.block(start, end)
	if b, ok := (*s).(*ast.BlockStatement); ok {
		b.List = append([]ast.Statement{counting(n)}, in.list(b.List, end)...)
		return
	}
	in.stmt(s)
	*s = &ast.BlockStatement{LeftBrace: (*s).Idx0(), List: []ast.Statement{counting(n), *s}, RightBrace: (*s).Idx1()}
}

func at(i file.Idx) int { return int(i) - 1 }

// endOf is where a node ends: a statement with its semicolon.
func (in *instrumenter) endOf(n ast.Node) int {
	end := at(n.Idx1())
	if _, isExpression := n.(ast.Expression); isExpression {
		return min(end, len(in.text))
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
	return min(end, len(in.text))
}

// before is where the last word lies before a place.
func (in *instrumenter) before(end int, word string) int {
	if i := strings.LastIndex(in.text[:max(0, min(end, len(in.text)))], word); i >= 0 {
		return i
	}
	return end
}

func (in *instrumenter) stmt(p *ast.Statement) {
	switch s := (*p).(type) {
	case *ast.BlockStatement:
		s.List = in.list(s.List, at(s.RightBrace)+1)
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
		s.Body.List = in.list(s.Body.List, at(s.Body.RightBrace)+1)
		if c := s.Catch; c != nil {
			in.walk(reflect.ValueOf(c.Parameter))
			end := at(c.Body.RightBrace) + 1
			n := in.block(at(c.Catch), end)
			c.Body.List = append([]ast.Statement{counting(n)}, in.list(c.Body.List, end)...)
		}
		if f := s.Finally; f != nil {
			end := at(f.RightBrace) + 1
			n := in.block(in.before(at(f.LeftBrace), "finally"), end)
			f.List = append([]ast.Statement{counting(n)}, in.list(f.List, end)...)
		}
	case *ast.SwitchStatement:
		in.walk(reflect.ValueOf(s.Discriminant))
		for _, c := range s.Body {
			in.walk(reflect.ValueOf(c.Test))
			start, end := at(c.Case), in.endOf(c)
			if len(c.Consequent) > 0 {
				end = in.endOf(c.Consequent[len(c.Consequent)-1])
			}
			n := in.block(start, end)
			c.Consequent = append([]ast.Statement{counting(n)}, in.list(c.Consequent, end)...)
		}
	case *ast.LabelledStatement:
		in.stmt(&s.Statement)
	default:
		in.walk(reflect.ValueOf(*p))
	}
}

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
	case *ast.IfStatement:
		return leaves(s.Consequent) || s.Alternate != nil && leaves(s.Alternate)
	case *ast.ForStatement, *ast.ForInStatement, *ast.ForOfStatement, *ast.WhileStatement, *ast.DoWhileStatement, *ast.TryStatement, *ast.SwitchStatement:
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
		if n.Name != nil {
			name = n.Name.Name.String()
		}
		in.function(name, n.Source, n.Function, n.ParameterList, func(end, counter int) {
			n.Body.List = in.enter(in.list(n.Body.List, end), counter)
		})
	case *ast.ArrowFunctionLiteral:
		in.function(name, n.Source, n.Start, n.ParameterList, func(end, counter int) {
			switch b := n.Body.(type) {
			case *ast.BlockStatement:
				b.List = in.enter(in.list(b.List, end), counter)
			case *ast.ExpressionBody:
				in.walk(reflect.ValueOf(&b.Expression).Elem())
				b.Expression = after(counter, b.Expression)
			}
		})
	case *ast.ConditionalExpression:
		in.walk(reflect.ValueOf(n.Test))
		then, end := in.endOf(n.Consequent), in.endOf(n.Alternate)
		a := in.block(in.before(at(n.Consequent.Idx0()), "?"), then)
		in.walk(reflect.ValueOf(&n.Consequent).Elem())
		b := in.block(max(then, in.before(at(n.Alternate.Idx0()), ":")), end)
		in.walk(reflect.ValueOf(&n.Alternate).Elem())
		n.Consequent, n.Alternate = after(a, n.Consequent), after(b, n.Alternate)
	case *ast.BinaryExpression:
		in.walk(reflect.ValueOf(&n.Left).Elem())
		switch n.Operator {
		case token.LOGICAL_AND, token.LOGICAL_OR, token.COALESCE:
			c := in.block(in.before(at(n.Right.Idx0()), n.Operator.String()), in.endOf(n.Right))
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
	case ast.Statement:
		in.fields(v.Elem())
	default:
		in.fields(v.Elem())
	}
	in.name = ""
}

// function counts a function, whose source lies in the text.
func (in *instrumenter) function(name, source string, start file.Idx, params *ast.ParameterList, body func(end, counter int)) {
	from := at(start)
	if p, q := unsafe.StringData(source), unsafe.StringData(in.text); source != "" && len(source) <= len(in.text) {
		if d := int(uintptr(unsafe.Pointer(p)) - uintptr(unsafe.Pointer(q))); d >= 0 && d+len(source) <= len(in.text) {
			from = d
		}
	}
	outer := in.fn
	fn := &function{name: name, start: from, end: min(from+len(source), len(in.text)), counter: in.counter(), outer: outer}
	in.s.functions = append(in.s.functions, fn)
	in.fn = fn
	in.walk(reflect.ValueOf(params))
	body(fn.end-1, fn.counter)
	in.fn = outer
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
