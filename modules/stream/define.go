package stream

import (
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// method adds a method that gets its stream as an object.
func (c *core) method(proto *goja.Object, name string, length int, f func(o *goja.Object, call goja.FunctionCall) goja.Value) *goja.Object {
	fn := c.rt.Func(name, length, func(call goja.FunctionCall) goja.Value {
		return f(call.This.ToObject(c.vm), call)
	})
	proto.Set(name, fn)
	return fn
}

// mustReadable is readableOf where a missing state, as after a constructor that was never run, is a TypeError.
func (c *core) mustReadable(o *goja.Object) *readable {
	s := readableOf(o)
	if s == nil {
		panic(c.vm.NewTypeError("Cannot read properties of undefined (reading '_readableState')"))
	}
	return s
}

func (c *core) mustWritable(o *goja.Object) *writable {
	s := writableOf(o)
	if s == nil {
		panic(c.vm.NewTypeError("Cannot read properties of undefined (reading '_writableState')"))
	}
	return s
}

func argument(call goja.FunctionCall, i int) goja.Value {
	if i < len(call.Arguments) {
		return call.Arguments[i]
	}
	return nil
}

func function(v goja.Value) *goja.Object {
	if o, ok := v.(*goja.Object); ok && engine.IsFunction(o) {
		return o
	}
	return nil
}

func (c *core) defineReadable(parent *goja.Object) *goja.Object {
	rt, vm := c.rt, c.vm
	class, proto := c.class("Readable", parent, c.initReadable)
	state, stateProto := rt.FunctionClass("ReadableState", 3, func(call goja.ConstructorCall) *goja.Object {
		options, _ := call.Argument(0).(*goja.Object)
		if function(call.This) != nil {
			panic(c.vm.NewTypeError("Cannot assign to read only property 'length' of function"))
		}
		return c.newReadableState(options, call.Argument(2).ToBoolean()).Object()
	})
	c.readableState = stateProto
	class.Set("ReadableState", state)
	c.readableDestroy = c.method(proto, "destroy", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.destroy(o, argument(call, 0), function(call.Argument(1)))
		return o
	})
	c.method(proto, "_undestroy", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.undestroy(o)
		return goja.Undefined()
	})
	c.defaultDestroy = c.method(proto, "_destroy", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		return rt.Apply(call.Argument(1), goja.Undefined(), call.Argument(0))
	})
	c.pushFn = c.method(proto, "push", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		return vm.ToValue(c.push(o, c.mustReadable(o), call.Argument(0), argument(call, 1)))
	})
	c.method(proto, "unshift", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		return vm.ToValue(c.unshift(o, c.mustReadable(o), call.Argument(0), argument(call, 1)))
	})
	c.method(proto, "isPaused", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		s := c.mustReadable(o)
		return vm.ToValue(s.has(paused) || s.flags&(hasFlowing|flowing) == hasFlowing)
	})
	c.method(proto, "setEncoding", 1, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		if encoding := call.Argument(0); readableOf(o) == nil {
			c.rt.Construct(c.rt.Require("string_decoder").Get("StringDecoder"), encoding)
		}
		c.setEncoding(c.mustReadable(o), call.Argument(0))
		return o
	})
	c.readFn = c.method(proto, "read", 1, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		return c.read(o, c.mustReadable(o), parseSize(call.Argument(0)))
	})
	rt.SetFunc(proto, "_read", 1, func(goja.FunctionCall) goja.Value {
		panic(rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "_read()"))
	})
	c.method(proto, "pipe", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.pipe(o, c.mustReadable(o), call.Argument(0).ToObject(vm), call.Argument(1))
		return call.Argument(0)
	})
	c.method(proto, "unpipe", 1, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.unpipe(o, c.mustReadable(o), call.Argument(0))
		return o
	})
	on := c.method(proto, "on", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.on(o, call.Argument(0), call.Argument(1))
		return o
	})
	proto.Set("addListener", on)
	remove := c.method(proto, "removeListener", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.removeListener(o, call.Argument(0), call.Argument(1))
		return o
	})
	proto.Set("off", remove)
	c.method(proto, "removeAllListeners", 1, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.removeAllListeners(o, call.Arguments)
		return o
	})
	c.resumeFn = c.method(proto, "resume", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.resume(o, c.mustReadable(o))
		return o
	})
	c.pauseFn = c.method(proto, "pause", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.pause(o, c.mustReadable(o))
		return o
	})
	proto.Set("wrap", c.lazy("internal/streams/legacy", "wrap", 1))
	proto.Set("iterator", c.lazy("internal/streams/iterator", "iterator", 1))
	for _, o := range operators {
		proto.DefineDataProperty(o.name, rt.NoConstructor(o.name, o.length, c.loading("internal/streams/operators", o.name)), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	}
	c.wellKnown(proto, "asyncIterator", c.lazy("internal/streams/iterator", "asyncIterator", 0))
	proto.SetSymbol(rt.SymbolFor("Stream.toAsyncStreamable"), rt.Func("", 0, func(call goja.FunctionCall) goja.Value {
		if !rt.Config().Options.StreamIter {
			rt.Throw(rt.NewError("ERR_STREAM_ITER_MISSING_FLAG"))
		}
		return rt.CallMethod(rt.Require("internal/streams/iter/classic"), "ofReadable", call.This)
	}))
	c.wellKnown(proto, "asyncDispose", c.lazy("internal/streams/iterator", "asyncDisposeReadable", 0))
	c.captureRejections(proto)

	for name, f := range map[string]struct{ script, export string }{
		"from": {"internal/streams/from", "fromReadable"}, "wrap": {"internal/streams/legacy", "wrapReadable"},
		"fromWeb": {"internal/webstreams/adapters", "newStreamReadableFromReadableStream"},
		"toWeb":   {"internal/webstreams/adapters", "newReadableStreamFromStreamReadable"},
	} {
		class.Set(name, c.lazy(f.script, f.export, 2))
	}

	get := func(name string, f func(s *readable) any, set func(o *goja.Object, s *readable, v goja.Value)) {
		c.readableGetter(proto, name, nil, f, set)
	}
	c.readableGetter(proto, "readable", constant(false), func(s *readable) any {
		return s.flags&(hasSide|sideOn) != hasSide && !s.has(destroyed|errorEmitted|endEmitted)
	}, func(_ *goja.Object, s *readable, v goja.Value) {
		s.flags |= hasSide
		s.put(sideOn, v.ToBoolean())
	})
	get("readableDidRead", func(s *readable) any { return s.has(dataEmitted) }, nil)
	get("readableAborted", func(s *readable) any {
		return s.flags&(hasSide|sideOn) != hasSide && (s.has(destroyed) || s.errored != nil) && !s.has(endEmitted)
	}, nil)
	get("readableHighWaterMark", func(s *readable) any { return s.hwm }, nil)
	c.readableGetter(proto, "readableBuffer", goja.Undefined(), func(s *readable) any { return s.bufferArray() }, nil)
	get("readableFlowing", func(s *readable) any { return s.Get("flowing") }, func(_ *goja.Object, s *readable, v goja.Value) { s.setFlowing(v) })
	get("readableLength", func(s *readable) any { return s.length }, nil)
	c.readableGetter(proto, "readableObjectMode", constant(false), func(s *readable) any { return s.has(objectMode) }, nil)
	c.readableGetter(proto, "readableEncoding", goja.Null(), func(s *readable) any { return s.Get("encoding") }, nil)
	c.readableGetter(proto, "errored", goja.Null(), func(s *readable) any { return s.get("errored", "") }, nil)
	c.readableGetter(proto, "closed", constant(false), func(s *readable) any { return s.has(closed) }, nil)
	c.readableGetter(proto, "destroyed", constant(false), func(s *readable) any { return s.has(destroyed) },
		func(_ *goja.Object, s *readable, v goja.Value) { s.put(destroyed, v.ToBoolean()) })
	c.readableGetter(proto, "readableEnded", constant(false), func(s *readable) any { return s.has(endEmitted) }, nil)
	rt.SetFunc(class, "_fromList", 2, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(1).ToObject(c.vm)
		s, ok := engine.Exported[*readable](o)
		if !ok {
			if length := o.Get("length"); length == nil || length.ToBoolean() {
				panic(c.vm.NewTypeError("list.buffer is not a stream's buffer"))
			}
			return goja.Null()
		}
		n := call.Argument(0).ToInteger()
		if n == 0 || n > s.length {
			n = s.length
		}
		if s.has(objectMode) {
			n = 1
		}
		return c.take(s, n)
	})
	return class
}

// operators are the methods of Readable that an embedded script implements, with their lengths.
var operators = [...]struct {
	name   string
	length int
}{
	{"drop", 1}, {"filter", 2}, {"flatMap", 2}, {"map", 2}, {"take", 1}, {"compose", 2},
	{"every", 1}, {"forEach", 2}, {"reduce", 3}, {"toArray", 1}, {"some", 1}, {"find", 2},
}

func (c *core) setEncoding(s *readable, encoding goja.Value) {
	s.decoder = c.newDecoder(encoding)
	s.encoding = s.decoder.Get("encoding")
	s.encodingIs = s.encoding.String()
	var text goja.String
	add := func(part goja.Value) {
		if text == nil {
			text = part.(goja.String)
		} else {
			text = text.Concat(part.(goja.String))
		}
	}
	for _, k := range s.buffer[s.head:] {
		add(c.rt.CallMethod(s.decoder, "write", k.v))
	}
	if s.has(ended) {
		add(c.rt.CallMethod(s.decoder, "end"))
	}
	s.buffer, s.head, s.length = nil, 0, 0
	if text != nil && text.Length() > 0 {
		s.length = int64(text.Length())
		s.buffer = []chunk{{text, s.length}}
	}
}

func (c *core) readableGetter(proto *goja.Object, name string, otherwise goja.Value, f func(s *readable) any, set func(o *goja.Object, s *readable, v goja.Value)) {
	var setter func(this, v goja.Value)
	if set != nil {
		setter = func(this, v goja.Value) {
			o := this.ToObject(c.vm)
			if s := readableOf(o); s != nil {
				set(o, s, v)
			}
		}
	}
	define := c.rt.SetGetter
	switch name {
	case "readableAborted", "readableBuffer", "readableDidRead", "readableFlowing", "readableHighWaterMark":
		define = c.rt.SetAccessor
	}
	define(proto, name, func(this goja.Value) goja.Value {
		if s := readableOf(this.ToObject(c.vm)); s != nil {
			return c.vm.ToValue(f(s))
		}
		return c.without(otherwise, "_readableState")
	}, setter)
}

func (c *core) writableGetter(protos []*goja.Object, name string, otherwise goja.Value, f func(s *writable) any, set func(s *writable, v goja.Value)) {
	var setter func(this, v goja.Value)
	if set != nil {
		setter = func(this, v goja.Value) {
			o := this.ToObject(c.vm)
			if s := writableOf(o); s != nil {
				set(s, v)
			}
		}
	}
	define := c.rt.SetGetter
	if name == "writableAborted" {
		define = c.rt.SetAccessor
	}
	for _, proto := range protos {
		define(proto, name, func(this goja.Value) goja.Value {
			if s := writableOf(this.ToObject(c.vm)); s != nil {
				return c.vm.ToValue(f(s))
			}
			return c.without(otherwise, "_writableState")
		}, setter)
	}
}

// without is what a getter gives for an object that has no state: otherwise, or if that is nil it throws.
func (c *core) without(otherwise goja.Value, state string) goja.Value {
	if otherwise == nil {
		panic(c.vm.NewTypeError("Cannot read properties of undefined (reading '" + state + "')"))
	}
	return otherwise
}

// wellKnown defines a method under one of Symbol's own symbols, if the engine has it.
func (c *core) wellKnown(proto *goja.Object, name string, fn *goja.Object) {
	if sym, ok := c.rt.Intrinsic("Symbol").Get(name).(*goja.Symbol); ok {
		proto.DefineDataPropertySymbol(sym, fn, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
}

func (c *core) captureRejections(proto *goja.Object) {
	_, _, rejection := c.rt.EmitterSymbols()
	proto.SetSymbol(rejection, c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		c.callDestroy(call.This.ToObject(c.vm), call.Argument(0))
		return goja.Undefined()
	}))
}

func (c *core) defineWritable(parent *goja.Object) *goja.Object {
	rt := c.rt
	class, proto := c.class("Writable", parent, c.initWritable)
	state, stateProto := rt.FunctionClass("WritableState", 3, func(call goja.ConstructorCall) *goja.Object {
		options, _ := call.Argument(0).(*goja.Object)
		if function(call.This) != nil {
			panic(c.vm.NewTypeError("Cannot assign to read only property 'length' of function"))
		}
		return c.newWritableState(options, call.Argument(2).ToBoolean()).object
	})
	c.writableState = stateProto
	class.Set("WritableState", state)
	if sym, ok := c.rt.Member(c.rt.Intrinsic("Symbol"), "hasInstance").(*goja.Symbol); ok {
		// A Duplex is a Writable too, though it inherits from Readable.
		class.DefineDataPropertySymbol(sym, rt.Function("value", 1, func(call goja.FunctionCall) goja.Value {
			o, isObject := call.Argument(0).(*goja.Object)
			this, isClass := call.This.(*goja.Object)
			if !isObject || !isClass {
				return constant(false)
			}
			if p, ok := this.Get("prototype").(*goja.Object); ok && inherits(o, p) {
				return constant(true)
			}
			return c.vm.ToValue(this == class && writableOf(o) != nil)
		}), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	c.method(proto, "pipe", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.errorOrDestroy(o, rt.NewError("ERR_STREAM_CANNOT_PIPE"), false)
		return goja.Undefined()
	})
	c.defineWritableMethods(proto)
	proto.Set("_destroy", c.defaultDestroy)
	proto.Set("_undestroy", c.rt.Func("_undestroy", 0, func(call goja.FunctionCall) goja.Value {
		c.undestroy(call.This.ToObject(c.vm))
		return goja.Undefined()
	}))
	c.captureRejections(proto)
	c.wellKnown(proto, "asyncDispose", c.lazy("internal/streams/iterator", "asyncDisposeWritable", 0))
	class.Set("fromWeb", c.lazy("internal/webstreams/adapters", "newStreamWritableFromWritableStream", 2))
	class.Set("toWeb", c.lazy("internal/webstreams/adapters", "newWritableStreamFromStreamWritable", 1))
	c.defineWritableGetters(proto)
	only := []*goja.Object{proto}
	c.writableGetter(only, "closed", constant(false), func(s *writable) any { return s.has(closed) }, nil)
	c.writableGetter(only, "destroyed", constant(false), func(s *writable) any { return s.has(destroyed) },
		func(s *writable, v goja.Value) { s.put(destroyed, v.ToBoolean()) })
	c.writableGetter(only, "errored", goja.Null(), func(s *writable) any { return s.get("errored", "") }, nil)
	c.writableGetter(only, "writableAborted", nil, func(s *writable) any {
		return s.flags&(hasSide|sideOn) != hasSide && (s.has(destroyed) || s.errored != nil) && !s.has(finished)
	}, nil)
	return class
}

// defineWritableMethods makes the methods that Duplex takes over from Writable.
func (c *core) defineWritableMethods(proto *goja.Object) {
	rt, vm := c.rt, c.vm
	c.writableDestroy = c.method(proto, "destroy", 2, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.destroyWritable(o, argument(call, 0), function(call.Argument(1)))
		return o
	})
	c.writeFn = c.method(proto, "write", 3, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		return vm.ToValue(c.write(o, c.mustWritable(o), call.Argument(0), argument(call, 1), function(call.Argument(2))))
	})
	c.method(proto, "cork", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.mustWritable(o).corked++
		return goja.Undefined()
	})
	c.method(proto, "uncork", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.uncork(o, c.mustWritable(o))
		return goja.Undefined()
	})
	c.method(proto, "setDefaultEncoding", 1, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.setDefaultEncoding(o, call.Argument(0))
		return o
	})
	c.method(proto, "_write", 3, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		writev := o.Get("_writev")
		if nullish(writev) {
			panic(rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "_write()"))
		}
		one := vm.NewObject()
		one.Set("chunk", call.Argument(0))
		one.Set("encoding", call.Argument(1))
		rt.Apply(writev, o, vm.NewArray(one), call.Argument(2))
		return goja.Undefined()
	})
	proto.Set("_writev", goja.Null())
	c.method(proto, "end", 3, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.end(o, c.mustWritable(o), call.Argument(0), argument(call, 1), argument(call, 2))
		return o
	})
}

func (c *core) defineWritableGetters(protos ...*goja.Object) {
	get := func(name string, otherwise goja.Value, f func(s *writable) any) {
		c.writableGetter(protos, name, otherwise, f, nil)
	}
	c.writableGetter(protos, "writable", constant(false), func(s *writable) any {
		return s.flags&(hasSide|sideOn) != hasSide && !s.has(ending|ended|destroyed) && s.errored == nil
	}, func(s *writable, v goja.Value) {
		s.flags |= hasSide
		s.put(sideOn, v.ToBoolean())
	})
	get("writableFinished", constant(false), func(s *writable) any { return s.has(finished) })
	get("writableObjectMode", constant(false), func(s *writable) any { return s.has(objectMode) })
	get("writableBuffer", goja.Undefined(), func(s *writable) any { return s.bufferArray() })
	get("writableEnded", constant(false), func(s *writable) any { return s.has(ending) })
	get("writableNeedDrain", constant(false), func(s *writable) any { return s.flags&(destroyed|ending|needDrain) == needDrain })
	get("writableHighWaterMark", goja.Undefined(), func(s *writable) any { return s.hwm })
	get("writableCorked", c.vm.ToValue(0), func(s *writable) any { return s.corked })
	get("writableLength", goja.Undefined(), func(s *writable) any { return s.length })
}

func (c *core) defineDuplex(readable, writable *goja.Object) *goja.Object {
	class, proto := c.class("Duplex", readable, func(o, options *goja.Object) { c.initDuplex(o, options) })
	from := writable.Get("prototype").(*goja.Object)
	for _, name := range []string{"write", "cork", "uncork", "setDefaultEncoding", "_write", "_writev", "end", "destroy"} {
		proto.Set(name, from.Get(name))
	}
	c.defineWritableGetters(proto)
	c.rt.SetGetter(proto, "destroyed", func(this goja.Value) goja.Value {
		s := sidesOf(this.ToObject(c.vm))
		return c.vm.ToValue(s.r != nil && s.w != nil && s.r.has(destroyed) && s.w.has(destroyed))
	}, func(this, v goja.Value) {
		if s := sidesOf(this.ToObject(c.vm)); s.r != nil && s.w != nil {
			s.r.put(destroyed, v.ToBoolean())
			s.w.put(destroyed, v.ToBoolean())
		}
	})
	class.Set("fromWeb", c.lazy("internal/webstreams/adapters", "newStreamDuplexFromReadableWritablePair", 2))
	class.Set("toWeb", c.lazy("internal/webstreams/adapters", "newReadableWritablePairFromDuplex", 1))
	class.Set("from", c.lazy("internal/streams/duplexify", "from", 1))
	return class
}

func (c *core) defineTransform(duplex *goja.Object) (transform, passThrough *goja.Object) {
	transform, proto := c.class("Transform", duplex, c.initTransform)
	c.transformFinal = c.method(proto, "_final", 1, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		c.transformEnd(o, function(call.Argument(0)))
		return goja.Undefined()
	})
	c.transformPrefinish = c.rt.Func("prefinish", 0, func(call goja.FunctionCall) goja.Value {
		if o, ok := call.This.(*goja.Object); ok && o.Get("_final") != goja.Value(c.transformFinal) {
			c.transformEnd(o, nil)
		}
		return goja.Undefined()
	})
	c.method(proto, "_transform", 3, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		panic(c.rt.NewError("ERR_METHOD_NOT_IMPLEMENTED", "_transform()"))
	})
	c.transformWrite = c.method(proto, "_write", 3, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		w := c.mustWritable(o)
		if w.transform == nil {
			w.transform = &transformer{r: c.mustReadable(o), w: w}
		}
		c.transform(o, w.transform, call.Argument(0), call.Argument(1), function(call.Argument(2)))
		return goja.Undefined()
	})
	c.transformRead = c.method(proto, "_read", 0, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		if w := writableOf(o); w != nil && w.transform != nil && w.transform.waiting {
			w.transform.waiting = false
			c.transformDone(o, w.transform, goja.Undefined())
		}
		return goja.Undefined()
	})
	passThrough, passProto := c.class("PassThrough", transform, c.initTransform)
	c.passTransform = c.method(passProto, "_transform", 3, func(o *goja.Object, call goja.FunctionCall) goja.Value {
		return c.rt.Apply(call.Argument(2), goja.Undefined(), goja.Null(), call.Argument(0))
	})
	return transform, passThrough
}

// coreKey is where a runtime keeps its core.
type coreKey struct{}

// internals is what the embedded scripts share with the Go half.
func internals(rt *runtime.Runtime) *goja.Object {
	rt.Require("stream")
	o := rt.VM().NewObject()
	rt.Value(coreKey{}).(*core).defineInternals(o)
	return o
}

func (c *core) defineInternals(o *goja.Object) {
	c.rt.SetFunc(o, "errorOrDestroy", 3, func(call goja.FunctionCall) goja.Value {
		c.errorOrDestroy(call.Argument(0).ToObject(c.vm), call.Argument(1), call.Argument(2).ToBoolean())
		return goja.Undefined()
	})
	c.rt.SetFunc(o, "aggregateTwoErrors", 2, func(call goja.FunctionCall) goja.Value {
		return c.aggregate(call.Argument(0), call.Argument(1))
	})
	c.rt.SetFunc(o, "initMessage", 2, func(call goja.FunctionCall) goja.Value {
		c.initMessage(call.Argument(0).ToObject(c.vm), call.Argument(1))
		return goja.Undefined()
	})
	c.rt.SetFunc(o, "setSocketPause", 1, func(call goja.FunctionCall) goja.Value {
		c.socketPause = call.Argument(0)
		return goja.Undefined()
	})
	o.Set("promisify", c.rt.CallMethod(c.rt.Intrinsic("Symbol"), "for", c.vm.ToValue("nodejs.util.promisify.custom")))
	o.Set("prependListener", c.rt.Func("prependListener", 3, func(call goja.FunctionCall) goja.Value {
		c.prependListener(call.Argument(0).ToObject(c.vm), call.Argument(1).String(), call.Argument(2).ToObject(c.vm))
		return goja.Undefined()
	}))
}

// own are the events of the machinery itself, which eventNames tells first.
func (c *core) own(o *goja.Object) []string {
	reads, writes := keeperOf(o) != nil || readableOf(o) != nil, writableOf(o) != nil
	switch {
	case reads && writes:
		return []string{"close", "error", "prefinish", "finish", "drain", "data", "end", "readable"}
	case reads:
		return []string{"close", "error", "data", "end", "readable"}
	case writes:
		return []string{"close", "error", "prefinish", "finish", "drain"}
	}
	return nil
}

func (c *core) eventNames(o *goja.Object) goja.Value {
	events, ok := o.Get("_events").(*goja.Object)
	if !ok {
		return c.vm.NewArray()
	}
	var names []any
	own := c.own(o)
	for _, name := range own {
		if c.rt.HasListener(o, name) {
			names = append(names, name)
		}
	}
	for _, name := range events.GetOwnPropertyNames() {
		if !slices.Contains(own, name) && c.rt.HasListener(o, name) {
			names = append(names, name)
		}
	}
	for _, sym := range events.Symbols() {
		if v := events.GetSymbol(sym); v != nil && !goja.IsUndefined(v) {
			names = append(names, sym)
		}
	}
	return c.vm.NewArray(names...)
}
