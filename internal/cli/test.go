package cli

import (
	"context"
	"strings"

	"gonode/internal/options"
	"gonode/runtime"
)

// noteTestOption keeps what the test runner is to know of an option.
func (c *command) noteTestOption(name, value string, on bool) {
	if (!strings.HasPrefix(name, "test") || name == "test-udp-no-try-send") && !strings.HasPrefix(name, "experimental-test-") && !strings.HasPrefix(name, "watch") && name != "enable-source-maps" {
		return
	}
	if c.options.Test == nil {
		c.options.Test = map[string][]string{}
	}
	given := c.options.Test
	switch o, _ := options.Lookup(name); {
	case o.Kind == options.List:
		given[name] = append(given[name], value)
	case o.Kind != options.Boolean:
		given[name] = []string{value}
	case on:
		given[name] = []string{}
	default:
		delete(given, name)
	}
}

// checkTest finds the options that do not go with --test, and those that want it.
func (c *command) checkTest() {
	_, watch := c.options.Test["watch"]
	_, forceExit := c.options.Test["test-force-exit"]
	if watch && forceExit {
		c.problem("either --watch or --test-force-exit can be used, not both")
	}
	if _, paths := c.options.Test["watch-path"]; c.test && paths {
		c.problem("--watch-path cannot be used in combination with --test")
	}
	if !c.test {
		if c.watches() && c.packageScript == nil {
			c.exclude("watch")
		}
		return
	}
	if isolation := c.options.Test["test-isolation"]; isolation != nil && isolation[0] != "none" && isolation[0] != "process" {
		c.problem("invalid value for --test-isolation")
	}
	c.exclude("test")
}

// exclude finds the options that do not go with that one.
func (c *command) exclude(name string) {
	for _, other := range []struct {
		given bool
		name  string
	}{{c.check, "check"}, {c.hasEval, "eval"}, {c.interactive, "interactive"}} {
		if other.given {
			c.problem("either --%s or --%s can be used, not both", name, other.name)
		}
	}
}

// runTests is --test. Where all files run in this process, it is the runner that loads what is to be loaded before them.
func (c *command) runTests(rt *runtime.Runtime) error {
	return rt.Run(context.Background(), func() {
		rt.JoinParent()
		if isolation := c.options.Test["test-isolation"]; isolation == nil || isolation[0] != "none" {
			rt.CommonJS().Preload()
		}
		rt.Require("internal/test_runner/main")
	})
}
