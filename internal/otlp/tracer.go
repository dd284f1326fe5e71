package otlp

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// Tracer sends spans. It has no goroutine before there is one to send. Any goroutine.
type Tracer struct {
	config *Config

	mu      sync.Mutex
	waiting []*Span
	dropped int
	sends   bool
	wake    chan struct{}
	done    chan struct{}
	over    bool
	client  Sender
}

// NewTracer makes a tracer; nil if traces go nowhere.
func NewTracer(c *Config) *Tracer {
	if c == nil || c.Traces.URL == "" {
		return nil
	}
	return &Tracer{config: c, wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// Propagates tells whether trace context goes with requests and to children.
func (t *Tracer) Propagates() bool { return t.config.Propagate }

func (t *Tracer) queue(s *Span) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
		return
	case len(t.waiting) >= t.config.Queue:
		t.dropped++
		return
	}
	t.waiting = append(t.waiting, s)
	if !t.sends {
		t.sends = true
		go t.send()
	} else if len(t.waiting) == t.config.Batch {
		t.nudge()
	}
}

func (t *Tracer) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// send sends what waits, every so often or when there is a batch, until the tracer is closed and all has left or failed.
func (t *Tracer) send() {
	defer close(t.done)
	timer := time.NewTimer(t.config.Every)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-t.wake:
		}
		for {
			t.mu.Lock()
			n, over := min(len(t.waiting), t.config.Batch), t.over
			batch := t.waiting[:n:n]
			if t.waiting = t.waiting[n:]; len(t.waiting) == 0 {
				t.waiting = nil
			}
			t.mu.Unlock()
			if n == 0 {
				if over {
					return
				}
				break
			}
			err := t.client.Post(t.config.Traces, encodeSpans(t.config.Resource, batch), !over)
			if err != nil {
				t.mu.Lock()
				if t.dropped += n; t.over { // the rest would fare no better
					t.dropped += len(t.waiting)
					t.waiting = nil
				}
				t.mu.Unlock()
			}
		}
		timer.Reset(t.config.Every)
	}
}

// Close sends what is left, for at most that long, and gives the number of spans that were lost in all: for want of room, or of a collector.
func (t *Tracer) Close(within time.Duration) (dropped int) {
	t.mu.Lock()
	running := t.sends
	t.over = true
	t.mu.Unlock()
	if running {
		t.nudge()
		select {
		case <-t.done:
		case <-time.After(within):
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped + len(t.waiting)
}

// encodeSpans makes an ExportTraceServiceRequest.
func encodeSpans(resource []Attribute, spans []*Span) any {
	list := make([]any, len(spans))
	for i, s := range spans {
		list[i] = s.encode()
	}
	return map[string]any{"resourceSpans": []any{map[string]any{
		"resource":   map[string]any{"attributes": resource},
		"scopeSpans": []any{map[string]any{"scope": scope(), "spans": list}},
	}}}
}

func scope() map[string]any { return map[string]any{"name": "gonode"} }

// Sender sends messages over connections that it keeps. Any goroutine.
type Sender struct{ http http.Client }

// Post sends one message. A collector that is busy or out of order for a while (429, 502, 503, 504) or does not answer is asked
// again if retry says so, after 1, 2 and 4 seconds.
func (c *Sender) Post(s Signal, message any, retry bool) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if s.Gzip {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write(body)
		w.Close()
		body = b.Bytes()
	}
	wait := time.Second
	for {
		again, err := c.post(s, body)
		if err == nil || !again || !retry || wait > 4*time.Second {
			return err
		}
		time.Sleep(wait)
		wait *= 2
	}
}

func (c *Sender) post(s Signal, body []byte) (again bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", s.URL, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "OTel-OTLP-Exporter-gonode")
	if s.Gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	for k, v := range s.Headers {
		req.Header.Set(k, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return true, err
	}
	defer res.Body.Close()
	io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that the connection can be used again
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return false, nil
	case code == 429 || code == 502 || code == 503 || code == 504:
		return true, fmt.Errorf("the collector answers %s", res.Status)
	default:
		return false, fmt.Errorf("the collector answers %s", res.Status)
	}
}
