package http1

import (
	"strconv"
	"time"
)

// AppendStatusLine appends an HTTP/1.1 status line. The message is written as Latin-1.
func AppendStatusLine(b []byte, code int, message string) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(code), 10)
	b = append(b, ' ')
	b = AppendLatin1(b, message)
	return append(b, '\r', '\n')
}

// AppendRequestLine appends an HTTP/1.1 request line.
func AppendRequestLine(b []byte, method, target string) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = AppendLatin1(b, target)
	return append(b, " HTTP/1.1\r\n"...)
}

// AppendHeader appends one field; name and value must be valid.
func AppendHeader(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ':', ' ')
	b = AppendLatin1(b, value)
	return append(b, '\r', '\n')
}

// AppendContentLength appends a Content-Length field.
func AppendContentLength(b []byte, n int64) []byte {
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, n, 10)
	return append(b, '\r', '\n')
}

// AppendChunkSize appends the line before a chunk of n bytes; the chunk is followed by CRLF.
func AppendChunkSize(b []byte, n int) []byte {
	return append(strconv.AppendUint(b, uint64(n), 16), '\r', '\n')
}

// AppendLatin1 appends each code point of s as one byte, its lowest as Node's 'latin1' does.
func AppendLatin1(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			b = append(b, s[:i]...)
			for _, r := range s[i:] {
				if r > 0xffff { // a surrogate pair in UTF-16
					r -= 0x10000
					b = append(b, byte(0xd800+r>>10), byte(0xdc00+r&0x3ff))
				} else {
					b = append(b, byte(r))
				}
			}
			return b
		}
	}
	return append(b, s...)
}

// ValidToken tells whether s may be a method or a field name.
func ValidToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if class[s[i]]&cToken == 0 {
			return false
		}
	}
	return s != ""
}

// ValidValue tells whether s may be a field value or a reason phrase: code points up to 0xff
// without controls other than the tab.
func ValidValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 {
			for _, r := range s[i:] {
				if r > 0xff || r < 0x80 && class[byte(r)]&cValue == 0 {
					return false
				}
			}
			return true
		} else if class[c]&cValue == 0 {
			return false
		}
	}
	return true
}

// Date is the Date field's text, made anew once a second.
type Date struct {
	second int64
	text   []byte
}

// At returns the text for the given time; it must not be modified.
func (d *Date) At(now time.Time) []byte {
	if s := now.Unix(); s != d.second || d.text == nil {
		d.second = s
		d.text = now.UTC().AppendFormat(d.text[:0], "Mon, 02 Jan 2006 15:04:05 GMT")
	}
	return d.text
}
