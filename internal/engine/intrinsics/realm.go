// Package intrinsics keeps what the language itself consists of as it was made: global names, classes, prototypes and their methods. A
// script may replace or delete any of them; gonode's own scripts and Go code go on with the originals, as Node's internals do.
//
// Nothing is copied before it has to be. The tables of methods of the engine's own objects are replaced by ones that notice when a
// script is about to replace a property (guard.go): then the properties of that object are copied, and its first table is put back. What
// built-in scripts read is looked up in copies from then on, as long as no object has been copied by the engine alone (pass.go).
//
// A Realm belongs to the goroutine that runs its scripts.
package intrinsics

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// Realm is the intrinsics of one engine.
type Realm struct {
	vm       *goja.Runtime
	facts    *layout.Facts
	in       *layout.Intrinsics
	global   *goja.Object
	copies   map[*goja.Object]*original
	amending int
	iterator bool
	regexps  *goja.Object // see species
}

// replaced counts the realms of the process in which anything has been replaced: as long as there are none, nothing is looked up.
var replaced atomic.Int32

// Replaced tells whether a script of the process has replaced anything.
func Replaced() bool { return replaced.Load() != 0 }

// New watches over an engine in which no script has run yet. The error is a *layout.Error, if the engine is not the one that is expected.
// Until Ready, all changes are the host's.
func New(vm *goja.Runtime) (*Realm, error) {
	facts, err := layout.Find(vm)
	if err != nil {
		return nil, err
	}
	in := &facts.Intrinsics
	r := &Realm{vm: vm, facts: facts, in: in, global: vm.GlobalObject(), amending: 1}
	o := (*layout.TemplatedObject)(layout.SelfOf(r.global).Data)
	for name, v := range o.Values {
		if isClass(name) {
			r.expose(r.held(v))
		}
	}
	r.guard(r.global)
	return r, nil
}

// Ready ends what the host changes in a new engine.
func (r *Realm) Ready() { r.amending-- }

// Amend runs what adds to or changes the language's own objects for the host.
func (r *Realm) Amend(f func()) {
	r.amending++
	defer func() { r.amending-- }()
	f()
}

// Made is called with each property of a global object that has been made.
func Made(vm *goja.Runtime, name unistring.String, v goja.Value) {
	if r := realmOf(vm); r != nil && isClass(name) {
		r.expose(r.held(v))
	}
}

// isClass tells whether a global name is that of an object with functions.
func isClass(name unistring.String) bool {
	return name[0] >= 'A' && name[0] <= 'Z' && name != "NaN" && name != "Infinity"
}

// realmOf finds the Realm of a runtime, nil if it has none.
func realmOf(vm *goja.Runtime) *Realm {
	if o, ok := templates.Owner(vm).(interface{ Realm() *Realm }); ok {
		return o.Realm()
	}
	return nil
}

// known is what layout.Find has found.
var known atomic.Pointer[layout.Intrinsics]

// held is the value of a property that is stored as one with attributes.
func (r *Realm) held(v goja.Value) *goja.Object {
	if w := layout.WordsOf(v); w.Tab == r.facts.Property {
		v = (*layout.ValueProperty)(w.Data).Value
	}
	o, _ := v.(*goja.Object)
	return o
}

// expose guards a class that scripts may get hold of, and its prototype.
func (r *Realm) expose(class *goja.Object) {
	if class == nil || !r.guard(class) {
		return
	}
	proto, ok := class.Get("prototype").(*goja.Object)
	if !ok {
		return
	}
	r.guard(proto)
	if parent := proto.Prototype(); parent != nil && parent == r.intrinsic(r.in.TypedArrayPrototype) {
		r.expose(r.intrinsic(r.in.TypedArray))
	}
}

// Expose guards an object of the language that the host has made, and its prototype if it is a class.
func (r *Realm) Expose(o *goja.Object) { r.expose(o) }

// Watch guards what a script can reach by the prototypes of values, without naming a class. text is the script's.
func (r *Realm) Watch(text string) {
	if r.iterator || !strings.Contains(text, "rototypeOf") && !strings.Contains(text, "__proto__") && !strings.Contains(text, "constructor") {
		return
	}
	r.iterator = true
	r.amending++
	defer func() { r.amending-- }()
	for _, name := range [...]string{"Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "BigInt", "Promise", "RegExp",
		"Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "Map", "Set"} {
		r.vm.Get(name)
	}
	iterators, err := r.vm.RunString(`(function () {
	var S = Symbol.iterator, g = function* () {}
	return [[][S](), new Map()[S](), new Set()[S](), ''[S](), ''.matchAll(/a/g), g(), g].concat((async () => {}))
})()`)
	if err != nil {
		return
	}
	list := iterators.(*goja.Object)
	for i := range 8 {
		for o := list.Get(string(rune('0' + i))).(*goja.Object).Prototype(); o != nil; o = o.Prototype() {
			r.guard(o)
		}
	}
}

// Global is the value of a global name as it was made, nil if there is none.
func (r *Realm) Global(name string) goja.Value { return r.Get(r.global, name) }

// Replaced tells whether a script has replaced a property of an object.
func (r *Realm) Replaced(o *goja.Object) bool { return r.copies[o] != nil }

// Get reads a property: those of the language's own objects are as they were made. It is nil if there is none.
func (r *Realm) Get(o *goja.Object, name string) goja.Value {
	if r.copies != nil {
		if v := r.get(o, unistring.NewFromString(name), o); v != nil {
			return v
		}
	}
	return o.Get(name)
}

// GetSymbol is Get of a symbol.
func (r *Realm) GetSymbol(o *goja.Object, name *goja.Symbol) goja.Value {
	if r.copies != nil {
		if v := r.getSym(o, name, o); v != nil {
			return v
		}
	}
	return o.GetSymbol(name)
}

func (r *Realm) intrinsic(where uintptr) *goja.Object {
	return *layout.At[*goja.Object](unsafe.Pointer(r.vm), where)
}

// holder is where the properties of a value are looked up, nil for what is left to the engine.
func (r *Realm) holder(v goja.Value) *goja.Object {
	f := r.facts
	switch w := layout.WordsOf(v); w.Tab {
	case f.Object:
		return (*goja.Object)(w.Data)
	case f.ASCII, f.Unicode, f.Imported:
		return r.intrinsic(r.in.StringPrototype)
	case f.Int, f.Float:
		return r.intrinsic(r.in.NumberPrototype)
	case f.Bool:
		return r.intrinsic(r.in.BooleanPrototype)
	case f.Symbol:
		return r.intrinsic(r.in.SymbolPrototype)
	}
	return nil
}

// get reads a property of an object or of what it inherits from; nil if there is none.
func (r *Realm) get(o *goja.Object, name unistring.String, receiver goja.Value) goja.Value {
	for o != nil {
		self := *layout.SelfOf(o)
		if self.Tab == r.facts.Proxy {
			return method[func(unsafe.Pointer, unistring.String, goja.Value) goja.Value](self.Tab, r.in.GetStr)(self.Data, name, receiver)
		}
		if c := r.copies[o]; c != nil {
			if v := c.str(r, name); v != nil {
				return r.value(v, receiver)
			}
			o = c.proto
			continue
		}
		if v := method[func(unsafe.Pointer, unistring.String) goja.Value](self.Tab, r.in.GetOwnPropStr)(self.Data, name); v != nil {
			return r.value(v, receiver)
		}
		o = method[func(unsafe.Pointer) *goja.Object](self.Tab, r.in.Proto)(self.Data)
	}
	return nil
}

func (r *Realm) getSym(o *goja.Object, name *goja.Symbol, receiver goja.Value) goja.Value {
	for o != nil {
		self := *layout.SelfOf(o)
		if self.Tab == r.facts.Proxy {
			return o.GetSymbol(name)
		}
		if c := r.copies[o]; c != nil {
			if v := c.symbols[name]; v != nil {
				return r.value(v, receiver)
			}
			o = c.proto
			continue
		}
		if v := method[func(unsafe.Pointer, *goja.Symbol) goja.Value](self.Tab, r.in.GetOwnPropSym)(self.Data, name); v != nil {
			return r.value(v, receiver)
		}
		o = method[func(unsafe.Pointer) *goja.Object](self.Tab, r.in.Proto)(self.Data)
	}
	return nil
}

// value is what reading a stored property gives.
func (r *Realm) value(v, receiver goja.Value) goja.Value {
	w := layout.WordsOf(v)
	if w.Tab != r.facts.Property {
		return v
	}
	p := (*layout.ValueProperty)(w.Data)
	switch {
	case p.GetterFunc != nil:
		if f := r.callable(p.GetterFunc); f != nil {
			return f(goja.FunctionCall{This: receiver})
		}
		return goja.Undefined()
	case p.Value == nil:
		return goja.Undefined()
	}
	return p.Value
}

// callable is the Go function behind a function, nil if the value is none.
func (r *Realm) callable(v goja.Value) func(goja.FunctionCall) goja.Value {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil
	}
	self := *layout.SelfOf(o)
	f, _ := method[func(unsafe.Pointer) (func(goja.FunctionCall) goja.Value, bool)](self.Tab, r.in.AssertCallable)(self.Data)
	return f
}

// Iterate calls f with each value of an iterable, until it is false. It panics with a TypeError if the value is none.
func (r *Realm) Iterate(iterable goja.Value, f func(goja.Value) bool) {
	it := r.iterate(iterable)
	if it == nil {
		r.IterateAny(iterable, f)
		return
	}
	for {
		result, ok := it.Next(goja.FunctionCall{This: it.Iterator}).(*goja.Object)
		if !ok {
			panic(r.vm.NewTypeError("Iterator result is not an object"))
		}
		if done := result.Get("done"); done != nil && done.ToBoolean() {
			return
		}
		v := result.Get("value")
		if v == nil {
			v = goja.Undefined()
		}
		if !f(v) {
			if end := r.callable(it.Iterator.Get("return")); end != nil {
				end(goja.FunctionCall{This: it.Iterator})
			}
			return
		}
	}
}

// IterateAny is Iterate without looking for iterables of the language's own. The engine's ForOf calls a method next that is not there.
func (r *Realm) IterateAny(iterable goja.Value, f func(goja.Value) bool) {
	var method func(goja.FunctionCall) goja.Value
	if iterable != nil && !goja.IsUndefined(iterable) && !goja.IsNull(iterable) {
		method = r.callable(iterable.ToObject(r.vm).GetSymbol(goja.SymIterator))
	}
	if method == nil {
		r.vm.ForOf(iterable, f) // it says what is wrong
		return
	}
	it, ok := method(goja.FunctionCall{This: iterable}).(*goja.Object)
	if !ok {
		panic(r.vm.NewTypeError("Result of the Symbol.iterator method is not an object"))
	}
	next := it.Get("next")
	step := r.callable(next)
	if step == nil {
		what := "undefined"
		if next != nil {
			what = next.String()
		}
		if goja.IsNumber(next) {
			what = "number " + what
		}
		panic(r.vm.NewTypeError("%s is not a function", what))
	}
	for {
		result := step(goja.FunctionCall{This: it})
		o, ok := result.(*goja.Object)
		if !ok {
			panic(r.vm.NewTypeError("Iterator result %s is not an object", result))
		}
		if done := o.Get("done"); done != nil && done.ToBoolean() {
			return
		}
		v := o.Get("value")
		if v == nil {
			v = goja.Undefined()
		}
		more := false
		failed := r.vm.Try(func() { more = f(v) })
		if failed == nil && more {
			continue
		}
		leave := func() {
			if end := r.callable(it.Get("return")); end != nil {
				end(goja.FunctionCall{This: it})
			}
		}
		if failed != nil {
			r.vm.Try(leave)
			panic(failed)
		}
		leave()
		return
	}
}

// collection is a Map or Set of what a list holds, nil if the class is neither or there is no list.
func (r *Realm) collection(class, list goja.Value) *goja.Object {
	if goja.IsUndefined(list) || goja.IsNull(list) {
		return nil
	}
	pairs := class == r.Global("Map")
	add := unistring.String("set")
	if !pairs {
		if class != r.Global("Set") {
			return nil
		}
		add = "add"
	}
	o, err := r.vm.New(class)
	if err != nil {
		panic(err)
	}
	put := r.callable(r.get(o, add, o))
	r.Iterate(list, func(v goja.Value) bool {
		call := goja.FunctionCall{This: o, Arguments: []goja.Value{v}}
		if pairs {
			entry, ok := v.(*goja.Object)
			if !ok {
				panic(r.vm.NewTypeError("%s", "Iterator value "+v.String()+" is not an entry object"))
			}
			call.Arguments = []goja.Value{r.Get(entry, "0"), r.Get(entry, "1")}
		}
		put(call)
		return true
	})
	return o
}

// iterate gives an iterator, nil where the engine finds out why there is none.
func (r *Realm) iterate(iterable goja.Value) *layout.IteratorRecord {
	o := r.holder(iterable)
	if o == nil {
		return nil
	}
	start := r.callable(r.getSym(o, goja.SymIterator, iterable))
	if start == nil {
		return nil
	}
	it, ok := start(goja.FunctionCall{This: iterable}).(*goja.Object)
	if !ok {
		panic(r.vm.NewTypeError("Result of the Symbol.iterator method is not an object"))
	}
	next := r.callable(r.get(it, "next", it))
	if next == nil {
		panic(r.vm.NewTypeError("undefined is not a function"))
	}
	return &layout.IteratorRecord{Iterator: it, Next: next}
}
