// Package sys is the thin border to the operating system: the readiness poller, descriptor passing, spawning and
// waiting. It holds no policy and no state of its own beyond the descriptors it is given, and knows nothing of the
// loop or of JavaScript. OS differences live in small _linux.go and _darwin.go files behind one set of names.
package sys

// Events is a set of readiness conditions of a descriptor.
type Events uint8

const (
	// Readable: a read would not block, or the peer has closed.
	Readable Events = 1 << iota
	// Writable: a write would not block.
	Writable
	// Hangup: the peer closed, or the descriptor is in error. It is reported without being asked for.
	Hangup
)

// Poller waits for descriptors to become ready. Everything but Wake is for one goroutine only.
//
//	p.Set(fd, token, Readable|Writable)   level-triggered interest; 0 removes the descriptor
//	p.Wait(timeoutMs, func(token, events))
//	p.Wake()                              any goroutine: makes Wait return
type Poller struct {
	pollerState
}
