package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// A step that runs on ends with the recording, and the next one begins once it has written.
func TestPlay(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	dir := t.TempDir()
	screen, err := play(dir, dir, []step{{line: "echo $$ > pid; pwd; echo ready; sleep 100 &", lines: 2}, {line: "cat pid >&2; exit 3"}})
	if err != nil {
		t.Fatal(err)
	}
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i, l := range screen {
		if texts = append(texts, l.text); i > 0 && l.at <= screen[i-1].at {
			t.Errorf("line %d is there at %v, the one above at %v", i, l.at, screen[i-1].at)
		}
	}
	const prompt = "\x1b[1;32m$\x1b[0m "
	if want := []string{prompt + "echo $$ > pid; pwd; echo ready; sleep 100 &", "~", "ready", prompt + "cat pid >&2; exit 3", strings.TrimSpace(string(pid))}; !slices.Equal(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
	if n, _ := strconv.Atoi(strings.TrimSpace(string(pid))); syscall.Kill(n, 0) == nil {
		t.Error("the first step runs on")
	}
}

func TestDraw(t *testing.T) {
	screen := []line{{"\x1b[1;32m$\x1b[0m a < b && c", 0.5}, {strings.Repeat("x", columns+3), 1}, {"\x1b[33m[1]\x1b[39m", 1.25}}
	svg := string(draw(screen))
	for _, want := range []string{`<tspan style="font-weight:bold;fill:#7ee787;">$</tspan> a &lt; b &amp;&amp; c</text>`, ">xxx</text>", `<tspan style="fill:#e3b341;">[1]</tspan></text>`, "animation-delay:1.25s"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg)
		}
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
