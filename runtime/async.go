package runtime

import "github.com/dop251/goja"

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

// Async keeps the current asynchronous context, which AsyncLocalStorage and async_hooks know an execution by. What starts an operation keeps the
// context that Start gives and runs its callbacks between Enter and Leave, or with Callback. All of it is for the loop goroutine.
type Async struct {
	rt *Runtime

	current  any          // carried along by ticks, promises, timers and handles
	reaction any          // the context of the promise reaction that has just run
	tracker  AsyncTracker // nil until a hook of async_hooks is first enabled
}

// SetTracker has operations reported from now on.
func (a *Async) SetTracker(t AsyncTracker) { a.tracker = t }

// Context is the current asynchronous context, opaque to all but module async_hooks.
func (a *Async) Context() any { return a.current }

// SetContext replaces the current asynchronous context.
func (a *Async) SetContext(async any) { a.current = async }

// Tracked tells whether operations are reported.
func (a *Async) Tracked() bool { return a.tracker != nil }

// InMain tells whether the main script runs that the process began with.
func (rt *Runtime) InMain() bool { return rt.Origin == fromMain || rt.Origin == fromEval }

// LeaveReaction ends the context of a promise's reaction, which may reject its promise next.
func (a *Async) LeaveReaction() { a.reaction, a.current = a.current, nil }

// Start is the context for the callbacks of an operation that starts now; kind is Node's name of it. The resource
// is the object that scripts know the operation by, if there is one.
func (a *Async) Start(kind string, resource *goja.Object) any {
	if a.tracker == nil {
		return a.current
	}
	return a.tracker.Start(kind, resource)
}

// End says that the operation of that context has ended.
func (a *Async) End(async any) {
	if a.tracker != nil {
		a.tracker.End(async)
	}
}

// AsyncScope stands for the callback of an operation that is running.
type AsyncScope struct {
	in            *Async
	before, async any
	tracker       AsyncTracker
}

// Enter begins the callback of an operation, within the runtime's Enter. Leave ends it; after an error that passes through it is
// not called, so that those who deal with the error find themselves in the operation.
func (a *Async) Enter(async any) AsyncScope {
	s := AsyncScope{a, a.current, async, a.tracker}
	if s.tracker != nil {
		async = s.tracker.Enter(async)
	}
	a.current = async
	return s
}

// Leave ends what Enter began.
func (s AsyncScope) Leave() {
	if s.tracker != nil {
		s.tracker.Leave(s.async)
	}
	s.in.current = s.before
}

// Callback is the runtime's Callback in the context of an operation.
func (a *Async) Callback(async any, fn goja.Callable, this goja.Value, args ...goja.Value) (result goja.Value) {
	a.rt.Enter(func() {
		scope := a.Enter(async)
		result = a.rt.Call(fn, this, args...)
		scope.Leave()
	})
	return result
}

// CallbackLast is Callback for the last callback of an operation.
func (a *Async) CallbackLast(async any, fn goja.Callable, this goja.Value, args ...goja.Value) {
	a.rt.Enter(func() {
		scope := a.Enter(async)
		a.rt.Call(fn, this, args...)
		scope.Leave()
		a.End(async)
	})
}
