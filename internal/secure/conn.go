// Package secure is TLS for connections that live on the loop: crypto/tls over bytes that are handed in and taken out,
// with OpenSSL's words for keys, ciphers, errors and the verification of certificates, as Node's scripts know them. It
// knows nothing of JavaScript.
package secure

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"time"
)

// Conn is one side of a TLS connection. The handshake, which crypto/tls can only do in one go, has a goroutine of its
// own; after it records are opened and sealed on the goroutine of the caller, at once and without blocking. All methods
// but those of the handshake's goroutine belong to the loop goroutine.
type Conn struct {
	tls  *tls.Conn
	wire wire
	post func(func())
	busy func(bool)
	held bool // busy was told so

	state     state
	closed    chan struct{}
	closeOnce sync.Once
}

type state uint8

const (
	idle state = iota
	handshaking
	established
	failed
)

// ErrAgain is what Read gives when more has to be fed first.
var ErrAgain error = again{}

var errAborted = errors.New("connection closed")

// again is a temporary net.Error: crypto/tls keeps what it has of a record and goes on with it at the next Read.
type again struct{}

func (again) Error() string   { return "no data yet" }
func (again) Timeout() bool   { return true }
func (again) Temporary() bool { return true }

// New makes one side of a connection. post runs a function on the loop goroutine; output is called there when the
// handshake has something to send, and busy when its goroutine begins to work and when it waits for the peer.
func New(server bool, config *tls.Config, post func(func()), output func(), busy func(bool)) *Conn {
	c := &Conn{busy: busy, closed: make(chan struct{})}
	c.post = func(f func()) {
		select {
		case <-c.closed: // and perhaps the loop too
		default:
			post(f)
		}
	}
	c.wire.cond.L = &c.wire.mu
	c.wire.waits = func() { c.post(c.checkWaiting) }
	c.wire.output = func() { c.post(output) }
	if server {
		c.tls = tls.Server(&c.wire, config)
	} else {
		c.tls = tls.Client(&c.wire, config)
	}
	return c
}

// Handshake starts the handshake; done is called on the loop goroutine, unless the connection is aborted first.
func (c *Conn) Handshake(done func(error)) {
	if c.state != idle {
		return
	}
	c.state = handshaking
	c.wire.blocking = true
	c.Busy(true)
	go func() {
		err := c.tls.Handshake()
		c.wire.mu.Lock()
		c.wire.blocking = false
		c.wire.mu.Unlock()
		c.post(func() {
			c.Busy(false)
			if c.state != handshaking {
				return
			}
			c.state = established
			if err != nil {
				c.state = failed
			}
			done(err)
		})
	}()
}

// Established tells whether the handshake is done.
func (c *Conn) Established() bool { return c.state == established }

// Handshaking tells whether the handshake is under way.
func (c *Conn) Handshaking() bool { return c.state == handshaking }

// State is what has been agreed on; it is empty before the handshake is done.
func (c *Conn) State() tls.ConnectionState {
	if c.state != established {
		return tls.ConnectionState{}
	}
	return c.tls.ConnectionState()
}

// Feed takes bytes from the peer. They are copied.
func (c *Conn) Feed(b []byte) {
	w := &c.wire
	w.mu.Lock()
	w.in = append(w.in, b...)
	w.waiting = false
	w.cond.Signal()
	w.mu.Unlock()
	c.Busy(c.state == handshaking)
}

// Busy says whether the handshake's goroutine has something to do. Callbacks that wait for a script say so.
func (c *Conn) Busy(on bool) {
	if on != c.held {
		c.held = on
		c.busy(on)
	}
}

func (c *Conn) checkWaiting() {
	w := &c.wire
	w.mu.Lock()
	waiting := w.waiting
	w.mu.Unlock()
	if waiting {
		c.Busy(false)
	}
}

// FeedEOF says that no more bytes will come.
func (c *Conn) FeedEOF() {
	w := &c.wire
	w.mu.Lock()
	w.eof = true
	w.waiting = false
	w.cond.Signal()
	w.mu.Unlock()
	c.Busy(c.state == handshaking)
}

// Buffered tells whether records wait to be opened.
func (c *Conn) Buffered() bool {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	return len(c.wire.in) > 0
}

// Read opens records; ErrAgain means that more has to be fed.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.tls.Read(p)
	if n > 0 {
		return n, nil
	}
	var e again
	if errors.As(err, &e) {
		return 0, ErrAgain
	}
	return 0, err
}

// Write seals p in records of at most fragment bytes, if that is not 0.
func (c *Conn) Write(p []byte, fragment int) error {
	if len(p) > maxRecord {
		c.wire.reserve(len(p) + (len(p)/maxRecord+1)*recordOverhead)
	}
	for fragment > 0 && len(p) > fragment {
		if _, err := c.tls.Write(p[:fragment]); err != nil {
			return err
		}
		p = p[fragment:]
	}
	_, err := c.tls.Write(p)
	return err
}

// The size of a record, and what at most is around it.
const (
	maxRecord      = 16 << 10
	recordOverhead = 64
)

// CloseWrite says goodbye.
func (c *Conn) CloseWrite() {
	if c.state == established {
		c.tls.CloseWrite()
	}
}

// Hold keeps the handshake's output back until it is done: a client of TLS 1.3 that does not like the server's
// certificate goes away without a word, as OpenSSL's users see it. For the handshake's goroutine.
func (c *Conn) Hold() {
	c.wire.mu.Lock()
	c.wire.held = true
	c.wire.mu.Unlock()
}

// Refuse sends an alert in place of the one that crypto/tls will send. For the handshake's goroutine, before there are keys.
func (c *Conn) Refuse(alert byte) { c.lastWord([]byte{21, 3, 3, 0, 2, 2, alert}) }

// Offer answers a hello with a version before TLS 1.3 that its client does not want, as servers do that are not told which
// ones it wants. For the handshake's goroutine.
func (c *Conn) Offer(version uint16) {
	hello := make([]byte, 47)
	copy(hello, []byte{22, 3, byte(version), 0, 42, 2, 0, 0, 38, byte(version >> 8), byte(version)})
	rand.Read(hello[11:43])
	hello[45] = 0x2f // TLS_RSA_WITH_AES_128_CBC_SHA, after a session without a name
	c.lastWord(hello)
}

// lastWord sends a record, and nothing after it.
func (c *Conn) lastWord(record []byte) {
	c.wire.Write(record)
	c.wire.mu.Lock()
	c.wire.mute = true
	c.wire.mu.Unlock()
}

// Output takes what is to be sent to the peer.
func (c *Conn) Output() []byte {
	w := &c.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.out
	w.out, w.posted = nil, false
	return b
}

// Reuse gives back what Output has given, if nobody needs it any more. Little is kept: there may be many connections.
func (c *Conn) Reuse(b []byte) {
	w := &c.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out == nil && cap(b) <= 1<<10 {
		w.out = b[:0]
	}
}

// Abort ends the connection where it is; a handshake under way is not reported.
func (c *Conn) Abort() {
	c.closeOnce.Do(func() { close(c.closed) })
	if c.state == handshaking {
		c.state = failed
	}
	w := &c.wire
	w.mu.Lock()
	w.err = errAborted
	w.cond.Signal()
	w.mu.Unlock()
	c.Busy(false)
}

// Post runs f on the loop goroutine unless the connection is aborted. Any goroutine.
func (c *Conn) Post(f func()) { c.post(f) }

// Closed is closed by Abort, for callbacks of the handshake that wait for the loop.
func (c *Conn) Closed() <-chan struct{} { return c.closed }

// wire is the net.Conn under crypto/tls.
type wire struct {
	mu       sync.Mutex
	cond     sync.Cond
	in, out  []byte
	left     int // of the record that is being read
	eof      bool
	err      error
	blocking bool // the handshake's goroutine reads
	posted   bool
	held     bool // see Hold
	mute     bool // see Refuse
	waiting  bool // the handshake's goroutine waits for input
	waits    func()
	output   func()
}

func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.left == 0 && len(w.in) < recordHeader || len(w.in) == 0 {
		switch {
		case w.err != nil:
			return 0, w.err
		case w.eof && len(w.in) > 0:
			w.left = len(w.in)
			continue
		case w.eof:
			return 0, io.EOF
		case !w.blocking:
			return 0, ErrAgain
		}
		w.waiting = true
		w.waits()
		w.cond.Wait()
	}
	// No byte of the next record comes with those of the last: what was not read is what crypto/tls has not opened.
	if w.left == 0 {
		w.left = recordHeader + int(w.in[3])<<8 + int(w.in[4])
	}
	n := copy(p, w.in[:min(w.left, len(w.in))])
	w.left -= n
	if w.in = w.in[n:]; len(w.in) == 0 {
		w.in = nil
	}
	return n, nil
}

const recordHeader = 5

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	if w.mute {
		w.mu.Unlock()
		return len(p), nil
	}
	w.out = append(w.out, p...)
	post := w.blocking && !w.posted && !w.held
	w.posted = w.posted || post
	w.mu.Unlock()
	if post {
		w.output()
	}
	return len(p), nil
}

func (w *wire) reserve(n int) {
	w.mu.Lock()
	w.out = slices.Grow(w.out, n)
	w.mu.Unlock()
}

func (w *wire) Close() error                     { return nil }
func (w *wire) LocalAddr() net.Addr              { return address{} }
func (w *wire) RemoteAddr() net.Addr             { return address{} }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// address stands for the peer: crypto/tls keeps sessions by it.
type address struct{}

func (address) Network() string { return "tls" }
func (address) String() string  { return "peer" }
