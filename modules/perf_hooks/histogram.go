package perf_hooks

import (
	"maps"
	"math"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// histogram counts values as HdrHistogram does, which Node has.
type histogram struct {
	scale
	counts         map[int64]int64 // by the lowest value of the bucket
	count, exceeds int64
	least, most    int64   // that were recorded
	last           float64 // of recordDelta, in nanoseconds
	timer          func(on bool) bool
	recent         forgetting
}

func newHistogram(s scale) *histogram {
	h := &histogram{scale: s}
	h.reset()
	return h
}

// Clone implements runtime.Cloneable: the copy has what has been counted so far.
func (h *histogram) Clone(*goja.Object) (revive func(*runtime.Runtime) goja.Value) {
	taken := *h
	taken.counts, taken.timer = maps.Clone(h.counts), nil
	return func(rt *runtime.Runtime) goja.Value {
		o := rt.CallMethod(rt.Require("perf_hooks"), "createHistogram")
		copied := engine.Held[*histogram](rt, o)
		*copied = taken
		copied.counts = maps.Clone(taken.counts)
		return o
	}
}

func (h *histogram) reset() {
	h.counts = map[int64]int64{}
	h.count, h.exceeds, h.least, h.most = 0, 0, math.MaxInt64, 0
	h.recent = forgetting{weight: h.recent.weight, threshold: h.recent.threshold}
}

func (h *histogram) record(v, n int64) {
	if v < 0 || v >= h.untrackable {
		h.exceeds++
		return
	}
	h.counts[h.lowest(v)] += n
	h.count += n
	h.least, h.most = min(h.least, v), max(h.most, v)
	h.recent.record(float64(v))
}

func (h *histogram) min() int64 {
	if h.count == 0 {
		return math.MaxInt64
	}
	return h.lowest(h.least)
}

func (h *histogram) max() int64 {
	if h.count == 0 {
		return 0
	}
	return h.highest(h.most)
}

func (h *histogram) mean() float64 {
	if h.count == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range h.values() {
		sum += v.n * v.value
	}
	return sum / float64(h.count)
}

func (h *histogram) stddev() float64 {
	if h.count == 0 {
		return math.NaN()
	}
	return math.Sqrt(h.moment(2))
}

func (h *histogram) sorted() []int64 { return slices.Sorted(maps.Keys(h.counts)) }

func (h *histogram) percentile(p float64) int64 {
	want := max(1, int64(p/100*float64(h.count)+0.5))
	var seen int64
	for _, k := range h.sorted() {
		if seen += h.counts[k]; seen >= want {
			return h.highest(k)
		}
	}
	return h.highest(0)
}

// percentiles halves the rest each time, as HdrHistogram's iterator does, which gives the lowest value of each bucket.
func (h *histogram) percentiles() (list [][2]float64) {
	var seen int64
	last, next := 0.0, 0.0
	for _, k := range h.sorted() {
		last = float64(k)
		seen += h.counts[k]
		for reached := 100 * float64(seen) / float64(h.count); next <= reached; {
			list = append(list, [2]float64{next, last})
			next += 100 / math.Exp2(math.Trunc(math.Log2(100/(100-next)))+1)
			if seen == h.count {
				break
			}
		}
	}
	return append(list, [2]float64{100, last})
}

type histogramClass struct {
	*module
	proto, recordable, interval *goja.Object
}

func (c *histogramClass) of(v goja.Value) *histogram {
	h, ok := c.rt.Slot(v).(*histogram)
	if !ok {
		panic(c.rt.NewError("ERR_INVALID_THIS", "Histogram"))
	}
	return h
}

// recording is of for the methods that record: they read from their receiver at once.
func (c *histogramClass) recording(v goja.Value) *histogram {
	v.ToObject(c.vm)
	return c.of(v)
}

// recorded is a value to be recorded, or how far two of them are expected to lie apart.
func (c *histogramClass) recorded(v goja.Value, name string) int64 {
	if goja.IsBigInt(v) {
		return v.ToInteger()
	}
	return c.rt.ValidateInteger(v, name, 1, engine.MaxSafeInteger)
}

// other is the histogram that is an argument.
func (c *histogramClass) other(v goja.Value) *histogram {
	h, ok := c.rt.Slot(v).(*histogram)
	if !ok {
		c.rt.ThrowArgType("other", v, "RecordableHistogram")
	}
	return h
}

func (m *module) defineHistogram() *histogramClass {
	rt, vm := m.rt, m.vm
	c := &histogramClass{module: m}
	illegal := func(goja.ConstructorCall) *goja.Object { panic(rt.NewError("ERR_ILLEGAL_CONSTRUCTOR")) }
	_, c.proto = rt.Class("Histogram", 0, illegal)
	_, c.recordable = rt.Class("RecordableHistogram", 0, illegal)
	_, c.interval = rt.Class("ELDHistogram", 0, illegal)
	c.recordable.SetPrototype(c.proto)
	c.interval.SetPrototype(c.proto)
	get := func(name string, f func(h *histogram) any) {
		rt.SetGetter(c.proto, name, func(this goja.Value) goja.Value { return vm.ToValue(f(c.of(this))) }, nil)
		rt.SetGetter(c.proto, name+"BigInt", func(this goja.Value) goja.Value {
			return rt.Apply(rt.Intrinsic("BigInt"), goja.Undefined(), vm.ToValue(f(c.of(this))))
		}, nil)
	}
	get("count", func(h *histogram) any { return h.count })
	get("exceeds", func(h *histogram) any { return h.exceeds })
	get("min", func(h *histogram) any { return h.min() })
	get("max", func(h *histogram) any { return h.max() })
	rt.SetGetter(c.proto, "mean", func(this goja.Value) goja.Value { return vm.ToValue(c.of(this).mean()) }, nil)
	rt.SetGetter(c.proto, "stddev", func(this goja.Value) goja.Value { return vm.ToValue(c.of(this).stddev()) }, nil)
	percentile := func(v goja.Value) float64 { return c.percentile(v, "percentile") }
	c.statistics()
	rt.SetMethod(c.proto, "percentile", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(c.of(call.This).percentile(percentile(call.Argument(0))))
	})
	rt.SetMethod(c.proto, "percentileBigInt", 1, func(call goja.FunctionCall) goja.Value {
		return rt.Apply(rt.Intrinsic("BigInt"), goja.Undefined(), vm.ToValue(c.of(call.This).percentile(percentile(call.Argument(0)))))
	})
	rt.SetGetter(c.proto, "percentiles", func(this goja.Value) goja.Value {
		list, err := vm.New(rt.Intrinsic("Map"))
		if err != nil {
			panic(err)
		}
		for _, p := range c.of(this).percentiles() {
			rt.CallMethod(list, "set", vm.ToValue(p[0]), vm.ToValue(p[1]))
		}
		return list
	}, nil)
	rt.SetMethod(c.proto, "reset", 0, func(call goja.FunctionCall) goja.Value {
		c.of(call.This).reset()
		return goja.Undefined()
	})
	toJSON := func(call goja.FunctionCall) goja.Value {
		h := engine.Held[*histogram](rt, call.This)
		o := vm.NewObject()
		o.Set("count", h.count)
		o.Set("min", h.min())
		o.Set("max", h.max())
		o.Set("mean", h.mean())
		o.Set("exceeds", h.exceeds)
		o.Set("stddev", h.stddev())
		o.Set("skewness", h.skewness())
		o.Set("kurtosis", h.kurtosis())
		o.Set("ewmaMean", h.recent.mean)
		o.Set("ewmaStddev", math.Sqrt(h.recent.variance))
		o.Set("ewmaErrorRate", h.recent.errorRatio)
		percentiles := vm.NewObject()
		for _, p := range h.percentiles() {
			percentiles.Set(vm.ToValue(p[0]).String(), p[1])
		}
		o.Set("percentiles", percentiles)
		return o
	}
	rt.SetMethod(c.proto, "toJSON", 0, toJSON)
	rt.SetMethod(c.recordable, "record", 1, func(call goja.FunctionCall) goja.Value {
		c.recording(call.This).record(c.recorded(call.Argument(0), "val"), 1)
		return goja.Undefined()
	})
	rt.SetMethod(c.recordable, "recordDelta", 0, func(call goja.FunctionCall) goja.Value {
		h := c.recording(call.This)
		now := float64(rt.Uptime().Nanoseconds())
		if h.last > 0 {
			h.record(int64(now-h.last), 1)
		}
		h.last = now
		return goja.Undefined()
	})
	rt.SetMethod(c.recordable, "add", 1, func(call goja.FunctionCall) goja.Value {
		to := c.recording(call.This)
		h := c.other(call.Argument(0))
		for k, n := range h.counts {
			to.record(k, n)
		}
		to.exceeds += h.exceeds
		return goja.Undefined()
	})
	for _, name := range []string{"enable", "disable"} {
		rt.SetMethod(c.interval, name, 0, func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(c.of(call.This).timer(name == "enable"))
		})
	}
	dispose, _ := rt.Intrinsic("Symbol").Get("dispose").(*goja.Symbol)
	c.interval.DefineDataPropertySymbol(dispose, rt.Method("[Symbol.dispose]", 0, func(call goja.FunctionCall) goja.Value {
		rt.CallMethod(call.This.ToObject(vm), "disable")
		return goja.Undefined()
	}), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
	return c
}

func (c *histogramClass) percentile(v goja.Value, name string) float64 {
	if !goja.IsNumber(v) {
		c.rt.ThrowArgType(name, v, "number")
	}
	p := v.ToFloat()
	if math.IsNaN(p) || p <= 0 || p > 100 {
		c.rt.ThrowOutOfRange(name, "> 0 && <= 100", v)
	}
	return p
}

// at gives the values at percentiles, in the order of these.
func (h *histogram) at(percentiles []float64) (list [][2]float64) {
	slices.Sort(percentiles)
	for _, p := range percentiles {
		v := h.percentile(p)
		if h.count == 0 {
			v = 1 // Node's shows how many values it has looked for
		}
		list = append(list, [2]float64{p, float64(v)})
	}
	return list
}

// subtract takes away what another has counted, as far as there is so much.
func (h *histogram) subtract(other *histogram) {
	kept := *h
	h.reset()
	h.exceeds, h.recent = max(0, kept.exceeds-other.exceeds), kept.recent
	recent := h.recent
	for k, n := range kept.counts {
		if n -= other.counts[k]; n > 0 {
			h.record(k, n)
		}
	}
	h.recent = recent
}

// create is createHistogram.
func (c *histogramClass) create(call goja.FunctionCall) goja.Value {
	lo, hi, figures := int64(1), int64(engine.MaxSafeInteger), 3
	if v := call.Argument(0); !goja.IsUndefined(v) {
		o := c.rt.ValidateObject(v, "options")
		bound := func(name string, least, otherwise int64) int64 {
			v := o.Get(name)
			if v == nil || goja.IsUndefined(v) {
				return otherwise
			}
			if goja.IsBigInt(v) {
				return v.ToInteger()
			}
			return c.rt.ValidateInteger(v, "options."+name, least, engine.MaxSafeInteger)
		}
		lo = bound("lowest", 1, lo)
		hi = bound("highest", 2*lo, hi)
		if v := o.Get("figures"); v != nil && !goja.IsUndefined(v) {
			figures = int(c.rt.ValidateInteger(v, "options.figures", 1, 5))
		}
	}
	h := newHistogram(newScale(lo, hi, figures))
	if options, ok := call.Argument(0).(*goja.Object); ok {
		positive := func(name string) float64 {
			v := options.Get(name)
			if v == nil || goja.IsUndefined(v) {
				return 0
			}
			f := c.rt.ValidateNumber(v, "options."+name, math.Inf(-1), math.Inf(1))
			if f < 0 {
				c.rt.ThrowOutOfRange("options."+name, ">= 0", v)
			}
			return f
		}
		if life := positive("halfLife"); life > 0 {
			h.recent.weight = 1 - math.Pow(0.5, 1/life)
		}
		h.recent.threshold = positive("threshold")
	}
	o := c.vm.CreateObject(c.recordable)
	c.rt.SetSlot(o, h)
	return o
}

// monitor is monitorEventLoopDelay: a timer that does not hold the loop open measures how late it is.
func (c *histogramClass) monitor(call goja.FunctionCall) goja.Value {
	resolution := int64(10)
	if v := call.Argument(0); !goja.IsUndefined(v) {
		if r := c.rt.ValidateObject(v, "options").Get("resolution"); r != nil && !goja.IsUndefined(r) {
			resolution = c.rt.ValidateInteger(r, "options.resolution", 1, engine.MaxSafeInteger)
		}
	}
	h := newHistogram(newScale(1000, math.MaxInt64, 3))
	timer := c.rt.Loop().NewTimer(nil)
	var before int64
	timer = c.rt.Loop().NewTimer(func() {
		now := c.rt.Uptime().Nanoseconds()
		if before > 0 {
			h.record(now-before, 1)
		}
		before = now
		timer.Start(resolution)
	})
	timer.Unref()
	h.timer = func(on bool) bool {
		if on == timer.Active() {
			return false
		}
		if on {
			before = 0
			timer.Start(resolution)
		} else {
			timer.Stop()
		}
		return true
	}
	o := c.vm.CreateObject(c.interval)
	c.rt.SetSlot(o, h)
	return o
}
