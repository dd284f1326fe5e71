package runtime

import (
	"math"

	"github.com/dop251/goja"
)

func (rt *Runtime) emitters() *emitters {
	if rt.events == nil {
		rt.events = rt.newEmitters()
	}
	return rt.events
}

func (rt *Runtime) newEmitters() *emitters {
	vm := rt.vm
	e := &emitters{
		capture:      goja.NewSymbol("kCapture"),
		shapeMode:    goja.NewSymbol("shapeMode"),
		errorMonitor: goja.NewSymbol("events.errorMonitor"),
		defaultMax:   vm.ToValue(10),
	}
	symbol := vm.Get("Symbol").(*goja.Object)
	e.rejection = rt.CallMethod(symbol, "for", vm.ToValue("nodejs.rejection")).(*goja.Symbol)
	e.class, e.prototype = rt.FunctionClass("EventEmitter", 1, func(call goja.ConstructorCall) *goja.Object {
		rt.initEmitter(call.This, call.Argument(0))
		return nil
	})
	p := e.prototype
	p.Set("_events", goja.Undefined())
	p.Set("_eventsCount", 0)
	p.Set("_maxListeners", goja.Undefined())
	p.DefineDataPropertySymbol(e.capture, vm.ToValue(false), flagTrue, flagFalse, flagFalse)

	method := func(name string, length int, f func(this *goja.Object, call goja.FunctionCall) goja.Value) *goja.Object {
		fn := rt.Func(name, length, func(call goja.FunctionCall) goja.Value {
			this, ok := call.This.(*goja.Object)
			if !ok {
				panic(vm.NewTypeError("Cannot read properties of %s (reading '_events')", call.This.String()))
			}
			return f(this, call)
		})
		p.Set(name, fn)
		return fn
	}
	listener := func(call goja.FunctionCall) *goja.Object {
		rt.ValidateFunction(call.Argument(1), "listener")
		return call.Argument(1).(*goja.Object)
	}
	method("setMaxListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		rt.ValidateNumber(call.Argument(0), "setMaxListeners", 0, math.NaN())
		this.Set("_maxListeners", call.Argument(0))
		return this
	})
	method("getMaxListeners", 0, func(this *goja.Object, call goja.FunctionCall) goja.Value { return rt.maxListeners(this) })
	e.emit = method("emit", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		var args []goja.Value
		if len(call.Arguments) > 1 {
			args = call.Arguments[1:]
		}
		return vm.ToValue(rt.emit(this, keyOf(call.Argument(0)), args))
	})
	e.on = method("addListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		rt.addListener(this, keyOf(call.Argument(0)), listener(call), false)
		return this
	})
	p.Set("on", e.on)
	method("prependListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		rt.addListener(this, keyOf(call.Argument(0)), listener(call), true)
		return this
	})
	e.once = method("once", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		fn := listener(call)
		rt.callOn(this, keyOf(call.Argument(0)), rt.onceWrap(this, keyOf(call.Argument(0)), fn))
		return this
	})
	method("prependOnceListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		fn := listener(call)
		rt.CallMethod(this, "prependListener", call.Argument(0), rt.onceWrap(this, keyOf(call.Argument(0)), fn))
		return this
	})
	e.removeListener = method("removeListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		rt.removeListener(this, keyOf(call.Argument(0)), listener(call))
		return this
	})
	p.Set("off", e.removeListener)
	method("removeAllListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			rt.removeAllEvents(this)
		} else {
			rt.removeAllListeners(this, keyOf(call.Argument(0)))
		}
		return this
	})
	method("listeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		return rt.listenerArray(rt.listenersOf(this, keyOf(call.Argument(0))), true)
	})
	method("rawListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		return rt.listenerArray(rt.listenersOf(this, keyOf(call.Argument(0))), false)
	})
	method("listenerCount", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.listenerCount(this, call))
	})
	method("eventNames", 0, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		events := eventsOf(this)
		if events == nil || this.Get("_eventsCount").ToInteger() <= 0 {
			return vm.NewArray()
		}
		return vm.NewArray(ownKeys(rt, events)...)
	})
	return e
}

func ownKeys(rt *Runtime, o *goja.Object) []any {
	var keys []any
	for _, name := range o.GetOwnPropertyNames() {
		keys = append(keys, rt.vm.ToValue(name))
	}
	for _, sym := range o.Symbols() {
		keys = append(keys, sym)
	}
	return keys
}
