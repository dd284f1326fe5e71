package runtime

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"
)

// bytesState is what making and reading Buffers needs.
type bytesState struct {
	uint8Array goja.Constructor
	class      *goja.Object // Buffer
}

var typeBytes = reflect.TypeOf([]byte(nil))

// SetBufferClass is called by module buffer when it loads: class is the function whose prototype Buffers have.
func (rt *Runtime) SetBufferClass(class *goja.Object) { rt.bytes.class = class }

// NewBuffer makes a Buffer over data, without a copy: what scripts write shows up in data and the other way round.
// Loop goroutine only.
func (rt *Runtime) NewBuffer(data []byte) *goja.Object {
	return rt.BufferOver(rt.vm.ToValue(rt.vm.NewArrayBuffer(data)))
}

// BufferOver makes a Buffer over an ArrayBuffer, or over a part of it: its offset and length.
func (rt *Runtime) BufferOver(buffer goja.Value, part ...goja.Value) *goja.Object {
	if rt.bytes.class == nil {
		rt.Require("buffer")
	}
	return rt.Uint8Array(rt.bytes.class, append([]goja.Value{buffer}, part...)...)
}

// Uint8Array calls the intrinsic constructor; class, if not nil, is new.target and so says which prototype the result has.
func (rt *Runtime) Uint8Array(class *goja.Object, args ...goja.Value) *goja.Object {
	if rt.bytes.uint8Array == nil {
		rt.bytes.uint8Array, _ = goja.AssertConstructor(rt.vm.Get("Uint8Array"))
	}
	o, err := rt.bytes.uint8Array(class, args...)
	if err != nil {
		rt.rethrow(err)
	}
	return o
}

// Bytes gives the memory behind a Buffer, any other typed array, a DataView or an ArrayBuffer, without a copy. A
// detached one is empty. Loop goroutine only; the memory stays valid.
func (rt *Runtime) Bytes(v goja.Value) (b []byte, ok bool) {
	o, isObject := v.(*goja.Object)
	if !isObject {
		return nil, false
	}
	defer func() {
		// The engine reaches for the memory of a detached ArrayBuffer.
		if recover() != nil {
			b, ok = nil, true
		}
	}()
	switch KindOf(o) {
	case TypedArray:
		if o.ExportType() == typeBytes {
			b, ok = o.Export().([]byte)
			if len(b) > 0 && uintptr(unsafe.Pointer(unsafe.SliceData(b))) < 1<<16 {
				b = nil
			}
			return b, ok
		}
		fallthrough
	case DataViewObject:
		return b, rt.vm.ExportTo(o, &b) == nil
	case ArrayBufferObject:
		return o.Export().(goja.ArrayBuffer).Bytes(), true
	}
	return nil, false
}

// BytesOf is Bytes for what may also be a primitive string, which is encoded.
func (rt *Runtime) BytesOf(v goja.Value, e Encoding) ([]byte, bool) {
	if s, ok := v.(goja.String); ok {
		return EncodeString(s, e), true
	}
	return rt.Bytes(v)
}
