package runtime

import (
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/loader"
)

// Importer is a script's own import(): it returns what the promise is resolved with.
type Importer func(specifier goja.Value, attributes *goja.Object) goja.Value

// SetImporter gives scripts compiled with that referrer an import() of their own. Loop goroutine only.
func (l *ESModules) SetImporter(referrer string, f Importer) {
	if l.imports == nil {
		l.imports = map[string]Importer{}
	}
	l.imports[referrer] = f
}

// later runs f as a promise job, n jobs after the current one, in the current asynchronous context.
func (l *ESModules) later(n int, f func()) {
	rt := l.rt
	async := rt.Async.current
	var job func()
	job = func() {
		if n--; n > 0 {
			rt.QueueJob(job)
			return
		}
		rt.Async.current = async
		f()
		rt.Origin = fromElsewhere
	}
	rt.QueueJob(job)
}

// importFunction is import() for the code of one file or module: a promise of the namespace. The third argument, which
// scripts give, says what script it is.
func (l *ESModules) importFunction(referrer string) *goja.Object {
	rt := l.rt
	fn := rt.Func("import", 1, func(call goja.FunctionCall) goja.Value {
		from := referrer
		if len(call.Arguments) > 2 {
			from = call.Argument(2).String()
		} else if from == "" {
			from = rt.callingFile()
		}
		if trace := rt.tracing("module.import"); trace != nil {
			context := rt.vm.CreateObject(nil)
			parent := from
			if strings.HasPrefix(parent, "/") {
				parent = loader.FileURL(parent)
			}
			context.Set("parentURL", parent)
			context.Set("url", call.Argument(0))
			return rt.CallMethod(trace, "tracePromise", rt.Func("", 0, func(goja.FunctionCall) goja.Value { return l.importCall(call, from) }), context)
		}
		return l.importCall(call, from)
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

// importCall is import() in the script of that name.
func (l *ESModules) importCall(call goja.FunctionCall, from string) goja.Value {
	rt := l.rt
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
}

// ImportFunction makes the function import() as it is in a module of that URL.
func (l *ESModules) ImportFunction(url string) *goja.Object { return l.importFunction(url) }

// Resolve is the URL that import(specifier) loads in a module of the URL base.
func (l *ESModules) Resolve(specifier, base string) string {
	return l.resolveURL(specifier, base)
}

// importOptions reads the second argument to import().
func (l *ESModules) importOptions(v goja.Value) (attributes, *goja.Object) {
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
	jobsToLoad    = 4 // what cannot be found or loaded
	jobsToLink    = 2 // a module that has been loaded
	jobsKnown     = 5 // to a module that is loaded already
	jobsToRun     = 2 // from there to its evaluation
	jobsEvaluated = 2 // from its evaluation to the end
)

// importDynamic loads, links and evaluates a module in Node's time, which is promise jobs: files are read at once.
func (l *ESModules) importDynamic(specifier, referrer string, a attributes, done func(*esModule), fail func(*goja.Exception)) {
	rt := l.rt
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
	linkAndRun := func() {
		if ex := rt.vm.Try(func() { l.link(m) }); ex != nil {
			fail(ex)
			return
		}
		switch {
		case m.status != linked:
			evaluate()
		default:
			l.later(jobsToRun, evaluate)
		}
	}
	if l.fetches() {
		l.fetch(specifier, referrer, a, func(found *esModule, failed *goja.Exception) {
			if failed != nil {
				fail(failed)
				return
			}
			m = found
			linkAndRun()
		})
		return
	}
	var at located
	if ex := rt.vm.Try(func() { at = l.locate(specifier, referrer, a) }); ex != nil {
		l.later(jobsToLoad, func() { fail(ex) })
		return
	}
	jobs := jobsToLoad + jobsToLink
	if l.known(at.url, at.attributes) != nil {
		jobs = jobsKnown
	}
	if ex := rt.vm.Try(func() { m = l.loadGraph(at) }); ex != nil {
		l.later(jobsToLoad, func() { fail(ex) })
		return
	}
	l.later(jobs, linkAndRun)
}

// preload registers the loaders and runs the modules that options ask for, and then what comes next.
func (l *ESModules) preload(next func()) {
	rt := l.rt
	if loaders := rt.cfg.Options.Loaders; len(loaders) > 0 {
		register := "--import 'data:text/javascript,import { register } from \"node:module\"; import { pathToFileURL } from \"node:url\";"
		for _, name := range loaders {
			register += " register(" + strings.ReplaceAll(strconv.Quote(name), "'", "%27") + ", pathToFileURL(\"./\"));"
		}
		rt.warn("`--experimental-loader` may be removed in the future; instead use `register()`:\n"+register+"'", "ExperimentalWarning", "")
		for _, name := range loaders {
			args := rt.vm.NewArray(name, loader.FileURL(rt.mustCwd()+"/"), goja.Undefined())
			rt.CallMethod(rt.Require("internal/worker/hooks"), "register", args)
		}
	}
	l.importAll(rt.cfg.Options.Import, next)
}

// importAll runs modules one after the other, and then what comes next. An error is uncaught.
func (l *ESModules) importAll(specifiers []string, next func()) {
	rt := l.rt
	if len(specifiers) == 0 {
		next()
		return
	}
	l.later(1, func() {
		l.loadEntry(specifiers[0], loader.FileURL(rt.mustCwd()+"/"), func(m *esModule) {
			l.runEntry(m, func() { l.importAll(specifiers[1:], next) })
		})
	})
}

// loadEntry loads and links a module that the process waits for.
func (l *ESModules) loadEntry(specifier, base string, next func(*esModule)) {
	rt := l.rt
	link := func(m *esModule) {
		m.main = base == ""
		l.link(m)
	}
	if l.fetches() {
		l.main = &esModule{} // until there is a real one
		l.fetch(specifier, base, nil, func(m *esModule, failed *goja.Exception) {
			if l.main = nil; failed == nil {
				failed = rt.vm.Try(func() { link(m) })
			}
			if failed != nil {
				l.uncaughtIn(failed)
				return
			}
			next(m)
		})
		return
	}
	var m *esModule
	if ex := rt.vm.Try(func() {
		m = l.loadGraph(l.locate(specifier, base, nil))
		link(m)
	}); ex != nil {
		l.uncaughtIn(ex)
		return
	}
	next(m)
}

// uncaughtIn reports an error of an entry point, which is a rejection: an error tells itself where it was made.
func (l *ESModules) uncaughtIn(ex *goja.Exception) {
	rt := l.rt
	v := ex.Value()
	if rt.IsError(v) {
		ex = nil
	}
	rt.Uncaught(v, "unhandledRejection", ex)
}

// runEntry evaluates a module that the process waits for.
func (l *ESModules) runEntry(m *esModule, next func()) {
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
func (l *ESModules) runMainESM(url string) {
	l.later(1, func() {
		l.rt.Origin = fromModule
		l.loadEntry(url, "", func(m *esModule) { l.runEntry(m, nil) })
	})
}

// runTextESM runs a text as the entry point.
func (l *ESModules) runTextESM(url, file, text string, typed bool) {
	rt := l.rt
	l.later(1, func() {
		var m *esModule
		load := func() {
			m = l.textModule(url, file, text, typed)
			m.main = true
		}
		run := func(failed *goja.Exception) {
			if l.main = nil; failed == nil {
				failed = rt.vm.Try(func() { l.link(m) })
			}
			if failed != nil {
				l.uncaughtIn(failed)
				return
			}
			l.runEntry(m, nil)
		}
		ex := rt.vm.Try(load)
		switch {
		case ex != nil:
			run(ex)
		case l.fetches():
			l.main = m
			l.fetchRequests(m, run)
		default:
			run(rt.vm.Try(func() { l.loadRequests(m) }))
		}
	})
}
