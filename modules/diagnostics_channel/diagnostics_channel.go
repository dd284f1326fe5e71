// Package diagnostics_channel is module "diagnostics_channel", all of it JavaScript.
package diagnostics_channel

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed diagnostics_channel.js
var source string

// Module is "diagnostics_channel".
var Module = &runtime.Module{Name: "diagnostics_channel", Script: engine.NewScript("node:diagnostics_channel", &source)}
