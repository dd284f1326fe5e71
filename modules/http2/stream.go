package http2

import (
	"bytes"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/http2"
)

// stream is the native half of an Http2Stream, behind its handle.
type stream struct {
	s       *session
	h2      *http2.Stream
	handle  *goja.Object
	object  *goja.Object // the Http2Stream
	async   any
	reading bool
	paused  int // bytes that came while nobody read
	timed   bool
	began   time.Time
	header  time.Time // when the first came, and the first byte of the body
	first   time.Time
	shut    goja.Callable // waits for the end of the output
}

func (s *session) newStream(h *http2.Stream) *stream {
	st := &stream{s: s, h2: h, began: time.Now()}
	st.handle = s.m.rt.NewObject(s.m.streamProto, st)
	st.async = s.m.rt.Async.Start("HTTP2STREAM", st.handle)
	h.Owner = st
	return st
}

func (m *module) streamOf(v goja.Value) *stream {
	st, ok := m.rt.Slot(v).(*stream)
	if !ok {
		m.rt.Throw(m.rt.NewPlainError("TypeError", "Illegal invocation"))
	}
	return st
}

// callback makes the function of a write.
func (st *stream) callback(v goja.Value) http2.Done {
	fn, ok := goja.AssertFunction(v)
	if !ok {
		return nil
	}
	m := st.s.m
	async := m.rt.Async.Start("WRITEWRAP", nil)
	return func(failed bool) {
		m.rt.Async.CallbackLast(async, fn, goja.Undefined(), m.vm.ToValue(failed))
	}
}

func (m *module) defineStream() {
	_, m.streamProto = m.rt.Class("Http2Stream", 0, func(goja.ConstructorCall) *goja.Object { return nil })
	on := func(name string, length int, f func(st *stream, call goja.FunctionCall) goja.Value) {
		m.rt.SetMethod(m.streamProto, name, length, func(call goja.FunctionCall) goja.Value {
			return f(m.streamOf(call.This), call)
		})
	}
	m.rt.SetGetter(m.streamProto, "id", func(this goja.Value) goja.Value { return m.vm.ToValue(m.streamOf(this).h2.ID) }, nil)
	m.rt.SetGetter(m.streamProto, "queued", func(this goja.Value) goja.Value { return m.vm.ToValue(m.streamOf(this).h2.Queued()) }, nil)
	on("own", 1, func(st *stream, call goja.FunctionCall) goja.Value {
		st.object, _ = call.Argument(0).(*goja.Object)
		return goja.Undefined()
	})
	// respond(headers, final, end, trailers) sends the head of a response.
	on("respond", 4, func(st *stream, call goja.FunctionCall) goja.Value {
		fields := m.fields(call.Argument(0), responseFields, st.s.strict)
		final := call.Argument(1).ToBoolean()
		return st.result(st.h2.Respond(fields, final, call.Argument(2).ToBoolean(), call.Argument(3).ToBoolean()))
	})
	on("expectTrailers", 0, func(st *stream, _ goja.FunctionCall) goja.Value {
		st.h2.ExpectTrailers()
		return goja.Undefined()
	})
	on("trailers", 1, func(st *stream, call goja.FunctionCall) goja.Value {
		fields := m.fields(call.Argument(0), trailerFields, st.s.strict)
		if len(fields) == 0 {
			st.h2.EndEmpty()
			return st.result(nil)
		}
		return st.result(st.h2.Trailers(fields))
	})
	// push(headers) promises a stream; it gives its handle, or the number of an error.
	on("push", 1, func(st *stream, call goja.FunctionCall) goja.Value {
		fields := m.fields(call.Argument(0), requestFields, st.s.strict)
		h, err := st.s.h2.Push(st.h2, fields)
		if err != nil {
			return st.result(err)
		}
		st.s.schedule()
		return st.s.newStream(h).handle
	})
	on("write", 3, func(st *stream, call goja.FunctionCall) goja.Value {
		b := m.rt.BytesIn(call.Argument(0), call.Argument(1))
		st.h2.Write(b, st.callback(call.Argument(2)))
		st.s.schedule()
		return m.vm.ToValue(len(b))
	})
	on("writev", 2, func(st *stream, call goja.FunctionCall) goja.Value {
		list, _ := m.array(call.Argument(0))
		var joined []byte
		for _, v := range list {
			o, ok := v.(*goja.Object)
			switch {
			case !ok:
			case o.Get("chunk") == nil:
				joined = append(joined, m.rt.BytesIn(o, nil)...)
			default:
				joined = append(joined, m.rt.BytesIn(o.Get("chunk"), o.Get("encoding"))...)
			}
		}
		st.h2.Write(joined, st.callback(call.Argument(1)))
		st.s.schedule()
		return m.vm.ToValue(len(joined))
	})
	on("shutdown", 0, func(st *stream, _ goja.FunctionCall) goja.Value {
		st.h2.Shutdown()
		st.s.schedule()
		return goja.Undefined()
	})
	// reset(code, silent) ends the stream, without a word to the peer if its session ends anyway. What was written before goes out before.
	on("reset", 2, func(st *stream, call goja.FunctionCall) goja.Value {
		code := http2.ErrCode(call.Argument(0).ToInteger())
		if call.Argument(1).ToBoolean() {
			st.h2.Forget(code)
			return goja.Undefined()
		}
		if st.h2.Busy() {
			st.s.purge()
		}
		st.h2.Reset(code)
		st.s.schedule()
		return goja.Undefined()
	})
	on("readStart", 0, func(st *stream, _ goja.FunctionCall) goja.Value {
		st.reading = true
		if st.paused > 0 {
			st.h2.Consume(st.paused)
			st.paused = 0
			st.s.schedule()
		}
		return goja.Undefined()
	})
	on("readStop", 0, func(st *stream, _ goja.FunctionCall) goja.Value {
		st.reading = false
		return goja.Undefined()
	})
	on("setTimed", 1, func(st *stream, call goja.FunctionCall) goja.Value {
		st.timed = call.Argument(0).ToBoolean()
		return goja.Undefined()
	})
	// stats() is the detail of a PerformanceEntry.
	on("stats", 0, func(st *stream, _ goja.FunctionCall) goja.Value {
		o := m.vm.NewObject()
		sent, since := st.h2.Sent()
		after := func(t time.Time) float64 {
			if t.IsZero() {
				return 0
			}
			return float64(t.Sub(st.began)) / 1e6
		}
		o.Set("bytesRead", st.h2.Received())
		o.Set("bytesWritten", sent)
		o.Set("id", st.h2.ID)
		o.Set("timeToFirstByte", after(st.first))
		o.Set("timeToFirstByteSent", after(since))
		o.Set("timeToFirstHeader", after(st.header))
		return o
	})
	on("state", 0, func(st *stream, _ goja.FunctionCall) goja.Value {
		r, o := st.h2.State(), m.vm.NewObject()
		o.Set("state", r.State)
		o.Set("weight", 16)
		o.Set("sumDependencyWeight", 0)
		o.Set("localClose", r.LocalClose)
		o.Set("remoteClose", r.RemoteClose)
		o.Set("localWindowSize", r.LocalWindow)
		return o
	})
}

// result is what a script gets of a call that may have failed: 0, or the number of the error.
func (st *stream) result(err error) goja.Value {
	st.s.schedule()
	return st.s.m.number(err)
}

func (m *module) number(err error) goja.Value {
	if e, ok := err.(http2.Error); ok {
		return m.vm.ToValue(int(e))
	}
	return m.vm.ToValue(0)
}

// data pushes bytes of the body into the Http2Stream.
func (st *stream) data(p []byte) {
	m := st.s.m
	if st.first.IsZero() {
		st.first = time.Now()
	}
	if st.object != nil {
		m.rt.Enter(func() {
			scope := m.rt.Async.Enter(st.async)
			st.touch()
			more := m.rt.CallMethod(st.object, "push", m.rt.NewBuffer(bytes.Clone(p)))
			if !more.ToBoolean() {
				st.reading = false
			}
			scope.Leave()
		})
	}
	if st.reading {
		st.h2.Consume(len(p))
	} else {
		st.paused += len(p)
	}
}

// touch puts time-outs off.
func (st *stream) touch() {
	if st.timed || st.s.timed {
		st.s.m.rt.Call(st.s.m.on.touch, st.object)
	}
}
