// Command bench times runtimes side by side: each case runs once per round for every runtime in turn, so that the drift of
// a busy machine hits all alike. It prints medians and ratios against the first runtime.
//
//	go run ./bench --runtime node --runtime gonode [--rounds 5] [--only start,fork]
package main

import (
	"bufio"
	"encoding/json"

	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

// figures are one run's results: the name's ending tells the unit, and _per_s that more is better.
type figures map[string]float64

var cases = []struct {
	name string
	run  func(runtime, dir string) (figures, error)
}{
	{"start", start},
	{"fork", script("fork.js")},
	{"ipc", script("ipc.js")},
	{"spawn", script("spawn.js")},
	{"events", script("events.js")},
	{"http", hello},
	{"client", script("client.js")},
}

func main() {
	var runtimes list
	pflag.Var(&runtimes, "runtime", "a runtime's command; repeat it, the first is what the others are compared with")
	rounds := pflag.Int("rounds", 5, "how often each case runs")
	only := pflag.String("only", "", "cases to run, separated by commas")
	dir := pflag.String("dir", "bench/js", "where the scripts are")
	pflag.Parse()
	if len(runtimes) == 0 {
		pflag.Usage()
		os.Exit(2)
	}
	for _, c := range cases {
		if *only != "" && !strings.Contains(","+*only+",", ","+c.name+",") {
			continue
		}
		results := make([]map[string][]float64, len(runtimes))
		for round := range *rounds {
			for i := range runtimes {
				n := (i + round) % len(runtimes)
				f, err := c.run(runtimes[n], *dir)
				if err != nil {
					fmt.Fprintf(os.Stderr, "%s: %s: %v\n", c.name, runtimes[n], err)
					continue
				}
				if results[n] == nil {
					results[n] = map[string][]float64{}
				}
				for k, v := range f {
					results[n][k] = append(results[n][k], v)
				}
			}
		}
		print(c.name, runtimes, results)
	}
}

func print(name string, runtimes []string, results []map[string][]float64) {
	fmt.Printf("\n%-28s", name)
	for i, r := range runtimes {
		fmt.Printf("%14s", filepath.Base(r))
		if i > 0 {
			fmt.Printf("%9s", "ratio")
		}
	}
	fmt.Println()
	var keys []string
	for k := range results[0] {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Printf("%-28s", k)
		base := median(results[0][k])
		for i := range runtimes {
			m := median(results[i][k])
			fmt.Printf("%14.2f", m)
			if i > 0 {
				fmt.Printf("%9.3f", m/base)
			}
		}
		fmt.Println()
	}
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := append([]float64(nil), v...)
	sort.Float64s(s)
	return s[len(s)/2]
}

// start times an empty script and one that requires what a supervisor needs, each as a whole process.
func start(runtime, dir string) (figures, error) {
	f := figures{}
	for name, file := range map[string]string{"empty": "empty.js", "require3": "require3.js"} {
		var walls []float64
		for range 5 {
			cmd := exec.Command(runtime, filepath.Join(dir, file))
			t := time.Now()
			if err := cmd.Run(); err != nil {
				return nil, err
			}
			walls = append(walls, float64(time.Since(t).Microseconds())/1000)
			if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
				f[name+"_peak_rss_mb"] = float64(u.Maxrss) / 1024
			}
		}
		f[name+"_wall_ms"] = median(walls)
	}
	return f, nil
}

// script runs a file that prints its figures as one line of JSON.
func script(file string) func(runtime, dir string) (figures, error) {
	return func(runtime, dir string) (figures, error) {
		cmd := exec.Command(runtime, filepath.Join(dir, file))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, err
		}
		var f figures
		return f, json.Unmarshal(out, &f)
	}
}

const (
	connections = 64
	loadTime    = 2 * time.Second
)

// hello asks a server that answers "ok", over connections that stay open, as fast as it can.
func hello(runtime, dir string) (figures, error) {
	cmd := exec.Command(runtime, filepath.Join(dir, "http.js"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, err
	}
	address := "127.0.0.1:" + strings.TrimSpace(line)
	load(address, loadTime/4)
	before := cpu(cmd.Process.Pid)
	n, wrong := load(address, loadTime)
	if n == 0 {
		return nil, fmt.Errorf("no request succeeded")
	}
	return figures{
		"req_per_s":         float64(n) / loadTime.Seconds(),
		"cpu_us_per_req":    (cpu(cmd.Process.Pid) - before) * 1e6 / float64(n),
		"wrong_answers":     float64(wrong),
		"rss_after_load_mb": rss(cmd.Process.Pid),
	}, nil
}

func load(address string, d time.Duration) (answers, wrong int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range connections {
		wg.Go(func() {
			n, bad := 0, 0
			defer func() {
				mu.Lock()
				answers, wrong = answers+n, wrong+bad
				mu.Unlock()
			}()
			c, err := net.Dial("tcp", address)
			if err != nil {
				bad++
				return
			}
			defer c.Close()
			c.SetDeadline(end.Add(5 * time.Second))
			r := bufio.NewReader(c)
			for time.Now().Before(end) {
				if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: bench\r\n\r\n"); err != nil {
					bad++
					return
				}
				if !answer(r) {
					bad++
					return
				}
				n++
			}
		})
	}
	wg.Wait()
	return answers, wrong
}

// answer reads one response with Content-Length and tells whether it is a 200.
func answer(r *bufio.Reader) bool {
	status, err := r.ReadSlice('\n')
	ok := err == nil && len(status) > 12 && string(status[9:12]) == "200"
	length := 0
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return false
		}
		if len(line) <= 2 {
			break
		}
		if name, value, found := strings.Cut(string(line), ":"); found && strings.EqualFold(name, "content-length") {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
	_, err = r.Discard(length)
	return ok && err == nil
}

// cpu is the process's time on the processor so far, in seconds.
func cpu(pid int) float64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if i := strings.LastIndexByte(string(data), ')'); i >= 0 {
		if f := strings.Fields(string(data[i+1:])); len(f) > 13 {
			user, _ := strconv.ParseFloat(f[11], 64)
			system, _ := strconv.ParseFloat(f[12], 64)
			return (user + system) / 100
		}
	}
	return 0
}

func rss(pid int) float64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if f := strings.Fields(string(data)); len(f) > 1 {
		pages, _ := strconv.ParseFloat(f[1], 64)
		return pages * float64(os.Getpagesize()) / (1 << 20)
	}
	return 0
}

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Type() string       { return "command" }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
