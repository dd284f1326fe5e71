// Package test is Node's test runner, as a module, "node:test", and as the command --test: tests, suites, hooks, mocks,
// snapshots, reporters, and the processes of test files. Nothing of it is loaded unless a script or the command asks for it.
package test

import (
	_ "embed"

	"gonode/internal/engine"
	"gonode/runtime"
)

var (
	//go:embed test.js
	testSource string
	//go:embed assert.js
	assertSource string
	//go:embed config.js
	configSource string
	//go:embed context.js
	contextSource string
	//go:embed coverage.js
	coverageSource string
	//go:embed errors.js
	errorsSource string
	//go:embed failure.js
	failureSource string
	//go:embed files.js
	filesSource string
	//go:embed filters.js
	filtersSource string
	//go:embed harness.js
	harnessSource string
	//go:embed main.js
	mainSource string
	//go:embed mock.js
	mockSource string
	//go:embed mock_module.js
	mockModuleSource string
	//go:embed mock_timers.js
	mockTimersSource string
	//go:embed rerun.js
	rerunSource string
	//go:embed run.js
	runSource string
	//go:embed snapshot.js
	snapshotSource string
	//go:embed stream.js
	streamSource string
	//go:embed tree.js
	treeSource string
	//go:embed watch.js
	watchSource string
	//go:embed reporters/attach.js
	attachSource string
	//go:embed reporters/dot.js
	dotSource string
	//go:embed reporters/junit.js
	junitSource string
	//go:embed reporters/lcov.js
	lcovSource string
	//go:embed reporters/reporters.js
	reportersSource string
	//go:embed reporters/serializer.js
	serializerSource string
	//go:embed reporters/spec.js
	specSource string
	//go:embed reporters/style.js
	styleSource string
	//go:embed reporters/table.js
	tableSource string
	//go:embed reporters/tap.js
	tapSource string
)

// Modules are "node:test" and "node:test/reporters", see https://nodejs.org/docs/latest-v24.x/api/test.html, and their
// private parts.
var Modules = []*runtime.Module{
	{Name: "test", SchemeOnly: true, Script: engine.NewScript("node:test", &testSource)},
	{Name: "test/reporters", SchemeOnly: true, Script: engine.NewScript("node:test/reporters", &reportersSource)},
	{Name: "internal/test_runner/host", Private: true, Binding: host},
	{Name: "internal/test_runner/assert", Private: true, Script: engine.NewScript("node:internal/test_runner/assert", &assertSource)},
	{Name: "internal/test_runner/config", Private: true, Script: engine.NewScript("node:internal/test_runner/config", &configSource)},
	{Name: "internal/test_runner/context", Private: true, Script: engine.NewScript("node:internal/test_runner/context", &contextSource)},
	{Name: "internal/test_runner/coverage", Private: true, Script: engine.NewScript("node:internal/test_runner/coverage", &coverageSource)},
	{Name: "internal/test_runner/errors", Private: true, Script: engine.NewScript("node:internal/test_runner/errors", &errorsSource)},
	{Name: "internal/test_runner/failure", Private: true, Script: engine.NewScript("node:internal/test_runner/failure", &failureSource)},
	{Name: "internal/test_runner/files", Private: true, Script: engine.NewScript("node:internal/test_runner/files", &filesSource)},
	{Name: "internal/test_runner/filters", Private: true, Script: engine.NewScript("node:internal/test_runner/filters", &filtersSource)},
	{Name: "internal/test_runner/harness", Private: true, Script: engine.NewScript("node:internal/test_runner/harness", &harnessSource)},
	{Name: "internal/test_runner/main", Private: true, Script: engine.NewScript("node:internal/test_runner/main", &mainSource)},
	{Name: "internal/test_runner/mock", Private: true, Script: engine.NewScript("node:internal/test_runner/mock", &mockSource)},
	{Name: "internal/test_runner/mock_module", Private: true, Script: engine.NewScript("node:internal/test_runner/mock_module", &mockModuleSource)},
	{Name: "internal/test_runner/mock_timers", Private: true, Script: engine.NewScript("node:internal/test_runner/mock_timers", &mockTimersSource)},
	{Name: "internal/test_runner/rerun", Private: true, Script: engine.NewScript("node:internal/test_runner/rerun", &rerunSource)},
	{Name: "internal/test_runner/run", Private: true, Script: engine.NewScript("node:internal/test_runner/run", &runSource)},
	{Name: "internal/test_runner/snapshot", Private: true, Script: engine.NewScript("node:internal/test_runner/snapshot", &snapshotSource)},
	{Name: "internal/test_runner/stream", Private: true, Script: engine.NewScript("node:internal/test_runner/stream", &streamSource)},
	{Name: "internal/test_runner/tree", Private: true, Script: engine.NewScript("node:internal/test_runner/tree", &treeSource)},
	{Name: "internal/test_runner/watch", Private: true, Script: engine.NewScript("node:internal/test_runner/watch", &watchSource)},
	{Name: "internal/test_runner/reporters", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters", &attachSource)},
	{Name: "internal/test_runner/reporters/dot", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/dot", &dotSource)},
	{Name: "internal/test_runner/reporters/junit", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/junit", &junitSource)},
	{Name: "internal/test_runner/reporters/lcov", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/lcov", &lcovSource)},
	{Name: "internal/test_runner/reporters/v8-serializer", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/v8-serializer", &serializerSource)},
	{Name: "internal/test_runner/reporters/spec", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/spec", &specSource)},
	{Name: "internal/test_runner/reporters/style", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/style", &styleSource)},
	{Name: "internal/test_runner/reporters/table", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/table", &tableSource)},
	{Name: "internal/test_runner/reporters/tap", Private: true, Script: engine.NewScript("node:internal/test_runner/reporters/tap", &tapSource)},
}
