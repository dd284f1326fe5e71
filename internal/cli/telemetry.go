package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"gonode/internal/otlp"
	"gonode/runtime"
)

// trace has a process tell an OpenTelemetry collector of its requests, if the standard variables name one: a worker of gonode serve, unless
// GONODE_OTEL says no, and any other program if that says yes, for it may bring a library that reads the same variables.
func (c *command) trace(rt *runtime.Runtime) {
	_, supervised := rt.Env().Get(runtime.SupervisedVar)
	if on, _ := rt.Env().Get("GONODE_OTEL"); on == "" && !supervised || on != "" && on != "1" && !strings.EqualFold(on, "true") {
		return
	}
	config := otlp.FromEnv(func(name string) string {
		v, _ := rt.Env().Get(name)
		return v
	})
	if config == nil {
		return
	}
	for _, warning := range config.Warnings {
		fmt.Fprintf(os.Stderr, "%s: %s\n", c.name, warning)
	}
	config.Set(otlp.Int("process.pid", int64(os.Getpid())))
	config.Set(otlp.String("process.runtime.name", "gonode"))
	config.Set(otlp.String("telemetry.sdk.language", "nodejs"))
	config.Set(otlp.String("telemetry.sdk.name", "gonode"))
	if host, err := os.Hostname(); err == nil {
		config.Set(otlp.String("host.name", host))
	}
	tracer := otlp.NewTracer(config)
	if tracer == nil {
		return
	}
	rt.Trace(tracer)
	rt.AtExit(func() {
		if lost := tracer.Close(lastSpans); lost > 0 {
			fmt.Fprintf(os.Stderr, "%s: %d spans were lost: %s did not take them\n", c.name, lost, config.Traces.URL)
		}
	})
}

// lastSpans is how long the end of a process waits for a collector that is slow.
const lastSpans = time.Second
