// Command ledger compares a run of Node's own tests with the ledger of the failures that are known: each test that
// fails stands there with its reason, or it is an error. One that stands there and passes is named, so that the ledger does not rot.
//
//	go run ./internal/ledger --results out.json testdata/conformance/core.txt
//	go run ./internal/ledger --results out.json --write testdata/conformance/core.txt
//
// A line is a test's path and its reason. A reason that begins with "flaky:" allows both outcomes, and so does a test
// that passes only when it is tried again. -write brings the
// file up to date: reasons that stand are kept, new failures get what the test printed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/spf13/pflag"
)

type report struct {
	Results []struct {
		Test, Status, Reason string
		Flaky                bool // passed at a later attempt only
	}
}

func main() {
	results := pflag.String("results", "", "the JSON file that nodetest.py wrote")
	write := pflag.Bool("write", false, "rewrite the ledger")
	pflag.Parse()
	if *results == "" || pflag.NArg() != 1 {
		pflag.Usage()
		os.Exit(2)
	}
	if err := run(*results, pflag.Arg(0), *write); err != nil {
		fmt.Fprintln(os.Stderr, "ledger:", err)
		os.Exit(1)
	}
}

func run(results, file string, write bool) error {
	data, err := os.ReadFile(results)
	if err != nil {
		return err
	}
	var r report
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	if len(r.Results) == 0 {
		return fmt.Errorf("%s holds no results", results)
	}
	header, known, err := read(file)
	if err != nil {
		return err
	}
	var wrong []string
	lines := map[string]string{}
	passed := 0
	for _, t := range r.Results {
		reason, listed := known[t.Test]
		flaky := strings.HasPrefix(reason, "flaky:")
		if t.Status == "pass" {
			passed++
			if flaky {
				lines[t.Test] = reason
			} else if listed && t.Flaky {
				lines[t.Test] = "flaky: " + reason
			} else if listed {
				fmt.Println(t.Test, "passes: take it off the ledger")
			}
			continue
		}
		if !listed {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %s", t.Test, t.Status, t.Reason))
			reason = t.Status + ": " + strings.TrimSpace(t.Reason)
		}
		lines[t.Test] = reason
	}
	fmt.Printf("%d of %d pass (%.1f %%), %d on the ledger\n", passed, len(r.Results), 100*float64(passed)/float64(len(r.Results)), len(known))
	if write {
		return save(file, header, lines)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s:\n  %s", file, strings.Join(wrong, "\n  "))
	}
	return nil
}

func read(file string) (header []string, known map[string]string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	known = map[string]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if strings.HasPrefix(line, "#") {
			header = append(header, line)
			continue
		}
		if test, reason, _ := strings.Cut(line, " "); test != "" {
			known[test] = strings.TrimSpace(reason)
		}
	}
	return header, known, nil
}

func save(file string, header []string, lines map[string]string) error {
	tests := make([]string, 0, len(lines))
	for t := range lines {
		tests = append(tests, t)
	}
	sort.Strings(tests)
	var b strings.Builder
	for _, h := range header {
		b.WriteString(h + "\n")
	}
	for _, t := range tests {
		b.WriteString(t + " " + lines[t] + "\n")
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
