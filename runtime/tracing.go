package runtime

import (
	"github.com/dop251/goja"

	"gonode/internal/otlp"
)

// Tracing has the spans of OpenTelemetry follow asynchronous execution, in an AsyncLocalStorage of its own. Loop goroutine only.
type Tracing struct {
	*otlp.Tracer
	rt    *Runtime
	store *goja.Object
	root  otlp.Context // what the process was started in
}

// SupervisedVar is the variable by which a supervisor's worker knows that it is one.
const SupervisedVar = "GONODE_SUPERVISED"

// Trace makes rt.Tracing, by a tracer; a nil one leaves it off. It is to be called before scripts run.
func (rt *Runtime) Trace(t *otlp.Tracer) {
	if t == nil {
		return
	}
	rt.Tracing = &Tracing{Tracer: t, rt: rt}
	if text, ok := rt.Env().Get("TRACEPARENT"); ok {
		rt.Tracing.root = otlp.ParseTraceparent(text)
		rt.Tracing.root.State, _ = rt.Env().Get("TRACESTATE")
	}
}

// Enter makes a span that of what runs from now on in the present turn, and of all that this starts.
func (t *Tracing) Enter(s *otlp.Span) {
	if t.store == nil {
		t.store = t.rt.Construct(t.rt.Require("async_hooks").Get("AsyncLocalStorage"))
	}
	t.rt.CallMethod(t.store, "enterWith", t.rt.NewObject(nil, s))
}

// Current is the span that runs, or what the process was started in.
func (t *Tracing) Current() otlp.Context {
	if t.store != nil {
		if s, ok := t.rt.Slot(t.rt.CallMethod(t.store, "getStore")).(*otlp.Span); ok {
			return s.Context
		}
	}
	return t.root
}

// Carried is the context that goes with a message of the present turn; it is not valid if there is none, or tracing is off.
func (t *Tracing) Carried() otlp.Context {
	if t == nil || !t.Propagates() {
		return otlp.Context{}
	}
	return t.Current()
}
