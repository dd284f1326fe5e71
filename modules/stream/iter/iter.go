// Package iter is module stream/iter, behind --experimental-stream-iter: streams that are iterables of batches, arrays
// of Uint8Arrays. What passes through is moved by Go; the iterables, writers and pipelines are JavaScript.
package iter

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed public.js
var publicJS string

//go:embed values.js
var valuesJS string

//go:embed pipeline.js
var pipelineJS string

//go:embed push.js
var pushJS string

//go:embed broadcast.js
var broadcastJS string

//go:embed share.js
var shareJS string

//go:embed consumers.js
var consumersJS string

//go:embed classic.js
var classicJS string

// Modules are "stream/iter" and its parts.
var Modules = []*runtime.Module{
	{Name: "stream/iter", Script: engine.NewScript("node:stream/iter", &publicJS), Enabled: (*runtime.Options).HasStreamIter},
	{Name: "internal/streams/iter/values", Private: true, Script: engine.NewScript("node:internal/streams/iter/from", &valuesJS), Binding: binding},
	{Name: "internal/streams/iter/pipeline", Private: true, Script: engine.NewScript("node:internal/streams/iter/pull", &pipelineJS)},
	{Name: "internal/streams/iter/push", Private: true, Script: engine.NewScript("node:internal/streams/iter/push", &pushJS)},
	{Name: "internal/streams/iter/broadcast", Private: true, Script: engine.NewScript("node:internal/streams/iter/broadcast", &broadcastJS)},
	{Name: "internal/streams/iter/share", Private: true, Script: engine.NewScript("node:internal/streams/iter/share", &shareJS)},
	{Name: "internal/streams/iter/consumers", Private: true, Script: engine.NewScript("node:internal/streams/iter/consumers", &consumersJS)},
	{Name: "internal/streams/iter/classic", Private: true, Script: engine.NewScript("node:internal/streams/iter/classic", &classicJS)},
}

// binding moves bytes:
//
//	bytes(value)    the Uint8Array of a string, of an ArrayBuffer or of any view; undefined for all else
//	isBatch(value)  whether value is an array of Uint8Arrays
//	size(batch)     how many bytes a batch has
//	join(chunks)    one Uint8Array of all bytes; of a single chunk that fills its ArrayBuffer the chunk itself
func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	rt.SetFunc(b, "bytes", 1, func(call goja.FunctionCall) goja.Value {
		v := call.Argument(0)
		if s, ok := v.(goja.String); ok {
			return uint8Array(rt, engine.EncodeString(s, engine.UTF8))
		}
		o, ok := v.(*goja.Object)
		if !ok {
			return goja.Undefined()
		}
		switch engine.KindOf(o) {
		case engine.ArrayBufferObject:
			return rt.Uint8Array(nil, o)
		case engine.TypedArray, engine.DataViewObject:
			if isUint8Array(o) {
				return o
			}
			data, _ := rt.Bytes(o)
			buffer, offset := rt.ViewOf(o)
			return rt.Uint8Array(nil, buffer, vm.ToValue(offset), vm.ToValue(len(data)))
		}
		return goja.Undefined()
	})
	rt.SetFunc(b, "isBatch", 1, func(call goja.FunctionCall) goja.Value {
		o, ok := call.Argument(0).(*goja.Object)
		if !ok || !engine.IsArray(o) {
			return vm.ToValue(false)
		}
		if list, plain := rt.Elements(o); plain {
			for _, v := range list {
				if v == nil || !isUint8Array(v) {
					return vm.ToValue(false)
				}
			}
			return vm.ToValue(true)
		}
		for i := range o.Get("length").ToInteger() {
			if !isUint8Array(o.Get(vm.ToValue(i).String())) {
				return vm.ToValue(false)
			}
		}
		return vm.ToValue(true)
	})
	each := func(v goja.Value, f func(goja.Value)) {
		o, ok := v.(*goja.Object)
		if !ok {
			return
		}
		if list, plain := rt.Elements(o); plain {
			for _, v := range list {
				f(v)
			}
			return
		}
		rt.ForOf(o, func(v goja.Value) bool {
			f(v)
			return true
		})
	}
	rt.SetFunc(b, "size", 1, func(call goja.FunctionCall) goja.Value {
		n := 0
		each(call.Argument(0), func(v goja.Value) {
			data, _ := rt.Bytes(v)
			n += len(data)
		})
		return vm.ToValue(n)
	})
	rt.SetFunc(b, "join", 1, func(call goja.FunctionCall) goja.Value {
		var parts [][]byte
		var first goja.Value
		n := 0
		each(call.Argument(0), func(v goja.Value) {
			data, _ := rt.Bytes(v)
			parts, n = append(parts, data), n+len(data)
			if first == nil {
				first = v
			}
		})
		if len(parts) == 1 && fills(rt, first.(*goja.Object), n) {
			return first
		}
		rt.Memory.Need(n)
		all := make([]byte, 0, n)
		for _, p := range parts {
			all = append(all, p...)
		}
		return uint8Array(rt, all)
	})
	return b
}

func uint8Array(rt *runtime.Runtime, data []byte) goja.Value {
	return rt.Uint8Array(nil, rt.VM().ToValue(rt.VM().NewArrayBuffer(data)))
}

func isUint8Array(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	return ok && engine.KindOf(o) == engine.TypedArray && engine.ViewName(o) == "Uint8Array"
}

// fills tells whether a view is all of an ArrayBuffer that belongs to this thread alone.
func fills(rt *runtime.Runtime, o *goja.Object, length int) bool {
	buffer, offset := rt.ViewOf(o)
	if buffer == nil || offset != 0 || rt.SharedMemory(buffer) != nil {
		return false
	}
	data, _ := rt.Bytes(buffer)
	return len(data) == length
}
