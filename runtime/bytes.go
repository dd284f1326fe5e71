package runtime

import "github.com/dop251/goja"

// bytesState is what making and reading Buffers needs.
type bytesState struct {
	uint8Array goja.Constructor
	class      *goja.Object // Buffer
}

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
	if impl := implementation(o); impl.Type() == rt.insides().typed {
		b, _, _ = rt.view(impl)
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
		return b, rt.vm.ExportTo(o, &b) == nil
	case ArrayBufferObject:
		return o.Export().(goja.ArrayBuffer).Bytes(), true
	}
	return nil, false
}

// ViewOf gives the ArrayBuffer of a typed array and where in it the array begins, in bytes.
func (rt *Runtime) ViewOf(o *goja.Object) (buffer *goja.Object, offset int) {
	if impl := implementation(o); impl.Type() == rt.insides().typed {
		_, buffer, offset = rt.view(impl)
		return buffer, offset
	}
	return o.Get("buffer").(*goja.Object), int(o.Get("byteOffset").ToInteger())
}

// BytesOf is Bytes for what may also be a primitive string, which is encoded.
func (rt *Runtime) BytesOf(v goja.Value, e Encoding) ([]byte, bool) {
	if s, ok := v.(goja.String); ok {
		return EncodeString(s, e), true
	}
	return rt.Bytes(v)
}
