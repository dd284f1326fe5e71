package process

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

//go:embed flags.js
var flagsSource string

// Flags is the private module that makes process.allowedNodeEnvironmentFlags.
var Flags = &runtime.Module{Name: "internal/process/flags", Private: true, Script: engine.NewScript("node:internal/process/flags", &flagsSource)}

//go:embed finalization.js
var finalizationSource string

// Finalization is the private module that is process.finalization.
var Finalization = &runtime.Module{Name: "internal/process/finalization", Private: true,
	Script: engine.NewScript("node:internal/process/finalization", &finalizationSource)}

//go:embed binding.js
var bindingSource string

// Binding is the private module that is process.binding.
var Binding = &runtime.Module{Name: "internal/process/binding", Private: true, Script: engine.NewScript("node:internal/process/binding", &bindingSource)}
