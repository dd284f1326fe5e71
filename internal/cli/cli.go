// Package cli is the gonode command as a function over its arguments: flags, the main script, -e and -p, the REPL.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gonode/modules"
	"gonode/runtime"
)

// Run runs the command with os.Args-like arguments and returns its exit status.
func Run(args []string) int {
	if len(args) < 2 {
		return 9
	}
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Args: args[2:], Argv0: args[0], OwnsProcess: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, "gonode:", err)
		return 1
	}
	err = rt.RunMain(context.Background(), args[1])
	var exit *runtime.ExitError
	if errors.As(err, &exit) {
		return exit.Code
	}
	return 0
}
