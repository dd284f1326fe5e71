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
		maxListeners: goja.NewSymbol("events.maxEventTargetListeners"),
		warned:       goja.NewSymbol("events.maxEventTargetListenersWarned"),
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

	// A method that only reads takes any receiver that has properties; without events it does not look at the event's name.
	reads := func(name string, length int, f func(this *goja.Object, call goja.FunctionCall) goja.Value) *goja.Object {
		fn := m.js.Func(name, length, func(call goja.FunctionCall) goja.Value { return f(call.This.ToObject(vm), call) })
		p.Set(name, fn)
		return fn
	}
	object := func(call goja.FunctionCall) *goja.Object {
		this, ok := call.This.(*goja.Object)
		if !ok {
			panic(vm.NewTypeError("Cannot read properties of %s (reading '_events')", call.This.String()))
		}
		return this
	}
	// One that is given a listener looks at that first.
	listens := func(name string, length int, f func(this *goja.Object, key eventKey, listener *goja.Object, call goja.FunctionCall)) *goja.Object {
		fn := m.js.Func(name, length, func(call goja.FunctionCall) goja.Value {
			m.js.ValidateFunction(call.Argument(1), "listener")
			this := object(call)
			f(this, keyOf(call.Argument(0)), call.Argument(1).(*goja.Object), call)
			return this
		})
		p.Set(name, fn)
		return fn
	}
	p.Set("setMaxListeners", m.js.Func("setMaxListeners", 1, func(call goja.FunctionCall) goja.Value {
		m.js.ValidateNumber(call.Argument(0), "setMaxListeners", 0, math.NaN())
		this := object(call)
		this.Set("_maxListeners", call.Argument(0))
		return this
	}))
	reads("getMaxListeners", 0, func(this *goja.Object, call goja.FunctionCall) goja.Value { return m.maxListeners(this) })
	e.emit = reads("emit", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		var args []goja.Value
		if len(call.Arguments) > 1 {
			args = call.Arguments[1:]
		}
		if _, named := call.Argument(0).(*goja.Object); named && m.eventsOf(this).none() {
			return vm.ToValue(false)
		}
		return vm.ToValue(m.emit(this, keyOf(call.Argument(0)), args))
	})
	e.on = listens("addListener", 2, func(this *goja.Object, key eventKey, listener *goja.Object, _ goja.FunctionCall) {
		m.addListener(this, key, listener, false)
	})
	p.Set("on", e.on)
	listens("prependListener", 2, func(this *goja.Object, key eventKey, listener *goja.Object, _ goja.FunctionCall) {
		m.addListener(this, key, listener, true)
	})
	e.once = listens("once", 2, func(this *goja.Object, key eventKey, listener *goja.Object, _ goja.FunctionCall) {
		m.callOn(this, key, m.onceWrap(this, key, listener))
	})
	listens("prependOnceListener", 2, func(this *goja.Object, key eventKey, listener *goja.Object, call goja.FunctionCall) {
		m.js.CallMethod(this, "prependListener", call.Argument(0), m.onceWrap(this, key, listener))
	})
	e.removeListener = m.js.Func("removeListener", 2, func(call goja.FunctionCall) goja.Value {
		m.js.ValidateFunction(call.Argument(1), "listener")
		if this := call.This.ToObject(vm); !m.eventsOf(this).none() {
			m.removeListener(this, keyOf(call.Argument(0)), call.Argument(1).(*goja.Object))
		}
		return call.This
	})
	p.Set("removeListener", e.removeListener)
	p.Set("off", e.removeListener)
	reads("removeAllListeners", 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		switch {
		case m.eventsOf(this).none():
			return call.This
		case len(call.Arguments) == 0:
			m.removeAllEvents(this)
		default:
			m.removeAllListeners(this, keyOf(call.Argument(0)))
		}
		return this
	})
	for _, name := range [...]string{"listeners", "rawListeners"} {
		unwrap := name == "listeners"
		reads(name, 1, func(this *goja.Object, call goja.FunctionCall) goja.Value {
			if m.eventsOf(this).none() {
				return vm.NewArray()
			}
			return m.listenerArray(m.listenersOf(this, keyOf(call.Argument(0))), unwrap)
		})
	}
	reads("listenerCount", 2, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		if m.eventsOf(this).none() {
			return vm.ToValue(0)
		}
		return vm.ToValue(m.listenerCount(this, call))
	})
	reads("eventNames", 0, func(this *goja.Object, call goja.FunctionCall) goja.Value {
		events := m.eventsOf(this)
		if count := this.Get("_eventsCount"); count != nil && goja.IsNumber(count) && count.ToFloat() == 0 {
			return vm.NewArray()
		}
		if events.none() {
			panic(vm.NewTypeError("Reflect.ownKeys called on non-object"))
		}
		return vm.NewArray(ownKeys(m, events.toObject(m))...)
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
