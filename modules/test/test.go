// Package test is Node's test runner as a module, "node:test": tests, suites, hooks, mocks, and reports in TAP or, on a
// terminal, in the spec form. It is JavaScript only; nothing of it is loaded unless a script asks for it.
package test

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed test.js
	testSource string
	//go:embed report.js
	reportSource string
	//go:embed mock.js
	mockSource string
	//go:embed mock_timers.js
	timersSource string
)

// Module is "node:test", see https://nodejs.org/docs/latest-v20.x/api/test.html; the others are its private parts.
var (
	Module = &runtime.Module{Name: "test", SchemeOnly: true, Script: engine.NewScript("node:test", &testSource)}
	Report = &runtime.Module{Name: "internal/test_runner/report", Private: true,
		Script: engine.NewScript("node:internal/test_runner/report", &reportSource)}
	Mock = &runtime.Module{Name: "internal/test_runner/mock", Private: true,
		Script: engine.NewScript("node:internal/test_runner/mock", &mockSource)}
	Timers = &runtime.Module{Name: "internal/test_runner/mock_timers", Private: true,
		Script: engine.NewScript("node:internal/test_runner/mock_timers", &timersSource)}
)
