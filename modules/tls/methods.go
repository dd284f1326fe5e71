package tls

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/secure"

	"gonode/runtime"
)

// forwarded are the methods of a parent that a TLS handle has too.
var forwarded = []string{"open", "bind", "bind6", "connect", "getsockname", "getpeername", "setNoDelay", "setKeepAlive",
	"setBlocking", "ref", "unref", "hasRef", "fchmod"}

// defineWrap adds the class of TLS handles:
//
//	h = new TLSWrap(parent, context, isServer)
//	h.start() receive(buffer) abort() and the methods of internal/handles
//	h.onhandshakedone() onerror(err) onread(nread, buffer) onnewsession(id, session) onkeylog(line) onocspresponse(response)
//	h.onhello(servername, protocols, reply) on servers, if askHello is on
func (m *module) defineWrap(b *goja.Object) {
	class, proto := m.rt.Class("TLSWrap", 3, func(call goja.ConstructorCall) *goja.Object {
		m.newWrap(call)
		return nil
	})
	b.Set("TLSWrap", class)
	on := func(name string, length int, f func(w *wrap, a goja.FunctionCall) goja.Value) {
		m.rt.SetMethod(proto, name, length, func(call goja.FunctionCall) goja.Value {
			if v := f(m.of(call.This), call); v != nil {
				return v
			}
			return goja.Undefined()
		})
	}
	for _, name := range forwarded {
		on(name, 0, func(w *wrap, call goja.FunctionCall) goja.Value {
			return w.callParent(name, call.Arguments...)
		})
	}
	m.rt.SetGetter(proto, "fd", func(this goja.Value) goja.Value { return m.of(this).parent.Get("fd") }, nil)
	number := func(name string, f func(w *wrap) uint64) {
		m.rt.SetGetter(proto, name, func(this goja.Value) goja.Value { return m.vm.ToValue(f(m.of(this))) }, nil)
	}
	number("bytesRead", func(w *wrap) uint64 { return w.bytesRead })
	number("bytesWritten", func(w *wrap) uint64 { return w.bytesWritten })
	number("writeQueueSize", func(w *wrap) uint64 { return uint64(w.queued) })

	zero := m.vm.ToValue(0)
	on("readStart", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.reading = true
		switch {
		case w.server && !w.begun:
			w.begin()
		case w.begun:
			w.startParent()
		}
		if w.conn.Established() {
			loop := m.rt.Loop()
			loop.AddRequest()
			loop.Defer(func() {
				loop.DoneRequest()
				w.drain()
			})
		}
		return zero
	})
	on("readStop", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.reading = false
		if !w.conn.Handshaking() {
			w.stopParent()
		}
		return zero
	})
	on("useUserBuffer", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		w.user, _ = m.rt.Bytes(call.Argument(0))
		return zero
	})
	written := func(w *wrap, data []byte, callback, this goja.Value) goja.Value {
		async := m.rt.Async.Context()
		errno := w.write(request{data, func(errno int, detail string) {
			fn, ok := goja.AssertFunction(callback)
			if !ok {
				return
			}
			var text goja.Value = goja.Undefined()
			if detail != "" {
				text = m.vm.ToValue(detail)
			}
			m.rt.Async.Callback(async, fn, this, m.vm.ToValue(errno), text)
		}})
		if errno < 0 {
			return m.vm.ToValue(errno)
		}
		return m.vm.ToValue(1)
	}
	on("write", 3, func(w *wrap, call goja.FunctionCall) goja.Value {
		return written(w, m.chunk(call.Argument(0), call.Argument(1)), call.Argument(2), call.This)
	})
	on("writev", 3, func(w *wrap, call goja.FunctionCall) goja.Value {
		list, _ := call.Argument(0).(*goja.Object)
		if list == nil {
			return m.vm.ToValue(-int(syscall.EINVAL))
		}
		var data []byte
		for i := range int(list.Get("length").ToInteger()) {
			entry, _ := list.Get(strconv.Itoa(i)).(*goja.Object)
			if entry == nil {
				continue
			}
			if c := entry.Get("chunk"); c != nil {
				data = append(data, m.chunk(c, entry.Get("encoding"))...)
			} else {
				data = append(data, m.chunk(entry, nil)...)
			}
		}
		return written(w, data, call.Argument(2), call.This)
	})
	on("shutdown", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		w.conn.CloseWrite()
		w.flush(nil)
		return w.callParent("shutdown", call.Argument(0))
	})
	on("abort", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.abort()
		return nil
	})
	on("start", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.begin()
		return nil
	})
	on("receive", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		data := m.bytes(call.Argument(0))
		if w.server {
			w.begin()
		}
		w.sealed(data, 0, nil)
		return nil
	})
	on("setVerifyMode", 2, func(w *wrap, call goja.FunctionCall) goja.Value {
		if w.server && call.Argument(0).ToBoolean() {
			w.config.ClientAuth = tls.RequestClientCert
			if call.Argument(1).ToBoolean() {
				w.config.ClientAuth = tls.RequireAnyClientCert
			}
		}
		return nil
	})
	on("setServername", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		if !w.begun {
			w.config.ServerName = call.Argument(0).String()
		}
		return nil
	})
	on("setSession", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		if !m.isView(call.Argument(0)) {
			e := m.rt.NewPlainError("TypeError", "Session must be a buffer")
			e.Set("code", "ERR_INVALID_ARG_TYPE")
			m.rt.Throw(e)
		}
		// A session that cannot be read is one that is not resumed.
		if data := m.bytes(call.Argument(0)); !w.server && w.sessions.Offer(data) == nil {
			w.session = data
		}
		return nil
	})
	on("setALPNProtocols", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		if !m.isView(call.Argument(0)) {
			m.rt.Throw(m.rt.NewPlainError("TypeError", "Must give a Buffer as first argument"))
		}
		w.config.NextProtos = splitProtocols(m.bytes(call.Argument(0)))
		return nil
	})
	on("askHello", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.asks = true
		return nil
	})
	on("enableKeylog", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.keylog = true
		return nil
	})
	on("storeSessions", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.storeSessions()
		return nil
	})
	on("stapleOCSP", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.staples = true
		return nil
	})
	on("followClientsOrder", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.clientsOrder = true
		return nil
	})
	// whenSettled calls back when all that the parent has read until its end was looked at.
	on("whenSettled", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		fn, _ := goja.AssertFunction(call.Argument(0))
		if w.parentEOF != 0 && w.conn.Handshaking() {
			w.settled = func() { m.rt.Async.Callback(w.async, fn, goja.Undefined()) }
		} else {
			m.rt.Call(fn, goja.Undefined())
		}
		return nil
	})
	on("requestOCSP", 0, func(w *wrap, _ goja.FunctionCall) goja.Value {
		w.ocsp = true
		return nil
	})
	on("setKeyCert", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		if c, ok := m.rt.Slot(call.Argument(0)).(*secure.Context); ok {
			w.config.Certificates = c.Config().Certificates
		}
		return nil
	})
	on("setMaxSendFragment", 1, func(w *wrap, call goja.FunctionCall) goja.Value {
		n := int(call.Argument(0).ToInteger())
		if n < 512 || n > recordSize {
			return m.vm.ToValue(false)
		}
		w.fragment = n
		return m.vm.ToValue(true)
	})
	m.defineState(on)
}

// newWrap makes the state of a handle that is being constructed.
func (m *module) newWrap(call goja.ConstructorCall) {
	ctx, ok := m.rt.Slot(call.Argument(1)).(*secure.Context)
	if !ok {
		m.rt.Throw(m.rt.NewError("ERR_TLS_INVALID_CONTEXT", "context"))
	}
	w := &wrap{m: m, object: call.This, ctx: ctx, config: ctx.Config(), server: call.Argument(2).ToBoolean(), async: m.rt.Async.Context()}
	if w.parent, ok = call.Argument(0).(*goja.Object); !ok {
		m.rt.ThrowArgType("handle", call.Argument(0), "Object")
	}
	m.rt.SetSlot(call.This, w)
	if w.server {
		w.config.GetConfigForClient = w.clientHello
	} else {
		w.config.Certificates = nil
		w.config.GetClientCertificate = ctx.ClientCertificate
		w.config.ClientSessionCache = &w.sessions
		if ctx.Defaults != nil {
			m.load()
		}
	}
	w.config.VerifyConnection = w.verify(ctx)
	w.conn = secure.New(w.server, w.config, m.rt.Loop().Post, func() {
		if !w.closed {
			w.flush(nil)
		}
	}, func(on bool) {
		if on {
			m.rt.Loop().AddRequest()
		} else {
			m.rt.Loop().DoneRequest()
		}
	})
	if s, ok := m.rt.Slot(w.parent).(handle.Streamer); ok {
		w.stream = s.BaseStream()
		w.release = w.stream.Consume(w.sealed, nil)
		return
	}
	w.parent.Set("onread", func(call goja.FunctionCall) goja.Value {
		n := call.Argument(0).ToInteger()
		if n < 0 {
			w.sealed(nil, syscall.Errno(-n), nil)
		} else if b, ok := m.rt.Bytes(call.Argument(1)); ok {
			w.sealed(b, 0, nil)
		}
		return goja.Undefined()
	})
}

// splitProtocols reads ALPN's list: each name after its length.
func splitProtocols(list []byte) (names []string) {
	for len(list) > 0 {
		n := min(int(list[0]), len(list)-1)
		if n > 0 {
			names = append(names, string(list[1:1+n]))
		}
		list = list[1+n:]
	}
	return names
}

// logKey appends to the file of --tls-keylog.
func (m *module) logKey(line []byte) {
	name := m.rt.Config().Options.TLSKeylog
	if name == "" || m.rt.Access.Check(runtime.AccessWrite, m.rt.Abs(name)) != nil {
		return
	}
	if m.keylog == nil {
		m.rt.CallMethod(m.rt.Require("process"), "emitWarning",
			m.vm.ToValue("Using --tls-keylog makes TLS connections insecure by writing secret key material to file "+name))
		f, err := os.OpenFile(m.rt.Abs(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			fmt.Fprintf(m.rt.Stderr(), "Failed to open keylog file: %s\n", strings.TrimSpace(err.Error()))
			return
		}
		m.keylog = f
	}
	m.keylog.Write(bytes.TrimRight(line, "\x00"))
}
