package http

import (
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/http1"
	"gonode/runtime"
)

// usage counts what servers do, for who asked for it by loading "internal/http/usage".
type usage struct {
	requests int64
	sum      time.Duration
	buckets  [len(latencyBounds) + 1]int64
	parsers  map[*connections]struct{} // servers' connections
	cookie   string                    // "NAME=VALUE" that leads clients to this process, "" if they need not come back
}

// strays tells whether a request's client has to be given the cookie. It may have several of the name, of several paths: the first counts.
func (u *usage) strays(h *http1.Head) bool {
	if u.cookie == "" {
		return false
	}
	name, _, _ := strings.Cut(u.cookie, "=")
	for i := range h.Len() {
		if strings.EqualFold(h.Name(i), "cookie") {
			if value, ok := http1.Cookie(h.Value(i), name); ok {
				return name+"="+value != u.cookie
			}
		}
	}
	return true
}

// latencyBounds are the upper bounds of all buckets but the last: those of internal/supervise.
var latencyBounds = [...]time.Duration{1 * time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second}

// Usage is "internal/http/usage": read() gives what servers have done since the module was loaded, as internal/supervise has it.
var Usage = &runtime.Module{Name: "internal/http/usage", Private: true, Binding: func(rt *runtime.Runtime) *goja.Object {
	m := stateOf(rt)
	u := &usage{parsers: map[*connections]struct{}{}}
	m.usage = u
	o := m.vm.NewObject()
	rt.SetFunc(o, "read", 0, func(goja.FunctionCall) goja.Value {
		open := 0
		for c := range u.parsers {
			open += len(c.all)
		}
		buckets := make([]any, len(u.buckets))
		for i, n := range u.buckets {
			buckets[i] = n
		}
		latency := m.vm.NewObject()
		latency.Set("sum", u.sum.Seconds())
		latency.Set("buckets", m.vm.NewArray(buckets...))
		read := m.vm.NewObject()
		read.Set("requests", u.requests)
		read.Set("connections", open)
		read.Set("latency", latency)
		return read
	})
	rt.SetFunc(o, "stick", 1, func(call goja.FunctionCall) goja.Value {
		u.cookie = call.Argument(0).String()
		return goja.Undefined()
	})
	return o
}}

// served counts a request that has been answered.
func (m *module) served(x *exchange) {
	u := m.usage
	if u == nil || x == nil || x.began == 0 {
		return
	}
	took := time.Duration(m.clock() - x.began)
	u.requests++
	u.sum += took
	i := 0
	for i < len(latencyBounds) && took > latencyBounds[i] {
		i++
	}
	u.buckets[i]++
	x.began = 0
}
