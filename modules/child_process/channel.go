package child_process

import (
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/internal/ipc"
	"gonode/internal/sys"
	"gonode/runtime"
)

// channel is the IPC channel of a ChildProcess or of the process object. Messages are decoded as they arrive and
// emitted on the next ticks, as in Node.
type channel struct {
	rt      *runtime.Runtime
	target  *goja.Object // emits 'message', 'internalMessage' and 'disconnect'
	control *goja.Object // what target.channel is
	pipe    *handle.Pipe
	codec   *codec

	split    ipc.Splitter
	arrivals ipc.Arrivals
	queue    ipc.Queue[*outgoing]
	out      writer

	inherited bool // it is the process object's
	connected bool // disconnect() has not been asked for
	open      bool // target.channel is set
	ended     bool // the peer has closed its end
	finished  bool
	refs      int
	explicit  bool // ref() or unref() has been called: counting is over

	trace    *channelTrace  // if there is one
	pending  [][]goja.Value // messages that came before there was a listener
	sockets  *goja.Object   // the socket lists, see handles.js
	onClosed func()         // the peer has closed its end
}

// outgoing is a message that waits for a handle to be acknowledged, or that carries the one that is waited for.
type outgoing struct {
	message  goja.Value // the user's; the envelope once it is in flight
	handle   *goja.Object
	native   *goja.Object // what is to be closed on acknowledgement
	fd       int
	options  goja.Value
	callback goja.Callable
	swallow  bool
}

// setup gives the process object the channel at fd.
func setup(rt *runtime.Runtime, process *goja.Object, fd int, mode string) {
	c := open(rt, process, fd, mode)
	c.inherited = true
	c.unrefCounted()
	rt.AtExit(c.out.drain)
	counts := func(name goja.Value) bool {
		s := name.String()
		return s == "message" || s == "disconnect"
	}
	rt.AddListener(process, "newListener", rt.Func("onNewListener", 1, func(call goja.FunctionCall) goja.Value {
		if counts(call.Argument(0)) {
			c.refCounted()
		}
		return goja.Undefined()
	}))
	rt.AddListener(process, "removeListener", rt.Func("onRemoveListener", 1, func(call goja.FunctionCall) goja.Value {
		if counts(call.Argument(0)) {
			c.unrefCounted()
		}
		return goja.Undefined()
	}))
}

// open takes over fd, a connected socket, and gives target the methods and properties of a channel.
func open(rt *runtime.Runtime, target *goja.Object, fd int, modeName string) *channel {
	mode, _ := ipc.ParseMode(modeName)
	c := &channel{rt: rt, target: target, codec: newCodec(rt, mode), connected: true, open: true, refs: 1}
	c.split.Mode = mode
	c.arrivals.Close = sys.Close
	c.pipe = handle.NewPipe(rt.Loop(), "Pipe", true)
	if errno := c.pipe.Open(fd); errno != 0 {
		rt.Throw(rt.NewSystemError(engine.SystemError{Errno: number(errno), Syscall: "open"}))
	}
	c.out.init(c)
	countersOf(rt).channels[c] = struct{}{}
	c.makeControl()
	target.Set("channel", c.control)
	target.Set("_handleQueue", goja.Null())
	target.Set("_pendingMessage", goja.Null())
	rt.AddListener(target, "newListener", rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		rt.NextTick(c.flushPending)
		return goja.Undefined()
	}))
	c.defineMethods()
	target.Set("connected", true)
	c.pipe.ReadStart(c.onRead)
	return c
}

func (c *channel) defineMethods() {
	rt := c.rt
	rt.SetFunc(c.target, "send", 4, func(call goja.FunctionCall) goja.Value {
		return rt.VM().ToValue(c.sendCall(call))
	})
	rt.SetFunc(c.target, "_send", 4, func(call goja.FunctionCall) goja.Value {
		options := call.Argument(2)
		swallow := options.ToBoolean() && !isObject(options)
		callback, _ := goja.AssertFunction(call.Argument(3))
		return rt.VM().ToValue(c.send(call.Argument(0), call.Argument(1), options, callback, swallow))
	})
	rt.SetGetter(c.target, "_channel", func(goja.Value) goja.Value {
		c.deprecated()
		return c.target.Get("channel")
	}, func(_, v goja.Value) {
		c.deprecated()
		c.target.Set("channel", v)
	})
	rt.SetFunc(c.target, "disconnect", 0, func(goja.FunctionCall) goja.Value {
		c.disconnect()
		return goja.Undefined()
	})
	rt.SetFunc(c.target, "_disconnect", 0, func(goja.FunctionCall) goja.Value {
		c.disconnectNow()
		return goja.Undefined()
	})
}

type warnedKey struct{}

// deprecated warns of _channel, once.
func (c *channel) deprecated() {
	if c.rt.Value(warnedKey{}) != nil {
		return
	}
	c.rt.SetValue(warnedKey{}, true)
	text := c.rt.VM().ToValue
	c.rt.CallMethod(c.rt.Require("process"), "emitWarning", text("_channel is deprecated. Use ChildProcess.channel instead."), text("DeprecationWarning"), text("DEP0129"))
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

// sendCall is target.send(message, handle, options, callback), whose arguments may be shuffled.
func (c *channel) sendCall(call goja.FunctionCall) bool {
	rt := c.rt
	message, handle, options, last := call.Argument(0), call.Argument(1), call.Argument(2), call.Argument(3)
	callback, ok := goja.AssertFunction(handle)
	if ok {
		handle, options = goja.Undefined(), goja.Undefined()
	} else if callback, ok = goja.AssertFunction(options); ok {
		options = goja.Undefined()
	} else {
		if !goja.IsUndefined(options) {
			rt.ValidateObject(options, "options")
		}
		callback, _ = goja.AssertFunction(last)
	}
	if !c.connected {
		c.fail(rt.NewError("ERR_IPC_CHANNEL_CLOSED"), callback)
		return false
	}
	swallow := false
	if o, ok := options.(*goja.Object); ok {
		swallow = truthy(o, "swallowErrors")
	}
	return c.send(message, handle, options, callback, swallow)
}

// fail reports an error to the callback, or else as 'error', on the next tick.
func (c *channel) fail(err goja.Value, callback goja.Callable) {
	c.rt.NextTick(func() {
		if callback != nil {
			c.rt.Call(callback, goja.Undefined(), err)
		} else {
			c.rt.Emit(c.target, "error", err)
		}
	})
}

func (c *channel) send(message, handle, options goja.Value, callback goja.Callable, swallow bool) bool {
	if !c.connected && !c.open {
		c.fail(c.rt.NewError("ERR_IPC_CHANNEL_CLOSED"), callback)
		return false
	}
	c.checkMessage(message)
	if handle != nil && handle.ToBoolean() {
		return c.sendHandle(message, handle, options, callback, swallow)
	}
	if c.queue.Waiting() && !c.isReply(message) {
		return c.queue.Hold(&outgoing{message: message, callback: callback, options: options, swallow: swallow})
	}
	buf, err := c.codec.encode(c.out.buffer(), message)
	if err != nil {
		c.rt.Throw(err)
	}
	errno := c.out.write(buf, -1, callback)
	if errno != 0 {
		c.writeFailed(errno, callback, swallow)
	}
	return c.out.size() < 2*65536
}

func (c *channel) writeFailed(errno syscall.Errno, callback goja.Callable, swallow bool) {
	if !swallow {
		c.fail(c.rt.NewSystemError(engine.SystemError{Errno: number(errno), Syscall: "write"}), callback)
	}
}

func (c *channel) checkMessage(message goja.Value) {
	rt := c.rt
	if message == nil || goja.IsUndefined(message) {
		rt.Throw(rt.NewError("ERR_MISSING_ARGS", "message"))
	}
	ok := goja.IsString(message) || goja.IsNumber(message) || goja.IsNull(message)
	if o, object := message.(*goja.Object); object {
		_, callable := goja.AssertFunction(o)
		ok = !callable
	} else if !ok {
		_, ok = engine.Boolean(message)
	}
	if !ok {
		rt.ThrowArgType("message", message, "string", "object", "number", "boolean")
	}
}

// isReply tells the two messages that overtake a waiting handle.
func (c *channel) isReply(message goja.Value) bool {
	command := commandOf(message)
	return command == ipc.HandleAck || command == ipc.HandleNack
}

// commandOf classifies a message by its cmd.
func commandOf(message goja.Value) ipc.Command {
	o, ok := message.(*goja.Object)
	if !ok {
		return ipc.User
	}
	cmd := o.Get("cmd")
	if cmd == nil || !goja.IsString(cmd) {
		return ipc.User
	}
	if _, boxed := cmd.(*goja.Object); boxed {
		return ipc.User
	}
	return ipc.Classify(cmd.String())
}

// sendHandle sends a message with a handle, or keeps it for when the one under way has arrived.
func (c *channel) sendHandle(message, h, options goja.Value, callback goja.Callable, swallow bool) bool {
	rt := c.rt
	handles := rt.Require("internal/child_process/handles")
	kind := rt.CallMethod(handles, "typeOf", h)
	m := &outgoing{message: message, handle: h.(*goja.Object), options: options, callback: callback, swallow: swallow}
	if c.queue.Waiting() {
		return c.queue.Hold(m)
	}
	envelope := rt.VM().NewObject()
	envelope.Set("cmd", ipc.CmdHandle)
	envelope.Set("type", kind)
	envelope.Set("msg", message)
	native, _ := rt.CallMethod(handles, "toNative", c.target, c.lists(), envelope, h, options).(*goja.Object)
	if native == nil {
		// It was sent before, or is closed: the message goes alone.
		return c.send(message, goja.Undefined(), options, callback, swallow)
	}
	m.message, m.fd = envelope, int(native.Get("fd").ToInteger())
	if kind.String() == "net.Socket" && !keepOpen(options) {
		m.native = native
	}
	switch errno := c.writeHandle(m); errno {
	case syscall.EPIPE, syscall.ECONNRESET:
		// The peer is gone, which the channel's end will tell. As in Node it is no error: that a handle was written says nothing yet.
		c.sent(callback)
		fallthrough
	case 0:
		c.queue.Sent(m)
		c.target.Set("_handleQueue", c.rt.VM().NewArray())
	default:
		c.release(m)
		c.writeFailed(errno, callback, swallow)
	}
	return c.out.size() < 2*65536
}

// sent calls the callback of a message that is out, on the next tick.
func (c *channel) sent(callback goja.Callable) {
	if callback != nil {
		c.rt.NextTick(func() { c.rt.Call(callback, goja.Undefined(), goja.Null()) })
	}
}

func (c *channel) writeHandle(m *outgoing) syscall.Errno {
	buf, err := c.codec.encode(c.out.buffer(), m.message)
	if err != nil {
		c.rt.Throw(err)
	}
	callback := m.callback
	m.callback = nil // a resend does not call it again
	return c.out.write(buf, m.fd, callback)
}

func keepOpen(options goja.Value) bool {
	o, ok := options.(*goja.Object)
	return ok && truthy(o, "keepOpen")
}

// release closes the handle of a socket that has been given away.
func (c *channel) release(m *outgoing) {
	if m.native != nil {
		c.rt.CallMethod(m.native, "close")
		m.native = nil
	}
}

func (c *channel) lists() *goja.Object {
	if c.sockets == nil {
		c.sockets = c.rt.VM().NewObject()
	}
	return c.sockets
}

// onRead takes what the peer has sent.
func (c *channel) onRead(buf []byte, errno syscall.Errno, fds []int) {
	for _, fd := range fds {
		c.arrivals.Add(fd)
	}
	if errno != 0 {
		c.rt.Enter(c.peerClosed)
		return
	}
	c.rt.Enter(func() {
		err := c.split.Feed(buf, func(payload []byte) error {
			c.traceReceived(payload)
			message, err := c.codec.decode(payload)
			if err == nil {
				c.received(message)
			}
			return err
		})
		c.arrivals.Settle(c.split.Partial())
		if err != nil {
			c.malformed(err)
		}
	})
}

// malformed ends a channel whose peer does not speak the protocol.
func (c *channel) malformed(err error) {
	c.split.Close()
	warning := c.rt.NewPlainError("Error", "IPC channel closed: "+err.Error())
	warning.Set("name", "MalformedIPCMessageWarning")
	c.rt.CallMethod(c.rt.Require("process"), "emitWarning", warning)
	c.peerClosed()
}

func (c *channel) received(message goja.Value) {
	command := commandOf(message)
	fd := -1
	if command == ipc.Handle {
		if got, ok := c.arrivals.Take(); ok {
			fd = got
		}
	}
	c.deliver(message, goja.Undefined(), command, fd)
}

// deliver emits a message on the next tick.
func (c *channel) deliver(message, handle goja.Value, command ipc.Command, fd int) {
	if !c.open {
		if fd >= 0 {
			sys.Close(fd)
		}
		return
	}
	c.rt.NextTick(func() {
		if command != ipc.User {
			c.internal(message.(*goja.Object), handle, command, fd)
			return
		}
		if c.rt.HasListener(c.target, "message") {
			c.rt.Emit(c.target, "message", message, handle)
		} else if c.open {
			c.pending = append(c.pending, []goja.Value{message, handle})
		}
	})
}

func (c *channel) flushPending() {
	if !c.open || len(c.pending) == 0 || !c.rt.HasListener(c.target, "message") {
		return
	}
	pending := c.pending
	c.pending = nil
	for _, args := range pending {
		c.rt.Emit(c.target, "message", args...)
	}
}

// internal takes a message of the runtime's own; others of its modules listen for 'internalMessage'.
func (c *channel) internal(message *goja.Object, h goja.Value, command ipc.Command, fd int) {
	rt := c.rt
	var got *goja.Object
	if command == ipc.Handle && fd >= 0 {
		native := rt.CallMethod(rt.Require("internal/child_process/handles"), "fromDescriptor", rt.VM().ToValue(fd), message)
		got, _ = native.(*goja.Object)
		h = native
	}
	switch command {
	case ipc.HandleAck:
		outcome, m := c.queue.Ack()
		c.settle(outcome, m)
	case ipc.HandleNack:
		outcome, m := c.queue.Nack()
		c.settle(outcome, m)
	case ipc.Handle:
		reply := rt.VM().NewObject()
		if got == nil {
			reply.Set("cmd", ipc.CmdHandleNack)
		} else {
			reply.Set("cmd", ipc.CmdHandleAck)
		}
		if c.open {
			c.send(reply, goja.Undefined(), goja.Undefined(), nil, true)
		}
		if got != nil {
			emit := rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
				inner := message.Get("msg")
				if inner == nil {
					inner = goja.Undefined()
				}
				c.deliver(inner, call.Argument(0), commandOf(inner), -1)
				return goja.Undefined()
			})
			rt.CallMethod(rt.Require("internal/child_process/handles"), "fromNative", c.target, c.lists(), message, got, emit)
		}
	}
	rt.Emit(c.target, "internalMessage", message, h)
}

// settle acts on the answer to a handle.
func (c *channel) settle(outcome ipc.Outcome, m *outgoing) {
	switch outcome {
	case ipc.Unexpected:
		return
	case ipc.Resend:
		if m.native == nil || m.native.Get("fd").ToInteger() >= 0 {
			c.writeHandle(m)
			return
		}
	case ipc.Lost:
		warning := c.rt.NewPlainError("Error", "Handle did not reach the receiving process correctly")
		warning.Set("name", "SentHandleNotReceivedWarning")
		c.rt.CallMethod(c.rt.Require("process"), "emitWarning", warning)
		envelope := m.message.(*goja.Object)
		c.rt.NextTick(func() { c.rt.Emit(c.target, "internalHandleLost", envelope.Get("msg")) })
	}
	c.release(m)
	c.target.Set("_handleQueue", goja.Null())
	for next, ok := c.queue.Next(); ok; next, ok = c.queue.Next() {
		var h goja.Value = goja.Undefined()
		if next.handle != nil {
			h = next.handle
		}
		c.send(next.message, h, next.options, next.callback, next.swallow)
	}
	if !c.connected && c.open && !c.queue.Waiting() {
		c.disconnectNow()
	}
}

// disconnect is target.disconnect().
func (c *channel) disconnect() {
	if !c.connected {
		c.rt.Emit(c.target, "error", c.rt.NewError("ERR_IPC_DISCONNECTED"))
		return
	}
	c.setDisconnected()
	if !c.queue.Waiting() {
		c.disconnectNow()
	}
}

func (c *channel) setDisconnected() {
	c.connected = false
	c.target.Set("connected", false)
}

// disconnectNow ends the channel; messages that are under way still arrive.
func (c *channel) disconnectNow() {
	if !c.open {
		return
	}
	c.open = false
	c.target.Set("channel", goja.Null())
	inFlight, held := c.queue.Drop()
	if inFlight != nil {
		c.release(*inFlight)
	}
	for _, m := range held {
		if !m.swallow && m.callback != nil {
			c.fail(c.rt.NewError("ERR_IPC_CHANNEL_CLOSED"), m.callback)
		}
	}
	c.rt.NextTick(c.finish)
}

func (c *channel) finish() {
	if c.finished {
		return
	}
	c.finished = true
	c.close()
	c.rt.Emit(c.target, "disconnect")
}

func (c *channel) close() {
	c.split.Close()
	c.arrivals.CloseAll()
	c.out.flushAndClose()
}

// peerClosed is the end of the channel from the other side.
func (c *channel) peerClosed() {
	c.ended = true
	if c.connected {
		c.setDisconnected()
	}
	c.disconnectNow()
	c.close()
	if closed := c.onClosed; closed != nil {
		c.onClosed = nil
		closed()
	}
}
