package engine

import "github.com/dop251/goja"

// bytesState is what making and reading Buffers needs.
type bytesState struct {
	uint8Array goja.Constructor
	class      *goja.Object // Buffer
}

// SetBufferClass is called by module buffer when it loads: class is the function whose prototype Buffers have.
func (e *Engine) SetBufferClass(class *goja.Object) { e.bytes.class = class }

// IsBufferClass tells whether v is the class that SetBufferClass was told of.
func (e *Engine) IsBufferClass(v goja.Value) bool {
	return e.bytes.class != nil && v == goja.Value(e.bytes.class)
}

// NewBuffer makes a Buffer over data, without a copy: what scripts write shows up in data and the other way round.
// Loop goroutine only.
func (e *Engine) NewBuffer(data []byte) *goja.Object {
	return e.BufferOver(e.vm.ToValue(e.vm.NewArrayBuffer(data)))
}

// BufferOver makes a Buffer over an ArrayBuffer, or over a part of it: its offset and length.
func (e *Engine) BufferOver(buffer goja.Value, part ...goja.Value) *goja.Object {
	if e.bytes.class == nil {
		e.hooks.Require("buffer")
	}
	return e.Uint8Array(e.bytes.class, append([]goja.Value{buffer}, part...)...)
}

// Uint8Array calls the intrinsic constructor; class, if not nil, is new.target and so says which prototype the result has.
func (e *Engine) Uint8Array(class *goja.Object, args ...goja.Value) *goja.Object {
	if e.bytes.uint8Array == nil {
		e.bytes.uint8Array, _ = goja.AssertConstructor(e.vm.Get("Uint8Array"))
	}
	o, err := e.bytes.uint8Array(class, args...)
	if err != nil {
		e.Rethrow(err)
	}
	return o
}

// Bytes gives the memory behind a Buffer, any other typed array, a DataView or an ArrayBuffer, without a copy. A
// detached one is empty. Loop goroutine only; the memory stays valid.
func (e *Engine) Bytes(v goja.Value) (b []byte, ok bool) {
	o, isObject := v.(*goja.Object)
	if !isObject {
		return nil, false
	}
	if impl := implementation(o); impl.Type() == e.insides().typed {
		b, _, _ = e.view(impl)
		return b, true
	}
	switch KindOf(o) {
	case TypedArray, DataViewObject:
		defer func() {
			// The engine reaches for the memory of a detached ArrayBuffer.
			if recover() != nil {
				b, ok = nil, true
			}
		}()
		return b, e.vm.ExportTo(o, &b) == nil
	case ArrayBufferObject:
		return o.Export().(goja.ArrayBuffer).Bytes(), true
	}
	return nil, false
}

// ViewOf gives the ArrayBuffer of a typed array and where in it the array begins, in bytes.
func (e *Engine) ViewOf(o *goja.Object) (buffer *goja.Object, offset int) {
	if impl := implementation(o); impl.Type() == e.insides().typed {
		_, buffer, offset = e.view(impl)
		return buffer, offset
	}
	return o.Get("buffer").(*goja.Object), int(o.Get("byteOffset").ToInteger())
}

// BytesOf is Bytes for what may also be a primitive string, which is encoded.
func (e *Engine) BytesOf(v goja.Value, enc Encoding) ([]byte, bool) {
	if s, ok := v.(goja.String); ok {
		return EncodeString(s, enc), true
	}
	return e.Bytes(v)
}
