// Package timers is the modules "timers" and "timers/promises": setTimeout, setInterval, setImmediate and the objects
// they return. The timers of one duration stand in one list, and one timer of the event loop serves them all, so that
// starting and clearing cost the same however many there are. All of it belongs to the loop goroutine.
package timers

import (
	_ "embed"
	"math"
	"slices"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loop"
	"gonode/runtime"
)

// Module is "timers".
var Module = &runtime.Module{Name: "timers", Binding: binding, Globals: []runtime.Global{
	{Name: "clearInterval", Enumerable: true}, {Name: "clearTimeout", Enumerable: true},
	{Name: "setInterval", Enumerable: true}, {Name: "setTimeout", Enumerable: true},
	{Name: "clearImmediate", Enumerable: true}, {Name: "setImmediate", Enumerable: true},
}}

//go:embed promises.js
var promisesSource string

// Promises is "timers/promises".
var Promises = &runtime.Module{
	Name: "timers/promises", Script: engine.NewScript("node:timers/promises", &promisesSource), Binding: promisesBinding,
}

// maxTimeout is the longest duration in milliseconds.
const maxTimeout = 1<<31 - 1

type timers struct {
	rt             *runtime.Runtime
	queue          *queue
	timeoutProto   *goja.Object
	immediateProto *goja.Object
	known          map[int64]*timeout // timers that were turned into numbers
	lastID         int64
	shape          *shape

	warnedNegative, warnedNaN bool
}

// immediate is the Go half of an Immediate.
type immediate struct {
	rt        *runtime.Runtime
	object    *goja.Object
	immediate *loop.Immediate
	call      goja.Value // _onImmediate; undefined once it has run, nil once it is cleared
	args      []goja.Value
	async     any
	destroyed bool // it runs, has run or was cleared
}

type stateKey struct{}

// state is the runtime's timers; the two modules share them.
func state(rt *runtime.Runtime) *timers {
	if s, ok := rt.Value(stateKey{}).(*timers); ok {
		return s
	}
	s := &timers{rt: rt, known: map[int64]*timeout{}, lastID: 1}
	s.queue = newQueue(rt.Loop(), func() { s.queue.run(s.fire, rt.Exiting) })
	rt.AddActiveResources(func() []string {
		return append(slices.Repeat([]string{"Timeout"}, s.queue.refs), slices.Repeat([]string{"Immediate"}, rt.Loop().Immediates())...)
	})
	s.makeTimeoutClass()
	s.makeImmediateClass()
	rt.SetValue(stateKey{}, s)
	return s
}

func binding(rt *runtime.Runtime) *goja.Object {
	s := state(rt)
	exports := rt.VM().NewObject()
	custom := rt.SymbolFor("nodejs.util.promisify.custom")
	export := func(name string, length int, f engine.Native, promised bool) {
		fn := rt.Func(name, length, f)
		if promised {
			fn.DefineAccessorPropertySymbol(custom, rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
				return rt.Require("timers/promises").Get(name)
			}), nil, goja.FLAG_FALSE, goja.FLAG_TRUE)
		}
		exports.Set(name, fn)
	}
	export("setTimeout", 2, func(call goja.FunctionCall) goja.Value { return s.setTimer(call, false) }, true)
	export("clearTimeout", 1, s.clearTimeout, false)
	export("setImmediate", 1, s.setImmediate, true)
	export("clearImmediate", 1, s.clearImmediate, false)
	export("setInterval", 2, func(call goja.FunctionCall) goja.Value { return s.setTimer(call, true) }, false)
	export("clearInterval", 1, s.clearTimeout, false)
	exports.DefineAccessorProperty("promises", rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return rt.Require("timers/promises") }), nil,
		goja.FLAG_TRUE, goja.FLAG_TRUE)
	return exports
}

// setTimer is setTimeout and setInterval.
func (s *timers) setTimer(call goja.FunctionCall, repeat bool) goja.Value {
	callback := call.Argument(0)
	s.rt.ValidateFunction(callback, "callback")
	var args []goja.Value
	if len(call.Arguments) > 2 {
		args = append(args, call.Arguments[2:]...)
	}
	return s.start(callback, call.Argument(1), args, repeat, true).object
}

// start makes a Timeout and starts it. after is the script's value.
func (s *timers) start(callback, after goja.Value, args []goja.Value, repeat, ref bool) *timeout {
	ms := after.ToFloat()
	if !(ms >= 1 && ms <= maxTimeout) {
		const setTo = ".\nTimeout duration was set to 1."
		switch shown := after.ToNumber().String(); {
		case ms > maxTimeout:
			s.warn(shown+" does not fit into a 32-bit signed integer"+setTo, "TimeoutOverflowWarning")
		case ms < 0 && !s.warnedNegative:
			s.warnedNegative = true
			s.warn(shown+" is a negative number"+setTo, "TimeoutNegativeWarning")
		case math.IsNaN(ms) && !goja.IsUndefined(after) && !s.warnedNaN:
			s.warnedNaN = true
			s.warn(shown+" is not a number"+setTo, "TimeoutNaNWarning")
		}
		ms = 1
	}
	s.lastID++
	t := &timeout{call: callback, args: args, idle: ms, id: s.lastID, refed: ref}
	if repeat {
		t.repeat = ms
	}
	t.object = s.rt.VM().CreateObject(s.timeoutProto)
	s.rt.SetSlot(t.object, t)
	t.async = s.rt.Async.Start("Timeout", t.object)
	if ref {
		s.queue.ref()
	}
	s.queue.insert(t, ms, s.queue.now())
	s.rt.Within("Timers", s.queue.set, s.rt.Config().Limits.Timers)
	return t
}

// fire calls an expired timer back.
func (s *timers) fire(t *timeout) {
	call, args := t.call, t.args
	fn, callable := goja.AssertFunction(call)
	if !callable && (call == nil || !call.ToBoolean()) {
		s.retire(t)
		return
	}
	repeat := t.repeat
	var started int64
	if repeat != 0 {
		started = s.queue.now()
	}
	s.rt.EnterFrom(runtime.FromTimer, t.object, func() {
		scope := s.rt.Async.Enter(t.async)
		if !callable {
			s.rt.Throw(s.rt.VM().NewTypeError("timer._onTimeout is not a function"))
		}
		s.rt.Call(fn, t.object, args...)
		scope.Leave()
	})
	switch {
	case t.repeat != 0 && t.idle != -1:
		if repeat == 0 {
			started = s.queue.now()
		}
		t.idle = t.repeat
		s.queue.insert(t, t.idle, started)
	case t.list == nil:
		s.retire(t)
	}
}

// retire ends a timer that has run or was cleared.
func (s *timers) retire(t *timeout) {
	if t.destroyed {
		return
	}
	t.destroyed = true
	s.rt.Async.End(t.async)
	if t.hasPrimitive {
		delete(s.known, t.id)
	}
	if t.refed {
		s.queue.unref()
	}
}

// unenroll takes a timer out.
func (s *timers) unenroll(t *timeout) {
	if t.destroyed {
		return
	}
	s.retire(t)
	s.queue.remove(t)
	t.idle = -1
}

func (s *timers) clearTimeout(call goja.FunctionCall) goja.Value {
	v := call.Argument(0)
	if t, ok := s.rt.Slot(v).(*timeout); ok {
		s.clear(t)
		return goja.Undefined()
	}
	if o, ok := v.(*goja.Object); ok {
		if on := o.Get("_onTimeout"); on != nil && on.ToBoolean() {
			o.Set("_onTimeout", goja.Null())
		}
		return goja.Undefined()
	}
	if goja.IsNumber(v) || goja.IsString(v) {
		if id, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			if t := s.known[id]; t != nil {
				s.clear(t)
			}
		}
	}
	return goja.Undefined()
}

func (s *timers) clear(t *timeout) {
	if t.call == nil {
		return
	}
	t.call = nil
	s.unenroll(t)
}

// refresh starts the timer's duration anew, also after it has fired.
func (s *timers) refresh(t *timeout, ref bool) {
	if t.idle < 0 || math.IsNaN(t.idle) {
		return
	}
	s.queue.insert(t, t.idle, s.queue.now())
	if t.destroyed {
		t.destroyed = false
		if ref {
			s.queue.ref()
		}
	} else if ref != t.refed {
		if ref {
			s.queue.ref()
		} else {
			s.queue.unref()
		}
	}
	t.refed = ref
}

func (s *timers) setImmediate(call goja.FunctionCall) goja.Value {
	callback := call.Argument(0)
	s.rt.ValidateFunction(callback, "callback")
	var args []goja.Value
	if len(call.Arguments) > 1 {
		args = append(args, call.Arguments[1:]...)
	}
	return s.startImmediate(callback, args).object
}

func (s *timers) startImmediate(callback goja.Value, args []goja.Value) *immediate {
	im := &immediate{rt: s.rt, call: callback, args: args}
	im.object = s.rt.VM().CreateObject(s.immediateProto)
	s.rt.SetSlot(im.object, im)
	im.async = s.rt.Async.Start("Immediate", im.object)
	im.immediate = s.rt.Loop().SetImmediate(func() {
		fn, ok := goja.AssertFunction(im.call)
		im.destroyed = true
		s.rt.EnterFrom(runtime.FromImmediate, im.object, func() {
			defer func() { im.call = goja.Undefined() }() // before an error of the callback is handled
			scope := s.rt.Async.Enter(im.async)
			if !ok {
				s.rt.Throw(s.rt.VM().NewTypeError("immediate._onImmediate is not a function"))
			}
			s.rt.Call(fn, im.object, im.args...)
			scope.Leave()
		})
		s.rt.Async.End(im.async)
		im.args = nil
	})
	return im
}

func (s *timers) clearImmediate(call goja.FunctionCall) goja.Value {
	if im, ok := s.rt.Slot(call.Argument(0)).(*immediate); ok {
		im.clear()
	}
	return goja.Undefined()
}

func (im *immediate) clear() {
	im.immediate.Clear()
	if !im.destroyed {
		im.rt.Async.End(im.async)
		im.call, im.destroyed = nil, true
	}
}

func (s *timers) warn(message, kind string, code ...string) {
	args := []goja.Value{s.rt.VM().ToValue(message), s.rt.VM().ToValue(kind)}
	for _, c := range code {
		args = append(args, s.rt.VM().ToValue(c))
	}
	s.rt.CallMethod(s.rt.Require("process"), "emitWarning", args...)
}
