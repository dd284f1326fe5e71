package http2

import (
	"strconv"

	"golang.org/x/net/http/httpguts"
)

// What to do with a field: pass it on, leave it out, or refuse the message (RFC 9113, 8).
type verdict int

const (
	goodField verdict = iota
	skipField
	badField
)

// check applies the rules that each field has to follow.
func (b *block) check(s *Session, f Field) verdict {
	pseudo := len(f.Name) > 0 && f.Name[0] == ':'
	if !pseudo && !validName(f.Name) {
		b.m.regular = true
		for i := range len(f.Name) {
			if f.Name[i] >= 'A' && f.Name[i] <= 'Z' {
				return badField
			}
		}
		return skipField
	}
	if pseudo {
		if b.trailers || b.m.regular {
			return badField
		}
		if !b.pseudo(s, f) {
			return badField
		}
		return goodField
	}
	b.m.regular = true
	if !validValue(f.Value, s.o.LenientWhitespace) {
		if f.Name == "host" {
			return badField
		}
		return skipField
	}
	switch f.Name {
	case "host":
		if b.requesting(s) && (b.m.host || f.Value == "" && (!b.m.scheme || b.m.web)) {
			return badField
		}
		b.m.host = true
	case "content-length":
		if b.trailers {
			break
		}
		if b.m.code == 204 {
			// It has no body; that it says so is let through.
			if f.Value != "0" || b.length >= 0 {
				return badField
			}
			b.length = 0
			return skipField
		}
		if b.informational() {
			return skipField
		}
		n, err := strconv.ParseUint(f.Value, 10, 63)
		if err != nil || b.length >= 0 || f.Value[0] == '+' {
			return badField
		}
		b.length = int64(n)
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		return badField
	case "te":
		if !equalFold(f.Value, "trailers") {
			return badField
		}
	}
	return goodField
}

func (b *block) requesting(s *Session) bool { return !s.client || b.pushed != nil }

// once notes that a pseudo-header is there; it may be there once.
func once(seen *bool) bool {
	before := *seen
	*seen = true
	return !before
}

func (b *block) pseudo(s *Session, f Field) bool {
	m, v := &b.m, f.Value
	if !b.requesting(s) {
		if f.Name != ":status" || !once(&m.status) || len(v) != 3 {
			return false
		}
		code, err := strconv.ParseUint(v, 10, 16)
		m.code = int(code)
		return err == nil && code >= 100 && code != 101
	}
	switch f.Name {
	case ":method":
		m.head, m.connect, m.options = v == "HEAD", v == "CONNECT", v == "OPTIONS"
		return once(&m.method) && validToken(v)
	case ":scheme":
		m.web = equalFold(v, "http") || equalFold(v, "https")
		return once(&m.scheme) && validScheme(v)
	case ":authority":
		return once(&m.authority) && validAuthority(v) && (v != "" || m.scheme && !m.web)
	case ":path":
		m.pathRoot, m.pathStar = len(v) > 0 && v[0] == '/', v == "*"
		return once(&m.path) && validPath(v)
	case ":protocol":
		return s.local.EnableConnectProtocol && !s.client && once(&m.protocol) && v != "" && validValue(v, false)
	}
	return false
}

// valid applies the rules for whole header blocks.
func (b *block) valid(s *Session) bool {
	m := &b.m
	switch {
	case b.trailers:
		return b.end
	case !b.requesting(s):
		return m.status && !(b.informational() && b.end)
	case m.connect && !m.protocol:
		return m.method && !m.scheme && !m.path && m.authority
	case m.protocol && (!m.connect || !m.authority):
		return false
	}
	return m.method && m.scheme && m.path && (m.authority || m.host) && (!m.web || m.pathRoot || m.options && m.pathStar)
}

func validName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' || !httpguts.IsTokenRune(rune(c)) {
			return false
		}
	}
	return true
}

func validToken(v string) bool {
	for i := range len(v) {
		if !httpguts.IsTokenRune(rune(v[i])) {
			return false
		}
	}
	return v != ""
}

func validValue(v string, lenient bool) bool {
	if n := len(v); n > 0 && !lenient && (blank(v[0]) || blank(v[n-1])) {
		return false
	}
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func validPath(v string) bool {
	for i := range len(v) {
		if c := v[i]; c <= ' ' || c == 0x7f {
			return false
		}
	}
	return v != ""
}

func validScheme(v string) bool {
	for i := range len(v) {
		switch c := v[i] | 0x20; {
		case c >= 'a' && c <= 'z':
		case i > 0 && (v[i] >= '0' && v[i] <= '9' || v[i] == '+' || v[i] == '-' || v[i] == '.'):
		default:
			return false
		}
	}
	return v != ""
}

func validAuthority(v string) bool {
	for i := range len(v) {
		if c := v[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}' {
			return false
		}
	}
	return true
}

func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		c := a[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != b[i] {
			return false
		}
	}
	return true
}
