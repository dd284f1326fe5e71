package handles

import (
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/runtime"
)

// CanTransfer implements runtime.Transferable: a TCP socket can go to another thread.
func (w *stream) CanTransfer(*goja.Object) {
	if t, ok := w.Streamer.(*handle.TCP); !ok || t.Fd() < 0 || t.Closing() {
		w.m.rt.Throw(w.m.rt.NewError("ERR_WORKER_HANDLE_NOT_TRANSFERABLE", "TCP"))
	}
}

// Transfer implements runtime.Transferable: the socket has another descriptor in the other thread, and this handle ends.
func (w *stream) Transfer(*goja.Object) (revive func(*runtime.Runtime) goja.Value, drop func()) {
	m := w.m
	fd, errno := w.Streamer.(*handle.TCP).Detach()
	if errno != 0 {
		m.rt.Throw(m.rt.NewSystemError(engine.SystemError{Errno: -int(errno), Syscall: "dup"}))
	}
	w.BaseStream().Close(m.closed(goja.Undefined(), w.object, w.async))
	return func(rt *runtime.Runtime) goja.Value {
			t := handle.NewTCP(rt.Loop(), "TCPSocketWrap")
			t.OpenAccepted(fd)
			return rt.CallMethod(rt.Require("internal/handles"), "adopt", rt.NewObject(nil, t))
		}, func() {
			syscall.Close(fd)
		}
}
