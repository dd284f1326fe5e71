package webassembly

import (
	"fmt"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/wasm"
)

// instanceState is the state of an Instance.
type instanceState struct {
	uncloned
	instance *wasm.Instance
	exports  *goja.Object
}

func (m *realm) instanceClass() *goja.Object {
	class, proto := m.class("Instance", 1, func(call goja.FunctionCall) any {
		const what = "WebAssembly.Instance()"
		s, ok := state[*moduleState](m, call.Argument(0))
		if !ok {
			m.typeError(what + ": Argument 0 must be a WebAssembly.Module")
		}
		return m.instantiate(s, call.Argument(1), what)
	})
	m.instance = proto
	m.getter(proto, "exports", func(this goja.Value) goja.Value {
		return receiver[*instanceState](m, this, "WebAssembly.Instance.exports()", "Instance").exports
	}, nil)
	return class
}

// imports tells whether a module imports anything of a script's.
func (s *moduleState) imports() bool {
	for n := range s.decoded.Imports {
		if s.builtin(n) == nil {
			return true
		}
	}
	return false
}

// instantiate makes an Instance and runs its start function.
func (m *realm) instantiate(s *moduleState, imports goja.Value, what string) *goja.Object {
	o := m.importsObject(imports, what)
	if o == nil && s.imports() {
		m.typeError(what + ": Imports argument must be present and must be an object")
	}
	code := s.compiled(what)
	l := &linker{m: m, code: code, what: what}
	for n, i := range code.Imports {
		if of := s.builtin(n); of != nil {
			l.sources = append(l.sources, of(m))
			continue
		}
		l.source(n, i, o)
	}
	l.segments()
	for _, limits := range code.Memories[code.Imported[wasm.Memory]:] {
		if !m.rt.Memory.Room(int64(limits.Min) << 16) {
			m.rangeError(what + ": Out of memory: Cannot allocate Wasm memory for new instance")
		}
	}
	instance, err := m.machine().Instantiate(code, l.sources)
	if err != nil {
		m.rt.Throw(m.fail("LinkError", what+": "+err.Error()))
	}
	l.instance = instance
	is := &instanceState{uncloned: uncloned{m, "Instance"}, instance: instance, exports: m.exports(instance)}
	made := m.rt.NewObject(m.instance, is)
	if code.Start >= 0 {
		m.depth++
		defer func() { m.depth-- }()
		m.enter(instance.Extern(wasm.Func, uint32(code.Start)), nil)
	}
	return made
}

// exports is the object that has an instance's exports.
func (m *realm) exports(i *wasm.Instance) *goja.Object {
	o := m.vm.CreateObject(nil)
	for _, x := range i.Code.Exports {
		o.DefineDataProperty(x.Name, m.object(i.Extern(x.Kind, x.Index)), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	m.rt.CallMethod(m.rt.Intrinsic("Object"), "preventExtensions", o)
	return o
}

// object is what scripts see of something that instances share, always the same one.
func (m *realm) object(e *wasm.Extern) *goja.Object {
	if e.Kind == wasm.Func {
		return m.function(e)
	}
	if o, ok := e.Object.(*goja.Object); ok {
		return o
	}
	var o *goja.Object
	switch e.Kind {
	case wasm.Memory:
		o = m.newMemory(e)
	case wasm.Table:
		o = m.rt.NewObject(m.table, &tableState{uncloned{m, "Table"}, e})
	case wasm.Global:
		o = m.rt.NewObject(m.global, &globalState{uncloned{m, "Global"}, e})
	default:
		o = m.rt.NewObject(m.tag, &tagState{uncloned{m, "Tag"}, e})
	}
	e.Object = o
	return o
}

// linker finds what a module is to import.
type linker struct {
	m        *realm
	code     *wasm.Code
	what     string
	sources  []wasm.Source
	instance *wasm.Instance // when there is one
	n        int
	of       wasm.Import
}

func (l *linker) fail(message string) {
	l.m.rt.Throw(l.m.fail("LinkError", importName(l.what, l.n, l.of)+message))
}

// source takes an import from the object that a script gives.
func (l *linker) source(n int, i wasm.Import, imports *goja.Object) {
	l.n, l.of = n, i
	from, ok := l.get(imports, i.Module).(*goja.Object)
	if !ok {
		l.m.typeError(l.what + ": Import #" + strconv.Itoa(n) + " \"" + i.Module + "\": module is not an object or function")
	}
	v := l.get(from, i.Name)
	var s wasm.Source
	switch i.Kind {
	case wasm.Func:
		s = l.function(v)
	case wasm.Memory:
		s.Extern = l.memory(v)
	case wasm.Table:
		s.Extern = l.table(v)
	case wasm.Global:
		s.Extern = l.global(v)
	case wasm.Tag:
		s.Extern = l.tag(v)
	}
	l.sources = append(l.sources, s)
}

func (l *linker) get(o *goja.Object, name string) goja.Value {
	if v := o.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}

func (l *linker) function(v goja.Value) wasm.Source {
	index := l.of.Index
	t := l.code.Type(index)
	own := func() *wasm.Extern { return l.instance.Extern(wasm.Func, index) }
	if s, ok := state[*suspendingState](l.m, v); ok && plain(t) {
		return wasm.Source{Host: l.m.suspending(s.fn, own, t)}
	}
	if _, ok := goja.AssertFunction(v); !ok {
		l.fail("function import requires a callable")
	}
	if e := l.m.functionOf(v); e != nil {
		if !e.Type().Same(t) {
			l.fail("imported function does not match the expected type")
		}
		return wasm.Source{Extern: e}
	}
	return wasm.Source{Host: l.m.imported(v, own, t)}
}

func (l *linker) memory(v goja.Value) *wasm.Extern {
	s, ok := state[*memoryState](l.m, v)
	if !ok {
		l.fail("memory import must be a WebAssembly.Memory object")
	}
	want, have := l.code.Memories[l.of.Index], s.extern.Limits()
	pages := len(s.extern.Bytes()) >> 16
	switch {
	case uint64(pages) < want.Min:
		l.fail(fmt.Sprintf("memory import has %d pages which is smaller than the declared initial of %d", pages, want.Min))
	case want.HasMax && !have.HasMax:
		l.fail("memory import has no maximum limit, expected at most 4294967295")
	case want.HasMax && have.Max > want.Max:
		l.fail(fmt.Sprintf("memory import has a larger maximum size %d than the module's declared maximum %d", have.Max, want.Max))
	case want.Shared != have.Shared:
		number := map[bool]int{true: 1}
		l.fail(fmt.Sprintf("mismatch in shared state of memory, declared = %d, imported = %d", number[want.Shared], number[have.Shared]))
	}
	return s.extern
}

func (l *linker) table(v goja.Value) *wasm.Extern {
	s, ok := state[*tableState](l.m, v)
	if !ok {
		l.fail("table import requires a WebAssembly.Table")
	}
	want, have := l.code.Tables[l.of.Index], s.extern.Table()
	size := len(s.extern.Elements())
	short := func(message string, args ...any) {
		l.m.rt.Throw(l.m.fail("LinkError", l.what+": table import "+strconv.Itoa(l.n)+fmt.Sprintf(message, args...)))
	}
	switch {
	case uint64(size) < want.Min:
		short(" is smaller than initial %d, got %d", want.Min, size)
	case want.HasMax && !have.HasMax:
		short(" has no maximum length; required: %d", want.Max)
	case want.HasMax && have.Max > want.Max:
		short(" has a larger maximum size %d than the module's declared maximum %d", have.Max, want.Max)
	case want.Elem != have.Elem:
		l.fail("imported table does not match the expected type")
	}
	return s.extern
}

func (l *linker) global(v goja.Value) *wasm.Extern {
	want := l.code.Globals[l.of.Index]
	if s, ok := state[*globalState](l.m, v); ok {
		have := s.extern.Global()
		if have.Mutable != want.Mutable {
			l.fail("imported global does not match the expected mutability")
		}
		if have.Type != want.Type {
			l.fail("imported global does not match the expected type")
		}
		return s.extern
	}
	if want.Mutable {
		l.fail("imported mutable global must be a WebAssembly.Global object")
	}
	_, isBig := engine.BigInt(v)
	switch t := want.Type; {
	case t.Extern():
		if goja.IsNull(v) && !t.Nullable() {
			l.fail("null is not allowed for (ref extern)")
		}
	case t.Func():
		if !goja.IsNull(v) && l.m.functionOf(v) == nil {
			l.fail("function-typed object must be null (if nullable) or a Wasm function object")
		}
	case t == wasm.I64 && !isBig, t != wasm.I64 && !goja.IsNumber(v), t == wasm.V128:
		l.fail("global import must be a number, valid Wasm reference, or WebAssembly.Global object")
	}
	return l.m.makeGlobal(want, v)
}

func (l *linker) tag(v goja.Value) *wasm.Extern {
	s, ok := state[*tagState](l.m, v)
	if !ok {
		l.fail("tag import requires a WebAssembly.Tag")
	}
	if s == l.m.jsTag {
		l.m.rt.Throw(l.m.rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "WebAssembly.JSTag"))
	}
	want := l.code.Types[l.code.Tags[l.of.Index]]
	if !s.extern.Type().Same(&want) {
		l.fail("imported tag does not match the expected type")
	}
	return s.extern
}

// segments checks that what is written into tables and memories at the beginning fits.
func (l *linker) segments() {
	offset := func(c wasm.Const) (n uint64, ok bool) {
		if c.Global < 0 {
			return c.Value, c.Known
		}
		for i, of := range l.code.Imports {
			if of.Kind == wasm.Global && int(of.Index) == c.Global && c.Known {
				return uint64(uint32(l.sources[i].Extern.Value())), true
			}
		}
		return 0, false
	}
	imported := func(kind wasm.Kind, index uint32) *wasm.Extern {
		for i, of := range l.code.Imports {
			if of.Kind == kind && of.Index == index {
				return l.sources[i].Extern
			}
		}
		return nil
	}
	for _, s := range l.code.Elements {
		size := l.code.Tables[s.Target].Min
		if e := imported(wasm.Table, s.Target); e != nil {
			size = uint64(len(e.Elements()))
		}
		if n, ok := offset(s.Offset); ok && n+s.Size > size {
			l.m.rt.Throw(l.m.fail("RuntimeError", l.what+": table index is out of bounds"))
		}
	}
	for i, s := range l.code.Data {
		size := l.code.Memories[s.Target].Min << 16
		if e := imported(wasm.Memory, s.Target); e != nil {
			size = uint64(len(e.Bytes()))
		}
		if n, ok := offset(s.Offset); ok && n+s.Size > size {
			l.m.rt.Throw(l.m.fail("RuntimeError", fmt.Sprintf("%s: data segment %d is out of bounds (offset %d, length %d, memory size %d)", l.what, i, n, s.Size, size)))
		}
	}
}
