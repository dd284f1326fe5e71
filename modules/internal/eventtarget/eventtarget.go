// Package eventtarget has the web's events: EventTarget, Event, CustomEvent, AbortController, AbortSignal and
// DOMException, as globals and as the private modules "internal/event_target", "internal/abort_controller" and
// "internal/domexception". All of it is Go: an AbortSignal costs what two plain objects do. It runs on the loop goroutine.
package eventtarget

import (
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "internal/event_target".
var Module = &runtime.Module{Name: "internal/event_target", Private: true, Binding: binding, Globals: []runtime.Global{
	{Name: "Event"}, {Name: "EventTarget"}, {Name: "CustomEvent"},
}}

// AbortModule is "internal/abort_controller".
var AbortModule = &runtime.Module{Name: "internal/abort_controller", Private: true, Binding: abortBinding, Globals: []runtime.Global{
	{Name: "AbortController"}, {Name: "AbortSignal"},
}}

// ExceptionModule is "internal/domexception".
var ExceptionModule = &runtime.Module{Name: "internal/domexception", Private: true, Binding: domExceptionBinding, Globals: []runtime.Global{
	{Name: "DOMException"},
}}

// module is the classes of one runtime.
type module struct {
	rt                              *runtime.Runtime
	vm                              *goja.Runtime
	event, customEvent, eventTarget *goja.Object
	eventProto, targetProto         *goja.Object
	signalProto                     *goja.Object

	kTrustEvent, kResistStopPropagation, kWeakHandler, kIsNodeStyleListener *goja.Symbol
}

type moduleKey struct{}

// target is the state of an EventTarget.
type target struct {
	object   *goja.Object
	events   map[string]*listeners
	order    []string // of the events, as they got their first listener
	max      float64
	warned   bool
	handlers map[string]*listener // of the attributes: onabort
	signal   *abortSignal
	onListen func(typ string, size int) // told of each change
	inner    any                        // what else the object is: the Go state of a port
	absent   bool                       // the constructor was not called
}

// Inner is the Go state of an object that is an EventTarget and something else.
func (t *target) Inner() any { return t.inner }

type listeners struct {
	list   []*listener
	size   int
	resist bool
}

type listener struct {
	fn                                                 *goja.Object // function, or object with handleEvent
	handler                                            goja.Value   // of an attribute, instead of fn
	once, capture, passive, nodeStyle, resist, removed bool
}

func (m *module) targetOf(v goja.Value) *target {
	if t, ok := m.rt.Slot(v).(*target); ok {
		return t
	}
	// What inherits from the class without its constructor has been called passes, and fails where its listeners are needed.
	o, ok := v.(*goja.Object)
	for ok && o != m.targetProto {
		o = o.Prototype()
		ok = o != nil
	}
	if !ok {
		panic(m.rt.NewError("ERR_INVALID_THIS", "EventTarget"))
	}
	return &target{absent: true}
}

// need throws if there are no listeners to look at.
func (m *module) need(t *target) {
	if t.absent {
		panic(m.vm.NewTypeError("Cannot read properties of undefined (reading 'get')"))
	}
}

func (m *module) initTarget(o *goja.Object) *target {
	t := &target{object: o, max: m.rt.DefaultMaxListeners(nil).ToFloat()}
	m.rt.SetSlot(o, t)
	return t
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	m := &module{
		rt: rt, vm: vm,
		kTrustEvent: goja.NewSymbol("kTrustEvent"), kResistStopPropagation: goja.NewSymbol("kResistStopPropagation"),
		kWeakHandler: goja.NewSymbol("kWeak"), kIsNodeStyleListener: goja.NewSymbol("kIsNodeStyleListener"),
	}
	rt.SetValue(moduleKey{}, m)
	m.defineEvent()
	m.defineTarget()
	exports := vm.NewObject()
	exports.Set("Event", m.event)
	exports.Set("CustomEvent", m.customEvent)
	exports.Set("EventTarget", m.eventTarget)
	exports.Set("kTrustEvent", m.kTrustEvent)
	exports.Set("kResistStopPropagation", m.kResistStopPropagation)
	exports.Set("kWeakHandler", m.kWeakHandler)
	rt.SetOperation(exports, "isEventTarget", 1, func(call goja.FunctionCall) goja.Value {
		_, ok := rt.Slot(call.Argument(0)).(*target)
		return vm.ToValue(ok)
	})
	rt.SetOperation(exports, "setMaxListeners", 2, func(call goja.FunctionCall) goja.Value {
		t, ok := rt.Slot(call.Argument(0)).(*target)
		if ok {
			t.max, t.warned = call.Argument(1).ToFloat(), false
		}
		return vm.ToValue(ok)
	})
	rt.SetOperation(exports, "listenersOf", 2, func(call goja.FunctionCall) goja.Value {
		var items []any
		if l := m.targetOf(call.Argument(0)).events[call.Argument(1).String()]; l != nil {
			for _, x := range l.list {
				if x.fn != nil {
					items = append(items, x.fn)
				} else {
					items = append(items, x.handler)
				}
			}
		}
		return vm.NewArray(items...)
	})
	// initEventTarget makes an object of another class a target, which may also have the state of a handle, its third argument.
	// defineEventHandler gives a prototype an attribute.
	rt.SetOperation(exports, "initEventTarget", 2, func(call goja.FunctionCall) goja.Value {
		t := m.initTarget(call.Argument(0).ToObject(vm))
		t.inner = rt.Slot(call.Argument(2))
		if changed, ok := call.Argument(1).(*goja.Object); ok {
			t.onListen = func(typ string, size int) {
				rt.Apply(changed, t.object, vm.ToValue(typ), vm.ToValue(size))
			}
		}
		return goja.Undefined()
	})
	rt.SetOperation(exports, "defineEventHandler", 2, func(call goja.FunctionCall) goja.Value {
		event := call.Argument(1).String()
		if name := call.Argument(2); !goja.IsUndefined(name) {
			event = name.String()
		}
		m.defineHandler(call.Argument(0).ToObject(vm), "on"+call.Argument(1).String(), event)
		return goja.Undefined()
	})
	return exports
}

func (m *module) defineTarget() {
	rt, vm := m.rt, m.vm
	m.eventTarget, m.targetProto = rt.Class("EventTarget", 0, func(call goja.ConstructorCall) *goja.Object {
		m.initTarget(call.This)
		return nil
	})
	p := m.targetProto
	rt.SetOperation(p, "addEventListener", 2, func(call goja.FunctionCall) goja.Value {
		m.addEventListener(m.targetOf(call.This), call)
		return goja.Undefined()
	})
	rt.SetOperation(p, "removeEventListener", 2, func(call goja.FunctionCall) goja.Value {
		t := m.targetOf(call.This)
		if len(call.Arguments) < 2 {
			m.missing("type", "listener")
		}
		if fn := m.validListener(call.Argument(1)); fn != nil {
			capture := false
			if o, ok := call.Argument(2).(*goja.Object); ok {
				v := o.Get("capture")
				capture = v != nil && v.StrictEquals(vm.ToValue(true))
			}
			typ := m.eventName(call.Argument(0))
			m.need(t)
			t.remove(typ, fn, capture)
		}
		return goja.Undefined()
	})
	rt.SetOperation(p, "dispatchEvent", 1, func(call goja.FunctionCall) goja.Value {
		t := m.targetOf(call.This)
		if len(call.Arguments) == 0 {
			m.missing("event")
		}
		e, ok := rt.Slot(call.Argument(0)).(*event)
		if !ok {
			rt.ThrowArgType("event", call.Argument(0), "Event")
		}
		if e.dispatching {
			rt.Throw(rt.NewError("ERR_EVENT_RECURSION", e.typ))
		}
		m.need(t)
		m.dispatch(t, call.Argument(0).(*goja.Object), e)
		return vm.ToValue(!(e.cancelable && e.prevented))
	})
	tag(rt, p, "EventTarget")
	m.customInspect(p, "EventTarget", func(goja.Value) map[string]any { return nil })
	// field is what a target has under a symbol that module events exports.
	field := func(name *goja.Symbol, get func(*target) any, set func(*target, goja.Value)) {
		p.DefineAccessorPropertySymbol(name, rt.Func("get", 0, func(call goja.FunctionCall) goja.Value {
			if t, ok := rt.Slot(call.This).(*target); ok {
				return vm.ToValue(get(t))
			}
			return goja.Undefined()
		}), rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
			if t, ok := rt.Slot(call.This).(*target); ok {
				set(t, call.Argument(0))
			}
			return goja.Undefined()
		}), goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	maxListeners, warned := rt.EventTargetSymbols()
	field(maxListeners, func(t *target) any { return t.max }, func(t *target, v goja.Value) { t.max = v.ToFloat() })
	field(warned, func(t *target) any { return t.warned }, func(t *target, v goja.Value) { t.warned = v.ToBoolean() })
}

// validListener returns the listener, nil if it is null or undefined; anything but a function or object throws.
func (m *module) validListener(v goja.Value) *goja.Object {
	if goja.IsUndefined(v) || goja.IsNull(v) {
		return nil
	}
	o, ok := v.(*goja.Object)
	if !ok {
		m.rt.ThrowArgType("listener", v, "EventListener")
	}
	return o
}

func (m *module) addEventListener(t *target, call goja.FunctionCall) {
	rt := m.rt
	if len(call.Arguments) < 2 {
		m.missing("type", "listener")
	}
	l := &listener{}
	var signal *goja.Object
	switch options := call.Argument(2); {
	case goja.IsUndefined(options) || goja.IsNull(options):
	default:
		o, ok := options.(*goja.Object)
		if !ok {
			if b, isBool := engine.Boolean(options); isBool {
				l.capture = b
				break
			}
			rt.ThrowArgType("options", options, "Object")
		}
		l.once, l.capture, l.passive = truthy(o, "once"), truthy(o, "capture"), truthy(o, "passive")
		flag := func(sym *goja.Symbol) bool {
			v := o.GetSymbol(sym)
			return v != nil && v.ToBoolean()
		}
		l.resist, l.nodeStyle = flag(m.kResistStopPropagation), flag(m.kIsNodeStyleListener)
		signal = rt.ValidateAbortSignal(o.Get("signal"), "options.signal")
	}
	typ := m.eventName(call.Argument(0))
	if signal != nil {
		if signal.Get("aborted").ToBoolean() {
			return
		}
		fn, capture := call.Argument(1), l.capture
		once := m.vm.NewObject()
		once.Set("once", true)
		once.SetSymbol(m.kResistStopPropagation, true)
		rt.CallMethod(signal, "addEventListener", m.vm.ToValue("abort"), m.rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			if o, ok := fn.(*goja.Object); ok {
				t.remove(typ, o, capture)
			}
			return goja.Undefined()
		}), once)
	}
	l.fn = m.validListener(call.Argument(1))
	if l.fn == nil {
		w := rt.NewPlainError("Error", "addEventListener called with "+call.Argument(1).String()+" which has no effect.")
		w.Set("name", "AddEventListenerArgumentTypeWarning")
		w.Set("target", t.object)
		w.Set("type", call.Argument(0))
		rt.CallMethod(rt.Require("process"), "emitWarning", w)
		return
	}
	m.add(t, typ, l)
}

func (m *module) add(t *target, typ string, l *listener) {
	m.need(t)
	all := t.events[typ]
	if all == nil {
		if t.events == nil {
			t.events = map[string]*listeners{}
		}
		all = &listeners{}
		t.events[typ] = all
		t.order = append(t.order, typ)
	}
	if l.fn != nil && slices.ContainsFunc(all.list, func(x *listener) bool { return x.fn == l.fn && x.capture == l.capture }) {
		return
	}
	all.list = append(all.list, l)
	all.resist = all.resist || l.resist
	all.size++
	m.changed(t, typ, all.size)
	if t.max > 0 && float64(all.size) > t.max && !t.warned {
		t.warned = true
		rt := m.rt
		w := rt.NewPlainError("Error", "Possible EventTarget memory leak detected. "+strconv.Itoa(all.size)+" "+typ+
			" listeners added to "+rt.InspectWith(t.object, map[string]any{"depth": -1})+". MaxListeners is "+
			m.vm.ToValue(t.max).String()+". Use events.setMaxListeners() to increase limit")
		w.Set("name", "MaxListenersExceededWarning")
		w.Set("target", t.object)
		w.Set("type", typ)
		w.Set("count", all.size)
		rt.CallMethod(rt.Require("process"), "emitWarning", w)
	}
}

func (m *module) changed(t *target, typ string, size int) { t.notify(typ, size) }

func (t *target) notify(typ string, size int) {
	if t.signal != nil && typ == "abort" {
		t.signal.listened(size)
	}
	if t.onListen != nil {
		t.onListen(typ, size)
	}
}

func (t *target) remove(typ string, fn *goja.Object, capture bool) {
	all := t.events[typ]
	if all == nil {
		return
	}
	if i := slices.IndexFunc(all.list, func(x *listener) bool { return x.fn == fn && x.capture == capture }); i >= 0 {
		t.removeAt(typ, all, i)
	}
}

func (t *target) removeAt(typ string, all *listeners, i int) {
	all.list[i].removed = true
	all.list = slices.Delete(slices.Clone(all.list), i, i+1) // a dispatch may be going over the old one
	all.size--
	if len(all.list) == 0 {
		delete(t.events, typ)
		t.order = slices.DeleteFunc(t.order, func(s string) bool { return s == typ })
	}
	t.notify(typ, all.size)
}

// dispatch calls the listeners. What one throws is an uncaught exception, and the others are called all the same.
func (m *module) dispatch(t *target, o *goja.Object, e *event) {
	e.target = t.object
	e.dispatching = true
	defer func() { e.dispatching = false }()
	all := t.events[e.typ]
	if all == nil {
		return
	}
	// Listeners added meanwhile are called too.
	seen := map[*listener]bool{}
	for again := true; again; {
		again = false
		for _, l := range all.list {
			if seen[l] || l.removed || e.stopped && !l.resist {
				continue
			}
			seen[l] = true
			before := all.list
			if l.once {
				t.removeAt(e.typ, all, slices.Index(all.list, l))
			}
			m.callListener(t, l, o, e)
			if len(all.list) != len(before) || len(before) > 0 && &all.list[0] != &before[0] {
				again = true
				break
			}
		}
	}
}

func (m *module) callListener(t *target, l *listener, o *goja.Object, e *event) {
	rt := m.rt
	var result goja.Value
	e.passive = l.passive
	defer func() { e.passive = false }()
	ex := m.vm.Try(func() {
		switch {
		case l.fn == nil:
			if fn, ok := l.handler.(*goja.Object); ok && engine.IsFunction(fn) {
				result = rt.Apply(fn, t.object, o)
			}
		case engine.IsFunction(l.fn):
			result = rt.Apply(l.fn, t.object, o)
		default:
			if fn := l.fn.Get("handleEvent"); fn != nil && fn.ToBoolean() {
				result = rt.Apply(fn, l.fn, o)
			}
		}
		e.dispatching = false
		if p, ok := result.(*goja.Object); ok {
			if then, ok := m.rt.Member(p, "then").(*goja.Object); ok && engine.IsFunction(then) {
				rt.Apply(then, p, goja.Undefined(), m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
					m.uncaught(call.Argument(0))
					return goja.Undefined()
				}))
			}
		}
	})
	e.dispatching = true
	if ex != nil {
		m.uncaught(ex.Value())
	}
}

func (m *module) uncaught(err goja.Value) { m.rt.NextTick(func() { m.rt.Throw(err) }) }

// defineHandler defines an attribute like onabort.
func (m *module) defineHandler(proto *goja.Object, name, typ string) {
	targetOf := func(v goja.Value) *target {
		t, ok := m.rt.Slot(v).(*target)
		if !ok {
			m.rt.Throw(m.rt.NewError("ERR_INVALID_THIS", "EventTarget"))
		}
		return t
	}
	proto.DefineAccessorProperty(name, m.rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
		if l := targetOf(call.This).handlers[typ]; l != nil && l.handler != nil {
			return l.handler
		}
		return goja.Null()
	}), m.rt.Func("set "+name, 1, func(call goja.FunctionCall) goja.Value {
		t := targetOf(call.This)
		v := call.Argument(0)
		callable := func(v goja.Value) bool {
			o, ok := v.(*goja.Object)
			return ok && engine.IsFunction(o)
		}
		l := t.handlers[typ]
		if l == nil {
			if t.handlers == nil {
				t.handlers = map[string]*listener{}
			}
			l = &listener{handler: v}
			t.handlers[typ] = l
			m.add(t, typ, l)
			return goja.Undefined()
		}
		// It keeps its place among the listeners; only functions count.
		was, is := callable(l.handler), callable(v)
		l.handler = v
		if all := t.events[typ]; all != nil && was != is {
			if is {
				all.size++
			} else {
				all.size--
			}
			m.changed(t, typ, all.size)
		}
		return goja.Undefined()
	}), goja.FLAG_TRUE, goja.FLAG_TRUE)
}
