package http

import (
	"net/netip"
	"syscall"

	"github.com/dop251/goja"

	"gonode/internal/handle"
	"gonode/internal/http1"
	"gonode/internal/loop"
	"gonode/runtime"
)

// clientConn is a connection of the client's that is served natively for as long as no script looks at it: it has a parser and a
// descriptor, but no net.Socket and no HTTPParser object. reveal makes these. It serves one request after another; between them it
// is one of its pool's free ones.
type clientConn struct {
	m      *module
	tcp    *handle.TCP
	stream *handle.Stream
	parser *parser
	pool   *pool        // nil if it is for one request only
	dest   *destination // in the pool
	call   *clientRequest
	agent  *goja.Object // for the socket
	host   string
	port   int

	connecting bool
	addrs      []netip.AddrPort // to be tried; nil while the name is looked up
	tried      int
	errnos     []syscall.Errno // of those that have failed
	attempt    *loop.Timer     // ends an attempt that takes long, if there are further addresses

	timed   bool  // a time has been set,
	timeout int64 // how long it may be idle, in milliseconds; 0 is for ever
	timer   *loop.Timer
	at      int64 // when something last happened

	ending bool // it ends soon
	done   bool // the response under way is complete, nothing else may come
	free   bool // one of the pool's free connections
	closed bool

	socket *goja.Object // once a script looks
}

// connect makes a connection for r, which is its agent's first user if it has one.
func (m *module) connect(r *clientRequest, d *destination) *clientConn {
	c := &clientConn{m: m, pool: r.pool, dest: d, agent: r.agent, host: r.host, port: r.port, connecting: true}
	c.fresh()
	keepAlive := false
	if p := r.pool; p != nil {
		if keepAlive = p.keepAlive; p.timeout != 0 {
			c.setTimeout(p.timeout)
		}
	}
	if truthy(r.timeout) {
		c.setTimeout(r.timeout.ToInteger())
	}
	if keepAlive {
		c.tcp.SetKeepAlive(true, handle.KeepAlive{Delay: r.pool.keepAliveMsecs / 1000})
	}
	p := &parser{m: m, conn: c, stream: c.stream, maxPairs: 2000, mode: http1.Response}
	p.bind()
	p.codec.Reset(http1.Response, m.maxHeader, 0, p)
	c.parser = p
	c.take(r)
	if addr, err := netip.ParseAddr(c.host); err == nil && addr.Zone() == "" {
		c.addrs = []netip.AddrPort{netip.AddrPortFrom(addr, uint16(c.port))}
		m.rt.NextTick(func() { c.open() })
	} else {
		c.lookup()
	}
	return c
}

// fresh gives the connection a descriptor that is not connected.
func (c *clientConn) fresh() {
	c.tcp = handle.NewTCP(c.m.rt.Loop(), "TCPSocketWrap")
	c.stream = c.tcp.BaseStream()
	c.tcp.SetNoDelay(true)
}

// take makes r the user of the connection; it begins in the next tick.
func (c *clientConn) take(r *clientRequest) {
	c.call, r.conn = r, c
	c.done, c.free = false, false
	if c.socket == nil {
		c.parser.async = r.async
	}
	if c.socket != nil {
		r.become()
		r.join()
	}
	c.m.rt.NextTick(r.begin)
}

// lookup finds the addresses of the name; all of them count.
func (c *clientConn) lookup() {
	m := c.m
	dns := m.rt.Require("dns")
	query := m.vm.NewObject()
	query.Set("hints", dns.Get("ADDRCONFIG"))
	query.Set("all", true)
	m.rt.CallMethod(dns, "lookup", m.vm.ToValue(c.host), query, m.rt.Func("", 2, func(call goja.FunctionCall) goja.Value {
		if c.closed {
			return goja.Undefined()
		}
		err, list := call.Argument(0), call.Argument(1)
		if !truthy(err) && c.socket == nil {
			c.addrs = c.inTurn(list)
		}
		if r := c.call; len(c.addrs) == 0 && r != nil && r.taker != nil {
			c.fail(r, syscall.ENOENT, nil, nil)
			return goja.Undefined()
		}
		if len(c.addrs) == 0 {
			m.rt.CallMethod(m.client.script, "lookedUp", c.reveal(), m.vm.ToValue(c.host), m.vm.ToValue(c.port), err, list)
			return goja.Undefined()
		}
		c.open()
		return goja.Undefined()
	}))
}

// inTurn orders addresses so that the families take turns, that of the first address first.
func (c *clientConn) inTurn(list goja.Value) []netip.AddrPort {
	m := c.m
	o, ok := list.(*goja.Object)
	if !ok {
		return nil
	}
	var groups [2][]netip.AddrPort
	var first netip.Addr
	seen := map[netip.Addr]bool{}
	for _, item := range m.items(o, int(o.Get("length").ToInteger())) {
		addr, err := netip.ParseAddr(item.ToObject(m.vm).Get("address").String())
		if err != nil {
			return nil // the socket tells
		}
		if !first.IsValid() {
			first = addr
		}
		group := 0
		if addr.Is4() != first.Is4() {
			group = 1
		}
		if !seen[addr] {
			groups[group] = append(groups[group], netip.AddrPortFrom(addr, uint16(c.port)))
		}
		seen[addr] = true
	}
	var all []netip.AddrPort
	for i := range max(len(groups[0]), len(groups[1])) {
		for _, group := range groups {
			if i < len(group) {
				all = append(all, group[i])
			}
		}
	}
	return all
}

// open tries the next address, for a limited time while there are more (RFC 8305). Once there is a socket it is its business.
func (c *clientConn) open() {
	m := c.m
	if c.closed {
		return
	}
	if c.socket != nil {
		m.rt.CallMethod(m.client.script, "openNext", c.socket, c.attempts())
		return
	}
	if c.tried > 0 {
		c.stream.Close(nil)
		c.fresh()
	}
	c.tried++
	if !m.rt.Access.AllowsNet(runtime.AccessNet, c.addrs[c.tried-1].String()) {
		m.rt.Loop().Defer(func() { c.connected(syscall.EACCES) })
		return
	}
	tried, stream := c.tried, c.stream
	errno := c.tcp.Connect(c.addrs[tried-1], func(errno syscall.Errno) {
		if c.tried == tried && c.stream == stream {
			c.connected(errno)
		}
	})
	if errno != 0 {
		m.rt.Loop().Defer(func() { c.connected(errno) })
		return
	}
	if tried < len(c.addrs) {
		if c.attempt == nil {
			c.attempt = m.rt.Loop().NewTimer(func() { c.connected(syscall.ETIMEDOUT) })
		}
		c.attempt.Start(max(m.rt.Require("internal/net").Get("attemptTimeout").ToInteger(), 10))
	}
}

// attempts describes what became of the attempts to connect, for the socket that takes them over.
func (c *clientConn) attempts() *goja.Object {
	m := c.m
	addrs, errnos := make([]any, len(c.addrs)), make([]any, len(c.errnos))
	for i, a := range c.addrs {
		family := 6
		if a.Addr().Is4() {
			family = 4
		}
		o := m.vm.NewObject()
		o.Set("address", a.Addr().String())
		o.Set("family", family)
		addrs[i] = o
	}
	for i, e := range c.errnos {
		errnos[i] = -int(e)
	}
	o := m.vm.NewObject()
	o.Set("addresses", m.vm.NewArray(addrs...))
	o.Set("statuses", m.vm.NewArray(errnos...))
	o.Set("current", c.tried)
	o.Set("port", c.port)
	return o
}

// connected follows the end of an attempt to connect.
func (c *clientConn) connected(errno syscall.Errno) {
	m := c.m
	if c.attempt != nil {
		c.attempt.Stop()
	}
	switch {
	case c.socket != nil:
		m.rt.Enter(func() {
			m.rt.CallMethod(m.client.script, "connected", c.socket, m.vm.ToValue(-int(errno)), c.attempts())
		})
		return
	case c.closed:
		return
	case errno != 0 && c.tried < len(c.addrs):
		c.errnos = append(c.errnos, errno)
		c.open()
		return
	case errno != 0 && c.call.taker != nil:
		m.rt.Enter(func() { c.fail(c.call, errno, nil, nil) })
		return
	case errno != 0:
		m.rt.Enter(func() {
			m.rt.CallMethod(m.client.script, "connected", c.reveal(), m.vm.ToValue(-int(errno)), c.attempts())
		})
		return
	}
	c.connecting, c.addrs, c.errnos, c.attempt = false, nil, nil, nil
	c.parser.release = c.stream.Consume(c.onRead, &c.m.input)
	c.stream.ReadStart(nil)
	c.active()
	r := c.call
	if r != nil && r.begun && !r.adopted {
		r.limit()
	}
	switch {
	case r == nil:
	case r.adopted:
		m.rt.Enter(func() { c.reveal() })
	case r.begun && r.ended:
		m.rt.Enter(func() {
			scope := m.rt.Async.Enter(r.async)
			r.flush()
			scope.Leave()
		})
	}
}

// setTimeout says how long the connection may be idle.
func (c *clientConn) setTimeout(ms int64) {
	c.timed, c.timeout = true, ms
	if ms == 0 {
		if c.timer != nil {
			c.timer.Stop()
		}
		return
	}
	if c.timer == nil {
		c.timer = c.m.rt.Loop().NewTimer(c.expire)
		c.timer.Unref()
	}
	c.timer.Stop()
	c.active()
}

// active says that something has happened on the connection.
func (c *clientConn) active() {
	if c.timeout > 0 {
		c.at = c.m.rt.Loop().Now()
		if !c.timer.Active() {
			c.timer.Start(c.timeout)
		}
	}
}

// expire finds that the timer is due: only now it is looked at whether anything has happened meanwhile.
func (c *clientConn) expire() {
	m := c.m
	if c.socket != nil || c.closed {
		return
	}
	if rest := c.at + c.timeout - m.rt.Loop().Now(); rest > 0 {
		c.timer.Start(rest)
		return
	}
	r := c.call
	switch {
	case c.free:
		c.close()
	case r != nil && !r.adopted:
		m.rt.Enter(func() { r.expired() })
	}
}

// onRead takes what the connection reads.
func (c *clientConn) onRead(buf []byte, errno syscall.Errno, fds []int) {
	m := c.m
	switch {
	case errno == 0 && len(buf) == 0:
		return
	case c.call == nil:
		c.close() // what comes before anything was asked is no answer to the next request
		return
	case c.call.taker != nil || c.call.answering:
		c.active()
		m.rt.Enter(func() {
			r := c.call
			if errno == handle.EOF {
				c.broken(r, 0)
			} else if errno != 0 {
				c.broken(r, errno)
			} else if p := c.parser; c.done {
				c.close()
			} else {
				p.current = buf
				ret := p.feed(buf)
				p.current = nil
				if r.taker != nil || r.answering {
					c.after(r, ret, buf)
				} else {
					c.executed(r, ret, buf)
				}
			}
		})
		return
	case errno != 0 || c.done:
		// An end that came before the request has let go, or more than was asked for: it is the socket that deals with it.
		m.rt.Enter(func() { c.reveal() })
		c.stream.Forward(buf, errno, fds)
		return
	}
	c.active()
	m.rt.Enter(func() {
		p, r := c.parser, c.call
		p.current = buf
		ret := p.feed(buf)
		p.current = nil
		c.executed(r, ret, buf)
	})
}

// executed has the socket deal with what was found in a piece of input, if there is one or there was an error.
func (c *clientConn) executed(r *clientRequest, ret goja.Value, buf []byte) {
	m := c.m
	if _, ok := ret.(*goja.Object); ok || c.socket != nil {
		socket := c.reveal()
		m.rt.CallMethod(m.client.script, "executed", socket, r.o, c.parser.obj, ret, m.rt.NewBuffer(append([]byte(nil), buf...)))
	}
}

// response takes the head of a response; false leaves it to the socket's parser, which there is then.
func (c *clientConn) response() (http1.Action, bool) {
	m, p, r := c.m, c.parser, c.call
	codec := &p.codec
	if r != nil && r.taker != nil && !r.answering {
		if action, ok := c.taken(r); ok {
			p.incoming, p.x = nil, nil
			return action, true
		}
	} else if r != nil && r.answering {
		return 0, true // a second response
	}
	if r != nil && r.x != nil {
		m.rt.CallMethod(c.reveal(), "destroy") // a second response, of which nothing is told
		p.incoming, p.x = nil, nil
		return 0, true
	}
	if r == nil || r.adopted || codec.Upgrade || codec.StatusCode < 200 || r.method == "CONNECT" {
		c.reveal()
		return 0, false
	}
	if !codec.ShouldKeepAlive() {
		r.keepAlive = false
	}
	x := &exchange{m: m, native: true, parser: p, link: p.linked(), asked: r}
	p.fill(x)
	x.request = m.rt.NewObject(m.requestProto, x)
	x.request.Set("req", r.o)
	r.x = x
	p.incoming, p.x = x.request, x
	m.rt.AddListener(x.request, "end", m.client.end)
	if !m.rt.Emit(r.o, "response", x.request) {
		if x.started() {
			m.rt.CallMethod(x.request, "_dump")
		} else {
			x.dumped = true
		}
	}
	switch {
	case r.method == "HEAD":
		return http1.SkipBody, true
	case x.code == 304:
		x.complete = true
		return http1.SkipBody, true
	}
	return http1.Continue, true
}

// completed follows the end of a response.
func (c *clientConn) completed(x *exchange) {
	c.done = true
	if x.dumped && !x.started() {
		c.m.rt.NextTick(func() { c.call.answered() })
	}
}

// pause stops reading while the reader of a response is slow; resume goes on.
func (c *clientConn) pause() {
	c.parser.stopped = true
	c.stream.ReadStop()
}

func (c *clientConn) resume() {
	if c.parser.stopped {
		c.parser.stopped = false
		c.stream.ReadStart(nil)
	}
}

// release gives the connection to the next request, or back to its pool, as an agent's listener to 'free' does.
func (c *clientConn) release() {
	c.pool.released(c)
}

// endSoon ends the connection after the last response on it, and then its request, as destroySoon does.
func (c *clientConn) endSoon() {
	m := c.m
	if c.socket != nil {
		m.rt.CallMethod(c.socket, "destroySoon")
		return
	}
	c.ending = true
	m.rt.Loop().Defer(func() {
		if c.socket == nil && !c.closed {
			c.close()
		}
	})
}

// close closes the connection, with its request if there is one.
func (c *clientConn) close() {
	if c.closed {
		return
	}
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	c.stream.Close(func() {
		m := c.m
		m.rt.Enter(func() {
			if c.pool != nil {
				c.pool.closed(c)
			}
			switch r := c.call; {
			case r == nil || r.closed:
			case r.adopted:
				m.rt.CallMethod(m.client.script, "closeRequest", r.o)
			default:
				r.close()
			}
		})
	})
	if c.free {
		c.pool.drop(c)
	}
}

// reveal gives the connection's socket, which it makes where there is none yet; a request under way is adopted. It runs inside Enter.
func (c *clientConn) reveal() *goja.Object {
	if c.socket != nil {
		return c.socket
	}
	m, p := c.m, c.parser
	r := c.call
	if c.closed {
		limit := goja.Undefined()
		if c.timed {
			limit = m.vm.ToValue(c.timeout)
		}
		c.socket, _ = m.rt.CallMethod(m.client.script, "lost", limit).(*goja.Object)
		if r != nil {
			r.become()
			r.join()
		}
		return c.socket
	}
	if r != nil {
		r.become() // what the constructor makes; the agent of a request that has one of its own is there then
	}
	state := m.vm.NewObject()
	state.Set("agent", orUndefined(objectValue(c.agent)))
	state.Set("pooled", c.pool != nil)
	state.Set("host", c.host)
	state.Set("port", c.port)
	if c.timed {
		state.Set("timeout", c.timeout)
	}
	state.Set("connecting", c.connecting)
	state.Set("stopped", p.stopped)
	state.Set("free", c.free)
	if p.release != nil {
		p.release()
		p.release = nil
	}
	if c.timer != nil {
		c.timer.Stop()
	}
	scope := m.rt.Async.Enter(p.async)
	p.obj = m.rt.NewObject(m.parserProto, p)
	tcp := m.rt.CallMethod(m.client.script, "wrap", m.rt.NewObject(nil, c.tcp))
	c.socket, _ = m.rt.CallMethod(m.client.script, "reveal", state, tcp).(*goja.Object)
	p.socket, p.conn = c.socket, nil
	if r != nil {
		r.join()
	}
	if c.ending {
		m.rt.CallMethod(c.socket, "destroySoon")
	}
	scope.Leave()
	return c.socket
}

func objectValue(o *goja.Object) goja.Value {
	if o == nil {
		return nil
	}
	return o
}

// leave ends the parser's part in a request whose response is complete: to the response the socket is gone.
func (p *parser) leave() {
	if l := p.link; l != nil {
		l.parser, l.socket = nil, goja.Null()
		p.link = nil
	}
	p.incoming, p.x = nil, nil
}
