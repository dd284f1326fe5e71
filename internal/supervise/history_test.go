package supervise

import (
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	var h History
	at := time.Unix(0, 0)
	a := &AppStatus{Workers: []WorkerStatus{{Worker: Worker{ID: 1, State: Ready}}, {Worker: Worker{ID: 2}}}}
	u := &a.Workers[0].Usage
	u.Latency.Buckets = make([]int64, len(LatencyBounds)+1)
	for i := range HistoryLength + 5 {
		h.Add(at.Add(time.Duration(i)*HistoryEvery), a)
		u.Requests += int64(10 * i)
		u.CPU += 5
		u.Latency.Buckets[2] += int64(10 * i)
		u.Memory = int64(i)
		u.Loop.P99 = 0.25
	}
	list := h.Points()
	if len(list) != HistoryLength {
		t.Fatal(len(list))
	}
	for i, p := range list {
		n := i + 4 // of the requests before
		if want := (Point{Time: at.Add(time.Duration(n+1) * HistoryEvery), Requests: float64(n), P50: LatencyBounds[2], P99: LatencyBounds[2], Delay: 0.25, Memory: float64(n), CPU: 0.5, Workers: 1}); p != want {
			t.Fatalf("%d: %+v, not %+v", i, p, want)
		}
	}
	a.Workers = a.Workers[1:] // a worker ends
	h.Add(at.Add(time.Hour*2), a)
	if p := h.Points()[HistoryLength-1]; p.Requests != 0 || p.Workers != 0 {
		t.Errorf("%+v", p)
	}
}
