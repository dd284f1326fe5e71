package child_process

import (
	"math"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine/guard"
	"gonode/internal/handle"
	"gonode/runtime"
)

// runSync runs a child to its end. The result is what spawnSync returns, but for stdout, stderr and the error's form.
func runSync(rt *runtime.Runtime, options, list *goja.Object) goja.Value {
	o := handle.SyncOptions{SpawnOptions: spawnOptions(rt, options, goja.Undefined()), KillSignal: 15}
	if l := o.Limits; l != nil && (l.Memory > 0 || l.Processes > 0 || l.Time > 0 || l.Share > 0) {
		rt.Throw(rt.NewError("ERR_FEATURE_UNAVAILABLE_ON_PLATFORM", "limits of memory, pids, cpus and time for spawnSync"))
	}
	var errno syscall.Errno
	if cwd := options.Get("cwd"); cwd != nil && goja.IsString(cwd) && cwd.String() == "" {
		errno = syscall.ENOENT // here only: asynchronously it is the current one
	}
	entries := elements(list)
	for _, entry := range entries {
		e := entry.(*goja.Object)
		s := handle.SyncStdio{Fd: -1}
		switch text(e, "type") {
		case "fd":
			if s.Fd = int(e.Get("fd").ToInteger()); s.Fd < 0 {
				errno = syscall.EINVAL
			} else {
				rt.Access.DemandDescriptor(s.Fd)
			}
		case "pipe":
			s.Pipe = true
			s.Readable = truthy(e, "writable")
			s.Input, _ = rt.Bytes(e.Get("input"))
		}
		o.Stdio = append(o.Stdio, s)
	}
	if v := options.Get("timeout"); v != nil && v.ToInteger() > 0 {
		o.Timeout = time.Duration(v.ToInteger()) * time.Millisecond
	}
	if v := options.Get("maxBuffer"); v != nil && goja.IsNumber(v) && !math.IsInf(v.ToFloat(), 0) {
		o.MaxBuffer = v.ToInteger()
	}
	if v := options.Get("killSignal"); v != nil && goja.IsNumber(v) {
		o.KillSignal = int(v.ToInteger())
	}
	r := handle.SyncResult{Errno: errno}
	if errno == 0 {
		o.Stop = func() bool { return guard.Interrupted(rt.VM()) }
		r = handle.SpawnSync(o)
		guard.Poll(rt.VM())
	}

	vm := rt.VM()
	result := vm.NewObject()
	if r.Errno != 0 {
		result.Set("error", number(r.Errno))
	}
	status, signal, output := goja.Null(), goja.Null(), goja.Null()
	if r.Pid != 0 {
		if r.Signal != 0 {
			signal = vm.ToValue(handle.SignalName(r.Signal))
		} else {
			status = vm.ToValue(r.Status)
		}
		items := make([]any, len(entries))
		for i := range items {
			items[i] = goja.Null()
			if o.Stdio[i].Readable {
				items[i] = rt.NewBuffer(r.Output[i])
			}
		}
		output = vm.NewArray(items...)
	}
	result.Set("status", status)
	result.Set("signal", signal)
	result.Set("output", output)
	result.Set("pid", r.Pid)
	return result
}
