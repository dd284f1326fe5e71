package fetch

import (
	"encoding/base64"
	"strings"
)

// mime is a MIME type after the WHATWG's MIME Sniffing Standard.
type mime struct {
	essence string
	params  []mimeParam
}

type mimeParam struct{ name, value string }

func (m *mime) param(name string) (string, bool) {
	for _, p := range m.params {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

// String is the type as it is written in a header.
func (m *mime) String() string {
	var b strings.Builder
	b.WriteString(m.essence)
	for _, p := range m.params {
		b.WriteString(";" + p.name + "=")
		if isToken(p.value) {
			b.WriteString(p.value)
			continue
		}
		b.WriteByte('"')
		for i := 0; i < len(p.value); i++ {
			if c := p.value[i]; c == '"' || c == '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(p.value[i])
		}
		b.WriteByte('"')
	}
	return b.String()
}

const httpSpace = " \t\r\n"

// isToken tells whether s is a token of HTTP.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}

func parseMIME(s string) (*mime, bool) {
	s = strings.Trim(s, httpSpace)
	essence, rest, _ := strings.Cut(s, ";")
	kind, sub, found := strings.Cut(strings.TrimRight(essence, httpSpace), "/")
	if !found || !isToken(kind) || !isToken(sub) {
		return nil, false
	}
	m := &mime{essence: strings.ToLower(kind + "/" + sub)}
	for rest != "" {
		rest = strings.TrimLeft(rest, httpSpace)
		end := strings.IndexAny(rest, ";=")
		if end < 0 {
			break
		}
		name := strings.ToLower(rest[:end])
		quoted := false
		value := ""
		if rest[end] == ';' {
			rest = rest[end+1:]
			continue
		}
		if rest = rest[end+1:]; strings.HasPrefix(rest, `"`) {
			quoted = true
			value, rest = quotedString(rest)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
			value = strings.TrimRight(value, httpSpace)
		}
		if _, known := m.param(name); known || !isToken(name) || value == "" && !quoted || !quotable(value) {
			continue
		}
		m.params = append(m.params, mimeParam{name, value})
	}
	return m, true
}

// quotedString takes a string in quotes from the start of s.
func quotedString(s string) (value, rest string) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

func quotable(s string) bool {
	for _, c := range s {
		if c != '\t' && (c < ' ' || c == 0x7f || c > 0xff) {
			return false
		}
	}
	return true
}

// extractMIME is the type that a Content-Type header says, which may be there several times, joined by commas: the last
// that is one, with the charset of its kin before it unless it has its own.
func extractMIME(header string) (*mime, bool) {
	var found *mime
	essence, charset := "", ""
	for _, one := range splitList(header) {
		m, ok := parseMIME(one)
		if !ok || m.essence == "*/*" {
			continue
		}
		found = m
		own, has := m.param("charset")
		switch {
		case m.essence != essence:
			charset, essence = own, m.essence
		case !has && charset != "":
			m.params = append(m.params, mimeParam{"charset", charset})
		}
	}
	return found, found != nil
}

// splitList splits a header's value at the commas outside of quotes.
func splitList(s string) []string {
	var list []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			_, rest := quotedString(s[i:])
			i = len(s) - len(rest) - 1
		case ',':
			list = append(list, strings.Trim(s[start:i], " \t"))
			start = i + 1
		}
	}
	return append(list, strings.Trim(s[start:], " \t"))
}

// parseDataURL takes a data URL, without its fragment, apart.
func parseDataURL(url string) (*mime, []byte, bool) {
	kind, text, ok := strings.Cut(strings.TrimPrefix(url, "data:"), ",")
	if !ok {
		return nil, nil, false
	}
	kind = strings.Trim(kind, httpSpace)
	data := percentDecode(text)
	if i := strings.LastIndexByte(kind, ';'); i >= 0 && strings.EqualFold(strings.TrimLeft(kind[i+1:], " "), "base64") {
		kind = strings.TrimRight(kind[:i], " ")
		if data, ok = forgivingBase64(string(data)); !ok {
			return nil, nil, false
		}
	}
	if strings.HasPrefix(kind, ";") {
		kind = "text/plain" + kind
	}
	m, ok := parseMIME(kind)
	if !ok {
		m = &mime{essence: "text/plain", params: []mimeParam{{"charset", "US-ASCII"}}}
	}
	return m, data, true
}

func percentDecode(s string) []byte {
	hex := func(c byte) (byte, bool) {
		switch {
		case c >= '0' && c <= '9':
			return c - '0', true
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			return c | 0x20 - 'a' + 10, true
		}
		return 0, false
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if high, ok := hex(s[i+1]); ok {
				if low, ok := hex(s[i+2]); ok {
					b = append(b, high<<4|low)
					i += 2
					continue
				}
			}
		}
		b = append(b, s[i])
	}
	return b
}

func forgivingBase64(s string) ([]byte, bool) {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n\f", r) {
			return -1
		}
		return r
	}, s)
	if len(s)%4 == 0 {
		s = strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	data, err := base64.RawStdEncoding.DecodeString(s)
	return data, err == nil
}
