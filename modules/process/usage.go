package process

import (
	"math/big"
	"os"
	goruntime "runtime"
	"strconv"
	"strings"
	"time"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/internal/errs"
	"gonode/internal/sys"
)

// now is CLOCK_MONOTONIC in nanoseconds, read without a system call.
func (p *process) now() int64 { return p.clock + int64(time.Since(p.start)) }

// usage is clocks and counters.
func (p *process) usage() {
	rt, vm := p.rt, p.rt.VM()
	hrtime := rt.Func("hrtime", 1, func(call goja.FunctionCall) goja.Value {
		now := p.now()
		sec, nsec := now/1e9, now%1e9
		if v := call.Argument(0); !goja.IsUndefined(v) {
			earlier := rt.ValidateArray(v, "time", 0)
			if n := earlier.Get("length"); n.ToInteger() != 2 {
				rt.Throw(rt.NewError("ERR_OUT_OF_RANGE", "time", "2", n))
			}
			sec -= earlier.Get("0").ToInteger()
			if nsec -= earlier.Get("1").ToInteger(); nsec < 0 {
				sec, nsec = sec-1, nsec+1e9
			}
		}
		return vm.NewArray(sec, nsec)
	})
	rt.SetFunc(hrtime, "bigint", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(big.NewInt(p.now())) })
	p.object.Set("hrtime", hrtime)
	p.native("uptime", func(goja.FunctionCall) goja.Value { return vm.ToValue(time.Since(p.start).Seconds()) })

	memory := rt.Func("memoryUsage", 0, func(goja.FunctionCall) goja.Value {
		// Not by runtime/metrics, whose tables every process would pay for when it starts.
		var m goruntime.MemStats
		goruntime.ReadMemStats(&m)
		o := vm.NewObject()
		o.Set("rss", sys.Resident())
		o.Set("heapTotal", m.HeapSys-m.HeapReleased)
		o.Set("heapUsed", m.HeapAlloc)
		o.Set("external", m.Sys-m.HeapSys)
		o.Set("arrayBuffers", 0)
		return o
	})
	rt.SetOperation(memory, "rss", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(sys.Resident()) })
	p.object.Set("memoryUsage", memory)
	p.native("constrainedMemory", func(goja.FunctionCall) goja.Value { return vm.ToValue(constrainedMemory()) })
	p.native("availableMemory", func(goja.FunctionCall) goja.Value { return vm.ToValue(availableMemory()) })
	p.method("cpuUsage", 1, p.cpuUsage)
	p.method("threadCpuUsage", 1, p.cpuUsage) // a goroutine has no thread of its own
	p.method("resourceUsage", 0, func(goja.FunctionCall) goja.Value {
		var u unix.Rusage
		unix.Getrusage(unix.RUSAGE_SELF, &u)
		o := vm.NewObject()
		for _, f := range []struct {
			name  string
			value int64
		}{{"userCPUTime", u.Utime.Nano() / 1000}, {"systemCPUTime", u.Stime.Nano() / 1000}, {"maxRSS", maxRSS(&u)},
			{"sharedMemorySize", int64(u.Ixrss)}, {"unsharedDataSize", int64(u.Idrss)}, {"unsharedStackSize", int64(u.Isrss)},
			{"minorPageFault", int64(u.Minflt)}, {"majorPageFault", int64(u.Majflt)}, {"swappedOut", int64(u.Nswap)},
			{"fsRead", int64(u.Inblock)}, {"fsWrite", int64(u.Oublock)}, {"ipcSent", int64(u.Msgsnd)}, {"ipcReceived", int64(u.Msgrcv)},
			{"signalsCount", int64(u.Nsignals)}, {"voluntaryContextSwitches", int64(u.Nvcsw)}, {"involuntaryContextSwitches", int64(u.Nivcsw)}} {
			o.Set(f.name, f.value)
		}
		return o
	})
	// Requests are no objects here; what can be seen is how many there are.
	_, request := rt.Class("FSReqCallback", 0, func(goja.ConstructorCall) *goja.Object { return nil })
	p.native("_getActiveRequests", func(goja.FunctionCall) goja.Value {
		all := make([]any, rt.Loop().Working())
		for i := range all {
			all[i] = vm.CreateObject(request)
		}
		return vm.NewArray(all...)
	})
	p.native("_getActiveHandles", func(goja.FunctionCall) goja.Value { return vm.NewArray() })
	p.native("getActiveResourcesInfo", func(goja.FunctionCall) goja.Value {
		return p.strings(rt.ActiveResources())
	})
}

func (p *process) cpuUsage(call goja.FunctionCall) goja.Value {
	rt, vm := p.rt, p.rt.VM()
	var before [2]float64
	if v := call.Argument(0); v.ToBoolean() {
		for i, name := range []string{"user", "system"} {
			var f goja.Value
			o, ok := v.(*goja.Object)
			if ok {
				f = o.Get(name)
			}
			if f != nil && goja.IsNumber(f) && f.ToFloat() >= 0 && f.ToFloat() <= engine.MaxSafeInteger {
				before[i] = f.ToFloat()
				continue
			}
			if i == 0 {
				rt.ValidateObject(v, "prevValue")
			}
			if f == nil || !goja.IsNumber(f) {
				rt.ThrowArgType("prevValue."+name, f, "number")
			}
			def, _ := errs.Lookup("ERR_INVALID_ARG_VALUE")
			rt.Throw(rt.NewErrorOf(errs.RangeError, def, "prevValue."+name, f))
		}
	}
	var u unix.Rusage
	unix.Getrusage(unix.RUSAGE_SELF, &u)
	o := vm.NewObject()
	o.Set("user", float64(u.Utime.Nano()/1000)-before[0])
	o.Set("system", float64(u.Stime.Nano()/1000)-before[1])
	return o
}

// field reads a number of kilobytes from a file like /proc/meminfo.
func field(file, key string) int64 {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, key); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return n * 1024
		}
	}
	return 0
}
