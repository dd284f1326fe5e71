package cluster

import (
	"bytes"
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/http1"
	"gonode/runtime"
)

// headWithin is how long a connection waits for its first request's head before it is dealt out without one.
const headWithin = 10 * time.Second

// policies has cookie(handle, name, answer(value, readable)), which looks for a cookie in the first request that arrives, and leaves it there.
// readable is false for what is no request of HTTP/1.
func policies(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "cookie", 3, func(call goja.FunctionCall) goja.Value {
		s, _ := rt.Slot(call.Argument(0)).(handle.Streamer)
		name := call.Argument(1).String()
		answer, _ := goja.AssertFunction(call.Argument(2))
		if s == nil {
			rt.Call(answer, goja.Undefined(), goja.Undefined(), rt.VM().ToValue(false))
			return goja.Undefined()
		}
		within := true
		s.BaseStream().Peek(headWithin, headEnds, func(head []byte) {
			value, readable := cookieOf(head, name)
			tell := func() { rt.Call(answer, goja.Undefined(), rt.VM().ToValue(value), rt.VM().ToValue(readable)) }
			if within { // the script's turn that asks
				tell()
			} else {
				rt.Enter(tell)
			}
		})
		within = false
		return goja.Undefined()
	})
	return o
}

// readable tells whether bytes can be the beginning of a request of HTTP/1.
func readable(head []byte) bool {
	return len(head) == 0 || head[0] >= 'A' && head[0] <= 'Z' && !bytes.HasPrefix(head, []byte("PRI * HTTP/2"))
}

func headEnds(head []byte) bool {
	return !readable(head) || bytes.Contains(head, []byte("\r\n\r\n")) || bytes.Contains(head, []byte("\n\n"))
}

func cookieOf(head []byte, name string) (value string, ok bool) {
	if !readable(head) {
		return "", false
	}
	for line := range strings.Lines(string(head)) {
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		if field, text, found := strings.Cut(line, ":"); found && strings.EqualFold(field, "cookie") {
			if value, found := http1.Cookie(text, name); found {
				return value, true
			}
		}
	}
	return "", true
}
