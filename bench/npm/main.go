// Command npm runs packages of npm on Node and on gonode, each by a short program that does what the package is for, and
// compares what both print.
//
//	go run ./bench/npm [--node node] [--gonode gonode] [--cache folder] [--markdown file] [name…]
//
// A scenario is a txtar archive in bench/npm/scenarios. Its comment says what it tries, and has these lines:
//
//	install yargs@18.2.0 …   the packages, with their versions
//	run main.js argument…    a command line of the runtime; there may be several. Without any it is main.js or main.mjs
//	vary expression          what may differ: a regular expression
//	refused expression       gonode cannot run it, as add-ons in machine code: what it says instead must match
//	env NAME=value           a variable of its processes
//
// npm, which comes with Node, installs them into the cache, once: nothing of it is part of the project.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/pflag"
)

// scenario is a package's program.
type scenario struct {
	name  string
	about string
	needs []string // packages with versions
	runs  [][]string
	env   []string
	vary  []*regexp.Regexp
	// refused is what gonode has to say of what it cannot run; nil for what it runs.
	refused *regexp.Regexp
	files   []txtar.File
}

// outcome is what a scenario printed on one of the runtimes, and what it took.
type outcome struct {
	stdout, stderr, status string
	cpu                    time.Duration
	memory                 int64 // KB, of the largest process
}

var (
	node     = pflag.String("node", "node", "Node's executable")
	gonode   = pflag.String("gonode", "", "gonode's executable; built when none is given")
	cache    = pflag.String("cache", "", "where packages are installed; a folder in the user's cache when empty")
	markdown = pflag.String("markdown", "", "write the table to this file")
	timeout  = pflag.Duration("timeout", 5*time.Minute, "for one command line")
	folder   = pflag.String("scenarios", "bench/npm/scenarios", "the scenarios' folder")
	quiet    = pflag.Bool("quiet", false, "do not show differences")
)

func main() {
	pflag.Parse()
	same, err := run(pflag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !same {
		os.Exit(1)
	}
}

func run(names []string) (same bool, err error) {
	if *cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return false, err
		}
		*cache = filepath.Join(user, "gonode-npm")
	}
	if *node, err = exec.LookPath(*node); err != nil {
		return false, err
	}
	if *gonode == "" {
		dir, err := os.MkdirTemp("", "gonode-npm")
		if err != nil {
			return false, err
		}
		defer os.RemoveAll(dir)
		*gonode = filepath.Join(dir, "gonode")
		if out, err := exec.Command("go", "build", "-o", *gonode, "./cmd/gonode").CombinedOutput(); err != nil {
			return false, fmt.Errorf("%w: %s", err, out)
		}
	}
	if *gonode, err = filepath.Abs(*gonode); err != nil {
		return false, err
	}
	paths, err := filepath.Glob(filepath.Join(*folder, "*.txtar"))
	if err != nil {
		return false, err
	}
	same = true
	var table strings.Builder
	count, alike, refused := 0, 0, 0
	for _, path := range paths {
		s, err := read(path)
		if err != nil {
			return false, err
		}
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		count++
		dir, err := s.install()
		if err != nil {
			fmt.Printf("%-16s cannot be installed: %v\n", s.name, err)
			same = false
			continue
		}
		want, err := s.on(*node, dir)
		if err != nil {
			return false, err
		}
		if strings.Contains(want.stderr, "MODULE_NOT_FOUND") {
			return false, fmt.Errorf("%s: does not run on Node:\n%s", path, want.stderr)
		}
		got, err := s.on(*gonode, dir)
		if err != nil {
			return false, err
		}
		differs := s.differences(want, got)
		verdict := "same"
		switch {
		case s.refused != nil && s.refused.MatchString(got.stderr):
			verdict, differs = "refused", nil
			refused++
		case len(differs) > 0 || s.refused != nil:
			verdict, same = "differs", false
		default:
			alike++
		}
		cpu := got.cpu.Seconds() / max(want.cpu.Seconds(), 0.001)
		memory := float64(got.memory) / float64(max(want.memory, 1))
		fmt.Printf("%-16s %-8s cpu %5.2fx  memory %5.2fx (%d MB)\n", s.name, verdict, cpu, memory, got.memory>>10)
		fmt.Fprintf(&table, "| %s | %s | %s | %.1f | %.2f |\n", strings.Join(s.needs, ", "), s.about, verdict, cpu, memory)
		if !*quiet {
			for _, d := range differs {
				fmt.Println(d)
			}
		}
	}
	fmt.Printf("%d of %d are the same, %d refused\n", alike, count, refused)
	if *markdown != "" {
		return same, os.WriteFile(*markdown, []byte(page(table.String(), alike, count, refused)), 0o666)
	}
	return same, nil
}

func read(path string) (*scenario, error) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		return nil, err
	}
	s := &scenario{name: strings.TrimSuffix(filepath.Base(path), ".txtar"), files: a.Files}
	var about []string
	for line := range strings.Lines(string(a.Comment)) {
		line = strings.TrimSpace(line)
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "install":
			s.needs = append(s.needs, strings.Fields(rest)...)
		case "run":
			s.runs = append(s.runs, strings.Fields(rest))
		case "env":
			s.env = append(s.env, rest)
		case "vary", "refused":
			re, err := regexp.Compile(rest)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if verb == "vary" {
				s.vary = append(s.vary, re)
			} else {
				s.refused = re
			}
		default:
			about = append(about, line)
		}
	}
	s.about = strings.TrimSpace(strings.Join(about, " "))
	if s.runs == nil {
		for _, f := range s.files {
			if f.Name == "main.js" || f.Name == "main.mjs" || f.Name == "main.ts" {
				s.runs = [][]string{{f.Name}}
			}
		}
	}
	if len(s.needs) == 0 || s.runs == nil {
		return nil, fmt.Errorf("%s: nothing to install or to run", path)
	}
	return s, nil
}

// install brings the scenario's packages and returns their folder; scenarios with the same packages share one.
func (s *scenario) install() (string, error) {
	sum := sha256.Sum256([]byte(strings.Join(s.needs, " ")))
	dir := filepath.Join(*cache, s.name+"-"+hex.EncodeToString(sum[:4]))
	done := filepath.Join(dir, "node_modules", ".installed")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte("{\"private\":true}\n"), 0o666); err != nil {
		return "", err
	}
	npm := filepath.Join(filepath.Dir(*node), "npm")
	if _, err := os.Stat(npm); err != nil {
		npm = "npm"
	}
	cmd := exec.Command(npm, append([]string{"install", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--force"}, s.needs...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return dir, os.WriteFile(done, nil, 0o666)
}

// on runs the scenario on a runtime, in a folder of the same name for each.
func (s *scenario) on(runtime, dir string) (*outcome, error) {
	work := filepath.Join(dir, "work")
	if err := os.RemoveAll(work); err != nil {
		return nil, err
	}
	for _, f := range s.files {
		path := filepath.Join(work, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			return nil, err
		}
	}
	o := &outcome{}
	for _, args := range s.runs {
		ctx, cancel := context.WithTimeout(context.Background(), *timeout)
		var stdout, stderr bytes.Buffer
		cmd := exec.CommandContext(ctx, runtime, args...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = work, &stdout, &stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.WaitDelay = time.Second
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(*node)+":"+os.Getenv("PATH"), "NO_COLOR=1", "HOME="+work, "TZ=UTC", "CI=")
		cmd.Env = append(cmd.Env, s.env...)
		err := cmd.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
			cancel()
			return nil, err
		}
		status := cmd.ProcessState.String()
		if ctx.Err() != nil {
			status = "no end within " + timeout.String()
		}
		cancel()
		o.stdout += stdout.String()
		o.stderr += stderr.String()
		o.status += status + "\n"
		o.cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			o.memory = max(o.memory, int64(u.Maxrss))
		}
	}
	return o, nil
}

// differences has what is not the same, with the lines about the first place.
func (s *scenario) differences(want, got *outcome) []string {
	var list []string
	for _, of := range []struct{ name, want, got string }{{"stdout", want.stdout, got.stdout}, {"stderr", want.stderr, got.stderr}, {"status", want.status, got.status}} {
		a, b := strings.Split(s.varied(of.want, *node), "\n"), strings.Split(s.varied(of.got, *gonode), "\n")
		i := 0
		for i < len(a) && i < len(b) && a[i] == b[i] {
			i++
		}
		if i == len(a) && i == len(b) {
			continue
		}
		from := max(i-2, 0)
		list = append(list, fmt.Sprintf("  %s, line %d\n    node:\n%s    gonode:\n%s", of.name, i+1, excerpt(a, from), excerpt(b, from)))
	}
	return list
}

// process is the number of the process in front of a warning.
var process = regexp.MustCompile(`\(node:\d+\)`)

func (s *scenario) varied(text, runtime string) string {
	text = strings.ReplaceAll(text, runtime, "RUNTIME")
	text = strings.ReplaceAll(text, "(Use `"+filepath.Base(runtime)+" ", "(Use `node ") // a warning's advice names the command
	text = process.ReplaceAllString(text, "(node:PID)")
	for _, re := range s.vary {
		text = re.ReplaceAllString(text, "")
	}
	return text
}

func excerpt(lines []string, from int) string {
	var b strings.Builder
	for _, l := range lines[min(from, len(lines)):min(from+12, len(lines))] {
		if len(l) > 300 {
			l = l[:300] + "…"
		}
		b.WriteString("      " + l + "\n")
	}
	return b.String()
}

func page(table string, alike, count, refused int) string {
	version, _ := exec.Command(*node, "--version").Output()
	return fmt.Sprintf(`# Packages of npm

Each package was installed by npm and run by a short program that does what it is for, on Node %s and on gonode; "same" means
that standard output, standard error and exit status were the same. The figures are gonode's CPU time and largest resident
memory as multiples of Node's. %d of %d are the same, and %d is refused clearly: add-ons in machine code. Made on %s by

    go run ./bench/npm --markdown docs/npm.md

| packages | what was tried | output | CPU | memory |
|---|---|---|---|---|
%s`, strings.TrimSpace(string(version)), alike, count, refused, time.Now().Format("2006-01-02"), table)
}
