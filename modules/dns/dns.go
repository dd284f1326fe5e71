// Package dns is the module dns: lookups as the C library's getaddrinfo does them, on goroutines, and a resolver that
// asks name servers itself. Results come back on the loop goroutine.
package dns

import (
	_ "embed"
	stdnet "net"
	"net/netip"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed lookup.js
var lookupSource string

//go:embed resolver.js
var resolverSource string

var promisesSource = "module.exports = require('dns').promises;"

// Modules are dns, dns/promises and their parts.
var Modules = []*runtime.Module{
	{Name: "dns", Binding: exports},
	{Name: "dns/promises", Script: engine.NewScript("node:dns/promises", &promisesSource)},
	{Name: lookup, Private: true, Script: engine.NewScript("node:dns", &lookupSource), Binding: binding},
	{Name: resolver, Private: true, Script: engine.NewScript("node:dns", &resolverSource), Binding: resolverBinding},
}

const (
	lookup   = "internal/dns/lookup"
	resolver = "internal/dns/resolver"
)

// errorCodes are exports without their leading E, which is their value.
var errorCodes = [...]string{"ENODATA", "EFORMERR", "ESERVFAIL", "ENOTFOUND", "ENOTIMP", "EREFUSED", "EBADQUERY", "EBADNAME", "EBADFAMILY",
	"EBADRESP", "ECONNREFUSED", "ETIMEOUT", "EEOF", "EFILE", "ENOMEM", "EDESTRUCTION", "EBADSTR", "EBADFLAGS", "ENONAME", "EBADHINTS",
	"ENOTINITIALIZED", "ELOADIPHLPAPI", "EADDRGETNETWORKPARAMS", "ECANCELLED"}

func setErrorCodes(o *goja.Object) {
	for _, code := range errorCodes {
		name := code[1:]
		if code == "EEOF" {
			name, code = "EOF", "EOF"
		}
		o.Set(name, code)
	}
}

// exports are dns's. Most programs want lookup at most, of a host to connect to.
func exports(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.DefineExports(o, lookup, "lookup", "lookupService")
	rt.DefineExports(o, resolver, "Resolver")
	rt.DefineExports(o, lookup, "getDefaultResultOrder", "setDefaultResultOrder")
	rt.DefineExports(o, resolver, "setServers")
	o.Set("ADDRCONFIG", 32)
	o.Set("ALL", 16)
	o.Set("V4MAPPED", 8)
	setErrorCodes(o)
	rt.DefineExports(o, resolver, "getServers", "resolve", "resolve4", "resolve6", "resolveAny", "resolveCaa", "resolveCname", "resolveMx",
		"resolveNaptr", "resolveNs", "resolvePtr", "resolveSoa", "resolveSrv", "resolveTlsa", "resolveTxt", "reverse")
	o.DefineAccessorProperty("promises", rt.Func("get", 0, func(goja.FunctionCall) goja.Value {
		return rt.Require(resolver).Get("promises")
	}), nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	return o
}

func resolverBinding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	b.Set("isIP", rt.Require("internal/net").Get("isIP"))
	b.Set("Channel", channelClass(rt))
	codes := vm.NewObject()
	setErrorCodes(codes)
	b.Set("errorCodes", codes)
	return b
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	net := rt.Require("internal/net")
	b.Set("isIP", net.Get("isIP"))
	b.Set("loaded", net.Get("loaded"))
	order := rt.Config().Options.DNSResultOrder
	if order == "" {
		order = "verbatim"
	}
	b.Set("order", order)
	rt.SetFunc(b, "getaddrinfo", 5, func(call goja.FunctionCall) goja.Value {
		name, family, hints := call.Argument(0).String(), int(call.Argument(1).ToInteger()), int(call.Argument(2).ToInteger())
		order := call.Argument(3).String()
		resolve := lookupFunc((&stdnet.Resolver{PreferGo: true}).LookupNetIP)
		if p := rt.Access.Policy(); p != nil && p.Resolve != nil {
			resolve = p.Resolve
		}
		if refused(rt, name, call.Argument(4)) {
			return vm.ToValue(0)
		}
		finish(rt, call.Argument(4), func() (int, func() []goja.Value) {
			addrs, errno := getaddrinfo(resolve, name, family, hints, order)
			return errno, func() []goja.Value {
				list := make([]any, len(addrs))
				for i, a := range addrs {
					o := vm.NewObject()
					o.Set("address", a.String())
					o.Set("family", version(a))
					list[i] = o
				}
				return []goja.Value{vm.NewArray(list...)}
			}
		})
		return vm.ToValue(0)
	})
	rt.SetFunc(b, "getnameinfo", 3, func(call goja.FunctionCall) goja.Value {
		address, port := call.Argument(0).String(), int(call.Argument(1).ToInteger())
		if p := rt.Access.Policy(); p != nil {
			rt.Access.DemandSystem("nameinfo") // the process's own means are all that there is
		}
		if refused(rt, address, call.Argument(2)) {
			return vm.ToValue(0)
		}
		finish(rt, call.Argument(2), func() (int, func() []goja.Value) {
			host, service := getnameinfo(address, port)
			return 0, func() []goja.Value { return []goja.Value{vm.ToValue(host), vm.ToValue(service)} }
		})
		return vm.ToValue(0)
	})
	return b
}

// refused tells whether the host refuses to ask for a name or an address, of which callback is told.
func refused(rt *runtime.Runtime, name string, callback goja.Value) bool {
	if rt.Access.AllowsNet(runtime.AccessResolve, name) {
		return false
	}
	r := rt.Access.TakeRefusal()
	finish(rt, callback, func() (int, func() []goja.Value) {
		return int(syscall.EACCES), func() []goja.Value {
			return []goja.Value{rt.NewError("ERR_ACCESS_DENIED", r.Reason, r.Kind.String(), r.Resource)}
		}
	})
	return true
}

func version(a netip.Addr) int {
	if a.Is4() {
		return 4
	}
	return 6
}

// finish runs work on a goroutine of its own, as many at a time as there are questions: they wait for the network, not
// for the processor. Then it calls callback(errno or null, …results) on the loop, which it holds open until then.
func finish(rt *runtime.Runtime, callback goja.Value, work func() (errno int, results func() []goja.Value)) {
	fn, ok := goja.AssertFunction(callback)
	if !ok {
		rt.ThrowArgType("callback", callback, "function")
	}
	async := rt.Async.Start("GETADDRINFOREQWRAP", nil)
	l := rt.Loop()
	l.AddRequest()
	go func() {
		errno, results := work()
		l.Post(func() {
			l.DoneRequest()
			if errno != 0 {
				failed := rt.VM().ToValue(errno)
				if errno == int(syscall.EACCES) { // what refused says
					rt.Enter(func() { failed = results()[0] })
				}
				rt.Async.CallbackLast(async, fn, goja.Undefined(), failed)
				return
			}
			rt.Async.CallbackLast(async, fn, goja.Undefined(), append([]goja.Value{goja.Null()}, results()...)...)
		})
	}()
}
