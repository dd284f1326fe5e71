package child_process

import (
	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/sys"
	"gonode/runtime"
)

func handlesBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	rt.SetFunc(o, "family", 1, func(call goja.FunctionCall) goja.Value {
		fd := int(call.Argument(0).ToInteger())
		rt.Access.Grant(fd)
		return vm.ToValue(family(fd))
	})
	rt.SetFunc(o, "closeFd", 1, func(call goja.FunctionCall) goja.Value {
		fd := int(call.Argument(0).ToInteger())
		rt.Access.DemandDescriptor(fd)
		rt.Access.Gave(fd)
		sys.Close(fd)
		return goja.Undefined()
	})
	rt.SetFunc(o, "loaded", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.Loaded(call.Argument(0).String()))
	})
	return o
}

// family tells what kind of handle a descriptor makes: "tcp", "pipe", "udp", or "" for none of them.
func family(fd int) string {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return ""
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		return ""
	}
	switch name.(type) {
	case *unix.SockaddrUnix:
		if kind == unix.SOCK_STREAM {
			return "pipe"
		}
	case *unix.SockaddrInet4, *unix.SockaddrInet6:
		switch kind {
		case unix.SOCK_STREAM:
			return "tcp"
		case unix.SOCK_DGRAM:
			return "udp"
		}
	}
	return ""
}
