package main

import (
	"bytes"
	"context"
	"encoding/json"
	stderrors "errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// testdata/oddvalues/walk.js calls all functions of all modules with odd values. None may end the process, hang or show a
// word of Go's, and where Node 24 is on PATH, what is thrown has Node's class and code. GONODE_ODD=1 makes all 150,000 calls,
// GONODE_ODD_ONLY=expression those of some functions, and GONODE_ODD_REPORT=file lists what differs.
func TestOddValues(t *testing.T) {
	calls := 5 // of each of some 2900 functions
	if os.Getenv("GONODE_ODD") != "" {
		calls = 52
	}
	w := &walk{t: t, dir: t.TempDir(), calls: calls}
	node, _ := findNode()
	list := w.list(binary, "list", "gonode.list")
	if node != "" {
		// Those of Node that are here too, in Node's order; what else is here is called as well, but not compared.
		w.list(node, "list", "node.list")
		common := w.list(binary, "has", "common.list", filepath.Join(w.dir, "node.list"))
		list = slices.DeleteFunc(list, func(p string) bool { return slices.Contains(common, p) })
		w.run(batches(list), binary, "", "")
		list = common
	}
	w.run(batches(list), binary, node, os.Getenv("GONODE_ODD_REPORT"))
	if w.made < calls*len(list)/2 {
		t.Errorf("%d calls only", w.made)
	}
	for _, m := range w.modules() {
		a := w.agreed[m]
		t.Logf("%-20s %6d of %6d as on Node, %.2f %%", m, a[0], a[1], 100*float64(a[0])/float64(a[1]))
		if m != "" && a[1] > fewCalls && float64(a[0]) < moduleAgreement*float64(a[1]) {
			t.Errorf("%s: less than %v", m, moduleAgreement)
		}
	}
	t.Logf("%d calls of what says that it is missing here", w.missing)
	if total := w.agreed[""]; total[1] > 0 && float64(total[0]) < oddAgreement*float64(total[1]) {
		t.Errorf("%d of %d calls throw what they throw on Node, less than %v", total[0], total[1], oddAgreement)
	}
}

// oddAgreement is the share of calls that must end as on Node, moduleAgreement that of each module with more than fewCalls. The rest
// is mostly wrong receivers of methods that are JavaScript in Node, and fail there wherever they first need a property.
const oddAgreement, moduleAgreement, fewCalls = 0.98, 0.85, 200

type walk struct {
	t     *testing.T
	dir   string
	calls int

	mu      sync.Mutex
	serial  int
	made    int
	missing int
	agreed  map[string][2]int // by module, "" for all: calls that ended the same, and all that were compared
}

func (w *walk) modules() (names []string) {
	for name := range w.agreed {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

const walkScript = "../../testdata/oddvalues/walk.js"

// list runs the walk's mode that writes paths.
func (w *walk) list(runtime, mode, name string, args ...string) []string {
	out := filepath.Join(w.dir, name)
	cmd := exec.Command(runtime, append([]string{walkScript, mode}, append(args, out)...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("%s %s: %v\n%s", runtime, mode, err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// batches are the paths of one module each, not too many: calls change what later calls of the same process meet.
func batches(list []string) (all [][]string) {
	only := regexp.MustCompile(os.Getenv("GONODE_ODD_ONLY"))
	module := func(path string) string { return strings.SplitN(path, `"`, 3)[1] }
	for i, n := 0, 0; i < len(list); i = n {
		for n = i; n < len(list) && n < i+60 && module(list[n]) == module(list[i]); n++ {
		}
		if slices.ContainsFunc(list[i:n], only.MatchString) {
			all = append(all, list[i:n])
		}
	}
	return all
}

func (w *walk) run(all [][]string, gonode, node, report string) {
	if w.agreed == nil {
		w.agreed = map[string][2]int{}
	}
	var lines []string
	work := make(chan []string)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for batch := range work {
				here := w.outcomes(gonode, batch, true)
				var there, again map[string]outcome
				if node != "" {
					there = w.outcomes(node, batch, false)
					if again = there; w.calls > 5 {
						again = w.outcomes(node, batch, false) // what varies on Node itself is not compared
					}
				}
				w.mu.Lock()
				w.made += len(here)
				for key, o := range there {
					if o.what != again[key].what || !o.settled() || !here[key].settled() {
						continue
					}
					if strings.HasSuffix(here[key].what, " ERR_FEATURE_UNAVAILABLE_ON_PLATFORM") {
						w.missing++ // it says so, and docs/compat.md as well
						continue
					}
					for _, m := range []string{"", key[:strings.IndexAny(key, ". ")]} {
						a := w.agreed[m]
						a[1]++
						if o.what == here[key].what {
							a[0]++
						}
						w.agreed[m] = a
					}
					if o.what != here[key].what {
						lines = append(lines, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\n", key, o.what, here[key].what, o.call, o.message))
					}
				}
				w.mu.Unlock()
			}
		})
	}
	for _, batch := range all {
		work <- batch
	}
	close(work)
	wg.Wait()
	if report != "" {
		slices.Sort(lines)
		os.WriteFile(report, []byte(strings.Join(lines, "")), 0o644)
	}
}

// outcome is how one call ended.
type outcome struct{ what, call, message string }

// settled is false for what has no outcome to compare: a promise that takes longer, a death.
func (o outcome) settled() bool { return o.what != "" && o.what != "pending" && o.what != "gone" }

var goWords = regexp.MustCompile(`panic: .*|goroutine \d.*|fatal error: .*|%![a-zA-Z(].*|\bx509: .*|\basn1: .*|\breflect\..*`)

// outcomes makes the calls of a batch. A process that ends before it is done is started again after the call that ended it.
func (w *walk) outcomes(program string, batch []string, strict bool) map[string]outcome {
	w.mu.Lock()
	w.serial++
	base := filepath.Join(w.dir, strconv.Itoa(w.serial))
	w.mu.Unlock()
	os.WriteFile(base+".paths", []byte(strings.Join(batch, "\n")+"\n"), 0o644)
	os.Mkdir(base, 0o755)
	found := map[string]outcome{}
	for from := 0; ; {
		stderr, err := w.attempt(program, base, from)
		text, _ := os.ReadFile(base + ".out")
		os.Remove(base + ".out")
		var last string
		next := from
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			n, _ := strconv.Atoi(f[0])
			var path []string
			json.Unmarshal([]byte(batch[n]), &path)
			last = strings.Join(path, ".") + " call " + f[1]
			count, _ := strconv.Atoi(f[2])
			next = count + 1
			if len(f) == 6 {
				found[last] = outcome{f[3], f[4], f[5]}
				if words := goWords.FindString(f[5]); words != "" && strict {
					w.t.Errorf("%s: %s says %q", last, f[4], words)
				}
			}
		}
		if err == nil {
			return found
		}
		if strict {
			w.t.Errorf("%s: %v: %s\nwalk.js show PATH CALL makes this call alone", last, err, goWords.Find(stderr))
		}
		if next == from {
			next++
		}
		from = next
	}
}

// attempt runs one process until it ends, or until nothing has happened for a long time.
func (w *walk) attempt(program, base string, from int) ([]byte, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := exec.CommandContext(ctx, program, walkScript, "call", base+".paths", base+".out", strconv.Itoa(w.calls), strconv.Itoa(from))
	cmd.Env = append(os.Environ(), "TMPDIR="+base)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	size, since := int64(-1), time.Now()
	for {
		select {
		case err := <-done:
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it has started, which may hold stderr open
			if stderrors.Is(err, exec.ErrWaitDelay) {
				err = nil
			}
			return stderr.Bytes(), err
		case <-time.After(50 * time.Millisecond):
		}
		if info, err := os.Stat(base + ".out"); err == nil && info.Size() != size {
			size, since = info.Size(), time.Now()
		}
		if time.Since(since) > 30*time.Second {
			cancel()
			return stderr.Bytes(), fmt.Errorf("hangs: %w", <-done)
		}
	}
}
