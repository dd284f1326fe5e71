package http1

import (
	"fmt"
	"testing"
)

// ahead notes at each call of the handler whether a next message has begun to arrive.
type ahead struct {
	p     *Parser
	notes string
}

func (a *ahead) note(event string)         { a.notes += fmt.Sprint(event, " ", a.p.Ahead(0), "; ") }
func (a *ahead) OnMessageBegin()           {}
func (a *ahead) OnHeadersComplete() Action { a.note("head"); return Continue }
func (a *ahead) OnBody([]byte)             { a.note("body") }
func (a *ahead) OnMessageComplete()        { a.note("end") }

func TestAhead(t *testing.T) {
	const get, post = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
	check := func(want string, idle bool, chunks ...string) {
		t.Helper()
		a := &ahead{p: &Parser{}}
		a.p.Reset(Request, 0, 0, a)
		for _, chunk := range chunks {
			if _, err := a.p.Execute([]byte(chunk)); err != nil {
				t.Fatal(err)
			}
		}
		if a.notes != want || a.p.Idle() != idle {
			t.Errorf("%q: %s idle %v, want %s idle %v", chunks, a.notes, a.p.Idle(), want, idle)
		}
	}
	check("head false; end false; ", true, get)
	check("head true; end true; ", false, get+"G")
	check("head true; end true; head false; end false; ", true, get+get)
	check("head false; body false; end false; ", true, post+"abc")
	check("head false; body false; body false; end false; ", true, post+"ab", "c")
	check("head true; body true; end true; ", false, post+"abcG")
	check("head false; body true; end true; ", false, post, "abcG")
	check("head false; body false; end false; ", true, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")
	check("", true, "")
	check("", false, "GET")
}
