// Package string_decoder is Node's module of that name: bytes that arrive in pieces become text without splitting
// characters. The state is Go's, in a slot of the plain object that scripts see. Loop goroutine only.
package string_decoder

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is "string_decoder", see https://nodejs.org/docs/latest-v20.x/api/string_decoder.html.
var Module = &runtime.Module{Name: "string_decoder", Binding: binding}

type decoder struct {
	rt       *runtime.Runtime
	encoding runtime.Encoding
	kept     []byte // an unfinished character
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, prototype := rt.Class("StringDecoder", 1, func(call goja.ConstructorCall) *goja.Object {
		encoding := runtime.UTF8
		if v := call.Argument(0); v.ToBoolean() {
			var ok bool
			if encoding, ok = runtime.ParseEncoding(v.String()); !ok {
				rt.Throw(rt.NewError("ERR_UNKNOWN_ENCODING", v))
			}
		}
		call.This.Set("encoding", encoding.String())
		rt.SetSlot(call.This, &decoder{rt: rt, encoding: encoding})
		return nil
	})
	method := func(name string, length int, f func(d *decoder, call goja.FunctionCall) goja.Value) {
		rt.SetFunc(prototype, name, length, func(call goja.FunctionCall) goja.Value { return f(of(rt, call.This), call) })
	}
	method("write", 1, func(d *decoder, call goja.FunctionCall) goja.Value { return d.write(call.Argument(0)) })
	method("end", 1, func(d *decoder, call goja.FunctionCall) goja.Value { return d.end(call.Argument(0)) })
	method("text", 2, func(d *decoder, call goja.FunctionCall) goja.Value {
		d.kept = nil
		b := d.bytes(call.Argument(0))
		return d.decode(b[min(max(int(call.Argument(1).ToInteger()), 0), len(b)):])
	})
	rt.SetGetter(prototype, "lastChar", func(this goja.Value) goja.Value {
		var b [4]byte
		copy(b[:], of(rt, this).kept)
		return rt.NewBuffer(b[:])
	}, nil)
	rt.SetGetter(prototype, "lastNeed", func(this goja.Value) goja.Value { return vm.ToValue(of(rt, this).missing()) }, nil)
	rt.SetGetter(prototype, "lastTotal", func(this goja.Value) goja.Value {
		d := of(rt, this)
		return vm.ToValue(len(d.kept) + d.missing())
	}, nil)
	exports := vm.NewObject()
	exports.Set("StringDecoder", class)
	return exports
}

func of(rt *runtime.Runtime, this goja.Value) *decoder {
	d, ok := rt.Slot(this).(*decoder)
	if !ok {
		rt.Throw(rt.NewError("ERR_INVALID_THIS", "StringDecoder"))
	}
	return d
}

func (d *decoder) bytes(v goja.Value) []byte {
	b, ok := d.rt.Bytes(v)
	if o, isObject := v.(*goja.Object); !ok || isObject && o.ClassName() == "ArrayBuffer" {
		d.rt.ThrowArgType("buf", v, "Buffer", "TypedArray", "DataView")
	}
	return b
}

func (d *decoder) write(v goja.Value) goja.Value {
	if _, isObject := v.(*goja.Object); !isObject && goja.IsString(v) {
		return v
	}
	return d.decode(d.bytes(v))
}

// decode gives the text of what is complete and keeps the rest.
func (d *decoder) decode(b []byte) goja.Value {
	if len(d.kept) > 0 {
		b = append(d.kept, b...)
	}
	n := len(b) - d.incomplete(b)
	text := d.rt.DecodeString(b[:n], d.encoding)
	d.kept = append([]byte(nil), b[n:]...)
	return text
}

func (d *decoder) incomplete(b []byte) int {
	switch d.encoding {
	case runtime.UTF8:
		return runtime.IncompleteUTF8(b)
	case runtime.UTF16LE:
		if len(b)%2 == 1 {
			return 1
		}
		if len(b) > 0 && b[len(b)-1]&0xFC == 0xD8 {
			return 2
		}
	case runtime.Base64, runtime.Base64URL:
		return len(b) % 3
	}
	return 0
}

// missing is how many bytes the kept character still needs.
func (d *decoder) missing() int {
	n := len(d.kept)
	if n == 0 {
		return 0
	}
	switch d.encoding {
	case runtime.UTF16LE:
		return n // the other half of a unit, or of a pair
	case runtime.UTF8:
		switch c := d.kept[0]; {
		case c >= 0xF0:
			return 4 - n
		case c >= 0xE0:
			return 3 - n
		}
		return 2 - n
	}
	return 3 - n
}

// end gives what is left as well: an unfinished UTF-8 character becomes U+FFFD, an unfinished group of base64 its
// padded form.
func (d *decoder) end(v goja.Value) goja.Value {
	text := d.rt.VM().ToValue("")
	if !goja.IsUndefined(v) {
		text = d.write(v)
	}
	rest := d.kept
	d.kept = nil
	if d.encoding == runtime.UTF16LE {
		rest = rest[:len(rest)&^1]
	}
	if len(rest) == 0 {
		return text
	}
	tail := d.rt.DecodeString(rest, d.encoding)
	return text.(goja.String).Concat(tail.(goja.String))
}
