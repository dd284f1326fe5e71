package handles

import (
	"net/netip"
	"strconv"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/handle"
	"gonode/runtime"
)

func itoa(n int) string { return strconv.Itoa(n) }

// parseAddr reads a numeric address with a port.
func parseAddr(address string, port goja.Value) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a, uint16(port.ToInteger())), true
}

// describe fills out as Node's getsockname and getpeername do.
func describe(out goja.Value, a netip.AddrPort, e syscall.Errno) {
	o, ok := out.(*goja.Object)
	if !ok || e != 0 || !a.IsValid() {
		return
	}
	family := "IPv6"
	if a.Addr().Is4() {
		family = "IPv4"
	}
	o.Set("address", a.Addr().String())
	o.Set("family", family)
	o.Set("port", a.Port())
}

func (m *module) tcpMethods(p *goja.Object) {
	on := func(name string, length int, f func(t *handle.TCP, call goja.FunctionCall) syscall.Errno) {
		method(m, p, name, length, func(w *stream, call goja.FunctionCall) goja.Value {
			t, ok := w.Streamer.(*handle.TCP)
			if !ok {
				return m.errno(syscall.EBADF)
			}
			return m.errno(f(t, call))
		})
	}
	on("open", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		return m.open(call.Argument(0), t.Open)
	})
	bind := func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		a, ok := parseAddr(call.Argument(0).String(), call.Argument(1))
		if !ok {
			return syscall.EINVAL
		}
		if !m.rt.Access.AllowsNet(runtime.AccessListen, a.String()) {
			return syscall.EACCES
		}
		server := engine.Held[*stream](m.rt, call.This).server
		switch {
		case server && m.listensByPolicy():
			return m.listen(t.Open, "tcp", a.String())
		case m.listensByPolicy(), m.dialsByPolicy() && !server: // a local address is the dialer's affair
			return syscall.EOPNOTSUPP
		}
		var flags handle.BindFlags
		if call.Argument(2).ToInteger()&1 != 0 {
			flags |= handle.IPv6Only
		}
		if call.Argument(2).ToInteger()&2 != 0 {
			flags |= handle.ReusePort
		}
		return t.Bind(a, flags)
	}
	on("bind", 2, bind)
	on("bind6", 3, bind)
	on("listen", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		w := engine.Held[*stream](m.rt, call.This)
		return t.Listen(int(call.Argument(0).ToInteger()), func(fd int, e syscall.Errno) {
			w.accepted(e, func() *goja.Object {
				c := handle.NewTCP(m.rt.Loop(), "TCPSocketWrap")
				c.OpenAccepted(fd)
				o := m.vm.CreateObject(m.tcp)
				m.wrap(o, c, "TCPWRAP")
				return o
			})
		})
	})
	on("connect", 3, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		a, ok := parseAddr(call.Argument(0).String(), call.Argument(1))
		if !ok {
			return syscall.EINVAL
		}
		if !m.rt.Access.AllowsNet(runtime.AccessNet, a.String()) {
			return syscall.EACCES
		}
		done := m.done(call.Argument(2), call.This, "TCPCONNECTWRAP")
		if m.dialsByPolicy() {
			return m.dial(t.BaseStream(), t.OpenAccepted, "tcp", a.String(), done)
		}
		return t.Connect(a, done)
	})
	on("getsockname", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		a, e := t.SockName()
		describe(call.Argument(0), a, e)
		return e
	})
	on("getpeername", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		a, e := t.PeerName()
		describe(call.Argument(0), a, e)
		return e
	})
	on("setNoDelay", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		return t.SetNoDelay(call.Argument(0).ToBoolean())
	})
	on("setKeepAlive", 4, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		seconds := func(i int) int { return int(call.Argument(i).ToInteger()) }
		return t.SetKeepAlive(call.Argument(0).ToBoolean(), handle.KeepAlive{Delay: seconds(1), Interval: seconds(2), Count: seconds(3)})
	})
	on("setTypeOfService", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		return t.SetTypeOfService(int(call.Argument(0).ToInteger()))
	})
	method(m, p, "getTypeOfService", 0, func(w *stream, _ goja.FunctionCall) goja.Value {
		t, ok := w.Streamer.(*handle.TCP)
		if !ok {
			return m.errno(syscall.EBADF)
		}
		class, errno := t.TypeOfService()
		if errno != 0 {
			return m.errno(errno)
		}
		return m.vm.ToValue(class)
	})
	on("reset", 1, func(t *handle.TCP, call goja.FunctionCall) syscall.Errno {
		return t.Reset(m.closed(call.Argument(0), call.This, engine.Held[*stream](m.rt, call.This).async))
	})
}

func (m *module) pipeMethods(p *goja.Object) {
	on := func(name string, length int, f func(t *handle.Pipe, call goja.FunctionCall) syscall.Errno) {
		method(m, p, name, length, func(w *stream, call goja.FunctionCall) goja.Value {
			t, ok := w.Streamer.(*handle.Pipe)
			if !ok {
				return m.errno(syscall.EBADF)
			}
			return m.errno(f(t, call))
		})
	}
	on("open", 1, func(t *handle.Pipe, call goja.FunctionCall) syscall.Errno {
		return m.open(call.Argument(0), t.Open)
	})
	on("bind", 1, func(t *handle.Pipe, call goja.FunctionCall) syscall.Errno {
		path := m.path(call.Argument(0))
		if !m.rt.Access.AllowsNet(runtime.AccessListen, path) {
			return syscall.EACCES
		}
		if m.listensByPolicy() {
			return m.listen(t.Open, "unix", path)
		}
		return t.Bind(path)
	})
	on("listen", 1, func(t *handle.Pipe, call goja.FunctionCall) syscall.Errno {
		w := engine.Held[*stream](m.rt, call.This)
		return t.Listen(int(call.Argument(0).ToInteger()), func(fd int, e syscall.Errno) {
			w.accepted(e, func() *goja.Object {
				c := handle.NewPipe(m.rt.Loop(), "PipeWrap", false)
				c.OpenAccepted(fd)
				o := m.vm.CreateObject(m.pipe)
				m.wrap(o, c, "PIPEWRAP")
				return o
			})
		})
	})
	on("connect", 2, func(t *handle.Pipe, call goja.FunctionCall) syscall.Errno {
		path := m.path(call.Argument(0))
		if !m.rt.Access.AllowsNet(runtime.AccessNet, path) {
			return syscall.EACCES
		}
		done := m.done(call.Argument(1), call.This, "PIPECONNECTWRAP")
		if m.dialsByPolicy() {
			return m.dial(t.BaseStream(), t.OpenAccepted, "unix", path, done)
		}
		return t.Connect(path, done)
	})
	on("fchmod", 1, func(t *handle.Pipe, call goja.FunctionCall) syscall.Errno {
		return t.Fchmod(int(call.Argument(0).ToInteger()))
	})
}

// path is a socket's path, seen from the runtime's working directory; an abstract name is left alone.
func (m *module) path(v goja.Value) string {
	s := v.String()
	if s != "" && s[0] == 0 {
		return s
	}
	return m.rt.Abs(s)
}

func (m *module) ttyMethods(p *goja.Object) {
	on := func(name string, length int, f func(t *handle.TTY, call goja.FunctionCall) syscall.Errno) {
		method(m, p, name, length, func(w *stream, call goja.FunctionCall) goja.Value {
			t, ok := w.Streamer.(*handle.TTY)
			if !ok {
				return m.errno(syscall.EBADF)
			}
			return m.errno(f(t, call))
		})
	}
	on("getWindowSize", 1, func(t *handle.TTY, call goja.FunctionCall) syscall.Errno {
		cols, rows, e := t.Size()
		if o, ok := call.Argument(0).(*goja.Object); ok && e == 0 {
			o.Set("0", cols)
			o.Set("1", rows)
		}
		return e
	})
	on("setRawMode", 1, func(t *handle.TTY, call goja.FunctionCall) syscall.Errno {
		return t.SetRaw(call.Argument(0).ToBoolean())
	})
}
