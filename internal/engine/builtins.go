package engine

import (
	_ "embed"
	"reflect"
	"sync"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// The engine makes its own built-in objects from templates: tables of functions, shared by all engines, that make a property
// when it is first asked for. What V8 has and the engine lacks is added to these tables, once per process: it costs nothing
// until it is used, and scripts see ordinary data properties, however they name them.

// template is the engine's objectTemplate.
type template struct {
	names    []unistring.String
	props    map[unistring.String]factory
	symProps map[*goja.Symbol]factory
	symNames []*goja.Symbol
	proto    func(*goja.Runtime) *goja.Object
}

// factory makes a property of one engine's object: a value, or the engine's valueProperty.
type factory = func(*goja.Runtime) goja.Value

//go:linkname globalTemplate github.com/dop251/goja.getGlobalObjectTemplate
func globalTemplate() *template

//go:linkname stringTemplate github.com/dop251/goja.getStringProtoTemplate
func stringTemplate() *template

//go:linkname objectTemplate github.com/dop251/goja.getObjectTemplate
func objectTemplate() *template

//go:linkname mathTemplate github.com/dop251/goja.getMathTemplate
func mathTemplate() *template

//go:linkname dataViewTemplate github.com/dop251/goja.getDataViewProtoTemplate
func dataViewTemplate() *template

//go:linkname newTemplated github.com/dop251/goja.(*Runtime).newTemplatedObject
func newTemplated(r *goja.Runtime, t *template, o *goja.Object) unsafe.Pointer

//go:linkname valueProperty github.com/dop251/goja.valueProp
func valueProperty(v goja.Value, writable, enumerable, configurable bool) goja.Value

// library is what is found and made once per process.
var library struct {
	once     sync.Once
	iterator template // of Iterator.prototype
	slot     uintptr  // of it in the engine
	owner    uintptr  // of what leads from the engine to its Engine
}

// owner leads from goja's runtime to the Engine around it. It stands in the field of the name mapper, which maps as without one.
type owner struct{ e *Engine }

func (owner) FieldName(_ reflect.Type, f reflect.StructField) string { return f.Name }
func (owner) MethodName(_ reflect.Type, m reflect.Method) string     { return m.Name }

// engineOf is the Engine around a runtime, nil for one that has none, as those that package layout takes samples from.
func engineOf(r *goja.Runtime) *Engine {
	o, _ := (*layout.At[goja.FieldNameMapper](unsafe.Pointer(r), library.owner)).(owner)
	return o.e
}

func (t *template) add(name string, f factory) {
	key := unistring.String(name)
	if _, ok := t.props[key]; !ok {
		t.names = append(t.names, key)
	}
	t.props[key] = f
}

func (t *template) symbol(s *goja.Symbol, f factory) {
	if t.symProps == nil {
		t.symProps = map[*goja.Symbol]factory{}
	}
	t.symProps[s] = f
	t.symNames = append(t.symNames, s)
}

// method adds a method that a native is behind.
func (t *template) method(name string, length int, f func(*Engine, goja.FunctionCall) goja.Value) {
	t.add(name, func(r *goja.Runtime) goja.Value { return method(r, name, length, f) })
}

func method(r *goja.Runtime, name string, length int, f func(*Engine, goja.FunctionCall) goja.Value) goja.Value {
	e := engineOf(r)
	if e == nil {
		return nil
	}
	return valueProperty(e.Method(name, length, func(call goja.FunctionCall) goja.Value { return f(e, call) }), true, false, true)
}

// global adds a global that is made when it is first asked for.
func (t *template) global(name string, make func(*Engine) goja.Value) {
	t.add(name, func(r *goja.Runtime) goja.Value {
		e := engineOf(r)
		if e == nil {
			return nil
		}
		return valueProperty(make(e), true, false, true)
	})
}

// complete has f called for a global of the engine's own when that is first asked for.
func (t *template) complete(name string, f func(*Engine, *goja.Object)) {
	key := unistring.String(name)
	plain := t.props[key]
	t.props[key] = func(r *goja.Runtime) goja.Value {
		v := plain(r)
		if o, ok := (*layout.ValueProperty)(layout.WordsOf(v).Data).Value.(*goja.Object); ok {
			if e := engineOf(r); e != nil {
				f(e, o)
			}
		}
		return v
	}
}

// initIntrinsics lets an engine have what the tables have.
func (e *Engine) initIntrinsics() {
	in := &library
	in.once.Do(func() {
		runtime := reflect.TypeFor[goja.Runtime]()
		mapper, _ := runtime.FieldByName("fieldNameMapper")
		global, _ := runtime.FieldByName("global")
		iterator, _ := global.Type.FieldByName("IteratorPrototype")
		in.owner, in.slot = mapper.Offset, global.Offset+iterator.Offset
		in.iterator.props = map[unistring.String]factory{}
		in.iterator.proto = func(r *goja.Runtime) *goja.Object { return engineOf(r).ObjectPrototype() }
		addIntrinsics()
	})
	e.vm.SetFieldNameMapper(owner{e})
	made := newTemplated(e.vm, &in.iterator, nil)
	*layout.At[*goja.Object](unsafe.Pointer(e.vm), in.slot) = (*layout.BaseObject)(made).Val
}

// family runs a script of built-ins when the first of them is used, and gives its exports.
func (e *Engine) family(s *Script) *goja.Object {
	if o, ok := e.families[s]; ok {
		return o
	}
	exports := e.vm.NewObject()
	binding := e.vm.NewObject()
	binding.Set("prototype", *layout.At[*goja.Object](unsafe.Pointer(e.vm), library.slot))
	binding.Set("isPrototypeOf", e.ObjectPrototype().Get("isPrototypeOf"))
	binding.Set("describe", e.Method("describe", 1, func(call goja.FunctionCall) goja.Value { return e.vm.ToValue(e.describeValue(call.Argument(0))) }))
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

// describeValue writes a value as V8's messages do.
func (e *Engine) describeValue(v goja.Value) string {
	switch v := v.(type) {
	case *goja.Object:
		if _, callable := goja.AssertFunction(v); callable {
			return v.String()
		}
		if v.ClassName() == "Array" {
			return "[object Array]"
		}
		return "#<" + e.ClassName(v) + ">"
	case goja.String:
		return `"` + v.String() + `"`
	case *goja.Symbol:
		return "Symbol(" + v.String() + ")"
	}
	return v.String()
}

var (
	//go:embed builtins/iterator.js
	iteratorSource string
	iteratorScript = NewScript("node:internal/builtins/iterator", &iteratorSource)
	//go:embed builtins/groups.js
	groupsSource string
	groupsScript = NewScript("node:internal/builtins/groups", &groupsSource)
	//go:embed builtins/dispose.js
	disposeSource string
	disposeScript = NewScript("node:internal/builtins/dispose", &disposeSource)
)
