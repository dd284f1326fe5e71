package http

import (
	"bytes"
	"net/netip"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/http1"
)

// taker is who has an exchange done that needs no messages, which is module fetch. Its methods are called inside Enter.
type taker interface {
	// Target says where the request goes, Bytes what is sent: a head, and a body that stays as it is.
	Target() (method, host string, port int, path string)
	Bytes() (head, body []byte)
	// Head takes the head of the response. Where it is false, the request and the response become messages, see Adopt.
	Head(status int, h *http1.Head) bool
	// Data takes a piece of the body, valid during the call; false stops the connection until Resume.
	Data(b []byte) bool
	// End says that the response is complete.
	End()
	// Fail says that it will not be: there is no connection (connecting), its end has come (errno is 0) or an error, or what came is
	// no response (err, and the input in which it is found; its code is empty where one came that was not asked for).
	Fail(connecting bool, errno syscall.Errno, err *http1.Error, input []byte)
	// Adopt gets the ClientRequest, whose 'response' is to come.
	Adopt(request *goja.Object)
}

// defineExchange makes exchange(agent, taker), which returns an object whose state controls the exchange: it has Resume, Cancel and
// Endpoints. It is undefined where a script would notice.
func (m *module) defineExchange(b *goja.Object) {
	m.rt.SetFunc(b, "exchange", 2, func(call goja.FunctionCall) goja.Value {
		t, ok := m.rt.OwnSlot(call.Argument(1)).(taker)
		agent, isObject := call.Argument(0).(*goja.Object)
		if !ok || !isObject {
			return goja.Undefined()
		}
		m.rt.Require("_http_client")
		pool := poolOf(m, agent)
		if pool == nil || !pool.usual() || m.rt.Access.Hosted() {
			return goja.Undefined()
		}
		r := &clientRequest{m: m, agent: agent, pool: pool, async: m.rt.Async.Context(), taker: t, keepAlive: true, ended: true}
		r.method, r.host, r.port, r.path = t.Target()
		r.o = m.rt.NewObject(m.client.proto, r)
		b, body := t.Bytes()
		r.rendered = head{b: b[:len(b):len(b)], keepAlive: true, hasBody: true, hasAgent: true}
		if m.rt.Tracing != nil && !bytes.Contains(bytes.ToLower(b), []byte("\r\ntraceparent:")) {
			h := &r.rendered
			h.b = h.b[:len(b)-len("\r\n")]
			h.carry(r.begins())
			h.b = append(h.b, '\r', '\n')
		}
		r.h, r.last.bytes = &r.rendered, body
		pool.add(r)
		return r.o
	})
}

// Resume has the body go on.
func (r *clientRequest) Resume() {
	if c := r.conn; c != nil && c.call == r && c.socket == nil && !c.closed {
		c.resume()
	}
}

// Cancel ends the exchange; nothing more is told of it.
func (r *clientRequest) Cancel() {
	r.taker = nil
	if c := r.conn; c != nil && c.call == r && c.socket == nil {
		c.close()
	}
}

// Endpoints describes the connection: its addresses, and how many bytes have gone over it.
func (r *clientRequest) Endpoints() (local, remote netip.AddrPort, read, written uint64) {
	if r.conn == nil {
		return
	}
	local, _ = r.conn.tcp.SockName()
	remote, _ = r.conn.tcp.PeerName()
	return local, remote, r.conn.stream.BytesRead, r.conn.stream.BytesWritten
}

// taken gives the head of a response to the request's taker. It is false if the response is to become a message.
func (c *clientConn) taken(r *clientRequest) (http1.Action, bool) {
	codec := &c.parser.codec
	if codec.StatusCode >= 200 && !codec.Upgrade {
		h := new(http1.Head)
		codec.CopyHead(h)
		r.traced(int64(codec.StatusCode), "")
		if !codec.ShouldKeepAlive() {
			r.keepAlive = false
		}
		r.hint = hintIn(h, h.Len())
		if r.taker.Head(codec.StatusCode, h) {
			r.answering = true
			if r.method == "HEAD" || codec.StatusCode == 304 {
				return http1.SkipBody, true
			}
			return http1.Continue, true
		}
	} else if codec.StatusCode > 101 && codec.StatusCode < 200 {
		return http1.SkipBody, true
	} else {
		reason := "bad response"
		if codec.Upgrade {
			reason = "bad upgrade"
		}
		c.fail(r, 0, &http1.Error{Reason: reason}, nil)
		return http1.SkipBody, true
	}
	if t := r.taker; t != nil {
		r.taker = nil
		t.Adopt(r.o)
	}
	return 0, false
}

// ended tells the taker that its response is complete.
func (c *clientConn) ended(r *clientRequest) {
	if r.answering {
		c.done, r.received = true, true
		if t := r.taker; t != nil {
			t.End()
		}
	}
}

// after follows a piece of input of a connection with a taker; there may be more than belongs to its response.
func (c *clientConn) after(r *clientRequest, ret goja.Value, buf []byte) {
	switch {
	case c.closed:
	case !c.done:
		if o, ok := ret.(*goja.Object); ok {
			err := &http1.Error{Code: o.Get("code").String(), Reason: o.Get("reason").String()}
			c.fail(r, 0, err, buf)
		}
	case !r.keepAlive || ret.ToInteger() < int64(len(buf)) || c.isError(ret):
		c.close()
	case r.finished:
		r.closed = true
		c.release()
	}
}

func (c *clientConn) isError(ret goja.Value) bool {
	_, ok := ret.(*goja.Object)
	return ok
}

// broken follows the end or an error of such a connection.
func (c *clientConn) broken(r *clientRequest, errno syscall.Errno) {
	if errno == 0 && !c.done && c.parser.codec.Finish() == nil && c.done {
		c.close() // the response ends with the connection
		return
	}
	if c.done {
		c.close()
		return
	}
	c.fail(r, errno, nil, nil)
}

// fail ends a connection before the response on it is complete.
func (c *clientConn) fail(r *clientRequest, errno syscall.Errno, err *http1.Error, input []byte) {
	if t := r.taker; t != nil {
		t.Fail(c.connecting, errno, err, input)
	}
	r.taker = nil
	c.close()
}
