package worker_threads

import (
	"slices"
	"strconv"
	"sync"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// lockTable has the locks of all threads of a main thread and its workers, by the Web Locks API. Each thread grants its own
// requests: where something changes for another one, that is told to look. Any goroutine.
type lockTable struct {
	mu      sync.Mutex
	held    []*lock
	pending []*lock
}

// lock is a request, and then the lock. granted and stolen are its thread's.
type lock struct {
	rt                         *runtime.Runtime
	name                       string
	shared, steal, ifAvailable bool
	granted, stolen            goja.Callable
}

func (l *lock) mode() string {
	if l.shared {
		return "shared"
	}
	return "exclusive"
}

func (l *lock) excludes(other *lock) bool {
	return l.name == other.name && !(l.shared && other.shared)
}

// next takes the first request out of the queue that its thread can answer: with the lock, or with none. The locks that it
// steals and the other threads that wait are given as well.
func (t *lockTable) next(rt *runtime.Runtime) (found *lock, got bool, stolen []*lock, others []*runtime.Runtime) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, l := range t.pending {
		if l.rt != rt {
			if !slices.Contains(others, l.rt) {
				others = append(others, l.rt)
			}
			continue
		}
		free := l.steal || !slices.ContainsFunc(t.pending[:i], l.excludes) && !slices.ContainsFunc(t.held, l.excludes)
		if !free && !l.ifAvailable {
			continue
		}
		t.pending = slices.Delete(t.pending, i, i+1)
		if free {
			if l.steal {
				t.held = slices.DeleteFunc(t.held, func(h *lock) bool {
					if h.name == l.name {
						stolen = append(stolen, h)
						return true
					}
					return false
				})
			}
			t.held = append(t.held, l)
		}
		return l, free, stolen, others
	}
	return nil, false, nil, others
}

// proceed answers what can be answered to this thread, and has the others do the same.
func (t *lockTable) proceed(rt *runtime.Runtime) {
	for {
		l, got, stolen, others := t.next(rt)
		for _, other := range others {
			other.Post(func() { other.Enter(func() { t.proceed(other) }) })
		}
		for _, s := range stolen {
			if s.rt == rt {
				rt.Call(s.stolen, goja.Undefined())
			} else {
				s.rt.Post(func() { s.rt.Enter(func() { s.rt.Call(s.stolen, goja.Undefined()) }) })
			}
		}
		if l == nil {
			return
		}
		var handle goja.Value = goja.Null()
		if got {
			handle = rt.NewObject(nil, l)
		}
		rt.Call(l.granted, goja.Undefined(), handle)
	}
}

// release lets go of a lock that may have been stolen before.
func (t *lockTable) release(l *lock) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = slices.DeleteFunc(t.held, func(h *lock) bool { return h == l })
}

// forget drops what a thread that ends holds and waits for.
func (t *lockTable) forget(rt *runtime.Runtime) {
	t.mu.Lock()
	mine := func(l *lock) bool { return l.rt == rt }
	t.held = slices.DeleteFunc(t.held, mine)
	t.pending = slices.DeleteFunc(t.pending, mine)
	var others []*runtime.Runtime
	for _, l := range t.pending {
		if !slices.Contains(others, l.rt) {
			others = append(others, l.rt)
		}
	}
	t.mu.Unlock()
	for _, other := range others {
		other.Post(func() { other.Enter(func() { t.proceed(other) }) })
	}
}

// lockBinding has
//
//	request(name, mode, steal, ifAvailable, granted(lock or null), stolen())
//	release(lock), then proceed() for what waits
//	query()                       the snapshot of this thread's locks
func lockBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	t := &threadsOf(rt).locks
	rt.AtExit(func() { t.forget(rt) })
	o := vm.NewObject()
	rt.SetFunc(o, "request", 6, func(call goja.FunctionCall) goja.Value {
		l := &lock{rt: rt, name: call.Argument(0).String(), shared: call.Argument(1).String() == "shared",
			steal: call.Argument(2).ToBoolean(), ifAvailable: call.Argument(3).ToBoolean()}
		l.granted, _ = goja.AssertFunction(call.Argument(4))
		l.stolen, _ = goja.AssertFunction(call.Argument(5))
		t.mu.Lock()
		if l.steal {
			t.pending = slices.Insert(t.pending, 0, l)
		} else {
			t.pending = append(t.pending, l)
		}
		t.mu.Unlock()
		t.proceed(rt)
		return goja.Undefined()
	})
	rt.SetFunc(o, "release", 1, func(call goja.FunctionCall) goja.Value {
		if l, ok := rt.Slot(call.Argument(0)).(*lock); ok {
			t.release(l)
		}
		return goja.Undefined()
	})
	rt.SetFunc(o, "proceed", 0, func(goja.FunctionCall) goja.Value {
		t.proceed(rt)
		return goja.Undefined()
	})
	client := "node-" + strconv.Itoa(int(rt.Require("process").Get("pid").ToInteger())) + "-" + strconv.Itoa(rt.Config().Thread)
	rt.SetFunc(o, "query", 0, func(goja.FunctionCall) goja.Value {
		t.mu.Lock()
		defer t.mu.Unlock()
		snapshot := vm.NewObject()
		for _, part := range [...]struct {
			name  string
			locks []*lock
		}{{"held", t.held}, {"pending", t.pending}} {
			var list []any
			for _, l := range part.locks {
				if l.rt == rt {
					info := vm.NewObject()
					info.Set("name", l.name)
					info.Set("mode", l.mode())
					info.Set("clientId", client)
					list = append(list, info)
				}
			}
			snapshot.Set(part.name, vm.NewArray(list...))
		}
		return snapshot
	})
	return o
}
