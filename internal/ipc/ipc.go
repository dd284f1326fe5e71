// Package ipc is the wire between a Node process and its children: the two framings of messages, which messages are
// the runtime's own (NODE_…), which descriptor belongs to which message, and the queue that holds messages back
// while a handle waits for its acknowledgement. It knows neither JavaScript nor the loop; one goroutine at a time.
package ipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
)

// Mode is a channel's serialization, as in NODE_CHANNEL_SERIALIZATION_MODE.
type Mode uint8

const (
	// JSON frames are a JSON text and a line feed.
	JSON Mode = iota
	// Advanced frames are a 4-byte big-endian length and V8's structured-clone serialization.
	Advanced
)

// ParseMode reads the name of a mode; the empty name is JSON.
func ParseMode(name string) (mode Mode, ok bool) {
	switch name {
	case "", "json":
		return JSON, true
	case "advanced":
		return Advanced, true
	}
	return JSON, false
}

func (m Mode) String() string {
	if m == Advanced {
		return "advanced"
	}
	return "json"
}

// MaxFrame bounds one message. It is the longest string of Node's engine.
const MaxFrame = 0x1fffffe8

// ErrTooLong ends a channel whose peer announced or sent a message longer than MaxFrame.
var ErrTooLong = errors.New("ipc: message too long")

// Begin appends the head of a frame to buf; the payload is appended after it, then End is called with the same start.
func (m Mode) Begin(buf []byte) (out []byte, start int) {
	start = len(buf)
	if m == Advanced {
		buf = append(buf, 0, 0, 0, 0)
	}
	return buf, start
}

// End completes the frame that began at start.
func (m Mode) End(buf []byte, start int) ([]byte, error) {
	if len(buf)-start > MaxFrame {
		return buf, ErrTooLong
	}
	if m == Advanced {
		binary.BigEndian.PutUint32(buf[start:], uint32(len(buf)-start-4))
		return buf, nil
	}
	return append(buf, '\n'), nil
}

// Splitter cuts the bytes that arrive into frames. Its work is linear in their number, however they are chopped, and
// it holds no more than what has arrived of one frame.
type Splitter struct {
	Mode    Mode
	partial []byte // the beginning of a frame that has not arrived in full
	large   int    // bytes of the last frame whose memory was not kept
	closed  bool
}

// usualRead is a chunk that comes of a peer with much to send.
const usualRead = 1 << 15

// Partial tells whether a frame has begun and not ended.
func (s *Splitter) Partial() bool { return len(s.partial) > 0 }

// Close drops what has arrived of a frame and makes a running Feed stop after the present one.
func (s *Splitter) Close() {
	s.closed = true
	s.partial = nil
}

// Feed takes chunk and calls emit with each payload that is complete. A payload is valid during the call only.
// emit may call Close. An error of emit ends Feed and is returned.
func (s *Splitter) Feed(chunk []byte, emit func(payload []byte) error) error {
	for len(chunk) > 0 && !s.closed {
		var payload []byte
		var complete bool
		var err error
		if s.Mode == Advanced {
			payload, chunk, complete, err = s.advanced(chunk)
		} else {
			payload, chunk, complete, err = s.line(chunk)
		}
		if err != nil {
			s.Close()
			return err
		}
		if !complete {
			return nil
		}
		if err := emit(payload); err != nil {
			return err
		}
	}
	return nil
}

func (s *Splitter) line(chunk []byte) (payload, rest []byte, complete bool, err error) {
	// What has arrived before holds no line feed: only the new bytes are searched.
	end := bytes.IndexByte(chunk, '\n')
	if end < 0 {
		if len(s.partial)+len(chunk) > MaxFrame {
			return nil, nil, false, ErrTooLong
		}
		if s.partial == nil && s.large > 0 && len(chunk) >= usualRead {
			s.partial = make([]byte, 0, s.large)
		}
		s.partial = append(s.partial, chunk...)
		return nil, nil, false, nil
	}
	payload, rest = chunk[:end], chunk[end+1:]
	if len(s.partial) > 0 {
		payload = append(s.partial, payload...)
		s.reuse(payload)
	}
	if len(payload) > MaxFrame {
		return nil, nil, false, ErrTooLong
	}
	return payload, rest, true, nil
}

func (s *Splitter) advanced(chunk []byte) (payload, rest []byte, complete bool, err error) {
	const head = 4
	if len(s.partial) > 0 && len(s.partial) < head {
		n := min(head-len(s.partial), len(chunk))
		s.partial = append(s.partial, chunk[:n]...)
		chunk = chunk[n:]
	}
	from := s.partial
	if len(from) == 0 {
		from = chunk
	}
	if len(from) < head {
		if len(s.partial) == 0 {
			s.partial = append(s.partial, chunk...)
		}
		return nil, nil, false, nil
	}
	size := int64(binary.BigEndian.Uint32(from))
	if size > MaxFrame {
		return nil, nil, false, ErrTooLong
	}
	total := int(size) + head
	if len(s.partial) == 0 && len(chunk) >= total {
		return chunk[head:total], chunk[total:], true, nil
	}
	if s.partial == nil && len(chunk) >= usualRead {
		s.partial = make([]byte, 0, min(total, 1<<21))
	}
	n := min(total-len(s.partial), len(chunk))
	s.partial = append(s.partial, chunk[:n]...)
	if len(s.partial) < total {
		return nil, nil, false, nil
	}
	payload = s.partial[head:]
	s.reuse(s.partial)
	return payload, chunk[n:], true, nil
}

// reuse keeps the memory of a frame for the next, unless it was a big one.
func (s *Splitter) reuse(frame []byte) {
	if cap(frame) > 1<<20 {
		s.partial, s.large = nil, len(frame)+len(frame)/8
	} else {
		s.partial = frame[:0]
	}
}

// Command is what a message's cmd property makes of it.
type Command uint8

const (
	// User is an ordinary message.
	User Command = iota
	// Internal is a message of the runtime's that this package has no part in: NODE_CLUSTER, NODE_SOCKET_….
	Internal
	// Handle carries a descriptor.
	Handle
	// HandleAck says that the descriptor has arrived.
	HandleAck
	// HandleNack says that a Handle message came without a descriptor.
	HandleNack
)

// The commands of the handle protocol.
const (
	CmdHandle     = "NODE_HANDLE"
	CmdHandleAck  = "NODE_HANDLE_ACK"
	CmdHandleNack = "NODE_HANDLE_NACK"
)

// Classify reads a cmd property. NODE_ by itself is a user's, as in Node.
func Classify(cmd string) Command {
	const prefix = "NODE_"
	if len(cmd) <= len(prefix) || !strings.HasPrefix(cmd, prefix) {
		return User
	}
	switch cmd {
	case CmdHandle:
		return Handle
	case CmdHandleAck:
		return HandleAck
	case CmdHandleNack:
		return HandleNack
	}
	return Internal
}
