package engine

import (
	"maps"
	"slices"
	"sync"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// goja makes its built-in objects from templates, which say how to make each property when it is first asked for. An
// extension is such a template with more in it: what it adds is there for every script, whatever its text, is an ordinary
// data property to all who look, and costs nothing until it is used. It is made once per process from goja's own template,
// which stays as it is: a program may have runtimes of goja that are not ours.
type extension struct {
	properties func() []property // they are listed once
	without    unistring.String  // a property of goja's that is left out

	once     sync.Once
	template *layout.ObjectTemplate
}

// property is one that V8's library has and goja's lacks or does otherwise.
type property struct {
	name string
	// value makes it; was is what goja has under that name, nil if nothing.
	value func(e *Engine, was goja.Value) goja.Value
}

// extend gives one of goja's built-in objects the properties of an extension. Nobody has seen the object yet.
func (e *Engine) extend(o *goja.Object, x *extension) {
	t := layout.TemplateOf(o)
	x.once.Do(func() {
		x.template = &layout.ObjectTemplate{PropNames: slices.Clone(t.Tmpl.PropNames), Props: maps.Clone(t.Tmpl.Props),
			SymProps: t.Tmpl.SymProps, SymPropNames: t.Tmpl.SymPropNames, ProtoFactory: t.Tmpl.ProtoFactory}
		for _, p := range x.properties() {
			x.template.Add(&p)
		}
		if x.without != "" {
			delete(x.template.Props, x.without)
			x.template.PropNames = slices.DeleteFunc(x.template.PropNames, func(n unistring.String) bool { return n == x.without })
		}
	})
	t.Tmpl = x.template
	if t.PropNames == nil {
		return
	}
	// The names have been listed already.
	for _, name := range x.template.PropNames {
		if !slices.Contains(t.PropNames, name) {
			t.PropNames = append(t.PropNames, name)
		}
	}
	t.PropNames = slices.DeleteFunc(t.PropNames, func(n unistring.String) bool { return n == x.without })
}

// Name is the property's name.
func (p *property) Name() unistring.String { return unistring.NewFromString(p.name) }

// Make makes the property in a runtime, from what goja has under that name.
func (p *property) Make(vm *goja.Runtime, was goja.Value) goja.Value {
	e := engineOf(vm)
	if own, ok := layout.PropertyOf(was); ok {
		was = own.Value
	}
	v := p.value(e, was)
	if o, ok := v.(*goja.Object); ok {
		e.realm.Expose(o)
	}
	return layout.NewProperty(layout.ValueProperty{Value: v, Writable: true, Configurable: true})
}

// methodProperty is a property that is a function.
func methodProperty(name string, length int, f func(*Engine, goja.FunctionCall) goja.Value) property {
	return property{name, func(e *Engine, _ goja.Value) goja.Value {
		return e.Func(name, length, func(call goja.FunctionCall) goja.Value { return f(e, call) })
	}}
}
