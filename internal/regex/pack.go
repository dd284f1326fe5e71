package regex

import (
	"encoding/hex"
	"strings"
)

// The engine compiles the patterns of literals together with a program, and would refuse what it does not understand. So the syntax tree
// has in their place a class of characters in which pattern and flags are written, and which nobody matches with.
const packed = "[\x00\x00"

// Pack gives the pattern that stands for a literal in the syntax tree, with no flags.
func Pack(source, flags string) string {
	return packed + hex.EncodeToString([]byte(flags+"/"+source)) + "]"
}

// Unpack gives what Pack was given; ok is false for any other pattern.
func Unpack(pattern string) (source, flags string, ok bool) {
	if !strings.HasPrefix(pattern, packed) {
		return "", "", false
	}
	plain, err := hex.DecodeString(strings.TrimSuffix(pattern[len(packed):], "]"))
	if err != nil {
		return "", "", false
	}
	flags, source, ok = strings.Cut(string(plain), "/")
	return source, flags, ok
}
