package handles

import (
	"net/netip"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/runtime"
)

// udp is what the slot of a UDP handle holds.
type udp struct {
	*handle.UDP
	m      *module
	object *goja.Object
	async  any
}

// udpClass makes the class UDP:
//
//	h.bind(address, port, flags) connect(address, port) disconnect() open(fd) close(callback)
//	h.send(chunks, port, address, callback)   > 0: sent, size+1; 0: callback(errno, size) comes later; < 0: failed
//	h.recvStart() recvStop(); h.onmessage = (nread, h, buffer, {address, family, port}) => …
//	h.bufferSize(size, receive)               the size, or a negative errno
func (m *module) udpClass() *goja.Object {
	rt, vm := m.rt, m.vm
	class, p := rt.Class("UDP", 0, func(call goja.ConstructorCall) *goja.Object {
		rt.SetSlot(call.This, &udp{UDP: handle.NewUDP(rt.Loop()), m: m, object: call.This, async: rt.Async.Start("UDPWRAP", call.This)})
		return nil
	})
	constants(class, map[string]int{"UV_UDP_IPV6ONLY": 1, "UV_UDP_REUSEADDR": 4, "UV_UDP_REUSEPORT": 8})
	on := func(name string, length int, f func(u *udp, call goja.FunctionCall) syscall.Errno) {
		method(m, p, name, length, func(u *udp, call goja.FunctionCall) goja.Value { return m.errno(f(u, call)) })
	}
	on("open", 1, func(u *udp, call goja.FunctionCall) syscall.Errno { return m.open(call.Argument(0), u.Open) })
	bind := func(u *udp, call goja.FunctionCall) syscall.Errno {
		a, ok := parseAddr(call.Argument(0).String(), call.Argument(1))
		if !ok {
			return syscall.EINVAL
		}
		if !m.rt.Access.AllowsDatagrams(runtime.AccessListen, a.String()) {
			return syscall.EACCES
		}
		var flags handle.BindFlags
		bits := call.Argument(2).ToInteger()
		if bits&1 != 0 {
			flags |= handle.IPv6Only
		}
		if bits&4 != 0 {
			flags |= handle.ReuseAddr
		}
		if bits&8 != 0 {
			flags |= handle.ReusePort
		}
		return u.Bind(a, flags)
	}
	on("bind", 3, bind)
	on("bind6", 3, bind)
	connect := func(u *udp, call goja.FunctionCall) syscall.Errno {
		a, ok := parseAddr(call.Argument(0).String(), call.Argument(1))
		if !ok {
			return syscall.EINVAL
		}
		if !m.rt.Access.AllowsDatagrams(runtime.AccessNet, a.String()) {
			return syscall.EACCES
		}
		return u.Connect(a)
	}
	on("connect", 2, connect)
	on("connect6", 2, connect)
	on("disconnect", 0, func(u *udp, _ goja.FunctionCall) syscall.Errno { return u.Disconnect() })
	on("getsockname", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		a, e := u.SockName()
		describe(call.Argument(0), a, e)
		return e
	})
	on("getpeername", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		a, e := u.PeerName()
		describe(call.Argument(0), a, e)
		return e
	})
	on("recvStart", 0, func(u *udp, _ goja.FunctionCall) syscall.Errno { return u.RecvStart(u.received) })
	on("recvStop", 0, func(u *udp, _ goja.FunctionCall) syscall.Errno { u.RecvStop(); return 0 })
	on("setBroadcast", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		return u.SetBroadcast(call.Argument(0).ToBoolean())
	})
	on("setTTL", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		return u.SetTTL(int(call.Argument(0).ToInteger()))
	})
	on("setMulticastTTL", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		return u.SetMulticastTTL(int(call.Argument(0).ToInteger()))
	})
	on("setMulticastLoopback", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		return u.SetMulticastLoop(call.Argument(0).ToBoolean())
	})
	on("setMulticastInterface", 1, func(u *udp, call goja.FunctionCall) syscall.Errno {
		a, err := netip.ParseAddr(call.Argument(0).String())
		if err != nil {
			return syscall.EINVAL
		}
		return u.SetMulticastInterface(a)
	})
	membership := func(name string, join bool) {
		on(name+"Membership", 2, func(u *udp, call goja.FunctionCall) syscall.Errno {
			a, err := netip.ParseAddr(call.Argument(0).String())
			iface, ok := optionalAddr(call.Argument(1))
			if err != nil || !ok {
				return syscall.EINVAL
			}
			return u.Membership(a, iface, join)
		})
		on(name+"SourceSpecificMembership", 3, func(u *udp, call goja.FunctionCall) syscall.Errno {
			source, err1 := netip.ParseAddr(call.Argument(0).String())
			group, err2 := netip.ParseAddr(call.Argument(1).String())
			iface, ok := optionalAddr(call.Argument(2))
			if err1 != nil || err2 != nil || !ok {
				return syscall.EINVAL
			}
			return u.SourceMembership(source, group, iface, join)
		})
	}
	membership("add", true)
	membership("drop", false)
	method(m, p, "send", 4, (*udp).send)
	method(m, p, "bufferSize", 2, func(u *udp, call goja.FunctionCall) goja.Value {
		n, e := u.BufferSize(int(call.Argument(0).ToInteger()), call.Argument(1).ToBoolean())
		if e != 0 {
			return m.errno(e)
		}
		return vm.ToValue(n)
	})
	method(m, p, "getSendQueueSize", 0, func(u *udp, _ goja.FunctionCall) goja.Value { return vm.ToValue(u.QueueSize()) })
	method(m, p, "getSendQueueCount", 0, func(u *udp, _ goja.FunctionCall) goja.Value { return vm.ToValue(u.QueueCount()) })
	method(m, p, "close", 1, func(u *udp, call goja.FunctionCall) goja.Value {
		u.Close(m.closed(call.Argument(0), call.This, u.async))
		return goja.Undefined()
	})
	method(m, p, "ref", 0, func(u *udp, _ goja.FunctionCall) goja.Value { u.Ref(); return goja.Undefined() })
	method(m, p, "unref", 0, func(u *udp, _ goja.FunctionCall) goja.Value { u.Unref(); return goja.Undefined() })
	method(m, p, "hasRef", 0, func(u *udp, _ goja.FunctionCall) goja.Value { return vm.ToValue(u.HasRef()) })
	getter(m, p, "fd", func(u *udp) goja.Value { return vm.ToValue(u.Fd()) })
	return class
}

// optionalAddr reads an address that may be left out.
func optionalAddr(v goja.Value) (netip.Addr, bool) {
	if goja.IsUndefined(v) || goja.IsNull(v) || v.String() == "" {
		return netip.Addr{}, true
	}
	a, err := netip.ParseAddr(v.String())
	return a, err == nil
}

func (u *udp) send(call goja.FunctionCall) goja.Value {
	m := u.m
	list, ok := call.Argument(0).(*goja.Object)
	if !ok {
		return m.errno(syscall.EINVAL)
	}
	var buf []byte
	n := int(list.Get("length").ToInteger())
	for i := range n {
		b, _ := m.rt.Bytes(list.Get(itoa(i)))
		if n == 1 {
			buf = b
		} else {
			buf = append(buf, b...)
		}
	}
	var to netip.AddrPort
	if port := call.Argument(1); port.ToBoolean() {
		if to, ok = parseAddr(call.Argument(2).String(), port); !ok {
			return m.errno(syscall.EINVAL)
		}
		if !m.rt.Access.AllowsDatagrams(runtime.AccessNet, to.String()) {
			return m.errno(syscall.EACCES)
		}
	}
	var done func(syscall.Errno)
	if fn, ok := goja.AssertFunction(call.Argument(3)); ok {
		async, this := m.rt.Async.Start("UDPSENDWRAP", nil), call.This
		done = func(e syscall.Errno) { m.rt.Async.CallbackLast(async, fn, this, m.errno(e), m.vm.ToValue(len(buf))) }
	}
	async, e := u.Send(buf, to, done)
	switch {
	case e != 0:
		return m.errno(e)
	case async:
		return m.vm.ToValue(0)
	}
	return m.vm.ToValue(len(buf) + 1)
}

func (u *udp) received(buf []byte, from netip.AddrPort, e syscall.Errno) {
	m := u.m
	fn, ok := goja.AssertFunction(u.object.Get("onmessage"))
	if !ok {
		return
	}
	m.rt.Enter(func() {
		scope := m.rt.Async.Enter(u.async)
		if e != 0 {
			m.rt.Call(fn, u.object, m.errno(e), u.object)
		} else {
			rinfo := m.vm.NewObject()
			describe(rinfo, from, 0)
			data := m.rt.NewBuffer(append(make([]byte, 0, len(buf)), buf...))
			m.rt.Call(fn, u.object, m.vm.ToValue(len(buf)), u.object, data, rinfo)
		}
		scope.Leave()
	})
}
