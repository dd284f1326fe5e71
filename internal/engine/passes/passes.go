// Package passes is the list of what is changed in every program before it runs (internal/engine/program). Any goroutine.
package passes

import (
	"github.com/dop251/goja"

	"gonode/internal/engine/coroutines"
	"gonode/internal/engine/fast"
	"gonode/internal/engine/guard"
	"gonode/internal/engine/intrinsics"
	"gonode/internal/engine/layout"
	"gonode/internal/engine/operators"
	"gonode/internal/engine/program"
	"gonode/internal/engine/regexps"
)

// list gives the passes in their order. What makes programs faster comes last, for it runs what the others have left.
func list(facts *layout.Facts) []program.Pass {
	all := make([]program.Pass, 14)
	all[0], all[1], all[12], all[13] = intrinsics.Pass, coroutines.Pass, program.Globals, fast.Pass
	all[2] = program.EvalPass(facts, func(c program.Code) {
		for _, pass := range all {
			pass(c)
		}
	})
	all[3], all[4], all[5], all[6], all[7] = regexps.Pass, operators.Pass(facts), operators.Stores(facts), operators.Finally, guard.Strings(facts)
	all[8], all[9], all[10], all[11] = operators.Templates, operators.Switches, operators.Callees, guard.Calls
	return all
}

// Install prepares a runtime for programs that Apply has changed, and makes its eval and its constructors of functions call Apply. Where
// the engine is not the one that is expected it does nothing, and so does Apply.
func Install(rt *goja.Runtime, o program.Options) {
	if facts, err := layout.Find(rt); err == nil {
		program.Watch(rt, facts, o, list(facts)...)
	}
}

// Apply changes a program that nobody has run yet.
func Apply(p *goja.Program, o program.Options) {
	if facts := layout.Found(); facts != nil {
		program.Apply(p, o, list(facts)...)
	}
}
