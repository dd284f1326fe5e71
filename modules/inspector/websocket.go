package inspector

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// The server's half of WebSockets (RFC 6455), for messages of text.

const (
	opContinuation = 0
	opText         = 1
	opClose        = 8
	opPing         = 9
	opPong         = 10

	// maxMessage is how long a message may be that comes in, maxQueue how much may wait for a debugger that does not read.
	maxMessage = 256 << 20
	maxQueue   = 512 << 20
)

// connection writes what the runtime has to say in order, without holding it up.
type connection struct {
	conn net.Conn

	mu    sync.Mutex
	more  *sync.Cond
	queue [][]byte
	size  int
	ended bool
	done  chan struct{} // closed when all is written
}

func newConnection(conn net.Conn) *connection {
	c := &connection{conn: conn, done: make(chan struct{})}
	c.more = sync.NewCond(&c.mu)
	go c.write()
	return c
}

func (c *connection) send(text []byte) { c.frame(opText, text) }

func (c *connection) frame(opcode byte, payload []byte) {
	head := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n <= 125:
		head = append(head, byte(n))
	case n <= 65535:
		head = binary.BigEndian.AppendUint16(append(head, 126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 127), uint64(n))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.queue = append(c.queue, append(head, payload...))
	if c.size += len(payload); c.size > maxQueue {
		c.ended = true
		c.conn.Close()
	}
	c.more.Signal()
}

func (c *connection) write() {
	defer close(c.done)
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && !c.ended {
			c.more.Wait()
		}
		queue := c.queue
		c.queue, c.size = nil, 0
		ended := c.ended
		c.mu.Unlock()
		for _, b := range queue {
			if _, err := c.conn.Write(b); err != nil {
				c.conn.Close()
				return
			}
		}
		if ended {
			return
		}
	}
}

// end writes what is queued and closes the connection.
func (c *connection) end() {
	c.frame(opClose, nil)
	c.mu.Lock()
	c.ended = true
	c.more.Signal()
	c.mu.Unlock()
	<-c.done
	c.conn.Close()
}

// readMessage reads the next message of text; pings are answered.
func readMessage(in *bufio.Reader, c *connection) ([]byte, error) {
	var message []byte
	begun := false
	for {
		var head [14]byte
		if _, err := io.ReadFull(in, head[:2]); err != nil {
			return nil, err
		}
		fin, opcode, masked, length := head[0]&0x80 != 0, head[0]&0x0f, head[1]&0x80 != 0, uint64(head[1]&0x7f)
		if head[0]&0x70 != 0 || !masked || opcode >= opClose && (!fin || length > 125) {
			return nil, errors.New("protocol error")
		}
		switch length {
		case 126:
			if _, err := io.ReadFull(in, head[:2]); err != nil {
				return nil, err
			}
			length = uint64(binary.BigEndian.Uint16(head[:2]))
		case 127:
			if _, err := io.ReadFull(in, head[:8]); err != nil {
				return nil, err
			}
			length = binary.BigEndian.Uint64(head[:8])
		}
		if length > maxMessage || uint64(len(message))+length > maxMessage {
			return nil, errors.New("message too long")
		}
		var key [4]byte
		if _, err := io.ReadFull(in, key[:]); err != nil {
			return nil, err
		}
		payload, err := io.ReadAll(io.LimitReader(in, int64(length)))
		if err == nil && uint64(len(payload)) < length {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		for i := range payload {
			payload[i] ^= key[i&3]
		}
		switch opcode {
		case opText, opContinuation:
			if (opcode == opContinuation) != begun {
				return nil, errors.New("protocol error")
			}
			begun = true
			if message = append(message, payload...); fin {
				return message, nil
			}
		case opPing:
			c.frame(opPong, payload)
		case opPong:
		default: // a message of bytes as well
			return nil, io.EOF
		}
	}
}
