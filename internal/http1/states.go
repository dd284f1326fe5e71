package http1

import "bytes"

// state is where the parser stands between two bytes.
type state uint8

const (
	sStart state = iota
	// request line
	sMethod
	sMethodSpace
	sURLSpaces
	sURLStart
	sURLScheme
	sURLSchemeSlash1
	sURLSchemeSlash2
	sURLServer
	sURLServerAt
	sURLPath
	sURLQuery
	sURLFragment
	sURLToHTTP
	sURLToHTTP09
	sURLToHTTP09LF
	sProtocolSpaces
	// both
	sProtocol
	sProtocolSlash
	sMajor
	sDot
	sMinor
	sVersionEnd
	// request line's end
	sRequestLineCR
	sPriPreface
	// status line
	sStatusDigit
	sStatusAfter
	sStatusText
	sStatusLF
	// fields
	sHeadersStart
	sFieldStart
	sName
	sNameSpace
	sValueSpace
	sValueSpaceLF
	sValueFold
	sValueStart
	sValue
	sValueEnd
	sValueLenient
	sValueLF
	sValueAfter
	sTEChunked
	sTEChunkedLast
	sTEToken
	sTESpace
	sLength
	sLengthSpace
	sConnection
	sConnectionWord
	sConnectionAfter
	sConnectionToken
	sHeadersLF
	// bodies
	sBody
	sBodyDone
	sBodyEOF
	sChunkSizeFirst
	sChunkSize
	sChunkSizeEnd
	sChunkSizeLF
	sChunkHeader
	sExtensions
	sExtensionName
	sExtensionValue
	sExtensionQuoted
	sExtensionEscape
	sExtensionQuotedEnd
	sChunkData
	sChunkDataCR
	sChunkDataLF
	sHandedOver
	sClosed
)

const (
	wordChunked   = "chunked"
	wordClose     = "close"
	wordUpgrade   = "upgrade"
	wordKeepAlive = "keep-alive"
	wordPreface   = "\r\n\r\nSM\r\n\r\n"
)

func (p *Parser) is(l Lenient) bool { return p.lenient&l != 0 }

// run parses from the start of data and returns where it stopped. `continue` reads a further byte
// in the state just set; a case that leaves i alone hands the same byte to that state.
func (p *Parser) run(data []byte) (i int) {
	n := len(data)
	for i < n && !p.halt {
		c := data[i]
		switch p.state {
		case sStart:
			if c == '\r' || c == '\n' {
				i++
				continue
			}
			p.finish = finishUnsafe
			p.inMessage, p.dispatched = true, false
			p.clear()
			p.extRead, p.tokenLen, p.counted, p.maxPairs = 0, 0, 0, -1
			if p.mode == Request {
				p.state = sMethod
			} else {
				p.state = sProtocol
			}
			p.handler.OnMessageBegin()

		case sMethod:
			if p.tokenLen == 0 {
				if sp := bytes.IndexByte(data[i:min(n, i+len(p.token))], ' '); sp > 0 {
					if m := lookupMethod(data[i : i+sp]); m != MethodNone {
						p.Method, p.state = m, sURLSpaces
						i += sp + 1
						continue
					}
				}
			}
			m, ok := p.methodByte(c)
			if !ok {
				return p.fail(i, "INVALID_METHOD", "Invalid method encountered")
			}
			if m != MethodNone {
				p.Method, p.state = m, sMethodSpace
				continue
			}
			i++
		case sMethodSpace:
			if c != ' ' {
				return p.fail(i, "INVALID_METHOD", "Expected space after method")
			}
			i++
			p.state = sURLSpaces
		case sURLSpaces:
			if c == ' ' {
				i++
				continue
			}
			if c == '\t' || c == '\f' {
				return p.badURL(i + 1)
			}
			p.begin(spanURL, i)
			p.state = sURLStart
			if p.Method == MethodConnect {
				p.state = sURLServer
			}
		case sURLStart, sURLScheme, sURLSchemeSlash1, sURLSchemeSlash2, sURLServer, sURLServerAt,
			sURLPath, sURLQuery, sURLFragment, sURLToHTTP, sURLToHTTP09, sURLToHTTP09LF:
			i = p.runURL(data, i)

		case sProtocolSpaces:
			if c == ' ' {
				i++
				continue
			}
			p.state, p.tokenLen = sProtocol, 0
		case sProtocol:
			full, ok := p.protocolByte(c)
			if !ok {
				return p.fail(i, "INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/")
			}
			i++
			if !full {
				continue
			}
			if p.mode == Request {
				switch {
				case p.token[0] == 'H' && !p.Method.isHTTP():
					return p.fail(i, "INVALID_CONSTANT", "Invalid method for HTTP/x.x request")
				case p.token[0] == 'R' && !p.Method.isRTSP():
					return p.fail(i, "INVALID_CONSTANT", "Invalid method for RTSP/x.x request")
				case p.token[0] == 'I' && p.Method != methodSource:
					return p.fail(i, "INVALID_CONSTANT", "Expected SOURCE method for ICE/x.x request")
				}
			}
			p.state = sProtocolSlash
		case sProtocolSlash:
			if c != '/' {
				return p.fail(i, "INVALID_CONSTANT", "Expected HTTP/, RTSP/ or ICE/")
			}
			i++
			p.state = sMajor
		case sMajor:
			if c < '0' || c > '9' {
				return p.fail(i, "INVALID_VERSION", "Invalid major version")
			}
			i++
			p.VersionMajor, p.state = c-'0', sDot
		case sDot:
			if c != '.' {
				return p.fail(i, "INVALID_VERSION", "Expected dot")
			}
			i++
			p.state = sMinor
		case sMinor:
			if c < '0' || c > '9' {
				return p.fail(i, "INVALID_VERSION", "Invalid minor version")
			}
			i++
			p.VersionMinor, p.state = c-'0', sVersionEnd
			switch v := p.VersionMajor*10 + p.VersionMinor; {
			case v == 11 || v == 10 || v == 9 || v == 20 || p.is(LenientVersion):
			default:
				return p.fail(i, "INVALID_VERSION", "Invalid HTTP version")
			}
			if p.mode == Request && p.Method == methodPri {
				p.state, p.tokenLen = sPriPreface, 0
			}
		case sVersionEnd:
			if p.mode == Response {
				if c != ' ' {
					return p.fail(i, "INVALID_VERSION", "Expected space after version")
				}
				i++
				p.StatusCode, p.tokenLen, p.state = 0, 0, sStatusDigit
				continue
			}
			if c != '\r' && !(c == '\n' && p.is(LenientOptionalCRBeforeLF)) {
				if c == '\n' {
					i++
				}
				return p.fail(i, "INVALID_VERSION", "Expected CRLF after version")
			}
			i++
			p.state = sRequestLineCR
		case sRequestLineCR:
			if c == '\n' {
				i++
			} else if !p.is(LenientOptionalLFAfterCR) {
				return p.fail(i, "STRICT", "Expected CRLF after version")
			}
			p.state = sHeadersStart
		case sPriPreface:
			if c != wordPreface[p.tokenLen] {
				return p.fail(i, "INVALID_VERSION", "Expected HTTP/2 Connection Preface")
			}
			i++
			if p.tokenLen++; p.tokenLen == len(wordPreface) {
				return p.fail(i, "PAUSED_H2_UPGRADE", "Pause on PRI/Upgrade")
			}

		case sStatusDigit:
			if c < '0' || c > '9' {
				return p.fail(i, "INVALID_STATUS", "Invalid status code")
			}
			i++
			p.StatusCode = p.StatusCode*10 + int(c-'0')
			if p.tokenLen++; p.tokenLen == 3 {
				p.state = sStatusAfter
			}
		case sStatusAfter:
			switch c {
			case ' ':
				i++
				p.begin(spanStatus, i)
				p.state = sStatusText
			case '\r':
				i++
				p.state = sStatusLF
			default:
				if c == '\n' {
					i++
					if p.is(LenientOptionalCRBeforeLF) {
						p.state = sHeadersStart
						continue
					}
				}
				return p.fail(i, "INVALID_STATUS", "Invalid response status")
			}
		case sStatusText:
			for i < n && data[i] != '\r' && data[i] != '\n' {
				i++
			}
			if i == n {
				return
			}
			c = data[i]
			i++
			if !p.end(i-1, i) {
				return
			}
			p.state = sStatusLF
			if c == '\n' {
				if !p.is(LenientOptionalCRBeforeLF) {
					return p.fail(i, "CR_EXPECTED", "Missing expected CR after response line")
				}
				p.state = sHeadersStart
			}
		case sStatusLF:
			if c == '\n' {
				i++
			} else if !p.is(LenientOptionalLFAfterCR) {
				return p.fail(i, "STRICT", "Expected LF after CR")
			}
			p.state = sHeadersStart

		case sHeadersStart:
			p.state = sFieldStart
			if c == ' ' {
				i++
				if !p.is(LenientHeaders) {
					return p.fail(i, "UNEXPECTED_SPACE", "Unexpected space after start line")
				}
			}
		case sFieldStart:
			switch c {
			case '\r':
				i++
				p.state = sHeadersLF
			case '\n':
				i++
				if !p.is(LenientOptionalCRBeforeLF) {
					return p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header field char")
				}
				p.headersDone(i)
			case ':':
				return p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header token")
			default:
				p.begin(spanName, i)
				p.state = sName
			}
		case sName:
			for i < n && class[data[i]]&cToken != 0 {
				i++
			}
			if i == n {
				return
			}
			if data[i] == ':' {
				i++
				if !p.end(i-1, i) {
					return
				}
				p.header = specialHeader(p.bytes(p.names[len(p.names)-1]))
				p.nameDone(i)
				continue
			}
			if data[i] == ' ' {
				if p.header = specialHeader(p.current(i)); p.header != general {
					if p.is(LenientHeaders) {
						p.state = sNameSpace
						continue
					}
					if p.end(i, i+1) {
						p.fail(i+1, "INVALID_HEADER_TOKEN", "Invalid header field char")
					}
					return i + 1
				}
			}
			return p.fail(i, "INVALID_HEADER_TOKEN", "Invalid header token")
		case sNameSpace:
			switch c {
			case ' ':
				i++
			case ':':
				i++
				if p.end(i-1, i) {
					p.nameDone(i)
				}
			default:
				p.state = sName
			}

		case sHeadersLF:
			if c == '\n' {
				i++
			} else if !p.is(LenientOptionalLFAfterCR) {
				return p.fail(i, "STRICT", "Expected LF after headers")
			}
			p.headersDone(i)

		case sBody:
			take := n - i
			if uint64(take) > p.remaining {
				take = int(p.remaining)
			}
			p.remaining -= uint64(take)
			i += take
			p.at = i
			if p.remaining == 0 {
				p.state = sBodyDone
			}
			p.handler.OnBody(data[i-take : i])
			if p.state == sBodyDone && !p.halt {
				p.messageDone()
			}
		case sBodyEOF:
			p.handler.OnBody(data[i:])
			return n
		case sHandedOver:
			p.cleanup()
		case sClosed:
			i++
			if c != '\r' && c != '\n' && !p.is(LenientDataAfterClose) {
				return p.fail(i, "CLOSED_CONNECTION", "Data after `Connection: close`")
			}

		default:
			if p.state < sChunkSizeFirst {
				i = p.runValue(data, i)
			} else {
				i = p.runChunk(data, i)
			}
		}
	}
	return i
}
