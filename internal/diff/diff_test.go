package diff

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

func show(actual, expected string) string {
	var b strings.Builder
	for _, s := range Sequences([]byte(actual), []byte(expected), func(a, b byte) bool { return a == b }, nil) {
		fmt.Fprintf(&b, "%c%c", "-=+"[s.Op+1], s.Value)
	}
	return b.String()
}

// The results are those of Node's util.diff.
func TestSequences(t *testing.T) {
	for _, c := range [][3]string{
		{"12345678", "!!5678", "+1+2+3+4-!-!=5=6=7=8"},
		{"abc", "axcd", "=a+b-x=c-d"},
		{"abcde", "xbcye", "+a-x=b=c+d-y=e"},
		{"", "a", "-a"},
		{"a", "", "+a"},
		{"", "", ""},
	} {
		if got := show(c[0], c[1]); got != c[2] {
			t.Errorf("%q and %q: %s, not %s", c[0], c[1], got, c[2])
		}
	}
}

func TestSequencesLeadFromOneToTheOther(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	text := func() []byte {
		b := make([]byte, random.Intn(30))
		for i := range b {
			b[i] = "abc"[random.Intn(3)]
		}
		return b
	}
	for range 2000 {
		a, b := text(), text()
		var x, y []byte
		for _, s := range Sequences(a, b, func(a, b byte) bool { return a == b }, nil) {
			if s.Op != Expected {
				x = append(x, s.Value)
			}
			if s.Op != Actual {
				y = append(y, s.Value)
			}
		}
		if string(x) != string(a) || string(y) != string(b) {
			t.Fatalf("%q and %q: %q and %q", a, b, x, y)
		}
	}
}
