package fetch

import (
	"fmt"
	"strings"
	"testing"
)

func TestEventStream(t *testing.T) {
	for in, want := range map[string]string{
		"data: a\n\n":                         "||a||-1",
		"\ufeffdata:a\r\rdata: b\r\n\r\n":     "||a||-1;||b||-1",
		"data: a\ndata\ndata:  c\n\n":         "||a// c||-1",
		"event: x\nid: 1\nretry: 20\n\n":      "x||1||20",
		"event\ndata: a\nid\n\n":              "||a||-1",
		"id: a\x00b\nretry: x\n: comment\n\n": "",
		"data: cut\n":                         "",
		"dataset: 1\n\n\n\ndata\n\n":          "||||-1",
		"retry: 99999999999999999999\n\n":     "",
	} {
		for _, size := range []int{1, 2, 100} {
			s := &eventStream{}
			var out []string
			for data := []byte(in); len(data) > 0; {
				n := min(size, len(data))
				s.feed(data[:n], func(e sentEvent) {
					out = append(out, fmt.Sprintf("%s||%s||%d", e.kind, strings.ReplaceAll(string(e.data), "\n", "/"), e.retry))
					if e.hasID && len(e.id) > 0 {
						out[len(out)-1] = fmt.Sprintf("%s||%s||%d", e.kind, e.id, e.retry)
					}
				})
				data = data[n:]
			}
			if got := strings.Join(out, ";"); got != want {
				t.Errorf("%q in pieces of %d: %q, want %q", in, size, got, want)
			}
		}
	}
}

func FuzzEventStream(f *testing.F) {
	f.Add([]byte("data: a\r\n\r\nid: 1\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		count := func(size int) (n int) {
			s := &eventStream{}
			for rest := data; len(rest) > 0; {
				k := min(size, len(rest))
				s.feed(rest[:k], func(sentEvent) { n++ })
				rest = rest[k:]
			}
			return n
		}
		if a, b := count(1), count(1<<20); a != b {
			t.Errorf("%d events byte by byte, %d at once", a, b)
		}
	})
}
