package buffer

import (
	"bytes"
	"math"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// indexOf is indexOf(value[, start[, end]][, encoding]) and lastIndexOf.
func (b *buffers) indexOf(call goja.FunctionCall, forward bool) int {
	value, start, end, encoding := call.Argument(0), call.Argument(1), call.Argument(2), call.Argument(3)
	if goja.IsString(end) {
		encoding, end = end, goja.Undefined()
	}
	if goja.IsUndefined(end) {
		end = b.length(call.This)
	}
	data, ok := b.view(call.This)
	if !ok {
		b.rt.ThrowArgType("buffer", call.This, "Buffer", "TypedArray", "DataView")
	}
	if goja.IsString(start) {
		encoding, start = start, goja.Undefined()
	}
	from := math.Max(-0x80000000, math.Min(0x7fffffff, number(b.vm, start)))
	if math.IsNaN(from) {
		from = 0
		if !forward {
			from = float64(len(data))
		}
	}
	stop := len(data)
	if f := number(b.vm, end); !(math.Abs(f) < 1<<63) {
		stop = 0 // as the conversion to an integer of 64 bits gives its least
	} else {
		stop = int(max(0, min(int64(f), int64(len(data)))))
	}
	if isNumber(value) {
		needle := []byte{byte(toUint32(value))}
		return find(data, needle, int(from), stop, forward, false)
	}
	e, known := engine.UTF8, true
	if !goja.IsUndefined(encoding) {
		e, known = engine.ParseEncoding(b.string(encoding).String())
	}
	if s, ok := str(value); ok {
		if !known {
			b.rt.Throw(b.rt.NewError("ERR_UNKNOWN_ENCODING", encoding))
		}
		wide := e == engine.UTF16LE
		if wide {
			data = data[:len(data)&^1] // what a negative start counts from
		}
		return find(data, engine.EncodeString(s, e), int(from), min(stop, len(data)), forward, wide)
	}
	if needle, ok := b.bytes(value); ok {
		return find(data, needle, int(from), stop, forward, known && e == engine.UTF16LE)
	}
	b.rt.ThrowArgType("value", value, "number", "string", "Buffer", "Uint8Array")
	return -1
}

// length is a receiver's length as a script reads it: that of a Buffer, or whatever another has.
func (b *buffers) length(this goja.Value) goja.Value {
	if data, ok := b.view(this); ok && this.(*goja.Object).Prototype() == b.proto {
		return b.vm.ToValue(len(data))
	}
	return b.rt.Property(this, "length")
}

// number is ToNumber of what may be a BigInt or a symbol.
func number(vm *goja.Runtime, v goja.Value) float64 {
	switch {
	case goja.IsBigInt(v):
		panic(vm.NewTypeError("Cannot convert a BigInt value to a number"))
	default:
		return v.ToNumber().ToFloat()
	}
}

func toUint32(v goja.Value) uint32 {
	f := v.ToFloat()
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return uint32(int64(math.Mod(math.Trunc(f), 1<<32)))
}

// find looks for needle from an offset that may be negative, to count from the end, in what is before stop. wide searches two bytes at a time.
func find(data, needle []byte, from, stop int, forward, wide bool) int {
	n, m := len(data), len(needle)
	if wide {
		stop &^= 1
	}
	at := from
	switch {
	case from < 0 && from+n >= 0:
		at = n + from
	case from < 0:
		if !forward && m != 0 {
			return -1
		}
		at = 0
	case from+m <= n:
	case m == 0:
		at = n
	case forward:
		return -1
	default:
		at = n - 1
	}
	if m == 0 {
		return min(at, stop)
	}
	if at >= stop {
		if forward || stop == 0 {
			return -1
		}
		at = stop - 1
	}
	data, n = data[:stop], stop
	if m > n || forward && at+m > n {
		return -1
	}
	if wide {
		if n < 2 || m < 2 {
			return -1
		}
		return findWide(data, needle, at, forward)
	}
	if forward {
		if i := bytes.Index(data[at:], needle); i >= 0 {
			return at + i
		}
		return -1
	}
	return bytes.LastIndex(data[:min(n, at+m)], needle)
}

func findWide(data, needle []byte, at int, forward bool) int {
	match := func(i int) bool {
		return i+len(needle) <= len(data) && bytes.Equal(data[i:i+len(needle)&^1], needle[:len(needle)&^1])
	}
	if forward {
		for i := at &^ 1; i+len(needle) <= len(data); i += 2 {
			if match(i) {
				return i
			}
		}
		return -1
	}
	for i := at &^ 1; i >= 0; i -= 2 {
		if match(i) {
			return i
		}
	}
	return -1
}

// transcode is buffer.transcode, which knows the encodings of characters only.
func (b *buffers) transcode(call goja.FunctionCall) goja.Value {
	source, ok := b.bytes(call.Argument(0))
	if !ok {
		b.rt.ThrowArgType("source", call.Argument(0), "Buffer", "Uint8Array")
	}
	if len(source) == 0 {
		return b.rt.NewBuffer(nil)
	}
	from, ok1 := engine.ParseEncoding(call.Argument(1).String())
	to, ok2 := engine.ParseEncoding(call.Argument(2).String())
	if !ok1 || !ok2 || from > engine.ASCII || to > engine.ASCII {
		err := b.rt.NewPlainError("Error", "Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]")
		err.Set("code", "U_ILLEGAL_ARGUMENT_ERROR")
		err.Set("errno", 1)
		panic(err)
	}
	s := b.rt.DecodeString(source, from)
	if from == engine.ASCII && !engine.IsASCII(source) {
		// Bytes that are not ASCII are unknown characters here.
		u := make([]uint16, len(source))
		for i, c := range source {
			if u[i] = uint16(c); c >= utf8.RuneSelf {
				u[i] = utf8.RuneError
			}
		}
		s = goja.StringFromUTF16(u)
	}
	if to == engine.Latin1 || to == engine.ASCII {
		limit := rune(0xFF)
		if to == engine.ASCII {
			limit = 0x7F
		}
		ascii, u := engine.Chars(s)
		if u == nil {
			return b.copied([]byte(ascii))
		}
		out := make([]byte, 0, len(u))
		for _, r := range utf16.Decode(u) {
			if r > limit {
				r = '?'
			}
			out = append(out, byte(r))
		}
		return b.rt.NewBuffer(out)
	}
	return b.rt.NewBuffer(engine.EncodeString(s, to))
}

// valid is isUtf8 and isAscii.
func (b *buffers) valid(v goja.Value, isUTF8 bool) bool {
	o, ok := v.(*goja.Object)
	if ok {
		k := engine.KindOf(o)
		ok = k == engine.TypedArray || k == engine.ArrayBufferObject
	}
	if !ok {
		b.rt.ThrowArgType("input", v, "ArrayBuffer", "Buffer", "TypedArray")
	}
	data, _ := b.rt.Bytes(o)
	if isUTF8 {
		return utf8.Valid(data)
	}
	return engine.IsASCII(data)
}

func (b *buffers) btoa(call goja.FunctionCall) goja.Value {
	if len(call.Arguments) == 0 {
		b.rt.Throw(b.rt.NewError("ERR_MISSING_ARGS", "input"))
	}
	s := b.string(call.Argument(0))
	_, u := engine.Chars(s)
	for _, c := range u {
		if c > 0xFF {
			b.invalidCharacter("Invalid character")
		}
	}
	return b.rt.DecodeString(engine.EncodeString(s, engine.Latin1), engine.Base64)
}

func (b *buffers) atob(call goja.FunctionCall) goja.Value {
	if len(call.Arguments) == 0 {
		b.rt.Throw(b.rt.NewError("ERR_MISSING_ARGS", "input"))
	}
	ascii, u := engine.Chars(b.string(call.Argument(0)))
	if u != nil {
		b.invalidCharacter("Invalid character")
	}
	clean := make([]byte, 0, len(ascii))
	for i := 0; i < len(ascii); i++ {
		switch c := ascii[i]; c {
		case ' ', '\t', '\n', '\f', '\r':
		default:
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 0 {
		for i := 0; i < 2 && len(clean) > 0 && clean[len(clean)-1] == '='; i++ {
			clean = clean[:len(clean)-1]
		}
	}
	for _, c := range clean {
		if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/') {
			b.invalidCharacter("Invalid character")
		}
	}
	if len(clean)%4 == 1 {
		b.invalidCharacter("The string to be decoded is not correctly encoded.")
	}
	return b.rt.DecodeString(engine.EncodeString(b.rt.ASCIIValue(string(clean)), engine.Base64), engine.Latin1)
}

// string is what JavaScript makes a string of.
func (b *buffers) string(v goja.Value) goja.Value {
	if _, symbol := v.(*goja.Symbol); symbol {
		panic(b.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return v.ToString()
}

// invalidCharacter throws the DOMException of atob and btoa.
func (b *buffers) invalidCharacter(message string) {
	if class := b.rt.Intrinsic("DOMException"); class != nil {
		o, err := b.vm.New(class, b.vm.ToValue(message), b.vm.ToValue("InvalidCharacterError"))
		if err != nil {
			panic(err)
		}
		panic(o)
	}
	o := b.rt.NewPlainError("Error", message)
	o.Set("name", "InvalidCharacterError")
	o.Set("code", 5)
	panic(o)
}
