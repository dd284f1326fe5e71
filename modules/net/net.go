// Package net is the module net: sockets and servers over TCP and unix sockets. Its JavaScript is Socket, Server and
// connecting; bytes and descriptors are internal/handles'. Addresses and block lists are native. Loop goroutine only.
package net

import (
	_ "embed"
	"net/netip"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/runtime"
)

//go:embed net.js
var netJS string

//go:embed server.js
var serverJS string

//go:embed connect.js
var connectJS string

// Modules are net and its private parts.
var Modules = []*runtime.Module{
	{Name: "net", Script: runtime.NewScript("node:net", netJS), Binding: shared},
	{Name: "internal/net", Private: true, Binding: binding},
	{Name: "internal/net/server", Private: true, Script: runtime.NewScript("node:internal/net/server", serverJS)},
	{Name: "internal/net/connect", Private: true, Script: runtime.NewScript("node:internal/net/connect", connectJS)},
	blockList,
}

// shared gives net.js the object that its parts share.
func shared(rt *runtime.Runtime) *goja.Object { return rt.Require("internal/net") }

func binding(rt *runtime.Runtime) *goja.Object {
	vm := rt.VM()
	b := vm.NewObject()
	ip := func(name string, f func(version int) any) {
		rt.SetFunc(b, name, 1, func(call goja.FunctionCall) goja.Value {
			return vm.ToValue(f(ipVersion(call.Argument(0).String())))
		})
	}
	ip("isIP", func(v int) any { return v })
	ip("isIPv4", func(v int) any { return v == 4 })
	ip("isIPv6", func(v int) any { return v == 6 })
	rt.SetFunc(b, "loaded", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.Loaded(call.Argument(0).String()))
	})
	rt.SetFunc(b, "lazy", 3, func(call goja.FunctionCall) goja.Value {
		object, name := call.Argument(0).(*goja.Object), call.Argument(1).String()
		value, _ := goja.AssertFunction(call.Argument(2))
		rt.DefineLazy(object, name, true, func() goja.Value { return rt.Call(value, goja.Undefined()) })
		return goja.Undefined()
	})
	rt.SetFunc(b, "listenHook", 3, func(call goja.FunctionCall) goja.Value {
		hook := rt.ListenHook()
		if hook == nil {
			return vm.ToValue(false)
		}
		answer, _ := goja.AssertFunction(call.Argument(2))
		server, _ := call.Argument(0).(*goja.Object)
		query, _ := call.Argument(1).(*goja.Object)
		return vm.ToValue(hook(server, query, func(errno int, handle goja.Value) {
			if handle == nil {
				handle = goja.Undefined()
			}
			rt.Callback(answer, goja.Undefined(), vm.ToValue(errno), handle)
		}))
	})
	for name, e := range map[string]unix.Errno{"UV_ENOTCONN": unix.ENOTCONN, "UV_EADDRINUSE": unix.EADDRINUSE,
		"UV_ECANCELED": unix.ECANCELED, "UV_ETIMEDOUT": unix.ETIMEDOUT} {
		b.Set(name, -int(e))
	}
	o := rt.Config().Options
	b.Set("autoSelectFamily", o.NetworkFamilyAutoselection == nil || *o.NetworkFamilyAutoselection)
	timeout := o.NetworkFamilyAutoselectionTimeout
	if timeout == 0 {
		timeout = 250
	}
	b.Set("attemptTimeout", timeout)
	return b
}

// ipVersion is 4 or 6 for a numeric address, 0 for anything else. A zone is of letters, digits and "-.:".
func ipVersion(s string) int {
	address, zone, zoned := strings.Cut(s, "%")
	if zoned {
		if zone == "" || strings.IndexFunc(zone, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-.:", r))
		}) >= 0 {
			return 0
		}
	}
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return 0
	case a.Is4():
		if zoned {
			return 0
		}
		return 4
	}
	return 6
}
