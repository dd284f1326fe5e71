package runtime

import (
	"path"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/loader"
	"gonode/internal/source"
)

// esModule is an ES module, which runs as a function that leaves its namespace in module.exports.
type esModule struct {
	namespace *goja.Object // what scripts see, once it has been asked for
	required  bool         // the namespace is that of require()
	done      bool
	shim      *goja.Object // the `module` of the transformed code
	failed    *goja.Exception
}

// requireESM loads an ES module for require(): m.exports becomes its namespace, or what it exports as
// "module.exports".
func (rt *Runtime) requireESM(m *goja.Object, content, file string) {
	es := rt.evaluateESM(content, file, file)
	exports := es.exports()
	if own := exports.Get("module.exports"); own != nil {
		m.Set("exports", own)
		return
	}
	m.Set("exports", rt.namespace(es, true))
}

func (es *esModule) exports() *goja.Object { return es.shim.Get("exports").(*goja.Object) }

// namespace is the module namespace object that scripts get of an ES module: its exports in alphabetical order, as they
// are once it has run. For require() one with a default export says __esModule, as transpiled code expects.
func (rt *Runtime) namespace(es *esModule, required bool) *goja.Object {
	if es.namespace != nil && es.required == required {
		return es.namespace
	}
	exports := es.exports()
	keys := exports.Keys()
	slices.Sort(keys)
	if required && slices.Contains(keys, "default") && !slices.Contains(keys, "__esModule") {
		keys = append(keys, "__esModule")
		slices.Sort(keys)
	}
	ns := rt.vm.NewObject()
	ns.SetPrototype(nil)
	for _, k := range keys {
		v := exports.Get(k)
		if v == nil {
			v = goja.Undefined()
		}
		ns.DefineDataProperty(k, v, flagTrue, flagFalse, flagTrue)
	}
	ns.DefineDataPropertySymbol(goja.SymToStringTag, rt.vm.ToValue("Module"), flagFalse, flagFalse, flagFalse)
	rt.SetSlot(ns, es)
	rt.CallMethod(rt.vm.Get("Object").(*goja.Object), "preventExtensions", ns)
	if es.done {
		es.namespace, es.required = ns, required
	}
	return ns
}

// IsModuleNamespace tells whether v is the namespace object of an ES module.
func (rt *Runtime) IsModuleNamespace(v goja.Value) bool {
	_, ok := rt.Slot(v).(*esModule)
	return ok
}

// evaluateESM runs an ES module unless it has run or is running; key tells instances of a file with different searches
// apart.
func (rt *Runtime) evaluateESM(content, file, key string) *esModule {
	c := rt.commonJS()
	if es := c.esm[key]; es != nil {
		if es.failed != nil {
			panic(es.failed)
		}
		return es
	}
	unit, err := rt.compile(file, content, source.Options{Kind: source.Module, TypeScript: strings.HasSuffix(file, "ts")})
	if err != nil {
		if source.HasTopLevelAwait(err) {
			rt.Throw(rt.NewError("ERR_REQUIRE_ASYNC_MODULE"))
		}
		rt.throwSyntax(err)
	}
	es := &esModule{shim: rt.vm.NewObject()}
	exports := rt.vm.NewObject()
	es.shim.DefineDataProperty("exports", exports, flagTrue, flagTrue, flagTrue)
	c.esm[key] = es
	require := rt.Func("require", 1, func(call goja.FunctionCall) goja.Value {
		return rt.importNamespace(call.Argument(0).String(), file)
	})
	if ex := rt.vm.Try(func() {
		rt.Call(rt.runUnit(unit), goja.Undefined(), require, es.shim, rt.newImportMeta(file, key))
	}); ex != nil {
		es.failed = ex
		panic(ex)
	}
	es.done = true
	return es
}

// importNamespace is the synchronous half of import: the namespace of what specifier means to file.
func (rt *Runtime) importNamespace(specifier, file string) *goja.Object {
	c := rt.commonJS()
	// Modules such as node:test have no name without the scheme, by which the resolver knows built-in modules.
	if name, ok := strings.CutPrefix(specifier, "node:"); ok {
		if def := rt.Builtin(name); def != nil && def.SchemeOnly && !def.Private {
			return rt.namespaceOf(specifier, rt.Require(name))
		}
	}
	target, suffix, err := c.resolver.ResolveImport(specifier, file)
	if err != nil {
		rt.throwResolve(err, goja.Undefined())
	}
	if name, ok := strings.CutPrefix(target, "node:"); ok {
		return rt.namespaceOf("node:"+name, rt.Require(name))
	}
	if rt.isESMFile(target) {
		return rt.evaluateESM(rt.readSource(target), target, target+suffix).exports()
	}
	exports := rt.load(target, goja.Undefined(), false)
	if es := c.esm[target]; es != nil && es.shim != nil {
		return es.exports()
	}
	return rt.namespaceOf(target, exports)
}

// isESMFile tells whether a file is an ES module by its name or its package.
func (rt *Runtime) isESMFile(file string) bool {
	switch path.Ext(file) {
	case ".mjs":
		return true
	case ".js":
		pkg, err := rt.cjs.resolver.Scope(file)
		if err != nil {
			rt.throwResolve(err, goja.Undefined())
		}
		return pkg != nil && pkg.Type == "module"
	}
	return false
}

// namespaceOf makes the namespace by which an import sees a CommonJS module: its exports as default, and their
// properties by name.
func (rt *Runtime) namespaceOf(key string, exports goja.Value) *goja.Object {
	c := rt.commonJS()
	if es := c.esm[key]; es != nil && es.namespace != nil {
		if now, ok := es.namespace.Get("default").(*goja.Object); !ok || now == exports {
			return es.namespace
		}
	}
	ns := rt.vm.NewObject()
	ns.SetPrototype(nil)
	ns.DefineDataProperty("__esModule", rt.vm.ToValue(true), flagFalse, flagFalse, flagFalse)
	keys := []string{"default"}
	o, _ := exports.(*goja.Object)
	if o != nil {
		for _, k := range o.Keys() {
			if k != "default" && k != "__esModule" {
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		v := exports
		if k != "default" {
			v = o.Get(k)
		}
		ns.DefineDataProperty(k, v, flagTrue, flagFalse, flagTrue)
	}
	ns.DefineDataPropertySymbol(goja.SymToStringTag, rt.vm.ToValue("Module"), flagFalse, flagFalse, flagFalse)
	es := &esModule{namespace: ns}
	rt.SetSlot(ns, es)
	c.esm[key] = es
	return ns
}

// importFunction is import() for the code of one file: a promise of the namespace.
func (rt *Runtime) importFunction(file string) *goja.Object {
	return rt.Func("import", 1, func(call goja.FunctionCall) goja.Value {
		promise, resolve, reject := rt.vm.NewPromise()
		if ex := rt.vm.Try(func() {
			specifier := call.Argument(0).String()
			resolve(rt.visible(rt.importNamespace(specifier, rt.importBase(file))))
		}); ex != nil {
			reject(ex.Value())
		}
		return rt.vm.ToValue(promise)
	})
}

// visible is the namespace that a script gets for what an import gives to transformed code.
func (rt *Runtime) visible(exports *goja.Object) *goja.Object {
	for _, es := range rt.cjs.esm {
		if es.shim != nil && es.exports() == exports {
			return rt.namespace(es, false)
		}
	}
	return exports
}

// importBase is the file from which a script's imports are seen; [eval] is in the working directory.
func (rt *Runtime) importBase(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Join(rt.mustCwd(), file)
}

// newImportMeta makes import.meta.
func (rt *Runtime) newImportMeta(file, key string) *goja.Object {
	meta := rt.vm.NewObject()
	meta.SetPrototype(nil)
	meta.Set("dirname", path.Dir(file))
	meta.Set("filename", file)
	rt.SetFunc(meta, "resolve", 1, func(call goja.FunctionCall) goja.Value {
		target, suffix, err := rt.cjs.resolver.ResolveImport(call.Argument(0).String(), file)
		if err != nil {
			rt.throwResolve(err, goja.Undefined())
		}
		if strings.HasPrefix(target, "node:") {
			return rt.vm.ToValue(target)
		}
		return rt.vm.ToValue(loader.FileURL(target) + suffix)
	})
	meta.Set("url", loader.FileURL(file)+strings.TrimPrefix(key, file))
	return meta
}
