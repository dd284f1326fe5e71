// Package templates is the one way in which the engine's built-in objects are changed for scripts. goja makes them from templates, which
// say how to make each property when it is first asked for. An Extension is such a template with more in it: what it adds is there for
// every script, whatever its text, is an ordinary property to all who look, and costs nothing until it is used. It is made once per
// process, as a copy; goja's own templates, which all its runtimes share, stay as they are: a program may have some that are not ours.
//
// The template of the global object also leads from a runtime to its owner (Own, Owner).
package templates

import (
	"maps"
	"slices"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// Property is one that an extension adds or makes differently.
type Property struct {
	Name   string
	Symbol *goja.Symbol // in place of a name
	// Make makes what is stored: a value, or a property with attributes (layout.NewProperty). was is what goja makes, nil if nothing.
	Make func(rt *goja.Runtime, was goja.Value) goja.Value
}

// Extension is what is different in one of the engine's built-in objects. It is a variable of a package: an object gets it once, in each
// runtime.
type Extension struct {
	// Properties lists them, once per process. Those of one name follow each other: each is given what the one before has made.
	Properties func() []Property
	// Without are properties of goja's that are left out.
	Without []unistring.String
	// Made, if any, is called with each of these properties and of goja's that has been made.
	Made func(rt *goja.Runtime, name unistring.String, v goja.Value)
	// Host lists more properties that are made differently, which Made is not told of.
	Host []Property
	// Order, if any, is the order of the names; those that it does not have come last.
	Order []string

	once     sync.Once
	template *layout.ObjectTemplate
}

type factory = func(*goja.Runtime) goja.Value

// over makes the extension's template over another, which is not changed.
func (x *Extension) over(t *layout.ObjectTemplate) *layout.ObjectTemplate {
	x.once.Do(func() {
		properties := x.Properties()
		own := &layout.ObjectTemplate{PropNames: make([]unistring.String, 0, len(t.PropNames)+len(properties)+len(x.Host)),
			Props:        make(map[unistring.String]factory, len(t.PropNames)+len(properties)+len(x.Host)),
			SymPropNames: slices.Clone(t.SymPropNames), SymProps: maps.Clone(t.SymProps), ProtoFactory: t.ProtoFactory}
		own.PropNames = append(own.PropNames, t.PropNames...)
		maps.Copy(own.Props, t.Props)
		add := func(properties []Property) {
			for _, p := range properties {
				if p.Symbol != nil {
					own.SymPropNames, own.SymProps = put(own.SymPropNames, own.SymProps, p.Symbol, p.Make)
				} else {
					own.PropNames, own.Props = put(own.PropNames, own.Props, unistring.NewFromString(p.Name), p.Make)
				}
			}
		}
		add(properties)
		for _, name := range x.Without {
			delete(own.Props, name)
		}
		own.PropNames = x.without(own.PropNames)
		if x.Made != nil {
			for name, make := range own.Props {
				own.Props[name] = func(rt *goja.Runtime) goja.Value {
					v := make(rt)
					x.Made(rt, name, v)
					return v
				}
			}
		}
		add(x.Host)
		if len(x.Order) > 0 {
			own.PropNames = Ordered(own.PropNames, func(name unistring.String) bool { return own.Props[name] != nil }, x.Order)
		}
		x.template = own
	})
	return x.template
}

// Ordered brings names into an order, of those in it that are there; the others come last.
func Ordered(names []unistring.String, has func(unistring.String) bool, order []string) []unistring.String {
	list, known := make([]unistring.String, 0, len(names)), make(map[unistring.String]bool, len(order))
	for _, name := range order {
		name := unistring.NewFromString(name)
		known[name] = true
		if has(name) {
			list = append(list, name)
		}
	}
	for _, name := range names {
		if !known[name] {
			list = append(list, name)
		}
	}
	return list
}

func put[K comparable](names []K, props map[K]factory, name K, make func(*goja.Runtime, goja.Value) goja.Value) ([]K, map[K]factory) {
	if props == nil {
		props = map[K]factory{}
	}
	was := props[name]
	if was == nil {
		names = append(names, name)
	}
	props[name] = func(rt *goja.Runtime) goja.Value {
		if was == nil {
			return make(rt, nil)
		}
		return make(rt, was(rt))
	}
	return names, props
}

func (x *Extension) without(names []unistring.String) []unistring.String {
	return slices.DeleteFunc(names, func(n unistring.String) bool { return slices.Contains(x.Without, n) })
}

// Extend gives an object what the extension has, if it has not got it yet. No script has seen the object.
func (x *Extension) Extend(o *goja.Object) {
	t := layout.TemplateOf(o)
	if t.Tmpl == x.template {
		return
	}
	x.set(t, x.over(t.Tmpl))
}

func (x *Extension) set(t *layout.TemplatedObject, tmpl *layout.ObjectTemplate) {
	t.Tmpl = tmpl
	if t.PropNames == nil {
		return
	}
	if len(x.Order) > 0 {
		t.PropNames = Ordered(t.PropNames, func(name unistring.String) bool { return slices.Contains(t.PropNames, name) }, x.Order)
	}
	// The names have been listed already.
	for _, name := range tmpl.PropNames {
		if !slices.Contains(t.PropNames, name) {
			t.PropNames = append(t.PropNames, name)
		}
	}
	t.PropNames = x.without(t.PropNames)
}

// Object makes an object that has nothing but what the extension has, and inherits from Object.prototype.
func (x *Extension) Object(rt *goja.Runtime) *goja.Object {
	o := rt.NewObject()
	plain := layout.BaseOf(o)
	made := &layout.TemplatedObject{BaseObject: layout.BaseObject{Class: plain.Class, Val: o, Prototype: plain.Prototype, Extensible: true,
		Values: map[unistring.String]goja.Value{}}, Tmpl: x.over(&layout.ObjectTemplate{Props: map[unistring.String]factory{}}), ProtoMaterialised: true}
	*layout.SelfOf(o) = layout.Words{Tab: layout.Found().Templated, Data: unsafe.Pointer(made)}
	return o
}

// owned is the template of a global object that Own has seen. The engine sees its beginning.
type owned struct {
	layout.ObjectTemplate
	owner any
}

// mark is a symbol that the templates of global objects have, and no script.
var mark = goja.NewSymbol("gonode.owned")

// Own extends the global object of a runtime, and makes Owner give its owner.
func (x *Extension) Own(rt *goja.Runtime, owner any) {
	t := layout.TemplateOf(rt.GlobalObject())
	tmpl := owned{*x.over(t.Tmpl), owner}
	tmpl.SymProps = maps.Clone(tmpl.SymProps)
	if tmpl.SymProps == nil {
		tmpl.SymProps = map[*goja.Symbol]factory{}
	}
	tmpl.SymProps[mark] = func(*goja.Runtime) goja.Value { return nil }
	x.set(t, &tmpl.ObjectTemplate)
}

// Owner gives the owner of a runtime, nil for one that has none.
func Owner(rt *goja.Runtime) any {
	global := *layout.At[*goja.Object](unsafe.Pointer(rt), layout.Found().GlobalObject)
	tmpl := (*layout.TemplatedObject)(layout.SelfOf(global).Data).Tmpl
	if tmpl.SymProps[mark] == nil {
		return nil
	}
	return (*owned)(unsafe.Pointer(tmpl)).owner
}
