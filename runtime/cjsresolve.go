package runtime

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/internal/loader"
)

func (rt *Runtime) strings(list []string) *goja.Object {
	values := make([]any, len(list))
	for i, s := range list {
		values[i] = s
	}
	return rt.vm.NewArray(values...)
}

func (rt *Runtime) stringList(v goja.Value) []string {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	list := make([]string, engine.LengthOf(o))
	for i := range list {
		list[i] = engine.Text(o.Get(strconv.Itoa(i)))
	}
	return list
}

// resolveFilename is Module._resolveFilename. options is require.resolve's second argument, or nil.
func (c *CommonJS) resolveFilename(request string, parent goja.Value, isMain bool, options *goja.Object) string {
	rt := c.rt
	if name, ok := strings.CutPrefix(request, "node:"); ok {
		if m := rt.Builtin(name); m != nil && !m.Private {
			return request
		}
	} else if rt.isBuiltin(request) {
		return request
	}
	p, _ := parent.(*goja.Object)
	filename, id := "", ""
	var modulePaths []string
	if p != nil {
		filename, id = engine.Text(p.Get("filename")), engine.Text(p.Get("id"))
		modulePaths = rt.stringList(p.Get("paths"))
	}
	var paths []string
	list := goja.Value(nil)
	if options != nil {
		list = options.Get("paths")
	}
	switch l, _ := list.(*goja.Object); {
	case list == nil || goja.IsUndefined(list):
		from := filename
		if id == "" {
			from = ""
		}
		paths = c.resolver.LookupPaths(request, from, modulePaths)
	case l == nil || l.ClassName() != "Array":
		rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "options.paths", list))
	case loader.IsRelative(request):
		for i := range int(engine.LengthOf(l)) {
			if v := l.Get(strconv.Itoa(i)); v == nil || !goja.IsString(v) {
				rt.ThrowArgType("paths", l, "array of strings")
			}
		}
		paths = rt.stringList(l)
	default:
		c.checkPaths(l)
		seen := map[string]bool{}
		for _, dir := range rt.stringList(l) {
			if !path.IsAbs(dir) {
				dir = path.Join(rt.mustCwd(), dir)
			}
			for _, lookup := range c.resolver.LookupPaths(request, "", loader.NodeModulePaths(path.Clean(dir))) {
				if !seen[lookup] {
					seen[lookup] = true
					paths = append(paths, lookup)
				}
			}
		}
	}
	from := filename
	if from == "" && (id == "<repl>" || id == "internal/preload" || id == "[eval]") {
		from = rt.mustCwd() + "/" + id
	}
	c.setExtensions()
	file, err := c.resolver.Resolve(request, from, paths, isMain)
	if err != nil {
		c.throwResolve(err, parent)
	}
	return file
}

// checkPaths refuses what is no folder in options.paths.
func (c *CommonJS) checkPaths(list *goja.Object) {
	for i := range int(engine.LengthOf(list)) {
		v := list.Get(strconv.Itoa(i))
		if v == nil {
			v = goja.Undefined()
		}
		c.rt.ValidateString(v, "paths["+strconv.Itoa(i)+"]")
	}
}

// setExtensions tells the resolver about extensions that scripts have registered.
func (c *CommonJS) setExtensions() {
	keys := c.extensions.Keys()
	list := keys[:0]
	for _, k := range keys {
		if k != ".mjs" || c.extensions.Get(k) != c.mjs {
			list = append(list, k)
		}
	}
	c.resolver.Extensions = list
	if len(list) == 3 && list[0] == ".js" && list[1] == ".json" && list[2] == ".node" {
		c.resolver.Extensions = nil
	}
}

// throwResolve throws a failed resolution as Node does.
func (c *CommonJS) throwResolve(err error, parent goja.Value) {
	rt := c.rt
	var missing *loader.NotFound
	var failed *loader.Error
	var broken *loader.JSONError
	switch {
	case errors.As(err, &missing):
		var stack []string
		for p, _ := parent.(*goja.Object); p != nil; p, _ = c.state(p).parent.(*goja.Object) {
			name := engine.Text(p.Get("filename"))
			if name == "" {
				name = engine.Text(p.Get("id"))
			}
			stack = append(stack, name)
		}
		message := missing.Error()
		if len(stack) > 0 {
			message += "\nRequire stack:\n- " + strings.Join(stack, "\n- ")
		}
		o := rt.NewPlainError("Error", message)
		if t := rt.TraceOf(o); t != nil {
			t.Above, t.ThrownAt = resolving(len(stack) > 0 || rt.main != nil), notFoundAt
		}
		o.Set("code", "MODULE_NOT_FOUND")
		o.Set("requireStack", rt.strings(stack))
		rt.Throw(o)
	case errors.As(err, &failed):
		o := rt.NewPlainError(failed.Class, failed.Message)
		if def, ok := errs.Lookup(failed.Code); ok && !def.Native {
			rt.MarkNodeError(o)
		}
		o.Set("code", failed.Code)
		if failed.URL != "" {
			o.DefineDataProperty("url", rt.vm.ToValue(failed.URL), flagTrue, flagTrue, flagTrue)
		}
		if failed.Path != "" {
			o.Set("path", failed.Path)
		}
		if failed.RequestPath != "" {
			o.Set("requestPath", failed.RequestPath)
		}
		rt.Throw(o)
	case errors.As(err, &broken):
		if ex := rt.vm.Try(func() { c.parseJSON(broken.Text) }); ex != nil {
			o := ex.Value().(*goja.Object)
			o.Set("message", "Error parsing "+broken.Path+": "+engine.Text(o.Get("message")))
			o.Set("path", broken.Path)
			rt.Throw(o)
		}
		rt.Throw(rt.NewPlainError("SyntaxError", err.Error()))
	default:
		rt.Throw(rt.NewPlainError("Error", err.Error()))
	}
}
