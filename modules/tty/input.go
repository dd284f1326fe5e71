package tty

import (
	"io"
	"os"
	"sync"
	"syscall"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/handle"
	"gonode/internal/loop"
	"gonode/internal/sys"
	"gonode/runtime"
)

func output(rt *runtime.Runtime, fd int) io.Writer {
	switch fd {
	case 1:
		return rt.Stdout()
	case 2:
		return rt.Stderr()
	}
	return runtime.FDWriter(fd)
}

// inputFD is the descriptor of standard input, -1 if the host gave a plain reader.
func inputFD(rt *runtime.Runtime) int {
	fd := 0
	if r := rt.Config().Stdin; r != nil {
		f, ok := r.(*os.File)
		if !ok {
			return -1
		}
		if raw, err := f.SyscallConn(); err == nil {
			raw.Control(func(n uintptr) { fd = int(n) })
		}
	}
	return fd
}

// shared gives a runtime in a host's process another descriptor of the host's standard input, which stays the host's, and a function that makes the
// input wait again if it did: O_NONBLOCK belongs to both.
func shared(rt *runtime.Runtime, fd int) (own int, restore func(), errno syscall.Errno) {
	if !rt.Config().Embedded {
		return fd, func() {}, 0
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil {
		return -1, nil, syscall.EBADF
	}
	if own, errno = sys.Dup(fd); errno != 0 {
		return -1, nil, errno
	}
	if flags&unix.O_NONBLOCK != 0 {
		return own, func() {}, 0
	}
	kept, errno := sys.Dup(fd)
	if errno != 0 {
		sys.Close(own)
		return -1, nil, errno
	}
	var once sync.Once
	restore = func() {
		once.Do(func() {
			sys.SetNonblock(kept, false)
			sys.Close(kept)
		})
	}
	rt.AtExit(restore)
	return own, restore, 0
}

// source is what an input reads from: a stream of package handle, or the host's reader.
type source interface {
	ReadStart(handle.ReadFunc) syscall.Errno
	ReadStop()
	Ref()
	Unref()
	HasRef() bool
	Close(func())
}

// open makes the object that an Input reads through: readStart(), readStop(), ref(), unref(), hasRef(), close(f),
// setRawMode(on). It calls its onread(buffer, errno); without a buffer and errno that is the end.
func open(rt *runtime.Runtime, fd int, kind string) goja.Value {
	vm := rt.VM()
	if fd != 0 || kind == "TTY" && rt.Config().Stdin != nil {
		rt.Access.DemandDescriptor(fd)
	}
	var s source
	var tty *handle.TTY
	var errno syscall.Errno
	shown, restore := fd, func() {}
	if kind != "TTY" && kind != "READER" {
		if fd == 0 {
			fd = inputFD(rt)
			shown = fd
		}
		if fd, restore, errno = shared(rt, fd); errno != 0 {
			return vm.ToValue(-int(errno))
		}
	}
	switch kind {
	case "TTY":
		tty, errno = handle.OpenTTY(rt.Loop(), fd)
		s = tty
	case "TCP":
		t := handle.NewTCP(rt.Loop(), "TCPSocketWrap")
		errno, s = t.Open(fd), t
	case "READER":
		s = newReader(rt.Loop(), rt.Config().Stdin)
	default:
		p := handle.NewPipe(rt.Loop(), "PipeWrap", false)
		errno, s = p.Open(fd), p
	}
	if errno != 0 {
		return vm.ToValue(-int(errno))
	}
	o := vm.NewObject()
	o.Set("fd", shown)
	o.Set("reading", false)
	var onread goja.Callable
	closed := false
	deliver := func(buf []byte, errno syscall.Errno, _ []int) {
		rt.Enter(func() {
			data, code := goja.Undefined(), 0
			switch {
			case errno == 0:
				data = rt.NewBuffer(append([]byte(nil), buf...))
			case errno != handle.EOF:
				code = -int(errno)
			}
			rt.Call(onread, o, data, vm.ToValue(code))
		})
	}
	rt.SetFunc(o, "readStart", 0, func(goja.FunctionCall) goja.Value {
		if closed {
			return vm.ToValue(-int(syscall.EINVAL))
		}
		onread, _ = goja.AssertFunction(o.Get("onread"))
		return vm.ToValue(-int(s.ReadStart(deliver)))
	})
	method := func(name string, f func()) {
		rt.SetFunc(o, name, 0, func(goja.FunctionCall) goja.Value {
			f()
			return goja.Undefined()
		})
	}
	method("readStop", s.ReadStop)
	method("ref", s.Ref)
	method("unref", s.Unref)
	rt.SetFunc(o, "hasRef", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(s.HasRef()) })
	rt.SetFunc(o, "close", 1, func(call goja.FunctionCall) goja.Value {
		done, ok := goja.AssertFunction(call.Argument(0))
		if closed {
			rt.NextTick(func() {
				if ok {
					rt.Call(done, o)
				}
			})
			return goja.Undefined()
		}
		closed = true
		restore()
		s.Close(func() {
			if ok {
				rt.Callback(done, o)
			}
		})
		return goja.Undefined()
	})
	if tty != nil {
		rt.SetFunc(o, "setRawMode", 1, func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(-int(tty.SetRaw(call.Argument(0).ToBoolean())))
		})
		rt.AtExit(tty.Restore)
	}
	if stream, ok := s.(handle.Streamer); ok {
		rt.SetSlot(o, stream)
	}
	return o
}

// reader reads from an io.Reader on a goroutine of its own, one block ahead at most.
type reader struct {
	loop    *loop.Loop
	handle  *loop.Handle
	from    io.Reader
	read    handle.ReadFunc // nil while stopped
	busy    bool
	pending func() // what was read while stopped
	ended   bool
}

func newReader(l *loop.Loop, from io.Reader) *reader {
	return &reader{loop: l, handle: l.NewHandle("PipeWrap"), from: from}
}

func (r *reader) ReadStart(f handle.ReadFunc) syscall.Errno {
	r.read = f
	r.handle.Start()
	if r.pending != nil {
		deliver := r.pending
		r.pending = nil
		r.loop.Post(deliver)
		return 0
	}
	if r.busy || r.ended {
		return 0
	}
	r.busy = true
	go func() {
		buf := make([]byte, 65536)
		n, err := r.from.Read(buf)
		r.loop.Post(func() {
			r.busy = false
			r.deliver(buf[:n], err)
		})
	}()
	return 0
}

func (r *reader) deliver(buf []byte, err error) {
	if r.read == nil {
		r.pending = func() { r.deliver(buf, err) }
		return
	}
	if len(buf) > 0 {
		r.read(buf, 0, nil)
	}
	switch {
	case err == nil:
		if r.read != nil {
			r.ReadStart(r.read)
		}
	case r.read == nil:
		r.pending = func() { r.deliver(nil, err) }
	default:
		r.ended = true
		r.handle.Stop()
		if err == io.EOF {
			r.read(nil, handle.EOF, nil)
		} else {
			r.read(nil, syscall.EIO, nil)
		}
	}
}

func (r *reader) ReadStop() {
	r.read = nil
	r.handle.Stop()
}

func (r *reader) Ref()         { r.handle.Ref() }
func (r *reader) Unref()       { r.handle.Unref() }
func (r *reader) HasRef() bool { return r.handle.HasRef() }
func (r *reader) Close(closed func()) {
	r.read = nil
	r.handle.Close(closed)
}
