// Package command is what the command does besides running a script: watch mode, which runs it again when a file changes that it has
// loaded, and --run, which runs a package's script. Nothing of it is loaded unless the command or the test runner asks for it.
package command

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed files.js
	filesSource string
	//go:embed run.js
	runSource string
	//go:embed watch.js
	watchSource string
)

// Modules are "internal/watch_mode/files", which knows who has loaded which file, and, named as in Node, "internal/main/watch_mode" and
// "internal/main/run", whose start takes what the command line says.
var Modules = []*runtime.Module{
	{Name: "internal/watch_mode/files", Private: true, Script: engine.NewScript("internal/watch_mode/files", &filesSource)},
	{Name: "internal/main/watch_mode", Private: true, Script: engine.NewScript("internal/main/watch_mode", &watchSource)},
	{Name: "internal/main/run", Private: true, Script: engine.NewScript("internal/main/run", &runSource)},
}
