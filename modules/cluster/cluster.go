// Package cluster is module "cluster": a primary that owns the listening sockets and deals their connections out, and
// workers whose listen() asks the primary. All of it speaks Node's messages over child_process's channel. The files are
// the parts: primary, worker, the two ways to share a listener, and the messages. Loop goroutine only.
package cluster

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed primary.js
var primarySource string

//go:embed worker.js
var workerSource string

//go:embed roundrobin.js
var roundRobinSource string

//go:embed shared.js
var sharedSource string

//go:embed listen.js
var listenSource string

//go:embed policies.js
var policiesSource string

//go:embed wire.js
var wireSource string

// Modules are "cluster" and its parts.
var Modules = []*runtime.Module{
	{Name: "cluster", Binding: exports},
	{Name: "internal/cluster/primary", Private: true, Script: engine.NewScript("node:internal/cluster/primary", &primarySource)},
	{Name: "internal/cluster/worker", Private: true, Script: engine.NewScript("node:internal/cluster/worker", &workerSource), Binding: binding},
	{Name: "internal/cluster/roundrobin", Private: true, Script: engine.NewScript("node:internal/cluster/roundrobin", &roundRobinSource)},
	{Name: "internal/cluster/shared", Private: true, Script: engine.NewScript("node:internal/cluster/shared", &sharedSource)},
	{Name: "internal/cluster/listen", Private: true, Script: engine.NewScript("node:internal/cluster/listen", &listenSource)},
	{Name: "internal/cluster/policies", Private: true, Script: engine.NewScript("node:internal/cluster/policies", &policiesSource), Binding: policies},
	{Name: "internal/cluster/wire", Private: true, Script: engine.NewScript("node:internal/cluster/wire", &wireSource)},
}

// The policies by which connections are dealt out.
const (
	schedNone = 1
	schedRR   = 2
)

// exports is the worker's side in a worker; else the primary's, whose functions are loaded when first used.
func exports(rt *runtime.Runtime) *goja.Object {
	if _, ok := rt.Env().Get("NODE_UNIQUE_ID"); ok {
		return rt.Require("internal/cluster/worker")
	}
	vm := rt.VM()
	o := vm.NewObject()
	o.SetPrototype(rt.EventEmitter().Get("prototype").(*goja.Object))
	rt.InitEmitter(o, nil)
	o.Set("isWorker", false)
	o.Set("isMaster", true)
	o.Set("isPrimary", true)
	const primary = "internal/cluster/primary"
	rt.DefineExports(o, primary, "Worker")
	o.Set("workers", vm.NewObject())
	o.Set("settings", vm.NewObject())
	o.Set("SCHED_NONE", schedNone)
	o.Set("SCHED_RR", schedRR)
	policy := schedRR
	if name, _ := rt.Env().Get("NODE_CLUSTER_SCHED_POLICY"); name == "none" {
		policy = schedNone
	}
	o.Set("schedulingPolicy", policy)
	rt.DefineExports(o, primary, "setupPrimary")
	rt.DefineExport(o, "setupMaster", func() goja.Value { return rt.Require(primary).Get("setupPrimary") })
	rt.DefineExports(o, primary, "fork", "disconnect")
	return o
}

func binding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	// onListen(f) has f(server, query, reply(errno, handle)) answer every listen of net and dgram.
	rt.SetFunc(o, "onListen", 1, func(call goja.FunctionCall) goja.Value {
		answer, _ := goja.AssertFunction(call.Argument(0))
		rt.ListenHook = func(server, query *goja.Object, reply func(errno int, handle goja.Value)) bool {
			rt.Call(answer, goja.Undefined(), server, query, rt.Func("", 2, func(call goja.FunctionCall) goja.Value {
				reply(int(call.Argument(0).ToInteger()), call.Argument(1))
				return goja.Undefined()
			}))
			return true
		}
		return goja.Undefined()
	})
	return o
}
