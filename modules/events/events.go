// Package events is module "events". Class EventEmitter itself belongs to package runtime, because all modules emit;
// here are its static members. What takes promises and iterators is JavaScript, loaded when first asked for.
// Everything runs on the loop goroutine.
package events

import (
	_ "embed"
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// Module is "events".
var Module = &runtime.Module{Name: "events", Binding: binding}

// Async is the private module with events.once, events.on and their like.
var Async = &runtime.Module{Name: "internal/events/async", Private: true, Script: engine.NewScript("node:events", &asyncSource)}

//go:embed async.js
var asyncSource string

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	class := rt.EventEmitter()
	capture, errorMonitor, rejection := rt.EmitterSymbols()
	prototype := class.Get("prototype").(*goja.Object)
	rt.DefineExports(class, "internal/events/async", "addAbortListener", "once", "on", "getEventListeners", "getMaxListeners")
	rt.SetFunc(class, "listenerCount", 2, func(call goja.FunctionCall) goja.Value {
		o := call.Argument(0).ToObject(vm)
		count := o.Get("listenerCount")
		if _, ok := goja.AssertFunction(count); ok {
			return rt.Apply(count, o, call.Argument(1))
		}
		// An EventTarget; anything else is refused there.
		return rt.CallMethod(class, "getEventListeners", o, call.Argument(1)).(*goja.Object).Get("length")
	})
	class.Set("EventEmitter", class)
	class.Set("usingDomains", false)
	class.Set("captureRejectionSymbol", rejection)
	class.DefineAccessorProperty("captureRejections", rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
		return prototype.GetSymbol(capture)
	}), rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
		rt.ValidateBoolean(call.Argument(0), "EventEmitter.captureRejections")
		prototype.SetSymbol(capture, call.Argument(0))
		return goja.Undefined()
	}), goja.FLAG_FALSE, goja.FLAG_TRUE)
	class.DefineAccessorProperty("EventEmitterAsyncResource", rt.Func("lazyEventEmitterAsyncResource", 0, func(goja.FunctionCall) goja.Value {
		return rt.Require("internal/events/async").Get("EventEmitterAsyncResource")
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	class.Set("errorMonitor", errorMonitor)
	class.DefineAccessorProperty("defaultMaxListeners", rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
		return rt.DefaultMaxListeners(nil)
	}), rt.Func("set", 1, func(call goja.FunctionCall) goja.Value {
		rt.ValidateNumber(call.Argument(0), "defaultMaxListeners", 0, math.NaN())
		rt.DefaultMaxListeners(call.Argument(0))
		return goja.Undefined()
	}), goja.FLAG_FALSE, goja.FLAG_TRUE)
	maxListeners, warned := rt.EventTargetSymbols()
	class.DefineDataProperty("kMaxEventTargetListeners", maxListeners, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	class.DefineDataProperty("kMaxEventTargetListenersWarned", warned, goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	rt.SetFunc(class, "setMaxListeners", 0, func(call goja.FunctionCall) goja.Value {
		n := rt.DefaultMaxListeners(nil)
		if len(call.Arguments) > 0 && !goja.IsUndefined(call.Arguments[0]) {
			n = call.Arguments[0]
		}
		rt.ValidateNumber(n, "setMaxListeners", 0, math.NaN())
		if len(call.Arguments) < 2 {
			rt.DefaultMaxListeners(n)
			return goja.Undefined()
		}
		for _, target := range call.Arguments[1:] {
			if rt.SetMaxEventTargetListeners(target, n) {
				continue
			}
			o, ok := target.(*goja.Object)
			if !ok {
				rt.ThrowArgType("eventTargets", target, "EventEmitter", "EventTarget")
			}
			if _, ok := goja.AssertFunction(o.Get("setMaxListeners")); !ok {
				rt.ThrowArgType("eventTargets", target, "EventEmitter", "EventTarget")
			}
			rt.CallMethod(o, "setMaxListeners", n)
		}
		return goja.Undefined()
	})
	rt.SetFunc(class, "init", 1, func(call goja.FunctionCall) goja.Value {
		this, ok := call.This.(*goja.Object)
		if !ok {
			panic(vm.NewTypeError("%s", "Cannot create property '_events' on "+call.This.String()))
		}
		rt.InitEmitter(this, call.Argument(0))
		return goja.Undefined()
	})
	return class
}
