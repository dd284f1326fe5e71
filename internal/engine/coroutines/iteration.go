package coroutines

import (
	"github.com/dop251/goja"
)

// iteration goes through what for await and yield* are given: an asynchronous iterator, or one whose values are awaited.
type iteration struct {
	r        *Realm
	iterator *goja.Object
	next     goja.Value
	plain    bool // its results and values are no promises

	open    bool // the iterator has neither ended nor failed
	value   goja.Value
	pending goja.Value
}

// iterate is GetIterator(v, async).
func (r *Realm) iterate(v goja.Value) *iteration {
	it := &iteration{r: r, open: true}
	var method goja.Value
	if !goja.IsUndefined(v) && !goja.IsNull(v) {
		o := v.ToObject(r.vm)
		if method = r.callable(r.symbolOf(o, v, r.asyncIterator)); method == nil {
			it.plain = true
			method = r.callable(r.symbolOf(o, v, goja.SymIterator))
		}
	}
	if method == nil {
		r.throw("TypeError", r.host.Describe(v)+" is not async iterable")
	}
	result := r.host.Apply(method, v)
	var ok bool
	if it.iterator, ok = result.(*goja.Object); !ok {
		name := "Symbol.asyncIterator"
		if it.plain {
			name = "Symbol.iterator"
		}
		r.throw("TypeError", "Result of the "+name+" method is not an object")
	}
	it.next = orUndefined(it.iterator.Get("next"))
	return it
}

// symbolOf reads a property of a value, which o is as an object.
func (r *Realm) symbolOf(o *goja.Object, v goja.Value, name *goja.Symbol) goja.Value {
	return orUndefined(o.GetSymbol(name))
}

// send calls next and gives what is to be awaited.
func (it *iteration) send(args ...goja.Value) goja.Value {
	if !it.plain {
		return it.r.host.Apply(it.next, it.iterator, args...)
	}
	return it.unwrap(true, func() goja.Value { return it.r.host.Apply(it.next, it.iterator, args...) })
}

// sendThrow calls throw. It gives nothing if there is no such method.
func (it *iteration) sendThrow(v goja.Value) goja.Value {
	if !it.plain {
		f := it.r.methodOf(it.iterator, "throw")
		if f == nil {
			return nil
		}
		return it.r.host.Apply(f, it.iterator, v)
	}
	return it.unwrap(true, func() goja.Value {
		f := it.r.methodOf(it.iterator, "throw")
		if f == nil {
			it.close()
			it.r.throw("TypeError", "The iterator does not provide a 'throw' method")
		}
		return it.r.host.Apply(f, it.iterator, v)
	})
}

// sendReturn calls return, with a value if there is one. It gives nothing if there is no such method.
func (it *iteration) sendReturn(v goja.Value) goja.Value {
	var args []goja.Value
	if v != nil {
		args = []goja.Value{v}
	}
	if !it.plain {
		f := it.r.methodOf(it.iterator, "return")
		if f == nil {
			return nil
		}
		return it.r.host.Apply(f, it.iterator, args...)
	}
	return it.unwrap(false, func() goja.Value {
		f := it.r.methodOf(it.iterator, "return")
		if f == nil {
			return it.r.result(orUndefined(v), true)
		}
		return it.r.host.Apply(f, it.iterator, args...)
	})
}

// close ends a plain iterator that has failed.
func (it *iteration) close() {
	if f := it.r.methodOf(it.iterator, "return"); f != nil {
		if v := it.r.host.Apply(f, it.iterator); !isObject(v) {
			it.r.throw("TypeError", it.r.host.Describe(v)+" is not an object")
		}
	}
}

func isObject(v goja.Value) bool {
	_, ok := v.(*goja.Object)
	return ok
}

// unwrap gives a promise of a plain iterator's result with its value awaited. If that fails, the iterator is to be closed.
func (it *iteration) unwrap(closes bool, call func() goja.Value) goja.Value {
	r := it.r
	p, resolve, reject := r.vm.NewPromise()
	var value goja.Value
	done := false
	if ex := r.vm.Try(func() { value, done = r.take(call()) }); ex != nil {
		reject(ex.Value())
		return r.vm.ToValue(p)
	}
	fail := func(v goja.Value) {
		if closes && !done {
			r.vm.Try(it.close)
		}
		reject(v)
	}
	settled := r.vm.ToValue(p).(*goja.Object)
	(&waiter{next: settled}).await(r, value, func(v goja.Value) { resolve(r.result(v, done)) }, fail)
	return settled
}

// take reads an iterator's result.
func (r *Realm) take(result goja.Value) (value goja.Value, done bool) {
	o, ok := result.(*goja.Object)
	if !ok {
		r.throw("TypeError", "Iterator result "+r.host.Describe(result)+" is not an object")
	}
	done = orUndefined(o.Get("done")).ToBoolean()
	return orUndefined(o.Get("value")), done
}

// The steps of for await.

func (it *iteration) ask() goja.Value {
	it.open = false
	return it.send()
}

// accept tells whether a result has a value.
func (it *iteration) accept(result goja.Value) bool {
	o, ok := result.(*goja.Object)
	if !ok {
		it.r.throw("TypeError", "Iterator result "+it.r.host.Describe(result)+" is not an object")
	}
	if orUndefined(o.Get("done")).ToBoolean() {
		return false
	}
	it.value = orUndefined(o.Get("value"))
	it.open = true
	return true
}

// leave asks the iterator to end, and tells whether that is to be awaited.
func (it *iteration) leave() bool {
	if !it.open {
		return false
	}
	it.open = false
	if it.plain && it.r.methodOf(it.iterator, "return") == nil {
		it.pending = goja.Undefined()
		it.pending = it.r.result(goja.Undefined(), true)
		return true
	}
	it.pending = it.sendReturn(nil)
	return it.pending != nil
}

func (it *iteration) check(result goja.Value) {
	if !isObject(result) {
		it.r.throw("TypeError", "Iterator result "+it.r.host.Describe(result)+" is not an object")
	}
}
