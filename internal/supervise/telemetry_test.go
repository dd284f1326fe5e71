package supervise

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gonode/internal/otlp"
)

// Metrics leave when it is time, one message after the other, and a collector that takes none is told of once.
func TestTelemetry(t *testing.T) {
	status, bodies := 200, make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.WriteHeader(status)
		bodies <- r.URL.Path + string(text)
	}))
	defer s.Close()
	tel := NewTelemetry(otlp.FromEnv(func(name string) string {
		return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": s.URL, "OTEL_METRIC_EXPORT_INTERVAL": "10000"}[name]
	}))
	failures := make(chan error, 10)
	look := func(at time.Duration) {
		tel.Look(tel.began.Add(at), func() *Status {
			return &Status{Apps: []AppStatus{{Name: "web", Restarts: 7, Workers: []WorkerStatus{{Worker: Worker{ID: 3, State: Ready, Usage: Usage{Latency: Summary{Sum: 1.5, Buckets: []int64{1, 2}}}}}}}}}
		}, func(err error) { failures <- err })
	}
	settled := func() {
		for tel.busy.Load() {
			time.Sleep(time.Millisecond)
		}
	}
	look(9 * time.Second)
	if len(bodies) != 0 || tel.busy.Load() {
		t.Error("too early")
	}
	look(10 * time.Second)
	body := <-bodies
	settled()
	var m any
	if text, ok := strings.CutPrefix(body, "/v1/metrics"); !ok || json.Unmarshal([]byte(text), &m) != nil {
		t.Fatal(body)
	}
	for _, want := range []string{`"name":"http.server.request.duration"`, `"bucketCounts":["1","2","0"`, `"count":"3"`, `"asInt":"7"`, `{"key":"worker","value":{"intValue":"3"}}`, `"isMonotonic":true`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	look(11 * time.Second)
	if len(bodies) != 0 {
		t.Error("twice")
	}
	status = 400
	for i := range 3 {
		look(time.Duration(20+10*i) * time.Second)
		<-bodies
		settled()
	}
	if len(failures) != 1 {
		t.Errorf("%d failures are told", len(failures))
	}
	NewTelemetry(nil).Look(time.Now(), nil, nil)
}
