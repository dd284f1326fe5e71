package runtime

import (
	"io"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
	"gonode/internal/source"
)

// Importer is a script's own import(): it returns what the promise is resolved with.
type Importer func(specifier goja.Value, attributes *goja.Object) goja.Value

// SetImporter gives scripts compiled with that referrer an import() of their own. Loop goroutine only.
func (rt *Runtime) SetImporter(referrer string, f Importer) {
	e := rt.esmLoader()
	if e.imports == nil {
		e.imports = map[string]Importer{}
	}
	e.imports[referrer] = f
}

// later runs f as a promise job, n jobs after the current one, in the current asynchronous context.
func (l *esm) later(n int, f func()) {
	rt := l.rt
	async := rt.entry.async
	var job func()
	job = func() {
		if n--; n > 0 {
			rt.QueueJob(job)
			return
		}
		rt.entry.async = async
		f()
		rt.Origin = fromJob
	}
	rt.QueueJob(job)
}

// importFunction is import() for the code of one file or module: a promise of the namespace. The third argument, which
// scripts give, says what script it is.
func (l *esm) importFunction(referrer string) *goja.Object {
	rt := l.rt
	fn := rt.Func("import", 1, func(call goja.FunctionCall) goja.Value {
		from := referrer
		if len(call.Arguments) > 2 {
			from = call.Argument(2).String()
		} else if from == "" {
			from = rt.callingFile()
		}
		promise, resolve, reject := rt.vm.NewPromise()
		if ex := rt.vm.Try(func() {
			specifier := call.Argument(0).ToString().String()
			a, object := l.importOptions(call.Argument(1))
			if f := l.imports[from]; f != nil {
				l.later(1, func() {
					if ex := rt.vm.Try(func() { resolve(f(rt.vm.ToValue(specifier), object)) }); ex != nil {
						reject(ex.Value())
					}
				})
				return
			}
			l.importDynamic(specifier, from, a, func(m *esModule) { resolve(l.namespaceOf(m)) }, func(ex *goja.Exception) { reject(ex.Value()) })
		}); ex != nil {
			reject(ex.Value())
		}
		return rt.vm.ToValue(promise)
	})
	fn.Set("source", rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		from := referrer
		if len(call.Arguments) > 2 {
			from = call.Argument(2).String()
		}
		return l.importSource(call.Argument(0), from)
	}))
	return fn
}

// ImportFrom makes the function import() as it is in a module of that URL.
func (rt *Runtime) ImportFrom(url string) *goja.Object { return rt.esmLoader().importFunction(url) }

// ResolveImport is the URL that import(specifier) loads in a module of the URL base.
func (rt *Runtime) ResolveImport(specifier, base string) string {
	return rt.esmLoader().resolveURL(specifier, base)
}

// importOptions reads the second argument to import().
func (l *esm) importOptions(v goja.Value) (attributes, *goja.Object) {
	rt := l.rt
	none := rt.vm.CreateObject(nil)
	if goja.IsUndefined(v) {
		return nil, none
	}
	o, ok := v.(*goja.Object)
	if !ok {
		rt.Throw(rt.vm.NewTypeError("The second argument to import() must be an object"))
	}
	list := o.Get("with")
	if list == nil || goja.IsUndefined(list) {
		return nil, none
	}
	with, ok := list.(*goja.Object)
	if !ok {
		rt.Throw(rt.vm.NewTypeError("The 'with' option must be an object"))
	}
	var a attributes
	for _, k := range with.Keys() {
		value := with.Get(k)
		if !goja.IsString(value) {
			rt.Throw(rt.vm.NewTypeError("Import attribute value must be a string"))
		}
		a = append(a, [2]string{k, value.String()})
		none.Set(k, value)
	}
	return a, none
}

// The numbers of promise jobs after which Node settles import(), counted there.
const (
	jobsToResolve = 3  // a specifier that means nothing
	jobsToRefuse  = 11 // a URL that no module can have
	jobsKnown     = 5  // to a module that is loaded already
	jobsToLoad    = 12 // to the text of a new module
	jobsToRun     = 1  // from there to its evaluation, 2 for an ES module
	jobsEvaluated = 2  // from its evaluation to the end
)

// importDynamic loads, links and evaluates a module in Node's time, which is promise jobs: files are read at once.
func (l *esm) importDynamic(specifier, referrer string, a attributes, done func(*esModule), fail func(*goja.Exception)) {
	rt := l.rt
	var url string
	if ex := rt.vm.Try(func() { url = l.resolveURL(specifier, referrer) }); ex != nil {
		l.later(jobsToResolve, func() { fail(ex) })
		return
	}
	var m *esModule
	evaluate := func() {
		rt.Origin = fromImport
		l.evaluate(m, func(failed *goja.Exception) {
			l.later(jobsEvaluated, func() {
				if failed != nil {
					fail(failed)
				} else {
					done(m)
				}
			})
		})
	}
	load := func() {
		if ex := rt.vm.Try(func() {
			m = l.loadGraph(url, a)
			l.link(m)
		}); ex != nil {
			fail(ex)
			return
		}
		switch {
		case m.status != linked:
			evaluate()
		case m.unit != nil:
			l.later(jobsToRun+1, evaluate)
		default:
			l.later(jobsToRun, evaluate)
		}
	}
	switch {
	case l.known(url, a) != nil:
		l.later(jobsKnown, load)
	case foreignScheme(url) != "" && !strings.HasPrefix(url, "data:"):
		l.later(jobsToRefuse, load)
	default:
		l.later(jobsToLoad, load)
	}
}

// importAll runs modules one after the other, and then what comes next. An error is uncaught.
func (l *esm) importAll(specifiers []string, next func()) {
	rt := l.rt
	if len(specifiers) == 0 {
		next()
		return
	}
	l.later(1, func() {
		var m *esModule
		if ex := rt.vm.Try(func() {
			m = l.loadGraph(l.resolveURL(specifiers[0], loader.FileURL(rt.mustCwd()+"/")), nil)
			l.link(m)
		}); ex != nil {
			l.uncaughtIn(ex)
			return
		}
		l.runEntry(m, func() { l.importAll(specifiers[1:], next) })
	})
}

// uncaughtIn reports an error of an entry point, which is a rejection: an error tells itself where it was made.
func (l *esm) uncaughtIn(ex *goja.Exception) {
	rt := l.rt
	v := ex.Value()
	if rt.IsError(v) {
		ex = nil
	}
	rt.Uncaught(v, "unhandledRejection", ex)
}

// runEntry evaluates a module that the process waits for.
func (l *esm) runEntry(m *esModule, next func()) {
	l.main = m
	l.rt.Origin = fromModule
	l.evaluate(m, func(failed *goja.Exception) {
		l.main = nil
		if failed != nil {
			l.uncaughtIn(failed)
		} else if next != nil {
			next()
		}
	})
}

// runMainESM runs a file as the entry point, an ES module. As in Node it runs within a promise job: its promise jobs
// come before its ticks.
func (l *esm) runMainESM(url string) {
	rt := l.rt
	l.later(1, func() {
		rt.Origin = fromModule
		var m *esModule
		if ex := rt.vm.Try(func() {
			m = l.loadGraph(url, nil)
			l.link(m)
		}); ex != nil {
			l.uncaughtIn(ex)
			return
		}
		l.runEntry(m, nil)
	})
}

// runTextESM runs a text as the entry point.
func (l *esm) runTextESM(url, file, text string) {
	rt := l.rt
	l.later(1, func() {
		var m *esModule
		if ex := rt.vm.Try(func() {
			rt.esmLoader()
			m = l.sourceModule(url, file, text)
			l.loadRequests(m)
			l.link(m)
		}); ex != nil {
			l.uncaughtIn(ex)
			return
		}
		l.runEntry(m, nil)
	})
}

// requireESM loads an ES module for require(): m.exports becomes its namespace, or what it exports as
// "module.exports".
func (l *esm) requireESM(m *goja.Object, content, file string) {
	rt := l.rt
	url := loader.FileURL(file)
	es := l.known(url, nil)
	if es == nil {
		es = l.sourceModule(url, file, content)
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
	parent := ""
	if p, ok := rt.commonJS().state(m).parent.(*goja.Object); ok {
		parent = engine.Text(p.Get("filename"))
	}
	switch {
	case es.status == linking || es.status == running:
		message := "Cannot require() ES Module " + file + " in a cycle."
		if parent != "" {
			message += " (from " + parent + ")"
		}
		rt.Throw(rt.NewError("ERR_REQUIRE_CYCLE_MODULE", message))
	case es.failed != nil:
		panic(es.failed)
	case awaitsIn(es, map[*esModule]bool{}) != nil:
		if rt.cfg.Options.PrintRequiredTLA {
			l.link(es)
			l.evaluate(es, func(*goja.Exception) {})
			l.tellAwaits(es, map[*esModule]bool{})
		}
		rt.Throw(rt.NewError("ERR_REQUIRE_ASYNC_MODULE", parent, file))
	}
	l.link(es)
	l.checkCycle(es, map[*esModule]bool{})
	l.evaluate(es, func(*goja.Exception) {})
	if es.failed != nil {
		panic(es.failed)
	}
	m.Set("exports", l.requiredNamespace(es))
}

// checkCycle refuses a graph for require() that leads back to what is running.
func (l *esm) checkCycle(m *esModule, seen map[*esModule]bool) {
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

// tellAwaits prints where the modules of a graph await, for --experimental-print-required-tla.
func (l *esm) tellAwaits(m *esModule, seen map[*esModule]bool) {
	if seen[m] || m.unit == nil {
		return
	}
	seen[m] = true
	if m.unit.Module.Await {
		line, column := m.unit.At(m.unit.Module.AwaitOffset)
		io.WriteString(l.rt.Stderr(), "Error: unexpected top-level await at "+source.Arrow(m.url, line, column, 1, m.unit.Line(line))+"\n")
	}
	for _, r := range m.requested {
		l.tellAwaits(r, seen)
	}
}

// requiredNamespace is what require gives of an ES module.
func (l *esm) requiredNamespace(m *esModule) goja.Value {
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
