package http

import (
	"math"
	"slices"

	"github.com/dop251/goja"

	"gonode/internal/engine"
)

// pool is an http.Agent's connections and waiting requests while no script looks at them: its properties requests, sockets,
// freeSockets and totalSocketCount are made by surrender when first touched, and the agent's own methods do its work from then on.
type pool struct {
	m      *module
	agent  *goja.Object
	native bool

	options   *goja.Object // agent.options
	size, own int          // how many properties these and the agent had when they were looked at
	listener  goja.Value   // to 'free', the agent's own
	originals []original

	// What the agent says now, see usual.
	keepAlive                     bool
	fifo                          bool
	maxSockets, maxFree, maxTotal int
	keepAliveMsecs                int
	timeout                       int64
	total                         int
	dests                         map[place]*destination
	order                         []*destination // those with something, in the order in which they came
}

// place is where connections go to.
type place struct {
	host string
	port int
}

// destination is the part of a pool that goes to one place.
type destination struct {
	place
	sockets, free []*clientConn
	requests      []*clientRequest
}

const unlimited = math.MaxInt

// poolOf is the pool of an agent while it is native.
func poolOf(m *module, agent *goja.Object) *pool {
	if p, ok := m.rt.OwnSlot(agent).(*pool); ok && p.native {
		return p
	}
	return nil
}

// poolParts are the properties that are made of a pool.
var poolParts = [...]string{"requests", "sockets", "freeSockets", "totalSocketCount"}

func (m *module) definePool(b *goja.Object) {
	var getters, setters [len(poolParts)]*goja.Object
	for i, name := range poolParts {
		made := func(this goja.Value) *goja.Object {
			if p, ok := m.rt.Slot(this).(*pool); ok {
				p.Settle()
				return p.agent
			}
			return nil
		}
		getters[i] = m.rt.Func("get "+name, 0, func(call goja.FunctionCall) goja.Value {
			if o := made(call.This); o != nil {
				return o.Get(name)
			}
			return goja.Undefined()
		})
		setters[i] = m.rt.Func("set "+name, 1, func(call goja.FunctionCall) goja.Value {
			made(call.This)
			call.This.ToObject(m.vm).DefineDataProperty(name, call.Argument(0), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
			return goja.Undefined()
		})
	}
	// poolPart(agent, i) gives an agent the property.
	m.rt.SetFunc(b, "poolPart", 2, func(call goja.FunctionCall) goja.Value {
		i := call.Argument(1).ToInteger()
		call.Argument(0).ToObject(m.vm).DefineAccessorProperty(poolParts[i], getters[i], setters[i], goja.FLAG_TRUE, goja.FLAG_TRUE)
		return goja.Undefined()
	})
	// openPool(agent) comes at the end of an agent's constructor.
	m.rt.SetFunc(b, "openPool", 1, func(call goja.FunctionCall) goja.Value {
		m.openPool(call.Argument(0).ToObject(m.vm))
		return goja.Undefined()
	})
	// pooled(agent, socket, what) tells a native pool what became of one of its connections that has a socket; it is false if the
	// pool is not native. 'timeout' tells whether the connection is free.
	m.rt.SetFunc(b, "pooled", 3, func(call goja.FunctionCall) goja.Value {
		p := poolOf(m, call.Argument(0).ToObject(m.vm))
		if p == nil {
			return m.vm.ToValue(false)
		}
		c := p.find(call.Argument(1))
		switch what := call.Argument(2).String(); {
		case c == nil:
		case what == "free":
			p.released(c)
		case what == "closed":
			p.closed(c)
		case what == "timeout" && c.free:
			m.rt.CallMethod(c.socket, "destroy")
		}
		return m.vm.ToValue(true)
	})
}

func (m *module) openPool(agent *goja.Object) {
	p := &pool{m: m, agent: agent, native: true, dests: map[place]*destination{}}
	p.options, _ = agent.Get("options").(*goja.Object)
	if events, ok := agent.Get("_events").(*goja.Object); ok {
		p.listener = events.Get("free")
	}
	p.originals = m.client.agent
	m.rt.SetSlot(agent, p)
	if m.rt.OwnSlot(agent) != any(p) || p.options == nil || !p.plain() {
		p.Settle()
	}
}

// plain tells whether the agent's options say nothing of the ways of its connections.
func (p *pool) plain() bool {
	if p.size == p.m.rt.Size(p.options) {
		return true
	}
	ok := p.m.rt.PlainValues(p.options, func(key string, v goja.Value) bool {
		switch key {
		case "keepAlive", "keepAliveMsecs", "maxSockets", "maxFreeSockets", "maxTotalSockets", "scheduling", "timeout", "agentKeepAliveTimeoutBuffer":
			return true
		case "noDelay":
			return truthy(v)
		}
		return !given(v)
	})
	if ok {
		p.size = p.m.rt.Size(p.options)
	}
	return ok
}

// usual tells whether the agent still is as it was made, and takes down what it says.
func (p *pool) usual() bool {
	a, m := p.agent, p.m
	get := func(name string) goja.Value { return engine.Property(a, name) }
	if get("options") != goja.Value(p.options) || !p.plain() || m.client.agent == nil || truthy(a.GetSymbol(m.proxyConfig)) {
		return false
	}
	if own := m.rt.Size(a); own != p.own || a.Prototype() != m.client.agent[0].of {
		for _, method := range m.client.agent {
			if get(method.name) != method.value {
				return false
			}
		}
		p.own = own
	} else if !intact(m.client.agent) {
		return false
	}
	events, ok := get("_events").(*goja.Object)
	if !ok || engine.Property(events, "free") != p.listener || get("_eventsCount").ToInteger() != 2 {
		return false
	}
	if get("protocol").String() != "http:" || get("defaultPort").ToInteger() != 80 {
		return false
	}
	p.keepAlive = truthy(get("keepAlive"))
	p.fifo = get("scheduling").String() == "fifo"
	p.keepAliveMsecs = int(get("keepAliveMsecs").ToInteger())
	p.maxSockets, p.maxFree, p.maxTotal = limitOf(get("maxSockets")), limitOf(get("maxFreeSockets")), limitOf(get("maxTotalSockets"))
	p.timeout = 0
	if v := engine.Property(p.options, "timeout"); truthy(v) {
		p.timeout = v.ToInteger()
	}
	return true
}

func limitOf(v goja.Value) int {
	if v == nil || !(v.ToFloat() < math.MaxInt32) {
		return unlimited
	}
	return int(v.ToInteger())
}

func (p *pool) destination(host string, port int) *destination {
	at := place{host, port}
	d := p.dests[at]
	if d == nil {
		d = &destination{place: at}
		p.dests[at] = d
		p.order = append(p.order, d)
	}
	return d
}

// tidy forgets a destination of which nothing is left.
func (p *pool) tidy(d *destination) {
	if len(d.sockets)+len(d.free)+len(d.requests) == 0 && p.dests[d.place] == d {
		delete(p.dests, d.place)
		p.order = slices.DeleteFunc(p.order, func(o *destination) bool { return o == d })
	}
}

// add is addRequest: the request gets a free connection, or a new one, or waits.
func (p *pool) add(r *clientRequest) {
	m := p.m
	d := p.destination(r.host, r.port)
	var c *clientConn
	for len(d.free) > 0 && c == nil {
		if i := len(d.free) - 1; p.fifo {
			c, d.free = d.free[0], d.free[1:]
		} else {
			c, d.free = d.free[i], d.free[:i]
		}
		if c.socket != nil && r.taker != nil {
			m.rt.CallMethod(c.socket, "destroy") // which needs one without
		}
		if c.closed || c.socket != nil && truthy(c.socket.Get("destroyed")) {
			c = nil
		}
	}
	switch {
	case c != nil:
		d.sockets = append(d.sockets, c)
		r.reused = true
		if c.socket != nil {
			m.rt.CallMethod(p.agent, "reuseSocket", c.socket, r.o)
		} else {
			c.stream.Ref()
		}
		p.give(c, r)
	case len(d.free)+len(d.sockets) < p.maxSockets && p.total < p.maxTotal:
		p.open(d, r)
	default:
		d.requests = append(d.requests, r)
	}
}

// open makes a connection for r, or for whoever waits.
func (p *pool) open(d *destination, r *clientRequest) {
	p.total++
	d.sockets = append(d.sockets, p.m.connect(r, d))
}

// give makes r the user of a connection that is there.
func (p *pool) give(c *clientConn, r *clientRequest) {
	if truthy(r.timeout) && r.timeout.ToInteger() != p.timeout || r.timeout != nil && !truthy(r.timeout) && p.timeout != 0 {
		if c.socket != nil {
			p.m.rt.CallMethod(c.socket, "setTimeout", r.timeout)
		} else {
			c.setTimeout(r.timeout.ToInteger())
		}
	}
	c.take(r)
}

// released is the agent's listener to 'free': the next request gets the connection, or the pool, or it goes.
func (p *pool) released(c *clientConn) {
	m, d := p.m, c.dest
	away := func() {
		if c.socket != nil {
			m.rt.CallMethod(c.socket, "destroy")
		} else {
			c.close()
		}
	}
	if c.socket != nil && !truthy(c.socket.Get("writable")) {
		away()
		return
	}
	if len(d.requests) > 0 {
		next := d.requests[0]
		d.requests = d.requests[1:]
		scope := m.rt.Async.Enter(next.async)
		p.give(c, next)
		scope.Leave()
		return
	}
	keep := c.call != nil && c.call.keepAlive
	var last *goja.Object
	if c.socket != nil {
		last, _ = c.socket.Get("_httpMessage").(*goja.Object)
		keep = last != nil && truthy(last.Get("shouldKeepAlive"))
	}
	if !keep || !p.keepAlive || p.total > p.maxTotal || len(d.free)+len(d.sockets) > p.maxSockets || len(d.free) >= p.maxFree {
		away()
		return
	}
	if c.socket != nil {
		if !truthy(m.rt.CallMethod(p.agent, "keepSocketAlive", c.socket)) {
			away()
			return
		}
		c.socket.Set("_httpMessage", goja.Null())
	} else if !p.keepIdle(c) {
		away()
		return
	}
	c.call, c.done = nil, false
	p.leave(c)
	c.free = true
	if c.socket != nil {
		m.rt.CallMethod(m.client.script, "rest", c.socket)
	}
	d.free = append(d.free, c)
}

// keepIdle readies a connection for the pool, as keepSocketAlive does; it is false if the server does not keep it.
func (p *pool) keepIdle(c *clientConn) bool {
	timeout := p.timeout
	hint := c.call.hint
	if x := c.call.x; x != nil {
		hint = p.m.hint(x, x.request)
	}
	if hint >= 0 {
		buffer := p.agent.Get("agentKeepAliveTimeoutBuffer").ToInteger()
		announced := max(int64(hint)*1000-buffer, 0)
		if announced == 0 {
			return false
		}
		timeout = min(timeout, announced)
	}
	c.stream.Unref()
	c.setTimeout(timeout)
	return true
}

// leave takes a connection from those in use; somebody may have waited for its place.
func (p *pool) leave(c *clientConn) {
	d := c.dest
	if i := slices.Index(d.sockets, c); i >= 0 {
		d.sockets = slices.Delete(d.sockets, i, i+1)
	}
	if p.native {
		p.wake(d)
	}
}

// wake opens a connection for a request that waits for a place.
func (p *pool) wake(d *destination) {
	if len(d.requests) == 0 {
		other := (*destination)(nil)
		for _, o := range p.order {
			if len(o.requests) > 0 {
				if len(o.sockets) == 0 {
					other = o
				}
				break
			}
		}
		if other == nil {
			return
		}
		d = other
	}
	r := d.requests[0]
	d.requests = d.requests[1:]
	scope := p.m.rt.Async.Enter(r.async)
	p.open(d, r)
	scope.Leave()
}

// drop takes a connection from the free ones.
func (p *pool) drop(c *clientConn) {
	if i := slices.Index(c.dest.free, c); i >= 0 {
		c.dest.free = slices.Delete(c.dest.free, i, i+1)
	}
	c.free = false
}

// closed follows the end of a connection.
func (p *pool) closed(c *clientConn) {
	if !p.native || c.dest == nil {
		return
	}
	p.total--
	p.drop(c)
	p.leave(c)
	p.tidy(c.dest)
	c.dest = nil
}

// find is the connection with that socket.
func (p *pool) find(socket goja.Value) *clientConn {
	for _, d := range p.order {
		for _, list := range [...][]*clientConn{d.sockets, d.free} {
			for _, c := range list {
				if goja.Value(c.socket) == socket {
					return c
				}
			}
		}
	}
	return nil
}

// Settle makes the agent's properties what they are in Node, for good.
func (p *pool) Settle() {
	if !p.native {
		return
	}
	p.native = false
	m := p.m
	var parts [3]*goja.Object
	for i := range parts {
		parts[i] = m.vm.CreateObject(nil)
	}
	for i, part := range parts {
		p.agent.DefineDataProperty(poolParts[i], part, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	}
	for _, d := range p.order {
		name := d.host + ":" + itoa(d.port) + ":"
		for _, r := range d.requests {
			scope := m.rt.Async.Enter(r.async)
			r.adopt()
			m.rt.CallMethod(m.client.script, "enqueue", r.o, m.vm.ToValue(d.host), m.vm.ToValue(d.port))
			scope.Leave()
		}
		add := func(to *goja.Object, items []any) {
			if len(items) > 0 {
				to.Set(name, m.vm.NewArray(items...))
			}
		}
		lost := func(c *clientConn) bool { // it will tell nobody
			if c.closed {
				c.dest = nil
				p.total--
			}
			return c.closed
		}
		d.sockets, d.free = slices.DeleteFunc(d.sockets, lost), slices.DeleteFunc(d.free, lost)
		requests := make([]any, len(d.requests))
		for i, r := range d.requests {
			requests[i] = r.o
		}
		add(parts[0], requests)
		add(parts[1], reveal(d.sockets))
		add(parts[2], reveal(d.free))
	}
	p.agent.DefineDataProperty(poolParts[3], m.vm.ToValue(p.total), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
	p.dests, p.order = nil, nil
}

func reveal(list []*clientConn) []any {
	sockets := make([]any, len(list))
	for i, c := range list {
		sockets[i] = c.reveal()
	}
	return sockets
}
