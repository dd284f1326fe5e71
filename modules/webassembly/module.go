package webassembly

import (
	"bytes"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/internal/wasm"
	"gonode/runtime"
)

// moduleState is the state of a Module. Its machine code is made at once, but where the module has come from another thread.
type moduleState struct {
	m       *realm
	decoded *wasm.Module
	code    *wasm.Code
	options compileOptions
}

// Clone implements runtime.Cloneable: the other runtime makes its own code, for which the engine remembers what it has compiled.
func (s *moduleState) Clone(*goja.Object) (revive func(*runtime.Runtime) goja.Value) {
	decoded, options := s.decoded, s.options
	return func(rt *runtime.Runtime) goja.Value {
		m := realmOf(rt)
		return m.rt.NewObject(m.module, &moduleState{m: m, decoded: decoded, options: options})
	}
}

func (s *moduleState) compiled(what string) *wasm.Code {
	if s.code == nil {
		m, size := s.m, len(s.decoded.Bytes)
		store := m.machine()
		if err := m.aside(size, func() (err error) {
			s.code, err = store.Compile(s.decoded, m.workers(size))
			return err
		}); err != nil {
			m.rt.Throw(m.fail("CompileError", what+": "+err.Error()))
		}
	}
	return s.code
}

// source is a copy of the bytes that a script gives.
func (m *realm) source(v goja.Value, what, wanted string) []byte {
	o, ok := v.(*goja.Object)
	kind := engine.OtherObject
	if ok {
		kind = engine.KindOf(o)
	}
	if kind != engine.ArrayBufferObject && kind != engine.TypedArray || m.rt.SharedMemory(v) != nil {
		m.typeError(what + ": Argument 0 must be " + wanted)
	}
	b, _ := m.rt.Bytes(v)
	return bytes.Clone(b)
}

// nonempty refuses what has no bytes.
func (m *realm) nonempty(b []byte, what string) {
	if len(b) == 0 {
		m.rt.Throw(m.fail("CompileError", what+": BufferSource argument is empty"))
	}
}

func (m *realm) validate(call goja.FunctionCall) goja.Value {
	b := m.source(call.Argument(0), "WebAssembly.validate()", "a buffer source")
	o := m.options(call.Argument(1))
	err := m.aside(len(b), func() error {
		_, err := m.decode(b, o)
		return err
	})
	return m.vm.ToValue(err == nil)
}

// aside does the work on a large module where the script can be stopped meanwhile.
func (m *realm) aside(size int, work func() error) error {
	if size < 1<<15 {
		return work()
	}
	return guard.Aside(m.vm, work)
}

// decode reads a module. Any goroutine.
func (m *realm) decode(b []byte, o compileOptions) (*moduleState, error) {
	decoded, err := wasm.Decode(b)
	s := &moduleState{m: m, decoded: decoded, options: o}
	if err == nil {
		err = s.checkBuiltins()
	}
	return s, err
}

// compile makes the state of a Module.
func (m *realm) compile(b []byte, what string, o compileOptions) *moduleState {
	m.nonempty(b, what)
	store := m.machine()
	var s *moduleState
	err := m.aside(len(b), func() (err error) {
		if s, err = m.decode(b, o); err == nil {
			s.code, err = store.Compile(s.decoded, m.workers(len(b)))
		}
		return err
	})
	if err != nil {
		m.rt.Throw(m.fail("CompileError", what+": "+err.Error()))
	}
	return s
}

func (m *realm) moduleClass() *goja.Object {
	class, proto := m.class("Module", 1, func(call goja.FunctionCall) any {
		const what = "WebAssembly.Module()"
		b := m.source(call.Argument(0), what, "a buffer source")
		return m.compile(b, what, m.options(call.Argument(1)))
	})
	m.module = proto
	of := func(call goja.FunctionCall, name string) *moduleState {
		s, ok := state[*moduleState](m, call.Argument(0))
		if !ok {
			m.typeError("WebAssembly.Module." + name + "(): Argument 0 must be a WebAssembly.Module")
		}
		return s
	}
	m.rt.SetOperation(class, "imports", 1, func(call goja.FunctionCall) goja.Value {
		var list []any
		s := of(call, "imports")
		for n, i := range s.decoded.Imports {
			if s.builtin(n) != nil {
				continue
			}
			o := m.vm.NewObject()
			o.Set("module", i.Module)
			o.Set("name", i.Name)
			o.Set("kind", i.Kind.String())
			list = append(list, o)
		}
		return m.vm.NewArray(list...)
	})
	m.rt.SetOperation(class, "exports", 1, func(call goja.FunctionCall) goja.Value {
		var list []any
		for _, e := range of(call, "exports").decoded.Exports {
			o := m.vm.NewObject()
			o.Set("name", e.Name)
			o.Set("kind", e.Kind.String())
			list = append(list, o)
		}
		return m.vm.NewArray(list...)
	})
	m.rt.SetOperation(class, "customSections", 2, func(call goja.FunctionCall) goja.Value {
		s := of(call, "customSections")
		if goja.IsUndefined(call.Argument(1)) {
			m.typeError("WebAssembly.Module.customSections(): Argument 1 is required")
		}
		var list []any
		for _, b := range s.decoded.Sections(call.Argument(1).ToString().String()) {
			list = append(list, m.vm.NewArrayBuffer(b))
		}
		return m.vm.NewArray(list...)
	})
	return class
}

// sourceClass puts AbstractModuleSource, which is the base of all sources of modules, below the class Module.
func (m *realm) sourceClass(module *goja.Object) *goja.Object {
	class, proto := m.rt.TargetClass("AbstractModuleSource", 0, func(goja.FunctionCall, *goja.Object) *goja.Object {
		m.typeError("Abstract class AbstractModuleSource not directly constructable")
		return nil
	})
	proto.DefineAccessorPropertySymbol(goja.SymToStringTag, m.rt.Func("get [Symbol.toStringTag]", 0, func(call goja.FunctionCall) goja.Value {
		if _, ok := state[*moduleState](m, call.This); ok {
			return m.vm.ToValue("WebAssembly.Module")
		}
		return goja.Undefined()
	}), nil, goja.FLAG_TRUE, goja.FLAG_FALSE)
	class.DefineDataProperty("prototype", proto, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	module.SetPrototype(class)
	m.module.SetPrototype(proto)
	return module
}

// attempt runs f; what it throws rejects instead.
func (m *realm) attempt(reject func(any), f func()) bool {
	ex := m.vm.Try(f)
	if ex != nil {
		reject(ex.Value())
	}
	return ex == nil
}

// compilePromise is a promise of the module that bytes are, compiled on another goroutine. With then, that makes of it what the promise is of.
func (m *realm) compilePromise(v, options goja.Value, what string, then func(module *goja.Object) goja.Value) goja.Value {
	promise, resolve, reject := m.rt.Promise()
	var b []byte
	var o compileOptions
	wanted := "a buffer source"
	if then != nil {
		wanted += " or a WebAssembly.Module object"
	}
	if !m.attempt(reject, func() {
		b = m.source(v, what, wanted)
		m.nonempty(b, what)
		o = m.options(options)
		m.machine()
	}) {
		return promise
	}
	workers, store := m.workers(len(b)), m.store
	m.rt.Loop().Go(func() func() {
		s, err := m.decode(b, o)
		if err == nil {
			s.code, err = store.Compile(s.decoded, workers)
		}
		return func() {
			m.rt.Enter(func() {
				if err != nil {
					reject(m.fail("CompileError", what+": "+err.Error()))
					return
				}
				module := m.rt.NewObject(m.module, s)
				if then == nil {
					resolve(module)
					return
				}
				m.attempt(reject, func() { resolve(then(module)) })
			})
		}
	})
	return promise
}

func (m *realm) compileAsync(call goja.FunctionCall) goja.Value {
	return m.compilePromise(call.Argument(0), call.Argument(1), "WebAssembly.compile()", nil)
}

func (m *realm) instantiateAsync(call goja.FunctionCall) goja.Value {
	return m.instantiateWith(call.Argument(0), call.Argument(1), call.Argument(2))
}

// instantiateWith is WebAssembly.instantiate.
func (m *realm) instantiateWith(source, imports, options goja.Value) goja.Value {
	const what = "WebAssembly.instantiate()"
	promise, resolve, reject := m.rt.Promise()
	if !m.attempt(reject, func() {
		if _, ok := source.(*goja.Object); !ok {
			m.typeError(what + ": Argument 0 must be a buffer source or a WebAssembly.Module object")
		}
		m.importsObject(imports, what)
	}) {
		return promise
	}
	if s, ok := state[*moduleState](m, source); ok {
		m.attempt(reject, func() { resolve(m.instantiate(s, imports, what)) })
		return promise
	}
	return m.compilePromise(source, options, what, func(module *goja.Object) goja.Value {
		s, _ := state[*moduleState](m, module)
		instance := m.instantiate(s, imports, what)
		both := m.vm.NewObject()
		both.Set("module", module)
		both.Set("instance", instance)
		return both
	})
}

// importsObject refuses what cannot have imports.
func (m *realm) importsObject(v goja.Value, what string) *goja.Object {
	if goja.IsUndefined(v) {
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		m.typeError(what + ": Argument 1 must be an object")
	}
	return o
}

// importName is how messages name an import.
func importName(what string, n int, i wasm.Import) string {
	return what + ": Import #" + strconv.Itoa(n) + " \"" + i.Module + "\" \"" + i.Name + "\": "
}
