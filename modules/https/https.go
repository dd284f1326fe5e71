// Package https is the module https: the classes of http over those of tls. It is JavaScript alone, in two halves that
// load when first used.
package https

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed server.js
var serverJS string

//go:embed client.js
var clientJS string

// Modules are https and its halves.
var Modules = []*runtime.Module{
	{Name: "https", Binding: exports},
	{Name: "internal/https/server", Private: true, Script: engine.NewScript("node:https", &serverJS)},
	{Name: "internal/https/client", Private: true, Script: engine.NewScript("node:https", &clientJS)},
}

func exports(rt *runtime.Runtime) *goja.Object {
	o := rt.VM().NewObject()
	rt.DefineExports(o, "internal/https/client", "Agent", "globalAgent")
	rt.DefineExports(o, "internal/https/server", "Server", "createServer")
	rt.DefineExports(o, "internal/https/client", "get", "request")
	return o
}
