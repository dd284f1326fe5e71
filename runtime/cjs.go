package runtime

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/dop251/goja"
)

const (
	flagTrue  = goja.FLAG_TRUE
	flagFalse = goja.FLAG_FALSE
)

// cjs is the state of the CommonJS loader.
type cjs struct {
	cache map[string]*goja.Object
}

func (rt *Runtime) runMainModule(file string) {
	abs, _ := filepath.Abs(rt.Abs(file))
	rt.main = rt.loadFile(resolveFile(abs), nil)
}

func resolveFile(p string) string {
	for _, s := range []string{"", ".js", ".json", "/index.js"} {
		if st, err := os.Stat(p + s); err == nil && !st.IsDir() {
			return p + s
		}
	}
	return p
}

func (rt *Runtime) loadFile(file string, parent *goja.Object) *goja.Object {
	if rt.cjs.cache == nil {
		rt.cjs.cache = map[string]*goja.Object{}
	}
	if m := rt.cjs.cache[file]; m != nil {
		return m
	}
	data, err := os.ReadFile(file)
	if err != nil {
		rt.Throw(rt.NewPlainError("Error", "Cannot find module '"+file+"'"))
	}
	m := rt.vm.NewObject()
	exports := rt.vm.NewObject()
	m.Set("exports", exports)
	m.Set("filename", file)
	m.Set("id", file)
	rt.cjs.cache[file] = m
	if strings.HasSuffix(file, ".json") {
		parse := rt.vm.Get("JSON").(*goja.Object)
		m.Set("exports", rt.CallMethod(parse, "parse", rt.vm.ToValue(string(data))))
		return m
	}
	src := string(data)
	if strings.HasPrefix(src, "#!") {
		src = "//" + src
	}
	program, err := goja.Compile(file, "(function (exports, require, module, __filename, __dirname) {"+src+"\n})", false)
	if err != nil {
		rt.Throw(rt.NewPlainError("SyntaxError", err.Error()))
	}
	fn, err := rt.vm.RunProgram(program)
	if err != nil {
		rt.rethrow(err)
	}
	require := rt.Func("require", 1, func(call goja.FunctionCall) goja.Value {
		name := strings.TrimPrefix(call.Argument(0).String(), "node:")
		if def := rt.Builtin(name); def != nil && !def.Private {
			return rt.Require(name)
		}
		p := name
		if !filepath.IsAbs(p) {
			p = filepath.Join(filepath.Dir(file), p)
		}
		return rt.loadFile(resolveFile(p), m).Get("exports")
	})
	call, _ := goja.AssertFunction(fn)
	rt.Call(call, exports, exports, require, m, rt.vm.ToValue(file), rt.vm.ToValue(filepath.Dir(file)))
	return m
}
