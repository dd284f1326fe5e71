package supervisor

import (
	"strings"
	"time"

	"github.com/dop251/goja"

	"gonode/internal/loop"
	"gonode/internal/memory"
	"gonode/runtime"
)

const beatEvery = 1000 // milliseconds

// supervised is what a supervisor's worker loads: start(send) sends each second how it does, and so that it is not stuck.
func supervised(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "start", 1, func(call goja.FunctionCall) goja.Value {
		send, _ := goja.AssertFunction(call.Argument(0))
		read := rt.Require("internal/http/usage").Get("read")
		memory.Lean()
		if cookie := call.Argument(1).String(); strings.Contains(cookie, "=") {
			usage := rt.Require("internal/http/usage")
			rt.CallMethod(usage, "stick", call.Argument(1))
		}
		var due time.Time
		var rest memory.Rest
		beat := func() {
			usage := rt.Apply(read, goja.Undefined()).(*goja.Object)
			usage.Set("heap", rest.Look())
			usage.Set("handles", len(rt.Loop().Holding()))
			usage.Set("loopDelay", max(time.Since(due).Seconds(), 0))
			message := rt.VM().NewObject()
			message.Set("act", "usage")
			message.Set("usage", usage)
			rt.Call(send, goja.Undefined(), message)
		}
		var t *loop.Timer
		next := func() {
			rt.Loop().UpdateTime()
			due = time.Now().Add(beatEvery * time.Millisecond)
			t.Start(beatEvery)
		}
		t = rt.Loop().NewTimer(func() {
			rt.Enter(beat)
			next()
		})
		t.Unref()
		due = time.Now()
		rt.Loop().SetImmediate(func() { rt.Enter(beat) })
		next()
		return goja.Undefined()
	})
	return o
}
