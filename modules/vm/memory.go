package vm

import (
	"runtime"

	"github.com/dop251/goja"
)

// measureMemory is vm.measureMemory. What scripts hold is not known apart from the rest of the process's heap, so that is the estimate, and
// all contexts share it.
func (m *module) measureMemory(v goja.Value) goja.Value {
	rt := m.rt
	if !m.measured {
		m.measured = true
		rt.WarnExperimental("vm.measureMemory")
	}
	o := m.vm.NewObject()
	if !goja.IsUndefined(v) {
		o = rt.ValidateObject(v, "options")
	}
	one := func(name string, choice ...string) string {
		v := option(o, name)
		if goja.IsUndefined(v) {
			return choice[0]
		}
		for _, c := range choice {
			if goja.IsString(v) && v.String() == c {
				return c
			}
		}
		rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "options."+name, v, "must be one of: '"+choice[0]+"', '"+choice[1]+"'"))
		return ""
	}
	detailed, eager := one("mode", "summary", "detailed") == "detailed", one("execution", "default", "eager") == "eager"
	p, resolve, _ := m.vm.NewPromise()
	rt.Loop().Complete(func() {
		rt.Enter(func() {
			if eager {
				runtime.GC()
			}
			resolve(m.memory(detailed))
		})
	})
	return m.vm.ToValue(p)
}

func (m *module) memory(detailed bool) goja.Value {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	estimate := func() *goja.Object {
		o := m.vm.NewObject()
		o.Set("jsMemoryEstimate", stats.HeapAlloc)
		o.Set("jsMemoryRange", m.vm.NewArray(stats.HeapAlloc, stats.HeapInuse))
		return o
	}
	result, wasm := m.vm.NewObject(), m.vm.NewObject()
	result.Set("total", estimate())
	wasm.Set("code", 0)
	wasm.Set("metadata", 0)
	result.Set("WebAssembly", wasm)
	if detailed {
		result.Set("current", estimate())
		result.Set("other", m.vm.NewArray())
	}
	return result
}
