package runtime

import (
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loader"
	"gonode/internal/probes"
	"gonode/internal/source"
)

// Debugger stops scripts at probes, those that are compiled after Start. Loop goroutine only, but for Notice.
type Debugger struct {
	rt      *Runtime
	on      bool
	scripts []*DebugScript
	byProbe map[*probes.Script]*DebugScript
	parsed  func(*DebugScript)

	alert   atomic.Int32 // what wants to know of each probe: notices, and 1 while stepping
	notice  atomic.Bool
	step    Step
	depth   int // of the call stack where the step began
	stopped func(Stop)
	looked  func()
	at      Stop // where scripts stand still
	atDepth int  // the depth there

	console  func(kind string, args []goja.Value)
	uncaught func(goja.Value)
}

// Step is how a script goes on.
type Step uint8

// The ways to go on: until a breakpoint, to the next place anywhere, in the function or those around it, or in those around it.
const (
	Resume Step = iota
	StepInto
	StepOver
	StepOut
)

// DebugScript is a script as debuggers see it.
type DebugScript struct {
	ID, URL string
	Unit    *source.Unit
	Module  bool
}

// Stop is why a script stands still: at a place of a script, Breakpoint by Stops, else by a step or a debugger statement.
type Stop struct {
	Script *DebugScript
	Place  int
	Kind   probes.Kind
	// Breakpoint is that there is a breakpoint at the place, Stepped that a step has ended there.
	Breakpoint, Stepped bool
}

// Start has scripts stop from then on: stopped is called where they do, on their goroutine, and they go on when it returns. parsed is told
// of each script that is compiled. looked is called, in a script at its next probe, after Notice.
func (d *Debugger) Start(parsed func(*DebugScript), stopped func(Stop), looked func()) {
	if d.byProbe == nil {
		d.byProbe = map[*probes.Script]*DebugScript{}
	}
	d.on, d.parsed, d.stopped, d.looked = true, parsed, stopped, looked
}

// Prepare has scripts that are compiled from then on stop once Start has been called.
func (d *Debugger) Prepare() {
	d.on = true
	if d.byProbe == nil {
		d.byProbe = map[*probes.Script]*DebugScript{}
	}
}

// Scripts are those that have been compiled.
func (d *Debugger) Scripts() []*DebugScript {
	for _, name := range slices.Sorted(maps.Keys(d.rt.Scripts.units)) {
		if u := d.rt.Scripts.units[name]; !slices.ContainsFunc(d.scripts, func(s *DebugScript) bool { return s.Unit == u || s.Unit.Name == u.Name }) {
			d.scripts = append(d.scripts, d.newScript(u))
		}
	}
	return d.scripts
}

func (d *Debugger) newScript(u *source.Unit) *DebugScript {
	return &DebugScript{ID: d.rt.Scripts.id(u), URL: fileURL(u.Name), Unit: u, Module: u.Module != nil}
}

func (d *Debugger) add(u *source.Unit) {
	if !d.on {
		return
	}
	s := d.newScript(u)
	d.scripts = append(d.scripts, s)
	if p := u.Probes; p != nil {
		d.byProbe[p] = s
		p.Alert, p.Reached = &d.alert, d.reached
	}
	if d.parsed != nil {
		d.parsed(s)
	}
}

// Go says how the script goes on when Start's function returns, or from where it is.
func (d *Debugger) Go(s Step) {
	if d.step == Resume && s != Resume {
		d.alert.Add(1)
	} else if d.step != Resume && s == Resume {
		d.alert.Add(-1)
	}
	if d.step, d.depth = s, d.atDepth; d.at.Script == nil {
		d.depth = d.rt.CallDepthNow()
	}
}

// Notice has Start's last function called soon if a script runs. Any goroutine.
func (d *Debugger) Notice() {
	if d.notice.CompareAndSwap(false, true) {
		d.alert.Add(1)
	}
}

// Noticed is called by who has looked without being called.
func (d *Debugger) Noticed() {
	if d.notice.CompareAndSwap(true, false) {
		d.alert.Add(-1)
	}
}

func (d *Debugger) reached(p *probes.Script, n int) {
	if d.stopped == nil {
		return
	}
	if d.notice.Load() {
		d.Noticed()
		d.looked()
	}
	stop := Stop{Script: d.byProbe[p], Place: n, Kind: p.Places[n].Kind, Breakpoint: p.Stops[n]}
	switch depth := d.rt.CallDepthNow(); d.step {
	case StepInto:
		stop.Stepped = true
	case StepOver:
		stop.Stepped = depth <= d.depth
	case StepOut:
		stop.Stepped = depth < d.depth
	}
	if stop.Stepped || stop.Breakpoint || stop.Kind == probes.Debugger || stop.Kind == probes.Throw {
		before, beforeDepth := d.at, d.atDepth
		d.at, d.atDepth = stop, d.rt.CallDepthNow()
		defer func() { d.at, d.atDepth = before, beforeDepth }()
		d.stopped(stop)
	}
}

// At is where scripts stand still; nil if they do not.
func (d *Debugger) At() (*DebugScript, probes.Place) {
	if d.at.Script == nil {
		return nil, probes.Place{}
	}
	return d.at.Script, d.at.Script.Unit.Probes.Places[d.at.Place]
}

// OnConsole has f told of what scripts write to the console, in the kinds of the protocol's consoleAPICalled.
func (d *Debugger) OnConsole(f func(kind string, args []goja.Value)) { d.console = f }

// Console tells it.
func (d *Debugger) Console(kind string, args []goja.Value) {
	if f := d.console; f != nil {
		d.console = nil // not of what it does itself
		defer func() { d.console = f }()
		d.rt.vm.Try(func() { f(kind, args) })
	}
}

// Listens tells whether somebody wants to know of the console.
func (d *Debugger) Listens() bool { return d.console != nil }

// OnUncaught has f told of errors that nothing has caught, before they are reported.
func (d *Debugger) OnUncaught(f func(goja.Value)) { d.uncaught = f }

// Frames are those of the scripts that stand still, the innermost first.
func (d *Debugger) Frames() []*engine.Halted {
	return d.rt.Halted(func(file string) bool { return strings.HasPrefix(file, "node:") || strings.HasPrefix(file, "gonode:") })
}

// ScriptOf is the script of a file, as stacks name it; nil if it is not known.
func (d *Debugger) ScriptOf(file string) *DebugScript {
	url := file
	if strings.HasPrefix(file, "/") {
		url = loader.FileURL(file)
	}
	for _, s := range slices.Backward(d.Scripts()) {
		if s.URL == url {
			return s
		}
	}
	return nil
}

// Inspect is where the server for debuggers is to be, and whether the script waits for one.
type Inspect struct {
	On, Wait, Break bool
	Host            string
	Port            int
	PortGiven       bool
}

// ServerPort is the port to listen on, 0 for any.
func (i *Inspect) ServerPort() int {
	if i.PortGiven {
		return i.Port
	}
	return 9229
}
