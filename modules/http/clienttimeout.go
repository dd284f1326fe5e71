package http

import (
	"math"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// idleLimit is what req.setTimeout asked for while the request is native: its connection looks after the time.
type idleLimit struct {
	asked   bool // setTimeout was called
	late    bool // after the response, which hears of it first then
	waiting bool // ms is for when there is a connection
	ms      int64
	sockets []*goja.Object // listeners to 'socket', that set the time of a net.Socket should the request get one; the first one stays
}

// setTimeout is req.setTimeout(msecs[, callback]).
func (r *clientRequest) setTimeout(call goja.FunctionCall) goja.Value {
	m, l := r.m, &r.idle
	v, callback := call.Argument(0), call.Argument(1)
	if r.received {
		return r.o
	}
	ms := v.ToInteger()
	fn, isObject := callback.(*goja.Object)
	if !goja.IsNumber(v) || float64(ms) != v.ToFloat() || ms < 0 || ms > math.MaxInt32 || r.destroyed || m.rt.HasListener(r.o, "newListener") ||
		isObject && engine.KindOf(fn) != engine.Function || !isObject && truthy(callback) {
		return nil
	}
	if !l.asked && !r.begun {
		r.onSocket("listenToTimeout", false)
	}
	l.late = l.late || !l.asked && r.x != nil && !r.watched()
	l.asked = true
	if fn != nil {
		m.rt.AddOnceListener(r.o, "timeout", fn)
	}
	l.waiting, l.ms = true, ms
	if r.begun {
		r.limit()
	} else {
		r.onSocket("setSocketTimeout", true, v)
	}
	return r.o
}

// onSocket has a function of _http_client called with the request's net.Socket and further arguments, if there is to be one.
func (r *clientRequest) onSocket(function string, once bool, args ...goja.Value) {
	m := r.m
	fn := m.rt.Func("", 1, func(call goja.FunctionCall) goja.Value {
		m.rt.CallMethod(m.client.script, function, append([]goja.Value{call.Argument(0)}, args...)...)
		return goja.Undefined()
	})
	r.idle.sockets = append(r.idle.sockets, fn)
	if once {
		m.rt.AddOnceListener(r.o, "socket", fn)
	} else {
		m.rt.AddListener(r.o, "socket", fn)
	}
}

// awaitsSocket tells whether anybody but the request itself waits for its socket.
func (r *clientRequest) awaitsSocket() bool {
	return r.m.rt.ListenerCount(r.o, "socket") != len(r.idle.sockets) || len(r.idle.sockets) > 0 && r.m.rt.HasListener(r.o, "removeListener")
}

// limited follows the moment in which a socket would have been told of.
func (r *clientRequest) limited() {
	for i, fn := range r.idle.sockets {
		if i > 0 {
			r.m.rt.RemoveListener(r.o, "socket", fn)
		}
	}
	r.idle.sockets = nil
	r.limit()
}

// limit gives the connection the time, once it is there.
func (r *clientRequest) limit() {
	if l := &r.idle; l.waiting && !r.conn.connecting {
		l.waiting = false
		r.conn.setTimeout(l.ms)
	}
}

// watched tells whether the request listens to its connection's time anyway.
func (r *clientRequest) watched() bool {
	return r.timeout != nil || r.pool != nil && r.pool.timeout != 0
}

// unlimited takes the time off a connection whose request is done with it, if it was the request's.
func (r *clientRequest) unlimited() {
	if r.idle.asked || r.watched() {
		r.conn.setTimeout(0)
	}
}

// expired tells of a connection that has been idle for its time: the request once, as Node listens to the socket once, and the response.
func (r *clientRequest) expired() {
	m := r.m
	first := !r.timedOut
	r.timedOut = true
	tell := func(o *goja.Object) {
		if !r.adopted && m.rt.HasListener(o, "timeout") {
			m.rt.Emit(o, "timeout")
		}
	}
	if first && !r.idle.late {
		tell(r.o)
	}
	if r.x != nil {
		tell(r.x.request)
	}
	if first && r.idle.late {
		tell(r.o)
	}
}
