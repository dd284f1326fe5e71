package coroutines

import (
	"strings"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// completion is how a request goes on with a generator, or how it ended.
type completion uint8

const (
	normal completion = iota
	throwing
	returning
)

type state uint8

const (
	suspendedStart state = iota
	suspendedYield
	executing
	drainingQueue
	completed
)

// request is a call of next, throw or return.
type request struct {
	kind            completion
	value           goja.Value
	resolve, reject func(any) error
	promise         *goja.Object
}

// generator is an async generator. The engine's object has it where a generator has what it delegates to.
type generator struct {
	layout.IteratorRecord // what the engine sees
	r                     *Realm
	gen                   *layout.Generator
	state                 state
	queue                 []request
	inner                 *iteration // what yield* delegates to
	takes                 bool       // what is sent to it is the value of the yield expression
}

// isAsync tells whether a generator function is async: the source of others begins with function, an asterisk or a modifier.
func isAsync(source string) bool { return strings.HasPrefix(source, "async") }

// IsAsyncGenerator tells whether an object is the function of an async generator.
func IsAsyncGenerator(o *goja.Object) bool {
	f, ok := generatorFunction(o)
	return ok && isAsync(f.Src)
}

func generatorFunction(o *goja.Object) (*layout.BaseJsFuncObject, bool) {
	switch layout.ClassOf(layout.SelfOf(o)) {
	case layout.ClassGeneratorFunc, layout.ClassGeneratorMethod:
		return (*layout.BaseJsFuncObject)(layout.SelfOf(o).Data), true
	}
	return nil, false
}

// generatorOf is the engine's object of an async generator, nil for all else.
func generatorOf(v goja.Value) *layout.GeneratorObject {
	o, ok := v.(*goja.Object)
	if !ok || layout.ClassOf(layout.SelfOf(o)) != layout.ClassGenerator {
		return nil
	}
	g := (*layout.GeneratorObject)(layout.SelfOf(o).Data)
	if f := functionOf(&g.Gen); f == nil || !isAsync(f.Src) {
		return nil
	}
	return g
}

// resume is next, throw and return.
func (r *Realm) resume(name string, kind completion, call goja.FunctionCall) goja.Value {
	p, resolve, reject := r.vm.NewPromise()
	promise := r.vm.ToValue(p)
	o := generatorOf(call.This)
	if o == nil {
		reject(r.host.NewPlainError("TypeError", "Method [AsyncGenerator].prototype."+name+" called on incompatible receiver "+r.host.Describe(call.This)))
		return promise
	}
	if o.Delegated == nil {
		o.Delegated = &(&generator{r: r, gen: &o.Gen}).IteratorRecord
	}
	g := (*generator)(unsafe.Pointer(o.Delegated))
	v := call.Argument(0)
	if g.state == suspendedStart && kind == throwing {
		g.state = completed
	}
	if g.state == completed {
		switch kind {
		case normal:
			resolve(r.result(goja.Undefined(), true))
			return promise
		case throwing:
			reject(v)
			return promise
		}
	}
	g.queue = append(g.queue, request{kind, v, resolve, reject, promise.(*goja.Object)})
	switch g.state {
	case suspendedStart, completed:
		if kind == returning {
			g.state = drainingQueue
			g.awaitReturn()
			break
		}
		g.run(kind, v)
	case suspendedYield:
		g.send(kind, v)
	}
	return promise
}

// send goes on after a yield.
func (g *generator) send(kind completion, v goja.Value) {
	g.state = executing
	if kind == returning {
		g.await(v, func(v goja.Value) { g.receive(returning, v) }, func(v goja.Value) { g.receive(throwing, v) })
		return
	}
	g.receive(kind, v)
}

// receive gives the generator, or what it delegates to, what was sent.
func (g *generator) receive(kind completion, v goja.Value) {
	if g.inner != nil {
		g.forward(kind, v)
		return
	}
	g.run(kind, v)
}

// run runs the function until it stops.
func (g *generator) run(kind completion, v goja.Value) {
	g.state = executing
	for {
		var why yielded
		var ex *goja.Exception
		if kind == normal && !g.takes {
			v = nil
		}
		v, why, ex = drive(g.gen, kind, v)
		if ex != nil {
			g.end(throwing, ex.Value())
			return
		}
		switch g.takes = why != yield && why != delegate; why {
		case ended:
			g.end(normal, v)
			return
		case await:
			g.await(v, func(v goja.Value) { g.run(normal, v) }, func(v goja.Value) { g.run(throwing, v) })
			return
		case yield, yieldResult:
			g.yield(v)
			return
		}
		if ex := g.r.vm.Try(func() { g.inner = g.r.iterate(v) }); ex != nil {
			kind, v = throwing, ex.Value()
			continue
		}
		g.forward(normal, goja.Undefined())
		return
	}
}

// yield answers the first request. If there is another, it goes on.
func (g *generator) yield(v goja.Value) {
	g.answer(normal, v, false)
	if len(g.queue) > 0 {
		next := g.queue[0]
		g.send(next.kind, next.value)
		return
	}
	g.state = suspendedYield
}

// answer settles the promise of the first request.
func (g *generator) answer(kind completion, v goja.Value, done bool) {
	first := g.queue[0]
	g.queue = g.queue[1:]
	if kind == throwing {
		first.reject(v)
		return
	}
	first.resolve(g.r.result(v, done))
}

// end is the end of the function.
func (g *generator) end(kind completion, v goja.Value) {
	g.state = drainingQueue
	g.answer(kind, v, true)
	g.drain()
}

// drain answers the requests that come after the end.
func (g *generator) drain() {
	for len(g.queue) > 0 {
		switch next := g.queue[0]; next.kind {
		case returning:
			g.awaitReturn()
			return
		case throwing:
			g.answer(throwing, next.value, true)
		case normal:
			g.answer(normal, goja.Undefined(), true)
		}
	}
	g.state = completed
}

// awaitReturn answers a return that comes when the function does not run any more.
func (g *generator) awaitReturn() {
	settle := func(kind completion) func(goja.Value) {
		return func(v goja.Value) {
			g.answer(kind, v, true)
			g.drain()
		}
	}
	g.await(g.queue[0].value, settle(normal), settle(throwing))
}

// forward sends something on to what yield* delegates to.
func (g *generator) forward(kind completion, v goja.Value) {
	fail := func(v goja.Value) {
		g.inner = nil
		g.run(throwing, v)
	}
	it := g.inner
	var pending goja.Value
	missing := false
	ex := g.r.vm.Try(func() {
		switch kind {
		case normal:
			pending = it.send(v)
		case throwing:
			if pending = it.sendThrow(v); pending == nil {
				missing = true
				pending = it.sendReturn(nil)
			}
		case returning:
			if pending = it.sendReturn(v); pending == nil {
				missing = true
			}
		}
	})
	switch {
	case ex != nil:
		fail(ex.Value())
	case missing && kind == returning:
		g.inner = nil
		g.await(v, func(v goja.Value) { g.run(returning, v) }, func(v goja.Value) { g.run(throwing, v) })
	case missing:
		lacks := func(result goja.Value) {
			fail(g.r.host.NewPlainError("TypeError", "The iterator does not provide a 'throw' method"))
		}
		if pending == nil {
			lacks(nil)
			return
		}
		g.await(pending, func(v goja.Value) {
			if _, ok := v.(*goja.Object); !ok {
				fail(g.r.host.NewPlainError("TypeError", g.r.host.Describe(v)+" is not an object"))
				return
			}
			lacks(v)
		}, fail)
	default:
		g.await(pending, func(v goja.Value) {
			done := false
			if ex := g.r.vm.Try(func() { v, done = g.r.take(v) }); ex != nil {
				fail(ex.Value())
				return
			}
			if !done {
				g.yield(v)
				return
			}
			g.inner = nil
			if kind == throwing {
				kind = normal
			}
			g.run(kind, v)
		}, fail)
	}
}
