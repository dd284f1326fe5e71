package cli

import (
	"context"
	"encoding/json"
	"strings"

	"gonode/runtime"
)

// watches tells whether the script is run in watch mode.
func (c *command) watches() bool {
	_, watch := c.options.Test["watch"]
	return (watch || len(c.options.Test["watch-path"]) > 0) && !c.test
}

// watch runs the script in a process of its own, and again when a file has changed.
func (c *command) watch(rt *runtime.Runtime) error {
	signal := c.options.Test["watch-kill-signal"]
	if signal == nil {
		signal = []string{"SIGTERM"}
	}
	_, preserve := c.options.Test["watch-preserve-output"]
	files := []string{}
	for _, f := range c.envFiles {
		files = append(files, f.path)
	}
	plan, err := json.Marshal(map[string]any{
		"script": c.script, "args": append([]string{}, c.args...), "execArgv": withoutWatch(c.execArgv), "paths": append([]string{}, c.options.Test["watch-path"]...),
		"files": files, "killSignal": signal[0], "preserveOutput": preserve,
	})
	if err != nil {
		return err
	}
	return rt.Run(context.Background(), func() {
		rt.CallMethod(rt.Require("internal/main/watch_mode"), "start", rt.VM().ToValue(string(plan)))
	})
}

// withoutWatch are the options of the processes that run the script.
func withoutWatch(args []string) []string {
	kept := []string{}
	for i := 0; i < len(args); i++ {
		switch name, _, hasValue := strings.Cut(args[i], "="); name {
		case "--watch":
		case "--watch-path":
			if !hasValue {
				i++
			}
		default:
			kept = append(kept, args[i])
		}
	}
	return kept
}
