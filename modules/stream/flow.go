package stream

import (
	"math"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// on is readable.on: a 'data' listener starts the flow, a 'readable' listener takes it over.
func (c *core) on(o *goja.Object, event, listener goja.Value) {
	c.rt.EmitterOn(o, event, listener)
	name, ok := event.(goja.String)
	if !ok {
		return
	}
	switch name.String() {
	case "data":
		s := readableOf(o)
		if s == nil {
			return
		}
		s.flags |= dataListening
		if c.rt.HasListener(o, "readable") {
			s.flags |= readableListening
		}
		if s.flags&(hasFlowing|flowing) != hasFlowing {
			c.callResume(o)
		}
	case "readable":
		s := readableOf(o)
		if s == nil || s.has(endEmitted|readableListening) {
			return
		}
		s.flags = (s.flags | readableListening | needReadable | hasFlowing) &^ (flowing | emittedReadable)
		if s.length > 0 {
			c.emitReadable(o, s)
		} else if !s.has(reading) {
			c.rt.NextTick(func() { c.callRead0(o, s) })
		}
	}
}

func (c *core) removeListener(o *goja.Object, event, listener goja.Value) {
	c.rt.EmitterOff(o, event, listener)
	name, ok := event.(goja.String)
	if !ok {
		return
	}
	switch name.String() {
	case "readable":
		c.rt.NextTick(func() { c.updateReadableListening(o) })
	case "data":
		if s := readableOf(o); s != nil && !c.rt.HasListener(o, "data") {
			s.flags &^= dataListening
		}
	}
}

func (c *core) removeAllListeners(o *goja.Object, event []goja.Value) {
	c.rt.EmitterOffAll(o, event...)
	if len(event) == 0 || goja.IsUndefined(event[0]) || event[0].String() == "readable" {
		c.rt.NextTick(func() { c.updateReadableListening(o) })
	}
}

func (c *core) updateReadableListening(o *goja.Object) {
	s := readableOf(o)
	if s == nil {
		return
	}
	s.put(readableListening, c.rt.HasListener(o, "readable"))
	switch {
	case s.flags&(hasPaused|paused|resumeScheduled) == hasPaused|resumeScheduled:
		// A resume is on its way, and would not flow otherwise.
		s.flags |= hasFlowing | flowing
	case s.has(dataListening):
		c.callResume(o)
	case !s.has(readableListening):
		s.flags &^= hasFlowing | flowing
	}
}

func (c *core) callResume(o *goja.Object) {
	if fn := engine.Property(o, "resume"); fn != goja.Value(c.resumeFn) {
		c.rt.Apply(fn, o)
		return
	}
	c.resume(o, readableOf(o))
}

func (c *core) callPause(o *goja.Object) {
	if fn := engine.Property(o, "pause"); fn != goja.Value(c.pauseFn) {
		c.rt.Apply(fn, o)
		return
	}
	c.pause(o, readableOf(o))
}

func (c *core) resume(o *goja.Object, s *readable) {
	if !s.has(flowing) {
		// With a 'readable' listener there is no flow, but a resume all the same.
		s.flags |= hasFlowing
		s.put(flowing, !s.has(readableListening))
		if !s.has(resumeScheduled) {
			s.flags |= resumeScheduled
			c.rt.NextTick(func() { c.resumeNow(o, s) })
		}
	}
	s.flags = (s.flags | hasPaused) &^ paused
}

func (c *core) resumeNow(o *goja.Object, s *readable) {
	if !s.has(reading) {
		c.callRead0(o, s)
	}
	s.flags &^= resumeScheduled
	c.rt.Emit(o, "resume")
	c.flow(o, s)
	if s.flags&(flowing|reading) == flowing {
		c.callRead0(o, s)
	}
}

func (c *core) pause(o *goja.Object, s *readable) {
	if s.flags&(hasFlowing|flowing) != hasFlowing {
		s.flags = (s.flags | hasFlowing) &^ flowing
		c.rt.Emit(o, "pause")
	}
	s.flags |= hasPaused | paused
}

// flow reads until the stream is paused or empty; read emits 'data'.
func (c *core) flow(o *goja.Object, s *readable) {
	for s.has(flowing) {
		var v goja.Value
		if fn := engine.Property(o, "read"); fn != goja.Value(c.readFn) {
			v = c.rt.Apply(fn, o)
		} else {
			v = c.read(o, s, math.NaN())
		}
		if goja.IsNull(v) {
			return
		}
	}
}

// pipeline is one source.pipe(dest).
type pipe struct {
	c                                                *core
	src, dest                                        *goja.Object
	s                                                *readable
	ended, unpiped, data, drain, failed, closed, fin *goja.Object // its listeners
	cleanedUp                                        bool
}

func (c *core) pipe(src *goja.Object, s *readable, dest *goja.Object, options goja.Value) {
	if len(s.pipes) == 1 && !s.has(multiAwaitDrain) {
		s.flags |= multiAwaitDrain
	}
	s.pipes = append(s.pipes, dest)
	p := &pipe{c: c, src: src, dest: dest, s: s}
	s.piping = p
	rt := c.rt
	listener := func(f func(call goja.FunctionCall)) *goja.Object {
		return c.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
			f(call)
			return goja.Undefined()
		})
	}
	unpipe := func(goja.FunctionCall) { rt.CallMethod(src, "unpipe", dest) }
	end := true
	if o, ok := options.(*goja.Object); ok {
		end = !isFalse(o.Get("end"))
	}
	if end && isTrue(dest.Get("_isStdio")) {
		end = false
	}
	if end {
		p.ended = listener(func(goja.FunctionCall) { rt.CallMethod(dest, "end") })
	} else {
		p.ended = listener(unpipe)
	}
	if s.has(endEmitted) {
		rt.NextTick(func() { rt.Apply(p.ended, goja.Undefined()) })
	} else {
		rt.AddOnceListener(src, "end", p.ended)
	}
	p.unpiped = listener(func(call goja.FunctionCall) {
		if call.Argument(0) != goja.Value(src) {
			return
		}
		if info, ok := call.Argument(1).(*goja.Object); ok && isFalse(info.Get("hasUnpiped")) {
			info.Set("hasUnpiped", true)
			p.cleanup()
		}
	})
	rt.AddListener(dest, "unpipe", p.unpiped)
	p.data = listener(func(call goja.FunctionCall) {
		var more bool
		if fn := engine.Property(dest, "write"); fn == goja.Value(c.writeFn) {
			more = c.write(dest, writableOf(dest), call.Argument(0), nil, nil)
		} else {
			more = !isFalse(rt.Apply(fn, dest, call.Argument(0)))
		}
		if !more {
			p.pause()
		}
	})
	p.failed = listener(func(call goja.FunctionCall) {
		unpipe(call)
		rt.RemoveListener(dest, "error", p.failed)
		if rt.CallMethod(dest, "listenerCount", c.vm.ToValue("error")).ToInteger() > 0 {
			return
		}
		r, w := readableOf(dest), writableOf(dest)
		if w != nil && !w.has(errorEmitted) || w == nil && r != nil && !r.has(errorEmitted) {
			c.errorOrDestroy(dest, call.Argument(0), false)
		} else {
			rt.Emit(dest, "error", call.Argument(0))
		}
	})
	p.closed = listener(func(call goja.FunctionCall) {
		rt.RemoveListener(dest, "finish", p.fin)
		unpipe(call)
	})
	p.fin = listener(func(call goja.FunctionCall) {
		rt.RemoveListener(dest, "close", p.closed)
		unpipe(call)
	})
	rt.AddListener(src, "data", p.data)
	c.prependListener(dest, "error", p.failed)
	rt.AddOnceListener(dest, "close", p.closed)
	rt.AddOnceListener(dest, "finish", p.fin)
	rt.Emit(dest, "pipe", src)
	if v := dest.Get("writableNeedDrain"); v != nil && v.StrictEquals(constant(true)) {
		p.pause()
	} else if !s.has(flowing) {
		c.callResume(src)
	}
}

func (p *pipe) cleanup() {
	rt := p.c.rt
	rt.RemoveListener(p.dest, "close", p.closed)
	rt.RemoveListener(p.dest, "finish", p.fin)
	if p.drain != nil {
		rt.RemoveListener(p.dest, "drain", p.drain)
	}
	rt.RemoveListener(p.dest, "error", p.failed)
	rt.RemoveListener(p.dest, "unpipe", p.unpiped)
	rt.RemoveListener(p.src, "end", p.ended)
	rt.RemoveListener(p.src, "data", p.data)
	p.cleanedUp = true
	// The destination may have been all that the source waited for.
	if p.drain != nil && len(p.s.awaitDrain) > 0 {
		if w := writableOf(p.dest); w == nil || w.has(needDrain) {
			p.onDrain()
		}
	}
}

func (p *pipe) pause() {
	s := p.s
	if !p.cleanedUp {
		if len(s.pipes) == 1 && s.pipes[0] == p.dest {
			s.awaitDrain = append(s.awaitDrain[:0], p.dest)
			s.flags &^= multiAwaitDrain
		} else if len(s.pipes) > 1 && slices.Contains(s.pipes, p.dest) && !slices.Contains(s.awaitDrain, p.dest) {
			s.awaitDrain = append(s.awaitDrain, p.dest)
		}
		p.c.callPause(p.src)
	}
	if p.drain == nil {
		p.drain = p.c.rt.Func("", 0, func(goja.FunctionCall) goja.Value {
			p.onDrain()
			return goja.Undefined()
		})
		p.c.rt.AddListener(p.dest, "drain", p.drain)
	}
}

func (p *pipe) onDrain() {
	s := p.s
	if i := slices.Index(s.awaitDrain, p.dest); i >= 0 {
		s.awaitDrain = slices.Delete(s.awaitDrain, i, i+1)
	}
	if len(s.awaitDrain) == 0 && s.has(dataListening) {
		p.c.callResume(p.src)
	}
}

func (c *core) unpipe(o *goja.Object, s *readable, dest goja.Value) {
	info := func() *goja.Object {
		i := c.vm.NewObject()
		i.Set("hasUnpiped", false)
		return i
	}
	if len(s.pipes) == 0 {
		return
	}
	if nullish(dest) {
		all := s.pipes
		s.pipes = nil
		c.callPause(o)
		for _, d := range all {
			c.rt.Emit(d, "unpipe", o, info())
		}
		return
	}
	d, _ := dest.(*goja.Object)
	i := slices.Index(s.pipes, d)
	if i < 0 {
		return
	}
	s.pipes = slices.Delete(slices.Clone(s.pipes), i, i+1)
	if len(s.pipes) == 0 {
		c.callPause(o)
	}
	c.rt.Emit(d, "unpipe", o, info())
}

// prependListener adds a listener in front, also to what only resembles an emitter.
func (c *core) prependListener(o *goja.Object, event string, listener *goja.Object) {
	if fn, ok := goja.AssertFunction(o.Get("prependListener")); ok {
		c.rt.Call(fn, o, c.vm.ToValue(event), listener)
		return
	}
	if events, ok := o.Get("_events").(*goja.Object); ok && isTrue(events.Get(event)) {
		existing := events.Get(event).(*goja.Object)
		if existing.ClassName() == "Array" {
			c.rt.CallMethod(existing, "unshift", listener)
		} else {
			events.Set(event, c.vm.NewArray(listener, existing))
		}
		return
	}
	c.rt.CallMethod(o, "on", c.vm.ToValue(event), listener)
}
