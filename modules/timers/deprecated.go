package timers

import (
	"math"

	"github.com/dop251/goja"
)

// exportDeprecated adds timers.enroll and its kin, which make timers of a script's own objects.
func (s *timers) exportDeprecated(exports *goja.Object) {
	export := func(name, instead, code string, length int, f func(call goja.FunctionCall, item func() *goja.Object)) {
		warned := false
		s.rt.SetFunc(exports, name, length, func(call goja.FunctionCall) goja.Value {
			if !warned {
				warned = true
				s.warn("timers."+name+"() is deprecated. Please use "+instead+" instead.", "DeprecationWarning", code)
			}
			f(call, func() *goja.Object { return call.Argument(0).ToObject(s.rt.VM()) })
			return goja.Undefined()
		})
	}
	export("_unrefActive", "timeout.refresh()", "DEP0127", 1, func(_ goja.FunctionCall, item func() *goja.Object) {
		s.activate(item(), false)
	})
	export("active", "timeout.refresh()", "DEP0126", 1, func(_ goja.FunctionCall, item func() *goja.Object) {
		s.activate(item(), true)
	})
	export("unenroll", "clearTimeout", "DEP0096", 1, func(call goja.FunctionCall, get func() *goja.Object) {
		item := get()
		if t, ok := s.rt.Slot(item).(*timeout); ok {
			s.unenroll(t)
		} else if d := item.Get("_destroyed"); d == nil || !d.ToBoolean() {
			if item != call.Argument(0) {
				panic(s.rt.VM().NewTypeError("Cannot create property '_destroyed' on " + call.Argument(0).String()))
			}
			item.Set("_destroyed", true)
			item.Set("_idleTimeout", -1)
		}
	})
	export("enroll", "setTimeout", "DEP0095", 2, func(call goja.FunctionCall, get func() *goja.Object) {
		ms := s.duration(call.Argument(1))
		item := get()
		if item != call.Argument(0) {
			panic(s.rt.VM().NewTypeError("Cannot create property '_idleNext' on " + call.Argument(0).String()))
		}
		if t, ok := s.rt.Slot(item).(*timeout); ok {
			if t.list != nil {
				s.unenroll(t)
			}
			t.setIdle(ms)
			return
		}
		item.Set("_idleNext", item)
		item.Set("_idlePrev", item)
		item.Set("_idleTimeout", ms)
	})
}

// activate starts the timer of an object by its _idleTimeout.
func (s *timers) activate(item *goja.Object, ref bool) {
	t, ok := s.rt.Slot(item).(*timeout)
	if !ok {
		t = &timeout{object: item, foreign: true}
	}
	if t.foreign {
		idle := item.Get("_idleTimeout")
		if idle == nil || goja.IsUndefined(idle) || idle.ToFloat() < 0 {
			return
		}
		t.idle = idle.ToFloat()
		if !ok {
			s.lastID++
			t.id, t.destroyed, t.async = s.lastID, true, s.rt.StartAsync("Timeout", item)
			s.rt.SetSlot(item, t)
		}
	}
	s.refresh(t, ref)
	if t.foreign {
		item.Set("_idleStart", t.start)
		item.Set("_idleNext", item)
		item.Set("_idlePrev", item)
	}
}

func (t *timeout) foreignCall(s *timers) (goja.Value, []goja.Value) {
	t.repeat = 0
	if r := t.object.Get("_repeat"); r != nil && r.ToBoolean() {
		t.repeat = max(r.ToFloat(), 1)
	}
	var args []goja.Value
	if list, ok := t.object.Get("_timerArgs").(*goja.Object); ok {
		s.rt.ForOf(list, func(v goja.Value) bool {
			args = append(args, v)
			return true
		})
	}
	return t.object.Get("_onTimeout"), args
}

// duration checks the milliseconds given to enroll.
func (s *timers) duration(v goja.Value) float64 {
	ms := s.rt.ValidateNumber(v, "msecs", math.NaN(), math.NaN())
	if ms < 0 || math.IsNaN(ms) || math.IsInf(ms, 0) {
		s.rt.ThrowOutOfRange("msecs", "a non-negative finite number", v)
	}
	if ms > maxTimeout {
		s.warn(v.String()+" does not fit into a 32-bit signed integer.\nTimer duration was truncated to 2147483647.",
			"TimeoutOverflowWarning")
		return maxTimeout
	}
	return ms
}
