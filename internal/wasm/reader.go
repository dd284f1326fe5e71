package wasm

import (
	"fmt"
	"unicode/utf8"
)

// Error is why a module is refused, in V8's words.
type Error struct {
	Message string
	Offset  int // in the module's bytes, -1 if it is not told
}

func (e *Error) Error() string {
	if e.Offset < 0 {
		return e.Message
	}
	return fmt.Sprintf("%s @+%d", e.Message, e.Offset)
}

// reader reads a module's bytes. What is wrong ends the reading by a panic with an *Error.
type reader struct {
	b        []byte
	pos, end int
}

func (r *reader) fail(at int, format string, args ...any) {
	panic(&Error{fmt.Sprintf(format, args...), at})
}

func (r *reader) more() bool { return r.pos < r.end }

// byte takes a byte that is to follow.
func (r *reader) byte() byte { return r.bytes(1)[0] }

// known takes a byte by which V8 calls it where it is missing.
func (r *reader) known(what string) byte {
	if r.pos >= r.end {
		r.fail(r.pos, "%s", what)
	}
	r.pos++
	return r.b[r.pos-1]
}

// bytes takes n bytes.
func (r *reader) bytes(n int) []byte {
	if n > r.end-r.pos {
		r.fail(r.pos, "expected %d bytes, fell off end", n)
	}
	r.pos += n
	return r.b[r.pos-n : r.pos]
}

// leb reads a number of at most so many bits.
func (r *reader) leb(bits int, signed bool, what string) int64 {
	var n int64
	for shift := 0; ; shift += 7 {
		if r.pos >= r.end {
			r.fail(r.pos, "reached end while decoding %s", what)
		}
		c := r.byte()
		left := bits - shift
		if left > 7 {
			n |= int64(c&0x7f) << shift
			if c&0x80 != 0 {
				continue
			}
			if signed && shift < 57 {
				n = n << (57 - shift) >> (57 - shift)
			}
			return n
		}
		if c&0x80 != 0 {
			r.fail(r.pos-1, "length overflow while decoding %s", what)
		}
		// The bits beyond are to be those of the sign.
		over := int8(c<<1) >> 1
		if signed {
			if s := over >> (left - 1); s != 0 && s != -1 {
				r.fail(r.pos-1, "extra bits in varint")
			}
			return n | int64(over)<<shift
		}
		if c>>left != 0 {
			r.fail(r.pos-1, "extra bits in varint")
		}
		return n | int64(c)<<shift
	}
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func (r *reader) u32(what string) uint32 { return uint32(r.leb(32, false, what)) }

// count reads how many of something follow.
func (r *reader) count(what string, most int) int {
	at := r.pos
	n := r.u32(what)
	if int64(n) > int64(most) {
		r.fail(at, "%s of %d exceeds internal limit of %d", what, n, most)
	}
	return int(n)
}

// name reads a text.
func (r *reader) name(what string) string {
	n := r.u32("length")
	at := r.pos
	text := string(r.bytes(int(n)))
	if !utf8.ValidString(text) {
		r.fail(at, "%s: no valid UTF-8 string", what)
	}
	return text
}
