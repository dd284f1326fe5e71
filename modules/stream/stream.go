// Package stream is module "stream". The machinery that every chunk passes (Readable, Writable, Transform, pipe,
// destroy) is Go, because scripts pay for it by the chunk; what is set up once per stream (finished, pipeline,
// compose, the operators, the web adapters) is JavaScript, loaded when first called. Files are named as Node's.
// Everything runs on the loop goroutine.
package stream

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed async.js
var asyncJS string

//go:embed utils.js
var utilsJS string

//go:embed end-of-stream.js
var endOfStreamJS string

//go:embed pipeline.js
var pipelineJS string

//go:embed add-abort-signal.js
var addAbortSignalJS string

//go:embed operators.js
var operatorsJS string

//go:embed compose.js
var composeJS string

//go:embed duplexify.js
var duplexifyJS string

//go:embed from.js
var fromJS string

//go:embed iterator.js
var iteratorJS string

//go:embed legacy.js
var legacyJS string

//go:embed promises.js
var promisesJS string

//go:embed consumers.js
var consumersJS string

// Modules are "stream" and its parts.
var Modules = []*runtime.Module{
	{Name: "stream", Binding: binding},
	// The classes under the names of the files that once had them.
	{Name: "_stream_readable", Binding: func(rt *runtime.Runtime) *goja.Object { return class(rt, "Readable") }},
	{Name: "_stream_writable", Binding: func(rt *runtime.Runtime) *goja.Object { return class(rt, "Writable") }},
	{Name: "_stream_duplex", Binding: func(rt *runtime.Runtime) *goja.Object { return class(rt, "Duplex") }},
	{Name: "_stream_transform", Binding: func(rt *runtime.Runtime) *goja.Object { return class(rt, "Transform") }},
	{Name: "_stream_passthrough", Binding: func(rt *runtime.Runtime) *goja.Object { return class(rt, "PassThrough") }},
	{Name: "stream/promises", Script: engine.NewScript("node:stream/promises", &promisesJS)},
	{Name: "stream/consumers", Script: engine.NewScript("node:stream/consumers", &consumersJS)},
	{Name: "internal/streams/core", Private: true, Binding: internals},
	{Name: "internal/streams/async", Private: true, Script: engine.NewScript("node:internal/streams/async", &asyncJS)},
	{Name: "internal/streams/utils", Private: true, Script: engine.NewScript("node:internal/streams/utils", &utilsJS)},
	{Name: "internal/streams/end-of-stream", Private: true, Script: engine.NewScript("node:internal/streams/end-of-stream", &endOfStreamJS)},
	{Name: "internal/streams/pipeline", Private: true, Script: engine.NewScript("node:internal/streams/pipeline", &pipelineJS)},
	{Name: "internal/streams/add-abort-signal", Private: true, Script: engine.NewScript("node:internal/streams/add-abort-signal", &addAbortSignalJS)},
	{Name: "internal/streams/operators", Private: true, Script: engine.NewScript("node:internal/streams/operators", &operatorsJS)},
	{Name: "internal/streams/compose", Private: true, Script: engine.NewScript("node:internal/streams/compose", &composeJS)},
	{Name: "internal/streams/duplexify", Private: true, Script: engine.NewScript("node:internal/streams/duplexify", &duplexifyJS)},
	{Name: "internal/streams/from", Private: true, Script: engine.NewScript("node:internal/streams/from", &fromJS)},
	{Name: "internal/streams/iterator", Private: true, Script: engine.NewScript("node:internal/streams/iterator", &iteratorJS)},
	{Name: "internal/streams/legacy", Private: true, Script: engine.NewScript("node:internal/streams/legacy", &legacyJS)},
}

func class(rt *runtime.Runtime, name string) *goja.Object {
	return rt.Require("stream").Get(name).(*goja.Object)
}

func constant(b bool) goja.Value { return (*goja.Runtime)(nil).ToValue(b) }

// core is the streams of one runtime.
type core struct {
	rt *runtime.Runtime
	vm *goja.Runtime

	hwmBytes, hwmObjects int64

	readableState, writableState *goja.Object // prototypes
	bufferProto, bufferClass     *goja.Object
	bufferName                   goja.Value // "buffer"
	nop                          *goja.Object
	socketPause                  goja.Value // what net.Socket has in place of pause
	kDestroy, kConstruct         *goja.Symbol

	// The methods as they were made: what still is the original is called directly.
	readFn, pushFn, resumeFn, pauseFn, writeFn       *goja.Object
	readableDestroy, writableDestroy, defaultDestroy *goja.Object
	transformRead, transformWrite, passTransform     *goja.Object
	transformFinal, transformPrefinish               *goja.Object
}

func value(o *goja.Object) goja.Value {
	if o == nil {
		return nil
	}
	return o
}

// class makes a constructor that also works when called without new, and on an object whose prototype derives from its own.
func (c *core) class(name string, parent *goja.Object, init func(o, options *goja.Object)) (class, proto *goja.Object) {
	class, proto = c.rt.FactoryClass(name, 1, func(call goja.ConstructorCall) *goja.Object {
		options, _ := call.Argument(0).(*goja.Object)
		if !inherits(call.This, proto) {
			o, err := c.vm.New(class, call.Arguments...)
			if err != nil {
				panic(err)
			}
			return o
		}
		init(call.This, options)
		return nil
	})
	class.SetPrototype(parent)
	proto.SetPrototype(parent.Get("prototype").(*goja.Object))
	return class, proto
}

func inherits(o, proto *goja.Object) bool {
	for p := o.Prototype(); p != nil; p = p.Prototype() {
		if p == proto {
			return true
		}
	}
	return false
}

// lazy is a function that an embedded script implements.
func (c *core) lazy(script, export string, length int) *goja.Object {
	return c.rt.Func(export, length, c.loading(script, export))
}

func (c *core) loading(script, export string) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		return c.rt.Apply(c.rt.Require(script).Get(export), call.This, call.Arguments...)
	}
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	c := &core{
		rt: rt, vm: vm, hwmBytes: 64 << 10, hwmObjects: 16,
		bufferName: vm.ToValue("buffer"),
		kDestroy:   goja.NewSymbol("kDestroy"), kConstruct: goja.NewSymbol("kConstruct"),
		nop: rt.Func("nop", 0, func(goja.FunctionCall) goja.Value { return goja.Undefined() }),
	}
	rt.SetValue(coreKey{}, c)
	rt.Require("events")
	stream, streamProto := c.class("Stream", rt.EventEmitter(), func(o, options *goja.Object) { rt.InitEmitter(o, value(options)) })
	c.method(streamProto, "eventNames", 0, func(o *goja.Object, _ goja.FunctionCall) goja.Value { return c.eventNames(o) })
	streamProto.Set("pipe", c.lazy("internal/streams/legacy", "pipe", 2))

	readable := c.defineReadable(stream)
	writable := c.defineWritable(stream)
	duplex := c.defineDuplex(readable, writable)
	transform, passThrough := c.defineTransform(duplex)

	const utils = "internal/streams/utils"
	for _, name := range []string{"isDestroyed", "isDisturbed", "isErrored", "isReadable", "isWritable"} {
		stream.Set(name, c.lazy(utils, name, 1))
	}
	stream.Set("Readable", readable)
	stream.Set("Writable", writable)
	stream.Set("Duplex", duplex)
	stream.Set("Transform", transform)
	stream.Set("PassThrough", passThrough)
	stream.Set("duplexPair", c.lazy("internal/streams/duplexify", "duplexPair", 1))
	rt.DefineExports(stream, "internal/streams/pipeline", "pipeline")
	stream.Set("addAbortSignal", c.lazy("internal/streams/add-abort-signal", "addAbortSignal", 2))
	rt.DefineExport(stream, "finished", func() goja.Value { return rt.Require("internal/streams/end-of-stream").Get("eos") })
	stream.Set("destroy", c.lazy(utils, "destroyer", 2))
	stream.Set("compose", c.lazy("internal/streams/compose", "compose", 0))
	rt.SetFunc(stream, "setDefaultHighWaterMark", 2, func(call goja.FunctionCall) goja.Value {
		n := rt.ValidateInteger(call.Argument(1), "value", 0, engine.MaxSafeInteger)
		if call.Argument(0).ToBoolean() {
			c.hwmObjects = n
		} else {
			c.hwmBytes = n
		}
		return goja.Undefined()
	})
	rt.SetFunc(stream, "getDefaultHighWaterMark", 1, func(call goja.FunctionCall) goja.Value {
		if call.Argument(0).ToBoolean() {
			return vm.ToValue(c.hwmObjects)
		}
		return vm.ToValue(c.hwmBytes)
	})
	rt.DefineLazy(stream, "promises", true, func() goja.Value { return rt.Require("stream/promises") })
	stream.Set("Stream", stream)
	rt.SetFunc(stream, "_isArrayBufferView", 1, func(call goja.FunctionCall) goja.Value {
		_, _, ok := c.toBuffer(call.Argument(0))
		return vm.ToValue(ok)
	})
	rt.SetFunc(stream, "_isUint8Array", 1, func(call goja.FunctionCall) goja.Value {
		o, ok := call.Argument(0).(*goja.Object)
		return vm.ToValue(ok && engine.KindOf(o) == engine.TypedArray && vm.InstanceOf(o, rt.Intrinsic("Uint8Array")))
	})
	rt.SetFunc(stream, "_uint8ArrayToBuffer", 1, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).ToObject(vm)
		return rt.BufferOver(o.Get("buffer"), o.Get("byteOffset"), o.Get("byteLength"))
	})
	return stream
}
