package stream

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// sides are the states of a stream, either of which may be missing.
type sides struct {
	r *readable
	w *writable
}

func sidesOf(o *goja.Object) sides { return sides{readableOf(o), writableOf(o)} }

func (s sides) has(f flags) bool { return s.w != nil && s.w.has(f) || s.r != nil && s.r.has(f) }

func (s sides) set(f flags) {
	if s.w != nil {
		s.w.flags |= f
	}
	if s.r != nil {
		s.r.flags |= f
	}
}

// fail notes the first error.
func (s sides) fail(err goja.Value) {
	if err == nil || !err.ToBoolean() {
		return
	}
	if s.w != nil && s.w.errored == nil {
		s.w.errored = err
	}
	if s.r != nil && s.r.errored == nil {
		s.r.errored = err
	}
}

// callDestroy is stream.destroy(err), through an override if there is one.
func (c *core) callDestroy(o *goja.Object, err goja.Value) {
	fn := engine.Property(o, "destroy")
	switch fn {
	case goja.Value(c.readableDestroy):
		c.destroy(o, err, nil)
	case goja.Value(c.writableDestroy):
		c.destroyWritable(o, err, nil)
	default:
		if err == nil {
			c.rt.Apply(fn, o)
		} else {
			c.rt.Apply(fn, o, err)
		}
	}
}

func (c *core) destroyWritable(o *goja.Object, err goja.Value, cb *goja.Object) {
	if s := writableOf(o); s != nil && !s.has(destroyed) && (s.head < len(s.buffered) || len(s.onFinished) > 0) {
		c.rt.NextTick(func() { c.failBuffered(s) })
	}
	c.destroy(o, err, cb)
}

// destroy is destroy(err, cb) of all streams; err and cb may be nil.
func (c *core) destroy(o *goja.Object, err goja.Value, cb *goja.Object) {
	s := sidesOf(o)
	if s.r == nil && s.w == nil {
		panic(c.vm.NewTypeError("Cannot read properties of undefined (reading '_readableState')"))
	}
	if s.has(destroyed) {
		if cb != nil {
			c.rt.Apply(cb, goja.Undefined())
		}
		return
	}
	s.fail(err)
	s.set(destroyed)
	if s.w != nil && !s.w.has(constructed) || s.w == nil && s.r != nil && !s.r.has(constructed) {
		c.rt.CallMethod(o, "once", c.kDestroy, c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			c.callImplDestroy(o, c.aggregate(call.Argument(0), err), cb)
			return goja.Undefined()
		}))
		return
	}
	c.callImplDestroy(o, err, cb)
}

// callImplDestroy calls _destroy and, when that is done, emits 'error' and 'close' on the next tick.
func (c *core) callImplDestroy(o *goja.Object, err goja.Value, cb *goja.Object) {
	called := false
	done := func(err goja.Value) {
		if called {
			return
		}
		called = true
		s := sidesOf(o)
		s.fail(err)
		s.set(closed)
		if cb != nil {
			if err == nil {
				c.rt.Apply(cb, goja.Undefined())
			} else {
				c.rt.Apply(cb, goja.Undefined(), err)
			}
		}
		if err != nil && err.ToBoolean() {
			c.rt.NextTick(func() {
				c.emitError(o, err)
				c.emitCloseEvent(o)
			})
		} else {
			c.rt.NextTick(func() { c.emitCloseEvent(o) })
		}
	}
	reason := err
	if reason == nil || !reason.ToBoolean() {
		reason = goja.Null()
	}
	fn := engine.Property(o, "_destroy")
	if fn == goja.Value(c.defaultDestroy) {
		done(reason)
		return
	}
	if k := keeperOf(o); k != nil && k.Destroy(fn, reason, done) {
		return
	}
	onDestroy := c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		var err goja.Value
		if len(call.Arguments) > 0 {
			err = call.Arguments[0]
		}
		done(err)
		return goja.Undefined()
	})
	if ex := c.vm.Try(func() { c.rt.Apply(fn, o, reason, onDestroy) }); ex != nil {
		done(ex.Value())
	}
}

func (c *core) emitCloseEvent(o *goja.Object) {
	s := sidesOf(o)
	s.set(closeEmitted)
	if s.has(emitClose) {
		c.rt.Emit(o, "close")
	}
}

func (c *core) emitError(o *goja.Object, err goja.Value) {
	s := sidesOf(o)
	if s.has(errorEmitted) {
		return
	}
	s.set(errorEmitted)
	c.rt.Emit(o, "error", err)
}

// errorOrDestroy destroys the stream, or only emits the error if it is not to be destroyed by itself.
func (c *core) errorOrDestroy(o *goja.Object, err goja.Value, later bool) {
	s := sidesOf(o)
	if s.has(destroyed) {
		return
	}
	if s.has(autoDestroy) {
		c.callDestroy(o, err)
	} else if err != nil && err.ToBoolean() {
		s.fail(err)
		if later {
			c.rt.NextTick(func() { c.emitError(o, err) })
		} else {
			c.emitError(o, err)
		}
	}
}

// undestroy makes a destroyed stream usable again, as net does when a socket connects once more.
func (c *core) undestroy(o *goja.Object) {
	s := sidesOf(o)
	const common = destroyed | closed | closeEmitted | errorEmitted
	if r := s.r; r != nil {
		r.flags = r.flags&^(common|reading|ended|endEmitted) | constructed
		r.errored = nil
		if r.flags&(hasSide|sideOn) == hasSide {
			r.flags |= ended | endEmitted
		}
	}
	if w := s.w; w != nil {
		w.flags = w.flags&^(common|finalCalled|prefinished|ended|ending|finished) | constructed
		w.errored = nil
		if w.flags&(hasSide|sideOn) == hasSide {
			w.flags |= ended | ending | finished
		}
	}
}

// startConstruct calls _construct, if there is one, on the next tick; until it is done nothing is read, written or destroyed.
func (c *core) startConstruct(o *goja.Object, r *readable, w *writable) {
	fn := engine.Property(o, "_construct")
	if nullish(fn) {
		return
	}
	if obj, ok := fn.(*goja.Object); !ok || !engine.IsFunction(obj) {
		return
	}
	s := sidesOf(o)
	if s.r != nil {
		s.r.flags &^= constructed
	}
	if s.w != nil {
		s.w.flags &^= constructed
	}
	c.rt.CallMethod(o, "once", c.kConstruct, c.rt.Func("", 0, func(goja.FunctionCall) goja.Value {
		if r != nil && r.has(needReadable) {
			c.maybeReadMore(o, r)
		}
		if w != nil {
			if !w.has(writing) {
				c.clearBuffer(o, w)
			}
			if w.has(ending) {
				c.finishMaybe(o, w, false)
			}
		}
		return goja.Undefined()
	}))
	if c.rt.CallMethod(o, "listenerCount", c.kConstruct).ToInteger() > 1 {
		return
	}
	c.rt.NextTick(func() { c.callConstruct(o) })
}

func (c *core) callConstruct(o *goja.Object) {
	called := false
	done := func(err goja.Value) {
		if called {
			if nullish(err) {
				err = c.rt.NewError("ERR_MULTIPLE_CALLBACK")
			}
			c.errorOrDestroy(o, err, false)
			return
		}
		called = true
		s := sidesOf(o)
		s.set(constructed)
		switch {
		case s.w != nil && s.w.has(destroyed) || s.w == nil && s.r != nil && s.r.has(destroyed):
			c.rt.EmitSymbol(o, c.kDestroy, err)
		case err.ToBoolean():
			c.errorOrDestroy(o, err, true)
		default:
			c.rt.EmitSymbol(o, c.kConstruct)
		}
	}
	onConstruct := c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		err := call.Argument(0)
		c.rt.NextTick(func() { done(err) })
		return goja.Undefined()
	})
	if ex := c.vm.Try(func() { c.rt.CallMethod(o, "_construct", onConstruct) }); ex != nil {
		err := ex.Value()
		c.rt.NextTick(func() { done(err) })
	}
}

// aggregate joins two errors into one, if there are two.
func (c *core) aggregate(inner, outer goja.Value) goja.Value {
	if inner == nil || !inner.ToBoolean() {
		return outer
	}
	if outer == nil || !outer.ToBoolean() || inner == outer {
		return inner
	}
	o := outer.(*goja.Object)
	if list, ok := o.Get("errors").(*goja.Object); ok && list.ClassName() == "Array" {
		c.rt.CallMethod(list, "push", inner)
		return outer
	}
	err, thrown := c.vm.New(c.rt.Intrinsic("AggregateError"), c.vm.NewArray(outer, inner), o.Get("message"))
	if thrown != nil {
		panic(thrown)
	}
	if code := o.Get("code"); code != nil {
		err.Set("code", code)
	}
	return err
}
