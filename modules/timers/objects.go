package timers

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// this returns the timer that a method was called on; other objects do not mind, but nothing happens.
func (s *timers) this(v goja.Value) *timeout {
	t, _ := s.rt.Slot(v.ToObject(s.rt.VM())).(*timeout)
	return t
}

func (s *timers) makeTimeoutClass() {
	rt, vm := s.rt, s.rt.VM()
	class, proto := rt.Class("Timeout", 5, func(call goja.ConstructorCall) *goja.Object {
		t := s.start(call.Argument(0), call.Argument(1), nil, call.Argument(3).ToBoolean(), call.Argument(4).ToBoolean())
		s.queue.remove(t)
		return t.object
	})
	_ = class
	s.timeoutProto = proto
	method := func(name string, f func(t *timeout, self goja.Value) goja.Value) {
		rt.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			if t := s.this(call.This); t != nil {
				return f(t, call.This)
			}
			return call.This
		})
	}
	method("refresh", func(t *timeout, self goja.Value) goja.Value {
		s.refresh(t, t.refed)
		return self
	})
	method("unref", func(t *timeout, self goja.Value) goja.Value {
		if t.refed {
			t.refed = false
			if !t.destroyed {
				s.queue.unref()
			}
		}
		return self
	})
	method("ref", func(t *timeout, self goja.Value) goja.Value {
		if !t.refed {
			t.refed = true
			if !t.destroyed {
				s.queue.ref()
			}
		}
		return self
	})
	method("hasRef", func(t *timeout, _ goja.Value) goja.Value { return vm.ToValue(t.refed) })
	rt.SetFunc(proto, "close", 0, func(call goja.FunctionCall) goja.Value {
		if t := s.this(call.This); t != nil {
			s.clear(t)
		}
		return call.This
	})
	symbolMethod(rt, proto, goja.SymToPrimitive, "[Symbol.toPrimitive]", func(this goja.Value) goja.Value {
		t := s.this(this)
		if t == nil {
			return goja.Undefined()
		}
		t.hasPrimitive = true
		s.known[t.id] = t
		return vm.ToValue(t.id)
	})
	dispose(rt, proto, func(this goja.Value) { s.clear(s.this(this)) })

	field := func(name string, get func(t *timeout) any, set func(t *timeout, v goja.Value)) {
		rt.SetGetter(proto, name, func(this goja.Value) goja.Value {
			if t, ok := rt.Slot(this).(*timeout); ok {
				return vm.ToValue(get(t))
			}
			return goja.Undefined()
		}, func(this, v goja.Value) {
			if t, ok := rt.Slot(this).(*timeout); ok && set != nil {
				set(t, v)
			}
		})
	}
	field("_idleTimeout", func(t *timeout) any { return t.idle }, func(t *timeout, v goja.Value) { t.idle = v.ToFloat() })
	field("_idleStart", func(t *timeout) any { return t.start }, nil)
	field("_onTimeout", func(t *timeout) any { return orNull(t.call) }, func(t *timeout, v goja.Value) { t.call = v })
	field("_repeat", func(t *timeout) any {
		if t.repeat == 0 {
			return nil
		}
		return t.repeat
	}, func(t *timeout, v goja.Value) {
		t.repeat = 0
		if v.ToBoolean() {
			t.repeat = max(v.ToFloat(), 1)
		}
	})
	field("_destroyed", func(t *timeout) any { return t.destroyed }, nil)
	field("_idleNext", func(t *timeout) any { return s.neighbour(t) }, nil)
	field("_idlePrev", func(t *timeout) any { return s.neighbour(t) }, nil)
	s.customInspect(proto)
}

func (s *timers) makeImmediateClass() {
	rt, vm := s.rt, s.rt.VM()
	_, proto := rt.Class("Immediate", 2, func(call goja.ConstructorCall) *goja.Object {
		return s.startImmediate(call.Argument(0), nil).object
	})
	s.immediateProto = proto
	method := func(name string, f func(im *immediate, self goja.Value) goja.Value) {
		rt.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			if im, ok := rt.Slot(call.This.ToObject(vm)).(*immediate); ok {
				return f(im, call.This)
			}
			return call.This
		})
	}
	method("ref", func(im *immediate, self goja.Value) goja.Value {
		im.immediate.Ref()
		return self
	})
	method("unref", func(im *immediate, self goja.Value) goja.Value {
		im.immediate.Unref()
		return self
	})
	method("hasRef", func(im *immediate, _ goja.Value) goja.Value {
		return vm.ToValue(!im.destroyed && im.immediate.HasRef())
	})
	dispose(rt, proto, func(this goja.Value) {
		if im, ok := rt.Slot(this).(*immediate); ok {
			im.clear()
		}
	})
	field := func(name string, get func(im *immediate) any, set func(im *immediate, v goja.Value)) {
		rt.SetGetter(proto, name, func(this goja.Value) goja.Value {
			if im, ok := rt.Slot(this).(*immediate); ok {
				return vm.ToValue(get(im))
			}
			return goja.Undefined()
		}, func(this, v goja.Value) {
			if im, ok := rt.Slot(this).(*immediate); ok && set != nil {
				set(im, v)
			}
		})
	}
	field("_onImmediate", func(im *immediate) any { return orNull(im.call) }, func(im *immediate, v goja.Value) { im.call = v })
	field("_destroyed", func(im *immediate) any { return im.destroyed }, nil)
	s.customInspect(proto)
}

func orNull(v goja.Value) goja.Value {
	if v == nil {
		return goja.Null()
	}
	return v
}

func symbolMethod(rt *runtime.Runtime, o *goja.Object, symbol *goja.Symbol, name string, f func(this goja.Value) goja.Value) {
	o.DefineDataPropertySymbol(symbol, rt.Func(name, 0, func(call goja.FunctionCall) goja.Value { return f(call.This) }),
		goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
}

func dispose(rt *runtime.Runtime, o *goja.Object, f func(this goja.Value)) {
	if symbol, ok := rt.Member(rt.Intrinsic("Symbol"), "dispose").(*goja.Symbol); ok {
		symbolMethod(rt, o, symbol, "[Symbol.dispose]", func(this goja.Value) goja.Value {
			f(this)
			return goja.Undefined()
		})
	}
}

// shape is what util.inspect shows of timers: the properties that they have in Node.
type shape struct {
	timersList                              *goja.Object // prototype of TimersList
	refed, hasPrimitive, asyncID, triggerID *goja.Symbol
	context                                 *goja.Symbol
}

func (s *timers) shapes() *shape {
	if s.shape == nil {
		s.shape = &shape{
			refed: goja.NewSymbol("refed"), hasPrimitive: goja.NewSymbol("kHasPrimitive"),
			asyncID: goja.NewSymbol("asyncId"), triggerID: goja.NewSymbol("triggerId"),
			context: goja.NewSymbol("kAsyncContextFrame"),
		}
		_, s.shape.timersList = s.rt.Class("TimersList", 2, func(goja.ConstructorCall) *goja.Object { return nil })
	}
	return s.shape
}

// neighbour stands for what _idleNext and _idlePrev refer to: something while the timer runs.
func (s *timers) neighbour(t *timeout) goja.Value {
	if t.list == nil {
		return goja.Null()
	}
	o := s.rt.VM().CreateObject(s.shapes().timersList)
	o.Set("expiry", t.list.expiry)
	o.Set("msecs", t.list.msecs)
	return o
}

func (s *timers) customInspect(proto *goja.Object) {
	rt, vm := s.rt, s.rt.VM()
	proto.DefineDataPropertySymbol(rt.SymbolFor("nodejs.util.inspect.custom"), rt.Func("[nodejs.util.inspect.custom]", 2,
		func(call goja.FunctionCall) goja.Value {
			shown := vm.CreateObject(proto)
			own := func(name string, v any) {
				shown.DefineDataProperty(name, vm.ToValue(v), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
			}
			sh := s.shapes()
			switch t := rt.Slot(call.This).(type) {
			case *timeout:
				own("_idleTimeout", t.idle)
				own("_idlePrev", s.neighbour(t))
				own("_idleNext", s.neighbour(t))
				own("_idleStart", t.start)
				own("_onTimeout", orNull(t.call))
				own("_timerArgs", s.array(t.args))
				own("_repeat", proto.Get("_repeat"))
				if t.repeat != 0 {
					own("_repeat", t.repeat)
				} else {
					own("_repeat", goja.Null())
				}
				own("_destroyed", t.destroyed)
				shown.SetSymbol(sh.refed, t.refed)
				shown.SetSymbol(sh.hasPrimitive, t.hasPrimitive)
				shown.SetSymbol(sh.asyncID, t.id)
				shown.SetSymbol(sh.triggerID, 1)
				shown.SetSymbol(sh.context, goja.Undefined())
			case *immediate:
				own("_idleNext", goja.Null())
				own("_idlePrev", goja.Null())
				own("_onImmediate", orNull(t.call))
				own("_argv", s.array(t.args))
				own("_destroyed", t.destroyed)
				if !t.destroyed {
					shown.SetSymbol(sh.refed, t.immediate.HasRef())
				} else {
					shown.SetSymbol(sh.refed, goja.Null())
				}
				shown.SetSymbol(sh.asyncID, 1)
				shown.SetSymbol(sh.triggerID, 1)
				shown.SetSymbol(sh.context, goja.Undefined())
			}
			options := vm.NewObject()
			if given, ok := call.Argument(1).(*goja.Object); ok {
				for _, k := range given.Keys() {
					options.Set(k, given.Get(k))
				}
			}
			options.Set("depth", 0)
			options.Set("customInspect", false)
			return rt.CallMethod(rt.Require("util"), "inspect", shown, options)
		}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}

func (s *timers) array(values []goja.Value) goja.Value {
	if values == nil {
		return goja.Undefined()
	}
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return s.rt.VM().NewArray(all...)
}
