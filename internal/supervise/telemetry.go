package supervise

import (
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"gonode/internal/otlp"
	"gonode/internal/sys"
)

// Telemetry tells an OpenTelemetry collector of all workers, as the standard variables say. It belongs to one goroutine; what is sent
// leaves on another, and while that has not left nothing further is sent.
type Telemetry struct {
	config *otlp.Config
	client otlp.Sender
	began  time.Time
	due    time.Time
	busy   atomic.Bool
	failed atomic.Bool // the collector did not take the latest
}

// NewTelemetry is nil if metrics go nowhere.
func NewTelemetry(c *otlp.Config) *Telemetry {
	if c == nil || c.Metrics.URL == "" {
		return nil
	}
	now := time.Now()
	return &Telemetry{config: c, began: now, due: now.Add(c.MetricsEvery)}
}

// Look sends what there is to tell if it is time. status is asked only then. failed is called, on another goroutine, when the collector does not take
// something for the first time since it did.
func (t *Telemetry) Look(now time.Time, status func() *Status, failed func(error)) {
	if t == nil || now.Before(t.due) || !t.busy.CompareAndSwap(false, true) {
		return
	}
	t.due = now.Add(t.config.MetricsEvery)
	message := t.message(status(), now)
	go func() {
		err := t.client.Post(t.config.Metrics, message, false)
		if was := t.failed.Swap(err != nil); err != nil && !was {
			failed(err)
		}
		t.busy.Store(false)
	}()
}

// message makes an ExportMetricsServiceRequest, by OpenTelemetry's names where there are some.
func (t *Telemetry) message(s *Status, now time.Time) any {
	var metrics []any
	times := func(point map[string]any, w *WorkerStatus) map[string]any {
		begin := t.began
		if w != nil {
			begin = now.Add(-time.Duration(w.Uptime * float64(time.Second)))
		}
		point["startTimeUnixNano"], point["timeUnixNano"] = strconv.FormatInt(begin.UnixNano(), 10), strconv.FormatInt(now.UnixNano(), 10)
		return point
	}
	each := func(point func(a *AppStatus, w *WorkerStatus) map[string]any) (points []any) {
		for i := range s.Apps {
			a := &s.Apps[i]
			for j := range a.Workers {
				w := &a.Workers[j]
				p := point(a, w)
				p["attributes"] = []otlp.Attribute{otlp.String("app", a.Name), otlp.Int("worker", int64(w.ID)), otlp.Int("instance", int64(w.Instance))}
				points = append(points, times(p, w))
			}
		}
		return points
	}
	add := func(name, unit, kind string, more map[string]any, points []any) {
		if len(points) == 0 {
			return
		}
		data := map[string]any{"dataPoints": points}
		for k, v := range more {
			data[k] = v
		}
		metrics = append(metrics, map[string]any{"name": name, "unit": unit, kind: data})
	}
	gauge := func(name, unit string, of func(w *WorkerStatus) float64) {
		add(name, unit, "gauge", nil, each(func(_ *AppStatus, w *WorkerStatus) map[string]any { return map[string]any{"asDouble": of(w)} }))
	}
	cumulative := map[string]any{"aggregationTemporality": 2}
	sum := func(name, unit string, of func(w *WorkerStatus) float64) {
		add(name, unit, "sum", map[string]any{"aggregationTemporality": 2, "isMonotonic": true},
			each(func(_ *AppStatus, w *WorkerStatus) map[string]any { return map[string]any{"asDouble": of(w)} }))
	}
	distribution := func(name string, bounds []float64, of func(w *WorkerStatus) *Summary) {
		add(name, "s", "histogram", cumulative, each(func(_ *AppStatus, w *WorkerStatus) map[string]any {
			d, total, counts := of(w), int64(0), make([]string, len(bounds)+1)
			for i := range counts {
				n := int64(0)
				if i < len(d.Buckets) {
					n = d.Buckets[i]
				}
				total += n
				counts[i] = strconv.FormatInt(n, 10)
			}
			return map[string]any{"count": strconv.FormatInt(total, 10), "sum": d.Sum, "bucketCounts": counts, "explicitBounds": bounds}
		}))
	}
	distribution("http.server.request.duration", LatencyBounds[:], func(w *WorkerStatus) *Summary { return &w.Usage.Latency })
	distribution("v8js.gc.duration", PauseBounds[:], func(w *WorkerStatus) *Summary { return &w.Usage.Pauses })
	gauge("http.server.open_connections", "{connection}", func(w *WorkerStatus) float64 { return float64(w.Usage.Connections) })
	gauge("nodejs.eventloop.delay.min", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.Min })
	gauge("nodejs.eventloop.delay.max", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.Max })
	gauge("nodejs.eventloop.delay.mean", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.Mean })
	gauge("nodejs.eventloop.delay.stddev", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.StdDev })
	gauge("nodejs.eventloop.delay.p50", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.P50 })
	gauge("nodejs.eventloop.delay.p90", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.P90 })
	gauge("nodejs.eventloop.delay.p99", "s", func(w *WorkerStatus) float64 { return w.Usage.Loop.P99 })
	gauge("v8js.memory.heap.used", "By", func(w *WorkerStatus) float64 { return float64(w.Usage.Heap) })
	gauge("process.memory.usage", "By", func(w *WorkerStatus) float64 { return float64(w.Usage.Memory) })
	gauge("process.unix.file_descriptor.count", "{file_descriptor}", func(w *WorkerStatus) float64 { return float64(sys.OpenFiles(w.PID)) })
	gauge("process.uptime", "s", func(w *WorkerStatus) float64 { return w.Uptime })
	sum("process.cpu.time", "s", func(w *WorkerStatus) float64 { return w.Usage.CPU })
	var restarts, ready []any
	for i := range s.Apps {
		a := &s.Apps[i]
		app := []otlp.Attribute{otlp.String("app", a.Name)}
		n := 0
		for j := range a.Workers {
			if a.Workers[j].State == Ready {
				n++
			}
		}
		restarts = append(restarts, times(map[string]any{"attributes": app, "asInt": strconv.Itoa(a.Restarts)}, nil))
		ready = append(ready, times(map[string]any{"attributes": app, "asInt": strconv.Itoa(n)}, nil))
	}
	add("gonode.app.restarts", "{restart}", "sum", map[string]any{"aggregationTemporality": 2, "isMonotonic": true}, restarts)
	add("gonode.app.workers.ready", "{worker}", "gauge", nil, ready)
	return map[string]any{"resourceMetrics": []any{map[string]any{
		"resource":     map[string]any{"attributes": append(t.config.Resource[:len(t.config.Resource):len(t.config.Resource)], otlp.Int("process.pid", int64(os.Getpid())))},
		"scopeMetrics": []any{map[string]any{"scope": map[string]any{"name": "gonode"}, "metrics": metrics}},
	}}}
}
