package supervise

import (
	"slices"
	"time"
)

// Point is how an app did in one interval of a History.
type Point struct {
	Time        time.Time `json:"time"`     // its end
	Requests    float64   `json:"requests"` // per second
	P50         float64   `json:"p50"`      // seconds, as of Summary.Quantile
	P99         float64   `json:"p99"`
	Delay       float64   `json:"delay"`  // 99 of 100 turns of the event loops took at most so long, in seconds
	Memory      float64   `json:"memory"` // bytes, of all workers
	CPU         float64   `json:"cpu"`    // processors
	Connections float64   `json:"connections"`
	Workers     float64   `json:"workers"` // that serve
}

// HistoryEvery is a History's interval, HistoryLength how many of them it remembers: an hour.
const (
	HistoryEvery  = 10 * time.Second
	HistoryLength = 360
)

// History remembers how an app did. It belongs to one goroutine.
type History struct {
	points []Point // a ring
	next   int
	last   time.Time
	before map[int]Usage // by worker
}

// Add takes the app's state, once in HistoryEvery.
func (h *History) Add(now time.Time, a *AppStatus) {
	seconds := now.Sub(h.last).Seconds()
	first := h.last.IsZero()
	p := Point{Time: now}
	latency := Summary{Buckets: make([]int64, len(LatencyBounds)+1)}
	usage := make(map[int]Usage, len(a.Workers))
	for i := range a.Workers {
		w := &a.Workers[i]
		u, old := w.Usage, h.before[w.ID]
		u.Latency.Buckets = slices.Clone(u.Latency.Buckets)
		usage[w.ID] = u
		p.Requests += float64(max(u.Requests-old.Requests, 0)) / seconds
		p.CPU += max(u.CPU-old.CPU, 0) / seconds
		p.Memory += float64(u.Memory)
		p.Connections += float64(u.Connections)
		p.Delay = max(p.Delay, u.Loop.P99)
		if w.State == Ready {
			p.Workers++
		}
		for i, n := range u.Latency.Buckets {
			if i < len(old.Latency.Buckets) {
				n -= old.Latency.Buckets[i]
			}
			latency.Buckets[i] += max(n, 0)
		}
	}
	h.last, h.before = now, usage
	if first {
		return // nothing to compare with
	}
	p.P50, p.P99 = latency.Quantile(0.5), latency.Quantile(0.99)
	if len(h.points) < HistoryLength {
		h.points = append(h.points, p)
		return
	}
	h.points[h.next] = p
	h.next = (h.next + 1) % HistoryLength
}

// Points are what is remembered, the oldest first.
func (h *History) Points() []Point {
	return append(append([]Point{}, h.points[h.next:]...), h.points[:h.next]...)
}
