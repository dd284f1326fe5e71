// Command recording runs gonode at what stands in its table of steps, as a newcomer would, and draws what a terminal shows of it: the
// picture of the README.
//
//	go run ./internal/recording [-gonode file] [-o docs/terminal.svg]
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// step is a command line, which a shell runs, and what of its output is left out.
type step struct {
	line string
	// lines, if not 0, is how many the command writes before the next step begins; it runs on, and ends with the recording.
	lines int
}

var steps = []step{
	{line: "gonode --version"},
	{line: "time gonode primes.ts 100000   # TypeScript, four forked processes"},
	{line: "gonode build primes.ts -o primes && ./primes 1000   # one file with all in it"},
	{line: "gonode serve -w 2 server.js &", lines: 2},
	{line: "gonode -e 'fetch(\"http://127.0.0.1:8080\").then(async (r) => console.log(await r.text()))'"},
	{line: "gonode reload && gonode ps"},
}

func main() {
	binary := flag.String("gonode", "", "gonode's executable; built when none is given")
	out := flag.String("o", "docs/terminal.svg", "the file to write")
	flag.Parse()
	if err := record(*binary, *out); err != nil {
		fmt.Fprintln(os.Stderr, "recording:", err)
		os.Exit(1)
	}
}

func record(binary, out string) error {
	dir, err := os.MkdirTemp("", "recording")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o777); err != nil {
		return err
	}
	if binary == "" {
		build := exec.Command("go", "build", "-o", filepath.Join(bin, "gonode"), "./cmd/gonode")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if text, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, text)
		}
	} else {
		if binary, err = filepath.Abs(binary); err != nil {
			return err
		}
		if err := os.Symlink(binary, filepath.Join(bin, "gonode")); err != nil {
			return err
		}
	}
	for _, name := range []string{"run/primes.ts", "supervise/server.js"} {
		text, err := os.ReadFile(filepath.Join("examples", name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o666); err != nil {
			return err
		}
	}
	screen, err := play(dir, bin, steps)
	if err != nil {
		return err
	}
	return os.WriteFile(out, draw(screen), 0o666)
}

// line is one of the screen, with the seconds after which it is there.
type line struct {
	text string // with the escape sequences of colours
	at   float64
}

// play runs the steps and returns what the screen has afterwards.
func play(dir, bin string, steps []step) ([]line, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	var screen []line
	at := 0.5
	for i, s := range steps {
		screen = append(screen, line{"\x1b[1;32m$\x1b[0m " + s.line, at})
		at += 0.8
		// The shell's own report of times is shortened to the clock's.
		cmd := exec.CommandContext(ctx, "bash", "-c", "TIMEFORMAT='%2R s'\n"+strings.TrimSuffix(s.line, "&"))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "FORCE_COLOR=1", "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "XDG_CACHE_HOME="+dir, "PORT=8080")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		file, err := os.Create(filepath.Join(dir, fmt.Sprint("output", i)))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		cmd.Stdout, cmd.Stderr = file, file
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.line, err)
		}
		if s.lines == 0 {
			cmd.Wait() // the screen shows what went wrong
		} else {
			defer func() {
				syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				cmd.Wait()
			}()
		}
		text, err := written(ctx, file.Name(), s.lines)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.line, err)
		}
		for l := range strings.Lines(strings.TrimRight(text, "\n")) {
			l = strings.ReplaceAll(strings.TrimRight(l, "\n"), dir, "~")
			screen = append(screen, line{l, at})
			at += 0.06
		}
		at += 1.6
	}
	return screen, nil
}

// written is what a file has once it has so many lines.
func written(ctx context.Context, file string, lines int) (string, error) {
	for {
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), "\n") >= lines {
			return string(text), err
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("no %d lines in %q", lines, text)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

const (
	columns    = 104
	charWidth  = 84 // in tenths
	lineHeight = 19
)

var sgr = regexp.MustCompile("\x1b\\[([0-9;]*)m")

// draw makes an SVG of a screen, whose lines come one after the other. Who wants less motion sees the last picture at once.
func draw(screen []line) []byte {
	var b bytes.Buffer
	rows := 0
	for _, l := range screen {
		rows += len(wrap(l.text))
	}
	width, height := columns*charWidth/10+32, rows*lineHeight+56
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="A terminal in which gonode runs">
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de; white-space: pre }
g { opacity: 0; animation: show 0s forwards }
@keyframes show { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { g { animation-delay: 0s !important } }
</style>
<rect width="%d" height="%d" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
`, width, height, width, height, width, height)
	y := 52
	for _, l := range screen {
		fmt.Fprintf(&b, `<g style="animation-delay:%.2fs">`, l.at)
		for _, part := range wrap(l.text) {
			fmt.Fprintf(&b, `<text x="16" y="%d">%s</text>`, y, spans(part))
			y += lineHeight
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// wrap breaks a line where the terminal ends. Lines with colours are taken to be short.
func wrap(text string) []string {
	if strings.Contains(text, "\x1b") {
		return []string{text}
	}
	var list []string
	r := []rune(text)
	for len(r) > columns {
		list, r = append(list, string(r[:columns])), r[columns:]
	}
	return append(list, string(r))
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace

// spans is a line with its colours.
func spans(text string) string {
	colours := map[string]string{"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea", "90": "#8b949e", "1": "", "2": "#8b949e"}
	var b strings.Builder
	style, at := "", 0
	write := func(s string) {
		switch {
		case s == "":
		case style == "":
			b.WriteString(escape(s))
		default:
			fmt.Fprintf(&b, `<tspan style="%s">%s</tspan>`, style, escape(s))
		}
	}
	for _, m := range sgr.FindAllStringSubmatchIndex(text, -1) {
		write(text[at:m[0]])
		at = m[1]
		for code := range strings.SplitSeq(text[m[2]:m[3]], ";") {
			switch colour, known := colours[code]; {
			case code == "1":
				style += "font-weight:bold;"
			case known:
				style += "fill:" + colour + ";"
			default:
				style = ""
			}
		}
	}
	write(text[at:])
	return b.String()
}
