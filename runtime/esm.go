package runtime

import (
	"path"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/loader"
	"gonode/internal/source"
)

// esModule is an ES module, which runs as a function that leaves its namespace in module.exports.
type esModule struct {
	namespace *goja.Object
	shim      *goja.Object // the `module` of the transformed code
	failed    *goja.Exception
}

// requireESM loads an ES module for require(): m.exports becomes its namespace, or what it exports as
// "module.exports".
func (rt *Runtime) requireESM(m *goja.Object, content, file string) {
	ns := rt.evaluateESM(content, file, file)
	if own := ns.Get("module.exports"); own != nil {
		m.Set("exports", own)
		return
	}
	m.Set("exports", ns)
}

// evaluateESM runs an ES module unless it has run or is running; key tells instances of a file with different searches
// apart.
func (rt *Runtime) evaluateESM(content, file, key string) *goja.Object {
	c := rt.commonJS()
	if es := c.esm[key]; es != nil {
		if es.failed != nil {
			panic(es.failed)
		}
		return es.shim.Get("exports").(*goja.Object)
	}
	unit, err := rt.compile(file, content, source.Options{Kind: source.Module, TypeScript: strings.HasSuffix(file, "ts")})
	if err != nil {
		rt.throwSyntax(err)
	}
	es := &esModule{shim: rt.vm.NewObject()}
	exports := rt.vm.NewObject()
	es.shim.Set("exports", exports)
	c.esm[key] = es
	require := rt.Func("require", 1, func(call goja.FunctionCall) goja.Value {
		return rt.importNamespace(call.Argument(0).String(), file)
	})
	if ex := rt.vm.Try(func() {
		rt.Call(rt.runUnit(unit), goja.Undefined(), exports, require, es.shim, rt.newImportMeta(file, key))
	}); ex != nil {
		es.failed = ex
		panic(ex)
	}
	return es.shim.Get("exports").(*goja.Object)
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
		return rt.evaluateESM(rt.readSource(target), target, target+suffix)
	}
	exports := rt.load(target, goja.Undefined(), false)
	if es := c.esm[target]; es != nil && es.shim != nil {
		return es.shim.Get("exports").(*goja.Object)
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
	if o, ok := exports.(*goja.Object); ok {
		for _, k := range o.Keys() {
			if k != "default" && k != "__esModule" {
				ns.DefineAccessorProperty(k, rt.vm.ToValue(func(goja.FunctionCall) goja.Value {
					if v := o.Get(k); v != nil {
						return v
					}
					return goja.Undefined()
				}), nil, flagFalse, flagTrue)
			}
		}
	}
	ns.DefineDataProperty("default", exports, flagFalse, flagFalse, flagTrue)
	ns.DefineDataPropertySymbol(goja.SymToStringTag, rt.vm.ToValue("Module"), flagFalse, flagFalse, flagFalse)
	c.esm[key] = &esModule{namespace: ns}
	return ns
}

// importFunction is import() for the code of one file: a promise of the namespace.
func (rt *Runtime) importFunction(file string) *goja.Object {
	return rt.Func("import", 1, func(call goja.FunctionCall) goja.Value {
		promise, resolve, reject := rt.vm.NewPromise()
		if ex := rt.vm.Try(func() {
			specifier := call.Argument(0).String()
			resolve(rt.importNamespace(specifier, rt.importBase(file)))
		}); ex != nil {
			reject(ex.Value())
		}
		return rt.vm.ToValue(promise)
	})
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
