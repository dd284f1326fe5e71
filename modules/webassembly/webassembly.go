// Package webassembly is the global WebAssembly. Modules are read, checked and run by internal/wasm; here are the classes and functions that
// scripts see, and the conversion of values. All of it is made when the global is first touched. Loop goroutine only, but for compiling.
package webassembly

import (
	_ "embed"
	goruntime "runtime"
	"sync/atomic"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/internal/wasm"
	"gonode/runtime"
)

//go:embed streaming.js
var streamingJS string

// Modules are the private module behind the global, that of what is compiled while it comes in, and wasi.
var Modules = []*runtime.Module{
	{Name: "internal/webassembly", Private: true, Binding: binding, Globals: []runtime.Global{{Name: "WebAssembly"}}},
	{Name: "internal/webassembly/streaming", Private: true, Script: engine.NewScript("node:internal/webassembly/streaming", &streamingJS)},
	{Name: "wasi", Script: engine.NewScript("node:wasi", &wasiJS), Binding: wasiBinding},
}

// realm is WebAssembly in one runtime.
type realm struct {
	rt     *runtime.Runtime
	vm     *goja.Runtime
	store  *wasm.Store
	errors map[string]*goja.Object // the classes of errors
	// The prototypes of the classes.
	module, instance, memory, table, global, tag, exception *goja.Object
	jsTag                                                   *tagState

	depth    int      // of calls into WebAssembly
	stack    []uint64 // of their arguments and results
	top      int      // where it is free
	memories []weak.Pointer[memoryState]
	grown    atomic.Bool // a memory has grown since its buffers were looked at
	values   values

	running *coroutine              // what runs, if it may wait
	hidden  int                     // how many of those lie below, where scripts have called WebAssembly again
	left    map[*coroutine]struct{} // those that have not ended
	// promised are the functions behind those that give promises.
	promised map[weak.Pointer[goja.Object]]weak.Pointer[wasm.Extern]

	functions map[weak.Pointer[goja.Object]]weak.Pointer[wasm.Extern]
	forget    int // when to look for functions that are gone
}

type realmKey struct{}

// realmOf is a runtime's realm, which is made at the first call.
func realmOf(rt *runtime.Runtime) *realm {
	rt.Require("internal/webassembly")
	return rt.Value(realmKey{}).(*realm)
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &realm{rt: rt, vm: rt.VM(), errors: map[string]*goja.Object{}, functions: map[weak.Pointer[goja.Object]]weak.Pointer[wasm.Extern]{}}
	rt.SetValue(realmKey{}, m)
	exports, w := m.vm.NewObject(), m.vm.NewObject()
	exports.Set("WebAssembly", w)
	rt.SetOperation(w, "compile", 1, m.compileAsync)
	rt.SetOperation(w, "validate", 1, m.validate)
	rt.SetOperation(w, "instantiate", 1, m.instantiateAsync)
	hidden := func(name string, v goja.Value) {
		w.DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	hidden("Module", m.sourceClass(m.moduleClass()))
	hidden("Instance", m.instanceClass())
	hidden("Table", m.tableClass())
	hidden("Memory", m.memoryClass())
	hidden("Global", m.globalClass())
	hidden("Tag", m.tagClass())
	m.jsTag = &tagState{uncloned: uncloned{m, "Tag"}}
	w.DefineDataProperty("JSTag", rt.NewObject(m.tag, m.jsTag), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	hidden("Exception", m.exceptionClass())
	for _, name := range []string{"CompileError", "LinkError", "RuntimeError"} {
		hidden(name, m.errorClass(name))
	}
	for _, name := range []string{"compileStreaming", "instantiateStreaming"} {
		w.Set(name, rt.Method(name, 1, func(call goja.FunctionCall) goja.Value {
			return rt.CallMethod(rt.Require("internal/webassembly/streaming"), name, call.Arguments...)
		}))
	}
	hidden("Suspending", m.suspendingClass())
	rt.SetOperation(w, "promising", 1, m.promising)
	hidden("SuspendError", m.errorClass("SuspendError"))
	m.label(w, "WebAssembly")
	rt.SetFunc(exports, "compile", 3, func(call goja.FunctionCall) goja.Value {
		return m.compilePromise(call.Argument(0), call.Argument(2), "WebAssembly."+call.Argument(1).String()+"()", nil)
	})
	m.forImports(exports)
	rt.SetFunc(exports, "instantiate", 3, func(call goja.FunctionCall) goja.Value {
		return m.instantiateWith(call.Argument(0), call.Argument(1), call.Argument(2))
	})
	return exports
}

// machine is the store; it is made for the first module.
func (m *realm) machine() *wasm.Store {
	if m.store == nil {
		if !wasm.Supported() {
			m.rt.Throw(m.rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "WebAssembly"))
		}
		m.store = wasm.NewStore(host{m})
	}
	return m.store
}

// host is what the store asks.
type host struct{ m *realm }

func (h host) Tick()                  { guard.Poll(h.m.vm) }
func (h host) Room(n int64) bool      { return h.m.rt.Memory.Room(n) }
func (h host) Interrupted() bool      { return guard.Interrupted(h.m.vm) }
func (h host) Ended() <-chan struct{} { return h.m.rt.Ended() }
func (h host) Grown()                 { h.m.grown.Store(true) }
func (m *realm) workers(size int) int {
	if size < 1<<16 {
		return 1
	}
	return min(goruntime.GOMAXPROCS(0), 8)
}

func (m *realm) typeError(message string) {
	m.rt.Throw(m.rt.NewPlainError("TypeError", message))
}

func (m *realm) rangeError(message string) {
	m.rt.Throw(m.rt.NewPlainError("RangeError", message))
}

// label gives an object its Symbol.toStringTag.
func (m *realm) label(o *goja.Object, name string) {
	o.DefineDataPropertySymbol(goja.SymToStringTag, m.vm.ToValue(name), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// class makes a class; create gives the state of an instance.
func (m *realm) class(name string, length int, create func(goja.FunctionCall) any) (class, proto *goja.Object) {
	class, proto = m.rt.TargetClass(name, length, func(call goja.FunctionCall, newTarget *goja.Object) *goja.Object {
		if newTarget == nil {
			m.typeError("WebAssembly." + name + "(): WebAssembly." + name + " must be invoked with 'new'")
		}
		made := create(call)
		p, ok := newTarget.Get("prototype").(*goja.Object)
		if !ok {
			p = proto
		}
		o, ok := made.(*goja.Object)
		if ok {
			if newTarget != class {
				o.SetPrototype(p)
			}
			return o
		}
		return m.rt.NewObject(p, made)
	})
	class.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	m.label(proto, "WebAssembly."+name)
	return class, proto
}

// errorClass makes one of the classes of errors.
func (m *realm) errorClass(name string) *goja.Object {
	base := m.rt.Intrinsic("Error")
	var class *goja.Object
	class, proto := m.rt.TargetClass(name, 1, func(call goja.FunctionCall, newTarget *goja.Object) *goja.Object {
		if newTarget == nil {
			newTarget = class
		}
		args := m.vm.NewArray()
		for i, a := range call.Arguments {
			if i < 2 {
				m.rt.CallMethod(args, "push", a)
			}
		}
		return m.rt.CallMethod(m.rt.Intrinsic("Reflect"), "construct", base, args, newTarget).(*goja.Object)
	})
	class.SetPrototype(base)
	class.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	proto.SetPrototype(base.Get("prototype").(*goja.Object))
	proto.DefineDataProperty("name", m.vm.ToValue(name), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataProperty("message", m.vm.ToValue(""), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	m.errors[name] = class
	return class
}

// fail makes an error of one of the classes.
func (m *realm) fail(class, message string) *goja.Object {
	return m.rt.Construct(m.errors[class], m.vm.ToValue(message))
}

// state is the state of an object of one of the classes, the zero value if it is none.
func state[T any](m *realm, v goja.Value) (s T, ok bool) {
	s, ok = m.rt.OwnSlot(v).(T)
	return s, ok
}

// receiver is state of a method's this.
func receiver[T any](m *realm, this goja.Value, method, class string) T {
	s, ok := state[T](m, this)
	if !ok {
		m.typeError(method + ": Receiver is not a WebAssembly." + class)
	}
	return s
}

// uncloned is the state of objects that cannot go to other threads.
type uncloned struct {
	m     *realm
	class string
}

// Clone implements runtime.Cloneable.
func (u uncloned) Clone(o *goja.Object) (revive func(*runtime.Runtime) goja.Value) {
	rt := u.m.rt
	rt.Throw(rt.Construct(rt.Require("internal/domexception").Get("DOMException"), u.m.vm.ToValue("#<"+u.class+"> could not be cloned."), u.m.vm.ToValue("DataCloneError")))
	return nil
}

// getter makes an enumerable accessor, as those of interfaces are; its functions are named "get name" and "set name".
func (m *realm) getter(proto *goja.Object, name string, get func(this goja.Value) goja.Value, set goja.Value) {
	proto.DefineAccessorProperty(name, m.rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value { return get(call.This) }), set, goja.FLAG_TRUE, goja.FLAG_TRUE)
}
