package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exportsScript prints what each module exports.
const exportsScript = `const all = {}; for (const m of require('module').builtinModules) {
	if (/^_|^internal|^v8\/|^node-inspect/.test(m)) continue;
	let e; try { e = require(m) } catch { continue }
	all[m.replace(/^node:/, '')] = Object.getOwnPropertyNames(e).filter((n) => !/^(length|name|prototype|_.*)$/.test(n)).sort();
} console.log(JSON.stringify(all))`

func exports(t *testing.T, runtime string) map[string][]string {
	t.Helper()
	out, err := exec.Command(runtime, "-e", exportsScript).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all map[string][]string
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// docs/modules.md is what Node 24's modules export beside what gonode's do, with Node's own tests that fail. With -update the page is
// written, and where Node 24 is found the list of its exports.
func TestModulesPageIsFresh(t *testing.T) {
	const page, list = "../../docs/modules.md", "../../testdata/conformance/exports.json"
	if node, why := findNode(); why == "" && *update {
		text, err := json.MarshalIndent(exports(t, node), "", " ")
		if err == nil {
			err = os.WriteFile(list, append(text, '\n'), 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	var node map[string][]string
	if err := json.Unmarshal(text, &node); err != nil {
		t.Fatal(err)
	}
	want := modulesPage(t, node, exports(t, binary))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/modules.md is stale: go test ./cmd/gonode -run ModulesPage -update")
	}
}

func modulesPage(t *testing.T, node, own map[string][]string) string {
	failing := map[string][]string{} // by module, the reasons
	for _, file := range []string{"core", "modules"} {
		text, err := os.ReadFile("../../testdata/conformance/" + file + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if test, reason, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
				m := moduleOf(test, node)
				failing[m] = append(failing[m], "`"+path.Base(test)+"`: "+strings.ReplaceAll(reason, "|", "\\|"))
			}
		}
	}
	var b strings.Builder
	b.WriteString(`# Modules

What Node 24's modules export, what of it gonode has, and which of Node's own tests that are run fail, each with its reason. ✔: all names are there and all tests pass; ◐: something
is missing; ✘: the module is not there. [compat.md](compat.md) says in words what works differently, also behind names that are there.

Written by ` + "`go test ./cmd/gonode -run ModulesPage -update`" + ` from the modules themselves, testdata/conformance/exports.json (Node's) and the lists of failing tests beside it; a test
fails when it is stale.

| | module | exports | what is missing |
|---|---|---|---|
`)
	for _, m := range sorted(node) {
		var missing []string
		for _, name := range node[m] {
			if !slices.Contains(own[m], name) {
				missing = append(missing, "`"+name+"`")
			}
		}
		mark, have := "✔", len(node[m])-len(missing)
		switch _, there := own[m]; {
		case !there:
			mark, missing = "✘", []string{"the module"}
		case len(missing)+len(failing[m]) > 0:
			mark = "◐"
		}
		what := strings.Join(missing, ", ")
		if f := failing[m]; len(f) > 0 {
			if what != "" {
				what += "; "
			}
			what += strings.Join(f, "; ")
		}
		fmt.Fprintf(&b, "| %s | %s | %d of %d | %s |\n", mark, m, have, len(node[m]), what)
	}
	fmt.Fprintf(&b, "| | the language, loaders and others | | %s |\n", strings.Join(failing[""], "; "))
	return b.String()
}

var testName = regexp.MustCompile(`^test-(.*)\.[cm]?js$`)

// moduleOf is the module that a test of Node's is about, by its name, or "".
func moduleOf(test string, modules map[string][]string) string {
	found := testName.FindStringSubmatch(path.Base(test))
	if found == nil {
		return ""
	}
	best := ""
	for m := range modules {
		name := strings.NewReplacer("/", "-", "_", "-").Replace(m)
		if (found[1] == name || strings.HasPrefix(found[1], name+"-")) && len(m) > len(best) {
			best = m
		}
	}
	return best
}

func sorted(m map[string][]string) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(a, b) })
	return names
}
