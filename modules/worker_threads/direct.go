package worker_threads

import (
	"time"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// postToThread is the native half of postMessageToThread: the other thread's process emits 'workerMessage', and how that
// went comes back.
func postToThread(rt *runtime.Runtime, call goja.FunctionCall) {
	done, _ := goja.AssertFunction(call.Argument(4))
	number := rt.Config().Thread
	m := serialize(rt, call.Argument(1), transfers(rt, transferList(rt, call.Argument(2)), nil))
	var late <-chan time.Time
	if v := call.Argument(3); !goja.IsUndefined(v) {
		late = time.After(time.Duration(v.ToFloat() * float64(time.Millisecond)))
	}
	reply := make(chan string, 1)
	gone, ok := threadsOf(rt).post(int(call.Argument(0).ToInteger()), func(target *runtime.Runtime) {
		reply <- m.emitOnProcess(target, number)
	})
	if !ok {
		m.discard()
		reply <- "ERR_WORKER_MESSAGING_FAILED"
	}
	l := rt.Loop()
	l.AddRequest()
	go func() {
		var code string
		select {
		case code = <-reply:
		case <-gone:
			code = "ERR_WORKER_MESSAGING_FAILED"
		case <-late:
			code = "ERR_WORKER_MESSAGING_TIMEOUT"
		case <-rt.Ended():
		}
		rt.Post(func() {
			l.DoneRequest()
			var result goja.Value = goja.Undefined()
			if code != "" {
				result = rt.VM().ToValue(code)
			}
			rt.Call(done, goja.Undefined(), result)
		})
	}()
}

// emitOnProcess delivers a message from a thread to the 'workerMessage' listeners of another. It gives the code of what went
// wrong.
func (m *message) emitOnProcess(rt *runtime.Runtime, from int) (code string) {
	process := rt.Require("process")
	if !rt.HasListener(process, "workerMessage") {
		m.discard()
		return "ERR_WORKER_MESSAGING_FAILED"
	}
	if ex := rt.VM().Try(func() {
		value, _ := m.deserialize(rt)
		rt.Emit(process, "workerMessage", value, rt.VM().ToValue(from))
	}); ex != nil {
		return "ERR_WORKER_MESSAGING_ERRORED"
	}
	return ""
}
