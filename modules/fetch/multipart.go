package fetch

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"gonode/internal/engine"
)

// formPart is a part of a multipart/form-data body.
type formPart struct {
	// name and filename are in UTF-8, as far as they are that
	name, filename, contentType string
	isFile                      bool
	body                        []byte
}

// errURI is that a name in an extended attribute is not percent-encoded UTF-8.
var errURI = errors.New("URI malformed")

// multipart reads a body from its beginning to its end.
type multipart struct{ rest []byte }

// parseMultipart takes a body apart; what stands before the first boundary is passed over.
func parseMultipart(data, boundary []byte) ([]formPart, error) {
	delimiter := append([]byte("--"), boundary...)
	start := bytes.Index(data, delimiter)
	if start < 0 {
		return nil, errors.New("no boundary found in multipart body")
	}
	m := multipart{data[start:]}
	var parts []formPart
	for {
		if !m.skip(delimiter) {
			return nil, errors.New("expected a value starting with -- and the boundary")
		}
		if bytes.HasPrefix(m.rest, []byte("--")) {
			return parts, nil
		}
		if err := m.lineEnd(); err != nil {
			return nil, err
		}
		part, encoding, err := m.head()
		if err != nil {
			return nil, err
		}
		// The body ends before the line break and the dashes that lead the boundary.
		end := bytes.Index(m.rest, boundary)
		if end < 0 {
			return nil, errors.New("expected boundary after body")
		}
		end = max(end-len("\r\n--"), 0)
		part.body, m.rest = m.rest[:end], m.rest[end:]
		if encoding == "base64" {
			part.body = decodeBase64(part.body)
		}
		if err := m.lineEnd(); err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
}

func decodeBase64(body []byte) []byte {
	text := strings.TrimRight(strings.Map(func(c rune) rune {
		if c <= ' ' {
			return -1
		}
		return c
	}, string(body)), "=")
	decoded, _ := base64.RawStdEncoding.DecodeString(text)
	return decoded
}

func (m *multipart) skip(prefix []byte) bool {
	rest, ok := bytes.CutPrefix(m.rest, prefix)
	m.rest = rest
	return ok
}

func (m *multipart) atLineEnd() bool { return bytes.HasPrefix(m.rest, []byte("\r\n")) }

func (m *multipart) lineEnd() error {
	if !m.skip([]byte("\r\n")) {
		return errors.New("expected CRLF")
	}
	return nil
}

// while takes what follows as long as it is of a kind.
func (m *multipart) while(kind func(c byte) bool) []byte {
	n := 0
	for n < len(m.rest) && kind(m.rest[n]) {
		n++
	}
	taken := m.rest[:n]
	m.rest = m.rest[n:]
	return taken
}

func (m *multipart) next() byte {
	if len(m.rest) == 0 {
		return 0
	}
	return m.rest[0]
}

func isBlank(c byte) bool  { return c == ' ' || c == '\t' }
func inLine(c byte) bool   { return c != '\r' && c != '\n' }
func inToken(c byte) bool  { return c > ' ' && c < 0x7f && strings.IndexByte(`()<>@,;:\"/[]?=`, c) < 0 }
func inName(c byte) bool   { return inLine(c) && c != ':' }
func inQuotes(c byte) bool { return inLine(c) && c != '"' }

// head reads a part's headers and the empty line after them.
func (m *multipart) head() (part formPart, encoding string, err error) {
	part.contentType = "text/plain"
	named := false
	for {
		if m.atLineEnd() {
			if !named {
				return part, "", errors.New("header name is null")
			}
			return part, encoding, m.lineEnd()
		}
		name := strings.Trim(string(m.while(inName)), " \t")
		if !isToken(name) || strings.Contains(name, "`") {
			return part, "", errors.New("header name does not match the field-name token production")
		}
		if m.next() != ':' {
			return part, "", errors.New("expected :")
		}
		m.rest = m.rest[1:]
		m.while(isBlank)
		switch strings.ToLower(name) {
		case "content-disposition":
			if err := m.disposition(&part); err != nil {
				return part, "", err
			}
			named = true
		case "content-type":
			part.contentType = strings.TrimRight(string(m.while(inLine)), " \t")
			if !engine.IsASCII(part.contentType) {
				part.contentType = ""
			}
		case "content-transfer-encoding":
			encoding = strings.TrimRight(string(m.while(inLine)), " \t")
		default:
			m.while(inLine)
		}
		if err := m.lineEnd(); err != nil {
			return part, "", err
		}
	}
}

// disposition reads what Content-Disposition says.
func (m *multipart) disposition(part *formPart) error {
	part.isFile = false
	if !strings.EqualFold(string(m.while(inToken)), "form-data") {
		return errors.New("expected form-data for content-disposition header")
	}
	named, extendedName := false, false
	for len(m.rest) > 0 && !m.atLineEnd() {
		name, value, extended, err := m.attribute()
		if err != nil {
			return err
		}
		if name == "" {
			break
		}
		switch {
		case name == "name":
			part.name, named = value, true
		case name == "filename" && (extended || !extendedName):
			part.filename, part.isFile = value, true
			extendedName = extendedName || extended
		}
	}
	if !named {
		return errors.New("name attribute is required in content-disposition header")
	}
	return nil
}

// attribute reads one of its attributes; the name is empty if there is none.
func (m *multipart) attribute() (name, value string, extended bool, err error) {
	m.skip([]byte(";"))
	m.while(isBlank)
	name = strings.ToLower(string(m.while(func(c byte) bool { return inToken(c) && c != '*' })))
	extended = m.skip([]byte("*"))
	if name == "" || !m.skip([]byte("=")) {
		return "", "", false, nil
	}
	m.while(isBlank)
	switch {
	case extended:
		coded := string(m.while(func(c byte) bool { return inLine(c) && c != ' ' && c != ';' }))
		if len(coded) < 5 || !strings.EqualFold(coded[:3], "utf") || coded[3:5] != "-8" {
			return "", "", false, errors.New("unknown encoding, expected utf-8''")
		}
		value, err = url.PathUnescape(coded[min(len("utf-8''"), len(coded)):])
		if err != nil || value != strings.ToValidUTF8(value, "") {
			return "", "", false, errURI
		}
	case m.skip([]byte(`"`)):
		value = string(m.while(inQuotes))
		if !m.skip([]byte(`"`)) {
			return "", "", false, errors.New("Closing quote not found")
		}
		value = strings.NewReplacer("%0A", "\n", "%0a", "\n", "%0D", "\r", "%0d", "\r", "%22", `"`).Replace(value)
	default:
		value = string(m.while(inToken))
	}
	return name, value, extended, nil
}
