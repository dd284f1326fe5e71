// Package readline is modules "readline" and "readline/promises": line editing, key presses and cursor movement, all of
// it JavaScript. A program that only reads lines loads interface.js and readline.js; keys.js is for terminals.
package readline

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed readline.js
	readlineJS string
	//go:embed promises.js
	promisesJS string
	//go:embed interface.js
	interfaceJS string
	//go:embed keys.js
	keysJS string
	//go:embed callbacks.js
	callbacksJS string
)

// Modules are "readline", "readline/promises" and their parts.
var Modules = []*runtime.Module{
	{Name: "readline", Script: engine.NewScript("node:readline", &readlineJS)},
	{Name: "readline/promises", Script: engine.NewScript("node:readline/promises", &promisesJS)},
	{Name: "internal/readline/interface", Private: true, Script: engine.NewScript("node:internal/readline/interface", &interfaceJS)},
	{Name: "internal/readline/keys", Private: true, Script: engine.NewScript("node:internal/readline/keys", &keysJS)},
	{Name: "internal/readline/callbacks", Private: true, Script: engine.NewScript("node:internal/readline/callbacks", &callbacksJS)},
}
