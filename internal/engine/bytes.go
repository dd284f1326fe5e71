package engine

import (
	"gonode/internal/engine/layout"

	"github.com/dop251/goja"
)

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
		e.bytes.uint8Array, _ = goja.AssertConstructor(e.Intrinsic("Uint8Array"))
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
	switch self := layout.SelfOf(o).Data; KindOf(o) {
	case TypedArray:
		t := (*layout.TypedArrayObject)(self)
		return viewBytes(t.ViewedArrayBuf, t.Offset*t.ElemSize, t.Length*t.ElemSize), true
	case DataViewObject:
		d := (*layout.DataViewObject)(self)
		return viewBytes(d.ViewedArrayBuf, d.ByteOffset, d.ByteLen), true
	case ArrayBufferObject:
		return (*layout.ArrayBufferObject)(self).Data, true
	}
	return nil, false
}

// ViewOf gives the ArrayBuffer of a typed array or a DataView and where in it the view begins, in bytes.
func (e *Engine) ViewOf(o *goja.Object) (buffer *goja.Object, offset int) {
	if t := typedArray(o); t != nil {
		return t.ViewedArrayBuf.Val, t.Offset * t.ElemSize
	}
	d := (*layout.DataViewObject)(layout.SelfOf(o).Data)
	return d.ViewedArrayBuf.Val, d.ByteOffset
}

// BytesOf is Bytes for what may also be a primitive string, which is encoded.
func (e *Engine) BytesOf(v goja.Value, enc Encoding) ([]byte, bool) {
	if s, ok := v.(goja.String); ok {
		return EncodeString(s, enc), true
	}
	return e.Bytes(v)
}
