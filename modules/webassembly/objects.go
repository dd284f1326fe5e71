package webassembly

import (
	"fmt"
	"math"

	"github.com/dop251/goja"

	"gonode/internal/wasm"
)

const notFunction = "function-typed object must be null (if nullable) or a Wasm function object"

// tableState is the state of a Table, globalState that of a Global.
type (
	tableState struct {
		uncloned
		extern *wasm.Extern
	}
	globalState struct {
		uncloned
		extern *wasm.Extern
	}
)

// valueType is the type that a descriptor names.
func valueType(v goja.Value) (t wasm.ValueType, ok bool) {
	switch v.ToString().String() {
	case "i32":
		return wasm.I32, true
	case "i64":
		return wasm.I64, true
	case "f32":
		return wasm.F32, true
	case "f64":
		return wasm.F64, true
	case "v128":
		return wasm.V128, true
	case "externref":
		return wasm.ExternRef, true
	case "anyfunc":
		return wasm.FuncRef, true
	}
	return 0, false
}

// element is a value for a table. Without one it is undefined, or null where it is to be a function.
func (m *realm) element(e *wasm.Extern, args []goja.Value, i int, what, refusal string) uintptr {
	t := e.Table().Elem
	m.sweep()
	v := goja.Undefined()
	if i < len(args) {
		v = args[i]
	}
	if t.Extern() {
		return uintptr(m.externref(v))
	}
	if i >= len(args) || goja.IsUndefined(v) && i == 1 && what == "WebAssembly.Table()" {
		v = goja.Null()
	}
	ref, ok := m.funcref(v, t, e)
	if !ok {
		m.typeError(what + ": " + refusal)
	}
	return uintptr(ref)
}

func (m *realm) tableClass() *goja.Object {
	const what = "WebAssembly.Table()"
	class, proto := m.class("Table", 1, func(call goja.FunctionCall) any {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok {
			m.typeError(what + ": Argument 0 must be a table descriptor")
		}
		t := wasm.TableType{}
		if t.Elem, ok = valueType(property(o, "element")); !ok || !t.Elem.Ref() {
			m.typeError(what + ": Descriptor property 'element' must be a WebAssembly reference type")
		}
		t.Limits = m.limits(o, what, wasm.MaxTable)
		if !m.rt.Memory.Room(int64(t.Min) * 8) {
			m.rangeError(what + ": could not allocate table")
		}
		e, err := m.machine().NewTable(t)
		if err != nil {
			m.rangeError(what + ": " + err.Error())
		}
		init := m.element(e, call.Arguments, 1, what, "Argument 2 must be undefined or a value of type compatible with the type of the new table: "+notFunction+".")
		list := e.Elements()
		for i := range list {
			list[i] = init
		}
		return m.object(e)
	})
	m.table = proto
	this := func(v goja.Value, method string) *wasm.Extern {
		return receiver[*tableState](m, v, "WebAssembly.Table."+method+"()", "Table").extern
	}
	index := func(e *wasm.Extern, v goja.Value, method string) int64 {
		what := "WebAssembly.Table." + method + "()"
		n := m.number(v, what+": Argument 0", 0, math.MaxUint32)
		if list := e.Elements(); n >= int64(len(list)) {
			m.rangeError(fmt.Sprintf("%s: invalid address %d in %s table of size %d", what, n, e.Table().Elem, len(list)))
		}
		return n
	}
	m.getter(proto, "length", func(v goja.Value) goja.Value { return m.vm.ToValue(len(this(v, "length").Elements())) }, nil)
	m.rt.SetOperation(proto, "grow", 1, func(call goja.FunctionCall) goja.Value {
		const what = "WebAssembly.Table.grow()"
		e := this(call.This, "grow")
		n := m.number(call.Argument(0), what+": Argument 0", 0, math.MaxUint32)
		init := m.element(e, call.Arguments, 1, what, "Argument 1 is invalid: "+notFunction)
		before := len(e.Elements())
		if !m.rt.Memory.Room(n*8) || !e.GrowTable(uint32(n), init) {
			m.rangeError(fmt.Sprintf("%s: failed to grow table by %d", what, n))
		}
		return m.vm.ToValue(before)
	})
	m.rt.SetOperation(proto, "set", 1, func(call goja.FunctionCall) goja.Value {
		e := this(call.This, "set")
		n := index(e, call.Argument(0), "set")
		ref := m.element(e, call.Arguments, 1, "WebAssembly.Table.set()", "Argument 1 is invalid for table: "+notFunction)
		e.Elements()[n] = ref
		return goja.Undefined()
	})
	m.rt.SetOperation(proto, "get", 1, func(call goja.FunctionCall) goja.Value {
		e := this(call.This, "get")
		return m.toJS(uint64(e.Elements()[index(e, call.Argument(0), "get")]), e.Table().Elem)
	})
	return class
}

// makeGlobal makes a global with a value.
func (m *realm) makeGlobal(t wasm.GlobalType, v goja.Value) *wasm.Extern {
	m.sweep()
	store := m.machine()
	var f *wasm.Extern
	bits := uint64(0)
	if t.Type.Func() {
		if f = m.functionOf(v); f != nil {
			bits = uint64(f.Ref())
		}
	} else {
		bits = m.toWasm(v, t.Type, nil)
	}
	e, err := store.NewGlobal(t, bits)
	if err != nil {
		m.typeError("WebAssembly.Global(): " + err.Error())
	}
	if f != nil {
		e.Keep(f)
	}
	return e
}

func (m *realm) globalClass() *goja.Object {
	const what = "WebAssembly.Global()"
	class, proto := m.class("Global", 1, func(call goja.FunctionCall) any {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok {
			m.typeError(what + ": Argument 0 must be a global descriptor")
		}
		t := wasm.GlobalType{Mutable: property(o, "mutable").ToBoolean()}
		if t.Type, ok = valueType(property(o, "value")); !ok {
			m.typeError(what + ": Descriptor property 'value' must be a WebAssembly type")
		}
		v := call.Argument(1)
		none := goja.IsUndefined(v)
		switch {
		case t.Type == wasm.V128:
			m.typeError(what + ": A global of type 'v128' cannot be created in JavaScript")
		case t.Type.Func():
			if none {
				v = goja.Null()
			}
			if !goja.IsNull(v) && m.functionOf(v) == nil {
				m.typeError(what + ": " + notFunction)
			}
		case t.Type == wasm.I64 && none:
			v = m.toJS(0, wasm.I64)
		case none && !t.Type.Extern():
			v = m.vm.ToValue(0)
		}
		return m.object(m.makeGlobal(t, v))
	})
	m.global = proto
	m.rt.SetOperation(proto, "valueOf", 0, func(call goja.FunctionCall) goja.Value {
		return m.valueOf(receiver[*globalState](m, call.This, "WebAssembly.Global.valueOf()", "Global").extern)
	})
	m.getter(proto, "value", func(this goja.Value) goja.Value {
		return m.valueOf(receiver[*globalState](m, this, "get WebAssembly.Global.value)", "Global").extern)
	}, m.rt.Func("set value", 1, func(call goja.FunctionCall) goja.Value {
		const what = "set WebAssembly.Global.value)"
		e := receiver[*globalState](m, call.This, what, "Global").extern
		t := e.Global()
		switch {
		case !t.Mutable:
			m.typeError(what + ": Can't set the value of an immutable global.")
		case len(call.Arguments) == 0:
			m.typeError(what + ": Argument 0 is required")
		}
		m.sweep()
		v := call.Argument(0)
		if t.Type.Func() {
			ref, ok := m.funcref(v, t.Type, e)
			if !ok {
				m.typeError(what + ": " + notFunction)
			}
			e.SetValue(ref)
			return goja.Undefined()
		}
		e.SetValue(m.toWasm(v, t.Type, e))
		return goja.Undefined()
	}))
	return class
}

func (m *realm) valueOf(e *wasm.Extern) goja.Value { return m.toJS(e.Value(), e.Global().Type) }
