// Package options is the table of Node 24's command line options and of gonode's own: their names, the shape of their values, whether
// NODE_OPTIONS may hold them and what is said of them. What they do belongs to internal/cli. It touches no state and may be used on any
// goroutine.
package options

import (
	"sort"
	"strings"
)

// Kind is the shape of an option's value.
type Kind uint8

// NoOp options have no effect any more; Flag is a switch of V8's, Equals one with a value behind "="; Boolean options
// have a --no- form; Value and List want a value, in the same or in the next argument; Optional takes one behind "="
// only.
const (
	NoOp Kind = iota
	Flag
	Equals
	Boolean
	Value
	List
	Optional
)

// Option is one option.
type Option struct {
	// Name is without its dashes.
	Name string
	Kind Kind
	// Env options may stand in NODE_OPTIONS.
	Env bool
}

// Lookup finds an option by its name without dashes, with either - or _ between its words.
func Lookup(name string) (Option, bool) {
	name = strings.ReplaceAll(name, "_", "-")
	i := sort.Search(len(table), func(i int) bool { return table[i].Name >= name })
	if i < len(table) && table[i].Name == name {
		return table[i], true
	}
	if strings.HasPrefix(name, "harmony-") {
		return Option{Name: name, Kind: Flag}, true
	}
	return Option{}, false
}

// PerProcess tells whether an option is for a whole process: a worker thread cannot have its own. Those of V8 are all such.
func (o Option) PerProcess() bool {
	switch o.Name {
	case "completion-bash", "debug-arraybuffer-allocations", "disable-proto", "disable-wasm-trap-handler",
		"enable-fips", "experimental-sea-config", "experimental-shadow-realm", "force-fips", "help", "icu-data-dir",
		"node-memory-debug", "node-snapshot", "openssl-config", "openssl-legacy-provider", "openssl-shared-config",
		"report-compact", "report-dir", "report-filename", "report-on-fatalerror", "secure-heap", "secure-heap-min",
		"security-revert", "snapshot-blob", "title", "tls-cipher-list", "trace-event-categories",
		"trace-event-file-pattern", "trace-sigint", "use-bundled-ca", "use-largepages", "use-openssl-ca", "v8-options",
		"v8-pool-size", "version", "zero-fill-buffers":
		return true
	}
	return o.Kind == Flag || o.Kind == Equals
}

// Alias expands a short or old spelling, such as "-e" or "--loader", into the option's name with its dashes.
func Alias(flag string) (string, bool) {
	for _, alias := range aliases {
		if alias[0] == flag {
			return alias[1], true
		}
	}
	return "", false
}

// Environment lists what NODE_OPTIONS may hold, as process.allowedNodeEnvironmentFlags does.
func Environment() []string {
	var list []string
	for _, o := range table {
		if o.Env {
			list = append(list, "--"+o.Name)
			if o.Kind == Boolean {
				list = append(list, "--no-"+o.Name)
			}
		}
	}
	for _, alias := range aliases {
		flag, name := alias[0], alias[1]
		if o, ok := Lookup(strings.TrimLeft(name, "-")); ok && o.Env {
			list = append(list, flag)
		}
	}
	sort.Strings(list)
	return list
}

var aliases = [...][2]string{
	{"-i", "--interactive"},
	{"-e", "--eval"},
	{"-C", "--conditions"},
	{"-c", "--check"},
	{"-r", "--require"},
	{"-v", "--version"},
	{"-h", "--help"},
	{"-p", "--print"},
	{"--debug-port", "--inspect-port"},
	{"--loader", "--experimental-loader"},
	{"--experimental-strip-types", "--strip-types"},
	{"--experimental-require-module", "--require-module"},
	{"--no-experimental-require-module", "--no-require-module"},
	{"--no-experimental-strip-types", "--no-strip-types"},
	{"--experimental-test-isolation", "--test-isolation"},
	{"--enable-network-family-autoselection", "--network-family-autoselection"},
	{"--es-module-specifier-resolution", "--experimental-specifier-resolution"},
	{"--report-directory", "--report-dir"},
	{"--security-reverts", "--security-revert"},
	{"--trace-events-enabled", "--trace-event-categories"},
}

// table is sorted by name.
var table = [...]Option{
	{"abort-on-far-code-range", Flag, false},
	{"abort-on-uncaught-exception", Flag, true},
	{"addons", Boolean, true},
	{"allow-addons", Boolean, true},
	{"allow-child-process", Boolean, true},
	{"allow-fs-read", List, true},
	{"allow-fs-write", List, true},
	{"allow-inspector", Boolean, true},
	{"allow-natives-syntax", Flag, false},
	{"allow-openssl-store", Boolean, true},
	{"allow-wasi", Boolean, true},
	{"allow-worker", Boolean, true},
	{"always-turbofan", Flag, false},
	{"async-context-frame", Boolean, true},
	{"async-stack-traces", Flag, false},
	{"build-sea", Value, false},
	{"build-snapshot", Boolean, false},
	{"build-snapshot-config", Value, false},
	{"check", Boolean, false},
	{"compilation-cache", Flag, false},
	{"completion-bash", Boolean, false},
	{"concurrent-recompilation", Flag, false},
	{"conditions", List, true},
	{"cpu-prof", Boolean, true},
	{"cpu-prof-dir", Value, true},
	{"cpu-prof-interval", Value, true},
	{"cpu-prof-name", Value, true},
	{"debug-arraybuffer-allocations", Boolean, true},
	{"deprecation", Boolean, true},
	{"diagnostic-dir", Value, true},
	{"die-with-parent", Boolean, false},
	{"disable-proto", Value, true},
	{"disable-sigusr1", Boolean, true},
	{"disable-warning", List, true},
	{"disable-wasm-trap-handler", Boolean, true},
	{"disallow-code-generation-from-strings", Flag, true},
	{"dns-result-order", Value, true},
	{"enable-etw-stack-walking", Flag, true},
	{"enable-fips", Boolean, true},
	{"enable-source-maps", Boolean, true},
	{"entry-url", Boolean, true},
	{"env-file", Value, false},
	{"env-file-if-exists", Value, false},
	{"eval", Value, false},
	{"experimental-abortcontroller", NoOp, true},
	{"experimental-addon-modules", Boolean, true},
	{"experimental-detect-module", Boolean, true},
	{"experimental-eventsource", Boolean, true},
	{"experimental-fetch", NoOp, true},
	{"experimental-global-customevent", NoOp, true},
	{"experimental-global-navigator", Boolean, true},
	{"experimental-global-webcrypto", NoOp, true},
	{"experimental-import-meta-resolve", Boolean, true},
	{"experimental-import-text", Boolean, true},
	{"experimental-json-modules", NoOp, true},
	{"experimental-loader", List, true},
	{"experimental-modules", NoOp, true},
	{"experimental-network-inspection", Boolean, false},
	{"experimental-package-map", Value, true},
	{"experimental-print-required-tla", Boolean, true},
	{"experimental-quic", Boolean, true},
	{"experimental-repl-await", Boolean, true},
	{"experimental-report", NoOp, true},
	{"experimental-require-module", Boolean, true},
	{"experimental-sea-config", Value, false},
	{"experimental-shadow-realm", Boolean, true},
	{"experimental-specifier-resolution", NoOp, true},
	{"experimental-sqlite", Boolean, true},
	{"experimental-stream-iter", Boolean, true},
	{"experimental-test-coverage", Boolean, false},
	{"experimental-test-module-mocks", Boolean, false},
	{"experimental-test-tag-filter", List, false},
	{"experimental-top-level-await", NoOp, true},
	{"experimental-transform-types", Boolean, true},
	{"experimental-vm-modules", Boolean, true},
	{"experimental-wasi-unstable-preview1", NoOp, true},
	{"experimental-wasm-gc", Flag, false},
	{"experimental-wasm-modules", Boolean, true},
	{"experimental-websocket", Boolean, true},
	{"experimental-webstorage", Boolean, true},
	{"experimental-worker", NoOp, true},
	{"expose-externalize-string", Flag, false},
	{"expose-gc", Flag, true},
	{"expose-internals", Boolean, false},
	{"expose-wasm", Flag, false},
	{"extra-info-on-fatal-exception", Boolean, true},
	{"flush-bytecode", Flag, false},
	{"force-async-hooks-checks", Boolean, true},
	{"force-context-aware", Boolean, true},
	{"force-fips", Boolean, true},
	{"force-node-api-uncaught-exceptions-policy", Boolean, true},
	{"frozen-intrinsics", Boolean, true},
	{"gc-global", Flag, false},
	{"gc-interval", Equals, false},
	{"global-search-paths", Boolean, true},
	{"harmony", Flag, false},
	{"harmony-shadow-realm", Flag, false},
	{"hash-seed", Equals, false},
	{"heap-growing-percent", Equals, false},
	{"heap-prof", Boolean, true},
	{"heap-prof-dir", Value, true},
	{"heap-prof-interval", Value, true},
	{"heap-prof-name", Value, true},
	{"heapsnapshot-near-heap-limit", Value, true},
	{"heapsnapshot-signal", Value, true},
	{"help", Boolean, false},
	{"http-parser", NoOp, true},
	{"icu-data-dir", Value, true},
	{"import", List, true},
	{"initial-old-space-size", Equals, false},
	{"inline-new", Flag, false},
	{"input-type", Value, true},
	{"insecure-http-parser", Boolean, true},
	{"inspect", Boolean, true},
	{"inspect-brk", Boolean, true},
	{"inspect-brk-node", Boolean, false},
	{"inspect-port", Optional, true},
	{"inspect-publish-uid", Value, true},
	{"inspect-wait", Boolean, true},
	{"interactive", Boolean, false},
	{"interpreted-frames-native-stack", Flag, true},
	{"interrupt-budget", Equals, false},
	{"jitless", Flag, true},
	{"js-source-phase-imports", Flag, false},
	{"lazy", Flag, false},
	{"lite-mode", Flag, false},
	{"localstorage-file", Value, true},
	{"log", Flag, false},
	{"log-all", Flag, false},
	{"logfile", Equals, false},
	{"logfile-per-isolate", Flag, false},
	{"maglev", Flag, false},
	{"max-heap-size", Equals, true},
	{"max-http-header-size", Value, true},
	{"max-old-space-size", Equals, true},
	{"max-old-space-size-percentage", Equals, true},
	{"max-semi-space-size", Equals, true},
	{"min-semi-space-size", Equals, false},
	{"napi-modules", NoOp, true},
	{"network-family-autoselection", Boolean, true},
	{"network-family-autoselection-attempt-timeout", Value, true},
	{"node-memory-debug", NoOp, true},
	{"node-snapshot", Boolean, true},
	{"openssl-config", Value, true},
	{"openssl-legacy-provider", Boolean, true},
	{"openssl-shared-config", Boolean, true},
	{"opt", Flag, false},
	{"optimize-for-size", Flag, false},
	{"pending-deprecation", Boolean, true},
	{"perf-basic-prof", Flag, true},
	{"perf-basic-prof-only-functions", Flag, true},
	{"perf-prof", Flag, true},
	{"perf-prof-annotate-wasm", Flag, false},
	{"perf-prof-delete-file", Flag, false},
	{"perf-prof-unwinding-info", Flag, true},
	{"permission", Boolean, true},
	{"permission-audit", Boolean, true},
	{"predictable", Flag, false},
	{"predictable-gc-schedule", Flag, false},
	{"preserve-symlinks", Boolean, true},
	{"preserve-symlinks-main", Boolean, true},
	{"print", Boolean, false},
	{"prof", Flag, false},
	{"prof-process", Boolean, true},
	{"random-seed", Equals, false},
	{"redirect-warnings", Value, true},
	{"report-compact", Boolean, true},
	{"report-dir", Value, true},
	{"report-exclude-env", Boolean, true},
	{"report-exclude-network", Boolean, true},
	{"report-filename", Value, true},
	{"report-on-fatalerror", Boolean, true},
	{"report-on-signal", Boolean, true},
	{"report-signal", Value, true},
	{"report-uncaught-exception", Boolean, true},
	{"require", List, true},
	{"require-module", Boolean, true},
	{"run", Value, false},
	{"secure-heap", Value, true},
	{"secure-heap-min", Value, true},
	{"security-revert", List, false},
	{"semi-space-growth-factor", Equals, false},
	{"single-threaded", Flag, false},
	{"single-threaded-gc", Flag, false},
	{"snapshot-blob", Value, true},
	{"sparkplug", Flag, false},
	{"stack-size", Equals, false},
	{"stack-trace-limit", Equals, true},
	{"stress-compaction", Flag, false},
	{"strip-types", Boolean, true},
	{"test", Boolean, false},
	{"test-concurrency", Value, false},
	{"test-coverage-branches", Value, true},
	{"test-coverage-exclude", List, true},
	{"test-coverage-functions", Value, true},
	{"test-coverage-include", List, true},
	{"test-coverage-lines", Value, true},
	{"test-force-exit", Boolean, false},
	{"test-global-setup", Value, true},
	{"test-isolation", Value, true},
	{"test-name-pattern", List, true},
	{"test-only", Boolean, true},
	{"test-random-seed", Value, true},
	{"test-randomize", Boolean, true},
	{"test-reporter", List, true},
	{"test-reporter-destination", List, true},
	{"test-rerun-failures", Value, true},
	{"test-shard", Value, true},
	{"test-skip-pattern", List, true},
	{"test-timeout", Value, false},
	{"test-udp-no-try-send", Boolean, false},
	{"test-update-snapshots", Boolean, false},
	{"throw-deprecation", Boolean, true},
	{"title", Value, true},
	{"tls-cipher-list", Value, true},
	{"tls-keylog", Value, true},
	{"tls-max-v1.2", Boolean, true},
	{"tls-max-v1.3", Boolean, true},
	{"tls-min-v1.0", Boolean, true},
	{"tls-min-v1.1", Boolean, true},
	{"tls-min-v1.2", Boolean, true},
	{"tls-min-v1.3", Boolean, true},
	{"trace-deopt", Flag, false},
	{"trace-deprecation", Boolean, true},
	{"trace-env", Boolean, true},
	{"trace-env-js-stack", Boolean, true},
	{"trace-env-native-stack", Boolean, true},
	{"trace-event-categories", Value, true},
	{"trace-event-file-pattern", Value, true},
	{"trace-exit", Boolean, true},
	{"trace-gc", Flag, false},
	{"trace-gc-verbose", Flag, false},
	{"trace-handles", Boolean, false},
	{"trace-ic", Flag, false},
	{"trace-ipc", Value, false},
	{"trace-opt", Flag, false},
	{"trace-promises", Boolean, true},
	{"trace-require-module", Value, true},
	{"trace-sigint", Boolean, true},
	{"trace-sync-io", Boolean, true},
	{"trace-tls", Boolean, true},
	{"trace-uncaught", Boolean, true},
	{"trace-warnings", Boolean, true},
	{"track-heap-objects", Boolean, true},
	{"turbo-filter", Equals, false},
	{"turbofan", Flag, false},
	{"unhandled-rejections", Value, true},
	{"use-bundled-ca", Boolean, true},
	{"use-env-proxy", Boolean, true},
	{"use-largepages", Value, true},
	{"use-openssl-ca", Boolean, true},
	{"use-strict", Flag, false},
	{"use-system-ca", Boolean, true},
	{"v8-options", Boolean, false},
	{"v8-pool-size", Value, true},
	{"verbose", Boolean, false},
	{"verify-base-objects", Boolean, true},
	{"version", Boolean, false},
	{"warnings", Boolean, true},
	{"wasm-trap-handler", Flag, false},
	{"watch", Boolean, true},
	{"watch-kill-signal", Value, true},
	{"watch-path", List, true},
	{"watch-preserve-output", Boolean, true},
	{"zero-fill-buffers", Boolean, true},
}
