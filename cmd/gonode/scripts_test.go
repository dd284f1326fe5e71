package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The whole programs in testdata/scripts run on the real binary, and, where a node is on PATH, on that too: what they
// expect is what Node prints. In the scripts
//
//	runtime file.js args…      runs the runtime under test; ! for a non-zero exit status
//	masked stdout want re…     compares after replacing each match of the expressions by #
//	[node] / [gonode]          are conditions: which runtime it is
//	$SEED                      is testdata/scripts/seed: the tutorial's programs as they stand
//
// GONODE_TEST_FLAGS are options that all processes of gonode get, by NODE_OPTIONS: with --jitless the tests show that the engine room
// changes nothing but speed. GONODE_HAMMER=100 makes http_hammer do a hundred times as much.
//
// go test ./cmd/gonode -update rewrites the expected outputs that `cmp` compares.
var update = flag.Bool("update", false, "rewrite expected outputs")

// They are asked for within tests, where go test sees it and keeps results apart.
func flags() string { return os.Getenv("GONODE_TEST_FLAGS") }

var (
	binary string // the gonode under test, alone in its directory
	tools  string // a directory with the programs of PATH but node: what scripts call node must be the runtime itself
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flags(); f != "" {
		os.Setenv("NODE_OPTIONS", f)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "gonode-test")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "bin", "gonode")
		tools = filepath.Join(dir, "tools")
		if err := linkTools(tools); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		build := exec.Command("go", "build", "-o", binary, ".")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "building gonode:", err)
			return 1
		}
		return m.Run()
	}())
}

func linkTools(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, from := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin", "/bin") {
		entries, _ := os.ReadDir(from)
		for _, e := range entries {
			if e.Name() != "node" {
				os.Symlink(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name()))
			}
		}
	}
	return nil
}

func TestScripts(t *testing.T) { runScripts(t, binary, "gonode") }

func TestScriptsOnNode(t *testing.T) {
	runScripts(t, realNode(t), "node")
}

// realNode is the Node on PATH that gonode is compared with. Without one, or where it is not Node 24, the test is skipped.
func realNode(t *testing.T) string {
	node, why := findNode()
	if node == "" {
		t.Skip(why)
	}
	return node
}

func findNode() (node, why string) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", "no node on PATH to compare with"
	}
	if out, _ := exec.Command(node, "-p", "process.versions.node.split('.')[0]+(process.versions.gonode||'')").Output(); strings.TrimSpace(string(out)) != "24" {
		return "", "the node on PATH to compare with is not Node 24"
	}
	return node, ""
}

// sameOnNode are the scripts whose expectations are Node's own. testdata/conformance/scripts.txt lists the others, each with its reason.
func sameOnNode(t *testing.T) (files []string) {
	ledger, err := os.ReadFile("../../testdata/conformance/scripts.txt")
	if err != nil {
		t.Fatal(err)
	}
	differs := map[string]bool{}
	for line := range strings.Lines(string(ledger)) {
		if name, reason, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name != "#" {
			if reason == "" {
				t.Errorf("scripts.txt gives no reason for %s", name)
			}
			differs[name] = true
		}
	}
	all, err := filepath.Glob("../../testdata/scripts/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		if !differs[name] {
			files = append(files, file)
		}
		delete(differs, name)
	}
	for name := range differs {
		t.Errorf("scripts.txt lists %s, which is no script", name)
	}
	return files
}

func runScripts(t *testing.T, runtime, name string) {
	var files []string
	dir := "../../testdata/scripts"
	if name == "node" {
		files, dir = sameOnNode(t), ""
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		Files:         files,
		UpdateScripts: *update && name == "gonode",
		Setup: func(env *testscript.Env) error {
			path := filepath.Dir(runtime) + string(os.PathListSeparator) + tools
			env.Setenv("PATH", path)
			env.Setenv("RUNTIME", runtime)
			seed, err := filepath.Abs("../../testdata/scripts/seed")
			env.Setenv("SEED", seed)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("HAMMER", os.Getenv("GONODE_HAMMER"))
			if f := flags(); name == "gonode" && f != "" {
				env.Setenv("NODE_OPTIONS", f)
			}
			return err
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "node", "gonode":
				return cond == name, nil
			case "jitless":
				return strings.Contains(os.Getenv("GONODE_TEST_FLAGS"), "--jitless"), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"runtime": func(ts *testscript.TestScript, neg bool, args []string) {
				err := ts.Exec(runtime, args...)
				if err == nil && neg {
					ts.Fatalf("unexpected success")
				}
				if err != nil && !neg {
					ts.Fatalf("%v", err)
				}
			},
			"masked": masked,
		},
	})
}

func masked(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: masked got want expression…")
	}
	got, want := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	for _, expr := range args[2:] {
		re, err := regexp.Compile("(?m)" + expr)
		ts.Check(err)
		got = re.ReplaceAllString(got, "#")
	}
	if got != want {
		ts.Fatalf("%s, masked:\n%s\nwant:\n%s", args[0], got, want)
	}
}
