// Package profile samples what the scripts of a runtime do, and writes that in the form of Chrome's developer tools.
package profile

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"gonode/internal/engine"
	"gonode/runtime"
)

const (
	// sampleEvery is how often a profile looks.
	sampleEvery = time.Millisecond
	// frames is how many of a stack are looked at.
	frames = 64
)

// node is a function of a profile, called from the one above it, in the form of Chrome's developer tools.
type node struct {
	ID        int       `json:"id"`
	CallFrame callFrame `json:"callFrame"`
	HitCount  int       `json:"hitCount"`
	Children  []int     `json:"children,omitempty"`
	Ticks     []tick    `json:"positionTicks,omitempty"`

	below     map[callFrame]*node
	allocated uint64 // bytes
}

type callFrame struct {
	Function string `json:"functionName"`
	Script   string `json:"scriptId"`
	URL      string `json:"url"`
	Line     int    `json:"lineNumber"` // from 0
	Column   int    `json:"columnNumber"`
}

type tick struct {
	Line  int `json:"line"`
	Ticks int `json:"ticks"`
}

type profiler struct {
	nodes   []*node
	samples []int
	deltas  []int64 // microseconds since the sample before
}

func (p *profiler) child(of *node, f callFrame) *node {
	if n := of.below[f]; n != nil {
		return n
	}
	n := p.add(f)
	of.below[f] = n
	of.Children = append(of.Children, n.ID)
	return n
}

func (p *profiler) add(f callFrame) *node {
	n := &node{ID: len(p.nodes) + 1, CallFrame: f, below: map[callFrame]*node{}}
	p.nodes = append(p.nodes, n)
	return n
}

// Write looks each millisecond at what the main thread's script does, at its next call or jump, and writes that as a .cpuprofile. Of what runs
// in Go the function is not known: "(program)".
func Write(w io.Writer, rt *runtime.Runtime, length time.Duration) error {
	text, err := record(rt, Options{Every: sampleEvery}, func(since time.Duration) bool { return since >= length || ended(rt) })
	if err == nil && ended(rt) {
		err = errors.New("the script has ended")
	}
	if err == nil {
		_, err = w.Write(append(text, '\n'))
	}
	return err
}

// Kind is what a profile counts.
type Kind int

const (
	// CPU profiles tell where the time goes: a .cpuprofile.
	CPU Kind = iota
	// Heap profiles tell where the process's allocations are made, freed ones as well: a .heapprofile.
	Heap
)

// Options say how a profile is made.
type Options struct {
	Kind Kind
	// Every is how often it looks; 0 is each millisecond.
	Every time.Duration
	// Bytes are how many must have been allocated for a heap profile to note them, to whom it sees then.
	Bytes uint64
}

// Record profiles what a runtime's script does until end is called, which gives the profile. Any goroutine.
func Record(rt *runtime.Runtime, o Options) (end func() ([]byte, error)) {
	if o.Every <= 0 {
		o.Every = sampleEvery
	}
	var over atomic.Bool
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := record(rt, o, func(time.Duration) bool { return over.Load() || ended(rt) })
		done <- result{text, err}
	}()
	return func() ([]byte, error) {
		over.Store(true)
		r := <-done
		return r.text, r.err
	}
}

func record(rt *runtime.Runtime, o Options, over func(since time.Duration) bool) ([]byte, error) {
	p := &profiler{}
	root := p.add(callFrame{Function: "(root)", Script: "0", Line: -1, Column: -1})
	meta := func(name string) *node {
		return p.child(root, callFrame{Function: name, Script: "0", Line: -1, Column: -1})
	}
	began := time.Now()
	last, idle := began, rt.Loop().IdleTime()
	allocations := []allocation{}
	before := allocated()
	for now := began; !over(now.Sub(began)); now = time.Now() {
		var stack []called
		ctx, cancel := context.WithDeadline(context.Background(), now.Add(o.Every))
		sampled := rt.Diagnosis.Sample(ctx, func() {
			for _, s := range rt.Stack(frames) {
				stack = append(stack, calledBy(rt, &s))
			}
		})
		cancel()
		waited := rt.Loop().IdleTime() - idle
		idle += waited
		at := root
		switch {
		case len(stack) > 0:
			for _, c := range slices.Backward(stack) {
				at = p.child(at, c.callFrame)
			}
			at.hit(stack[0].at)
		case !sampled && waited > o.Every/2:
			at = meta("(idle)")
			at.HitCount++
		default:
			at = meta("(program)")
			at.HitCount++
		}
		if o.Kind == Heap {
			if all := allocated(); all > before && all-before >= o.Bytes {
				at.allocated += all - before
				allocations = append(allocations, allocation{Size: all - before, Node: at.ID, Ordinal: len(allocations) + 1})
				before = all
			}
			time.Sleep(time.Until(now.Add(o.Every)))
			continue
		}
		time.Sleep(time.Until(now.Add(o.Every)))
		end := time.Now()
		p.samples = append(p.samples, at.ID)
		p.deltas = append(p.deltas, end.Sub(last).Microseconds())
		last = end
	}
	if o.Kind == Heap {
		return json.Marshal(heapProfile{Samples: allocations, Head: root.tree(p)})
	}
	return json.Marshal(map[string]any{"nodes": p.nodes, "startTime": began.UnixMicro(), "endTime": last.UnixMicro(), "samples": p.samples, "timeDeltas": p.deltas})
}

// called is a function of a stack, and the line where it is.
type called struct {
	callFrame
	at int
}

func calledBy(rt *runtime.Runtime, s *engine.Site) called {
	c := called{callFrame{Function: s.Function, Script: "0", URL: s.File, Line: -1, Column: -1}, s.Line}
	if s.TypeName != "" && !s.Toplevel && s.Function != "" && !strings.HasPrefix(s.Function, s.TypeName+".") {
		c.Function = s.TypeName + "." + s.Function
	}
	if s.Prg != nil {
		start := rt.Start(&s.Frame)
		c.Line, c.Column = start.Line-1, start.Col-1
	}
	return c
}

func (n *node) hit(line int) {
	n.HitCount++
	for i := range n.Ticks {
		if n.Ticks[i].Line == line {
			n.Ticks[i].Ticks++
			return
		}
	}
	if line > 0 {
		n.Ticks = append(n.Ticks, tick{Line: line, Ticks: 1})
	}
}

func ended(rt *runtime.Runtime) bool {
	select {
	case <-rt.Ended():
		return true
	default:
		return false
	}
}
