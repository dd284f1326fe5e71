// Package otlp tells an OpenTelemetry collector of spans and metrics: OTLP over HTTP in JSON (opentelemetry.io/docs/specs/otlp), as the
// standard environment variables say. It knows no engine. What is told waits in a queue of bounded length and leaves on a goroutine of its own:
// a collector that is slow, ends or refuses costs spans and never time.
package otlp

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Signal is where one kind of telemetry goes.
type Signal struct {
	URL     string // of the collector; empty if this signal is not sent
	Headers map[string]string
	Timeout time.Duration
	Gzip    bool
}

// Config is what the environment says.
type Config struct {
	Traces, Metrics Signal
	Resource        []Attribute
	Propagate       bool          // trace context goes with requests and to children
	Every           time.Duration // between two sends of spans
	MetricsEvery    time.Duration
	Queue, Batch    int     // spans
	Ratio           float64 // of the traces that begin here and are sampled
	ParentBased     bool    // others are as who began them says
	Warnings        []string
}

// FromEnv reads the variables of opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables. It is nil if nothing is to be told:
// no variable names a collector or an exporter, or OTEL_SDK_DISABLED is true.
func FromEnv(env func(string) string) *Config {
	get := func(name string) string { return strings.TrimSpace(env("OTEL_" + name)) }
	if strings.EqualFold(get("SDK_DISABLED"), "true") {
		return nil
	}
	c := &Config{Ratio: 1, ParentBased: true, Propagate: true}
	number := func(name string, usual int) int {
		text := get(name)
		if text == "" {
			return usual
		}
		n, err := strconv.Atoi(text)
		if err != nil || n <= 0 {
			c.warn("OTEL_%s is no number above 0: %q", name, text)
			return usual
		}
		return n
	}
	millis := func(name string, usual int) time.Duration {
		return time.Duration(number(name, usual)) * time.Millisecond
	}
	signal := func(kind, exporter, path string) (s Signal) {
		one := func(name string) string {
			if v := get("EXPORTER_OTLP_" + kind + "_" + name); v != "" {
				return v
			}
			return get("EXPORTER_OTLP_" + name)
		}
		exporters := get(exporter)
		switch at := get("EXPORTER_OTLP_" + kind + "_ENDPOINT"); {
		case exporters == "none":
			return
		case exporters != "" && exporters != "otlp":
			c.warn("OTEL_%s: there is otlp and none, not %q", exporter, exporters)
			return
		case at != "":
			s.URL = at
		case get("EXPORTER_OTLP_ENDPOINT") != "":
			s.URL = strings.TrimRight(get("EXPORTER_OTLP_ENDPOINT"), "/") + path
		case exporters == "otlp":
			s.URL = "http://localhost:4318" + path
		default:
			return
		}
		if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			c.warn("this is no address of a collector: %q", s.URL)
			return Signal{}
		}
		if p := one("PROTOCOL"); p == "grpc" {
			c.warn("OTLP over gRPC is not there: OTEL_EXPORTER_OTLP_PROTOCOL=http/json, to port 4318")
			return Signal{}
		}
		s.Gzip = one("COMPRESSION") == "gzip"
		s.Timeout = millis("EXPORTER_OTLP_TIMEOUT", 10000)
		if get("EXPORTER_OTLP_"+kind+"_TIMEOUT") != "" {
			s.Timeout = millis("EXPORTER_OTLP_"+kind+"_TIMEOUT", 10000)
		}
		s.Headers = map[string]string{}
		for k, v := range pairs(one("HEADERS")) {
			s.Headers[k] = v
		}
		return s
	}
	c.Traces = signal("TRACES", "TRACES_EXPORTER", "/v1/traces")
	c.Metrics = signal("METRICS", "METRICS_EXPORTER", "/v1/metrics")
	if c.Traces.URL == "" && c.Metrics.URL == "" && len(c.Warnings) == 0 {
		return nil
	}
	c.Every = millis("BSP_SCHEDULE_DELAY", 5000)
	c.MetricsEvery = millis("METRIC_EXPORT_INTERVAL", 60000)
	c.Queue = number("BSP_MAX_QUEUE_SIZE", 2048)
	c.Batch = min(number("BSP_MAX_EXPORT_BATCH_SIZE", 512), c.Queue)
	if p := get("PROPAGATORS"); p != "" {
		c.Propagate = strings.Contains(p, "tracecontext")
	}
	c.sampler(get("TRACES_SAMPLER"), get("TRACES_SAMPLER_ARG"))
	c.resource(get("SERVICE_NAME"), get("RESOURCE_ATTRIBUTES"))
	return c
}

func (c *Config) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}

func (c *Config) sampler(name, arg string) {
	kind, based := strings.CutPrefix(name, "parentbased_")
	c.ParentBased = based || name == ""
	switch kind {
	case "", "always_on":
	case "always_off":
		c.Ratio = 0
	case "traceidratio":
		ratio, err := strconv.ParseFloat(arg, 64)
		if arg != "" && (err != nil || !(ratio >= 0 && ratio <= 1)) {
			c.warn("OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1: %q", arg)
		} else if arg != "" {
			c.Ratio = ratio
		}
	default:
		c.ParentBased = true
		c.warn("OTEL_TRACES_SAMPLER: %q is not known", name)
	}
}

func (c *Config) resource(service, attributes string) {
	seen := map[string]string{}
	for k, v := range pairs(attributes) {
		seen[k] = v
	}
	if service != "" {
		seen["service.name"] = service
	}
	if seen["service.name"] == "" {
		seen["service.name"] = "unknown_service:gonode"
	}
	for k, v := range seen {
		c.Resource = append(c.Resource, String(k, v))
	}
}

// Set gives the resource an attribute that the environment has not.
func (c *Config) Set(a Attribute) {
	for _, had := range c.Resource {
		if had.Key == a.Key {
			return
		}
	}
	c.Resource = append(c.Resource, a)
}

// pairs reads "key=value,…" with escapes by percent signs. What is none is left out.
func pairs(text string) func(func(k, v string) bool) {
	return func(yield func(k, v string) bool) {
		for part := range strings.SplitSeq(text, ",") {
			k, v, ok := strings.Cut(part, "=")
			if k = strings.TrimSpace(k); !ok || k == "" {
				continue
			}
			v = strings.TrimSpace(v)
			if plain, err := url.PathUnescape(v); err == nil {
				v = plain
			}
			if !yield(k, v) {
				return
			}
		}
	}
}
