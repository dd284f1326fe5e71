package timers

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// promisesBinding gives promises.js the timers themselves: a script that replaces the globals does not change it.
//
//	setTimeout(callback, after, value, ref), setInterval(callback, after, ref), setImmediate(callback, value, ref)
//	clearTimeout(timer), clearImmediate(immediate)
func promisesBinding(rt *runtime.Runtime) *goja.Object {
	s := state(rt)
	o := rt.VM().NewObject()
	rt.SetFunc(o, "setTimeout", 4, func(call goja.FunctionCall) goja.Value {
		return s.start(call.Argument(0), call.Argument(1), []goja.Value{call.Argument(2)}, false, call.Argument(3).ToBoolean()).object
	})
	rt.SetFunc(o, "setInterval", 3, func(call goja.FunctionCall) goja.Value {
		return s.start(call.Argument(0), call.Argument(1), nil, true, call.Argument(2).ToBoolean()).object
	})
	rt.SetFunc(o, "setImmediate", 3, func(call goja.FunctionCall) goja.Value {
		im := s.startImmediate(call.Argument(0), []goja.Value{call.Argument(1)})
		if !call.Argument(2).ToBoolean() {
			im.immediate.Unref()
		}
		return im.object
	})
	rt.SetFunc(o, "clearTimeout", 1, s.clearTimeout)
	rt.SetFunc(o, "clearImmediate", 1, s.clearImmediate)
	return o
}
