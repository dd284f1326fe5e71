package emitter

import (
	"math"

	"github.com/dop251/goja"
)

func (m *Emitters) eventEmitter() *class {
	if m.class == nil {
		m.class = m.newClass()
	}
	return m.class
}

func (m *Emitters) newClass() *class {
	vm := m.vm
	e := &class{
		capture:      goja.NewSymbol("kCapture"),
		shapeMode:    goja.NewSymbol("shapeMode"),
		errorMonitor: goja.NewSymbol("events.errorMonitor"),
		defaultMax:   vm.ToValue(10),
	}
	e.rejection = m.js.SymbolFor("nodejs.rejection")
	e.constructor, e.prototype = m.js.FunctionClass("EventEmitter", 1, func(call goja.ConstructorCall) *goja.Object {
		m.initEmitter(call.This, call.Argument(0))
		return nil
	})
	p := e.prototype
	p.Set("_events", goja.Undefined())
	p.Set("_eventsCount", 0)
	p.Set("_maxListeners", goja.Undefined())
	p.DefineDataPropertySymbol(e.capture, vm.ToValue(false), goja.FLAG_TRUE, goja.FLAG_FALSE, goja.FLAG_FALSE)

	method := func(name string, length int, f func(this *goja.Object, call goja.FunctionCall) goja.Value) *goja.Object {
		fn := m.js.Func(name, length, func(call goja.FunctionCall) goja.Value {
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
		m.js.ValidateFunction(call.Argument(1), "listener")
		return call.Argument(1).(*goja.Object)
	}
	method("setMaxListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		m.js.ValidateNumber(call.Argument(0), "setMaxListeners", 0, math.NaN())
		this.Set("_maxListeners", call.Argument(0))
		return this
	})
	method("getMaxListeners", 0, func(this *goja.Object, call goja.FunctionCall) goja.Value { return m.maxListeners(this) })
	e.emit = method("emit", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		var args []goja.Value
		if len(call.Arguments) > 1 {
			args = call.Arguments[1:]
		}
		return vm.ToValue(m.emit(this, keyOf(call.Argument(0)), args))
	})
	e.on = method("addListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		m.addListener(this, keyOf(call.Argument(0)), listener(call), false)
		return this
	})
	p.Set("on", e.on)
	method("prependListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		m.addListener(this, keyOf(call.Argument(0)), listener(call), true)
		return this
	})
	e.once = method("once", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		fn := listener(call)
		m.callOn(this, keyOf(call.Argument(0)), m.onceWrap(this, keyOf(call.Argument(0)), fn))
		return this
	})
	method("prependOnceListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		fn := listener(call)
		m.js.CallMethod(this, "prependListener", call.Argument(0), m.onceWrap(this, keyOf(call.Argument(0)), fn))
		return this
	})
	e.removeListener = method("removeListener", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		m.removeListener(this, keyOf(call.Argument(0)), listener(call))
		return this
	})
	p.Set("off", e.removeListener)
	method("removeAllListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			m.removeAllEvents(this)
		} else {
			m.removeAllListeners(this, keyOf(call.Argument(0)))
		}
		return this
	})
	method("listeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		return m.listenerArray(m.listenersOf(this, keyOf(call.Argument(0))), true)
	})
	method("rawListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		return m.listenerArray(m.listenersOf(this, keyOf(call.Argument(0))), false)
	})
	method("listenerCount", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		return vm.ToValue(m.listenerCount(this, call))
	})
	method("eventNames", 0, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		events := eventsOf(this)
		if events == nil || this.Get("_eventsCount").ToInteger() <= 0 {
			return vm.NewArray()
		}
		return vm.NewArray(ownKeys(m, events)...)
	})
	return e
}

func ownKeys(m *Emitters, o *goja.Object) []any {
	var keys []any
	for _, name := range o.GetOwnPropertyNames() {
		keys = append(keys, m.vm.ToValue(name))
	}
	for _, sym := range o.Symbols() {
		keys = append(keys, sym)
	}
	return keys
}
