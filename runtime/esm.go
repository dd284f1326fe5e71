package runtime

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/source"
)

// ESModules is the ES module loader of one runtime. The engine has no modules: each runs as a generator that source.Compile
// makes of its text, and the graph of modules, with its linking and its order of evaluation, is kept here as the
// language's specification describes it.
type ESModules struct {
	rt       *Runtime
	modules  map[string]*esModule          // by URL and type attribute
	resolved map[[2]string]string          // URLs by specifier and importing file
	builtins []*esModule                   // whose exports syncBuiltinESMExports renews
	imports  map[string]Importer           // import() of scripts with a say in it, by their referrer
	drive    goja.Callable                 // runs a generator that awaits
	awaited  map[*goja.Object]*goja.Object // by the promise, the generator that waits for it
	order    int                           // of modules that evaluate asynchronously
	main     *esModule                     // the entry point, until it has settled
	traced   bool                          // require() of an ES module has been warned of
	arriving map[string]arrival            // modules that hooks are loading, by URL and type attribute
}

// moduleStatus is how far a module has come.
type moduleStatus uint8

const (
	unlinked moduleStatus = iota
	linking
	linked
	running
	evaluatingAsync
	evaluated
)

// esModule is one module of the graph: an ES module, or what imports see of a CommonJS, JSON or built-in module.
type esModule struct {
	url, file string
	format    string // "module", "commonjs", "json", "builtin", "vm"
	main      bool   // it is the entry point
	status    moduleStatus

	unit      *source.Unit                  // of an ES module
	program   func(*source.Unit) goja.Value // runs its program
	requested []*esModule                   // for each of the unit's requests
	meta      *goja.Object
	initMeta  func(meta *goja.Object) // fills import.meta of a vm module
	next      goja.Callable           // of the generator
	generator *goja.Object
	getters   []goja.Value // of its own exports

	names []string // exports of a module that is no ES module
	run   func()   // evaluates such a module: it calls set

	env       *goja.Object // what importers read: a property for each export
	namespace *goja.Object
	forwarded map[string]binding // exports of env that are other modules'

	failed   *goja.Exception // why the evaluation failed
	dfs, low int
	async    int // its place among the modules that evaluate asynchronously, 0 for others
	pending  int // dependencies that evaluate asynchronously
	parents  []*esModule
	root     *esModule // of its cycle
	settled  []func(*goja.Exception)

	wasm *wasmPart    // of a module of WebAssembly
	shim *goja.Object // the namespace that require gives, if it is another one
}

// binding is an export of a module itself; the name "*" is the module's namespace.
type binding struct {
	module *esModule
	name   string
}

// ESModules is the ES module loader, made when it is first asked for.
func (rt *Runtime) ESModules() *ESModules {
	e := &rt.esm
	if e.modules == nil {
		e.modules, e.resolved = map[string]*esModule{}, map[[2]string]string{}
		rt.CommonJS()
	}
	return e
}

// newModuleRecord makes a module without exports yet.
func (l *ESModules) newModuleRecord(url, file, format string) *esModule {
	return &esModule{url: url, file: file, format: format, env: l.rt.vm.CreateObject(nil)}
}

// set gives an export of a module that is no ES module its value.
func (m *esModule) set(name string, v goja.Value) {
	if v == nil {
		v = goja.Undefined()
	}
	m.env.DefineDataProperty(name, v, flagTrue, flagTrue, flagTrue)
}

// exports are the entries of an ES module, nil for others.
func (m *esModule) exports() []source.Export {
	if m.unit == nil {
		return nil
	}
	return m.unit.Module.Exports
}

// exportNames lists what a module exports, export * included.
func (m *esModule) exportNames(seen map[*esModule]bool) []string {
	if m.unit == nil {
		return m.names
	}
	if seen[m] {
		return nil
	}
	seen[m] = true
	var names []string
	for _, e := range m.exports() {
		if e.Exported != "" {
			names = append(names, e.Exported)
			continue
		}
		for _, n := range m.requested[e.Request].exportNames(seen) {
			if n != "default" && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	return names
}

// resolution is what resolveExport found.
type resolution uint8

const (
	notFound resolution = iota
	found
	ambiguous
	circular
)

// resolveExport finds whose binding an export is.
func (m *esModule) resolveExport(name string, seen map[binding]bool) (binding, resolution) {
	if m.unit == nil {
		if slices.Contains(m.names, name) {
			return binding{m, name}, found
		}
		return binding{}, notFound
	}
	if seen[binding{m, name}] {
		return binding{}, circular
	}
	seen[binding{m, name}] = true
	for _, e := range m.exports() {
		if e.Exported != name {
			continue
		}
		switch {
		case e.Request < 0:
			return binding{m, name}, found
		case e.Name == "*":
			return binding{m.requested[e.Request], "*"}, found
		}
		b, st := m.requested[e.Request].resolveExport(e.Name, seen)
		if st == circular && b.name == "" {
			b.name = m.unit.Module.Requests[e.Request].Specifier // where the circle closes
		}
		return b, st
	}
	if name == "default" {
		return binding{}, notFound
	}
	var star binding
	state := notFound
	for _, e := range m.exports() {
		if e.Exported != "" {
			continue
		}
		b, st := m.requested[e.Request].resolveExport(name, seen)
		switch {
		case st == ambiguous:
			return b, st
		case st != found:
			if st == circular && state == notFound {
				state = circular
			}
		case state == found && b != star:
			return b, ambiguous
		default:
			star, state = b, found
		}
	}
	if state == circular {
		state = notFound
	}
	return star, state
}

// link links a graph whose modules are all loaded: it checks what is imported and makes the functions and bindings.
func (l *ESModules) link(m *esModule) {
	if m.unit == nil || m.status != unlinked {
		if m.unit == nil && m.status == unlinked {
			m.status = linked
		}
		return
	}
	var graph []*esModule
	var collect func(*esModule)
	collect = func(m *esModule) {
		if m.status != unlinked {
			return
		}
		m.status = linking
		for _, r := range m.requested {
			collect(r)
		}
		graph = append(graph, m)
	}
	collect(m)
	ex := l.rt.vm.Try(func() {
		for _, m := range graph {
			l.checkImports(m)
		}
		for _, m := range graph {
			l.instantiate(m)
		}
	})
	for _, m := range graph {
		m.status = linked
		if ex != nil {
			m.status = unlinked
		}
	}
	if ex != nil {
		panic(ex)
	}
}

// checkImports throws the SyntaxError of an import or indirect export that leads nowhere.
func (l *ESModules) checkImports(m *esModule) {
	if m.unit == nil {
		return
	}
	for _, i := range m.unit.Module.Imports {
		if i.Name != "*" {
			l.checkImport(m, i.Name, i.Request, i.Offset, map[binding]bool{})
		}
	}
	m.forwarded = map[string]binding{}
	for _, e := range m.exports() {
		switch {
		case e.Exported != "" && e.Request >= 0 && e.Name == "*":
			m.forwarded[e.Exported] = binding{m.requested[e.Request], "*"}
		case e.Exported != "" && e.Request >= 0:
			m.forwarded[e.Exported] = l.checkImport(m, e.Name, e.Request, e.Offset, map[binding]bool{{m, e.Exported}: true})
		}
	}
	for _, e := range m.exports() {
		if e.Exported != "" {
			continue
		}
		for _, n := range m.requested[e.Request].exportNames(map[*esModule]bool{}) {
			if b, st := m.resolveExport(n, map[binding]bool{}); st == found && n != "default" && b.module != m {
				m.forwarded[n] = b
			}
		}
	}
}

func (l *ESModules) checkImport(m *esModule, name string, request, offset int, seen map[binding]bool) binding {
	rt := l.rt
	r := m.requested[request]
	b, st := r.resolveExport(name, seen)
	if st == found {
		return b
	}
	specifier := m.unit.Module.Requests[request].Specifier
	message := "The requested module '" + specifier + "' does not provide an export named '" + name + "'"
	switch {
	case st == circular:
		message = "Detected cycle while resolving name '" + name + "' in '" + cmp.Or(b.name, specifier) + "'"
	case st == ambiguous:
		message = "The requested module '" + specifier + "' contains conflicting star exports for name '" + name + "'"
	case r.format == "commonjs":
		message = l.notNamed(m, specifier, name, request)
	}
	o := rt.NewPlainError("SyntaxError", message)
	if t := rt.TraceOf(o); t != nil {
		t.Frames, t.Above, t.Origin = nil, linkingModule(rt.Origin), fromElsewhere
	}
	line, column := m.unit.At(offset)
	text := m.unit.Line(line)
	width := len(name)
	if at := column - 1; at < len(text) {
		width = source.TokenWidth(text[min(at, len(text)):])
	}
	rt.Scripts.prependPlace(o, source.Arrow(m.url, line, column, width, text))
	rt.Throw(o)
	return b
}

// notNamed words the want of a CommonJS module's export, with the way out.
func (l *ESModules) notNamed(m *esModule, specifier, name string, request int) string {
	var list []string
	for _, i := range m.unit.Module.Imports {
		switch {
		case i.Request != request || i.Name == "default" || i.Name == "*":
		case i.Local == i.Name:
			list = append(list, i.Name)
		default:
			list = append(list, i.Name+": "+i.Local)
		}
	}
	message := "Named export '" + name + "' not found. The requested module '" + specifier +
		"' is a CommonJS module, which may not support all module.exports as named exports.\n" +
		"CommonJS modules can always be imported via the default export, for example using:\n\nimport pkg from '" + specifier + "';\n"
	if len(list) > 0 {
		inner := strings.Join(list, ", ")
		if text := m.unit.Statement(m.unit.Module.Requests[request].Offset); strings.Contains(text, "{ ") {
			inner = " " + inner + " "
		}
		message += "const {" + inner + "} = pkg;\n"
	}
	return message
}

// instantiate makes a module's functions and bindings; its statements have not run then.
func (l *ESModules) instantiate(m *esModule) {
	rt := l.rt
	if m.unit == nil {
		return
	}
	for name, b := range m.forwarded {
		l.forward(m, name, b)
	}
	fn, _ := goja.AssertFunction(m.program(m.unit))
	args := make([]goja.Value, 2, 2+2*len(m.requested))
	args[0], args[1] = goja.Undefined(), goja.Undefined()
	if m.unit.Module.Meta {
		args[0] = l.importMeta(m)
	}
	if m.unit.Import || strings.Contains(m.unit.Text, "eval") { // what is evaluated may import
		args[1] = l.importFunction(m.unit.Referrer)
	}
	wanted := map[int]bool{}
	for _, i := range m.unit.Module.Imports {
		if i.Name == "*" {
			wanted[i.Request] = true
		}
	}
	for i, r := range m.requested {
		ns := goja.Value(goja.Undefined())
		if wanted[i] {
			ns = l.namespaceOf(r)
		}
		args = append(args, r.env, ns)
	}
	m.generator = rt.Call(fn, goja.Undefined(), args...).(*goja.Object)
	m.next, _ = goja.AssertFunction(rt.Member(m.generator, "next"))
	m.getters, _ = rt.Elements(rt.Call(m.next, m.generator).(*goja.Object).Get("value").(*goja.Object))
	n := 0
	for _, e := range m.exports() {
		if e.Request < 0 {
			m.env.DefineAccessorProperty(e.Exported, l.guarded(e.Exported, m.getters[n]), nil, flagTrue, flagTrue)
			n++
		}
	}
}

// guarded is a getter of an export that may have no value yet; the error names the export then.
func (l *ESModules) guarded(name string, getter goja.Value) goja.Value {
	rt := l.rt
	get, _ := goja.AssertFunction(getter)
	guard := rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		v, err := get(goja.Undefined())
		if err != nil {
			rt.Throw(rt.NewPlainError("ReferenceError", "Cannot access '"+name+"' before initialization"))
		}
		return v
	})
	return guard
}

// forward makes a module's property for another module's export.
func (l *ESModules) forward(m *esModule, name string, b binding) {
	if b.name == "*" {
		m.env.DefineDataProperty(name, l.namespaceOf(b.module), flagTrue, flagTrue, flagTrue)
		return
	}
	m.env.DefineAccessorProperty(name, l.rt.Func("", 0, func(goja.FunctionCall) goja.Value { return b.module.env.Get(b.name) }), nil, flagTrue, flagTrue)
}

// finish makes plain properties of those exports of an evaluated module that will not change any more.
func (l *ESModules) finishExports(m *esModule) {
	if m.unit == nil {
		return
	}
	l.rt.vm.Try(func() {
		n := 0
		for _, e := range m.exports() {
			switch {
			case e.Request >= 0:
			case !e.Mutable:
				m.set(e.Exported, m.env.Get(e.Exported))
			default:
				m.env.DefineAccessorProperty(e.Exported, m.getters[n], nil, flagTrue, flagTrue)
			}
			if e.Request < 0 {
				n++
			}
		}
		for name, b := range m.forwarded {
			if b.name != "*" && b.module.final(b.name) {
				m.set(name, b.module.env.Get(b.name))
			}
		}
	})
}

// final tells whether an export of a module itself will not change any more.
func (m *esModule) final(name string) bool {
	if m.unit == nil {
		return m.status == evaluated && m.format != "builtin" && m.format != "vm"
	}
	if m.status != evaluated && m.status != evaluatingAsync || m.status == evaluatingAsync && m.pending > 0 {
		return false
	}
	for _, e := range m.exports() {
		if e.Exported == name {
			return !e.Mutable && m.status == evaluated
		}
	}
	return false
}
