// Package coroutines is what waits in the middle: async generators, the loops of for await, and the disposal of what using declares. A
// function of an async generator is a generator of the engine's that awaits as well as it yields; here it is driven as the specification
// says. Loops and disposal are steps in programs (internal/parse/steps), which a pass makes instructions.
//
// A Realm belongs to the goroutine that runs its scripts.
package coroutines

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/templates"
)

// Host is what a Realm needs of its engine.
type Host interface {
	VM() *goja.Runtime
	// Apply calls a function.
	Apply(fn, this goja.Value, args ...goja.Value) goja.Value
	NewPlainError(class, message string) *goja.Object
	// Describe writes a value as V8's messages do.
	Describe(v goja.Value) string
	// Typed writes a value as they do where it has no text of its own.
	Typed(v goja.Value) string
	// Uniterable says why a value certainly cannot be iterated, "" if it perhaps can.
	Uniterable(v goja.Value) string
	// Inherited is a property of an object or of what it inherits from; false if it is not known without running scripts.
	Inherited(o *goja.Object, key string) (goja.Value, bool)
	// Method makes a function that is no constructor.
	Method(name string, length int, f func(goja.FunctionCall) goja.Value) *goja.Object
	NewObject(proto *goja.Object, state any) *goja.Object
	Slot(v goja.Value) any
	// Suppressed is a SuppressedError.
	Suppressed(err, suppressed goja.Value) goja.Value
	// WrapNative puts f around one of the engine's functions.
	WrapNative(function goja.Value, f func(plain func(goja.FunctionCall) goja.Value) func(goja.FunctionCall) goja.Value) (unwrap func())
	// Amend runs what changes the language's own objects for the host.
	Amend(f func())
}

// Owner is an owner of runtimes (package templates) that leads to a Realm.
type Owner interface{ Coroutines() *Realm }

func of(vm *layout.VM) *Realm {
	return templates.Owner(vm.Runtime).(Owner).Coroutines()
}

// Realm is what one engine has of this. Nothing is made before the first function that needs it.
type Realm struct {
	host Host
	vm   *goja.Runtime

	// AsyncIterator is %AsyncIteratorPrototype%, Function AsyncGeneratorFunction.prototype, and Generator what that has as its prototype.
	AsyncIterator, Function, Generator *goja.Object
	// Constructor is AsyncGeneratorFunction.
	Constructor *goja.Object

	asyncDispose, dispose *goja.Symbol
	asyncIterator         *goja.Symbol
	promise               *goja.Object
}

// New makes a Realm.
func New(h Host) *Realm {
	r := &Realm{host: h, vm: h.VM()}
	h.Amend(r.install)
	return r
}

const (
	yes = goja.FLAG_TRUE
	no  = goja.FLAG_FALSE
)

func (r *Realm) install() {
	r.promise = promiseOf(r.vm)
	symbols := r.vm.Get("Symbol").(*goja.Object)
	symbol := func(name string) *goja.Symbol {
		s, _ := symbols.Get(name).(*goja.Symbol)
		return s
	}
	r.asyncIterator, r.asyncDispose, r.dispose = symbol("asyncIterator"), symbol("asyncDispose"), symbol("dispose")

	r.AsyncIterator = r.vm.NewObject()
	r.AsyncIterator.DefineDataPropertySymbol(r.asyncIterator, r.host.Method("[Symbol.asyncIterator]", 0,
		func(call goja.FunctionCall) goja.Value { return call.This }), yes, yes, no)
	r.AsyncIterator.DefineDataPropertySymbol(r.asyncDispose, r.host.Method("[Symbol.asyncDispose]", 0, r.disposeIterator), yes, yes, no)

	r.Generator = r.vm.CreateObject(r.AsyncIterator)
	function := r.vm.ToValue(func(goja.FunctionCall) goja.Value { return nil }).(*goja.Object).Prototype()
	r.Function = r.vm.CreateObject(function)
	r.Constructor = r.vm.ToValue(func(goja.ConstructorCall) *goja.Object { return nil }).(*goja.Object)
	r.Constructor.DefineDataProperty("name", r.vm.ToValue("AsyncGeneratorFunction"), no, yes, no)
	r.Constructor.DefineDataProperty("length", r.vm.ToValue(1), no, yes, no)
	r.Constructor.DefineDataProperty("prototype", r.Function, no, no, no)
	r.Constructor.SetPrototype(r.vm.Get("Function").(*goja.Object))
	r.Function.DefineDataProperty("constructor", r.Constructor, no, yes, no)
	r.Generator.DefineDataProperty("constructor", r.Function, no, yes, no)
	for _, m := range [...]struct {
		name string
		kind completion
	}{{"next", normal}, {"return", returning}, {"throw", throwing}} {
		r.Generator.DefineDataProperty(m.name, r.host.Method(m.name, 1, func(call goja.FunctionCall) goja.Value {
			return r.resume(m.name, m.kind, call)
		}), yes, yes, no)
	}
	r.Generator.DefineDataPropertySymbol(goja.SymToStringTag, r.vm.ToValue("AsyncGenerator"), no, yes, no)
	r.Function.DefineDataProperty("prototype", r.Generator, no, yes, no)
	r.Function.DefineDataPropertySymbol(goja.SymToStringTag, r.vm.ToValue("AsyncGeneratorFunction"), no, yes, no)

	// The methods of other generators do not take async ones.
	plain := generatorPrototype(r.vm)
	for _, name := range [...]string{"next", "return", "throw"} {
		r.host.WrapNative(plain.Get(name), func(f func(goja.FunctionCall) goja.Value) func(goja.FunctionCall) goja.Value {
			return func(call goja.FunctionCall) goja.Value {
				if generatorOf(call.This) != nil {
					r.throw("TypeError", "Method [Generator].prototype."+name+" called on incompatible receiver "+r.host.Describe(call.This))
				}
				return f(call)
			}
		})
	}
}

func (r *Realm) throw(class, message string) { panic(r.host.NewPlainError(class, message)) }

// disposeIterator is %AsyncIteratorPrototype%[@@asyncDispose].
func (r *Realm) disposeIterator(call goja.FunctionCall) goja.Value {
	p, resolve, reject := r.vm.NewPromise()
	ex := r.vm.Try(func() {
		f := r.methodOf(call.This, "return")
		if f == nil {
			resolve(goja.Undefined())
			return
		}
		(&waiter{}).then(r.resolved(r.host.Apply(f, call.This, goja.Undefined())), func(goja.Value) { resolve(goja.Undefined()) }, func(v goja.Value) { reject(v) })
	})
	if ex != nil {
		reject(ex.Value())
	}
	return r.vm.ToValue(p)
}

// methodOf gives a method, nil if there is none.
func (r *Realm) methodOf(v goja.Value, name string) goja.Value {
	return r.callable(v.ToObject(r.vm).Get(name))
}

func (r *Realm) callable(f goja.Value) goja.Value {
	if f == nil || goja.IsUndefined(f) || goja.IsNull(f) {
		return nil
	}
	if _, ok := goja.AssertFunction(f); !ok {
		r.throw("TypeError", r.host.Typed(f)+" is not a function")
	}
	return f
}

// result is what an iterator gives.
func (r *Realm) result(v goja.Value, done bool) *goja.Object {
	o := r.vm.NewObject()
	o.Set("value", v)
	o.Set("done", done)
	return o
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}
