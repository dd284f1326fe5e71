package runtime

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"gonode/internal/coverage"
	"gonode/internal/loader"
	"gonode/internal/source"
)

// Coverage counts what scripts run, those that are compiled after Start. Loop goroutine only.
type Coverage struct {
	rt      *Runtime
	on      bool
	units   []*source.Unit
	dir     string // where the end of the script writes what was counted: NODE_V8_COVERAGE
	written int    // files
}

// ScriptCoverage is what has run of a script, as V8's Profiler.ScriptCoverage.
type ScriptCoverage struct {
	ScriptID  string              `json:"scriptId"`
	URL       string              `json:"url"`
	Functions []coverage.Function `json:"functions"`
}

// begin reads NODE_V8_COVERAGE, and makes it absolute for children. Tests with coverage count from the beginning.
func (c *Coverage) begin() {
	if _, ok := c.rt.cfg.Options.Test["experimental-test-coverage"]; ok {
		c.Start()
	}
	dir, _ := c.rt.env.Get("NODE_V8_COVERAGE")
	if dir == "" {
		return
	}
	if !filepath.IsAbs(dir) {
		cwd, err := c.rt.Cwd()
		if err != nil {
			return
		}
		dir = filepath.Join(cwd, dir)
		c.rt.env.Set("NODE_V8_COVERAGE", dir)
	}
	c.StartInto(dir)
}

// StartInto is Start, after which Write writes into that directory.
func (c *Coverage) StartInto(dir string) {
	c.dir = dir
	c.Start()
}

// Start counts what scripts run that are compiled from then on.
func (c *Coverage) Start() { c.on = true }

// Stop ends that.
func (c *Coverage) Stop() { c.on, c.units = false, nil }

// Counts tells whether it is on.
func (c *Coverage) Counts() bool { return c.on }

func (c *Coverage) add(u *source.Unit) {
	if u.Coverage != nil {
		c.units = append(c.units, u)
	}
}

// Take gives what has been counted since the last time.
func (c *Coverage) Take() []ScriptCoverage {
	list := []ScriptCoverage{}
	for _, u := range c.units {
		list = append(list, ScriptCoverage{ScriptID: c.rt.Scripts.id(u), URL: fileURL(u.Name), Functions: u.Coverage.Functions()})
		u.Coverage.Reset()
	}
	return list
}

func fileURL(name string) string {
	if filepath.IsAbs(name) {
		return loader.FileURL(name)
	}
	return name
}

// Write writes what has been counted since the last time into the directory of NODE_V8_COVERAGE, if there is one; it does nothing after Stop.
func (c *Coverage) Write() {
	if c.dir == "" || !c.on || c.rt.Access.Check(AccessWrite, c.dir) != nil {
		return
	}
	now := time.Now()
	taken := struct {
		Result     []ScriptCoverage      `json:"result"`
		Timestamp  float64               `json:"timestamp"`
		SourceMaps map[string]cachedMaps `json:"source-map-cache,omitempty"`
	}{c.Take(), c.rt.Uptime().Seconds(), c.maps()}
	text, err := json.Marshal(taken)
	if err == nil {
		name := fmt.Sprintf("coverage-%d-%d-%d.json", os.Getpid(), now.UnixMilli(), c.rt.cfg.Thread*1000+c.written)
		c.written++
		if err = os.MkdirAll(c.dir, 0o777); err == nil {
			err = os.WriteFile(filepath.Join(c.dir, name), text, 0o666)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "Failed to write coverage: %v\n", err)
	}
}

// cachedMaps is a source map as Node's coverage has it.
type cachedMaps struct {
	LineLengths []int           `json:"lineLengths"`
	Data        json.RawMessage `json:"data"`
	URL         *string         `json:"url"`
}

func (c *Coverage) maps() map[string]cachedMaps {
	list := map[string]cachedMaps{}
	for name, m := range c.rt.SourceMaps.files {
		list[fileURL(name)] = cachedMaps{LineLengths: m.LineLengths, Data: json.RawMessage(m.Payload)}
	}
	return list
}
