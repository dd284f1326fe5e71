package worker_threads

import (
	_ "embed"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/runtime"
)

//go:embed messaging.js
var messagingJS string

// Messaging is "internal/messaging": the classes of ports and channels.
var Messaging = &runtime.Module{
	Name: "internal/messaging", Private: true, Script: engine.NewScript("node:internal/messaging", &messagingJS), Binding: messagingBinding,
	Globals: []runtime.Global{{Name: "MessageChannel"}, {Name: "MessagePort"}, {Name: "BroadcastChannel"}},
}

// Clone is "internal/clone": structuredClone, which needs no class as long as nothing but data is cloned.
var Clone = &runtime.Module{Name: "internal/clone", Private: true, Binding: cloneBinding,
	Globals: []runtime.Global{{Name: "structuredClone", Enumerable: true}}}

// messagingBinding has
//
//	setup(make, emit)           how to make a MessagePort object around a handle, and to emit on one
//	channel(object)             gives it the two ports of a new channel
//	defineMethods(prototype)    postMessage(value, transfer), start, ref, unref and hasRef
//	handle()                    what makes an EventTarget a BroadcastChannel
//	broadcast(handle, object, name)
//	broadcastMessage(port, value)
//	close(port), start(port), stop(port), ref(port), unref(port), hasRef(port), isPort(v), active(port)
//	receive(port)               undefined or [value]
func messagingBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	all := &ports{rt: rt, open: map[*port]struct{}{}}
	rt.SetValue(portsKey{}, all)
	rt.AtExit(func() {
		for p := range all.open {
			p.release()
		}
	})
	o := vm.NewObject()
	rt.SetFunc(o, "setup", 2, func(call goja.FunctionCall) goja.Value {
		all.make, _ = goja.AssertFunction(call.Argument(0))
		all.emit, _ = goja.AssertFunction(call.Argument(1))
		return goja.Undefined()
	})
	rt.SetFunc(o, "channel", 1, func(call goja.FunctionCall) goja.Value {
		a, b := newChannel()
		channel := call.Argument(0).(*goja.Object)
		channel.Set("port1", all.newPort(a))
		channel.Set("port2", all.newPort(b))
		return goja.Undefined()
	})
	rt.SetFunc(o, "handle", 0, func(goja.FunctionCall) goja.Value {
		h := vm.NewObject()
		rt.SetSlot(h, &port{all: all, handle: rt.Loop().NewHandle("BroadcastChannel"), async: rt.Async.Context()})
		return h
	})
	rt.SetFunc(o, "broadcast", 3, func(call goja.FunctionCall) goja.Value {
		p := rt.Slot(call.Argument(0)).(*port)
		p.object = call.Argument(1).(*goja.Object)
		p.broadcast = call.Argument(2).String()
		p.end = threadsOf(rt).join(p.broadcast)
		p.receiving = true
		p.begin()
		return goja.Undefined()
	})
	must := func(v goja.Value) *port {
		p := portOf(rt, v)
		if p == nil {
			rt.Throw(vm.NewTypeError("Illegal invocation"))
		}
		return p
	}
	act := func(name string, f func(p *port) goja.Value) {
		rt.SetFunc(o, name, 1, func(call goja.FunctionCall) goja.Value {
			if v := f(must(call.Argument(0))); v != nil {
				return v
			}
			return goja.Undefined()
		})
	}
	rt.SetFunc(o, "broadcastMessage", 2, func(call goja.FunctionCall) goja.Value {
		must(call.Argument(0)).post(call.Argument(1), goja.Undefined())
		return goja.Undefined()
	})
	all.methods = func(proto *goja.Object, more ...string) {
		rt.SetOperation(proto, "postMessage", 0, func(call goja.FunctionCall) goja.Value {
			p := must(call.This)
			if len(call.Arguments) == 0 {
				rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_MISSING_ARGS", Native: true, Message: "Not enough arguments to MessagePort.postMessage"}))
			}
			if p.post(call.Arguments[0], call.Argument(1)) {
				return vm.ToValue(true)
			}
			return goja.Undefined()
		})
		for _, name := range append([]string{"start", "ref", "unref", "hasRef"}, more...) {
			f, _ := goja.AssertFunction(o.Get(name))
			rt.SetOperation(proto, name, 0, func(call goja.FunctionCall) goja.Value { return rt.Call(f, goja.Undefined(), call.This) })
		}
	}
	rt.SetFunc(o, "defineMethods", 1, func(call goja.FunctionCall) goja.Value {
		all.methods(call.Argument(0).(*goja.Object))
		return goja.Undefined()
	})
	act("close", func(p *port) goja.Value {
		p.close()
		return nil
	})
	act("start", func(p *port) goja.Value {
		if !p.receiving && !p.detached() {
			p.receiving = true
			p.end.again()
		}
		return nil
	})
	act("stop", func(p *port) goja.Value {
		p.receiving = false
		return nil
	})
	act("ref", func(p *port) goja.Value {
		p.handle.Ref()
		return nil
	})
	act("unref", func(p *port) goja.Value {
		p.handle.Unref()
		return nil
	})
	act("hasRef", func(p *port) goja.Value { return vm.ToValue(p.handle.HasRef()) })
	act("active", func(p *port) goja.Value { return vm.ToValue(!p.detached()) })
	act("receive", func(p *port) goja.Value {
		if v, ok := p.receive(); ok {
			return vm.NewArray(v)
		}
		return nil
	})
	rt.SetFunc(o, "isPort", 1, func(call goja.FunctionCall) goja.Value {
		p := portOf(rt, call.Argument(0))
		return vm.ToValue(p != nil && p.broadcast == "")
	})
	return o
}

func cloneBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	clones := &cloning{method: goja.NewSymbol("messaging_clone_symbol"), never: map[*goja.Object]bool{}, moves: map[*goja.Object]string{}}
	rt.SetValue(cloneKey{}, clones)
	o.Set("kClone", clones.method)
	// uncloneable(prototype) makes a class whose objects cannot be cloned.
	rt.SetFunc(o, "uncloneable", 1, func(call goja.FunctionCall) goja.Value {
		clones.never[call.Argument(0).ToObject(rt.VM())] = true
		return goja.Undefined()
	})
	// onTransfer(module, prototype): objects of a class move with module's functions check and move.
	rt.SetFunc(o, "onTransfer", 2, func(call goja.FunctionCall) goja.Value {
		clones.moves[call.Argument(1).ToObject(rt.VM())] = call.Argument(0).String()
		return goja.Undefined()
	})
	rt.SetOperation(o, "structuredClone", 2, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_MISSING_ARGS", Message: `The "The value argument must be specified" argument must be specified`}))
		}
		list := transfers(rt, structuredTransfer(rt, call.Argument(1)), nil)
		v, _ := serialize(rt, call.Arguments[0], list).deserialize(rt)
		return v
	})
	return o
}

// structuredTransfer reads options.transfer of structuredClone.
func structuredTransfer(rt *runtime.Runtime, options goja.Value) []goja.Value {
	if goja.IsUndefined(options) || goja.IsNull(options) {
		return nil
	}
	fail := func(message string) {
		rt.Throw(rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_INVALID_ARG_TYPE", Message: "Failed to execute 'structuredClone': " + message}))
	}
	o, ok := options.(*goja.Object)
	if !ok {
		fail("Options cannot be converted to a dictionary")
	}
	given := o.Get("transfer")
	if given == nil || goja.IsUndefined(given) {
		return nil
	}
	list, ok := iterate(rt, given)
	if !ok {
		fail("transfer in Options cannot be converted to sequence.")
	}
	for i, v := range list {
		if _, ok := v.(*goja.Object); !ok {
			fail("transfer in Options[" + strconv.Itoa(i) + "] is not an object.")
		}
	}
	return list
}
