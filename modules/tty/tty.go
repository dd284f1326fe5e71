// Package tty is module "tty" and the streams of standard input and output, process.stdin, stdout and stderr. Output to
// files, terminals and pipes is written at once and completely, as in Node. Input holds the loop open only while it is
// read. The streams are JavaScript, made when a script first touches them; descriptors and colours are Go. Loop
// goroutine only.
package tty

import (
	_ "embed"
	"math"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/runtime"
)

//go:embed tty.js
var ttySource string

//go:embed stdio.js
var stdioSource string

//go:embed streams.js
var streamsSource string

// Modules are "tty" and its private parts.
var Modules = []*runtime.Module{
	{Name: "tty", Script: engine.NewScript("node:tty", &ttySource), Binding: binding},
	{Name: "internal/tty/streams", Private: true, Script: engine.NewScript("node:internal/tty/streams", &streamsSource), Binding: binding},
	{Name: "internal/stdio", Private: true, Script: engine.NewScript("node:internal/stdio", &stdioSource), Binding: binding},
}

// binding has
//
//	isatty(fd)                     guessType(0, 1 or 2)
//	write(fd, chunk, encoding)     an errno, 0 for success
//	open(fd, kind)                 a handle for reading, or an errno: see input.go
//	windowSize(fd)                 [columns, rows], or an errno
//	getColorDepth(env), hasColors(count, env)
//
// demand asks for a descriptor that is none of the standard streams, which are what the host has given.
func demand(rt *runtime.Runtime, fd int) int {
	if fd < 0 || fd > 2 {
		rt.Access.DemandDescriptor(fd)
	}
	return fd
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	o := vm.NewObject()
	rt.SetFunc(o, "isatty", 1, func(call goja.FunctionCall) goja.Value {
		fd := call.Argument(0)
		if _, object := fd.(*goja.Object); object || !goja.IsNumber(fd) {
			return vm.ToValue(false)
		}
		f := fd.ToFloat()
		return vm.ToValue(f == math.Trunc(f) && f >= 0 && f <= math.MaxInt32 && rt.Access.Owns(int(f)) && handle.IsTTY(int(f)))
	})
	rt.SetFunc(o, "guessType", 1, func(call goja.FunctionCall) goja.Value {
		n := int(call.Argument(0).ToInteger())
		if n == 0 && rt.Config().Stdin != nil {
			if fd := inputFD(rt); fd >= 0 {
				return vm.ToValue(handle.GuessType(fd))
			}
			return vm.ToValue("READER")
		}
		demand(rt, n)
		if fd, ok := output(rt, n).(runtime.FDWriter); ok {
			return vm.ToValue(handle.GuessType(int(fd)))
		}
		return vm.ToValue("PIPE")
	})
	rt.SetFunc(o, "write", 3, func(call goja.FunctionCall) goja.Value {
		data := chunk(rt, call.Argument(1), call.Argument(2))
		fd := int(call.Argument(0).ToInteger())
		demand(rt, fd)
		_, err := output(rt, fd).Write(data)
		if err == nil {
			return vm.ToValue(0)
		}
		errno, ok := err.(syscall.Errno)
		if !ok {
			errno = syscall.EIO
		}
		return vm.ToValue(-int(errno))
	})
	rt.SetFunc(o, "windowSize", 1, func(call goja.FunctionCall) goja.Value {
		cols, rows, errno := handle.WindowSize(demand(rt, int(call.Argument(0).ToInteger())))
		if errno != 0 {
			return vm.ToValue(-int(errno))
		}
		return vm.NewArray(cols, rows)
	})
	rt.SetFunc(o, "open", 2, func(call goja.FunctionCall) goja.Value {
		return open(rt, int(call.Argument(0).ToInteger()), call.Argument(1).String())
	})
	c := &colors{rt: rt}
	rt.SetFunc(o, "getColorDepth", 0, func(call goja.FunctionCall) goja.Value { return vm.ToValue(c.depth(call.Argument(0))) })
	rt.SetFunc(o, "hasColors", 2, c.hasColors)
	return o
}

// chunk is the bytes of a chunk of a Writable that takes strings as they are.
func chunk(rt *runtime.Runtime, v, encoding goja.Value) []byte {
	if goja.IsString(v) {
		e, ok := engine.ParseEncoding(encoding.String())
		if !ok {
			e = engine.UTF8
		}
		return engine.EncodeString(v, e)
	}
	b, _ := rt.Bytes(v)
	return b
}
