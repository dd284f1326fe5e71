package worker_threads

import (
	"slices"
	"sync"
)

// line connects the two ends of a MessageChannel, or all the BroadcastChannels of one name, whichever threads they are in.
type line struct {
	mu   sync.Mutex
	name string // of a broadcast; "" for a channel, which closes when one end does
	ends []*end
}

// end is one place at a line: what its siblings post waits here until the owner takes it. An end that is being moved to
// another thread has no owner and goes on collecting. Any goroutine.
type end struct {
	line  *line
	queue []*message // a nil message is the end of the line
	wake  func()     // tells the owner, once until it has looked; nil without an owner
	woken bool
}

// newChannel makes a line with two ends.
func newChannel() (a, b *end) {
	l := &line{}
	a, b = &end{line: l}, &end{line: l}
	l.ends = []*end{a, b}
	return a, b
}

// push queues a message; the line is locked.
func (e *end) push(m *message) {
	e.queue = append(e.queue, m)
	e.notify()
}

func (e *end) notify() {
	if e.wake != nil && !e.woken && len(e.queue) > 0 {
		e.woken = true
		e.wake()
	}
}

// own makes wake be called when there is something to look at, now if there is already. A nil wake takes the end away
// from its owner.
func (e *end) own(wake func()) {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	e.wake, e.woken = wake, false
	e.notify()
}

// post sends a message to the other ends. It reports whether there was any.
func (e *end) post(m *message) bool {
	l := e.line
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := false
	for _, other := range l.ends {
		if other != e {
			other.push(m)
			sent = true
		}
	}
	return sent
}

// peer is the other end of a channel, nil once either is closed.
func (e *end) peer() *end {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	if e.line.name != "" || len(e.line.ends) != 2 {
		return nil
	}
	if e.line.ends[0] == e {
		return e.line.ends[1]
	}
	return e.line.ends[0]
}

// looked notes that the owner is about to look at the queue, and how long that is.
func (e *end) looked() int {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	e.woken = false
	return len(e.queue)
}

// again asks for another look.
func (e *end) again() {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	e.notify()
}

// next takes the oldest message; without any it is false. A nil message says that the line has ended; it is taken even by
// who does not want messages yet.
func (e *end) next(wanted bool) (m *message, ok bool) {
	e.line.mu.Lock()
	defer e.line.mu.Unlock()
	if len(e.queue) == 0 || !wanted && e.queue[0] != nil {
		return nil, false
	}
	m = e.queue[0]
	e.queue[0] = nil
	e.queue = e.queue[1:]
	return m, true
}

// close takes the end off its line. The other end of a channel is told behind the messages that it has yet to read; what
// this end has not read is dropped.
func (e *end) close() {
	l := e.line
	l.mu.Lock()
	l.ends = slices.DeleteFunc(l.ends, func(x *end) bool { return x == e })
	rest := e.queue
	e.queue, e.wake = nil, nil
	if l.name == "" {
		for _, other := range l.ends {
			other.push(nil)
		}
		l.ends = nil
	}
	l.mu.Unlock()
	for _, m := range rest {
		if m != nil && l.name == "" {
			m.discard()
		}
	}
}
