package http2

import "time"

// Stream is one exchange. Its methods do nothing once it is closed.
type Stream struct {
	ID    uint32
	Owner any // the handler's

	s          *Session
	remoteOpen bool // opened by the peer
	closed     bool
	localEnd   bool // END_STREAM was sent, and received
	remoteEnd  bool
	reserved   bool // promised, and without a response yet
	heard      bool // a head was received, be it an informational one;
	started    bool // its request, or its final response, was
	counted    bool
	begun      bool // its head was sent, and the body may follow

	window int64 // that the peer takes
	recv   window

	// What is to be sent.
	first    func() // what begins it and is still to be sent, see Session.waiting and late
	queue    []pending
	queued   int
	sent     int64     // bytes of the body
	sentAt   time.Time // when the first of them was
	shut     bool      // nothing more will be written
	trailing bool      // trailers follow the body
	asked    bool      // WantTrailers was called
	listed   bool      // in Session.ready

	// What was received, for the rules of messages.
	message  message
	length   int64 // content-length, or -1
	received int64
	held     uint64 // bytes of headers
}

type pending struct {
	data []byte
	done Done
}

// message is what is remembered of a header block, and of those before.
type message struct {
	method, scheme, path, authority, host, protocol, status bool
	regular, connect, head, options                         bool
	pathRoot, pathStar, web                                 bool // the path begins with a slash, or is *; the scheme is http or https
	code                                                    int
}

func (s *Session) open(id uint32, remote bool) *Stream {
	st := &Stream{ID: id, s: s, remoteOpen: remote, length: -1, window: int64(s.remote.InitialWindowSize),
		recv: window{size: int64(s.local.InitialWindowSize)}}
	s.streams[id] = st
	return st
}

// count counts the stream among those that are open.
func (st *Stream) count() {
	st.counted = true
	st.s.stats.Streams++
	defer func() { st.s.stats.MaxConcurrent = max(st.s.stats.MaxConcurrent, int64(st.s.ours+st.s.theirs)) }()
	if st.remoteOpen {
		st.s.theirs++
	} else {
		st.s.ours++
	}
}

// close ends the stream, and later tells the handler.
func (st *Stream) close(code ErrCode) {
	if !st.closed {
		tell := st.end(code)
		st.s.events = append(st.s.events, tell)
	}
}

// end ends the stream; the function that it gives tells the handler.
func (st *Stream) end(code ErrCode) (tell func()) {
	st.closed = true
	s := st.s
	delete(s.streams, st.ID)
	s.memory -= st.held
	st.held = 0
	if st.counted {
		if st.remoteOpen {
			s.theirs--
		} else {
			s.ours--
			s.release()
		}
	}
	s.queued -= st.queued
	st.queued = 0
	queue := st.queue
	st.queue = nil
	return func() {
		s.h.Closed(st, code)
		for _, p := range queue {
			if p.done != nil {
				p.done(true)
			}
		}
	}
}

// Closed tells whether the stream is over.
func (st *Stream) Closed() bool { return st.closed }

// Session gives the stream's session.
func (st *Stream) Session() *Session { return st.s }

// StreamState is what a stream can say of itself; State is nghttp2's number.
type StreamState struct {
	State, LocalClose, RemoteClose, LocalWindow int64
}

// State gives the stream's state.
func (st *Stream) State() StreamState {
	r := StreamState{State: 2, LocalWindow: st.recv.size - st.recv.received}
	switch {
	case st.closed:
		r.State, r.LocalWindow = 7, 0
	case st.first != nil:
		r.State = 1
	case st.reserved && st.remoteOpen:
		r.State = 4
	case st.reserved:
		r.State = 3
	case st.localEnd && st.remoteEnd:
		r.State, r.LocalWindow = 7, 0
	case st.localEnd:
		r.State = 5
	case st.remoteEnd:
		r.State = 6
	}
	if st.localEnd {
		r.LocalClose = 1
	}
	if st.remoteEnd {
		r.RemoteClose = 1
	}
	return r
}

// Consume tells that n bytes of the body are used, so that the peer may send more.
func (st *Stream) Consume(n int) {
	if !st.closed && !st.remoteEnd {
		st.s.consume(&st.recv, st.ID, n)
	}
}

// Respond sends the head of a response, or (final false) an informational one; end tells that there is no body, trailing that trailers will follow it.
func (st *Stream) Respond(fields []Field, final, end, trailing bool) error {
	if st.closed || st.localEnd {
		return ErrStreamClosed
	}
	if final {
		st.trailing, st.begun = trailing && !end, true
		defer st.resume()
	}
	if final && st.reserved {
		// A promised response comes after what others have to say.
		st.first = func() {
			st.first = nil
			st.reserved = false
			st.count()
			st.headers(fields, end)
			st.resume()
		}
		st.s.late = append(st.s.late, st)
		return nil
	}
	return st.headers(fields, end)
}

// ExpectTrailers has WantTrailers called after a body whose head was sent without saying so.
func (st *Stream) ExpectTrailers() { st.trailing = st.trailing || !st.shut && !st.localEnd }

// Trailers sends the last header block.
func (st *Stream) Trailers(fields []Field) error {
	if st.closed || st.localEnd {
		return ErrStreamClosed
	}
	return st.headers(fields, true)
}

// EndEmpty ends a stream whose trailers turn out to be none.
func (st *Stream) EndEmpty() {
	if !st.closed && !st.localEnd {
		st.s.out = appendHead(st.s.out, 0, FrameData, flagEndStream, st.ID)
		st.endLocal()
	}
}

func (st *Stream) headers(fields []Field, end bool) error {
	if !st.s.sendBlock(st, FrameHeaders, 0, fields, end) {
		st.s.notSent(FrameHeaders, ErrFrameSize, st)
		return nil
	}
	if end {
		st.shut = true
		st.endLocal()
	}
	return nil
}

// endLocal notes that END_STREAM was sent.
func (st *Stream) endLocal() {
	st.localEnd = true
	if st.remoteEnd && !st.closed {
		// Whoever wrote the last bytes hears of these first.
		tell := st.end(NoError)
		st.s.done = append(st.s.done, func(bool) { tell() })
	}
}

// endRemote notes that END_STREAM was received.
func (st *Stream) endRemote() {
	st.remoteEnd = true
	if st.localEnd {
		st.close(NoError)
	}
}

// Write queues bytes of the body, which must not change until done is called.
func (st *Stream) Write(data []byte, done Done) {
	if st.closed || st.localEnd || st.shut {
		if done != nil {
			st.s.events = append(st.s.events, func() { done(true) })
		}
		return
	}
	st.queue = append(st.queue, pending{data, done})
	st.queued += len(data)
	st.s.queued += len(data)
	st.schedule()
}

// Shutdown tells that nothing more will be written.
func (st *Stream) Shutdown() {
	if !st.closed && !st.localEnd {
		st.shut = true
		st.schedule()
	}
}

// Queued is the number of bytes that wait to be sent.
func (st *Stream) Queued() int { return st.queued }

// Received is the number of bytes of the body that have come.
func (st *Stream) Received() int64 { return st.received }

// Sent is the number of bytes of the body that have gone, since when.
func (st *Stream) Sent() (n int64, since time.Time) { return st.sent, st.sentAt }

// Busy tells whether something of the stream, be it its end, waits to be sent.
func (st *Stream) Busy() bool {
	return st.begun && (st.queued > 0 || st.shut && !st.localEnd && !st.closed)
}

// resume lists the stream if it has something to send.
func (st *Stream) resume() {
	if len(st.queue) > 0 || st.shut {
		st.schedule()
	}
}

func (st *Stream) schedule() {
	if !st.listed && st.first == nil && st.begun {
		st.listed = true
		st.s.ready = append(st.s.ready, st)
	}
}

// Reset ends the stream with an error code.
func (st *Stream) Reset(code ErrCode) {
	if st.closed {
		return
	}
	if st.first != nil {
		// The peer has never heard of it.
		st.first = nil
	} else {
		st.s.sendReset(st.ID, code)
	}
	st.close(code)
}

// Forget ends the stream without telling the peer.
func (st *Stream) Forget(code ErrCode) {
	st.first = nil
	st.close(code)
}

func (s *Session) sendReset(id uint32, code ErrCode) {
	s.out = appendUint32(s.out, FrameRSTStream, id, uint32(code))
	s.replied = len(s.out)
	s.replies++
}

// notSent reports a frame that could not be sent; its stream ends.
func (s *Session) notSent(kind FrameType, err Error, st *Stream) {
	s.events = append(s.events, func() { s.h.NotSent(kind, err, st) })
}
