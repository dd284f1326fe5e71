package http

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// storeOptions is storeHTTPOptions.call(server, options): it makes the options properties of the server, in Node's order.
func (m *module) storeOptions(call goja.FunctionCall) goja.Value {
	rt, server, options := m.rt, call.This.ToObject(m.vm), call.Argument(0).ToObject(m.vm)
	option := func(name string) goja.Value { return orUndefined(options.Get(name)) }
	class := func(key *goja.Symbol, name string, usual goja.Value) {
		if v := option(name); v.ToBoolean() {
			usual = v
		}
		server.SetSymbol(key, usual)
	}
	class(m.incomingKey, "IncomingMessage", m.requestClass)
	class(m.responseKey, "ServerResponse", m.response.class)

	store := func(name, label string, validate func(v goja.Value, label string), usual any) goja.Value {
		v := option(name)
		if !goja.IsUndefined(v) {
			validate(v, label)
		} else if usual != nil {
			v = m.vm.ToValue(usual)
		}
		server.Set(name, v)
		return v
	}
	boolean := func(v goja.Value, label string) { rt.ValidateBoolean(v, label) }
	integer := func(v goja.Value, label string) { rt.ValidateInteger(v, label, 0, engine.MaxSafeInteger) }

	store("maxHeaderSize", "maxHeaderSize", integer, nil)
	optimize := option("optimizeEmptyRequests")
	if !goja.IsUndefined(optimize) {
		boolean(optimize, "options.optimizeEmptyRequests")
	}
	server.SetSymbol(m.optimizeKey, optimize.ToBoolean())
	m.storeValidation(server, options)
	requests := store("requestTimeout", "requestTimeout", integer, 300_000).ToInteger()
	headers := store("headersTimeout", "headersTimeout", integer, min(60_000, requests)).ToInteger()
	if requests > 0 && headers > requests {
		rt.ThrowOutOfRange("headersTimeout", "<= requestTimeout", option("headersTimeout"))
	}
	store("keepAliveTimeout", "keepAliveTimeout", integer, 5_000)
	store("keepAliveTimeoutBuffer", "keepAliveTimeoutBuffer", integer, keepAliveBuffer)
	store("connectionsCheckingInterval", "connectionsCheckingInterval", integer, 30_000)
	store("requireHostHeader", "options.requireHostHeader", boolean, true)
	store("joinDuplicateHeaders", "options.joinDuplicateHeaders", boolean, nil)
	store("rejectNonStandardBodyWrites", "options.rejectNonStandardBodyWrites", boolean, false)
	store("shouldUpgradeCallback", "options.shouldUpgradeCallback", func(v goja.Value, label string) { rt.ValidateFunction(v, label) },
		rt.Func("", 0, func(call goja.FunctionCall) goja.Value {
			n := rt.CallMethod(call.This.ToObject(m.vm), "listenerCount", m.vm.ToValue("upgrade"))
			return m.vm.ToValue(n.ToInteger() > 0)
		}))
	return goja.Undefined()
}

// storeValidation stores the two options that say how strict parsing is, of a server or a request.
func (m *module) storeValidation(o, options *goja.Object) {
	rt := m.rt
	insecure, validation := orUndefined(options.Get("insecureHTTPParser")), orUndefined(options.Get("httpValidation"))
	if !goja.IsUndefined(insecure) {
		rt.ValidateBoolean(insecure, "options.insecureHTTPParser")
	}
	o.Set("insecureHTTPParser", insecure)
	if !goja.IsUndefined(validation) {
		rt.ValidateOneOf(validation, "options.httpValidation", "strict", "relaxed", "insecure")
		if !goja.IsUndefined(insecure) {
			rt.Throw(rt.NewError("ERR_INVALID_ARG_VALUE", "options.httpValidation", validation, "cannot be used together with options.insecureHTTPParser"))
		}
	}
	o.Set("httpValidation", validation)
}

// isPlain tells whether a server is an http.Server that makes its messages of the usual classes, of what a strict parser lets through.
func (m *module) isPlain(server *goja.Object) bool {
	if m.incomingKey == nil || server.GetSymbol(m.incomingKey) != goja.Value(m.requestClass) ||
		server.GetSymbol(m.responseKey) != goja.Value(m.response.class) || truthy(server.GetSymbol(m.optimizeKey)) ||
		truthy(engine.Property(server, "insecureHTTPParser")) || m.rt.Config().Options.InsecureHTTPParser {
		return false
	}
	if v := engine.Property(server, "httpValidation"); truthy(v) && v.String() != "strict" {
		return false
	}
	return inherits(server, m.serverProto) || m.secureProto != nil && inherits(server, m.secureProto)
}

func inherits(o, proto *goja.Object) bool {
	for o = o.Prototype(); o != nil; o = o.Prototype() {
		if o == proto {
			return true
		}
	}
	return false
}

// milliseconds is a timeout of a server; what is none is usual.
func milliseconds(server *goja.Object, name string, usual int64) int64 {
	v := server.Get(name)
	if v == nil || !goja.IsNumber(v) {
		return usual
	}
	if f := v.ToFloat(); !(f >= 0) || f > 1<<53 {
		return usual
	}
	return v.ToInteger()
}

// limited tells whether a server's requests are counted or timed.
func limited(server *goja.Object) bool {
	return truthy(engine.Property(server, "timeout")) || truthy(engine.Property(server, "maxRequestsPerSocket"))
}

// defineOutgoing gives OutgoingMessage its state.
func (m *module) defineOutgoing(b *goja.Object) {
	var names []any // string or *goja.Symbol
	var values []goja.Value
	// setupOutgoing(proto, state) makes the properties of state those of a new message.
	m.rt.SetFunc(b, "setupOutgoing", 2, func(call goja.FunctionCall) goja.Value {
		proto, state := call.Argument(0).ToObject(m.vm), call.Argument(1).ToObject(m.vm)
		for _, name := range state.Keys() {
			names, values = append(names, name), append(values, state.Get(name))
		}
		for _, sym := range state.Symbols() {
			names, values = append(names, sym), append(values, state.GetSymbol(sym))
		}
		m.own(proto, names, values)
		return goja.Undefined()
	})
	m.rt.SetFunc(b, "initOutgoing", 1, func(call goja.FunctionCall) goja.Value {
		if o := call.Argument(0).ToObject(m.vm); m.of(o) == nil {
			m.own(o, names, values)
		}
		return goja.Undefined()
	})
}

// own gives an object properties of its own, whatever its prototype has.
func (m *module) own(o *goja.Object, names []any, values []goja.Value) {
	for i, name := range names {
		if sym, ok := name.(*goja.Symbol); ok {
			o.DefineDataPropertySymbol(sym, values[i], goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		} else {
			o.DefineDataProperty(name.(string), values[i], goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
	}
}
