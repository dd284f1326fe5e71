package runtime

import (
	"errors"
	"path"

	"github.com/dop251/goja"

	"gonode/internal/source"
)

// moduleFrame is what stack traces call the top level of a CommonJS file.
const moduleFrame = "Object.<anonymous>"

// compileModule is Module.prototype._compile: it runs content as the body of a module's function. format is "module",
// "commonjs" or "" for unknown.
func (rt *Runtime) compileModule(m *goja.Object, content, file, format string) goja.Value {
	c := rt.commonJS()
	if format == "module" {
		rt.requireESM(m, content, file)
		return goja.Undefined()
	}
	var fn goja.Callable
	if c.wrapping {
		fn = rt.wrapped(content, file)
	} else {
		unit, err := rt.compile(file, content, source.Options{Kind: source.Function, Params: source.CommonJSParams, Function: moduleFrame})
		if err != nil {
			if format == "" && source.LooksLikeModule(content) {
				rt.requireESM(m, content, file)
				return goja.Undefined()
			}
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

// compile compiles a text and remembers it for stack traces.
func (rt *Runtime) compile(file, content string, o source.Options) (*source.Unit, error) {
	rt.fillGaps(content)
	unit, err := rt.cfg.Sources.Compile(file, content, o)
	if err == nil {
		rt.commonJS().units[file] = unit
	}
	return unit, err
}

// runUnit gives the function that a unit of kind Function or Module is.
func (rt *Runtime) runUnit(unit *source.Unit) goja.Callable {
	v, err := rt.vm.RunProgram(unit.Program)
	if err != nil {
		rt.rethrow(err)
	}
	fn, _ := goja.AssertFunction(v)
	if unit.Import {
		v = rt.Call(fn, goja.Undefined(), rt.importFunction(unit.Name))
		fn, _ = goja.AssertFunction(v)
	}
	return fn
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
		rt.rethrow(err)
	}
	fn, ok := goja.AssertFunction(v)
	if !ok {
		rt.Throw(rt.vm.NewTypeError("compiledWrapper is not a function"))
	}
	return fn
}

// throwSyntax throws a text's syntax error, with the place in front of its stack as Node does; above are the frames in
// which Node finds it.
func (rt *Runtime) throwSyntax(err error, above ...site) {
	var e *source.SyntaxError
	if !errors.As(err, &e) {
		rt.Throw(rt.NewPlainError("SyntaxError", err.Error()))
	}
	o := rt.NewPlainError("SyntaxError", e.Message)
	if t := rt.traceOf(o); t != nil {
		t.above = above
	}
	o.DefineDataProperty("stack", rt.vm.ToValue(e.Arrow()+"\n"+text(o.Get("stack"))), flagTrue, flagTrue, flagFalse)
	rt.Throw(o)
}

// EvalScript runs source text as a script of the global scope, as vm.runInThisContext does, and returns its completion
// value; it throws as Call does. Loop goroutine only, inside Enter.
func (rt *Runtime) EvalScript(name, content string) goja.Value {
	v, err := rt.RunUnit(rt.CompileUnit(name, content, source.Options{Kind: source.Script}))
	if err != nil {
		rt.rethrow(err)
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
	if unit.Import {
		rt.vm.GlobalObject().DefineDataProperty(source.ImportName, rt.importFunction(unit.Name), flagTrue, flagTrue, flagFalse)
	}
	return rt.vm.RunProgram(unit.Program)
}

// EvalMain runs the text of -e and -p, or of a script on standard input: global code in which module, require, exports,
// __filename and __dirname are those of a module in the working directory. name is "[eval]" or "[stdin]".
func (rt *Runtime) EvalMain(name, content string) goja.Value {
	rt.commonJS()
	rt.preload()
	dir := rt.mustCwd()
	m := rt.newModule(name, goja.Undefined())
	file := path.Join(dir, name)
	m.Set("filename", file)
	m.Set("paths", rt.strings(nodeModulePaths(dir)))
	if rt.cfg.Options.InputType == "module" {
		return rt.evaluateESM(content, file, file).exports()
	}
	global := rt.vm.GlobalObject()
	global.Set("module", m)
	global.Set("exports", m.Get("exports"))
	global.Set("__filename", name)
	global.Set("__dirname", ".")
	global.Set("require", rt.makeRequire(m))
	unit, err := rt.compile(name, content, source.Options{Kind: source.Script})
	if err != nil {
		if rt.cfg.Options.InputType == "" && source.LooksLikeModule(content) {
			return rt.evaluateESM(content, file, file).exports()
		}
		rt.throwSyntax(err, evaluating()...)
	}
	if name == "[eval]" {
		rt.entry.origin = fromEval
	}
	v, err := rt.RunUnit(unit)
	if err != nil {
		rt.rethrow(err)
	}
	return v
}

// Main is the main module's `module` object, or nil: process.mainModule, require.main.
func (rt *Runtime) Main() *goja.Object { return rt.main }

// CheckSyntax throws the syntax error of a text, if it has one, as --check does. Loop goroutine only, inside Enter.
func (rt *Runtime) CheckSyntax(file, content string) {
	_, err := rt.compile(file, content, source.Options{Kind: source.Function, Params: source.CommonJSParams})
	if err != nil && !source.LooksLikeModule(content) {
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
