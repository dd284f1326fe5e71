package http2

import (
	"encoding/binary"
	"slices"
)

// incomingData is a DATA frame that is being read.
type incomingData struct {
	stream *Stream // nil if nobody wants it
	left   int     // bytes of the body, and of padding
	pad    int
	end    bool
	active bool
}

// Feed takes bytes that the peer has sent. An error ends the connection without another word.
func (s *Session) Feed(p []byte) error {
	if len(s.in) > 0 {
		p = append(s.in, p...)
		s.in = nil
	}
	for len(p) > 0 && !s.deaf {
		n, err := s.step(p)
		if err != nil {
			s.deaf = true
			s.out = s.out[:0]
			return err
		}
		if n == 0 {
			break
		}
		p = p[n:]
		s.runEvents()
	}
	if !s.deaf && len(p) > 0 {
		s.in = append([]byte(nil), p...)
	}
	return nil
}

// step takes as much as belongs together; 0 asks for more bytes.
func (s *Session) step(p []byte) (int, error) {
	switch {
	case s.magic < len(Preface):
		n := min(len(Preface)-s.magic, len(p))
		if string(p[:n]) != Preface[s.magic:s.magic+n] {
			return 0, ErrBadMagic
		}
		s.magic += n
		return n, nil
	case s.data.active:
		return s.stepData(p)
	case s.skip > 0:
		n := min(s.skip, len(p))
		s.skip -= n
		return n, nil
	case len(p) < headLength:
		return 0, nil
	}
	h := readHead(p)
	s.stats.FramesReceived++
	if s.replies >= maxUnsentReplies && (h.kind == FrameSettings || h.kind == FramePing) && !h.has(flagAck) {
		return 0, ErrFlooded
	}
	if !s.settled && (h.kind != FrameSettings || h.has(flagAck)) {
		s.fail(ErrProtocol, ProtocolError, "SETTINGS expected")
		return headLength, nil
	}
	if h.length > int(s.local.MaxFrameSize) {
		s.fail(ErrProtocol, FrameSizeError, "too large frame size")
		return headLength, nil
	}
	if s.block != nil && (h.kind != FrameContinuation || h.stream != s.block.id) {
		s.fail(ErrProtocol, ProtocolError, "unexpected non-CONTINUATION frame or stream_id is invalid")
		return headLength, nil
	}
	if h.kind == FrameData {
		return s.beginData(h, p)
	}
	if !s.known(h.kind) {
		s.skip = h.length
		return headLength, nil
	}
	if len(p) < headLength+h.length {
		s.stats.FramesReceived--
		return 0, nil
	}
	err := s.frame(h, p[headLength:headLength+h.length])
	return headLength + h.length, err
}

func (s *Session) known(k FrameType) bool {
	return k <= FrameContinuation || s.client && (k == FrameAltSvc || k == FrameOrigin)
}

// size tells whether a frame has the length that its type demands.
func (s *Session) size(ok bool) bool {
	if !ok {
		s.fail(ErrProtocol, FrameSizeError, "")
	}
	return ok
}

func (s *Session) frame(h frameHead, p []byte) error {
	switch h.kind {
	case FrameHeaders:
		return s.onHeaders(h, p)
	case FramePriority:
		s.size(len(p) == 5) // and otherwise it is nothing to anybody
	case FrameRSTStream:
		if s.size(len(p) == 4) {
			return s.onReset(h, ErrCode(binary.BigEndian.Uint32(p)))
		}
	case FrameSettings:
		return s.onSettings(h, p)
	case FramePushPromise:
		return s.onPush(h, p)
	case FramePing:
		switch {
		case !s.size(len(p) == 8):
		case h.stream != 0:
			return s.refuse(ErrProtocol, ProtocolError, "PING: stream_id != 0")
		case h.has(flagAck):
			if s.pings == 0 {
				return ErrProtocol
			}
			s.pings--
			s.h.Ping(true, p)
		default:
			s.out = appendHead(s.out, 8, FramePing, flagAck, 0)
			s.out = append(s.out, p...)
			s.replies++
			s.h.Ping(false, p)
		}
	case FrameGoAway:
		switch {
		case !s.size(len(p) >= 8):
		case h.stream != 0:
			return s.refuse(ErrProtocol, ProtocolError, "GOAWAY: stream_id != 0")
		default:
			return s.onGoAway(binary.BigEndian.Uint32(p)&maxStream, ErrCode(binary.BigEndian.Uint32(p[4:])), p[8:])
		}
	case FrameWindowUpdate:
		if s.size(len(p) == 4) {
			return s.onWindowUpdate(h, int64(binary.BigEndian.Uint32(p)&maxWindow))
		}
	case FrameContinuation:
		if s.block == nil {
			return s.refuse(ErrProtocol, ProtocolError, "CONTINUATION: unexpected")
		}
		if s.block.frames++; s.block.frames > maxContinuations {
			return ErrTooManyContinuations
		}
		return s.fragment(p, h.has(flagEndHeaders))
	case FrameAltSvc:
		return s.onAltSvc(h, p)
	case FrameOrigin:
		s.onOrigin(h, p)
	}
	return nil
}

// refuse counts an invalid frame, for which the connection ends.
func (s *Session) refuse(err Error, code ErrCode, reason string) error {
	if err := s.invalidFrame(); err != nil {
		return err
	}
	s.fail(err, code, reason)
	return nil
}

// invalidFrame counts a frame that breaks the rules, or is not worth its head.
func (s *Session) invalidFrame() error {
	if s.invalid > s.o.MaxInvalidFrames {
		return TooManyInvalidFrames
	}
	s.invalid++
	return nil
}

// resetInvalid ends a stream for what the peer has sent on it.
func (s *Session) resetInvalid(st *Stream, id uint32, code ErrCode) error {
	if err := s.invalidFrame(); err != nil {
		return err
	}
	if st != nil {
		st.Reset(code)
	} else {
		s.sendReset(id, code)
	}
	return nil
}

func (s *Session) onReset(h frameHead, code ErrCode) error {
	switch {
	case h.stream == 0:
		return s.refuse(ErrProtocol, ProtocolError, "RST_STREAM: stream_id == 0")
	case !s.opened(h.stream):
		return s.refuse(ErrProtocol, ProtocolError, "RST_STREAM: stream in idle")
	}
	if st := s.streams[h.stream]; st != nil {
		st.close(code)
	}
	if !s.client && !s.resets.take(s.o.Now()) {
		s.fail(ErrProtocol, InternalError, "")
	}
	return nil
}

func (s *Session) onSettings(h frameHead, p []byte) error {
	switch {
	case h.stream != 0:
		return s.refuse(ErrProtocol, ProtocolError, "SETTINGS: stream_id != 0")
	case h.has(flagAck):
		switch {
		case !s.size(len(p) == 0):
		case len(s.unacknowledged) == 0:
			return s.refuse(ErrProtocol, ProtocolError, "SETTINGS: unexpected ACK")
		default:
			s.acknowledged()
			s.h.Settings(true)
		}
		return nil
	case !s.size(len(p)%6 == 0):
		return nil
	case len(p)/6 > s.o.MaxSettings:
		s.fail(ErrProtocol, EnhanceYourCalm, "SETTINGS: too many setting entries")
		return nil
	}
	s.settled = true
	list := ReadSettings(p)
	for _, e := range list {
		if code, bad := e.invalid(); bad {
			err := ErrProtocol
			if code == FlowControlError {
				err = ErrFlowControl
			}
			return s.refuse(err, code, "SETTINGS: invalid "+e.ID.String())
		}
		if e.ID == EnablePush && s.client && e.Value == 1 {
			return s.refuse(ErrProtocol, ProtocolError, "SETTINGS: server attempted to enable push")
		}
		if e.ID == EnableConnectProtocol && e.Value == 0 && s.remote.EnableConnectProtocol {
			return s.refuse(ErrProtocol, ProtocolError, "SETTINGS: invalid "+e.ID.String())
		}
	}
	before := int64(s.remote.InitialWindowSize)
	for _, e := range list {
		s.remote.apply(e)
		switch {
		case e.ID == HeaderTableSize:
			s.enc.SetMaxDynamicTableSize(min(e.Value, s.o.MaxDeflateTable))
		case e.ID == MaxConcurrentStreams:
			s.remoteMaxStream = e.Value
		case slices.Contains(s.o.CustomSettings, e.ID):
			s.remote.remember(e)
		}
	}
	s.out = appendHead(s.out, 0, FrameSettings, flagAck, 0)
	s.replies++
	if delta := int64(s.remote.InitialWindowSize) - before; delta != 0 {
		for _, id := range s.Streams() {
			st := s.streams[id]
			if st.window += delta; st.window > maxWindow {
				return s.refuse(ErrFlowControl, FlowControlError, "SETTINGS: window size overflow")
			}
			if st.window > 0 && st.queued > 0 {
				st.schedule()
			}
		}
	}
	s.release()
	s.h.Settings(false)
	return nil
}

// Streams lists the streams that are not closed, in their order.
func (s *Session) Streams() []uint32 {
	list := make([]uint32, 0, len(s.streams))
	for id := range s.streams {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

func (s *Session) onGoAway(last uint32, code ErrCode, data []byte) error {
	if s.goawayReceived && last > s.peerLast || last > 0 && (last%2 == 1) != s.client {
		return s.refuse(ErrProtocol, ProtocolError, "GOAWAY: invalid last_stream_id")
	}
	s.goawayReceived, s.peerLast = true, last
	s.h.GoAway(last, code, data)
	for _, id := range s.Streams() {
		if st := s.streams[id]; st != nil && !st.remoteOpen && id > last {
			st.first = nil
			st.close(RefusedStream)
		}
	}
	return nil
}

func (s *Session) onWindowUpdate(h frameHead, n int64) error {
	if h.stream == 0 {
		if n == 0 {
			return s.refuse(ErrProtocol, ProtocolError, "WINDOW_UPDATE: window_size_increment == 0")
		}
		if s.window += n; s.window > maxWindow {
			return s.refuse(ErrFlowControl, FlowControlError, "")
		}
		return nil
	}
	if !s.opened(h.stream) {
		return s.refuse(ErrProtocol, ProtocolError, "WINDOW_UPDATE to idle stream")
	}
	st := s.streams[h.stream]
	switch {
	case st == nil:
	case st.reserved && st.remoteOpen:
		return s.refuse(ErrProtocol, ProtocolError, "WINDOW_UPDATE to reserved stream")
	case n == 0:
		return s.refuse(ErrProtocol, ProtocolError, "WINDOW_UPDATE: window_size_increment == 0")
	case st.window+n > maxWindow:
		return s.refuse(ErrFlowControl, FlowControlError, "WINDOW_UPDATE: window size overflow")
	default:
		st.window += n
		if st.queued > 0 && st.window > 0 {
			st.schedule()
		}
	}
	return nil
}

// onAltSvc takes the offer of another service for an origin, which on a stream is that of its request (RFC 7838, 4).
func (s *Session) onAltSvc(h frameHead, p []byte) error {
	if !s.size(len(p) >= 2 && int(binary.BigEndian.Uint16(p)) <= len(p)-2) {
		return nil
	}
	n := int(binary.BigEndian.Uint16(p))
	origin, value := string(p[2:2+n]), string(p[2+n:])
	switch {
	case (h.stream == 0) == (n == 0):
		return s.refuse(ErrProtocol, InternalError, "")
	case h.stream != 0 && s.streams[h.stream] == nil:
		return nil
	case value == "":
		return s.refuse(ErrProtocol, InternalError, "")
	}
	s.h.AltSvc(h.stream, origin, value)
	return nil
}

func (s *Session) onOrigin(h frameHead, p []byte) {
	if h.stream != 0 {
		return
	}
	var list []string
	for len(p) > 0 {
		if len(p) < 2 {
			return
		}
		n := int(binary.BigEndian.Uint16(p))
		if p = p[2:]; n > len(p) {
			return
		}
		list = append(list, string(p[:n]))
		p = p[n:]
	}
	s.h.Origin(list)
}

func (s *Session) beginData(h frameHead, p []byte) (int, error) {
	st := s.streams[h.stream]
	d := incomingData{left: h.length, end: h.has(flagEndStream), active: true}
	n := headLength
	switch {
	case h.stream == 0:
		return n, s.refuse(ErrProtocol, ProtocolError, "DATA: stream_id == 0")
	case !s.opened(h.stream):
		return n, s.refuse(ErrProtocol, ProtocolError, "DATA: stream in idle")
	case st != nil && st.remoteEnd:
		return n, s.refuse(ErrProtocol, StreamClosed, "DATA: stream in half-closed(remote)")
	case st != nil && st.reserved && st.remoteOpen:
		return n, s.refuse(ErrProtocol, ProtocolError, "DATA: stream in reserved")
	case s.client && st != nil && !st.heard:
		return n, s.refuse(ErrProtocol, ProtocolError, "DATA: stream not opened")
	}
	if h.has(flagPadded) {
		if h.length == 0 {
			return n, s.refuse(ErrProtocol, ProtocolError, "DATA: insufficient padding space")
		}
		if len(p) <= n {
			s.stats.FramesReceived--
			return 0, nil
		}
		d.pad = int(p[n])
		n++
		if d.pad >= h.length {
			return n, s.refuse(ErrProtocol, ProtocolError, "DATA: invalid padding")
		}
		d.left -= 1 + d.pad
	}
	d.stream = st
	s.data = d
	if h.length == 0 && !d.end {
		if err := s.invalidFrame(); err != nil {
			return 0, err
		}
	}
	// The whole frame counts at once: what does not fit is not read at all.
	if s.recv.received += int64(h.length); s.recv.received > s.recv.size {
		return n, s.refuse(ErrProtocol, FlowControlError, "")
	}
	if st != nil {
		if st.recv.received += int64(h.length); st.recv.received > st.recv.size {
			return n, s.refuse(ErrProtocol, FlowControlError, "")
		}
	}
	if overhead := h.length - d.left; overhead > 0 {
		s.consume(&s.recv, 0, overhead)
		if st != nil {
			st.Consume(overhead)
		}
	}
	if d.left == 0 && d.pad == 0 {
		return n, s.endData()
	}
	return n, nil
}

func (s *Session) stepData(p []byte) (int, error) {
	d := &s.data
	if d.left > 0 {
		n := min(d.left, len(p))
		d.left -= n
		s.consume(&s.recv, 0, n)
		if st := d.stream; st != nil && !st.closed {
			st.received += int64(n)
			if !st.started || st.length >= 0 && st.received > st.length || st.bodiless() {
				return n, s.refuse(ErrProtocol, InternalError, "")
			}
			s.h.Data(st, p[:n])
		}
		if d.left > 0 || d.pad > 0 {
			return n, nil
		}
		return n, s.endData()
	}
	n := min(d.pad, len(p))
	if d.pad -= n; d.pad == 0 {
		return n, s.endData()
	}
	return n, nil
}

// endData comes to the end of a DATA frame.
func (s *Session) endData() error {
	d := s.data
	s.data = incomingData{}
	st := d.stream
	if !d.end || st == nil || st.closed {
		return nil
	}
	if !st.complete() {
		return s.resetInvalid(st, st.ID, ProtocolError)
	}
	s.h.DataEnd(st)
	st.endRemote()
	return nil
}

// complete tells whether the body has the length that its head has promised, when the peer ends it.
func (st *Stream) complete() bool {
	if !st.started {
		return false
	}
	return st.length < 0 || st.received == st.length || st.bodiless() && st.received == 0
}

// bodiless tells whether the message that the peer sends has no body, whatever its head says of one.
func (st *Stream) bodiless() bool {
	return st.message.head && st.s.client || st.message.code == 204 || st.message.code == 304
}
