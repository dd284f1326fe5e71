package engine

import (
	"reflect"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
)

// Promise.all, allSettled and any are the project's own: stacks show who waits for them (`async Promise.all (index 0)`), and what the engine
// puts behind a promise for them tells neither which of them it is nor for which of its promises.

// combination is a call of Promise.all, allSettled or any.
type combination struct {
	e               *Engine
	name            string
	promise         *goja.Object
	resolve, reject goja.Value
	values          []goja.Value
	left            int
}

// member is one of the promises of a combination.
type member struct {
	of    *combination
	index int
	done  bool
}

// newCapability makes a promise of a class, with what settles it.
func (e *Engine) newCapability(class goja.Value, of string) *combination {
	c := &combination{e: e, name: of}
	if !IsObject(class) {
		e.Throw(e.vm.NewTypeError("Promise." + of + " called on non-object"))
	}
	executor := e.Method("", 2, func(call goja.FunctionCall) goja.Value {
		if !nullishOrNil(c.resolve) || !nullishOrNil(c.reject) {
			e.Throw(e.vm.NewTypeError("Promise executor has already been invoked with non-undefined arguments"))
		}
		c.resolve, c.reject = call.Argument(0), call.Argument(1)
		return goja.Undefined()
	})
	c.promise = e.Construct(class, executor)
	if !callable(c.resolve) || !callable(c.reject) {
		e.Throw(e.vm.NewTypeError("Promise resolve or reject function is not callable"))
	}
	return c
}

func nullishOrNil(v goja.Value) bool { return v == nil || goja.IsUndefined(v) }

// combine is Promise.all and its like.
func combine(name string) func(*Engine, goja.FunctionCall) goja.Value {
	return func(e *Engine, call goja.FunctionCall) goja.Value {
		c := e.newCapability(call.This, name)
		class := call.This.(*goja.Object)
		if failed := e.vm.Try(func() {
			resolve := class.Get("resolve")
			if !callable(resolve) {
				e.Throw(e.vm.NewTypeError("Promise resolve or reject function is not callable"))
			}
			c.left = 1
			e.realm.IterateAny(e.iterable(call.Argument(0)), func(v goja.Value) bool {
				m := &member{of: c, index: len(c.values)}
				c.values = append(c.values, goja.Undefined())
				next := e.Apply(resolve, class, v)
				c.left++
				e.CallMethod(next.ToObject(e.vm), "then", c.handlers(m)...)
				return true
			})
			c.settle()
		}); failed != nil {
			e.Apply(c.reject, goja.Undefined(), failed.Value())
		}
		return c.promise
	}
}

// handlers are what then is called with for one of the promises.
func (c *combination) handlers(m *member) []goja.Value {
	switch c.name {
	case "all":
		return []goja.Value{c.e.Method("", 1, m.keep), c.reject}
	case "any":
		return []goja.Value{c.resolve, c.e.Method("", 1, m.keep)}
	}
	return []goja.Value{c.e.Method("", 1, m.fulfilled), c.e.Method("", 1, m.rejected)}
}

// keep takes the value or the reason of a promise as it is.
func (m *member) keep(call goja.FunctionCall) goja.Value {
	return m.take(call.Argument(0))
}

func (m *member) take(v goja.Value) goja.Value {
	if !m.done {
		m.done = true
		m.of.values[m.index] = v
		m.of.settle()
	}
	return goja.Undefined()
}

func (m *member) fulfilled(call goja.FunctionCall) goja.Value {
	return m.state("fulfilled", "value", call.Argument(0))
}

func (m *member) rejected(call goja.FunctionCall) goja.Value {
	return m.state("rejected", "reason", call.Argument(0))
}

func (m *member) state(status, key string, v goja.Value) goja.Value {
	if m.done {
		return goja.Undefined()
	}
	o := m.of.e.vm.NewObject()
	o.Set("status", status)
	o.Set(key, v)
	return m.take(o)
}

// settle settles the promise of the combination when the last of its promises is.
func (c *combination) settle() {
	if c.left--; c.left > 0 {
		return
	}
	e := c.e
	list := make([]any, len(c.values))
	for i, v := range c.values {
		list[i] = v
	}
	if c.name != "any" {
		e.Apply(c.resolve, goja.Undefined(), e.vm.NewArray(list...))
		return
	}
	const none = "All promises were rejected"
	err := e.Construct(e.Intrinsic("AggregateError"), e.vm.NewArray(list...), e.vm.ToValue(none))
	if e.ownDescriptor(err, "stack") != nil {
		err.Set("stack", "AggregateError: "+none)
	}
	e.Apply(c.reject, goja.Undefined(), err)
}

// boundMember is a method's value: a function with its receiver behind it.
type boundMember struct {
	code     uintptr
	receiver *member
}

// memberOf is the member of a combination that a promise's reaction settles, nil if it is another reaction.
func memberOf(r *layout.PromiseReaction) *member {
	if r.Handler == nil || r.Handler.Callback == nil {
		return nil
	}
	bound := *(**boundMember)(unsafe.Pointer(&r.Handler.Callback))
	var none *member
	for _, f := range [...]func(goja.FunctionCall) goja.Value{none.keep, none.fulfilled, none.rejected} {
		if bound.code == reflect.ValueOf(f).Pointer() {
			return bound.receiver
		}
	}
	return nil
}
