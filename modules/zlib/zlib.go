// Package zlib is module zlib: deflate, gzip, brotli and zstd as streams and at once. The compressors are Go and work on
// other goroutines, one piece of a stream at a time; the stream classes are zlib.js, on the loop goroutine.
package zlib

import (
	_ "embed"
	"hash/crc32"
	"math"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/deferred"
	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed zlib.js
var script string

//go:embed core.js
var coreJS string

//go:embed iter.js
var iterJS string

// Modules are "zlib", "zlib/iter" and what they share.
var Modules = []*runtime.Module{
	{Name: "zlib", Script: engine.NewScript("node:zlib", &script)},
	{Name: "zlib/iter", Script: engine.NewScript("node:zlib/iter", &iterJS), Enabled: (*runtime.Options).HasStreamIter},
	{Name: "internal/zlib", Private: true, Script: engine.NewScript("node:internal/zlib", &coreJS), Binding: binding},
}

// stream is the native half of one zlib object. While it is busy on another goroutine, closing waits.
type stream struct {
	codec   codec
	ahead   []piece // that were made together with the one before
	busy    bool
	closing bool
}

// piece is what one step gives.
type piece struct {
	output []byte
	more   bool
	used   int
	err    error
}

// mostAhead is how much output is made at once for steps that follow each other: to go to another goroutine costs as much as 16 KB of it.
const mostAhead = 64 << 10

// produce makes a piece, and those that will be asked for next if they are small.
func (s *stream) produce(limit, most int) {
	for size := 0; ; {
		var p piece
		p.output, p.more, p.used, p.err = s.codec.take(limit)
		s.ahead, size = append(s.ahead, p), size+limit
		if !p.more || p.err != nil || size >= most {
			return
		}
	}
}

func (s *stream) close() {
	if s.closing = true; !s.busy {
		s.codec.close()
	}
}

func binding(rt *runtime.Runtime) *goja.Object {
	deferred.Compression.Run()
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
	rt.SetFunc(b, "crc32", 1, func(call goja.FunctionCall) goja.Value {
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
	// needBuffer(chunkSize, most) throws where Node, which allocates a chunk at once, cannot have it.
	rt.SetFunc(b, "needBuffer", 2, func(call goja.FunctionCall) goja.Value {
		rt.Memory.NeedBuffer(int(rt.ValidateNumber(call.Argument(0), "size", 0, call.Argument(1).ToFloat())))
		return goja.Undefined()
	})
	prototype := vm.NewObject()
	// open(mode, windowBits, level, strategy, dictionary, reject, params, pledged)
	rt.SetFunc(b, "open", 8, func(call goja.FunctionCall) goja.Value {
		n := func(i int) int { return int(call.Argument(i).ToInteger()) }
		o := options{mode: n(0), windowBits: n(1), level: n(2), strategy: n(3), quality: 11, lgwin: 22,
			reject: call.Argument(5).ToBoolean(), pledged: zstdUnknownSize}
		if d, ok := rt.Bytes(call.Argument(4)); ok {
			o.dictionary = append([]byte{}, d...)
		}
		if v := call.Argument(7); !goja.IsUndefined(v) {
			o.pledged = pledgedSize(rt, v)
		}
		if params, ok := call.Argument(6).(*goja.Object); ok {
			o.setParams(rt, params)
		}
		return rt.NewObject(prototype, &stream{codec: newCodec(o)})
	})
	of := func(v goja.Value) *stream {
		s, ok := rt.Slot(v).(*stream)
		if !ok {
			rt.ThrowArgType("handle", v, "Object")
		}
		return s
	}
	// answer is [output or null, more, used, left] or [null, false, used, left, message, errno, code].
	answer := func(s *stream, p piece) goja.Value {
		var out goja.Value = goja.Null()
		if len(p.output) > 0 {
			out = rt.NewBuffer(p.output)
		}
		if f, ok := p.err.(*fault); ok {
			return vm.NewArray(goja.Null(), false, p.used, s.codec.left(), f.message, f.errno, f.code)
		}
		return vm.NewArray(out, p.more, p.used, s.codec.left())
	}
	// step(handle, input or null, flush, limit) does a piece of the work now; with a callback, elsewhere.
	rt.SetFunc(b, "step", 5, func(call goja.FunctionCall) goja.Value {
		s := of(call.Argument(0))
		input, fed := rt.Bytes(call.Argument(1))
		flush, limit := int(call.Argument(2).ToInteger()), int(call.Argument(3).ToInteger())
		work := func(most int) {
			if fed {
				s.codec.feed(input, flush)
			}
			s.produce(limit, most)
		}
		next := func() (p piece) {
			p, s.ahead = s.ahead[0], s.ahead[1:]
			return p
		}
		fn, async := goja.AssertFunction(call.Argument(4))
		ready := len(s.ahead) > 0 && !fed
		if !async {
			if !ready {
				work(1)
			}
			return answer(s, next())
		}
		context := rt.Async.Start("ZLIB", nil)
		s.busy = true
		finish := func() {
			if s.busy = false; s.closing {
				s.codec.close()
			}
			rt.Enter(func() {
				scope := rt.Async.Enter(context)
				rt.Call(fn, goja.Undefined(), answer(s, next()))
				scope.Leave()
				rt.Async.End(context)
			})
		}
		if ready {
			rt.Loop().Complete(finish)
			return goja.Undefined()
		}
		rt.Loop().Go(func() func() {
			work(mostAhead)
			return finish
		})
		return goja.Undefined()
	})
	rt.SetFunc(prototype, "reset", 0, func(call goja.FunctionCall) goja.Value {
		s := of(call.This)
		if s.busy {
			rt.Throw(rt.NewPlainError("Error", "Cannot reset zlib stream while a write is in progress"))
		}
		s.ahead = nil
		s.codec.reset()
		return goja.Undefined()
	})
	rt.SetFunc(prototype, "params", 2, func(call goja.FunctionCall) goja.Value {
		of(call.This).codec.params(int(call.Argument(0).ToInteger()), int(call.Argument(1).ToInteger()))
		return goja.Undefined()
	})
	rt.SetFunc(prototype, "close", 0, func(call goja.FunctionCall) goja.Value {
		of(call.This).close()
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

// pledgedSize reads the size that a source of zstd is said to have.
func pledgedSize(rt *runtime.Runtime, v goja.Value) int64 {
	size := v.ToFloat()
	fail := func(class, code, message string) {
		o := rt.NewPlainError(class, "pledgedSrcSize "+message)
		o.Set("code", code)
		rt.Throw(o)
	}
	switch {
	case !goja.IsNumber(v):
		fail("TypeError", "ERR_INVALID_ARG_TYPE", "must be a number")
	case size != math.Trunc(size) || math.Abs(size) > engine.MaxSafeInteger || math.IsNaN(size):
		fail("RangeError", "ERR_OUT_OF_RANGE", "must be a safe integer")
	case size < 0:
		fail("RangeError", "ERR_OUT_OF_RANGE", "must be non-negative")
	}
	return int64(size)
}

// setParams takes the parameters of brotli and zstd, or throws. Brotli moves a quality and a window that are out of
// range into it.
func (o *options) setParams(rt *runtime.Runtime, params *goja.Object) {
	zstd := o.mode == modeZstdEncode || o.mode == modeZstdDecode
	fail := func(message string) { rt.Throw(rt.NewError("ERR_ZLIB_INITIALIZATION_FAILED", message)) }
	if zstd {
		o.indexed = map[int]int{}
		if o.mode == modeZstdDecode && !zstdLoads(o.dictionary) {
			fail("Failed to load zstd dictionary")
		}
	}
	for name, v := range rt.Properties(params) {
		key, _ := strconv.Atoi(name)
		value := int(int32(v.ToInteger()))
		switch {
		case value == -1: // as if it were not there
		case zstd && !zstdParamFits(o.mode, key, value):
			fail("Setting parameter failed")
		case zstd:
			o.indexed[key] = value
		case o.mode == modeBrotliDecode && key > 1, o.mode == modeBrotliEncode && key == 4 && uint(value) > 1:
			fail("Initialization failed")
		case key == 1:
			o.quality = int(min(uint32(value), 11))
		case key == 2:
			o.lgwin = int(min(max(uint32(value), 10), 24))
		}
	}
}
