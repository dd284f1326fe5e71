package engine

import (
	"math"
	"unsafe"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/engine/layout"
)

// Resizable ArrayBuffers and growable SharedArrayBuffers. The engine's views have a length of their own and reach for their buffer's
// memory without looking at its length. So a buffer that can be resized has memory for all it may become from the start, its data
// are the beginning of that, and it tells its views when they become longer or shorter. A view that does not fit any more is given a
// detached buffer until it fits again: to all of the engine's methods it is what one of a detached buffer is.

// resizable is an ArrayBuffer that can be resized. Its class is resizableClass.
type resizable struct {
	layout.ArrayBufferObject
	memory *SharedMemory // of a SharedArrayBuffer
	views  []*view
	// gone is the buffer of views that do not fit.
	gone layout.ArrayBufferObject
}

// view is a typed array or a DataView of a resizable buffer.
type view struct {
	typed  weak.Pointer[layout.TypedArrayObject]
	data   weak.Pointer[layout.DataViewObject]
	offset int // in bytes
	length int // in elements, as made
	size   int // of an element
	tracks bool
}

// The class of resizable buffers, and of what is gone of them, is the engine's "Object" at addresses of their own, by which they are known.
var resizableName, goneName = [...]byte{'O', 'b', 'j', 'e', 'c', 't'}, [...]byte{'O', 'b', 'j', 'e', 'c', 't'}

// resizableOf is the resizable buffer that a buffer is, or was for a view that does not fit, nil if it is none.
func resizableOf(buffer *layout.ArrayBufferObject) *resizable {
	if buffer != nil {
		switch unsafe.StringData(buffer.Class) {
		case &resizableName[0]:
			return (*resizable)(unsafe.Pointer(buffer))
		case &goneName[0]:
			return (*resizable)(unsafe.Add(unsafe.Pointer(buffer), -int(unsafe.Offsetof(resizable{}.gone))))
		}
	}
	return nil
}

// bufferOf is the ArrayBuffer or SharedArrayBuffer that a value is, nil if it is none.
func bufferOf(v goja.Value) *layout.ArrayBufferObject {
	if o, ok := v.(*goja.Object); ok && KindOf(o) == ArrayBufferObject {
		return (*layout.ArrayBufferObject)(layout.SelfOf(o).Data)
	}
	return nil
}

// makeResizable makes a buffer of the engine's one that may have up to limit bytes.
func (e *Engine) makeResizable(o *goja.Object, data []byte, limit int, memory *SharedMemory) *resizable {
	self := layout.SelfOf(o)
	b := &resizable{ArrayBufferObject: *(*layout.ArrayBufferObject)(self.Data), memory: memory}
	b.Class = unsafe.String(&resizableName[0], len(resizableName))
	b.Data = data[:len(data):limit]
	b.gone = layout.ArrayBufferObject{BaseObject: layout.BaseObject{Class: unsafe.String(&goneName[0], len(goneName)), Val: o}, Detached: true}
	self.Data = unsafe.Pointer(b)
	e.followViews()
	return b
}

// resize gives the buffer another length.
func (b *resizable) resize(n int) {
	all, old := b.Data[:cap(b.Data)], len(b.Data)
	if b.memory == nil {
		clear(all[min(n, old):max(n, old)])
	}
	b.Data = all[:n]
	live := b.views[:0]
	for _, v := range b.views {
		if v.fit(b) {
			live = append(live, v)
		}
	}
	clear(b.views[len(live):])
	b.views = live
}

// refresh takes note of what other threads have done.
func (b *resizable) refresh() {
	if b.memory != nil {
		if n := b.memory.Len(); n != len(b.Data) {
			b.resize(n)
		}
	}
}

// fit gives a view the length that it has in its buffer now. It is false if the view is gone.
func (v *view) fit(b *resizable) bool {
	length, room := v.length, len(b.Data)-v.offset
	if v.tracks {
		length = room / v.size
	}
	buffer := &b.ArrayBufferObject
	if room < 0 || length*v.size > room {
		length, buffer = 0, &b.gone
	}
	if t := v.typed.Value(); t != nil {
		t.Length, t.ViewedArrayBuf = length, buffer
		return true
	}
	if d := v.data.Value(); d != nil {
		d.ByteLen, d.ViewedArrayBuf = length, buffer
		return true
	}
	return false
}

// follow has a buffer tell a new view when it changes.
func (b *resizable) follow(o *goja.Object, tracks bool) {
	v := &view{tracks: tracks, size: 1}
	if t := typedArray(o); t != nil {
		v.typed, v.offset, v.length, v.size = weak.Make(t), t.Offset*t.ElemSize, t.Length, t.ElemSize
	} else {
		d := (*layout.DataViewObject)(layout.SelfOf(o).Data)
		v.data, v.offset, v.length = weak.Make(d), d.ByteOffset, d.ByteLen
	}
	if len(b.views) == cap(b.views) { // before it grows: perhaps some are gone
		live := b.views[:0]
		for _, v := range b.views {
			if v.typed.Value() != nil || v.data.Value() != nil {
				live = append(live, v)
			}
		}
		clear(b.views[len(live):])
		b.views = live
	}
	b.views = append(b.views, v)
	v.fit(b)
}

// tracking tells whether a view's length is that of its buffer.
func tracking(o *goja.Object) bool {
	t := typedArray(o)
	if t == nil {
		return false
	}
	b := resizableOf(t.ViewedArrayBuf)
	if b == nil {
		return false
	}
	for _, v := range b.views {
		if v.typed.Value() == t {
			return v.tracks
		}
	}
	return false
}

// typedClasses are the names of the classes of typed arrays.
var typedClasses = [...]string{"Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array",
	"Float16Array", "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array"}

// followViews has the constructors of views tell resizable buffers of them, from the first such buffer on.
func (e *Engine) followViews() {
	if e.following {
		return
	}
	e.following = true
	e.bytes.uint8Array = nil // it is the constructor before it was wrapped
	for _, name := range append(typedClasses[:], "DataView") {
		class, ok := e.realm.Global(name).(*goja.Object)
		if !ok {
			continue
		}
		size := viewSize(name)
		e.WrapConstructor(class, func(plain Constructor) Constructor {
			return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
				var b *resizable
				if len(args) > 0 {
					b = resizableOf(bufferOf(args[0]))
				}
				if b == nil {
					return plain(args, newTarget)
				}
				b.refresh()
				tracks := len(args) < 3 || args[2] == nil || goja.IsUndefined(args[2])
				args = append([]goja.Value(nil), args...)
				if len(args) > 1 {
					args[1] = e.vm.ToValue(e.index(args[1], "Start offset "+describeNumber(args[1])+" is outside the bounds of the buffer"))
				}
				if tracks && size > 1 {
					// Bytes that make no whole element are left over.
					whole := b.Data
					b.Data = whole[:len(whole)/size*size]
					defer func() {
						if len(b.Data) == len(whole)/size*size {
							b.Data = whole
						}
					}()
				}
				o := plain(args, newTarget)
				b.follow(o, tracks)
				return o
			}
		})
	}
	typed := e.Intrinsic("Uint8Array").Prototype().Get("prototype").(*goja.Object)
	for _, name := range [...]string{"every", "some", "forEach", "find", "findIndex", "findLast", "findLastIndex", "reduce", "reduceRight", "filter", "map",
		"at", "includes", "indexOf", "lastIndexOf", "join", "toLocaleString", "sort"} {
		e.WrapNative(typed.Get(name), func(plain Native) Native {
			return func(call goja.FunctionCall) goja.Value {
				if o, ok := call.This.(*goja.Object); ok {
					if t := typedArray(o); t != nil && resizableOf(t.ViewedArrayBuf) != nil {
						if t.ViewedArrayBuf.Detached {
							e.Throw(e.vm.NewTypeError("Cannot perform %%TypedArray%%.prototype.%s on a detached ArrayBuffer", name))
						}
						if _, compare := goja.AssertFunction(call.Argument(0)); compare || name != "sort" {
							return e.Apply(e.family(typedScript).Get(name), call.This, call.Arguments...)
						}
					}
				}
				return plain(call)
			}
		})
	}
	e.WrapNative(typed.Get("copyWithin"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if o, ok := call.This.(*goja.Object); ok {
				if t := typedArray(o); t != nil && resizableOf(t.ViewedArrayBuf) != nil && !t.ViewedArrayBuf.Detached {
					e.copyWithin(t, call)
					return o
				}
			}
			return plain(call)
		}
	})
	e.WrapNative(typed.Get("subarray"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			o, ok := call.This.(*goja.Object)
			if !ok || !goja.IsUndefined(call.Argument(1)) || !tracking(o) {
				return plain(call)
			}
			t := typedArray(o)
			length := float64(t.Length)
			begin := call.Argument(0).ToNumber().ToFloat()
			if begin = math.Trunc(begin); begin != begin {
				begin = 0
			} else if begin < 0 {
				begin = max(begin+length, 0)
			}
			begin = min(begin, length)
			at := e.vm.ToValue(int64(t.Offset*t.ElemSize) + int64(begin)*int64(t.ElemSize))
			return e.Construct(e.speciesOf(o, t.DefaultCtor), t.ViewedArrayBuf.Val, at)
		}
	})
}

// copyWithin copies elements of an array whose buffer the conversion of the arguments may resize: what is not there any more is left out.
func (e *Engine) copyWithin(t *layout.TypedArrayObject, call goja.FunctionCall) {
	length := t.Length
	relative := func(v goja.Value, otherwise int) int {
		if goja.IsUndefined(v) {
			return otherwise
		}
		f := v.ToNumber().ToFloat()
		switch f = math.Trunc(f); {
		case f != f:
			return 0
		case f < 0:
			f += float64(length)
		}
		return int(min(max(f, 0), float64(length)))
	}
	to, from := relative(call.Argument(0), 0), relative(call.Argument(1), 0)
	count := min(relative(call.Argument(2), length)-from, length-to)
	if count <= 0 {
		return
	}
	if t.ViewedArrayBuf.Detached {
		e.Throw(e.vm.NewTypeError("Cannot perform %%TypedArray%%.prototype.copyWithin on a detached ArrayBuffer"))
	}
	size := t.ElemSize
	b := viewBytes(t.ViewedArrayBuf, t.Offset*size, t.Length*size)
	if to*size < len(b) && from*size < len(b) {
		copy(b[to*size:], b[from*size:min((from+count)*size, len(b))])
	}
}

// fits is the length of a typed array that fits its buffer; all else throws.
func (e *Engine) fits(v goja.Value) int {
	if o, ok := v.(*goja.Object); ok {
		if t := typedArray(o); t != nil {
			if t.ViewedArrayBuf.Detached {
				e.Throw(e.vm.NewTypeError("Cannot perform Construct on a detached ArrayBuffer"))
			}
			return t.Length
		}
	}
	panic(e.vm.NewTypeError("this is not a typed array."))
}

// speciesOf is SpeciesConstructor.
func (e *Engine) speciesOf(o, otherwise *goja.Object) goja.Value {
	c := o.Get("constructor")
	if c == nil || goja.IsUndefined(c) {
		return otherwise
	}
	class, ok := c.(*goja.Object)
	if !ok {
		e.Throw(e.vm.NewTypeError("The .constructor property is not an object"))
	}
	if s := class.GetSymbol(goja.SymSpecies); s != nil && !goja.IsUndefined(s) && !goja.IsNull(s) {
		return s
	}
	return otherwise
}

func describeNumber(v goja.Value) string {
	if goja.IsNumber(v) {
		return v.String()
	}
	return "NaN"
}

// index is ToIndex, with the message of its RangeError.
func (e *Engine) index(v goja.Value, message string) int64 {
	if v == nil || goja.IsUndefined(v) {
		return 0
	}
	f := math.Trunc(v.ToNumber().ToFloat())
	if f != f {
		return 0
	}
	if f < 0 || f > 1<<53-1 {
		e.Throw(e.NewPlainError("RangeError", message))
	}
	return int64(f)
}

// maxByteLength reads the option of that name; -1 if there is none.
func (e *Engine) maxByteLength(options goja.Value) int64 {
	o, ok := options.(*goja.Object)
	if !ok {
		return -1
	}
	v := o.Get("maxByteLength")
	if v == nil || goja.IsUndefined(v) {
		return -1
	}
	return e.index(v, "Invalid array buffer max length")
}

// wrapArrayBuffer gives the constructor ArrayBuffer its option.
func (e *Engine) wrapArrayBuffer(class *goja.Object) {
	e.WrapConstructor(class, func(plain Constructor) Constructor {
		return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
			if len(args) < 2 {
				return plain(args, newTarget)
			}
			if _, ok := args[1].(*goja.Object); !ok {
				return plain(args, newTarget)
			}
			length := e.index(args[0], "Array buffer allocation failed")
			limit := e.maxByteLength(args[1])
			if limit < 0 {
				return plain([]goja.Value{e.vm.ToValue(length)}, newTarget)
			}
			o := plain(nil, newTarget) // looks at newTarget's prototype
			if length > limit {
				e.Throw(e.NewPlainError("RangeError", "Invalid array buffer max length"))
			}
			if !guard.BufferRoom(float64(limit)) {
				e.Throw(e.NewPlainError("RangeError", "Array buffer allocation failed"))
			}
			e.makeResizable(o, make([]byte, length, limit), int(limit), nil)
			return o
		}
	})
}

// addResizing adds resize and what tells of it to ArrayBuffer.prototype.
func (e *Engine) addResizing(proto *goja.Object) {
	buffer := func(v goja.Value, name string, resizes bool) *layout.ArrayBufferObject {
		b := bufferOf(v)
		if b == nil || e.SharedMemory(v) != nil || resizes && resizableOf(b) == nil {
			get := "get "
			if name == "slice" || resizes {
				get = ""
			}
			e.Throw(e.vm.NewTypeError("%s", "Method "+get+"ArrayBuffer.prototype."+name+" called on incompatible receiver "+e.describeValue(v)))
		}
		return b
	}
	e.WrapNative(proto.Get("slice"), func(plain Native) Native {
		return func(call goja.FunctionCall) goja.Value {
			if buffer(call.This, "slice", false).Detached {
				e.Throw(e.vm.NewTypeError("Cannot perform ArrayBuffer.prototype.slice on a detached ArrayBuffer"))
			}
			return plain(call)
		}
	})
	byteLength := layout.BaseOf(proto).Values["byteLength"]
	if p, ok := layout.PropertyOf(byteLength); ok {
		e.WrapNative(p.GetterFunc, func(plain Native) Native {
			return func(call goja.FunctionCall) goja.Value {
				buffer(call.This, "byteLength", false)
				return plain(call)
			}
		})
	}
	e.SetGetter(proto, "maxByteLength", func(v goja.Value) goja.Value {
		b := buffer(v, "maxByteLength", false)
		switch r := resizableOf(b); {
		case b.Detached:
			return e.vm.ToValue(0)
		case r != nil:
			return e.vm.ToValue(cap(r.Data))
		}
		return e.vm.ToValue(len(b.Data))
	}, nil)
	e.SetGetter(proto, "resizable", func(v goja.Value) goja.Value { return e.vm.ToValue(resizableOf(buffer(v, "resizable", false)) != nil) }, nil)
	e.SetMethod(proto, "resize", 1, func(call goja.FunctionCall) goja.Value {
		b := resizableOf(buffer(call.This, "resize", true))
		const invalid = "ArrayBuffer.prototype.resize: Invalid length parameter"
		n := e.index(call.Argument(0), invalid)
		if b.Detached {
			e.Throw(e.vm.NewTypeError("Cannot perform ArrayBuffer.prototype.resize on a detached ArrayBuffer"))
		}
		if n > int64(cap(b.Data)) {
			e.Throw(e.NewPlainError("RangeError", invalid))
		}
		b.resize(int(n))
		return goja.Undefined()
	})
}
