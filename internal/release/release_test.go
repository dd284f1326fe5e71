package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/buildinfo"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
}

func TestManual(t *testing.T) {
	request := regexp.MustCompile(`^\.(TH|SH|SS|TP|B|BR|br)\b`)
	text := manual()
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "'") || strings.HasPrefix(line, ".") && !request.MatchString(line) {
			t.Errorf("a line that roff takes for a request: %q", line)
		}
	}
	for _, want := range []string{".B \\-e, \\-\\-eval text\n", ".B \\-\\-max\\-heap\\-size=MB\n", ".B NODE_PATH\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

// What zsh and fish are told of options without a value, with a file, with another value and with one behind "=".
func TestCompletions(t *testing.T) {
	for text, lines := range map[string][]string{
		zsh(): {
			"  '*--check[check the script'\\''s syntax only]' \\\n", "  '*-r[load a CommonJS module first (repeatable)]:module:_files' \\\n",
			"  '*--title[initial process.title]:name:' \\\n", "  '*--inspect-port=-[where to listen for a debugger]:\\[host\\:\\]port:' \\\n",
		},
		fish(): {
			"complete -c gonode -l check -s c -d 'check the script\\'s syntax only'\n", "complete -c gonode -l require -s r -r -F -d ", "complete -c gonode -l title -x -d ",
			"complete -c gonode -l inspect-port -x -d ", "complete -c gonode -n __fish_use_subcommand -a serve -d ",
		},
	} {
		for _, want := range lines {
			if !strings.Contains(text, want) {
				t.Errorf("no %q", want)
			}
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
		"gonode|--max-heap-s":          "--max-heap-size=",
		"gonode|--import|scr":          "script.js", // a module is a file, too
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
	z, err := gzip.NewReader(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(z)
	for _, f := range files {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(data, f.data) || h.Name != "f/"+f.name || h.Mode != f.mode || h.ModTime.Unix() != when.Unix() {
			t.Errorf("%s of mode %o and %v: %v", h.Name, h.Mode, h.ModTime, err)
		}
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
	binary, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	list, err := modules(info)
	if err != nil {
		t.Fatal(err)
	}
	text, err := materials(binary, info, list, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var b bom
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(b.SerialNumber) {
		t.Errorf("%q is no UUID of version 8", b.SerialNumber)
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
