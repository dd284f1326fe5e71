package options

import "strings"

// Effect is what an option does here.
type Effect uint8

// Works: as in Node, or as the text says. Accepted: nothing of a script's work would differ with it, and the text says why. Refused: the
// command ends with an error, for a script or its user would rely on something that is not there.
const (
	Works Effect = iota
	Accepted
	Refused
)

// About is what help, the manual page, completions and the page of options say of one option.
type About struct {
	Name   string // without dashes; "no-" in front where it is the negation that does something
	Value  string // what the value is called; "" for options without one
	Text   string // one line
	Effect Effect
}

// Group is a heading with its options.
type Group struct {
	Title   string
	Options []About
}

// Groups has all options, each once, in the order in which they are shown. The table is the caller's to read only.
func Groups() []Group { return groups[:] }

// Spellings are the forms of an option: "-e" and "--eval", or the long one alone.
func (a About) Spellings() []string {
	if short := Short(a.Name); short != "" {
		return []string{short, "--" + a.Name}
	}
	return []string{"--" + a.Name}
}

// Joined tells whether its value must stand behind "=", in the same argument.
func (a About) Joined() bool {
	o, _ := Lookup(strings.TrimPrefix(a.Name, "no-"))
	return o.Kind == Equals || o.Kind == Optional
}

// Usage is an option as it is typed: "-e, --eval text", "--max-heap-size=MB".
func (a About) Usage() string {
	s := strings.Join(a.Spellings(), ", ")
	switch {
	case a.Value == "":
		return s
	case a.Joined():
		return s + "=" + a.Value
	}
	return s + " " + a.Value
}

// Describe finds what is said of an option, by its name in the table.
func Describe(name string) (About, bool) {
	for _, g := range groups {
		for _, a := range g.Options {
			if a.Name == name {
				return a, true
			}
		}
	}
	return About{}, false
}

// Short is the short spelling of an option, such as "-e", or "".
func Short(name string) string {
	for _, alias := range aliases {
		if alias[1] == "--"+name && len(alias[0]) == 2 {
			return alias[0]
		}
	}
	return ""
}

var groups = [...]Group{
	{"Running", []About{
		{"eval", "text", "run text", Works},
		{"print", "[text]", "run text and print its result", Works},
		{"check", "", "check the script's syntax only", Works},
		{"interactive", "", "interactive session, also if standard input is no terminal", Works},
		{"require", "module", "load a CommonJS module first (repeatable)", Works},
		{"import", "module", "load an ES module first (repeatable)", Works},
		{"run", "name", "run a script of the nearest package.json; arguments follow --", Works},
		{"build-sea", "file", "make an executable by Node's configuration of single executables", Works},
		{"entry-url", "", "the script's name is a URL", Works},
		{"input-type", "type", "what the text of -e or standard input is: module, commonjs, module-typescript or commonjs-typescript", Works},
		{"env-file", "file", "read environment variables from a file (repeatable)", Works},
		{"env-file-if-exists", "file", "the same, if the file is there", Works},
		{"title", "name", "initial process.title", Works},
		{"help", "", "print the options", Works},
		{"version", "", "print the version of Node.js that is followed", Works},
		{"verbose", "", "with --version: gonode's own version, what it was built from and its parts", Works},
	}},
	{"Modules", []About{
		{"conditions", "name", "another condition of package exports and imports (repeatable)", Works},
		{"preserve-symlinks", "", "keep symbolic links in the paths of modules", Works},
		{"preserve-symlinks-main", "", "keep them in the path of the main script", Works},
		{"no-addons", "", "leave the condition node-addons out; addons cannot be loaded in any case", Works},
		{"no-require-module", "", "require() refuses ES modules", Works},
		{"no-experimental-detect-module", "", "do not look into a text for whether it is an ES module", Works},
		{"no-strip-types", "", "do not run TypeScript", Works},
		{"experimental-transform-types", "", "transform enums and the like with source maps", Works},
		{"experimental-loader", "module", "hooks of the loader in a thread of their own (repeatable)", Works},
		{"experimental-import-text", "", "import texts with { type: 'text' }", Works},
		{"experimental-package-map", "file", "where packages are, instead of node_modules", Works},
		{"experimental-print-required-tla", "", "show the await at which require() refuses a module", Works},
		{"experimental-vm-modules", "", "vm.Module", Works},
		{"trace-require-module", "mode", "tell of ES modules that are required: all or no-node-modules", Works},
		{"enable-source-maps", "", "read source maps for stacks", Works},
	}},
	{"Development", []About{
		{"watch", "", "run the script, or with --test the files, again when a file changes that was loaded", Works},
		{"watch-path", "path", "run the script again when something changes in the path (repeatable)", Works},
		{"watch-kill-signal", "name", "what ends the script then, SIGTERM if not set", Works},
		{"watch-preserve-output", "", "keep the screen", Works},
		{"inspect", "", "listen for a debugger at 127.0.0.1:9229, or at the host and port behind =", Works},
		{"inspect-brk", "", "the same, and stop at the first statement", Works},
		{"inspect-wait", "", "the same, and wait for a debugger", Works},
		{"inspect-port", "[host:]port", "where to listen for a debugger", Works},
		{"cpu-prof", "", "write a profile of the script's work when it ends, for Chrome's tools", Works},
		{"cpu-prof-dir", "folder", "where to write it", Works},
		{"cpu-prof-name", "name", "what to call it", Works},
		{"cpu-prof-interval", "µs", "how long between two samples, 1000 if not set", Works},
		{"heap-prof", "", "write a profile of where the script allocates when it ends, for Chrome's tools", Works},
		{"heap-prof-dir", "folder", "where to write it", Works},
		{"heap-prof-name", "name", "what to call it", Works},
		{"heap-prof-interval", "bytes", "how many are allocated between two samples, 512 KiB if not set", Works},
		{"expose-gc", "", "define the global function gc", Works},
	}},
	{"Tests", []About{
		{"test", "", "run test files, each in a process of its own", Works},
		{"test-name-pattern", "re", "run the tests of such a name only (repeatable)", Works},
		{"test-skip-pattern", "re", "run all others (repeatable)", Works},
		{"test-only", "", "run the tests with the option only", Works},
		{"test-concurrency", "n", "how many files run at the same time", Works},
		{"test-isolation", "mode", "process, or none to run all files in this process", Works},
		{"test-shard", "i/n", "run one of n parts of the files", Works},
		{"test-timeout", "ms", "how long a test may take", Works},
		{"test-force-exit", "", "exit when all tests are done", Works},
		{"test-reporter", "name", "spec, tap, dot, junit, lcov or a module (repeatable)", Works},
		{"test-reporter-destination", "file", "where a reporter writes (repeatable)", Works},
		{"test-update-snapshots", "", "write the snapshots that tests compare with", Works},
		{"test-rerun-failures", "file", "run what has not passed in earlier runs", Works},
		{"test-randomize", "", "draw the order of tests", Works},
		{"test-random-seed", "n", "draw it again", Works},
		{"test-global-setup", "file", "what to do before all tests and after", Works},
		{"experimental-test-coverage", "", "measure coverage", Works},
		{"test-coverage-include", "pattern", "of these files (repeatable)", Works},
		{"test-coverage-exclude", "pattern", "not of these (repeatable)", Works},
		{"test-coverage-branches", "n", "how many branches in a hundred must be covered", Works},
		{"test-coverage-functions", "n", "how many functions", Works},
		{"test-coverage-lines", "n", "how many lines", Works},
		{"experimental-test-module-mocks", "", "mock.module", Works},
		{"experimental-test-tag-filter", "tag", "run the tests of such a tag only (repeatable)", Works},
	}},
	{"Children", []About{
		{"die-with-parent", "", "all that the program starts ends when it ends, however that happens", Works},
		{"trace-ipc", "file", "write what all processes spawn, send, receive and how they end, in Chrome's trace format", Works},
		{"trace-handles", "", "remember where handles are made", Works},
		{"disable-sigusr1", "", "do not answer gonode diagnose", Works},
	}},
	{"Permissions and limits", []About{
		{"permission", "", "allow only what the options below allow", Works},
		{"permission-audit", "", "warn instead of refusing", Works},
		{"allow-fs-read", "path", "may be read (repeatable)", Works},
		{"allow-fs-write", "path", "may be written (repeatable)", Works},
		{"allow-child-process", "", "children may be started", Works},
		{"allow-worker", "", "worker threads may be started", Works},
		{"allow-wasi", "", "WASI may be used", Works},
		{"allow-addons", "", "addons may be loaded, as far as the permissions go", Works},
		{"allow-inspector", "", "debuggers may be served", Works},
		{"allow-openssl-store", "", "keys and certificates may be named by URLs", Works},
		{"disallow-code-generation-from-strings", "", "eval and Function throw", Works},
		{"disable-proto", "mode", "delete Object.prototype.__proto__, or let it throw", Works},
		{"frozen-intrinsics", "", "freeze the language's objects", Works},
		{"max-old-space-size", "MB", "memory after which the process ends with V8's message", Works},
		{"max-heap-size", "MB", "the same", Works},
		{"max-old-space-size-percentage", "n", "the same, in hundredths of what the machine or control group has", Works},
		{"stack-trace-limit", "n", "Error.stackTraceLimit, 10 if not set", Works},
	}},
	{"Errors, warnings and reports", []About{
		{"unhandled-rejections", "mode", "throw (default), strict, warn, none or warn-with-error-codes", Works},
		{"trace-uncaught", "", "show where an uncaught value was thrown", Works},
		{"trace-exit", "", "show where process.exit was called", Works},
		{"no-warnings", "", "print no process warnings", Works},
		{"disable-warning", "name", "print none of that code or type (repeatable)", Works},
		{"redirect-warnings", "file", "append warnings to a file", Works},
		{"trace-warnings", "", "print stacks with warnings", Works},
		{"no-deprecation", "", "print no deprecation warnings", Works},
		{"trace-deprecation", "", "print stacks with them", Works},
		{"throw-deprecation", "", "throw them", Works},
		{"pending-deprecation", "", "emit those that are off by default", Works},
		{"report-uncaught-exception", "", "write a report when an error ends the process", Works},
		{"report-on-signal", "", "write one at a signal", Works},
		{"report-on-fatalerror", "", "write one when memory ends", Works},
		{"report-signal", "name", "that signal, SIGUSR2 if not set", Works},
		{"report-dir", "folder", "where reports are written", Works},
		{"report-filename", "name", "what they are called", Works},
		{"report-compact", "", "in one line", Works},
		{"report-exclude-network", "", "without the network's interfaces", Works},
		{"report-exclude-env", "", "without the environment", Works},
	}},
	{"Network", []About{
		{"dns-result-order", "order", "verbatim, ipv4first or ipv6first", Works},
		{"no-network-family-autoselection", "", "connect to the first address of a name only", Works},
		{"network-family-autoselection-attempt-timeout", "ms", "how long to wait for each address", Works},
		{"max-http-header-size", "n", "in bytes, 16384 if not set", Works},
		{"insecure-http-parser", "", "accept HTTP messages that are not quite right", Works},
		{"use-env-proxy", "", "use the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY", Works},
		{"use-system-ca", "", "trust the system's authorities as well", Works},
		{"use-openssl-ca", "", "trust the system's authorities instead of Mozilla's", Works},
		{"use-bundled-ca", "", "trust Mozilla's, as without it", Works},
		{"tls-cipher-list", "list", "tls.DEFAULT_CIPHERS", Works},
		{"tls-keylog", "file", "write the keys of connections, for tools that look into them", Works},
		{"tls-min-v1.0", "", "tls.DEFAULT_MIN_VERSION", Works},
		{"tls-min-v1.1", "", "the same", Works},
		{"tls-min-v1.2", "", "the same", Works},
		{"tls-min-v1.3", "", "the same", Works},
		{"tls-max-v1.2", "", "tls.DEFAULT_MAX_VERSION", Works},
		{"tls-max-v1.3", "", "the same", Works},
	}},
	{"Globals and experiments", []About{
		{"no-experimental-global-navigator", "", "no global navigator", Works},
		{"no-experimental-websocket", "", "no global WebSocket", Works},
		{"no-experimental-sqlite", "", "no node:sqlite", Works},
		{"experimental-eventsource", "", "the global EventSource", Works},
		{"experimental-webstorage", "", "the globals localStorage and sessionStorage", Works},
		{"localstorage-file", "file", "where localStorage is kept", Works},
		{"experimental-stream-iter", "", "node:stream/iter and node:zlib/iter", Works},
	}},
	{"The engine", []About{
		{"jitless", "", "no machine code for loops over numbers", Works},
		{"no-opt", "", "no loop of gonode's own for hot functions", Works},
		{"no-turbofan", "", "the same", Works},
		{"no-maglev", "", "the same", Works},
		{"no-sparkplug", "", "the same", Works},
	}},
	{"Without effect here", []About{
		{"experimental-abortcontroller", "", "always on, as in Node", Accepted},
		{"experimental-fetch", "", "always on, as in Node", Accepted},
		{"experimental-global-customevent", "", "always on, as in Node", Accepted},
		{"experimental-global-webcrypto", "", "always on, as in Node", Accepted},
		{"experimental-json-modules", "", "always on, as in Node", Accepted},
		{"experimental-modules", "", "always on, as in Node", Accepted},
		{"experimental-report", "", "always on, as in Node", Accepted},
		{"experimental-require-module", "", "always on; --no-experimental-require-module is --no-require-module", Accepted},
		{"experimental-specifier-resolution", "", "no effect in Node either", Accepted},
		{"experimental-top-level-await", "", "always on, as in Node", Accepted},
		{"experimental-wasi-unstable-preview1", "", "always on, as in Node", Accepted},
		{"experimental-worker", "", "always on, as in Node", Accepted},
		{"experimental-wasm-modules", "", "always on, as in Node", Accepted},
		{"experimental-repl-await", "", "always on, as in Node unless it is turned off", Accepted},
		{"experimental-import-meta-resolve", "", "import.meta.resolve is there; its second argument is ignored", Accepted},
		{"http-parser", "", "no effect in Node either", Accepted},
		{"napi-modules", "", "no effect in Node either", Accepted},
		{"node-memory-debug", "", "of use to Node's own developers", Accepted},
		{"verify-base-objects", "", "of use to Node's own developers", Accepted},
		{"debug-arraybuffer-allocations", "", "of use to Node's own developers", Accepted},
		{"test-udp-no-try-send", "", "of use to Node's own developers", Accepted},
		{"force-async-hooks-checks", "", "always on", Accepted},
		{"async-context-frame", "", "how AsyncLocalStorage is built, which scripts do not see", Accepted},
		{"extra-info-on-fatal-exception", "", "always on", Accepted},
		{"force-context-aware", "", "addons cannot be loaded", Accepted},
		{"experimental-addon-modules", "", "addons cannot be loaded", Accepted},
		{"force-node-api-uncaught-exceptions-policy", "", "addons cannot be loaded", Accepted},
		{"global-search-paths", "", "NODE_PATH and ~/.node_modules are searched", Accepted},
		{"node-snapshot", "", "there is no snapshot to start from", Accepted},
		{"icu-data-dir", "folder", "the data of locales is in the binary", Accepted},
		{"openssl-shared-config", "", "OpenSSL is not used", Accepted},
		{"openssl-legacy-provider", "", "the algorithms that are there need no provider", Accepted},
		{"use-largepages", "mode", "how the system maps the binary", Accepted},
		{"v8-pool-size", "n", "V8's threads; Go has its own (GOMAXPROCS)", Accepted},
		{"zero-fill-buffers", "", "always on", Accepted},
		{"disable-wasm-trap-handler", "", "how V8 finds traps", Accepted},
		{"wasm-trap-handler", "", "how V8 finds traps", Accepted},
		{"enable-etw-stack-walking", "", "of Windows", Accepted},
		{"inspect-publish-uid", "list", "where Node says that it listens; stderr and http here", Accepted},
		{"expose-wasm", "", "WebAssembly is always there", Accepted},
		{"js-source-phase-imports", "", "import source of WebAssembly is always there", Accepted},
		{"async-stack-traces", "", "always on", Accepted},
		{"compilation-cache", "", "how V8 compiles", Accepted},
		{"concurrent-recompilation", "", "how V8 compiles", Accepted},
		{"flush-bytecode", "", "how V8 compiles", Accepted},
		{"lazy", "", "how V8 compiles", Accepted},
		{"inline-new", "", "how V8 compiles", Accepted},
		{"always-turbofan", "", "how V8 compiles", Accepted},
		{"turbo-filter", "name", "how V8 compiles", Accepted},
		{"interrupt-budget", "n", "how V8 compiles", Accepted},
		{"interpreted-frames-native-stack", "", "how V8 compiles", Accepted},
		{"abort-on-far-code-range", "", "how V8 compiles", Accepted},
		{"optimize-for-size", "", "a hint for V8's use of memory", Accepted},
		{"lite-mode", "", "a hint for V8's use of memory", Accepted},
		{"max-semi-space-size", "MB", "a hint for V8's collector; Go's is set by GOGC", Accepted},
		{"min-semi-space-size", "MB", "a hint for V8's collector", Accepted},
		{"semi-space-growth-factor", "n", "a hint for V8's collector", Accepted},
		{"initial-old-space-size", "MB", "a hint for V8's collector", Accepted},
		{"heap-growing-percent", "n", "a hint for V8's collector", Accepted},
		{"gc-global", "", "a hint for V8's collector", Accepted},
		{"gc-interval", "n", "a hint for V8's collector", Accepted},
		{"stress-compaction", "", "a hint for V8's collector", Accepted},
		{"single-threaded", "", "a hint for V8's threads", Accepted},
		{"single-threaded-gc", "", "a hint for V8's collector", Accepted},
		{"predictable", "", "a hint for V8's threads", Accepted},
		{"predictable-gc-schedule", "", "a hint for V8's collector", Accepted},
		{"track-heap-objects", "", "a hint for heap snapshots", Accepted},
		{"hash-seed", "n", "Go's maps have seeds of their own", Accepted},
		{"stack-size", "KB", "calls nest as deep as on Node with its default, whatever the stack's size", Accepted},
		{"harmony", "", "what the language has is always on", Accepted},
		{"experimental-wasm-gc", "", "what WebAssembly has is always on", Accepted},
		{"abort-on-uncaught-exception", "", "an uncaught error ends the process with its status and dumps no core", Accepted},
		{"expose-internals", "", "Node's internals are not there; require() of one throws", Accepted},
		{"diagnostic-dir", "folder", "use --cpu-prof-dir and --report-dir", Accepted},
	}},
	{"Refused", []About{
		{"allow-natives-syntax", "", "V8's own functions (%Name) are not there", Refused},
		{"build-snapshot", "", "V8's snapshots", Refused},
		{"build-snapshot-config", "file", "V8's snapshots", Refused},
		{"snapshot-blob", "file", "V8's snapshots", Refused},
		{"completion-bash", "", "the release has completions for bash, zsh and fish", Refused},
		{"experimental-network-inspection", "", "the protocol's domain Network", Refused},
		{"experimental-quic", "", "node:quic", Refused},
		{"experimental-sea-config", "file", "use --build-sea, or gonode build", Refused},
		{"experimental-shadow-realm", "", "ShadowRealm", Refused},
		{"harmony-shadow-realm", "", "ShadowRealm", Refused},
		{"expose-externalize-string", "", "V8's own functions", Refused},
		{"enable-fips", "", "there is no FIPS module; Go's is turned on by GODEBUG=fips140=on", Refused},
		{"force-fips", "", "there is no FIPS module", Refused},
		{"secure-heap", "n", "OpenSSL's protected memory", Refused},
		{"secure-heap-min", "n", "OpenSSL's protected memory", Refused},
		{"security-revert", "CVE", "what was mended stays mended", Refused},
		{"openssl-config", "file", "OpenSSL is not used", Refused},
		{"heapsnapshot-near-heap-limit", "n", "use v8.writeHeapSnapshot()", Refused},
		{"heapsnapshot-signal", "name", "use v8.writeHeapSnapshot()", Refused},
		{"inspect-brk-node", "", "stopping in Node's own JavaScript", Refused},
		{"log", "", "V8's logs", Refused},
		{"log-all", "", "V8's logs", Refused},
		{"logfile", "file", "V8's logs", Refused},
		{"logfile-per-isolate", "", "V8's logs", Refused},
		{"prof", "", "V8's logs; use --cpu-prof", Refused},
		{"prof-process", "", "V8's logs; use --cpu-prof", Refused},
		{"perf-basic-prof", "", "maps for the system's profiler; use --cpu-prof", Refused},
		{"perf-basic-prof-only-functions", "", "maps for the system's profiler", Refused},
		{"perf-prof", "", "maps for the system's profiler", Refused},
		{"perf-prof-annotate-wasm", "", "maps for the system's profiler", Refused},
		{"perf-prof-delete-file", "", "maps for the system's profiler", Refused},
		{"perf-prof-unwinding-info", "", "maps for the system's profiler", Refused},
		{"random-seed", "n", "Math.random cannot be made to repeat", Refused},
		{"trace-deopt", "", "V8's compiler", Refused},
		{"trace-env", "", "who reads the environment", Refused},
		{"trace-env-js-stack", "", "who reads the environment", Refused},
		{"trace-env-native-stack", "", "who reads the environment", Refused},
		{"trace-event-categories", "list", "trace events", Refused},
		{"trace-event-file-pattern", "name", "trace events", Refused},
		{"trace-gc", "", "V8's collector; GODEBUG=gctrace=1 has Go's", Refused},
		{"trace-gc-verbose", "", "V8's collector", Refused},
		{"trace-ic", "", "V8's compiler", Refused},
		{"trace-opt", "", "V8's compiler", Refused},
		{"trace-promises", "", "V8's promises", Refused},
		{"trace-sigint", "", "where a script is when Ctrl-C ends it; gonode diagnose tells at any time", Refused},
		{"trace-sync-io", "", "synchronous calls after the first turn of the loop", Refused},
		{"trace-tls", "", "OpenSSL's messages", Refused},
		{"use-strict", "", "all scripts in strict mode", Refused},
		{"v8-options", "", "V8's options", Refused},
	}},
}
