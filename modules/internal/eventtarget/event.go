package eventtarget

import (
	"strings"

	"github.com/dop251/goja"
)

// event is the state of an Event.
type event struct {
	typ                                      string
	bubbles, cancelable, composed, prevented bool
	propagationStopped, stopped              bool
	dispatching, trusted, passive            bool
	target                                   *goja.Object
	stamp                                    float64
	detail                                   goja.Value
}

func (m *module) eventOf(v goja.Value) *event {
	e, ok := m.rt.Slot(v).(*event)
	if !ok {
		panic(m.rt.NewError("ERR_INVALID_THIS", "Event"))
	}
	return e
}

func (m *module) missing(names ...string) {
	m.rt.Throw(m.rt.NewError("ERR_MISSING_ARGS", anys(names)...))
}

func anys(names []string) []any {
	all := make([]any, len(names))
	for i, n := range names {
		all[i] = n
	}
	return all
}

// initEvent is the constructor of Event and of the classes that derive from it.
func (m *module) initEvent(call goja.ConstructorCall) *event {
	if len(call.Arguments) == 0 {
		m.missing("type")
	}
	e := &event{stamp: m.now()}
	if v := call.Argument(1); !goja.IsUndefined(v) && !goja.IsNull(v) {
		o := m.rt.ValidateObject(v, "options")
		e.bubbles, e.cancelable, e.composed = truthy(o, "bubbles"), truthy(o, "cancelable"), truthy(o, "composed")
		if v := o.GetSymbol(m.kTrustEvent); v != nil {
			e.trusted = v.ToBoolean()
		}
	}
	e.typ = m.text(call.Argument(0))
	m.rt.SetSlot(call.This, e)
	return e
}

// text is String(v), which refuses symbols as a template does.
func (m *module) text(v goja.Value) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		panic(m.vm.NewTypeError("Cannot convert a Symbol value to a string"))
	}
	return v.ToString().String()
}

// eventName is the type that a listener is for.
func (m *module) eventName(v goja.Value) string {
	if _, symbol := v.(*goja.Symbol); symbol {
		m.invalidArgument("Value is a Symbol and cannot be converted to a string.")
	}
	return v.ToString().String()
}

func truthy(o *goja.Object, name string) bool {
	v := o.Get(name)
	return v != nil && v.ToBoolean()
}

// newEvent makes an Event from Go.
func (m *module) newEvent(typ string, trusted bool) (*goja.Object, *event) {
	o := m.vm.CreateObject(m.eventProto)
	e := &event{typ: typ, trusted: trusted, stamp: m.now()}
	m.rt.SetSlot(o, e)
	return o, e
}

func (m *module) defineEvent() {
	rt, vm := m.rt, m.vm
	m.event, m.eventProto = rt.Class("Event", 1, func(call goja.ConstructorCall) *goja.Object {
		m.initEvent(call)
		return nil
	})
	p := m.eventProto
	method := func(name string, length int, f func(e *event, call goja.FunctionCall) goja.Value) {
		rt.SetOperation(p, name, length, func(call goja.FunctionCall) goja.Value { return f(m.eventOf(call.This), call) })
	}
	get := func(name string, f func(e *event) any, set ...func(e *event, v goja.Value)) {
		var setter goja.Value
		if len(set) > 0 {
			setter = rt.Func("set "+name, 1, func(call goja.FunctionCall) goja.Value {
				set[0](m.eventOf(call.This), call.Argument(0))
				return goja.Undefined()
			})
		}
		p.DefineAccessorProperty(name, rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(f(m.eventOf(call.This)))
		}), setter, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	target := func(e *event) any {
		if e.target == nil {
			return goja.Null()
		}
		return e.target
	}
	rt.SetOperation(p, "initEvent", 1, func(call goja.FunctionCall) goja.Value {
		if len(call.Arguments) == 0 {
			m.missing("type")
		}
		e, ok := rt.Slot(call.This).(*event)
		if !ok {
			panic(vm.NewTypeError("Cannot write private member #bubbles to an object whose class did not declare it"))
		}
		if !e.dispatching {
			e.typ, e.bubbles, e.cancelable = call.Argument(0).String(), call.Argument(1).ToBoolean(), call.Argument(2).ToBoolean()
		}
		return goja.Undefined()
	})
	method("stopImmediatePropagation", 0, func(e *event, _ goja.FunctionCall) goja.Value {
		e.propagationStopped, e.stopped = true, true
		return goja.Undefined()
	})
	method("preventDefault", 0, func(e *event, _ goja.FunctionCall) goja.Value {
		e.prevented = e.prevented || !e.passive
		return goja.Undefined()
	})
	get("target", target)
	get("currentTarget", func(e *event) any {
		if !e.dispatching {
			return goja.Null()
		}
		return target(e)
	})
	get("srcElement", target)
	get("type", func(e *event) any { return e.typ })
	get("cancelable", func(e *event) any { return e.cancelable })
	get("defaultPrevented", func(e *event) any { return e.cancelable && e.prevented })
	get("timeStamp", func(e *event) any { return e.stamp })
	method("composedPath", 0, func(e *event, _ goja.FunctionCall) goja.Value {
		if !e.dispatching {
			return vm.NewArray()
		}
		return vm.NewArray(target(e))
	})
	get("returnValue", func(e *event) any { return !e.cancelable || !e.prevented }, func(e *event, v goja.Value) {
		e.prevented = e.prevented || !v.ToBoolean() && !e.passive
	})
	get("bubbles", func(e *event) any { return e.bubbles })
	get("composed", func(e *event) any { return e.composed })
	get("eventPhase", func(e *event) any {
		if e.dispatching {
			return 2
		}
		return 0
	})
	get("cancelBubble", func(e *event) any { return e.propagationStopped }, func(e *event, v goja.Value) {
		e.propagationStopped = e.propagationStopped || v.ToBoolean()
	})
	method("stopPropagation", 0, func(e *event, _ goja.FunctionCall) goja.Value {
		e.propagationStopped = true
		return goja.Undefined()
	})
	p.DefineAccessorProperty("isTrusted", rt.Func("get isTrusted", 0, func(call goja.FunctionCall) goja.Value {
		e, ok := rt.Slot(call.This).(*event)
		return vm.ToValue(ok && e.trusted)
	}), nil, goja.FLAG_FALSE, goja.FLAG_TRUE)
	tag(rt, p, "Event")
	m.customInspect(p, "Event", func(v goja.Value) map[string]any {
		e := m.eventOf(v)
		return map[string]any{"type": e.typ, "defaultPrevented": e.prevented, "cancelable": e.cancelable, "timeStamp": e.stamp}
	}, "type", "defaultPrevented", "cancelable", "timeStamp")
	for i, name := range []string{"NONE", "CAPTURING_PHASE", "AT_TARGET", "BUBBLING_PHASE"} {
		m.event.DefineDataProperty(name, vm.ToValue(i), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_TRUE)
	}

	var proto *goja.Object
	m.customEvent, proto = rt.Class("CustomEvent", 1, func(call goja.ConstructorCall) *goja.Object {
		e := m.initEvent(call)
		e.detail = goja.Null()
		if o, ok := call.Argument(1).(*goja.Object); ok {
			if v := o.Get("detail"); v != nil && !goja.IsUndefined(v) {
				e.detail = v
			}
		}
		return nil
	})
	m.customEvent.SetPrototype(m.event)
	proto.SetPrototype(p)
	proto.DefineAccessorProperty("detail", rt.Func("get detail", 0, func(call goja.FunctionCall) goja.Value {
		e, ok := rt.Slot(call.This).(*event)
		if !ok || e.detail == nil {
			panic(rt.NewError("ERR_INVALID_THIS", "CustomEvent"))
		}
		return e.detail
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	tag(rt, proto, "CustomEvent")
}

// customInspect shows an object as its class's name and some properties, in this order.
func (m *module) customInspect(proto *goja.Object, class string, properties func(v goja.Value) map[string]any, order ...string) {
	rt, vm := m.rt, m.vm
	sym := rt.SymbolFor("nodejs.util.inspect.custom")
	proto.DefineDataPropertySymbol(sym, rt.Method("[nodejs.util.inspect.custom]", 2, func(call goja.FunctionCall) goja.Value {
		values := properties(call.This)
		name := class
		if c, ok := call.This.ToObject(vm).Get("constructor").(*goja.Object); ok {
			name = c.Get("name").String()
		}
		if depth := call.Argument(0); goja.IsNumber(depth) && depth.ToInteger() < 0 {
			if class == "AbortController" {
				return call.This
			}
			return vm.ToValue(name)
		}
		if options := call.Argument(1); goja.IsUndefined(options) || goja.IsNull(options) {
			panic(vm.NewTypeError("Cannot read properties of %s (reading 'depth')", options))
		}
		o := vm.NewObject()
		for _, k := range order {
			o.Set(k, values[k])
		}
		options := vm.NewObject()
		if given, ok := call.Argument(1).(*goja.Object); ok {
			for _, k := range given.Keys() {
				options.Set(k, given.Get(k))
			}
			if depth := given.Get("depth"); depth != nil && goja.IsNumber(depth) {
				options.Set("depth", depth.ToInteger()-1)
			}
		}
		text := rt.CallMethod(rt.Require("util"), "inspect", o, options).String()
		return vm.ToValue(strings.TrimSpace(name + " " + text))
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

// now is performance.now, for time stamps.
func (m *module) now() float64 { return m.rt.Uptime().Seconds() * 1e3 }
