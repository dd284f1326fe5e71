package runtime

import (
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"

	"gonode/internal/source"
)

// wasmMagic is what modules of WebAssembly begin with.
const wasmMagic = "\x00asm"

// wasmPart is what an ES module has that is one of WebAssembly's.
type wasmPart struct {
	module  *goja.Object // the WebAssembly.Module
	exports *goja.Object // the instance's, once it runs
	source  *esModule    // what imports of its source phase see
}

// wasmModule makes an ES module of one of WebAssembly's: a text that imports the same modules, makes the instance of their namespaces and
// exports what that exports.
func (l *ESModules) wasmModule(url, file, content string) *esModule {
	rt := l.rt
	vm := rt.vm
	w := rt.Require("internal/webassembly")
	name := file
	if name == "" {
		name = url
	}
	parts := rt.CallMethod(w, "describe", vm.ToValue(vm.NewArrayBuffer([]byte(content))), vm.ToValue(name), vm.ToValue(url)).(*goja.Object)
	imports, exports := rt.stringList(parts.Get("imports")), rt.stringList(parts.Get("exports"))
	var text strings.Builder
	for i, name := range imports {
		text.WriteString("import*as m" + strconv.Itoa(i) + " from" + quoted(name) + ";")
	}
	text.WriteString("const x=import.meta.run(")
	for i := range imports {
		text.WriteString("m" + strconv.Itoa(i) + ",")
	}
	text.WriteString(")")
	for i := range exports {
		text.WriteString(",e" + strconv.Itoa(i) + "=x[" + strconv.Itoa(i) + "]")
	}
	text.WriteString(";export{")
	for i, name := range exports {
		text.WriteString("e" + strconv.Itoa(i) + " as" + quoted(name) + ",")
	}
	text.WriteString("};")
	m := l.sourceModule(url, file, text.String())
	m.format, m.wasm = "wasm", &wasmPart{module: parts.Get("module").(*goja.Object)}
	m.meta = vm.CreateObject(nil)
	rt.SetFunc(m.meta, "run", 0, func(call goja.FunctionCall) goja.Value {
		if rt.Value(wasmPart{}) == nil {
			rt.SetValue(wasmPart{}, true)
			rt.warn("Importing WebAssembly module instances is an experimental feature and might change at any time", "ExperimentalWarning", "")
		}
		given := vm.CreateObject(nil)
		for i, name := range imports {
			from := call.Argument(i)
			// Another instance gives its globals as they are.
			if r := m.requested[i]; r.wasm != nil && r.wasm.exports != nil {
				from = r.wasm.exports
			}
			given.DefineDataProperty(name, from, flagTrue, flagTrue, flagTrue)
		}
		m.wasm.exports = rt.CallMethod(w, "exportsOf", m.wasm.module, given).(*goja.Object)
		return rt.CallMethod(w, "values", m.wasm.exports, parts.Get("exports"))
	})
	return m
}

// quoted is a string literal of ASCII.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, u := range utf16.Encode([]rune(s)) {
		if u >= ' ' && u < 0x7f && u != '"' && u != '\\' {
			b.WriteByte(byte(u))
		} else {
			b.WriteString(`\u` + strconv.FormatInt(0x10000+int64(u), 16)[1:])
		}
	}
	b.WriteByte('"')
	return b.String()
}

// looksLikeWasm tells a file without an extension by its beginning.
func (l *ESModules) looksLikeWasm(file string) bool {
	data, err := l.rt.CommonJS().files.ReadFile(file)
	return err == nil && strings.HasPrefix(string(data), wasmMagic)
}

// sourceOf is what an import of a module's source sees: only modules of WebAssembly have one. They are loaded alone.
func (l *ESModules) sourceOf(at located) *esModule {
	m := l.known(at.url, at.attributes)
	if m == nil {
		m = l.load(at)
		l.remember(m, at.attributes)
	}
	return m.sourceRecord(l.rt)
}

// sourceRecord is a module that exports the module's source.
func (m *esModule) sourceRecord(rt *Runtime) *esModule {
	if m.wasm == nil {
		rt.Throw(rt.NewError("ERR_SOURCE_PHASE_NOT_DEFINED", m.url))
	}
	if m.wasm.source == nil {
		s := rt.esm.newModuleRecord(m.url, m.file, "source")
		s.names, s.run = []string{source.SourceExport}, func() {}
		s.set(source.SourceExport, m.wasm.module)
		m.wasm.source = s
	}
	return m.wasm.source
}

// importSource is import.source(): a promise of a module's source.
func (l *ESModules) importSource(specifier goja.Value, referrer string) goja.Value {
	rt := l.rt
	promise, resolve, reject := rt.vm.NewPromise()
	fail := func(ex *goja.Exception) {
		if ex != nil {
			reject(ex.Value())
		}
	}
	fail(rt.vm.Try(func() {
		text := specifier.ToString().String()
		var at located
		if l.imports[referrer] == nil {
			at = l.locate(text, referrer, nil)
		}
		l.later(jobsToLoad, func() {
			fail(rt.vm.Try(func() {
				if at.url == "" { // a script's own import() gives modules of scripts
					rt.Throw(rt.NewError("ERR_SOURCE_PHASE_NOT_DEFINED", text))
				}
				resolve(l.sourceOf(at).env.Get(source.SourceExport))
			}))
		})
	}))
	return rt.vm.ToValue(promise)
}
