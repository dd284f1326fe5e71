package parse

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// function is what holds for the function, or the program, that is being read.
type function struct {
	outer                                           *function
	top, arrow, async, generator                    bool
	returns, newTarget, superProperty, superCall    bool
	noArguments, staticBlock, parameters, fieldInit bool
	loops, switches                                 int
	labels                                          []label
	decls                                           []*ast.VariableDeclaration
	// firstAwait and firstYield are where expressions stand that an arrow function's parameters may not have.
	firstAwait, firstYield, awaitName int
}

type label struct {
	name unistring.String
	loop bool
}

type scopeKind uint8

const (
	scopeFunction scopeKind = iota
	scopeBlock
	scopeCatch // of the parameter and the body
	scopeSwitch
)

type binding uint8

const (
	bindVar       binding = 1 << iota
	bindLexical           // let, const, class
	bindFunction          // in a block of sloppy code, where it may stand twice
	bindParam             // of a function
	bindCatch             // a catch clause's simple parameter
	bindTopFunc           // of a function's top level
	bindCatchPart         // of a catch clause's pattern
)

// scope is what names a block or a function declares.
type scope struct {
	outer     *scope
	kind      scopeKind
	top, eval bool
	using     resources
	names     map[unistring.String]binding
	// functions are those that Annex B makes variables of the function around as well, unless something is in the way.
	functions []*candidate
	passed    []*candidate // from blocks within
}

// candidate is a function declared in a block of sloppy code.
type candidate struct {
	decl *ast.FunctionDeclaration
	list *[]ast.Statement
	in   *ast.SwitchStatement // of one of its clauses
	name *ast.Identifier
}

func (p *parser) openScope(kind scopeKind) { p.scope = &scope{outer: p.scope, kind: kind} }

func (s *scope) declare(name unistring.String, b binding) {
	if s.names == nil {
		s.names = map[unistring.String]binding{}
	}
	s.names[name] |= b
}

func (p *parser) redeclared(id *ast.Identifier) {
	start := int(id.Idx) - 1
	text := p.identifierText(start)
	if name := p.opts.Default; name != "" && text == name {
		p.fail(start, start+len(text), "Identifier '.default' has already been declared")
	}
	p.fail(start, start+len(text), "Identifier '"+id.Name.String()+"' has already been declared")
}

// declareVar notes a var. It tells whether a catch clause's parameter of that name is what assignments mean.
func (p *parser) declareVar(id *ast.Identifier) (caught bool) {
	for s := p.scope; ; s = s.outer {
		b := s.names[id.Name]
		if b&bindCatch != 0 {
			caught = true
			b &^= bindCatch
		}
		if s.kind == scopeFunction {
			if b&bindLexical != 0 {
				p.redeclared(id)
			}
			s.declare(id.Name, bindVar)
			return caught
		}
		if b&(bindLexical|bindFunction|bindCatch|bindCatchPart) != 0 {
			p.redeclared(id)
		}
		s.declare(id.Name, bindVar)
	}
}

// declareLexical notes a let, const or class.
func (p *parser) declareLexical(id *ast.Identifier) {
	s := p.scope
	if b := s.names[id.Name]; b != 0 {
		p.redeclared(id)
	}
	s.declare(id.Name, bindLexical)
}

// declareFunction notes a function declaration.
func (p *parser) declareFunction(f *ast.FunctionDeclaration, plain bool) {
	s, id := p.scope, f.Function.Name
	b := s.names[id.Name]
	if s.kind == scopeFunction {
		if p.opts.Module && p.fn.top {
			if b != 0 {
				p.redeclared(id)
			}
			s.declare(id.Name, bindLexical)
			return
		}
		if b&bindLexical != 0 {
			p.redeclaredFunction(f)
		}
		s.declare(id.Name, bindVar|bindTopFunc)
		return
	}
	if plain && !p.strict {
		if b&^bindFunction != 0 {
			p.redeclaredFunction(f)
		}
		s.declare(id.Name, bindFunction)
		s.functions = append(s.functions, &candidate{decl: f, name: id})
		return
	}
	if b != 0 {
		p.redeclaredFunction(f)
	}
	s.declare(id.Name, bindLexical)
}

// redeclaredFunction is redeclared for a function, at whose first word V8 sees it.
func (p *parser) redeclaredFunction(f *ast.FunctionDeclaration) {
	at := int(f.Function.Function) - 1
	p.fail(at, at+1, "Identifier '"+f.Function.Name.Name.String()+"' has already been declared")
}

// closeScope leaves a scope. Functions of blocks become variables of the function where nothing is in the way.
func (p *parser) closeScope() {
	s := p.scope
	p.scope = s.outer
	for _, c := range s.passed {
		b := s.names[c.name.Name]
		if s.kind == scopeFunction {
			if b&(bindLexical|bindParam) == 0 && !(c.name.Name == "arguments" && !s.top && s.names["arguments"]&bindVar == 0 && !s.eval) {
				p.hoist(s, c)
			}
			continue
		}
		if b&(bindLexical|bindFunction|bindCatchPart) == 0 {
			s.outer.passed = append(s.outer.passed, c)
		}
	}
	if s.kind != scopeFunction {
		s.outer.passed = append(s.outer.passed, s.functions...)
	}
}

// hoist makes a function declared in a block of sloppy code a variable of the function around (Annex B.3.3).
func (p *parser) hoist(s *scope, c *candidate) {
	if s.names[c.name.Name]&bindVar == 0 {
		s.declare(c.name.Name, bindVar)
		p.fn.decls = append(p.fn.decls, &ast.VariableDeclaration{Var: c.name.Idx, List: []*ast.Binding{
			{Target: &ast.Identifier{Name: c.name.Name, Idx: c.name.Idx}}}})
	}
	if c.in != nil {
		p.hoistFromSwitch(c)
		return
	}
	if c.list == nil {
		return
	}
	// The engine keeps f in its block. The declaration becomes a var statement at the start of the block.
	list := *c.list
	for i, st := range list {
		inner := st
		for {
			l, ok := inner.(*ast.LabelledStatement)
			if !ok {
				break
			}
			inner = l.Statement
		}
		if inner != ast.Statement(c.decl) {
			continue
		}
		f := *c.decl.Function
		f.Name = nil // the initializer names it, without a binding of its own inside
		at := p.moved[c.list]
		if p.moved == nil {
			p.moved = map[*[]ast.Statement]int{}
		}
		p.moved[c.list]++
		copy(list[at+1:i+1], list[at:i])
		// A var statement has no value of its own, which an assignment would give to the program.
		list[at] = &ast.VariableStatement{Var: c.name.Idx, List: []*ast.Binding{
			{Target: &ast.Identifier{Name: c.name.Name, Idx: c.name.Idx}, Initializer: &f}}}
		return
	}
}

// hoistFromSwitch does so for a function that a clause of a switch statement declares: all clauses see it.
func (p *parser) hoistFromSwitch(c *candidate) {
	f := *c.decl.Function
	f.Name = nil
	for _, clause := range c.in.Body {
		for i, st := range clause.Consequent {
			if st == ast.Statement(c.decl) {
				clause.Consequent[i] = &ast.EmptyStatement{Semicolon: c.decl.Idx0()}
			}
		}
	}
	name := &ast.Identifier{Name: c.name.Name, Idx: c.name.Idx}
	c.in.Discriminant = &ast.SequenceExpression{Sequence: []ast.Expression{
		&ast.AssignExpression{Operator: token.ASSIGN, Left: name, Right: &f}, c.in.Discriminant}}
}
