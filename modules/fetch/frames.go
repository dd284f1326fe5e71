package fetch

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"
)

// Frames of the WebSocket protocol (RFC 6455) as a client sends and receives them, and its compression of messages (RFC 7692).

const (
	opContinuation = 0
	opText         = 1
	opBinary       = 2
	opClose        = 8
	opPing         = 9
	opPong         = 10
)

// Limits of undici's for one message.
const (
	maxFragments = 131072
	maxMessage   = 128 << 20
)

// appendFrame appends a whole, masked frame.
func appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	dst = append(dst, 0x80|opcode)
	switch n := len(payload); {
	case n <= 125:
		dst = append(dst, 0x80|byte(n))
	case n <= 65535:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	var key [4]byte
	rand.Read(key[:])
	dst = append(dst, key[:]...)
	at := len(dst)
	dst = append(dst, payload...)
	mask(dst[at:], key)
	return dst
}

func mask(b []byte, key [4]byte) {
	k := uint64(binary.LittleEndian.Uint32(key[:]))
	k |= k << 32
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)^k)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= key[i&3]
	}
}

// received is what has come in: a message, a control frame, or that the connection fails.
type received struct {
	opcode  byte // 0 for a failure
	payload []byte
	code    int // of a close frame, 0 if it has none; or of a failure
	reason  string
}

// receiver takes frames apart that come in pieces.
type receiver struct {
	inflate   *inflater // nil without the extension
	pending   []byte    // the beginning of a frame that is not whole yet
	message   []byte
	fragments int
	opcode    byte // of the message that is under way, 0 if none is
	packed    bool
	ended     bool // after a close frame or a failure
}

// feed gives what is whole with the next piece. What it returns does not stay valid.
func (r *receiver) feed(piece []byte) (all []received) {
	if r.ended {
		return nil
	}
	data := piece
	if len(r.pending) > 0 {
		r.pending = append(r.pending, piece...)
		data = r.pending
	}
	for !r.ended {
		rest, one, ok := r.frame(data)
		if !ok {
			break
		}
		data = rest
		if one != nil {
			all = append(all, *one)
			r.ended = one.opcode == opClose || one.opcode == 0
		}
	}
	if len(data) == 0 || len(data) != len(r.pending) { // else all of it still waits, and stays where it is
		r.pending = append(r.pending[:0:0], data...)
	}
	return all
}

func failure(code int, reason string) *received { return &received{code: code, reason: reason} }

// frame reads one frame; ok is false if it is not whole. Of a fragment nothing is received yet.
func (r *receiver) frame(data []byte) (rest []byte, one *received, ok bool) {
	if len(data) < 2 {
		return data, nil, false
	}
	fin, opcode, compressed := data[0]&0x80 != 0, data[0]&0x0f, data[0]&0x40 != 0
	length := uint64(data[1] & 0x7f)
	if wrong := r.check(data, fin, opcode, length); wrong != nil {
		return nil, wrong, true
	}
	at := 2
	switch length {
	case 126:
		if at = 4; len(data) < at {
			return data, nil, false
		}
		length = uint64(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if at = 10; len(data) < at {
			return data, nil, false
		}
		if length = binary.BigEndian.Uint64(data[2:]); length > 1<<31-1 {
			return nil, failure(1009, "Received payload length > 2^31 bytes."), true
		}
	}
	control := opcode >= opClose
	if !control && length+uint64(len(r.message)) > maxMessage {
		return nil, failure(1009, "Payload size exceeds maximum allowed size"), true
	}
	if uint64(len(data)-at) < length {
		return data, nil, false
	}
	payload, rest := data[at:at+int(length)], data[at+int(length):]
	if control {
		return rest, controlFrame(opcode, payload), true
	}
	if opcode != opContinuation {
		r.opcode, r.packed = opcode, compressed
	}
	return rest, r.data(payload, fin), true
}

// check looks at the first two bytes of a frame.
func (r *receiver) check(head []byte, fin bool, opcode byte, length uint64) *received {
	control := opcode >= opClose
	switch {
	case opcode > opPong || opcode > opBinary && opcode < opClose:
		return failure(1002, "Invalid opcode received")
	case head[1]&0x80 != 0:
		return failure(1002, "Frame cannot be masked")
	case head[0]&0x40 != 0 && r.inflate == nil:
		return failure(1002, "Expected RSV1 to be clear.")
	case head[0]&0x30 != 0:
		return failure(1002, "RSV1, RSV2, RSV3 must be clear")
	case !fin && control:
		return failure(1002, "Invalid frame type was fragmented.")
	case (opcode == opText || opcode == opBinary) && r.opcode != 0:
		return failure(1002, "Expected continuation frame")
	case control && length > 125:
		return failure(1002, "Control frame either too large or fragmented")
	case opcode == opContinuation && r.opcode == 0:
		return failure(1002, "Unexpected continuation frame")
	}
	return nil
}

// data takes a piece of a message.
func (r *receiver) data(payload []byte, fin bool) *received {
	if r.fragments++; r.fragments > maxFragments {
		return failure(1008, "Too many message fragments")
	}
	if !fin {
		r.message = append(r.message, payload...)
		return nil
	}
	if len(r.message) > 0 {
		payload = append(r.message, payload...)
	}
	one := &received{opcode: r.opcode, payload: payload}
	if r.packed {
		plain, err := r.inflate.message(payload)
		if errors.Is(err, errTooLarge) {
			return failure(1009, err.Error())
		}
		if err != nil {
			return failure(1007, err.Error())
		}
		one.payload = plain
	}
	r.message, r.fragments, r.opcode = nil, 0, 0
	if one.opcode == opText {
		if !utf8.Valid(one.payload) {
			return failure(1007, "Received invalid UTF-8 in text frame.")
		}
		one.payload = bytes.TrimPrefix(one.payload, []byte("\ufeff"))
	}
	return one
}

func controlFrame(opcode byte, payload []byte) *received {
	one := &received{opcode: opcode, payload: payload}
	if opcode != opClose || len(payload) == 0 {
		return one
	}
	if len(payload) == 1 {
		return failure(1002, "Received close frame with a 1-byte body.")
	}
	one.code = int(binary.BigEndian.Uint16(payload))
	if !validCloseCode(one.code) {
		return failure(1002, "Invalid status code")
	}
	reason := bytes.TrimPrefix(payload[2:], []byte("\ufeff"))
	if !utf8.Valid(reason) {
		return failure(1007, "Invalid UTF-8")
	}
	one.reason = string(reason)
	return one
}

func validCloseCode(code int) bool {
	return code >= 1000 && code < 1015 && code != 1004 && code != 1005 && code != 1006 || code >= 3000 && code <= 4999
}

// inflater unpacks the messages of a connection, each of which may refer to those before.
type inflater struct {
	forgets bool   // server_no_context_takeover
	broken  bool   // its parameters make no sense
	window  []byte // the last of what was unpacked
	reader  io.ReadCloser
}

var errTooLarge = errors.New("Max decompressed message size exceeded")

// tail ends a message: the marker that the sender left out, and an empty last block.
const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

func (f *inflater) message(packed []byte) ([]byte, error) {
	if f.broken {
		return nil, errors.New("Invalid server_max_window_bits")
	}
	in := io.MultiReader(bytes.NewReader(packed), bytes.NewReader([]byte(tail)))
	if f.reader == nil {
		f.reader = flate.NewReaderDict(in, f.window)
	} else if err := f.reader.(flate.Resetter).Reset(in, f.window); err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(io.LimitReader(f.reader, maxMessage+1))
	switch {
	case err != nil:
		return nil, err
	case len(plain) > maxMessage:
		return nil, errTooLarge
	case f.forgets:
		return plain, nil
	}
	const window = 1 << 15
	if len(plain) >= window {
		f.window = append(f.window[:0:0], plain[len(plain)-window:]...)
	} else {
		kept := f.window[max(len(f.window)+len(plain)-window, 0):]
		f.window = append(append(make([]byte, 0, len(kept)+len(plain)), kept...), plain...)
	}
	return plain, nil
}
