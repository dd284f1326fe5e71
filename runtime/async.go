package runtime

import "github.com/dop251/goja"

// The current asynchronous context is what AsyncLocalStorage and async_hooks know an execution by. What starts an
// operation keeps the context that StartAsync gives and runs its callbacks between EnterAsync and Leave, or with CallbackIn. All of it is for
// the loop goroutine.

// AsyncTracker is what reports operations to the hooks of module async_hooks.
type AsyncTracker interface {
	// Start reports an operation and returns the context to run its callbacks in.
	Start(kind string, resource *goja.Object) any
	// Enter and Leave stand around the callbacks of an operation; Enter returns the context that they see.
	Enter(async any) any
	Leave(async any)
	// Unwind leaves all that was entered, after an error that nothing caught.
	Unwind()
	// End reports the end of an operation.
	End(async any)
}

// SetAsyncTracker has operations reported from now on.
func (rt *Runtime) SetAsyncTracker(t AsyncTracker) { rt.entry.tracker = t }

// AsyncContext is the current asynchronous context, opaque to all but module async_hooks.
func (rt *Runtime) AsyncContext() any { return rt.entry.async }

// SetAsyncContext replaces the current asynchronous context.
func (rt *Runtime) SetAsyncContext(async any) { rt.entry.async = async }

// AsyncTracked tells whether operations are reported.
func (rt *Runtime) AsyncTracked() bool { return rt.entry.tracker != nil }

// LeaveReaction ends the context of a promise's reaction, which may reject its promise next.
func (rt *Runtime) LeaveReaction() { rt.entry.reaction, rt.entry.async = rt.entry.async, nil }

// StartAsync is the context for the callbacks of an operation that starts now; kind is Node's name of it. The resource
// is the object that scripts know the operation by, if there is one.
func (rt *Runtime) StartAsync(kind string, resource *goja.Object) any {
	if rt.entry.tracker == nil {
		return rt.entry.async
	}
	return rt.entry.tracker.Start(kind, resource)
}

// EndAsync says that the operation of that context has ended.
func (rt *Runtime) EndAsync(async any) {
	if rt.entry.tracker != nil {
		rt.entry.tracker.End(async)
	}
}

// AsyncScope stands for the callback of an operation that is running.
type AsyncScope struct {
	rt            *Runtime
	before, async any
	tracker       AsyncTracker
}

// EnterAsync begins the callback of an operation, within Enter. Leave ends it; after an error that passes through it is
// not called, so that those who deal with the error find themselves in the operation.
func (rt *Runtime) EnterAsync(async any) AsyncScope {
	e := &rt.entry
	s := AsyncScope{rt, e.async, async, e.tracker}
	if s.tracker != nil {
		async = s.tracker.Enter(async)
	}
	e.async = async
	return s
}

// Leave ends what EnterAsync began.
func (s AsyncScope) Leave() {
	if s.tracker != nil {
		s.tracker.Leave(s.async)
	}
	s.rt.entry.async = s.before
}

// CallbackIn is Callback in the context of an operation.
func (rt *Runtime) CallbackIn(async any, fn goja.Callable, this goja.Value, args ...goja.Value) (result goja.Value) {
	rt.Enter(func() {
		scope := rt.EnterAsync(async)
		result = rt.Call(fn, this, args...)
		scope.Leave()
	})
	return result
}

// CallbackLast is CallbackIn for the last callback of an operation.
func (rt *Runtime) CallbackLast(async any, fn goja.Callable, this goja.Value, args ...goja.Value) {
	rt.Enter(func() {
		scope := rt.EnterAsync(async)
		rt.Call(fn, this, args...)
		scope.Leave()
		rt.EndAsync(async)
	})
}
