package runtime

import (
	"encoding/base64"
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/internal/loader"
	"gonode/internal/source"
)

// resolveURL finds the URL of the module that an import specifier means to the module at base.
func (l *ESModules) resolveURL(specifier, base string) string {
	rt := l.rt
	c := rt.CommonJS()
	if strings.HasPrefix(specifier, "node:") {
		return specifier
	} else if foreignScheme(specifier) != "" {
		return rt.canonicalURL(specifier)
	}
	if strings.HasPrefix(base, "data:") && !strings.Contains(specifier, ":") {
		if rt.isBuiltin(specifier) {
			return "node:" + specifier
		}
		rt.Throw(rt.NewError("ERR_UNSUPPORTED_RESOLVE_REQUEST", specifier, base))
	}
	if scheme := foreignScheme(base); scheme != "" && scheme != "data:" && (loader.IsRelative(specifier) || strings.HasPrefix(specifier, "/")) {
		parent, err := url.Parse(base)
		target, bad := url.Parse(specifier)
		if err != nil || bad != nil || parent.Opaque != "" {
			rt.Throw(rt.NewError("ERR_UNSUPPORTED_RESOLVE_REQUEST", specifier, base))
		}
		return parent.ResolveReference(target).String()
	}
	from, ok := loader.PathOfURL(base)
	if !ok {
		from = l.importBase(base)
	}
	key := [2]string{specifier, from + "\x00" + c.resolver.Override()}
	if known, ok := l.resolved[key]; ok {
		return known
	}
	found, suffix, err := c.resolver.ResolveImport(specifier, from)
	var broken *loader.JSONError
	if errors.As(err, &broken) {
		ex := rt.vm.Try(func() { rt.CommonJS().parseJSON(broken.Text) })
		if o, ok := ex.Value().(*goja.Object); ok {
			rt.Throw(rt.NewError("ERR_INVALID_PACKAGE_CONFIG", broken.Path, `"`+specifier+`" from `+from, engine.Text(o.Get("message"))))
		}
	}
	if err != nil {
		rt.CommonJS().throwResolve(err, goja.Undefined())
	}
	if !strings.HasPrefix(found, "node:") {
		found = loader.FileURL(found) + suffix
	}
	l.resolved[key] = found
	return found
}

// canonicalURL is an absolute URL as class URL writes it.
func (rt *Runtime) canonicalURL(s string) (canonical string) {
	canonical = s
	plain := func(r rune) bool { return r > ' ' && r < 0x7f && !strings.ContainsRune("\"<>`", r) }
	if strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) >= 0 && rt.builtins["url"] != nil {
		rt.vm.Try(func() { canonical = rt.Construct(rt.Require("url").Get("URL"), rt.vm.ToValue(s)).Get("href").String() })
	}
	return canonical
}

// foreignScheme is the scheme of an absolute URL, with its colon, that is neither file: nor node:.
func foreignScheme(s string) string {
	i := strings.IndexByte(s, ':')
	if i <= 0 || strings.ContainsAny(s[:i], "/#?.") {
		return ""
	}
	if scheme := s[:i+1]; scheme != "file:" && scheme != "node:" {
		return scheme
	}
	return ""
}

// importBase is the file from which a script's imports are seen; [eval] is in the working directory.
func (l *ESModules) importBase(file string) string {
	if path.IsAbs(file) {
		return file
	}
	return path.Join(l.rt.mustCwd(), file)
}

// attributes are those of an import, by key.
type attributes [][2]string

func (a attributes) get(key string) (string, bool) {
	for _, kv := range a {
		if kv[0] == key {
			return kv[1], true
		}
	}
	return "", false
}

// checkAttributes throws where the attributes of an import do not fit a module's format.
func (l *ESModules) checkAttributes(a attributes, url, format string) {
	rt := l.rt
	for _, kv := range a {
		if kv[0] != "type" {
			rt.Throw(rt.NewError("ERR_IMPORT_ATTRIBUTE_UNSUPPORTED", kv[0], kv[1], url))
		}
	}
	want := ""
	switch format {
	case "json", "text", "file":
		want = format
	case "builtin", "commonjs", "module", "wasm", "addon":
	default:
		return // a format of its own
	}
	switch kind, has := a.get("type"); {
	case !has && want != "":
		rt.Throw(rt.NewError("ERR_IMPORT_ATTRIBUTE_MISSING", url, "type", want))
	case !has || kind == want:
	case kind == "json", kind == "text" && rt.cfg.Options.ImportText:
		rt.Throw(rt.NewError("ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE", url, kind))
	default:
		rt.Throw(rt.NewError("ERR_IMPORT_ATTRIBUTE_UNSUPPORTED", "type", kind, url))
	}
}

// known is the module at a URL, if it has been loaded.
func (l *ESModules) known(url string, a attributes) *esModule {
	kind, _ := a.get("type")
	return l.modules[url+"\x00"+kind]
}

func (l *ESModules) remember(m *esModule, a attributes) {
	kind, _ := a.get("type")
	l.modules[m.url+"\x00"+kind] = m
}

// loadGraph loads a module with all that it imports.
func (l *ESModules) loadGraph(at located) *esModule {
	a := at.attributes
	if m := l.known(at.url, a); m != nil {
		l.loadRequests(m) // if only its source has been imported, or it is still being fetched
		return m
	}
	m := l.load(at)
	l.remember(m, a)
	if ex := l.rt.vm.Try(func() { l.loadRequests(m) }); ex != nil {
		kind, _ := a.get("type")
		delete(l.modules, m.url+"\x00"+kind)
		panic(ex)
	}
	return m
}

// load makes a module, without what it imports.
func (l *ESModules) load(at located) *esModule {
	if h := &l.rt.hooks; at.format != "" || h.loading > 0 || h.waits() {
		return l.loadHooked(at)
	}
	return l.loadURL(at.url, at.attributes)
}

func (l *ESModules) loadRequests(m *esModule) {
	if m.unit == nil || m.requested != nil {
		return
	}
	m.requested = make([]*esModule, len(m.unit.Module.Requests))
	if ex := l.rt.vm.Try(func() {
		for i, r := range m.unit.Module.Requests {
			at := l.locate(r.Specifier, m.url, r.Attributes)
			if r.Source {
				m.requested[i] = l.sourceOf(at)
				continue
			}
			m.requested[i] = l.loadGraph(at)
		}
	}); ex != nil {
		m.requested = nil
		panic(ex)
	}
}

// loadURL makes the module at a URL.
func (l *ESModules) loadURL(url string, a attributes) *esModule {
	rt := l.rt
	if name, ok := strings.CutPrefix(url, "node:"); ok {
		if def := rt.Builtin(name); def == nil || def.Private {
			rt.Throw(rt.NewError("ERR_UNKNOWN_BUILTIN_MODULE", url))
		}
		l.checkAttributes(a, url, "builtin")
		return l.builtinModule(url, name)
	}
	if strings.HasPrefix(url, "data:") {
		return l.loadData(url, a)
	}
	if scheme := foreignScheme(url); scheme != "" {
		rt.Throw(rt.NewError("ERR_UNSUPPORTED_ESM_URL_SCHEME", []string{"file", "data", "node"}, scheme))
	}
	file, _ := loader.PathOfURL(url)
	if kind, _ := a.get("type"); kind == "file" {
		l.checkAttributes(a, url, "file")
		return l.fileOf(url, file)
	}
	if l.asText(a) {
		l.checkAttributes(a, url, "text")
		return l.textOf(url, file, rt.CommonJS().readSource(file))
	}
	format := l.formatOf(file)
	switch format {
	case "json":
		l.checkAttributes(a, url, format)
		return l.jsonModule(url, file, rt.CommonJS().readSource(file))
	case "module":
		l.checkAttributes(a, url, format)
		return l.sourceModule(url, file, rt.CommonJS().readSource(file))
	case "wasm":
		l.checkAttributes(a, url, format)
		return l.wasmModule(url, file, rt.CommonJS().readSource(file))
	}
	l.checkAttributes(a, url, "commonjs")
	if format == "" && (strings.HasSuffix(file, "s") || path.Ext(file) == "") {
		// Neither name nor package tells: the text decides.
		if text := rt.CommonJS().readSource(file); l.looksLikeModule(file, text) {
			if path.Ext(file) != "" {
				l.warnTypeless(url, file)
			}
			return l.sourceModule(url, file, text)
		}
	}
	return l.commonJSModule(url, file)
}

// warnTypeless warns that a package had better say what its files are.
func (l *ESModules) warnTypeless(url, file string) {
	rt := l.rt
	pkg, err := rt.cjs.resolver.Scope(file)
	if err != nil || pkg == nil {
		return
	}
	rt.warn("Module type of "+url+" is not specified and it doesn't parse as CommonJS.\nReparsing as ES module because module syntax "+
		"was detected. This incurs a performance overhead.\nTo eliminate this warning, add \"type\": \"module\" to "+pkg.File()+".",
		"Warning", "MODULE_TYPELESS_PACKAGE_JSON")
}

// isTypeScript tells by a file's name whether its types are to be taken off.
func (rt *Runtime) isTypeScript(file string) bool {
	switch path.Ext(file) {
	case ".ts", ".mts", ".cts":
		return !rt.cfg.Options.NoStripTypes
	}
	return false
}

// formatOf tells what a file is to an import: "module", "commonjs", "json", or "" for a .js file that only its text
// can tell about.
func (l *ESModules) formatOf(file string) string {
	rt := l.rt
	ext := path.Ext(file)
	switch ext {
	case ".mjs", ".mts":
		return "module"
	case ".cjs", ".cts":
		return "commonjs"
	case ".json":
		return "json"
	case ".wasm":
		return "wasm"
	case ".js", ".ts", "":
		pkg, err := rt.cjs.resolver.Scope(file)
		if err != nil {
			rt.CommonJS().throwResolve(err, goja.Undefined())
		}
		switch {
		case ext == "" && (pkg == nil || pkg.Type != "commonjs") && l.looksLikeWasm(file):
			return "wasm"
		case pkg != nil && pkg.Type != "":
			return pkg.Type
		case l.defaultModule(file):
			return "module"
		}
		return ""
	}
	rt.Throw(rt.NewError("ERR_UNKNOWN_FILE_EXTENSION", ext, file))
	return ""
}

// defaultModule applies --experimental-default-type.
func (l *ESModules) defaultModule(file string) bool {
	return l.rt.cfg.Options.DefaultType == "module" && !strings.Contains(file, "/node_modules/")
}

func (l *ESModules) looksLikeModule(file, text string) bool {
	if l.rt.cfg.Options.NoDetectModule {
		return false
	}
	return source.LooksLikeModule(text, l.rt.isTypeScript(file))
}

// dataText is what a data: URL holds.
func (l *ESModules) dataText(address string) string {
	rt := l.rt
	text := strings.TrimPrefix(address, "data:")
	if i := strings.IndexByte(text, '#'); i >= 0 {
		text = text[:i]
	}
	head, data, ok := strings.Cut(text, ",")
	mime, _, _ := strings.Cut(head, ";")
	if kind, sub, slash := strings.Cut(mime, "/"); !ok || !slash || kind == "" || sub == "" {
		o := rt.NewError("ERR_INVALID_URL")
		o.Set("input", address)
		rt.Throw(o)
	}
	body, err := url.PathUnescape(data)
	if err != nil {
		body = data
	}
	if strings.HasSuffix(head, ";base64") {
		b, _ := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(body))
		if b == nil {
			b, _ = base64.RawStdEncoding.DecodeString(body)
		}
		body = string(b)
	}
	return body
}

func (l *ESModules) loadData(address string, a attributes) *esModule {
	rt := l.rt
	body := l.dataText(address)
	format := l.dataFormat(address)
	if l.asText(a) {
		format = "text"
	}
	l.checkAttributes(a, address, format)
	switch format {
	case "text":
		return l.textOf(address, "", body)
	case "module":
		return l.sourceModule(address, "", body)
	case "wasm":
		return l.wasmModule(address, "", body)
	case "json":
		return l.jsonModule(address, "", body)
	}
	rt.Throw(rt.NewError("ERR_UNKNOWN_MODULE_FORMAT", mimeType(address), address))
	return nil
}

// asText tells whether an import asks for a text as it is.
func (l *ESModules) asText(a attributes) bool {
	kind, _ := a.get("type")
	return kind == "text" && l.rt.cfg.Options.ImportText
}

// textOf is the module of a text, its default export.
func (l *ESModules) textOf(url, file, text string) *esModule {
	m := l.newModuleRecord(url, file, "text")
	m.names = []string{"default"}
	value := l.rt.vm.ToValue(utf.Text(text))
	m.run = func() { m.set("default", value) }
	return m
}

// fileOf is the module of a file that is imported as such: its default export is the file's path.
func (l *ESModules) fileOf(url, file string) *esModule {
	rt := l.rt
	rt.Access.DemandScript(file)
	if rt.CommonJS().files.Stat(file) != loader.File {
		rt.CommonJS().readSource(file) // which says why not
	}
	return l.textOf(url, file, file)
}

func (l *ESModules) sourceModule(url, file, text string) *esModule {
	return l.textModule(url, file, text, l.rt.isTypeScript(file))
}

func (l *ESModules) textModule(url, file, text string, typed bool) *esModule {
	rt := l.rt
	unit, err := rt.Scripts.compile(url, text, source.Options{Kind: source.Module, TypeScript: typed})
	var broken *source.SyntaxError
	if errors.As(err, &broken) {
		o := rt.Scripts.syntaxError(broken)
		if t := rt.TraceOf(o); t != nil {
			t.Frames, t.Above, t.Origin, t.ThrownAt = nil, translating(), fromElsewhere, broken.Arrow()
			if broken.Code != "" {
				t.ThrownAt = "node:internal/modules/run_main:107\n    triggerUncaughtException(\n    ^\n"
				t.Above = append(append(strippingTypes(broken.Code), own("ModuleLoader.<anonymous>", "node:internal/modules/esm/translators", 680, 29)), t.Above[2:]...)[:10]
			}
		}
		if broken.Code != "" {
			rt.Scripts.prependPlace(o, broken.Arrow()+"\n")
		}
		rt.Throw(o)
	}
	m := l.newModuleRecord(url, file, "module")
	m.unit, m.program = unit, rt.Scripts.runProgram
	return m
}

func (l *ESModules) jsonModule(url, file, content string) *esModule {
	rt := l.rt
	m := l.newModuleRecord(url, file, "json")
	m.names = []string{"default"}
	var value goja.Value
	if cached, ok := rt.cjs.cache.Get(file).(*goja.Object); ok && file != "" {
		if loaded := cached.Get("loaded"); loaded != nil && loaded.ToBoolean() {
			value = cached.Get("exports")
		}
	}
	if value == nil {
		if ex := rt.vm.Try(func() { value = rt.CommonJS().parseJSON(strings.TrimPrefix(content, "\ufeff")) }); ex != nil {
			name := file
			if name == "" {
				name = url
			}
			if o, ok := ex.Value().(*goja.Object); ok {
				o.Set("message", name+": "+engine.Text(o.Get("message")))
			}
			panic(ex)
		}
	}
	m.run = func() { m.set("default", value) }
	return m
}

// commonJSModule is what imports see of a CommonJS module: module.exports as default, and the exports that its text
// tells of by name.
func (l *ESModules) commonJSModule(url, file string) *esModule {
	return l.commonJSModuleOf(given{file: file, url: url})
}

func (l *ESModules) commonJSModuleOf(g given) *esModule {
	url, file := g.url, g.file
	m := l.newModuleRecord(url, file, "commonjs")
	m.names = []string{"default", "module.exports"}
	if ext := path.Ext(file); ext != ".node" {
		for _, n := range l.lexedNames(file, g.source, map[string]bool{}) {
			if n != "default" && n != "module.exports" && !slices.Contains(m.names, n) {
				m.names = append(m.names, n)
			}
		}
	}
	for _, n := range m.names {
		m.set(n, goja.Undefined())
	}
	m.run = func() {
		exports := l.importCommonJS(g, m.main)
		m.set("default", exports)
		m.set("module.exports", exports)
		o, ok := exports.(*goja.Object)
		if !ok {
			return
		}
		for _, n := range m.names {
			if n != "default" && n != "module.exports" && slices.Contains(o.GetOwnPropertyNames(), n) {
				l.rt.vm.Try(func() { m.set(n, o.Get(n)) })
			}
		}
	}
	return m
}

// importCommonJS runs a CommonJS module for an import.
func (l *ESModules) importCommonJS(g given, isMain bool) goja.Value {
	rt := l.rt
	c := &rt.cjs
	if m, ok := c.cache.Get(g.file).(*goja.Object); ok {
		return m.Get("exports")
	}
	if g.source != nil {
		return c.loadGiven(g.file, goja.Undefined(), isMain, g)
	}
	if fn := c.patched(c.class, "_load", c.loadAny); fn != nil {
		return rt.Call(fn, c.class, rt.vm.ToValue(g.file), goja.Undefined(), rt.vm.ToValue(isMain))
	}
	return c.load(g.file, goja.Undefined(), isMain)
}

// lexedNames lists the names that a CommonJS module's text exports, those of modules that it exports again included.
func (l *ESModules) lexedNames(file string, text *string, seen map[string]bool) []string {
	rt := l.rt
	if seen[file] || strings.HasSuffix(file, ".json") || strings.HasSuffix(file, ".node") {
		return nil
	}
	seen[file] = true
	if text == nil {
		read := rt.CommonJS().readSource(file)
		text = &read
	}
	names, again := source.CommonJSNames(*text)
	for _, request := range again {
		rt.vm.Try(func() {
			target, err := rt.cjs.resolver.Resolve(request, file, rt.cjs.resolver.LookupPaths(request, file, nodeModulePaths(path.Dir(file))), false)
			if err == nil && !rt.isBuiltin(strings.TrimPrefix(target, "node:")) {
				names = append(names, l.lexedNames(target, nil, seen)...)
			}
		})
	}
	return names
}

// builtinModule is what imports see of a built-in module. Properties that are made when first read stay so.
func (l *ESModules) builtinModule(url, name string) *esModule {
	rt := l.rt
	m := l.newModuleRecord(url, "", "builtin")
	exports := rt.Require(name)
	m.names = []string{"default"}
	m.set("default", exports)
	for _, key := range exports.Keys() {
		if key == "default" {
			continue
		}
		m.names = append(m.names, key)
		if v, plain := rt.PlainValue(exports, key); plain {
			m.set(key, v)
		} else {
			rt.DefineLazy(m.env, key, true, func() goja.Value {
				v := goja.Value(goja.Undefined())
				rt.vm.Try(func() { v = exports.Get(key) })
				if v == nil {
					v = goja.Undefined()
				}
				return v
			})
		}
	}
	m.run = func() {}
	l.builtins = append(l.builtins, m)
	return m
}

// syncBuiltins is module.syncBuiltinESMExports.
func (l *ESModules) syncBuiltins() {
	rt := l.rt
	for _, m := range l.builtins {
		exports := m.env.Get("default").(*goja.Object)
		own := exports.GetOwnPropertyNames()
		for _, n := range m.names {
			switch {
			case n == "default":
			case !slices.Contains(own, n):
				m.set(n, goja.Undefined())
			default:
				if v, plain := rt.PlainValue(exports, n); plain {
					m.set(n, v)
				} else if v := rt.OwnValue(exports, n); v != nil {
					m.set(n, v)
				} else {
					rt.vm.Try(func() { m.set(n, exports.Get(n)) })
				}
			}
		}
	}
}

// importMeta makes import.meta.
func (l *ESModules) importMeta(m *esModule) *goja.Object {
	rt := l.rt
	if m.meta != nil {
		return m.meta
	}
	meta := rt.vm.CreateObject(nil)
	m.meta = meta
	if m.format == "vm" {
		if m.initMeta != nil {
			m.initMeta(meta)
		}
		return meta
	}
	if strings.HasPrefix(m.url, "file:") {
		meta.Set("dirname", path.Dir(m.file))
		meta.Set("filename", m.file)
	}
	meta.Set("main", m.main)
	if away := rt.hooks.away; away != nil && away.Wait == nil {
		meta.Set("url", m.url) // a hook cannot wait for hooks
		return meta
	}
	rt.SetFunc(meta, "resolve", 1, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			rt.Throw(rt.NewError("ERR_MISSING_ARGS", "specifier"))
		}
		var target string
		if ex := rt.vm.Try(func() { target = l.locate(call.Argument(0).String(), m.url, nil).url }); ex != nil {
			o, ok := ex.Value().(*goja.Object)
			if ok && o.Get("url") != nil {
				switch engine.Text(o.Get("code")) {
				case "ERR_UNSUPPORTED_DIR_IMPORT", "ERR_MODULE_NOT_FOUND":
					return o.Get("url")
				}
			}
			panic(ex)
		}
		return rt.vm.ToValue(target)
	})
	meta.Set("url", m.url)
	return meta
}
