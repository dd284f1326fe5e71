// Package net is the module net: sockets and servers over TCP and unix sockets. Its JavaScript is Socket, Server and
// connecting; bytes and descriptors are internal/handles'. Addresses and block lists are native. Loop goroutine only.
package net

import (
	_ "embed"
	"math"
	"net/netip"
	"strings"

	"github.com/dop251/goja"
	"golang.org/x/sys/unix"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed common.js
var commonJS string

//go:embed socket.js
var socketJS string

//go:embed server.js
var serverJS string

//go:embed bound.js
var boundJS string

//go:embed seldom.js
var seldomJS string

//go:embed transfer.js
var transferJS string

//go:embed stream.js
var streamJS string

//go:embed connect.js
var connectJS string

// Modules are net and its private parts.
var Modules = []*runtime.Module{
	{Name: "net", Binding: exports},
	{Name: "internal/net", Private: true, Script: engine.NewScript("node:internal/net", &commonJS), Binding: binding},
	{Name: "internal/net/socket", Private: true, Script: engine.NewScript("node:net", &socketJS)},
	{Name: "internal/net/server", Private: true, Script: engine.NewScript("node:net", &serverJS)},
	{Name: "internal/net/connect", Private: true, Script: engine.NewScript("node:internal/net/connect", &connectJS)},
	{Name: "internal/net/stream", Private: true, Script: engine.NewScript("node:internal/net/stream", &streamJS)},
	{Name: "internal/net/bound", Private: true, Script: engine.NewScript("node:net", &boundJS)},
	{Name: "internal/net/seldom", Private: true, Script: engine.NewScript("node:net", &seldomJS)},
	{Name: "internal/net/transfer", Private: true, Script: engine.NewScript("node:internal/net/transfer", &transferJS)},
	blockList,
}

// settings are what scripts may change for all sockets of a runtime.
type settings struct {
	autoSelectFamily bool
	attemptTimeout   int
}

type settingsKey struct{}

func settingsOf(rt *runtime.Runtime) *settings {
	if s, ok := rt.Value(settingsKey{}).(*settings); ok {
		return s
	}
	o := rt.Config().Options
	s := &settings{autoSelectFamily: o.NetworkFamilyAutoselection == nil || *o.NetworkFamilyAutoselection,
		attemptTimeout: o.NetworkFamilyAutoselectionTimeout}
	if s.attemptTimeout == 0 {
		s.attemptTimeout = 250
	}
	rt.SetValue(settingsKey{}, s)
	return s
}

// exports are net's; classes and what belongs to them are loaded when first used.
func exports(rt *runtime.Runtime) *goja.Object {
	vm, s := rt.VM(), settingsOf(rt)
	o := vm.NewObject()
	rt.DefineExports(o, "internal/net/server", "_createServerHandle")
	rt.DefineExport(o, "_normalizeArgs", func() goja.Value { return rt.Require("internal/net").Get("normalizeArgs") })
	for _, name := range []string{"BlockList", "SocketAddress"} {
		get := rt.Func("get", 0, func(goja.FunctionCall) goja.Value { return rt.Require("internal/blocklist").Get(name) })
		o.DefineAccessorProperty(name, get, nil, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	rt.DefineExports(o, "internal/net/bound", "BoundSocket")
	connect := func() goja.Value { return rt.Require("internal/net/socket").Get("connect") }
	rt.DefineExport(o, "connect", connect)
	rt.DefineExport(o, "createConnection", connect)
	rt.SetFunc(o, "createServer", 2, func(call goja.FunctionCall) goja.Value {
		return rt.Construct(rt.Require("internal/net/server").Get("Server"), call.Argument(0), call.Argument(1))
	})
	defineIsIP(rt, o)
	rt.DefineExports(o, "internal/net/server", "Server")
	rt.DefineExports(o, "internal/net/socket", "Socket")
	rt.DefineExport(o, "Stream", func() goja.Value { return rt.Require("internal/net/socket").Get("Socket") })
	rt.SetFunc(o, "getDefaultAutoSelectFamily", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(s.autoSelectFamily) })
	rt.SetFunc(o, "setDefaultAutoSelectFamily", 1, func(call goja.FunctionCall) goja.Value {
		s.autoSelectFamily = rt.ValidateBoolean(call.Argument(0), "value")
		return goja.Undefined()
	})
	rt.SetFunc(o, "getDefaultAutoSelectFamilyAttemptTimeout", 0, func(goja.FunctionCall) goja.Value { return vm.ToValue(s.attemptTimeout) })
	rt.SetFunc(o, "setDefaultAutoSelectFamilyAttemptTimeout", 1, func(call goja.FunctionCall) goja.Value {
		s.attemptTimeout = max(10, int(rt.ValidateInt32(call.Argument(0), "value", 1, math.MaxInt32)))
		return goja.Undefined()
	})
	return o
}

func defineIsIP(rt *runtime.Runtime, o *goja.Object) {
	ip := func(name string, f func(version int) any) {
		rt.SetFunc(o, name, 1, func(call goja.FunctionCall) goja.Value {
			return rt.VM().ToValue(f(ipVersion(call.Argument(0).String())))
		})
	}
	ip("isIP", func(v int) any { return v })
	ip("isIPv4", func(v int) any { return v == 4 })
	ip("isIPv6", func(v int) any { return v == 6 })
}

func binding(rt *runtime.Runtime) *goja.Object {
	vm, s := rt.VM(), settingsOf(rt)
	b := vm.NewObject()
	defineIsIP(rt, b)
	rt.SetFunc(b, "loaded", 1, func(call goja.FunctionCall) goja.Value {
		return vm.ToValue(rt.Loaded(call.Argument(0).String()))
	})
	rt.SetFunc(b, "listenHook", 3, func(call goja.FunctionCall) goja.Value {
		hook := rt.ListenHook
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
	for name, e := range map[string]unix.Errno{"UV_ENOTCONN": unix.ENOTCONN, "UV_EADDRINUSE": unix.EADDRINUSE, "UV_EBADF": unix.EBADF,
		"UV_ECANCELED": unix.ECANCELED, "UV_ETIMEDOUT": unix.ETIMEDOUT} {
		b.Set(name, -int(e))
	}
	rt.SetGetter(b, "autoSelectFamily", func(goja.Value) goja.Value { return vm.ToValue(s.autoSelectFamily) }, nil)
	rt.SetGetter(b, "attemptTimeout", func(goja.Value) goja.Value { return vm.ToValue(s.attemptTimeout) }, nil)
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
