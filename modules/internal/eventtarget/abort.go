package eventtarget

import (
	"strconv"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/errs"
	"gonode/runtime"
)

// abortSignal is the state of an AbortSignal, beside that of the target. A signal of AbortSignal.any is held by its
// sources only while somebody listens to it, as in Node.
type abortSignal struct {
	target     *target
	aborted    bool
	reason     goja.Value
	composite  bool
	sources    []*abortSignal
	dependants []weak.Pointer[abortSignal]
	held       map[*abortSignal]bool
}

func (s *abortSignal) listened(size int) {
	for _, source := range s.sources {
		if size > 0 && !s.aborted {
			if source.held == nil {
				source.held = map[*abortSignal]bool{}
			}
			source.held[s] = true
		} else {
			delete(source.held, s)
		}
	}
}

func (m *module) newSignal() *abortSignal {
	t := m.initTarget(m.vm.CreateObject(m.signalProto))
	t.signal = &abortSignal{target: t, reason: goja.Undefined()}
	return t.signal
}

func (m *module) signalOf(v goja.Value) *abortSignal {
	if t, ok := m.rt.Slot(v).(*target); ok && t.signal != nil {
		return t.signal
	}
	panic(m.rt.NewError("ERR_INVALID_THIS", "AbortSignal"))
}

func (m *module) abort(s *abortSignal, reason goja.Value) {
	if s.aborted {
		return
	}
	s.aborted, s.reason = true, reason
	if s.target.events["abort"] != nil {
		o, e := m.newEvent("abort", true)
		m.dispatch(s.target, o, e)
	}
	dependants := s.dependants
	s.dependants, s.held = nil, nil
	for _, d := range dependants {
		if dependant := d.Value(); dependant != nil {
			m.abort(dependant, reason)
		}
	}
}

func (m *module) exception(message, name string) goja.Value {
	e, err := m.vm.New(m.rt.Require("internal/domexception").Get("DOMException"), m.vm.ToValue(message), m.vm.ToValue(name))
	if err != nil {
		panic(err)
	}
	return e
}

// abortReason is the reason given, or the default.
func (m *module) abortReason(v goja.Value) goja.Value {
	if goja.IsUndefined(v) {
		return m.exception("This operation was aborted", "AbortError")
	}
	return v
}

func abortBinding(rt *runtime.Runtime) *goja.Object {
	rt.Require("internal/event_target")
	m := rt.Value(moduleKey{}).(*module)
	vm := rt.VM()
	class, proto := rt.Class("AbortSignal", 0, func(goja.ConstructorCall) *goja.Object {
		panic(rt.NewError("ERR_ILLEGAL_CONSTRUCTOR"))
	})
	m.signalProto = proto
	class.SetPrototype(m.eventTarget)
	proto.SetPrototype(m.targetProto)
	proto.DefineAccessorProperty("aborted", rt.Func("get aborted", 0, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(m.signalOf(call.This).aborted)
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	rt.SetGetter(proto, "reason", func(this goja.Value) goja.Value { return m.signalOf(this).reason }, nil)
	rt.SetMethod(proto, "throwIfAborted", 0, func(call goja.FunctionCall) goja.Value {
		if s := m.signalOf(call.This); s.aborted {
			rt.Throw(s.reason)
		}
		return goja.Undefined()
	})
	m.defineHandler(proto, "onabort", "abort")
	tag(rt, proto, "AbortSignal")
	m.customInspect(proto, "AbortSignal", func(v goja.Value) map[string]any {
		return map[string]any{"aborted": property(v.ToObject(vm), "aborted")}
	}, "aborted")
	rt.SetMethod(class, "abort", 0, func(call goja.FunctionCall) goja.Value {
		s := m.newSignal()
		s.aborted, s.reason = true, m.abortReason(call.Argument(0))
		return s.target.object
	})
	rt.SetMethod(class, "timeout", 1, func(call goja.FunctionCall) goja.Value {
		delay := rt.ValidateUint32(call.Argument(0), "delay", false)
		s := m.newSignal()
		timer := rt.CallMethod(rt.Require("timers"), "setTimeout", rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			m.abort(s, m.exception("The operation was aborted due to timeout", "TimeoutError"))
			return goja.Undefined()
		}), vm.ToValue(delay))
		rt.CallMethod(timer.(*goja.Object), "unref")
		return s.target.object
	})
	rt.SetMethod(class, "any", 1, func(call goja.FunctionCall) goja.Value {
		list, ok := call.Argument(0).(*goja.Object)
		if ok {
			_, ok = goja.AssertFunction(rt.MemberSymbol(list, goja.SymIterator))
		}
		if !ok {
			m.invalidArgument("signals cannot be converted to sequence.")
		}
		var sources []*abortSignal
		rt.ForOf(list, func(v goja.Value) bool {
			t, ok := rt.Slot(v).(*target)
			if !ok || t.signal == nil {
				m.invalidArgument("signals[" + strconv.Itoa(len(sources)) + "] is not of type AbortSignal.")
			}
			sources = append(sources, t.signal)
			return true
		})
		s := m.newSignal()
		s.composite = true
		for _, source := range sources {
			if source.aborted {
				s.aborted, s.reason = true, source.reason
				return s.target.object
			}
		}
		// A composite is replaced by its own sources.
		known := map[*abortSignal]bool{}
		depend := func(source *abortSignal) {
			if !known[source] {
				known[source] = true
				s.sources = append(s.sources, source)
				source.dependants = append(source.dependants, weak.Make(s))
			}
		}
		for _, source := range sources {
			if !source.composite {
				depend(source)
			}
			for _, deeper := range source.sources {
				depend(deeper)
			}
		}
		return s.target.object
	})

	controller, controllerProto := rt.Class("AbortController", 0, func(call goja.ConstructorCall) *goja.Object {
		rt.SetSlot(call.This, m.newSignal())
		return nil
	})
	controllerSignal := func(v goja.Value) *abortSignal {
		s, ok := rt.Slot(v).(*abortSignal)
		if !ok {
			panic(vm.NewTypeError("Cannot read private member #signal from an object whose class did not declare it"))
		}
		return s
	}
	controllerProto.DefineAccessorProperty("signal", rt.Func("get signal", 0, func(call goja.FunctionCall) goja.Value {
		return controllerSignal(call.This).target.object
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	rt.SetOperation(controllerProto, "abort", 0, func(call goja.FunctionCall) goja.Value {
		if s := controllerSignal(call.This); !s.aborted {
			m.abort(s, m.abortReason(call.Argument(0)))
		}
		return goja.Undefined()
	})
	tag(rt, controllerProto, "AbortController")
	m.customInspect(controllerProto, "AbortController", func(v goja.Value) map[string]any {
		return map[string]any{"signal": property(v.ToObject(vm), "signal")}
	}, "signal")

	exports := vm.NewObject()
	exports.Set("AbortController", controller)
	exports.Set("AbortSignal", class)
	return exports
}

// invalidArgument throws what Web IDL's conversions do.
func (m *module) invalidArgument(message string) {
	m.rt.Throw(m.rt.NewErrorOf(errs.TypeError, errs.Def{Code: "ERR_INVALID_ARG_TYPE", Message: message}))
}

func property(o *goja.Object, name string) goja.Value {
	if v := o.Get(name); v != nil {
		return v
	}
	return goja.Undefined()
}
