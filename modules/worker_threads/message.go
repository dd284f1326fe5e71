package worker_threads

import (
	"errors"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/v8ser"
	"gonode/runtime"
)

// message is a structured clone on its way. It belongs to no runtime; once sent it is not changed, so that a broadcast
// can be read by several threads at a time.
type message struct {
	data    []byte
	buffers [][]byte // memory of transferred ArrayBuffers
	shared  []*engine.SharedMemory
	hosts   []host // what is cloned or transferred by its Go state
	ports   int    // how many of hosts are ports, which lead
}

// host is an object that is more than its properties.
type host struct {
	revive func(*runtime.Runtime) goja.Value
	drop   func() // for what was transferred and never arrived
}

// discard releases what was moved into a message that nobody will read.
func (m *message) discard() {
	for _, h := range m.hosts {
		if h.drop != nil {
			h.drop()
		}
	}
}

// cloneError makes the DOMException that a failed clone throws.
func cloneError(rt *runtime.Runtime, text string) goja.Value {
	vm := rt.VM()
	return rt.Construct(rt.Require("internal/domexception").Get("DOMException"), vm.ToValue(text), vm.ToValue("DataCloneError"))
}

const unsupported = "Cannot clone object of unsupported type."

// transferred is one entry of a transfer list.
type transferred struct {
	object *goja.Object
	state  runtime.Transferable // nil for an ArrayBuffer
}

// transfers checks a transfer list. from is the port that sends, if any.
func transfers(rt *runtime.Runtime, list []goja.Value, from *port) []transferred {
	var all []transferred
	fail := func(text string) { rt.Throw(cloneError(rt, text)) }
	for _, v := range list {
		o, ok := v.(*goja.Object)
		if !ok {
			fail("Found invalid value in transferList.")
		}
		t := transferred{object: o}
		buffer, isBuffer := o.Export().(goja.ArrayBuffer)
		isBuffer = isBuffer && rt.SharedMemory(o) == nil
		if !isBuffer {
			t.state, _ = stateOf(rt, o).(runtime.Transferable)
			if p, ok := t.state.(*port); ok && p.broadcast != "" {
				t.state = nil
			}
			if t.state == nil {
				t.state = scriptedMove(rt, o)
			}
		}
		if _, fixed := rt.Slot(o).(interface{ Undetachable() }); isBuffer && fixed {
			fail("Cannot transfer object of unsupported type.")
		}
		duplicate := slices.ContainsFunc(all, func(x transferred) bool { return x.object == o })
		switch {
		case !isBuffer && t.state == nil:
			fail("Found invalid value in transferList.")
		case rt.Untransferable(o) || isBuffer && buffer.Detached():
			fail("Cannot transfer object of unsupported type.")
		case isBuffer && duplicate:
			fail("Transfer list contains duplicate ArrayBuffer")
		case t.state == runtime.Transferable(from):
			fail("Transfer list contains source port")
		case duplicate:
			fail("Transfer list contains duplicate " + o.Get("constructor").ToObject(rt.VM()).Get("name").String())
		case t.state != nil:
			t.state.CanTransfer(o)
		}
		all = append(all, t)
	}
	return all
}

// serialize makes a message of a value; what the list names moves into it, once nothing can fail any more.
func serialize(rt *runtime.Runtime, value goja.Value, list []transferred) *message {
	msg := &message{}
	s := rt.NewSerializer(nil)
	s.CloneError = func(text string) goja.Value { return cloneError(rt, text) }
	s.Share = func(m *engine.SharedMemory) uint32 {
		if i := slices.Index(msg.shared, m); i >= 0 {
			return uint32(i)
		}
		msg.shared = append(msg.shared, m)
		return uint32(len(msg.shared) - 1)
	}
	s.Transferred = map[*goja.Object]uint32{}
	index := map[*goja.Object]int{}
	var moved []transferred
	for _, t := range list {
		if t.state == nil {
			s.Transferred[t.object] = uint32(len(s.Transferred))
		} else {
			index[t.object] = len(moved)
			moved = append(moved, t)
			msg.hosts = append(msg.hosts, host{})
		}
	}
	write := func(i int) bool {
		s.BeginHost()
		s.RawUint32(uint32(i))
		return true
	}
	s.Host = func(o *goja.Object) bool {
		if i, ok := index[o]; ok {
			return write(i)
		}
		if !cloneable(rt, o) {
			rt.Throw(cloneError(rt, unsupported))
		}
		if revive := cloneOf(rt, o); revive != nil {
			msg.hosts = append(msg.hosts, host{revive: revive})
			return write(len(msg.hosts) - 1)
		}
		if movesOnly(rt, o) != "" {
			rt.Throw(cloneError(rt, unlisted))
		}
		switch state := stateOf(rt, o).(type) {
		case runtime.Cloneable:
			if revive := state.Clone(o); revive != nil {
				msg.hosts = append(msg.hosts, host{revive: revive})
				return write(len(msg.hosts) - 1)
			}
		case runtime.Transferable:
			if p, ok := state.(*port); ok && p.broadcast != "" {
				return false // it is an object without properties
			}
			rt.Throw(cloneError(rt, unlisted))
		case runtime.Uncloneable:
			rt.Throw(cloneError(rt, unsupported))
		}
		return false
	}
	if o, ok := value.(*goja.Object); ok && rt.Loaded("process") && o == rt.Require("process").Get("env") {
		value = rt.CallMethod(rt.Intrinsic("Object"), "assign", rt.VM().NewObject(), o)
	}
	s.Header()
	s.Value(value)
	msg.data = s.Bytes()
	for _, t := range list {
		if t.state == nil {
			buffer := t.object.Export().(goja.ArrayBuffer)
			msg.buffers = append(msg.buffers, buffer.Bytes())
			buffer.Detach()
		}
	}
	for i, t := range moved {
		h := &msg.hosts[i]
		h.revive, h.drop = t.state.Transfer(t.object)
		if p, ok := t.state.(*port); ok && p != nil {
			msg.ports++
		}
	}
	return msg
}

// deserialize makes the message's value in a runtime, and the list of its ports. It throws what cannot be read.
func (m *message) deserialize(rt *runtime.Runtime) (value goja.Value, ports []any) {
	return m.deserializeFor(rt, false)
}

// deserializeFor is deserialize for a port that may have been moved to another context: that gets nothing but data and ports.
func (m *message) deserializeFor(rt *runtime.Runtime, moved bool) (value goja.Value, ports []any) {
	d := rt.NewDeserializer(m.data)
	d.Shared = m.shared
	d.Buffers = map[uint32]goja.Value{}
	for i, b := range m.buffers {
		d.Buffers[uint32(i)] = rt.VM().ToValue(rt.VM().NewArrayBuffer(b))
	}
	revived := make([]goja.Value, len(m.hosts))
	revive := func(i int) goja.Value {
		if revived[i] == nil {
			v := m.hosts[i].revive(rt)
			if moved {
				p := portOf(rt, v)
				if p == nil {
					rt.Throw(rt.NewError("ERR_MESSAGE_TARGET_CONTEXT_UNAVAILABLE"))
				}
				v = p.all.moved(p)
			}
			revived[i] = v
		}
		return revived[i]
	}
	for i, h := range m.hosts {
		if h.drop == nil {
			continue
		}
		// What was transferred arrives even if the value does not mention it.
		v := revive(i)
		if portOf(rt, v) != nil {
			ports = append(ports, v)
		}
	}
	d.ReadHost = func(d *runtime.Deserializer) (goja.Value, error) {
		i, ok := d.RawUint32()
		if !ok || int(i) >= len(m.hosts) {
			return nil, v8ser.ErrData
		}
		return revive(int(i)), nil
	}
	err := d.Header()
	if err == nil {
		value, err = d.Value()
	}
	if err != nil {
		var thrown *goja.Exception
		if errors.As(err, &thrown) {
			rt.Throw(thrown.Value())
		}
		rt.Throw(cloneError(rt, err.Error()))
	}
	return value, ports
}
