package sys

import (
	"strings"
	"unsafe"
)

// Uncleared is memory with whatever was there: all of it is to be overwritten before anybody sees it.
func Uncleared(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0)
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}
