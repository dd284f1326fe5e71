// Package dgram is the module dgram: its JavaScript is the class Socket over the UDP handles of internal/handles. Loop
// goroutine only.
package dgram

import (
	_ "embed"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed dgram.js
var source string

// Module is dgram.
var Module = &runtime.Module{Name: "dgram", Script: engine.NewScript("node:dgram", &source), Binding: shared}

// shared gives the script what module net has natively: the listen hook, and which modules are loaded.
func shared(rt *runtime.Runtime) *goja.Object { return rt.Require("internal/net") }
