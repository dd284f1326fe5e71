package runtime

import "github.com/dop251/goja"

// initMissing defines what V8's library has and the engine's lacks.
func (rt *Runtime) initMissing() {
	rt.initSymbols()
}

// initSymbols defines the well-known symbols that classes are given when they are made.
func (rt *Runtime) initSymbols() {
	symbol := rt.vm.Get("Symbol").(*goja.Object)
	for _, name := range [...]string{"asyncIterator", "dispose", "asyncDispose"} {
		if symbol.Get(name) == nil {
			symbol.DefineDataProperty(name, goja.NewSymbol("Symbol."+name), flagFalse, flagFalse, flagFalse)
		}
	}
}
