package places

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/names"
)

// walker goes over a tree in the order in which it is compiled.
type walker struct {
	p      *Places
	f      *function
	consts map[unistring.String]bool // the names of all constants of the text
	// iterated are the calls whose results are iterated.
	iterated map[ast.Expression]bool
}

func (w *walker) add(p Place) {
	p.Offset--
	w.f.places[p.Kind] = append(w.f.places[p.Kind], p)
}

// within walks a function's parts.
func (w *walker) within(at int, parts ...any) {
	inner := walker{w.p, &function{places: map[Kind][]Place{}}, w.consts, w.iterated}
	w.p.functions[at-1] = inner.f
	for _, part := range parts {
		if list, ok := part.(*ast.ParameterList); ok && list != nil {
			for _, b := range list.List {
				in := Place{Parameters: list}
				if b.Initializer != nil {
					inner.all(b.Initializer)
					in.Outer = &ast.ConditionalExpression{} // so V8 takes a default
				}
				inner.target(asExpression(b.Target), in)
			}
			inner.target(list.Rest, Place{Parameters: list})
			continue
		}
		inner.walk(reflect.ValueOf(part))
	}
}

func (w *walker) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Interface:
		w.walk(v.Elem())
	case reflect.Pointer:
		if !v.IsNil() && !w.node(v.Interface()) {
			w.walk(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name != "DeclarationList" {
				w.walk(f)
			}
		}
	}
}

func (w *walker) all(parts ...any) {
	for _, part := range parts {
		w.walk(reflect.ValueOf(part))
	}
}

// node walks what is not compiled in the order of its fields.
func (w *walker) node(n any) bool {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		w.within(int(n.Function), n.ParameterList, n.Body)
	case *ast.ArrowFunctionLiteral:
		w.within(int(n.Start), n.ParameterList, n.Body)
	case *ast.FieldDefinition:
		if n.Computed {
			w.all(n.Key)
		}
		w.within(-1, n.Initializer)
	case *ast.ClassStaticBlock:
		w.within(-1, n.Block)
	case *ast.ForStatement:
		w.all(n.Initializer, n.Test, n.Body, n.Update)
	case *ast.ForOfStatement:
		w.iterates(n.Source)
		w.all(n.Source)
		w.add(Place{Kind: Iterate, Offset: w.start(n.Source), Node: n, Source: n.Source, Loop: true})
		w.into(n.Into)
		w.all(n.Body)
	case *ast.ForInStatement:
		w.all(n.Source)
		w.into(n.Into)
		w.all(n.Body)
	case *ast.SwitchStatement:
		w.all(n.Discriminant)
		for _, c := range n.Body {
			w.all(c.Test)
		}
		for _, c := range n.Body {
			w.all(c.Consequent)
		}
	case *ast.CatchStatement:
		w.target(asExpression(n.Parameter), Place{Catch: true})
		w.all(n.Body)
	case *ast.Binding:
		if _, list := n.Target.(*ast.ArrayPattern); list {
			w.iterates(n.Initializer)
		}
		w.all(n.Initializer)
		w.target(asExpression(n.Target), Place{Source: n.Initializer, Outer: n.Initializer})
	case *ast.AssignExpression:
		w.assign(n)
	case *ast.BinaryExpression:
		w.all(n.Left, n.Right)
		if kind := operator(n.Operator); kind != None && !(constant(n.Left) && constant(n.Right)) {
			w.add(Place{Kind: kind, Offset: w.operatorAt(n.Left, n.Right, n.Operator.String()), Node: n})
		}
	case *ast.UnaryExpression:
		switch {
		case n.Operator == token.DELETE:
			w.member(n.Operand, None)
		case n.Operator == token.INCREMENT || n.Operator == token.DECREMENT:
			w.changed(n.Operand)
		default:
			w.all(n.Operand)
		}
		for i := range unary {
			if unary[i].token == n.Operator && !constant(n.Operand) {
				w.add(Place{Kind: binary + Kind(len(operators)+i), Offset: int(n.Idx), Node: n})
			}
		}
		if id, ok := n.Operand.(*ast.Identifier); ok && (n.Operator == token.INCREMENT || n.Operator == token.DECREMENT) {
			at := int(n.Idx)
			if n.Postfix {
				at = w.find(n.Operand, n.Operator.String())
			}
			w.constant(id, at)
		}
		if !member(n.Operand) {
			break
		}
		switch n.Operator {
		case token.DELETE:
			w.add(Place{Kind: Delete, Offset: w.deleted(n), Node: n})
		case token.INCREMENT, token.DECREMENT:
			at := w.start(n.Operand)
			if n.Postfix {
				at = w.find(n.Operand, n.Operator.String())
			}
			w.add(Place{Kind: Set, Offset: at, Node: n})
		}
	case *ast.DotExpression, *ast.BracketExpression:
		w.member(n.(ast.Expression), Get)
	case *ast.CallExpression:
		w.callee(n.Callee)
		w.arguments(n.ArgumentList, Argument, w.start(n))
		if _, super := n.Callee.(*ast.SuperExpression); !super {
			w.add(Place{Kind: Call, Offset: int(n.LeftParenthesis), Node: n, Source: n.Callee, Iterated: w.iterated[n]})
		}
	case *ast.TemplateLiteral:
		if n.Tag == nil {
			return false
		}
		w.callee(n.Tag)
		w.all(n.Expressions)
		w.add(Place{Kind: Call, Offset: w.start(n.Tag), Node: n, Source: n.Tag})
	case *ast.NewExpression:
		w.all(n.Callee)
		w.arguments(n.ArgumentList, Argument, int(n.New))
		w.add(Place{Kind: Construct, Offset: int(n.New), Node: n, Source: n.Callee})
	case *ast.ArrayLiteral:
		w.arguments(n.Value, Element, 0)
	default:
		return false
	}
	return true
}

// callee walks what is called.
func (w *walker) callee(e ast.Expression) {
	switch t := e.(type) {
	case *ast.DotExpression, *ast.BracketExpression:
		w.member(e, Method)
	case *ast.Optional:
		w.callee(t.Expression)
	case *ast.OptionalChain:
		w.callee(t.Expression)
	default:
		w.all(e)
	}
}

// changed walks what is read to be assigned to: V8 says that the property is where the whole begins.
func (w *walker) changed(e ast.Expression) {
	list := w.f.places[Get]
	before := len(list)
	w.all(e)
	if list = w.f.places[Get]; member(e) && len(list) > before {
		object := e
		switch e := e.(type) {
		case *ast.DotExpression:
			object = e.Left
		case *ast.BracketExpression:
			object = e.Left
		}
		list[len(list)-1].Offset = w.start(object) - 1
	}
}

// deleted is where V8 says that a property is deleted: behind what it has looked at last.
func (w *walker) deleted(n *ast.UnaryExpression) int {
	var object ast.Expression
	switch e := n.Operand.(type) {
	case *ast.DotExpression:
		object = e.Left
	case *ast.BracketExpression:
		object = e.Left
	}
	switch object.(type) {
	case *ast.DotExpression, *ast.BracketExpression, *ast.CallExpression, *ast.NewExpression:
		return w.start(object)
	}
	return int(n.Idx)
}

// iterates notes that what an expression gives is iterated.
func (w *walker) iterates(e ast.Expression) {
	if _, call := e.(*ast.CallExpression); call {
		w.iterated[e] = true
	}
}

// member walks a property, of which an instruction of a kind does something.
func (w *walker) member(e ast.Expression, kind Kind) {
	var object ast.Expression
	switch t := e.(type) {
	case *ast.DotExpression:
		object = t.Left
	case *ast.BracketExpression:
		object = t.Left
	default:
		w.all(e)
		return
	}
	w.all(object)
	if b, ok := e.(*ast.BracketExpression); ok {
		w.all(b.Member)
	}
	if _, super := object.(*ast.SuperExpression); !super && kind != None {
		w.add(Place{Kind: kind, Offset: w.start(e), Node: e})
	}
}

// arguments walks the arguments of a call or the elements of an array. Where the last argument is spread V8 says that it is the call.
func (w *walker) arguments(list []ast.Expression, kind Kind, call int) {
	for i, e := range list {
		if s, ok := e.(*ast.SpreadElement); ok {
			w.iterates(s.Expression)
		}
		w.all(e)
		if s, ok := e.(*ast.SpreadElement); ok {
			p := Place{Kind: kind, Offset: w.start(s.Expression), Node: s, Source: s.Expression, Nested: i < len(list)-1}
			if kind == Argument && !p.Nested {
				p.Offset = call
			}
			w.add(p)
		}
	}
}

// constants collects the names of constants.
func (w *walker) constants(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			w.constants(v.Index(i))
		}
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		switch n := v.Interface().(type) {
		case *ast.LexicalDeclaration:
			if n.Token == token.CONST {
				for _, b := range n.List {
					w.declare(b.Target)
				}
			}
		case *ast.ForDeclaration:
			if n.IsConst {
				w.declare(n.Target)
			}
		case *ast.ForLoopInitializerLexicalDecl:
			if n.LexicalDeclaration.Token == token.CONST {
				for _, b := range n.LexicalDeclaration.List {
					w.declare(b.Target)
				}
			}
		}
		w.constants(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name != "DeclarationList" {
				w.constants(f)
			}
		}
	}
}

// declare notes the names that a pattern declares.
func (w *walker) declare(target ast.BindingTarget) {
	names.Each(target, func(id *ast.Identifier) { w.consts[id.Name] = true })
}

// constant notes an assignment to a constant.
func (w *walker) constant(id *ast.Identifier, at int) {
	if w.consts[id.Name] {
		w.add(Place{Kind: Const, Offset: at, Node: id})
	}
}

func (w *walker) into(into ast.ForInto) {
	switch into := into.(type) {
	case *ast.ForIntoVar:
		w.target(asExpression(into.Binding.Target), Place{Loop: true})
	case *ast.ForDeclaration:
		w.target(asExpression(into.Target), Place{Loop: true})
	case *ast.ForIntoExpression:
		w.target(into.Expression, Place{Loop: true, Assigned: true})
	}
}

func asExpression(t ast.BindingTarget) ast.Expression {
	e, _ := t.(ast.Expression)
	return e
}

// target walks what is assigned or bound to. in says what the whole is about.
func (w *walker) target(e ast.Expression, in Place) {
	inner := in
	inner.Source, inner.Nested, inner.Parent = nil, true, nil
	switch t := e.(type) {
	case nil:
	case *ast.ArrayPattern:
		in.Kind, in.Offset, in.Node = Iterate, int(t.LeftBracket), t
		switch {
		case in.Nested:
		case in.Loop && !in.Assigned:
			in.Offset = int(t.RightBracket)
		case in.Parameters != nil:
			in.Offset = int(in.Parameters.Opening)
		case in.Source != nil && in.Assigned:
			in.Offset = w.find(t, "=")
		case in.Source != nil:
			if in.Offset = w.start(in.Source); member(in.Source) {
				in.Offset = int(in.Source.Idx0())
			}
		}
		w.add(in)
		for _, e := range t.Elements {
			w.element(e, inner)
		}
		w.element(t.Rest, inner)
	case *ast.ObjectPattern:
		in.Kind, in.Offset, in.Node = Object, int(t.LeftBrace), t
		if name := FirstName(t); name != nil {
			in.Offset = int(name.Idx0())
			if p, ok := t.Properties[0].(*ast.PropertyKeyed); ok {
				in.Offset = int(p.Value.Idx0())
			}
		} else if len(t.Properties) == 0 && t.Rest != nil {
			in.Offset = int(t.Rest.Idx0())
		}
		w.add(in)
		for _, p := range t.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				w.add(Place{Kind: Get, Offset: int(p.Name.Idx), Node: &p.Name})
				w.all(p.Initializer)
				if in.Assigned {
					w.constant(&p.Name, int(p.Name.Idx))
				}
			case *ast.PropertyKeyed:
				w.all(p.Key)
				if inner.Parent = nil; !p.Computed {
					inner.Parent = p.Key
				}
				w.element(p.Value, inner)
			}
		}
		w.target(t.Rest, inner)
	default:
		w.member(e, None)
		w.simple(e, in.Assigned)
	}
}

// simple is a target that is no pattern.
func (w *walker) simple(e ast.Expression, assigned bool) {
	if id, ok := e.(*ast.Identifier); ok && assigned {
		w.constant(id, int(id.Idx))
	} else if member(e) {
		w.add(Place{Kind: Set, Offset: int(e.Idx0()), Node: e})
	}
}

// element is an element of a pattern, perhaps with its default.
func (w *walker) element(e ast.Expression, in Place) {
	if a, ok := e.(*ast.AssignExpression); ok {
		if _, pattern := a.Left.(ast.Pattern); pattern {
			w.all(a.Right)
			w.target(a.Left, in)
			return
		}
		w.member(a.Left, None)
		w.all(a.Right)
		w.simple(a.Left, in.Assigned)
		return
	}
	w.target(e, in)
}

func (w *walker) assign(n *ast.AssignExpression) {
	if _, pattern := n.Left.(ast.Pattern); pattern {
		if _, list := n.Left.(*ast.ArrayPattern); list {
			w.iterates(n.Right)
		}
		w.all(n.Right)
		w.target(n.Left, Place{Source: n.Right, Outer: n.Right, Assigned: true})
		return
	}
	if n.Operator == token.ASSIGN {
		w.member(n.Left, None)
	} else {
		w.changed(n.Left)
	}
	w.all(n.Right)
	sign := "="
	if n.Operator != token.ASSIGN {
		sign = n.Operator.String() + "="
	}
	at := w.operatorAt(n.Left, n.Right, sign)
	if kind := operator(n.Operator); kind != None {
		value := n.Right
		for {
			c, ok := value.(*ast.ConditionalExpression)
			if !ok {
				break
			}
			value = c.Alternate
		}
		w.add(Place{Kind: kind, Offset: w.start(value), Node: n})
	}
	if id, ok := n.Left.(*ast.Identifier); ok {
		w.constant(id, at)
	} else if member(n.Left) {
		w.add(Place{Kind: Set, Offset: at, Node: n})
	}
}

func member(e ast.Expression) bool {
	switch e.(type) {
	case *ast.DotExpression, *ast.BracketExpression:
		return true
	}
	return false
}

// operatorAt finds an operator between two expressions.
func (w *walker) operatorAt(left, right ast.Expression, sign string) int {
	if at := w.find(left, sign); at <= int(right.Idx0()) {
		return at
	}
	return int(left.Idx0())
}

// find finds a sign behind an expression, leaving out comments.
func (w *walker) find(e ast.Node, sign string) int {
	text := w.p.text
	for i := int(e.Idx1()) - 1; i >= 0 && i < len(text); {
		switch rest := text[i:]; {
		case strings.HasPrefix(rest, sign):
			return i + 1
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				return int(e.Idx0())
			}
			i += end + 2
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexAny(rest, "\r\n")
			if end < 0 {
				return int(e.Idx0())
			}
			i += end
		default:
			i++
		}
	}
	return int(e.Idx0())
}

// constant tells whether the engine knows a value when it compiles.
func constant(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.NumberLiteral, *ast.StringLiteral, *ast.BooleanLiteral, *ast.NullLiteral:
		return true
	case *ast.UnaryExpression:
		return constant(e.Operand) && e.Operator != token.DELETE
	case *ast.BinaryExpression:
		return constant(e.Left) && constant(e.Right)
	case *ast.ConditionalExpression:
		return constant(e.Test) && constant(e.Consequent) && constant(e.Alternate)
	}
	return false
}

// start is where V8 says that an expression is: the name of a property, what is called, an operator.
func (w *walker) start(e ast.Expression) int {
	switch e := e.(type) {
	case *ast.DotExpression:
		if called(e.Left) {
			return w.find(e.Left, optional(e.Left)+".")
		}
		return int(e.Identifier.Idx)
	case *ast.BracketExpression:
		return int(e.LeftBracket)
	case *ast.CallExpression:
		return w.start(e.Callee)
	case *ast.SequenceExpression:
		return w.start(e.Sequence[0])
	case *ast.BinaryExpression:
		return w.operatorAt(e.Left, e.Right, e.Operator.String())
	case *ast.OptionalChain:
		return w.start(e.Expression)
	case *ast.Optional:
		return w.start(e.Expression)
	case *ast.UnaryExpression:
		if e.Postfix {
			return w.find(e.Operand, e.Operator.String())
		}
	case *ast.AssignExpression:
		return w.operatorAt(e.Left, e.Right, "=")
	}
	return int(e.Idx0())
}

// called tells whether there is a call in a chain of properties: behind it V8 takes a point for the place of a property.
func called(e ast.Expression) bool {
	switch e := e.(type) {
	case *ast.CallExpression, *ast.Optional:
		return true
	case *ast.OptionalChain:
		return true
	case *ast.DotExpression:
		return called(e.Left)
	case *ast.BracketExpression:
		return called(e.Left)
	}
	return false
}
