// Package http2 is the protocol of RFC 9113 for one connection, as a server or as a client: frames, header blocks, the states of
// streams, flow control, settings and the limits that keep a peer from using more than its share. It reads and writes bytes that
// its user moves, calls a Handler, and knows nothing of sockets, time-outs or JavaScript. The names and numbers of errors are
// those of nghttp2, which Node's scripts see. A Session belongs to one goroutine.
package http2

import "encoding/binary"

// Preface is what a client sends first (RFC 9113, 3.4).
const Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// ErrCode is an error code of RST_STREAM and GOAWAY frames (RFC 9113, 7).
type ErrCode uint32

// The error codes of RFC 9113.
const (
	NoError ErrCode = iota
	ProtocolError
	InternalError
	FlowControlError
	SettingsTimeout
	StreamClosed
	FrameSizeError
	RefusedStream
	Cancel
	CompressionError
	ConnectError
	EnhanceYourCalm
	InadequateSecurity
	HTTP11Required
)

// FrameType is the type of a frame (RFC 9113, 6).
type FrameType uint8

// The types of frames that the package knows; others are skipped.
const (
	FrameData FrameType = iota
	FrameHeaders
	FramePriority
	FrameRSTStream
	FrameSettings
	FramePushPromise
	FramePing
	FrameGoAway
	FrameWindowUpdate
	FrameContinuation
	FrameAltSvc FrameType = 10
	FrameOrigin FrameType = 12
)

const (
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

const (
	headLength = 9
	maxWindow  = 1<<31 - 1
	maxStream  = 1<<31 - 1
)

// frameHead is the head of a frame.
type frameHead struct {
	length int
	kind   FrameType
	flags  byte
	stream uint32
}

func (h *frameHead) has(flag byte) bool { return h.flags&flag != 0 }

func readHead(p []byte) frameHead {
	return frameHead{
		length: int(p[0])<<16 | int(p[1])<<8 | int(p[2]),
		kind:   FrameType(p[3]),
		flags:  p[4],
		stream: binary.BigEndian.Uint32(p[5:]) & maxStream,
	}
}

func appendHead(out []byte, length int, kind FrameType, flags byte, stream uint32) []byte {
	return append(out, byte(length>>16), byte(length>>8), byte(length), byte(kind), flags,
		byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
}

func appendUint32(out []byte, kind FrameType, stream, v uint32) []byte {
	out = appendHead(out, 4, kind, 0, stream)
	return binary.BigEndian.AppendUint32(out, v)
}
