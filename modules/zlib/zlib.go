// Package zlib is module zlib: deflate, gzip and brotli as streams and at once. The compressors are Go and work on
// other goroutines, one piece of a stream at a time; the stream classes are zlib.js, on the loop goroutine.
package zlib

import (
	_ "embed"
	"hash/crc32"
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed zlib.js
var script string

// Module is "zlib".
var Module = &runtime.Module{Name: "zlib", Script: engine.NewScript("node:zlib", &script), Binding: binding}

// stream is the native half of one zlib object. While it is busy on another goroutine, closing waits.
type stream struct {
	codec   codec
	busy    bool
	closing bool
}

func (s *stream) close() {
	if s.closing = true; !s.busy {
		s.codec.close()
	}
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	table := vm.CreateObject(nil)
	for _, c := range constants {
		if c.name == "Z_DEFAULT_CHUNK" {
			table.DefineDataProperty("Z_MAX_CHUNK", vm.ToValue(math.Inf(1)), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
		}
		table.DefineDataProperty(c.name, vm.ToValue(c.value), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}
	b.Set("constants", table)
	rt.SetFunc(b, "crc32", 2, func(call goja.FunctionCall) goja.Value {
		data, ok := rt.BytesOf(call.Argument(0), engine.UTF8)
		if _, object := call.Argument(0).(*goja.Object); !ok || object && !isView(call.Argument(0)) {
			rt.ThrowArgType("data", call.Argument(0), "Buffer", "TypedArray", "DataView", "string")
		}
		value := uint32(0)
		if v := call.Argument(1); !goja.IsUndefined(v) {
			value = rt.ValidateUint32(v, "value", false)
		}
		return vm.ToValue(crc32.Update(value, crc32.IEEETable, data))
	})
	rt.SetFunc(b, "open", 5, func(call goja.FunctionCall) goja.Value {
		n := func(i int) int { return int(call.Argument(i).ToInteger()) }
		o := options{mode: n(0), windowBits: n(1), level: n(2), strategy: n(3), quality: 11, lgwin: 22}
		if d, ok := rt.Bytes(call.Argument(4)); ok {
			o.dictionary = append([]byte{}, d...)
		}
		if params, ok := call.Argument(5).(*goja.Object); ok {
			if v := params.Get("1"); v != nil {
				o.quality = int(v.ToInteger())
			}
			if v := params.Get("2"); v != nil {
				o.lgwin = int(v.ToInteger())
			}
			if v := params.Get("4"); v != nil && v.ToInteger() > 1 || v != nil && v.ToInteger() < 0 {
				rt.Throw(rt.NewError("ERR_ZLIB_INITIALIZATION_FAILED")) // a flag
			}
			if o.quality < 0 || o.quality > 11 || o.lgwin != 0 && (o.lgwin < 10 || o.lgwin > 24) {
				rt.Throw(rt.NewError("ERR_ZLIB_INITIALIZATION_FAILED"))
			}
		}
		handle := vm.NewObject()
		rt.SetSlot(handle, &stream{codec: newCodec(o)})
		return handle
	})
	of := func(v goja.Value) *stream {
		s, ok := rt.Slot(v).(*stream)
		if !ok {
			rt.ThrowArgType("handle", v, "Object")
		}
		return s
	}
	// answer is [output or null, more, used, left] or [null, false, used, left, message, errno, code].
	answer := func(s *stream, output []byte, more bool, used int, err error) goja.Value {
		var out goja.Value = goja.Null()
		if len(output) > 0 {
			out = rt.NewBuffer(output)
		}
		if f, ok := err.(*fault); ok {
			return vm.NewArray(goja.Null(), false, used, s.codec.left(), f.message, f.errno, f.code)
		}
		return vm.NewArray(out, more, used, s.codec.left())
	}
	// step(handle, input or null, flush, limit) does a piece of the work now; with a callback, elsewhere.
	rt.SetFunc(b, "step", 5, func(call goja.FunctionCall) goja.Value {
		s := of(call.Argument(0))
		input, fed := rt.Bytes(call.Argument(1))
		flush, limit := int(call.Argument(2).ToInteger()), int(call.Argument(3).ToInteger())
		work := func() (output []byte, more bool, used int, err error) {
			if fed {
				s.codec.feed(input, flush)
			}
			return s.codec.take(limit)
		}
		fn, async := goja.AssertFunction(call.Argument(4))
		if !async {
			output, more, used, err := work()
			return answer(s, output, more, used, err)
		}
		context := rt.StartAsync("ZLIB", nil)
		s.busy = true
		rt.Loop().Go(func() func() {
			output, more, used, err := work()
			return func() {
				s.busy = false
				if s.closing {
					s.codec.close()
				}
				rt.Enter(func() {
					scope := rt.EnterAsync(context)
					rt.Call(fn, goja.Undefined(), answer(s, output, more, used, err))
					scope.Leave()
					rt.EndAsync(context)
				})
			}
		})
		return goja.Undefined()
	})
	rt.SetFunc(b, "reset", 1, func(call goja.FunctionCall) goja.Value {
		of(call.Argument(0)).codec.reset()
		return goja.Undefined()
	})
	rt.SetFunc(b, "params", 3, func(call goja.FunctionCall) goja.Value {
		of(call.Argument(0)).codec.params(int(call.Argument(1).ToInteger()), int(call.Argument(2).ToInteger()))
		return goja.Undefined()
	})
	rt.SetFunc(b, "close", 1, func(call goja.FunctionCall) goja.Value {
		of(call.Argument(0)).close()
		return goja.Undefined()
	})
	return b
}

func isView(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	k := engine.KindOf(o)
	return k == engine.TypedArray || k == engine.DataViewObject
}
