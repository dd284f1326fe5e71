// Package v8 is module "v8": serialize and deserialize in V8's structured-clone format, its Serializer and Deserializer
// classes, and what there is to say of the heap. Loop goroutine only.
package v8

import (
	"bytes"
	_ "embed"
	"errors"
	"math"
	goruntime "runtime"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/memory"
	"gonode/internal/profile"
	"gonode/runtime"
)

// Module is "v8".
var Module = &runtime.Module{Name: "v8", Script: engine.NewScript("node:v8", &source), Binding: binding}

// Snapshots is what looks into the heap, and profiles.
var Snapshots = &runtime.Module{Name: "internal/heap_utils", Private: true, Script: engine.NewScript("node:internal/heap_utils", &snapshots), Binding: snapshotBinding}

var (
	//go:embed v8.js
	source string
	//go:embed snapshots.js
	snapshots string
)

// snapshotBinding has heapSnapshot(), a Buffer; startProfile(), which gives a function that ends it and gives a .cpuprofile; inheriting(prototype), a list of
// objects; watchCollections(), which gives a function that ends it and gives a list of [microseconds, bytes before, bytes after]; thread.
func snapshotBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	o.Set("thread", rt.Config().Thread)
	rt.SetFunc(o, "heapSnapshot", 0, func(goja.FunctionCall) goja.Value {
		var b bytes.Buffer
		if err := rt.HeapSnapshot(&b); err != nil {
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return rt.NewBuffer(b.Bytes())
	})
	rt.SetFunc(o, "inheriting", 1, func(call goja.FunctionCall) goja.Value {
		list := rt.VM().NewArray()
		if proto, ok := call.Argument(0).(*goja.Object); ok {
			for i, found := range rt.Inheriting(proto) {
				list.Set(strconv.Itoa(i), found)
			}
		}
		return list
	})
	rt.SetFunc(o, "watchCollections", 0, func(goja.FunctionCall) goja.Value {
		w := watchCollections()
		return rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			list := rt.VM().NewArray()
			for i, c := range w.stop() {
				list.Set(strconv.Itoa(i), rt.VM().NewArray(float64(c.pause.Nanoseconds())/1e3, c.before, c.after))
			}
			return list
		})
	})
	rt.SetFunc(o, "startProfile", 0, func(goja.FunctionCall) goja.Value {
		end := profile.Record(rt, profile.Options{})
		return rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			text, err := end()
			if err != nil {
				rt.Throw(rt.NewPlainError("Error", err.Error()))
			}
			return rt.TextValue(string(text))
		})
	})
	return o
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	o.Set("Serializer", serializerClass(rt))
	o.Set("Deserializer", deserializerClass(rt))
	rt.SetFunc(o, "writeView", 2, func(call goja.FunctionCall) goja.Value {
		this, v := call.Argument(0), call.Argument(1)
		view, ok := v.(*goja.Object)
		if !ok || !isView(view) {
			v.ToObject(vm)
			panic(rt.Construct(orUndefined(this.ToObject(vm).Get("_getDataCloneError")), vm.ToValue("Unserializable host object: "+rt.Inspect(v))))
		}
		engine.Held[*runtime.Serializer](rt, this).WriteHostView(view)
		return goja.Undefined()
	})
	rt.SetFunc(o, "readView", 1, func(call goja.FunctionCall) goja.Value {
		return check(rt)(engine.Held[*runtime.Deserializer](rt, call.Argument(0)).ReadHostView())
	})
	rt.SetFunc(o, "takeCoverage", 0, func(goja.FunctionCall) goja.Value {
		rt.Coverage.Write()
		return goja.Undefined()
	})
	rt.SetFunc(o, "stopCoverage", 0, func(goja.FunctionCall) goja.Value {
		rt.Coverage.Stop()
		return goja.Undefined()
	})
	rt.SetFunc(o, "heapStatistics", 0, func(goja.FunctionCall) goja.Value { return heapStatistics(rt) })
	return o
}

func notView(rt *runtime.Runtime, message string) goja.Value {
	err := rt.NewPlainError("TypeError", message)
	err.Set("code", "ERR_INVALID_ARG_TYPE")
	return err
}

func isView(o *goja.Object) bool {
	kind := engine.KindOf(o)
	return kind == engine.TypedArray || kind == engine.DataViewObject
}

// check throws the error of a read, if any.
func check(rt *runtime.Runtime) func(goja.Value, error) goja.Value {
	return func(v goja.Value, err error) goja.Value {
		if err != nil {
			var thrown *goja.Exception
			if errors.As(err, &thrown) {
				rt.Throw(thrown.Value())
			}
			rt.Throw(rt.NewPlainError("Error", err.Error()))
		}
		return v
	}
}

func serializerClass(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, proto := rt.NativeClass("Serializer", 0, true, func(call goja.ConstructorCall) *goja.Object {
		s := rt.NewSerializer(nil)
		this := call.This
		s.WriteHost = func(o *goja.Object) {
			write, ok := goja.AssertFunction(this.Get("_writeHostObject"))
			if !ok {
				rt.Throw(rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "_writeHostObject()"))
			}
			rt.Call(write, this, o)
		}
		s.CloneError = func(message string) goja.Value {
			make, ok := goja.AssertFunction(this.Get("_getDataCloneError"))
			if !ok {
				return rt.NewPlainError("Error", message)
			}
			return rt.Call(make, this, vm.ToValue(message))
		}
		rt.SetSlot(this, s)
		return nil
	})
	proto.Set("_getDataCloneError", rt.Intrinsic("Error"))
	method := func(name string, length int, f func(s *runtime.Serializer, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			s, ok := rt.Slot(call.This).(*runtime.Serializer)
			if !ok {
				rt.Throw(vm.NewTypeError("Illegal invocation"))
			}
			return f(s, call)
		})
	}
	act := func(name string, length int, f func(s *runtime.Serializer, call goja.FunctionCall)) {
		method(name, length, func(s *runtime.Serializer, call goja.FunctionCall) goja.Value {
			f(s, call)
			return goja.Undefined()
		})
	}
	act("writeHeader", 0, func(s *runtime.Serializer, _ goja.FunctionCall) { s.Header() })
	method("writeValue", 1, func(s *runtime.Serializer, call goja.FunctionCall) goja.Value {
		s.Value(call.Argument(0))
		return vm.ToValue(true)
	})
	method("releaseBuffer", 0, func(s *runtime.Serializer, _ goja.FunctionCall) goja.Value {
		out := s.Bytes()
		s.Again(nil)
		return rt.NewBuffer(out)
	})
	act("transferArrayBuffer", 2, func(s *runtime.Serializer, call goja.FunctionCall) {
		if buffer, ok := call.Argument(1).(*goja.Object); ok {
			if s.Transferred == nil {
				s.Transferred = map[*goja.Object]uint32{}
			}
			s.Transferred[buffer] = uint32(call.Argument(0).ToInteger())
		}
	})
	act("writeUint32", 1, func(s *runtime.Serializer, call goja.FunctionCall) { s.RawUint32(uint32(call.Argument(0).ToInteger())) })
	act("writeUint64", 2, func(s *runtime.Serializer, call goja.FunctionCall) {
		s.RawUint64(uint64(uint32(call.Argument(0).ToInteger()))<<32 | uint64(uint32(call.Argument(1).ToInteger())))
	})
	act("writeDouble", 1, func(s *runtime.Serializer, call goja.FunctionCall) { s.RawDouble(call.Argument(0).ToFloat()) })
	act("writeRawBytes", 1, func(s *runtime.Serializer, call goja.FunctionCall) {
		data, ok := rt.Bytes(call.Argument(0))
		if !ok {
			rt.Throw(notView(rt, "source must be a TypedArray or a DataView"))
		}
		s.RawBytes(data)
	})
	act("_setTreatArrayBufferViewsAsHostObjects", 1, func(s *runtime.Serializer, call goja.FunctionCall) {
		s.HostViews = call.Argument(0).ToBoolean()
	})
	return class
}

func deserializerClass(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class, proto := rt.NativeClass("Deserializer", 1, true, func(call goja.ConstructorCall) *goja.Object {
		buffer, _ := call.Argument(0).(*goja.Object)
		if buffer == nil || !isView(buffer) {
			rt.Throw(notView(rt, "buffer must be a TypedArray or a DataView"))
		}
		data, _ := rt.Bytes(buffer)
		d := rt.NewDeserializer(data)
		this := call.This
		d.Buffers = map[uint32]goja.Value{}
		d.ReadHost = func(*runtime.Deserializer) (goja.Value, error) {
			read, ok := goja.AssertFunction(this.Get("_readHostObject"))
			if !ok {
				rt.Throw(rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "_readHostObject()"))
			}
			v := rt.Call(read, this)
			if _, object := v.(*goja.Object); !object {
				rt.Throw(vm.NewTypeError("readHostObject must return an object"))
			}
			return v, nil
		}
		this.Set("buffer", buffer)
		rt.SetSlot(this, d)
		return nil
	})
	method := func(name string, length int, f func(d *runtime.Deserializer, call goja.FunctionCall) goja.Value) {
		rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			d, ok := rt.Slot(call.This).(*runtime.Deserializer)
			if !ok {
				rt.Throw(vm.NewTypeError("Illegal invocation"))
			}
			return f(d, call)
		})
	}
	must := func(ok bool, what string) {
		if !ok {
			rt.Throw(rt.NewPlainError("Error", what+"() failed"))
		}
	}
	method("readHeader", 0, func(d *runtime.Deserializer, _ goja.FunctionCall) goja.Value {
		return check(rt)(vm.ToValue(true), d.Header())
	})
	method("readValue", 0, func(d *runtime.Deserializer, _ goja.FunctionCall) goja.Value { return check(rt)(d.Value()) })
	method("getWireFormatVersion", 0, func(d *runtime.Deserializer, _ goja.FunctionCall) goja.Value { return vm.ToValue(d.Version()) })
	method("transferArrayBuffer", 2, func(d *runtime.Deserializer, call goja.FunctionCall) goja.Value {
		d.Buffers[uint32(call.Argument(0).ToInteger())] = call.Argument(1)
		return goja.Undefined()
	})
	method("readUint32", 0, func(d *runtime.Deserializer, _ goja.FunctionCall) goja.Value {
		n, ok := d.RawUint32()
		must(ok, "ReadUint32")
		return vm.ToValue(n)
	})
	method("readUint64", 0, func(d *runtime.Deserializer, _ goja.FunctionCall) goja.Value {
		n, ok := d.RawUint64()
		must(ok, "ReadUint64")
		return vm.NewArray(uint32(n>>32), uint32(n))
	})
	method("readDouble", 0, func(d *runtime.Deserializer, _ goja.FunctionCall) goja.Value {
		f, ok := d.RawDouble()
		must(ok, "ReadDouble")
		return vm.ToValue(f)
	})
	raw := func(d *runtime.Deserializer, call goja.FunctionCall) []byte {
		n := call.Argument(0).ToInteger()
		if n < 0 || n > math.MaxInt32 {
			n = -1
		}
		b, ok := d.RawBytes(int(n))
		must(ok, "ReadRawBytes")
		return b
	}
	method("_readRawBytes", 1, func(d *runtime.Deserializer, call goja.FunctionCall) goja.Value {
		return vm.ToValue(d.Offset() - len(raw(d, call)))
	})
	method("readRawBytes", 1, func(d *runtime.Deserializer, call goja.FunctionCall) goja.Value {
		return rt.NewBuffer(append([]byte(nil), raw(d, call)...))
	})
	return class
}

// heapLimit is how much may live: in the runtime, or else in the process.
func heapLimit(rt *runtime.Runtime) uint64 {
	if limit := rt.Config().MemoryLimit; limit != 0 {
		return limit
	}
	return memory.Limit()
}

func heapStatistics(rt *runtime.Runtime) goja.Value {
	var m goruntime.MemStats
	goruntime.ReadMemStats(&m)
	o := rt.VM().NewObject()
	for _, p := range []struct {
		name  string
		value uint64
	}{
		{"total_heap_size", m.HeapSys}, {"total_heap_size_executable", 0}, {"total_physical_size", m.HeapSys - m.HeapReleased},
		{"total_available_size", m.HeapIdle}, {"used_heap_size", m.HeapAlloc}, {"heap_size_limit", heapLimit(rt)}, {"malloced_memory", m.StackInuse},
		{"peak_malloced_memory", m.StackSys}, {"does_zap_garbage", 0}, {"number_of_native_contexts", 1}, {"number_of_detached_contexts", 0},
		{"total_global_handles_size", 0}, {"used_global_handles_size", 0}, {"external_memory", m.OtherSys},
	} {
		o.Set(p.name, p.value)
	}
	return o
}

func orUndefined(v goja.Value) goja.Value {
	if v == nil {
		return goja.Undefined()
	}
	return v
}
