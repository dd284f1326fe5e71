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

// cpuProfile is what --cpu-prof and its like say.
type cpuProfile struct {
	on        bool
	dir, name string
	interval  time.Duration // 0 for a millisecond
}

// check finds options that want --cpu-prof.
func (p *cpuProfile) check(c *command) {
	if p.on {
		return
	}
	for _, o := range []struct {
		name  string
		given bool
	}{{"dir", p.dir != ""}, {"name", p.name != ""}, {"interval", p.interval != 0}} {
		if o.given {
			c.problem("--cpu-prof-%s must be used with --cpu-prof", o.name)
		}
	}
}

// start samples what the script does until it ends, and then writes the profile.
func (p *cpuProfile) start(rt *runtime.Runtime) {
	began := time.Now()
	dir, _ := filepath.Abs(p.dir)
	pid := strconv.Itoa(os.Getpid())
	interval := p.interval
	if interval <= 0 {
		interval = time.Millisecond
	}
	end := profile.Record(rt, interval)
	rt.AtEnd(func() {
		name := strings.ReplaceAll(p.name, "${pid}", pid)
		if name == "" {
			name = fmt.Sprintf("CPU.%s.%s.0.001.cpuprofile", began.Format("20060102.150405"), pid)
		}
		text, err := end()
		if err == nil {
			if err = os.MkdirAll(dir, 0o777); err == nil {
				err = os.WriteFile(filepath.Join(dir, name), text, 0o666)
			}
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: the CPU profile cannot be written: %v\n", rt.Config().Argv0, err)
		}
	})
}
