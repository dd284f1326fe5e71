package perf_hooks

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// statistics gives the classes what statistics.go computes.
func (c *histogramClass) statistics() {
	rt, vm := c.rt, c.vm
	number := func(v goja.Value, name string) float64 { return rt.ValidateNumber(v, name, math.Inf(-1), math.Inf(1)) }
	within := func(v goja.Value, name string) float64 {
		f := number(v, name)
		if !(f > 0 && f < 1) {
			rt.ThrowOutOfRange(name, "> 0 && < 1", v)
		}
		return f
	}
	confidence := func(options goja.Value) float64 {
		if goja.IsUndefined(options) {
			return 0.95
		}
		v := rt.ValidateObject(options, "options").Get("confidence")
		if v == nil || goja.IsUndefined(v) {
			return 0.95
		}
		return within(v, "options.confidence")
	}
	other := func(v goja.Value) *histogram {
		h, ok := rt.Slot(v).(*histogram)
		if !ok {
			rt.ThrowArgType("other", v, "Histogram")
		}
		return h
	}
	record := func(pairs ...any) *goja.Object {
		o := vm.CreateObject(nil)
		for i := 0; i < len(pairs); i += 2 {
			o.Set(pairs[i].(string), pairs[i+1])
		}
		return o
	}
	mapOf := func(list [][2]float64, value func(float64) goja.Value) goja.Value {
		m := rt.Construct(rt.Intrinsic("Map"))
		for _, p := range list {
			rt.CallMethod(m, "set", vm.ToValue(p[0]), value(p[1]))
		}
		return m
	}
	plain := func(f float64) goja.Value { return vm.ToValue(f) }
	method := func(name string, length int, f func(h *histogram, call goja.FunctionCall) any) {
		rt.SetMethod(c.proto, name, length, func(call goja.FunctionCall) goja.Value { return vm.ToValue(f(c.of(call.This), call)) })
	}
	getter := func(name string, f func(h *histogram) any) {
		rt.SetGetter(c.proto, name, func(this goja.Value) goja.Value { return vm.ToValue(f(c.of(this))) }, nil)
	}
	getter("skewness", func(h *histogram) any { return h.skewness() })
	getter("kurtosis", func(h *histogram) any { return h.kurtosis() })
	getter("ewmaMean", func(h *histogram) any { return h.recent.mean })
	getter("ewmaStddev", func(h *histogram) any { return math.Sqrt(h.recent.variance) })
	getter("ewmaErrorRate", func(h *histogram) any { return h.recent.errorRatio })
	getter("percentilesBigInt", func(h *histogram) any {
		return mapOf(h.percentiles(), func(f float64) goja.Value { return rt.Apply(rt.Intrinsic("BigInt"), goja.Undefined(), vm.ToValue(f)) })
	})
	method("burnRate", 1, func(h *histogram, call goja.FunctionCall) any {
		return h.recent.errorRatio / (1 - within(call.Argument(0), "sloTarget"))
	})
	method("cdf", 1, func(h *histogram, call goja.FunctionCall) any { return h.cdf(number(call.Argument(0), "value")) })
	method("ccdf", 1, func(h *histogram, call goja.FunctionCall) any { return 1 - h.cdf(number(call.Argument(0), "value")) })
	method("countAt", 1, func(h *histogram, call goja.FunctionCall) any {
		v := number(call.Argument(0), "value")
		if !(v >= 0 && v <= math.MaxInt64/2) {
			return 0
		}
		return h.counts[h.lowest(int64(v))]
	})
	method("linearBuckets", 1, func(h *histogram, call goja.FunctionCall) any {
		step := float64(rt.ValidateInteger(call.Argument(0), "stepSize", 1, engine.MaxSafeInteger))
		return mapOf(h.buckets(step, func(level float64) float64 { return level + step }), plain)
	})
	method("logBuckets", 2, func(h *histogram, call goja.FunctionCall) any {
		first := float64(rt.ValidateInteger(call.Argument(0), "firstBucket", 1, engine.MaxSafeInteger))
		base := number(call.Argument(1), "base")
		if !(base > 1) {
			rt.ThrowOutOfRange("base", "> 1", call.Argument(1))
		}
		return mapOf(h.buckets(first, func(level float64) float64 { return max(math.Floor(level*base), level+1) }), plain)
	})
	method("percentilesAt", 1, func(h *histogram, call goja.FunctionCall) any {
		list := rt.ValidateArray(call.Argument(0), "percentiles", 0)
		var wanted []float64
		for i := range int(list.Get("length").ToInteger()) {
			wanted = append(wanted, c.percentile(list.Get(vm.ToValue(i).String()), "percentiles["+vm.ToValue(i).String()+"]"))
		}
		return mapOf(h.at(wanted), plain)
	})
	method("percentileCI", 1, func(h *histogram, call goja.FunctionCall) any {
		p := c.percentile(call.Argument(0), "percentile")
		lower, upper := h.interval(p, confidence(call.Argument(1)))
		return record("value", h.percentile(p), "lower", lower, "upper", upper)
	})
	method("ksTest", 1, func(h *histogram, call goja.FunctionCall) any { return h.kolmogorovSmirnov(other(call.Argument(0))) })
	method("cohensD", 1, func(h *histogram, call goja.FunctionCall) any { return h.cohensD(other(call.Argument(0))) })
	method("cliffsD", 1, func(h *histogram, call goja.FunctionCall) any { return h.cliffsD(other(call.Argument(0))) })
	method("mannWhitneyTest", 1, func(h *histogram, call goja.FunctionCall) any {
		u, z, p := h.mannWhitney(other(call.Argument(0)))
		return record("uStatistic", u, "zScore", z, "pValue", p)
	})
	method("welchTest", 1, func(h *histogram, call goja.FunctionCall) any {
		o := other(call.Argument(0))
		t, freedom, p, lower, upper := h.welch(o, confidence(call.Argument(1)))
		return record("tStatistic", t, "degreesOfFreedom", freedom, "pValue", p, "confidenceInterval", record("lower", lower, "upper", upper))
	})
	c.proto.DefineDataPropertySymbol(rt.SymbolFor("nodejs.util.inspect.custom"), rt.Method("[nodejs.util.inspect.custom]", 2, func(call goja.FunctionCall) goja.Value {
		h := c.of(call.This)
		if depth := call.Argument(0); goja.IsNumber(depth) && depth.ToFloat() < 0 {
			return vm.ToValue("[" + rt.TypeName(call.This) + "]")
		}
		o := vm.NewObject()
		for _, p := range []struct {
			name  string
			value any
		}{{"min", h.min()}, {"max", h.max()}, {"mean", h.mean()}, {"exceeds", h.exceeds}, {"stddev", h.stddev()}, {"skewness", h.skewness()}, {"kurtosis", h.kurtosis()},
			{"count", h.count}, {"percentiles", mapOf(h.percentiles(), plain)}} {
			o.Set(p.name, p.value)
		}
		options := vm.NewObject()
		if given, ok := call.Argument(1).(*goja.Object); ok {
			for _, key := range given.Keys() {
				options.Set(key, given.Get(key))
			}
			if depth := given.Get("depth"); depth != nil && goja.IsNumber(depth) {
				options.Set("depth", depth.ToFloat()-1)
			}
		}
		return vm.ToValue("Histogram " + rt.CallMethod(rt.Require("util"), "inspect", o, options).String())
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)

	rt.SetMethod(c.recordable, "recordCorrected", 2, func(call goja.FunctionCall) goja.Value {
		h := c.recording(call.This)
		v, interval := c.recorded(call.Argument(0), "val"), c.recorded(call.Argument(1), "expectedInterval")
		h.record(v, 1)
		for missing := v - interval; interval > 0 && missing >= interval; missing -= interval {
			h.record(missing, 1)
		}
		return goja.Undefined()
	})
	rt.SetMethod(c.recordable, "subtract", 1, func(call goja.FunctionCall) goja.Value {
		from := c.recording(call.This)
		from.subtract(c.other(call.Argument(0)))
		return goja.Undefined()
	})
}
