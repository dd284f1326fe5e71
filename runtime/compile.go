package runtime

import (
	"errors"
	"path"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
	"gonode/internal/source"
)

// moduleFrame is what stack traces call the top level of a CommonJS file.
const moduleFrame = "Object.<anonymous>"

// compileModule is Module.prototype._compile: it runs content as the body of a module's function. format is "module",
// "commonjs" or "" for unknown.
func (rt *Runtime) compileModule(m *goja.Object, content, file, format string) goja.Value {
	c := rt.commonJS()
	if format == "module" {
		if rt.cfg.Options.NoRequireModule {
			rt.refuseESM(m, file)
		}
		rt.requireESM(m, content, file)
		return goja.Undefined()
	}
	var fn goja.Callable
	if c.wrapping {
		fn = rt.wrapped(content, file)
	} else {
		unit, err := rt.compile(file, content, source.Options{Kind: source.Function, Params: source.CommonJSParams, Function: moduleFrame,
			TypeScript: isTypeScript(file)})
		if err != nil {
			if format == "" && rt.looksLikeModule(file, content) {
				if rt.state(m).main {
					rt.runMainESM(loader.FileURL(file))
				} else {
					rt.requireESM(m, content, file)
				}
				return goja.Undefined()
			}
			rt.warnSyntax(err)
			rt.throwSyntax(err, compiling(m == rt.main)...)
		}
		fn = rt.runUnit(unit)
	}
	exports := m.Get("exports")
	m.SetSymbol(c.executing, true)
	result := rt.Call(fn, exports, exports, rt.makeRequire(m), m, rt.vm.ToValue(file), rt.vm.ToValue(path.Dir(file)))
	m.SetSymbol(c.executing, false)
	return result
}

// refuseESM is require() of an ES module with --no-experimental-require-module.
func (rt *Runtime) refuseESM(m *goja.Object, file string) {
	parent, pkgFile := "", ""
	if p, ok := rt.state(m).parent.(*goja.Object); ok {
		parent = engine.Text(p.Get("filename"))
	}
	if pkg, err := rt.cjs.resolver.Scope(file); err == nil && pkg != nil && path.Ext(file) == ".js" {
		pkgFile = pkg.File()
	}
	rt.Throw(rt.NewError("ERR_REQUIRE_ESM", file, true, parent, pkgFile))
}

// warnSyntax tells how to make an ES module of a CommonJS file that looks like one.
func (rt *Runtime) warnSyntax(err error) {
	var e *source.SyntaxError
	if !errors.As(err, &e) {
		return
	}
	switch e.Message {
	case "Cannot use import statement outside a module", "Unexpected token 'export'", "Cannot use 'import.meta' outside a module",
		"await is only valid in async functions and the top level bodies of modules":
		if rt.builtins["process"] == nil {
			return
		}
		// At once: the error that follows ends the process.
		w := rt.NewPlainError("Error", `To load an ES module, set "type": "module" in the package.json or use the .mjs extension.`)
		w.Set("name", "Warning")
		rt.Emit(rt.Require("process"), "warning", w)
	}
}

// compile compiles a text and remembers it for stack traces.
func (rt *Runtime) compile(file, content string, o source.Options) (*source.Unit, error) {
	rt.FillGaps(content)
	if !rt.esm.eval && strings.Contains(content, "import(") {
		rt.esm.eval = true
		rt.watchEval()
	}
	o.Jitless = rt.cfg.Options.Jitless
	unit, err := rt.cfg.Sources.Compile(file, content, o)
	if err == nil {
		rt.commonJS().units[file] = unit
	}
	return unit, err
}

// runUnit gives the function that a unit of kind Function is.
func (rt *Runtime) runUnit(unit *source.Unit) goja.Callable {
	v, err := rt.RunUnit(unit)
	if err != nil {
		rt.Rethrow(err)
	}
	fn, _ := goja.AssertFunction(v)
	return fn
}

func (rt *Runtime) runProgram(unit *source.Unit) goja.Value {
	v, err := rt.vm.RunProgram(unit.Program)
	if err != nil {
		rt.Rethrow(err)
	}
	return v
}

// wrapped compiles a module's text with the wrapper that a script has put into Module.wrap.
func (rt *Runtime) wrapped(content, file string) goja.Callable {
	c := rt.commonJS()
	code := rt.CallMethod(c.class, "wrap", rt.vm.ToValue(source.Clean(content))).String()
	unit, err := rt.compile(file, code, source.Options{Kind: source.Script})
	if err != nil {
		rt.throwSyntax(err)
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

// throwSyntax throws a text's syntax error, with the place in front of its stack as Node does; above are the frames in
// which Node finds it.
func (rt *Runtime) throwSyntax(err error, above ...engine.Site) {
	var e *source.SyntaxError
	if err == source.ErrTooDeep {
		rt.Throw(rt.NewPlainError("RangeError", err.Error()))
	}
	if !errors.As(err, &e) {
		rt.Throw(rt.NewPlainError("SyntaxError", err.Error()))
	}
	o := rt.NewPlainError("SyntaxError", e.Message)
	if t := rt.TraceOf(o); t != nil {
		t.Above = above
	}
	rt.prependPlace(o, e.Arrow()+"\n")
	rt.Throw(o)
}

// prependPlace puts the place of an error in front of its stack.
func (rt *Runtime) prependPlace(o *goja.Object, arrow string) {
	o.DefineDataProperty("stack", rt.vm.ToValue(arrow+engine.Text(o.Get("stack"))), flagTrue, flagTrue, flagFalse)
}

// EvalScript runs source text as a script of the global scope, as vm.runInThisContext does, and returns its completion
// value; it throws as Call does. Loop goroutine only, inside Enter.
func (rt *Runtime) EvalScript(name, content string) goja.Value {
	v, err := rt.RunUnit(rt.CompileUnit(name, content, source.Options{Kind: source.Script}))
	if err != nil {
		rt.Rethrow(err)
	}
	return v
}

// CompileUnit compiles a text; it throws the SyntaxError. Loop goroutine only, inside Enter.
func (rt *Runtime) CompileUnit(name, content string, o source.Options) *source.Unit {
	unit, err := rt.compile(name, content, o)
	if err != nil {
		rt.throwSyntax(err)
	}
	return unit
}

// RunUnit runs a unit of kind Script and returns its completion value, or of kind Function and returns the function.
// The error is the engine's: an exception, an interruption, a stack overflow. Loop goroutine only, inside Enter.
func (rt *Runtime) RunUnit(unit *source.Unit) (goja.Value, error) {
	if unit.Outer() {
		outer, err := rt.vm.RunProgram(unit.Program)
		if err != nil {
			return nil, err
		}
		fn, _ := goja.AssertFunction(outer)
		return fn(goja.Undefined(), rt.importFunction(unit.Referrer))
	}
	if global := rt.vm.GlobalObject(); unit.Import && unit.Module == nil && global.Get(source.ImportName) == nil {
		global.DefineDataProperty(source.ImportName, rt.importFunction(unit.Name), flagTrue, flagTrue, flagFalse)
	}
	return rt.vm.RunProgram(unit.Program)
}

// EvalMain runs the text of -e and -p, or of a script on standard input: global code in which module, require, exports,
// __filename and __dirname are those of a module in the working directory. name is "[eval]" or "[stdin]". The result is
// the completion value, nil for an ES module, which runs afterwards.
func (rt *Runtime) EvalMain(name, content string) goja.Value {
	rt.commonJS()
	rt.preload()
	dir := rt.mustCwd()
	m := rt.newModule(name, goja.Undefined())
	file := path.Join(dir, name)
	m.Set("filename", file)
	m.Set("paths", rt.strings(nodeModulePaths(dir)))
	asModule := func() goja.Value {
		file := path.Join(dir, strings.TrimSuffix(name, "]")+"1]")
		rt.importAll(rt.cfg.Options.Import, func() { rt.runTextESM(loader.FileURL(file), file, content) })
		return nil
	}
	if rt.cfg.Options.InputType == "module" || rt.cfg.Options.InputType == "" && rt.cfg.Options.DefaultType == "module" {
		return asModule()
	}
	global := rt.vm.GlobalObject()
	global.Set("module", m)
	global.Set("exports", m.Get("exports"))
	global.Set("__filename", name)
	global.Set("__dirname", ".")
	global.Set("require", rt.makeRequire(m))
	unit, err := rt.compile(name, content, source.Options{Kind: source.Script})
	if err != nil {
		if rt.cfg.Options.InputType == "" && rt.looksLikeModule("", content) {
			return asModule()
		}
		rt.throwSyntax(err, evaluating()...)
	}
	if name == "[eval]" {
		rt.Origin = fromEval
	}
	v, err := rt.RunUnit(unit)
	if err != nil {
		rt.Rethrow(err)
	}
	return v
}

// Main is the main module's `module` object, or nil: process.mainModule, require.main.
func (rt *Runtime) Main() *goja.Object { return rt.main }

// CheckSyntax throws the syntax error of a text, if it has one, as --check does. Loop goroutine only, inside Enter.
func (rt *Runtime) CheckSyntax(file, content string) {
	o := source.Options{Kind: source.Function, Params: source.CommonJSParams, TypeScript: isTypeScript(file)}
	format := rt.cfg.Options.InputType
	if path.IsAbs(file) {
		format = rt.formatOf(file)
	}
	if format == "module" {
		o = source.Options{Kind: source.Module, TypeScript: o.TypeScript}
	}
	_, err := rt.compile(file, content, o)
	if err != nil && (format != "" || !rt.looksLikeModule(file, content)) {
		rt.throwSyntax(err, own("wrapSafe", cjsLoader, 1464, 18), own("checkSyntax", "node:internal/main/check_syntax", 78, 3))
	}
}

// CheckFile is CheckSyntax for a file that is found as the main script is.
func (rt *Runtime) CheckFile(file string) {
	c := rt.commonJS()
	rt.preload()
	if !path.IsAbs(file) {
		file = path.Join(rt.mustCwd(), file)
	}
	found, err := c.resolver.Resolve(file, "", nil, true)
	if err != nil {
		rt.Throw(rt.NewPlainError("Error", "Cannot find module '"+file+"'"))
	}
	rt.CheckSyntax(found, rt.readSource(found))
}
