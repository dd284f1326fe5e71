package async_hooks

import (
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// PromiseHooks is the private module "internal/promise_hooks", promiseHooks of module v8: functions that are called for each promise.
var PromiseHooks = &runtime.Module{Name: "internal/promise_hooks", Private: true, Binding: func(rt *runtime.Runtime) *goja.Object {
	m := rt.Slot(rt.Require("async_hooks").Get("createHook")).(*module)
	exports := m.vm.NewObject()
	for i, name := range moments {
		rt.SetFunc(exports, "on"+string(name[0]-'a'+'A')+name[1:], 1, func(call goja.FunctionCall) goja.Value {
			l := &promiseListener{}
			l[i] = m.listener(call.Argument(0), name)
			return m.listen(l, "")
		})
	}
	rt.SetFunc(exports, "createHook", 0, func(call goja.FunctionCall) goja.Value {
		l := &promiseListener{}
		if v := call.Argument(0); !goja.IsUndefined(v) {
			options := v.ToObject(m.vm)
			for i, name := range moments {
				if f := options.Get(name); f != nil && f.ToBoolean() {
					l[i] = m.listener(f, name)
				}
			}
		}
		return m.listen(l, "")
	})
	return exports
}}

// promiseListener are the functions for the moments of a promise's life; nil where there is none.
type promiseListener [4]goja.Value

const (
	onInit = iota
	onBefore
	onAfter
	onSettled
)

var moments = [...]string{onInit: "init", onBefore: "before", onAfter: "after", onSettled: "settled"}

// listener checks one of the functions. Async functions, which would make promises themselves, are refused.
func (m *module) listener(v goja.Value, name string) goja.Value {
	_, ok := goja.AssertFunction(v)
	if o, isObject := v.(*goja.Object); !ok || isObject && asynchronous(engine.KindOf(o)) {
		m.rt.ThrowArgType(name+"Hook", v, "function")
	}
	return v
}

func asynchronous(k engine.Kind) bool {
	return k == engine.AsyncFunction || k == engine.AsyncGeneratorFunction
}

// listen has a listener called from now on. The function returned ends that.
func (m *module) listen(l *promiseListener, name string) goja.Value {
	m.listeners = append(m.listeners, l)
	m.rt.Async.SetTracker(m)
	m.watch()
	return m.rt.Func(name, 0, func(goja.FunctionCall) goja.Value {
		m.listeners = slices.DeleteFunc(slices.Clone(m.listeners), func(other *promiseListener) bool { return other == l })
		m.watch()
		return goja.Undefined()
	})
}

// tell calls the functions for a moment. What they throw is uncaught.
func (m *module) tell(moment int, promise ...*goja.Object) {
	if len(m.listeners) == 0 || promise[0] == nil {
		return
	}
	args := make([]goja.Value, len(promise))
	for i, p := range promise {
		if args[i] = goja.Undefined(); p != nil {
			args[i] = p
		}
	}
	for _, l := range m.listeners {
		if l[moment] == nil {
			continue
		}
		if ex := m.vm.Try(func() { m.rt.Apply(l[moment], goja.Undefined(), args...) }); ex != nil {
			m.rt.Uncaught(ex.Value(), "uncaughtException", ex)
		}
	}
}

// startPromise reports a promise that has been made, for another one or for itself.
func (m *module) startPromise(trigger int64, promise, parent *goja.Object) *operation {
	o := m.start("PROMISE", trigger, promise)
	m.tell(onInit, promise, parent)
	return o
}
