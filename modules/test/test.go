// Package test is Node's test runner as a module, "node:test": tests, suites, hooks, mocks, and reports in TAP or, on a
// terminal, in the spec form. It is JavaScript only; nothing of it is loaded unless a script asks for it.
package test

import (
	_ "embed"

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
	Module = &runtime.Module{Name: "test", SchemeOnly: true, Script: runtime.NewScript("node:test", testSource)}
	Report = part("report", reportSource)
	Mock   = part("mock", mockSource)
	Timers = part("mock_timers", timersSource)
)

func part(name, source string) *runtime.Module {
	name = "internal/test_runner/" + name
	return &runtime.Module{Name: name, Private: true, Script: runtime.NewScript("node:"+name, source)}
}
