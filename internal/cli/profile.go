package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gonode/internal/profile"
	"gonode/runtime"
)

const cpuProf, heapProf = "cpu-prof", "heap-prof"

// profilings calls f with each of the two, and the option that turns it on.
func (c *command) profilings(f func(p *profiling, option string)) {
	f(&c.cpu, cpuProf)
	f(&c.heap, heapProf)
}

// profilingOf is what an option belongs to.
func (c *command) profilingOf(option string) *profiling {
	if strings.HasPrefix(option, heapProf) {
		return &c.heap
	}
	return &c.cpu
}

// profiling is what --cpu-prof or --heap-prof and its like say.
type profiling struct {
	on        bool
	dir, name string
	interval  int // microseconds, or bytes that are allocated; 0 if it is not given
}

// check finds options that want the one which turns profiling on.
func (p *profiling) check(c *command, option string) {
	if p.on {
		return
	}
	for _, o := range []struct {
		name  string
		given bool
	}{{"dir", p.dir != ""}, {"name", p.name != ""}, {"interval", p.interval != 0}} {
		if o.given {
			c.problem("--%s-%s must be used with --%[1]s", option, o.name)
		}
	}
}

// start samples what the script does until it ends, and then writes the profile.
func (p *profiling) start(rt *runtime.Runtime, option string) {
	began := time.Now()
	dir, _ := filepath.Abs(p.dir)
	pid := strconv.Itoa(os.Getpid())
	o, words, form := profile.Options{Every: time.Duration(p.interval) * time.Microsecond}, "CPU profile", "CPU.%s.%s.0.001.cpuprofile"
	if option == heapProf {
		o, words, form = profile.Options{Kind: profile.Heap, Bytes: 512 << 10}, "heap profile", "Heap.%s.%s.0.001.heapprofile"
		if p.interval > 0 {
			o.Bytes = uint64(p.interval)
		}
	}
	end := profile.Record(rt, o)
	rt.AtEnd(func() {
		name := strings.ReplaceAll(p.name, "${pid}", pid)
		if name == "" {
			name = fmt.Sprintf(form, began.Format("20060102.150405"), pid)
		}
		text, err := end()
		if err == nil {
			if err = os.MkdirAll(dir, 0o777); err == nil {
				err = os.WriteFile(filepath.Join(dir, name), text, 0o666)
			}
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: the %s cannot be written: %v\n", rt.Config().Argv0, words, err)
		}
	})
}
