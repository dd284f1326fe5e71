package handles

import (
	"reflect"
	"syscall"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
)

// stream is what the slot of every stream handle holds.
type stream struct {
	handle.Streamer
	m      *module
	object *goja.Object
	async  any // the asynchronous context in which the handle was made
	server bool
}

// wrap makes o a stream handle; async_hooks knows it by its kind.
func (m *module) wrap(o *goja.Object, s handle.Streamer, kind string) *stream {
	w := &stream{Streamer: s, m: m, object: o, server: kind == "TCPSERVERWRAP"}
	m.rt.SetSlot(o, w)
	w.async = m.rt.Async.Start(kind, o)
	s.BaseStream().SetAllocator(&m.chunks)
	return w
}

func (m *module) errno(e syscall.Errno) goja.Value { return m.vm.ToValue(-int(e)) }

// done makes the Go callback of a request of a script's function, which gets the errno. What is no function is not called.
func (m *module) done(fn, this goja.Value, kind string) func(syscall.Errno) {
	call, ok := goja.AssertFunction(fn)
	if !ok {
		return func(syscall.Errno) {}
	}
	async := m.rt.Async.Start(kind, nil)
	return func(e syscall.Errno) { m.rt.Async.CallbackLast(async, call, this, m.errno(e)) }
}

// closed is the Go callback of a handle's end; nil for what is no function.
func (m *module) closed(fn, this goja.Value, async any) func() {
	call, ok := goja.AssertFunction(fn)
	if !ok {
		m.rt.Async.End(async)
		return nil
	}
	return func() { m.rt.Async.CallbackLast(async, call, this) }
}

func (w *stream) onRead(buf []byte, e syscall.Errno, fds []int) {
	m := w.m
	onread := engine.Property(w.object, "onread")
	fn, ok := goja.AssertFunction(onread)
	if !ok {
		return
	}
	m.rt.Enter(func() {
		scope := m.rt.Async.Enter(w.async)
		if onread == m.reader.onread && e == 0 && len(fds) == 0 && len(buf) > 0 && w.push(buf) {
			scope.Leave()
			return
		}
		var data goja.Value
		if _, user := w.userBuffer(); !user && e == 0 {
			data = m.rt.NewBuffer(buf)
		}
		switch {
		case e != 0:
			m.rt.Call(fn, w.object, m.errno(e), goja.Undefined())
		case len(fds) == 0:
			m.rt.Call(fn, w.object, m.vm.ToValue(len(buf)), data)
		default:
			m.rt.Call(fn, w.object, m.vm.ToValue(len(buf)), data, m.vm.ToValue(fds))
		}
		scope.Leave()
	})
}

// reader is what net.Socket's functions for reading and writing need, which are done here in the usual case: no timeout, no buffer of a
// script's.
type reader struct {
	onread                 goja.Value
	owner, timeout, buffer *goja.Symbol
	write, writeGeneric    goja.Value // its methods
}

// defineReader makes setReader(onread, owner, kTimeout, kBuffer, _write, _writeGeneric).
func (m *module) defineReader(exports *goja.Object) {
	m.rt.SetFunc(exports, "setReader", 6, func(call goja.FunctionCall) goja.Value {
		symbol := func(i int) *goja.Symbol {
			sym, _ := call.Argument(i).(*goja.Symbol)
			return sym
		}
		m.reader = reader{call.Argument(0), symbol(1), symbol(2), symbol(3), call.Argument(4), call.Argument(5)}
		return goja.Undefined()
	})
}

// push gives the socket what its handle has read, as onread would; false leaves it to that.
func (w *stream) push(buf []byte) bool {
	m := w.m
	socket, ok := w.object.GetSymbol(m.reader.owner).(*goja.Object)
	if !ok || !isNull(socket.GetSymbol(m.reader.timeout)) || !isNull(socket.GetSymbol(m.reader.buffer)) ||
		!isNull(engine.Property(socket, "_parent")) || isTrue(engine.Property(socket, "destroyed")) {
		return false
	}
	o, ok := engine.Property(socket, "_readableState").(*goja.Object)
	if !ok || o.ExportType().Kind() != reflect.Pointer { // else a script has put another in its place
		return false
	}
	state, ok := o.Export().(interface {
		PushBytes(stream *goja.Object, b []byte, keep func(b []byte) []byte) bool
	})
	if !ok {
		return false
	}
	if !state.PushBytes(socket, buf, asItIs) {
		w.object.Set("reading", false)
		if !isTrue(engine.Property(socket, "destroyed")) {
			m.rt.CallMethod(w.object, "readStop")
		}
	}
	return true
}

// WritesFor implements what the streams' pipes ask of a handle.
func (w *stream) WritesFor(socket *goja.Object) bool {
	r, s := &w.m.reader, w.BaseStream()
	return s.Fd() >= 0 && s.WriteQueueSize() == 0 && engine.Property(socket, "_write") == r.write && engine.Property(socket, "_writeGeneric") == r.writeGeneric &&
		!isTrue(engine.Property(socket, "connecting")) && isNull(socket.GetSymbol(r.timeout)) && isNull(engine.Property(socket, "_parent"))
}

// WriteNow implements what the streams' pipes ask of a handle.
func (w *stream) WriteNow(b []byte) int {
	n, _ := w.BaseStream().TryWrite(b)
	return n
}

// asItIs keeps what the handle's Allocator has made for good.
func asItIs(b []byte) []byte { return b }

func isTrue(v goja.Value) bool { return v != nil && v.ToBoolean() }

func isNull(v goja.Value) bool { return v != nil && goja.IsNull(v) }

func (w *stream) userBuffer() (handle.Fixed, bool) {
	f, ok := w.BaseStream().Allocator().(handle.Fixed)
	return f, ok
}

// chunk gives the bytes of what is to be written: memory that stays as it is. Strings of ASCII are not copied.
func (m *module) chunk(v, encoding goja.Value) []byte {
	if b, ok := m.rt.Bytes(v); ok {
		return b
	}
	s, ok := v.(goja.String)
	if !ok {
		s = m.vm.ToValue(v.String()).(goja.String)
	}
	e := engine.UTF8
	if goja.IsString(encoding) {
		e, _ = engine.ParseEncoding(encoding.String())
	}
	switch e {
	case engine.UTF8, engine.Latin1, engine.ASCII:
		if ascii, u := engine.Chars(s); u == nil {
			return unsafe.Slice(unsafe.StringData(ascii), len(ascii))
		}
	}
	return engine.EncodeString(s, e)
}

// written is the result of a write: its errno, or 1 when the callback is still to come.
func (m *module) written(async bool, e syscall.Errno) goja.Value {
	if e == 0 && async {
		return m.vm.ToValue(1)
	}
	return m.errno(e)
}

func (m *module) streamMethods(p *goja.Object) {
	zero := m.vm.ToValue(0)
	on := func(name string, length int, f func(w *stream, call goja.FunctionCall) goja.Value) {
		method(m, p, name, length, f)
	}
	on("readStart", 0, func(w *stream, _ goja.FunctionCall) goja.Value {
		return m.errno(w.BaseStream().ReadStart(w.onRead))
	})
	on("readStop", 0, func(w *stream, _ goja.FunctionCall) goja.Value {
		w.BaseStream().ReadStop()
		return zero
	})
	on("useUserBuffer", 1, func(w *stream, call goja.FunctionCall) goja.Value {
		if b, ok := m.rt.Bytes(call.Argument(0)); ok {
			w.BaseStream().SetAllocator(handle.Fixed(b))
		}
		return zero
	})
	on("write", 3, func(w *stream, call goja.FunctionCall) goja.Value {
		s, fn, this := w.BaseStream(), call.Argument(2), call.This
		buf := m.chunk(call.Argument(0), call.Argument(1))
		// Almost always everything goes out at once: the callback is looked at only if not.
		n, e := s.TryWrite(buf)
		if e == 0 && n == len(buf) {
			return zero
		}
		if e != 0 && e != syscall.EAGAIN {
			return m.errno(e)
		}
		return m.written(s.Write(buf[n:], m.done(fn, this, "WRITEWRAP")))
	})
	on("writev", 3, func(w *stream, call goja.FunctionCall) goja.Value {
		list, ok := call.Argument(0).(*goja.Object)
		if !ok {
			return m.errno(syscall.EINVAL)
		}
		n, all := int(list.Get("length").ToInteger()), call.Argument(1).ToBoolean()
		bufs := make([][]byte, 0, n)
		for i := range n {
			entry, _ := list.Get(itoa(i)).(*goja.Object)
			switch {
			case entry == nil:
			case all:
				if c := entry.Get("chunk"); c != nil {
					bufs = append(bufs, m.chunk(c, nil))
				} else {
					bufs = append(bufs, m.chunk(entry, nil))
				}
			default:
				bufs = append(bufs, m.chunk(entry.Get("chunk"), entry.Get("encoding")))
			}
		}
		return m.written(w.BaseStream().Writev(bufs, m.done(call.Argument(2), call.This, "WRITEWRAP")))
	})
	on("shutdown", 1, func(w *stream, call goja.FunctionCall) goja.Value {
		return m.errno(w.BaseStream().Shutdown(m.done(call.Argument(0), call.This, "SHUTDOWNWRAP")))
	})
	on("close", 1, func(w *stream, call goja.FunctionCall) goja.Value {
		w.BaseStream().Close(m.closed(call.Argument(0), call.This, w.async))
		return goja.Undefined()
	})
	on("setBlocking", 1, func(w *stream, call goja.FunctionCall) goja.Value {
		return m.errno(w.BaseStream().SetBlocking(call.Argument(0).ToBoolean()))
	})
	on("ref", 0, func(w *stream, _ goja.FunctionCall) goja.Value {
		w.BaseStream().Ref()
		return goja.Undefined()
	})
	on("unref", 0, func(w *stream, _ goja.FunctionCall) goja.Value {
		w.BaseStream().Unref()
		return goja.Undefined()
	})
	on("hasRef", 0, func(w *stream, _ goja.FunctionCall) goja.Value {
		return m.vm.ToValue(w.BaseStream().HasRef())
	})
	getter(m, p, "fd", func(w *stream) goja.Value { return m.vm.ToValue(w.BaseStream().Fd()) })
	getter(m, p, "bytesRead", func(w *stream) goja.Value { return m.vm.ToValue(w.BaseStream().BytesRead) })
	getter(m, p, "bytesWritten", func(w *stream) goja.Value {
		s := w.BaseStream()
		return m.vm.ToValue(s.BytesWritten + uint64(s.WriteQueueSize()))
	})
	getter(m, p, "writeQueueSize", func(w *stream) goja.Value { return m.vm.ToValue(w.BaseStream().WriteQueueSize()) })
}

// accepted calls a listener's onconnection.
func (w *stream) accepted(e syscall.Errno, client func() *goja.Object) {
	m := w.m
	m.rt.Enter(func() {
		scope := m.rt.Async.Enter(w.async)
		var c goja.Value = goja.Undefined()
		if e == 0 {
			c = client()
		}
		if fn, ok := goja.AssertFunction(w.object.Get("onconnection")); ok {
			m.rt.Call(fn, w.object, m.errno(e), c)
		}
		scope.Leave()
	})
}
