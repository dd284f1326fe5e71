package otlp

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == name {
				return v
			}
		}
		return ""
	}
}

func TestFromEnv(t *testing.T) {
	const at = "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/"
	for _, c := range []struct {
		env             []string
		traces, metrics string
		warning         string
	}{
		{nil, "", "", ""},
		{[]string{at}, "http://c:4318/v1/traces", "http://c:4318/v1/metrics", ""},
		{[]string{at, "OTEL_SDK_DISABLED=True"}, "", "", ""},
		{[]string{at, "OTEL_METRICS_EXPORTER=none"}, "http://c:4318/v1/traces", "", ""},
		{[]string{at, "OTEL_TRACES_EXPORTER=zipkin"}, "", "http://c:4318/v1/metrics", "not \"zipkin\""},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://t/x"}, "https://t/x", "", ""},
		{[]string{"OTEL_TRACES_EXPORTER=otlp"}, "http://localhost:4318/v1/traces", "", ""},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=c:4318"}, "", "", "no address"},
		{[]string{at, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "", "", "gRPC"},
		{[]string{at, "OTEL_TRACES_SAMPLER=sometimes"}, "http://c:4318/v1/traces", "http://c:4318/v1/metrics", "not known"},
		{[]string{at, "OTEL_BSP_MAX_QUEUE_SIZE=-3"}, "http://c:4318/v1/traces", "http://c:4318/v1/metrics", "number above 0"},
	} {
		got := FromEnv(env(c.env...))
		if got == nil {
			got = &Config{}
		}
		if warnings := strings.Join(got.Warnings, "; "); got.Traces.URL != c.traces || got.Metrics.URL != c.metrics || !strings.Contains(warnings, c.warning) || (warnings == "") != (c.warning == "") {
			t.Errorf("%v: %q, %q, %q", c.env, got.Traces.URL, got.Metrics.URL, warnings)
		}
	}
	c := FromEnv(env(at, "OTEL_EXPORTER_OTLP_HEADERS=a=b%20c, d = e,f", "OTEL_RESOURCE_ATTRIBUTES=service.name=x,k=v", "OTEL_SERVICE_NAME=y", "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.25"))
	c.Set(String("k", "other"))
	if fmt.Sprint(c.Traces.Headers) != "map[a:b c d:e]" || len(c.Resource) != 2 || c.Ratio != 0.25 || c.ParentBased {
		t.Errorf("%+v", c)
	}
}

func TestTraceparent(t *testing.T) {
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	if c := ParseTraceparent(" " + good); !c.Valid() || !c.Sampled || c.Traceparent() != good {
		t.Errorf("%+v", c)
	}
	if c := ParseTraceparent("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-more"); !c.Valid() || c.Sampled {
		t.Errorf("a later version: %+v", c)
	}
	for _, bad := range []string{"", good[:54], good + "-x", strings.ToUpper(good), "ff" + good[2:], "00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", strings.Replace(good, "a", "g", 1), strings.Replace(good, "-", "_", 1), strings.Repeat("0", 55)} {
		if ParseTraceparent(bad).Valid() {
			t.Errorf("%q is taken", bad)
		}
	}
}

// told gives a tracer and what a collector that answers by f is told.
func tracer(t *testing.T, f http.HandlerFunc, more ...string) *Tracer {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return NewTracer(FromEnv(env(append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.URL}, more...)...)))
}

func TestSpansArrive(t *testing.T) {
	var names []string
	tr := tracer(t, func(w http.ResponseWriter, r *http.Request) {
		var m struct {
			ResourceSpans []struct {
				ScopeSpans []struct {
					Spans []struct{ Name, TraceID, ParentSpanID string }
				}
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v %v %v", err, r.URL, r.Header)
		}
		for _, s := range m.ResourceSpans[0].ScopeSpans[0].Spans {
			names = append(names, s.Name)
		}
	}, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=2", "OTEL_EXPORTER_OTLP_TIMEOUT=5000")
	for i := range 5 {
		s := tr.Start(fmt.Sprint(i), Server, Context{})
		tr.End(s)
		tr.End(s)
	}
	unsampled := ParseTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
	tr.End(tr.Start("unsampled", Server, unsampled))
	if lost := tr.Close(5 * time.Second); lost != 0 || strings.Join(names, "") != "01234" {
		t.Errorf("%d lost of %v", lost, names)
	}
	tr.End(tr.Start("late", Server, Context{})) // does nothing
}

// Whatever the collector does, spans that cannot be kept are counted, and the end does not wait for it.
func TestBadCollectors(t *testing.T) {
	release := make(chan struct{})
	var asked atomic.Int64
	for name, f := range map[string]http.HandlerFunc{
		"refuses": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(400) },
		"is busy": func(w http.ResponseWriter, r *http.Request) { asked.Add(1); w.WriteHeader(503) },
		"is slow": func(w http.ResponseWriter, r *http.Request) { <-release },
		"says much": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			for range 1000 {
				w.Write(make([]byte, 64<<10))
			}
		},
	} {
		tr := tracer(t, f, "OTEL_BSP_MAX_QUEUE_SIZE=10")
		for range 25 {
			tr.End(tr.Start("x", Server, Context{}))
		}
		began := time.Now()
		lost := tr.Close(200 * time.Millisecond)
		// What a slow one has been handed is neither lost nor told.
		if took := time.Since(began); took > 5*time.Second || lost < 15 || name != "is slow" && lost != 25 {
			t.Errorf("one that %s: %d lost after %v", name, lost, took)
		}
	}
	close(release)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + l.Addr().String()
	l.Close()
	tr := NewTracer(FromEnv(env("OTEL_EXPORTER_OTLP_ENDPOINT=" + dead)))
	tr.End(tr.Start("x", Server, Context{}))
	if lost := tr.Close(5 * time.Second); lost != 1 {
		t.Errorf("one that is dead: %d lost", lost)
	}
}
