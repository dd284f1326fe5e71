// Package worker_threads is module "worker_threads", the globals MessageChannel, MessagePort, MessageEvent, BroadcastChannel and
// structuredClone. A worker is a second runtime on a goroutine of its own; runtimes share nothing but lines, over which
// structured clones travel, and memory that scripts share on purpose. The lines and the threads' registry may be used on any
// goroutine, all else belongs to the loop goroutine of its runtime. Classes and streams are JavaScript, loaded when used.
package worker_threads

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed worker.js
	workerJS string
	//go:embed main.js
	mainJS string
	//go:embed io.js
	ioJS string
	//go:embed locks.js
	locksJS string
	//go:embed errors.js
	errorsJS string
)

// Modules are "worker_threads" and its private parts.
var Modules = []*runtime.Module{
	Messaging, Clone,
	{Name: "worker_threads", Binding: binding},
	{Name: "internal/worker", Private: true, Script: engine.NewScript("node:internal/worker", &workerJS), Binding: workerBinding},
	{Name: "internal/worker/stdio", Private: true, Script: engine.NewScript("node:internal/main/worker_thread", &mainJS), Binding: threadBinding},
	{Name: "internal/worker/errors", Private: true, Script: engine.NewScript("node:internal/error_serdes", &errorsJS)},
	{Name: "internal/worker/hooks", Private: true, Binding: hooksBinding},
	{Name: "internal/worker/io", Private: true, Script: engine.NewScript("node:internal/worker/io", &ioJS)},
	{Name: "internal/locks", Private: true, Script: engine.NewScript("node:internal/locks", &locksJS), Binding: lockBinding},
}

// thread is what a runtime knows of itself as a thread.
type thread struct {
	limits           *limits // nil in a main thread
	parentPort, data goja.Value
	environment      *goja.Object // a Map
}

type threadKey struct{}

func threadOf(rt *runtime.Runtime) *thread {
	t, ok := rt.Value(threadKey{}).(*thread)
	if !ok {
		t = &thread{parentPort: goja.Null(), data: goja.Null()}
		rt.SetValue(threadKey{}, t)
	}
	return t
}

// environmentData is the Map behind getEnvironmentData.
func (t *thread) environmentData(rt *runtime.Runtime) *goja.Object {
	if t.environment == nil {
		t.environment = rt.Construct(rt.Intrinsic("Map"))
	}
	return t.environment
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	t := threadOf(rt)
	number := rt.Config().Thread
	o.Set("isInternalThread", false)
	o.Set("isMainThread", number == 0)
	rt.DefineExports(o, "internal/messaging", "MessagePort", "MessageChannel")
	rt.SetFunc(o, "markAsUncloneable", 1, func(call goja.FunctionCall) goja.Value {
		if v, ok := call.Argument(0).(*goja.Object); ok {
			rt.MarkUncloneable(v)
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "markAsUntransferable", 1, func(call goja.FunctionCall) goja.Value {
		if v, ok := call.Argument(0).(*goja.Object); ok {
			rt.MarkUntransferable(v)
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "isMarkedAsUntransferable", 1, func(call goja.FunctionCall) goja.Value {
		v, ok := call.Argument(0).(*goja.Object)
		return vm.ToValue(ok && rt.Untransferable(v))
	})
	rt.SetOperation(o, "moveMessagePortToContext", 2, func(call goja.FunctionCall) goja.Value {
		return portsOf(rt).moveToContext(call.Argument(0), call.Argument(1))
	})
	rt.DefineExports(o, "internal/messaging", "receiveMessageOnPort")
	o.Set("resourceLimits", t.limits.object(rt))
	rt.DefineExports(o, "internal/worker", "postMessageToThread")
	o.Set("threadId", number)
	o.Set("threadName", rt.Config().ThreadName)
	o.Set("SHARE_ENV", rt.SymbolFor("nodejs.worker_threads.SHARE_ENV"))
	rt.DefineExports(o, "internal/worker", "Worker")
	o.Set("parentPort", t.parentPort)
	o.Set("workerData", t.data)
	rt.DefineExports(o, "internal/messaging", "BroadcastChannel")
	rt.SetFunc(o, "setEnvironmentData", 2, func(call goja.FunctionCall) goja.Value {
		if goja.IsUndefined(call.Argument(1)) {
			rt.CallMethod(t.environmentData(rt), "delete", call.Argument(0))
		} else {
			rt.CallMethod(t.environmentData(rt), "set", call.Argument(0), call.Argument(1))
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "getEnvironmentData", 1, func(call goja.FunctionCall) goja.Value {
		return rt.CallMethod(t.environmentData(rt), "get", call.Argument(0))
	})
	rt.DefineExports(o, "internal/locks", "locks")
	return o
}

// limits are a worker's resourceLimits in Node's order. That of the old generation is one for all that the worker allocates; the
// others are reported only.
type limits [4]float64

var limitNames = [4]string{"maxYoungGenerationSizeMb", "maxOldGenerationSizeMb", "codeRangeSizeMb", "stackSizeMb"}

// defaultLimits are what a worker without limits reports in Node: those of V8 on a machine of 64 bits.
var defaultLimits = limits{48, 4096, 0, 4}

// smallestHeap is the least limit in megabytes: a runtime that does nothing yet holds a fifth of it.
const smallestHeap = 4

// filled has the defaults where nothing was asked for.
func (l limits) filled() *limits {
	for i := range l {
		if l[i] <= 0 {
			l[i] = defaultLimits[i]
		}
	}
	return &l
}

func (l *limits) object(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	if l != nil {
		for i, name := range limitNames {
			o.Set(name, l[i])
		}
	}
	return o
}
