package runtime

import (
	"strconv"

	"github.com/dop251/goja"
)

// emitters is class EventEmitter of one runtime: its methods are Go functions, and what scripts see of an emitter
// (`_events`, `_eventsCount`, `_maxListeners`) is laid out as in Node, because packages reach for it.
type emitters struct {
	class, prototype *goja.Object

	// The methods as they were made; a method that still is the original is called without a detour through JavaScript.
	emit, on, once, removeListener *goja.Object

	capture, errorMonitor, rejection, shapeMode *goja.Symbol

	defaultMax goja.Value
}

// eventKey is an event's name: a string, or a symbol if sym is set.
type eventKey struct {
	name  string
	sym   *goja.Symbol
	value goja.Value // what scripts see, if it is known already
}

func keyOf(v goja.Value) eventKey {
	if sym, ok := v.(*goja.Symbol); ok {
		return eventKey{sym: sym, value: v}
	}
	return eventKey{name: v.String(), value: v}
}

func (k eventKey) get(o *goja.Object) goja.Value {
	var v goja.Value
	if k.sym != nil {
		v = o.GetSymbol(k.sym)
	} else {
		v = o.Get(k.name)
	}
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	return v
}

func (k eventKey) set(o *goja.Object, v goja.Value) {
	if k.sym != nil {
		o.SetSymbol(k.sym, v)
	} else {
		o.Set(k.name, v)
	}
}

func (k eventKey) delete(o *goja.Object) {
	if k.sym != nil {
		o.DeleteSymbol(k.sym)
	} else {
		o.Delete(k.name)
	}
}

func (k eventKey) toValue(rt *Runtime) goja.Value {
	if k.value != nil {
		return k.value
	}
	return rt.vm.ToValue(k.name)
}

// EventEmitter is the class that module events exports. Loop goroutine only.
func (rt *Runtime) EventEmitter() *goja.Object { return rt.emitters().class }

// EmitterSymbols are the well-known symbols of module events.
func (rt *Runtime) EmitterSymbols() (capture, errorMonitor, rejection *goja.Symbol) {
	e := rt.emitters()
	return e.capture, e.errorMonitor, e.rejection
}

// DefaultMaxListeners is EventEmitter.defaultMaxListeners; a non-nil set replaces it.
func (rt *Runtime) DefaultMaxListeners(set goja.Value) goja.Value {
	e := rt.emitters()
	if set != nil {
		e.defaultMax = set
	}
	return e.defaultMax
}

// InitEmitter makes o an emitter, as EventEmitter.call(o, options) does; its prototype should follow
// EventEmitter.prototype. options may be nil.
func (rt *Runtime) InitEmitter(o *goja.Object, options goja.Value) { rt.initEmitter(o, options) }

func (rt *Runtime) initEmitter(this *goja.Object, options goja.Value) {
	e := rt.emitters()
	events := this.Get("_events")
	fresh := events == nil || goja.IsUndefined(events)
	if !fresh {
		if proto := this.Prototype(); proto != nil {
			inherited := proto.Get("_events")
			fresh = inherited != nil && inherited.StrictEquals(events)
		}
	}
	if fresh {
		this.Set("_events", rt.vm.CreateObject(nil))
		this.Set("_eventsCount", 0)
	}
	if v := this.Get("_maxListeners"); v == nil || !v.ToBoolean() {
		this.Set("_maxListeners", goja.Undefined())
	}
	var capture goja.Value
	if o, ok := options.(*goja.Object); ok {
		if v := o.Get("captureRejections"); v != nil && v.ToBoolean() {
			rt.ValidateBoolean(v, "options.captureRejections")
			capture = v
		}
	}
	if capture == nil {
		capture = e.prototype.GetSymbol(e.capture)
	}
	// Nothing reads the mode here; it is what an emitter looks like when it is printed.
	this.SetSymbol(e.shapeMode, !fresh)
	this.SetSymbol(e.capture, capture)
}

// eventsOf returns the listeners' object of an emitter, or nil.
func eventsOf(o *goja.Object) *goja.Object {
	events, _ := o.Get("_events").(*goja.Object)
	return events
}

// Emit emits an event: directly where emit is EventEmitter's own, else through the object's method. It tells whether
// there were listeners. Loop goroutine, inside Enter or a native.
func (rt *Runtime) Emit(o *goja.Object, name string, args ...goja.Value) bool {
	return rt.emitThrough(o, eventKey{name: name}, args)
}

// EmitSymbol is Emit for an event named by a symbol.
func (rt *Runtime) EmitSymbol(o *goja.Object, sym *goja.Symbol, args ...goja.Value) bool {
	return rt.emitThrough(o, eventKey{sym: sym, value: sym}, args)
}

func (rt *Runtime) emitThrough(o *goja.Object, key eventKey, args []goja.Value) bool {
	emit := o.Get("emit")
	if emit == goja.Value(rt.emitters().emit) {
		return rt.emit(o, key, args)
	}
	return rt.Apply(emit, o, append([]goja.Value{key.toValue(rt)}, args...)...).ToBoolean()
}

// AddListener adds a listener, through the object's own `on` if that is not EventEmitter's.
func (rt *Runtime) AddListener(o *goja.Object, name string, listener *goja.Object) {
	rt.callOn(o, eventKey{name: name}, listener)
}

// AddOnceListener is AddListener for one event only.
func (rt *Runtime) AddOnceListener(o *goja.Object, name string, listener *goja.Object) {
	once := o.Get("once")
	if once == goja.Value(rt.emitters().once) {
		key := eventKey{name: name}
		rt.callOn(o, key, rt.onceWrap(o, key, listener))
		return
	}
	rt.Apply(once, o, rt.vm.ToValue(name), listener)
}

// RemoveListener removes a listener, through the object's own method if that is not EventEmitter's.
func (rt *Runtime) RemoveListener(o *goja.Object, name string, listener *goja.Object) {
	rt.callRemove(o, eventKey{name: name}, listener)
}

// ListenerCount is how many listeners the event has.
func (rt *Runtime) ListenerCount(o *goja.Object, name string) int {
	return len(rt.listenersOf(o, eventKey{name: name}))
}

// HasListener tells whether the event has listeners, cheaply.
func (rt *Runtime) HasListener(o *goja.Object, name string) bool {
	events := eventsOf(o)
	return events != nil && eventKey{name: name}.get(events) != nil
}

func (rt *Runtime) callOn(o *goja.Object, key eventKey, listener *goja.Object) {
	on := o.Get("on")
	if on == goja.Value(rt.emitters().on) {
		rt.addListener(o, key, listener, false)
		return
	}
	rt.Apply(on, o, key.toValue(rt), listener)
}

func (rt *Runtime) callRemove(o *goja.Object, key eventKey, listener *goja.Object) {
	remove := o.Get("removeListener")
	if remove == goja.Value(rt.emitters().removeListener) {
		rt.removeListener(o, key, listener)
		return
	}
	rt.Apply(remove, o, key.toValue(rt), listener)
}

func (rt *Runtime) emit(this *goja.Object, key eventKey, args []goja.Value) bool {
	events := eventsOf(this)
	isError := key.sym == nil && key.name == "error"
	if isError {
		e := rt.emitters()
		if events != nil {
			if v := events.GetSymbol(e.errorMonitor); v != nil && !goja.IsUndefined(v) {
				rt.EmitSymbol(this, e.errorMonitor, args...)
			}
		}
		if events == nil || key.get(events) == nil {
			rt.throwUnhandled(this, args)
		}
	}
	if events == nil {
		return false
	}
	handler, ok := key.get(events).(*goja.Object)
	if !ok {
		return false
	}
	if handler.ClassName() != "Array" {
		result := rt.Apply(handler, this, args...)
		if o, ok := result.(*goja.Object); ok {
			rt.captureRejection(this, o, key, args)
		}
		return true
	}
	var few [6]goja.Value
	for _, listener := range elements(handler, few[:0]) {
		result := rt.Apply(listener, this, args...)
		if o, ok := result.(*goja.Object); ok {
			rt.captureRejection(this, o, key, args)
		}
	}
	return true
}

// elements appends the elements of an array to buf.
func elements(array *goja.Object, buf []goja.Value) []goja.Value {
	n := int(array.Get("length").ToInteger())
	for i := range n {
		buf = append(buf, array.Get(strconv.Itoa(i)))
	}
	return buf
}

// throwUnhandled throws what 'error' was emitted with, there being no listener.
func (rt *Runtime) throwUnhandled(emitter *goja.Object, args []goja.Value) {
	er := goja.Undefined()
	if len(args) > 0 {
		er = args[0]
	}
	if o, ok := er.(*goja.Object); ok && (rt.IsError(o) || rt.vm.InstanceOf(o, rt.vm.Get("Error").(*goja.Object))) {
		rt.noteUnheard(er, emitter)
		rt.Throw(er)
	}
	text := ""
	if rt.vm.Try(func() { text = rt.Inspect(er) }) != nil {
		text = er.String()
	}
	err := rt.NewError("ERR_UNHANDLED_ERROR", text)
	err.Set("context", er)
	rt.noteUnheard(err, emitter)
	rt.Throw(err)
}

// captureRejection passes the rejection of a promise that a listener returned to 'error', if the emitter wants that.
func (rt *Runtime) captureRejection(this, promise *goja.Object, key eventKey, args []goja.Value) {
	e := rt.emitters()
	if v := this.GetSymbol(e.capture); v == nil || !v.ToBoolean() {
		return
	}
	args = append([]goja.Value(nil), args...)
	ex := rt.vm.Try(func() {
		then := promise.Get("then")
		if _, ok := goja.AssertFunction(then); !ok {
			return
		}
		rt.Apply(then, promise, goja.Undefined(), rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			reason := call.Argument(0)
			rt.NextTick(func() { rt.emitRejection(this, reason, key, args) })
			return goja.Undefined()
		}))
	})
	if ex != nil {
		rt.Emit(this, "error", ex.Value())
	}
}

func (rt *Runtime) emitRejection(this *goja.Object, reason goja.Value, key eventKey, args []goja.Value) {
	e := rt.emitters()
	if handler, ok := this.GetSymbol(e.rejection).(*goja.Object); ok {
		rt.Apply(handler, this, append([]goja.Value{reason, key.toValue(rt)}, args...)...)
		return
	}
	before := this.GetSymbol(e.capture)
	this.SetSymbol(e.capture, false)
	defer this.SetSymbol(e.capture, before)
	rt.Emit(this, "error", reason)
}

func (rt *Runtime) maxListeners(this *goja.Object) goja.Value {
	if v := this.Get("_maxListeners"); v != nil && !goja.IsUndefined(v) {
		return v
	}
	return rt.emitters().defaultMax
}

// original is what scripts know a listener by: the function that a once wrapper wraps.
func original(listener *goja.Object) *goja.Object {
	if o, ok := listener.Get("listener").(*goja.Object); ok {
		return o
	}
	return listener
}

func (rt *Runtime) addListener(target *goja.Object, key eventKey, listener *goja.Object, prepend bool) {
	events := eventsOf(target)
	if events == nil {
		events = rt.vm.CreateObject(nil)
		target.Set("_events", events)
		target.Set("_eventsCount", 0)
	} else if v := events.Get("newListener"); v != nil && !goja.IsUndefined(v) {
		rt.Emit(target, "newListener", key.toValue(rt), original(listener))
		events = eventsOf(target)
	}
	existing, _ := key.get(events).(*goja.Object)
	if existing == nil {
		key.set(events, listener)
		rt.countEvents(target, +1)
		return
	}
	if existing.ClassName() != "Array" {
		if prepend {
			existing = rt.vm.NewArray(listener, existing)
		} else {
			existing = rt.vm.NewArray(existing, listener)
		}
		key.set(events, existing)
	} else if prepend {
		rt.CallMethod(existing, "unshift", listener)
	} else {
		existing.Set(existing.Get("length").String(), listener)
	}
	if limit := rt.maxListeners(target).ToFloat(); limit > 0 {
		count := existing.Get("length").ToInteger()
		if warned := existing.Get("warned"); float64(count) > limit && (warned == nil || !warned.ToBoolean()) {
			existing.Set("warned", true)
			rt.warnLeak(target, key, count, limit)
		}
	}
}

func (rt *Runtime) countEvents(target *goja.Object, by int64) int64 {
	var n int64
	if v := target.Get("_eventsCount"); v != nil {
		n = v.ToInteger()
	}
	n += by
	target.Set("_eventsCount", n)
	return n
}

func (rt *Runtime) warnLeak(target *goja.Object, key eventKey, count int64, limit float64) {
	name := key.toValue(rt)
	label := name.String()
	if key.sym != nil {
		label = key.sym.String()
	}
	w := rt.NewPlainError("Error", "Possible EventEmitter memory leak detected. "+strconv.FormatInt(count, 10)+" "+label+
		" listeners added to "+rt.InspectWith(target, map[string]any{"depth": -1})+". MaxListeners is "+
		rt.vm.ToValue(limit).String()+". Use emitter.setMaxListeners() to increase limit")
	w.Set("name", "MaxListenersExceededWarning")
	w.Set("emitter", target)
	w.Set("type", name)
	w.Set("count", count)
	rt.CallMethod(rt.Require("process"), "emitWarning", w)
}

// onceWrap makes the function that removes itself when first called.
func (rt *Runtime) onceWrap(target *goja.Object, key eventKey, listener *goja.Object) *goja.Object {
	fired := false
	var wrap *goja.Object
	wrap = rt.vm.ToValue(func(call goja.FunctionCall) goja.Value {
		if fired {
			return goja.Undefined()
		}
		rt.callRemove(target, key, wrap)
		fired = true
		return rt.Apply(listener, target, call.Arguments...)
	}).(*goja.Object)
	wrap.Set("listener", listener)
	return wrap
}

func (rt *Runtime) removeListener(target *goja.Object, key eventKey, listener *goja.Object) {
	events := eventsOf(target)
	if events == nil {
		return
	}
	list, _ := key.get(events).(*goja.Object)
	if list == nil {
		return
	}
	if list.ClassName() != "Array" {
		if list != listener && list.Get("listener") != goja.Value(listener) {
			return
		}
		if rt.countEvents(target, -1) == 0 {
			target.Set("_events", rt.vm.CreateObject(nil))
			return
		}
		key.delete(events)
		if v := events.Get("removeListener"); v != nil && v.ToBoolean() {
			rt.Emit(target, "removeListener", key.toValue(rt), original(list))
		}
		return
	}
	var few [6]goja.Value
	all := elements(list, few[:0])
	for i := len(all) - 1; i >= 0; i-- {
		o, ok := all[i].(*goja.Object)
		if !ok || o != listener && o.Get("listener") != goja.Value(listener) {
			continue
		}
		if len(all) == 2 {
			list = all[1-i].(*goja.Object)
			key.set(events, list)
		} else {
			for j := i; j+1 < len(all); j++ {
				list.Set(strconv.Itoa(j), all[j+1])
			}
			list.Set("length", len(all)-1)
		}
		if v := events.Get("removeListener"); v != nil && !goja.IsUndefined(v) {
			rt.Emit(target, "removeListener", key.toValue(rt), listener)
		}
		return
	}
}

func (rt *Runtime) removeAllEvents(this *goja.Object) {
	events := eventsOf(this)
	if events == nil {
		return
	}
	if v := events.Get("removeListener"); v != nil && !goja.IsUndefined(v) {
		for _, k := range ownKeys(rt, events) {
			if key := keyOf(k.(goja.Value)); key.sym != nil || key.name != "removeListener" {
				rt.CallMethod(this, "removeAllListeners", key.value)
			}
		}
		rt.CallMethod(this, "removeAllListeners", rt.vm.ToValue("removeListener"))
	}
	this.Set("_events", rt.vm.CreateObject(nil))
	this.Set("_eventsCount", 0)
}

func (rt *Runtime) removeAllListeners(this *goja.Object, key eventKey) {
	events := eventsOf(this)
	if events == nil {
		return
	}
	list, _ := key.get(events).(*goja.Object)
	if list == nil {
		return
	}
	if v := events.Get("removeListener"); v == nil || goja.IsUndefined(v) {
		if rt.countEvents(this, -1) == 0 {
			this.Set("_events", rt.vm.CreateObject(nil))
		} else {
			key.delete(events)
		}
		return
	}
	all := rt.listenersOf(this, key)
	for i := len(all) - 1; i >= 0; i-- {
		rt.callRemove(this, key, all[i].(*goja.Object))
	}
}

// listenersOf returns the event's listeners, once wrappers as such.
func (rt *Runtime) listenersOf(this *goja.Object, key eventKey) []goja.Value {
	events := eventsOf(this)
	if events == nil {
		return nil
	}
	list, _ := key.get(events).(*goja.Object)
	switch {
	case list == nil:
		return nil
	case list.ClassName() != "Array":
		return []goja.Value{list}
	}
	return elements(list, nil)
}

func (rt *Runtime) listenerArray(listeners []goja.Value, unwrap bool) goja.Value {
	items := make([]any, len(listeners))
	for i, v := range listeners {
		if o, ok := v.(*goja.Object); ok && unwrap {
			v = original(o)
		}
		items[i] = v
	}
	return rt.vm.NewArray(items...)
}

func (rt *Runtime) listenerCount(this *goja.Object, call goja.FunctionCall) int {
	all := rt.listenersOf(this, keyOf(call.Argument(0)))
	wanted, ok := call.Argument(1).(*goja.Object)
	if !ok {
		return len(all)
	}
	n := 0
	for _, v := range all {
		if o, ok := v.(*goja.Object); ok && (o == wanted || o.Get("listener") == goja.Value(wanted)) {
			n++
		}
	}
	return n
}

// SetMaxEventTargetListeners is EventEmitter.setMaxListeners for an EventTarget; it tells whether target is one.
func (rt *Runtime) SetMaxEventTargetListeners(target, n goja.Value) bool {
	if !rt.Loaded("internal/event_target") {
		return false
	}
	return rt.CallMethod(rt.Require("internal/event_target"), "setMaxListeners", target, n).ToBoolean()
}

// EmitterOn is EventEmitter.prototype.on itself, for classes that override it. listener must be a function.
func (rt *Runtime) EmitterOn(o *goja.Object, event, listener goja.Value) {
	rt.ValidateFunction(listener, "listener")
	rt.addListener(o, keyOf(event), listener.(*goja.Object), false)
}

// EmitterPrepend is EventEmitter.prototype.prependListener itself.
func (rt *Runtime) EmitterPrepend(o *goja.Object, event string, listener *goja.Object) {
	rt.addListener(o, eventKey{name: event}, listener, true)
}

// EmitterOff is EventEmitter.prototype.removeListener itself, for classes that override it.
func (rt *Runtime) EmitterOff(o *goja.Object, event, listener goja.Value) {
	rt.ValidateFunction(listener, "listener")
	rt.removeListener(o, keyOf(event), listener.(*goja.Object))
}

// EmitterOffAll is EventEmitter.prototype.removeAllListeners itself; without an event it removes all.
func (rt *Runtime) EmitterOffAll(o *goja.Object, event ...goja.Value) {
	if len(event) == 0 {
		rt.removeAllEvents(o)
	} else {
		rt.removeAllListeners(o, keyOf(event[0]))
	}
}
