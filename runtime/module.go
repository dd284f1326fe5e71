package runtime

import (
	"strings"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"

	"github.com/dop251/goja"
)

// Module describes one built-in module. It is immutable and shared by all runtimes of the process.
//
// With a Binding alone, its result is the module's exports. With a Script alone, the module is JavaScript. With both,
// the script gets the binding as its fourth argument.
type Module struct {
	// Name is what scripts require: "net", also as "node:net".
	Name string
	// Private modules can be required by other built-in modules only.
	Private bool
	// SchemeOnly modules are known by their "node:" name only.
	SchemeOnly bool
	// Enabled tells whether the module is there with those options; nil means that it always is.
	Enabled func(*Options) bool
	// Script is the embedded JavaScript, run at the first require.
	Script *engine.Script
	// Binding makes the native half, at the first require, on the loop goroutine.
	Binding func(*Runtime) *goja.Object
	// Globals are exports that are also properties of globalThis, loaded when first touched.
	Globals []Global
}

// Global publishes one export of a module on globalThis.
type Global struct {
	// Name is the global's name; Export is the export's, if it differs. The export "*" is the module itself.
	Name, Export string
	// Accessor globals show that they are loaded when they are read, as in Node; the others look like data properties.
	Accessor bool
	// Enumerable globals show up in Object.keys(globalThis), as setTimeout does and Buffer does not.
	Enumerable bool
}

// builtin is a module's state in one runtime.
type builtin struct {
	def     *Module
	module  *goja.Object // the `module` object; its exports may be replaced by the script
	loading bool
}

// Builtin returns the definition of the built-in module of that name, without its "node:" prefix, or nil.
func (rt *Runtime) Builtin(name string) *Module {
	if b := rt.builtins[name]; b != nil {
		return b.def
	}
	return nil
}

// Builtins lists the names of the public built-in modules in the order of the configuration.
func (rt *Runtime) Builtins() []string {
	var names []string
	for _, m := range rt.cfg.Modules {
		if !m.Private && rt.builtins[m.Name] != nil && !strings.HasPrefix(m.Name, "gonode:") {
			names = append(names, m.Name)
		}
	}
	return names
}

// Require returns the exports of a built-in module, private ones included, loading it if need be. It is how modules
// reach each other. It panics with a JavaScript error when there is no such module. Loop goroutine only.
func (rt *Runtime) Require(name string) *goja.Object {
	b := rt.builtins[name]
	if b == nil {
		rt.Throw(rt.NewError("ERR_UNKNOWN_BUILTIN_MODULE", name))
	}
	if b.module == nil {
		rt.loadBuiltin(b)
	}
	return b.module.Get("exports").(*goja.Object)
}

// Loaded tells whether a built-in module has been required yet.
func (rt *Runtime) Loaded(name string) bool {
	b := rt.builtins[name]
	return b != nil && b.module != nil
}

// WhenLoaded gives a function that tells cheaply, again and again, whether a built-in module is loaded. Loop goroutine only.
func (rt *Runtime) WhenLoaded(name string) func() bool {
	b := rt.builtins[name]
	return func() bool { return b != nil && b.module != nil }
}

func (rt *Runtime) loadBuiltin(b *builtin) {
	defer guard.Shield(rt.vm)()
	def := b.def
	b.module = rt.vm.NewObject()
	exports := rt.vm.NewObject()
	b.module.DefineDataProperty("exports", exports, flagTrue, flagTrue, flagTrue)
	b.module.Set("id", def.Name)
	defer func() {
		// A module that failed half way must not be served from the cache.
		if x := recover(); x != nil {
			b.module = nil
			panic(x)
		}
	}()
	var binding goja.Value = goja.Undefined()
	if def.Binding != nil {
		native := def.Binding(rt)
		if def.Script == nil {
			b.module.Set("exports", native)
			return
		}
		binding = native
	}
	if def.Script == nil {
		return
	}
	if rt.requireFunc == nil {
		rt.requireFunc = rt.Func("require", 1, func(call goja.FunctionCall) goja.Value {
			return rt.Require(call.Argument(0).String())
		})
	}
	rt.scriptBytes += def.Script.Size()
	if err := rt.Engine.RunScript(def.Script, exports, rt.requireFunc, b.module, binding); err != nil {
		rt.Rethrow(err)
	}
}

// ScriptBytes is how much embedded JavaScript this runtime has loaded so far, in bytes.
func (rt *Runtime) ScriptBytes() int { return rt.scriptBytes }
