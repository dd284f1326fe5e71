package supervise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonode/internal/loop"
)

func TestMetrics(t *testing.T) {
	s := &Status{Apps: []AppStatus{{Name: `a"b`, Wanted: 2, Workers: []WorkerStatus{{Worker: Worker{ID: 1, State: Ready,
		Usage: Usage{Requests: 3, Kinds: map[string]int64{"TCP": 2, "Timer": 1}, Pauses: Summary{Sum: 0.002, Buckets: []int64{1, 2}}, Loop: loop.Delays{P99: 0.25}, Latency: Summary{Sum: 0.5, Buckets: []int64{1, 0, 2}}}}}}}}}
	var b strings.Builder
	WriteMetrics(&b, s)
	for _, want := range []string{
		`nodejs_active_handles{app="a\"b",worker="1",instance="0",type="TCP"} 2` + "\n",
		`nodejs_eventloop_lag_p99_seconds{app="a\"b",worker="1",instance="0"} 0.25` + "\n",
		`nodejs_gc_duration_seconds_bucket{app="a\"b",worker="1",instance="0",kind="major",le="0.01"} 3` + "\n",
		`nodejs_gc_duration_seconds_count{app="a\"b",worker="1",instance="0",kind="major"} 3` + "\n",
		"# TYPE http_server_requests counter\n", `http_server_requests_total{app="a\"b",worker="1",instance="0"} 3` + "\n",
		`gonode_app_workers_ready{app="a\"b"} 1` + "\n",
		`http_request_duration_seconds_bucket{app="a\"b",worker="1",instance="0",le="0.005"} 3` + "\n",
		`http_request_duration_seconds_count{app="a\"b",worker="1",instance="0"} 3` + "\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if !strings.HasSuffix(b.String(), "\n# EOF\n") {
		t.Error("no end")
	}
	if q := s.Apps[0].Workers[0].Usage.Latency.Quantile(0.5); q != 0.005 {
		t.Error(q)
	}
}

func TestControlSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	l, err := ListenControl(path)
	if err != nil {
		t.Fatal(err)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Error(st.Mode())
	}
	if _, err := ListenControl(path); err == nil || !strings.Contains(err.Error(), "another supervisor runs") {
		t.Error(err)
	}
	// One that nobody listens on any more is replaced; what is no socket is not.
	l.Close()
	os.WriteFile(path, nil, 0o600)
	if _, err := ListenControl(path); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Error(err)
	}
	if _, err := SocketPath("../x"); err == nil {
		t.Error("a path is a name")
	}
}
