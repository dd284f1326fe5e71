package otlp

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Attribute is a key and its value, as JSON has it.
type Attribute struct {
	Key   string         `json:"key"`
	Value map[string]any `json:"value"`
}

// String, Int and Double make attributes. 64-bit integers are strings in OTLP's JSON.
func String(key, v string) Attribute { return Attribute{key, map[string]any{"stringValue": v}} }

// Int makes an attribute of a whole number.
func Int(key string, v int64) Attribute {
	return Attribute{key, map[string]any{"intValue": strconv.FormatInt(v, 10)}}
}

// Kind is a span's.
type Kind int

// The kinds that there are here.
const (
	Server Kind = 2
	Client Kind = 3
)

// Context says which span something belongs to: W3C Trace Context.
type Context struct {
	Trace   [16]byte
	Span    [8]byte
	Sampled bool
	State   string // tracestate, handed on as it came
}

// Valid tells whether there is such a span.
func (c Context) Valid() bool { return c.Trace != [16]byte{} && c.Span != [8]byte{} }

// ParseTraceparent reads the field traceparent (w3.org/TR/trace-context). What is malformed gives no valid context.
func ParseTraceparent(text string) (c Context) {
	text = strings.Trim(text, " \t")
	if len(text) < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-' || text != strings.ToLower(text) || text[:2] == "ff" ||
		text[:2] == "00" && len(text) != 55 || len(text) > 55 && text[55] != '-' {
		return c
	}
	var version, flags [1]byte
	for i, part := range [][]byte{version[:], c.Trace[:], c.Span[:], flags[:]} {
		from := [...]int{0, 3, 36, 53}[i]
		if _, err := hex.Decode(part, []byte(text[from:from+2*len(part)])); err != nil {
			return Context{}
		}
	}
	c.Sampled = flags[0]&1 != 0
	return c
}

// Traceparent is the field of that name.
func (c Context) Traceparent() string {
	b := append(make([]byte, 0, 55), "00-"...)
	b = append(hex.AppendEncode(b, c.Trace[:]), '-')
	b = hex.AppendEncode(b, c.Span[:])
	if c.Sampled {
		return string(append(b, "-01"...))
	}
	return string(append(b, "-00"...))
}

// Span is something that takes time. It belongs to one goroutine until End.
type Span struct {
	Context
	Parent     [8]byte
	Name       string
	Kind       Kind
	Attributes []Attribute
	Failed     bool
	begin, end time.Time
}

// Start begins a span within another; one without a valid parent begins a trace.
func (t *Tracer) Start(name string, kind Kind, parent Context) *Span {
	s := &Span{Name: name, Kind: kind, begin: time.Now()}
	binary.NativeEndian.PutUint64(s.Span[:], rand.Uint64()|1)
	if parent.Valid() {
		s.Trace, s.Parent, s.State, s.Sampled = parent.Trace, parent.Span, parent.State, parent.Sampled
		if !t.config.ParentBased {
			s.Sampled = t.samples(s.Trace)
		}
		return s
	}
	binary.NativeEndian.PutUint64(s.Trace[:], rand.Uint64())
	binary.NativeEndian.PutUint64(s.Trace[8:], rand.Uint64()|1)
	s.Sampled = t.samples(s.Trace)
	return s
}

// samples goes by the trace's id, so that all who take part decide alike.
func (t *Tracer) samples(trace [16]byte) bool {
	if t.config.Ratio >= 1 {
		return true
	}
	return binary.BigEndian.Uint64(trace[8:])>>1 < uint64(t.config.Ratio*math.MaxInt64)
}

// End ends a span, which leaves some time later if it is sampled. A second call does nothing.
func (t *Tracer) End(s *Span, attributes ...Attribute) {
	if !s.end.IsZero() {
		return
	}
	s.end = time.Now()
	s.Attributes = append(s.Attributes, attributes...)
	if s.Sampled {
		t.queue(s)
	}
}

func (s *Span) encode() map[string]any {
	o := map[string]any{
		"traceId": hex.EncodeToString(s.Trace[:]), "spanId": hex.EncodeToString(s.Span[:]), "name": s.Name, "kind": s.Kind,
		"startTimeUnixNano": nanos(s.begin), "endTimeUnixNano": nanos(s.end), "attributes": s.Attributes,
		"flags": 1,
	}
	if s.Parent != [8]byte{} {
		o["parentSpanId"] = hex.EncodeToString(s.Parent[:])
	}
	if s.State != "" {
		o["traceState"] = s.State
	}
	if s.Failed {
		o["status"] = map[string]any{"code": 2}
	}
	return o
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }
