// Command test262 runs ECMAScript's own test suite, which is not part of the project, on gonode's runtime or on Node, and
// prints the share of tests that pass by folder.
//
//	go run ./bench/test262 --suite ../test262 [--node node] [--out results.txt] [--against node.txt] [test/language/…]
//
// With --against only the tests count that passed in that file of results, and failures are listed with their reasons.
// With --list FILE the shares are compared with those in the file, and less is an error; --update writes it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"
)

// test is one run of one file, as the processes that run tests are told of it.
type test struct {
	File     string   `json:"file"`
	Mode     string   `json:"mode"` // script, strict or module
	Text     string   `json:"text,omitempty"`
	Includes []string `json:"includes"`
	Async    bool     `json:"async"`

	name     string
	negative string // the error's type
}

var (
	suite   = pflag.String("suite", "", "folder of the suite")
	node    = pflag.String("node", "", "run on this Node instead of gonode's runtime")
	jobs    = pflag.Int("jobs", 2, "processes")
	out     = pflag.String("out", "", "write each test's result to this file")
	against = pflag.String("against", "", "count only what passed in this file of results")
	list    = pflag.String("list", "", "compare with the shares in this file")
	update  = pflag.Bool("update", false, "write the file of --list")
	only    = pflag.String("only", "", "run only the tests that failed in this file of results")
	serving = pflag.Bool("serve", false, "run the tests that standard input names")
	quiet   = pflag.Bool("quiet", false, "do not list failures")
	timeout = pflag.Duration("timeout", 10*time.Second, "for one test")
)

func main() {
	pflag.Parse()
	if *serving {
		serve(os.Stdin, os.Stdout)
		return
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	root, err := filepath.Abs(*suite)
	if err != nil {
		return err
	}
	folders := pflag.Args()
	if len(folders) == 0 {
		folders = []string{"test/annexB", "test/built-ins", "test/language"}
	}
	passed, err := results(*against, true)
	if err != nil {
		return err
	}
	failed, err := results(*only, false)
	if err != nil {
		return err
	}
	var tests []*test
	for _, f := range folders {
		err := filepath.WalkDir(filepath.Join(root, f), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".js") || strings.Contains(file, "_FIXTURE") {
				return err
			}
			name, _ := filepath.Rel(filepath.Join(root, "test"), file)
			if passed != nil && !passed[name] || failed != nil && !failed[name] || leftOut(name) {
				return nil
			}
			t, err := read(root, name)
			if err == nil {
				tests = append(tests, t)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return report(tests, runAll(tests))
}

// leftOut are the parts that no one is measured by.
func leftOut(name string) bool {
	return strings.Contains(name, "Temporal") || strings.Contains(name, "ShadowRealm")
}

// results reads a file of results: the names of those that passed, or of those that did not.
func results(file string, passed bool) (map[string]bool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && (f[0] == "ok") == passed {
			names[f[1]] = true
		}
	}
	return names, nil
}

// read reads a test and what it says of itself.
func read(root, name string) (*test, error) {
	file := filepath.Join(root, "test", name)
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t := &test{File: file, Mode: "script", Text: string(text), name: name}
	head := ""
	if _, after, ok := strings.Cut(t.Text, "/*---"); ok {
		head, _, _ = strings.Cut(after, "---*/")
	}
	head = strings.ReplaceAll(head, "\r\n", "\n")
	head = strings.ReplaceAll(head, "\r", "\n")
	flags := values(head, "flags")
	includes := append([]string{"assert.js", "sta.js"}, values(head, "includes")...)
	for _, f := range flags {
		switch f {
		case "onlyStrict":
			t.Mode = "strict"
			t.Text = "\"use strict\";\n" + t.Text
		case "module":
			t.Mode = "module"
			t.Text = ""
		case "async":
			t.Async = true
			includes = append(includes, "doneprintHandle.js")
		case "raw":
			includes = nil
		}
	}
	for _, i := range includes {
		t.Includes = append(t.Includes, filepath.Join(root, "harness", i))
	}
	if _, after, ok := strings.Cut(head, "negative:"); ok {
		if _, after, ok = strings.Cut(after, "type:"); ok {
			t.negative = strings.Fields(after)[0]
		}
	}
	return t, nil
}

// values are those of a list in a test's head, in one line or several.
func values(head, key string) (list []string) {
	_, after, ok := strings.Cut("\n"+head, "\n"+key+":")
	if !ok {
		return nil
	}
	first, rest, _ := strings.Cut(after, "\n")
	if first = strings.TrimSpace(first); first != "" {
		for !strings.Contains(first, "]") && rest != "" {
			var more string
			more, rest, _ = strings.Cut(rest, "\n")
			first += more
		}
		return strings.FieldsFunc(first, func(r rune) bool { return strings.ContainsRune("[], ", r) })
	}
	for line := range strings.Lines(rest) {
		item, ok := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !ok {
			break
		}
		list = append(list, item)
	}
	return list
}

// runAll gives each test's failure, "" where it passed.
func runAll(tests []*test) []string {
	failures := make([]string, len(tests))
	next := make(chan int)
	var wait sync.WaitGroup
	for range *jobs {
		wait.Go(func() {
			w := &worker{}
			defer w.stop()
			for i := range next {
				failures[i] = tests[i].verdict(w.run(tests[i]))
			}
		})
	}
	for i := range tests {
		next <- i
	}
	close(next)
	wait.Wait()
	return failures
}

func (t *test) verdict(answer string) string {
	switch {
	case t.negative == "" && answer == "ok":
		return ""
	case t.negative == "":
		return answer
	case strings.HasPrefix(answer, t.negative+":"):
		return ""
	case answer == "ok":
		return "no " + t.negative
	}
	return "not " + t.negative + " but " + answer
}

// worker is a process that runs tests, one after the other.
type worker struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	crash *strings.Builder
}

func (w *worker) start() error {
	if *node != "" {
		_, err := os.Stat("bench/test262/node.js")
		if err != nil {
			return err
		}
		w.cmd = exec.Command(*node, "--expose-gc", "--no-warnings", "--experimental-vm-modules", "bench/test262/node.js")
	} else {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		w.cmd = exec.Command(self, "--serve")
	}
	w.crash = &strings.Builder{}
	w.cmd.Stderr = w.crash
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return err
	}
	pipe, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	w.out = bufio.NewReader(pipe)
	return w.cmd.Start()
}

func (w *worker) stop() {
	if w.cmd != nil {
		w.in.Close()
		w.cmd.Process.Kill()
		w.cmd.Wait()
		w.cmd = nil
	}
}

func (w *worker) run(t *test) string {
	if w.cmd == nil {
		if err := w.start(); err != nil {
			return err.Error()
		}
	}
	line, err := json.Marshal(t)
	if err != nil {
		return err.Error()
	}
	late := false
	timer := time.AfterFunc(*timeout, func() { late = true; w.cmd.Process.Kill() })
	w.in.Write(append(line, '\n'))
	answer, err := w.out.ReadString('\n')
	timer.Stop()
	if err != nil {
		w.stop()
		if late {
			return "timeout"
		}
		first, _, _ := strings.Cut(w.crash.String(), "\n")
		return "crash: " + first
	}
	return strings.TrimSpace(answer)
}

// report prints the shares and the failures.
func report(tests []*test, failures []string) error {
	type share struct{ passed, all int }
	shares := map[string]*share{}
	var lines []string
	for i, t := range tests {
		parts := strings.Split(t.name, "/")
		for _, key := range []string{parts[0], strings.Join(parts[:min(2, len(parts)-1)], "/"), strings.Join(parts[:min(3, len(parts)-1)], "/")} {
			if shares[key] == nil {
				shares[key] = &share{}
			}
		}
		counted := map[string]bool{}
		for n := 1; n <= 3; n++ {
			key := strings.Join(parts[:min(n, len(parts)-1)], "/")
			if counted[key] {
				continue
			}
			counted[key] = true
			shares[key].all++
			if failures[i] == "" {
				shares[key].passed++
			}
		}
		if failures[i] == "" {
			lines = append(lines, "ok "+t.name)
		} else {
			lines = append(lines, "fail "+t.name+" "+failures[i])
			if !*quiet {
				fmt.Println(t.name + ": " + failures[i])
			}
		}
	}
	if *out != "" {
		if err := os.WriteFile(*out, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			return err
		}
	}
	var keys []string
	for k := range shares {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		s := shares[k]
		if strings.Count(k, "/") < 2 {
			fmt.Fprintf(&b, "%s %d/%d %.1f\n", k, s.passed, s.all, float64(s.passed)*100/float64(s.all))
		} else if !*quiet && s.passed < s.all {
			fmt.Printf("    %s %d/%d\n", k, s.passed, s.all)
		}
	}
	fmt.Print(b.String())
	if *list == "" {
		return nil
	}
	if *update {
		return os.WriteFile(*list, []byte(listHead+b.String()), 0o644)
	}
	return compare(*list, b.String())
}

const listHead = `# The share of test262 that passes, by folder, of what passes on Node 24: passed/all percent.
# Made by go run ./bench/test262 --list testdata/conformance/test262.txt --update; less than this is an error.
`

// compare gives an error if a folder's share is less than it was.
func compare(file, now string) error {
	before, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	was := map[string]int{}
	for line := range strings.Lines(string(before)) {
		var name string
		var passed int
		if n, _ := fmt.Sscanf(line, "%s %d/", &name, &passed); n == 2 {
			was[name] = passed
		}
	}
	var less []string
	for line := range strings.Lines(now) {
		var name string
		var passed int
		fmt.Sscanf(line, "%s %d/", &name, &passed)
		if passed < was[name] {
			less = append(less, fmt.Sprintf("%s: %d passed, now %d", name, was[name], passed))
		}
	}
	if less != nil {
		return fmt.Errorf("fewer tests pass than before:\n%s", strings.Join(less, "\n"))
	}
	return nil
}
