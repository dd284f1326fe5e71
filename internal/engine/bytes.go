package engine

import (
	"unsafe"

	"github.com/dop251/goja"
	"github.com/dop251/goja/unistring"

	"gonode/internal/engine/layout"
)

// bytesState is what making and reading Buffers needs.
type bytesState struct {
	uint8Array goja.Constructor
	class      *goja.Object // Buffer
	first      *buffer      // one that the engine has made, see NewBuffer
}

// bufferView is a Buffer over an ArrayBuffer that is there already.
type bufferView struct {
	view  layout.Object
	array layout.TypedArrayObject
}

// buffer is a Buffer and its ArrayBuffer, in one allocation where we make it.
type buffer struct {
	bufferView
	owner layout.Object
	bytes layout.ArrayBufferObject
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
	first := e.firstBuffer()
	b := new(buffer)
	b.owner = first.owner
	owner := (*goja.Object)(unsafe.Pointer(&b.owner))
	b.owner.Self.Data = unsafe.Pointer(&b.bytes)
	alike(&b.bytes.BaseObject, &first.bytes.BaseObject, owner, first.bytes.Prototype)
	b.bytes.Data = data
	return e.over(&b.bufferView, &b.bytes, 0, len(data))
}

// BufferIn makes a Buffer over n bytes of an ArrayBuffer, from an offset on.
func (e *Engine) BufferIn(owner *goja.Object, offset, n int) *goja.Object {
	bytes := bufferOf(owner)
	if bytes == nil || bytes.Detached || resizableOf(bytes) != nil || offset < 0 || n < 0 || offset+n > len(bytes.Data) {
		return e.BufferOver(owner, e.vm.ToValue(offset), e.vm.ToValue(n))
	}
	e.firstBuffer()
	return e.over(new(bufferView), bytes, offset, n)
}

// firstBuffer is one that the engine has made.
func (e *Engine) firstBuffer() *buffer {
	if e.bytes.first == nil {
		o := e.BufferOver(e.vm.ToValue(e.vm.NewArrayBuffer(nil)))
		array := (*layout.TypedArrayObject)(layout.SelfOf(o).Data)
		first := &buffer{bufferView: bufferView{*(*layout.Object)(unsafe.Pointer(o)), *array}, bytes: *array.ViewedArrayBuf}
		first.owner = *(*layout.Object)(unsafe.Pointer(array.ViewedArrayBuf.Val))
		e.bytes.first = first
	}
	return e.bytes.first
}

// alike makes o what like is, without properties of its own.
func alike(o, like *layout.BaseObject, self, proto *goja.Object) {
	o.Class, o.Val, o.Prototype, o.Extensible = like.Class, self, proto, true
	o.Values = map[unistring.String]goja.Value{}
}

// over makes v a Buffer.
func (e *Engine) over(v *bufferView, bytes *layout.ArrayBufferObject, offset, n int) *goja.Object {
	first := e.bytes.first
	v.view = first.view
	o := (*goja.Object)(unsafe.Pointer(&v.view))
	v.view.Self.Data = unsafe.Pointer(&v.array)
	proto, _ := e.bytes.class.Get("prototype").(*goja.Object)
	alike(&v.array.BaseObject, &first.array.BaseObject, o, proto)
	v.array.ViewedArrayBuf, v.array.DefaultCtor, v.array.Offset, v.array.Length, v.array.ElemSize = bytes, first.array.DefaultCtor, offset, n, 1
	v.array.TypedArray = layout.Words{Tab: first.array.TypedArray.Tab, Data: unsafe.Pointer(&bytes.Data)}
	return o
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

// BytesIn is BytesOf in the encoding that a script has named: UTF-8 if it has named none, or one that does not exist.
func (e *Engine) BytesIn(v, encoding goja.Value) []byte {
	enc := UTF8
	if encoding != nil && goja.IsString(encoding) {
		enc, _ = ParseEncoding(encoding.String()) // UTF8 when unknown
	}
	b, _ := e.BytesOf(v, enc)
	return b
}
