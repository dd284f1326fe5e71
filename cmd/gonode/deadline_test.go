package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	goruntime "runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dop251/goja"

	"gonode/modules"
	"gonode/runtime"
)

const (
	// deadline is when a hostile program is told to end, slack how long it may take to.
	deadline = 200 * time.Millisecond
	slack    = 300 * time.Millisecond
)

// processorTime is what this process has used of it.
func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// overrun tells by how much a program that was told to end at a time did not. On a busy machine a process waits for processors: what
// counts is the time that it had, unless it slept.
type overrun struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration
}

func (o *overrun) start() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at, o.used = time.Now(), processorTime()
}

// late is zero before start.
func (o *overrun) late() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.at.IsZero() {
		return 0
	}
	wall := time.Since(o.at)
	return max(min(wall, processorTime()-o.used), wall/10)
}

// interrupted lists the programs to stop: one of each few kinds of recursion, or all with GONODE_HEAVY=1, which takes long.
func interrupted(t *testing.T) (list []*hostile) {
	for i, h := range readHostile(t) {
		if h.kind() != "alone" && (heavy() || h.kind() == "recursion" && i%12 == 0) {
			list = append(list, h)
		}
	}
	return list
}

// TestDeadline runs programs in embedded runtimes whose context ends after a while.
func TestDeadline(t *testing.T) {
	dir, err := filepath.Abs(hostileDir)
	if err != nil {
		t.Fatal(err)
	}
	ask, stop := neighbour(t)
	defer stop()
	for _, h := range interrupted(t) {
		t.Run(h.name, func(t *testing.T) {
			var out, report bytes.Buffer
			rt, err := runtime.New(runtime.Config{Modules: modules.All(), Args: []string{"-stdout", h.name}, Dir: dir, Stdout: &out, Stderr: &report})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var o overrun
			time.AfterFunc(deadline, func() { o.start(); cancel() })
			ended := make(chan error, 1)
			go func() { ended <- rt.RunMain(ctx, "run.js") }()
			select {
			case err = <-ended:
			case <-time.After(hang):
				t.Fatalf("does not end: %s", h.code)
			}
			if late := o.late(); late > slack {
				t.Errorf("ended %v late: %s", late.Round(time.Millisecond), h.code)
			}
			rt.CloseAll()
			if word := forbidden.FindString(out.String() + report.String()); word != "" {
				t.Errorf("%s in %s%s", word, out.String(), firstLines(report.String()))
			}
			switch ended := errors.Is(err, context.Canceled); {
			case ended && h.kind() != "endless":
				t.Logf("took too long")
			case ended:
			case h.kind() == "endless":
				t.Errorf("came to an end: %v %s", err, out.String())
			default:
				if got := outcomeIn(out.String()); got != h.want {
					t.Errorf("%s\n%s (%v), want %s\n%s", h.code, got, err, h.want, firstLines(report.String()))
				}
			}
			if err := ask(); err != nil {
				t.Fatalf("another runtime: %v", err)
			}
		})
	}
}

// TestCancelWhileLoading cancels runtimes at every moment of their start, where modules are made once and for all, and are not stopped in
// between: none of them goes on.
func TestCancelWhileLoading(t *testing.T) {
	dir, err := filepath.Abs(hostileDir)
	if err != nil {
		t.Fatal(err)
	}
	before := goruntime.NumGoroutine()
	for after := time.Duration(0); after < 60*time.Millisecond; after += 2 * time.Millisecond {
		rt, err := runtime.New(runtime.Config{Modules: modules.All(), Args: []string{"-stdout", "recursion.find"}, Dir: dir, Stdout: io.Discard, Stderr: io.Discard})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), after)
		rt.RunMain(ctx, "run.js")
		cancel()
		rt.CloseAll()
	}
	for end := time.Now().Add(hang); goruntime.NumGoroutine() > before+5; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			var stacks bytes.Buffer
			pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("%d goroutines, %d before\n%s", goruntime.NumGoroutine(), before, stacks.String())
		}
	}
}

// TestTerminate runs programs in worker threads that are terminated after as long.
func TestTerminate(t *testing.T) {
	list := interrupted(t)
	got := runHostile(binary, []string{"run.js", "-terminate"}, list)
	for _, h := range list {
		if got[h.name] != "in time" {
			t.Errorf("%s: %s\n%s", h.name, h.code, got[h.name])
		}
	}
}

// outcomeIn is what run.js has printed of a program.
func outcomeIn(out string) string {
	for l := range strings.Lines(out) {
		var line struct{ Outcome *string }
		if json.Unmarshal([]byte(l), &line) == nil && line.Outcome != nil {
			return *line.Outcome
		}
	}
	return "no outcome: " + out
}

// neighbour is another runtime of this process, that is asked whether it still answers.
func neighbour(t *testing.T) (ask func() error, stop func()) {
	rt, err := runtime.New(runtime.Config{Modules: modules.All()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	go rt.Serve(ctx, func() {})
	return func() error {
		ctx, cancel := context.WithTimeout(ctx, hang)
		defer cancel()
		v, err := rt.Do(ctx, func() goja.Value { return rt.VM().ToValue(rt.VM().NewArray(1, 2).String()) })
		if err == nil && v != "1,2" {
			err = fmt.Errorf("answered %v", v)
		}
		return err
	}, stop
}
