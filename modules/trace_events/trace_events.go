// Package trace_events is module "trace_events", without events.
package trace_events

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed trace_events.js
var source string

// Module is "trace_events".
var Module = &runtime.Module{Name: "trace_events", Script: engine.NewScript("node:trace_events", &source)}
