package engine

import (
	"github.com/dop251/goja/unistring"

	"sync"

	"github.com/dop251/goja"

	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// Global is an export of a built-in module of the host's that is also a property of the global object. The module is loaded when it is
// first touched.
type Global struct {
	// Name is the global's name; Export is that of the module's export, empty for the module itself.
	Name, Module, Export string
	// Accessor globals show until they are read that they are loaded then; the others are plain data properties to all who look.
	Accessor bool
	// Enumerable globals show up in Object.keys(globalThis).
	Enumerable bool
}

// Globals are what is on the global objects of engines: the language's own and what a host adds. They cost an engine nothing until a
// script touches them. Any number of engines may share them.
type Globals struct{ extension templates.Extension }

// NewGlobals makes the language's own and a host's. The names of order come first on the global object, in that order.
func NewGlobals(host []Global, order []string) *Globals {
	g := &Globals{templates.Extension{Without: []unistring.String{"GoError"}, Made: intrinsics.Made, Properties: languageGlobals, Order: order}}
	for _, global := range host {
		g.extension.Host = append(g.extension.Host, templates.Property{Name: global.Name, Make: func(rt *goja.Runtime, _ goja.Value) goja.Value {
			return global.property(engineOf(rt))
		}})
	}
	return g
}

// plainGlobals are those of engines whose host adds none.
var plainGlobals = sync.OnceValue(func() *Globals { return NewGlobals(nil, nil) })

// property is the global as an engine's global object has it before a script has changed it.
func (g Global) property(e *Engine) goja.Value {
	value := func() goja.Value {
		exports := e.hooks.Require(g.Module)
		if g.Export == "" {
			return exports
		}
		return exports.Get(g.Export)
	}
	p := layout.ValueProperty{Configurable: true, Enumerable: g.Enumerable}
	if g.Accessor {
		p.GetterFunc, p.SetterFunc = e.lazyAccessor(e.vm.GlobalObject(), g.Name, g.Enumerable, value)
		p.Accessor = true
	} else {
		p.Value, p.Writable = value(), true
	}
	return layout.NewProperty(p)
}
