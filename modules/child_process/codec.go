package child_process

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/jsonvalue"
	"gonode/internal/ipc"
	"gonode/internal/v8ser"
	"gonode/runtime"
)

// codec turns messages into frames and payloads into messages, in one of the two modes.
type codec struct {
	rt       *runtime.Runtime
	mode     ipc.Mode
	json     *jsonvalue.Codec
	advanced *runtime.Serializer
}

type jsonKey struct{}

func newCodec(rt *runtime.Runtime, mode ipc.Mode) *codec {
	c := &codec{rt: rt, mode: mode}
	if mode == ipc.JSON {
		shared, ok := rt.Value(jsonKey{}).(*jsonvalue.Codec)
		if !ok {
			shared = jsonvalue.New(rt.VM(), rt)
			rt.SetValue(jsonKey{}, shared)
		}
		c.json = shared
	}
	return c
}

// encode appends the frame of a message to buf. What a user's toJSON or getter throws passes through.
func (c *codec) encode(buf []byte, message goja.Value) ([]byte, goja.Value) {
	buf, start := c.mode.Begin(buf)
	if c.mode == ipc.JSON {
		var ok bool
		if buf, ok = c.json.Append(buf, message); !ok {
			buf = append(buf, "undefined"...)
		}
	} else {
		s := c.serializer()
		s.Again(buf)
		s.Header()
		s.Value(message)
		buf = s.Bytes()
		c.advanced = s
	}
	out, err := c.mode.End(buf, start)
	if err != nil {
		return nil, c.rt.NewPlainError("Error", err.Error())
	}
	return out, nil
}

// serializer is the one of the last message, unless that is being written still: a getter may send messages.
func (c *codec) serializer() *runtime.Serializer {
	if s := c.advanced; s != nil {
		c.advanced = nil
		return s
	}
	s := c.rt.NewSerializer(nil)
	s.HostViews = true
	s.WriteHost = func(o *goja.Object) {
		s.RawUint32(viewTag)
		s.WriteHostView(o)
	}
	return s
}

func (c *codec) decode(payload []byte) (message goja.Value, err error) {
	if c.mode == ipc.JSON {
		return c.json.Parse(payload)
	}
	d := c.rt.NewDeserializer(payload)
	d.ReadHost = readHost
	err = d.Header()
	if err == nil {
		message, err = d.Value()
	}
	return message, err
}

// Host objects of a channel begin with what they are.
const (
	viewTag  = 0 // a typed array, DataView or Buffer
	plainTag = 1 // a native object, as a plain one
)

func readHost(d *runtime.Deserializer) (goja.Value, error) {
	switch tag, _ := d.RawUint32(); tag {
	case viewTag:
		return d.ReadHostView()
	case plainTag:
		return d.Value()
	}
	return nil, v8ser.ErrData
}
