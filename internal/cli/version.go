package cli

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"
	"strings"

	"gonode/runtime"
)

// revision is the commit that a release was built from, set by the linker.
var revision string

// versions is what --version --verbose prints: gonode, the Node.js it follows, Go, how it was built, and the modules it was built from.
func versions() string {
	var b strings.Builder
	line := func(name, value string) { fmt.Fprintf(&b, "%-10s %s\n", name, value) }
	line("gonode", runtime.Version)
	line("node", runtime.NodeVersion)
	line("go", goruntime.Version())
	line("platform", goruntime.GOOS+"/"+goruntime.GOARCH)
	if revision != "" {
		line("revision", revision)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b.String()
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision", "vcs.time", "vcs.modified", "CGO_ENABLED", "-ldflags", "-trimpath":
			line(s.Key, s.Value)
		}
	}
	b.WriteByte('\n')
	for _, d := range info.Deps {
		fmt.Fprintf(&b, "%s %s\n", d.Path, d.Version)
	}
	return b.String()
}
