// Package emitter is Node's class EventEmitter in Go, and the way in which Go code emits events and listens to them. It runs on
// the loop goroutine, in JavaScript's macrotasks.
package emitter

import (
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// Host is what emitters need of the runtime that they belong to.
type Host interface {
	// Require gives the exports of a built-in module; Loaded tells whether it has been required yet.
	Require(name string) *goja.Object
	Loaded(name string) bool
	// NextTick queues f for the nextTick queue.
	NextTick(f func())
	// Unheard is told of an error that an emitter throws because nobody listens to 'error'.
	Unheard(err goja.Value, emitter *goja.Object)
}

// Emitters are the emitters of one runtime. Loop goroutine only, inside Enter or a native.
type Emitters struct {
	js    *engine.Engine
	vm    *goja.Runtime
	host  Host
	class *class // once it is needed
}

// New gives a runtime its emitters. The class is made when it is first needed.
func New(js *engine.Engine, host Host) *Emitters {
	return &Emitters{js: js, vm: js.VM(), host: host}
}

// class is EventEmitter itself: its methods are Go functions, and what scripts see of an emitter
// (`_events`, `_eventsCount`, `_maxListeners`) is laid out as in Node, because packages reach for it.
type class struct {
	constructor, prototype *goja.Object

	// The methods as they were made; a method that still is the original is called without a detour through JavaScript.
	emit, on, once, removeListener *goja.Object

	capture, errorMonitor, rejection, shapeMode *goja.Symbol
	maxListeners, warned                        *goja.Symbol // of EventTargets

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

func (k eventKey) toValue(m *Emitters) goja.Value {
	if k.value != nil {
		return k.value
	}
	return m.vm.ToValue(k.name)
}

// EventEmitter is the class that module events exports. Loop goroutine only.
func (m *Emitters) EventEmitter() *goja.Object { return m.eventEmitter().constructor }

// EmitterSymbols are the well-known symbols of module events.
func (m *Emitters) EmitterSymbols() (capture, errorMonitor, rejection *goja.Symbol) {
	e := m.eventEmitter()
	return e.capture, e.errorMonitor, e.rejection
}

// EventTargetSymbols are the symbols under which an EventTarget has its limit of listeners and whether it has warned of more:
// kMaxEventTargetListeners and kMaxEventTargetListenersWarned of module events. Loop goroutine only.
func (m *Emitters) EventTargetSymbols() (maxListeners, warned *goja.Symbol) {
	e := m.eventEmitter()
	return e.maxListeners, e.warned
}

// DefaultMaxListeners is EventEmitter.defaultMaxListeners; a non-nil set replaces it.
func (m *Emitters) DefaultMaxListeners(set goja.Value) goja.Value {
	e := m.eventEmitter()
	if set != nil {
		e.defaultMax = set
	}
	return e.defaultMax
}

// InitEmitter makes o an emitter, as EventEmitter.call(o, options) does; its prototype should follow
// EventEmitter.prototype. options may be nil.
func (m *Emitters) InitEmitter(o *goja.Object, options goja.Value) { m.initEmitter(o, options) }

func (m *Emitters) initEmitter(this *goja.Object, options goja.Value) {
	e := m.eventEmitter()
	if m.kept(this) != nil {
		if m.wantsCapture(options) || e.prototype.GetSymbol(e.capture).ToBoolean() {
			this.SetSymbol(e.capture, true)
		}
		return
	}
	events := this.Get("_events")
	fresh := events == nil || goja.IsUndefined(events)
	if !fresh {
		if proto := this.Prototype(); proto != nil {
			inherited := proto.Get("_events")
			fresh = inherited != nil && inherited.StrictEquals(events)
		}
	}
	if fresh {
		this.Set("_events", m.vm.CreateObject(nil))
		this.Set("_eventsCount", 0)
	}
	if v := this.Get("_maxListeners"); v == nil || !v.ToBoolean() {
		this.Set("_maxListeners", goja.Undefined())
	}
	capture := e.prototype.GetSymbol(e.capture)
	if m.wantsCapture(options) {
		capture = m.vm.ToValue(true)
	}
	// Nothing reads the mode here; it is what an emitter looks like when it is printed.
	this.SetSymbol(e.shapeMode, !fresh)
	this.SetSymbol(e.capture, capture)
}

// wantsCapture reads options.captureRejections.
func (m *Emitters) wantsCapture(options goja.Value) bool {
	if o, ok := options.(*goja.Object); ok {
		if v := o.Get("captureRejections"); v != nil && v.ToBoolean() {
			m.js.ValidateBoolean(v, "options.captureRejections")
			return true
		}
	}
	return false
}

// Emit emits an event: directly where emit is EventEmitter's own, else through the object's method. It tells whether
// there were listeners. Loop goroutine, inside Enter or a native.
func (m *Emitters) Emit(o *goja.Object, name string, args ...goja.Value) bool {
	return m.emitThrough(o, eventKey{name: name}, args)
}

// EmitSymbol is Emit for an event named by a symbol.
func (m *Emitters) EmitSymbol(o *goja.Object, sym *goja.Symbol, args ...goja.Value) bool {
	return m.emitThrough(o, eventKey{sym: sym, value: sym}, args)
}

func (m *Emitters) emitThrough(o *goja.Object, key eventKey, args []goja.Value) bool {
	emit := engine.Property(o, "emit")
	if emit == goja.Value(m.eventEmitter().emit) {
		return m.emit(o, key, args)
	}
	return m.js.Apply(emit, o, append([]goja.Value{key.toValue(m)}, args...)...).ToBoolean()
}

// AddListener adds a listener, through the object's own `on` if that is not EventEmitter's.
func (m *Emitters) AddListener(o *goja.Object, name string, listener *goja.Object) {
	m.callOn(o, eventKey{name: name}, listener)
}

// AddOnceListener is AddListener for one event only.
func (m *Emitters) AddOnceListener(o *goja.Object, name string, listener *goja.Object) {
	once := engine.Property(o, "once")
	if once == goja.Value(m.eventEmitter().once) {
		key := eventKey{name: name}
		m.callOn(o, key, m.onceWrap(o, key, listener))
		return
	}
	m.js.Apply(once, o, m.vm.ToValue(name), listener)
}

// RemoveListener removes a listener, through the object's own method if that is not EventEmitter's.
func (m *Emitters) RemoveListener(o *goja.Object, name string, listener *goja.Object) {
	m.callRemove(o, eventKey{name: name}, listener)
}

// ListenerCount is how many listeners the event has.
func (m *Emitters) ListenerCount(o *goja.Object, name string) int {
	return len(m.listenersOf(o, eventKey{name: name}))
}

// HasListener tells whether the event has listeners, cheaply.
func (m *Emitters) HasListener(o *goja.Object, name string) bool {
	return m.eventsOf(o).listener(name) != nil
}

// Listens tells whether fn, which may be nil for none, is the only listener that the event has.
func (m *Emitters) Listens(o *goja.Object, name string, fn *goja.Object) bool {
	v := m.eventsOf(o).listener(name)
	return v == nil && fn == nil || fn != nil && v == goja.Value(fn)
}

// ListensFor tells whether all events that the emitter has listeners of, or has had, are among those that f accepts.
func (m *Emitters) ListensFor(o *goja.Object, f func(name string) bool) bool {
	return m.eventsOf(o).all(f)
}

func (m *Emitters) callOn(o *goja.Object, key eventKey, listener *goja.Object) {
	on := engine.Property(o, "on")
	if on == goja.Value(m.eventEmitter().on) {
		m.addListener(o, key, listener, false)
		return
	}
	m.js.Apply(on, o, key.toValue(m), listener)
}

func (m *Emitters) callRemove(o *goja.Object, key eventKey, listener *goja.Object) {
	remove := engine.Property(o, "removeListener")
	if remove == goja.Value(m.eventEmitter().removeListener) {
		m.removeListener(o, key, listener)
		return
	}
	m.js.Apply(remove, o, key.toValue(m), listener)
}

func (m *Emitters) emit(this *goja.Object, key eventKey, args []goja.Value) bool {
	events := m.eventsOf(this)
	if key.sym == nil && key.name == "error" {
		e := m.eventEmitter()
		if events.get(eventKey{sym: e.errorMonitor}) != nil {
			m.EmitSymbol(this, e.errorMonitor, args...)
		}
		if events.get(key) == nil {
			m.throwUnhandled(this, args)
		}
	}
	handler, ok := events.get(key).(*goja.Object)
	if !ok {
		return false
	}
	alone := handler.ClassName() != "Array"
	m.js.Emitting(engine.Emission{This: this, Event: key.name, Alone: alone})
	defer m.js.Emitted()
	if alone {
		result := m.js.Apply(handler, this, args...)
		if o, ok := result.(*goja.Object); ok {
			m.captureRejection(this, o, key, args)
		}
		return true
	}
	var few [6]goja.Value
	for _, listener := range elements(handler, few[:0]) {
		result := m.js.Apply(listener, this, args...)
		if o, ok := result.(*goja.Object); ok {
			m.captureRejection(this, o, key, args)
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
func (m *Emitters) throwUnhandled(emitter *goja.Object, args []goja.Value) {
	er := goja.Undefined()
	if len(args) > 0 {
		er = args[0]
	}
	if o, ok := er.(*goja.Object); ok && (m.js.IsError(o) || m.vm.InstanceOf(o, m.js.Intrinsic("Error"))) {
		m.host.Unheard(er, emitter)
		m.js.Throw(er)
	}
	text := ""
	if m.vm.Try(func() { text = m.js.Inspect(er) }) != nil {
		text = er.String()
	}
	err := m.js.NewError("ERR_UNHANDLED_ERROR", text)
	err.Set("context", er)
	m.host.Unheard(err, emitter)
	m.js.Throw(err)
}

// captureRejection passes the rejection of a promise that a listener returned to 'error', if the emitter wants that.
func (m *Emitters) captureRejection(this, promise *goja.Object, key eventKey, args []goja.Value) {
	e := m.eventEmitter()
	if v := this.GetSymbol(e.capture); v == nil || !v.ToBoolean() {
		return
	}
	args = append([]goja.Value(nil), args...)
	ex := m.vm.Try(func() {
		then := m.js.Member(promise, "then")
		if _, ok := goja.AssertFunction(then); !ok {
			return
		}
		m.js.Apply(then, promise, goja.Undefined(), m.js.Func("", 1, func(call goja.FunctionCall) goja.Value {
			reason := call.Argument(0)
			m.host.NextTick(func() { m.emitRejection(this, reason, key, args) })
			return goja.Undefined()
		}))
	})
	if ex != nil {
		m.Emit(this, "error", ex.Value())
	}
}

func (m *Emitters) emitRejection(this *goja.Object, reason goja.Value, key eventKey, args []goja.Value) {
	e := m.eventEmitter()
	if handler, ok := this.GetSymbol(e.rejection).(*goja.Object); ok {
		m.js.Apply(handler, this, append([]goja.Value{reason, key.toValue(m)}, args...)...)
		return
	}
	before := this.GetSymbol(e.capture)
	this.SetSymbol(e.capture, false)
	defer this.SetSymbol(e.capture, before)
	m.Emit(this, "error", reason)
}

func (m *Emitters) maxListeners(this *goja.Object) goja.Value {
	if v := this.Get("_maxListeners"); v != nil && !goja.IsUndefined(v) {
		return v
	}
	return m.eventEmitter().defaultMax
}

// original is what scripts know a listener by: the function that a once wrapper wraps.
func original(listener *goja.Object) *goja.Object {
	if o, ok := listener.Get("listener").(*goja.Object); ok {
		return o
	}
	return listener
}

func (m *Emitters) addListener(target *goja.Object, key eventKey, listener *goja.Object, prepend bool) {
	events := m.eventsOf(target)
	if events.none() {
		events = m.resetEvents(target)
	} else if events.listener("newListener") != nil {
		m.Emit(target, "newListener", key.toValue(m), original(listener))
		events = m.eventsOf(target)
	}
	existing, _ := events.get(key).(*goja.Object)
	if existing == nil {
		events.set(key, listener)
		m.countEvents(target, events, +1)
		return
	}
	if existing.ClassName() != "Array" {
		if prepend {
			existing = m.vm.NewArray(listener, existing)
		} else {
			existing = m.vm.NewArray(existing, listener)
		}
		events.set(key, existing)
	} else if prepend {
		m.js.CallMethod(existing, "unshift", listener)
	} else {
		existing.Set(existing.Get("length").String(), listener)
	}
	if limit := m.maxListeners(target).ToFloat(); limit > 0 {
		count := existing.Get("length").ToInteger()
		if warned := existing.Get("warned"); float64(count) > limit && (warned == nil || !warned.ToBoolean()) {
			existing.Set("warned", true)
			m.warnLeak(target, key, count, limit)
		}
	}
}

func (m *Emitters) warnLeak(target *goja.Object, key eventKey, count int64, limit float64) {
	name := key.toValue(m)
	label := name.String()
	if key.sym != nil {
		label = key.sym.String()
	}
	w := m.js.NewPlainError("Error", "Possible EventEmitter memory leak detected. "+strconv.FormatInt(count, 10)+" "+label+
		" listeners added to "+m.js.InspectWith(target, map[string]any{"depth": -1})+". MaxListeners is "+
		m.vm.ToValue(limit).String()+". Use emitter.setMaxListeners() to increase limit")
	w.Set("name", "MaxListenersExceededWarning")
	w.Set("emitter", target)
	w.Set("type", name)
	w.Set("count", count)
	m.js.CallMethod(m.host.Require("process"), "emitWarning", w)
}

// onceWrap makes the function that removes itself when first called.
func (m *Emitters) onceWrap(target *goja.Object, key eventKey, listener *goja.Object) *goja.Object {
	fired := false
	var wrap *goja.Object
	wrap = m.js.Method("bound onceWrapper", 0, func(call goja.FunctionCall) goja.Value {
		if fired {
			return goja.Undefined()
		}
		m.callRemove(target, key, wrap)
		fired = true
		m.js.Emitting(engine.Emission{This: target, Once: true})
		defer m.js.Emitted()
		return m.js.Apply(listener, target, call.Arguments...)
	})
	wrap.Set("listener", listener)
	return wrap
}

func (m *Emitters) removeListener(target *goja.Object, key eventKey, listener *goja.Object) {
	events := m.eventsOf(target)
	list, _ := events.get(key).(*goja.Object)
	if list == nil {
		return
	}
	if list.ClassName() != "Array" {
		if list != listener && list.Get("listener") != goja.Value(listener) {
			return
		}
		if m.countEvents(target, events, -1) == 0 {
			m.resetEvents(target)
			return
		}
		events.delete(key)
		if v := events.listener("removeListener"); v != nil && v.ToBoolean() {
			m.Emit(target, "removeListener", key.toValue(m), original(list))
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
			events.set(key, list)
		} else {
			for j := i; j+1 < len(all); j++ {
				list.Set(strconv.Itoa(j), all[j+1])
			}
			list.Set("length", len(all)-1)
		}
		if events.listener("removeListener") != nil {
			m.Emit(target, "removeListener", key.toValue(m), listener)
		}
		return
	}
}

func (m *Emitters) removeAllEvents(this *goja.Object) {
	events := m.eventsOf(this)
	if events.none() {
		return
	}
	if events.listener("removeListener") != nil {
		for _, k := range ownKeys(m, events.toObject(m)) {
			if key := keyOf(k.(goja.Value)); key.sym != nil || key.name != "removeListener" {
				m.js.CallMethod(this, "removeAllListeners", key.value)
			}
		}
		m.js.CallMethod(this, "removeAllListeners", m.vm.ToValue("removeListener"))
	}
	m.resetEvents(this)
}

func (m *Emitters) removeAllListeners(this *goja.Object, key eventKey) {
	events := m.eventsOf(this)
	list, _ := events.get(key).(*goja.Object)
	if list == nil {
		return
	}
	if events.listener("removeListener") == nil {
		if m.countEvents(this, events, -1) == 0 {
			m.resetEvents(this)
		} else {
			events.delete(key)
		}
		return
	}
	all := m.listenersOf(this, key)
	for i := len(all) - 1; i >= 0; i-- {
		m.callRemove(this, key, all[i].(*goja.Object))
	}
}

// listenersOf returns the event's listeners, once wrappers as such.
func (m *Emitters) listenersOf(this *goja.Object, key eventKey) []goja.Value {
	list, _ := m.eventsOf(this).get(key).(*goja.Object)
	switch {
	case list == nil:
		return nil
	case list.ClassName() != "Array":
		return []goja.Value{list}
	}
	return elements(list, nil)
}

func (m *Emitters) listenerArray(listeners []goja.Value, unwrap bool) goja.Value {
	items := make([]any, len(listeners))
	for i, v := range listeners {
		if o, ok := v.(*goja.Object); ok && unwrap {
			v = original(o)
		}
		items[i] = v
	}
	return m.vm.NewArray(items...)
}

func (m *Emitters) listenerCount(this *goja.Object, call goja.FunctionCall) int {
	all := m.listenersOf(this, keyOf(call.Argument(0)))
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
func (m *Emitters) SetMaxEventTargetListeners(target, n goja.Value) bool {
	if !m.host.Loaded("internal/event_target") {
		return false
	}
	return m.js.CallMethod(m.host.Require("internal/event_target"), "setMaxListeners", target, n).ToBoolean()
}

// EmitterOn is EventEmitter.prototype.on itself, for classes that override it. listener must be a function.
func (m *Emitters) EmitterOn(o *goja.Object, event, listener goja.Value) {
	m.js.ValidateFunction(listener, "listener")
	m.addListener(o, keyOf(event), listener.(*goja.Object), false)
}

// EmitterPrepend is EventEmitter.prototype.prependListener itself.
func (m *Emitters) EmitterPrepend(o *goja.Object, event string, listener *goja.Object) {
	m.addListener(o, eventKey{name: event}, listener, true)
}

// EmitterOff is EventEmitter.prototype.removeListener itself, for classes that override it.
func (m *Emitters) EmitterOff(o *goja.Object, event, listener goja.Value) {
	m.js.ValidateFunction(listener, "listener")
	m.removeListener(o, keyOf(event), listener.(*goja.Object))
}

// EmitterOffAll is EventEmitter.prototype.removeAllListeners itself; without an event it removes all.
func (m *Emitters) EmitterOffAll(o *goja.Object, event ...goja.Value) {
	if len(event) == 0 {
		m.removeAllEvents(o)
	} else {
		m.removeAllListeners(o, keyOf(event[0]))
	}
}

// EmitFunction is EventEmitter.prototype.emit, nil as long as nobody needed the class.
func (m *Emitters) EmitFunction() *goja.Object {
	if m.class == nil {
		return nil
	}
	return m.class.emit
}
