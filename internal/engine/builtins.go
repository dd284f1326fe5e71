package engine

import (
	_ "embed"
	"iter"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
	"gonode/internal/engine/program"
	"gonode/internal/engine/regexps"
	"gonode/internal/engine/templates"
)

// world is what leads from a runtime of goja's to the engine around it.
type world struct{ e *Engine }

// Realm is for package intrinsics.
func (w world) Realm() *intrinsics.Realm { return w.e.realm }

// TemplateArrays is for package operators.
func (w world) TemplateArrays() *operators.TemplateArrays { return w.e.templates }

// RegExps is for package regexps.
func (w world) RegExps() *regexps.Realm { return w.e.RegExps() }

// Words is a value as V8's messages have it.
func (w world) Words(v goja.Value) string { return w.e.receiver(v) }

// MayCompile is for package program.
func (w world) MayCompile(scopes iter.Seq[*goja.Object]) bool {
	return w.e.CodeFromStrings == nil || w.e.CodeFromStrings(scopes)
}

// GlobalIn is for package program.
func (w world) GlobalIn(scopes iter.Seq[*goja.Object]) goja.Value {
	if w.e.Contexts == nil {
		return nil
	}
	return w.e.Contexts.GlobalIn(scopes)
}

// EvaluateIn is for package program.
func (w world) EvaluateIn(scopes iter.Seq[*goja.Object], text string) (goja.Value, bool) {
	if w.e.Contexts == nil {
		return nil, false
	}
	return w.e.Contexts.EvaluateIn(scopes, text)
}

// Parse is for package program.
func (w world) Parse(text string, where program.Where) (*ast.Program, error) {
	return w.e.hooks.Parse(text, where)
}

// EvalOrigin is for package program.
func (w world) EvalOrigin() string { return w.e.evalOrigin() }

// NewPlainError is for package program.
func (w world) NewPlainError(class, message string) *goja.Object {
	return w.e.NewPlainError(class, message)
}

func engineOf(rt *goja.Runtime) *Engine { return templates.Owner(rt).(world).e }

// made is a property whose value an engine makes.
func made(name string, make func(e *Engine) goja.Value) templates.Property {
	return templates.Property{Name: name, Make: func(rt *goja.Runtime, _ goja.Value) goja.Value { return hidden(make(engineOf(rt))) }}
}

// global is a property of the global object that an engine makes, once: it is asked for again where what scripts replace is kept.
func global(name string, make func(e *Engine) goja.Value) templates.Property {
	return made(name, func(e *Engine) goja.Value {
		v, ok := e.globals[name]
		if !ok {
			if v = make(e); e.globals == nil {
				e.globals = map[string]goja.Value{}
			}
			e.globals[name] = v
		}
		return v
	})
}

// method is a property that is a function.
func method(name string, length int, f func(*Engine, goja.FunctionCall) goja.Value) templates.Property {
	return made(name, func(e *Engine) goja.Value {
		return e.Method(name, length, func(call goja.FunctionCall) goja.Value { return f(e, call) })
	})
}

// completed is an object of goja's that f completes when it is first asked for.
func completed(name string, f func(*Engine, *goja.Object)) templates.Property {
	return templates.Property{Name: name, Make: func(rt *goja.Runtime, was goja.Value) goja.Value {
		if o, ok := layout.Held(was).(*goja.Object); ok {
			defer guard.Shield(rt)()
			f(engineOf(rt), o)
		}
		return was
	}}
}

// hidden is a value as a property that is not enumerable.
func hidden(v goja.Value) goja.Value {
	return layout.NewProperty(layout.ValueProperty{Value: v, Writable: true, Configurable: true})
}

// iteratorPrototype is where an engine has Iterator.prototype.
func (e *Engine) iteratorPrototype() **goja.Object {
	return layout.At[*goja.Object](unsafe.Pointer(e.vm), e.facts.IteratorPrototype)
}

// FreezeIntrinsics makes the language's own objects immutable, as Node's --frozen-intrinsics does. Loop goroutine only.
func (e *Engine) FreezeIntrinsics() {
	e.Apply(e.family(freezeScript).Get("freezeIntrinsics"), goja.Undefined())
}

// family runs a script of built-ins when the first of them is used, and gives its exports.
func (e *Engine) family(s *Script) *goja.Object {
	if o, ok := e.families[s]; ok {
		return o
	}
	exports := e.vm.NewObject()
	binding := e.vm.NewObject()
	binding.Set("prototype", *e.iteratorPrototype())
	binding.Set("isPrototypeOf", e.ObjectPrototype().Get("isPrototypeOf"))
	binding.Set("describe", e.Method("describe", 1, func(call goja.FunctionCall) goja.Value { return e.vm.ToValue(e.describeValue(call.Argument(0))) }))
	binding.Set("typed", e.Method("typed", 1, func(call goja.FunctionCall) goja.Value { return e.vm.ToValue(e.typed(call.Argument(0))) }))
	binding.Set("iterable", e.Method("iterable", 1, func(call goja.FunctionCall) goja.Value { return e.iterable(call.Argument(0)) }))
	// Scripts of built-ins read the language's own objects as they were made; this reads them as they are.
	binding.Set("read", e.Method("read", 2, func(call goja.FunctionCall) goja.Value {
		return orUndefined(e.read(call.Argument(0), call.Argument(1)))
	}))
	binding.Set("species", e.Method("species", 1, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).(*goja.Object)
		return e.speciesOf(o, typedArray(o).DefaultCtor)
	}))
	binding.Set("fits", e.Method("fits", 1, func(call goja.FunctionCall) goja.Value { return e.vm.ToValue(e.fits(call.Argument(0))) }))
	binding.Set("native", e.Method("native", 2, func(call goja.FunctionCall) goja.Value {
		o, name := call.Argument(0).(*goja.Object), call.Argument(1).String()
		script := o.Get(name).(*goja.Object)
		length := int(script.Get("length").ToInteger())
		e.SetMethod(o, name, length, func(call goja.FunctionCall) goja.Value { return e.Apply(script, call.This, call.Arguments...) })
		return goja.Undefined()
	}))
	if err := e.RunScript(s, exports, goja.Undefined(), goja.Undefined(), binding); err != nil {
		e.Rethrow(err)
	}
	if e.families == nil {
		e.families = map[*Script]*goja.Object{}
	}
	e.families[s] = exports
	return exports
}

// read reads a property of any value, as it is now. A getter's receiver is the value itself.
func (e *Engine) read(v, key goja.Value) goja.Value {
	symbol, _ := key.(*goja.Symbol)
	o, object := v.(*goja.Object)
	switch {
	case object && symbol != nil:
		return o.GetSymbol(symbol)
	case symbol == nil:
		return layout.Inherited(e.vm, v, key.String())
	}
	if e.reflectGet == nil {
		e.reflectGet, _ = goja.AssertFunction(e.realm.Get(e.realm.Global("Reflect").(*goja.Object), "get"))
	}
	got, err := e.reflectGet(goja.Undefined(), v.ToObject(e.vm), key, v)
	if err != nil {
		panic(err)
	}
	return got
}

// from is a method whose work an export of a family does; path leads to it.
func from(s *Script, path ...string) func(*Engine, goja.FunctionCall) goja.Value {
	return func(e *Engine, call goja.FunctionCall) goja.Value {
		o := e.family(s)
		for _, name := range path[:len(path)-1] {
			o = o.Get(name).(*goja.Object)
		}
		return e.Apply(o.Get(path[len(path)-1]), call.This, call.Arguments...)
	}
}

var (
	//go:embed builtins/iterator.js
	iteratorSource string
	iteratorScript = NewScript("node:internal/builtins/iterator", &iteratorSource)
	//go:embed builtins/groups.js
	groupsSource string
	groupsScript = NewScript("node:internal/builtins/groups", &groupsSource)
	//go:embed builtins/typed.js
	typedSource string
	typedScript = NewScript("node:internal/builtins/typed", &typedSource)
	//go:embed builtins/freeze.js
	freezeSource string
	freezeScript = NewScript("node:internal/builtins/freeze", &freezeSource)
	//go:embed builtins/dispose.js
	disposeSource string
	disposeScript = NewScript("node:internal/builtins/dispose", &disposeSource)
)
