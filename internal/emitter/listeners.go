package emitter

import (
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// Keeper is the Go state behind an emitter (see engine.SetSlot) that keeps the listeners: such an emitter has no `_events`
// object until a script asks for it. It is for objects of which there are many and few are looked at. The prototype of these
// must have accessors `_events` and `_eventsCount` over the same Listeners.
type Keeper interface {
	// Listeners are those of the emitter; nil if it has properties like any other.
	Listeners(emitter *goja.Object) *Listeners
}

// Listeners are the listeners of one emitter. The zero value is none. Loop goroutine only.
type Listeners struct {
	list   []entry
	room   [3]entry
	events goja.Value // what `_events` is, once a script has asked
	count  goja.Value // what a script has made of `_eventsCount`, after that
}

// entry is an event and its listener, or an array of them.
type entry struct {
	key   eventKey
	value goja.Value
}

// Any tells whether there are listeners, or a script may have added some itself.
func (l *Listeners) Any() bool { return l.events != nil || len(l.list) > 0 }

// Events is `_events`, which is made when first asked for.
func (l *Listeners) Events(vm *goja.Runtime) goja.Value {
	if l.events == nil {
		o := vm.CreateObject(nil)
		for _, e := range l.list {
			if e.key.sym != nil {
				o.SetSymbol(e.key.sym, e.value)
			} else {
				o.Set(e.key.name, e.value)
			}
		}
		l.events, l.count = o, vm.ToValue(len(l.list))
		l.list, l.room = nil, [3]entry{}
	}
	return l.events
}

// SetEvents is an assignment to `_events`.
func (l *Listeners) SetEvents(v goja.Value) {
	if l.events == nil {
		l.count = goja.Undefined()
		l.list, l.room = nil, [3]entry{}
	}
	l.events = v
}

// Count is `_eventsCount`.
func (l *Listeners) Count(vm *goja.Runtime) goja.Value {
	if l.events == nil {
		return vm.ToValue(len(l.list))
	}
	return l.count
}

// SetCount is an assignment to `_eventsCount`.
func (l *Listeners) SetCount(vm *goja.Runtime, v goja.Value) {
	l.Events(vm)
	l.count = v
}

func (l *Listeners) find(key eventKey) int {
	for i := range l.list {
		if k := &l.list[i].key; k.sym == key.sym && k.name == key.name {
			return i
		}
	}
	return -1
}

// events are an emitter's listeners in either form; in neither for what has none yet.
type events struct {
	kept   *Listeners
	object *goja.Object
}

func (m *Emitters) kept(o *goja.Object) *Listeners {
	if k, ok := engine.StateOf(o).(Keeper); ok {
		return k.Listeners(o)
	}
	return nil
}

func (m *Emitters) eventsOf(o *goja.Object) events {
	if l := m.kept(o); l != nil {
		if l.events == nil {
			return events{kept: l}
		}
		object, _ := l.events.(*goja.Object)
		return events{object: object}
	}
	object, _ := engine.Property(o, "_events").(*goja.Object)
	return events{object: object}
}

// resetEvents makes an emitter have no listeners.
func (m *Emitters) resetEvents(o *goja.Object) events {
	if l := m.kept(o); l != nil {
		*l = Listeners{}
		return events{kept: l}
	}
	object := m.vm.CreateObject(nil)
	o.Set("_events", object)
	o.Set("_eventsCount", 0)
	return events{object: object}
}

// countEvents changes `_eventsCount`, which kept listeners do not need.
func (m *Emitters) countEvents(target *goja.Object, events events, by int64) int64 {
	if events.kept != nil {
		n := int64(len(events.kept.list))
		if by < 0 {
			n += by // it will be deleted
		}
		return n
	}
	var n int64
	if v := target.Get("_eventsCount"); v != nil {
		n = v.ToInteger()
	}
	n += by
	target.Set("_eventsCount", n)
	return n
}

func (e events) none() bool { return e.kept == nil && e.object == nil }

// get is the listener of an event, or an array of them; nil if there is none.
func (e events) get(key eventKey) (v goja.Value) {
	switch {
	case e.kept != nil:
		if i := e.kept.find(key); i >= 0 {
			v = e.kept.list[i].value
		}
	case e.object == nil:
	case key.sym != nil:
		v = e.object.GetSymbol(key.sym)
	default:
		v = e.object.Get(key.name)
	}
	if v == nil || goja.IsUndefined(v) {
		return nil
	}
	return v
}

func (e events) listener(name string) goja.Value { return e.get(eventKey{name: name}) }

func (e events) set(key eventKey, v goja.Value) {
	switch {
	case e.kept != nil:
		l := e.kept
		if i := l.find(key); i >= 0 {
			l.list[i].value = v
			return
		}
		if l.list == nil {
			l.list = l.room[:0]
		}
		l.list = append(l.list, entry{key, v})
	case key.sym != nil:
		e.object.SetSymbol(key.sym, v)
	default:
		e.object.Set(key.name, v)
	}
}

func (e events) delete(key eventKey) {
	switch {
	case e.kept != nil:
		if i := e.kept.find(key); i >= 0 {
			e.kept.list = slices.Delete(e.kept.list, i, i+1)
		}
	case key.sym != nil:
		e.object.DeleteSymbol(key.sym)
	default:
		e.object.Delete(key.name)
	}
}

// toObject is the events as scripts see them.
func (e events) toObject(m *Emitters) *goja.Object {
	if e.kept != nil {
		return e.kept.Events(m.vm).(*goja.Object)
	}
	return e.object
}

// all tells whether f accepts all names of events; it is not asked for symbols.
func (e events) all(f func(name string) bool) bool {
	if e.kept != nil {
		return !slices.ContainsFunc(e.kept.list, func(l entry) bool { return l.key.sym == nil && !f(l.key.name) })
	}
	if e.object == nil {
		return true
	}
	return engine.EachName(e.object, f)
}
