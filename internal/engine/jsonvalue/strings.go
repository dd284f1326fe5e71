package jsonvalue

import (
	"unsafe"

	"github.com/dop251/goja"
)

// Strings makes Go strings and string values of bytes. Short ones recur as keys and values; a small cache spares
// their allocation. One engine, its goroutine.
type Strings struct {
	vm     *goja.Runtime
	names  [512]string
	values [512]cachedString
}

type cachedString struct {
	text  string
	value goja.Value
}

const maxCached = 32

// NewStrings makes the cache of an engine.
func NewStrings(vm *goja.Runtime) *Strings { return &Strings{vm: vm} }

func hash(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return (h ^ h>>9 ^ h>>18) & 511
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
	if len(b) > maxCached {
		return ascii(b)
	}
	slot := &c.values[hash(b)]
	if slot.value == nil || slot.text != string(b) {
		slot.text = string(b)
		slot.value = ascii(b)
	}
	return slot.value
}

// ascii makes a string value that the engine need not look through again.
func ascii(b []byte) goja.Value {
	var s goja.StringBuilder
	s.Grow(len(b))
	s.WriteUTF8String(unsafe.String(unsafe.SliceData(b), len(b)))
	return s.String()
}
