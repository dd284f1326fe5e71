package stream

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// flags are the booleans of a stream's state. The first ones are shared by both sides, the rest belongs to one.
type flags uint64

const (
	objectMode flags = 1 << iota
	errorEmitted
	autoDestroy
	emitClose
	destroyed
	closed
	closeEmitted
	constructed
	sync
	ended

	// Readable.
	endEmitted
	reading
	needReadable
	emittedReadable
	readableListening
	resumeScheduled
	multiAwaitDrain
	readingMore
	dataEmitted
	hasFlowing
	flowing
	hasPaused
	paused
	dataListening

	// Writable.
	finalCalled
	needDrain
	ending
	finished
	decodeStrings
	writing
	bufferProcessing
	prefinished
	allBuffers
	allNoop
	expectWriteCb
	afterWritePending

	// The side that a Duplex was made without: state.readable, state.writable.
	hasSide
	sideOn
)

// side is what the states of both sides have in common. Scripts see it as `_readableState` or `_writableState`: a
// dynamic object, so that what is never looked at costs nothing.
type side struct {
	core            *core
	object          *goja.Object // once a script has looked
	flags           flags
	errored         goja.Value
	hwm, length     int64
	defaultEncoding string
	extra           map[string]goja.Value
}

func (s *side) has(f flags) bool { return s.flags&f != 0 }

func (s *side) put(f flags, on bool) {
	if on {
		s.flags |= f
	} else {
		s.flags &^= f
	}
}

// readable is a stream's `_readableState`.
type readable struct {
	side
	buffer     []chunk
	head       int
	pipes      []*goja.Object
	piping     *pipe // if there has been only one
	awaitDrain []*goja.Object
	decoder    *goja.Object
	encoding   goja.Value // of the decoder
	encodingIs string
}

// chunk is a piece of data and its length: bytes, UTF-16 units, or 1 in object mode.
type chunk struct {
	v goja.Value
	n int64
}

// writable is a stream's `_writableState`.
type writable struct {
	side
	corked, pendingcb int64
	writelen          int64
	writecb           *goja.Object
	onwrite           *goja.Object
	batch             []request // the requests of a _writev under way
	after             *afterTick
	buffered          []request
	head              int
	onFinished        []*goja.Object
	transform         *transformer
}

// request is a write that waits; cb is nil if the caller gave none.
type request struct {
	chunk    goja.Value
	n        int64
	encoding goja.Value
	cb       *goja.Object
}

// readableFlag is the flag behind a property of that name, or 0.
func readableFlag(name string) flags {
	switch name {
	case "objectMode":
		return objectMode
	case "ended":
		return ended
	case "endEmitted":
		return endEmitted
	case "reading":
		return reading
	case "constructed":
		return constructed
	case "sync":
		return sync
	case "needReadable":
		return needReadable
	case "emittedReadable":
		return emittedReadable
	case "readableListening":
		return readableListening
	case "resumeScheduled":
		return resumeScheduled
	case "errorEmitted":
		return errorEmitted
	case "emitClose":
		return emitClose
	case "autoDestroy":
		return autoDestroy
	case "destroyed":
		return destroyed
	case "closed":
		return closed
	case "closeEmitted":
		return closeEmitted
	case "multiAwaitDrain":
		return multiAwaitDrain
	case "readingMore":
		return readingMore
	case "dataEmitted":
		return dataEmitted
	}
	return 0
}

// writableFlag is the flag behind a property of that name, or 0.
func writableFlag(name string) flags {
	switch name {
	case "objectMode":
		return objectMode
	case "finalCalled":
		return finalCalled
	case "needDrain":
		return needDrain
	case "ending":
		return ending
	case "ended":
		return ended
	case "finished":
		return finished
	case "destroyed":
		return destroyed
	case "decodeStrings":
		return decodeStrings
	case "writing":
		return writing
	case "sync":
		return sync
	case "bufferProcessing":
		return bufferProcessing
	case "constructed":
		return constructed
	case "prefinished":
		return prefinished
	case "errorEmitted":
		return errorEmitted
	case "emitClose":
		return emitClose
	case "autoDestroy":
		return autoDestroy
	case "closed":
		return closed
	case "closeEmitted":
		return closeEmitted
	case "allBuffers":
		return allBuffers
	case "allNoop":
		return allNoop
	}
	return 0
}

func (s *side) value(v any) goja.Value { return s.core.vm.ToValue(v) }

// get reads what both sides have; nil means that the property is not one of these.
func (s *side) get(key, sideName string) goja.Value {
	switch key {
	case "errored":
		if s.errored == nil {
			return goja.Null()
		}
		return s.errored
	case "highWaterMark":
		return s.value(s.hwm)
	case "length":
		return s.value(s.length)
	case "defaultEncoding":
		return s.value(s.defaultEncoding)
	case sideName:
		if s.has(hasSide) {
			return s.value(s.has(sideOn))
		}
		return nil
	}
	return s.extra[key]
}

func (s *side) set(key, sideName string, v goja.Value) {
	switch key {
	case "errored":
		s.errored = v
		if !v.ToBoolean() {
			s.errored = nil
		}
	case "highWaterMark":
		s.hwm = v.ToInteger()
	case "length":
		s.length = v.ToInteger()
	case "defaultEncoding":
		s.defaultEncoding = v.String()
	case sideName:
		s.put(hasSide, !goja.IsUndefined(v) && !goja.IsNull(v))
		s.put(sideOn, v.ToBoolean())
	default:
		if s.extra == nil {
			s.extra = map[string]goja.Value{}
		}
		s.extra[key] = v
	}
}

func (s *readable) Get(key string) goja.Value {
	if f := readableFlag(key); f != 0 {
		return s.value(s.has(f))
	}
	switch key {
	case "flowing":
		if !s.has(hasFlowing) {
			return goja.Null()
		}
		return s.value(s.has(flowing))
	case "paused":
		return s.value(s.has(paused))
	case "buffer":
		return s.bufferArray()
	case "bufferIndex":
		return s.value(0)
	case "pipes":
		items := make([]any, len(s.pipes))
		for i, p := range s.pipes {
			items[i] = p
		}
		return s.core.vm.NewArray(items...)
	case "pipesCount":
		return s.value(len(s.pipes))
	case "awaitDrainWriters":
		return s.awaitDrainValue()
	case "decoder":
		if s.decoder == nil {
			return goja.Null()
		}
		return s.decoder
	case "encoding":
		if s.encoding == nil {
			return goja.Null()
		}
		return s.encoding
	}
	return s.get(key, "readable")
}

func (s *readable) Set(key string, v goja.Value) bool {
	if f := readableFlag(key); f != 0 {
		s.put(f, v.ToBoolean())
		return true
	}
	switch key {
	case "flowing":
		s.setFlowing(v)
	case "paused":
		s.flags |= hasPaused
		s.put(paused, v.ToBoolean())
	case "decoder":
		s.decoder, _ = v.(*goja.Object)
	case "encoding":
		s.encoding, s.encodingIs = nil, ""
		if v.ToBoolean() {
			s.encoding, s.encodingIs = v, v.String()
		}
	case "awaitDrainWriters":
		s.awaitDrain = nil
		if o, ok := v.(*goja.Object); ok {
			s.awaitDrain = []*goja.Object{o}
		}
	case "buffer", "bufferIndex", "pipes", "pipesCount":
	default:
		s.set(key, "readable", v)
	}
	return true
}

func (s *readable) setFlowing(v goja.Value) {
	if goja.IsNull(v) || goja.IsUndefined(v) {
		s.flags &^= hasFlowing | flowing
		return
	}
	s.flags |= hasFlowing
	s.put(flowing, v.ToBoolean())
}

func (s *readable) awaitDrainValue() goja.Value {
	if s.has(multiAwaitDrain) {
		items := make([]any, len(s.awaitDrain))
		for i, w := range s.awaitDrain {
			items[i] = w
		}
		set, err := s.core.vm.New(s.core.rt.Intrinsic("Set"), s.core.vm.NewArray(items...))
		if err != nil {
			panic(err)
		}
		return set
	}
	if len(s.awaitDrain) == 0 {
		return goja.Null()
	}
	return s.awaitDrain[0]
}

func (s *readable) bufferArray() goja.Value {
	items := make([]any, 0, len(s.buffer)-s.head)
	for _, c := range s.buffer[s.head:] {
		items = append(items, c.v)
	}
	return s.core.vm.NewArray(items...)
}

func (s *readable) Has(key string) bool { return s.Get(key) != nil }

func (s *readable) Delete(key string) bool {
	delete(s.extra, key)
	return true
}

func (s *readable) Keys() []string {
	return []string{"highWaterMark", "buffer", "bufferIndex", "length", "pipes", "awaitDrainWriters"}
}

func (s *writable) Get(key string) goja.Value {
	if f := writableFlag(key); f != 0 {
		return s.value(s.has(f))
	}
	switch key {
	case "corked":
		return s.value(s.corked)
	case "pendingcb":
		return s.value(s.pendingcb)
	case "writelen":
		return s.value(s.writelen)
	case "writecb":
		if s.writecb == nil {
			return s.core.nop
		}
		return s.writecb
	case "onwrite":
		if s.onwrite == nil {
			return nil
		}
		return s.onwrite
	case "buffered":
		return s.bufferArray()
	case "bufferedIndex":
		return s.value(0)
	case "bufferedRequestCount":
		return s.value(len(s.buffered) - s.head)
	case "afterWriteTickInfo":
		return goja.Null()
	case "getBuffer":
		return s.core.rt.Func("getBuffer", 0, func(goja.FunctionCall) goja.Value { return s.bufferArray() })
	}
	return s.get(key, "writable")
}

func (s *writable) Set(key string, v goja.Value) bool {
	if f := writableFlag(key); f != 0 {
		s.put(f, v.ToBoolean())
		return true
	}
	switch key {
	case "corked":
		s.corked = v.ToInteger()
	case "pendingcb":
		s.pendingcb = v.ToInteger()
	case "writelen":
		s.writelen = v.ToInteger()
	case "writecb":
		s.writecb, _ = v.(*goja.Object)
	case "onwrite":
		s.onwrite, _ = v.(*goja.Object)
	case "buffered", "bufferedIndex", "bufferedRequestCount", "afterWriteTickInfo", "getBuffer":
	default:
		s.set(key, "writable", v)
	}
	return true
}

// bufferArray is what waits, as objects {chunk, encoding, callback}.
func (s *writable) bufferArray() *goja.Object { return s.core.requestArray(s.buffered[s.head:]) }

func (c *core) requestArray(list []request) *goja.Object {
	items := make([]any, len(list))
	for i, r := range list {
		o := c.vm.NewObject()
		o.Set("chunk", r.chunk)
		o.Set("encoding", r.encoding)
		cb := r.cb
		if cb == nil {
			cb = c.nop
		}
		o.Set("callback", cb)
		items[i] = o
	}
	return c.vm.NewArray(items...)
}

func (s *writable) Has(key string) bool { return s.Get(key) != nil }

func (s *writable) Delete(key string) bool {
	delete(s.extra, key)
	return true
}

func (s *writable) Keys() []string {
	return []string{"highWaterMark", "length", "corked", "onwrite", "writelen", "bufferedIndex", "pendingcb"}
}

// keeper is the Go state behind a stream that keeps the stream's state itself and does what is asked of an implementation: messages
// of http, of which there are many. Scripts see the state when they ask for `_readableState`.
type keeper interface {
	// Keeps tells whether it does so for this stream.
	Keeps(stream *goja.Object) bool
	// ReadableState is what KeepReadableState was given; a state that is missing is made first.
	ReadableState() any
	KeepReadableState(state any)
	// Read is _read, and Destroy _destroy, where fn is the original; where they return false it is to be called.
	Read(fn goja.Value) bool
	Destroy(fn, err goja.Value, done func(err goja.Value)) bool
}

func keeperOf(stream *goja.Object) keeper {
	if k, ok := engine.StateOf(stream).(keeper); ok && k.Keeps(stream) {
		return k
	}
	return nil
}

// Object is the state as scripts see it.
func (s *readable) Object() *goja.Object {
	if s.object == nil {
		s.object = s.core.vm.NewDynamicObject(s)
		s.object.SetPrototype(s.core.readableState)
	}
	return s.object
}

// Push is stream.push(v), through an override if there is one.
func (s *readable) Push(stream *goja.Object, v goja.Value) bool {
	if fn := engine.Property(stream, "push"); fn != goja.Value(s.core.pushFn) {
		return s.core.rt.Apply(fn, stream, v).ToBoolean()
	}
	return s.core.push(stream, s, v, nil)
}

// PushBytes is Push of a Buffer over what keep makes of b, which is not made where a pipe can do without.
func (s *readable) PushBytes(stream *goja.Object, b []byte, keep func(b []byte) []byte) bool {
	if more, ok := s.core.takePiece(stream, s, b); ok {
		return more
	}
	return s.Push(stream, s.core.rt.NewBuffer(keep(b)))
}

// Ended tells whether 'end' has been emitted.
func (s *readable) Ended() bool { return s.has(endEmitted) }

// Resuming tells whether a resume is on its way.
func (s *readable) Resuming() bool { return s.has(resumeScheduled) }

// ReadMore lets reading ahead begin, which a message is made without.
func (s *readable) ReadMore() { s.flags &^= readingMore }

// readableOf returns the state of a stream's readable side, nil if there is none of ours.
func readableOf(stream *goja.Object) *readable {
	if k := keeperOf(stream); k != nil {
		s, _ := k.ReadableState().(*readable)
		return s
	}
	if o, ok := engine.Property(stream, "_readableState").(*goja.Object); ok {
		s, _ := engine.Exported[*readable](o)
		return s
	}
	return nil
}

// writableOf returns the state of a stream's writable side, nil if there is none of ours.
func writableOf(stream *goja.Object) *writable {
	if keeperOf(stream) != nil {
		return nil
	}
	if o, ok := engine.Property(stream, "_writableState").(*goja.Object); ok {
		s, _ := engine.Exported[*writable](o)
		return s
	}
	return nil
}

// option reads a property of an options object; nil stands for undefined and for no options.
func option(options *goja.Object, name string) goja.Value {
	if options == nil {
		return nil
	}
	v := options.Get(name)
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	return v
}

func optionTrue(options *goja.Object, name string) bool {
	v := option(options, name)
	return v != nil && v.ToBoolean()
}

func optionFalse(options *goja.Object, name string) bool {
	v := option(options, name)
	return v != nil && v.StrictEquals(constant(false))
}

func nullish(v goja.Value) bool { return v == nil || goja.IsUndefined(v) || goja.IsNull(v) }

// initSide reads the options that both sides share. key is the option of a Duplex: "readableHighWaterMark".
func (s *side) initSide(c *core, options *goja.Object, key, modeKey string, duplex bool) {
	s.core = c
	s.flags = emitClose | autoDestroy | constructed | sync
	s.defaultEncoding = "utf8"
	if optionTrue(options, "objectMode") || duplex && optionTrue(options, modeKey) {
		s.flags |= objectMode
	}
	s.hwm = c.highWaterMark(options, key, duplex, s.has(objectMode))
	if options == nil {
		return
	}
	if optionFalse(options, "emitClose") {
		s.flags &^= emitClose
	}
	if optionFalse(options, "autoDestroy") {
		s.flags &^= autoDestroy
	}
	if v := option(options, "defaultEncoding"); !nullish(v) {
		if _, ok := engine.ParseEncoding(v.String()); !ok || !goja.IsString(v) {
			c.rt.Throw(c.rt.NewError("ERR_UNKNOWN_ENCODING", v))
		}
		s.defaultEncoding = v.String()
		if s.defaultEncoding == "utf-8" {
			s.defaultEncoding = "utf8"
		}
	}
}

func (c *core) highWaterMark(options *goja.Object, key string, duplex, objects bool) int64 {
	v, name := option(options, "highWaterMark"), "highWaterMark"
	if nullish(v) && duplex {
		v = option(options, key)
	}
	if duplex {
		name = key
	}
	if nullish(v) {
		if objects {
			return c.hwmObjects
		}
		return c.hwmBytes
	}
	return c.checkedMark(v, name)
}

func (c *core) checkedMark(v goja.Value, name string) int64 {
	f := math.NaN()
	if goja.IsNumber(v) {
		f = v.ToFloat()
	}
	if f != math.Trunc(f) || f < 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		c.rt.Throw(c.rt.NewError("ERR_INVALID_ARG_VALUE", "options."+name, v))
	}
	return int64(f)
}

func (c *core) newReadableState(options *goja.Object, duplex bool) *readable {
	s := &readable{}
	s.initSide(c, options, "readableHighWaterMark", "readableObjectMode", duplex)
	if v := option(options, "encoding"); v != nil && v.ToBoolean() {
		s.decoder = c.newDecoder(v)
		s.encoding, s.encodingIs = v, v.String()
	}
	return s
}

func (c *core) newWritableState(options *goja.Object, duplex bool) *writable {
	s := &writable{}
	s.initSide(c, options, "writableHighWaterMark", "writableObjectMode", duplex)
	s.flags |= allBuffers | allNoop
	if !optionFalse(options, "decodeStrings") {
		s.flags |= decodeStrings
	}
	s.object = c.vm.NewDynamicObject(s)
	s.object.SetPrototype(c.writableState)
	return s
}

func (c *core) newDecoder(encoding goja.Value) *goja.Object {
	d, err := c.vm.New(c.rt.Require("string_decoder").Get("StringDecoder"), encoding)
	if err != nil {
		panic(err)
	}
	return d
}
