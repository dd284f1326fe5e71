package http

import (
	"bytes"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/emitter"
	"gonode/internal/sys"
)

// An IncomingMessage is a stream whose state and listeners the exchange keeps: they are made when first needed, and become
// properties that scripts can see when first asked for.

// readable is what module stream makes of a message.
type readable interface {
	Object() *goja.Object
	Push(stream *goja.Object, v goja.Value) bool
	PushBytes(stream *goja.Object, b []byte, keep func(b []byte) []byte) bool
	Ended() bool
	Resuming() bool
	ReadMore()
}

// input is the Allocator of connections. Of what is read a large piece of a body goes to its reader without a copy.
type input struct{ buf []byte }

// Alloc implements handle.Allocator.
func (in *input) Alloc() []byte {
	if in.buf == nil {
		in.buf = sys.Uncleared(64 << 10)
	}
	return in.buf
}

// Filled implements handle.Allocator.
func (in *input) Filled(buf []byte) []byte { return buf }

// keep gives b, which lies in what has been read last, for good.
func (in *input) keep(b []byte) []byte {
	if len(b) < len(in.buf)/2 || !within(b, in.buf) {
		return bytes.Clone(b)
	}
	in.buf = nil
	return b[:len(b):len(b)]
}

func within(b, in []byte) bool {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b))) - uintptr(unsafe.Pointer(unsafe.SliceData(in)))
	return at < uintptr(len(in))
}

// Listeners implements emitter.Keeper.
func (x *exchange) Listeners(o *goja.Object) *emitter.Listeners {
	if o != x.request {
		return nil
	}
	if x.listeners == nil {
		x.listeners = new(emitter.Listeners)
	}
	return x.listeners
}

// listened tells whether the request has, or had, listeners.
func (x *exchange) listened() bool { return x.listeners != nil && x.listeners.Any() }

// Keeps implements the stream's keeper: of the two messages of an exchange it is the one that is read.
func (x *exchange) Keeps(o *goja.Object) bool { return o == x.request && !x.foreign }

// KeepReadableState implements the stream's keeper.
func (x *exchange) KeepReadableState(state any) { x.state, _ = state.(readable) }

// ReadableState implements the stream's keeper: most requests without a body never need a state.
func (x *exchange) ReadableState() any {
	if x.state != nil || x.starting {
		return x.state
	}
	x.starting = true
	m := x.m
	mark := goja.Undefined()
	if x.link != nil && x.link.parser != nil && x.link.parser.server != nil {
		mark = orUndefined(x.link.parser.ownMark())
	} else if socket, ok := x.known(inSocket).(*goja.Object); ok {
		mark = orUndefined(socket.Get("readableHighWaterMark"))
	}
	m.rt.Apply(m.initReadable, goja.Undefined(), x.request, mark)
	if x.state == nil {
		return nil
	}
	if x.native && x.complete {
		x.state.Push(x.request, goja.Null())
	}
	if x.dumped {
		m.rt.CallMethod(x.request, "resume")
	}
	return x.state
}

// started tells whether a script has touched the stream.
func (x *exchange) started() bool { return x.state != nil || x.foreign }

// Read implements the stream's keeper. The parser pushes; all there is to do is to let the socket flow.
func (x *exchange) Read(fn goja.Value) bool {
	if fn != goja.Value(x.m.readMessage) {
		return false
	}
	return x.read()
}

// read lets the connection flow; it is false for a message without one.
func (x *exchange) read() bool {
	if !x.consuming {
		if x.state != nil {
			x.state.ReadMore()
		}
		x.consuming = true
	}
	if x.asked != nil && x.native {
		if p := x.parser; p.x == x && p.conn != nil {
			p.conn.resume()
		}
		return true
	}
	if x.native && x.parser != nil && !x.parser.stopped {
		return true
	}
	socket, ok := x.part(inSocket).(*goja.Object)
	if ok {
		x.m.resume(socket)
	}
	return ok
}

// Destroy implements the stream's keeper for messages that have been read to their end.
func (x *exchange) Destroy(fn, err goja.Value, done func(err goja.Value)) bool {
	if fn != goja.Value(x.m.destroyMessage) || x.state == nil || !x.state.Ended() || !x.complete || truthy(x.known(inAborted)) {
		return false
	}
	x.m.settle(x.request, err, done)
	return true
}

// settle ends a message's destroy on the next tick. An error is for those who listen; nobody is made to.
func (m *module) settle(o *goja.Object, err goja.Value, done func(err goja.Value)) {
	m.rt.NextTick(func() {
		if !m.rt.HasListener(o, "error") {
			err = nil
		}
		done(err)
	})
}

// defineListeners makes the properties by which scripts see the listeners of messages that keep them; of gives those of an object.
func (m *module) defineListeners(proto *goja.Object, of func(this goja.Value) *emitter.Listeners) {
	property := func(name string, get func(l *emitter.Listeners) goja.Value, set func(l *emitter.Listeners, v goja.Value)) {
		otherwise := orUndefined(proto.Get(name))
		m.rt.SetAccessor(proto, name, func(this goja.Value) goja.Value {
			if l := of(this); l != nil {
				return get(l)
			}
			return otherwise
		}, func(this, v goja.Value) {
			if l := of(this); l != nil {
				set(l, v)
			} else {
				this.ToObject(m.vm).DefineDataProperty(name, v, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
			}
		})
	}
	property("_events", func(l *emitter.Listeners) goja.Value { return l.Events(m.vm) }, (*emitter.Listeners).SetEvents)
	property("_eventsCount", func(l *emitter.Listeners) goja.Value { return l.Count(m.vm) },
		func(l *emitter.Listeners, v goja.Value) { l.SetCount(m.vm, v) })
}

// defineStream gives an IncomingMessage what Readable asks of an implementation.
func (m *module) defineStream(proto *goja.Object, whenClosed goja.Value) {
	m.rt.SetMethod(proto, "_read", 1, func(call goja.FunctionCall) goja.Value {
		o := call.This.ToObject(m.vm)
		if x := m.of(o); x != nil && x.Keeps(o) {
			if !x.read() {
				m.noSocket(x.part(inSocket))
			}
			return goja.Undefined()
		}
		if !truthy(o.Get("_consuming")) {
			orUndefined(o.Get("_readableState")).ToObject(m.vm).Set("readingMore", false)
			o.Set("_consuming", true)
		}
		socket, ok := o.Get("socket").(*goja.Object)
		if !ok {
			m.noSocket(o.Get("socket"))
		}
		m.resume(socket)
		return goja.Undefined()
	})
	m.readMessage = proto.Get("_read").(*goja.Object)
	m.rt.SetMethod(proto, "_destroy", 2, func(call goja.FunctionCall) goja.Value {
		o, err, callback := call.This.ToObject(m.vm), call.Argument(0), call.Argument(1)
		done := func(err goja.Value) {
			if err == nil {
				m.rt.Apply(callback, goja.Undefined())
			} else {
				m.rt.Apply(callback, goja.Undefined(), err)
			}
		}
		if !truthy(o.Get("readableEnded")) || !truthy(o.Get("complete")) {
			o.Set("aborted", true)
			m.rt.Emit(o, "aborted")
			if controller, ok := o.GetSymbol(m.abort).(*goja.Object); ok {
				m.rt.CallMethod(controller, "abort")
			}
		}
		socket, _ := o.Get("socket").(*goja.Object)
		if !truthy(o.Get("aborted")) || socket == nil || truthy(socket.Get("destroyed")) {
			m.settle(o, err, done)
			return goja.Undefined()
		}
		m.rt.CallMethod(socket, "destroy", err)
		m.rt.Apply(whenClosed, goja.Undefined(), socket, m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			if e := call.Argument(0); truthy(e) {
				m.settle(o, e, done)
			} else {
				m.settle(o, err, done)
			}
			return goja.Undefined()
		}))
		return goja.Undefined()
	})
	m.destroyMessage = proto.Get("_destroy").(*goja.Object)
}

// noSocket throws what reading a message without a socket does.
func (m *module) noSocket(v goja.Value) {
	panic(m.vm.NewTypeError("Cannot read properties of %s (reading 'readable')", orUndefined(v)))
}

// resume lets a socket flow, unless it waits for its client to take the answers.
func (m *module) resume(socket *goja.Object) {
	if !truthy(socket.Get("_paused")) && truthy(socket.Get("readable")) {
		m.rt.CallMethod(socket, "resume")
	}
}
