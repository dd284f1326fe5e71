package runtime

import (
	"cmp"
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"gonode/internal/engine"
	"gonode/internal/engine/program"
	"gonode/internal/loader"
	"gonode/internal/source"
)

// Scripts compiles and runs the texts of scripts.
type Scripts struct {
	rt      *Runtime
	units   map[string]*source.Unit // by file
	ids     map[*source.Unit]string // of those that somebody has asked for
	imports bool                    // provideImport has run
	typed   bool                    // it has been said that TypeScript is transformed
}

// warnSyntax tells how to make an ES module of a CommonJS file that looks like one.
func (c *Scripts) warnSyntax(err error) {
	rt := c.rt
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
func (c *Scripts) compile(file, content string, o source.Options) (*source.Unit, error) {
	rt := c.rt
	rt.FillGaps(content)
	if o.TypeScript && rt.cfg.Options.TransformTypes && !c.typed {
		c.typed = true
		rt.WarnExperimental("Transform Types")
	}
	o.Jitless, o.Coverage, o.Probes = rt.cfg.Options.Jitless, rt.Coverage.on, rt.Debugger.on
	unit, err := rt.cfg.Sources.Compile(file, content, o)
	if err == nil {
		c.units[cmp.Or(o.SourceURL, file)] = unit
		rt.Coverage.add(unit)
		rt.Debugger.add(unit)
		rt.SourceMaps.read(file, content)
	}
	return unit, err
}

// id is what coverage and debuggers call a script.
func (c *Scripts) id(u *source.Unit) string {
	id, ok := c.ids[u]
	if !ok {
		if c.ids == nil {
			c.ids = map[*source.Unit]string{}
		}
		id = strconv.Itoa(len(c.ids) + 1)
		c.ids[u] = id
	}
	return id
}

// locate maps a position in a compiled program to the one in the file as it was written.
func (c *Scripts) locate(file string, line, col int) (int, int) {
	if unit := c.units[file]; unit != nil {
		return unit.Locate(line, col)
	}
	return line, col
}

// runUnit gives the function that a unit of kind Function is.
func (c *Scripts) runUnit(unit *source.Unit) goja.Callable {
	rt := c.rt
	v, err := c.Run(unit)
	if err != nil {
		rt.Rethrow(err)
	}
	fn, _ := goja.AssertFunction(v)
	return fn
}

func (c *Scripts) runProgram(unit *source.Unit) goja.Value {
	rt := c.rt
	v, err := rt.vm.RunProgram(unit.Program)
	if err != nil {
		rt.Rethrow(err)
	}
	return v
}

// throwSyntax throws a text's syntax error, with the place in front of its stack as Node does; above are the frames in
// which Node finds it.
func (c *Scripts) throwSyntax(err error, above ...engine.Site) {
	rt := c.rt
	var e *source.SyntaxError
	if err == source.ErrTooDeep {
		rt.Throw(rt.NewPlainError("RangeError", err.Error()))
	}
	if !errors.As(err, &e) {
		rt.Throw(rt.NewPlainError("SyntaxError", err.Error()))
	}
	o := c.syntaxError(e)
	if t := rt.TraceOf(o); t != nil {
		t.Above = above
		if e.Code != "" {
			t.Above = append(strippingTypes(e.Code), above[min(len(above), 1):]...)
			if s := &t.Above[min(3, len(t.Above)-1)]; s.Function == "Module._compile" {
				s.Line, s.Col = 1883, 15
			}
		}
	}
	c.prependPlace(o, e.Arrow()+"\n")
	rt.Throw(o)
}

// syntaxError is the error of a text, with Node's code where the text is wrong TypeScript.
func (c *Scripts) syntaxError(e *source.SyntaxError) *goja.Object {
	if e.Code != "" {
		return c.rt.NewError(e.Code, e.Message)
	}
	return c.rt.NewPlainError("SyntaxError", e.Message)
}

// prependPlace puts the place of an error in front of its stack.
func (c *Scripts) prependPlace(o *goja.Object, arrow string) {
	o.DefineDataProperty("stack", c.rt.vm.ToValue(arrow+engine.Text(o.Get("stack"))), flagTrue, flagTrue, flagFalse)
}

// Eval runs source text as a script of the global scope, as vm.runInThisContext does, and returns its completion
// value; it throws as Call does. Loop goroutine only, inside Enter.
func (c *Scripts) Eval(name, content string) goja.Value {
	rt := c.rt
	v, err := c.Run(c.Compile(name, content, source.Options{Kind: source.Script}))
	if err != nil {
		rt.Rethrow(err)
	}
	return v
}

// Compile compiles a text; it throws the SyntaxError. Loop goroutine only, inside Enter.
func (c *Scripts) Compile(name, content string, o source.Options) *source.Unit {
	unit, err := c.compile(name, content, o)
	if err != nil {
		c.throwSyntax(err)
	}
	return unit
}

// Run runs a unit of kind Script and returns its completion value, or of kind Function and returns the function.
// The error is the engine's: an exception, an interruption, a stack overflow. Loop goroutine only, inside Enter.
func (c *Scripts) Run(unit *source.Unit) (goja.Value, error) {
	rt := c.rt
	if unit.Outer() {
		outer, err := rt.vm.RunProgram(unit.Program)
		if err != nil {
			return nil, err
		}
		fn, _ := goja.AssertFunction(outer)
		return fn(goja.Undefined(), rt.ESModules().importFunction(unit.Referrer))
	}
	if unit.Import && unit.Module == nil {
		c.provideImport()
	}
	return rt.vm.RunProgram(unit.Program)
}

// parseEval is source.Eval for texts that may have import().
func (c *Scripts) parseEval(text string, where program.Where) (*ast.Program, error) {
	prg, err := source.Eval(text, where)
	if err == nil && strings.Contains(text, "import") {
		c.provideImport()
	}
	return prg, err
}

// provideImport makes import() work in code that no module's function surrounds: it imports for the file that calls. Its name is a
// lexical one, so that the global object does not show it.
func (c *Scripts) provideImport() {
	rt := c.rt
	if c.imports {
		return
	}
	c.imports = true
	give, err := rt.vm.RunString("let " + source.ImportName + "; f => { " + source.ImportName + " = f }")
	if err != nil {
		rt.Rethrow(err)
	}
	rt.Apply(give, goja.Undefined(), rt.ESModules().importFunction(""))
}

// callingFile is the script's file that is running, "" if there is none.
func (rt *Runtime) callingFile() string {
	if t, _ := rt.Capture(nil, nil, 0); t != nil {
		for _, s := range rt.Sites(t) {
			if !s.Native && s.File != "" {
				return s.File
			}
		}
	}
	return ""
}

// EvalMain runs the text of -e and -p, or of a script on standard input: global code in which module, require, exports,
// __filename and __dirname are those of a module in the working directory. name is "[eval]" or "[stdin]". The result is
// the completion value, nil for an ES module, which runs afterwards.
// done, if there is one, gets its completion value.
func (c *Scripts) EvalMain(name, content string, done func(goja.Value)) {
	rt := c.rt
	rt.CommonJS().preload()
	rt.ESModules().preload(func() { c.evalMain(name, content, done) })
}

func (c *Scripts) evalMain(name, content string, done func(goja.Value)) {
	rt := c.rt
	dir := rt.mustCwd()
	m := rt.CommonJS().newModule(name, goja.Undefined())
	file := path.Join(dir, name)
	m.Set("filename", file)
	m.Set("paths", rt.strings(nodeModulePaths(dir)))
	format, typed := strings.CutSuffix(rt.cfg.Options.InputType, "-typescript")
	open := format == "" && !rt.cfg.Options.NoStripTypes // TypeScript is what is no JavaScript
	asModule := func() {
		file := path.Join(dir, strings.TrimSuffix(name, "]")+"1]")
		url := loader.FileURL(file)
		if open {
			_, err := rt.cfg.Sources.Compile(url, content, source.Options{Kind: source.Module})
			typed = err != nil
		}
		rt.ESModules().runTextESM(url, file, content, typed)
	}
	if format == "module" || format == "" && rt.cfg.Options.DefaultType == "module" {
		asModule()
		return
	}
	global := rt.vm.GlobalObject()
	global.Set("module", m)
	global.Set("exports", m.Get("exports"))
	global.Set("__filename", name)
	global.Set("__dirname", ".")
	global.Set("require", rt.CommonJS().makeRequire(m))
	unit, err := c.compile(name, content, source.Options{Kind: source.Script, TypeScript: typed})
	if err != nil {
		if format == "" && !rt.cfg.Options.NoDetectModule && source.LooksLikeModule(content, open) {
			asModule()
			return
		}
		if open {
			if u, wrong := c.compile(name, content, source.Options{Kind: source.Script, TypeScript: true}); wrong == nil {
				unit, err = u, nil
			}
		}
	}
	if err != nil {
		c.throwSyntax(err, evaluating()...)
	}
	if name == "[eval]" {
		rt.Origin = fromEval
	}
	v, err := c.Run(unit)
	if err != nil {
		rt.Rethrow(err)
	}
	if done != nil {
		done(v)
	}
}

// Main is the main module's `module` object, or nil: process.mainModule, require.main.
func (rt *Runtime) Main() *goja.Object { return rt.main }

// CheckSyntax throws the syntax error of a text, if it has one, as --check does. Loop goroutine only, inside Enter.
func (c *Scripts) CheckSyntax(file, content string) {
	rt := c.rt
	o := source.Options{Kind: source.Function, Params: source.CommonJSParams, TypeScript: rt.isTypeScript(file)}
	format := rt.cfg.Options.InputType
	if path.IsAbs(file) {
		format = rt.ESModules().formatOf(file)
	}
	if format == "module" {
		o = source.Options{Kind: source.Module, TypeScript: o.TypeScript}
	}
	_, err := c.compile(file, content, o)
	if err != nil && (format != "" || !rt.ESModules().looksLikeModule(file, content)) {
		c.throwSyntax(err, own("wrapSafe", cjsLoader, 1464, 18), own("checkSyntax", "node:internal/main/check_syntax", 78, 3))
	}
}

// CheckFile is CheckSyntax for a file that is found as the main script is.
func (c *Scripts) CheckFile(file string) {
	rt := c.rt
	modules := rt.CommonJS()
	modules.preload()
	if !path.IsAbs(file) {
		file = path.Join(rt.mustCwd(), file)
	}
	found, err := modules.resolver.Resolve(file, "", nil, true)
	if err != nil {
		rt.Throw(rt.NewPlainError("Error", "Cannot find module '"+file+"'"))
	}
	c.CheckSyntax(found, modules.readSource(found))
}
