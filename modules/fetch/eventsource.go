package fetch

import (
	"bytes"
	"strconv"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// eventStream takes a stream of server-sent events apart that comes in pieces.
type eventStream struct {
	started  bool   // past the mark at the beginning
	pending  []byte // of a line that is not whole yet: no line ends in it
	afterCR  bool   // a line feed would belong to the line before
	event    sentEvent
	hasEvent bool
}

// sentEvent is what the lines of one event say; nil is what none says.
type sentEvent struct {
	kind, data, id []byte
	retry          int // in milliseconds; -1 if it is not said
	hasData, hasID bool
}

// feed calls done with each event that is whole.
func (s *eventStream) feed(piece []byte, done func(sentEvent)) {
	looked := len(s.pending)
	data := append(s.pending, piece...)
	if !s.started {
		looked = 0
		mark := []byte("\ufeff")
		if len(data) < len(mark) && bytes.HasPrefix(mark, data) {
			s.pending = data
			return
		}
		data = bytes.TrimPrefix(data, mark)
		s.started = true
		s.event.retry = -1
	}
	for {
		if s.afterCR && len(data) > 0 {
			data = bytes.TrimPrefix(data, []byte("\n"))
			s.afterCR = false
		}
		end := bytes.IndexAny(data[looked:], "\r\n")
		if end < 0 {
			break
		}
		end += looked
		looked = 0
		s.afterCR = data[end] == '\r'
		line := data[:end]
		data = data[end+1:]
		if len(line) > 0 {
			s.line(line)
			continue
		}
		if s.hasEvent {
			done(s.event)
		}
		s.event, s.hasEvent = sentEvent{retry: -1}, false
	}
	if len(data) == 0 {
		data = nil
	}
	s.pending = data
}

func (s *eventStream) line(line []byte) {
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	e := &s.event
	switch string(field) {
	case "data":
		if e.hasData {
			e.data = append(e.data, '\n')
		}
		e.data, e.hasData = append(e.data, value...), true
	case "event":
		if len(value) == 0 {
			return
		}
		e.kind = bytes.Clone(value)
	case "id":
		if bytes.IndexByte(value, 0) >= 0 {
			return
		}
		e.id, e.hasID = bytes.Clone(value), true
	case "retry":
		n, err := strconv.ParseUint(string(value), 10, 53)
		if err != nil {
			return
		}
		e.retry = int(n)
	default:
		return
	}
	s.hasEvent = true
}

// eventSourceBinding has isEventStream(contentType), and stream(), which gives a function that takes bytes and gives the events that are whole: [type, data, id,
// retry] each, undefined where the event does not say.
func eventSourceBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	text := func(said bool, b []byte) goja.Value {
		if !said {
			return goja.Undefined()
		}
		return rt.DecodeString(b, engine.UTF8)
	}
	rt.SetFunc(o, "isEventStream", 1, func(call goja.FunctionCall) goja.Value {
		m, ok := parseMIME(call.Argument(0).String())
		return vm.ToValue(ok && m.essence == "text/event-stream")
	})
	rt.SetFunc(o, "stream", 0, func(goja.FunctionCall) goja.Value {
		s := &eventStream{}
		return rt.Func("feed", 1, func(call goja.FunctionCall) goja.Value {
			piece, _ := rt.Bytes(call.Argument(0))
			var all []any
			s.feed(piece, func(e sentEvent) {
				var retry goja.Value = goja.Undefined()
				if e.retry >= 0 {
					retry = vm.ToValue(e.retry)
				}
				all = append(all, vm.NewArray(text(len(e.kind) > 0, e.kind), text(e.hasData, e.data), text(e.hasID, e.id), retry))
			})
			return vm.NewArray(all...)
		})
	})
	return o
}
