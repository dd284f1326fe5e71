package child_process

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/sys"
	"gonode/runtime"
)

// A trace of a whole tree of processes is one file, to which each process appends a line for each event, in Chrome's trace event format: an array that
// nobody closes, which its readers allow. The environment tells children of it.

// Trace is the private module that begins to write the trace; it is loaded at the start of a process whose environment asks for one.
var Trace = &runtime.Module{Name: runtime.TraceModule, Private: true, Binding: beginTrace}

type traceKey struct{}

// tracer writes the events of one process.
type tracer struct {
	file    *os.File
	self    int
	started map[int]float64 // when children were, in microseconds
}

type traceEvent struct {
	Name  string         `json:"name"`
	Kind  string         `json:"cat,omitempty"`
	Phase string         `json:"ph"`
	Time  float64        `json:"ts"` // microseconds, by a clock that all processes of the machine have
	Took  float64        `json:"dur,omitempty"`
	PID   int            `json:"pid"`
	TID   int            `json:"tid"`
	ID    string         `json:"id,omitempty"`
	Bind  string         `json:"bp,omitempty"`
	Args  map[string]any `json:"args,omitempty"`
}

// pointTook is the length of an event that takes no time: arrows begin and end at events that have one.
const pointTook = 1

func traceOf(rt *runtime.Runtime) *tracer {
	t, _ := rt.Value(traceKey{}).(*tracer)
	return t
}

func beginTrace(rt *runtime.Runtime) *goja.Object {
	if rt.Access.Check(runtime.AccessWrite, rt.TracePath()) != nil {
		return rt.VM().NewObject()
	}
	f, err := os.OpenFile(rt.TracePath(), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		os.Stderr.WriteString("gonode --trace-ipc: " + err.Error() + "\n")
		return rt.VM().NewObject()
	}
	t := &tracer{file: f, self: os.Getpid(), started: map[int]float64{}}
	rt.SetValue(traceKey{}, t)
	st, err := f.Stat()
	t.name(t.self, os.Args)
	if err == nil && st.Size() > int64(len("[\n")) {
		t.arrow("start", "spawn", "f", "spawn-"+strconv.Itoa(t.self), nil)
		return rt.VM().NewObject()
	}
	// Of the first process nobody else tells.
	began := t.now()
	rt.AtExit(func() {
		t.write(traceEvent{Name: "process", Kind: "process", Phase: "X", Time: began, Took: t.now() - began, PID: t.self})
	})
	return rt.VM().NewObject()
}

func (t *tracer) now() float64 { return float64(sys.Monotonic().Nanoseconds()) / 1e3 }

// write appends an event: as one piece, which no other process's comes into.
func (t *tracer) write(e traceEvent) {
	b, err := json.Marshal(e)
	if err == nil {
		t.file.Write(append(b, ",\n"...))
	}
}

func (t *tracer) name(pid int, args []string) {
	text := strings.Join(args, " ")
	t.write(traceEvent{Name: "process_name", Phase: "M", PID: pid, Args: map[string]any{"name": strings.ToValidUTF8(text[:min(len(text), 120)], "")}})
}

// arrow writes an event from which, with phase "s", an arrow goes, or to which one comes, with "f".
func (t *tracer) arrow(name, kind, phase, id string, args map[string]any) {
	now := t.now()
	t.write(traceEvent{Name: name, Kind: kind, Phase: "X", Time: now, Took: pointTook, PID: t.self, TID: t.self, Args: args})
	e := traceEvent{Name: kind, Kind: kind, Phase: phase, Time: now, PID: t.self, TID: t.self, ID: id}
	if phase == "f" {
		e.Bind = "e"
	}
	t.write(e)
}

func (t *tracer) spawned(pid int, o *handle.SpawnOptions) {
	if t == nil {
		return
	}
	t.started[pid] = t.now()
	t.name(pid, o.Args)
	t.arrow("spawn", "spawn", "s", "spawn-"+strconv.Itoa(pid), map[string]any{"pid": pid, "file": o.File})
}

func (t *tracer) exited(pid, status, signal int) {
	if t == nil {
		return
	}
	now := t.now()
	args := map[string]any{"pid": pid, "status": status}
	if signal != 0 {
		args["signal"] = handle.SignalName(signal)
	}
	t.write(traceEvent{Name: "process", Kind: "process", Phase: "X", Time: t.started[pid], Took: now - t.started[pid], PID: pid, Args: args})
	delete(t.started, pid)
	t.write(traceEvent{Name: "exit", Kind: "exit", Phase: "X", Time: now, Took: pointTook, PID: t.self, TID: t.self, Args: args})
}

// channelTrace counts the messages of a channel, so that both of its ends give each the same number.
type channelTrace struct {
	t              *tracer
	child          int // the process at its lower end
	sent, received int
}

func (c *channel) tracing() *channelTrace {
	t := traceOf(c.rt)
	if t == nil {
		return nil
	}
	if c.trace == nil {
		c.trace = &channelTrace{t: t, child: t.self}
		if pid := c.target.Get("pid"); !c.inherited && pid != nil {
			c.trace.child = int(pid.ToInteger())
		}
	}
	return c.trace
}

func (c *channel) traceSent(buf []byte, fd int) {
	if t := c.tracing(); t != nil {
		t.sent++
		t.message("send ", "s", c.inherited, t.sent, buf, fd >= 0)
	}
}

func (c *channel) traceReceived(payload []byte) {
	if t := c.tracing(); t != nil {
		t.received++
		t.message("receive ", "f", !c.inherited, t.received, payload, false)
	}
}

func (c *channelTrace) message(what, phase string, up bool, number int, text []byte, handle bool) {
	direction := "down"
	if up {
		direction = "up"
	}
	args := map[string]any{"bytes": len(text), "channel": c.child}
	if handle {
		args["handle"] = true
	}
	c.t.arrow(what+nameOf(text), "message", phase, strconv.Itoa(c.child)+"-"+direction+"-"+strconv.Itoa(number), args)
}

// nameOf gives the name of a message: that of the protocols' own.
func nameOf(text []byte) string {
	field := func(key string) string {
		_, rest, _ := bytes.Cut(text[:min(len(text), 512)], []byte(`"`+key+`":"`))
		value, _, _ := bytes.Cut(rest, []byte(`"`))
		return string(value)
	}
	if cmd := field("cmd"); strings.HasPrefix(cmd, "NODE_") {
		if act := field("act"); act != "" {
			return cmd + " " + act
		}
		return cmd
	}
	return "message"
}
