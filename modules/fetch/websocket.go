package fetch

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

// webSocketBinding has
//
//	frame(opcode, value)     a frame of a string or of bytes
//	closeFrame(code, reason) of close frames; the code may be null
//	receiver(extensions)     a function that takes bytes and gives what has come in: [opcode, payload, code, reason] each.
//	                         Of text the payload is a string, of other frames an ArrayBuffer; the opcode of failures is 0.
//	                         extensions is the header; a string that is thrown says what is wrong with it
func webSocketBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	bytesOf := func(frame []byte) goja.Value { return rt.NewBuffer(frame) }
	rt.SetFunc(o, "frame", 2, func(call goja.FunctionCall) goja.Value {
		payload, isBytes := rt.Bytes(call.Argument(1))
		if !isBytes {
			payload = engine.EncodeString(call.Argument(1).ToString(), engine.UTF8)
		}
		return bytesOf(appendFrame(make([]byte, 0, len(payload)+14), byte(call.Argument(0).ToInteger()), payload))
	})
	rt.SetFunc(o, "closeFrame", 2, func(call goja.FunctionCall) goja.Value {
		var payload []byte
		if code := call.Argument(0); !goja.IsNull(code) {
			payload = binary.BigEndian.AppendUint16(nil, uint16(code.ToInteger()))
			payload = append(payload, engine.EncodeString(call.Argument(1).ToString(), engine.UTF8)...)
		}
		return bytesOf(appendFrame(nil, opClose, payload))
	})
	rt.SetFunc(o, "receiver", 1, func(call goja.FunctionCall) goja.Value {
		r := &receiver{}
		if v := call.Argument(0); !goja.IsNull(v) {
			r.inflate = negotiated(v.String())
			if r.inflate == nil {
				return goja.Null()
			}
		}
		return rt.Func("feed", 1, func(call goja.FunctionCall) goja.Value {
			piece, _ := rt.Bytes(call.Argument(0))
			var all []any
			for _, one := range r.feed(piece) {
				var payload goja.Value
				if one.opcode == opText {
					payload = rt.DecodeString(one.payload, engine.UTF8)
				} else {
					payload = vm.ToValue(vm.NewArrayBuffer(bytes.Clone(one.payload)))
				}
				all = append(all, vm.NewArray(one.opcode, payload, one.code, one.reason))
			}
			return vm.NewArray(all...)
		})
	})
	return o
}

// negotiated is what unpacks messages after a server's choice of extensions; nil if compression is not among them, or cannot be
// had as it says.
func negotiated(extensions string) *inflater {
	found := false
	f := &inflater{}
	for part := range strings.SplitSeq(extensions, ";") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.Trim(name, httpSpace) {
		case "permessage-deflate":
			found = true
		case "server_no_context_takeover":
			f.forgets = true
		case "server_max_window_bits":
			value = strings.Trim(value, httpSpace)
			if bits, err := strconv.Atoi(value); value != "" && (err != nil || bits < 8 || bits > 15) {
				f.broken = true
			}
		}
	}
	if !found {
		return nil
	}
	return f
}
