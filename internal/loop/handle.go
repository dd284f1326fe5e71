package loop

import "slices"

// Handle is what holds the loop open: it counts while it is started and referenced. It is a small state machine
// (open, closing, closed); every method is idempotent, and the close callback always comes later, in the close
// phase. Loop goroutine only.
type Handle struct {
	loop    *Loop
	kind    string
	started bool
	unref   bool
	state   uint8
	made    []string

	prev, next *Handle // among those that hold the loop open
}

const (
	handleOpen uint8 = iota
	handleClosing
	handleClosed
)

// NewHandle makes a stopped, referenced handle. kind names it for process.getActiveResourcesInfo ("TCPSocketWrap").
func (l *Loop) NewHandle(kind string) *Handle {
	h := &Handle{loop: l, kind: kind}
	if l.madeAt != nil {
		h.made = l.madeAt()
	}
	return h
}

// OnHandle sets a function that tells where each handle is made, for Activities. Loop goroutine only.
func (l *Loop) OnHandle(madeAt func() []string) { l.madeAt = madeAt }

// OnOpen has f told how many handles of a kind are started, and with an empty kind how many descriptors are watched, each time that this changes. Loop goroutine
// only, before there is any.
func (l *Loop) OnOpen(f func(kind string, n int)) { l.opened, l.running = f, map[string]int{} }

func (l *Loop) count(kind string, less bool) {
	if less {
		l.running[kind]--
	} else {
		l.running[kind]++
	}
	l.opened(kind, l.running[kind])
}

// Kind is the name given to NewHandle.
func (h *Handle) Kind() string { return h.kind }

func (h *Handle) holds() bool { return h.started && !h.unref && h.state == handleOpen }

func (h *Handle) change(f func()) {
	before, ran := h.holds(), h.Active()
	f()
	if h.loop.opened != nil && h.Active() != ran {
		h.loop.count(h.kind, ran)
	}
	if after := h.holds(); after != before {
		l := h.loop
		if after {
			l.active++
			if h.next = l.holding; h.next != nil {
				h.next.prev = h
			}
			l.holding = h
			return
		}
		l.active--
		if h.prev != nil {
			h.prev.next = h.next
		} else {
			l.holding = h.next
		}
		if h.next != nil {
			h.next.prev = h.prev
		}
		h.prev, h.next = nil, nil
	}
}

// Holding lists the kinds of the handles that hold the loop open, the oldest first. Loop goroutine only.
func (l *Loop) Holding() []string {
	var kinds []string
	for h := l.holding; h != nil; h = h.next {
		kinds = append(kinds, h.kind)
	}
	slices.Reverse(kinds)
	return kinds
}

// Start makes the handle active.
func (h *Handle) Start() { h.change(func() { h.started = true }) }

// Stop makes the handle inactive.
func (h *Handle) Stop() { h.change(func() { h.started = false }) }

// Ref lets the handle hold the loop open while it is active. It is the initial state.
func (h *Handle) Ref() { h.change(func() { h.unref = false }) }

// Unref lets the loop end although the handle is active.
func (h *Handle) Unref() { h.change(func() { h.unref = true }) }

// HasRef tells whether the handle is referenced and not closing.
func (h *Handle) HasRef() bool { return !h.unref && h.state == handleOpen }

// Active tells whether the handle is started and not closing.
func (h *Handle) Active() bool { return h.started && h.state == handleOpen }

// Closing tells whether Close has been called.
func (h *Handle) Closing() bool { return h.state != handleOpen }

// Close ends the handle; onClosed, which may be nil, is called in the close phase. A second Close does nothing and
// drops its callback.
func (h *Handle) Close(onClosed func()) {
	if h.state != handleOpen {
		return
	}
	h.change(func() { h.state = handleClosing })
	h.loop.OnClose(func() {
		h.state = handleClosed
		if onClosed != nil {
			onClosed()
		}
	})
}
