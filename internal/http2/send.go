package http2

import "reflect"

// request is what Submit is given.
type request struct {
	fields []Field
	end    bool
}

// Submit opens a stream with a client's request. It waits if the peer takes no more streams now.
func (s *Session) Submit(fields []Field, end, trailing bool) (*Stream, error) {
	switch {
	case s.next > maxStream:
		return nil, ErrStreamIDs
	case s.goawayReceived || s.goaway || s.deaf:
		return nil, ErrSessionClosing
	}
	st := s.open(s.next, false)
	s.next += 2
	st.trailing = trailing && !end
	for _, f := range fields {
		switch {
		case f.Name == ":method" && f.Value == "HEAD":
			st.message.head = true
		case f.Name == ":method" && f.Value == "CONNECT":
			st.message.connect = true
		}
	}
	r := request{fields, end}
	if uint32(s.ours) < s.remoteMaxStream && len(s.waiting) == 0 {
		s.start(st, r)
		return st, nil
	}
	st.first = func() { s.start(st, r) }
	s.waiting = append(s.waiting, st)
	return st, nil
}

func (s *Session) start(st *Stream, r request) {
	st.first, st.begun = nil, true
	if !s.sendBlock(st, FrameHeaders, 0, r.fields, r.end) {
		s.notSent(FrameHeaders, ErrFrameSize, st)
		return
	}
	st.count()
	if r.end {
		st.shut = true
		st.endLocal()
	} else {
		st.resume()
	}
}

// release starts requests that wait, as far as the peer takes them.
func (s *Session) release() {
	for len(s.waiting) > 0 && uint32(s.ours) < s.remoteMaxStream && !s.deaf {
		st := s.waiting[0]
		s.waiting[0] = nil
		s.waiting = s.waiting[1:]
		if st.first != nil && !st.closed {
			st.first()
		}
	}
}

// Push promises a response to a request that the client has not made, and gives its stream.
func (s *Session) Push(on *Stream, fields []Field) (*Stream, error) {
	switch {
	case !s.remote.EnablePush:
		return nil, ErrPushDisabled
	case on.closed || on.localEnd:
		return nil, ErrStreamClosed
	case s.next > maxStream:
		return nil, ErrStreamIDs
	case s.goawayReceived || s.deaf:
		return nil, ErrStartStream
	}
	st := s.open(s.next, false)
	s.next += 2
	st.reserved, st.remoteEnd = true, true
	if !s.sendBlock(on, FramePushPromise, st.ID, fields, false) {
		s.notSent(FramePushPromise, ErrFrameSize, st)
	}
	return st, nil
}

// sendBlock sends a header block in as many frames as it takes. It gives false when the block is too large.
func (s *Session) sendBlock(st *Stream, kind FrameType, promised uint32, fields []Field, end bool) bool {
	size := 0
	for i := range fields {
		size += len(fields[i].Name) + len(fields[i].Value)
	}
	if size > s.o.MaxHeaderBlock {
		return false
	}
	s.encoded.Reset()
	for i := range fields {
		s.enc.WriteField(fields[i])
	}
	block := s.encoded.Bytes()
	most := int(s.remote.MaxFrameSize)
	extra, flags := 0, byte(0)
	if end {
		flags |= flagEndStream
	}
	if kind == FramePushPromise {
		extra = 4
	}
	n := min(len(block), most-extra)
	pad := 0
	if n == len(block) {
		flags |= flagEndHeaders
		if kind == FrameHeaders {
			pad = s.pad(extra+n, most)
		}
	}
	if pad > 0 {
		flags |= flagPadded
		s.out = appendHead(s.out, extra+n+pad, kind, flags, st.ID)
		s.out = append(s.out, byte(pad-1))
	} else {
		s.out = appendHead(s.out, extra+n, kind, flags, st.ID)
	}
	if kind == FramePushPromise {
		s.out = append(s.out, byte(promised>>24), byte(promised>>16), byte(promised>>8), byte(promised))
	}
	s.out = append(s.out, block[:n]...)
	s.out = appendZeros(s.out, pad-1)
	for block = block[n:]; len(block) > 0; block = block[n:] {
		n = min(len(block), most)
		flags = 0
		if n == len(block) {
			flags = flagEndHeaders
		}
		s.out = appendHead(s.out, n, FrameContinuation, flags, st.ID)
		s.out = append(s.out, block[:n]...)
	}
	return true
}

func appendZeros(out []byte, n int) []byte {
	for range n {
		out = append(out, 0)
	}
	return out
}

// pad is by how many bytes padding lengthens a frame with a payload of n bytes, of most bytes at most.
func (s *Session) pad(n, most int) int {
	switch s.o.Padding {
	case PadAligned:
		if r := (n + headLength) % 8; r != 0 {
			return min(8-r, most-n)
		}
	case PadMax:
		return min(256, most-n)
	}
	return 0
}

// Pending tells whether Output would give anything.
func (s *Session) Pending() bool {
	return len(s.out) > 0 || len(s.ready) > 0 || len(s.events) > 0 || len(s.done) > 0 || len(s.late) > 0
}

// Output appends what is to be sent: all frames but DATA, and as many of these as come to about limit bytes. The functions of the writes
// among them come with it.
func (s *Session) Output(buf []byte, limit int) ([]byte, []Done) {
	s.runEvents()
	late := s.late
	s.late = nil
	for _, st := range late {
		if st.first != nil && !st.closed {
			st.first()
		}
	}
	before := len(buf)
	buf = append(buf, s.out...)
	s.out = s.out[:0]
	if cap(s.out) > 1<<16 {
		s.out = nil
	}
	s.replies, s.replied = 0, 0
	if !s.deaf {
		for len(s.ready) > 0 && len(buf) < limit && s.window >= 0 {
			// One frame of each stream in turn.
			turn := s.ready
			s.ready = nil
			progress := false
			for i, st := range turn {
				if len(buf) >= limit {
					s.ready = append(turn[i:len(turn):len(turn)], s.ready...)
					break
				}
				st.listed = false
				var sent bool
				if buf, sent = s.sendData(st, buf); sent {
					progress = true
				}
			}
			if len(s.out) > 0 {
				buf = append(buf, s.out...)
				s.out = s.out[:0]
			}
			if !progress {
				break
			}
		}
	}
	s.countFrames(buf[before:])
	done := s.done
	s.done = nil
	s.runEvents()
	return buf, done
}

func (s *Session) countFrames(p []byte) {
	if s.client && s.stats.FramesSent == 0 && len(p) >= len(Preface) {
		p = p[len(Preface):]
	}
	for len(p) >= headLength {
		s.stats.FramesSent++
		p = p[min(len(p), headLength+readHead(p).length):]
	}
}

// runEvents calls what was put off.
func (s *Session) runEvents() {
	for len(s.events) > 0 {
		list := s.events
		s.events = nil
		for _, f := range list {
			f()
		}
	}
}

// RunEvents tells the handler what it has not yet been told.
func (s *Session) RunEvents() { s.runEvents() }

// sendData appends a DATA frame, and lists the stream again if there is more that the windows have room for.
func (s *Session) sendData(st *Stream, buf []byte) ([]byte, bool) {
	if st.closed || st.localEnd || st.first != nil {
		return buf, false
	}
	room := int64(s.remote.MaxFrameSize)
	if room > 16384 {
		room = 16384
	}
	room = min(room, st.window, s.window)
	n := min(int64(st.queued), room)
	if n <= 0 && st.queued > 0 {
		if s.window <= 0 && st.window > 0 {
			// It goes on when the connection's window opens.
			st.schedule()
		}
		return buf, false
	}
	last := n == int64(st.queued)
	if last && !st.shut && s.h.Ending(st) {
		st.shut = true
	}
	if n == 0 && !st.shut && len(st.queue) == 0 {
		return buf, false
	}
	end := last && st.shut
	flags := byte(0)
	if end && !st.trailing {
		flags = flagEndStream
	}
	if n > 0 {
		if st.sent == 0 {
			st.sentAt = s.o.Now()
		}
		st.sent += n
	}
	if n > 0 || flags != 0 {
		pad := 0
		if s.o.Padding != PadNone {
			pad = s.pad(int(n), int(min(int64(s.remote.MaxFrameSize), st.window, s.window)))
		}
		if pad > 0 {
			buf = appendHead(buf, int(n)+pad, FrameData, flags|flagPadded, st.ID)
			buf = append(buf, byte(pad-1))
		} else {
			buf = appendHead(buf, int(n), FrameData, flags, st.ID)
		}
		s.window -= n + int64(pad)
		st.window -= n + int64(pad)
		buf = st.take(buf, int(n))
		buf = appendZeros(buf, pad-1)
	} else {
		buf = st.take(buf, 0)
	}
	switch {
	case flags != 0:
		st.endLocal()
	case end && !st.asked:
		st.asked = true
		s.events = append(s.events, func() {
			if !st.closed {
				s.h.WantTrailers(st)
			}
		})
	case st.queued > 0 || st.shut && !st.trailing:
		st.schedule()
	}
	return buf, true
}

// take moves n bytes of the queue to buf, and with them the writes that are empty.
func (st *Stream) take(buf []byte, n int) []byte {
	st.queued -= n
	st.s.queued -= n
	for len(st.queue) > 0 {
		p := &st.queue[0]
		k := min(n, len(p.data))
		buf = append(buf, p.data[:k]...)
		p.data = p.data[k:]
		n -= k
		if len(p.data) > 0 {
			break
		}
		if p.done != nil {
			st.s.done = append(st.s.done, p.done)
		}
		st.queue[0] = pending{}
		st.queue = st.queue[1:]
	}
	if len(st.queue) == 0 {
		st.queue = nil
	}
	return buf
}

// tableBytes is the size of the dynamic table of an hpack.Encoder or Decoder, which do not tell.
func tableBytes(codec any) int64 {
	v := reflect.ValueOf(codec).Elem().FieldByName("dynTab")
	if v.IsValid() && v.Kind() == reflect.Struct {
		if size := v.FieldByName("size"); size.IsValid() && size.CanUint() {
			return int64(size.Uint())
		}
	}
	return 0
}
