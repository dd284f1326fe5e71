// Package worker_threads is Node's module of that name as seen from the only thread there is: it tells that this is
// the main thread. Threads themselves are missing; new Worker says so.
package worker_threads

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

// Module is "worker_threads", see https://nodejs.org/docs/latest-v20.x/api/worker_threads.html.
var Module = &runtime.Module{Name: "worker_threads", Binding: binding}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	o.Set("isMainThread", true)
	o.Set("threadId", 0)
	o.Set("parentPort", goja.Null())
	o.Set("workerData", goja.Null())
	o.Set("resourceLimits", vm.NewObject())
	o.Set("SHARE_ENV", goja.NewSymbol("nodejs.worker_threads.SHARE_ENV"))
	env := map[string]goja.Value{}
	rt.SetFunc(o, "setEnvironmentData", 2, func(call goja.FunctionCall) goja.Value {
		if key := call.Argument(0).String(); goja.IsUndefined(call.Argument(1)) {
			delete(env, key)
		} else {
			env[key] = call.Argument(1)
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "getEnvironmentData", 1, func(call goja.FunctionCall) goja.Value {
		return env[call.Argument(0).String()]
	})
	for _, name := range []string{"MessageChannel", "MessagePort", "BroadcastChannel"} {
		rt.DefineLazy(o, name, true, func() goja.Value { return vm.Get(name) })
	}
	rt.DefineLazy(o, "receiveMessageOnPort", true, func() goja.Value { return rt.Require("internal/messaging").Get("receiveMessageOnPort") })
	worker, _ := rt.Class("Worker", 1, func(goja.ConstructorCall) *goja.Object {
		rt.Throw(rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "worker_threads.Worker"))
		return nil
	})
	o.Set("Worker", worker)
	return o
}
