package jsonvalue

import (
	"encoding/binary"
	"math/bits"
)

// plain marks the bytes that stand for themselves in a string and are ASCII.
var plain = func() (t [256]bool) {
	for ch := 0x20; ch < 0x80; ch++ {
		t[ch] = ch != '"' && ch != '\\'
	}
	return t
}()

// plainPrefix counts the bytes at the beginning that stand for themselves in a string and are ASCII.
func plainPrefix(b []byte) int {
	const low, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, escape := x^'"'*low, x^'\\'*low
		// The lowest mark is right; those above it may be wrong.
		if marks := (x | (x - 0x20*low) | (quote-low)&^quote | (escape-low)&^escape) & high; marks != 0 {
			return i + bits.TrailingZeros64(marks)>>3
		}
	}
	for i < len(b) && plain[b[i]] {
		i++
	}
	return i
}
