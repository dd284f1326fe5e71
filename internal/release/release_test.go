package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonode/internal/options"
)

func TestMain(m *testing.M) {
	os.Chdir("../..") // go.mod, go.sum and docs are read from there
	os.Exit(m.Run())
}

func TestPagesAreFresh(t *testing.T) {
	made, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range made {
		got, err := os.ReadFile(filepath.Join("docs", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("docs/%s is stale: go run ./internal/release -docs", name)
		}
	}
	if strings.Contains(made["third-party.md"], "|  |") {
		t.Errorf("a licence is not recognized:\n%s", made["third-party.md"])
	}
}

func TestAllOptionsAreInTheManualAndCompletions(t *testing.T) {
	for name, text := range map[string]string{"manual": strings.ReplaceAll(manual(), `\-`, "-"), "bash": bash(), "zsh": zsh(), "fish": fish()} {
		all(func(_ string, a options.About) {
			if !strings.Contains(text, "--"+a.Name) && !strings.Contains(text, "-l "+a.Name+" ") {
				t.Errorf("%s lacks --%s", name, a.Name)
			}
		})
	}
	for line := range strings.Lines(manual()) {
		if strings.HasPrefix(line, "'") {
			t.Errorf("a line that roff takes for a request: %q", line)
		}
	}
}

// The completion is asked as bash asks it.
func TestBashCompletes(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "script.js"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	ask := func(words string) string {
		n := len(strings.Split(words, "|")) - 1
		script := bash() + "\nIFS='|' read -r -a COMP_WORDS <<< '" + words + "'\nCOMP_CWORD=" + string(rune('0'+n)) + "\n_gonode\nIFS=,; echo \"${COMPREPLY[*]}\""
		cmd := exec.Command(shell, "--norc", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	for words, want := range map[string]string{
		"gonode|--inspect-w":           "--inspect-wait",
		"gonode|--require|scr":         "script.js",
		"gonode|--test-timeout|scr":    "",
		"gonode|s":                     "script.js,serve",
		"gonode|--watch|scr":           "script.js",
		"gonode|--heapsnapshot-n":      "", // is refused
		"gonode|--heap-prof-n":         "--heap-prof-name",
		"gonode|--permission-a":        "--permission-audit",
		"gonode|--experimental-events": "--experimental-eventsource",
	} {
		if got := ask(words); got != want {
			t.Errorf("%s: %q, want %q", words, got, want)
		}
	}
}

func TestPackIsReproducible(t *testing.T) {
	files := []file{{"gonode", 0o755, bytes.Repeat([]byte("x"), 1000)}, {"a/b", 0o644, []byte("y")}}
	when := time.Unix(1e9, 5)
	a, err := pack("f", files, when)
	if err != nil {
		t.Fatal(err)
	}
	b, err := pack("f", files, when.In(time.FixedZone("", 3600)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two archives of the same files differ")
	}
}

// The bill of materials of this test's own binary has what its build information has.
func TestMaterials(t *testing.T) {
	bin, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	text, err := materials(bin, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var b bom
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	found := map[string]component{}
	for _, c := range b.Components {
		found[c.Name] = c
	}
	n := 0
	for _, d := range info.Deps {
		if d.Replace != nil {
			continue
		}
		n++
		c := found[d.Path]
		if c.Version != d.Version || len(c.Hashes) != 1 || len(c.Hashes[0].Content) != 64 || len(c.Licenses) != 1 {
			t.Errorf("%s %s stands as %+v", d.Path, d.Version, c)
		}
	}
	if n == 0 || len(b.Dependencies[0].DependsOn) != n+1 || found["std"].Version == "" {
		t.Errorf("%d modules, %d components", n, len(b.Components))
	}
}
