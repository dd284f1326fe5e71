package http2

import (
	"encoding/binary"
	"strings"
)

// block is a header block that is being read.
type block struct {
	id       uint32 // of the frame
	stream   *Stream
	pushed   *Stream
	kind     Kind
	end      bool
	flags    byte
	ignore   bool // it is only decoded
	trailers bool
	frames   int
	fields   []Field
	size     int
	tooLarge bool
	bad      bool // it breaks the rules of messages
	m        message
	length   int64
}

// strip takes a frame's padding away, and its priority, of which the stream that it names remains.
func (s *Session) strip(h frameHead, p []byte) (rest []byte, parent uint32, ok bool) {
	pad := 0
	if h.has(flagPadded) {
		if len(p) == 0 {
			s.fail(ErrProtocol, FrameSizeError, "")
			return nil, 0, false
		}
		pad = int(p[0])
		p = p[1:]
	}
	if h.kind == FrameHeaders && h.has(flagPriority) {
		if len(p) < 5 {
			s.fail(ErrProtocol, FrameSizeError, "")
			return nil, 0, false
		}
		parent, p = binary.BigEndian.Uint32(p)&maxStream, p[5:]
	}
	if pad > len(p) {
		s.fail(ErrProtocol, ProtocolError, "HEADERS: invalid padding")
		return nil, 0, false
	}
	return p[:len(p)-pad], parent, true
}

func (s *Session) onHeaders(h frameHead, p []byte) error {
	p, parent, ok := s.strip(h, p)
	if !ok {
		return nil
	}
	if h.stream == 0 {
		return s.refuse(ErrProtocol, ProtocolError, "request HEADERS: stream_id == 0")
	}
	b := &block{id: h.stream, end: h.has(flagEndStream), flags: h.flags | flagEndHeaders, kind: Headers, length: -1}
	st := s.streams[h.stream]
	theirs := (h.stream%2 == 1) != s.client
	switch {
	case !s.opened(h.stream) && (s.client || !theirs):
		reason := "request HEADERS: invalid stream_id"
		if s.client {
			reason = "request HEADERS: client received request"
		}
		return s.refuse(ErrProtocol, ProtocolError, reason)
	case !s.opened(h.stream):
		s.lastPeer = h.stream
		switch {
		case uint32(s.theirs) >= s.local.MaxConcurrentStreams:
			return s.refuse(ErrProtocol, ProtocolError, "request HEADERS: max concurrent streams exceeded")
		case parent == h.stream:
			return s.refuse(ErrProtocol, ProtocolError, "request HEADERS: depend on itself")
		case s.goaway && h.stream > s.goawayLast:
			b.ignore = true
		case s.Memory() > s.o.MaxMemory:
			if s.rejected > s.o.MaxRejectedStreams {
				return ErrCallback
			}
			s.rejected++
			s.sendReset(h.stream, EnhanceYourCalm)
			b.ignore = true
		case uint32(s.theirs) >= s.pendingMaxStreams():
			if err := s.resetInvalid(nil, h.stream, RefusedStream); err != nil {
				return err
			}
			b.ignore = true
		default:
			st = s.open(h.stream, true)
			st.count()
			s.lastServed = h.stream
			b.stream, b.kind = st, Request
		}
	case st == nil:
		b.ignore = true
	case st.remoteEnd:
		return s.refuse(ErrStreamClosed, StreamClosed, "HEADERS: stream closed")
	case s.client && st.first != nil:
		return s.refuse(ErrProtocol, ProtocolError, "response HEADERS: stream in idle")
	default:
		b.stream, st.heard = st, true
		switch {
		case !s.client || st.started:
			b.trailers = true
		case st.remoteOpen && st.reserved:
			b.kind = PushResponse
			st.reserved = false
			st.count()
		default:
			b.kind = Response
		}
	}
	s.block = b
	return s.fragment(p, h.has(flagEndHeaders))
}

// pendingMaxStreams is the limit of streams that was sent last, whether or not the peer knows it yet.
func (s *Session) pendingMaxStreams() uint32 {
	limit := s.local.MaxConcurrentStreams
	for _, list := range s.unacknowledged {
		for _, e := range list {
			if e.ID == MaxConcurrentStreams {
				limit = e.Value
			}
		}
	}
	return limit
}

func (s *Session) onPush(h frameHead, p []byte) error {
	p, _, ok := s.strip(h, p)
	if !ok {
		return nil
	}
	if len(p) < 4 {
		s.fail(ErrProtocol, FrameSizeError, "")
		return nil
	}
	id := binary.BigEndian.Uint32(p) & maxStream
	on := s.streams[h.stream]
	switch {
	case !s.client, !s.local.EnablePush:
		return s.refuse(ErrProtocol, ProtocolError, "PUSH_PROMISE: push disabled")
	case h.stream == 0:
		return s.refuse(ErrProtocol, ProtocolError, "PUSH_PROMISE: stream_id == 0")
	case h.stream%2 == 0, !s.opened(h.stream):
		return s.refuse(ErrProtocol, ProtocolError, "PUSH_PROMISE: invalid stream_id")
	case id == 0, id%2 == 1, id <= s.lastPeer:
		return s.refuse(ErrProtocol, ProtocolError, "PUSH_PROMISE: invalid promised_stream_id")
	case on != nil && on.remoteEnd:
		return s.refuse(ErrStreamClosed, StreamClosed, "PUSH_PROMISE: stream closed")
	}
	s.lastPeer = id
	b := &block{id: h.stream, kind: Request, length: -1}
	switch {
	case on == nil:
		s.sendReset(id, Cancel)
		b.ignore = true
	case s.goaway:
		b.ignore = true
	case uint32(s.theirs) >= s.pendingMaxStreams():
		if err := s.resetInvalid(nil, id, RefusedStream); err != nil {
			return err
		}
		b.ignore = true
	default:
		b.stream, b.pushed = on, s.open(id, true)
		s.lastServed = id
		b.pushed.reserved, b.pushed.localEnd, b.pushed.shut = true, true, true
	}
	s.block = b
	return s.fragment(p[4:], h.has(flagEndHeaders))
}

// fragment reads a part of a header block.
func (s *Session) fragment(p []byte, last bool) error {
	if _, err := s.dec.Write(p); err != nil {
		return s.refuse(ErrProtocol, CompressionError, "")
	}
	if !last {
		return nil
	}
	if s.dec.Close() != nil {
		return s.refuse(ErrProtocol, CompressionError, "")
	}
	b := s.block
	s.block = nil
	return s.endBlock(b)
}

// field is called for each field of the block that is being read.
func (s *Session) field(f Field) {
	b := s.block
	if b == nil || b.ignore || b.tooLarge || b.bad {
		return
	}
	switch b.check(s, f) {
	case skipField:
		return
	case badField:
		b.bad = true
		return
	}
	b.size += len(f.Name) + len(f.Value) + 32
	limit := min(uint64(s.local.MaxHeaderListSize), 1<<31)
	if len(b.fields) >= s.o.MaxHeaderPairs || uint64(b.size) > limit {
		b.tooLarge = true
		b.fields = nil
		return
	}
	if strings.HasPrefix(f.Name, ":") {
		f.Sensitive = false
	}
	b.fields = append(b.fields, f)
}

func (s *Session) endBlock(b *block) error {
	if b.ignore {
		return nil
	}
	st := b.stream
	target := st
	if b.pushed != nil {
		target = b.pushed
	}
	switch {
	case b.tooLarge:
		if err := s.invalidFrame(); err != nil {
			return err
		}
		target.Reset(EnhanceYourCalm)
		return nil
	case b.bad || !b.valid(s):
		return s.resetInvalid(target, target.ID, ProtocolError)
	}
	target.held += uint64(b.size)
	s.memory += uint64(b.size)
	if b.pushed != nil {
		b.pushed.message = message{head: b.m.head}
		s.h.Push(st, b.pushed, b.fields)
		return nil
	}
	if b.kind != Headers && !b.informational() {
		head, connect := st.message.head, st.message.connect
		st.message = b.m
		if s.client {
			st.message.head, st.message.connect = head, connect
		}
		st.length, st.started = b.length, true
		if st.message.connect {
			st.length = -1
		}
	}
	if b.end && !st.complete() {
		return s.resetInvalid(st, st.ID, ProtocolError)
	}
	s.h.Headers(st, b.kind, b.fields, b.flags)
	if b.end && !st.closed {
		st.endRemote()
	}
	return nil
}

func (b *block) informational() bool { return b.m.code >= 100 && b.m.code < 200 }
