package http2

import (
	"strconv"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/http2"
)

// session is the native half of an Http2Session: the protocol between the handle of its socket and its streams.
type session struct {
	m      *module
	h2     *http2.Session
	handle *goja.Object
	object *goja.Object // the Http2Session
	async  any
	strict bool
	timed  bool

	// Of a server's session that may be served by quick exchanges.
	server      *goja.Object
	compat, own goja.Value

	socket  *goja.Object   // the socket's handle
	stream  *handle.Stream // of it, if that is native,
	tls     sealed         // or is over TLS
	release func()
	onread  goja.Value // what the handle has called before

	feeding   bool
	scheduled bool
	purging   bool
	writing   bool
	broken    bool     // writing has failed
	flushed   []func() // wait for the output
	out       []byte
	sent      uint64
	received  uint64
	rtt       float64 // of the last ping, in milliseconds
	ended     int     // streams, and how long they have lasted in all
	lasted    float64
}

// sealed is the handle of a socket over TLS.
type sealed interface {
	Consume(handle.ReadFunc, handle.Allocator) (release func())
	Seal(bufs [][]byte, done func(errno int)) bool
}

// recordSize is the room for what a record of TLS has.
const recordSize = 16 << 10

// outputLimit is how many bytes of DATA are made ready at once; the rest waits until they are out.
const outputLimit = 64 << 10

func (m *module) sessionOf(v goja.Value) *session {
	s, ok := m.rt.Slot(v).(*session)
	if !ok {
		m.rt.Throw(m.rt.NewPlainError("TypeError", "Illegal invocation"))
	}
	return s
}

func (m *module) defineSession(b *goja.Object) {
	class, proto := m.rt.Class("Http2Session", 4, func(call goja.ConstructorCall) *goja.Object {
		s := &session{m: m, handle: call.This, strict: true}
		s.object, _ = call.Argument(0).(*goja.Object)
		m.rt.SetSlot(call.This, s)
		s.async = m.rt.Async.Start("HTTP2SESSION", call.This)
		s.h2 = http2.New(call.Argument(1).ToBoolean(), m.options(call.Argument(2).ToObject(m.vm), s, call.Argument(1).ToBoolean()), s, m.settings(call.Argument(3)))
		s.schedule()
		return nil
	})
	b.Set("Session", class)
	on := func(name string, length int, f func(s *session, call goja.FunctionCall) goja.Value) {
		m.rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value { return f(m.sessionOf(call.This), call) })
	}
	on("consume", 1, func(s *session, call goja.FunctionCall) goja.Value {
		s.consume(call.Argument(0).ToObject(m.vm))
		return goja.Undefined()
	})
	on("receive", 1, func(s *session, call goja.FunctionCall) goja.Value {
		s.feed(m.rt.BytesIn(call.Argument(0), nil))
		return goja.Undefined()
	})
	// request(headers, end, trailers) gives the handle of a new stream, or the number of an error.
	on("request", 3, func(s *session, call goja.FunctionCall) goja.Value {
		h, err := s.h2.Submit(m.fields(call.Argument(0), requestFields, s.strict), call.Argument(1).ToBoolean(), call.Argument(2).ToBoolean())
		if err != nil {
			return m.number(err)
		}
		s.schedule()
		return s.newStream(h).handle
	})
	on("check", 1, func(s *session, call goja.FunctionCall) goja.Value {
		m.fields(call.Argument(0), requestFields, s.strict)
		return goja.Undefined()
	})
	on("settings", 1, func(s *session, call goja.FunctionCall) goja.Value {
		s.schedule()
		return m.vm.ToValue(s.h2.Settings(m.settings(call.Argument(0))))
	})
	on("ping", 1, func(s *session, call goja.FunctionCall) goja.Value {
		var payload [8]byte
		copy(payload[:], m.rt.BytesIn(call.Argument(0), nil))
		s.schedule()
		return m.vm.ToValue(s.h2.Ping(payload))
	})
	on("goaway", 3, func(s *session, call goja.FunctionCall) goja.Value {
		last := uint32(call.Argument(1).ToInteger())
		if last == 0 {
			last = s.h2.LastServed()
		}
		var data []byte
		if !goja.IsUndefined(call.Argument(2)) {
			data = m.rt.BytesIn(call.Argument(2), nil)
		}
		s.h2.GoAway(last, http2.ErrCode(call.Argument(0).ToInteger()), data)
		s.schedule()
		return goja.Undefined()
	})
	on("altsvc", 3, func(s *session, call goja.FunctionCall) goja.Value {
		s.h2.AltSvc(uint32(call.Argument(0).ToInteger()), call.Argument(1).String(), call.Argument(2).String())
		s.schedule()
		return goja.Undefined()
	})
	on("origin", 1, func(s *session, call goja.FunctionCall) goja.Value {
		list, _ := m.array(call.Argument(0))
		origins := make([]string, len(list))
		for i, v := range list {
			origins[i] = v.String()
		}
		s.h2.Origin(origins)
		s.schedule()
		return goja.Undefined()
	})
	on("setLocalWindowSize", 1, func(s *session, call goja.FunctionCall) goja.Value {
		s.h2.SetWindow(call.Argument(0).ToInteger())
		s.schedule()
		return goja.Undefined()
	})
	on("setNextStreamID", 1, func(s *session, call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(s.h2.SetNext(uint32(call.Argument(0).ToInteger())))
	})
	on("setTimed", 1, func(s *session, call goja.FunctionCall) goja.Value {
		s.timed = call.Argument(0).ToBoolean()
		return goja.Undefined()
	})
	on("localSettings", 0, func(s *session, _ goja.FunctionCall) goja.Value { return m.settingsObject(s.h2.Local()) })
	on("remoteSettings", 0, func(s *session, _ goja.FunctionCall) goja.Value { return m.settingsObject(s.h2.Remote()) })
	// stats() is the detail of a PerformanceEntry.
	on("stats", 0, func(s *session, _ goja.FunctionCall) goja.Value {
		r, o := s.h2.Stats(), m.vm.NewObject()
		o.Set("bytesRead", s.received)
		o.Set("bytesWritten", s.sent)
		o.Set("framesReceived", r.FramesReceived)
		o.Set("framesSent", r.FramesSent)
		o.Set("maxConcurrentStreams", r.MaxConcurrent)
		o.Set("pingRTT", s.rtt)
		average := 0.0
		if s.ended > 0 {
			average = s.lasted / float64(s.ended)
		}
		o.Set("streamAverageDuration", average)
		o.Set("streamCount", r.Streams)
		kind := "server"
		if s.h2.Client() {
			kind = "client"
		}
		o.Set("type", kind)
		return o
	})
	on("ponged", 1, func(s *session, call goja.FunctionCall) goja.Value {
		s.rtt = call.Argument(0).ToFloat()
		return goja.Undefined()
	})
	on("state", 0, func(s *session, _ goja.FunctionCall) goja.Value {
		r, o := s.h2.State(), m.vm.NewObject()
		o.Set("effectiveLocalWindowSize", r.EffectiveLocalWindow)
		o.Set("effectiveRecvDataLength", r.EffectiveReceived)
		o.Set("nextStreamID", r.Next)
		o.Set("localWindowSize", r.LocalWindow)
		o.Set("lastProcStreamID", r.LastServed)
		o.Set("remoteWindowSize", r.RemoteWindow)
		o.Set("outboundQueueSize", r.Outbound)
		o.Set("deflateDynamicTableSize", r.DeflateTable)
		o.Set("inflateDynamicTableSize", r.InflateTable)
		return o
	})
	m.rt.SetGetter(proto, "sent", func(this goja.Value) goja.Value { return m.vm.ToValue(m.sessionOf(this).sent) }, nil)
	m.rt.SetGetter(proto, "writing", func(this goja.Value) goja.Value { return m.vm.ToValue(m.sessionOf(this).writing) }, nil)
	// whenFlushed(done) calls done when what is to be sent is out, later at any rate.
	on("whenFlushed", 1, func(s *session, call goja.FunctionCall) goja.Value {
		if fn, ok := goja.AssertFunction(call.Argument(0)); ok {
			async := m.rt.Async.Context()
			s.flushed = append(s.flushed, func() { m.rt.Async.Callback(async, fn, goja.Undefined()) })
			s.schedule()
		}
		return goja.Undefined()
	})
	// destroy(code, lost) ends the session: with a GOAWAY frame, unless the socket is lost.
	on("destroy", 2, func(s *session, call goja.FunctionCall) goja.Value {
		if lost := call.Argument(1).ToBoolean(); lost {
			s.broken = true
		} else if !s.h2.Failed() {
			s.h2.GoAway(s.h2.LastServed(), http2.ErrCode(call.Argument(0).ToInteger()), nil)
		}
		s.h2.Stop()
		s.schedule()
		return goja.Undefined()
	})
	on("serve", 3, (*session).serve)
	// reveal() ends the time of quick exchanges.
	on("reveal", 0, func(s *session, _ goja.FunctionCall) goja.Value {
		s.server = nil
		s.revealAll()
		return goja.Undefined()
	})
	on("detach", 0, func(s *session, _ goja.FunctionCall) goja.Value {
		s.detach()
		return goja.Undefined()
	})
}

// number reads an option, or gives what is usual.
func number(o *goja.Object, name string, usual uint64) uint64 {
	v := o.Get(name)
	if v == nil || !goja.IsNumber(v) {
		return usual
	}
	return uint64(max(0, v.ToInteger()))
}

func (m *module) options(o *goja.Object, s *session, client bool) http2.Options {
	if v := o.Get("strictSingleValueFields"); v != nil && !goja.IsUndefined(v) {
		s.strict = v.ToBoolean()
	}
	least := uint64(4)
	if client {
		least = 1
	}
	lenient := false
	if v := o.Get("strictFieldWhitespaceValidation"); v != nil && !goja.IsUndefined(v) {
		lenient = !v.ToBoolean()
	}
	var custom []http2.SettingID
	if list, ok := m.array(o.Get("remoteCustomSettings")); ok {
		for _, v := range list {
			custom = append(custom, http2.SettingID(v.ToInteger()))
		}
	}
	return http2.Options{
		MaxHeaderPairs:     int(max(least, number(o, "maxHeaderListPairs", 128))),
		MaxHeaderBlock:     int(number(o, "maxSendHeaderBlockLength", 64<<10)),
		PeerMaxStreams:     uint32(number(o, "peerMaxConcurrentStreams", 100)),
		MaxDeflateTable:    uint32(number(o, "maxDeflateDynamicTableSize", 4096)),
		MaxMemory:          max(1, number(o, "maxSessionMemory", 10)) * 1_000_000,
		MaxSettings:        int(max(1, number(o, "maxSettings", 32))),
		MaxPendingSettings: int(max(1, number(o, "maxOutstandingSettings", 10))),
		MaxPendingPings:    int(max(1, number(o, "maxOutstandingPings", 10))),
		MaxInvalidFrames:   int(number(o, "maxSessionInvalidFrames", 1000)),
		MaxRejectedStreams: int(number(o, "maxSessionRejectedStreams", 100)),
		ResetBurst:         number(o, "streamResetBurst", 1000),
		ResetRate:          number(o, "streamResetRate", 33),
		LenientWhitespace:  lenient,
		Padding:            http2.Padding(min(2, number(o, "paddingStrategy", 0))),
		CustomSettings:     custom,
		Now:                time.Now,
	}
}

// consume puts the session between the socket's handle and the socket.
func (s *session) consume(h *goja.Object) {
	s.socket = h
	switch native := s.m.rt.Slot(h).(type) {
	case sealed:
		s.tls = native
		s.release = native.Consume(func(buf []byte, _ syscall.Errno, _ []int) { s.feed(buf) }, handle.Fixed(make([]byte, recordSize)))
	case handle.Streamer:
		s.stream = native.BaseStream()
		s.release = s.stream.Consume(func(buf []byte, errno syscall.Errno, fds []int) {
			if errno != 0 {
				s.detach()
				s.stream.Forward(buf, errno, fds)
				return
			}
			s.feed(buf)
		}, nil)
	default:
		s.onread = h.Get("onread")
		h.Set("onread", s.m.rt.Func("onread", 2, func(call goja.FunctionCall) goja.Value {
			if n := call.Argument(0).ToInteger(); n < 0 {
				s.detach()
				if fn, ok := goja.AssertFunction(s.onread); ok {
					return s.m.rt.Call(fn, h, call.Arguments...)
				}
			} else if n > 0 {
				s.feed(s.m.rt.BytesIn(call.Argument(1), nil))
			}
			return goja.Undefined()
		}))
	}
	h.Set("reading", true)
	s.m.rt.CallMethod(h, "readStart")
	s.schedule()
}

// detach gives the handle back to the socket.
func (s *session) detach() {
	switch {
	case s.release != nil:
		s.release()
		s.release = nil
	case s.onread != nil && s.socket != nil:
		s.socket.Set("onread", s.onread)
		s.onread = nil
	}
}

func (s *session) feed(p []byte) {
	s.received += uint64(len(p))
	s.feeding = true
	err := s.h2.Feed(p)
	s.feeding = false
	switch e := err.(type) {
	case nil:
	case http2.LimitError:
		s.call(s.m.on.failed, s.m.vm.ToValue(int(http2.ErrCallback)), s.m.vm.ToValue("ERR_HTTP2_TOO_MANY_INVALID_FRAMES"), s.m.vm.ToValue(e.Error()))
	case http2.Error:
		s.call(s.m.on.failed, s.m.vm.ToValue(int(e)), goja.Undefined(), s.m.vm.ToValue(e.Error()))
	}
	s.flush()
}

// schedule has what is to be sent sent at the end of the turn.
func (s *session) schedule() {
	if s.scheduled || s.feeding {
		return
	}
	s.scheduled = true
	s.m.rt.Loop().SetImmediateFirst(func() {
		s.scheduled = false
		s.flush()
	})
}

// purge sends what is to be sent at once, even if more comes.
func (s *session) purge() {
	feeding := s.feeding
	s.feeding, s.purging = false, true
	s.flush()
	s.feeding, s.purging = feeding, false
}

// flush sends what is to be sent, as far as the socket takes it.
func (s *session) flush() {
	if s.feeding || s.writing || s.socket == nil && !s.broken {
		return
	}
	for range 16 {
		out, done := s.h2.Output(s.out[:0], outputLimit)
		if len(out) == 0 {
			s.settle(done, false)
			s.idle()
			return
		}
		s.sent += uint64(len(out))
		if s.broken {
			s.settle(done, true)
			continue
		}
		if s.write(out, done) {
			return
		}
	}
	s.schedule()
}

func (s *session) settle(done []http2.Done, failed bool) {
	if s.purging && len(done) > 0 {
		// A script is running, and does not expect to be called.
		s.m.rt.NextTick(func() { s.settle(done, failed) })
		return
	}
	for _, f := range done {
		f(failed)
	}
}

// idle calls those who wait for the output.
func (s *session) idle() {
	list := s.flushed
	s.flushed = nil
	for _, f := range list {
		f()
	}
}

// write gives bytes to the socket; it returns true if it will go on later.
func (s *session) write(out []byte, done []http2.Done) bool {
	after := func(errno int) {
		s.writing = false
		s.fail(errno)
		s.settle(done, errno != 0)
		s.flush()
	}
	if s.stream != nil {
		n, errno := s.stream.TryWrite(out)
		if errno == syscall.EAGAIN {
			errno = 0
		}
		if errno != 0 || n == len(out) {
			s.out = out
			s.fail(-int(errno))
			s.settle(done, errno != 0)
			return false
		}
		s.out = nil
		async, errno := s.stream.Write(out[n:], func(errno syscall.Errno) { after(-int(errno)) })
		if async && errno == 0 {
			s.writing = true
			return true
		}
		s.fail(-int(errno))
		s.settle(done, errno != 0)
		return false
	}
	s.out = nil
	s.writing = true
	if s.tls != nil && s.tls.Seal([][]byte{out}, after) {
		return true
	}
	over := false
	result := goja.Value(goja.Undefined())
	s.m.rt.Enter(func() {
		result = s.m.rt.CallMethod(s.socket, "write", s.m.rt.NewBuffer(out), goja.Undefined(), s.m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			if !over {
				over = true
				after(int(call.Argument(0).ToInteger()))
			}
			return goja.Undefined()
		}))
	})
	if n := result.ToInteger(); n <= 0 && !over {
		over = true
		s.writing = false
		s.fail(int(n))
		s.settle(done, n != 0)
		return false
	}
	return s.writing
}

// fail notes that the socket takes nothing more.
func (s *session) fail(errno int) {
	if errno == 0 || s.broken {
		return
	}
	s.broken = true
	s.call(s.m.on.broken, s.m.vm.ToValue(errno))
}

// call calls a function of the scripts on the Http2Session.
func (s *session) call(fn goja.Callable, args ...goja.Value) goja.Value {
	return s.m.rt.Async.Callback(s.async, fn, s.object, args...)
}

func (st *stream) call(fn goja.Callable, args ...goja.Value) {
	if st.object != nil {
		st.s.m.rt.Async.Callback(st.async, fn, st.object, args...)
	}
}

func owner(h *http2.Stream) *stream {
	st, _ := h.Owner.(*stream)
	return st
}

// Headers implements http2.Handler.
func (s *session) Headers(h *http2.Stream, kind http2.Kind, fields []http2.Field, flags byte) {
	m := s.m
	st := owner(h)
	if kind == http2.Request && s.ordinary(fields, flags) {
		s.request(h, fields, flags)
		return
	}
	if kind == http2.Request {
		st = s.newStream(h)
		m.rt.Enter(func() {
			scope := m.rt.Async.Enter(st.async)
			o, raw := m.headers(fields)
			st.object, _ = m.rt.Call(m.on.stream, s.object, st.handle, m.vm.ToValue(h.ID), o, raw, m.vm.ToValue(int(flags))).(*goja.Object)
			scope.Leave()
		})
		return
	}
	if st != nil {
		if st.header.IsZero() {
			st.header = time.Now()
		}
		o, raw := m.headers(fields)
		st.call(m.on.headers, m.vm.ToValue(int(kind)), o, raw, m.vm.ToValue(int(flags)))
	}
}

// Push implements http2.Handler.
func (s *session) Push(h, pushed *http2.Stream, fields []http2.Field) {
	m := s.m
	st := s.newStream(pushed)
	m.rt.Enter(func() {
		scope := m.rt.Async.Enter(st.async)
		o, raw := m.headers(fields)
		st.object, _ = m.rt.Call(m.on.stream, s.object, st.handle, m.vm.ToValue(pushed.ID), o, raw, m.vm.ToValue(4)).(*goja.Object)
		scope.Leave()
	})
}

// Data implements http2.Handler.
func (s *session) Data(h *http2.Stream, p []byte) {
	if st := owner(h); st != nil {
		st.data(p)
	}
}

// DataEnd implements http2.Handler.
func (s *session) DataEnd(h *http2.Stream) {
	if st := owner(h); st != nil {
		st.call(s.m.on.end)
	}
}

// Ending implements http2.Handler.
func (s *session) Ending(h *http2.Stream) bool {
	st := owner(h)
	if st == nil || st.object == nil {
		return false
	}
	w, ok := st.object.Get("_writableState").(*goja.Object)
	return ok && w.Get("ending").ToBoolean() && w.Get("length").ToInteger() == w.Get("writelen").ToInteger()
}

// WantTrailers implements http2.Handler.
func (s *session) WantTrailers(h *http2.Stream) {
	if st := owner(h); st != nil {
		st.call(s.m.on.wantTrailers)
	}
}

// Closed implements http2.Handler.
func (s *session) Closed(h *http2.Stream, code http2.ErrCode) {
	if q, ok := h.Owner.(*quick); ok {
		q.over = int(code)
		return
	}
	if st := owner(h); st != nil {
		s.ended++
		s.lasted += float64(time.Since(st.began)) / 1e6
		st.call(s.m.on.closed, s.m.vm.ToValue(uint32(code)))
		s.m.rt.Async.End(st.async)
	}
}

// Settings implements http2.Handler.
func (s *session) Settings(ack bool) { s.call(s.m.on.settings, s.m.vm.ToValue(ack)) }

// Ping implements http2.Handler.
func (s *session) Ping(ack bool, payload []byte) {
	s.call(s.m.on.ping, s.m.vm.ToValue(ack), s.m.rt.NewBuffer(append([]byte(nil), payload...)))
}

// GoAway implements http2.Handler.
func (s *session) GoAway(last uint32, code http2.ErrCode, data []byte) {
	var buf goja.Value = goja.Undefined()
	if len(data) > 0 {
		buf = s.m.rt.NewBuffer(append([]byte(nil), data...))
	}
	s.call(s.m.on.goaway, s.m.vm.ToValue(uint32(code)), s.m.vm.ToValue(last), buf)
}

// AltSvc implements http2.Handler.
func (s *session) AltSvc(id uint32, origin, value string) {
	s.call(s.m.on.altsvc, s.m.vm.ToValue(id), s.m.text(origin), s.m.text(value))
}

// Origin implements http2.Handler.
func (s *session) Origin(list []string) {
	items := make([]any, len(list))
	for i, o := range list {
		items[i] = s.m.text(o)
	}
	s.call(s.m.on.origin, s.m.vm.NewArray(items...))
}

// Failed implements http2.Handler.
func (s *session) Failed(err http2.Error) {
	s.call(s.m.on.failed, s.m.vm.ToValue(int(err)), goja.Undefined(), s.m.vm.ToValue(err.Error()))
}

// NotSent implements http2.Handler.
func (s *session) NotSent(kind http2.FrameType, err http2.Error, h *http2.Stream) {
	code := http2.InternalError
	if err == http2.ErrFrameSize {
		code = http2.FrameSizeError
	}
	if st := owner(h); st != nil {
		st.call(s.m.on.notSent, s.m.vm.ToValue(int(kind)), s.m.vm.ToValue(uint32(code)))
	}
	h.Reset(code)
}

func (m *module) index(i int) string { return strconv.Itoa(i) }
