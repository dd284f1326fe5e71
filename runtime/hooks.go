package runtime

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/internal/loader"
)

// hooks are what scripts have registered to have a say in finding and loading modules.
type hooks struct {
	rt   *Runtime
	list []*hook     // of module.registerHooks, in this order
	away *AsyncHooks // of module.register, nil for none

	resolving, loading int // how many of the list resolve, and load
}

// hook is the functions of one call of module.registerHooks; either may be nil.
type hook struct{ resolve, load goja.Callable }

// AsyncHooks are the hooks of module.register, which run in a thread of their own. They are asked to "resolve" a specifier, with the URL of
// the importing module and the attributes of the import, or to "load" a URL, with what is known of its format and attributes; the answer is
// an object with what such a hook returns.
type AsyncHooks struct {
	// Ask calls done on the loop goroutine, with the answer or what was thrown.
	Ask func(hook string, args []goja.Value, done func(answer, thrown goja.Value))
	// Wait waits for the answer and throws what was thrown. It is nil in the hooks' own thread.
	Wait func(hook string, args []goja.Value) goja.Value
}

// SetAsyncHooks has modules found and loaded by asynchronous hooks too. Loop goroutine only.
func (rt *Runtime) SetAsyncHooks(h *AsyncHooks) { rt.hooks.away = h }

// RegisterHooks adds hooks that run where modules are loaded, each undefined or a function, and returns what takes them away again. Loop
// goroutine only.
func (rt *Runtime) RegisterHooks(resolve, load goja.Value) (deregister func()) {
	h := &rt.hooks
	added := &hook{}
	added.resolve, _ = goja.AssertFunction(resolve)
	added.load, _ = goja.AssertFunction(load)
	h.list = append(h.list[:len(h.list):len(h.list)], added)
	h.count()
	return func() {
		var rest []*hook
		for _, other := range h.list {
			if other != added {
				rest = append(rest, other)
			}
		}
		h.list = rest
		h.count()
	}
}

func (h *hooks) count() {
	h.resolving, h.loading = 0, 0
	for _, x := range h.list {
		if x.resolve != nil {
			h.resolving++
		}
		if x.load != nil {
			h.loading++
		}
	}
}

// run calls the registered functions, the latest first, each with the next one as its last argument and own as the last of all.
func (h *hooks) run(name string, subject goja.Value, context *goja.Object, own func(subject goja.Value) goja.Value, check func(goja.Value)) goja.Value {
	rt := h.rt
	steps := []goja.Callable{nil}
	for _, x := range h.list {
		if fn := map[string]goja.Callable{"resolve": x.resolve, "load": x.load}[name]; fn != nil {
			steps = append(steps, fn)
		}
	}
	latest := len(steps) - 1
	var step func(i int, subject, given goja.Value) goja.Value
	step = func(i int, subject, given goja.Value) goja.Value {
		latest = i
		if o, ok := given.(*goja.Object); ok && o != context {
			rt.CallMethod(rt.Intrinsic("Object"), "assign", context, o)
		}
		if i == 0 {
			return own(subject)
		}
		next := rt.Func("nextStep", 2, func(call goja.FunctionCall) goja.Value {
			return step(i-1, call.Argument(0), call.Argument(1))
		})
		result := rt.Call(steps[i], goja.Undefined(), subject, context, next)
		if latest == i {
			if short := rt.Property(result, "shortCircuit"); !short.ToBoolean() {
				rt.Throw(rt.NewError("ERR_INVALID_RETURN_PROPERTY_VALUE", "true", name, "shortCircuit", short))
			}
		}
		check(result)
		return result
	}
	return step(latest, subject, context)
}

// Property is a property of any value, undefined where there is none; of null and undefined reading one is a TypeError. Loop goroutine only.
func (rt *Runtime) Property(v goja.Value, name string) goja.Value {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		panic(rt.vm.NewTypeError("Cannot read properties of %s (reading '%s')", v.String(), name))
	}
	if p := v.ToObject(rt.vm).Get(name); p != nil {
		return p
	}
	return goja.Undefined()
}

// badReturn refuses a property of what a hook has returned.
func (h *hooks) badReturn(want, hook, name string, v goja.Value) {
	h.rt.Throw(h.rt.NewError("ERR_INVALID_RETURN_PROPERTY_VALUE", want, hook, name, v))
}

// checkResolved refuses what a resolve hook must not return.
func (h *hooks) checkResolved(result goja.Value) {
	rt := h.rt
	if url := rt.Property(result, "url"); !goja.IsString(url) {
		h.badReturn("a URL string", "resolve", "url", url)
	}
	if format := rt.Property(result, "format"); format.ToBoolean() && !goja.IsString(format) {
		h.badReturn("a string", "resolve", "format", format)
	}
	attributes := rt.Property(result, "importAttributes")
	_, object := attributes.(*goja.Object)
	if _, callable := goja.AssertFunction(attributes); attributes.ToBoolean() && (!object || callable) {
		h.badReturn("an object", "resolve", "importAttributes", attributes)
	}
}

// checkLoaded refuses what a load hook must not return for a URL. lax allows CommonJS modules without a source.
func (h *hooks) checkLoaded(result goja.Value, url string, lax bool) {
	rt := h.rt
	source, format := rt.Property(result, "source"), rt.Property(result, "format")
	name := ""
	if goja.IsString(format) {
		name = format.String()
	}
	nullish := goja.IsUndefined(source) || goja.IsNull(source)
	_, bytes := rt.Bytes(source)
	if !strings.HasPrefix(url, "node:") && !goja.IsString(source) && !bytes && name != "addon" && !(lax && nullish && name == "commonjs") {
		h.badReturn("a string, an ArrayBuffer, or a TypedArray", "load", "source", source)
	}
	if !goja.IsString(format) && !goja.IsUndefined(format) {
		h.badReturn("a string", "load", "format", format)
	}
}

// sourceText is the text of a source that a hook has given.
func (rt *Runtime) sourceText(v goja.Value) string {
	if goja.IsString(v) {
		return v.String()
	}
	b, _ := rt.Bytes(v)
	return utf.Text(string(b))
}

// conditions are those of a context, which a hook may have changed.
func (h *hooks) conditions(context *goja.Object, name string) []string {
	v := context.Get("conditions")
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		if v == nil || goja.IsUndefined(v) {
			return nil
		}
		h.rt.Throw(h.rt.NewError("ERR_INVALID_ARG_VALUE", name, v, "expected an array"))
	}
	return h.rt.stringList(o)
}

// context makes what hooks get as their second argument.
func (h *hooks) context(pairs ...any) *goja.Object {
	o := h.rt.vm.NewObject()
	for i := 0; i < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// orUndefined is a text as a value, undefined for the empty one.
func (rt *Runtime) orUndefined(s string) goja.Value {
	if s == "" {
		return goja.Undefined()
	}
	return rt.vm.ToValue(s)
}

// urlOf is the URL by which hooks know a CommonJS module.
func (c *CommonJS) urlOf(m *goja.Object) string {
	s := c.state(m)
	if s.url == "" {
		s.url = c.fileURL(engine.Text(m.Get("filename")))
	}
	return s.url
}

// fileURL is the URL of what Module._resolveFilename gives.
func (c *CommonJS) fileURL(file string) string {
	switch name := strings.TrimPrefix(file, "node:"); {
	case c.rt.isBuiltin(name), strings.HasPrefix(file, "node:"):
		return "node:" + name
	case strings.HasPrefix(file, "/"):
		return loader.FileURL(file)
	}
	return file
}

// resolveHooked is resolving a request through hooks: what to load, its URL and a word on its format.
func (c *CommonJS) resolveHooked(request string, parent goja.Value, isMain bool, options *goja.Object) given {
	rt := c.rt
	h := &rt.hooks
	parentURL := goja.Value(goja.Undefined())
	if p, ok := parent.(*goja.Object); ok {
		parentURL = rt.orUndefined(c.urlOf(p))
	}
	all := c.resolver.RequireConditions()
	context := h.context("parentURL", parentURL, "importAttributes", goja.Undefined(), "conditions", rt.strings(all))
	result := h.run("resolve", rt.vm.ToValue(request), context, func(subject goja.Value) goja.Value {
		defer c.resolver.WithConditions(h.conditions(context, "context.conditions"))()
		request := rt.ValidateString(subject, "request")
		if name, ok := strings.CutPrefix(request, "node:"); ok && options == nil {
			if m := rt.Builtin(name); m == nil || m.Private {
				rt.Throw(rt.NewError("ERR_UNKNOWN_BUILTIN_MODULE", request))
			}
			return h.context("url", request, "format", "builtin")
		}
		return h.context("url", c.fileURL(c.find(request, parent, isMain, options)), "format", goja.Undefined())
	}, h.checkResolved)
	g := given{url: rt.Property(result, "url").String()}
	if format := rt.Property(result, "format"); goja.IsString(format) {
		g.format = format.String()
	}
	g.file = g.url
	if file, ok := loader.PathOfURL(g.url); ok {
		g.file = file
	} else if name, ok := strings.CutPrefix(g.url, "node:"); ok && rt.isBuiltin(name) {
		g.file = name
	}
	return g
}

// given is what is known of a CommonJS module before it is loaded.
type given struct {
	file, url, format string
	source            *string // its text, if a hook has given that
	done              bool    // hooks have been asked already
	through           bool    // what it requires is looked for by asynchronous hooks
}

// loadHooked loads a module's text through hooks.
func (c *CommonJS) loadHooked(url, format string, own func() goja.Value) (text, kind string) {
	rt := c.rt
	h := &rt.hooks
	context := h.context("format", rt.orUndefined(format), "importAttributes", goja.Undefined(), "conditions", rt.strings(c.resolver.RequireConditions()))
	result := h.run("load", rt.vm.ToValue(url), context, func(subject goja.Value) goja.Value {
		if strings.HasPrefix(url, "node:") {
			return h.context("source", goja.Null(), "format", context.Get("format"))
		}
		u, kind := subject.String(), engine.Text(context.Get("format"))
		if !cjsFormat(kind) {
			rt.Throw(rt.NewError("ERR_UNKNOWN_MODULE_FORMAT", kind, u))
		}
		if u != url {
			if file, ok := loader.PathOfURL(u); ok {
				u = file
			}
			return h.context("source", c.readSource(u), "format", context.Get("format"))
		}
		return h.context("source", own(), "format", context.Get("format"))
	}, func(result goja.Value) { h.checkLoaded(result, url, false) })
	if f := rt.Property(result, "format"); goja.IsString(f) {
		format = f.String()
	}
	source := rt.Property(result, "source")
	if goja.IsNull(source) || goja.IsUndefined(source) {
		return "", format
	}
	return rt.sourceText(source), format
}

// cjsFormat tells whether require() can load modules of a format, "" for one that is not known yet.
func cjsFormat(format string) bool {
	switch strings.TrimSuffix(format, "-typescript") {
	case "", "commonjs", "module", "json", "builtin", "addon", "typescript":
		return true
	}
	return false
}

// loadSource is the text of a CommonJS module and its format, as hooks see and change them.
func (c *CommonJS) loadSource(m *goja.Object, file, format string) (text, kind string) {
	s := c.state(m)
	if s.format == "" {
		s.format = format
	}
	switch {
	case s.source != nil:
		return *s.source, s.format
	case c.rt.hooks.loading == 0 || s.done:
		return c.readSource(file), format
	}
	if s.url == "" {
		s.url = c.fileURL(file)
	}
	text, s.format = c.loadHooked(s.url, s.format, func() goja.Value { return c.rt.vm.ToValue(c.readSource(file)) })
	s.source = &text
	return text, s.format
}

// builtinReplaced tells whether load hooks give a module's text in place of a built-in module.
func (c *CommonJS) builtinReplaced(g *given) bool {
	format := g.format
	if format == "" {
		format = "builtin"
	}
	text, format := c.loadHooked(g.url, format, nil)
	if format == "builtin" || format == "" {
		return false
	}
	g.source, g.format = &text, format
	return true
}
