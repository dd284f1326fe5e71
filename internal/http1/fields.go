package http1

import "math"

// nameDone goes on to the value of the field whose name ended before i.
func (p *Parser) nameDone(i int) {
	p.state = sValueSpace
	if p.is(LenientChunkedLength) {
		return
	}
	switch {
	case p.header == hTransferEncoding && p.flags&fContentLength != 0:
		p.fail(i, "INVALID_TRANSFER_ENCODING", "Transfer-Encoding can't be present with Content-Length")
	case p.header == hContentLength && p.flags&fTransferEncoding != 0:
		p.fail(i, "INVALID_CONTENT_LENGTH", "Content-Length can't be present with Transfer-Encoding")
	}
}

// setFlags records what the value of a special field said.
func (p *Parser) setFlags() {
	switch p.header {
	case hConnectionKeepAlive:
		p.flags |= fKeepAlive
	case hConnectionClose:
		p.flags |= fClose
	case hConnectionUpgrade:
		p.flags |= fConnectionUpgrade
	case hTransferEncodingChunked:
		p.flags |= fChunked
		return
	default:
		return
	}
	p.header = hConnection
}

// runValue parses field values, those of the special fields token by token.
func (p *Parser) runValue(data []byte, i int) int {
	for n := len(data); i < n; {
		c := data[i]
		switch p.state {
		case sValueSpace:
			switch c {
			case ' ', '\t':
				i++
			case '\r':
				i++
				p.state = sValueSpaceLF
			case '\n':
				i++
				if !p.is(LenientOptionalCRBeforeLF) {
					return p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header value char")
				}
				p.state = sValueFold
			default:
				p.begin(spanValue, i)
				p.state = sValueStart
			}
		case sValueSpaceLF:
			if c == '\n' {
				i++
			} else if !p.is(LenientHeaders) {
				return p.fail(i, "STRICT", "Expected LF after CR")
			}
			p.state = sValueFold
		case sValueFold:
			if c == ' ' || c == '\t' {
				i++
				if !p.is(LenientHeaders) {
					return p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header value char")
				}
				p.state = sValueSpace
				continue
			}
			if p.header == hContentLength {
				return p.fail(i, "INVALID_CONTENT_LENGTH", "Empty Content-Length")
			}
			if p.header == hTransferEncoding {
				return p.fail(i, "INVALID_TRANSFER_ENCODING", "Empty Transfer-Encoding")
			}
			p.setFlags()
			p.begin(spanValue, i)
			p.state = sFieldStart
			if !p.end(i, i) {
				return i
			}
			return i
		case sValueStart:
			if i = p.valueStart(i); p.halt {
				return i
			}
		case sValue:
			for class[c]&cValue != 0 {
				if i++; i == n {
					return i
				}
				c = data[i]
			}
			p.state = sValueEnd
		case sValueEnd:
			switch {
			case c == '\r':
				i++
				p.state = sValueLF
				if !p.end(i-1, i) {
					return i
				}
			case c == '\n':
				p.state = sValueLF
				if p.end(i, i) && !p.is(LenientOptionalCRBeforeLF) {
					p.fail(i, "CR_EXPECTED", "Missing expected CR after header value")
				}
				if p.halt {
					return i
				}
			case p.is(LenientHeaders), p.is(LenientHeaderValueRelaxed) && c != 0:
				p.state = sValueLenient
			default:
				if p.end(i, i) {
					p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header value char")
				}
				return i
			}
		case sValueLenient:
			switch c {
			case '\r':
				i++
				p.state = sValueLF
				if !p.end(i-1, i) {
					return i
				}
			case '\n':
				p.state = sValueLF
				if !p.end(i, i) {
					return i
				}
			default:
				if c == 0 && !p.is(LenientHeaders) {
					if p.end(i, i) {
						p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header value char")
					}
					return i
				}
				i++
			}
		case sValueLF:
			if c != '\n' {
				return p.fail(i, "LF_EXPECTED", "Missing expected LF after header value")
			}
			i++
			p.state = sValueAfter
		case sValueAfter:
			if c == ' ' || c == '\t' {
				if !p.is(LenientHeaders) {
					return p.fail(i, "INVALID_HEADER_TOKEN", "Unexpected whitespace after header value")
				}
				if p.header == hTransferEncodingChunked {
					p.header = general
				}
				p.reopen(i)
				p.state = sValueStart
				continue
			}
			p.setFlags()
			p.state = sFieldStart
			return i

		case sTEChunked:
			if c|0x20 == wordChunked[p.tokenLen] {
				i++
				if p.tokenLen++; p.tokenLen == len(wordChunked) {
					p.state = sTEChunkedLast
				}
				continue
			}
			p.state = sTEToken
		case sTEChunkedLast:
			switch c {
			case ' ':
				i++
			case '\r', '\n':
				p.header, p.state = hTransferEncodingChunked, sValueEnd
			case ',':
				if !p.chunkedIsLast(i) {
					return i + 1
				}
				p.state, p.tokenLen = sTEChunked, 0
			default:
				p.state = sTEToken
			}
		case sTEToken:
			switch {
			case c == ',':
				i++
				p.state = sTESpace
			case class[c]&cListToken != 0:
				i++
			default:
				p.header, p.state = general, sValue
			}
		case sTESpace:
			if c == ' ' || c == '\t' {
				i++
				continue
			}
			p.state, p.tokenLen = sTEChunked, 0

		case sLength:
			if c < '0' || c > '9' {
				p.state = sLengthSpace
				continue
			}
			i++
			d := uint64(c - '0')
			if p.remaining > math.MaxUint64/10 || p.remaining*10 > math.MaxUint64-d {
				if p.end(i, i) {
					p.fail(i, "INVALID_CONTENT_LENGTH", "Content-Length overflow")
				}
				return i
			}
			p.remaining = p.remaining*10 + d
		case sLengthSpace:
			switch c {
			case ' ', '\t':
				i++
			case '\r', '\n':
				p.flags |= fContentLength
				p.state = sValueEnd
			default:
				if p.end(i, i) {
					p.fail(i, "INVALID_CONTENT_LENGTH", "Invalid character in Content-Length")
				}
				return i
			}

		case sConnection:
			p.tokenLen = 0
			switch c {
			case ' ', '\t':
				i++
			case 'c', 'C', 'u', 'U', 'k', 'K':
				p.token[0], p.state = c|0x20, sConnectionWord
			default:
				p.state = sConnectionToken
			}
		case sConnectionWord:
			word, header := wordClose, hConnectionClose
			switch p.token[0] {
			case 'u':
				word, header = wordUpgrade, hConnectionUpgrade
			case 'k':
				word, header = wordKeepAlive, hConnectionKeepAlive
			}
			if lower(c) != word[p.tokenLen] {
				p.state = sConnectionToken
				continue
			}
			i++
			if p.tokenLen++; p.tokenLen == len(word) {
				p.header, p.state = header, sConnectionAfter
			}
		case sConnectionAfter:
			switch c {
			case ',':
				i++
				p.setFlags()
				p.state = sConnection
			case ' ':
				i++
			case '\r', '\n':
				p.state = sValueEnd
			default:
				p.header, p.state = general, sConnectionToken
			}
		case sConnectionToken:
			switch {
			case c == ',':
				i++
				p.state = sConnection
			case class[c]&cListToken != 0:
				i++
			default:
				p.state = sValueEnd
			}
		default:
			return i
		}
	}
	return i
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// valueStart chooses the state that reads the value beginning at i.
func (p *Parser) valueStart(i int) int {
	switch p.header {
	case hUpgrade:
		p.flags |= fUpgrade
		p.header, p.state = general, sValue
	case hTransferEncoding:
		if p.flags&fChunked != 0 && !p.chunkedIsLast(i) {
			return i + 1
		}
		p.flags = p.flags&^fChunked | fTransferEncoding
		p.state, p.tokenLen = sTEChunked, 0
	case hContentLength:
		if p.flags&fContentLength != 0 {
			return p.fail(i, "UNEXPECTED_CONTENT_LENGTH", "Duplicate Content-Length")
		}
		p.state = sLength
	case hConnection:
		p.state = sConnection
	default:
		p.state = sValue
	}
	return i
}

// chunkedIsLast fails a request in which a coding follows chunked.
func (p *Parser) chunkedIsLast(i int) bool {
	if p.mode != Request || p.is(LenientTransferEncoding) {
		return true
	}
	if p.end(i, i+1) {
		p.fail(i+1, "INVALID_TRANSFER_ENCODING", "Invalid `Transfer-Encoding` header value")
	}
	return false
}
