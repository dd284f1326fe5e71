package options

import (
	"fmt"
	"strings"
)

// Variable is an environment variable that counts.
type Variable struct {
	Name string // with a value where only that one counts: "NODE_NO_WARNINGS=1"
	Text string // one line
}

// Variables has the environment variables that users set, Node's and gonode's. The table is the caller's to read only.
func Variables() []Variable { return variables[:] }

var variables = [...]Variable{
	{"NODE_OPTIONS", "options as above, in front of those of the command line"},
	{"NODE_PATH", "folders to search for modules, separated by colons"},
	{"NODE_NO_WARNINGS=1", "--no-warnings"},
	{"NODE_PENDING_DEPRECATION=1", "--pending-deprecation"},
	{"NODE_PRESERVE_SYMLINKS=1", "--preserve-symlinks"},
	{"NODE_PRESERVE_SYMLINKS_MAIN=1", "--preserve-symlinks-main"},
	{"NODE_REDIRECT_WARNINGS", "--redirect-warnings"},
	{"NODE_USE_ENV_PROXY=1", "--use-env-proxy, with HTTP_PROXY, HTTPS_PROXY and NO_PROXY"},
	{"NODE_USE_SYSTEM_CA=1", "--use-system-ca"},
	{"NODE_EXTRA_CA_CERTS", "file of further certificates to trust"},
	{"NODE_TLS_REJECT_UNAUTHORIZED=0", "trust any certificate, with a warning"},
	{"SSL_CERT_FILE, SSL_CERT_DIR", "where the system's certificates are"},
	{"NODE_COMPILE_CACHE", "folder for compiled WebAssembly"},
	{"NODE_DISABLE_COMPILE_CACHE=1", "without it"},
	{"NODE_V8_COVERAGE", "folder for coverage, when the process ends"},
	{"NODE_DEBUG", "parts of Node whose debug messages are printed: http, net, cluster…"},
	{"NODE_REPL_HISTORY", "file of the interactive session's history, empty for none"},
	{"NODE_REPL_HISTORY_SIZE", "how many lines of it, 1000 if not set"},
	{"NODE_REPL_MODE", "sloppy or strict"},
	{"NODE_CLUSTER_SCHED_POLICY", "rr or none: who accepts a cluster's connections"},
	{"NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS", "whether output to terminals is coloured"},
	{"TZ", "the time zone"},
	{"GONODE_TRACE_IPC", "--trace-ipc, for all processes below"},
	{"GONODE_OTEL", "spans and metrics for an OpenTelemetry collector: docs/operations.md"},
	{"GOMAXPROCS, GOGC, GOMEMLIMIT, GODEBUG", "Go's own: threads, garbage collection, memory, debugging"},
}

// Help is what --help prints: the options that have an effect, and the environment.
func Help() string {
	var b strings.Builder
	b.WriteString(`gonode runs JavaScript with the API of Node.js 24: child processes, clusters, servers, in one static binary.

Usage:
  gonode [options] [script.js] [arguments]
  gonode [options] -e text [arguments]
  gonode [options] -            the script comes from standard input
  gonode build, serve, diagnose, inspect, top, page …
                                commands of their own: gonode build --help

Without a script, a terminal gets an interactive session; otherwise standard input is the script.
`)
	for _, g := range Groups() {
		begun := false
		for _, a := range g.Options {
			if a.Effect != Works {
				continue
			}
			if !begun {
				fmt.Fprintf(&b, "\n%s:\n", g.Title)
				begun = true
			}
			usage := a.Usage()
			if strings.HasPrefix(usage, "--") {
				usage = "    " + usage // below the long forms of those with a short one
			}
			entry(&b, usage, a.Text)
		}
	}
	fmt.Fprintf(&b, "\n  %-29s %s\n", "--", "end of the options")
	b.WriteString(`
Other options of Node.js 24 and common ones of V8 either change nothing that a script could see, and are accepted, or are refused:
docs/options.md names them and why.

Environment:
`)
	for _, v := range Variables() {
		entry(&b, v.Name, v.Text)
	}
	return b.String()
}

func entry(b *strings.Builder, left, right string) {
	if len(left) > 29 {
		fmt.Fprintf(b, "  %s\n%32s", left, "")
	} else {
		fmt.Fprintf(b, "  %-30s", left)
	}
	b.WriteString(right + "\n")
}
