package http1

import "math"

// needsEOF tells whether only the end of the stream ends this message.
func (p *Parser) needsEOF() bool {
	if p.mode == Request || p.StatusCode/100 == 1 || p.StatusCode == 204 || p.StatusCode == 304 || p.flags&fSkipBody != 0 {
		return false
	}
	return p.flags&fTransferEncoding != 0 && p.flags&fChunked == 0 || p.flags&(fChunked|fContentLength) == 0
}

// headersDone ends a head, or the trailers, before position i.
func (p *Parser) headersDone(i int) {
	p.at = i
	if p.flags&fTrailing != 0 {
		p.headRead = 0
		p.messageDone()
		return
	}
	p.Upgrade = p.mode == Request && p.Method == MethodConnect
	if p.flags&fUpgrade != 0 && p.flags&fConnectionUpgrade != 0 {
		p.Upgrade = p.mode == Request || p.StatusCode == 101
	}
	p.dispatched, p.headRead, p.counted, p.maxPairs = true, 0, 0, -1
	switch p.handler.OnHeadersComplete() {
	case SkipBody:
		p.flags |= fSkipBody
	case Upgrade:
		p.flags |= fSkipBody
		p.Upgrade = true
	}
	p.clear()

	response := p.mode == Response
	hasBody := p.flags&fChunked != 0 || p.remaining > 0
	switch {
	case p.Upgrade && (p.mode == Request && p.Method == MethodConnect || p.flags&fSkipBody != 0 || !hasBody),
		response && p.StatusCode == 101:
		p.handler.OnMessageComplete()
		p.handOver()
	case response && p.StatusCode == 100, p.flags&fSkipBody != 0,
		response && (p.StatusCode == 102 || p.StatusCode == 103 || p.StatusCode == 204 || p.StatusCode == 304):
		p.handler.OnMessageComplete()
		p.cleanup()
	case p.flags&fChunked != 0:
		p.state = sChunkSizeFirst
	case p.flags&fTransferEncoding != 0:
		if !response && !p.is(LenientChunkedLength) && !p.is(LenientTransferEncoding) {
			p.fail(i, "INVALID_TRANSFER_ENCODING", "Request has invalid `Transfer-Encoding`")
			return
		}
		p.state, p.finish = sBodyEOF, finishSafeWithCallback
	case p.flags&fContentLength == 0 && p.needsEOF():
		p.state, p.finish = sBodyEOF, finishSafeWithCallback
	case p.flags&fContentLength == 0 || p.remaining == 0:
		p.handler.OnMessageComplete()
		p.cleanup()
	default:
		p.state = sBody
	}
}

// messageDone ends a message that had a body.
func (p *Parser) messageDone() {
	p.handler.OnMessageComplete()
	if p.Upgrade {
		p.handOver()
	} else {
		p.cleanup()
	}
}

// handOver stops parsing: what follows is another protocol, or, if the caller feeds it, the next message.
func (p *Parser) handOver() {
	p.clear()
	p.halt, p.state = true, sHandedOver
}

// cleanup prepares for the next message, or for none.
func (p *Parser) cleanup() {
	again := p.ShouldKeepAlive()
	p.finish, p.flags, p.inMessage = finishSafe, 0, false
	p.clear()
	if again {
		p.remaining = 0
	}
	if again || p.is(LenientKeepAlive) {
		p.state = sStart
	} else {
		p.state = sClosed
	}
}

// runChunk parses the chunked coding.
func (p *Parser) runChunk(data []byte, i int) int {
	for n := len(data); i < n && !p.halt; {
		c := data[i]
		switch p.state {
		case sChunkSizeFirst, sChunkSize:
			d, ok := unhex(c)
			if !ok {
				if p.state == sChunkSizeFirst {
					return p.fail(i, "INVALID_CHUNK_SIZE", "Invalid character in chunk size")
				}
				p.state = sChunkSizeEnd
				continue
			}
			i++
			if p.state == sChunkSizeFirst {
				p.remaining = 0
			}
			if p.remaining > math.MaxUint64/16 {
				return p.fail(i, "INVALID_CHUNK_SIZE", "Chunk size overflow")
			}
			p.remaining = p.remaining*16 + d
			p.state = sChunkSize
		case sChunkSizeEnd:
			i++
			switch {
			case c == '\r':
				p.state = sChunkSizeLF
			case c == ';':
				p.state = sExtensions
			case c == '\n' && p.is(LenientOptionalCRBeforeLF):
				p.state = sChunkSizeLF
			case c == '\n':
				return p.fail(i, "CR_EXPECTED", "Missing expected CR after chunk size")
			case (c == ' ' || c == '\t') && p.is(LenientSpacesAfterChunkSize):
			case c == ' ' || c == '\t':
				return p.fail(i, "INVALID_CHUNK_SIZE", "Invalid character in chunk size")
			default:
				return p.fail(i-1, "INVALID_CHUNK_SIZE", "Invalid character in chunk size")
			}
		case sChunkSizeLF:
			if c == '\n' {
				i++
			} else if !p.is(LenientOptionalLFAfterCR) {
				return p.fail(i, "STRICT", "Expected LF after chunk size")
			}
			p.headRead, p.extRead = 0, 0
			if p.remaining == 0 {
				p.flags |= fTrailing
				p.state = sFieldStart
				return i
			}
			p.state = sChunkData

		case sExtensions:
			if c == ' ' || c == '\r' {
				return p.fail(i+1, "STRICT", "Invalid character in chunk extensions")
			}
			p.begin(spanExtension, i)
			p.state = sExtensionName
		case sExtensionName, sExtensionValue:
			if i = p.runExtension(data, i); p.halt {
				return i
			}
		case sExtensionQuoted:
			switch {
			case c == '"':
				i++
				if !p.end(i, i) {
					return i
				}
				p.state = sExtensionQuotedEnd
			case c == '\\':
				i++
				p.state = sExtensionEscape
			case class[c]&cQuoted != 0:
				i++
			default:
				return p.badExtension(i, "Invalid character in chunk extensions quoted value")
			}
		case sExtensionEscape:
			if class[c]&cValue == 0 {
				return p.badExtension(i, "Invalid quoted-pair in chunk extensions quoted value")
			}
			i++
			p.state = sExtensionQuoted
		case sExtensionQuotedEnd:
			switch {
			case c == ';':
				i++
				p.state = sExtensions
			case c == '\r':
				i++
				p.state = sChunkSizeLF
			case c == '\n' && p.is(LenientOptionalCRBeforeLF):
				p.state = sChunkSizeLF
			case c == '\n':
				return p.fail(i, "CR_EXPECTED", "Missing expected CR after chunk extension value")
			default:
				return p.fail(i, "STRICT", "Invalid character in chunk extensions quote value")
			}

		case sChunkData:
			take := n - i
			if uint64(take) > p.remaining {
				take = int(p.remaining)
			}
			p.remaining -= uint64(take)
			i += take
			if p.remaining == 0 {
				p.state = sChunkDataCR
			}
			p.handler.OnBody(data[i-take : i])
		case sChunkDataCR, sChunkDataLF:
			switch {
			case c == '\r' && p.state == sChunkDataCR:
				i++
				p.state = sChunkDataLF
				continue
			case c == '\n' && p.state == sChunkDataLF:
				i++
			case c == '\n':
				i++
				if !p.is(LenientOptionalCRBeforeLF) {
					return p.fail(i, "CR_EXPECTED", "Missing expected CR after chunk data")
				}
			case !p.is(LenientOptionalCRLFAfterChunk):
				return p.fail(i, "STRICT", "Expected LF after chunk data")
			}
			p.headRead = 0
			p.state = sChunkSizeFirst
		default:
			return i
		}
	}
	return i
}

func (p *Parser) badExtension(i int, reason string) int {
	if p.end(i, i+1) {
		p.fail(i+1, "STRICT", reason)
	}
	return i + 1
}

// runExtension parses the name, or the unquoted value, of a chunk extension.
func (p *Parser) runExtension(data []byte, i int) int {
	part := "name"
	if p.state == sExtensionValue {
		part = "value"
	}
	for i < len(data) && class[data[i]]&cToken != 0 {
		i++
	}
	if i == len(data) {
		return i
	}
	switch c := data[i]; {
	case c == '"' && p.state == sExtensionValue:
		p.state = sExtensionQuoted
	case c == '=' && p.state == sExtensionName:
		if p.end(i, i+1) {
			p.begin(spanExtension, i+1)
			p.state = sExtensionValue
		}
	case c == ';':
		p.end(i, i+1)
		p.state = sExtensions
	case c == '\r':
		p.end(i, i+1)
		p.state = sChunkSizeLF
	case c == '\n':
		if p.end(i, i) && !p.is(LenientOptionalCRBeforeLF) {
			p.fail(i, "CR_EXPECTED", "Missing expected CR after chunk extension "+part)
		}
		p.state = sChunkSizeLF
		return i
	default:
		return p.badExtension(i, "Invalid character in chunk extensions "+part)
	}
	return i + 1
}
