package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// allowed says which packages of this module a package may import, by the longest matching prefix. "x/" stands for
// everything below x, "x" for x alone.
var allowed = map[string][]string{
	"cmd/gonode":         {"internal/cli", "internal/deferred/putoff", "internal/memory/unsampled"},
	"internal/cli":       {"modules", "runtime", "internal/bundle", "internal/bundle/graph", "internal/diagnose", "internal/engine", "internal/errs", "internal/handle", "internal/loader", "internal/memory", "internal/options", "internal/otlp", "internal/profile", "internal/source", "internal/stack", "internal/supervise", "internal/sys"},
	"modules":            {"modules/", "runtime"},
	"modules/":           {"runtime", "internal/deferred", "internal/diff", "internal/emitter", "internal/engine", "internal/engine/", "internal/errs", "internal/glob", "internal/handle", "internal/http1", "internal/http2", "internal/ipc", "internal/loader", "internal/loop", "internal/memory", "internal/options", "internal/otlp", "internal/probes", "internal/profile", "internal/secure", "internal/source", "internal/sourcemap", "internal/sqlite", "internal/supervise", "internal/sys", "internal/urlpattern", "internal/v8ser", "internal/wasm"},
	"internal/diagnose":  {"runtime", "internal/engine", "internal/handle", "internal/loop", "internal/profile", "internal/supervise", "internal/sys"},
	"internal/profile":   {"runtime", "internal/engine"},
	"internal/supervise": {"internal/loop", "internal/otlp", "internal/sys"},
	"internal/emitter":   {"internal/engine"},
	"runtime":            {"internal/coverage", "internal/emitter", "internal/engine", "internal/engine/", "internal/errs", "internal/loader", "internal/loop", "internal/memory", "internal/otlp", "internal/probes", "internal/source", "internal/sourcemap", "internal/v8ser"},
	"runtime/":           {"runtime", "modules"},
	"internal/engine":    {"internal/engine/", "internal/errs", "internal/parse", "internal/stack"},
	"internal/intl":      {"internal/cldr"},
	"internal/cldr":      {},
	"internal/cldr/gen":  {"internal/cldr"},
	"internal/engine/":   {"internal/engine/", "internal/errs", "internal/intl", "internal/memory", "internal/parse/names", "internal/parse/steps", "internal/regex", "internal/stack"},
	"internal/parse":     {"internal/parse/names", "internal/parse/steps", "internal/regex"},
	"internal/handle":    {"internal/loop", "internal/sys"},
	"bench":              {},
	"bench/hosts":        {"host"},
	"bench/late":         {"modules", "runtime"},
	"bench/npm":          {},
	"bench/reload":       {},
	"bench/test262":      {"internal/source", "modules", "runtime"},
	"internal/release":   {"internal/options", "runtime"},
	"host":               {"internal/bundle", "internal/cli", "internal/confine", "internal/engine", "internal/loader", "internal/loop", "internal/profile", "internal/rpc", "internal/source", "internal/sys", "modules", "runtime"},
	"internal/confine":   {"internal/sys"},
	"internal/rpc":       {},
	"internal/bundle":    {"internal/loader", "internal/sys"},
	"internal/bundle/":   {"internal/bundle", "internal/deferred"},
	"internal/ipc":       {"internal/handle"},
	"internal/loop":      {"internal/errs", "internal/sys"},
	"internal/loader":    {"internal/errs"},
	"internal/coverage":  {"internal/parse/steps"},
	"internal/probes":    {"internal/parse/steps"},
	"internal/source":    {"internal/coverage", "internal/deferred", "internal/engine/", "internal/errs", "internal/parse", "internal/parse/names", "internal/probes"},
	"internal/memory":    {"internal/sys"},
	"internal/http1":     {},
	"internal/http2":     {},
	"internal/v8ser":     {},
	"internal/sys":       {},
	"internal/errs":      {},
	"internal/sqlite":    {"internal/deferred"},
	"internal/deferred/": {"internal/deferred"},
	"internal/":          {},
	"examples/":          {"host"},
}

// knowsNoJS lists the packages that must stay free of the JavaScript engine.
var knowsNoJS = []string{"internal/loop", "internal/handle", "internal/sys", "internal/ipc", "internal/v8ser", "internal/http1", "internal/http2", "internal/errs", "internal/secure", "internal/regex", "internal/intl", "internal/cldr", "internal/urlpattern", "internal/wasm", "internal/sqlite", "internal/confine", "internal/rpc"}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

// What a package does before main costs every process time and memory, the more as its code lies apart from what is
// used: variables of modules are data that the compiler lays out.
func TestModulesNeedNoInit(t *testing.T) {
	cmd := exec.Command(binary, "-v")
	cmd.Env = append(cmd.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "\ninit ") {
		t.Fatalf("no trace of initialisation in %s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "init gonode/modules") || strings.HasPrefix(line, "init modernc.org/") && !strings.Contains(line, "/uuid ") {
			t.Error(line)
		}
	}
}

func TestImportsRunOneWay(t *testing.T) {
	for _, p := range listPackages(t) {
		name := local(p.ImportPath)
		rules, ok := rulesOf(name)
		if !ok {
			t.Errorf("%s: no rule says what it may import", name)
			continue
		}
		for _, imp := range p.Imports {
			if !strings.HasPrefix(imp, "gonode/") || sameHouse(name, local(imp)) {
				continue
			}
			if !permitted(rules, local(imp)) {
				t.Errorf("%s must not import %s", name, local(imp))
			}
		}
		for _, imp := range p.Imports {
			if imp == "net/http" && name != "host" && name != "internal/otlp" && !strings.HasPrefix(name, "bench/") { // host has an http.Handler, otlp works beside the loop
				t.Errorf("%s imports net/http: that is a peer for tests and figures only", name)
			}
		}
		for _, dep := range p.Deps {
			if strings.HasPrefix(dep, "github.com/dop251/goja") {
				for _, pure := range knowsNoJS {
					if name == pure {
						t.Errorf("%s must know nothing of JavaScript, but depends on %s", name, dep)
					}
				}
			}
		}
	}
}

// sameHouse lets a module that is spread over folders (modules/fs, modules/fs/promises) import itself.
func sameHouse(a, b string) bool {
	house := func(name string) string {
		parts := strings.SplitN(name, "/", 4)
		if len(parts) < 3 || parts[0] != "modules" || parts[1] == "internal" {
			return name
		}
		return parts[0] + "/" + parts[1]
	}
	return strings.HasPrefix(a, "modules/") && house(a) == house(b) || strings.HasPrefix(b, a+"/") && strings.HasPrefix(a, "modules/")
}

func rulesOf(name string) ([]string, bool) {
	best, found := "", false
	for prefix := range allowed {
		if (prefix == name || strings.HasSuffix(prefix, "/") && strings.HasPrefix(name, prefix)) && len(prefix) > len(best) {
			best, found = prefix, true
		}
	}
	return allowed[best], found
}

func permitted(rules []string, imp string) bool {
	for _, r := range rules {
		if r == imp || strings.HasSuffix(r, "/") && strings.HasPrefix(imp, r) {
			return true
		}
	}
	return false
}

func local(path string) string { return strings.TrimPrefix(path, "gonode/") }

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
