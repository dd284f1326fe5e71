// Package handles is the private module "internal/handles": the descriptors of package handle as the objects that
// net, child_process, cluster and tty keep in `_handle`. Their methods return 0 or a negative errno, as in Node;
// requests take a callback in place of a request object. Another module's Go code finds the stream of such an object
// with rt.Slot(object).(handle.Streamer). All of it runs on the loop goroutine.
package handles

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/runtime"
)

// Module is "internal/handles":
//
//	h = new TCP(TCP.SOCKET | TCP.SERVER), new Pipe(Pipe.SOCKET | Pipe.SERVER | Pipe.IPC), new TTY(fd, ctx)
//	h.open(fd) bind(address, port) bind6(address, port, flags) listen(backlog) connect(address, port, callback)
//	h.onconnection = (errno, clientHandle) => …
//	h.onread = (nread, buffer) => …       nread is positive, UV_EOF or a negative errno
//	h.readStart() readStop() shutdown(callback) close(callback) reset(callback)
//	h.write(chunk, encoding, callback)    0: done; 1: callback(errno) comes later; negative: failed
//	h.writev(chunks, allBuffers, callback)
//	adopt(holder)                         the object of a handle.TCP that Go code has in holder's slot
//	new UDP(), see udp.go; guessHandleType(fd), isTTY(fd), UV_EOF
//
// An IPC pipe's onread gets the handles that came along as its third argument, an array of descriptors.
var Module = &runtime.Module{Name: "internal/handles", Private: true, Binding: binding}

// module is the state of one runtime.
type module struct {
	rt     *runtime.Runtime
	vm     *goja.Runtime
	chunks handle.Chunks
	reader reader
	tcp    *goja.Object // prototypes of the classes
	pipe   *goja.Object
}

func binding(rt *runtime.Runtime) *goja.Object {
	m := &module{rt: rt, vm: rt.VM()}
	exports := m.vm.NewObject()
	m.defineReader(exports)

	tcp, tcpProto := rt.Class("TCP", 1, func(call goja.ConstructorCall) *goja.Object {
		kind, async := "TCPSocketWrap", "TCPWRAP"
		if call.Argument(0).ToInteger() == 1 {
			kind, async = "TCPServerWrap", "TCPSERVERWRAP"
		}
		m.wrap(call.This, handle.NewTCP(rt.Loop(), kind), async)
		return nil
	})
	m.tcp = tcpProto
	constants(tcp, map[string]int{"SOCKET": 0, "SERVER": 1, "UV_TCP_IPV6ONLY": 1, "UV_TCP_REUSEPORT": 2})
	m.streamMethods(tcpProto)
	m.tcpMethods(tcpProto)

	pipe, pipeProto := rt.Class("Pipe", 1, func(call goja.ConstructorCall) *goja.Object {
		kind, async := "PipeWrap", "PIPEWRAP"
		if call.Argument(0).ToInteger() == 1 {
			kind, async = "PipeServerWrap", "PIPESERVERWRAP"
		}
		m.wrap(call.This, handle.NewPipe(rt.Loop(), kind, call.Argument(0).ToInteger() == 2), async)
		return nil
	})
	m.pipe = pipeProto
	constants(pipe, map[string]int{"SOCKET": 0, "SERVER": 1, "IPC": 2, "UV_READABLE": 1, "UV_WRITABLE": 2})
	m.streamMethods(pipeProto)
	m.pipeMethods(pipeProto)

	tty, ttyProto := rt.Class("TTY", 2, func(call goja.ConstructorCall) *goja.Object {
		t, errno := handle.OpenTTY(rt.Loop(), m.descriptor(call.Argument(0)))
		if errno != 0 {
			if ctx, ok := call.Argument(1).(*goja.Object); ok {
				ctx.Set("errno", -int(errno))
				return nil
			}
			rt.Throw(rt.NewSystemError(engine.SystemError{Errno: -int(errno), Syscall: "uv_tty_init"}))
		}
		m.wrap(call.This, t, "TTYWRAP")
		return nil
	})
	m.streamMethods(ttyProto)
	m.ttyMethods(ttyProto)

	exports.Set("TCP", tcp)
	exports.Set("Pipe", pipe)
	exports.Set("TTY", tty)
	rt.DefineLazy(exports, "UDP", true, func() goja.Value { return m.udpClass() })
	rt.SetFunc(exports, "adopt", 1, func(call goja.FunctionCall) goja.Value {
		o := m.vm.CreateObject(tcpProto)
		m.wrap(o, rt.Slot(call.Argument(0)).(*handle.TCP), "TCPWRAP")
		return o
	})
	exports.Set("UV_EOF", -int(handle.EOF))
	rt.SetFunc(exports, "guessHandleType", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(handle.GuessType(m.descriptor(call.Argument(0))))
	})
	rt.SetFunc(exports, "isTTY", 1, func(call goja.FunctionCall) goja.Value {
		return m.vm.ToValue(handle.IsTTY(m.descriptor(call.Argument(0))))
	})
	return exports
}

func constants(class *goja.Object, values map[string]int) {
	for name, v := range values {
		class.Set(name, v)
	}
}

// method defines a method for which this object must be one of ours with state of type T; on others it gives EBADF.
func method[T any](m *module, proto *goja.Object, name string, length int, f func(state T, call goja.FunctionCall) goja.Value) {
	m.rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
		state, ok := m.rt.Slot(call.This).(T)
		if !ok {
			return m.errno(9) // EBADF
		}
		return f(state, call)
	})
}

func getter[T any](m *module, proto *goja.Object, name string, f func(state T) goja.Value) {
	m.rt.SetGetter(proto, name, func(this goja.Value) goja.Value {
		state, ok := m.rt.Slot(this).(T)
		if !ok {
			return goja.Undefined()
		}
		return f(state)
	}, nil)
}
