package parse

import (
	"slices"
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/parse/names"
)

// function is what holds for the function, or the program, that is being read.
type function struct {
	outer                                           *function
	top, arrow, async, generator                    bool
	returns, newTarget, superProperty, superCall    bool
	noArguments, staticBlock, parameters, fieldInit bool
	constructor                                     bool // told where types are taken off
	loops, switches                                 int
	labels                                          []label
	decls                                           []*ast.VariableDeclaration
	body                                            []ast.Statement
	// arrowArguments is that an arrow function within reads the function's arguments.
	arrowArguments bool
	// evaluates is that what eval is given may declare variables here; declared are the functions that the body itself declares.
	evaluates bool
	declared  []*ast.Identifier
	// argumentsAt is where the function itself has read them last, behind the word.
	argumentsAt int
	// firstAwait and firstYield are where expressions stand that an arrow function's parameters may not have.
	firstAwait, firstYield, awaitName int
}

type label struct {
	name       unistring.String
	start, end int              // where it and what it stands before begin
	loop       unistring.String // of a loop's labels, the last
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
	start     int // where it begins, or a little before
	top, eval bool
	apart     bool // of a function whose parameters are not all plain names
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

func (p *parser) openScope(kind scopeKind) {
	p.scope = &scope{outer: p.scope, kind: kind, start: p.lastStart}
}

func (s *scope) declare(name unistring.String, b binding) {
	if s.names == nil {
		s.names = map[unistring.String]binding{}
	}
	s.names[name] |= b
}

func (p *parser) redeclared(id *ast.Identifier) {
	if p.types != nil {
		return // said when the text without types is read
	}
	start := int(id.Idx) - 1
	text := p.identifierText(start)
	if name := p.opts.Default; name != "" && text == name {
		p.fail(start, start+len(text), "Identifier '.default' has already been declared")
	}
	p.fail(start, start+len(text), "Identifier '"+id.Name.String()+"' has already been declared")
}

// redeclaredVar is redeclared for what a block declares after a var in it, where V8 sees it: at the var.
func (p *parser) redeclaredVar(name unistring.String, b binding) {
	if b != bindVar || p.scope.kind == scopeFunction {
		return
	}
	for _, d := range p.fn.decls {
		for _, v := range d.List {
			names.Each(v.Target, func(id *ast.Identifier) {
				if id.Name == name && int(id.Idx) > p.scope.start {
					p.redeclared(id)
				}
			})
		}
	}
}

// declareVar notes a var. It tells whether a parameter of that name is what assignments mean: that of a catch clause, or one of a pattern of
// the function's, of which the engine says that it is there already.
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
			return caught || s.apart && b&bindParam != 0
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
		p.redeclaredVar(id.Name, b)
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
		if plain { // the engine lets nobody declare others again
			p.fn.declared = append(p.fn.declared, id)
		}
		return
	}
	if plain && !p.strict {
		if b&^bindFunction != 0 {
			p.redeclaredVar(id.Name, b)
			p.redeclaredFunction(f)
		}
		s.declare(id.Name, bindFunction)
		s.functions = append(s.functions, &candidate{decl: f, name: id})
		return
	}
	if b != 0 {
		p.redeclaredVar(id.Name, b)
		p.redeclaredFunction(f)
	}
	s.declare(id.Name, bindLexical)
}

// evaluates notes a direct eval, for all functions around.
func (p *parser) evaluates() {
	for f := p.fn; f != nil; f = f.outer {
		f.evaluates = true
	}
}

// variables declares a function's functions as variables as well, where what eval is given may declare them again. To the engine they
// are like let otherwise. A body that declares nothing gets a variable that nobody can name: where parameters have a scope of their own
// the engine makes none for such a body, and eval looks for it.
func (f *function) variables(params *ast.ParameterList) {
	if !f.evaluates {
		return
	}
	if params != nil {
		f.decls = append(f.decls, &ast.VariableDeclaration{Var: params.Closing, List: []*ast.Binding{{Target: &ast.Identifier{Name: " ", Idx: params.Closing}}}})
	}
	for _, id := range f.declared {
		f.decls = append(f.decls, &ast.VariableDeclaration{Var: id.Idx, List: []*ast.Binding{{Target: &ast.Identifier{Name: id.Name, Idx: id.Idx}}}})
	}
}

// redeclaredFunction is redeclared for a function, at whose first word V8 sees it.
func (p *parser) redeclaredFunction(f *ast.FunctionDeclaration) {
	if p.types != nil {
		return
	}
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
			if b&(bindLexical|bindParam) == 0 && !(c.name.Name == "arguments" && !s.top && s.names["arguments"]&bindVar == 0 && !s.eval) && !p.blocked(s, c) {
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

// blocked tells whether something around an eval keeps a function in its block.
func (p *parser) blocked(s *scope, c *candidate) bool {
	return s.eval && s.names[c.name.Name]&bindVar == 0 && p.opts.Blocked != nil && p.opts.Blocked(c.name.Name.String())
}

// hoist makes a function declared in a block of sloppy code a variable of the function around as well (Annex B.3.3): where the declaration
// stands, the variable is given what the block has by that name then. From within the block the variable cannot be named; so the statement
// of the function's body that the block is in is put into one more block, with a function that assigns to the variable:
//
//	{ const set = (value) => { f = value }; { function f() {} const done = set(f); … } }
func (p *parser) hoist(s *scope, c *candidate) {
	name := c.name.Name
	if s.names[name]&bindVar == 0 {
		s.declare(name, bindVar)
		p.fn.decls = append(p.fn.decls, &ast.VariableDeclaration{Var: c.name.Idx, List: []*ast.Binding{
			{Target: &ast.Identifier{Name: name, Idx: c.name.Idx}}}})
	}
	at := maker(c.name.Idx)
	place := strconv.Itoa(int(at))
	set := unistring.NewFromString("set " + place)
	given := at.constant(at.name(unistring.NewFromString("done "+place)), &ast.CallExpression{Callee: at.name(set), LeftParenthesis: c.name.Idx,
		ArgumentList: []ast.Expression{at.name(name)}, RightParenthesis: c.name.Idx})
	if !c.insert(given) {
		return
	}
	setter := &ast.ArrowFunctionLiteral{Start: c.name.Idx, Source: "() => {}",
		ParameterList: &ast.ParameterList{Opening: c.name.Idx, Closing: c.name.Idx, List: []*ast.Binding{{Target: at.name("value")}}},
		Body:          at.block(at.do(&ast.AssignExpression{Operator: token.ASSIGN, Left: at.name(name), Right: at.name("value")}))}
	if name == "value" {
		setter.ParameterList.List[0].Target = at.name("given")
		setter.Body = at.block(at.do(&ast.AssignExpression{Operator: token.ASSIGN, Left: at.name(name), Right: at.name("given")}))
	}
	body := p.fn.body
	for i := len(body) - 1; i >= 0; i-- {
		if st := body[i]; st.Idx0() <= c.decl.Idx0() {
			around := maker(st.Idx0()).block(at.constant(at.name(set), setter), st)
			around.RightBrace = st.Idx1() - 1
			body[i] = around
			return
		}
	}
}

// insert puts a statement behind the declaration. Of several functions of one name a block has the last.
func (c *candidate) insert(st ast.Statement) bool {
	if c.in != nil {
		var all []ast.Statement
		for _, clause := range c.in.Body {
			all = append(all, clause.Consequent...)
		}
		for _, clause := range c.in.Body {
			if insertAfter(&clause.Consequent, c.decl, st, all) {
				return true
			}
		}
		return false
	}
	return c.list != nil && insertAfter(c.list, c.decl, st, *c.list)
}

func insertAfter(list *[]ast.Statement, d *ast.FunctionDeclaration, st ast.Statement, all []ast.Statement) bool {
	i := slices.Index(*list, ast.Statement(d))
	if i < 0 {
		return false
	}
	for _, other := range all[slices.Index(all, ast.Statement(d))+1:] {
		if o, ok := other.(*ast.FunctionDeclaration); ok && o.Function.Name.Name == d.Function.Name.Name {
			(*list)[i] = &ast.EmptyStatement{Semicolon: d.Idx0()}
			break
		}
	}
	*list = slices.Insert(*list, i+1, st)
	return true
}
