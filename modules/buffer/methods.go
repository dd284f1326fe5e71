package buffer

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
)

// methods are the methods of Buffer.prototype but those of numbers.go.
func (b *buffers) methods() {
	rt, vm := b.rt, b.vm
	set := func(name string, length int, f engine.Native) { rt.SetFunc(b.proto, name, length, f) }
	for _, e := range [...]struct {
		name string
		enc  engine.Encoding
	}{{"ascii", engine.ASCII}, {"base64", engine.Base64}, {"base64url", engine.Base64URL}, {"latin1", engine.Latin1},
		{"hex", engine.Hex}, {"ucs2", engine.UTF16LE}, {"utf8", engine.UTF8}} {
		enc := e.enc
		rt.SetFunc(b.proto, e.name+"Slice", 2, func(call goja.FunctionCall) goja.Value {
			data := b.this(call)
			start, end := b.index(call.Argument(0), 0), b.index(call.Argument(1), len(data))
			switch {
			case start >= end && (end <= len(data) || start > end):
				return vm.ToValue("")
			case end > len(data):
				b.outOfRange("Index out of range")
			}
			return b.text(data[start:end], enc)
		})
		rt.SetFunc(b.proto, e.name+"Write", 3, func(call goja.FunctionCall) goja.Value {
			at, n, checked := 0, 0, enc == engine.ASCII || enc == engine.Latin1 || enc == engine.UTF8
			if checked {
				at, n = b.span(call)
			}
			data := b.this(call)
			s, ok := str(call.Argument(0))
			if !ok {
				b.notString()
			}
			if checked {
				return vm.ToValue(engine.EncodeInto(data[at:at+n], s, enc))
			}
			at = b.index(call.Argument(1), 0)
			if at > len(data) {
				rt.Throw(rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS", "offset"))
			}
			n = min(b.index(call.Argument(2), len(data)-at), len(data)-at)
			return vm.ToValue(engine.EncodeInto(data[at:at+n], s, enc))
		})
	}
	for _, p := range [...][2]string{{"parent", "buffer"}, {"offset", "byteOffset"}} {
		b.proto.DefineAccessorProperty(p[0], rt.Func("get", 0, func(call goja.FunctionCall) goja.Value {
			if !b.isBuffer(call.This) {
				return goja.Undefined()
			}
			return call.This.(*goja.Object).Get(p[1])
		}), nil, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	set("copy", 4, b.copy)
	toString := rt.Func("toString", 3, b.toString)
	b.proto.Set("toString", toString)
	set("equals", 1, func(call goja.FunctionCall) goja.Value {
		other, ok := b.bytes(call.Argument(0))
		if !ok {
			rt.ThrowArgType("otherBuffer", call.Argument(0), "Buffer", "Uint8Array")
		}
		return vm.ToValue(bytes.Equal(b.receiver(call), other))
	})
	inspect := rt.Func("inspect", 2, b.inspect)
	b.proto.Set("inspect", inspect)
	b.proto.SetSymbol(rt.SymbolFor("nodejs.util.inspect.custom"), inspect)
	set("compare", 5, b.compare)
	set("indexOf", 4, func(call goja.FunctionCall) goja.Value { return vm.ToValue(b.indexOf(call, true)) })
	set("lastIndexOf", 4, func(call goja.FunctionCall) goja.Value { return vm.ToValue(b.indexOf(call, false)) })
	set("includes", 4, func(call goja.FunctionCall) goja.Value { return vm.ToValue(b.indexOf(call, true) != -1) })
	set("fill", 4, func(call goja.FunctionCall) goja.Value {
		b.length(call.This)
		return b.fill(call.This, b.receiver(call), call.Argument(0), call.Argument(1), call.Argument(2), call.Argument(3))
	})
	set("write", 4, b.writeString)
	set("toJSON", 0, func(call goja.FunctionCall) goja.Value {
		data := b.receiver(call)
		list := make([]any, len(data))
		for i, c := range data {
			if list[i] = int64(c); i&0xffff == 0xffff {
				guard.Poll(vm)
			}
		}
		o := vm.NewObject()
		o.Set("type", "Buffer")
		o.Set("data", vm.NewArray(list...))
		return o
	})
	set("subarray", 2, b.subarray)
	set("slice", 2, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && o.Prototype() != b.proto {
			b.receiver(call)
			return rt.CallMethod(o, "subarray", call.Arguments...)
		}
		return b.subarray(call)
	})
	for _, size := range [...]int{2, 4, 8} {
		bits := strconv.Itoa(8 * size)
		set("swap"+bits, 0, func(call goja.FunctionCall) goja.Value {
			data := b.receiver(call)
			if len(data)%size != 0 {
				rt.Throw(rt.NewError("ERR_INVALID_BUFFER_SIZE", bits+"-bits"))
			}
			for ; len(data) > 0; data = data[size:] {
				if len(data)&0xfffff == 0 {
					guard.Poll(vm)
				}
				switch size {
				case 2:
					data[0], data[1] = data[1], data[0]
				case 4:
					binary.LittleEndian.PutUint32(data, binary.BigEndian.Uint32(data))
				case 8:
					binary.LittleEndian.PutUint64(data, binary.BigEndian.Uint64(data))
				}
			}
			return call.This
		})
	}
	b.proto.Set("toLocaleString", toString)
}

func (b *buffers) outOfRange(message string) {
	err := b.rt.NewPlainError("RangeError", message)
	err.Set("code", "ERR_OUT_OF_RANGE")
	panic(err)
}

func (b *buffers) notString() {
	err := b.rt.NewPlainError("TypeError", "argument must be a string")
	err.Set("code", "ERR_INVALID_ARG_TYPE")
	panic(err)
}

// index reads an optional index of the natives below toString and write.
func (b *buffers) index(v goja.Value, otherwise int) int {
	if goja.IsUndefined(v) {
		return otherwise
	}
	n := v.ToInteger()
	if n < 0 {
		b.outOfRange("Index out of range")
	}
	if n > math.MaxInt32*2 {
		return math.MaxInt32 * 2
	}
	return int(n)
}

// span reads offset and length of the natives that are JavaScript in Node and check them there, before the receiver.
func (b *buffers) span(call goja.FunctionCall) (at, n int) {
	size := func() float64 {
		if data, ok := b.view(call.This); ok {
			return float64(len(data))
		}
		return number(b.vm, b.rt.Property(call.This, "byteLength"))
	}
	given := call.Argument(2)
	if goja.IsUndefined(given) {
		given = nil
		size()
	}
	offset, length := 0.0, 0.0
	if v := call.Argument(1); !goja.IsUndefined(v) {
		offset = number(b.vm, v)
	}
	if given == nil {
		length = size() - offset
	}
	if offset < 0 || offset > size() {
		b.rt.Throw(b.rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS", "offset"))
	}
	if given != nil {
		length = number(b.vm, given)
	}
	if length < 0 || length > size()-offset {
		b.rt.Throw(b.rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS", "length"))
	}
	if math.IsNaN(offset) || math.IsNaN(length) {
		return 0, 0
	}
	return int(offset), int(length)
}

// text is the string in data, if the engine could hold it.
func (b *buffers) text(data []byte, e engine.Encoding) goja.Value {
	n := len(data)
	switch e {
	case engine.Hex:
		n *= 2
	case engine.UTF16LE:
		n /= 2
	case engine.Base64, engine.Base64URL:
		n = (n + 2) / 3 * 4
	}
	if n > maxStringLength {
		b.rt.Throw(b.rt.NewError("ERR_STRING_TOO_LONG", "0x1fffffe8"))
	}
	return b.rt.DecodeString(data, e)
}

func (b *buffers) toString(call goja.FunctionCall) goja.Value {
	data := b.receiver(call)
	if len(call.Arguments) == 0 {
		return b.text(data, engine.UTF8)
	}
	start, end := 0, len(data)
	if v := call.Argument(1); !goja.IsUndefined(v) {
		f := v.ToFloat()
		if f >= float64(len(data)) {
			return b.vm.ToValue("")
		}
		if f > 0 {
			start = int(f)
		}
	}
	if v := call.Argument(2); !goja.IsUndefined(v) {
		if f := v.ToFloat(); !(f > float64(len(data))) {
			end = 0
			if f > 0 {
				end = int(f)
			}
		}
	}
	if end <= start {
		return b.vm.ToValue("")
	}
	e := engine.UTF8
	if v := call.Argument(0); !goja.IsUndefined(v) {
		e = b.encoding(v)
	}
	return b.text(data[start:end], e)
}

// encoding reads the name of an encoding or throws.
func (b *buffers) encoding(v goja.Value) engine.Encoding {
	e, ok := engine.ParseEncoding(v.ToString().String())
	if !ok {
		b.rt.Throw(b.rt.NewError("ERR_UNKNOWN_ENCODING", v))
	}
	return e
}

func (b *buffers) validOffset(v goja.Value, name string, low, high int) int {
	return int(b.rt.ValidateInteger(v, name, int64(low), int64(high)))
}

func (b *buffers) writeString(call goja.FunctionCall) goja.Value {
	data := b.receiver(call)
	s, isString := str(call.Argument(0))
	offset, length, encoding := call.Argument(1), call.Argument(2), call.Argument(3)
	at, n := 0, len(data)
	switch {
	case goja.IsUndefined(offset):
		encoding = goja.Undefined()
	case goja.IsUndefined(length) && goja.IsString(offset):
		encoding = offset
	default:
		at = b.validOffset(offset, "offset", 0, len(data))
		n = len(data) - at
		switch {
		case goja.IsUndefined(length):
		case goja.IsString(length):
			encoding = length
		default:
			n = min(n, b.validOffset(length, "length", 0, len(data)))
		}
	}
	e := engine.UTF8
	if encoding.ToBoolean() {
		e = b.encoding(encoding)
	}
	if !isString {
		b.notString()
	}
	return b.vm.ToValue(engine.EncodeInto(data[at:at+n], s, e))
}

// toInteger reads an index as copy does: what is no safe number counts as 0.
func toInteger(v goja.Value) int64 {
	f := v.ToFloat()
	if !(f >= -engine.MaxSafeInteger && f <= engine.MaxSafeInteger) {
		return 0
	}
	return int64(math.Floor(f))
}

func (b *buffers) copy(call goja.FunctionCall) goja.Value {
	source, ok := b.bytes(call.This)
	if !ok {
		b.rt.ThrowArgType("source", call.This, "Buffer", "Uint8Array")
	}
	target, ok := b.bytes(call.Argument(0))
	if !ok {
		b.rt.ThrowArgType("target", call.Argument(0), "Buffer", "Uint8Array")
	}
	at, start, end := int64(0), int64(0), int64(len(source))
	if v := call.Argument(1); !goja.IsUndefined(v) {
		if at = toInteger(v); at < 0 {
			b.rt.ThrowOutOfRange("targetStart", ">= 0", b.vm.ToValue(at))
		}
	}
	if v := call.Argument(2); !goja.IsUndefined(v) {
		if start = toInteger(v); start < 0 || start > int64(len(source)) {
			b.rt.ThrowOutOfRange("sourceStart", ">= 0 && <= "+strconv.Itoa(len(source)), b.vm.ToValue(start))
		}
	}
	if v := call.Argument(3); !goja.IsUndefined(v) {
		if end = toInteger(v); end < 0 {
			b.rt.ThrowOutOfRange("sourceEnd", ">= 0", b.vm.ToValue(end))
		}
	}
	end = min(end, int64(len(source)))
	if at >= int64(len(target)) || start >= end {
		return b.vm.ToValue(0)
	}
	return b.vm.ToValue(copy(target[at:], source[start:end]))
}

func (b *buffers) compare(call goja.FunctionCall) goja.Value {
	target, ok := b.bytes(call.Argument(0))
	if !ok {
		b.rt.ThrowArgType("target", call.Argument(0), "Buffer", "Uint8Array")
	}
	if len(call.Arguments) > 1 {
		b.length(call.This)
	}
	source := b.this(call)
	if len(call.Arguments) == 1 {
		return b.vm.ToValue(bytes.Compare(source, target))
	}
	limit := func(i int, name string, otherwise, high int) int {
		if v := call.Argument(i); !goja.IsUndefined(v) {
			return b.validOffset(v, name, 0, high)
		}
		return otherwise
	}
	targetStart := limit(1, "targetStart", 0, maxLength)
	targetEnd := limit(2, "targetEnd", len(target), len(target))
	sourceStart := limit(3, "sourceStart", 0, maxLength)
	sourceEnd := limit(4, "sourceEnd", len(source), len(source))
	switch {
	case sourceStart >= sourceEnd && targetStart >= targetEnd:
		return b.vm.ToValue(0)
	case sourceStart >= sourceEnd:
		return b.vm.ToValue(-1)
	case targetStart >= targetEnd:
		return b.vm.ToValue(1)
	}
	return b.vm.ToValue(bytes.Compare(source[sourceStart:sourceEnd], target[targetStart:targetEnd]))
}

func (b *buffers) subarray(call goja.FunctionCall) goja.Value {
	data := b.receiver(call)
	o := call.This.(*goja.Object)
	adjust := func(v goja.Value) int {
		f := math.Trunc(v.ToFloat())
		switch {
		case math.IsNaN(f):
			return 0
		case f < 0:
			return int(math.Max(0, f+float64(len(data))))
		case f < float64(len(data)):
			return int(f)
		}
		return len(data)
	}
	start, end := adjust(call.Argument(0)), len(data)
	if v := call.Argument(1); !goja.IsUndefined(v) {
		end = adjust(v)
	}
	end = max(start, end)
	buffer, offset := b.rt.ViewOf(o)
	return b.rt.BufferIn(buffer, offset+start, end-start)
}

// fill is Buffer.prototype.fill; self is what it returns.
func (b *buffers) fill(self goja.Value, data []byte, value, offset, end, encoding goja.Value) goja.Value {
	rt := b.rt
	var pattern []byte
	s, isString := str(value)
	if isString {
		if goja.IsUndefined(offset) || goja.IsString(offset) {
			encoding, offset, end = offset, b.vm.ToValue(0), b.vm.ToValue(len(data))
		} else if goja.IsString(end) {
			encoding, end = end, b.vm.ToValue(len(data))
		}
		e := engine.UTF8
		if !goja.IsUndefined(encoding) && !goja.IsNull(encoding) && !(goja.IsString(encoding) && encoding.String() == "") {
			var ok bool
			if e, ok = engine.ParseEncoding(encoding.ToString().String()); !ok {
				rt.ValidateString(encoding, "encoding")
				rt.Throw(rt.NewError("ERR_UNKNOWN_ENCODING", encoding))
			}
		}
		if s.Length() == 0 {
			pattern = []byte{0}
		} else {
			pattern = engine.EncodeString(s, e)
		}
	}
	at, stop := 0, len(data)
	if !goja.IsUndefined(offset) {
		at = b.validOffset(offset, "offset", 0, maxLength)
		if !goja.IsUndefined(end) {
			stop = b.validOffset(end, "end", 0, len(data))
		}
		if at >= stop {
			return self
		}
	}
	if at > stop || stop > len(data) {
		rt.Throw(rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS"))
	}
	if !isString {
		if other, ok := rt.Bytes(value); ok && engine.KindOf(value.(*goja.Object)) != engine.ArrayBufferObject {
			pattern = append([]byte(nil), other...)
		} else if isNumber(value) {
			pattern = []byte{toUint8(value)}
		} else {
			pattern = []byte{byte(value.ToInteger())}
		}
	}
	if len(pattern) == 0 {
		rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "value", value))
	}
	for part := data[at:stop]; len(part) > 0; guard.Poll(b.rt.VM()) { // much memory takes a second
		n := min(len(part), max(fillAtOnce/len(pattern), 1)*len(pattern))
		fillBytes(part[:n], pattern)
		part = part[n:]
	}
	return self
}

const fillAtOnce = 16 << 20

func fillBytes(dst, pattern []byte) {
	if len(pattern) == 1 && pattern[0] == 0 {
		clear(dst)
		return
	}
	for n := copy(dst, pattern); n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}

func (b *buffers) inspect(call goja.FunctionCall) goja.Value {
	b.length(call.This)
	data := b.this(call)
	o := call.This.(*goja.Object)
	var s strings.Builder
	for i, c := range data[:min(len(data), int(math.Min(b.inspectMax, maxLength)))] {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(hexPair(c))
	}
	if rest := len(data) - int(math.Min(b.inspectMax, maxLength)); rest > 0 {
		s.WriteString(" ... " + strconv.Itoa(rest) + " more byte")
		if rest > 1 {
			s.WriteByte('s')
		}
	}
	if ctx, ok := call.Argument(1).(*goja.Object); ok {
		if extra := b.extras(o, ctx); extra != "" {
			if len(data) > 0 {
				s.WriteString(", ")
			}
			s.WriteString(extra)
		}
	}
	name := "Buffer"
	if class, ok := o.Get("constructor").(*goja.Object); ok {
		name = class.Get("name").String()
	}
	return b.vm.ToValue("<" + name + " " + s.String() + ">")
}

func hexPair(c byte) string {
	const digits = "0123456789abcdef"
	return digits[c>>4:c>>4+1] + digits[c&15:c&15+1]
}

// extras words the properties that are not bytes.
func (b *buffers) extras(o, ctx *goja.Object) string {
	names, ok := b.rt.OwnNonIndexNames(o)
	if !ok {
		names = nil
	}
	extra := b.vm.CreateObject(nil)
	found := false
	hidden := ctx.Get("showHidden") != nil && ctx.Get("showHidden").ToBoolean()
	for _, n := range names {
		if hidden || b.enumerable(o, b.vm.ToValue(n)) {
			extra.Set(n, o.Get(n))
			found = true
		}
	}
	for _, sym := range o.Symbols() {
		if !b.rt.HiddenSymbol(sym) && (hidden || b.enumerable(o, sym)) {
			extra.SetSymbol(sym, o.GetSymbol(sym))
			found = true
		}
	}
	if !found {
		return ""
	}
	options := b.vm.NewObject()
	for _, k := range ctx.Keys() {
		options.Set(k, ctx.Get(k))
	}
	options.Set("breakLength", goja.PositiveInf())
	options.Set("compact", true)
	text := b.rt.CallMethod(b.rt.Require("internal/util/inspect"), "inspect", extra, options).String()
	// What is between "[Object: null prototype] { " and " }".
	return text[27 : len(text)-2]
}

func (b *buffers) enumerable(o *goja.Object, key goja.Value) bool {
	proto := b.rt.Intrinsic("Object").Get("prototype").(*goja.Object)
	fn, _ := goja.AssertFunction(proto.Get("propertyIsEnumerable"))
	return b.rt.Call(fn, o, key).ToBoolean()
}
