package process

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"
	goruntime "runtime"
	"strings"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/loop"
	"gonode/internal/sys"
	"gonode/runtime"
)

//go:embed report.js
var reportSource string

// Report is the private module that is process.report.
var Report = &runtime.Module{Name: "internal/process/report", Private: true, Binding: reportBinding,
	Script: engine.NewScript("node:internal/process/report", &reportSource)}

func reportBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	s := vm.NewObject()
	r := rt.Config().Options.Report
	if r.Signal == "" {
		r.Signal = "SIGUSR2"
	}
	s.Set("directory", r.Directory)
	s.Set("filename", r.Filename)
	s.Set("compact", r.Compact)
	s.Set("excludeNetwork", r.ExcludeNetwork)
	s.Set("signal", r.Signal)
	s.Set("reportOnFatalError", r.OnFatalError)
	s.Set("reportOnSignal", r.OnSignal)
	s.Set("reportOnUncaughtException", r.OnUncaught)
	s.Set("excludeEnv", r.ExcludeEnv)
	o.Set("settings", s)
	o.Set("thread", rt.Config().Thread)
	o.Set("wordSize", 32<<(^uint(0)>>63))
	rt.SetFunc(o, "demand", 1, func(call goja.FunctionCall) goja.Value {
		if rt.Access.Restricted() {
			path, _ := rt.Cwd()
			if goja.IsString(call.Argument(0)) {
				path = call.Argument(0).String()
			}
			rt.Access.RefusePath(runtime.AccessWrite, path)
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "write", 2, func(call goja.FunctionCall) goja.Value {
		path := rt.Abs(call.Argument(0).String())
		rt.Access.RefusePath(runtime.AccessWrite, path)
		var errno syscall.Errno
		errors.As(os.WriteFile(path, []byte(call.Argument(1).String()), 0o666), &errno)
		return vm.ToValue(int(errno))
	})
	rt.SetFunc(o, "onUncaught", 1, func(call goja.FunctionCall) goja.Value {
		f, ok := goja.AssertFunction(call.Argument(0))
		if !ok {
			rt.OnUncaught(nil)
			return goja.Undefined()
		}
		rt.OnUncaught(func(v goja.Value) { f(goja.Undefined(), v) })
		return goja.Undefined()
	})
	rt.SetFunc(o, "nativeStack", 0, func(goja.FunctionCall) goja.Value { return vm.NewArray(nativeStack(vm)...) })
	rt.SetFunc(o, "handles", 0, func(goja.FunctionCall) goja.Value {
		var list []any
		for _, a := range rt.Loop().Activities() {
			list = append(list, activity(vm, a))
		}
		return vm.NewArray(list...)
	})
	rt.SetFunc(o, "userLimits", 0, func(goja.FunctionCall) goja.Value { return userLimits(vm) })
	rt.SetFunc(o, "sharedObjects", 0, func(goja.FunctionCall) goja.Value {
		return vm.NewArray(sharedObjects()...)
	})
	return o
}

// sharedObjects are the libraries that the system has mapped into a program that needs none.
func sharedObjects() []any {
	if goruntime.GOOS == "linux" {
		return []any{"linux-vdso.so.1"}
	}
	return nil
}

// nativeStack is that of the goroutine that runs the script.
func nativeStack(vm *goja.Runtime) (list []any) {
	pcs := make([]uintptr, 256)
	frames := goruntime.CallersFrames(pcs[:goruntime.Callers(2, pcs)])
	for more := true; more; {
		var f goruntime.Frame
		f, more = frames.Next()
		o := vm.NewObject()
		o.Set("pc", fmt.Sprintf("0x%016x", f.PC))
		o.Set("symbol", f.Function)
		list = append(list, o)
	}
	return list
}

// activity is a handle in libuv's words.
func activity(vm *goja.Runtime, a loop.Activity) *goja.Object {
	o := vm.NewObject()
	name := strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(a.Kind, "Wrap"), "Socket"), "Server"))
	if name == "timeout" {
		name = "timer"
	}
	o.Set("type", name)
	o.Set("is_active", true)
	o.Set("is_referenced", a.Referenced)
	o.Set("address", a.Address)
	if name == "timer" {
		o.Set("repeat", 0)
		o.Set("firesInMsFromNow", a.Due)
		o.Set("expired", a.Due <= 0)
	}
	if a.FD < 0 || name == "process" {
		return o
	}
	if name == "tcp" || name == "udp" {
		o.Set("localEndpoint", endpoint(vm, sys.LocalAddr, a.FD))
		o.Set("remoteEndpoint", endpoint(vm, sys.PeerAddr, a.FD))
	}
	if name == "tcp" || name == "udp" || name == "pipe" {
		send, _ := unix.GetsockoptInt(a.FD, unix.SOL_SOCKET, unix.SO_SNDBUF)
		receive, _ := unix.GetsockoptInt(a.FD, unix.SOL_SOCKET, unix.SO_RCVBUF)
		o.Set("sendBufferSize", send)
		o.Set("recvBufferSize", receive)
	}
	o.Set("fd", a.FD)
	if name != "udp" {
		o.Set("readable", a.Readable)
		o.Set("writable", a.Writable)
	}
	return o
}

func endpoint(vm *goja.Runtime, ask func(int) (netip.AddrPort, syscall.Errno), fd int) goja.Value {
	at, errno := ask(fd)
	if errno != 0 || !at.IsValid() {
		return goja.Null()
	}
	host, o := at.Addr().String(), vm.NewObject()
	o.Set("host", host)
	if at.Addr().Is4() {
		o.Set("ip4", host)
	} else {
		o.Set("ip6", host)
	}
	o.Set("port", at.Port())
	return o
}

func userLimits(vm *goja.Runtime) *goja.Object {
	o := vm.NewObject()
	value := func(n uint64) any {
		if n == unix.RLIM_INFINITY {
			return "unlimited"
		}
		return n
	}
	for _, l := range [...]struct {
		name     string
		resource int
	}{
		{"core_file_size_blocks", unix.RLIMIT_CORE}, {"data_seg_size_bytes", unix.RLIMIT_DATA}, {"file_size_blocks", unix.RLIMIT_FSIZE},
		{"max_locked_memory_bytes", unix.RLIMIT_MEMLOCK}, {"max_memory_size_bytes", unix.RLIMIT_RSS}, {"open_files", unix.RLIMIT_NOFILE},
		{"stack_size_bytes", unix.RLIMIT_STACK}, {"cpu_time_seconds", unix.RLIMIT_CPU}, {"max_user_processes", unix.RLIMIT_NPROC},
		{"virtual_memory_bytes", unix.RLIMIT_AS},
	} {
		var limit unix.Rlimit
		if unix.Getrlimit(l.resource, &limit) != nil {
			continue
		}
		both := vm.NewObject()
		both.Set("soft", value(limit.Cur))
		both.Set("hard", value(limit.Max))
		o.Set(l.name, both)
	}
	return o
}
