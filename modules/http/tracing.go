package http

import (
	"net/url"
	"slices"
	"strings"

	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/http1"
	"gonode/internal/otlp"
)

// Spans of OpenTelemetry, by its conventions for HTTP: one for each request that a server gets, and one for each that a native client sends.
// Requests that a script looks into carry the span that they are made in, and have none of their own.

// begins starts the span of a request that has arrived, as part of that which its head names.
func (p *parser) begins(x *exchange) {
	if p.mode != http1.Request {
		if r := x.asked; r != nil {
			r.traced(int64(p.codec.StatusCode), "")
		}
		return
	}
	t := p.m.rt.Tracing
	var parent otlp.Context
	var host string
	for i := range x.head.Len() {
		switch name := x.head.Name(i); {
		case t.Propagates() && strings.EqualFold(name, "traceparent"):
			state := parent.State
			parent = otlp.ParseTraceparent(x.head.Value(i))
			parent.State = state
		case t.Propagates() && strings.EqualFold(name, "tracestate"):
			parent.State = x.head.Value(i)
		case strings.EqualFold(name, "host"):
			host = x.head.Value(i)
		}
	}
	method := x.method.String()
	s := t.Start(method, otlp.Server, parent)
	if s.Sampled {
		path, query, _ := strings.Cut(x.head.Target(), "?")
		s.Attributes = append(s.Attributes, otlp.String("http.request.method", method), otlp.String("url.path", path),
			otlp.String("network.protocol.version", protocol(x)))
		if query != "" {
			s.Attributes = append(s.Attributes, otlp.String("url.query", query))
		}
		if u, err := url.Parse("//" + host); err == nil && u.Hostname() != "" {
			s.Attributes = append(s.Attributes, otlp.String("server.address", u.Hostname()))
		}
	}
	x.span = s
	p.spans = append(slices.DeleteFunc(p.spans, func(x *exchange) bool { return x.span == nil }), x)
	t.Enter(s)
}

func protocol(x *exchange) string {
	return string([]byte{'0' + byte(x.major%10), '.', '0' + byte(x.minor%10)})
}

// traced ends the span of a request that has been answered by res.
func (m *module) traced(x *exchange, res goja.Value) {
	if x == nil || x.span == nil {
		return
	}
	status := int64(x.status)
	if o, ok := res.(*goja.Object); ok && (x.adopted || !x.native) {
		if v := engine.Property(o, "statusCode"); v != nil {
			status = v.ToInteger()
		}
	}
	s := x.span
	x.span = nil
	s.Failed = status >= 500
	m.rt.Tracing.End(s, otlp.Int("http.response.status_code", status))
}

// abandoned ends the spans of requests that a connection has left without an answer.
func (p *parser) abandoned() {
	for _, x := range p.spans {
		if s := x.span; s != nil {
			x.span, s.Failed = nil, true
			p.m.rt.Tracing.End(s, otlp.String("error.type", "ECONNRESET"))
		}
	}
	p.spans = nil
}

// begins starts the span of a request whose head is being made, unless the script has given it a context of its own. It gives the context.
func (r *clientRequest) begins() otlp.Context {
	t := r.m.rt.Tracing
	if r.rendered.traceparent || !t.Propagates() {
		return otlp.Context{}
	}
	if r.span == nil {
		path, _, _ := strings.Cut(r.path, "?")
		r.span = t.Start(r.method, otlp.Client, t.Current())
		r.span.Attributes = []otlp.Attribute{otlp.String("http.request.method", r.method), otlp.String("server.address", r.host),
			otlp.Int("server.port", int64(r.port)), otlp.String("url.path", path)}
	}
	return r.span.Context
}

// traced ends it, with the status of the response or with what went wrong.
func (r *clientRequest) traced(status int64, failure string) {
	s := r.span
	if s == nil {
		return
	}
	r.span = nil
	if failure != "" {
		s.Failed = true
		r.m.rt.Tracing.End(s, otlp.String("error.type", failure))
		return
	}
	s.Failed = status >= 400
	r.m.rt.Tracing.End(s, otlp.Int("http.response.status_code", status))
}
