package http1

import "strings"

func (p *Parser) badURL(pos int) int {
	return p.fail(pos, "INVALID_URL", "Invalid characters in url")
}

// runURL parses the request target up to the protocol's name, or to the line's end for HTTP/0.9.
func (p *Parser) runURL(data []byte, i int) int {
	for n := len(data); i < n; {
		c := data[i]
		if p.state == sURLPath || p.state == sURLQuery || p.state == sURLFragment {
			for class[c]&cURL != 0 {
				if i++; i == n {
					return i
				}
				c = data[i]
			}
		}
		if (c == '\t' || c == '\f') && p.state != sURLSchemeSlash2 && p.state != sURLToHTTP09LF {
			return p.badURL(i + 1)
		}
		switch p.state {
		case sURLStart:
			switch {
			case c == '/' || c == '*':
				i++
				p.state = sURLPath
			case class[c]&cAlpha != 0:
				p.state = sURLScheme
			case c == ' ' || c == '\r' || c == '\n':
				return p.badURL(i + 1)
			default:
				return p.fail(i, "INVALID_URL", "Unexpected start char in url")
			}
		case sURLScheme:
			switch {
			case class[c]&cAlpha != 0:
				i++
			case c == ':':
				i++
				p.state = sURLSchemeSlash1
			case c == ' ' || c == '\r' || c == '\n':
				return p.badURL(i + 1)
			default:
				return p.fail(i, "INVALID_URL", "Unexpected char in url schema")
			}
		case sURLSchemeSlash1, sURLSchemeSlash2:
			if c != '/' {
				if p.state == sURLSchemeSlash1 && (c == ' ' || c == '\r' || c == '\n') {
					return p.badURL(i + 1)
				}
				return p.fail(i, "INVALID_URL", "Unexpected char in url schema")
			}
			i++
			p.state++ // the second slash, then the server
		case sURLServer, sURLServerAt:
			switch {
			case class[c]&cServer != 0:
				i++
				p.state = sURLServer
			case c == '/':
				i++
				p.state = sURLPath
			case c == '?':
				i++
				p.state = sURLQuery
			case c == '@':
				i++
				if p.state == sURLServerAt {
					return p.fail(i, "INVALID_URL", "Double @ in url")
				}
				p.state = sURLServerAt
			default:
				if i = p.urlDone(c, i, "Unexpected char in url server"); p.halt {
					return i
				}
			}
		case sURLPath:
			switch c {
			case '?':
				i++
				p.state = sURLQuery
			case '#':
				i++
				p.state = sURLFragment
			default:
				if i = p.urlDone(c, i, "Invalid char in url path"); p.halt {
					return i
				}
			}
		case sURLQuery:
			switch c {
			case '?':
				i++
			case '#':
				i++
				p.state = sURLFragment
			default:
				if i = p.urlDone(c, i, "Invalid char in url query"); p.halt {
					return i
				}
			}
		case sURLFragment:
			if c == '?' || c == '#' {
				i++
			} else if i = p.urlDone(c, i, "Invalid char in url fragment start"); p.halt {
				return i
			}
		case sURLToHTTP09LF:
			if c != '\n' {
				return p.fail(i, "INVALID_URL", "Expected CRLF")
			}
			i++
			p.state = sURLToHTTP09
		case sURLToHTTP:
			p.state = sProtocolSpaces
			return i
		case sURLToHTTP09:
			p.VersionMajor, p.VersionMinor = 0, 9
			p.state = sHeadersStart
			return i
		default:
			return i
		}
	}
	return i
}

// urlDone ends the target at its terminator c, or fails for the given reason.
func (p *Parser) urlDone(c byte, i int, reason string) int {
	switch c {
	case ' ':
		p.state = sURLToHTTP
	case '\r':
		p.state = sURLToHTTP09LF
	case '\n':
		p.state = sURLToHTTP09
	default:
		return p.fail(i, "INVALID_URL", reason)
	}
	p.end(i, i)
	return i + 1
}

func lookupMethod(b []byte) Method {
	switch string(b) {
	case "GET":
		return MethodGet
	case "POST":
		return MethodPost
	}
	for m := MethodHead; int(m) < len(methodNames); m++ {
		if methodNames[m] == string(b) {
			return m
		}
	}
	return MethodNone
}

// methodByte matches one byte of the method. It returns the method when c is the first byte past
// it, and false when no method begins so.
func (p *Parser) methodByte(c byte) (Method, bool) {
	if p.tokenLen < len(p.token) {
		p.token[p.tokenLen] = c
		with := string(p.token[:p.tokenLen+1])
		for _, name := range methodNames[1:] {
			if strings.HasPrefix(name, with) {
				p.tokenLen++
				return MethodNone, true
			}
		}
	}
	m := lookupMethod(p.token[:p.tokenLen])
	return m, m != MethodNone
}

// protocolByte matches one byte of HTTP, RTSP or ICE; full says that it was the last.
func (p *Parser) protocolByte(c byte) (full, ok bool) {
	p.token[p.tokenLen] = c
	with := string(p.token[:p.tokenLen+1])
	for _, name := range [...]string{"HTTP", "RTSP", "ICE"} {
		if strings.HasPrefix(name, with) {
			p.tokenLen++
			return len(name) == p.tokenLen, true
		}
	}
	return false, false
}
