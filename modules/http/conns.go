package http

import (
	"github.com/dop251/goja"

	"gonode/internal/engine"
	"gonode/internal/loop"
)

// connections is a ConnectionsList: the parsers of a server's connections, to find those that are idle or too slow.
type connections struct {
	all     map[*parser]struct{}
	idle    *idleList
	closing *closing // once the server closes
}

func (c *connections) add(p *parser) {
	if u := p.m.usage; u != nil {
		u.parsers[c] = struct{}{}
	}
	p.conns, p.active = c, true
	c.all[p] = struct{}{}
}

func (c *connections) remove(p *parser) {
	delete(c.all, p)
	p.conns = nil
	if len(p.spans) > 0 {
		p.abandoned()
	}
}

func (m *module) defineConnections(b *goja.Object) {
	class, proto := m.rt.Class("ConnectionsList", 0, func(call goja.ConstructorCall) *goja.Object {
		m.rt.SetSlot(call.This, &connections{all: map[*parser]struct{}{}})
		return nil
	})
	method := func(name string, choose func(c *connections, call goja.FunctionCall) []*parser) {
		m.rt.SetMethod(proto, name, 0, func(call goja.FunctionCall) goja.Value {
			list := choose(engine.Held[*connections](m.rt, call.This), call)
			items := make([]any, len(list))
			for i, p := range list {
				items[i] = p.object()
			}
			return m.vm.NewArray(items...)
		})
	}
	method("all", func(c *connections, _ goja.FunctionCall) []*parser {
		return c.sorted(func(*parser) bool { return true })
	})
	method("idle", func(c *connections, _ goja.FunctionCall) []*parser {
		return c.sorted(func(p *parser) bool { return p.began == 0 && p.pending == nil && !p.inputWaits() })
	})
	method("active", func(c *connections, _ goja.FunctionCall) []*parser {
		return c.sorted(func(p *parser) bool { return p.active })
	})
	method("expired", func(c *connections, call goja.FunctionCall) []*parser {
		headers, request := call.Argument(0).ToInteger()*1e6, call.Argument(1).ToInteger()*1e6
		if request > 0 && headers > request {
			headers, request = request, headers
		}
		now := m.clock()
		list := c.sorted(func(p *parser) bool {
			return p.active && (headers > 0 && !p.codec.HeadersCompleted() && p.began < now-headers || request > 0 && p.began < now-request)
		})
		for _, p := range list {
			p.active = false
		}
		return list
	})
	b.Set("ConnectionsList", class)
}

// idle is a connection's place among those of its server that wait for a further request.
type idle struct {
	deadline   int64
	list       *idleList
	prev, next *parser
}

// idleList is the connections of one server that have answered natively and wait, the longest waiting first: they
// share the server's keepAliveTimeout and so one timer.
type idleList struct {
	m           *module
	timer       *loop.Timer
	first, last *parser
}

const keepAliveBuffer = 1000 // milliseconds that an idle connection is kept longer than announced, unless its server says otherwise

// startIdle begins the wait for a further request.
func (p *parser) startIdle() {
	timeout := milliseconds(p.server, "keepAliveTimeout", 0)
	if timeout == 0 || p.idle.list != nil || p.conns == nil {
		return
	}
	l := p.conns.idle
	if l == nil {
		l = &idleList{m: p.m}
		l.timer = p.m.rt.Loop().NewTimer(l.expire)
		l.timer.Unref()
		p.conns.idle = l
	}
	p.idle = idle{deadline: p.m.rt.Loop().Now() + timeout + milliseconds(p.server, "keepAliveTimeoutBuffer", keepAliveBuffer), list: l, prev: l.last}
	if l.last != nil {
		l.last.idle.next = p
	} else {
		l.first = p
	}
	l.last = p
	if !l.timer.Active() {
		l.timer.Start(p.idle.deadline - p.m.rt.Loop().Now())
	}
}

// stopIdle ends it.
func (p *parser) stopIdle() {
	l := p.idle.list
	if l == nil {
		return
	}
	if p.idle.prev != nil {
		p.idle.prev.idle.next = p.idle.next
	} else {
		l.first = p.idle.next
	}
	if p.idle.next != nil {
		p.idle.next.idle.prev = p.idle.prev
	} else {
		l.last = p.idle.prev
	}
	p.idle = idle{}
}

// expire lets the sockets that have waited too long emit 'timeout'. The timer runs on to the next deadline then.
func (l *idleList) expire() {
	now := l.m.rt.Loop().Now()
	for p := l.first; p != nil && p.idle.deadline <= now; p = l.first {
		p.stopIdle()
		if p.bare != nil && !l.m.rt.HasListener(p.server, "timeout") {
			p.finishBare()
			continue
		}
		l.m.rt.Enter(func() { l.m.rt.Emit(p.reveal(), "timeout") })
	}
	if l.first != nil {
		l.timer.Start(l.first.idle.deadline - now)
	}
}
