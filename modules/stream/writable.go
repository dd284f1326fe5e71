package stream

import (
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// initWritable is the constructor of Writable, on an object that has its prototype already.
func (c *core) initWritable(o *goja.Object, options *goja.Object) {
	s := c.newWritableState(options, false)
	o.Set("_writableState", s.object)
	c.takeMethods(o, options, "write", "writev", "destroy", "final", "construct")
	c.rt.InitEmitter(o, value(options))
	c.startConstruct(o, nil, s)
}

// write is writable.write: it tells whether the caller may go on. cb and encoding may be nil.
func (c *core) write(o *goja.Object, s *writable, v, encoding goja.Value, cb *goja.Object) bool {
	if encoding != nil {
		if fn, ok := encoding.(*goja.Object); ok && engine.IsFunction(fn) {
			encoding, cb = nil, fn
		}
	}
	more, err := c.tryWrite(o, s, v, encoding, cb)
	return more && err == nil
}

func (c *core) tryWrite(o *goja.Object, s *writable, v, encoding goja.Value, cb *goja.Object) (bool, *goja.Object) {
	if goja.IsNull(v) {
		c.rt.Throw(c.rt.NewError("ERR_STREAM_NULL_VALUES"))
	}
	var n int64 = 1
	if !s.has(objectMode) {
		name := s.defaultEncoding
		if !nullish(encoding) && encoding.ToBoolean() {
			name = encoding.String()
			if _, ok := engine.ParseEncoding(name); name != "buffer" && (!ok || !goja.IsString(encoding)) {
				c.rt.Throw(c.rt.NewError("ERR_UNKNOWN_ENCODING", encoding))
			}
		} else {
			encoding = nil
		}
		if str, ok := v.(goja.String); ok {
			if name == "buffer" {
				c.rt.Throw(c.rt.NewError("ERR_UNKNOWN_ENCODING", encoding))
			}
			if s.has(decodeStrings) {
				b := c.encode(str, name)
				v, n, encoding = c.rt.NewBuffer(b), int64(len(b)), c.bufferName
			} else {
				n = int64(str.Length())
				if encoding == nil {
					encoding = c.vm.ToValue(name)
				}
			}
		} else {
			given := v
			if v, n, ok = c.toBuffer(v); !ok {
				c.rt.Throw(c.badChunk(given))
			}
			encoding = c.bufferName
		}
	} else if encoding == nil {
		encoding = goja.Undefined()
	}
	var err *goja.Object
	if s.has(ending) {
		err = c.rt.NewError("ERR_STREAM_WRITE_AFTER_END")
	} else if s.has(destroyed) {
		err = c.rt.NewError("ERR_STREAM_DESTROYED", "write")
	}
	if err != nil {
		if cb != nil {
			c.rt.NextTick(func() { c.rt.Apply(cb, goja.Undefined(), err) })
		}
		c.errorOrDestroy(o, err, true)
		return false, err
	}
	s.pendingcb++
	return c.writeOrBuffer(o, s, request{v, n, encoding, cb}), nil
}

func (c *core) writeOrBuffer(o *goja.Object, s *writable, r request) bool {
	s.length += r.n
	if s.has(writing) || s.errored != nil || s.corked > 0 || !s.has(constructed) {
		s.buffered = append(s.buffered, r)
		if r.encoding != c.bufferName {
			s.flags &^= allBuffers
		}
		if r.cb != nil {
			s.flags &^= allNoop
		}
	} else {
		s.writelen = r.n
		s.writecb = r.cb
		s.flags |= writing | sync | expectWriteCb
		c.callWrite(o, s, r.chunk, r.encoding)
		s.flags &^= sync
	}
	more := s.length < s.hwm || s.length == 0
	if !more {
		s.flags |= needDrain
	}
	return more && !s.has(destroyed) && s.errored == nil
}

// callWrite calls _write.
func (c *core) callWrite(o *goja.Object, s *writable, chunk, encoding goja.Value) {
	fn := engine.Property(o, "_write")
	if fn == goja.Value(c.transformWrite) && s.transform != nil {
		c.transform(o, s.transform, chunk, encoding, nil)
		return
	}
	c.rt.Apply(fn, o, chunk, encoding, s.onwriteFunc(o))
}

// onwriteFunc is the callback that _write and _writev get; there is one per stream, made when first needed.
func (s *writable) onwriteFunc(o *goja.Object) *goja.Object {
	if s.onwrite == nil {
		s.onwrite = s.core.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			s.core.onWrite(o, s, call.Argument(0))
			return goja.Undefined()
		})
	}
	return s.onwrite
}

// afterTick is a tick on its way that will call a write's callback, count times.
type afterTick struct {
	cb    *goja.Object
	count int
}

// onWrite is told by the implementation that a write is done, or has failed.
func (c *core) onWrite(o *goja.Object, s *writable, er goja.Value) {
	if !s.has(expectWriteCb) {
		c.errorOrDestroy(o, c.rt.NewError("ERR_MULTIPLE_CALLBACK"), false)
		return
	}
	atOnce := s.has(sync)
	cb, batch := s.writecb, s.batch
	s.writecb, s.batch = nil, nil
	s.flags &^= writing | expectWriteCb
	s.length -= s.writelen
	s.writelen = 0

	if er != nil && er.ToBoolean() {
		if s.errored == nil {
			s.errored = er
		}
		if r := readableOf(o); r != nil && r.errored == nil {
			r.errored = er
		}
		fail := func() {
			s.pendingcb--
			c.callDone(cb, batch, er)
			c.failBuffered(s)
			c.errorOrDestroy(o, er, false)
		}
		if atOnce {
			c.rt.NextTick(fail)
		} else {
			fail()
		}
		return
	}
	if s.head < len(s.buffered) {
		c.clearBuffer(o, s)
	}
	if !atOnce {
		c.afterWrite(o, s, 1, cb, batch)
		return
	}
	switch {
	case cb == nil && batch == nil:
		// In object mode Node takes the tick too.
		if !s.has(afterWritePending) && (s.has(objectMode) || s.has(needDrain) && s.length == 0) {
			s.flags |= afterWritePending
			c.rt.NextTick(func() { c.afterWrite(o, s, 1, nil, nil) })
		} else {
			s.pendingcb--
			if s.has(ending) {
				c.finishMaybe(o, s, true)
			}
		}
	case batch == nil && s.after != nil && s.after.cb == cb:
		s.after.count++
	default:
		tick := &afterTick{cb, 1}
		if batch == nil {
			s.after = tick
		} else {
			s.after = nil
		}
		s.flags |= afterWritePending
		c.rt.NextTick(func() {
			s.after = nil
			c.afterWrite(o, s, tick.count, cb, batch)
		})
	}
}

// callDone calls the callback of a write, or those of all writes of a _writev.
func (c *core) callDone(cb *goja.Object, batch []request, arg goja.Value) {
	if cb != nil {
		c.rt.Apply(cb, goja.Undefined(), arg)
	}
	for _, r := range batch {
		if r.cb != nil {
			c.rt.Apply(r.cb, goja.Undefined(), arg)
		}
	}
}

func (c *core) afterWrite(o *goja.Object, s *writable, count int, cb *goja.Object, batch []request) {
	s.flags &^= afterWritePending
	if s.flags&(ending|needDrain|destroyed) == needDrain && s.length == 0 {
		s.flags &^= needDrain
		c.rt.Emit(o, "drain")
	}
	for ; count > 0; count-- {
		s.pendingcb--
		if cb != nil || batch != nil {
			c.callDone(cb, batch, goja.Null())
		}
	}
	if s.has(destroyed) {
		c.failBuffered(s)
	}
	if s.has(ending) {
		c.finishMaybe(o, s, true)
	}
}

// failBuffered calls the callbacks of what waits with the stream's error.
func (c *core) failBuffered(s *writable) {
	if s.has(writing) {
		return
	}
	list := s.buffered[s.head:]
	reason := func(what string) goja.Value {
		if s.errored != nil {
			return s.errored
		}
		return c.rt.NewError("ERR_STREAM_DESTROYED", what)
	}
	for _, r := range list {
		s.length -= r.n
		if r.cb != nil {
			c.rt.Apply(r.cb, goja.Undefined(), reason("write"))
		}
	}
	if len(s.onFinished) > 0 {
		c.callFinished(s, reason("end"))
	}
	s.resetBuffer()
}

func (s *writable) resetBuffer() {
	s.buffered, s.head = nil, 0
	s.flags |= allBuffers | allNoop
}

// clearBuffer hands what waits to _writev, or piece by piece to _write.
func (c *core) clearBuffer(o *goja.Object, s *writable) {
	if s.has(destroyed|bufferProcessing) || s.corked > 0 || !s.has(constructed) || s.head == len(s.buffered) {
		return
	}
	s.flags |= bufferProcessing
	if n := len(s.buffered) - s.head; n > 1 {
		if writev := o.Get("_writev"); writev != nil && writev.ToBoolean() {
			s.pendingcb -= int64(n - 1)
			batch := append([]request(nil), s.buffered[s.head:]...)
			chunks := c.requestArray(batch)
			chunks.Set("allBuffers", s.has(allBuffers))
			s.writelen = s.length
			s.writecb = nil
			if !s.has(allNoop) {
				s.batch = batch
			}
			s.flags |= writing | sync | expectWriteCb
			if s.has(destroyed) {
				c.onWrite(o, s, c.rt.NewError("ERR_STREAM_DESTROYED", "write"))
			} else {
				c.rt.Apply(writev, o, chunks, s.onwriteFunc(o))
			}
			s.flags &^= sync
			s.resetBuffer()
			s.flags &^= bufferProcessing
			return
		}
	}
	for s.head < len(s.buffered) && !s.has(writing) {
		r := s.buffered[s.head]
		s.buffered[s.head] = request{}
		s.head++
		s.writelen = r.n
		s.writecb = r.cb
		s.flags |= writing | sync | expectWriteCb
		if s.has(destroyed) {
			c.onWrite(o, s, c.rt.NewError("ERR_STREAM_DESTROYED", "write"))
		} else {
			c.callWrite(o, s, r.chunk, r.encoding)
		}
		s.flags &^= sync
	}
	if s.head == len(s.buffered) {
		s.buffered, s.head = s.buffered[:0], 0
		s.flags |= allBuffers | allNoop
	} else if s.head > 256 {
		s.buffered = append(s.buffered[:0:0], s.buffered[s.head:]...)
		s.head = 0
	}
	s.flags &^= bufferProcessing
}

func (c *core) uncork(o *goja.Object, s *writable) {
	if s.corked > 0 {
		s.corked--
		if !s.has(writing) {
			c.clearBuffer(o, s)
		}
	}
}

func (c *core) setDefaultEncoding(o *goja.Object, encoding goja.Value) {
	name := strings.ToLower(encoding.String())
	if _, ok := engine.ParseEncoding(name); !ok || !goja.IsString(encoding) {
		c.rt.Throw(c.rt.NewError("ERR_UNKNOWN_ENCODING", encoding))
	}
	c.mustWritable(o).defaultEncoding = name
}

// end is writable.end(chunk, encoding, callback).
func (c *core) end(o *goja.Object, s *writable, v, encoding, done goja.Value) {
	callback := func(v goja.Value) *goja.Object {
		if fn, ok := v.(*goja.Object); ok && engine.IsFunction(fn) {
			return fn
		}
		return nil
	}
	cb := callback(done)
	if fn := callback(v); fn != nil {
		cb, v, encoding = fn, nil, nil
	} else if fn := callback(encoding); fn != nil {
		cb, encoding = fn, nil
	}
	var err goja.Value
	if !nullish(v) {
		if _, failed := c.tryWrite(o, s, v, encoding, nil); failed != nil {
			err = failed
		}
	}
	if s.corked > 0 {
		s.corked = 1
		c.rt.CallMethod(o, "uncork")
	}
	switch {
	case err != nil:
	case !s.has(ending) && s.errored == nil:
		s.flags |= ending
		c.finishMaybe(o, s, true)
		s.flags |= ended
	case s.has(finished):
		err = c.rt.NewError("ERR_STREAM_ALREADY_FINISHED", "end")
	case s.has(destroyed):
		err = c.rt.NewError("ERR_STREAM_DESTROYED", "end")
	}
	if cb == nil {
		return
	}
	arg := goja.Null()
	switch {
	case err != nil:
		arg = err
	case s.errored != nil:
		arg = s.errored
	case s.has(finished):
	default:
		s.onFinished = append(s.onFinished, cb)
		return
	}
	c.rt.NextTick(func() { c.rt.Apply(cb, goja.Undefined(), arg) })
}

func (s *writable) needFinish() bool {
	return s.flags&(ending|destroyed|constructed|finished|writing|errorEmitted|closeEmitted) == ending|constructed &&
		s.errored == nil && s.length == 0 && s.head == len(s.buffered)
}

func (c *core) finishMaybe(o *goja.Object, s *writable, later bool) {
	if !s.needFinish() {
		return
	}
	c.prefinish(o, s)
	if s.pendingcb != 0 {
		return
	}
	if later {
		s.pendingcb++
		c.rt.NextTick(func() {
			if s.needFinish() {
				c.finish(o, s)
			} else {
				s.pendingcb--
			}
		})
	} else if s.needFinish() {
		s.pendingcb++
		c.finish(o, s)
	}
}

func (c *core) prefinish(o *goja.Object, s *writable) {
	if s.has(prefinished | finalCalled) {
		return
	}
	final, ok := o.Get("_final").(*goja.Object)
	if !ok || !engine.IsFunction(final) || s.has(destroyed) {
		s.flags |= finalCalled | prefinished
		c.rt.Emit(o, "prefinish")
		return
	}
	s.flags |= finalCalled | sync
	s.pendingcb++
	done := c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		c.onFinal(o, s, call.Argument(0))
		return goja.Undefined()
	})
	if ex := c.vm.Try(func() { c.rt.Apply(final, o, done) }); ex != nil {
		c.onFinal(o, s, ex.Value())
	}
	s.flags &^= sync
}

// onFinal is told by _final that it is done.
func (c *core) onFinal(o *goja.Object, s *writable, er goja.Value) {
	if s.has(prefinished) {
		if nullish(er) {
			er = c.rt.NewError("ERR_MULTIPLE_CALLBACK")
		}
		c.errorOrDestroy(o, er, false)
		return
	}
	s.pendingcb--
	if er != nil && er.ToBoolean() {
		c.callFinished(s, er)
		c.errorOrDestroy(o, er, s.has(sync))
	} else if s.needFinish() {
		s.flags |= prefinished
		c.rt.Emit(o, "prefinish")
		// Whatever _final did, 'finish' comes on a later tick: some streams rely on that.
		s.pendingcb++
		c.rt.NextTick(func() { c.finish(o, s) })
	}
}

func (c *core) finish(o *goja.Object, s *writable) {
	s.pendingcb--
	s.flags |= finished
	c.callFinished(s, goja.Null())
	c.rt.Emit(o, "finish")
	if s.has(autoDestroy) {
		r := readableOf(o)
		if r == nil || r.has(autoDestroy) && (r.has(endEmitted) || r.flags&(hasSide|sideOn) == hasSide) {
			c.callDestroy(o, nil)
		}
	}
}

func (c *core) callFinished(s *writable, arg goja.Value) {
	list := s.onFinished
	s.onFinished = nil
	for _, cb := range list {
		c.rt.Apply(cb, goja.Undefined(), arg)
	}
}
