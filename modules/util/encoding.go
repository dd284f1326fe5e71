package util

import (
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"gonode/internal/deferred"
	"gonode/internal/engine"
	"gonode/internal/engine/utf"
	"gonode/internal/errs"
	"gonode/runtime"
)

// Encoding is the private module "internal/encoding": TextEncoder and TextDecoder.
var Encoding = &runtime.Module{Name: "internal/encoding", Private: true, Binding: encodingBinding,
	Globals: []runtime.Global{{Name: "TextEncoder"}, {Name: "TextDecoder"}}}

// decoder is the state of a TextDecoder.
type decoder struct {
	name             string
	fatal, ignoreBOM bool
	enc              encoding.Encoding // nil for UTF-8
	stream           transform.Transformer
	pending          []byte // of a character that is not complete yet
	started          bool   // a byte order mark has been looked for
}

func encodingBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	o.Set("TextEncoder", textEncoder(rt))
	o.Set("TextDecoder", textDecoder(rt))
	return o
}

// enumerable makes methods of a class enumerable, as those of the Web's classes are.
func enumerable(rt *runtime.Runtime, proto *goja.Object, name string, length int, f engine.Native) {
	rt.SetOperation(proto, name, length, f)
}

func getter(rt *runtime.Runtime, proto *goja.Object, name string, f func(this goja.Value) goja.Value) {
	proto.DefineAccessorProperty(name, rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
		return f(call.This)
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

type encoder struct{}

func textEncoder(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, proto := rt.Class("TextEncoder", 0, func(call goja.ConstructorCall) *goja.Object {
		rt.SetSlot(call.This, &encoder{})
		return nil
	})
	this := func(v goja.Value) {
		if _, ok := rt.Slot(v).(*encoder); !ok {
			rt.Throw(rt.NewError("ERR_INVALID_THIS", "TextEncoder"))
		}
	}
	getter(rt, proto, "encoding", func(v goja.Value) goja.Value {
		this(v)
		return vm.ToValue("utf-8")
	})
	enumerable(rt, proto, "encode", 0, func(call goja.FunctionCall) goja.Value {
		this(call.This)
		var data []byte
		if v := call.Argument(0); !goja.IsUndefined(v) {
			if _, symbol := v.(*goja.Symbol); symbol {
				panic(vm.NewTypeError("Cannot convert a Symbol value to a string"))
			}
			data = engine.EncodeString(v.ToString(), engine.UTF8)
		}
		return rt.Uint8Array(nil, vm.ToValue(vm.NewArrayBuffer(data)))
	})
	enumerable(rt, proto, "encodeInto", 2, func(call goja.FunctionCall) goja.Value {
		this(call.This)
		rt.ValidateString(call.Argument(0), "src")
		dst, ok := rt.Bytes(call.Argument(1))
		if o, isObject := call.Argument(1).(*goja.Object); !ok || !isObject || engine.KindOf(o) != engine.TypedArray {
			rt.ThrowArgType("dest", call.Argument(1), "Uint8Array")
		}
		read, written := engine.EncodeUTF8Into(dst, call.Argument(0))
		result := vm.NewObject()
		result.Set("read", read)
		result.Set("written", written)
		return result
	})
	proto.SetSymbol(inspectSymbol(rt), rt.Method("inspect", 2, func(call goja.FunctionCall) goja.Value {
		this(call.This)
		shown := vm.NewObject()
		shown.Set("encoding", "utf-8")
		return inspectShown(rt, shown, call, "")
	}))
	proto.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("TextEncoder"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return class
}

func inspectSymbol(rt *runtime.Runtime) *goja.Symbol {
	return rt.Require("internal/util/inspect").Get("inspect").(*goja.Object).Get("custom").(*goja.Symbol)
}

// inspectShown inspects an object that stands for one whose state is hidden, under the name of its class if any.
func inspectShown(rt *runtime.Runtime, shown *goja.Object, call goja.FunctionCall, name string) goja.Value {
	vm := rt.VM()
	if depth := call.Argument(0); goja.IsNumber(depth) && depth.ToFloat() < 0 {
		return call.This
	}
	if name != "" {
		proto := vm.NewObject()
		class := rt.Func(name, 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() })
		class.Set("prototype", proto)
		proto.DefineDataProperty("constructor", class, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
		shown.SetPrototype(proto)
	}
	return rt.CallMethod(rt.Require("internal/util/inspect"), "inspect", shown, call.Argument(1))
}

func textDecoder(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, proto := rt.Class("TextDecoder", 0, func(call goja.ConstructorCall) *goja.Object {
		label := "utf-8"
		if v := call.Argument(0); !goja.IsUndefined(v) {
			label = v.ToString().String()
		}
		d := newDecoder(label)
		if d == nil {
			rt.Throw(rt.NewError("ERR_ENCODING_NOT_SUPPORTED", label))
		}
		if v := call.Argument(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
			options, ok := v.(*goja.Object)
			if !ok {
				rt.ThrowArgType("options", v, "Object")
			}
			d.fatal, d.ignoreBOM = truthy(options, "fatal"), truthy(options, "ignoreBOM")
		}
		rt.SetSlot(call.This, d)
		return nil
	})
	this := func(v goja.Value) *decoder {
		d, ok := rt.Slot(v).(*decoder)
		if !ok {
			rt.Throw(rt.NewError("ERR_INVALID_THIS", "TextDecoder"))
		}
		return d
	}
	getter(rt, proto, "encoding", func(v goja.Value) goja.Value { return vm.ToValue(this(v).name) })
	getter(rt, proto, "fatal", func(v goja.Value) goja.Value { return vm.ToValue(this(v).fatal) })
	getter(rt, proto, "ignoreBOM", func(v goja.Value) goja.Value { return vm.ToValue(this(v).ignoreBOM) })
	enumerable(rt, proto, "decode", 0, func(call goja.FunctionCall) goja.Value {
		d := this(call.This)
		var input []byte
		if v := call.Argument(0); !goja.IsUndefined(v) {
			var ok bool
			if input, ok = rt.Bytes(v); !ok {
				rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_INVALID_ARG_TYPE",
					Message: `The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.`}))
			}
		}
		stream := false
		if v := call.Argument(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
			options, ok := v.(*goja.Object)
			if !ok {
				rt.ThrowArgType("options", v, "Object")
			}
			stream = truthy(options, "stream")
		}
		result, ok := d.decode(rt, input, stream)
		if !ok {
			rt.Throw(rt.NewError("ERR_ENCODING_INVALID_ENCODED_DATA", d.name))
		}
		return result
	})
	proto.SetSymbol(inspectSymbol(rt), rt.Method("inspect", 2, func(call goja.FunctionCall) goja.Value {
		d := this(call.This)
		shown := vm.NewObject()
		shown.Set("encoding", d.name)
		shown.Set("fatal", d.fatal)
		shown.Set("ignoreBOM", d.ignoreBOM)
		return inspectShown(rt, shown, call, "TextDecoder")
	}))
	proto.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("TextDecoder"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return class
}

func truthy(o *goja.Object, name string) bool {
	v := o.Get(name)
	return v != nil && v.ToBoolean()
}

// newDecoder looks up an encoding by any of its labels, or gives nil.
func newDecoder(label string) *decoder {
	label = strings.ToLower(strings.Trim(label, "\t\n\f\r "))
	switch label {
	case "utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8":
		return &decoder{name: "utf-8"}
	case "utf-16be", "unicodefffe":
		return &decoder{name: "utf-16be", enc: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	case "utf-16le", "utf-16", "ucs-2", "unicode", "iso-10646-ucs-2", "csunicode", "unicodefeff":
		return &decoder{name: "utf-16le", enc: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	}
	deferred.Encodings.Run()
	enc, err := htmlindex.Get(label)
	if err != nil {
		return nil
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "replacement" {
		return nil
	}
	if name == "iso-8859-8-i" {
		enc = charmap.ISO8859_8
	}
	return &decoder{name: name, enc: enc}
}

// decode takes more input; without stream it is the last. It is false if the data is malformed and the decoder fatal.
func (d *decoder) decode(rt *runtime.Runtime, input []byte, stream bool) (goja.Value, bool) {
	if d.enc == nil {
		return d.decodeUTF8(rt, input, stream)
	}
	if table, ok := d.enc.(*charmap.Charmap); ok {
		return decodeBytes(rt, table, input, d.fatal)
	}
	if d.stream == nil {
		d.stream = d.enc.NewDecoder().Transformer
	}
	input = append(d.pending, input...)
	d.pending = nil
	var out strings.Builder
	buf := make([]byte, 4096)
	for {
		n, read, err := d.stream.Transform(buf, input, !stream)
		out.Write(buf[:n])
		input = input[read:]
		if err == transform.ErrShortDst {
			continue
		}
		if err == transform.ErrShortSrc {
			d.pending = append([]byte(nil), input...)
		}
		break
	}
	text := out.String()
	bad := d.fatal && strings.ContainsRune(text, utf8.RuneError)
	if !d.started && text != "" {
		d.started = true
		if !d.ignoreBOM && strings.HasPrefix(d.name, "utf-16") {
			text = strings.TrimPrefix(text, "\uFEFF")
		}
	}
	if !stream {
		d.stream, d.pending, d.started = nil, nil, false
	}
	return rt.VM().ToValue(text), !bad
}

// decodeBytes decodes an encoding of one byte a character. C1 controls that its table lacks stand for themselves.
func decodeBytes(rt *runtime.Runtime, table *charmap.Charmap, input []byte, fatal bool) (goja.Value, bool) {
	var out strings.Builder
	bad := false
	for _, b := range input {
		r := table.DecodeByte(b)
		if r == utf8.RuneError {
			if b < 0xA0 {
				r = rune(b)
			} else {
				bad = fatal
			}
		}
		out.WriteRune(r)
	}
	return rt.VM().ToValue(out.String()), !bad
}

func (d *decoder) decodeUTF8(rt *runtime.Runtime, input []byte, stream bool) (goja.Value, bool) {
	if len(d.pending) > 0 {
		input = append(d.pending, input...)
		d.pending = nil
	}
	if stream {
		if n := utf.Incomplete(input); n > 0 {
			d.pending = append([]byte(nil), input[len(input)-n:]...)
			input = input[:len(input)-n]
		}
	}
	if d.fatal && !utf8.Valid(input) {
		d.pending, d.started = nil, false
		return nil, false
	}
	if !d.started && len(input) > 0 {
		d.started = true
		if !d.ignoreBOM && len(input) >= 3 && input[0] == 0xEF && input[1] == 0xBB && input[2] == 0xBF {
			input = input[3:]
		}
	}
	if !stream {
		d.started = false
	}
	return rt.DecodeString(input, engine.UTF8), true
}
