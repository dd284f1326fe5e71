package supervisor

import (
	"maps"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/loop"
	"gonode/internal/memory"
	"gonode/internal/supervise"
	"gonode/runtime"
)

const beatEvery = 1000 // milliseconds

// supervised is what a supervisor's worker loads: start(send) sends each second how it does, and so that it is not stuck.
func supervised(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "start", 1, func(call goja.FunctionCall) goja.Value {
		send, _ := goja.AssertFunction(call.Argument(0))
		read := rt.Require("internal/http/usage").Get("read")
		if cookie := call.Argument(1).String(); strings.Contains(cookie, "=") {
			usage := rt.Require("internal/http/usage")
			rt.CallMethod(usage, "stick", call.Argument(1))
		}
		var due time.Time
		var rest memory.Rest
		var pauses pauses
		turns := rt.Loop().Measure()
		beat := func() {
			usage := rt.Apply(read, goja.Undefined()).(*goja.Object)
			heap, handles, delays := rest.Look(), rt.Loop().Holding(), turns.Delays()
			pauses.add(heap.Pauses)
			user, system := times()
			set(rt, usage, fields{"heap": heap.Used, "heapTotal": heap.Total, "handles": len(handles), "maxFiles": maxFiles(), "user": user, "system": system, "loopDelay": max(time.Since(due).Seconds(), 0),
				"loop":  fields{"min": delays.Min, "max": delays.Max, "mean": delays.Mean, "stddev": delays.StdDev, "p50": delays.P50, "p90": delays.P90, "p99": delays.P99},
				"kinds": count(handles), "resources": count(rt.ActiveResources()), "pauses": pauses.fields(rt)})
			message := rt.VM().NewObject()
			message.Set("act", "usage")
			message.Set("usage", usage)
			rt.Call(send, goja.Undefined(), message)
		}
		var t *loop.Timer
		next := func() {
			rt.Loop().UpdateTime()
			due = time.Now().Add(beatEvery * time.Millisecond)
			t.Start(beatEvery)
		}
		t = rt.Loop().NewTimer(func() {
			rt.Enter(beat)
			next()
		})
		t.Unref()
		due = time.Now()
		rt.Loop().SetImmediate(func() { rt.Enter(beat) })
		next()
		return goja.Undefined()
	})
	return o
}

// fields are properties by name: numbers, values and further fields.
type fields map[string]any

func set(rt *runtime.Runtime, o *goja.Object, f fields) {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		v := f[name]
		if inner, ok := v.(fields); ok {
			object := rt.VM().NewObject()
			set(rt, object, inner)
			v = object
		}
		o.Set(name, v)
	}
}

func count(kinds []string) fields {
	n := map[string]int{}
	for _, kind := range kinds {
		n[kind]++
	}
	f := fields{}
	for kind, n := range n {
		f[kind] = n
	}
	return f
}

// pauses are those of the garbage collector so far.
type pauses struct {
	sum     time.Duration
	buckets [len(supervise.PauseBounds) + 1]int64
}

func (p *pauses) add(list []time.Duration) {
	for _, d := range list {
		p.sum += d
		i := 0
		for i < len(supervise.PauseBounds) && d.Seconds() > supervise.PauseBounds[i] {
			i++
		}
		p.buckets[i]++
	}
}

func (p *pauses) fields(rt *runtime.Runtime) fields {
	list := make([]any, len(p.buckets))
	for i, n := range p.buckets {
		list[i] = n
	}
	return fields{"sum": p.sum.Seconds(), "buckets": rt.VM().NewArray(list...)}
}

// maxFiles is how many descriptors the process may have.
func maxFiles() uint64 {
	var limit syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return limit.Cur
}

// times are the process's user and system time, in seconds.
func times() (user, system float64) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano()).Seconds(), time.Duration(u.Stime.Nano()).Seconds()
}
