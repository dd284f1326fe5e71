// Command late finds built-in functions that do not see an interruption: it calls all of them with huge values in runtimes whose context
// ends 100 ms after the beginning of a call, and prints those calls that end too late.
//
//	go run ./bench/late [-of expression] [-late 100ms]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"gonode/modules"
	"gonode/runtime"
)

var (
	of       = flag.String("of", "", "an expression for the functions to call")
	slack    = flag.Duration("late", 100*time.Millisecond, "what is too late")
	deadline = 100 * time.Millisecond
)

const walk = "testdata/oddvalues/walk.js"

var dir string

func main() {
	flag.Parse()
	var err error
	dir, err = os.MkdirTemp("", "late")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	all, paths := dir+"/all", dir+"/paths"
	run(context.Background(), &calls{}, "list", all)
	text, err := os.ReadFile(all)
	if err != nil {
		panic(err)
	}
	only := regexp.MustCompile(*of)
	var list []string
	for l := range strings.Lines(string(text)) {
		name := strings.NewReplacer(`["`, "", `","`, ".", `"]`, "").Replace(strings.TrimSpace(l))
		if only.MatchString(name) {
			list = append(list, l)
		}
	}
	if err := os.WriteFile(paths, []byte(strings.Join(list, "")), 0o666); err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, len(list), "functions")
	for from := 0; ; {
		ctx, cancel := context.WithCancel(context.Background())
		c := &calls{cancel: cancel}
		err := run(ctx, c, "huge", paths, fmt.Sprint(from))
		cancel()
		late, over := c.end()
		if over {
			if late > *slack {
				fmt.Printf("%v\t%s\n", late.Round(time.Millisecond), c.current)
			}
		} else if !errors.Is(err, context.Canceled) {
			if c.current == "" || err == nil {
				fmt.Fprintln(os.Stderr, "done", err)
				return
			}
			fmt.Printf("ended %v\t%s\n", err, c.current)
		}
		var n int
		if fmt.Sscan(c.current, &n); n <= from {
			n = from + 1
		}
		from = n
	}
}

func run(ctx context.Context, out *calls, args ...string) error {
	rt, err := runtime.New(runtime.Config{Modules: modules.All(), Args: args, Dir: dir, Stdout: out, Stderr: os.Stderr})
	if err != nil {
		panic(err)
	}
	defer rt.CloseAll()
	script, err := filepath.Abs(walk)
	if err != nil {
		panic(err)
	}
	return rt.RunMain(ctx, script)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// calls follows what walk.js prints.
type calls struct {
	cancel  func()
	current string

	mu    sync.Mutex
	timer *time.Timer
	at    time.Time // of the end of the context
	used  time.Duration
}

func (c *calls) Write(p []byte) (int, error) {
	line := strings.TrimSpace(string(p))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	if line != "-" && strings.Count(line, "\t") == 3 && c.at.IsZero() {
		c.current = line
		c.timer = time.AfterFunc(deadline, func() {
			c.mu.Lock()
			c.at, c.used = time.Now(), processorTime()
			c.mu.Unlock()
			c.cancel()
		})
	}
	return len(p), nil
}

func (c *calls) end() (late time.Duration, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.at.IsZero() {
		return 0, false
	}
	wall := time.Since(c.at)
	return max(min(wall, processorTime()-c.used), wall/10), true
}

func processorTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
