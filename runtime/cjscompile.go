package runtime

import (
	"path"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/internal/loader"
	"gonode/internal/source"
)

// moduleFrame is what stack traces call the top level of a CommonJS file.
const moduleFrame = "Object.<anonymous>"

// compileModule runs content, as a file has it, as the body of a module's function. format is "module", "commonjs" or "" for unknown.
func (c *CommonJS) compileModule(m *goja.Object, content, file, format string) goja.Value {
	return c.compileText(m, content, file, format, c.rt.isTypeScript(file))
}

// compileText is Module.prototype._compile: the same for a text that has types if its format says so, or typed does.
func (c *CommonJS) compileText(m *goja.Object, content, file, format string, typed bool) goja.Value {
	rt := c.rt
	if kind, ok := strings.CutSuffix(format, "typescript"); ok {
		format, typed = strings.TrimSuffix(kind, "-"), !rt.cfg.Options.NoStripTypes
	}
	if format == "module" {
		if rt.cfg.Options.NoRequireModule {
			c.refuseESM(m, file)
		}
		rt.ESModules().requireESM(m, content, file, typed)
		return goja.Undefined()
	}
	var fn goja.Callable
	if c.wrapping {
		fn = c.wrapped(content, file)
	} else {
		unit, err := rt.Scripts.compile(file, content, source.Options{Kind: source.Function, Params: source.CommonJSParams, Function: moduleFrame,
			TypeScript: typed, SourceURL: sourceURL(file, typed), Referrer: file})
		if err != nil {
			if format == "" && rt.ESModules().looksLikeModule(file, content) {
				if c.state(m).main {
					rt.ESModules().runMainESM(loader.FileURL(file))
				} else {
					rt.ESModules().requireESM(m, content, file, typed)
				}
				return goja.Undefined()
			}
			rt.Scripts.warnSyntax(err)
			rt.Scripts.throwSyntax(err, compiling(m == rt.main)...)
		}
		fn = rt.Scripts.runUnit(unit)
	}
	exports := m.Get("exports")
	m.SetSymbol(c.executing, true)
	result := rt.Call(fn, exports, exports, c.makeRequire(m), m, rt.vm.ToValue(file), rt.vm.ToValue(path.Dir(file)))
	m.SetSymbol(c.executing, false)
	return result
}

// sourceURL is what stacks call a CommonJS file whose types are taken off.
func sourceURL(file string, typed bool) string {
	if !typed || !path.IsAbs(file) {
		return ""
	}
	return loader.FileURL(file)
}

// refuseESM is require() of an ES module with --no-experimental-require-module.
func (c *CommonJS) refuseESM(m *goja.Object, file string) {
	rt := c.rt
	parent, pkgFile := "", ""
	if p, ok := c.state(m).parent.(*goja.Object); ok {
		parent = engine.Text(p.Get("filename"))
	}
	if pkg, err := c.resolver.Scope(file); err == nil && pkg != nil && path.Ext(file) == ".js" {
		pkgFile = pkg.File()
	}
	rt.Throw(rt.NewError("ERR_REQUIRE_ESM", file, true, parent, pkgFile))
}

// wrapped compiles a module's text with the wrapper that a script has put into Module.wrap.
func (c *CommonJS) wrapped(content, file string) goja.Callable {
	rt := c.rt
	code := rt.CallMethod(c.class, "wrap", rt.vm.ToValue(utf.Text(content))).String()
	unit, err := rt.Scripts.compile(file, code, source.Options{Kind: source.Script})
	if err != nil {
		rt.Scripts.throwSyntax(err)
	}
	v, err := rt.vm.RunProgram(unit.Program)
	if err != nil {
		rt.Rethrow(err)
	}
	fn, ok := goja.AssertFunction(v)
	if !ok {
		rt.Throw(rt.vm.NewTypeError("compiledWrapper is not a function"))
	}
	return fn
}
