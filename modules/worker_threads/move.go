package worker_threads

import (
	"github.com/dop251/goja"

	"gonode/internal/errs"
)

// moveToContext is moveMessagePortToContext: the port goes on as an object of another context's, which is no EventTarget.
func (all *ports) moveToContext(v, context goja.Value) goja.Value {
	rt := all.rt
	refuse := func(message string) {
		rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_INVALID_ARG_TYPE", Native: true, Message: message}))
	}
	p := portOf(rt, v)
	if p == nil {
		refuse(`The "port" argument must be a MessagePort instance`)
	}
	if p.detached() {
		rt.Throw(rt.NewErrorOf(errs.Error, errs.Def{Code: "ERR_CLOSED_MESSAGE_PORT", Native: true, Message: "Cannot send data on closed MessagePort"}))
	}
	o, ok := context.(*goja.Object)
	if !ok || !rt.CallMethod(rt.Require("vm"), "isContext", o).ToBoolean() {
		refuse("Invalid context argument")
	}
	return all.moved(p)
}

// moved makes the object of another context's for a port. It holds the loop open until it is closed.
func (all *ports) moved(p *port) *goja.Object {
	rt := all.rt
	e := p.end
	p.Transfer(nil)
	if all.movedProto == nil {
		_, proto := rt.FunctionClass("MessagePort", 0, func(goja.ConstructorCall) *goja.Object {
			panic(rt.NewError("ERR_CONSTRUCT_CALL_INVALID"))
		})
		all.methods(proto, "close")
		all.movedProto = proto
	}
	q := &port{all: all, end: e, moved: true, handle: rt.Loop().NewHandle("MessagePort")}
	q.object = rt.VM().CreateObject(all.movedProto)
	rt.SetSlot(q.object, q)
	q.async = rt.Async.Start("MESSAGEPORT", q.object)
	q.begin()
	return q.object
}

// emitMoved calls the handler of a port in another context.
func (p *port) emitMoved(kind string, value goja.Value, ports []any) {
	rt, vm := p.all.rt, p.all.rt.VM()
	fn, ok := goja.AssertFunction(p.object.Get("on" + kind))
	if !ok {
		return
	}
	event := vm.NewObject()
	event.Set("data", value)
	event.Set("target", p.object)
	event.Set("type", kind)
	event.Set("ports", vm.NewArray(ports...))
	rt.Call(fn, p.object, event)
}
