package source

import (
	"slices"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"gonode/internal/coverage"
	"gonode/internal/parse"
	"gonode/internal/parse/names"
	"gonode/internal/probes"
)

// ModuleInfo is what the module graph needs to know of an ES module's text.
//
// The unit's program gives a generator function of MetaName, ImportName and, for each request, the object of the
// requested module's bindings and its namespace. Its first step yields a list of functions that read the local exports
// in the order of Exports, its further steps yield what the module awaits.
type ModuleInfo struct {
	Requests []Request
	Imports  []Import
	Exports  []Export
	Await    bool  // there is a top-level await
	Awaits   []int // where they are, as offsets in what has been compiled
	First    int   // where the first word await is, which may be that of a using declaration: it waits where the module ends
	Meta     bool  // import.meta is used
}

// moduleUnit compiles code, the text of an ES module or what esbuild made of it.
func (u *Unit) moduleUnit(code string, o Options) error {
	m := scan(u.Name, code, true)
	m.counts, m.stops = o.Coverage && u.names == nil, o.Probes && u.names == nil
	prg, info, err := m.program(u.Name, code, false)
	if err != nil {
		return err
	}
	u.Module, u.Import, u.code, u.Coverage, u.Probes = info, m.dynamic, code, m.counted, m.probed
	if o.Context {
		u.Names = within(prg)
	}
	p, err := goja.CompileAST(prg, !o.Context)
	u.Program, err = u.compiled(p, err, o)
	return err
}

// ModuleProgram is the program that the text of an ES module is compiled as, in which what is imported has the module's own names for it:
// to be looked at, not to be run. nil if the text has errors.
func ModuleProgram(name, code string) (*ast.Program, map[int]string) {
	m := scan(name, code, true)
	m.infer = true
	prg, _, err := m.program(name, code, true)
	if err != nil {
		return nil, nil
	}
	return prg, m.inferred
}

// program is the module as one generator function. named is ModuleProgram's.
func (m *moduleText) program(name, code string, named bool) (*ast.Program, *ModuleInfo, error) {
	if m.err != nil {
		return nil, nil, m.err
	}
	prg, err := m.parse(name)
	if err != nil {
		return nil, nil, err
	}
	info := &ModuleInfo{Requests: m.requests, Imports: m.imports, Exports: m.exports, Meta: m.meta}
	fn := prg.Body[0].(*ast.ExpressionStatement).Expression.(*ast.FunctionLiteral)
	if m.declarations(fn, info); m.err != nil {
		m.err.Name = name
		return nil, nil, m.err
	}
	fn.ParameterList = m.parameters()
	body := fn.Body
	body.List = append([]ast.Statement{&ast.ExpressionStatement{Expression: &ast.StringLiteral{Idx: 1, Literal: "'use strict'", Value: "use strict"}}}, body.List...)
	prg.File = file.NewFile(name, code, 1)
	mend(prg)
	if m.counts {
		counted, list := coverage.Instrument(body.List[1:], code, false)
		m.counted, body.List = counted, append(body.List[:1:1], list...)
	}
	if m.stops {
		probed, list := probes.Instrument(body.List[1:], code, false)
		m.probed, body.List = probed, append(body.List[:1:1], list...)
	}
	inner := &body.List
	if m.disposing != nil {
		list, within := m.disposing(body.List[1:])
		body.List, inner = append(body.List[:1:1], list...), within
	}
	r := resolver{imports: map[unistring.String]Import{}, assigned: map[unistring.String]bool{}, original: m, named: named}
	for _, i := range m.imports {
		r.imports[unistring.NewFromString(i.Local)] = i
	}
	r.statements(fn.Body.List)
	if m.err != nil {
		m.err.Name = name
		return nil, nil, m.err
	}
	info.Await, info.Awaits, info.First = len(r.awaits) > 0, r.awaits, m.await
	for i := range info.Exports {
		e := &info.Exports[i]
		e.Mutable = e.Request < 0 && (m.disposing != nil || r.assigned[unistring.NewFromString(e.Local)])
	}
	first := []ast.Statement{m.getters(info, fn)}
	if r.constant {
		first = append(first, constant())
	}
	if m.disposing == nil {
		first, *inner = append(body.List[:1:1], first...), body.List[1:]
	}
	*inner = append(first, *inner...)
	return prg, info, nil
}

// parse gives a program of one generator function whose body is the module.
func (m *moduleText) parse(name string) (*ast.Program, error) {
	code := string(m.code)
	r, err := parse.Program(name, code, parse.Options{Module: true, ImportName: ImportName, Items: m.items, ItemText: m.text, Default: defaultName, Infer: m.infer})
	if err != nil {
		return nil, err
	}
	m.disposing = r.Disposing
	m.inferred, m.await = r.Inferred, r.Await
	fn := &ast.FunctionLiteral{Function: 1, Body: &ast.BlockStatement{LeftBrace: 1, List: r.Program.Body, RightBrace: end(code)},
		DeclarationList: r.Program.DeclarationList, Generator: true, Source: "function () { [native code] }"}
	return &ast.Program{Body: []ast.Statement{&ast.ExpressionStatement{Expression: fn}}}, nil
}

// declarations gives exported declarations their export entries, names the default export, and checks what the grammar
// cannot: that exports exist, and that no name stands twice.
func (m *moduleText) declarations(fn *ast.FunctionLiteral, info *ModuleInfo) {
	declared := map[string]file.Idx{}
	var list []string
	add := func(target ast.Expression) {
		names.Each(target, func(id *ast.Identifier) {
			declared[id.Name.String()] = id.Idx
			list = append(list, id.Name.String())
		})
	}
	for _, d := range fn.DeclarationList {
		for _, b := range d.List {
			add(b.Target)
		}
	}
	next := 0
	for i, s := range fn.Body.List {
		at := int(s.Idx0()) - 1
		if m.fallback >= 0 && at >= m.fallback {
			m.fallback = -1
			m.nameDefault(s)
		}
		list = list[:0]
		switch s := s.(type) {
		case *ast.LexicalDeclaration:
			for _, b := range s.List {
				add(b.Target)
			}
		case *ast.FunctionDeclaration:
			add(s.Function.Name)
		case *ast.ClassDeclaration:
			add(s.Class.Name)
		case *ast.VariableStatement:
			for _, b := range s.List {
				add(b.Target)
			}
		}
		if next < len(m.declared) && at >= m.declared[next] {
			next++
			for _, name := range list {
				info.Exports = append(info.Exports, Export{Exported: name, Local: name, Request: -1, Offset: int(declared[name]) - 1})
			}
		}
		fn.Body.List[i] = s
	}
	imports := map[string]int{}
	for i, im := range m.imports {
		at, twice := declared[im.Local]
		if _, again := imports[im.Local]; again {
			twice, at = true, file.Idx(im.Offset+1)
		}
		if twice {
			m.fail(int(at)-1, "Identifier '"+im.Local+"' has already been declared")
			m.err.Width = 1
			return
		}
		imports[im.Local] = i
	}
	slices.SortStableFunc(info.Exports, func(a, b Export) int { return a.Offset - b.Offset })
	seen := map[string]string{}
	for i := range info.Exports {
		e := &info.Exports[i]
		if local, twice := seen[e.Exported]; twice && e.Exported != "" {
			if m.fail(e.Offset, "Duplicate export of '"+e.Exported+"'"); local == "default" && e.Local == local {
				m.err.Message = "Identifier '.default' has already been declared"
			}
			return
		}
		seen[e.Exported] = e.Local
		if e.Request >= 0 {
			continue
		}
		if n, ok := imports[e.Local]; ok {
			im := m.imports[n]
			e.Name, e.Request, e.Local = im.Name, im.Request, ""
		} else if _, ok := declared[e.Local]; !ok {
			m.fail(e.Offset, "Export '"+e.Local+"' is not defined in module")
			return
		}
	}
}

// nameDefault gives the declaration made for an export default its name, which no script can use.
func (m *moduleText) nameDefault(s ast.Statement) {
	rename := func(id *ast.Identifier) {
		if id != nil && id.Name == defaultName {
			id.Name = "default"
		}
	}
	switch s := s.(type) {
	case *ast.LexicalDeclaration:
		if id, ok := s.List[0].Target.(*ast.Identifier); ok {
			rename(id)
		}
	case *ast.FunctionDeclaration:
		if m.anon > 0 {
			rename(s.Function.Name)
			s.Function.Source = m.text[m.anon:s.Function.Body.RightBrace]
		}
	case *ast.ClassDeclaration:
		if m.anon > 0 {
			rename(s.Class.Name)
			s.Class.Source = m.text[m.anon:s.Class.RightBrace]
		}
	}
}

// Place is where the value of an import is, for who looks into a module that stands still: the variable of that name has it, or a property of
// that variable's value.
func (i Import) Place() (variable, property string) {
	if i.Name == "*" {
		return namespaceName(i.Request).String(), ""
	}
	return bindingsName(i.Request).String(), i.Name
}

// bindingsName and namespaceName are the parameters for a request; no script can use these names.
func bindingsName(request int) unistring.String {
	return unistring.NewFromString("import " + itoa(request))
}

func namespaceName(request int) unistring.String {
	return unistring.NewFromString("import * " + itoa(request))
}

func (m *moduleText) parameters() *ast.ParameterList {
	list := &ast.ParameterList{Opening: 1, Closing: 1}
	add := func(name unistring.String) {
		list.List = append(list.List, &ast.Binding{Target: &ast.Identifier{Name: name, Idx: 1}})
	}
	add(MetaName)
	add(ImportName)
	for i := range m.requests {
		add(bindingsName(i))
		add(namespaceName(i))
	}
	return list
}

// getters is the module's first step.
func (m *moduleText) getters(info *ModuleInfo, fn *ast.FunctionLiteral) ast.Statement {
	list := &ast.ArrayLiteral{LeftBracket: 1, RightBracket: 1}
	for _, e := range info.Exports {
		if e.Request < 0 {
			id := &ast.Identifier{Name: unistring.NewFromString(e.Local), Idx: file.Idx(e.Offset + 1)}
			list.Value = append(list.Value, &ast.ArrowFunctionLiteral{Start: 1, ParameterList: &ast.ParameterList{Opening: 1, Closing: 1},
				Body: &ast.ExpressionBody{Expression: id}, Source: "() => { [native code] }"})
		}
	}
	return &ast.ExpressionStatement{Expression: &ast.YieldExpression{Yield: 1, Argument: list}}
}

// constantName is a constant to which assignments to imports go, to fail.
const constantName = "import const"

func constant() ast.Statement {
	return &ast.LexicalDeclaration{Idx: 1, Token: token.CONST, List: []*ast.Binding{{Target: &ast.Identifier{Name: constantName, Idx: 1},
		Initializer: &ast.NumberLiteral{Idx: 1, Literal: "0", Value: int64(0)}}}}
}

// written gives a function's source as it was written, not as the engine's parser got it.
func (m *moduleText) written(source string) string {
	if !m.dynamic && !m.meta || !strings.Contains(source, ImportName) && !strings.Contains(source, MetaName) {
		return source
	}
	for from := 0; ; {
		i := strings.Index(string(m.code[from:]), source)
		if i < 0 {
			return source
		}
		if at := from + i; at+len(source) <= len(m.text) {
			return m.text[at : at+len(source)]
		}
		from += i + 1
	}
}
