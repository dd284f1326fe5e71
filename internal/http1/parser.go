// Package http1 is a strict HTTP/1 codec: a push parser for requests and responses that may be fed
// any split of the bytes, and append-only helpers that write heads and chunks. It accepts, refuses
// and reports exactly what Node 24's parser does (the HPE_* codes, reasons and positions). It knows
// nothing of JavaScript or of sockets. A Parser belongs to one goroutine, that of its caller.
package http1

import (
	"bytes"
	"slices"
)

// Mode says what a parser reads.
type Mode uint8

// A server parses requests, a client responses.
const (
	Request Mode = iota + 1
	Response
)

// Lenient relaxes one rule each; insecureHTTPParser is LenientAll.
type Lenient uint16

// The rules that can be relaxed.
const (
	LenientHeaders Lenient = 1 << iota
	LenientChunkedLength
	LenientKeepAlive
	LenientTransferEncoding
	LenientVersion
	LenientDataAfterClose
	LenientOptionalLFAfterCR
	LenientOptionalCRLFAfterChunk
	LenientOptionalCRBeforeLF
	LenientSpacesAfterChunkSize
	LenientHeaderValueRelaxed         // control characters but NUL, CR and LF in values; not part of LenientAll
	LenientNone               Lenient = 0
	LenientAll                Lenient = 1<<10 - 1
)

// DefaultMaxHeaderSize is http.maxHeaderSize, and maxChunkExtensions what a chunk's extensions may take.
const (
	DefaultMaxHeaderSize = 16 << 10
	maxChunkExtensions   = 16 << 10
)

// Action is a handler's answer to a complete head.
type Action uint8

const (
	// Continue reads the body that the head announces.
	Continue Action = iota
	// SkipBody says that the message has no body whatever its head says, as a response to HEAD has none.
	SkipBody
	// Upgrade says that another protocol follows the head.
	Upgrade
)

// Handler receives what a Parser finds. Byte slices, and those of the Parser's accessors, are valid
// during the call only. A handler may call Pause.
type Handler interface {
	OnMessageBegin()
	OnHeadersComplete() Action
	OnBody(b []byte)
	// OnMessageComplete ends a message; the Parser's headers now are the trailers.
	OnMessageComplete()
}

// Error is a violation of the protocol, with the code and reason that Node gives it.
type Error struct {
	Code, Reason string
	// BytesParsed is the position in the bytes of the failing Execute.
	BytesParsed int
}

func (e *Error) Error() string { return "Parse Error: " + e.Reason }

type flags uint16

const (
	fKeepAlive flags = 1 << iota
	fClose
	fConnectionUpgrade
	fChunked
	fUpgrade
	fContentLength
	fSkipBody
	fTrailing
	fTransferEncoding
)

// special is the role of the header being read.
type special uint8

const (
	general special = iota
	hConnection
	hContentLength
	hTransferEncoding
	hUpgrade
	hConnectionKeepAlive
	hConnectionClose
	hConnectionUpgrade
	hTransferEncodingChunked
)

// finish is what the end of the stream means in the present state.
type finish uint8

const (
	finishSafe finish = iota
	finishSafeWithCallback
	finishUnsafe
)

type span struct{ from, to int }

// spanKind is the part of the message that is open at the read position.
type spanKind uint8

const (
	spanNone spanKind = iota
	spanURL
	spanStatus
	spanName
	spanValue
	spanExtension
)

// Parser reads messages of one connection, one after another. The zero value must be Reset first.
type Parser struct {
	// Facts of the message being read, valid from OnHeadersComplete to OnMessageComplete.
	Method                     Method
	VersionMajor, VersionMinor uint8
	StatusCode                 int
	// Upgrade says that the message asks for, or confirms, another protocol.
	Upgrade bool

	handler   Handler
	mode      Mode
	lenient   Lenient
	maxHeader int

	state  state
	flags  flags
	header special
	finish finish
	paused bool
	halt   bool // run is to return
	err    *Error

	remaining  uint64     // Content-Length, or what is left of the body or chunk
	pairs      func() int // how many names and values a section of a request may have
	maxPairs   int        // what it said for this section; -1 if it was not asked yet
	counted    int        // names and values of this section
	named      bool       // the open name is counted
	headRead   int        // bytes of URL, status, names and values since the last reset
	extRead    int        // bytes of this chunk's extensions
	token      [16]byte
	tokenLen   int // also the position in a constant being matched
	inMessage  bool
	dispatched bool // OnHeadersComplete was called for this message

	// Spans point into data while a head lies in one piece, else (saving) into saved.
	data    []byte
	at      int // how far data was used when the handler is called
	saved   []byte
	saving  bool
	open    spanKind
	mark    int // start of the open span in data
	segment int // start of the open span in saved
	url     span
	status  span
	names   []span
	values  []span
}

// Reset makes the parser ready for a new connection. A maxHeader of 0 means DefaultMaxHeaderSize.
func (p *Parser) Reset(mode Mode, maxHeader int, lenient Lenient, h Handler) {
	if maxHeader <= 0 {
		maxHeader = DefaultMaxHeaderSize
	}
	saved, names, values := p.saved[:0], p.names[:0], p.values[:0]
	if cap(saved) > 64<<10 {
		saved = nil
	}
	*p = Parser{handler: h, mode: mode, lenient: lenient, maxHeader: maxHeader, saved: saved, names: names, values: values}
}

// LimitFields makes requests fail that have more fields than a function says, which is asked at the first field of each head and
// of each message's trailers. It gives names and values together; 0 is no limit.
func (p *Parser) LimitFields(pairs func() int) { p.pairs, p.maxPairs = pairs, -1 }

// URL returns the request target.
func (p *Parser) URL() []byte { return p.bytes(p.url) }

// StatusMessage returns the reason phrase of a response.
func (p *Parser) StatusMessage() []byte { return p.bytes(p.status) }

// NumHeaders returns the number of fields of the head, or of the trailers in OnMessageComplete.
func (p *Parser) NumHeaders() int { return len(p.values) }

// HeaderAt returns the i-th field as received, trailing white space of the value aside.
func (p *Parser) HeaderAt(i int) (name, value []byte) {
	value = p.bytes(p.values[i])
	for n := len(value); n > 0 && (value[n-1] == ' ' || value[n-1] == '\t'); n-- {
		value = value[:n-1]
	}
	return p.bytes(p.names[i]), value
}

// HasBody tells whether the head announced a body, in OnHeadersComplete.
func (p *Parser) HasBody() bool {
	return p.flags&fChunked != 0 || p.remaining > 0 || p.mode == Response && p.needsEOF()
}

// HeadersCompleted tells whether the head of the present (or, between messages, the last) message was complete.
func (p *Parser) HeadersCompleted() bool { return p.dispatched }

// ShouldKeepAlive tells whether the connection can be used after this message.
func (p *Parser) ShouldKeepAlive() bool {
	if p.VersionMajor > 0 && p.VersionMinor > 0 {
		if p.flags&fClose != 0 {
			return false
		}
	} else if p.flags&fKeepAlive == 0 {
		return false
	}
	return !p.needsEOF()
}

// Idle tells whether the parser is between two messages, or before the first, and has not seen any of the next.
func (p *Parser) Idle() bool { return !p.inMessage && p.open == spanNone && p.err == nil && !p.Upgrade }

// Ahead tells whether there is input beyond the message being read; unread is what is left of it, of which the parser knows
// by itself while Execute runs. Where a body of unknown length is still to come, nobody knows, and it is false.
func (p *Parser) Ahead(unread int) bool {
	if p.data != nil {
		unread = len(p.data) - p.at
	}
	switch {
	case !p.inMessage:
		return unread > 0
	case p.flags&(fChunked|fTransferEncoding) != 0 || p.Upgrade:
		return false
	}
	return uint64(unread) > p.remaining
}

// Pause makes Execute return before the next event.
func (p *Parser) Pause() { p.paused, p.halt = true, true }

// Resume undoes Pause; the caller then feeds what was left.
func (p *Parser) Resume() { p.paused = false }

// Paused tells whether Pause is in effect.
func (p *Parser) Paused() bool { return p.paused }

// Execute parses data and returns how much of it was used: all of it, less after Pause, and after a
// head or message that hands the connection to another protocol, up to its end (Upgrade is true then).
// Errors are final, but none is reported once Upgrade is set.
func (p *Parser) Execute(data []byte) (int, *Error) {
	if p.err != nil && !p.Upgrade {
		return 0, p.err
	}
	if p.err != nil || p.paused {
		return 0, nil
	}
	p.data, p.at, p.mark, p.halt = data, 0, 0, false
	if p.state == sBodyDone {
		p.messageDone()
	}
	n := p.run(data)
	if p.err == nil && p.open != spanNone {
		p.account(len(data)-p.mark, len(data))
	}
	if p.err == nil && n == len(data) {
		p.keep(n)
	}
	p.data = nil
	if p.err != nil {
		if n = p.err.BytesParsed; p.Upgrade {
			return n, nil
		}
	}
	return n, p.err
}

// Finish tells the parser that the stream has ended.
func (p *Parser) Finish() *Error {
	if p.err != nil {
		return nil
	}
	switch p.finish {
	case finishSafeWithCallback:
		p.finish = finishSafe
		p.handler.OnMessageComplete()
	case finishUnsafe:
		if !p.Upgrade {
			return &Error{Code: "HPE_INVALID_EOF_STATE", Reason: "Invalid EOF state"}
		}
	}
	return nil
}

func (p *Parser) fail(pos int, code, reason string) int {
	p.err = &Error{Code: "HPE_" + code, Reason: reason, BytesParsed: pos}
	p.open, p.halt = spanNone, true
	return pos
}

func (p *Parser) bytes(s span) []byte {
	if p.saving {
		return p.saved[s.from:s.to]
	}
	return p.data[s.from:s.to]
}

// begin opens a span at position i.
func (p *Parser) begin(kind spanKind, i int) {
	p.open, p.mark, p.segment, p.named = kind, i, len(p.saved), false
}

// reopen continues the last field value, whose parts are not adjacent in the input (obs-fold).
func (p *Parser) reopen(i int) {
	p.save()
	last := len(p.values) - 1
	p.open, p.mark, p.segment = spanValue, i, p.values[last].from
	p.values = p.values[:last]
}

// end closes the open span before position i. It is false if the head has become too long, the
// error then being at pos.
func (p *Parser) end(i, pos int) bool {
	kind := p.open
	if !p.account(i-p.mark, pos) {
		return false
	}
	p.open = spanNone
	if kind == spanExtension {
		return true
	}
	s := span{p.mark, i}
	if p.saving {
		p.saved = append(p.saved, p.data[p.mark:i]...)
		s = span{p.segment, len(p.saved)}
	}
	switch kind {
	case spanURL:
		p.url = s
	case spanStatus:
		p.status = s
	case spanName:
		p.names = append(p.names, s)
	case spanValue:
		p.values = append(p.values, s)
	}
	return true
}

// account adds n bytes of the open span to the limit that it counts against.
func (p *Parser) account(n, pos int) bool {
	if p.open == spanExtension {
		if p.extRead += n; p.extRead > maxChunkExtensions {
			p.fail(pos, "CHUNK_EXTENSIONS_OVERFLOW", "Chunk extensions overflow")
			return false
		}
		return true
	}
	if p.headRead += n; p.headRead >= p.maxHeader || p.open == spanName && p.tooMany() {
		p.fail(pos, "HEADER_OVERFLOW", "Header overflow")
		return false
	}
	return true
}

// tooMany counts the field whose name is open, and tells whether it is one more than there may be.
func (p *Parser) tooMany() bool {
	if p.named || p.pairs == nil || p.mode != Request {
		return false
	}
	p.named = true
	p.counted += 2
	if p.maxPairs < 0 {
		p.maxPairs = p.pairs()
	}
	return p.maxPairs > 0 && p.counted > p.maxPairs
}

// save moves the closed spans out of the input.
func (p *Parser) save() {
	if p.saving {
		return
	}
	p.saved = p.saved[:0]
	move := func(s *span) {
		from := len(p.saved)
		p.saved = append(p.saved, p.data[s.from:s.to]...)
		*s = span{from, len(p.saved)}
	}
	move(&p.url)
	move(&p.status)
	for i := range p.names {
		move(&p.names[i])
		if i < len(p.values) {
			move(&p.values[i])
		}
	}
	p.saving = true
}

// keep makes an unfinished head outlive the input, which ends at n.
func (p *Parser) keep(n int) {
	if !p.inMessage || p.open == spanNone && len(p.names) == 0 && p.url == (span{}) && p.status == (span{}) {
		return
	}
	wasSaving := p.saving
	p.save()
	if p.open == spanNone || p.open == spanExtension {
		return
	}
	if !wasSaving {
		p.segment = len(p.saved)
	}
	p.saved = append(p.saved, p.data[p.mark:n]...)
}

// clear forgets the head or the trailers.
func (p *Parser) clear() {
	p.saving = false
	p.url, p.status = span{}, span{}
	p.names, p.values = p.names[:0], p.values[:0]
}

// current returns the open span up to position i.
func (p *Parser) current(i int) []byte {
	if p.saving {
		return append(slices.Clip(p.saved[p.segment:]), p.data[p.mark:i]...)
	}
	return p.data[p.mark:i]
}

var (
	nameConnection       = []byte("connection")
	nameContentLength    = []byte("content-length")
	nameProxyConnection  = []byte("proxy-connection")
	nameTransferEncoding = []byte("transfer-encoding")
	nameUpgrade          = []byte("upgrade")
)

func specialHeader(name []byte) special {
	switch len(name) {
	case 7:
		if bytes.EqualFold(name, nameUpgrade) {
			return hUpgrade
		}
	case 10:
		if bytes.EqualFold(name, nameConnection) {
			return hConnection
		}
	case 14:
		if bytes.EqualFold(name, nameContentLength) {
			return hContentLength
		}
	case 16:
		if bytes.EqualFold(name, nameProxyConnection) {
			return hConnection
		}
	case 17:
		if bytes.EqualFold(name, nameTransferEncoding) {
			return hTransferEncoding
		}
	}
	return general
}
