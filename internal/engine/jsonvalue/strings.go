package jsonvalue

import (
	"encoding/binary"
	"unsafe"

	"github.com/dop251/goja"

	"gonode/internal/engine/layout"
	"gonode/internal/engine/utf"
)

// Strings makes Go strings and string values of bytes. Short ones recur as keys and values; a small cache spares
// their allocation. One engine, its goroutine.
type Strings struct {
	facts  *layout.Facts
	names  [512]string
	values [512]goja.Value
}

const (
	maxCached      = 32 // of names
	maxCachedValue = 16
)

// NewStrings makes the cache of an engine.
func NewStrings(vm *goja.Runtime) *Strings {
	facts, _ := layout.Find(vm)
	return &Strings{facts: facts}
}

// hash looks at the beginning and the end.
func hash(b []byte) uint32 {
	n := len(b)
	var x, y uint64
	switch {
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		x, y = uint64(b[0])|uint64(b[n/2])<<8, uint64(b[n-1])
	}
	h := (x ^ y<<29 ^ y>>35 ^ uint64(n)) * 0x9E3779B97F4A7C15
	return uint32((h ^ h<<27) >> 55)
}

// Name returns b as a Go string.
func (c *Strings) Name(b []byte) string {
	if len(b) > maxCached {
		return string(b)
	}
	slot := &c.names[hash(b)]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// ASCII returns b, which is ASCII, as a string value.
func (c *Strings) ASCII(b []byte) goja.Value {
	if c.facts == nil {
		return goja.StringFromUTF16(utf.Units(b))
	}
	if len(b) > maxCachedValue {
		return c.ascii(b)
	}
	slot := &c.values[hash(b)]
	if *slot == nil || *(*string)(layout.WordsOf(*slot).Data) != string(b) {
		*slot = c.ascii(b)
	}
	return *slot
}

// ascii makes a string value, of a short string in one piece of memory.
func (c *Strings) ascii(b []byte) goja.Value {
	var p *string
	var room []byte
	switch n := len(b); {
	case n <= 16:
		p, room = stringBlock[[16]byte]()
	case n <= 32:
		p, room = stringBlock[[32]byte]()
	case n <= 48:
		p, room = stringBlock[[48]byte]()
	case n <= 80:
		p, room = stringBlock[[80]byte]()
	default:
		p, room = new(string), make([]byte, n)
	}
	*p = unsafe.String(unsafe.SliceData(room), copy(room, b))
	return layout.Words{Tab: c.facts.ASCII, Data: unsafe.Pointer(p)}.Value()
}

// stringBlock is a string's header and its bytes in one piece.
func stringBlock[B [16]byte | [32]byte | [48]byte | [80]byte]() (*string, []byte) {
	t := new(struct {
		s string
		b B
	})
	return &t.s, unsafe.Slice((*byte)(unsafe.Pointer(&t.b)), unsafe.Sizeof(t.b))
}
