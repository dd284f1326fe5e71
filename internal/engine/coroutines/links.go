package coroutines

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// What the engine drives generators and promises by.

//go:linkname generatorNext github.com/dop251/goja.(*generator).next
func generatorNext(g *layout.Generator, v goja.Value) (goja.Value, yielded, *goja.Exception)

//go:linkname generatorThrow github.com/dop251/goja.(*generator).nextThrow
func generatorThrow(g *layout.Generator, v any) (goja.Value, yielded, *goja.Exception)

//go:linkname generatorEnter github.com/dop251/goja.(*generator).enterNext
func generatorEnter(g *layout.Generator)

//go:linkname generatorFinally github.com/dop251/goja.(*generator).enterNextFinallyFrame
func generatorFinally(g *layout.Generator) bool

//go:linkname generatorStep github.com/dop251/goja.(*generator).step
func generatorStep(g *layout.Generator) (goja.Value, yielded, *goja.Exception)

//go:linkname restoreStacks github.com/dop251/goja.(*vm).restoreStacks
func restoreStacks(vm *layout.VM, iterations, references uint32) *goja.Exception

//go:linkname popContext github.com/dop251/goja.(*vm).popCtx
func popContext(vm *layout.VM)

//go:linkname generatorPrototype github.com/dop251/goja.(*Runtime).getGeneratorPrototype
func generatorPrototype(rt *goja.Runtime) *goja.Object

//go:linkname asyncFunctionPrototype github.com/dop251/goja.(*Runtime).getAsyncFunctionPrototype
func asyncFunctionPrototype(rt *goja.Runtime) *goja.Object

//go:linkname promiseOf github.com/dop251/goja.(*Runtime).getPromise
func promiseOf(rt *goja.Runtime) *goja.Object

//go:linkname promiseResolve github.com/dop251/goja.(*Runtime).promiseResolve
func promiseResolve(rt *goja.Runtime, class *goja.Object, v goja.Value) *goja.Object

//go:linkname addReactions github.com/dop251/goja.(*Promise).addReactions
func addReactions(p *goja.Promise, fulfilled, rejected *layout.PromiseReaction)

// yielded is why a generator has stopped.
type yielded uint8

const (
	ended yielded = iota
	yield
	yieldResult // what is sent to it is the value of the yield expression
	delegate
	delegateResult
	await
)

// generatorReturn has a generator return, as its method does.
func generatorReturn(g *layout.Generator, v goja.Value) (goja.Value, yielded, *goja.Exception) {
	g.Returning = v
	generatorEnter(g)
	vm := g.Machine
	if generatorFinally(g) {
		result, why, ex := generatorStep(g)
		vm.TryStack = vm.TryStack[:len(vm.TryStack)-1]
		popContext(vm)
		return result, why, ex
	}
	g.Returning = nil
	vm.TryStack = vm.TryStack[:len(vm.TryStack)-1]
	ex := restoreStacks(vm, g.IterStackLen, g.RefStackLen)
	vm.CallStack = vm.CallStack[:len(vm.CallStack)-1]
	vm.SP = vm.SB - 1
	popContext(vm)
	return v, ended, ex
}

// drive goes on with a generator. Where a finally clause throws after a return the engine leaves its stacks to whoever catches that.
func drive(g *layout.Generator, kind completion, v goja.Value) (result goja.Value, why yielded, ex *goja.Exception) {
	vm := g.Machine
	calls, sp := len(vm.CallStack), vm.SP
	switch kind {
	case normal:
		result, why, ex = generatorNext(g, v)
	case throwing:
		result, why, ex = generatorThrow(g, v)
	case returning:
		result, why, ex = generatorReturn(g, v)
	}
	if ex != nil && len(vm.CallStack) > calls {
		restoreStacks(vm, g.IterStackLen, g.RefStackLen)
		vm.CallStack = vm.CallStack[:calls+1]
		popContext(vm)
		vm.SP = sp
	}
	return result, why, ex
}

// resolved is PromiseResolve of the language's own Promise.
func (r *Realm) resolved(v goja.Value) *goja.Promise {
	return (*goja.Promise)(layout.SelfOf(promiseResolve(r.vm, r.promise, v)).Data)
}

// waiter is who waits for a promise: a generator, or a promise that is settled next. Its method is the promise's reaction.
type waiter struct {
	g    *generator
	next *goja.Object
	f    func(goja.Value)
}

func (w *waiter) take(call goja.FunctionCall) goja.Value {
	w.f(call.Argument(0))
	return goja.Undefined()
}

// boundWaiter is a method's value: a function with its receiver behind it.
type boundWaiter struct {
	code     uintptr
	receiver *waiter
}

// Waiting tells who waits by a reaction of a promise's: an async generator, which has answered when next is settled, or nothing but next. Both
// are nil for other reactions.
func Waiting(reaction *layout.PromiseReaction) (g *layout.Generator, next *goja.Object) {
	if reaction.Handler == nil || reaction.Handler.Callback == nil {
		return nil, nil
	}
	bound := *(**boundWaiter)(unsafe.Pointer(&reaction.Handler.Callback))
	if bound.code != reflect.ValueOf((*waiter)(nil).take).Pointer() {
		return nil, nil
	}
	w := bound.receiver
	if w.g == nil {
		return nil, w.next
	}
	if len(w.g.queue) > 0 {
		next = w.g.queue[0].promise
	}
	return w.g.gen, next
}

// then has one of two functions called when a promise is settled.
func (w *waiter) then(p *goja.Promise, fulfilled, rejected func(goja.Value)) {
	reaction := func(kind int, f func(goja.Value)) *layout.PromiseReaction {
		one := *w
		one.f = f
		return &layout.PromiseReaction{Kind: kind, Handler: &layout.JobCallback{Callback: one.take}}
	}
	addReactions(p, reaction(0, fulfilled), reaction(1, rejected))
}

// Then has one of two functions called, in a promise job, when a promise is settled, whatever scripts have made of Promise.prototype.then.
func Then(p *goja.Promise, fulfilled, rejected func(goja.Value)) {
	(&waiter{}).then(p, fulfilled, rejected)
}

// await has one of two functions called when what is awaited is there, the second also at once if it cannot be awaited.
func (w *waiter) await(r *Realm, v goja.Value, fulfilled, rejected func(goja.Value)) {
	var p *goja.Promise
	if ex := r.vm.Try(func() { p = r.resolved(v) }); ex != nil {
		rejected(ex.Value())
		return
	}
	w.then(p, fulfilled, rejected)
}

// await is that of a generator.
func (g *generator) await(v goja.Value, fulfilled, rejected func(goja.Value)) {
	(&waiter{g: g}).await(g.r, v, fulfilled, rejected)
}

// functionOf is the function of a generator.
func functionOf(g *layout.Generator) *layout.BaseJsFuncObject {
	if len(g.Suspended.Stack) > 0 {
		if f, ok := g.Suspended.Stack[0].(*goja.Object); ok {
			function, _ := generatorFunction(f)
			return function
		}
	}
	return nil
}
