package supervise

import (
	"fmt"
	"slices"
	"time"

	"gonode/internal/loop"
)

// State is where a worker is in its life. It only goes forward.
type State uint8

// The states of a worker.
const (
	Starting State = iota // runs, and does not serve yet
	Ready                 // serves
	Draining              // answers what it has and takes nothing new
	Stopping              // was sent SIGTERM
	Killed                // was sent SIGKILL
	Gone                  // has ended
)

var stateNames = [...]string{"starting", "online", "draining", "stopping", "killed", "gone"}

func (s State) String() string { return stateNames[s] }

// MarshalText gives the state its name in JSON.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads such a name.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("no state of a worker: %q", text)
	}
	*s = State(i)
	return nil
}

// Usage is what is known of a worker's doings. Workers tell, but for Memory, which the system does.
type Usage struct {
	Memory      int64   `json:"memory"`      // resident set, in bytes
	CPU         float64 `json:"cpu"`         // seconds, of user and system
	User        float64 `json:"user"`        // of CPU, as the worker tells
	System      float64 `json:"system"`      // likewise
	Requests    int64   `json:"requests"`    // answered so far
	Connections int64   `json:"connections"` // open
	Heap        int64   `json:"heap"`        // bytes
	HeapTotal   int64   `json:"heapTotal"`   // of the system's, for the heap
	Handles     int64   `json:"handles"`     // active ones
	MaxFiles    int64   `json:"maxFiles"`    // how many descriptors it may have
	LoopDelay   float64 `json:"loopDelay"`   // the latest delay of the event loop, in seconds
	Latency     Summary `json:"latency"`     // of requests

	Loop      loop.Delays      `json:"loop"`      // how long the turns of the event loop took lately
	Pauses    Summary          `json:"pauses"`    // of the garbage collector's, by PauseBounds
	Kinds     map[string]int64 `json:"kinds"`     // of active handles: how many
	Resources map[string]int64 `json:"resources"` // the same of all that holds the event loop open
}

// PauseBounds are the upper bounds of the buckets of a collector's pauses, in seconds: prom-client's.
var PauseBounds = [...]float64{0.001, 0.01, 0.1, 1, 2, 5}

// Summary is a distribution as a worker reports it: how many values there were, their sum, and counts by bucket.
type Summary struct {
	Sum     float64 `json:"sum"` // seconds
	Buckets []int64 `json:"buckets,omitempty"`
}

// Worker is one process of an App.
type Worker struct {
	ID         int    `json:"id"`       // counts the supervisor's workers
	Instance   int    `json:"instance"` // its place in its app: 0 to the number of workers
	PID        int    `json:"pid"`
	Generation int    `json:"generation"`
	State      State  `json:"state"`
	Why        string `json:"why,omitempty"` // it does not serve on
	Usage      Usage  `json:"usage"`

	started, beat time.Duration // when
	deadline      time.Duration // when the present state has lasted too long; 0 for never
	replaced      bool          // its successor is up, or nobody wants one
	beats         bool          // it sends heartbeats
}

// Since tells for how long the worker has run.
func (w *Worker) Since(now time.Duration) time.Duration { return now - w.started }

func (w *Worker) live() bool { return w.State == Starting || w.State == Ready }

// Exit is how a worker has ended.
type Exit struct {
	Code    int
	Signal  string // "" if it ended by itself
	Failure string // why it could not be started, "" if it was
	Limit   string // the limit for which it was killed with all that it had started, "" if it was not
}

func (e Exit) String() string {
	switch {
	case e.Failure != "":
		return "a failure to start: " + e.Failure
	case e.Limit != "":
		return "being beyond its limit of " + e.Limit
	case e.Signal != "":
		return "signal " + e.Signal
	}
	return fmt.Sprintf("status %d", e.Code)
}
