// Package rpc is calls both ways over one connection between two processes, of which the other need not be trusted: frames with a limit, replies in any
// order, contexts that end calls over there, and no memory taken for what has only been announced. It knows nothing of what the calls mean. Any goroutine.
package rpc

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// The kinds of frames. A frame is its length in four bytes, big-endian, its kind in one, the number of its call in eight, and what the call says.
const (
	kindCall byte = iota
	kindReply
	kindCancel
)

const (
	headSize = 4 + 1 + 8
	// piece is how much is read at a time of a long frame.
	piece = 1 << 20
)

var (
	// ErrClosed ends calls whose connection was closed here.
	ErrClosed = errors.New("rpc: the connection is closed")
	// ErrTooLong ends a connection whose peer announces a frame that is longer than the limit, or makes calls that are together, and a call that is.
	ErrTooLong = errors.New("rpc: a message is too long")
)

// Options are how a connection serves its peer.
type Options struct {
	// Handle answers a call, on a goroutine of its own. Its context ends with the connection and when the peer gives the call up. body is the callee's.
	Handle func(ctx context.Context, body []byte) []byte
	// Longest is how long a frame may be, in bytes; both sides have the same.
	Longest int
	// Calls is how many calls of the peer's may be under way; one more ends the connection. 0 is no limit.
	Calls int
	// Held is how many bytes those calls may have together; more ends the connection. 0 is no limit.
	Held int
	// Grace is how long the peer may take to answer a call that was given up before Stuck is called; 0 is for ever.
	Grace time.Duration
	Stuck func()
}

// Conn is one side of a connection.
type Conn struct {
	rw   io.ReadWriteCloser
	opt  Options
	out  chan []byte
	done chan struct{}

	mu      sync.Mutex
	err     error // why the connection has ended
	next    uint64
	calls   map[uint64]chan []byte             // under way there
	serving map[uint64]context.CancelCauseFunc // under way here
	held    int                                // bytes of what those say
}

// errGivenUp is the cause of contexts of calls that the peer has given up.
var errGivenUp = fmt.Errorf("rpc: the call was given up: %w", context.Canceled)

// New begins to serve a connection, which it closes when it ends.
func New(rw io.ReadWriteCloser, opt Options) *Conn {
	c := &Conn{rw: rw, opt: opt, out: make(chan []byte), done: make(chan struct{}), calls: map[uint64]chan []byte{}, serving: map[uint64]context.CancelCauseFunc{}}
	go c.write()
	go c.read()
	return c
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err is why it has ended: ErrClosed, io.EOF or what else went wrong.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection, and all calls with it.
func (c *Conn) Close() { c.end(ErrClosed) }

func (c *Conn) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	c.rw.Close()
	for _, cancel := range c.serving {
		cancel(err)
	}
}

// Call has the peer answer body. When ctx is done it returns with its cause, and tells the peer.
func (c *Conn) Call(ctx context.Context, body []byte) ([]byte, error) {
	if len(body) > c.opt.Longest-headSize {
		return nil, ErrTooLong
	}
	reply := make(chan []byte, 1)
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return nil, c.err
	}
	c.next++
	id := c.next
	c.calls[id] = reply
	c.mu.Unlock()
	if err := c.send(ctx, frame(kindCall, id, body)); err != nil {
		c.forget(id)
		return nil, err
	}
	select {
	case answer := <-reply:
		return answer, nil
	case <-ctx.Done():
		go c.giveUp(id, reply)
		return nil, context.Cause(ctx)
	case <-c.done:
	}
	select { // the peer may have answered and gone
	case answer := <-reply:
		return answer, nil
	default:
		return nil, c.Err()
	}
}

func (c *Conn) forget(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, id)
}

// giveUp tells the peer that nobody waits for its answer, and waits for it all the same: it says that the peer is alive.
func (c *Conn) giveUp(id uint64, reply <-chan []byte) {
	var late <-chan time.Time
	if c.opt.Grace > 0 {
		t := time.NewTimer(c.opt.Grace)
		defer t.Stop()
		late = t.C
	}
	cancel := frame(kindCancel, id, nil)
	out := c.out
	for {
		select {
		case out <- cancel:
			out = nil
		case <-reply:
			return
		case <-c.done:
			return
		case <-late:
			c.forget(id)
			c.opt.Stuck()
			return
		}
	}
}

func frame(kind byte, id uint64, body []byte) []byte {
	f := make([]byte, headSize, headSize+len(body))
	binary.BigEndian.PutUint32(f, uint32(headSize-4+len(body)))
	f[4] = kind
	binary.BigEndian.PutUint64(f[5:], id)
	return append(f, body...)
}

func (c *Conn) send(ctx context.Context, f []byte) error {
	select {
	case c.out <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.done:
		return c.Err()
	}
}

// write has the connection's writing half. Senders wait for it, so that a peer that does not read holds up those who talk to it and takes no memory.
func (c *Conn) write() {
	for {
		select {
		case f := <-c.out:
			if _, err := c.rw.Write(f); err != nil {
				// What the peer has still said is read first.
				select {
				case <-c.done:
				case <-time.After(time.Second):
					c.end(err)
				}
				return
			}
		case <-c.done:
			return
		}
	}
}

func (c *Conn) read() {
	r := bufio.NewReaderSize(c.rw, 16<<10)
	for {
		kind, id, body, err := c.readFrame(r)
		if err == nil {
			err = c.dispatch(kind, id, body)
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

func (c *Conn) readFrame(r *bufio.Reader) (kind byte, id uint64, body []byte, err error) {
	var head [headSize]byte
	if _, err = io.ReadFull(r, head[:]); err != nil {
		return 0, 0, nil, err
	}
	size := int64(binary.BigEndian.Uint32(head[:])) - (headSize - 4)
	if size < 0 {
		return 0, 0, nil, errors.New("rpc: what the peer sends makes no sense")
	}
	if size > int64(c.opt.Longest-headSize) {
		return 0, 0, nil, ErrTooLong
	}
	for int64(len(body)) < size {
		n := int(min(size-int64(len(body)), piece))
		at := len(body)
		body = append(body, make([]byte, n)...)
		if _, err = io.ReadFull(r, body[at:]); err != nil {
			return 0, 0, nil, err
		}
	}
	return head[4], binary.BigEndian.Uint64(head[5:]), body, nil
}

func (c *Conn) dispatch(kind byte, id uint64, body []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch kind {
	case kindReply:
		if reply := c.calls[id]; reply != nil { // else it was given up long ago
			delete(c.calls, id)
			reply <- body
		}
	case kindCancel:
		if cancel := c.serving[id]; cancel != nil {
			cancel(errGivenUp)
		}
	case kindCall:
		if c.err != nil {
			return c.err
		}
		if c.serving[id] != nil {
			return errors.New("rpc: the peer uses a number twice")
		}
		if c.opt.Calls > 0 && len(c.serving) >= c.opt.Calls {
			return errors.New("rpc: the peer calls too often at a time")
		}
		if c.opt.Held > 0 && c.held+len(body) > c.opt.Held {
			return ErrTooLong
		}
		c.held += len(body)
		ctx, cancel := context.WithCancelCause(context.Background())
		c.serving[id] = cancel
		go c.serve(ctx, id, body)
	default:
		return errors.New("rpc: what the peer sends makes no sense")
	}
	return nil
}

func (c *Conn) serve(ctx context.Context, id uint64, body []byte) {
	answer := c.opt.Handle(ctx, body)
	c.mu.Lock()
	c.held -= len(body) // before the peer knows
	c.mu.Unlock()
	if len(answer) > c.opt.Longest-headSize {
		c.end(ErrTooLong)
	}
	c.send(context.Background(), frame(kindReply, id, answer))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving[id](nil)
	delete(c.serving, id)
}
