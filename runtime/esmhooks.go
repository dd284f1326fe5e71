package runtime

import (
	"path"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
)

// located is what an import's specifier was found to mean.
type located struct {
	url        string
	format     string // what is known of the module's format; "" for nothing
	attributes attributes
}

// waits tells whether modules are found and loaded by asynchronous hooks, which this thread can wait for.
func (h *hooks) waits() bool { return h.away != nil && h.away.Wait != nil }

// locate finds out what a specifier means to the module at base, through hooks if there are any.
func (l *ESModules) locate(specifier, base string, a attributes) located {
	rt := l.rt
	h := &rt.hooks
	switch {
	case h.resolving > 0:
	case h.waits():
		return l.locatedBy(h.away.Wait("resolve", l.question(specifier, base, a)), a)
	default:
		at := located{url: l.resolveURL(specifier, base), attributes: a}
		if h.loading > 0 {
			at.format = l.formatHint(at.url)
		}
		return at
	}
	context := h.context("parentURL", l.parentURL(base), "importAttributes", l.attributesObject(a),
		"conditions", rt.strings(rt.CommonJS().resolver.ImportConditions()))
	return l.locatedBy(h.run("resolve", rt.vm.ToValue(specifier), context, func(subject goja.Value) goja.Value {
		if h.waits() {
			return h.away.Wait("resolve", []goja.Value{subject, context.Get("parentURL"), context.Get("importAttributes")})
		}
		return l.ownResolve(subject, context)
	}, h.checkResolved), a)
}

// question is what asynchronous resolve hooks are asked.
func (l *ESModules) question(specifier, base string, a attributes) []goja.Value {
	return []goja.Value{l.rt.vm.ToValue(specifier), l.parentURL(base), l.attributesObject(a)}
}

// locatedBy reads the answer of resolve hooks.
func (l *ESModules) locatedBy(answer goja.Value, a attributes) located {
	rt := l.rt
	at := located{url: rt.Property(answer, "url").String(), attributes: a}
	if format := rt.Property(answer, "format"); goja.IsString(format) {
		at.format = format.String()
	}
	if o, ok := rt.Property(answer, "importAttributes").(*goja.Object); ok {
		at.attributes = attributesOf(o)
	}
	return at
}

// parentURL is what hooks see of an importing module: nothing for the entry point.
func (l *ESModules) parentURL(base string) goja.Value {
	switch {
	case base == "":
		return goja.Undefined()
	case strings.HasPrefix(base, "file:"), foreignScheme(base) != "", strings.HasPrefix(base, "node:"):
		return l.rt.vm.ToValue(base)
	}
	return l.rt.vm.ToValue(loader.FileURL(l.importBase(base)))
}

func (l *ESModules) attributesObject(a attributes) *goja.Object {
	o := l.rt.vm.CreateObject(nil)
	for _, kv := range a {
		o.Set(kv[0], kv[1])
	}
	return o
}

func attributesOf(o *goja.Object) (a attributes) {
	for _, k := range o.Keys() {
		a = append(a, [2]string{k, engine.Text(o.Get(k))})
	}
	return a
}

// ownResolve is what comes after the last resolve hook.
func (l *ESModules) ownResolve(subject goja.Value, context *goja.Object) goja.Value {
	rt := l.rt
	specifier := rt.ValidateString(subject, "specifier")
	base := engine.Text(context.Get("parentURL"))
	if base == "" {
		base = loader.FileURL(rt.mustCwd() + "/")
	}
	defer rt.CommonJS().resolver.WithConditions(rt.hooks.conditions(context, "conditions"))()
	url := l.resolveURL(specifier, base)
	format := goja.Value(goja.Null())
	if hint := l.formatHint(url); hint != "" {
		format = rt.vm.ToValue(hint)
	}
	return rt.hooks.context("url", url, "format", format)
}

// formatHint is what a URL tells of a module's format without looking into the module; "" for nothing.
func (l *ESModules) formatHint(url string) (format string) {
	if strings.HasPrefix(url, "node:") {
		return "builtin"
	}
	if strings.HasPrefix(url, "data:") {
		return l.dataFormat(url)
	}
	if file, ok := loader.PathOfURL(url); ok {
		l.rt.vm.Try(func() { format = l.typed(l.formatOf(file), file) })
	}
	return format
}

// typed is the name of a format for hooks, which tells TypeScript from JavaScript.
func (l *ESModules) typed(format, file string) string {
	if l.rt.isTypeScript(file) && (format == "module" || format == "commonjs") {
		return format + "-typescript"
	}
	return format
}

// mimeType is that of a data: URL.
func mimeType(url string) string {
	head, _, _ := strings.Cut(strings.TrimPrefix(url, "data:"), ",")
	mime, _, _ := strings.Cut(head, ";")
	return strings.ToLower(mime)
}

// dataFormat is the format of a data: URL, "" for one that is unknown.
func (l *ESModules) dataFormat(url string) string {
	switch mimeType(url) {
	case "text/javascript", "application/javascript":
		return "module"
	case "application/json":
		return "json"
	case "application/wasm":
		return "wasm"
	case "text/plain":
		if l.rt.cfg.Options.ImportText {
			return "text"
		}
	}
	return ""
}

// loadHooked makes a module by what load hooks say about it.
func (l *ESModules) loadHooked(at located) *esModule {
	rt := l.rt
	h := &rt.hooks
	ask := func(subject goja.Value, context *goja.Object) goja.Value {
		if h.waits() {
			return h.away.Wait("load", []goja.Value{subject, context})
		}
		return l.ownLoad(subject, context, false)
	}
	if l.asText(at.attributes) {
		at.format = "text"
	}
	context := l.loadContext(at)
	if h.loading == 0 {
		return l.loadedBy(ask(rt.vm.ToValue(at.url), context), at)
	}
	context.Set("conditions", rt.strings(rt.CommonJS().resolver.ImportConditions()))
	return l.loadedBy(h.run("load", rt.vm.ToValue(at.url), context, func(subject goja.Value) goja.Value { return ask(subject, context) },
		func(answer goja.Value) { h.checkLoaded(answer, at.url, true) }), at)
}

func (l *ESModules) loadContext(at located) *goja.Object {
	format := l.rt.orUndefined(at.format)
	if l.rt.hooks.loading > 0 && at.format == "" {
		format = goja.Null()
	}
	return l.rt.hooks.context("format", format, "importAttributes", l.attributesObject(at.attributes))
}

// ownLoad is what comes after the last load hook. To asynchronous hooks it leaves CommonJS modules unread.
func (l *ESModules) ownLoad(subject goja.Value, context *goja.Object, async bool) goja.Value {
	rt := l.rt
	url := subject.String()
	format := engine.Text(context.Get("format"))
	source := context.Get("source")
	if source == nil {
		source = goja.Undefined()
	}
	missing := goja.IsUndefined(source) || goja.IsNull(source)
	if scheme := foreignScheme(url); scheme != "" && scheme != "data:" {
		schemes := []string{"file", "data", "node"}
		if scheme == "http:" || scheme == "https:" {
			schemes = schemes[:2] // in Node it is reading them that fails
		}
		rt.Throw(rt.NewError("ERR_UNSUPPORTED_ESM_URL_SCHEME", schemes, scheme))
	}
	switch {
	case strings.HasPrefix(url, "node:"):
		source = goja.Null()
		if format == "" {
			format = "builtin"
		}
	case format == "addon":
		source = goja.Null()
	case async && format == "commonjs":
	default:
		text := ""
		if missing {
			text = l.readURL(url)
			source = rt.NewBuffer([]byte(text))
		} else {
			text = rt.sourceText(source)
		}
		if format == "" {
			format = l.formatByText(url, text)
			if async && format == "commonjs" {
				source = goja.Null()
			}
		}
	}
	var a attributes
	if o, ok := context.Get("importAttributes").(*goja.Object); ok {
		a = attributesOf(o)
	}
	l.checkAttributes(a, url, strings.TrimSuffix(format, "-typescript"))
	return rt.hooks.context("format", format, "responseURL", url, "source", source)
}

// readURL reads what a file: or data: URL leads to.
func (l *ESModules) readURL(url string) string {
	if strings.HasPrefix(url, "data:") {
		return l.dataText(url)
	}
	file, ok := loader.PathOfURL(url)
	if !ok {
		o := l.rt.NewError("ERR_INVALID_URL")
		o.Set("input", url)
		l.rt.Throw(o)
	}
	return l.rt.CommonJS().readSource(file)
}

// formatByText is a module's format by its URL and text.
func (l *ESModules) formatByText(url, text string) string {
	if strings.HasPrefix(url, "data:") {
		return l.dataFormat(url)
	}
	file, _ := loader.PathOfURL(url)
	format := l.formatOf(file)
	if format == "" {
		format = "commonjs"
		if l.looksLikeModule(file, text) {
			l.warnTypeless(url, file)
			format = "module"
		}
	}
	return l.typed(format, file)
}

// loadedBy makes a module of the answer of load hooks.
func (l *ESModules) loadedBy(answer goja.Value, at located) *esModule {
	rt := l.rt
	url := at.url
	source, format := rt.Property(answer, "source"), rt.Property(answer, "format")
	missing := goja.IsUndefined(source) || goja.IsNull(source)
	file, isFile := loader.PathOfURL(url)
	kind := engine.Text(format)
	need := func() string {
		if missing {
			rt.hooks.badReturn("string, array buffer, or typed array", "load", "source", source)
		}
		return rt.sourceText(source)
	}
	switch kind {
	case "module", "module-typescript":
		return l.textModule(url, file, need(), kind == "module-typescript" && !rt.cfg.Options.NoStripTypes)
	case "json":
		return l.jsonModule(url, file, need())
	case "text":
		return l.textOf(url, file, need())
	case "wasm":
		b, ok := rt.Bytes(source)
		if !ok {
			rt.hooks.badReturn("array buffer, or typed array", "load", "source", source)
		}
		return l.wasmModule(url, file, string(b))
	case "commonjs", "commonjs-typescript":
		if !isFile {
			file = url
		}
		if missing {
			return l.commonJSModule(url, file)
		}
		text := rt.sourceText(source)
		return l.commonJSModuleOf(given{file: file, url: url, format: kind, source: &text, done: true, through: rt.hooks.waits() && rt.hooks.loading == 0})
	case "builtin":
		name := strings.TrimPrefix(url, "node:")
		if def := rt.Builtin(name); def == nil || def.Private {
			rt.Throw(rt.NewError("ERR_UNKNOWN_BUILTIN_MODULE", url))
		}
		return l.builtinModule(url, name)
	}
	if kind == "" && strings.HasPrefix(url, "data:") {
		kind = mimeType(url)
	}
	rt.Throw(rt.NewError("ERR_UNKNOWN_MODULE_FORMAT", kind, url))
	return nil
}

// forRequire is what a CommonJS module, that asynchronous hooks gave the text of, requires: a URL, by the rules of CommonJS.
func (l *ESModules) forRequire(request string, m *goja.Object) (specifier string, a attributes) {
	c := l.rt.CommonJS()
	if strings.HasPrefix(request, "node:") || l.rt.isBuiltin(request) {
		return request, nil
	}
	file := c.find(request, m, false, nil)
	if path.Ext(file) == ".json" {
		a = attributes{{"type", "json"}}
	}
	return c.fileURL(file), a
}

// requireThrough is require() in such a module.
func (l *ESModules) requireThrough(request string, m *goja.Object) goja.Value {
	c := l.rt.CommonJS()
	specifier, a := l.forRequire(request, m)
	if strings.HasSuffix(specifier, ".node") {
		return c.requireFrom(m, l.rt.vm.ToValue(request))
	}
	es := l.loadGraph(l.locate(specifier, c.urlOf(m), a))
	l.evaluateNow(es, m, es.file)
	if es.unit != nil {
		return l.requiredNamespace(es)
	}
	return es.env.Get("default")
}

// locateFor is require.resolve() in such a module.
func (l *ESModules) locateFor(request string, m *goja.Object) string {
	specifier, a := l.forRequire(request, m)
	url := l.locate(specifier, l.rt.CommonJS().urlOf(m), a).url
	if file, ok := loader.PathOfURL(url); ok {
		return file
	}
	return url
}

// filenameOf is a module's file, "" for none.
func (c *CommonJS) filenameOf(m *goja.Object) string {
	if m == nil {
		return ""
	}
	return engine.Text(m.Get("filename"))
}

// DefaultResolve is the own way to resolve a specifier, which comes after the last hook. Loop goroutine only.
func (l *ESModules) DefaultResolve(specifier goja.Value, context *goja.Object) goja.Value {
	return l.ownResolve(specifier, context)
}

// DefaultLoad is the own way to load a URL.
func (l *ESModules) DefaultLoad(url goja.Value, context *goja.Object) goja.Value {
	return l.ownLoad(url, context, true)
}

// Conditions are the conditions of package exports that hold for imports.
func (l *ESModules) Conditions() goja.Value {
	return l.rt.strings(l.rt.CommonJS().resolver.ImportConditions())
}

// Import imports a module as seen from the URL parent; done gets its namespace or what was thrown.
func (l *ESModules) Import(specifier, parent string, done func(namespace *goja.Object, thrown goja.Value)) {
	l.importDynamic(specifier, parent, nil, func(m *esModule) { done(l.namespaceOf(m), nil) },
		func(ex *goja.Exception) { done(nil, ex.Value()) })
}
