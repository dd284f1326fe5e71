package http2

import (
	"bytes"
	"time"

	"golang.org/x/net/http2/hpack"
)

// Field is a field of a header block: a pseudo-header (":path"), a header or a trailer.
type Field = hpack.HeaderField

// Kind tells what a header block is.
type Kind int

// The kinds of header blocks, with nghttp2's numbers.
const (
	Request Kind = iota
	Response
	PushResponse
	Headers // informational, or trailers
)

// Padding says how much padding frames get.
type Padding int

// The strategies of padding.
const (
	PadNone Padding = iota
	PadAligned
	PadMax
)

// Options are what a session is made with.
type Options struct {
	MaxHeaderPairs     int    // fields of a received header block
	MaxHeaderBlock     int    // bytes of a sent header block, as the fields have them
	PeerMaxStreams     uint32 // assumed until the peer has said how many streams it takes
	MaxDeflateTable    uint32 // bytes of the table that sent header blocks may use
	MaxMemory          uint64 // bytes that the session's streams may hold
	MaxSettings        int    // entries of a received SETTINGS frame
	MaxPendingSettings int
	MaxPendingPings    int
	MaxInvalidFrames   int
	MaxRejectedStreams int
	ResetBurst         uint64 // streams that the peer may reset at once, and per second
	ResetRate          uint64
	LenientWhitespace  bool // values of fields may begin and end with white space
	Padding            Padding
	CustomSettings     []SettingID // identifiers of settings that are remembered if the peer sends them
	Now                func() time.Time
}

// The limits that are no options: of acknowledgements and resets that the peer has not yet taken, and of frames that go on with a header block.
const (
	maxUnsentReplies = 1000
	maxContinuations = 8
)

// Handler is told what happens. Its methods are called from Feed and from Output, and may call the session.
type Handler interface {
	// Headers has a header block; flags are those of its frame, END_STREAM among them. The stream is new if kind is Request.
	Headers(s *Stream, kind Kind, fields []Field, flags byte)
	// Push has a request whose response the server will send on pushed, a new stream.
	Push(s, pushed *Stream, fields []Field)
	// Data has bytes of a body, which are the handler's only until it returns.
	Data(s *Stream, p []byte)
	// DataEnd tells that a DATA frame was the last of the body.
	DataEnd(s *Stream)
	// Ending tells, when all writes of a stream are being sent, whether no more will come.
	Ending(s *Stream) bool
	// WantTrailers asks for the trailers of a stream whose body is sent.
	WantTrailers(s *Stream)
	// Closed tells that a stream is over, once per stream.
	Closed(s *Stream, code ErrCode)
	// Settings tells that the peer's settings have changed, or (ack) that it has taken ours.
	Settings(ack bool)
	Ping(ack bool, payload []byte)
	GoAway(last uint32, code ErrCode, data []byte)
	AltSvc(stream uint32, origin, value string)
	Origin(list []string)
	// Failed tells of an error of the connection: a GOAWAY frame is waiting to be sent, and what the peer sends is no longer read.
	Failed(err Error)
	// NotSent tells of a frame that could not be sent.
	NotSent(kind FrameType, err Error, s *Stream)
}

// LimitError is what Feed gives when the peer does what is allowed once, but not this often.
type LimitError string

func (e LimitError) Error() string { return string(e) }

// TooManyInvalidFrames is the LimitError of invalid frames.
const TooManyInvalidFrames LimitError = "Too many invalid HTTP/2 frames"

type window struct {
	size     int64 // that the peer may have under way
	received int64 // and has
	consumed int64 // of these, not yet given back
}

// Session is one side of a connection.
type Session struct {
	client bool
	h      Handler
	o      Options

	// What comes in.
	magic      int
	in         []byte
	settled    bool // the first SETTINGS frame has come
	deaf       bool // nothing more is read
	failed     bool // for what the peer has sent, which it has been told
	data       incomingData
	skip       int
	block      *block
	dec        *hpack.Decoder
	lastPeer   uint32 // the highest stream that the peer has opened
	lastServed uint32 // and that the handler has seen
	invalid    int
	rejected   int
	resets     bucket

	// What goes out.
	out       []byte
	enc       *hpack.Encoder
	encoded   bytes.Buffer
	tableSize uint32
	ready     []*Stream
	waiting   []*Stream // for the peer to take more streams
	late      []*Stream // promised ones whose responses follow out
	replies   int       // acknowledgements and resets in out
	replied   int       // bytes of out
	events    []func()
	done      []Done
	window    int64 // that the peer takes
	recv      window
	queued    int

	local, remote   Settings
	unacknowledged  [][]Setting
	pings           int
	streams         map[uint32]*Stream
	ours, theirs    int // streams that are open, by who opened them
	next            uint32
	goaway          bool // sent
	goawayLast      uint32
	goawayReceived  bool
	peerLast        uint32
	remoteMaxStream uint32
	memory          uint64
	stats           Stats
}

// Done is a write that is over: its function is to be called when the bytes of Output are out, or have failed.
type Done func(failed bool)

// New makes a session. A client's preface and the first SETTINGS frame, with these settings, are waiting to be sent then.
func New(client bool, o Options, h Handler, first []Setting) *Session {
	s := &Session{client: client, h: h, o: o, local: initialSettings(), remote: initialSettings(), streams: map[uint32]*Stream{},
		window: 65535, recv: window{size: 65535}, tableSize: 4096, next: 2, magic: 0, remoteMaxStream: o.PeerMaxStreams,
		resets: bucket{left: o.ResetBurst, burst: o.ResetBurst, rate: o.ResetRate}}
	if client {
		s.next, s.magic = 1, len(Preface)
		s.out = append(s.out, Preface...)
	}
	s.enc = hpack.NewEncoder(&s.encoded)
	s.enc.SetMaxDynamicTableSizeLimit(o.MaxDeflateTable)
	s.dec = hpack.NewDecoder(4096, s.field)
	s.dec.SetMaxStringLength(1 << 16)
	s.Settings(first)
	return s
}

// bucket holds tokens: so many at once, and so many more per second.
type bucket struct {
	left, burst, rate uint64
	last              time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.last.IsZero() {
		b.last = now
	}
	if seconds := uint64(now.Sub(b.last) / time.Second); seconds > 0 {
		b.last = now
		b.left = min(b.burst, b.left+seconds*b.rate)
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// Client tells which side the session is.
func (s *Session) Client() bool { return s.client }

// Local gives the settings of this side that the peer has acknowledged, Remote the peer's.
func (s *Session) Local() *Settings { return &s.local }

// Remote gives the peer's settings.
func (s *Session) Remote() *Settings { return &s.remote }

// Stream finds a stream that is not closed, or gives nil.
func (s *Session) Stream(id uint32) *Stream { return s.streams[id] }

// Deaf tells whether the session no longer reads what the peer sends.
func (s *Session) Deaf() bool { return s.deaf }

// Failed tells whether the peer has been told that the connection ends for what it has sent.
func (s *Session) Failed() bool { return s.failed }

// Stop makes the session read and send nothing more.
func (s *Session) Stop() {
	s.deaf = true
	s.in = nil
}

// Settings sends a SETTINGS frame; its entries are in force when the peer has acknowledged it. It gives false when too many wait for that.
func (s *Session) Settings(list []Setting) bool {
	if len(s.unacknowledged) >= s.o.MaxPendingSettings {
		return false
	}
	s.unacknowledged = append(s.unacknowledged, list)
	s.out = appendHead(s.out, 6*len(list), FrameSettings, 0, 0)
	s.out = AppendSettings(s.out, list)
	return true
}

// PendingSettings is the number of SETTINGS frames that the peer has not acknowledged.
func (s *Session) PendingSettings() int { return len(s.unacknowledged) }

// acknowledged puts the oldest of our settings in force.
func (s *Session) acknowledged() {
	list := s.unacknowledged[0]
	s.unacknowledged = s.unacknowledged[1:]
	before := int64(s.local.InitialWindowSize)
	for _, e := range list {
		s.local.apply(e)
		switch {
		case e.ID == HeaderTableSize:
			s.dec.SetAllowedMaxDynamicTableSize(e.Value)
		case !known(e.ID):
			s.local.remember(e)
		}
	}
	if delta := int64(s.local.InitialWindowSize) - before; delta != 0 {
		for _, st := range s.streams {
			st.recv.size += delta
		}
	}
}

func known(id SettingID) bool {
	return id >= HeaderTableSize && id <= MaxHeaderListSize || id == EnableConnectProtocol
}

// Ping sends a PING frame. It gives false when too many wait for their answers.
func (s *Session) Ping(payload [8]byte) bool {
	if s.pings >= s.o.MaxPendingPings {
		return false
	}
	s.pings++
	s.out = appendHead(s.out, 8, FramePing, 0, 0)
	s.out = append(s.out, payload[:]...)
	return true
}

// LastServed is the highest stream of the peer that the handler has seen.
func (s *Session) LastServed() uint32 { return s.lastServed }

// GoAway sends a GOAWAY frame. The streams beyond last that the peer opens after that are ignored.
func (s *Session) GoAway(last uint32, code ErrCode, data []byte) {
	if s.goaway {
		last = min(last, s.goawayLast)
	}
	s.goaway, s.goawayLast = true, last
	s.out = appendHead(s.out, 8+len(data), FrameGoAway, 0, 0)
	s.out = append(s.out, byte(last>>24), byte(last>>16), byte(last>>8), byte(last), byte(code>>24), byte(code>>16), byte(code>>8), byte(code))
	s.out = append(s.out, data...)
}

// fail ends the connection for an error.
func (s *Session) fail(err Error, code ErrCode, reason string) {
	if s.deaf {
		return
	}
	s.deaf, s.failed = true, true
	s.out = s.out[:0]
	s.GoAway(s.lastServed, code, []byte(reason))
	s.h.Failed(err)
}

// AltSvc sends an ALTSVC frame (RFC 7838), on stream 0 for an origin.
func (s *Session) AltSvc(stream uint32, origin, value string) {
	s.out = appendHead(s.out, 2+len(origin)+len(value), FrameAltSvc, 0, stream)
	s.out = append(s.out, byte(len(origin)>>8), byte(len(origin)))
	s.out = append(append(s.out, origin...), value...)
}

// Origin sends an ORIGIN frame (RFC 8336).
func (s *Session) Origin(list []string) {
	n := 0
	for _, o := range list {
		n += 2 + len(o)
	}
	s.out = appendHead(s.out, n, FrameOrigin, 0, 0)
	for _, o := range list {
		s.out = append(s.out, byte(len(o)>>8), byte(len(o)))
		s.out = append(s.out, o...)
	}
}

// SetWindow sets how many bytes the peer may have under way on the whole connection.
func (s *Session) SetWindow(size int64) {
	delta := size - s.recv.size
	s.recv.size = size
	if delta > 0 {
		// What shrank the window before is made good first.
		if n := min(delta, -min(s.recv.received, 0)); n > 0 {
			s.recv.received += n
			delta -= n
		}
		if delta > 0 {
			s.out = appendUint32(s.out, FrameWindowUpdate, 0, uint32(delta))
		}
	} else {
		s.recv.received += delta
	}
}

// SetNext sets the identifier of the next stream that this side opens. It gives false if that cannot be.
func (s *Session) SetNext(id uint32) bool {
	if id < s.next || (id%2 == 1) != s.client {
		return false
	}
	s.next = id
	return true
}

// Stats counts what a session has done.
type Stats struct {
	FramesReceived, FramesSent, Streams, MaxConcurrent int64
}

// Stats gives the session's counts.
func (s *Session) Stats() Stats { return s.stats }

// State is what a session can say of itself.
type State struct {
	EffectiveLocalWindow, EffectiveReceived, Next, LocalWindow, LastServed, RemoteWindow int64
	Outbound, DeflateTable, InflateTable                                                 int64
}

// State gives the session's state.
func (s *Session) State() State {
	return State{EffectiveLocalWindow: s.recv.size, EffectiveReceived: max(s.recv.received, 0), Next: int64(s.next),
		LocalWindow: s.recv.size - s.recv.received, LastServed: int64(s.lastServed), RemoteWindow: s.window,
		Outbound: int64(len(s.waiting) + len(s.ready)), DeflateTable: tableBytes(s.enc), InflateTable: tableBytes(s.dec)}
}

// consume gives window back to the peer, as soon as that is half of it.
func (s *Session) consume(w *window, stream uint32, n int) {
	w.consumed += int64(n)
	if w.consumed > 0 && w.consumed >= w.size/2 {
		s.out = appendUint32(s.out, FrameWindowUpdate, stream, uint32(w.consumed))
		w.received -= w.consumed
		w.consumed = 0
	}
}

// opened tells whether the stream of that number was ever opened.
func (s *Session) opened(id uint32) bool {
	if (id%2 == 1) == s.client {
		return id < s.next
	}
	return id <= s.lastPeer
}

// Memory is the number of bytes that the session's streams hold.
func (s *Session) Memory() uint64 { return s.memory + uint64(s.queued) }
