package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The programs of testdata/hostile/table.txt would end the process, the host or its memory if nothing stood in their way. An entry is a
// name of the form kind.what, a program of one line, and what it comes to on Node:
//
//	== size.repeat
//	'x'.repeat(2 ** 40)
//	-> RangeError: Invalid string length
//
// Programs of the kind "endless" come to nothing: they are for deadline_test.go.
//
// A line with => in place of -> is what gonode does where it cannot do the same, which must be an error or a value as clear. Programs of
// the kind "alone" end their process: what they come to is what they print, the exit status, and the error reported.
//
// go test ./cmd/gonode -run Hostile -update asks the node on PATH for the outcomes.
const hostileDir = "../../testdata/hostile"

type hostile struct{ name, code, node, want string }

func (h *hostile) kind() string { return h.name[:strings.IndexByte(h.name, '.')] }

func readHostile(t *testing.T) []*hostile {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(hostileDir, "table.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*hostile
	for _, entry := range strings.Split("\n"+string(text), "\n== ")[1:] {
		lines := strings.Split(strings.TrimSuffix(entry, "\n"), "\n")
		h := &hostile{name: lines[0], code: lines[1]}
		for _, l := range lines[2:] {
			if s, ok := strings.CutPrefix(l, "-> "); ok {
				h.node, h.want = s, s
			} else if s, ok := strings.CutPrefix(l, "=> "); ok {
				h.want = s
			}
		}
		list = append(list, h)
	}
	return list
}

// forbidden are words of Go's own reports.
var forbidden = regexp.MustCompile(`goroutine|panic:|fatal error`)

// hang is when a program that does not answer is given up.
const hang = time.Minute

// runHostile runs programs one after another in as few processes as it takes, and gives the outcome of each.
func runHostile(bin string, args []string, list []*hostile) map[string]string {
	got := map[string]string{}
	for len(list) > 0 {
		cmd := exec.Command(bin, append(args, "-")...)
		cmd.Dir = hostileDir
		var names strings.Builder
		for _, h := range list {
			names.WriteString(h.name + "\n")
		}
		var stderr bytes.Buffer
		cmd.Stdin, cmd.Stderr = strings.NewReader(names.String()), &stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			return map[string]string{list[0].name: err.Error()}
		}
		at, hung := 0, false
		watchdog := time.AfterFunc(hang, func() { hung = true; cmd.Process.Kill() })
		for in := bufio.NewScanner(out); in.Scan(); {
			var line struct {
				Name    string
				Outcome *string
			}
			if json.Unmarshal(in.Bytes(), &line) == nil && line.Outcome != nil {
				got[line.Name] = *line.Outcome
				at++
				watchdog.Reset(hang)
			}
		}
		err = cmd.Wait()
		watchdog.Stop()
		if at >= len(list) {
			if forbidden.Match(stderr.Bytes()) {
				got[list[len(list)-1].name] += " and on stderr " + stderr.String()
			}
			break
		}
		got[list[at].name] = fmt.Sprintf("the process ended: %v, hung: %t\n%s", err, hung, firstLines(stderr.String()))
		list = list[at+1:]
	}
	return got
}

func firstLines(s string) string {
	return strings.Join(strings.SplitN(s, "\n", 12)[:min(11, strings.Count(s, "\n"))], "\n")
}

// returning are the programs that come to a value or an error.
func returning(all []*hostile) (list []*hostile) {
	for _, h := range all {
		if h.kind() != "alone" && h.kind() != "endless" {
			list = append(list, h)
		}
	}
	return list
}

func ofKind(all []*hostile, kind string) (list []*hostile) {
	for _, h := range all {
		if h.kind() == kind {
			list = append(list, h)
		}
	}
	return list
}

func TestHostile(t *testing.T) {
	if *update {
		updateHostile(t)
	}
	all := readHostile(t)
	if len(all) < 300 {
		t.Fatalf("only %d programs", len(all))
	}
	for _, mode := range [...]struct {
		name string
		args []string
	}{{"command", []string{"run.js"}}, {"worker", []string{"run.js", "-worker"}}} {
		t.Run(mode.name, func(t *testing.T) {
			list := returning(all)
			got := runHostile(binary, mode.args, list)
			for _, h := range list {
				if got[h.name] != h.want {
					t.Errorf("%s: %s\n%s, want %s", h.name, h.code, got[h.name], h.want)
				}
			}
		})
	}
	t.Run("alone", func(t *testing.T) {
		for _, h := range ofKind(all, "alone") {
			if got := alone(binary, h); got != h.want {
				t.Errorf("%s: %s\n%s, want %s", h.name, h.code, got, h.want)
			}
		}
	})
}

// alone runs a program in a process of its own.
func alone(bin string, h *hostile) string {
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, "-e", h.code)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Run()
	if word := forbidden.FindString(stderr.String()); word != "" {
		return word + " in " + firstLines(stderr.String())
	}
	out := fmt.Sprintf("%d %q", cmd.ProcessState.ExitCode(), stdout.String())
	if m := regexp.MustCompile(`(?m)^\w*Error: .*$`).FindString(stderr.String()); m != "" {
		out += " " + m
	}
	return out
}

// updateHostile writes what Node comes to into the table.
func updateHostile(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on PATH")
	}
	all := readHostile(t)
	got := runHostile(node, []string{"run.js"}, returning(all))
	var text strings.Builder
	for _, h := range all {
		text.WriteString("== " + h.name + "\n" + h.code + "\n")
		outcome := got[h.name]
		if h.kind() == "alone" {
			outcome = alone(node, h)
		}
		text.WriteString("-> " + outcome + "\n")
		if h.want != h.node {
			text.WriteString("=> " + h.want + "\n")
		}
	}
	if err := os.WriteFile(filepath.Join(hostileDir, "table.txt"), []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
