package engine

import (
	"encoding/binary"
	"reflect"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/utf"
)

// Encoding is one of the ways in which Node turns strings into bytes and back.
type Encoding uint8

// The encodings of module buffer.
const (
	UTF8 Encoding = iota
	UTF16LE
	Latin1
	ASCII
	Base64
	Base64URL
	Hex
)

// String is the canonical name, as in "utf8".
func (e Encoding) String() string {
	return [...]string{"utf8", "utf16le", "latin1", "ascii", "base64", "base64url", "hex"}[e]
}

// ParseEncoding understands the names and aliases of encodings in any case. The empty name is not one.
func ParseEncoding(name string) (Encoding, bool) {
	switch name {
	case "utf8", "utf-8":
		return UTF8, true
	case "hex":
		return Hex, true
	case "base64":
		return Base64, true
	case "latin1", "binary":
		return Latin1, true
	case "ucs2", "ucs-2", "utf16le", "utf-16le":
		return UTF16LE, true
	case "ascii":
		return ASCII, true
	case "base64url":
		return Base64URL, true
	}
	if lower := strings.ToLower(name); lower != name && len(name) <= 9 {
		return ParseEncoding(lower)
	}
	return UTF8, false
}

// The engine keeps strings as ASCII bytes or as UTF-16 led by a byte order mark; these are its types for the two.
var (
	asciiType = reflect.TypeOf(goja.StringFromUTF16([]uint16{'a'}))
	utf16Type = reflect.TypeOf(goja.StringFromUTF16([]uint16{0x100}))
)

const byteOrderMark = 0xFEFF

// Chars gives the characters of a primitive string as the engine holds them, without a copy if it can: ASCII, or
// UTF-16 when u is not nil. They must not be changed.
func Chars(v goja.Value) (ascii string, u []uint16) {
	switch reflect.TypeOf(v) {
	case asciiType:
		return v.String(), nil
	case utf16Type:
		rv := reflect.ValueOf(v)
		return "", unsafe.Slice((*uint16)(rv.UnsafePointer()), rv.Len())[1:]
	}
	s := v.String()
	if IsASCII(s) {
		return s, nil
	}
	return "", utf16.Encode([]rune(s))
}

// goText is the text of a string that the engine still holds as it came from Go; EncodeString in UTF-8 then has
// nothing to convert.
func goText(v goja.Value) (string, bool) {
	switch reflect.TypeOf(v) {
	case asciiType, utf16Type:
		return "", false
	}
	s := v.String()
	return s, utf8.ValidString(s)
}

// ASCIIValue makes a string value of a Go string that is known to be ASCII, without looking at it.
func (e *Engine) ASCIIValue(s string) goja.Value {
	if len(s) <= 16 {
		return e.vm.ToValue(s)
	}
	return reflect.ValueOf(s).Convert(asciiType).Interface().(goja.Value)
}

// utf16Value makes a string value of UTF-16 that begins with a byte order mark of ours and is not all ASCII.
func utf16Value(u []uint16) goja.Value {
	return reflect.ValueOf(u).Convert(utf16Type).Interface().(goja.Value)
}

// IsASCII tells whether all bytes are below 0x80.
func IsASCII[T string | []byte](s T) bool {
	b := unsafe.Slice(unsafe.StringData(string(*(*string)(unsafe.Pointer(&s)))), len(s))
	i := 0
	for ; i+32 <= len(b); i += 32 {
		w := binary.NativeEndian.Uint64(b[i:]) | binary.NativeEndian.Uint64(b[i+8:]) |
			binary.NativeEndian.Uint64(b[i+16:]) | binary.NativeEndian.Uint64(b[i+24:])
		if w&0x8080808080808080 != 0 {
			return false
		}
	}
	for ; i < len(b); i++ {
		if b[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func asciiUTF16(u []uint16) bool {
	for _, c := range u {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// EncodedLen is the number of bytes that EncodeString gives; for base64 and hex it is Node's estimate from the length
// alone, as Buffer.byteLength has it.
func EncodedLen(v goja.Value, enc Encoding) int {
	if enc == UTF8 {
		if s, ok := goText(v); ok {
			return len(s)
		}
	}
	s, u := Chars(v)
	n := len(s) + len(u)
	switch enc {
	case UTF8:
		if u == nil {
			return n
		}
		return utf8Len(u)
	case UTF16LE:
		return 2 * n
	case Base64, Base64URL:
		at := func(i int) byte {
			if u == nil {
				return s[i]
			}
			return byte(u[i])
		}
		if n > 0 && at(n-1) == '=' {
			n--
			if n > 1 && at(n-1) == '=' {
				n--
			}
		}
		return n * 3 / 4
	case Hex:
		return n / 2
	}
	return n
}

// EncodeString turns a primitive string into bytes. What the encoding has no place for goes Node's way: lone
// surrogates become U+FFFD in UTF-8, base64 skips foreign characters, hex ends at them.
func EncodeString(v goja.Value, enc Encoding) []byte {
	if enc == UTF8 {
		if s, ok := goText(v); ok {
			return []byte(s)
		}
	}
	s, u := Chars(v)
	switch enc {
	case UTF8:
		if u == nil {
			return []byte(s)
		}
		b := make([]byte, utf8Len(u))
		encodeUTF8(b, u)
		return b
	case UTF16LE:
		b := make([]byte, 2*(len(s)+len(u)))
		encodeUTF16(b, s, u)
		return b
	case Base64, Base64URL:
		b := make([]byte, (len(s)+len(u))*3/4+3)
		return b[:decodeBase64(b, s, u)]
	case Hex:
		b := make([]byte, (len(s)+len(u))/2)
		return b[:decodeHex(b, s, u)]
	}
	if u == nil {
		return []byte(s)
	}
	b := make([]byte, len(u))
	for i, c := range u {
		b[i] = byte(c)
	}
	return b
}

// EncodeInto is EncodeString into existing memory, as much as fits without splitting a character; it returns the
// number of bytes written.
func EncodeInto(dst []byte, v goja.Value, enc Encoding) int {
	s, u := Chars(v)
	switch enc {
	case UTF8:
		if u == nil {
			return copy(dst, s)
		}
		n, _ := encodeUTF8(dst, u)
		return n
	case UTF16LE:
		return encodeUTF16(dst, s, u)
	case Base64, Base64URL:
		return decodeBase64(dst, s, u)
	case Hex:
		return decodeHex(dst, s, u)
	}
	if u == nil {
		return copy(dst, s)
	}
	n := min(len(dst), len(u))
	for i, c := range u[:n] {
		dst[i] = byte(c)
	}
	return n
}

// EncodeUTF8Into is TextEncoder.encodeInto: it also returns how many UTF-16 units were read.
func EncodeUTF8Into(dst []byte, v goja.Value) (read, written int) {
	s, u := Chars(v)
	if u == nil {
		n := copy(dst, s)
		return n, n
	}
	written, read = encodeUTF8(dst, u)
	return read, written
}

// DecodeString turns bytes into a string value. Malformed UTF-8 becomes U+FFFD as the WHATWG encoding standard says.
func (e *Engine) DecodeString(b []byte, enc Encoding) goja.Value {
	switch enc {
	case UTF8:
		if IsASCII(b) {
			return e.ASCIIValue(string(b))
		}
		if utf8.Valid(b) {
			// The engine converts it when a script first looks inside, which it often never does.
			return e.vm.ToValue(string(b))
		}
		return utf16Value(decodeUTF8(b))
	case UTF16LE:
		u := make([]uint16, 1+len(b)/2)
		u[0] = byteOrderMark
		for i := range u[1:] {
			u[i+1] = binary.LittleEndian.Uint16(b[2*i:])
		}
		if asciiUTF16(u[1:]) {
			return goja.StringFromUTF16(u[1:])
		}
		return utf16Value(u)
	case Base64:
		return e.ASCIIValue(encodeBase64(b, base64Std, true))
	case Base64URL:
		return e.ASCIIValue(encodeBase64(b, base64URL, false))
	case Hex:
		return e.ASCIIValue(encodeHex(b))
	case ASCII:
		if !IsASCII(b) {
			c := make([]byte, len(b))
			for i := range b {
				c[i] = b[i] & 0x7f
			}
			return e.ASCIIValue(unsafeString(c))
		}
	}
	if IsASCII(b) {
		return e.ASCIIValue(string(b))
	}
	u := make([]uint16, 1+len(b))
	u[0] = byteOrderMark
	for i, c := range b {
		u[i+1] = uint16(c)
	}
	return utf16Value(u)
}

func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// utf8Len is the length of UTF-16 as UTF-8.
func utf8Len(u []uint16) int {
	n := 0
	for i := 0; i < len(u); i++ {
		switch c := u[i]; {
		case c < 0x80:
			n++
		case c < 0x800:
			n += 2
		case c&0xFC00 == 0xD800 && i+1 < len(u) && u[i+1]&0xFC00 == 0xDC00:
			n += 4
			i++
		default:
			n += 3
		}
	}
	return n
}

// encodeUTF8 writes whole characters while they fit.
func encodeUTF8(dst []byte, u []uint16) (written, read int) {
	n, i := 0, 0
	for i < len(u) {
		c := u[i]
		if c < 0x80 {
			if n >= len(dst) {
				break
			}
			dst[n] = byte(c)
			n++
			i++
			continue
		}
		if c < 0x800 {
			if n+2 > len(dst) {
				break
			}
			dst[n], dst[n+1] = 0xC0|byte(c>>6), 0x80|byte(c)&0x3F
			n += 2
			i++
			continue
		}
		if c&0xF800 == 0xD800 {
			if c&0x400 == 0 && i+1 < len(u) && u[i+1]&0xFC00 == 0xDC00 {
				if n+4 > len(dst) {
					break
				}
				utf8.EncodeRune(dst[n:], utf16.DecodeRune(rune(c), rune(u[i+1])))
				n += 4
				i += 2
				continue
			}
			c = utf8.RuneError
		}
		if n+3 > len(dst) {
			break
		}
		dst[n], dst[n+1], dst[n+2] = 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F
		n += 3
		i++
	}
	return n, i
}

func encodeUTF16(dst []byte, s string, u []uint16) int {
	n := min(len(dst)/2, len(s)+len(u))
	if u == nil {
		for i := 0; i < n; i++ {
			dst[2*i], dst[2*i+1] = s[i], 0
		}
		return 2 * n
	}
	for i, c := range u[:n] {
		binary.LittleEndian.PutUint16(dst[2*i:], c)
	}
	return 2 * n
}

// decodeUTF8 gives UTF-16 led by a byte order mark of ours. Each maximal part of a malformed sequence becomes one U+FFFD.
func decodeUTF8(b []byte) []uint16 {
	u := make([]uint16, 1, len(b)+1)
	u[0] = byteOrderMark
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			u = append(u, uint16(b[i]))
			i++
			continue
		}
		r, n := utf.Decode(b[i:])
		i += n
		u = utf16.AppendRune(u, r)
	}
	return u
}

const (
	base64Std = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	hexDigits = "0123456789abcdef"
)

func encodeBase64(b []byte, alphabet string, pad bool) string {
	_ = alphabet[63]
	size := (len(b)*4 + 2) / 3
	if pad {
		size = (len(b) + 2) / 3 * 4
	}
	out := make([]byte, size)
	n := 0
	i := 0
	for ; i+3 <= len(b); i += 3 {
		w := uint(b[i])<<16 | uint(b[i+1])<<8 | uint(b[i+2])
		o := out[n : n+4 : n+4]
		o[0], o[1], o[2], o[3] = alphabet[w>>18&63], alphabet[w>>12&63], alphabet[w>>6&63], alphabet[w&63]
		n += 4
	}
	switch len(b) - i {
	case 1:
		out[n], out[n+1] = alphabet[b[i]>>2], alphabet[b[i]&3<<4]
		n += 2
	case 2:
		out[n], out[n+1], out[n+2] = alphabet[b[i]>>2], alphabet[b[i]&3<<4|b[i+1]>>4], alphabet[b[i+1]&15<<2]
		n += 3
	}
	for ; n < size; n++ {
		out[n] = '='
	}
	return unsafeString(out)
}

// unbase64 gives the value of a character of either alphabet, 0xFF for all others.
var unbase64 = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xFF
	}
	for i := 0; i < 64; i++ {
		t[base64Std[i]], t[base64URL[i]] = byte(i), byte(i)
	}
	return t
}()

// decodeBase64 reads both alphabets, mixed too, skips foreign characters and ends at a '='.
func decodeBase64(dst []byte, s string, u []uint16) int {
	n, i := 0, 0
	if u == nil {
		for i+4 <= len(s) && n+3 <= len(dst) {
			a, b, c, d := unbase64[s[i]], unbase64[s[i+1]], unbase64[s[i+2]], unbase64[s[i+3]]
			if (a|b|c|d)&0x80 != 0 {
				break
			}
			o := dst[n : n+3 : n+3]
			o[0], o[1], o[2] = a<<2|b>>4, b<<4|c>>2, c<<6|d
			n += 3
			i += 4
		}
	}
	var word uint
	have := 0
	length := len(s) + len(u)
	for ; i < length && n < len(dst); i++ {
		c := uint16(0)
		if u == nil {
			c = uint16(s[i])
		} else {
			c = u[i]
		}
		if c == '=' {
			break
		}
		if c > 0xFF || unbase64[c] == 0xFF {
			continue
		}
		word = word<<6 | uint(unbase64[c])
		have += 6
		if have >= 8 {
			have -= 8
			dst[n] = byte(word >> have)
			n++
		}
	}
	return n
}

func encodeHex(b []byte) string {
	out := make([]byte, 2*len(b))
	for i, c := range b {
		o := out[2*i : 2*i+2 : 2*i+2]
		o[0], o[1] = hexDigits[c>>4], hexDigits[c&15]
	}
	return unsafeString(out)
}

var unhex = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xFF
	}
	for i := byte(0); i < 16; i++ {
		t[hexDigits[i]] = i
		if i >= 10 {
			t['A'+i-10] = i
		}
	}
	return t
}()

// decodeHex ends at the first pair that is not two hexadecimal digits.
func decodeHex(dst []byte, s string, u []uint16) int {
	pairs := min((len(s)+len(u))/2, len(dst))
	for i := 0; i < pairs; i++ {
		var hi, lo byte
		if u == nil {
			hi, lo = unhex[s[2*i]], unhex[s[2*i+1]]
		} else {
			if u[2*i] > 0xFF || u[2*i+1] > 0xFF {
				return i
			}
			hi, lo = unhex[u[2*i]], unhex[u[2*i+1]]
		}
		if (hi|lo)&0x80 != 0 {
			return i
		}
		dst[i] = hi<<4 | lo
	}
	return pairs
}
