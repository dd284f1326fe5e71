// Package messaging has MessageChannel, MessagePort, MessageEvent and BroadcastChannel within one thread: messages are
// cloned when sent and delivered in tasks of their own. It is JavaScript; a port that is listened to holds the loop open.
package messaging

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/runtime"
)

//go:embed messaging.js
var source string

// Module is "internal/messaging".
var Module = &runtime.Module{
	Name: "internal/messaging", Private: true, Script: runtime.NewScript("node:internal/messaging", &source), Binding: binding,
	Globals: []runtime.Global{{Name: "MessageChannel"}, {Name: "MessagePort"}, {Name: "MessageEvent"}, {Name: "BroadcastChannel"}},
}

func binding(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.SetFunc(o, "hold", 1, func(call goja.FunctionCall) goja.Value {
		if call.Argument(0).ToBoolean() {
			rt.Loop().AddRequest()
		} else {
			rt.Loop().DoneRequest()
		}
		return goja.Undefined()
	})
	return o
}
