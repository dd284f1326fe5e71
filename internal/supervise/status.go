package supervise

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"gonode/internal/loop"
	"gonode/internal/sys"
)

// Status is what a supervisor tells of itself.
type Status struct {
	PID     int         `json:"pid"`
	Uptime  float64     `json:"uptime"` // seconds
	Ready   bool        `json:"ready"`
	Memory  int64       `json:"memory"` // of the supervisor, bytes
	CPU     float64     `json:"cpu"`    // seconds
	Apps    []AppStatus `json:"apps"`
	Version string      `json:"version"`
}

// AppStatus is what it tells of an app.
type AppStatus struct {
	Name        string         `json:"name"`
	Script      string         `json:"script"`
	Wanted      int            `json:"wanted"`
	Ready       bool           `json:"ready"`
	Reloading   bool           `json:"reloading"`
	GivenUp     bool           `json:"givenUp"`
	Stopped     bool           `json:"stopped"`
	Generation  int            `json:"generation"`
	Restarts    int            `json:"restarts"`
	Failure     string         `json:"failure,omitempty"`
	Watch       []string       `json:"watch,omitempty"`
	IgnoreWatch []string       `json:"ignoreWatch,omitempty"`
	Workers     []WorkerStatus `json:"workers"`
}

// WorkerStatus is what it tells of a worker.
type WorkerStatus struct {
	Worker
	Uptime float64 `json:"uptime"` // seconds
}

// LatencyBounds are the upper bounds of a Summary's buckets for the latencies of requests, in seconds; one more has the rest.
var LatencyBounds = [...]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// Quantile estimates a quantile of a Summary of latencies, in seconds: the upper bound of the bucket that it is in.
func (s Summary) Quantile(q float64) float64 {
	total := int64(0)
	for _, n := range s.Buckets {
		total += n
	}
	seen := int64(0)
	for i, n := range s.Buckets {
		if seen += n; total > 0 && float64(seen) >= q*float64(total) && i < len(LatencyBounds) {
			return LatencyBounds[i]
		}
	}
	if total == 0 {
		return 0
	}
	return LatencyBounds[len(LatencyBounds)-1]
}

// WriteMetrics writes a status in the OpenMetrics format. Figures of workers have prom-client's names where it has one.
func WriteMetrics(w io.Writer, s *Status) {
	family := func(name, kind, help string, samples func(sample func(labels string, v float64))) {
		fmt.Fprintf(w, "# TYPE %s %s\n# HELP %s %s\n", name, kind, name, help)
		suffix := ""
		if kind == "counter" {
			suffix = "_total"
		}
		samples(func(labels string, v float64) { fmt.Fprintf(w, "%s%s%s %v\n", name, suffix, labels, v) })
	}
	apps := func(f func(a *AppStatus) float64) func(func(string, float64)) {
		return func(sample func(string, float64)) {
			for i := range s.Apps {
				sample(fmt.Sprintf("{app=%s}", label(s.Apps[i].Name)), f(&s.Apps[i]))
			}
		}
	}
	workers := func(f func(w *WorkerStatus) float64) func(func(string, float64)) {
		return func(sample func(string, float64)) {
			for _, a := range s.Apps {
				for i := range a.Workers {
					sample(workerLabels(a.Name, &a.Workers[i]), f(&a.Workers[i]))
				}
			}
		}
	}
	one := func(v float64) func(func(string, float64)) {
		return func(sample func(string, float64)) { sample("", v) }
	}
	family("gonode_supervisor_uptime_seconds", "gauge", "How long the supervisor has run.", one(s.Uptime))
	family("gonode_supervisor_resident_memory_bytes", "gauge", "Resident memory of the supervisor.", one(float64(s.Memory)))
	family("gonode_supervisor_cpu_seconds", "counter", "Processor time of the supervisor.", one(s.CPU))
	family("gonode_app_workers_wanted", "gauge", "How many workers the app should have.", apps(func(a *AppStatus) float64 { return float64(a.Wanted) }))
	family("gonode_app_workers_ready", "gauge", "How many workers serve.", apps(func(a *AppStatus) float64 {
		n := 0.0
		for _, w := range a.Workers {
			if w.State == Ready {
				n++
			}
		}
		return n
	}))
	family("gonode_app_restarts", "counter", "Workers that ended by themselves.", apps(func(a *AppStatus) float64 { return float64(a.Restarts) }))
	family("gonode_app_generation", "gauge", "How often the app was reloaded, and one.", apps(func(a *AppStatus) float64 { return float64(a.Generation) }))
	family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.Memory) }))
	family("process_cpu_seconds", "counter", "Total user and system CPU time spent in seconds.", workers(func(w *WorkerStatus) float64 { return w.Usage.CPU }))
	family("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", workers(func(w *WorkerStatus) float64 { return math.Round(float64(time.Now().UnixMilli())/1000 - w.Uptime) }))
	family("process_open_fds", "gauge", "Number of open file descriptors.", workers(func(w *WorkerStatus) float64 { return float64(sys.OpenFiles(w.PID)) }))
	family("nodejs_version_info", "gauge", "Node.js version info.", func(sample func(string, float64)) {
		sample(fmt.Sprintf("{version=%s}", label(s.Version)), 1)
	})
	family("process_uptime_seconds", "gauge", "How long the worker has run.", workers(func(w *WorkerStatus) float64 { return w.Uptime }))
	family("process_cpu_user_seconds", "counter", "Total user CPU time spent in seconds.", workers(func(w *WorkerStatus) float64 { return w.Usage.User }))
	family("process_cpu_system_seconds", "counter", "Total system CPU time spent in seconds.", workers(func(w *WorkerStatus) float64 { return w.Usage.System }))
	family("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", workers(func(w *WorkerStatus) float64 { return float64(sys.VirtualMemory(w.PID)) }))
	family("process_max_fds", "gauge", "Maximum number of open file descriptors.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.MaxFiles) }))
	family("nodejs_heap_size_used_bytes", "gauge", "Process heap size used from Node.js in bytes.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.Heap) }))
	family("nodejs_heap_size_total_bytes", "gauge", "Process heap size from Node.js in bytes.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.HeapTotal) }))
	kinds := func(counts func(w *WorkerStatus) map[string]int64) func(func(string, float64)) {
		return func(sample func(string, float64)) {
			for _, a := range s.Apps {
				for i := range a.Workers {
					w := &a.Workers[i]
					for _, kind := range slices.Sorted(maps.Keys(counts(w))) {
						sample(strings.TrimSuffix(workerLabels(a.Name, w), "}")+",type="+label(kind)+"}", float64(counts(w)[kind]))
					}
				}
			}
		}
	}
	family("nodejs_active_handles", "gauge", "Number of active libuv handles grouped by handle type.", kinds(func(w *WorkerStatus) map[string]int64 { return w.Usage.Kinds }))
	family("nodejs_active_handles_total", "gauge", "Total number of active handles.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.Handles) }))
	family("nodejs_active_resources", "gauge", "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.",
		kinds(func(w *WorkerStatus) map[string]int64 { return w.Usage.Resources }))
	family("nodejs_active_resources_total", "gauge", "Total number of active resources.", workers(func(w *WorkerStatus) (n float64) {
		for _, k := range w.Usage.Resources {
			n += float64(k)
		}
		return n
	}))
	family("nodejs_eventloop_lag_seconds", "gauge", "Lag of event loop in seconds.", workers(func(w *WorkerStatus) float64 { return w.Usage.LoopDelay }))
	for _, lag := range []struct {
		name, help string
		of         func(d *loop.Delays) float64
	}{
		{"min", "The minimum recorded event loop delay.", func(d *loop.Delays) float64 { return d.Min }},
		{"max", "The maximum recorded event loop delay.", func(d *loop.Delays) float64 { return d.Max }},
		{"mean", "The mean of the recorded event loop delays.", func(d *loop.Delays) float64 { return d.Mean }},
		{"stddev", "The standard deviation of the recorded event loop delays.", func(d *loop.Delays) float64 { return d.StdDev }},
		{"p50", "The 50th percentile of the recorded event loop delays.", func(d *loop.Delays) float64 { return d.P50 }},
		{"p90", "The 90th percentile of the recorded event loop delays.", func(d *loop.Delays) float64 { return d.P90 }},
		{"p99", "The 99th percentile of the recorded event loop delays.", func(d *loop.Delays) float64 { return d.P99 }},
	} {
		family("nodejs_eventloop_lag_"+lag.name+"_seconds", "gauge", lag.help, workers(func(w *WorkerStatus) float64 { return lag.of(&w.Usage.Loop) }))
	}
	family("http_server_connections", "gauge", "Open connections.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.Connections) }))
	family("http_server_requests", "counter", "Requests answered.", workers(func(w *WorkerStatus) float64 { return float64(w.Usage.Requests) }))
	distribution := func(name, help, more string, bounds []float64, of func(u *Usage) *Summary) {
		fmt.Fprintf(w, "# TYPE %s histogram\n# HELP %s %s\n", name, name, help)
		for _, a := range s.Apps {
			for i := range a.Workers {
				histogram(w, name, strings.TrimSuffix(workerLabels(a.Name, &a.Workers[i]), "}")+more, bounds, of(&a.Workers[i].Usage))
			}
		}
	}
	distribution("nodejs_gc_duration_seconds", "How long garbage collections have stopped the process, in seconds.", `,kind="major"`, PauseBounds[:], func(u *Usage) *Summary { return &u.Pauses })
	distribution("http_request_duration_seconds", "From a request's head to the end of its answer.", "", LatencyBounds[:], func(u *Usage) *Summary { return &u.Latency })
	fmt.Fprint(w, "# EOF\n")
}

// histogram writes one; labels are without their end.
func histogram(w io.Writer, name, labels string, bounds []float64, d *Summary) {
	if len(d.Buckets) == 0 {
		return
	}
	sum := int64(0)
	for i, n := range d.Buckets {
		bound := "+Inf"
		if i < len(bounds) {
			bound = fmt.Sprint(bounds[i])
		}
		sum += n
		fmt.Fprintf(w, "%s_bucket%s,le=%q} %d\n", name, labels, bound, sum)
	}
	fmt.Fprintf(w, "%s_sum%s} %v\n%s_count%s} %d\n", name, labels, d.Sum, name, labels, sum)
}

func workerLabels(app string, w *WorkerStatus) string {
	return fmt.Sprintf(`{app=%s,worker="%d",instance="%d"}`, label(app), w.ID, w.Instance)
}

func label(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
