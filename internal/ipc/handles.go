package ipc

// maxArrived bounds the descriptors that wait for the end of one frame.
const maxArrived = 16

// Arrivals holds the descriptors that have arrived until the message that they belong to is complete. They are
// handed out in the order in which they came; one that no message claims is surplus and is closed.
type Arrivals struct {
	Close func(fd int) // closes a surplus descriptor
	fds   []int
}

// Add takes a descriptor that came with the chunk that is about to be fed to the Splitter.
func (a *Arrivals) Add(fd int) {
	if len(a.fds) == maxArrived {
		a.Close(fd)
		return
	}
	a.fds = append(a.fds, fd)
}

// Take is the descriptor of a Handle message, or false where it came without one.
func (a *Arrivals) Take() (fd int, ok bool) {
	if len(a.fds) == 0 {
		return -1, false
	}
	fd = a.fds[0]
	a.fds = a.fds[1:]
	return fd, true
}

// Settle closes what is surplus, after a chunk has been fed: a descriptor travels with the bytes of its message, so
// once no frame is in the middle of arriving, nothing can claim it any more.
func (a *Arrivals) Settle(partial bool) {
	if !partial {
		a.CloseAll()
	}
}

// CloseAll closes every descriptor that is waiting.
func (a *Arrivals) CloseAll() {
	for _, fd := range a.fds {
		a.Close(fd)
	}
	a.fds = nil
}

// MaxResends is how often a handle is sent again that the peer says it didn't get.
const MaxResends = 3

// Queue holds messages back while a handle waits for its acknowledgement, so that everything arrives in order. M is
// the caller's message, with its handle and callback.
type Queue[M any] struct {
	waiting  bool
	inFlight M
	resends  int
	held     []M
}

// Waiting tells whether messages have to be held.
func (q *Queue[M]) Waiting() bool { return q.waiting }

// Hold keeps a message for later and returns what send() returns for it: false once another one is held.
func (q *Queue[M]) Hold(m M) bool {
	q.held = append(q.held, m)
	return len(q.held) == 1
}

// Sent says that a message with a handle has been written.
func (q *Queue[M]) Sent(m M) {
	if !q.waiting {
		q.waiting, q.inFlight, q.resends = true, m, 0
	}
}

// Outcome is what a reply to a handle asks of the channel.
type Outcome uint8

const (
	// Unexpected: nothing was waiting; the reply is ignored.
	Unexpected Outcome = iota
	// Delivered: the handle has arrived; release it and send what was held.
	Delivered
	// Resend: write the handle again.
	Resend
	// Lost: the handle was refused too often; release it, warn, and send what was held.
	Lost
)

// Ack takes NODE_HANDLE_ACK. done is the message that was in flight.
func (q *Queue[M]) Ack() (outcome Outcome, done M) {
	if !q.waiting {
		return Unexpected, done
	}
	return Delivered, q.settle()
}

// Nack takes NODE_HANDLE_NACK.
func (q *Queue[M]) Nack() (outcome Outcome, message M) {
	switch {
	case !q.waiting:
		return Unexpected, message
	case q.resends < MaxResends:
		q.resends++
		return Resend, q.inFlight
	}
	return Lost, q.settle()
}

func (q *Queue[M]) settle() M {
	var none M
	done := q.inFlight
	q.waiting, q.inFlight = false, none
	return done
}

// Next is the message to send now, while nothing is waiting.
func (q *Queue[M]) Next() (m M, ok bool) {
	if q.waiting || len(q.held) == 0 {
		return m, false
	}
	var none M
	m, q.held[0] = q.held[0], none
	q.held = q.held[1:]
	return m, true
}

// Drop empties the queue at the channel's end and returns what had not been delivered: the message in flight, if
// any, and those held.
func (q *Queue[M]) Drop() (inFlight *M, held []M) {
	if q.waiting {
		m := q.settle()
		inFlight = &m
	}
	held, q.held = q.held, nil
	return inFlight, held
}
