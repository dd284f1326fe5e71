// Package perf_hooks is module "perf_hooks". The clock, histograms and the loop's utilization are Go; entries, marks,
// measures and observers are JavaScript that loads when first used, so that performance.now costs nothing but itself.
// Everything runs on the loop goroutine.
package perf_hooks

import (
	_ "embed"
	"math"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loop"
	"gonode/runtime"
)

//go:embed entries.js
var entriesJS string

// Module is "perf_hooks".
var Module = &runtime.Module{Name: "perf_hooks", Binding: binding, Globals: []runtime.Global{
	{Name: "performance", Enumerable: true, Accessor: true}, {Name: "Performance"}, {Name: "PerformanceEntry"}, {Name: "PerformanceMark"},
	{Name: "PerformanceMeasure"}, {Name: "PerformanceObserver"}, {Name: "PerformanceObserverEntryList"}, {Name: "PerformanceResourceTiming"},
}}

// Entries is "internal/perf/observe": marks, measures, observers, and how other modules report entries.
var Entries = &runtime.Module{Name: "internal/perf/observe", Private: true, Script: engine.NewScript("node:internal/perf/observe", &entriesJS)}

type module struct {
	rt *runtime.Runtime
	vm *goja.Runtime
}

func millis(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM()}
	vm := m.vm
	exports := vm.NewObject()
	eventTarget := rt.Require("internal/event_target")
	base := eventTarget.Get("EventTarget").(*goja.Object)
	class, proto := rt.Class("Performance", 0, func(goja.ConstructorCall) *goja.Object {
		panic(rt.NewError("ERR_ILLEGAL_CONSTRUCTOR"))
	})
	class.SetPrototype(base)
	proto.SetPrototype(base.Get("prototype").(*goja.Object))
	performance := vm.CreateObject(proto)
	rt.CallMethod(eventTarget, "initEventTarget", performance)
	rt.CallMethod(eventTarget, "defineEventHandler", proto, vm.ToValue("resourcetimingbufferfull"))
	check := func(this goja.Value) {
		if this != goja.Value(performance) {
			rt.Throw(rt.NewError("ERR_INVALID_THIS", "Performance"))
		}
	}
	lazy := func(name string, length int) {
		rt.SetOperation(proto, name, length, func(call goja.FunctionCall) goja.Value {
			check(call.This)
			return rt.Apply(rt.Require("internal/perf/observe").Get(name), call.This, call.Arguments...)
		})
	}
	for _, name := range []string{"clearMarks", "clearMeasures", "clearResourceTimings", "getEntries"} {
		lazy(name, 0)
	}
	lazy("getEntriesByName", 1)
	lazy("getEntriesByType", 1)
	lazy("mark", 1)
	lazy("measure", 1)
	rt.SetOperation(proto, "now", 0, func(call goja.FunctionCall) goja.Value {
		check(call.This)
		return vm.ToValue(millis(rt.Uptime()))
	})
	lazy("setResourceTimingBufferSize", 1)
	proto.DefineAccessorProperty("timeOrigin", rt.Func("get timeOrigin", 0, func(call goja.FunctionCall) goja.Value {
		check(call.This)
		return vm.ToValue(float64(rt.Started().UnixMicro()) / 1e3)
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	rt.SetOperation(proto, "toJSON", 0, func(call goja.FunctionCall) goja.Value {
		check(call.This)
		o := vm.NewObject()
		o.Set("nodeTiming", performance.Get("nodeTiming"))
		o.Set("timeOrigin", performance.Get("timeOrigin"))
		o.Set("eventLoopUtilization", m.utilization(goja.FunctionCall{}))
		return o
	})
	rt.SetMethod(proto, "eventLoopUtilization", 2, m.utilization)
	rt.DefineLazy(proto, "nodeTiming", false, m.nodeTiming)
	rt.SetMethod(proto, "markResourceTiming", 7, func(call goja.FunctionCall) goja.Value {
		return rt.Apply(rt.Require("internal/perf/observe").Get("markResourceTiming"), call.This, call.Arguments...)
	})
	rt.SetMethod(proto, "timerify", 1, func(call goja.FunctionCall) goja.Value {
		return rt.Apply(rt.Require("internal/perf/observe").Get("timerify"), call.This, call.Arguments...)
	})
	proto.DefineDataPropertySymbol(goja.SymToStringTag, vm.ToValue("Performance"), goja.FLAG_FALSE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	proto.DefineDataPropertySymbol(rt.SymbolFor("nodejs.util.inspect.custom"),
		rt.Method("inspect", 2, func(call goja.FunctionCall) goja.Value {
			o := vm.NewObject()
			o.Set("nodeTiming", performance.Get("nodeTiming"))
			o.Set("timeOrigin", performance.Get("timeOrigin"))
			return vm.ToValue("Performance " + rt.CallMethod(rt.Require("util"), "inspect", o, call.Argument(1)).String())
		}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)

	exports.Set("Performance", class)
	rt.DefineExports(exports, "internal/perf/observe", "PerformanceEntry", "PerformanceMark", "PerformanceMeasure", "PerformanceObserver",
		"PerformanceObserverEntryList", "PerformanceResourceTiming")
	h := m.defineHistogram()
	rt.SetFunc(exports, "monitorEventLoopDelay", 0, h.monitor)
	exports.Set("eventLoopUtilization", proto.Get("eventLoopUtilization"))
	exports.Set("timerify", proto.Get("timerify"))
	rt.SetFunc(exports, "createHistogram", 0, h.create)
	exports.Set("performance", performance)
	constants := vm.NewObject()
	for _, c := range [...]struct {
		name  string
		value int
	}{{"GC_MAJOR", 4}, {"GC_MINOR", 1}, {"GC_MINOR_MARK_SWEEP", 2}, {"GC_INCREMENTAL", 8}, {"GC_WEAKCB", 16}, {"GC_FLAGS_NO", 0},
		{"GC_FLAGS_CONSTRUCT_RETAINED", 2}, {"GC_FLAGS_FORCED", 4}, {"GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING", 8},
		{"GC_FLAGS_ALL_AVAILABLE_GARBAGE", 16}, {"GC_FLAGS_ALL_EXTERNAL_MEMORY", 32}, {"GC_FLAGS_SCHEDULE_IDLE", 64}} {
		constants.Set("NODE_PERFORMANCE_"+c.name, c.value)
	}
	for i, name := range [...]string{"ENTRY_TYPE_GC", "ENTRY_TYPE_HTTP", "ENTRY_TYPE_HTTP2", "ENTRY_TYPE_NET", "ENTRY_TYPE_DNS", "ENTRY_TYPE_QUIC"} {
		constants.DefineDataProperty("NODE_PERFORMANCE_"+name, vm.ToValue(i), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	for i, name := range [...]string{"TIME_ORIGIN_TIMESTAMP", "TIME_ORIGIN", "ENVIRONMENT", "NODE_START", "V8_START", "LOOP_START", "LOOP_EXIT",
		"BOOTSTRAP_COMPLETE"} {
		constants.DefineDataProperty("NODE_PERFORMANCE_MILESTONE_"+name, vm.ToValue(i), goja.FLAG_FALSE, goja.FLAG_FALSE, goja.FLAG_FALSE)
	}
	exports.Set("constants", constants)
	return exports
}

// utilization is performance.eventLoopUtilization(since, until).
func (m *module) utilization(call goja.FunctionCall) goja.Value {
	result := func(idle, active float64) goja.Value {
		o := m.vm.NewObject()
		o.Set("idle", idle)
		o.Set("active", active)
		o.Set("utilization", active/(idle+active))
		return o
	}
	idle := millis(m.rt.Loop().IdleTime())
	active := millis(m.rt.Uptime()) - idle
	if len(call.Arguments) == 0 {
		return result(idle, active)
	}
	field := func(v goja.Value, name string) float64 {
		if f := v.ToObject(m.vm).Get(name); f != nil {
			return f.ToFloat()
		}
		return math.NaN()
	}
	since := call.Arguments[0]
	if goja.IsUndefined(since) {
		return result(idle, active)
	}
	if until := call.Argument(1); !goja.IsUndefined(until) {
		return result(field(since, "idle")-field(until, "idle"), field(since, "active")-field(until, "active"))
	}
	return result(idle-field(since, "idle"), active-field(since, "active"))
}

// nodeTiming is performance.nodeTiming. The process begins where the runtime does.
func (m *module) nodeTiming() goja.Value {
	entry := m.rt.Require("internal/perf/observe").Get("PerformanceEntry").(*goja.Object)
	_, proto := m.rt.NativeClass("PerformanceNodeTiming", 0, true, func(goja.ConstructorCall) *goja.Object {
		panic(m.vm.NewTypeError("Illegal constructor"))
	})
	proto.SetPrototype(entry.Get("prototype").(*goja.Object))
	o := m.vm.CreateObject(proto)
	type part struct {
		name string
		get  func() any
	}
	at := func(d *time.Duration) func() any { return func() any { return millis(*d) } }
	looped := func(at func(loop.Metrics) time.Time) func() any {
		return func() any {
			when := at(m.rt.Loop().Metrics())
			if when.IsZero() {
				return -1
			}
			return millis(when.Sub(m.rt.Started()))
		}
	}
	milestones := &m.rt.Milestones
	parts := []part{
		{"name", func() any { return "node" }}, {"entryType", func() any { return "node" }}, {"startTime", func() any { return 0 }},
		{"duration", func() any { return millis(m.rt.Uptime()) }}, {"nodeStart", func() any { return millis(milestones.Engine) / 2 }},
		{"v8Start", at(&milestones.Engine)}, {"environment", at(&milestones.Environment)},
		{"loopStart", looped(func(l loop.Metrics) time.Time { return l.Began })}, {"loopExit", looped(func(l loop.Metrics) time.Time { return l.Ended })},
		{"bootstrapComplete", at(&milestones.Bootstrap)}, {"idleTime", func() any { return millis(m.rt.Loop().IdleTime()) }},
		{"uvMetricsInfo", func() any {
			done := m.rt.Loop().Metrics()
			info := m.vm.NewObject()
			info.Set("loopCount", done.Turns)
			info.Set("events", done.Events)
			info.Set("eventsWaiting", 0)
			return info
		}},
	}
	m.rt.SetMethod(proto, "toJSON", 0, func(call goja.FunctionCall) goja.Value {
		from, to := call.This.ToObject(m.vm), m.vm.NewObject()
		for _, name := range [...]string{"name", "entryType", "startTime", "duration", "nodeStart", "v8Start", "bootstrapComplete", "environment", "loopStart", "loopExit", "idleTime"} {
			to.Set(name, from.Get(name))
		}
		return to
	})
	for _, p := range parts {
		name, f := p.name, p.get
		o.DefineAccessorProperty(name, m.rt.Func("get "+name, 0, func(goja.FunctionCall) goja.Value { return m.vm.ToValue(f()) }),
			nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	return o
}
