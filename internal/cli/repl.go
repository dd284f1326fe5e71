package cli

import (
	"context"
	"fmt"
	"os"

	"github.com/dop251/goja"

	"gonode/runtime"
)

// repl runs the read-eval-print loop on the standard streams.
func (c *command) repl(rt *runtime.Runtime) error {
	if c.options.InputType != "" {
		fmt.Fprintln(os.Stderr, "Cannot specify --input-type for REPL")
		return &runtime.ExitError{Code: badOptions}
	}
	return rt.Run(context.Background(), func() {
		defineBuiltins(rt)
		start := rt.Require("internal/repl/start")
		text := goja.Undefined()
		if c.hasEval {
			text = rt.VM().ToValue(c.eval)
		}
		rt.CallMethod(start, "start", text)
	})
}
