// Package buffer is module "buffer": Buffer as Go natives over the engine's Uint8Array, the string encodings of package
// runtime, and Blob and File. All of it runs on the loop goroutine.
package buffer

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/engine/guard"
	"gonode/runtime"
)

// Module is "buffer".
var Module = &runtime.Module{Name: "buffer", Binding: binding, Globals: []runtime.Global{
	{Name: "Buffer", Accessor: true}, {Name: "atob", Enumerable: true}, {Name: "btoa", Enumerable: true}, {Name: "Blob"}, {Name: "File"},
}}

const (
	maxLength       = 1<<53 - 1
	maxStringLength = 0x1fffffe8
)

// buffers is the module in one runtime.
type buffers struct {
	rt           *runtime.Runtime
	vm           *goja.Runtime
	class, proto *goja.Object
	fast         *goja.Object  // what subclasses and species use: constructs like Uint8Array
	tag          goja.Callable // names the class of a typed array
	inspectMax   float64
	warned       bool // of Buffer()
	warnedSlow   bool

	// Small buffers share memory, as Node's do.
	pool       []byte
	poolValue  *goja.Object
	poolOffset int
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := &buffers{rt: rt, vm: vm, inspectMax: 50}
	uint8Array := rt.Intrinsic("Uint8Array")
	uint8Proto := uint8Array.Get("prototype").(*goja.Object)
	getter := rt.CallMethod(rt.Intrinsic("Object"), "getOwnPropertyDescriptor", uint8Proto.Prototype(), goja.SymToStringTag)
	b.tag, _ = goja.AssertFunction(getter.(*goja.Object).Get("get"))

	b.class = vm.ToValue(func(call goja.ConstructorCall) *goja.Object { return b.construct(call) }).(*goja.Object)
	b.class.DefineDataProperty("name", vm.ToValue("Buffer"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	b.class.DefineDataProperty("length", vm.ToValue(3), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	b.class.SetPrototype(uint8Array)
	b.proto = vm.CreateObject(uint8Proto)
	b.proto.DefineDataProperty("constructor", b.class, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	b.class.DefineDataProperty("prototype", b.proto, goja.FLAG_TRUE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	rt.SetBufferClass(b.class)
	b.class.DefineAccessorPropertySymbol(goja.SymSpecies, rt.Func("get [Symbol.species]", 0, func(goja.FunctionCall) goja.Value {
		return b.species()
	}), nil, goja.FLAG_TRUE, goja.FLAG_FALSE)

	b.statics()
	b.numbers()
	b.methods()

	exports := vm.NewObject()
	exports.Set("Buffer", b.class)
	slowClass := vm.ToValue(func(call goja.ConstructorCall) *goja.Object {
		if !b.warnedSlow {
			b.warnedSlow = true
			b.warnOf("DEP0030", "SlowBuffer() is deprecated. Please use Buffer.allocUnsafeSlow()")
		}
		return b.slow(b.size(call.Argument(0)))
	}).(*goja.Object)
	slowClass.DefineDataProperty("name", vm.ToValue("SlowBuffer"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	slowClass.DefineDataProperty("length", vm.ToValue(1), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	slowClass.Get("prototype").(*goja.Object).SetPrototype(uint8Proto)
	slowClass.SetPrototype(uint8Array)
	exports.Set("SlowBuffer", slowClass)
	rt.SetFunc(exports, "transcode", 3, b.transcode)
	rt.SetFunc(exports, "isUtf8", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(b.valid(call.Argument(0), true)) })
	rt.SetFunc(exports, "isAscii", 1, func(call goja.FunctionCall) goja.Value { return vm.ToValue(b.valid(call.Argument(0), false)) })
	exports.Set("kMaxLength", maxLength)
	exports.Set("kStringMaxLength", maxStringLength)
	rt.SetFunc(exports, "btoa", 1, b.btoa)
	rt.SetFunc(exports, "atob", 1, b.atob)
	constants := vm.NewObject()
	constants.Set("MAX_LENGTH", maxLength)
	constants.Set("MAX_STRING_LENGTH", maxStringLength)
	exports.DefineDataProperty("constants", constants, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	exports.DefineAccessorProperty("INSPECT_MAX_BYTES", rt.Func("get INSPECT_MAX_BYTES", 0, func(goja.FunctionCall) goja.Value {
		return vm.ToValue(b.inspectMax)
	}), rt.Func("set INSPECT_MAX_BYTES", 1, func(call goja.FunctionCall) goja.Value {
		b.inspectMax = rt.ValidateNumber(call.Argument(0), "INSPECT_MAX_BYTES", 0, math.NaN())
		return goja.Undefined()
	}), goja.FLAG_TRUE, goja.FLAG_TRUE)
	rt.DefineExports(exports, "internal/blob", "Blob", "resolveObjectURL", "File")
	return exports
}

// construct is Buffer(), deprecated with and without new; subclasses come here too.
func (b *buffers) construct(call goja.ConstructorCall) *goja.Object {
	b.warn()
	var made goja.Value
	if v := call.Argument(0); goja.IsNumber(v) && !isObject(v) {
		if goja.IsString(call.Argument(1)) {
			b.rt.ThrowArgType("string", v, "string")
		}
		made = b.cleared(b.size(v))
	} else {
		made = b.from(v, call.Argument(1), call.Argument(2))
	}
	return made.(*goja.Object)
}

// warn emits the deprecation of Buffer() once, unless a package's file is to blame.
func (b *buffers) warn() {
	if b.warned {
		return
	}
	if !b.rt.Config().Options.PendingDeprecation && b.rt.InsideNodeModules() {
		return
	}
	b.warned = true
	b.warnOf("DEP0005", "Buffer() is deprecated due to security and usability issues. "+
		"Please use the Buffer.alloc(), Buffer.allocUnsafe(), or Buffer.from() methods instead.")
}

// warnOf emits a deprecation.
func (b *buffers) warnOf(code, text string) {
	if b.rt.Builtin("process") != nil {
		b.rt.CallMethod(b.rt.Require("process"), "emitWarning", b.vm.ToValue(text), b.vm.ToValue("DeprecationWarning"), b.vm.ToValue(code))
	}
}

func (b *buffers) species() *goja.Object {
	if b.fast == nil {
		b.fast, _ = b.rt.Class("FastBuffer", 0, func(call goja.ConstructorCall) *goja.Object {
			class := call.NewTarget
			if class == nil {
				class = b.fast
			}
			return b.rt.Uint8Array(class, call.Arguments...)
		})
		b.fast.Set("prototype", b.proto)
		b.fast.SetPrototype(b.rt.Intrinsic("Uint8Array"))
	}
	return b.fast
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

func isNumber(v goja.Value) bool { return goja.IsNumber(v) && !isObject(v) }

func str(v goja.Value) (goja.String, bool) {
	s, ok := v.(goja.String)
	return s, ok
}

// bytes gives the memory of a Uint8Array, Buffers first of all.
func (b *buffers) bytes(v goja.Value) ([]byte, bool) {
	o, ok := v.(*goja.Object)
	if !ok || engine.KindOf(o) != engine.TypedArray {
		return nil, false
	}
	if o.Prototype() != b.proto {
		if name, err := b.tag(o); err != nil || name.String() != "Uint8Array" {
			return nil, false
		}
	}
	return b.rt.Bytes(o)
}

// this gives the memory of a method's receiver.
func (b *buffers) this(call goja.FunctionCall) []byte {
	if data, ok := b.view(call.This); ok {
		return data
	}
	err := b.rt.NewPlainError("TypeError", "argument must be a buffer")
	err.Set("code", "ERR_INVALID_ARG_TYPE")
	panic(err)
}

// view gives the memory of a view, and not that of an ArrayBuffer.
func (b *buffers) view(v goja.Value) ([]byte, bool) {
	if o, ok := v.(*goja.Object); !ok || engine.KindOf(o) == engine.ArrayBufferObject {
		return nil, false
	}
	return b.rt.Bytes(v)
}

// receiver is this for the methods that are JavaScript in Node: they need the length of a typed array first.
func (b *buffers) receiver(call goja.FunctionCall) []byte {
	if o, ok := call.This.(*goja.Object); !ok || engine.KindOf(o) != engine.TypedArray {
		panic(b.vm.NewTypeError("Method get TypedArray.prototype.length called on incompatible receiver %s", b.rt.Describe(call.This)))
	}
	data, _ := b.rt.Bytes(call.This)
	return data
}

// size checks the argument of the alloc functions.
func (b *buffers) size(v goja.Value) int {
	return int(b.rt.ValidateNumber(v, "size", 0, maxLength))
}

// cleared is a Buffer over zeros, where Node constructs a Uint8Array.
func (b *buffers) cleared(n int) *goja.Object {
	b.rt.Memory.Need(n)
	return b.rt.NewBuffer(make([]byte, n))
}

// slow is a Buffer over memory of its own, where Node asks its allocator.
func (b *buffers) slow(n int) *goja.Object {
	b.rt.Memory.NeedBuffer(n)
	return b.rt.NewBuffer(make([]byte, n))
}

func (b *buffers) poolSize() int {
	v := b.class.Get("poolSize")
	if v == nil || !isNumber(v) {
		return 0
	}
	return int(v.ToInteger())
}

// allocate takes n bytes of the pool, or makes memory where they are too many.
func (b *buffers) allocate(n int) ([]byte, *goja.Object) {
	size := b.poolSize()
	if n <= 0 || n >= size>>1 {
		b.rt.Memory.NeedBuffer(n)
		data := make([]byte, n)
		return data, b.rt.NewBuffer(data)
	}
	if n > len(b.pool)-b.poolOffset {
		b.pool = make([]byte, size)
		b.poolValue = b.vm.ToValue(b.vm.NewArrayBuffer(b.pool)).(*goja.Object)
		b.rt.MarkUntransferable(b.poolValue)
		b.poolOffset = 0
	}
	at := b.poolOffset
	b.poolOffset = (at + n + 7) &^ 7
	return b.pool[at : at+n : at+n], b.rt.BufferIn(b.poolValue, at, n)
}

func (b *buffers) copied(data []byte) *goja.Object {
	if n := len(data); n > 0 && n < b.poolSize()>>1 {
		dst, o := b.allocate(n)
		copy(dst, data)
		return o
	}
	return b.rt.NewBuffer(append([]byte(nil), data...))
}

func (b *buffers) fromString(s goja.String, encoding goja.Value) *goja.Object {
	e := engine.UTF8
	if name, ok := str(encoding); ok && name.Length() > 0 {
		if e, ok = engine.ParseEncoding(name.String()); !ok {
			b.rt.Throw(b.rt.NewError("ERR_UNKNOWN_ENCODING", encoding))
		}
	}
	data := engine.EncodeString(s, e)
	if n := len(data); n > 0 && n < b.poolSize()>>1 {
		dst, o := b.allocate(n)
		copy(dst, data)
		return o
	}
	return b.rt.NewBuffer(data)
}

// from is Buffer.from.
func (b *buffers) from(v, encodingOrOffset, length goja.Value) goja.Value {
	if s, ok := str(v); ok {
		return b.fromString(s, encodingOrOffset)
	}
	o, ok := v.(*goja.Object)
	if _, callable := goja.AssertFunction(v); ok && !callable {
		if data, isBytes := b.bytes(o); isBytes {
			return b.copied(data)
		}
		if engine.KindOf(o) == engine.ArrayBufferObject {
			return b.fromArrayBuffer(o, encodingOrOffset, length)
		}
		if fn, ok := goja.AssertFunction(o.Get("valueOf")); ok {
			p := b.rt.Call(fn, o)
			if !goja.IsNull(p) && !goja.IsUndefined(p) && !p.SameAs(o) && (goja.IsString(p) || isObject(p)) {
				return b.from(p, encodingOrOffset, length)
			}
		}
		if made := b.fromObject(o); made != nil {
			return made
		}
		if fn, ok := goja.AssertFunction(orUndefined(o.GetSymbol(goja.SymToPrimitive))); ok {
			if s, ok := str(b.rt.Call(fn, o, b.vm.ToValue("string"))); ok {
				return b.fromString(s, encodingOrOffset)
			}
		}
	}
	b.rt.ThrowArgType("first argument", v, "string", "Buffer", "ArrayBuffer", "Array", "Array-like Object")
	return nil
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}

func (b *buffers) fromArrayBuffer(o *goja.Object, offset, length goja.Value) goja.Value {
	size := len(o.Export().(goja.ArrayBuffer).Bytes())
	at := 0.0
	if !goja.IsUndefined(offset) {
		if at = offset.ToFloat(); math.IsNaN(at) {
			at = 0
		}
	}
	most := float64(size) - at
	if most < 0 {
		b.rt.Throw(b.rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS", "offset"))
	}
	if goja.IsUndefined(length) {
		return b.rt.BufferOver(o, b.vm.ToValue(at)) // as long as the memory is, if that is resized, too
	}
	n := length.ToFloat()
	if !(n > 0) {
		n = 0
	} else if n > most {
		b.rt.Throw(b.rt.NewError("ERR_BUFFER_OUT_OF_BOUNDS", "length"))
	}
	return b.rt.BufferOver(o, b.vm.ToValue(at), b.vm.ToValue(n))
}

func (b *buffers) fromObject(o *goja.Object) goja.Value {
	length := o.Get("length")
	hasLength := length != nil && !goja.IsUndefined(length)
	if !hasLength {
		if inner, ok := o.Get("buffer").(*goja.Object); ok {
			hasLength = engine.KindOf(inner) == engine.ArrayBufferObject
		}
	}
	if hasLength {
		if length == nil || !isNumber(length) {
			return b.rt.NewBuffer(nil)
		}
		return b.fromArrayLike(o, length.ToFloat())
	}
	if t := o.Get("type"); t != nil && goja.IsString(t) && t.String() == "Buffer" {
		if data, ok := o.Get("data").(*goja.Object); ok && engine.KindOf(data) == engine.ArrayObject {
			return b.fromArrayLike(data, data.Get("length").ToFloat())
		}
	}
	return nil
}

func (b *buffers) fromArrayLike(o *goja.Object, length float64) goja.Value {
	if !(length > 0) {
		return b.rt.NewBuffer(nil)
	}
	n := int(length)
	b.rt.Memory.Need(n)
	if elements, ok := b.rt.Elements(o); ok && len(elements) >= n {
		plain := true
		for _, v := range elements[:n] {
			if v == nil || !isNumber(v) {
				plain = false
				break
			}
		}
		if plain {
			dst, made := b.allocate(n)
			for i, v := range elements[:n] {
				dst[i] = toUint8(v)
			}
			return made
		}
	}
	dst, made := b.allocate(n)
	for i := range dst {
		if dst[i] = 0; i&0xfff == 0 {
			guard.Poll(b.vm)
		}
		if v := o.Get(b.vm.ToValue(i).String()); v != nil {
			if goja.IsBigInt(v) {
				panic(b.vm.NewTypeError("Cannot convert a BigInt value to a number"))
			}
			dst[i] = toUint8(v.ToNumber())
		}
	}
	return made
}

// toUint8 is the conversion of an element of a Uint8Array.
func toUint8(v goja.Value) byte {
	f := v.ToFloat()
	if f >= -(1<<53) && f <= 1<<53 {
		return byte(int64(f))
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return byte(int64(math.Mod(math.Trunc(f), 256)))
}
