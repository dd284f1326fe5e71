package sqlite

import (
	"math"
	"math/big"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/sqlite"
)

// uint8Array is a new Uint8Array over data.
func (m *module) uint8Array(data []byte) goja.Value {
	return m.rt.Uint8Array(nil, m.vm.ToValue(m.vm.NewArrayBuffer(data)))
}

// uint8ArrayOf is an argument that must be a Uint8Array.
func (m *module) uint8ArrayOf(v goja.Value, name string) []byte {
	o, ok := v.(*goja.Object)
	if !ok || engine.KindOf(o) != engine.TypedArray || engine.ViewName(o) != "Uint8Array" {
		m.throwType("The \"" + name + "\" argument must be a Uint8Array.")
	}
	b, _ := m.rt.Bytes(o)
	return b
}

// memory is what a view or a buffer of any kind has in it.
func (m *module) memory(v goja.Value) ([]byte, bool) {
	if _, ok := v.(*goja.Object); !ok {
		return nil, false
	}
	return m.rt.Bytes(v)
}

// value is a value of SQLite's as the script gets it.
func (m *module) value(v sqlite.Value, bigInts bool) goja.Value {
	switch v.Type() {
	case sqlite.Integer:
		n := v.Int64()
		if bigInts {
			return m.vm.ToValue(big.NewInt(n))
		}
		if n == math.MinInt64 {
			return m.vm.ToValue(float64(n)) // as in Node, which compares its absolute value
		}
		if n > engine.MaxSafeInteger || n < -engine.MaxSafeInteger {
			panic(m.plain("RangeError", "ERR_OUT_OF_RANGE",
				"Value is too large to be represented as a JavaScript number: "+strconv.FormatInt(n, 10)))
		}
		return m.vm.ToValue(n)
	case sqlite.Float:
		return m.vm.ToValue(v.Float())
	case sqlite.Text:
		return m.rt.DecodeString(v.Bytes(), engine.UTF8)
	case sqlite.Blob:
		return m.uint8Array(append([]byte{}, v.Bytes()...))
	}
	return goja.Null()
}

// utf8Size is at most how many bytes of UTF-8 a string has, and encode writes them.
func utf8Size(v goja.Value) int {
	ascii, units := engine.Chars(v)
	if units == nil {
		return len(ascii)
	}
	return 3 * len(units)
}

func encode(v goja.Value) func([]byte) int {
	return func(b []byte) int {
		_, written := engine.EncodeUTF8Into(b, v)
		return written
	}
}

// bind gives a statement's parameter a value of the script's.
func (s *statement) bind(i int, v goja.Value) {
	m := s.d.m
	var err *sqlite.Error
	switch {
	case goja.IsNumber(v):
		err = s.stmt.BindFloat(i, v.ToFloat())
	case goja.IsString(v):
		err = s.stmt.BindText(i, utf8Size(v), encode(v))
	case goja.IsNull(v):
		err = s.stmt.BindNull(i)
	default:
		if b, ok := engine.Boolean(v); ok {
			n := int64(0)
			if b {
				n = 1
			}
			err = s.stmt.BindInt64(i, n)
		} else if n, ok := engine.BigInt(v); ok {
			if !n.IsInt64() {
				panic(m.plain("TypeError", "ERR_INVALID_ARG_VALUE", "BigInt value is too large to bind."))
			}
			err = s.stmt.BindInt64(i, n.Int64())
		} else if data, ok := m.memory(v); ok {
			err = s.stmt.BindBlob(i, data)
		} else {
			m.throwType("Provided value cannot be bound to SQLite parameter " + strconv.Itoa(i) + ".")
		}
	}
	if err != nil {
		panic(m.failure(err))
	}
}

// result gives SQLite a function's result.
func (m *module) result(x sqlite.Context, v goja.Value) {
	switch {
	case goja.IsNumber(v):
		x.Float(v.ToFloat())
	case goja.IsString(v):
		x.Text(utf8Size(v), encode(v))
	case v == nil || goja.IsNull(v) || goja.IsUndefined(v):
		x.Null()
	default:
		if n, ok := engine.BigInt(v); ok {
			if !n.IsInt64() {
				x.Fail("BigInt value is too large for SQLite")
				return
			}
			x.Int64(n.Int64())
			return
		}
		if data, ok := m.memory(v); ok {
			x.Blob(data)
			return
		}
		if o, ok := v.(*goja.Object); ok && engine.KindOf(o) == engine.PromiseObject {
			x.Fail("Asynchronous user-defined functions are not supported")
			return
		}
		x.Fail("Returned JavaScript value cannot be converted to a SQLite value")
	}
}
