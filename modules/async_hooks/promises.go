package async_hooks

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// promises is how promises are reported. The engine has no hooks for that: while hooks are enabled, its functions
// that make promises are wrapped, and Grab, Resumed and Exited tell of reactions and of await. The promise of an async
// function is not seen before its first await, and is known by then() that follows it.
type promises struct {
	class  *goja.Object
	unwrap []func()
	then   []*operation // of then() that is being called
	job    *operation   // whose reaction runs
	depth  int          // of calls where it began
	unseen []*operation // promises of async functions whose objects are not known yet
}

// Grab returns the context for a promise's reaction that is being registered.
func (m *module) Grab() any {
	if !m.watching {
		return m.rt.Async.Context()
	}
	p := &m.promise
	if n := len(p.then); n > 0 && p.then[n-1] != nil {
		o := p.then[n-1]
		p.then[n-1] = nil
		return o
	}
	// An await: of the function whose reaction runs, or the first one of a function that was called.
	var of *operation
	if p.job != nil && p.job.await != nil && m.rt.CallDepth() == p.depth {
		of = p.job.await
	} else {
		of = m.startPromise(m.executing(), m.newPromise(), nil)
		p.unseen = append(p.unseen, of)
	}
	o := m.startPromise(of.id, m.newPromise(), of.resource)
	o.await = of
	return o
}

// Resumed begins a reaction.
func (m *module) Resumed(c any) {
	p := &m.promise
	p.unseen = nil
	o, ok := c.(*operation)
	if !ok {
		if m.ids { // promises have none but for hooks
			plain := &context{}
			if c, ok := c.(*context); ok && c != nil {
				plain.stores = c.stores
			}
			c = plain
		}
		m.rt.Async.SetContext(c)
		return
	}
	p.job, p.depth = o, m.rt.CallDepth()
	m.Enter(o)
}

// Exited ends it; its promise is resolved next.
func (m *module) Exited() {
	p := &m.promise
	o := p.job
	p.job, p.unseen = nil, nil
	switch {
	case !m.watching:
		if len(m.hooks) == 0 {
			m.entered = nil
		}
	case o == nil:
		// It began before hooks were enabled.
		m.emit(true, func(h *hook) goja.Value { return h.after }, m.newID())
	default:
		if o.await == nil {
			m.resolved(o)
		}
		m.Leave(o)
	}
	m.rt.Async.LeaveReaction()
}

func (m *module) resolved(o *operation) {
	m.tell(onSettled, o.resource)
	m.emit(true, func(h *hook) goja.Value { return h.resolve }, o.id)
}

// newPromise is the resource of what has no object that scripts can see.
func (m *module) newPromise() *goja.Object {
	p, _, _ := m.vm.NewPromise()
	return m.vm.ToValue(p).(*goja.Object)
}

// operationOf is what stands for a promise; one that was made unseen has an id all the same.
func (m *module) operationOf(promise *goja.Object) *operation {
	if o, ok := m.rt.Slot(promise).(*operation); ok {
		return o
	}
	p := &m.promise
	var o *operation
	if n := len(p.unseen); n > 0 {
		o, p.unseen = p.unseen[n-1], p.unseen[:n-1]
	} else {
		o = &operation{context: &context{id: m.newID(), trigger: m.executing(), resource: promise}, promise: true}
	}
	m.rt.SetSlot(promise, o)
	return o
}

func (m *module) isPromise(v goja.Value) (*goja.Object, bool) {
	o, ok := v.(*goja.Object)
	if !ok {
		return nil, false
	}
	_, ok = o.Export().(*goja.Promise)
	return o, ok
}

// made reports a promise, if it is new.
func (m *module) made(v goja.Value) *operation {
	promise, ok := m.isPromise(v)
	if !ok || m.rt.Slot(promise) != nil {
		return nil
	}
	o := m.startPromise(m.executing(), promise, nil)
	m.rt.SetSlot(promise, o)
	return o
}

func (m *module) watchPromises() {
	p := &m.promise
	wrap := func(unwrap func()) {
		if unwrap != nil {
			p.unwrap = append(p.unwrap, unwrap)
		}
	}
	prototype := p.class.Get("prototype").(*goja.Object)
	wrap(m.rt.WrapNative(prototype.Get("then"), m.wrapThen))
	for _, name := range []string{"resolve", "reject", "all", "allSettled", "any", "race"} {
		settles := name == "resolve" || name == "reject"
		wrap(m.rt.WrapNative(p.class.Get(name), func(plain engine.Native) engine.Native {
			return func(call goja.FunctionCall) goja.Value {
				v := plain(call)
				if o := m.made(v); o != nil && settles {
					m.resolved(o)
				}
				return v
			}
		}))
	}
	wrap(m.rt.WrapConstructor(p.class, m.wrapNew))
}

func (m *module) unwatchPromises() {
	for _, f := range m.promise.unwrap {
		f()
	}
	m.promise.unwrap, m.promise.then = nil, nil
}

func (m *module) wrapThen(plain engine.Native) engine.Native {
	return func(call goja.FunctionCall) goja.Value {
		parent, ok := m.isPromise(call.This)
		if !ok {
			return plain(call)
		}
		from := m.operationOf(parent)
		// Its id is that of the promise that then() returns.
		o := &operation{context: &context{}, promise: true}
		p := &m.promise
		p.then = append(p.then, o)
		v := plain(call)
		if n := len(p.then); n > 0 {
			p.then = p.then[:n-1]
		}
		promise, _ := v.(*goja.Object)
		*o.context = context{id: m.newID(), trigger: from.id, resource: promise, stores: m.stores()}
		if promise != nil && m.rt.Slot(promise) == nil {
			m.rt.SetSlot(promise, o)
		}
		m.emitInit(o.id, "PROMISE", from.id, promise)
		if promise != nil {
			m.tell(onInit, promise, parent)
		}
		return v
	}
}

// wrapNew reports a promise before its executor runs.
func (m *module) wrapNew(plain engine.Constructor) engine.Constructor {
	return func(args []goja.Value, newTarget *goja.Object) *goja.Object {
		var executor goja.Callable
		if len(args) > 0 {
			executor, _ = goja.AssertFunction(args[0])
		}
		if executor == nil {
			return plain(args, newTarget)
		}
		var settle [2]goja.Callable
		promise := plain([]goja.Value{m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			settle[0], _ = goja.AssertFunction(call.Argument(0))
			settle[1], _ = goja.AssertFunction(call.Argument(1))
			return goja.Undefined()
		})}, newTarget)
		o := m.made(promise)
		settled := false
		settler := func(i int) *goja.Object {
			return m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
				if !settled && o != nil {
					settled = true
					m.resolved(o)
				}
				return m.rt.Call(settle[i], goja.Undefined(), call.Argument(0))
			})
		}
		reject := settler(1)
		if ex := m.vm.Try(func() { m.rt.Call(executor, goja.Undefined(), settler(0), reject) }); ex != nil {
			m.rt.Apply(reject, goja.Undefined(), ex.Value())
		}
		return promise
	}
}
