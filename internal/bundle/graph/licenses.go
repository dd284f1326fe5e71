package graph

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// licenses lists the packages that files belong to, but for the program's own, with the texts of their licences, and the Go modules of the runtime.
func licenses(files map[string]bool, main string) string {
	type pkg struct {
		Name, Version string
		License       any
		dir           string
	}
	var all []pkg
	for file := range files {
		if filepath.Base(file) != "package.json" || within(filepath.Dir(file), main) {
			continue
		}
		var p pkg
		text, err := os.ReadFile(file)
		if err == nil && json.Unmarshal(text, &p) == nil && p.Name != "" && p.Version != "" {
			p.dir = filepath.Dir(file)
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b pkg) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version)) })
	all = slices.CompactFunc(all, func(a, b pkg) bool { return a.Name == b.Name && a.Version == b.Version })
	var b strings.Builder
	for _, p := range all {
		license := "no licence is given"
		switch l := p.License.(type) {
		case string:
			license = l
		case map[string]any:
			if kind, ok := l["type"].(string); ok {
				license = kind
			}
		}
		fmt.Fprintf(&b, "%s %s: %s\n", p.Name, p.Version, license)
		names, _ := filepath.Glob(p.dir + "/[LlNC][IiOo][CcTP][EeIY]*") // LICENSE, licence, NOTICE, COPYING
		slices.Sort(names)
		for _, name := range names {
			if text, err := os.ReadFile(name); err == nil {
				fmt.Fprintf(&b, "\n%s\n\n", strings.TrimSpace(string(text)))
			}
		}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		fmt.Fprintf(&b, "The runtime is made with %s of\n", info.GoVersion)
		for _, m := range info.Deps {
			fmt.Fprintf(&b, "%s %s\n", m.Path, m.Version)
		}
	}
	return b.String()
}
