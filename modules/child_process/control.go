package child_process

import (
	"github.com/dop251/goja"

	"gonode/runtime"
)

type controlKey struct{}

// controlProto is the prototype of class Control, what process.channel and subprocess.channel are.
func controlProto(rt *runtime.Runtime) *goja.Object {
	if proto, ok := rt.Value(controlKey{}).(*goja.Object); ok {
		return proto
	}
	_, proto := rt.Class("Control", 1, func(call goja.ConstructorCall) *goja.Object { return nil })
	proto.SetPrototype(rt.EventEmitter().Get("prototype").(*goja.Object))
	method := func(name string, f func(*channel)) {
		rt.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			if c, ok := rt.Slot(call.This).(*channel); ok {
				f(c)
			}
			return goja.Undefined()
		})
	}
	method("refCounted", (*channel).refCounted)
	method("unrefCounted", (*channel).unrefCounted)
	method("ref", func(c *channel) {
		c.explicit = true
		c.pipe.Ref()
	})
	method("unref", func(c *channel) {
		c.explicit = true
		c.pipe.Unref()
	})
	rt.SetGetter(proto, "fd", func(this goja.Value) goja.Value {
		if c, ok := rt.Slot(this).(*channel); ok && c.pipe.Fd() >= 0 {
			return rt.VM().ToValue(c.pipe.Fd())
		}
		return goja.Undefined()
	}, nil)
	rt.SetValue(controlKey{}, proto)
	return proto
}

func (c *channel) makeControl() {
	c.control = c.rt.VM().CreateObject(controlProto(c.rt))
	c.rt.InitEmitter(c.control, nil)
	c.rt.SetSlot(c.control, c)
}

// refCounted and unrefCounted keep the loop open while somebody listens or a write is under way, unless the script
// has said otherwise.
func (c *channel) refCounted() {
	if c.refs++; c.refs == 1 && !c.explicit {
		c.pipe.Ref()
	}
}

func (c *channel) unrefCounted() {
	if c.refs--; c.refs == 0 && !c.explicit {
		c.pipe.Unref()
		c.rt.Emit(c.control, "unref")
	}
}
