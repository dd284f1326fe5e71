package runtime

import (
	"errors"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/jsonvalue"
	"gonode/internal/errs"
	"gonode/internal/loader"
)

const (
	flagTrue  = goja.FLAG_TRUE
	flagFalse = goja.FLAG_FALSE
)

// CommonJS is the CommonJS loader of one runtime. What scripts see and patch of it are the properties of class Module; as
// long as these are the original functions, loading goes from one Go function to the next.
type CommonJS struct {
	rt       *Runtime
	files    loader.Files
	resolver loader.Resolver

	class, proto      *goja.Object
	cache, extensions *goja.Object
	loadAny, resolve  *goja.Object // Module._load and _resolveFilename as they were made
	loadFile          *goja.Object // Module.prototype.load
	require, compile  *goja.Object // Module.prototype.require and _compile
	js, json, node    *goja.Object // Module._extensions' functions
	mjs               *goja.Object
	circular          *goja.Object // the prototype of unfinished exports, which warns
	wrapping          bool         // Module.wrap or wrapper has been replaced
	wrap, wrapper     goja.Value
	preloading        bool
	relative          map[string]string
	isMain, isESM     *goja.Symbol
	executing         *goja.Symbol
}

// jsModule is the Go side of a `module` object.
type jsModule struct {
	given
	parent goja.Value // what `module.parent` gives
	main   bool
}

// CommonJS is the CommonJS loader, made when it is first asked for.
func (rt *Runtime) CommonJS() *CommonJS {
	c := &rt.cjs
	if c.class != nil {
		return c
	}
	switch {
	case rt.cfg.Files != nil:
		c.files = rt.cfg.Files
	case rt.cfg.FS != nil:
		c.files = loader.In(rt.cfg.FS)
	default:
		c.files = loader.OS{}
	}
	c.relative = map[string]string{}
	c.resolver = loader.Resolver{
		Files:                c.files,
		Builtin:              rt.isBuiltin,
		Conditions:           rt.cfg.Options.Conditions,
		NoAddons:             rt.cfg.Options.NoAddons || rt.Access.model != nil && !rt.Access.model.Addons,
		PreserveSymlinks:     rt.cfg.Options.PreserveSymlinks,
		PreserveSymlinksMain: rt.cfg.Options.PreserveSymlinksMain,
		GlobalPaths:          c.globalPaths(),
		MapPath:              rt.cfg.Options.PackageMap,
		Cwd:                  rt.mustCwd,
		Warn: func(message, code string) {
			kind := "DeprecationWarning"
			if code == "" {
				kind = "ExperimentalWarning"
			}
			rt.warn(message, kind, code)
		},
	}
	c.makeClass()
	return c
}

// isBuiltin tells whether scripts may require that name, without its "node:" prefix.
func (rt *Runtime) isBuiltin(name string) bool {
	m := rt.Builtin(name)
	return m != nil && !m.Private && !m.SchemeOnly
}

func (rt *Runtime) mustCwd() string {
	dir, err := rt.Cwd()
	if err != nil {
		rt.Throw(rt.fileError("uv_cwd", "", err))
	}
	return dir
}

// globalPaths are the folders of NODE_PATH and the historical ones in HOME.
func (c *CommonJS) globalPaths() []string {
	rt := c.rt
	var paths []string
	if list, _ := rt.env.Get("NODE_PATH"); list != "" {
		for _, p := range strings.Split(list, ":") {
			if p != "" {
				paths = append(paths, p)
			}
		}
	}
	if home, _ := rt.env.Get("HOME"); home != "" {
		paths = append(paths, path.Join(home, ".node_modules"), path.Join(home, ".node_libraries"))
	}
	return paths
}

// WarnExperimental tells that a feature may change. Loop goroutine only.
func (rt *Runtime) WarnExperimental(feature string) {
	rt.warn(feature+" is an experimental feature and might change at any time", "ExperimentalWarning", "")
}

// warn emits a process warning, if there is a process.
func (rt *Runtime) warn(message, kind, code string) {
	if rt.builtins["process"] != nil {
		rt.Require("process")
	}
	if rt.process.Warn != nil {
		rt.process.Warn(message, kind, code)
	}
}

// runMainModule runs a script as the main module; a relative path is seen from the working directory.
func (c *CommonJS) runMainModule(file string) {
	rt := c.rt
	c.preload()
	if rt.cfg.Options.InputType != "" {
		rt.Throw(rt.NewError("ERR_INPUT_TYPE_NOT_ALLOWED"))
	}
	rt.Origin = fromMain
	if rt.cfg.Options.EntryURL && rt.cfg.Thread == 0 {
		c.runMainURL(file)
		return
	}
	if !path.IsAbs(file) {
		file = path.Join(rt.mustCwd(), file) + trailing(file)
	}
	found, err := c.resolver.Resolve(file, "", nil, true)
	if err == nil {
		file = found
	}
	rt.ESModules().preload(func() {
		if rt.hooks.away != nil || len(rt.cfg.Options.Import) > 0 && len(rt.hooks.list) > 0 || err == nil && c.mainIsModule(file) {
			rt.ESModules().runMainESM(loader.FileURL(file))
		} else {
			c.startMain(file)
		}
	})
}

// runMainURL runs the module at a URL, seen from the working directory, as the main module.
func (c *CommonJS) runMainURL(address string) {
	rt := c.rt
	rt.warn("--entry-url is an experimental feature and might change at any time", "ExperimentalWarning", "")
	base := &url.URL{Scheme: "file", Path: rt.mustCwd() + "/"}
	u, err := url.Parse(address)
	if err != nil {
		o := rt.NewError("ERR_INVALID_URL")
		o.Set("input", address)
		rt.Throw(o)
	}
	if u.Opaque == "" {
		address = base.ResolveReference(u).String()
	}
	rt.ESModules().preload(func() { rt.ESModules().runMainESM(address) })
}

// startMain runs a CommonJS main script.
func (c *CommonJS) startMain(file string) {
	rt := c.rt
	if fn := c.patched(c.class, "_load", c.loadAny); fn != nil {
		rt.Call(fn, c.class, rt.vm.ToValue(file), goja.Null(), rt.vm.ToValue(true))
		return
	}
	c.load(file, goja.Null(), true)
}

// mainIsModule tells whether a main script is an ES module by its name or its package.
func (c *CommonJS) mainIsModule(file string) bool {
	switch path.Ext(file) {
	case ".mjs", ".mts", ".wasm":
		return true
	case ".js", ".ts", "":
		pkg, err := c.resolver.Scope(file)
		if err != nil {
			c.throwResolve(err, goja.Undefined())
		}
		if pkg != nil && pkg.Type != "" {
			return pkg.Type == "module"
		}
		return c.rt.ESModules().defaultModule(file)
	}
	return false
}

func trailing(p string) string {
	if strings.HasSuffix(p, "/") {
		return "/"
	}
	return ""
}

// preload loads the modules of -r.
func (c *CommonJS) preload() {
	if r := &c.rt.cfg.Options.Report; r.OnSignal || r.OnUncaught {
		c.rt.Require("internal/process/report")
	}
	rt := c.rt
	rt.JoinParent()
	if len(rt.cfg.Options.Require) == 0 {
		return
	}
	c.preloading = true
	parent := c.newModule("internal/preload", goja.Null())
	parent.Set("paths", rt.strings(loader.NodeModulePaths(rt.mustCwd())))
	for _, id := range rt.cfg.Options.Require {
		c.requireFrom(parent, rt.vm.ToValue(id))
	}
	c.preloading = false
}

// Preload loads the modules of Options.Require, for an entry point that is no script.
func (c *CommonJS) Preload() { c.preload() }

// patched returns what scripts have put in place of an original function, or nil.
func (c *CommonJS) patched(o *goja.Object, name string, original *goja.Object) goja.Callable {
	v := o.Get(name)
	if v == original {
		return nil
	}
	fn, _ := goja.AssertFunction(v)
	return fn
}

// requireFrom is module.require(id).
func (c *CommonJS) requireFrom(m *goja.Object, id goja.Value) goja.Value {
	rt := c.rt
	request := rt.ValidateString(id, "id")
	if request == "" {
		rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "id", id, "must be a non-empty string"))
	}
	load := func() goja.Value {
		if fn := c.patched(c.class, "_load", c.loadAny); fn != nil {
			return rt.Call(fn, c.class, id, m, rt.vm.ToValue(false))
		}
		return c.load(request, m, false)
	}
	if trace := rt.tracing("module.require"); trace != nil {
		context := rt.vm.CreateObject(nil)
		context.Set("parentFilename", m.Get("filename"))
		context.Set("id", request)
		return rt.CallMethod(trace, "traceSync", rt.Func("", 0, func(goja.FunctionCall) goja.Value { return load() }), context)
	}
	return load()
}

// tracing is the tracing channel of that name, nil if nobody listens to it.
func (rt *Runtime) tracing(name string) *goja.Object {
	if !rt.Loaded("diagnostics_channel") {
		return nil
	}
	channel := rt.CallMethod(rt.Require("diagnostics_channel"), "tracingChannel", rt.vm.ToValue(name)).(*goja.Object)
	if !channel.Get("hasSubscribers").ToBoolean() {
		return nil
	}
	return channel
}

// load is Module._load.
func (c *CommonJS) load(request string, parent goja.Value, isMain bool) goja.Value {
	return c.loadGiven(request, parent, isMain, given{})
}

// find is the file or name of a module by Module._resolveFilename.
func (c *CommonJS) find(request string, parent goja.Value, isMain bool, options *goja.Object) string {
	rt := c.rt
	if fn := c.patched(c.class, "_resolveFilename", c.resolve); fn != nil {
		args := []goja.Value{rt.vm.ToValue(request), parent, rt.vm.ToValue(isMain)}
		if options != nil {
			args = append(args, options)
		}
		return rt.Call(fn, c.class, args...).String()
	}
	return c.resolveFilename(request, parent, isMain, options)
}

// loadGiven is load with what hooks have said about the module.
func (c *CommonJS) loadGiven(request string, parent goja.Value, isMain bool, g given) goja.Value {
	rt := c.rt
	relative := ""
	parentObject, _ := parent.(*goja.Object)
	if parentObject != nil {
		relative = engine.Text(parentObject.Get("path")) + "\x00" + request
		if file, ok := c.relative[relative]; ok {
			if m, ok := c.cache.Get(file).(*goja.Object); ok {
				return c.cached(m, parentObject)
			}
			delete(c.relative, relative)
		}
	}
	switch name, scheme := strings.CutPrefix(request, "node:"); {
	case g.file != "":
	case rt.hooks.resolving > 0:
		g = c.resolveHooked(request, parent, isMain, nil)
	case scheme && rt.hooks.loading == 0:
		return c.builtinFor(name, request)
	case scheme:
		g.file = request
	default:
		g.file = c.find(request, parent, isMain, nil)
	}
	file := g.file
	if m, ok := c.cache.Get(file).(*goja.Object); ok {
		return c.cached(m, parentObject)
	}
	if name, ok := strings.CutPrefix(file, "node:"); ok || rt.isBuiltin(file) {
		exports := c.builtinFor(name, file)
		if rt.hooks.loading == 0 || g.done {
			return exports
		}
		if g.url = c.fileURL(file); !c.builtinReplaced(&g) {
			return exports
		}
	}
	m := c.newModule(file, parent)
	c.state(m).given = g
	if isMain {
		rt.main = m
		if rt.Loaded("process") { // else it has it from the start
			rt.Require("process").Set("mainModule", m)
		}
		m.Set("id", ".")
		c.state(m).main = true
	}
	m.SetSymbol(c.isMain, isMain)
	c.cache.Set(file, m)
	m.SetSymbol(c.isESM, false)
	if parentObject != nil {
		c.relative[relative] = file
	}
	if ex := rt.vm.Try(func() {
		if fn := c.patched(m, "load", c.loadFile); fn != nil {
			rt.Call(fn, m, rt.vm.ToValue(file))
		} else {
			c.loadModule(m, file)
		}
	}); ex != nil {
		c.cache.Delete(file)
		if parentObject != nil {
			delete(c.relative, relative)
			c.removeChild(parentObject, m)
		}
		panic(ex)
	}
	exports := m.Get("exports")
	if o, ok := exports.(*goja.Object); ok && c.circular != nil && o.Prototype() == c.circular {
		o.SetPrototype(rt.ObjectPrototype())
	}
	return exports
}

// builtinFor is require("node:name").
func (c *CommonJS) builtinFor(name, request string) goja.Value {
	rt := c.rt
	if m := rt.Builtin(name); m == nil || m.Private {
		rt.Throw(rt.NewError("ERR_UNKNOWN_BUILTIN_MODULE", request))
	}
	return rt.Require(name)
}

// cached gives what a module in the cache exports to another.
func (c *CommonJS) cached(m, parent *goja.Object) goja.Value {
	if parent != nil {
		c.addChild(parent, m, true)
	}
	exports := m.Get("exports")
	loaded := m.Get("loaded")
	if loaded != nil && loaded.ToBoolean() {
		return exports
	}
	// A cycle: unfinished exports warn about what is not there yet, but those of transpiled ES modules.
	if o, ok := exports.(*goja.Object); ok && o.Prototype() == c.rt.ObjectPrototype() {
		// Not by Export, which runs the getters of exports that are not finished.
		if engine.KindOf(o) != engine.ProxyObject {
			if es := o.Get("__esModule"); es == nil || !es.ToBoolean() {
				o.SetPrototype(c.circularPrototype())
			}
		}
	}
	return exports
}

func (c *CommonJS) circularPrototype() *goja.Object {
	rt := c.rt
	if c.circular == nil {
		warn := func(property string) {
			rt.warn("Accessing non-existent property '"+property+"' of module exports inside circular dependency", "Warning", "")
		}
		proxy := rt.vm.NewProxy(rt.vm.NewObject(), &goja.ProxyTrapConfig{
			Get: func(target *goja.Object, property string, _ goja.Value) goja.Value {
				if v := target.Get(property); v != nil || property == "__esModule" {
					return v
				}
				warn(property)
				return goja.Undefined()
			},
			GetSym: func(target *goja.Object, property *goja.Symbol, _ goja.Value) goja.Value {
				if v := target.GetSymbol(property); v != nil {
					return v
				}
				warn(property.String())
				return goja.Undefined()
			},
		})
		c.circular = rt.vm.ToValue(proxy).(*goja.Object)
	}
	return c.circular
}

// newModule is new Module(id, parent).
func (c *CommonJS) newModule(id string, parent goja.Value) *goja.Object {
	m := c.rt.vm.CreateObject(c.proto)
	c.initModule(m, id, parent)
	return m
}

func (c *CommonJS) initModule(m *goja.Object, id string, parent goja.Value) {
	rt := c.rt
	m.Set("id", id)
	m.Set("path", path.Dir(id))
	// Not by assignment: a setter on Object.prototype must not see it.
	m.DefineDataProperty("exports", rt.vm.NewObject(), flagTrue, flagTrue, flagTrue)
	rt.SetSlot(m, &jsModule{parent: parent})
	if p, ok := parent.(*goja.Object); ok {
		c.addChild(p, m, false)
	}
	m.Set("filename", goja.Null())
	m.Set("loaded", false)
	m.Set("children", rt.vm.NewArray())
}

func (c *CommonJS) state(m *goja.Object) *jsModule {
	s, _ := c.rt.Slot(m).(*jsModule)
	if s == nil {
		return &jsModule{parent: goja.Undefined()}
	}
	return s
}

func (c *CommonJS) addChild(parent, m *goja.Object, scan bool) {
	children, ok := parent.Get("children").(*goja.Object)
	if !ok {
		return
	}
	n := int(engine.LengthOf(children))
	if scan {
		for i := range n {
			if children.Get(strconv.Itoa(i)) == m {
				return
			}
		}
	}
	children.Set(strconv.Itoa(n), m)
}

func (c *CommonJS) removeChild(parent, m *goja.Object) {
	rt := c.rt
	children, ok := parent.Get("children").(*goja.Object)
	if !ok || children.ClassName() != "Array" {
		return
	}
	for i := range int(engine.LengthOf(children)) {
		if children.Get(strconv.Itoa(i)) == m {
			rt.CallMethod(children, "splice", rt.vm.ToValue(i), rt.vm.ToValue(1))
			return
		}
	}
}

func (c *CommonJS) parseJSON(text string) goja.Value {
	rt := c.rt
	v, err := rt.JSON().Parse([]byte(text))
	var broken *jsonvalue.SyntaxError
	if errors.As(err, &broken) {
		rt.Throw(rt.NewPlainError("SyntaxError", err.Error()))
	} else if err != nil {
		rt.Rethrow(err)
	}
	return v
}

// loadModule is Module.prototype.load.
func (c *CommonJS) loadModule(m *goja.Object, file string) {
	rt := c.rt
	m.Set("filename", file)
	m.Set("paths", rt.strings(loader.NodeModulePaths(path.Dir(file))))
	ext := ""
	switch c.state(m).format {
	case "json":
		ext = ".json"
	case "addon":
		ext = ".node"
	case "commonjs", "module", "commonjs-typescript", "module-typescript":
		ext = ".js"
	default:
		ext = c.extensionOf(file)
	}
	handler := c.extensions.Get(ext)
	switch handler {
	case c.js:
		c.loadJS(m, file)
	case c.json:
		c.loadJSON(m, file)
	default:
		fn, ok := goja.AssertFunction(handler)
		if !ok {
			rt.Throw(rt.vm.NewTypeError("Module._extensions[extension] is not a function"))
		}
		rt.Call(fn, c.extensions, m, rt.vm.ToValue(file))
	}
	m.Set("loaded", true)
}

// extensionOf finds the longest registered extension of a file: ".test.js" before ".js".
func (c *CommonJS) extensionOf(file string) string {
	base := path.Base(file)
	for i := 1; i < len(base); i++ {
		if base[i] == '.' {
			if v := c.extensions.Get(base[i:]); v != nil && v.ToBoolean() {
				return base[i:]
			}
		}
	}
	return ".js"
}

// readSource reads a file for require, with module fs's errors.
func (c *CommonJS) readSource(file string) string {
	rt := c.rt
	rt.Access.DemandScript(file)
	c.reportDependency(file)
	data, err := c.files.ReadFile(file)
	if err != nil {
		rt.Throw(rt.fileError("open", file, err))
	}
	return string(data)
}

func (rt *Runtime) fileError(syscall, file string, err error) *goja.Object {
	e, _ := errs.Of(err)
	if e.Name == "EISDIR" {
		syscall, file = "read", ""
	}
	return rt.NewFileError(engine.SystemError{Errno: e.Number, Syscall: syscall, Path: file})
}

// loadJSON is Module._extensions['.json'].
func (c *CommonJS) loadJSON(m *goja.Object, file string) {
	content, _ := c.loadSource(m, file, "json")
	content = strings.TrimPrefix(content, "\ufeff")
	if ex := c.rt.vm.Try(func() { m.Set("exports", c.parseJSON(content)) }); ex != nil {
		if o, ok := ex.Value().(*goja.Object); ok {
			o.Set("message", file+": "+engine.Text(o.Get("message")))
		}
		panic(ex)
	}
}

// loadJS is Module._extensions['.js'], also for .cjs and files without extension.
func (c *CommonJS) loadJS(m *goja.Object, file string) {
	rt := c.rt
	format := ""
	switch {
	case c.state(m).format != "":
	case strings.HasSuffix(file, ".js"), strings.HasSuffix(file, ".ts"):
		pkg, err := c.resolver.Scope(file)
		if err != nil {
			c.throwResolve(err, m)
		}
		if pkg != nil {
			format = pkg.Type
		}
		if format == "" && rt.ESModules().defaultModule(file) {
			format = "module"
		}
	case strings.HasSuffix(file, ".cjs"), strings.HasSuffix(file, ".cts"):
		format = "commonjs"
	case strings.HasSuffix(file, ".mts"):
		format = "module"
	}
	content, format := c.loadSource(m, file, format)
	if fn := c.patched(m, "_compile", c.compile); fn != nil {
		if rt.isTypeScript(file) && !strings.HasSuffix(format, "typescript") {
			format = strings.TrimPrefix(format+"-typescript", "-")
		}
		rt.Call(fn, m, rt.vm.ToValue(content), rt.vm.ToValue(file), rt.vm.ToValue(format))
		return
	}
	c.compileModule(m, content, file, format)
}
