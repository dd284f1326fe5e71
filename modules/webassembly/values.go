package webassembly

import (
	"math"
	"math/big"
	"strconv"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/internal/wasm"
)

const incompatible = "type incompatibility when transforming from/to JS"

// values are the values of scripts that WebAssembly has references to, by number. What its tables and globals no longer have is dropped now
// and then, when no code of it runs.
type values struct {
	list []goja.Value // at the reference less one
	free []uint64
	most int // when to look next
}

func (m *realm) keep(v goja.Value) uint64 {
	h := &m.values
	if n := len(h.free); n > 0 {
		ref := h.free[n-1]
		h.free = h.free[:n-1]
		h.list[ref-1] = v
		return ref
	}
	h.list = append(h.list, v)
	return uint64(len(h.list))
}

// sweep drops the values that are not referred to. No references may be on their way.
func (m *realm) sweep() {
	h := &m.values
	if len(h.list)-len(h.free) < max(h.most, 1000) || m.depth > 0 {
		return
	}
	used := make([]bool, len(h.list)+1)
	m.store.Each(func(i *wasm.Instance) { i.Externrefs(func(ref uint64) { used[ref] = true }) })
	h.free = h.free[:0]
	for i := range h.list {
		if !used[i+1] {
			h.list[i] = nil
			h.free = append(h.free, uint64(i+1))
		}
	}
	h.most = 2 * (len(h.list) - len(h.free))
}

// externref is the reference to a value.
func (m *realm) externref(v goja.Value) uint64 {
	if goja.IsNull(v) {
		return 0
	}
	return m.keep(v)
}

// function is the function of WebAssembly's that a value is.
func (m *realm) functionOf(v goja.Value) *wasm.Extern {
	if o, ok := v.(*goja.Object); ok {
		return m.functions[weak.Make(o)].Value()
	}
	return nil
}

// know notes the object of a function. Those that are gone are forgotten when there are many.
func (m *realm) know(o *goja.Object, e *wasm.Extern) {
	if len(m.functions) >= m.forget {
		for w := range m.functions {
			if w.Value() == nil {
				delete(m.functions, w)
			}
		}
		m.forget = max(1000, 2*len(m.functions))
	}
	m.functions[weak.Make(o)] = weak.Make(e)
}

// funcref is the reference to a function, false if the value is none. Who gets it keeps the function's instance.
func (m *realm) funcref(v goja.Value, t wasm.ValueType, keeper *wasm.Extern) (ref uint64, ok bool) {
	if goja.IsNull(v) {
		return 0, t.Nullable()
	}
	f := m.functionOf(v)
	if f == nil {
		return 0, false
	}
	if n, ok := t.Index(); ok && (keeper == nil || !f.Type().Same(&keeper.Module().Types[n])) {
		return 0, false
	}
	if keeper != nil {
		keeper.Keep(f)
	}
	return uint64(f.Ref()), true
}

// toWasm is a value as WebAssembly has it.
func (m *realm) toWasm(v goja.Value, t wasm.ValueType, keeper *wasm.Extern) uint64 {
	switch t {
	case wasm.I32:
		return uint64(toInt32(v))
	case wasm.I64:
		return m.bigBits(v)
	case wasm.F32:
		return uint64(math.Float32bits(float32(v.ToNumber().ToFloat())))
	case wasm.F64:
		return math.Float64bits(v.ToNumber().ToFloat())
	}
	switch {
	case t.Extern():
		if goja.IsNull(v) && !t.Nullable() {
			m.typeError(incompatible)
		}
		return m.externref(v)
	case t.Func():
		if ref, ok := m.funcref(v, t, keeper); ok {
			return ref
		}
	}
	m.typeError(incompatible)
	return 0
}

func toInt32(v goja.Value) uint32 {
	if v = v.ToNumber(); goja.IsNumber(v) {
		if n := v.ToInteger(); n != math.MaxInt64 && n != math.MinInt64 {
			return uint32(n)
		}
	}
	f := v.ToFloat()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	if f = math.Mod(math.Trunc(f), 1<<32); f < 0 {
		f += 1 << 32
	}
	return uint32(f)
}

// bigBits are the low 64 bits of what a value is as a BigInt.
func (m *realm) bigBits(v goja.Value) uint64 {
	n, ok := engine.BigInt(v)
	if !ok {
		n, _ = engine.BigInt(m.rt.CallMethod(m.rt.Intrinsic("BigInt"), "asIntN", m.vm.ToValue(64), v))
	}
	if n.IsInt64() {
		return uint64(n.Int64())
	}
	low := new(big.Int).And(n, new(big.Int).SetUint64(math.MaxUint64))
	return low.Uint64()
}

// toJS is a value of WebAssembly's as scripts have it.
func (m *realm) toJS(bits uint64, t wasm.ValueType) goja.Value {
	switch t {
	case wasm.I32:
		return m.vm.ToValue(int32(bits))
	case wasm.I64:
		return m.vm.ToValue(big.NewInt(int64(bits)))
	case wasm.F32:
		return m.vm.ToValue(float64(math.Float32frombits(uint32(bits))))
	case wasm.F64:
		return m.vm.ToValue(math.Float64frombits(bits))
	}
	switch {
	case t.Extern():
		if bits == 0 {
			return goja.Null()
		}
		return m.values.list[bits-1]
	case t.Func():
		if bits == 0 {
			return goja.Null()
		}
		return m.function(m.store.Function(uintptr(bits)))
	}
	m.typeError(incompatible)
	return nil
}

// plain tells whether scripts can have all values of a function's type.
func plain(t *wasm.FuncType) bool {
	for _, list := range [][]wasm.ValueType{t.Params, t.Results} {
		for _, v := range list {
			if v == wasm.V128 || v.Ref() && !v.Func() && !v.Extern() {
				return false
			}
		}
	}
	return true
}

// function is the function object of a function, always the same one.
func (m *realm) function(e *wasm.Extern) *goja.Object {
	if o, ok := e.Object.(*goja.Object); ok {
		return o
	}
	t := e.Type()
	fits := plain(t)
	o := m.rt.Method(strconv.Itoa(int(e.Index())), len(t.Params), func(call goja.FunctionCall) goja.Value {
		if !fits {
			m.typeError(incompatible)
		}
		return m.call(e, t, call.Arguments)
	})
	e.Object = o
	m.know(o, e)
	return o
}

// take gives room for so many words until the stack is cut off again.
func (m *realm) take(n int) []uint64 {
	at := m.top
	if m.top += n; m.top > len(m.stack) {
		m.stack = make([]uint64, max(256, 2*m.top)) // what lies below stays where it is
	}
	return m.stack[at:m.top:m.top]
}

// call calls a function with a script's arguments.
func (m *realm) call(e *wasm.Extern, t *wasm.FuncType, args []goja.Value) goja.Value {
	below := m.top
	m.depth++
	defer func() {
		m.top = below
		if m.depth--; m.depth == 0 {
			m.sweep()
		}
	}()
	stack := m.take(max(len(t.Params), len(t.Results)))
	for i, p := range t.Params {
		v := goja.Undefined()
		if i < len(args) {
			v = args[i]
		}
		stack[i] = m.toWasm(v, p, e)
	}
	m.enter(e, stack)
	return m.results(stack, t.Results)
}

// results are what a function has left on the stack.
func (m *realm) results(stack []uint64, types []wasm.ValueType) goja.Value {
	switch len(types) {
	case 0:
		return goja.Undefined()
	case 1:
		return m.toJS(stack[0], types[0])
	}
	results := make([]any, len(types))
	for i, r := range types {
		results[i] = m.toJS(stack[i], r)
	}
	return m.vm.NewArray(results...)
}

// arguments are what a function of a script's is called with.
func (m *realm) arguments(stack []uint64, types []wasm.ValueType) []goja.Value {
	args := make([]goja.Value, len(types))
	for i, p := range types {
		args[i] = m.toJS(stack[i], p)
	}
	return args
}

// returned puts what such a function has returned on the stack.
func (m *realm) returned(v goja.Value, types []wasm.ValueType, stack []uint64, e *wasm.Extern) {
	switch len(types) {
	case 0:
	case 1:
		stack[0] = m.toWasm(v, types[0], e)
	default:
		m.several(v, types, stack, e)
	}
}

// enter runs a function of WebAssembly's.
func (m *realm) enter(e *wasm.Extern, stack []uint64) {
	// Frames of scripts lie between this call and what may wait.
	c := m.running
	if c != nil {
		m.running = nil
		m.hidden++
		defer func() {
			m.running = c
			m.hidden--
		}()
	}
	trap := e.Call(stack)
	guard.Poll(m.vm) // what waited may have been woken for that
	m.refresh()
	if trap != nil {
		m.rt.Throw(m.thrown(trap))
	}
}

// thrown is what a trap throws.
func (m *realm) thrown(t *wasm.Trap) goja.Value {
	switch {
	case t.Deep:
		return m.rt.NewPlainError("RangeError", t.Message)
	case t.Message == "":
		return m.caught(t)
	}
	return m.fail("RuntimeError", t.Message)
}

// imported is a function of a script's for WebAssembly to call.
func (m *realm) imported(fn goja.Value, e func() *wasm.Extern, t *wasm.FuncType) wasm.HostFunc {
	fits := plain(t)
	return func(stack []uint64) {
		m.refresh()
		if !fits {
			m.typeError(incompatible)
		}
		m.returned(m.apply(fn, m.arguments(stack, t.Params)), t.Results, stack, e())
	}
}

// kindAndText is a primitive value as V8 writes it where no expression gave it.
func kindAndText(v goja.Value) string {
	_, boolean := engine.Boolean(v)
	switch {
	case goja.IsUndefined(v):
		return "undefined"
	case goja.IsNull(v):
		return "object null"
	case boolean:
		return "boolean " + v.String()
	case goja.IsNumber(v):
		return "number " + v.String()
	case goja.IsBigInt(v):
		return "bigint " + v.String()
	}
	return "symbol " + v.String()
}

// several takes several results from what a function has returned.
func (m *realm) several(v goja.Value, types []wasm.ValueType, stack []uint64, e *wasm.Extern) {
	if _, ok := v.(*goja.Object); !ok && !goja.IsString(v) {
		m.typeError(kindAndText(v) + " is not iterable (cannot read property Symbol(Symbol.iterator))")
	}
	var list []goja.Value
	m.rt.ForOf(v, func(v goja.Value) bool {
		list = append(list, v)
		return true
	})
	if len(list) != len(types) {
		m.typeError("multi-return length mismatch")
	}
	for i, t := range types {
		stack[i] = m.toWasm(list[i], t, e)
	}
}
