package worker_threads

import (
	"github.com/dop251/goja"

	"gonode/internal/errs"
	"gonode/internal/loop"
	"gonode/runtime"
)

// ports is the MessagePorts and BroadcastChannels of one runtime. Loop goroutine only.
type ports struct {
	rt   *runtime.Runtime
	open map[*port]struct{}
	make goja.Callable // makes a MessagePort object around a handle
	emit goja.Callable // emit(port, type, data, ports, node-style argument)

	methods    func(proto *goja.Object, more ...string) // defines those of ports
	movedProto *goja.Object                             // of ports in other contexts
}

// port is the state behind a MessagePort or a BroadcastChannel.
type port struct {
	all       *ports
	end       *end // nil once it has gone elsewhere or is closed
	object    *goja.Object
	handle    *loop.Handle
	async     any
	broadcast string // the name of a BroadcastChannel
	receiving bool
	closing   bool
	moved     bool // to another context
}

// maxMessages is how many messages one turn of the loop delivers, unless more were there when it began.
const maxMessages = 1000

// holder gives the Go state behind a JavaScript object that is an EventTarget too.
type holder interface{ Inner() any }

// stateOf is the Go state of an object, see runtime.Slot.
func stateOf(rt *runtime.Runtime, v goja.Value) any {
	s := rt.Slot(v)
	if h, ok := s.(holder); ok && h.Inner() != nil {
		return h.Inner()
	}
	return s
}

// portOf is the port behind an object, nil if it is none.
func portOf(rt *runtime.Runtime, v goja.Value) *port {
	if p, ok := stateOf(rt, v).(*port); ok && goja.Value(p.object) == v {
		return p
	}
	return nil
}

type portsKey struct{}

// portsOf gives the ports of a runtime, loading their classes.
func portsOf(rt *runtime.Runtime) *ports {
	if all, ok := rt.Value(portsKey{}).(*ports); ok {
		return all
	}
	rt.Require("internal/messaging")
	return rt.Value(portsKey{}).(*ports)
}

// newPort makes a MessagePort of an end.
func (all *ports) newPort(e *end) *goja.Object {
	rt := all.rt
	h := rt.VM().NewObject()
	p := &port{all: all, end: e, handle: rt.Loop().NewHandle("MessagePort")}
	rt.SetSlot(h, p)
	p.object = rt.Call(all.make, goja.Undefined(), h).(*goja.Object)
	p.handle.Unref()
	p.async = rt.Async.Start("MESSAGEPORT", p.object)
	p.begin()
	return p.object
}

func (p *port) begin() {
	p.all.open[p] = struct{}{}
	p.handle.Start()
	l := p.all.rt.Loop()
	p.end.own(func() { l.Post(p.look) })
}

// detached tells whether the port has been closed or transferred.
func (p *port) detached() bool { return p == nil || p.end == nil || p.closing }

// look delivers what has arrived.
func (p *port) look() {
	if p.detached() {
		return
	}
	rt := p.all.rt
	for n := max(p.end.looked(), maxMessages); n > 0; n-- {
		if p.detached() || rt.Exiting() || rt.Loop().Stopped() {
			return
		}
		m, ok := p.end.next(p.receiving)
		if !ok {
			return
		}
		if m == nil {
			p.close()
			return
		}
		rt.Async.Callback(p.async, p.deliver(m), goja.Undefined())
	}
	if !p.detached() {
		p.end.again()
	}
}

// deliver gives the function that emits a message.
func (p *port) deliver(m *message) goja.Callable {
	return func(goja.Value, ...goja.Value) (goja.Value, error) {
		rt, vm := p.all.rt, p.all.rt.VM()
		var value goja.Value
		var ports []any
		kind := "message"
		if ex := vm.Try(func() { value, ports = m.deserializeFor(rt, p.moved) }); ex != nil {
			kind, value = "messageerror", ex.Value()
		}
		if p.moved {
			p.emitMoved(kind, value, ports)
			return goja.Undefined(), nil
		}
		rt.Call(p.all.emit, goja.Undefined(), p.object, vm.ToValue(kind), value, vm.NewArray(ports...))
		return goja.Undefined(), nil
	}
}

// receive takes one message at once, for receiveMessageOnPort.
func (p *port) receive() (goja.Value, bool) {
	if p.detached() {
		return nil, false
	}
	m, ok := p.end.next(true)
	if !ok {
		return nil, false
	}
	if m == nil {
		p.close()
		return nil, false
	}
	value, _ := m.deserializeFor(p.all.rt, p.moved)
	return value, true
}

// close ends the port; its peer is told in the close phase, and 'close' is emitted then.
func (p *port) close() {
	if p.closing {
		return
	}
	p.closing = true
	rt := p.all.rt
	p.handle.Close(func() {
		p.release()
		if p.broadcast == "" && !p.moved {
			rt.Async.Callback(p.async, p.all.emit, goja.Undefined(), p.object, rt.VM().ToValue("close"))
		}
		rt.Async.End(p.async)
	})
}

// release lets go of the end.
func (p *port) release() {
	delete(p.all.open, p)
	e := p.end
	if p.end = nil; e == nil {
		return
	}
	if p.broadcast != "" {
		threadsOf(p.all.rt).leave(p.broadcast, e)
		return
	}
	e.close()
}

// CanTransfer implements runtime.Transferable.
func (p *port) CanTransfer(*goja.Object) {
	if p.detached() {
		p.all.rt.Throw(cloneError(p.all.rt, "MessagePort in transfer list is already detached"))
	}
}

// Transfer implements runtime.Transferable: the end leaves, the object stays behind as a closed port.
func (p *port) Transfer(*goja.Object) (revive func(*runtime.Runtime) goja.Value, drop func()) {
	e := p.end
	e.own(nil)
	p.close()
	p.end = nil
	return func(rt *runtime.Runtime) goja.Value { return portsOf(rt).newPort(e) }, e.close
}

// post is postMessage; it is false for a port that is closed.
func (p *port) post(value, transfer goja.Value) bool {
	rt := p.all.rt
	list := transfers(rt, transferList(rt, transfer), p)
	var target *end
	if p.end != nil && p.broadcast == "" {
		target = p.end.peer()
	}
	for _, t := range list {
		if q, ok := t.state.(*port); ok && target != nil && q.end == target {
			rt.CallMethod(rt.Require("process"), "emitWarning",
				rt.VM().ToValue("The target port was posted to itself, and the communication channel was lost"))
		}
	}
	m := serialize(rt, value, list)
	if p.detached() {
		m.discard()
		return false
	}
	if !p.end.post(m) {
		m.discard()
	}
	return true
}

// transferList reads the second argument of postMessage: the list itself or an object that has it.
func transferList(rt *runtime.Runtime, v goja.Value) []goja.Value {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return nil
	}
	bad := func(what string) {
		rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_INVALID_ARG_TYPE", Native: true,
			Message: "Optional " + what + " argument must be an iterable"}))
	}
	o, ok := v.(*goja.Object)
	if !ok {
		bad("transferList")
	}
	if list, ok := iterate(rt, o); ok {
		return list
	}
	given := o.Get("transfer")
	if given == nil || goja.IsUndefined(given) {
		return nil
	}
	list, ok := iterate(rt, given)
	if !ok {
		bad("options.transfer")
	}
	return list
}

// iterate lists what an iterable gives; false if it is none. It throws what the iterator throws.
func iterate(rt *runtime.Runtime, v goja.Value) (list []goja.Value, ok bool) {
	o, isObject := v.(*goja.Object)
	if !isObject {
		return nil, false
	}
	method, ok := goja.AssertFunction(o.GetSymbol(goja.SymIterator))
	if !ok {
		return nil, false
	}
	iterator, isObject := rt.Call(method, o).(*goja.Object)
	if !isObject {
		return nil, false
	}
	next, ok := goja.AssertFunction(rt.Member(iterator, "next"))
	if !ok {
		return nil, false
	}
	for {
		result, isObject := rt.Call(next, iterator).(*goja.Object)
		if !isObject {
			return nil, false
		}
		if done := result.Get("done"); done != nil && done.ToBoolean() {
			return list, true
		}
		item := result.Get("value")
		if item == nil {
			item = goja.Undefined()
		}
		list = append(list, item)
	}
}
