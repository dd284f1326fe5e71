package stream

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// initReadable is the constructor of Readable, on an object that has its prototype already.
func (c *core) initReadable(o *goja.Object, options *goja.Object) {
	c.beginReadable(o, options, c.newReadableState(options, false))
}

// initMessage is Readable.call(o, { highWaterMark }) for messages of http, which have no other options. They do not read ahead
// before somebody reads.
func (c *core) initMessage(o *goja.Object, highWaterMark goja.Value) {
	s := c.newReadableState(nil, false)
	if !nullish(highWaterMark) {
		s.hwm = c.checkedMark(highWaterMark, "highWaterMark")
	}
	s.flags |= readingMore
	c.beginReadable(o, nil, s)
}

func (c *core) beginReadable(o, options *goja.Object, s *readable) {
	if k := keeperOf(o); k != nil {
		k.KeepReadableState(s)
	} else {
		o.Set("_readableState", s.Object())
	}
	c.takeMethods(o, options, "read", "destroy", "construct")
	c.rt.InitEmitter(o, value(options))
	c.startConstruct(o, s, nil)
}

// takeMethods makes the functions among the options the stream's implementation: `read` becomes `_read`.
func (c *core) takeMethods(o *goja.Object, options *goja.Object, names ...string) {
	if options == nil {
		return
	}
	for _, name := range names {
		if fn, ok := options.Get(name).(*goja.Object); ok && engine.IsFunction(fn) {
			o.Set("_"+name, fn)
		}
	}
	if signal := option(options, "signal"); signal != nil && signal.ToBoolean() {
		c.rt.CallMethod(c.rt.Require("internal/streams/add-abort-signal"), "addAbortSignalNoValidate", signal, o)
	}
}

// push is readable.push: it tells whether more is wanted.
func (c *core) push(o *goja.Object, s *readable, v, encoding goja.Value) bool {
	if goja.IsNull(v) {
		s.flags &^= reading
		c.endOfChunks(o, s)
		return false
	}
	encoded := !nullish(encoding) && encoding.ToBoolean()
	var n int64 = 1
	if !s.has(objectMode) {
		var ok bool
		if v, n, ok = c.toChunk(o, s, v, encoding, false, &encoded); !ok {
			return false
		}
		if n == 0 {
			s.flags &^= reading
			c.maybeReadMore(o, s)
			return s.canPushMore()
		}
	}
	if s.has(ended) {
		c.errorOrDestroy(o, c.rt.NewError("ERR_STREAM_PUSH_AFTER_EOF"), false)
		return false
	}
	if s.has(destroyed) || s.errored != nil {
		return false
	}
	s.flags &^= reading
	if s.decoder != nil && !encoded {
		v = c.rt.CallMethod(s.decoder, "write", v)
		if !s.has(objectMode) {
			if n = textLen(v); n == 0 {
				c.maybeReadMore(o, s)
				return s.canPushMore()
			}
		}
	}
	c.addChunk(o, s, chunk{v, n}, false)
	return s.canPushMore()
}

// unshift puts data back in front.
func (c *core) unshift(o *goja.Object, s *readable, v, encoding goja.Value) bool {
	if goja.IsNull(v) {
		s.flags &^= reading
		c.endOfChunks(o, s)
		return false
	}
	var n int64 = 1
	if !s.has(objectMode) {
		var ok, encoded bool
		if v, n, ok = c.toChunk(o, s, v, encoding, true, &encoded); !ok {
			return false
		}
		if n == 0 {
			return s.canPushMore()
		}
	}
	switch {
	case s.has(endEmitted):
		c.errorOrDestroy(o, c.rt.NewError("ERR_STREAM_UNSHIFT_AFTER_END_EVENT"), false)
	case s.has(destroyed) || s.errored != nil:
		return false
	default:
		c.addChunk(o, s, chunk{v, n}, true)
	}
	return s.canPushMore()
}

// toChunk brings what was pushed in byte mode into the form in which it is kept: a Buffer, or a string where it has the
// stream's own encoding already; encoded then stays set. A value of the wrong type destroys the stream.
func (c *core) toChunk(o *goja.Object, s *readable, v, encoding goja.Value, front bool, encoded *bool) (goja.Value, int64, bool) {
	if str, ok := v.(goja.String); ok {
		name := s.defaultEncoding
		if !nullish(encoding) && encoding.ToBoolean() {
			name = encoding.String()
		}
		*encoded = true
		if s.encodingIs == name {
			return v, int64(str.Length()), true
		}
		b := c.encode(str, name)
		if front && s.encodingIs != "" {
			e, _ := engine.ParseEncoding(s.encodingIs)
			v = c.rt.DecodeString(b, e)
			return v, textLen(v), true
		}
		*encoded = false
		return c.rt.NewBuffer(b), int64(len(b)), true
	}
	*encoded = false
	if buffer, n, ok := c.toBuffer(v); ok {
		return buffer, n, true
	}
	if !goja.IsUndefined(v) {
		c.errorOrDestroy(o, c.badChunk(v), false)
		return v, 0, false
	}
	return v, 0, true
}

func (c *core) badChunk(v goja.Value) *goja.Object {
	return c.rt.NewError("ERR_INVALID_ARG_TYPE", "chunk", []string{"string", "Buffer", "TypedArray", "DataView"}, v)
}

// encode turns a string into bytes; an unknown encoding throws.
func (c *core) encode(s goja.Value, name string) []byte {
	e, ok := engine.ParseEncoding(name)
	if !ok {
		c.rt.Throw(c.rt.NewError("ERR_UNKNOWN_ENCODING", name))
	}
	return engine.EncodeString(s, e)
}

// toBuffer accepts a Buffer as it is, and any other view as a Buffer over the same memory.
func (c *core) toBuffer(v goja.Value) (buffer goja.Value, n int64, ok bool) {
	o, isObject := v.(*goja.Object)
	if !isObject {
		return nil, 0, false
	}
	proto := o.Prototype()
	if proto != c.bufferPrototype() || proto == nil {
		switch kind := engine.KindOf(o); kind {
		case engine.TypedArray, engine.DataViewObject:
			if kind != engine.TypedArray || !c.vm.InstanceOf(o, c.bufferClass) {
				o = c.rt.BufferOver(o.Get("buffer"), o.Get("byteOffset"), o.Get("byteLength"))
			}
		default:
			return nil, 0, false
		}
	}
	b, ok := c.rt.Bytes(o)
	return o, int64(len(b)), ok
}

func (c *core) bufferPrototype() *goja.Object {
	if c.bufferProto == nil {
		c.bufferClass = c.rt.Require("buffer").Get("Buffer").(*goja.Object)
		c.bufferProto = c.bufferClass.Get("prototype").(*goja.Object)
	}
	return c.bufferProto
}

func textLen(v goja.Value) int64 {
	if s, ok := v.(goja.String); ok {
		return int64(s.Length())
	}
	if o, ok := v.(*goja.Object); ok {
		return o.Get("length").ToInteger()
	}
	return 0
}

func (s *readable) canPushMore() bool { return !s.has(ended) && (s.length < s.hwm || s.length == 0) }

func (c *core) addChunk(o *goja.Object, s *readable, k chunk, front bool) {
	if s.flags&(flowing|sync|dataListening) == flowing|dataListening && s.length == 0 {
		s.awaitDrain = s.awaitDrain[:0]
		s.flags |= dataEmitted
		c.rt.Emit(o, "data", k.v)
	} else {
		s.length += k.n
		switch {
		case !front:
			s.buffer = append(s.buffer, k)
		case s.head > 0:
			s.head--
			s.buffer[s.head] = k
		default:
			s.buffer = append([]chunk{k}, s.buffer...)
		}
		if s.has(needReadable) {
			c.emitReadable(o, s)
		}
	}
	c.maybeReadMore(o, s)
}

func (c *core) endOfChunks(o *goja.Object, s *readable) {
	if s.has(ended) {
		return
	}
	if s.decoder != nil {
		if v := c.rt.CallMethod(s.decoder, "end"); v != nil {
			if n := textLen(v); n > 0 {
				if s.has(objectMode) {
					n = 1
				}
				s.buffer = append(s.buffer, chunk{v, n})
				s.length += n
			}
		}
	}
	s.flags |= ended
	if s.has(sync) {
		// Within _read the event waits, or flow would run inside of read.
		c.emitReadable(o, s)
	} else {
		s.flags = s.flags&^needReadable | emittedReadable
		c.emitReadableNow(o, s)
	}
}

// emitReadable emits 'readable' on the next tick: at once, a listener that reads would recurse.
func (c *core) emitReadable(o *goja.Object, s *readable) {
	s.flags &^= needReadable
	if !s.has(emittedReadable) {
		s.flags |= emittedReadable
		c.rt.NextTick(func() { c.emitReadableNow(o, s) })
	}
}

func (c *core) emitReadableNow(o *goja.Object, s *readable) {
	if !s.has(destroyed) && s.errored == nil && (s.length > 0 || s.has(ended)) {
		c.rt.Emit(o, "readable")
		s.flags &^= emittedReadable
	}
	if !s.has(flowing|ended) && s.length <= s.hwm {
		s.flags |= needReadable
	}
	c.flow(o, s)
}

func (c *core) maybeReadMore(o *goja.Object, s *readable) {
	if s.flags&(readingMore|constructed) != constructed {
		return
	}
	s.flags |= readingMore
	c.rt.NextTick(func() {
		for !s.has(reading|ended) && (s.length < s.hwm || s.has(flowing) && s.length == 0) {
			before := s.length
			c.callRead0(o, s)
			if s.length == before {
				break // got nothing: don't spin
			}
		}
		s.flags &^= readingMore
	})
}

// callRead0 is stream.read(0), through an override if there is one.
func (c *core) callRead0(o *goja.Object, s *readable) {
	if fn := engine.Property(o, "read"); fn != goja.Value(c.readFn) {
		c.rt.Apply(fn, o, c.vm.ToValue(0))
		return
	}
	c.read(o, s, 0)
}

const maxHighWaterMark = 1 << 30

// parseSize reads the argument of read; NaN stands for "all there is".
func parseSize(v goja.Value) float64 {
	if goja.IsUndefined(v) {
		return math.NaN()
	}
	if goja.IsNumber(v) {
		if f := v.ToFloat(); f == math.Trunc(f) {
			return f
		}
	}
	text, n, digits := strings.TrimSpace(v.String()), 0.0, 0
	sign := 1.0
	if strings.HasPrefix(text, "-") {
		sign, text = -1, text[1:]
	}
	for _, r := range text {
		if r < '0' || r > '9' {
			break
		}
		n, digits = n*10+float64(r-'0'), digits+1
	}
	if digits == 0 {
		return math.NaN()
	}
	return sign * n
}

// howMuch is how much a read of n takes now.
func (s *readable) howMuch(n float64) int64 {
	switch {
	case n <= 0 || s.length == 0 && s.has(ended):
		return 0
	case s.has(objectMode):
		return 1
	case math.IsNaN(n):
		if s.has(flowing) && s.length > 0 {
			return s.buffer[s.head].n
		}
		return s.length
	case n <= float64(s.length):
		return int64(n)
	case s.has(ended):
		return s.length
	}
	return 0
}

func (c *core) read(o *goja.Object, s *readable, size float64) goja.Value {
	if size > float64(s.hwm) {
		s.raiseHighWaterMark(size)
	}
	if size != 0 {
		s.flags &^= emittedReadable
	}
	// read(0) with enough in the buffer only triggers 'readable'.
	if size == 0 && s.has(needReadable) && (s.has(ended) || s.hwm != 0 && s.length >= s.hwm || s.hwm == 0 && s.length > 0) {
		if s.length == 0 && s.has(ended) {
			c.endReadable(o, s)
		} else {
			c.emitReadable(o, s)
		}
		return goja.Null()
	}
	n := s.howMuch(size)
	if n == 0 && s.has(ended) {
		if s.length == 0 {
			c.endReadable(o, s)
		}
		return goja.Null()
	}
	more := s.has(needReadable) || s.length == 0 || s.length-n < s.hwm
	if more && s.flags&(reading|ended|destroyed|constructed) == constructed && s.errored == nil {
		s.flags |= reading | sync
		if s.length == 0 {
			s.flags |= needReadable
		}
		c.callImplementation(o, s)
		s.flags &^= sync
		if !s.has(reading) {
			// It pushed at once: there may be more to return now.
			n = s.howMuch(size)
		}
	}
	result := goja.Null()
	if n > 0 {
		result = c.take(s, n)
	}
	if goja.IsNull(result) {
		if s.length <= s.hwm {
			s.flags |= needReadable
		}
		n = 0
	} else {
		s.length -= n
		s.awaitDrain = s.awaitDrain[:0]
	}
	if s.length == 0 {
		if !s.has(ended) {
			s.flags |= needReadable
		}
		if size != float64(n) && s.has(ended) {
			c.endReadable(o, s)
		}
	}
	if !goja.IsNull(result) && !s.has(errorEmitted|closeEmitted) {
		s.flags |= dataEmitted
		c.rt.Emit(o, "data", result)
	}
	return result
}

// callImplementation calls _read; what it throws destroys the stream.
func (c *core) callImplementation(o *goja.Object, s *readable) {
	fn := engine.Property(o, "_read")
	if k := keeperOf(o); k != nil && k.Read(fn) {
		return
	}
	if fn == goja.Value(c.transformRead) {
		// It only continues a write that waits.
		if w := writableOf(o); w != nil && w.transform != nil && !w.transform.waiting {
			return
		}
	}
	if !c.pumpTurn(o, s, fn) {
		c.ordinaryRead(o, s, fn)
	}
}

func (s *readable) raiseHighWaterMark(size float64) {
	if size > maxHighWaterMark {
		s.core.rt.ThrowOutOfRange("size", "<= 1GiB", s.value(size))
	}
	n := int64(1)
	for n < int64(size) {
		n <<= 1
	}
	s.hwm = n
}

// take removes n from the buffer: bytes or characters, or one object.
func (c *core) take(s *readable, n int64) goja.Value {
	if s.length == 0 || s.head == len(s.buffer) {
		return goja.Null()
	}
	first := s.buffer[s.head]
	if s.has(objectMode) || n == first.n {
		s.drop(1)
		if s.decoder != nil && !s.has(objectMode) {
			return first.v.ToString() // bytes put back in front of text
		}
		return first.v
	}
	if n < first.n {
		part, rest := c.split(first, n)
		s.buffer[s.head] = rest
		return part
	}
	var text goja.String
	var bytes []byte
	for n > 0 && s.head < len(s.buffer) {
		k := s.buffer[s.head]
		part := k.v
		if n < k.n {
			part, s.buffer[s.head] = c.split(k, n)
			n = 0
		} else {
			n -= k.n
			s.drop(1)
		}
		if s.decoder != nil {
			part = part.ToString()
		}
		if str, ok := part.(goja.String); ok {
			if text == nil {
				text = str
			} else {
				text = text.Concat(str)
			}
		} else {
			b, _ := c.rt.Bytes(part)
			if bytes == nil {
				bytes = make([]byte, 0, n+int64(len(b)))
			}
			bytes = append(bytes, b...)
		}
	}
	if text != nil {
		return text
	}
	return c.rt.NewBuffer(bytes)
}

// drop removes n chunks from the front of the buffer.
func (s *readable) drop(n int) {
	for range n {
		s.buffer[s.head] = chunk{}
		s.head++
	}
	if s.head == len(s.buffer) {
		s.buffer, s.head = s.buffer[:0], 0
	} else if s.head > 1024 {
		s.buffer = append(s.buffer[:0:0], s.buffer[s.head:]...)
		s.head = 0
	}
}

// split cuts a chunk in two at n.
func (c *core) split(k chunk, n int64) (goja.Value, chunk) {
	if s, ok := k.v.(goja.String); ok {
		return s.Substring(0, int(n)), chunk{s.Substring(int(n), s.Length()), k.n - n}
	}
	buffer, offset := c.rt.ViewOf(k.v.(*goja.Object))
	part := c.rt.BufferIn(buffer, offset, int(n))
	rest := c.rt.BufferIn(buffer, offset+int(n), int(k.n-n))
	return part, chunk{rest, k.n - n}
}

func (c *core) endReadable(o *goja.Object, s *readable) {
	if !s.has(endEmitted) {
		s.flags |= ended
		c.rt.NextTick(func() { c.endReadableNow(o, s) })
	}
}

func (c *core) endReadableNow(o *goja.Object, s *readable) {
	// The length says whether something was put back in the meantime.
	if s.has(closeEmitted|endEmitted) || s.errored != nil || s.length != 0 {
		return
	}
	s.flags |= endEmitted
	c.rt.Emit(o, "end")
	if isTrue(engine.Property(o, "writable")) && isFalse(o.Get("allowHalfOpen")) {
		c.rt.NextTick(func() {
			if isTrue(o.Get("writable")) && !isTrue(o.Get("writableEnded")) && !isTrue(o.Get("destroyed")) {
				c.rt.CallMethod(o, "end")
			}
		})
	} else if s.has(autoDestroy) {
		w := writableOf(o)
		if w == nil || w.has(autoDestroy) && (w.has(finished) || w.flags&(hasSide|sideOn) == hasSide) {
			c.callDestroy(o, nil)
		}
	}
}

func isTrue(v goja.Value) bool { return v != nil && v.ToBoolean() }

func isFalse(v goja.Value) bool { return v != nil && v.StrictEquals(constant(false)) }
