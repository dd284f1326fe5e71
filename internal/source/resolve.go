package source

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/names"
)

// resolver makes the names that a module imports refer to the bindings of other modules, wherever no inner scope
// declares the same name, and the module's own await expressions to steps of a generator.
type resolver struct {
	imports  map[unistring.String]Import
	hidden   map[unistring.String]int  // imported names that scopes around here declare, and how many
	assigned map[unistring.String]bool // all names that are assigned to, in whatever scope
	constant bool                      // there are assignments to imports
	awaits   []int                     // where awaits at the top level are
	inner    int                       // depth of functions
	own      int                       // of those that have arguments and this of their own
	original *moduleText
	named    bool   // what is imported keeps its local name, see ModuleProgram
	found    func() // if set, is called for imported names, and nothing is rewritten
}

// scope runs f where names are declared.
func (r *resolver) scope(declare func(add func(*ast.Identifier)), f func()) {
	var names []unistring.String
	declare(func(id *ast.Identifier) {
		if _, imported := r.imports[id.Name]; imported {
			if r.hidden == nil {
				r.hidden = map[unistring.String]int{}
			}
			r.hidden[id.Name]++
			names = append(names, id.Name)
		}
	})
	f()
	for _, n := range names {
		r.hidden[n]--
	}
}

func lexical(list []ast.Statement, add func(*ast.Identifier)) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.LexicalDeclaration:
			for _, b := range s.List {
				names.Each(b.Target, add)
			}
		case *ast.FunctionDeclaration:
			names.Each(s.Function.Name, add)
		case *ast.ClassDeclaration:
			names.Each(s.Class.Name, add)
		}
	}
}

func (r *resolver) block(list []ast.Statement) {
	r.scope(func(add func(*ast.Identifier)) { lexical(list, add) }, func() { r.statements(list) })
}

func (r *resolver) statements(list []ast.Statement) {
	for _, s := range list {
		r.stmt(s)
	}
}

// function resolves the parameters and the body of a function.
func (r *resolver) function(params *ast.ParameterList, decls []*ast.VariableDeclaration, body []ast.Statement) {
	r.inner++
	r.scope(func(add func(*ast.Identifier)) {
		if params != nil {
			for _, b := range params.List {
				names.Each(b.Target, add)
			}
			names.Each(params.Rest, add)
		}
		for _, d := range decls {
			for _, b := range d.List {
				names.Each(b.Target, add)
			}
		}
		lexical(body, add)
	}, func() {
		if params != nil {
			r.bindings(params.List)
			if p, ok := params.Rest.(ast.Expression); ok {
				r.pattern(p)
			}
		}
		r.statements(body)
	})
	r.inner--
}

func (r *resolver) literal(f *ast.FunctionLiteral) {
	if f == nil || f.Body == nil {
		return
	}
	if r.original != nil {
		f.Source = r.original.written(f.Source)
	}
	r.own++
	r.scope(func(add func(*ast.Identifier)) { names.Each(f.Name, add) }, func() {
		r.function(f.ParameterList, f.DeclarationList, f.Body.List)
	})
	r.own--
}

func (r *resolver) class(c *ast.ClassLiteral) {
	if r.original != nil {
		c.Source = r.original.written(c.Source)
	}
	r.scope(func(add func(*ast.Identifier)) { names.Each(c.Name, add) }, func() {
		r.expr(&c.SuperClass)
		for _, el := range c.Body {
			switch el := el.(type) {
			case *ast.FieldDefinition:
				if el.Computed {
					r.expr(&el.Key)
				}
				r.inner++
				r.expr(&el.Initializer)
				r.inner--
			case *ast.MethodDefinition:
				if el.Computed {
					r.expr(&el.Key)
				}
				r.literal(el.Body)
			case *ast.ClassStaticBlock:
				if el.Block != nil {
					r.function(nil, el.DeclarationList, el.Block.List)
				}
			}
		}
	})
}

func (r *resolver) stmt(s ast.Statement) {
	switch s := s.(type) {
	case *ast.BlockStatement:
		r.block(s.List)
	case *ast.ExpressionStatement:
		r.expr(&s.Expression)
	case *ast.VariableStatement:
		r.bindings(s.List)
	case *ast.LexicalDeclaration:
		r.bindings(s.List)
	case *ast.ReturnStatement:
		r.expr(&s.Argument)
	case *ast.IfStatement:
		r.expr(&s.Test)
		r.stmt(s.Consequent)
		r.stmt(s.Alternate)
	case *ast.FunctionDeclaration:
		r.literal(s.Function)
	case *ast.ClassDeclaration:
		r.class(s.Class)
	case *ast.ForStatement:
		var list []*ast.Binding
		let := false
		switch init := s.Initializer.(type) {
		case *ast.ForLoopInitializerVarDeclList:
			list = init.List
		case *ast.ForLoopInitializerLexicalDecl:
			list, let = init.LexicalDeclaration.List, true
		}
		r.scope(func(add func(*ast.Identifier)) {
			for _, b := range list {
				if let {
					names.Each(b.Target, add)
				}
			}
		}, func() {
			if init, ok := s.Initializer.(*ast.ForLoopInitializerExpression); ok {
				r.expr(&init.Expression)
			}
			r.bindings(list)
			r.expr(&s.Test)
			r.expr(&s.Update)
			r.stmt(s.Body)
		})
	case *ast.ForInStatement:
		r.into(s.Into, &s.Source, s.Body)
	case *ast.ForOfStatement:
		r.into(s.Into, &s.Source, s.Body)
	case *ast.WhileStatement:
		r.expr(&s.Test)
		r.stmt(s.Body)
	case *ast.DoWhileStatement:
		r.stmt(s.Body)
		r.expr(&s.Test)
	case *ast.TryStatement:
		if s.Body != nil {
			r.stmt(s.Body)
		}
		if s.Catch != nil {
			r.scope(func(add func(*ast.Identifier)) {
				if s.Catch.Parameter != nil {
					names.Each(s.Catch.Parameter, add)
				}
			}, func() {
				if s.Catch.Parameter != nil {
					r.pattern(s.Catch.Parameter)
				}
				r.stmt(s.Catch.Body)
			})
		}
		if s.Finally != nil {
			r.stmt(s.Finally)
		}
	case *ast.SwitchStatement:
		r.expr(&s.Discriminant)
		var all []ast.Statement
		for _, c := range s.Body {
			all = append(all, c.Consequent...)
		}
		r.scope(func(add func(*ast.Identifier)) { lexical(all, add) }, func() {
			for _, c := range s.Body {
				r.expr(&c.Test)
				r.statements(c.Consequent)
			}
		})
	case *ast.ThrowStatement:
		r.expr(&s.Argument)
	case *ast.LabelledStatement:
		r.stmt(s.Statement)
	case *ast.WithStatement:
		r.expr(&s.Object)
		r.stmt(s.Body)
	}
}

func (r *resolver) into(i ast.ForInto, source *ast.Expression, body ast.Statement) {
	r.scope(func(add func(*ast.Identifier)) {
		if d, ok := i.(*ast.ForDeclaration); ok {
			names.Each(d.Target, add)
		}
	}, func() {
		r.expr(source)
		switch i := i.(type) {
		case *ast.ForIntoVar:
			names.Each(i.Binding.Target, func(id *ast.Identifier) { r.assigned[id.Name] = true })
			r.bindings([]*ast.Binding{i.Binding})
		case *ast.ForDeclaration:
			r.pattern(i.Target)
		case *ast.ForIntoExpression:
			r.target(&i.Expression)
		}
		r.stmt(body)
	})
}

func (r *resolver) bindings(list []*ast.Binding) {
	for _, b := range list {
		if b != nil {
			r.pattern(b.Target)
			r.expr(&b.Initializer)
		}
	}
}

// pattern resolves the expressions within a binding pattern, not the names that it declares.
func (r *resolver) pattern(p ast.Expression) {
	switch p := p.(type) {
	case *ast.AssignExpression:
		r.pattern(p.Left)
		r.expr(&p.Right)
	case *ast.Binding:
		r.pattern(p.Target)
		r.expr(&p.Initializer)
	case *ast.SpreadElement:
		r.pattern(p.Expression)
	case *ast.ArrayPattern:
		for _, e := range p.Elements {
			r.pattern(e)
		}
		if p.Rest != nil {
			r.pattern(p.Rest)
		}
	case *ast.ObjectPattern:
		for _, prop := range p.Properties {
			switch prop := prop.(type) {
			case *ast.PropertyShort:
				r.expr(&prop.Initializer)
			case *ast.PropertyKeyed:
				if prop.Computed {
					r.expr(&prop.Key)
				}
				r.pattern(prop.Value)
			}
		}
		if p.Rest != nil {
			r.pattern(p.Rest)
		}
	}
}

// target resolves what is assigned to: a name, a property or an assignment pattern.
func (r *resolver) target(e *ast.Expression) {
	switch t := (*e).(type) {
	case *ast.Identifier:
		r.assigned[t.Name] = true
		if t.Name == MetaName && r.original != nil {
			r.original.fail(int(t.Idx)-1, "Invalid left-hand side in assignment")
		}
		if _, ok := r.imported(t.Name); ok {
			if r.found != nil {
				r.found()
				return
			}
			r.constant = true
			*e = &ast.Identifier{Name: constantName, Idx: t.Idx}
		}
	case *ast.AssignExpression:
		r.target(&t.Left)
		r.expr(&t.Right)
	case *ast.Binding:
		to := ast.Expression(t.Target)
		r.target(&to)
		if b, ok := to.(ast.BindingTarget); ok {
			t.Target = b
		}
		r.expr(&t.Initializer)
	case *ast.SpreadElement:
		r.target(&t.Expression)
	case *ast.ArrayPattern:
		for i := range t.Elements {
			r.target(&t.Elements[i])
		}
		r.target(&t.Rest)
	case *ast.ObjectPattern:
		for i, prop := range t.Properties {
			switch prop := prop.(type) {
			case *ast.PropertyShort:
				r.assigned[prop.Name.Name] = true
				r.expr(&prop.Initializer)
				if _, ok := r.imported(prop.Name.Name); ok {
					if r.found != nil {
						r.found()
						continue
					}
					r.constant = true
					to := ast.Expression(&ast.Identifier{Name: constantName, Idx: prop.Name.Idx})
					if prop.Initializer != nil {
						to = &ast.AssignExpression{Operator: token.ASSIGN, Left: to, Right: prop.Initializer}
					}
					t.Properties[i] = keyed(prop.Name, to)
				}
			case *ast.PropertyKeyed:
				if prop.Computed {
					r.expr(&prop.Key)
				}
				r.target(&prop.Value)
			}
		}
		r.target(&t.Rest)
	default:
		r.expr(e)
	}
}

func keyed(name ast.Identifier, value ast.Expression) *ast.PropertyKeyed {
	return &ast.PropertyKeyed{Key: &ast.StringLiteral{Idx: name.Idx, Literal: name.Name.String(), Value: name.Name},
		Kind: ast.PropertyKindValue, Value: value}
}

func (r *resolver) imported(name unistring.String) (Import, bool) {
	i, ok := r.imports[name]
	return i, ok && r.hidden[name] == 0
}

// noArguments is a name that nothing declares: the function that a module is run as has arguments, the module has not.
const noArguments = "arguments "

// reference is what stands for an imported name.
func (r *resolver) reference(id *ast.Identifier) ast.Expression {
	i, ok := r.imported(id.Name)
	switch {
	case !ok && id.Name == "arguments" && r.own == 0 && r.original != nil && r.original.module:
		return &ast.Identifier{Name: noArguments, Idx: id.Idx}
	case !ok:
		return id
	case r.found != nil:
		r.found()
		return id
	case i.Name == "*" && r.named:
		return id
	case r.named:
		return &ast.DotExpression{Left: &ast.Identifier{Name: names.Imported, Idx: id.Idx}, Identifier: *id}
	case i.Name == "*":
		return &ast.Identifier{Name: namespaceName(i.Request), Idx: id.Idx}
	}
	return &ast.DotExpression{Left: &ast.Identifier{Name: bindingsName(i.Request), Idx: id.Idx},
		Identifier: ast.Identifier{Name: unistring.NewFromString(i.Name), Idx: id.Idx}}
}

func (r *resolver) exprs(list []ast.Expression) {
	for i := range list {
		r.expr(&list[i])
	}
}

// callee resolves what is called: an imported function has no receiver.
func (r *resolver) callee(e *ast.Expression) {
	id, ok := (*e).(*ast.Identifier)
	r.expr(e)
	if _, dot := (*e).(*ast.DotExpression); ok && dot {
		*e = &ast.SequenceExpression{Sequence: []ast.Expression{&ast.NumberLiteral{Idx: id.Idx, Literal: "0", Value: int64(0)}, *e}}
	}
}

func (r *resolver) expr(at *ast.Expression) {
	switch e := (*at).(type) {
	case nil:
	case *ast.Identifier:
		*at = r.reference(e)
	case *ast.CallExpression:
		r.callee(&e.Callee)
		r.exprs(e.ArgumentList)
	case *ast.DotExpression:
		r.expr(&e.Left)
	case *ast.PrivateDotExpression:
		r.expr(&e.Left)
	case *ast.BracketExpression:
		r.expr(&e.Left)
		r.expr(&e.Member)
	case *ast.AssignExpression:
		r.target(&e.Left)
		r.expr(&e.Right)
	case *ast.BinaryExpression:
		r.expr(&e.Left)
		r.expr(&e.Right)
	case *ast.UnaryExpression:
		switch e.Operator {
		case token.INCREMENT, token.DECREMENT:
			r.target(&e.Operand)
		case token.DELETE:
			if _, name := e.Operand.(*ast.Identifier); !name {
				r.expr(&e.Operand)
			}
		default:
			r.expr(&e.Operand)
		}
	case *ast.ConditionalExpression:
		r.expr(&e.Test)
		r.expr(&e.Consequent)
		r.expr(&e.Alternate)
	case *ast.SequenceExpression:
		r.exprs(e.Sequence)
	case *ast.FunctionLiteral:
		r.literal(e)
	case *ast.ArrowFunctionLiteral:
		if r.original != nil {
			e.Source = r.original.written(e.Source)
		}
		switch b := e.Body.(type) {
		case *ast.BlockStatement:
			r.function(e.ParameterList, e.DeclarationList, b.List)
		case *ast.ExpressionBody:
			body := []ast.Statement{&ast.ExpressionStatement{Expression: b.Expression}}
			r.function(e.ParameterList, nil, body)
			b.Expression = body[0].(*ast.ExpressionStatement).Expression
		}
	case *ast.ClassLiteral:
		r.class(e)
	case *ast.ObjectLiteral:
		for i, p := range e.Value {
			switch p := p.(type) {
			case *ast.PropertyKeyed:
				if p.Computed {
					r.expr(&p.Key)
				}
				r.expr(&p.Value)
			case *ast.PropertyShort:
				if to := r.reference(&p.Name); to != ast.Expression(&p.Name) {
					e.Value[i] = keyed(p.Name, to)
				}
			case *ast.SpreadElement:
				r.expr(&p.Expression)
			}
		}
	case *ast.ArrayLiteral:
		r.exprs(e.Value)
	case *ast.NewExpression:
		r.expr(&e.Callee)
		r.exprs(e.ArgumentList)
	case *ast.SpreadElement:
		r.expr(&e.Expression)
	case *ast.TemplateLiteral:
		r.callee(&e.Tag)
		r.exprs(e.Expressions)
	case *ast.OptionalChain:
		r.expr(&e.Expression)
	case *ast.Optional:
		r.callee(&e.Expression)
	case *ast.AwaitExpression:
		r.expr(&e.Argument)
		if r.inner == 0 && r.found == nil {
			if offset := int(e.Await) - 1; !slices.Contains(r.awaits, offset) {
				r.awaits = append(r.awaits, offset)
			}
			*at = &ast.YieldExpression{Yield: e.Await, Argument: e.Argument}
		}
	case *ast.YieldExpression:
		r.expr(&e.Argument)
	}
}
