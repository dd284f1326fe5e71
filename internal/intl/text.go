package intl

import (
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// pad writes a number with at least so many digits.
func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}

// shorter is a tag without its last subtag, empty at the end.
func shorter(tag string) string {
	return tag[:max(0, strings.LastIndexByte(tag, '-'))]
}
