package webassembly

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/wasm"
)

// forImports adds what the loader of ES modules needs for modules of WebAssembly.
func (m *realm) forImports(exports *goja.Object) {
	// describe(bytes, name, url) compiles a module and tells the names of the modules that it imports from, and of its exports.
	m.rt.SetFunc(exports, "describe", 3, func(call goja.FunctionCall) goja.Value {
		return m.describe(call.Argument(0), call.Argument(1).String(), call.Argument(2).String())
	})
	// exportsOf(module, imports) makes an instance.
	m.rt.SetFunc(exports, "exportsOf", 2, func(call goja.FunctionCall) goja.Value {
		s, _ := state[*moduleState](m, call.Argument(0))
		i, _ := state[*instanceState](m, m.instantiate(s, call.Argument(1), "WebAssembly.Instance()"))
		return i.exports
	})
	// values(exports, names) are the values of exports as modules of scripts see them: those of globals.
	m.rt.SetFunc(exports, "values", 2, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).(*goja.Object)
		names, _ := m.rt.Elements(call.Argument(1).(*goja.Object))
		list := make([]any, len(names))
		for i, name := range names {
			v := o.Get(name.String())
			if g, ok := state[*globalState](m, v); ok {
				if v = goja.Undefined(); g.extern.Global().Type != wasm.V128 {
					v = m.valueOf(g.extern)
				}
			}
			list[i] = v
		}
		return m.vm.NewArray(list...)
	})
}

// describe compiles a module for an import and refuses the names that are reserved.
func (m *realm) describe(source goja.Value, name, url string) goja.Value {
	const what = "WebAssembly.Module()"
	options := m.vm.NewObject()
	options.Set("builtins", m.vm.NewArray("js-string"))
	options.Set("importedStringConstants", stringConstants)
	var s *moduleState
	if ex := m.vm.Try(func() { s = m.compile(m.source(source, what, "a buffer source"), what, m.options(options)) }); ex != nil {
		if o, ok := ex.Value().(*goja.Object); ok {
			o.Set("message", name+": "+engine.Text(o.Get("message")))
		}
		panic(ex)
	}
	reserved := func(name string, prefixes ...string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(name, p) {
				return true
			}
		}
		return false
	}
	var imports, exports []any
	seen := map[string]bool{}
	for i, x := range s.decoded.Imports {
		switch {
		case s.builtin(i) != nil:
			continue
		case reserved(x.Module, "wasm-js:"):
			m.rt.Throw(m.fail("LinkError", `Invalid Wasm import "`+x.Module+`" in `+url))
		case reserved(x.Name, "wasm:", "wasm-js:"):
			m.rt.Throw(m.fail("LinkError", `Invalid Wasm import name "`+x.Name+`" in `+url))
		}
		if !seen[x.Module] {
			seen[x.Module] = true
			imports = append(imports, x.Module)
		}
	}
	for _, x := range s.decoded.Exports {
		if reserved(x.Name, "wasm:", "wasm-js:") {
			m.rt.Throw(m.fail("LinkError", `Invalid Wasm export name "`+x.Name+`" in `+url))
		}
		exports = append(exports, x.Name)
	}
	o := m.vm.NewObject()
	o.Set("module", m.rt.NewObject(m.module, s))
	o.Set("imports", m.vm.NewArray(imports...))
	o.Set("exports", m.vm.NewArray(exports...))
	return o
}
