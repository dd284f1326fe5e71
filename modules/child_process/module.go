// Package child_process is module "child_process" and the process's side of IPC. Go starts and reaps processes, runs
// the channel, encodes and decodes its messages; JavaScript shapes arguments and events and, when a handle is first
// sent or received, the objects around it. Everything runs on the loop goroutine.
package child_process

import (
	_ "embed"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/internal/handle"
	"gonode/runtime"
)

// Module is "child_process". Its functions are loaded when first used.
var Module = &runtime.Module{Name: "child_process", Binding: exports}

// Spawn, Exec, Sync and Seldom are the private modules of its functions.
var (
	Spawn = &runtime.Module{Name: "internal/child_process/spawn", Private: true,
		Script: engine.NewScript("node:child_process", &spawnSource), Binding: binding}
	Exec = &runtime.Module{Name: "internal/child_process/exec", Private: true,
		Script: engine.NewScript("node:child_process", &execSource), Binding: binding}
	Sync = &runtime.Module{Name: "internal/child_process/sync", Private: true,
		Script: engine.NewScript("node:child_process", &syncSource), Binding: binding}
	Seldom = &runtime.Module{Name: "internal/child_process/seldom", Private: true,
		Script: engine.NewScript("node:child_process", &seldomSource)}
)

// Channel is the private module that gives the process object its channel. Its setup(process, fd, mode) is called at
// start-up when NODE_CHANNEL_FD is set; it loads no JavaScript.
var Channel = &runtime.Module{Name: "internal/child_process/channel", Private: true, Binding: channelBinding}

// Handles is the private module that sends and receives handles.
var Handles = &runtime.Module{Name: "internal/child_process/handles", Private: true,
	Script: engine.NewScript("node:internal/child_process/handles", &handlesSource), Binding: handlesBinding}

// Modules are all of them.
var Modules = []*runtime.Module{Module, Spawn, Exec, Sync, Seldom, Channel, Handles, Trace}

//go:embed spawn.js
var spawnSource string

//go:embed exec.js
var execSource string

//go:embed sync.js
var syncSource string

//go:embed seldom.js
var seldomSource string

//go:embed handles.js
var handlesSource string

func exports(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "_forkChild", 2, func(call goja.FunctionCall) goja.Value {
		process := rt.VM().Get("process").(*goja.Object)
		if mode := call.Argument(1); !goja.IsString(mode) || mode.String() != "json" && mode.String() != "advanced" {
			panic(rt.VM().NewTypeError("Cannot destructure property 'initMessageChannel' of 'serialization[serializationMode]' as it is undefined."))
		}
		setup(rt, process, int(call.Argument(0).ToInteger()), call.Argument(1).String())
		return goja.Undefined()
	})
	rt.DefineExports(o, Spawn.Name, "ChildProcess")
	rt.DefineExports(o, Exec.Name, "exec", "execFile")
	rt.DefineExports(o, Sync.Name, "execFileSync", "execSync")
	rt.DefineExports(o, Spawn.Name, "fork", "spawn")
	rt.DefineExports(o, Sync.Name, "spawnSync")
	rt.SetGetter(o, "counters", func(goja.Value) goja.Value { return countersOf(rt).show(rt) }, nil)
	return o
}

type bindingKey struct{}

// binding is what the scripts share.
func binding(rt *runtime.Runtime) *goja.Object {
	if o, ok := rt.Value(bindingKey{}).(*goja.Object); ok {
		return o
	}
	vm := rt.VM()
	o := vm.NewObject()
	rt.SetValue(bindingKey{}, o)
	o.Set("Process", processClass(rt))
	rt.SetFunc(o, "runSync", 2, func(call goja.FunctionCall) goja.Value {
		return runSync(rt, call.Argument(0).(*goja.Object), call.Argument(1).(*goja.Object))
	})
	rt.SetFunc(o, "validSignal", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(validSignal(rt, call.Argument(0)))
	})
	rt.SetFunc(o, "setupChannel", 4, func(call goja.FunctionCall) goja.Value {
		target := call.Argument(0).(*goja.Object)
		closed, _ := goja.AssertFunction(call.Argument(3))
		c := open(rt, target, int(call.Argument(1).ToInteger()), call.Argument(2).String())
		c.onClosed = func() { rt.Call(closed, goja.Undefined()) }
		return goja.Undefined()
	})
	rt.SetFunc(o, "isView", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(isView(call.Argument(0)))
	})
	rt.SetFunc(o, "loaded", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.Loaded(call.Argument(0).String()))
	})
	o.Set("enforced", rt.Access.Enforced())
	o.Set("inheritEnv", goja.NewSymbol("inherit"))
	forSymbol, _ := goja.AssertFunction(rt.Member(rt.Intrinsic("Symbol"), "for"))
	o.Set("promisifyCustom", rt.Call(forSymbol, goja.Undefined(), vm.ToValue("nodejs.util.promisify.custom")))
	return o
}

func channelBinding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "setup", 3, func(call goja.FunctionCall) goja.Value {
		setup(rt, call.Argument(0).(*goja.Object), int(call.Argument(1).ToInteger()), call.Argument(2).String())
		return goja.Undefined()
	})
	return o
}

// isView tells a typed array or DataView.
func isView(v goja.Value) bool {
	o, ok := v.(*goja.Object)
	if !ok {
		return false
	}
	kind := engine.KindOf(o)
	return kind == engine.TypedArray || kind == engine.DataViewObject
}

// validSignal is the number of a signal given by name or number.
func validSignal(rt *runtime.Runtime, v goja.Value) int {
	if goja.IsString(v) {
		name := v.String()
		for _, try := range []string{name, upper(name)} {
			if n := handle.SignalNumber(try); n != 0 {
				return n
			}
		}
	} else if goja.IsNumber(v) {
		f := v.ToFloat()
		if n := int(f); float64(n) == f && handle.SignalName(n) != "" {
			return n
		}
	}
	rt.Throw(rt.NewError("ERR_UNKNOWN_SIGNAL", v))
	return 0
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
	}
	return string(b)
}

// number is an errno as scripts see it, negative.
func number(errno syscall.Errno) int {
	if errno == 0 {
		return 0
	}
	if e, ok := errs.Of(errno); ok {
		return e.Number
	}
	return -int(errno)
}
