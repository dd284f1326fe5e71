package stream

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// transformer is what a Transform has beyond a Duplex.
type transformer struct {
	r       *readable
	w       *writable
	before  int64        // the readable length when _transform was called
	done    *goja.Object // the callback that _transform gets
	waiting bool         // the write's completion waits for _read
	foreign *goja.Object // the callback of _write, if that is not the stream's own
}

func (c *core) initDuplex(o *goja.Object, options *goja.Object) (*readable, *writable) {
	r, w := c.newReadableState(options, true), c.newWritableState(options, true)
	o.Set("_readableState", r.Object())
	o.Set("_writableState", w.object)
	o.Set("allowHalfOpen", !optionFalse(options, "allowHalfOpen"))
	if optionFalse(options, "readable") {
		r.flags |= hasSide | ended | endEmitted
	}
	if optionFalse(options, "writable") {
		w.flags |= hasSide | ending | ended | finished
	}
	c.takeMethods(o, options, "read", "write", "writev", "destroy", "final", "construct")
	c.rt.InitEmitter(o, value(options))
	c.startConstruct(o, r, w)
	return r, w
}

func (c *core) initTransform(o *goja.Object, options *goja.Object) {
	if options != nil && c.highWaterMark(options, "readableHighWaterMark", true, false) == 0 {
		// Without a buffer of its own, a Transform would wait for itself.
		merged := c.vm.NewObject()
		for _, k := range options.Keys() {
			merged.Set(k, options.Get(k))
		}
		merged.Set("highWaterMark", goja.Null())
		merged.Set("readableHighWaterMark", 0)
		if v := option(options, "writableHighWaterMark"); v == nil || !v.ToBoolean() {
			merged.Set("writableHighWaterMark", 0)
		}
		options = merged
	}
	r, w := c.initDuplex(o, options)
	r.flags &^= sync
	w.transform = &transformer{r: r, w: w}
	if options != nil {
		for _, name := range []string{"transform", "flush"} {
			if fn, ok := options.Get(name).(*goja.Object); ok && engine.IsFunction(fn) {
				o.Set("_"+name, fn)
			}
		}
	}
	c.rt.AddListener(o, "prefinish", c.transformPrefinish)
}

// transform is Transform's _write. foreign is the callback, nil for the stream's own onwrite.
func (c *core) transform(o *goja.Object, t *transformer, chunk, encoding goja.Value, foreign *goja.Object) {
	t.before = t.r.length
	t.foreign = foreign
	fn := o.Get("_transform")
	if fn == goja.Value(c.passTransform) {
		c.transformed(o, t, goja.Null(), chunk)
		return
	}
	if t.done == nil {
		t.done = c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			c.transformed(o, t, call.Argument(0), call.Argument(1))
			return goja.Undefined()
		})
	}
	c.rt.Apply(fn, o, chunk, encoding, t.done)
}

// transformed is told by _transform that it is done with a chunk.
func (c *core) transformed(o *goja.Object, t *transformer, err, v goja.Value) {
	if err.ToBoolean() {
		c.transformDone(o, t, err)
		return
	}
	if !nullish(v) {
		c.callPush(o, t.r, v)
	}
	switch {
	case t.r.has(ended):
		c.rt.NextTick(func() { c.transformDone(o, t, goja.Undefined()) })
	case t.w.has(ended) || t.before == t.r.length || t.r.length < t.r.hwm:
		c.transformDone(o, t, goja.Undefined())
	default:
		t.waiting = true
	}
}

func (c *core) transformDone(o *goja.Object, t *transformer, err goja.Value) {
	if t.foreign != nil {
		c.rt.Apply(t.foreign, goja.Undefined(), err)
		return
	}
	c.onWrite(o, t.w, err)
}

func (c *core) callPush(o *goja.Object, s *readable, v goja.Value) {
	if fn := o.Get("push"); fn != goja.Value(c.pushFn) {
		c.rt.Apply(fn, o, v)
		return
	}
	if s == nil {
		panic(c.vm.NewTypeError("Cannot read properties of undefined (reading '_readableState')"))
	}
	c.push(o, s, v, nil)
}

// transformEnd is Transform's _final: _flush, then the end of the readable side. cb may be nil.
func (c *core) transformEnd(o *goja.Object, cb *goja.Object) {
	done := func(args ...goja.Value) {
		if cb != nil {
			c.rt.Apply(cb, goja.Undefined(), args...)
		}
	}
	s := readableOf(o)
	flush, ok := o.Get("_flush").(*goja.Object)
	if !ok || !engine.IsFunction(flush) || isTrue(o.Get("destroyed")) {
		c.callPush(o, s, goja.Null())
		done()
		return
	}
	c.rt.Apply(flush, o, c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		if err := call.Argument(0); err.ToBoolean() {
			if cb != nil {
				done(err)
			} else {
				c.callDestroy(o, err)
			}
			return goja.Undefined()
		}
		if v := call.Argument(1); !nullish(v) {
			c.callPush(o, s, v)
		}
		c.callPush(o, s, goja.Null())
		done()
		return goja.Undefined()
	}))
}
