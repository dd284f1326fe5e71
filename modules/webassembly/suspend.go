package webassembly

import (
	"iter"
	"weak"

	"github.com/dop251/goja"

	"gonode/internal/wasm"
)

// A function of WebAssembly's that is to wait for promises runs as a coroutine: it is left in the middle of a call of a function of a
// script's, and resumed in a promise job. Nothing of the engine's is on its stack then but WebAssembly's own frames.

// coroutine is one call that may be left.
type coroutine struct {
	next  func() (goja.Value, bool)
	stop  func()
	yield func(goja.Value) bool
	// What the call was left for has come to.
	value  goja.Value
	failed bool

	trap   *wasm.Trap
	thrown any // what the call has panicked with
}

// dropped unwinds a call that is given up.
type dropped struct{}

// suspendingState is the state of a Suspending: an import that WebAssembly waits for.
type suspendingState struct {
	uncloned
	fn goja.Value
}

func (m *realm) suspendingClass() *goja.Object {
	const what = "WebAssembly.Suspending()"
	class, _ := m.class("Suspending", 1, func(call goja.FunctionCall) any {
		fn := call.Argument(0)
		if _, ok := goja.AssertFunction(fn); !ok {
			m.typeError(what + ": Argument 0 must be a function")
		}
		if m.functionOf(fn) != nil {
			m.typeError(what + ": Argument 0 must not be a WebAssembly function")
		}
		return &suspendingState{uncloned{m, "Suspending"}, fn}
	})
	return class
}

// promising makes a function that gives a promise of what a function of WebAssembly's returns.
func (m *realm) promising(call goja.FunctionCall) goja.Value {
	const what = "WebAssembly.promising(): Argument 0 must be a "
	fn := call.Argument(0)
	if _, ok := goja.AssertFunction(fn); !ok {
		m.typeError(what + "function")
	}
	e := m.functionOf(fn)
	if e == nil {
		e = m.promised[weak.Make(fn.(*goja.Object))].Value()
	}
	if e == nil {
		m.typeError(what + "WebAssembly exported function")
	}
	t := e.Type()
	o := m.rt.Method(fn.(*goja.Object).Get("name").String(), len(t.Params), func(call goja.FunctionCall) goja.Value {
		if !plain(t) {
			m.typeError(incompatible)
		}
		return m.callPromising(e, t, call)
	})
	if m.promised == nil {
		m.promised = map[weak.Pointer[goja.Object]]weak.Pointer[wasm.Extern]{}
	}
	m.promised[weak.Make(o)] = weak.Make(e)
	return o
}

func (m *realm) callPromising(e *wasm.Extern, t *wasm.FuncType, call goja.FunctionCall) goja.Value {
	stack := make([]uint64, max(1, len(t.Params), len(t.Results)))
	for i, p := range t.Params {
		stack[i] = m.toWasm(call.Argument(i), p, e)
	}
	promise, resolve, reject := m.rt.Promise()
	c := &coroutine{}
	c.next, c.stop = iter.Pull(func(yield func(goja.Value) bool) {
		defer func() {
			if x := recover(); x != nil {
				if _, ok := x.(dropped); !ok {
					c.thrown = x
				}
			}
		}()
		c.yield = yield
		c.trap = e.Call(stack)
	})
	if m.left == nil {
		m.left = map[*coroutine]struct{}{}
		m.rt.AtExit(m.dropAll)
	}
	m.left[c] = struct{}{}
	m.depth++ // values that it refers to are kept until it ends
	m.resume(c, func() {
		m.depth--
		delete(m.left, c)
		switch x := c.thrown.(type) {
		case nil:
		case *goja.Exception:
			reject(x.Value())
			return
		case goja.Value:
			reject(x)
			return
		default:
			panic(x)
		}
		if c.trap != nil {
			reject(m.thrown(c.trap))
			return
		}
		m.attempt(reject, func() { resolve(m.results(stack, t.Results)) })
	})
	return promise
}

// resume runs a call until it ends or waits for a promise.
func (m *realm) resume(c *coroutine, ended func()) {
	outer := m.running
	m.running = c
	waits, more := c.next()
	m.running = outer
	m.refresh()
	if !more {
		ended()
		return
	}
	resolver := m.rt.CallMethod(m.rt.Intrinsic("Promise"), "resolve", waits).(*goja.Object)
	again := func(failed bool) goja.Value {
		return m.vm.ToValue(func(call goja.FunctionCall) goja.Value {
			c.value, c.failed = call.Argument(0), failed
			m.resume(c, ended)
			return goja.Undefined()
		})
	}
	m.rt.Apply(m.then(), resolver, again(false), again(true))
}

// then is the method of promises as it was made.
func (m *realm) then() goja.Value {
	return m.rt.Member(m.rt.Intrinsic("Promise").Get("prototype").(*goja.Object), "then")
}

// suspending is a function that WebAssembly waits for.
func (m *realm) suspending(fn goja.Value, e func() *wasm.Extern, t *wasm.FuncType) wasm.HostFunc {
	return func(stack []uint64) {
		c := m.running
		if c == nil {
			message := "trying to suspend without WebAssembly.promising"
			if m.hidden > 0 {
				message = "trying to suspend JS frames"
			}
			m.rt.Throw(m.fail("SuspendError", message))
		}
		m.refresh()
		if v := m.apply(fn, m.arguments(stack, t.Params)); !c.yield(v) {
			panic(dropped{})
		}
		if c.failed {
			m.rt.Throw(c.value)
		}
		m.returned(c.value, t.Results, stack, e())
	}
}

// apply calls a function of a script's from WebAssembly. What it throws goes no further than a call that may be left: the engine is to be
// as it was before.
func (m *realm) apply(fn goja.Value, args []goja.Value) (v goja.Value) {
	if m.running == nil {
		return m.rt.Apply(fn, goja.Undefined(), args...)
	}
	if ex := m.vm.Try(func() { v = m.rt.Apply(fn, goja.Undefined(), args...) }); ex != nil {
		panic(ex)
	}
	return v
}

// dropAll ends the calls that wait for promises when the script has ended.
func (m *realm) dropAll() {
	for c := range m.left {
		c.stop()
	}
}
