package cli

import (
	"strings"

	"gonode/runtime"
)

// workerOptions reads the options of a worker thread, its execArgv and the NODE_OPTIONS of its environment, for
// runtime.Config.
func workerOptions(args []string, nodeOptions string) runtime.WorkerOptions {
	env := &command{worker: true}
	env.environment([]string{"NODE_OPTIONS=" + nodeOptions})
	c := &command{worker: true, options: env.options}
	c.parse(append([]string{"node"}, args...))
	for i, p := range c.problems {
		c.problems[i] = strings.TrimPrefix(p, "bad option: ")
	}
	return runtime.WorkerOptions{Options: c.options, Args: c.execArgv, BadArgs: c.problems, BadEnv: env.problems}
}
