// Package string_decoder is module "string_decoder": bytes that come in pieces become strings without splitting
// characters. It is Go, on the loop goroutine.
package string_decoder

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/runtime"
)

// Module is "string_decoder".
var Module = &runtime.Module{Name: "string_decoder", Binding: binding}

// decoder is the state of a StringDecoder.
type decoder struct {
	enc     engine.Encoding
	pending []byte // of a character, or a group of base64, that is not complete yet
}

// encoding is that of an argument. Also an object names one, if it is as long as a name.
func encoding(rt *runtime.Runtime, v goja.Value) engine.Encoding {
	if goja.IsUndefined(v) || goja.IsNull(v) || goja.IsString(v) && v.String() == "" {
		return engine.UTF8
	}
	named := goja.IsString(v)
	if o, ok := v.(*goja.Object); ok && !named {
		n := o.Get("length")
		named = n != nil && goja.IsNumber(n) && n.ToFloat() >= 3 && n.ToFloat() <= 9
	}
	if named {
		if enc, ok := engine.ParseEncoding(v.ToString().String()); ok {
			return enc
		}
	}
	panic(rt.NewError("ERR_UNKNOWN_ENCODING", v))
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, proto := rt.FunctionClass("StringDecoder", 1, func(call goja.ConstructorCall) *goja.Object {
		enc := encoding(rt, call.Argument(0))
		rt.SetSlot(call.This, &decoder{enc: enc})
		call.This.Set("encoding", enc.String())
		return nil
	})
	this := func(v goja.Value) *decoder {
		if d, ok := rt.Slot(v).(*decoder); ok {
			return d
		}
		if goja.IsUndefined(v) || goja.IsNull(v) {
			rt.Throw(rt.NewPlainError("TypeError", "Cannot read properties of "+v.String()+" (reading 'Symbol(kNativeDecoder)')"))
		}
		panic(rt.NewError("ERR_INVALID_THIS", "StringDecoder"))
	}
	// state is that of a receiver whose fields are read: without any it is undefined.
	state := func(v goja.Value) *decoder {
		if d, ok := rt.Slot(v).(*decoder); ok {
			return d
		}
		panic(vm.NewTypeError("Cannot read properties of undefined (reading 'Symbol(kNativeDecoder)')"))
	}
	view := func(v goja.Value) []byte {
		data, ok := rt.Bytes(v)
		if !ok || engine.KindOf(v.(*goja.Object)) == engine.ArrayBufferObject {
			rt.ThrowArgType("buf", v, "Buffer", "TypedArray", "DataView")
		}
		return data
	}
	rt.SetFunc(proto, "write", 1, func(call goja.FunctionCall) goja.Value {
		if goja.IsString(call.Argument(0)) {
			return call.Argument(0)
		}
		data := view(call.Argument(0))
		return this(call.This).write(rt, data)
	})
	rt.SetFunc(proto, "end", 1, func(call goja.FunctionCall) goja.Value {
		var first goja.Value = vm.ToValue("")
		if v := call.Argument(0); !goja.IsUndefined(v) {
			first = rt.CallMethod(call.This.ToObject(vm), "write", v)
		}
		if d := state(call.This); len(d.pending) > 0 {
			return first.ToString().(goja.String).Concat(d.flush(rt).(goja.String))
		}
		return first
	})
	rt.SetFunc(proto, "text", 2, func(call goja.FunctionCall) goja.Value {
		o := call.This.ToObject(vm)
		state(o).pending = nil
		rest := rt.CallMethod(call.Argument(0).ToObject(vm), "slice", call.Argument(1))
		return rt.CallMethod(o, "write", rest)
	})
	get := func(name string, f func(d *decoder) goja.Value) {
		proto.DefineAccessorProperty(name, rt.Func("get", 0, func(call goja.FunctionCall) goja.Value {
			return f(state(call.This))
		}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	get("lastChar", func(d *decoder) goja.Value {
		last := make([]byte, 4)
		copy(last, d.pending)
		return rt.NewBuffer(last)
	})
	get("lastNeed", func(d *decoder) goja.Value { return vm.ToValue(d.missing()) })
	get("lastTotal", func(d *decoder) goja.Value {
		if len(d.pending) == 0 {
			return vm.ToValue(0)
		}
		return vm.ToValue(len(d.pending) + d.missing())
	})
	exports := vm.NewObject()
	exports.Set("StringDecoder", class)
	return exports
}

// missing is how many bytes would complete what is pending.
func (d *decoder) missing() int {
	n := len(d.pending)
	if n == 0 {
		return 0
	}
	switch d.enc {
	case engine.UTF8:
		switch c := d.pending[0]; {
		case c >= 0xF0:
			return 4 - n
		case c >= 0xE0:
			return 3 - n
		}
		return 2 - n
	case engine.UTF16LE:
		if n == 1 {
			return 1
		}
		return 4 - n
	}
	return 3 - n
}

// incomplete is how many bytes at the end of data have to wait for more.
func (d *decoder) incomplete(data []byte) int {
	n := len(data)
	switch d.enc {
	case engine.UTF8:
		return utf.Incomplete(data)
	case engine.UTF16LE:
		odd := n % 2
		if n-odd >= 2 && data[n-odd-1]&0xFC == 0xD8 {
			return odd + 2
		}
		return odd
	case engine.Base64, engine.Base64URL:
		return n % 3
	}
	return 0
}

func (d *decoder) write(rt *runtime.Runtime, data []byte) goja.Value {
	if len(d.pending) > 0 {
		data = append(d.pending, data...)
		d.pending = nil
	}
	if n := d.incomplete(data); n > 0 {
		d.pending = append([]byte(nil), data[len(data)-n:]...)
		data = data[:len(data)-n]
	}
	return rt.DecodeString(data, d.enc)
}

func (d *decoder) flush(rt *runtime.Runtime) goja.Value {
	data := d.pending
	d.pending = nil
	if d.enc == engine.UTF16LE {
		data = data[:len(data)&^1]
	}
	return rt.DecodeString(data, d.enc)
}
