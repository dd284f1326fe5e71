package runtime

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
)

// requireESM loads an ES module for require(): m.exports becomes its namespace, or what it exports as
// "module.exports".
func (l *ESModules) requireESM(m *goja.Object, content, file string, typed bool) {
	rt := l.rt
	parent, _ := rt.CommonJS().state(m).parent.(*goja.Object)
	l.traceRequire(parent, file)
	url := loader.FileURL(l.importBase(file))
	es := l.known(url, nil)
	if es != nil && es.unit != nil && es.status == unlinked {
		rt.Throw(rt.NewError("ERR_REQUIRE_ESM_RACE_CONDITION", file, rt.cjs.filenameOf(parent)))
	}
	if es == nil {
		es = l.textModule(url, file, content, typed)
		for _, r := range es.unit.Module.Requests {
			if scheme := foreignScheme(r.Specifier); scheme == "http:" || scheme == "https:" {
				rt.Throw(rt.NewError("ERR_NETWORK_IMPORT_DISALLOWED", r.Specifier, url, "ES modules cannot be loaded by require() from the network"))
			}
		}
		l.remember(es, nil)
		if ex := rt.vm.Try(func() { l.loadRequests(es) }); ex != nil {
			delete(l.modules, url+"\x00")
			panic(ex)
		}
	}
	l.evaluateNow(es, parent, file)
	m.Set("exports", l.requiredNamespace(es))
}

// evaluateNow links and evaluates a module that CommonJS module parent, or nil, requires.
func (l *ESModules) evaluateNow(es *esModule, parent *goja.Object, file string) {
	rt := l.rt
	switch {
	case es.status == linking || es.status == running && es.unit != nil:
		message := "Cannot require() ES Module " + file + " in a cycle."
		if name := l.rt.CommonJS().filenameOf(parent); name != "" {
			message += " (from " + name + ")"
		}
		rt.Throw(rt.NewError("ERR_REQUIRE_CYCLE_MODULE", message+" A cycle involving require(esm) is not allowed to maintain invariants mandated by"+
			" the ECMAScript specification. Try making at least part of the dependency in the graph lazily loaded."))
	case es.unit != nil && es.requested == nil:
		l.loadRequests(es)
	}
	l.link(es)
	if awaitsIn(es, map[*esModule]bool{}) != nil {
		rt.Throw(l.asyncError(es, parent, file))
	}
	if es.failed != nil {
		panic(es.failed)
	}
	l.checkCycle(es, map[*esModule]bool{})
	l.evaluate(es, func(*goja.Exception) {})
	if es.failed != nil {
		panic(es.failed)
	}
}

// asyncError is the error of require() for a graph with a top-level await.
func (l *ESModules) asyncError(es *esModule, parent *goja.Object, file string) *goja.Object {
	rt := l.rt
	var stack []string
	for p := parent; p != nil; p, _ = rt.cjs.state(p).parent.(*goja.Object) {
		name := rt.cjs.filenameOf(p)
		if name == "" {
			name = engine.Text(p.Get("id"))
		}
		stack = append(stack, name)
	}
	show := rt.cfg.Options.PrintRequiredTLA
	o := rt.NewError("ERR_REQUIRE_ASYNC_MODULE", file, stack, show)
	if parent != nil {
		o.DefineDataProperty("requireStack", rt.strings(stack), flagTrue, flagTrue, flagFalse)
	}
	t := rt.TraceOf(o)
	if t != nil {
		t.Above, t.ThrownAt = requiringAsync(false), asyncFoundAt
	}
	if !show {
		return o
	}
	var places []any
	var arrows []string
	l.awaitPlaces(es, map[*esModule]bool{}, func(m *esModule, line, column int, text string) {
		place := rt.vm.CreateObject(nil)
		place.Set("url", m.url)
		place.Set("line", line)
		place.Set("column", column)
		place.Set("sourceLine", text)
		places = append(places, place)
		name := m.url
		if m.file != "" {
			name = m.file
		}
		arrows = append(arrows, name+":"+rt.vm.ToValue(line).String()+"\n\n"+text+"\n"+strings.Repeat(" ", max(column-1, 0))+"^\n")
	})
	if len(places) > 0 {
		o.DefineDataProperty("topLevelAwaitLocations", rt.vm.NewArray(places...), flagTrue, flagTrue, flagFalse)
		if t != nil {
			t.ThrownAt = strings.Join(arrows, "\n")
		}
	}
	return o
}

// awaitPlaces finds the top-level awaits of a graph.
func (l *ESModules) awaitPlaces(m *esModule, seen map[*esModule]bool, f func(m *esModule, line, column int, text string)) {
	if seen[m] || m.unit == nil {
		return
	}
	seen[m] = true
	for _, r := range m.requested {
		l.awaitPlaces(r, seen, f)
	}
	places := m.unit.Module.Awaits
	if first := m.unit.Module.First; first >= 0 && !slices.Contains(places, first) {
		places = append([]int{first}, places...)
	}
	for _, offset := range places {
		line, column := m.unit.At(offset)
		text := m.unit.Line(line)
		if rest := text[min(max(column-1, 0), len(text)):]; strings.HasPrefix(rest, "await") || strings.HasPrefix(rest, "for") { // not a step of a loop
			f(m, line, column, text)
		}
	}
}

// traceRequire warns of require() of an ES module, where --trace-require-module asks for that.
func (l *ESModules) traceRequire(parent *goja.Object, file string) {
	rt := l.rt
	mode := rt.cfg.Options.TraceRequireModule
	from := ""
	if parent != nil {
		from = rt.cjs.filenameOf(parent)
		if from == "" {
			from = engine.Text(parent.Get("id"))
		}
	}
	if mode == "" || l.traced && mode != "all" || mode == "no-node-modules" && strings.Contains(from, "/node_modules/") {
		return
	}
	l.traced = true
	message := "CommonJS module " + from + " is loading ES Module " + file + " using require().\n"
	switch {
	case from == "internal/preload":
		message = "--require is loading ES Module " + file + " using require().\n"
	case from == "":
		message = file + " is loaded as ES Module using require().\n"
	}
	rt.warn(message+"Support for loading ES Module in require() is an experimental feature and might change at any time", "ExperimentalWarning", "")
}

// checkCycle refuses a graph for require() that leads back to what is running.
func (l *ESModules) checkCycle(m *esModule, seen map[*esModule]bool) {
	rt := l.rt
	if seen[m] || m.unit == nil {
		return
	}
	seen[m] = true
	for i, r := range m.requested {
		kind := ""
		if r.status == running && r.unit != nil {
			kind = "Module"
		} else if c, ok := rt.cjs.cache.Get(r.file).(*goja.Object); ok && r.format == "commonjs" {
			if running := c.GetSymbol(rt.cjs.executing); running != nil && running.ToBoolean() {
				kind = "CommonJS Module"
			}
		}
		if kind != "" {
			rt.Throw(rt.NewError("ERR_REQUIRE_CYCLE_MODULE", "Cannot import "+kind+" "+m.unit.Module.Requests[i].Specifier+
				" in a cycle. (from "+m.file+")"))
		}
		l.checkCycle(r, seen)
	}
}

// requiredNamespace is what require gives of an ES module.
func (l *ESModules) requiredNamespace(m *esModule) goja.Value {
	ns := l.namespaceOf(m)
	has := map[string]bool{}
	for _, n := range m.exportNames(map[*esModule]bool{}) {
		has[n] = true
	}
	switch {
	case has["module.exports"]:
		return m.env.Get("module.exports")
	case !has["default"] || has["__esModule"]:
		return ns
	}
	// Transpiled code expects __esModule of a module with a default export.
	if m.shim == nil {
		names := append(m.exportNames(map[*esModule]bool{}), "__esModule")
		m.shim = l.newNamespace(names, m, func(name string) goja.Value {
			if name == "__esModule" {
				return l.rt.vm.ToValue(true)
			}
			return m.env.Get(name)
		})
	}
	return m.shim
}
