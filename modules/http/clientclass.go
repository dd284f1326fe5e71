package http

import (
	"github.com/dop251/goja"

	"gonode/internal/emitter"
	"gonode/internal/engine"
)

// clientClass is what native requests need of _http_client and _http_agent.
type clientClass struct {
	proto, outgoing *goja.Object // ClientRequest.prototype, OutgoingMessage.prototype
	class           *goja.Object
	agents          *goja.Object // the exports of _http_agent
	end             *goja.Object // listens to the 'end' of responses
	originals       []original
	agent           []original // methods of Agent.prototype
	sockets         []original // what connections would go through
	script          *goja.Object
}

// original is a method as it was made, which a script may have replaced.
type original struct {
	of    *goja.Object
	name  string
	value goja.Value
}

func intact(list []original) bool {
	for i := range list {
		if engine.Property(list[i].of, list[i].name) != list[i].value {
			return false
		}
	}
	return true
}

func originals(of *goja.Object, names ...string) []original {
	list := make([]original, len(names))
	for i, name := range names {
		list[i] = original{of, name, of.Get(name)}
	}
	return list
}

func (m *module) defineClient(b *goja.Object) {
	// setupClient(ClientRequest, agents, Socket, symbols, script) comes from _http_client; script has the functions that bring a request
	// or a connection into its other form.
	m.rt.SetFunc(b, "setupClient", 5, func(call goja.FunctionCall) goja.Value {
		c := &m.client
		c.proto = call.Argument(0).ToObject(m.vm).Get("prototype").(*goja.Object)
		c.outgoing = c.proto.Prototype()
		c.agents, c.script = call.Argument(1).ToObject(m.vm), call.Argument(4).ToObject(m.vm)
		c.end = m.rt.Func("responseOnEnd", 0, func(call goja.FunctionCall) goja.Value {
			if x := m.of(call.This); x != nil && x.asked != nil {
				x.asked.answered()
			}
			return goja.Undefined()
		})
		m.veilClient(m.items(call.Argument(3).ToObject(m.vm), int(call.Argument(3).ToObject(m.vm).Get("length").ToInteger())))
		c.originals = originals(c.proto, "end", "onSocket", "_implicitHeader", "_storeHeader", "_send", "_writeRaw", "_finish", "_flush", "emit", "once")
		c.agent = originals(c.agents.Get("Agent").ToObject(m.vm).Get("prototype").(*goja.Object), "addRequest", "createConnection", "createSocket",
			"removeSocket", "keepSocketAlive", "reuseSocket", "getName", "emit", "destroy")
		c.sockets = originals(call.Argument(2).ToObject(m.vm).Get("prototype").(*goja.Object), "connect", "write", "end", "emit", "on", "destroy", "setTimeout")
		return goja.Undefined()
	})
	m.definePool(b)
	m.defineExchange(b)
}

// veilClient makes what requests own, and what the usual ones do with themselves, native.
func (m *module) veilClient(symbols []goja.Value) {
	c := &m.client
	veil := &veil[*clientRequest]{m, c.proto, c.outgoing, m.requesting}
	m.defineListeners(c.proto, func(this goja.Value) *emitter.Listeners {
		if r := m.requesting(this); r != nil {
			return &r.listeners
		}
		return nil
	})
	veil.method("setHeader", 2, (*clientRequest).setHeader)
	veil.headers(func(r *clientRequest) *outHeaders { return &r.outHeaders })
	veil.method("removeHeader", 1, (*clientRequest).removeHeader)
	veil.method("write", 3, (*clientRequest).write)
	veil.method("end", 3, (*clientRequest).end)
	veil.method("setTimeout", 2, (*clientRequest).setTimeout)
	quick := map[string]func(r *clientRequest) goja.Value{
		"method":        func(r *clientRequest) goja.Value { return m.vm.ToValue(r.method) },
		"host":          func(r *clientRequest) goja.Value { return m.vm.ToValue(r.host) },
		"protocol":      func(r *clientRequest) goja.Value { return m.vm.ToValue("http:") },
		"aborted":       func(r *clientRequest) goja.Value { return m.vm.ToValue(false) },
		"destroyed":     func(r *clientRequest) goja.Value { return m.vm.ToValue(r.destroyed) },
		"finished":      func(r *clientRequest) goja.Value { return m.vm.ToValue(r.ended) },
		"writableEnded": func(r *clientRequest) goja.Value { return m.vm.ToValue(r.ended) },
		"headersSent":   func(r *clientRequest) goja.Value { return m.vm.ToValue(r.h != nil) },
		"reusedSocket":  func(r *clientRequest) goja.Value { return m.vm.ToValue(r.reused) },
		"res": func(r *clientRequest) goja.Value {
			if r.x == nil {
				return goja.Null()
			}
			return r.x.request
		},
	}
	assign := map[string]func(r *clientRequest, v goja.Value) bool{
		"reusedSocket": func(r *clientRequest, v goja.Value) bool {
			r.reused = v.ToBoolean()
			return true
		},
	}
	for _, name := range append(c.outgoing.Keys(), "agent", "method", "maxHeaderSize", "joinDuplicateHeaders", "_ended", "res", "aborted", "timeoutCb",
		"upgradeOrConnect", "parser", "maxHeadersCount", "reusedSocket", "host", "protocol", "socketPath", "insecureHTTPParser", "httpValidation",
		"outputData", "socket", "writableEnded", "headersSent", "writableFinished", "writableLength", "writableHighWaterMark", "writableCorked",
		"writableNeedDrain", "errored", "closed", "connection") {
		veil.property(name, nil, quick[name], assign[name])
	}
	for _, sym := range c.outgoing.Symbols() {
		veil.property("", sym, nil, nil)
	}
	for i, v := range symbols {
		var get func(r *clientRequest) goja.Value
		if i == 0 { // kPath
			get = func(r *clientRequest) goja.Value { return m.latin1(r.path) }
		}
		veil.property("", v.(*goja.Symbol), get, nil)
	}
}

// clientRequest is the class ClientRequest, which is loaded with the first request.
func (m *module) clientRequest() *goja.Object {
	if m.client.class == nil {
		m.client.class, _ = m.rt.Require("_http_client").Get("ClientRequest").(*goja.Object)
	}
	return m.client.class
}
